// SPDX-License-Identifier: Apache-2.0
// The hash of exact origins, which the builder of a table and its reader must compute alike.
// Tenants choose the keys, so the hash is seeded: by the image's content, by the set, and by the
// try number that the builder raises when a table comes out too crowded.
#ifndef CORSAC_ENGINE_IMAGE_ORIGIN_HASH_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ORIGIN_HASH_FORMAT_H

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t cse_origin_hash(const void *text, size_t size_bytes, uint64_t seed,
                                       uint32_t set, uint8_t salt)
{
    return XXH3_64bits_withSeed(
        text, size_bytes, seed ^ (((uint64_t)set << 8 | salt) * UINT64_C(0x9E3779B97F4A7C15)));
}

/*
 * Tells the keys of one short list apart, nothing more: bytes 8 to 15, behind "https://", and the last
 * sixteen, of a text of at least 16. Keys with one print are compared in turn, so nobody gains by
 * choosing them.
 */
static inline uint8_t cse_origin_print(const void *text, size_t size_bytes)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint64_t words[3];
    memcpy(&words[0], bytes + 8, sizeof(words[0]));
    memcpy(&words[1], bytes + size_bytes - 16, sizeof(words[1]));
    memcpy(&words[2], bytes + size_bytes - 8, sizeof(words[2]));
    uint64_t mixed =
        words[0] ^ (words[1] << 23 | words[1] >> 41) ^ (words[2] << 47 | words[2] >> 17);
    return (uint8_t)(mixed * UINT64_C(0x9E3779B97F4A7C15) >> 56);
}

static inline uint32_t cse_origin_fingerprint(uint64_t hash)
{
    uint32_t high = (uint32_t)(hash >> 32);
    return high ? high : 1;
}

#endif
