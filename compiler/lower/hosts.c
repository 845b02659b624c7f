// SPDX-License-Identifier: Apache-2.0
// Endpoints, route configurations, virtual hosts and SNI names become records, and one hash table
// of cache lines that finds a host or an SNI name inside its route configuration or TLS group
// (H-17, H-29).
#include "compiler/lower/lower.h"
#include "engine/image/host_format.h"

#include <string.h>

enum {
    KEYS_PER_BUCKET = 5
}; /* of 8 slots: two lines are rarely needed, and a miss ends at the first */

/* One key on its way into HOST_BUCKETS. */
typedef struct host_key {
    corsac_str text;
    uint32_t owner, kind, index;
} host_key;

typedef struct host_keys {
    host_key *items;
    size_t count, capacity;
} host_keys;

/* H-4: "*" alone, a wildcard, or a plain host. `exact` is CSE_HOST_EXACT or CSE_SNI_EXACT. */
static uint32_t kind_of(corsac_str domain, uint32_t exact)
{
    if (domain.size == 0 || domain.data[0] != '*')
        return exact;
    return domain.size == 1 ? exact + (CSE_HOST_STAR - CSE_HOST_EXACT)
                            : exact + (CSE_HOST_SUFFIX - CSE_HOST_EXACT);
}

static corsac_str key_text(corsac_str domain, uint32_t kind, uint32_t exact)
{
    return kind == exact ? domain : csc_str_slice(domain, 1, domain.size - 1);
}

static bool add_key(csc_lowering *lowering, host_keys *keys, host_key key)
{
    if (key.text.size > CSE_MAX_DOMAIN_BYTES)
        return false; /* V-25 allows 255 bytes; a short name's suffixes fit as well */
    host_key *items = csc_arena_grow(lowering->context->arena, keys->items, keys->count,
                                     &keys->capacity, sizeof(*items));
    if (!items)
        return false;
    keys->items = items;
    keys->items[keys->count++] = key;
    return true;
}

/* Distinct lengths of the suffix keys from `first` on, longest first. */
static cse_suffixes add_suffixes(csc_sections *sections, const host_keys *keys, size_t first,
                                 uint32_t suffix_kind)
{
    bool seen[CSE_MAX_DOMAIN_BYTES + 1] = {false};
    for (size_t i = first; i < keys->count; i++)
        if (keys->items[i].kind == suffix_kind)
            seen[keys->items[i].text.size] = true;
    cse_suffixes suffixes = {
        (uint32_t)(sections->slots[CSE_SECTION_HOST_SUFFIXES].size_bytes / sizeof(uint32_t)), 0};
    for (uint32_t size = CSE_MAX_DOMAIN_BYTES; size > 0; size--) {
        if (!seen[size])
            continue;
        csc_sections_append(sections, CSE_SECTION_HOST_SUFFIXES, &size, sizeof(size));
        suffixes.count++;
    }
    return suffixes;
}

static uint32_t record_count(const csc_sections *sections, cse_section_kind kind)
{
    const csc_section *section = &sections->slots[kind];
    return (uint32_t)(section->size_bytes / section->record_bytes);
}

/* ---- virtual hosts ------------------------------------------------------------------------ */

/* The routes of a host as records; equal lists are stored once. */
static bool route_slice(csc_lowering *lowering, const csc_ir_virtual_host *host, uint32_t *first)
{
    *first = 0;
    if (host->route_count == 0)
        return true;
    csc_sections *sections = lowering->sections;
    corsac_str bytes = {(const char *)host->routes, host->route_count * sizeof(*host->routes)};
    bool added = false;
    size_t *slot = csc_map_put(lowering->lists, bytes, &added);
    if (!slot)
        return false;
    if (added) {
        *slot = record_count(sections, CSE_SECTION_ROUTES);
        for (size_t i = 0; i < host->route_count; i++)
            csc_sections_append(sections, CSE_SECTION_ROUTES, &lowering->routes[host->routes[i]],
                                sizeof(cse_route));
    }
    *first = (uint32_t)*slot;
    return true;
}

