// SPDX-License-Identifier: Apache-2.0
// Exact strings: a list of sizes and bytes, or lines of eight fingerprints. Prefixes: the same
// list, or a trie. A fingerprint never decides: the full comparison is the security boundary.
#include "engine/match/keys.h"

#include "engine/image/origin_hash_format.h"
#include "engine/match/bytes.h"
#include "engine/match/trie.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- exact ------------------------------------------------------------------------------- */

static bool list_holds_in_turn(const uint8_t *keys, const cse_origin_set *set, corsac_str origin)
{
    for (uint32_t i = 0; i < set->key_count; i++) {
        if (set->sizes[i] == origin.size && cse_bytes_equal(keys, origin.data, origin.size))
            return true;
        keys += set->sizes[i];
    }
    return false;
}

/*
 * has_prints, an origin of 16 to 64 bytes. Which key may be equal cannot be predicted, so none is asked
 * by a branch: size and print find it, the sum of the sizes before it says where it lies.
 */
static bool list_holds_by_print(const uint8_t *keys, const cse_origin_set *set, corsac_str origin)
{
    const uint64_t sizes = cse_load64(set->sizes);
    const uint64_t differ =
        (sizes ^ CSE_BYTES(origin.size)) |
        (cse_load64(set->prints) ^ CSE_BYTES(cse_origin_print(origin.data, origin.size)));
    /* the lowest zero byte is marked, and no byte below it */
    const uint64_t found = (differ - CSE_BYTES(1)) & ~differ & CSE_BYTES(0x80) &
                           UINT64_MAX >> (CSE_ORIGIN_LIST_KEYS - set->key_count) * 8;
    if (found == 0)
        return false;
    const unsigned shift = (unsigned)__builtin_ctzll(found) - 7;
    const uint8_t before = (uint8_t)(sizes * CSE_BYTES(1) << 8 >> shift);
    return cse_bytes_equal_four(keys + before, (const uint8_t *)origin.data, origin.size) ||
           ((found & (found - 1)) != 0 && list_holds_in_turn(keys, set, origin));
}

static bool list_holds(const uint8_t *keys, const cse_origin_set *set, corsac_str origin)
{
    if (set->has_prints)
        return cse_bytes16_takes_four(origin.size) && list_holds_by_print(keys, set, origin);
    return list_holds_in_turn(keys, set, origin);
}

/* One bit per lane that holds the fingerprint. */
static uint32_t lanes_of(const cse_origin_bucket *bucket, uint32_t fingerprint)
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

static bool key_equals(const uint8_t *record, corsac_str origin)
{
    return cse_load32(record) == origin.size &&
           cse_bytes_equal(record + 4, origin.data, origin.size);
}

static bool table_holds(const cse_origin_sections *sections, const cse_origin_set *set,
                        uint32_t index, corsac_str origin)
{
    uint64_t hash =
        cse_origin_hash(origin.data, origin.size, sections->hash_seed, index, set->salt);
    uint32_t fingerprint = cse_origin_fingerprint(hash);
    uint32_t mask = (1u << set->bucket_shift) - 1;
    for (uint32_t probe = 0; probe < set->probe_limit; probe++) {
        const cse_origin_bucket *bucket =
            &sections->buckets[set->buckets + (((uint32_t)hash + probe) & mask)];
        for (uint32_t lanes = lanes_of(bucket, fingerprint); lanes; lanes &= lanes - 1)
            if (key_equals(sections->keys + bucket->keys[__builtin_ctz(lanes)], origin))
                return true;
        if (bucket->fingerprints[7] == 0)
            return false;
    }
    return false;
}

void cse_keys_prefetch(const cse_origin_sections *sections, uint32_t index, corsac_str origin)
{
    const cse_origin_set *set = &sections->sets[index];
    uint64_t hash =
        cse_origin_hash(origin.data, origin.size, sections->hash_seed, index, set->salt);
    uint32_t mask = (1u << set->bucket_shift) - 1;
    __builtin_prefetch(&sections->buckets[set->buckets + ((uint32_t)hash & mask)]);
}

bool cse_keys_hold(const cse_origin_sections *sections, uint32_t index, corsac_str origin)
{
    const cse_origin_set *set = &sections->sets[index];
    if (set->flags & CSE_ORIGIN_TABLE)
        return table_holds(sections, set, index, origin);
    return list_holds(sections->keys + set->keys, set, origin);
}

/* ---- prefixes ---------------------------------------------------------------------------- */

static bool list_starts(const uint8_t *keys, const cse_origin_set *set, corsac_str origin)
{
    const uint8_t *sizes = set->sizes;
    for (uint32_t i = 0; i < set->key_count; i++)
        keys += *sizes++;
    for (uint32_t i = 0; i < set->prefix_count; i++) {
        if (sizes[i] <= origin.size && cse_bytes_equal(keys, origin.data, sizes[i]))
            return true;
        keys += sizes[i];
    }
    return false;
}

bool cse_prefixes_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                       corsac_str origin)
{
    if (!(set->flags & CSE_ORIGIN_TRIE))
        return list_starts(sections->keys + set->keys, set, origin);
    cse_trie_walk walk;
    cse_trie_start(&walk, sections->tries + set->trie, origin);
    return cse_trie_next(&walk) != CSE_NONE;
}
