// SPDX-License-Identifier: Apache-2.0
// A host and its virtual host (H-17): what most requests need, inlined. host.c does the rest: long
// hosts, ports, wildcards, SNI.
#ifndef CORSAC_ENGINE_EVALUATE_HOST_H
#define CORSAC_ENGINE_EVALUATE_HOST_H

#include "engine/evaluate/evaluate.h"
#include "engine/image/host_format.h"

/* ---- most hosts --------------------------------------------------------------------------- */

/** Whether the authority is a host of 1 to 32 bytes without port, all of them plain; then lower-cased. */
static inline bool cse_host_words_read(cse_host_words *out, corsac_str authority)
{
    if (authority.size - 1 >= CSE_HOST_INLINE_BYTES)
        return false;
    cse_host_words words = cse_host_words_of(authority.data, authority.size);
    cse_bytes16 first = cse_bytes16_of(words.word[0], words.word[1]);
    cse_bytes16 second = cse_bytes16_of(words.word[2], words.word[3]);
    uint32_t simple = cse_bytes16_mask(cse_bytes16_plain(first) & (cse_bytes16)(first != ':')) |
                      cse_bytes16_mask(cse_bytes16_plain(second) & (cse_bytes16)(second != ':'))
                          << 16;
    if (~simple << (CSE_HOST_INLINE_BYTES - authority.size))
        return false;
    first = cse_bytes16_lower(first);
    second = cse_bytes16_lower(second);
    memcpy(&out->word[0], &first, sizeof(first));
    memcpy(&out->word[2], &second, sizeof(second));
    return true;
}

/* The only place where a name of this hash may lie; what lies there must be compared. */
static inline const cse_virtual_host *cse_host_at(const corsac_image *image, uint64_t hash)
{
    uint8_t pilot = image->host_pilots[cse_host_pilot_of(hash, image->host_pilot_count)];
    return &image->virtual_hosts[cse_host_slot_of(hash, pilot, image->host_slot_count)];
}

/** Where the host lies if it is an exact name of the configuration. */
static inline const cse_virtual_host *
cse_host_words_at(const corsac_image *image, uint32_t route_config, const cse_host_words *words)
{
    return cse_host_at(image,
                       cse_host_hash_words(words, image->hash_seed, route_config, CSE_HOST_EXACT));
}

/** Whether it lies there. */
static inline bool cse_host_words_are(const cse_virtual_host *host, uint32_t route_config,
                                      const cse_host_words *words, size_t size)
{
    if (host->route_config != route_config || host->kind != CSE_HOST_EXACT ||
        host->domain_size != size)
        return false;
    cse_bytes16 first = cse_bytes16_load(host->text) ^ cse_bytes16_load(&words->word[0]);
    cse_bytes16 second = cse_bytes16_load(host->text + 16) ^ cse_bytes16_load(&words->word[2]);
    return cse_bytes16_mask((cse_bytes16)((first | second) == 0)) == 0xFFFF;
}

/** Whether all requests at the endpoint are of one configuration, in which the host tells. */
static inline bool cse_host_tells(const corsac_image *image, const cse_endpoint *endpoint)
{
    return endpoint->tls_group == CSE_NONE && endpoint->route_config != CSE_NONE &&
           !image->route_configs[endpoint->route_config].only_star;
}

/** The virtual host of a request at such an endpoint, if it is one of an exact name and the host is as
 * above; NULL: cse_host_find() knows. */
static inline const cse_virtual_host *
cse_host_find_plain(const corsac_image *image, const cse_endpoint *endpoint, corsac_str authority)
{
    const uint32_t config = endpoint->route_config;
    cse_host_words words;
    if (!cse_host_tells(image, endpoint) || !cse_host_words_read(&words, authority))
        return NULL;
    const cse_virtual_host *found = cse_host_words_at(image, config, &words);
    return cse_host_words_are(found, config, &words, authority.size) ? found : NULL;
}

/* ---- any host ----------------------------------------------------------------------------- */

/** The virtual host of any request at any endpoint (H-17, H-29); NULL: none. */
const cse_virtual_host *cse_host_find(const cse_call *call, const cse_endpoint *endpoint);

/* A host lower-cased and without port. */
typedef struct cse_host {
    bool present, legal; /* legal: X-8 */
    size_t size;         /* of the host; more than `tail_size` if it was too long to keep */
    size_t tail_size;    /* bytes kept: the end of the host */
    char tail[CSE_MAX_DOMAIN_BYTES]; /* the end of the host */
} cse_host;

/** From :authority: without its port (H-17). */
void cse_host_read(cse_host *host, corsac_str authority);

/** From an SNI: taken whole. */
void cse_host_read_name(cse_host *host, corsac_str name);

/** The virtual host of a route configuration (H-17), or NULL. */
const cse_virtual_host *cse_host_choose(const corsac_image *image, uint32_t route_config,
                                        const cse_host *host);

/** The route configuration that an SNI leads to (H-29), or CSE_NONE. An absent one is the host. */
uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *host,
                             corsac_str sni);

#endif
