// SPDX-License-Identifier: Apache-2.0
// Exact strings: a list of sizes and bytes, or lines of eight fingerprints. Prefixes: the same
// list, or a trie. A fingerprint never decides: the full comparison is the security boundary.
#include "engine/match/keys.h"

#include "engine/match/trie.h"

/* ---- exact ------------------------------------------------------------------------------- */

bool cse_key_list_holds_in_turn(const cse_origin_sections *sections, const cse_origin_set *set,
                                corsac_str origin)
{
    const uint8_t *keys = sections->keys + set->keys;
    for (uint32_t i = 0; i < set->key_count; i++) {
        if (set->sizes[i] == origin.size && cse_bytes_equal(keys, origin.data, origin.size))
            return true;
        keys += set->sizes[i];
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
