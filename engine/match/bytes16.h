// SPDX-License-Identifier: Apache-2.0
// Sixteen bytes at once. The compiler chooses the instructions; a comparison sets whole bytes.
#ifndef CORSAC_ENGINE_MATCH_BYTES16_H
#define CORSAC_ENGINE_MATCH_BYTES16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define CSE_BYTES(b) (UINT64_C(0x0101010101010101) * (uint8_t)(b))

typedef uint8_t cse_bytes16 __attribute__((vector_size(16)));

static inline cse_bytes16 cse_bytes16_load(const void *from)
{
    cse_bytes16 bytes;
    memcpy(&bytes, from, sizeof(bytes));
    return bytes;
}

static inline cse_bytes16 cse_bytes16_of(uint64_t first, uint64_t second)
{
    typedef uint64_t words2 __attribute__((vector_size(16)));
    return (cse_bytes16)(words2){first, second};
}

/* Control bytes, TAB too, which the caller must look at again. */
static inline cse_bytes16 cse_bytes16_control(cse_bytes16 bytes)
{
    return (cse_bytes16)(bytes < 0x20) | (cse_bytes16)(bytes == 0x7F);
}

/* 0x21 to 0x7E: one more than such a byte is a large positive number. */
static inline cse_bytes16 cse_bytes16_plain(cse_bytes16 bytes)
{
    typedef int8_t signed16 __attribute__((vector_size(16)));
    return (cse_bytes16)((signed16)(bytes + 1) > 0x21);
}

/* Bit i: byte i of a comparison is set. */
static inline uint32_t cse_bytes16_mask(cse_bytes16 set)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)set);
#else
    const uint64_t gather = UINT64_C(0x0102040810204080); /* bit 8 i to bit 56 + i */
    uint64_t half[2];
    memcpy(half, &set, sizeof(half));
    return (uint32_t)((half[0] & CSE_BYTES(1)) * gather >> 56) |
           (uint32_t)((half[1] & CSE_BYTES(1)) * gather >> 56) << 8;
#endif
}

/* Position of the first byte that is set; 16 if none is. */
static inline size_t cse_bytes16_first(cse_bytes16 set)
{
    return (size_t)__builtin_ctz(cse_bytes16_mask(set) | 0x10000);
}

/*
 * Where a text of 16 to 64 bytes is read: four times sixteen bytes that overlap as they must. Texts
 * differ in length, and a loop whose end cannot be predicted costs more than the reads.
 */
enum { CSE_BYTES16_FOUR_LEAST = 16, CSE_BYTES16_FOUR_MOST = 64 };
typedef struct cse_bytes16_places {
    size_t second, third, last; /* the first is 0 */
} cse_bytes16_places;

static inline bool cse_bytes16_takes_four(size_t size)
{
    return size - CSE_BYTES16_FOUR_LEAST <= CSE_BYTES16_FOUR_MOST - CSE_BYTES16_FOUR_LEAST;
}

static inline cse_bytes16_places cse_bytes16_places_of(size_t size)
{
    size_t last = size - 16;
    return (cse_bytes16_places){last < 16 ? last : 16, last < 32 ? last : 32, last};
}

#endif
