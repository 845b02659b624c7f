// SPDX-License-Identifier: Apache-2.0
// A host and its virtual host (H-17): what most requests need, inlined. host.c does the rest: long
// hosts, ports, wildcards, SNI.
#ifndef CORSAC_ENGINE_EVALUATE_HOST_H
#define CORSAC_ENGINE_EVALUATE_HOST_H

#include "engine/evaluate/evaluate.h"
#include "engine/image/host_format.h"

/* A host lower-cased and without port. */
typedef struct cse_host {
    bool present, legal;  /* legal: X-8 */
    bool hashed;          /* `hash` is set */
    size_t size;          /* of the host; more than `tail_size` if it was too long to keep */
    size_t tail_size;     /* bytes kept: the end of the host */
    uint64_t hash;        /* of the host as an exact name of the configuration it is looked up in */
    cse_host_words words; /* the host, if it fits */
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
    host->hashed = false;
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

/* Bit i: slot i carries the tag. Without branches: where a key lies in its line is random. */
static inline uint32_t cse_host_slots_with(const cse_host_bucket *bucket, uint32_t tag)
{
#if defined(__SSE2__)
    __m128i wanted = _mm_set1_epi32((int)tag);
    __m128i low = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)bucket->tag), wanted);
    __m128i high = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)bucket->tag + 1), wanted);
    __m128i both = _mm_packs_epi32(low, high);
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(both, both)) & 0xFF;
#else
    uint32_t slots = 0;
    for (uint32_t slot = 0; slot < CSE_HOST_SLOTS; slot++)
        slots |= (uint32_t)(bucket->tag[slot] == tag) << slot;
    return slots;
#endif
}

static inline bool cse_host_words_are(const char *stored, const cse_host_words *words)
{
    cse_bytes16 first = cse_bytes16_load(stored) ^ cse_bytes16_load(&words->word[0]);
    cse_bytes16 second = cse_bytes16_load(stored + 16) ^ cse_bytes16_load(&words->word[2]);
    return cse_bytes16_mask((cse_bytes16)((first | second) == 0)) == 0xFFFF;
}

/* The virtual host in the first slot of the first line in which an exact name may lie; CSE_NONE: it
 * must be searched for. */
static inline uint32_t cse_host_first_slot(const corsac_image *image, uint64_t hash)
{
    uint32_t at = cse_host_bucket_of(hash, image->bucket_count);
    const cse_host_bucket *bucket = &image->host_buckets[at];
    uint32_t slots = cse_host_slots_with(bucket, cse_host_tag_of(hash));
    if (slots == 0)
        return CSE_NONE;
    uint32_t index = bucket->index[__builtin_ctz(slots)];
    return index < image->virtual_host_count ? index : CSE_NONE;
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
    uint64_t hash = host->hashed ? host->hash
                                 : cse_host_hash_words(&host->words, image->hash_seed, route_config,
                                                       CSE_HOST_EXACT);
    uint32_t index = cse_host_first_slot(image, hash);
    if (index != CSE_NONE) {
        const cse_virtual_host *found = &image->virtual_hosts[index];
        if (found->route_config == route_config && found->kind == CSE_HOST_EXACT &&
            found->domain_size == host->size && cse_host_words_are(found->text, &host->words))
            return found;
    }
    return cse_host_choose_slowly(image, route_config, host);
}

/** The route configuration that an SNI leads to (H-29), or CSE_NONE. An absent one is the host. */
uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *host,
                             corsac_str sni);

/* ---- asking for memory ahead -------------------------------------------------------------- */

/** Hashes the host and asks for the first line of the host table that it may lie in. */
static inline void cse_host_prefetch_bucket(const corsac_image *image, uint32_t route_config,
                                            cse_host *host)
{
    if (!host->legal || host->size != host->tail_size)
        return;
    host->hash = cse_host_hash_text(cse_host_tail(host), host->size, image->hash_seed, route_config,
                                    CSE_HOST_EXACT);
    host->hashed = true;
    __builtin_prefetch(&image->host_buckets[cse_host_bucket_of(host->hash, image->bucket_count)]);
}

/** Then asks for the virtual host that this line points to, if any. */
CSE_ASKS_FOR_MEMORY void cse_host_prefetch_host(const corsac_image *image, const cse_host *host)
{
    uint32_t index = host->hashed ? cse_host_first_slot(image, host->hash) : CSE_NONE;
    if (index != CSE_NONE)
        __builtin_prefetch(&image->virtual_hosts[index]);
}

#endif
