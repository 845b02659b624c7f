// SPDX-License-Identifier: Apache-2.0
// Endpoints, route configurations, virtual hosts and SNI names become records (H-17, H-29).
#include "compiler/lower/lower.h"
#include "engine/image/ahead_format.h"
#include "engine/image/host_format.h"
#include "engine/image/origin_format.h"

#include <string.h>

/* Which sizes the suffixes of one configuration or group have; csc_lower_place_hosts() has checked them. */
typedef struct suffix_sizes {
    bool seen[CSE_MAX_DOMAIN_BYTES + 1];
} suffix_sizes;

static cse_suffixes add_suffixes(csc_sections *sections, const suffix_sizes *sizes)
{
    cse_suffixes suffixes = {csc_sections_count(sections, CSE_SECTION_HOST_SUFFIXES), 0};
    for (uint32_t size = CSE_MAX_DOMAIN_BYTES; size > 0; size--) { /* longest first */
        if (!sizes->seen[size])
            continue;
        csc_sections_append(sections, CSE_SECTION_HOST_SUFFIXES, &size, sizeof(size));
        suffixes.count++;
    }
    return suffixes;
}

/* ---- tables ------------------------------------------------------------------------------- */

/* All slots, free. */
static void add_table(csc_sections *sections, cse_section_kind kind, const csc_host_table *table,
                      const void *free_slot)
{
    for (uint32_t i = 0; i < table->slot_count; i++)
        csc_sections_append(sections, kind, free_slot, sections->slots[kind].record_bytes);
}

/* The place of a record, which is there unless something has failed. */
static void *record_at(const csc_sections *sections, cse_section_kind kind, uint32_t slot)
{
    const csc_section *section = &sections->slots[kind];
    return sections->failed ? NULL : section->bytes + (size_t)slot * section->record_bytes;
}

/* ---- virtual hosts ------------------------------------------------------------------------ */

/* A list that is the first with its first route. */
struct csc_route_list {
    const csc_ir_virtual_host *host; /* NULL: none yet */
    uint32_t first;
};

static uint32_t append_routes(csc_lowering *lowering, const csc_ir_virtual_host *host)
{
    uint32_t first = csc_sections_count(lowering->sections, CSE_SECTION_ROUTES);
    for (size_t i = 0; i < host->route_count; i++)
        csc_sections_append(lowering->sections, CSE_SECTION_ROUTES,
                            &lowering->routes[host->routes[i]], sizeof(cse_route));
    return first;
}

static corsac_str bytes_of_list(const csc_ir_virtual_host *host)
{
    return (corsac_str){(const char *)host->routes, host->route_count * sizeof(*host->routes)};
}

/* The routes of a host as records; equal lists are stored once. Two that differ rarely begin with the same route. */
static bool route_slice(csc_lowering *lowering, const csc_ir_virtual_host *host, uint32_t *first)
{
    *first = 0;
    if (host->route_count == 0)
        return true;
    struct csc_route_list *list = &lowering->first_lists[host->routes[0]];
    if (!list->host) {
        *list = (struct csc_route_list){host, append_routes(lowering, host)};
        *first = list->first;
        return true;
    }
    *first = list->first;
    if (csc_str_equal(bytes_of_list(list->host), bytes_of_list(host)))
        return true;
    bool added = false;
    size_t *slot = csc_map_put(lowering->lists, bytes_of_list(host), &added);
    if (!slot)
        return false;
    if (added)
        *slot = append_routes(lowering, host);
    *first = (uint32_t)*slot;
    return true;
}

/* Of the first route that carries one; CSE_NONE if none does. */
static uint32_t likely_policy(const csc_lowering *lowering, const csc_ir_virtual_host *host)
{
    uint32_t policy = CSE_NONE;
    for (size_t i = 0; i < host->route_count && policy == CSE_NONE; i++)
        policy = lowering->routes[host->routes[i]].policy;
    return policy;
}

