// SPDX-License-Identifier: Apache-2.0
// What kind of bytes an origin holds. Sixteen bytes at a time where SSE2 is there (every x86-64), byte
// by byte elsewhere.
#include "engine/match/block.h"
#include "engine/match/origin.h"

enum { PLAIN_FIRST = 0x21, PLAIN_LAST = 0x7e };

static cse_origin_bytes classify_slowly(const uint8_t *bytes, size_t size)
{
    cse_origin_bytes kind = CSE_BYTES_PLAIN;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] >= PLAIN_FIRST && bytes[i] <= PLAIN_LAST)
            continue;
        if (bytes[i] == 0x7f || (bytes[i] < 0x20 && bytes[i] != '\t'))
            return CSE_BYTES_ILLEGAL;
        kind = CSE_BYTES_OTHER;
    }
    return kind;
}

#if defined(__SSE2__)
static inline __m128i plain_of(const uint8_t *bytes)
{
    __m128i above = _mm_sub_epi8(cse_block_load(bytes), _mm_set1_epi8(PLAIN_FIRST));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(PLAIN_LAST - PLAIN_FIRST)), above);
}

static inline size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * At least 16 bytes. Up to 64 by four loads that overlap as they must: origins differ in length,
 * and a loop whose end cannot be predicted costs more than the loads.
 */
static bool is_plain(const uint8_t *bytes, size_t size)
{
    size_t last = size - 16;
    __m128i all = _mm_and_si128(
        _mm_and_si128(plain_of(bytes), plain_of(bytes + last)),
        _mm_and_si128(plain_of(bytes + at_most(16, last)), plain_of(bytes + at_most(32, last))));
    for (size_t at = 48; at < last; at += 16)
        all = _mm_and_si128(all, plain_of(bytes + at));
    return _mm_movemask_epi8(all) == 0xffff;
}

cse_origin_bytes cse_origin_classify(corsac_str text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    if (text.size >= 16 && is_plain(bytes, text.size))
        return CSE_BYTES_PLAIN;
    return classify_slowly(bytes, text.size);
}
#else
cse_origin_bytes cse_origin_classify(corsac_str text)
{
    return classify_slowly((const uint8_t *)text.data, text.size);
}
#endif

uint32_t cse_block_members_portable(const cse_origin_class *class, const uint8_t *block)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < CSE_BLOCK_BYTES; i++)
        members |= (uint32_t)cse_class_has(class, block[i]) << i;
    return members;
}

#if defined(__SSE2__)
uint32_t cse_block_members_wide(const cse_origin_class *class, const uint8_t *block)
{
    __m128i bytes = cse_block_load(block), members = cse_block_range(class, 0, bytes);
    if (class->range_count == CSE_CLASS_BITMAP_ONLY)
        return cse_block_members_portable(class, block);
    for (uint32_t i = 1; i < CSE_CLASS_RANGES; i++)
        members = _mm_or_si128(members, cse_block_range(class, i, bytes));
    return (uint32_t)_mm_movemask_epi8(members);
}
#endif
