// SPDX-License-Identifier: Apache-2.0
// Exact strings and prefixes of one origin set.
#ifndef CORSAC_ENGINE_MATCH_KEYS_H
#define CORSAC_ENGINE_MATCH_KEYS_H

#include "engine/image/origin_hash_format.h"
#include "engine/match/bytes.h"
#include "engine/match/origin.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* One bit per lane that holds the fingerprint. */
static inline uint32_t cse_key_lanes(const cse_origin_bucket *bucket, uint32_t fingerprint)
{
#if defined(__SSE2__)
    const __m128i *lines = (const __m128i *)(const void *)bucket->fingerprints;
    __m128i wanted = _mm_set1_epi32((int)fingerprint);
    __m128i low = _mm_cmpeq_epi32(_mm_loadu_si128(lines), wanted);
    __m128i high = _mm_cmpeq_epi32(_mm_loadu_si128(lines + 1), wanted);
    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(low)) |
           (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
#else
    uint32_t lanes = 0;
    for (uint32_t i = 0; i < 8; i++)
        lanes |= (uint32_t)(bucket->fingerprints[i] == fingerprint) << i;
    return lanes;
#endif
}

static inline bool cse_key_record_is(const uint8_t *record, corsac_str origin)
{
    return cse_load32(record) == origin.size &&
           cse_bytes_equal(record + 4, origin.data, origin.size);
}

/** CSE_ORIGIN_TABLE: whether the table holds the origin. */
static inline bool cse_key_table_holds(const cse_origin_sections *sections,
                                       const cse_origin_set *set, corsac_str origin)
{
    const uint32_t index = (uint32_t)(set - sections->sets); /* part of the hash */
    uint64_t hash =
        cse_origin_hash(origin.data, origin.size, sections->hash_seed, index, set->salt);
    uint32_t fingerprint = cse_origin_fingerprint(hash);
    uint32_t mask = (1u << set->bucket_shift) - 1;
    for (uint32_t probe = 0; probe < set->probe_limit; probe++) {
        const cse_origin_bucket *bucket =
            &sections->buckets[set->buckets + (((uint32_t)hash + probe) & mask)];
        for (uint32_t lanes = cse_key_lanes(bucket, fingerprint); lanes; lanes &= lanes - 1)
            if (cse_key_record_is(sections->keys + bucket->keys[__builtin_ctz(lanes)], origin))
                return true;
        if (bucket->fingerprints[7] == 0)
            return false;
    }
    return false;
}

/** CSE_ORIGIN_ROW: whether the row holds the origin. Which key may be equal is found without a branch. */
static inline bool cse_key_row_holds(const cse_origin_sections *sections, const cse_origin_set *set,
                                     corsac_str origin)
{
    if (!cse_bytes16_takes_four(origin.size))
        return false;
    const uint8_t *text = (const uint8_t *)origin.data;
    const cse_origin_row *row = &sections->rows[set->row];
    const cse_bytes16 alike =
        (cse_bytes16)(cse_bytes16_load(row->sizes) == (uint8_t)origin.size) &
        (cse_bytes16)(cse_bytes16_load(row->prints) == cse_origin_print(text, origin.size));
    for (uint32_t found = cse_bytes16_mask(alike); found; found &= found - 1) {
        const uint8_t *key = sections->keys + set->row_keys + row->places[__builtin_ctz(found)];
        if (cse_bytes_equal_four(key, text, origin.size))
            return true;
    }
    return false;
}

/** Whether the list holds the origin, whatever their sizes. */
bool cse_key_list_holds_in_turn(const cse_origin_sections *sections, const cse_origin_set *set,
                                corsac_str origin);

typedef enum cse_keys_answer {
    CSE_KEYS_MISS = 0,
    CSE_KEYS_HIT,
    CSE_KEYS_UNSURE /* only cse_key_list_holds_in_turn() can tell */
} cse_keys_answer;

/*
 * Sizes and prints of up to eight keys, an origin of 16 to 64 bytes. Which key may be equal cannot be
 * predicted, so none is asked by a branch: size and print find it, the sum of the sizes before it says
 * where it lies.
 */