/* Its copy of the domain is set; what it repeats gets set. */
static void finish_host(const csc_lowering *lowering, const csc_ir_virtual_host *host,
                        cse_virtual_host *record)
{
    const csc_section *slots = lowering->sections->slots;
    const cse_route *first = host->route_count > 0 ? &lowering->routes[host->routes[0]] : NULL;
    cse_ahead *ahead = &record->ahead;
    record->flags = cse_ahead_fill(ahead, first, likely_policy(lowering, host),
                                   (const void *)slots[CSE_SECTION_POLICIES].bytes,
                                   (const void *)slots[CSE_SECTION_ORIGIN_SETS].bytes);
    if (record->flags & CSE_HOST_KEYS)
        cse_ahead_copy_keys(ahead->keys, slots[CSE_SECTION_ORIGIN_KEYS].bytes + ahead->list.keys,
                            cse_prints_bytes(&ahead->list));
    if (host->tls_redirect)
        record->flags |= CSE_HOST_TLS_REDIRECT;
    if (record->kind == CSE_HOST_EXACT && cse_host_is_plain(record->text, record->domain_size))
        record->flags |= CSE_HOST_PLAIN;
}

/* Where STRINGS has it: read there, where it is in the cache. */
static cse_text place_domain(csc_lowering *lowering, csc_ir_virtual_host *host, corsac_str *text)
{
    csc_sections *sections = lowering->sections;
    if (!csc_memo_holds(&host->memo, lowering->kept) || host->memo.number == 0)
        host->memo.number = csc_sections_intern(sections, &host->domain, 1) + 1;
    const cse_text domain = csc_sections_place(sections, host->memo.number - 1);
    *text = (corsac_str){(const char *)sections->slots[CSE_SECTION_STRINGS].bytes + domain.offset,
                         domain.size};
    return domain;
}

/* The next one, into the slot of its key; all come in the order of the keys. */
static bool add_virtual_host(csc_lowering *lowering, suffix_sizes *sizes, uint32_t config,
                             csc_ir_virtual_host *host, cse_route_config *record)
{
    const uint32_t slot = lowering->hosts.slots[lowering->host_count++];
    uint32_t first_route;
    corsac_str text;
    const cse_text domain = place_domain(lowering, host, &text);
    if (!route_slice(lowering, host, &first_route))
        return false;
    cse_virtual_host *out = record_at(lowering->sections, CSE_SECTION_VIRTUAL_HOSTS, slot);
    if (!out)
        return true; /* what failed is known */
    const uint32_t kind = csc_lower_host_kind(text, CSE_HOST_EXACT);
    out->domain_offset = domain.offset;
    out->domain_size = (uint16_t)domain.size;
    out->kind = (uint8_t)kind;
    out->route_config = config;
    out->first_route = first_route;
    out->route_count = (uint32_t)host->route_count;
    if (text.size <= sizeof(out->text))
        memcpy(out->text, text.data, text.size);
    finish_host(lowering, host, out);
    if (kind == CSE_HOST_STAR)
        record->star = slot;
    if (kind == CSE_HOST_SUFFIX)
        sizes->seen[text.size - 1] = true;
    return true;
}

static bool add_route_config(csc_lowering *lowering, uint32_t config)
{
    csc_ir_virtual_host empty_star = {.domain = {"*", 1}}; /* H-26: for every host */
    const csc_ir_route_config *from = &lowering->ir->route_configs[config];
    csc_sections *sections = lowering->sections;
    csc_ir_virtual_host *hosts = from->virtual_host_count ? from->virtual_hosts : &empty_star;
    size_t host_count = from->virtual_host_count ? from->virtual_host_count : 1;
    suffix_sizes sizes = {{false}};
    cse_route_config record = {
        .name = csc_sections_string(sections, from->name),
        .star = CSE_NONE,
    };
    for (size_t i = 0; i < host_count; i++)
        if (!add_virtual_host(lowering, &sizes, config, &hosts[i], &record))
            return false;
    record.only_star = record.star != CSE_NONE && host_count == 1;
    record.suffixes = add_suffixes(sections, &sizes);
    csc_sections_append(sections, CSE_SECTION_ROUTE_CONFIGS, &record, sizeof(record));
    return true;
}

/* ---- TLS groups and endpoints ------------------------------------------------------------- */

