// SPDX-License-Identifier: Apache-2.0
// Finds the virtual host of a request and the server of an SNI (H-17, H-29): exact name, then
// wildcards from the longest suffix down, then "*". Each step but the last is one look into a table.
#include "engine/evaluate/host.h"

/* ---- reading ------------------------------------------------------------------------------ */

/* H-17: up to the last ":" unless that lies inside or before a closing "]". */
static size_t without_port(corsac_str authority)
{
    for (size_t i = authority.size; i > 0; i--) {
        if (authority.data[i - 1] == ']')
            break;
        if (authority.data[i - 1] == ':')
            return i - 1;
    }
    return authority.size;
}

/* Lower-cases the end of a host: all of it if it is not longer than any name. */
static void read_host(cse_host *host, const char *text, size_t size)
{
    char *tail = host->tail;
    host->size = size;
    host->tail_size = size < sizeof(host->tail) ? size : sizeof(host->tail);
    const char *from =
        size > 0 ? text + size - host->tail_size : ""; /* an empty text may be NULL */
    for (size_t i = 0; i < host->tail_size; i++)
        tail[i] = cse_byte_lower(from[i]);
}

void cse_host_read(cse_host *host, corsac_str authority)
{
    host->present = authority.size > 0; /* an empty Host selects as a missing one does */
    host->legal = cse_text_legal(authority);
    read_host(host, authority.data, without_port(authority));
}

void cse_host_read_name(cse_host *host, corsac_str name)
{
    host->present = name.size > 0;
    host->legal = cse_text_legal(name);
    read_host(host, name.data, name.size);
}

/* ---- the tables --------------------------------------------------------------------------- */

/* What is looked for. */
typedef struct host_key {
    const char *text;
    uint32_t size, owner, kind;
} host_key;

static uint32_t find_host(const corsac_image *image, const host_key *key, uint64_t hash)
{
    const cse_virtual_host *host = &image->virtual_hosts[cse_host_slot(image, hash)];
    uint32_t star = key->kind == CSE_HOST_SUFFIX;
    if (host->route_config != key->owner || host->kind != key->kind ||
        host->domain_size != key->size + star)
        return CSE_NONE;
    const char *domain =
        host->domain_size <= sizeof(host->text) ? host->text : image->strings + host->domain_offset;
    return cse_bytes_equal(domain + star, key->text, key->size)
               ? (uint32_t)(host - image->virtual_hosts)
               : CSE_NONE;
}

static uint32_t find_name(const corsac_image *image, const host_key *key, uint64_t hash)
{
    uint8_t pilot = image->sni_pilots[cse_host_pilot_of(hash, image->sni_pilot_count)];
    uint32_t slot = cse_host_slot_of(hash, pilot, image->sni_slot_count);
    const cse_sni_name *name = &image->sni_names[slot];
    uint32_t star = key->kind == CSE_SNI_SUFFIX;
    return name->tls_group == key->owner && name->kind == key->kind &&
                   name->host.size == key->size + star &&
                   cse_bytes_equal(image->strings + name->host.offset + star, key->text, key->size)
               ? slot
               : CSE_NONE;
}

static uint32_t look_up(const corsac_image *image, const host_key *key)
{
    uint64_t hash =
        cse_host_hash_text(key->text, key->size, image->hash_seed, key->owner, key->kind);
    return key->kind >= CSE_SNI_EXACT ? find_name(image, key, hash) : find_host(image, key, hash);
}

/* Exact, then the longest wildcard that leaves at least one byte before it. `exact` names the
 * kinds. */
static uint32_t best(const corsac_image *image, uint32_t owner, uint32_t exact,
                     cse_suffixes suffixes, const cse_host *host)
{
    const char *text = host->tail;
    const char *end = text + host->tail_size;
    if (host->size == host->tail_size) {
        const host_key key = {text, (uint32_t)host->size, owner, exact};
        uint32_t index = look_up(image, &key);
        if (index != CSE_NONE)
            return index;
    }
    for (uint32_t i = 0; i < suffixes.count; i++) {
        uint32_t size = image->host_suffixes[suffixes.first + i];
        if (size >= host->size)
            continue;
        const host_key key = {end - size, size, owner, exact + 1};
        uint32_t index = look_up(image, &key);
        if (index != CSE_NONE)
            return index;
    }
    return CSE_NONE;
}

const cse_virtual_host *cse_host_choose(const corsac_image *image, uint32_t route_config,
                                        const cse_host *host)
{
    const cse_route_config *config = &image->route_configs[route_config];
    uint32_t index = config->star;
    if (!host->legal) /* */
        return NULL;
    if (!config->only_star) {
        if (!host->present)
            return NULL;
        uint32_t named = best(image, route_config, CSE_HOST_EXACT, config->suffixes, host);
        index = named != CSE_NONE ? named : index;
    }
    return index != CSE_NONE ? &image->virtual_hosts[index] : NULL;
}

/* ---- SNI ---------------------------------------------------------------------------------- */

static uint32_t choose_named(const corsac_image *image, uint32_t tls_group, const cse_host *name)
{
    const cse_tls_group *group = &image->tls_groups[tls_group];
    if (!name->legal)
        return CSE_NONE;
    uint32_t index = best(image, tls_group, CSE_SNI_EXACT, group->suffixes, name);
    if (index == CSE_NONE)
        index = group->star;
    return index != CSE_NONE ? image->sni_names[index].route_config : CSE_NONE;
}

uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *host,
                             corsac_str sni)
{
    cse_host name;
    if (sni.data == NULL)
        return choose_named(image, tls_group, host);
    cse_host_read_name(&name, sni);
    return choose_named(image, tls_group, &name);
}

/* ---- both --------------------------------------------------------------------------------- */

cse_host_table cse_host_table_of(const corsac_image *image, const cse_endpoint *endpoint)
{
    const uint32_t config = endpoint->route_config;
    if (endpoint->tls_group != CSE_NONE || config == CSE_NONE ||
        image->route_configs[config].only_star)
        return (cse_host_table){0, CSE_NONE};
    return (cse_host_table){cse_host_seed(image->hash_seed, config, CSE_HOST_EXACT), config};
}

/* H-29: plain HTTP, or TLS by SNI; where a port has both the scheme tells. CSE_NONE: no server. */
static uint32_t choose_config(const cse_call *call, const cse_endpoint *endpoint,
                              const cse_host *host)
{
    bool tls = endpoint->tls_group != CSE_NONE &&
               (endpoint->route_config == CSE_NONE || cse_call_is_https(call));
    if (!tls)
        return endpoint->route_config;
    return cse_host_choose_tls(call->image, endpoint->tls_group, host, call->request->sni);
}

const cse_virtual_host *cse_host_find(const cse_call *call, const cse_endpoint *endpoint)
{
    cse_host host;
    cse_host_read(&host, call->request->authority);
    uint32_t config = choose_config(call, endpoint, &host);
    return config != CSE_NONE ? cse_host_choose(call->image, config, &host) : NULL;
}