static bool add_virtual_host(csc_lowering *lowering, host_keys *keys, uint32_t config,
                             const csc_ir_virtual_host *host, cse_route_config *record)
{
    csc_sections *sections = lowering->sections;
    uint32_t index = record_count(sections, CSE_SECTION_VIRTUAL_HOSTS);
    uint32_t kind = kind_of(host->domain, CSE_HOST_EXACT);
    cse_virtual_host out = {.domain = csc_sections_string(sections, host->domain),
                            .route_config = config,
                            .kind = (uint8_t)kind,
                            .tls_redirect = host->tls_redirect,
                            .route_count = (uint32_t)host->route_count};
    if (!route_slice(lowering, host, &out.first_route))
        return false;
    if (host->domain.size <= sizeof(out.text))
        memcpy(out.text, host->domain.data, host->domain.size);
    csc_sections_append(sections, CSE_SECTION_VIRTUAL_HOSTS, &out, sizeof(out));
    if (kind == CSE_HOST_STAR) {
        record->star = index;
        return true;
    }
    return add_key(lowering, keys,
                   (host_key){key_text(host->domain, kind, CSE_HOST_EXACT), config, kind, index});
}

/* H-26: a configuration without virtual hosts gets an empty one for every host. */
static const csc_ir_virtual_host empty_star = {.domain = {"*", 1}};

static bool add_route_config(csc_lowering *lowering, host_keys *keys, uint32_t config)
{
    const csc_ir_route_config *from = &lowering->ir->route_configs[config];
    csc_sections *sections = lowering->sections;
    const csc_ir_virtual_host *hosts = from->virtual_host_count ? from->virtual_hosts : &empty_star;
    size_t host_count = from->virtual_host_count ? from->virtual_host_count : 1;
    size_t first_key = keys->count;
    cse_route_config record = {
        .name = csc_sections_string(sections, from->name),
        .star = CSE_NONE,
        .first_host = record_count(sections, CSE_SECTION_VIRTUAL_HOSTS),
        .host_count = (uint32_t)host_count,
    };
    for (size_t i = 0; i < host_count; i++)
        if (!add_virtual_host(lowering, keys, config, &hosts[i], &record))
            return false;
    record.only_star = record.star != CSE_NONE && host_count == 1;
    record.suffixes = add_suffixes(sections, keys, first_key, CSE_HOST_SUFFIX);
    csc_sections_append(sections, CSE_SECTION_ROUTE_CONFIGS, &record, sizeof(record));
    return true;
}

/* ---- TLS groups and endpoints ------------------------------------------------------------- */

static bool add_sni_name(csc_lowering *lowering, host_keys *keys, uint32_t group,
                         const csc_ir_sni *name, cse_tls_group *record)
{
    csc_sections *sections = lowering->sections;
    uint32_t index = record_count(sections, CSE_SECTION_SNI_NAMES);
    uint32_t kind = kind_of(name->host, CSE_SNI_EXACT);
    cse_sni_name out = {.host = csc_sections_string(sections, name->host),
                        .tls_group = group,
                        .kind = kind,
                        .route_config = name->route_config};
    csc_sections_append(sections, CSE_SECTION_SNI_NAMES, &out, sizeof(out));
    if (kind == CSE_SNI_STAR) {
        record->star = index;
        return true;
    }
    return add_key(lowering, keys,
                   (host_key){key_text(name->host, kind, CSE_SNI_EXACT), group, kind, index});
}

static bool add_tls_group(csc_lowering *lowering, host_keys *keys, uint32_t group)
{
    const csc_ir_tls_group *from = &lowering->ir->tls_groups[group];
    csc_sections *sections = lowering->sections;
    size_t first_key = keys->count;
    cse_tls_group record = {.star = CSE_NONE,
                            .first_name = record_count(sections, CSE_SECTION_SNI_NAMES),
                            .name_count = (uint32_t)from->name_count};
    for (size_t i = 0; i < from->name_count; i++)
        if (!add_sni_name(lowering, keys, group, &from->names[i], &record))
            return false;
    record.suffixes = add_suffixes(sections, keys, first_key, CSE_SNI_SUFFIX);
    csc_sections_append(sections, CSE_SECTION_TLS_GROUPS, &record, sizeof(record));
    return true;
}

