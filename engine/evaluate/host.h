// SPDX-License-Identifier: Apache-2.0
// A host and its virtual host (H-17): what most requests need, inlined. host.c does the rest: long
// hosts, ports, wildcards, SNI.
#ifndef CORSAC_ENGINE_EVALUATE_HOST_H
#define CORSAC_ENGINE_EVALUATE_HOST_H

#include "engine/evaluate/evaluate.h"
#include "engine/image/host_format.h"

/* A host lower-cased and without port. */
typedef struct cse_host {
    bool present, legal; /* legal: X-8 */
    size_t size;         /* of the host; more than `tail_size` if it was too long to keep */
    size_t tail_size;    /* bytes kept: the end of the host */
    const cse_virtual_host *slot; /* cse_host_exact() of the configuration; NULL: not asked yet */
    cse_host_words words;         /* the host, if it fits */
    char tail[CSE_MAX_DOMAIN_BYTES]; /* the end of the host, if it does not */
} cse_host;

/* ---- reading ------------------------------------------------------------------------------ */

/** Any :authority: long, empty, with a port (H-17), with bytes that no header can hold. */
void cse_host_read_slowly(cse_host *host, corsac_str authority);

/** From an SNI: taken whole. */
void cse_host_read_name(cse_host *host, corsac_str name);

/** From :authority: without its port (H-17). */
static inline void cse_host_read(cse_host *host, corsac_str authority)
{
    host->slot = NULL;
    if (authority.size - 1 >= CSE_HOST_INLINE_BYTES) {
        cse_host_read_slowly(host, authority);
        return;
    }
    cse_host_words words = cse_host_words_of(authority.data, authority.size);
    cse_bytes16 first = cse_bytes16_of(words.word[0], words.word[1]);
    cse_bytes16 second = cse_bytes16_of(words.word[2], words.word[3]);
    uint32_t simple = cse_bytes16_mask(cse_bytes16_plain(first) & (cse_bytes16)(first != ':')) |
                      cse_bytes16_mask(cse_bytes16_plain(second) & (cse_bytes16)(second != ':'))
                          << 16;
    if (~simple << (CSE_HOST_INLINE_BYTES - authority.size)) {
        cse_host_read_slowly(host, authority);
        return;
    }
    first = cse_bytes16_lower(first);
    second = cse_bytes16_lower(second);
    memcpy(&host->words.word[0], &first, sizeof(first));
    memcpy(&host->words.word[2], &second, sizeof(second));
    host->size = host->tail_size = authority.size;
    host->present = host->legal = true;
}

static inline bool cse_host_is_short(const cse_host *host)
{
    return host->size <= CSE_HOST_INLINE_BYTES;
}

/** What is kept of the host: all of it, or its end. */
static inline const char *cse_host_tail(const cse_host *host)
{
    return cse_host_is_short(host) ? (const char *)host->words.word : host->tail;
}

/* ---- finding ------------------------------------------------------------------------------ */

static inline bool cse_host_words_are(const char *stored, const cse_host_words *words)
{
    cse_bytes16 first = cse_bytes16_load(stored) ^ cse_bytes16_load(&words->word[0]);
    cse_bytes16 second = cse_bytes16_load(stored + 16) ^ cse_bytes16_load(&words->word[2]);
    return cse_bytes16_mask((cse_bytes16)((first | second) == 0)) == 0xFFFF;
}

/* The only place where a name of this hash may lie; what lies there must be compared. */
static inline const cse_virtual_host *cse_host_at(const corsac_image *image, uint64_t hash)
{
    uint8_t pilot = image->host_pilots[cse_host_pilot_of(hash, image->host_pilot_count)];
    return &image->virtual_hosts[cse_host_slot_of(hash, pilot, image->host_slot_count)];
}

/* Where the host lies if it is an exact name of the configuration. */
static inline const cse_virtual_host *cse_host_exact(const corsac_image *image,
                                                     uint32_t route_config, const cse_host *host)
{
    return cse_host_at(
        image, cse_host_hash_words(&host->words, image->hash_seed, route_config, CSE_HOST_EXACT));
}

/** Any host, by all of H-17; NULL: none. */
const cse_virtual_host *cse_host_choose_slowly(const corsac_image *image, uint32_t route_config,
                                               const cse_host *host);

/** The virtual host of a route configuration (H-17), or NULL. */
static inline const cse_virtual_host *cse_host_choose(const corsac_image *image,
                                                      uint32_t route_config, const cse_host *host)
{
    if (!host->legal || !host->present || !cse_host_is_short(host) ||
        image->route_configs[route_config].only_star)
        return cse_host_choose_slowly(image, route_config, host);
    const cse_virtual_host *found =
        host->slot ? host->slot : cse_host_exact(image, route_config, host);
    if (found->route_config == route_config && found->kind == CSE_HOST_EXACT &&
        found->domain_size == host->size && cse_host_words_are(found->text, &host->words))
        return found;
    return cse_host_choose_slowly(image, route_config, host);
}

/** The route configuration that an SNI leads to (H-29), or CSE_NONE. An absent one is the host. */
uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *host,
                             corsac_str sni);

/* ---- asking for memory ahead -------------------------------------------------------------- */

/** Asks for the line in which a short host lies if it is an exact name. */
CSE_ASKS_FOR_MEMORY void cse_host_prefetch(const corsac_image *image, uint32_t route_config,
                                           cse_host *host)
{
    if (!host->legal || !cse_host_is_short(host))
        return;
    host->slot = cse_host_exact(image, route_config, host);
    __builtin_prefetch(host->slot);
}

#endif
