// SPDX-License-Identifier: Apache-2.0
// What a policy copies of its origin set: written by compiler/lower/policies.c, held against the set
// when an image is opened.
#ifndef CORSAC_ENGINE_IMAGE_ORIGIN_GLANCE_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ORIGIN_GLANCE_FORMAT_H

#include "engine/image/origin_format.h"
#include "engine/image/origin_hash_format.h"

/* The sizes of strings that have a print and are compared as four blocks; cse_bytes16_takes_four(). */
enum { CSE_GLANCE_LEAST_BYTES = 16, CSE_GLANCE_MOST_BYTES = 64 };

/* All zeros if the set has no list of exact strings, or one that has no prints and is not one such string.
 * @param keys  ORIGIN_KEYS, in which the set's strings lie. */
static inline cse_glance cse_origin_glance(const cse_origin_set *set, const uint8_t *keys)
{
    const cse_glance nothing = {0};
    cse_glance glance = {.key_count = set->key_count,
                         .is_all = set->flags == CSE_ORIGIN_KEYS,
                         .list.keys = set->keys};
    uint64_t sizes, prints; /* as words: bytes that were just stored are slow to read together */
    if (!(set->flags & CSE_ORIGIN_KEYS))
        return nothing;
    if (set->has_prints) {
        const uint64_t mask = UINT64_MAX >> (CSE_ORIGIN_LIST_KEYS - set->key_count) * 8;
        memcpy(&sizes, set->sizes, sizeof(sizes));
        memcpy(&prints, set->prints, sizeof(prints));
        sizes &= mask;
        prints &= mask;
    } else {
        sizes = set->sizes[0];
        if (set->key_count > 1 || sizes < CSE_GLANCE_LEAST_BYTES || sizes > CSE_GLANCE_MOST_BYTES)
            return nothing;
        prints = cse_origin_print(keys + set->keys, (size_t)sizes);
    }
    memcpy(glance.list.sizes, &sizes, sizeof(glance.list.sizes));
    memcpy(glance.list.prints, &prints, sizeof(glance.list.prints));
    return glance;
}

#endif
