// SPDX-License-Identifier: Apache-2.0
// The hash of the host table: what compiler/lower/host_table.c places by and engine/evaluate/host.c
// looks for.
//
// A text of up to 32 bytes is four words, zero padded, so that the engine compares a host in the
// registers in which it has lower-cased it. The hash is XXH3; its seed comes from the content of
// the image, and a key that finds no place makes the compiler take the next one, so nobody can
// flood the table.
#ifndef CORSAC_ENGINE_IMAGE_HOST_FORMAT_H
#define CORSAC_ENGINE_IMAGE_HOST_FORMAT_H

#include "engine/image/format.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A text of at most CSE_HOST_INLINE_BYTES bytes, zero padded. */
typedef struct cse_host_words {
    uint64_t word[CSE_HOST_INLINE_BYTES / 8];
} cse_host_words;

static inline uint64_t cse_host_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* The last size - from bytes of a text, of which there are 1 to 8; the text has at least 8 bytes.
 */
static inline uint64_t cse_host_load_end(const char *text, size_t size, size_t from)
{
    return cse_host_load(text + size - 8) >> (8 - (size - from)) * 8;
}

static inline cse_host_words cse_host_words_of(const char *text, size_t size)
{
    cse_host_words out = {{0, 0, 0, 0}};
    if (size > 24) {
        out.word[0] = cse_host_load(text);
        out.word[1] = cse_host_load(text + 8);
        out.word[2] = cse_host_load(text + 16);
        out.word[3] = cse_host_load_end(text, size, 24);
    } else if (size > 16) {
        out.word[0] = cse_host_load(text);
        out.word[1] = cse_host_load(text + 8);
        out.word[2] = cse_host_load_end(text, size, 16);
    } else if (size > 8) {
        out.word[0] = cse_host_load(text);
        out.word[1] = cse_host_load_end(text, size, 8);
    } else if (size > 0) {
        memcpy(out.word, text, size);
    }
    return out;
}

/* The hash of a folded text; the words of a short one hold exactly its bytes. */
static inline uint64_t cse_host_hash_text(const void *text, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(text, size, seed);
}

/* Mixes what a key belongs to into the hash of its text. */
static inline uint64_t cse_host_hash(uint64_t text_hash, uint32_t owner, uint32_t kind)
{
    uint64_t h = text_hash ^ (((uint64_t)owner << 3 | kind) * UINT64_C(0x9E3779B97F4A7C15));
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

/* The first of the CSE_HOST_MAX_PROBES buckets, wrapping at the end, in which a key may lie. */
static inline uint32_t cse_host_bucket_of(uint64_t hash, uint32_t bucket_count)
{
    return (uint32_t)((uint64_t)(uint32_t)hash * bucket_count >> 32);
}

/* Never 0, which marks an empty slot. */
static inline uint32_t cse_host_tag_of(uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    return tag ? tag : 1;
}

#endif
