// SPDX-License-Identifier: Apache-2.0
// Sixteen bytes at once: SSE2 where it is there (every x86-64), byte by byte elsewhere. Answers are
// masks, one bit per byte.
#ifndef CORSAC_ENGINE_MATCH_BLOCK_H
#define CORSAC_ENGINE_MATCH_BLOCK_H

#include "engine/image/origin_format.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { CSE_BLOCK_BYTES = 16, CSE_BLOCK_ALL = 0xffff };

/** Which bytes of a block are members, the portable way. */
uint32_t cse_block_members_portable(const cse_origin_class *class, const uint8_t *block);
/** The same, whatever the number of ranges. */
uint32_t cse_block_members_wide(const cse_origin_class *class, const uint8_t *block);

static inline bool cse_class_has(const cse_origin_class *class, uint8_t byte)
{
    return class->bits[byte >> 6] >> (byte & 63) & 1;
}

/* Its ranges are all compared, without a question. */
static inline bool cse_class_is_narrow(const cse_origin_class *class)
{
    return class->range_count <= CSE_CLASS_NARROW;
}

#if defined(__SSE2__)

static inline __m128i cse_block_load(const uint8_t *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* A block of a record, which is aligned. */
static inline __m128i cse_block_load_aligned(const uint8_t *bytes)
{
    return _mm_load_si128((const __m128i *)(const void *)bytes);
}

/* Which bytes of two blocks are equal. */
static inline uint32_t cse_block_equal(const uint8_t *a, const uint8_t *b)
{
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(cse_block_load(a), cse_block_load(b)));
}

/* The same for a block of a record. */
static inline uint32_t cse_block_is(const uint8_t *record, const uint8_t *bytes)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(cse_block_load(bytes), cse_block_load_aligned(record)));
}

/* Which bytes are a given one. */
static inline uint32_t cse_block_find(const uint8_t *block, uint8_t byte)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(cse_block_load(block), _mm_set1_epi8((char)byte)));
}

/* Which bytes are '0' to '9'. */
static inline uint32_t cse_block_digits(const uint8_t *block)
{
    __m128i above = _mm_sub_epi8(cse_block_load(block), _mm_set1_epi8('0'));
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above));
}

static inline __m128i cse_block_range(const cse_origin_class *class, uint32_t range, __m128i bytes)
{
    return _mm_cmpgt_epi8(_mm_add_epi8(bytes, cse_block_load_aligned(class->ranges[range].shift)),
                          cse_block_load_aligned(class->ranges[range].limit));
}

/* Which bytes are members of a narrow class. */
static inline uint32_t cse_block_members_narrow(const cse_origin_class *class, const uint8_t *block)
{
    __m128i bytes = cse_block_load(block), members = cse_block_range(class, 0, bytes);
    if (class->range_count > 1)
        members = _mm_or_si128(_mm_or_si128(members, cse_block_range(class, 1, bytes)),
                               cse_block_range(class, 2, bytes));
    return (uint32_t)_mm_movemask_epi8(members);
}

/* Which bytes are members of any class. */
static inline uint32_t cse_block_members(const cse_origin_class *class, const uint8_t *block)
{
    return cse_class_is_narrow(class) ? cse_block_members_narrow(class, block)
                                      : cse_block_members_wide(class, block);
}

#else

static inline uint32_t cse_block_equal(const uint8_t *a, const uint8_t *b)
{
    uint32_t equal = 0;
    for (uint32_t i = 0; i < CSE_BLOCK_BYTES; i++)
        equal |= (uint32_t)(a[i] == b[i]) << i;
    return equal;
}

static inline uint32_t cse_block_is(const uint8_t *record, const uint8_t *bytes)
{
    return cse_block_equal(record, bytes);
}

static inline uint32_t cse_block_find(const uint8_t *block, uint8_t byte)
{
    uint32_t equal = 0;
    for (uint32_t i = 0; i < CSE_BLOCK_BYTES; i++)
        equal |= (uint32_t)(block[i] == byte) << i;
    return equal;
}

static inline uint32_t cse_block_digits(const uint8_t *block)
{
    uint32_t digits = 0;
    for (uint32_t i = 0; i < CSE_BLOCK_BYTES; i++)
        digits |= (uint32_t)(block[i] >= '0' && block[i] <= '9') << i;
    return digits;
}

static inline uint32_t cse_block_members_narrow(const cse_origin_class *class, const uint8_t *block)
{
    return cse_block_members_portable(class, block);
}

static inline uint32_t cse_block_members(const cse_origin_class *class, const uint8_t *block)
{
    return cse_block_members_portable(class, block);
}

#endif

#endif