static inline cse_keys_answer cse_key_list_ask_prints(const uint8_t *keys, uint64_t sizes,
                                                      uint64_t prints, uint64_t mask,
                                                      corsac_str origin)
{
    const uint64_t differ = (sizes ^ CSE_BYTES(origin.size)) |
                            (prints ^ CSE_BYTES(cse_origin_print(origin.data, origin.size)));
    /* the lowest zero byte is marked, and no byte below it */
    const uint64_t found = (differ - CSE_BYTES(1)) & ~differ & CSE_BYTES(0x80) & mask;
    if (found == 0)
        return CSE_KEYS_MISS;
    const unsigned shift = (unsigned)__builtin_ctzll(found) - 7;
    const uint8_t before = (uint8_t)(sizes * CSE_BYTES(1) << 8 >> shift);
    if (cse_bytes_equal_four(keys + before, (const uint8_t *)origin.data, origin.size))
        return CSE_KEYS_HIT;
    return (found & (found - 1)) != 0 ? CSE_KEYS_UNSURE : CSE_KEYS_MISS;
}

/** An origin of 16 to 64 bytes. */
static inline bool cse_key_is(const uint8_t *key, size_t size, corsac_str origin)
{
    return size == origin.size &&
           cse_bytes_equal_four(key, (const uint8_t *)origin.data, origin.size);
}

/** Asks the list, without a call and without a loop: most often that is enough. */
static inline cse_keys_answer cse_key_list_ask(const cse_origin_sections *sections,
                                               const cse_origin_set *set, corsac_str origin)
{
    const uint8_t *keys = sections->keys + set->keys;
    if (!cse_bytes16_takes_four(origin.size))
        return set->has_prints ? CSE_KEYS_MISS : CSE_KEYS_UNSURE;
    if (set->has_prints)
        return cse_key_list_ask_prints(keys, cse_load64(set->sizes), cse_load64(set->prints),
                                       UINT64_MAX >> (CSE_ORIGIN_LIST_KEYS - set->key_count) * 8,
                                       origin);
    if (set->key_count != 1)
        return CSE_KEYS_UNSURE;
    return cse_key_is(keys, set->sizes[0], origin) ? CSE_KEYS_HIT : CSE_KEYS_MISS;
}

/** What a copy of a set's keys says: unsure if there is none. @param keys  the first of them, wherever they lie. */
__attribute__((always_inline)) static inline cse_keys_answer
cse_prints_ask(const cse_prints *list, const uint8_t *keys, corsac_str origin)
{
    const uint64_t sizes = cse_load64(list->sizes);
    if (sizes == 0)
        return CSE_KEYS_UNSURE;
    if (!cse_bytes16_takes_four(origin.size))
        return CSE_KEYS_MISS;
    return cse_key_list_ask_prints(keys, sizes, cse_load64(list->prints), UINT64_MAX, origin);
}

/** Whether the set's exact strings hold the origin. @param index  of the set. Decisions ask by
 * the cases of cse_origin_match(), each of which hands on without a register saved: a fifth fewer instructions. */
static inline bool cse_keys_hold(const cse_origin_sections *sections, uint32_t index,
                                 corsac_str origin)
{
    const cse_origin_set *set = &sections->sets[index];
    if (set->flags & CSE_ORIGIN_TABLE)
        return cse_key_table_holds(sections, set, origin);
    if (set->flags & CSE_ORIGIN_ROW)
        return cse_key_row_holds(sections, set, origin);
    cse_keys_answer answer = cse_key_list_ask(sections, set, origin);
    return answer == CSE_KEYS_UNSURE ? cse_key_list_holds_in_turn(sections, set, origin)
                                     : answer == CSE_KEYS_HIT;
}

/** Asks for the first line of the set's table, which it has, that cse_keys_hold() will read. */
void cse_keys_prefetch(const cse_origin_sections *sections, uint32_t index, corsac_str origin);

/** Whether the origin starts with one of the set's prefixes. */
bool cse_prefixes_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                       corsac_str origin);

#endif