static void add_sni_name(csc_lowering *lowering, suffix_sizes *sizes, uint32_t group,
                         const csc_ir_sni *name, cse_tls_group *record)
{
    csc_sections *sections = lowering->sections;
    uint32_t kind = csc_lower_host_kind(name->host, CSE_SNI_EXACT);
    const cse_text host = csc_sections_string(sections, name->host);
    const uint32_t slot = lowering->names.slots[lowering->name_count++];
    cse_sni_name *out = record_at(sections, CSE_SECTION_SNI_NAMES, slot);
    if (!out)
        return; /* what failed is known */
    *out = (cse_sni_name){
        .host = host, .tls_group = group, .kind = kind, .route_config = name->route_config};
    if (kind == CSE_SNI_STAR)
        record->star = slot;
    if (kind == CSE_SNI_SUFFIX)
        sizes->seen[name->host.size - 1] = true;
}

static void add_tls_group(csc_lowering *lowering, uint32_t group)
{
    const csc_ir_tls_group *from = &lowering->ir->tls_groups[group];
    csc_sections *sections = lowering->sections;
    suffix_sizes sizes = {{false}};
    cse_tls_group record = {.star = CSE_NONE};
    for (size_t i = 0; i < from->name_count; i++)
        add_sni_name(lowering, &sizes, group, &from->names[i], &record);
    record.suffixes = add_suffixes(sections, &sizes);
    csc_sections_append(sections, CSE_SECTION_TLS_GROUPS, &record, sizeof(record));
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

static void declare(csc_sections *sections)
{
    csc_sections_declare(sections, CSE_SECTION_ENDPOINTS, sizeof(cse_endpoint));
    csc_sections_declare(sections, CSE_SECTION_ROUTE_CONFIGS, sizeof(cse_route_config));
    csc_sections_declare(sections, CSE_SECTION_TLS_GROUPS, sizeof(cse_tls_group));
    csc_sections_declare(sections, CSE_SECTION_SNI_NAMES, sizeof(cse_sni_name));
    csc_sections_declare(sections, CSE_SECTION_HOST_PILOTS, 1);
    csc_sections_declare(sections, CSE_SECTION_SNI_PILOTS, 1);
    csc_sections_declare(sections, CSE_SECTION_HOST_SUFFIXES, sizeof(uint32_t));
    csc_sections_declare(sections, CSE_SECTION_VIRTUAL_HOSTS, sizeof(cse_virtual_host));
    csc_sections_declare(sections, CSE_SECTION_ROUTES, sizeof(cse_route));
}

corsac_status csc_lower_hosts(csc_lowering *lowering)
{
    static const cse_virtual_host free_host = {.route_config = CSE_NONE, .ahead.policy = CSE_NONE};
    static const cse_sni_name free_name = {.tls_group = CSE_NONE, .route_config = CSE_NONE};
    csc_sections *sections = lowering->sections;
    const csc_host_table *hosts = &lowering->hosts, *names = &lowering->names;
    declare(sections);
    lowering->first_lists = csc_arena_alloc(lowering->context->arena, lowering->ir->route_count,
                                            sizeof(*lowering->first_lists));
    if (!lowering->first_lists)
        return CORSAC_E_MEMORY;
    add_table(sections, CSE_SECTION_VIRTUAL_HOSTS, hosts, &free_host);
    add_table(sections, CSE_SECTION_SNI_NAMES, names, &free_name);
    for (uint32_t i = 0; i < lowering->ir->route_config_count; i++)
        if (!add_route_config(lowering, i))
            return CORSAC_E_MEMORY;
    for (uint32_t i = 0; i < lowering->ir->tls_group_count; i++)
        add_tls_group(lowering, i);
    if (!add_endpoints(lowering))
        return CORSAC_E_LIMIT;
    csc_sections_append(sections, CSE_SECTION_HOST_PILOTS, hosts->pilots, hosts->pilot_count);
    csc_sections_append(sections, CSE_SECTION_SNI_PILOTS, names->pilots, names->pilot_count);
    return CORSAC_OK;
}
