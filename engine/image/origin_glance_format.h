// SPDX-License-Identifier: Apache-2.0
// What a policy copies of its origin set: written by compiler/lower/policies.c, held against the set
// when an image is opened.
#ifndef CORSAC_ENGINE_IMAGE_ORIGIN_GLANCE_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ORIGIN_GLANCE_FORMAT_H

#include "engine/image/origin_format.h"
#include "engine/image/origin_hash_format.h"

/* The sizes of strings that have a print and are compared as four blocks; cse_bytes16_takes_four(). */
enum { CSE_GLANCE_LEAST_BYTES = 16, CSE_GLANCE_MOST_BYTES = 64 };

/* All zeros if the set has no list of exact strings, or one that is longer or shorter than that.
 * @param keys  ORIGIN_KEYS, in which the set's strings lie. */
static inline cse_glance cse_origin_glance(const cse_origin_set *set, const uint8_t *keys)
{
    const cse_glance nothing = {0};
    if (!(set->flags & CSE_ORIGIN_KEYS))
        return nothing;
    cse_glance glance = {
        .key_count = set->key_count, .is_all = set->flags == CSE_ORIGIN_KEYS, .keys = set->keys};
    uint32_t total = 0;
    for (uint32_t i = 0; i < set->key_count; i++) {
        const uint8_t size = set->sizes[i];
        if (size < CSE_GLANCE_LEAST_BYTES || size > CSE_GLANCE_MOST_BYTES)
            return nothing;
        glance.sizes[i] = size;
        glance.prints[i] = cse_origin_print(keys + set->keys + total, size);
        total += size;
    }
    return total <= UINT8_MAX ? glance : nothing;
}

#endif
