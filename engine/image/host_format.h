// SPDX-License-Identifier: Apache-2.0
// Where hosts and SNI names lie: what compiler/lower/host_table.c places by and engine/evaluate/host.c
// looks for.
//
// A text of up to 32 bytes is four words, zero padded, so that the engine compares a host in registers, as it stands. The hash is XXH3; its seed comes from the content of
// the image, and keys that find no place make the compiler take the next one, so nobody can
// flood a table.
#ifndef CORSAC_ENGINE_IMAGE_HOST_FORMAT_H
#define CORSAC_ENGINE_IMAGE_HOST_FORMAT_H

#include "engine/image/format.h"

#include <stdbool.h>
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

/* All of a text of at most 8 bytes; loads overlap where they must. */
static inline uint64_t cse_host_load_short(const char *text, size_t size)
{
    uint32_t first, last;
    if (size >= sizeof(first)) {
        memcpy(&first, text, sizeof(first));
        memcpy(&last, text + size - sizeof(last), sizeof(last));
        return first | (uint64_t)last << (size - sizeof(last)) * 8;
    }
    const uint8_t *bytes = (const uint8_t *)text;
    return size == 0 ? 0
                     : bytes[0] | (uint64_t)bytes[size / 2] << size / 2 * 8 |
                           (uint64_t)bytes[size - 1] << (size - 1) * 8;
}

/* In registers: what is written as words and read as vectors must wait for the cache in between. */
static inline cse_host_words cse_host_words_of(const char *text, size_t size)
{
    uint64_t first, second = 0, third = 0, fourth = 0;
    if (size <= 8) {
        first = cse_host_load_short(text, size);
    } else if (size <= 16) {
        first = cse_host_load(text);
        second = cse_host_load_end(text, size, 8);
    } else {
        first = cse_host_load(text);
        second = cse_host_load(text + 8);
        third = size > 24 ? cse_host_load(text + 16) : cse_host_load_end(text, size, 16);
        fourth = size > 24 ? cse_host_load_end(text, size, 24) : 0;
    }
    return (cse_host_words){{first, second, third, fourth}};
}

/* What a key belongs to is part of its hash's seed, which is known before the text. */
static inline uint64_t cse_host_seed(uint64_t seed, uint32_t owner, uint32_t kind)
{
    return seed ^ ((uint64_t)owner << 3 | kind) * UINT64_C(0x9E3779B97F4A7C15);
}

/*
 * The hash of a key of at most CSE_HOST_INLINE_BYTES bytes, lower-cased: of the zeros behind it as
 * well, so that no branch depends on its length.
 * @param seed  cse_host_seed().
 */
static inline uint64_t cse_host_hash_words(const cse_host_words *words, uint64_t seed)
{
    return XXH3_64bits_withSeed(words, sizeof(*words), seed);
}

/* The hash of any key, lower-cased. */
static inline uint64_t cse_host_hash_text(const char *text, size_t size, uint64_t seed,
                                          uint32_t owner, uint32_t kind)
{
    if (size > CSE_HOST_INLINE_BYTES)
        return XXH3_64bits_withSeed(text, size, cse_host_seed(seed, owner, kind));
    const cse_host_words words = cse_host_words_of(text, size);
    return cse_host_hash_words(&words, cse_host_seed(seed, owner, kind));
}

/* CSE_HOST_PLAIN, of an exact name. Without a branch per byte: opening an image asks every host.
 * @param text  a record's copy of it, of CSE_HOST_INLINE_BYTES bytes. */
static inline bool cse_host_is_plain(const char *text, size_t size)
{
    uint8_t bad = 0;
    for (uint8_t i = 0; i < CSE_HOST_INLINE_BYTES; i++) {
        const uint8_t byte = (uint8_t)text[i];
        const bool is_bad =
            (byte < 0x21) | (byte > 0x7E) | (byte == ':') | ((uint8_t)(byte - 'A') <= 'Z' - 'A');
        bad |= (uint8_t)(is_bad & (i < (uint8_t)size));
    }
    return size - 1 < CSE_HOST_INLINE_BYTES && bad == 0;
}

/*
 * Where a key lies: its hash names a pilot, hash and pilot name a slot. The compiler chooses the pilots so that no
 * two keys share a slot, so one look answers, and the pilots of 100,000 hosts fit into the second-level cache.
 */
static inline uint32_t cse_host_pilot_of(uint64_t hash, uint32_t pilot_count)
{
    return (uint32_t)hash & (pilot_count - 1); /* a power of two */
}

/* The pilot is mixed before it joins the hash: values that merely moved a key would move its neighbours along, and
 * find no free slots where others found none. */
static inline uint32_t cse_host_slot_of(uint64_t hash, uint8_t pilot, uint32_t slot_count)
{
    uint64_t mixed =
        (hash ^ pilot * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xC2B2AE3D27D4EB4F); /* XXH3's */
    return (uint32_t)((unsigned __int128)mixed * slot_count >> 64);
}

#endif
