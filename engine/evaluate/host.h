// SPDX-License-Identifier: Apache-2.0
// A host and its virtual host (H-17): what most requests need, inlined. host.c does the rest: long
// hosts, ports, wildcards, SNI.
#ifndef CORSAC_ENGINE_EVALUATE_HOST_H
#define CORSAC_ENGINE_EVALUATE_HOST_H

#include "engine/evaluate/evaluate.h"
#include "engine/image/host_format.h"

/* ---- most hosts --------------------------------------------------------------------------- */

/* A port of four or five digits behind it, as most ports that are written. */
static inline bool cse_host_has_port(corsac_str authority)
{
    return authority.size > 6 &&
           (authority.data[authority.size - 5] == ':' || authority.data[authority.size - 6] == ':');
}

/** The bytes of an authority that may be a plain name (CSE_HOST_PLAIN), as they stand: what is found by them alone
 * needs no other look. False if it is too short or too long, or looks as if a port followed: a look for nothing. */
static inline bool cse_host_words_read(cse_host_words *out, corsac_str authority)
{
    if (authority.size - 1 >= CSE_HOST_INLINE_BYTES || cse_host_has_port(authority))
        return false;
    *out = cse_host_words_of(authority.data, authority.size);
    return true;
}

/* The only place where a name of this hash may lie; what lies there must be compared. */
static inline uint32_t cse_host_slot(const corsac_image *image, uint64_t hash)
{
    uint8_t pilot = image->host_pilots[cse_host_pilot_of(hash, image->host_pilot_count)];
    return cse_host_slot_of(hash, pilot, image->host_slot_count);
}

/** The slot where the host lies if it is a plain name of the table. */
static inline uint32_t cse_host_words_slot(const corsac_image *image, const cse_host_table *table,
                                           const cse_host_words *words)
{
    return cse_host_slot(image, cse_host_hash_words(words, table->seed));
}

/** Asks for the record in this slot: all of it is likely to be needed. */
CSE_ASKS_FOR_MEMORY void cse_host_ask(const cse_virtual_host *host)
{
    __builtin_prefetch(host);
    __builtin_prefetch(host->ahead.path);
    __builtin_prefetch(host->ahead.keys);
    __builtin_prefetch(host->ahead.keys + 64);
}

/** Asks for what a decision on the host is likely to need beyond its record (F-4), which is at hand. */
CSE_ASKS_FOR_MEMORY void cse_host_look_ahead(const corsac_image *image,
                                             const cse_virtual_host *host)
{
    const cse_ahead *ahead = &host->ahead;
    const uint8_t all = CSE_HOST_FIRST_ROUTE | CSE_HOST_KEYS;
    if ((host->flags & (all | CSE_HOST_EXPOSES)) == all && ahead->origin_set == CSE_NONE)
        return; /* the record is all there is */
    if (!(host->flags & CSE_HOST_FIRST_ROUTE))
        __builtin_prefetch(&image->routes[host->first_route]);
    if (ahead->policy == CSE_NONE)
        return;
    __builtin_prefetch(&image->policies[ahead->policy]);
    if (ahead->origin_set != CSE_NONE)
        __builtin_prefetch(&image->origins.sets[ahead->origin_set]);
    if (host->flags & CSE_HOST_KEYS || ahead->list.keys == CSE_NONE)
        return;
    if (ahead->list.sizes[0] == 0 && ahead->list.keys & CSE_AHEAD_SPAN) {
        __builtin_prefetch(&image->origins.spans[ahead->list.keys & ~CSE_AHEAD_SPAN]);
        return;
    }
    const uintptr_t keys = (uintptr_t)image->origins.keys + ahead->list.keys;
    __builtin_prefetch((const void *)keys);
    __builtin_prefetch((const void *)(keys + 64)); /* three origins are longer than a line */
}

/** Whether it lies there. @param size  of the authority, in bytes. */
static inline bool cse_host_words_are(const cse_virtual_host *host, const cse_host_table *table,
                                      const cse_host_words *words, size_t size)
{
    if (host->route_config != table->route_config || !(host->flags & CSE_HOST_PLAIN) ||
        host->domain_size != size)
        return false;
    return words->word[0] == cse_text_word(host->text) &&
           words->word[1] == cse_text_word(host->text + 8) &&
           words->word[2] == cse_text_word(host->text + 16) &&
           words->word[3] == cse_text_word(host->text + 24);
}

/** The table of an endpoint; none if the host does not tell alone. */
cse_host_table cse_host_table_of(const corsac_image *image, const cse_endpoint *endpoint);

/** The virtual host of the authority if it is a plain name of the table, which there is; NULL: cse_host_find()
 * knows. */
__attribute__((always_inline)) static inline const cse_virtual_host *
cse_host_find_plain(const corsac_image *image, const cse_host_table *table, corsac_str authority)
{
    cse_host_words words;
    if (table->route_config == CSE_NONE || !cse_host_words_read(&words, authority))
        return NULL;
    const cse_virtual_host *found =
        &image->virtual_hosts[cse_host_words_slot(image, table, &words)];
    cse_host_ask(found);
    return cse_host_words_are(found, table, &words, authority.size) ? found : NULL;
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
