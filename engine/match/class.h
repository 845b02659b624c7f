// SPDX-License-Identifier: Apache-2.0
// Byte classes: what kind of bytes an origin holds, and whether a run of bytes is all of one class.
// Short runs are read by one load that also covers neighbours inside the same text, whose bits are
// then ignored.
#ifndef CORSAC_ENGINE_MATCH_CLASS_H
#define CORSAC_ENGINE_MATCH_CLASS_H

#include "engine/match/origin.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { CSE_CLASS_BITMAP_ONLY = 5 };

static inline bool cse_class_has(const cse_origin_class *class, uint8_t byte)
{
    return class->bits[byte >> 6] >> (byte & 63) & 1;
}

/** Whether bytes are all of a class, the portable way. */
bool cse_class_holds_scalar(const cse_origin_class *class, const uint8_t *bytes, size_t size);

#if defined(__SSE2__)
/* 0xff for each byte in first..first + width. */
static inline __m128i cse_in_range(__m128i bytes, __m128i first, __m128i width)
{
    __m128i above = _mm_sub_epi8(bytes, first);
    return _mm_cmpeq_epi8(_mm_min_epu8(above, width), above);
}

static inline __m128i cse_load_vector(const uint8_t *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* One bit per byte of 16 that is a member. All four ranges always: no branch. */
static inline uint32_t cse_class_members(const cse_origin_class *class, const uint8_t *bytes)
{
    __m128i block = cse_load_vector(bytes), members = _mm_setzero_si128();
    for (int i = 0; i < 4; i++)
        members = _mm_or_si128(members, cse_in_range(block, cse_load_vector(class->first[i]),
                                                     cse_load_vector(class->width[i])));
    return (uint32_t)_mm_movemask_epi8(members);
}

/* At least 16 bytes. */
static inline bool cse_class_holds_long(const cse_origin_class *class, const uint8_t *bytes,
                                        size_t size)
{
    uint32_t all = cse_class_members(class, bytes + size - 16);
    for (size_t at = 0; at + 16 < size; at += 16)
        all &= cse_class_members(class, bytes + at);
    return all == 0xffff;
}

/* Fewer than 16 bytes of a text of at least 16. */
static inline bool cse_class_holds_short(const cse_origin_class *class, corsac_str text,
                                         const uint8_t *bytes, size_t size)
{
    const uint8_t *last = (const uint8_t *)text.data + text.size - 16;
    const uint8_t *from = bytes < last ? bytes : last;
    uint32_t wanted = ((1u << size) - 1) << (bytes - from);
    return (cse_class_members(class, from) & wanted) == wanted;
}

/* Equal bytes, one bit each. */
static inline uint32_t cse_bytes_that_are(const uint8_t *bytes, char wanted)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(cse_load_vector(bytes), _mm_set1_epi8(wanted)));
}

/* How many of at most 16 bytes from here on are members; the text has at least 16. */
static inline size_t cse_class_run_short(const cse_origin_class *class, corsac_str text,
                                         const uint8_t *bytes)
{
    const uint8_t *last = (const uint8_t *)text.data + text.size - 16;
    const uint8_t *from = bytes < last ? bytes : last;
    uint32_t others = ~cse_class_members(class, from) & 0xffff;
    return (size_t)__builtin_ctz((others >> (bytes - from)) | 0x10000);
}
#endif

/** How many plain bytes from here on are of a class, at most `most`. */
static inline size_t cse_class_run(const cse_origin_class *class, corsac_str text,
                                   const uint8_t *bytes, size_t most)
{
    size_t size = 0;
    if (class->range_count == 0)
        return most;
#if defined(__SSE2__)
    if (text.size >= 16 && class->range_count - 1 < 4) {
        size_t found = cse_class_run_short(class, text, bytes);
        if (found < 16)
            return found < most ? found : most;
        size = most < 16 ? most : 16;
    }
#else
    (void)text;
#endif
    while (size < most && cse_class_has(class, bytes[size]))
        size++;
    return size;
}

/**
 * Whether plain bytes are all of a class; uses vector instructions where the machine has them.
 * @param text  what the bytes lie in: up to 16 bytes around them may be read there.
 */
static inline bool cse_class_holds(const cse_origin_class *class, corsac_str text,
                                   const uint8_t *bytes, size_t size)
{
    if (class->range_count == 0)
        return true;
#if defined(__SSE2__)
    if (class->range_count != CSE_CLASS_BITMAP_ONLY && text.size >= 16)
        return size < 16 ? cse_class_holds_short(class, text, bytes, size)
                         : cse_class_holds_long(class, bytes, size);
#else
    (void)text;
#endif
    return cse_class_holds_scalar(class, bytes, size);
}

#endif
