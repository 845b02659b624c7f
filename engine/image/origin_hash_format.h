// SPDX-License-Identifier: Apache-2.0
// The hash of exact origins, which the builder of a table and its reader must compute alike.
// Tenants choose the keys, so the hash is seeded: by the image's content, by the set, and by the
// try number that the builder raises when a table comes out too crowded.
#ifndef CORSAC_ENGINE_IMAGE_ORIGIN_HASH_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ORIGIN_HASH_FORMAT_H

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t cse_origin_hash(const void *text, size_t size_bytes, uint64_t seed,
                                       uint32_t set, uint8_t salt)
{
    return XXH3_64bits_withSeed(
        text, size_bytes, seed ^ (((uint64_t)set << 8 | salt) * UINT64_C(0x9E3779B97F4A7C15)));
}

static inline uint32_t cse_origin_fingerprint(uint64_t hash)
{
    uint32_t high = (uint32_t)(hash >> 32);
    return high ? high : 1;
}

#endif