/* False when a gateway's name is too long, which takes a --namespace that Kubernetes has not. */
static bool add_endpoints(csc_lowering *lowering)
{
    for (size_t i = 0; i < lowering->ir->endpoint_count; i++) {
        const csc_ir_endpoint *from = &lowering->ir->endpoints[i];
        if (from->gateway.size > CSE_MAX_GATEWAY_BYTES)
            return false;
        cse_endpoint record = {.gateway = csc_sections_string(lowering->sections, from->gateway),
                               .port = from->port,
                               .route_config = from->route_config,
                               .tls_group = from->tls_group,
                               .implied = from->implied};
        csc_sections_append(lowering->sections, CSE_SECTION_ENDPOINTS, &record, sizeof(record));
    }
    return true;
}

/* ---- the table ---------------------------------------------------------------------------- */

/* False when no slot is free within the probes that the engine makes. */
static bool place(cse_host_bucket *buckets, uint32_t bucket_count, uint64_t seed, host_key key)
{
    uint64_t hash =
        cse_host_hash(cse_host_hash_text(key.text.data, key.text.size, seed), key.owner, key.kind);
    uint32_t at = cse_host_bucket_of(hash, bucket_count);
    for (uint32_t probe = 0; probe < CSE_HOST_MAX_PROBES && probe < bucket_count; probe++) {
        cse_host_bucket *bucket = &buckets[at];
        for (uint32_t slot = 0; slot < CSE_HOST_SLOTS; slot++) {
            if (bucket->tag[slot] != 0)
                continue;
            bucket->tag[slot] = cse_host_tag_of(hash);
            bucket->index[slot] = key.index;
            return true;
        }
        at = at + 1 == bucket_count ? 0 : at + 1;
    }
    return false;
}

static corsac_status build_table(csc_lowering *lowering, const host_keys *keys, bool *overflow)
{
    uint32_t bucket_count = (uint32_t)(keys->count / KEYS_PER_BUCKET) + 1;
    cse_host_bucket *buckets =
        csc_arena_alloc(lowering->context->arena, bucket_count, sizeof(*buckets));
    if (!buckets)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < keys->count; i++) {
        if (!place(buckets, bucket_count, lowering->sections->hash_seed, keys->items[i])) {
            *overflow = true;
            return CORSAC_E_LIMIT;
        }
    }
    csc_sections_append(lowering->sections, CSE_SECTION_HOST_BUCKETS, buckets,
                        bucket_count * sizeof(*buckets));
    return CORSAC_OK;
}

static void declare(csc_sections *sections)
{
    csc_sections_declare(sections, CSE_SECTION_ENDPOINTS, sizeof(cse_endpoint));
    csc_sections_declare(sections, CSE_SECTION_ROUTE_CONFIGS, sizeof(cse_route_config));
    csc_sections_declare(sections, CSE_SECTION_TLS_GROUPS, sizeof(cse_tls_group));
    csc_sections_declare(sections, CSE_SECTION_SNI_NAMES, sizeof(cse_sni_name));
    csc_sections_declare(sections, CSE_SECTION_HOST_BUCKETS, sizeof(cse_host_bucket));
    csc_sections_declare(sections, CSE_SECTION_HOST_SUFFIXES, sizeof(uint32_t));
    csc_sections_declare(sections, CSE_SECTION_VIRTUAL_HOSTS, sizeof(cse_virtual_host));
    csc_sections_declare(sections, CSE_SECTION_ROUTES, sizeof(cse_route));
}

corsac_status csc_lower_hosts(csc_lowering *lowering, bool *overflow)
{
    host_keys keys = {0};
    *overflow = false;
    declare(lowering->sections);
    for (uint32_t i = 0; i < lowering->ir->route_config_count; i++)
        if (!add_route_config(lowering, &keys, i))
            return csc_arena_failed(lowering->context->arena) ? CORSAC_E_MEMORY : CORSAC_E_LIMIT;
    for (uint32_t i = 0; i < lowering->ir->tls_group_count; i++)
        if (!add_tls_group(lowering, &keys, i))
            return csc_arena_failed(lowering->context->arena) ? CORSAC_E_MEMORY : CORSAC_E_LIMIT;
    if (!add_endpoints(lowering))
        return CORSAC_E_LIMIT;
    return build_table(lowering, &keys, overflow);
}
