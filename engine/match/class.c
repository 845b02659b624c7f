// SPDX-License-Identifier: Apache-2.0
// Sixteen bytes at a time where SSE2 is there (every x86-64), byte by byte elsewhere.
#include "engine/match/class.h"

enum { PLAIN_FIRST = 0x21, PLAIN_LAST = 0x7e };

/* ---- kinds of bytes ---------------------------------------------------------------------- */

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
    return cse_in_range(_mm_loadu_si128((const __m128i *)(const void *)bytes),
                        _mm_set1_epi8(PLAIN_FIRST), _mm_set1_epi8(PLAIN_LAST - PLAIN_FIRST));
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

/* ---- runs -------------------------------------------------------------------------------- */

bool cse_class_holds_scalar(const cse_origin_class *class, const uint8_t *bytes, size_t size)
{
    uint64_t all = 1;
    for (size_t i = 0; i < size; i++)
        all &= class->bits[bytes[i] >> 6] >> (bytes[i] & 63);
    return all & 1;
}
