// SPDX-License-Identifier: Apache-2.0
// Sixteen bytes at a time where SSE2 is there (every x86-64), byte by byte elsewhere. Short runs
// are read by one load that also covers neighbours inside the same text, whose bits are then
// ignored.
#include "engine/match/class.h"

#include "engine/match/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { PLAIN_FIRST = 0x21, PLAIN_LAST = 0x7e, BITMAP_ONLY = 5 };

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
/* One bit per byte of 16 that lies in first..first + width. */
static inline uint32_t in_range(__m128i bytes, uint8_t first, uint8_t width)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8((char)first));
    __m128i within = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((char)width)), above);
    return (uint32_t)_mm_movemask_epi8(within);
}

static inline uint32_t plain_of(const uint8_t *bytes)
{
    return in_range(_mm_loadu_si128((const __m128i *)(const void *)bytes), PLAIN_FIRST,
                    PLAIN_LAST - PLAIN_FIRST);
}

static bool is_plain(const uint8_t *bytes, size_t size)
{
    uint32_t all = plain_of(bytes + size - 16);
    for (size_t at = 0; at + 16 < size; at += 16)
        all &= plain_of(bytes + at);
    return all == 0xffff;
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

#if defined(__SSE2__)
static inline uint32_t members_of(const cse_origin_class *class, const uint8_t *bytes)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    uint32_t members = 0;
    for (uint32_t i = 0; i < class->range_count; i++)
        members |= in_range(block, class->first[i], class->width[i]);
    return members;
}

static bool long_run(const cse_origin_class *class, const uint8_t *bytes, size_t size)
{
    uint32_t all = members_of(class, bytes + size - 16);
    for (size_t at = 0; at + 16 < size; at += 16)
        all &= members_of(class, bytes + at);
    return all == 0xffff;
}

/* size below 16, the text at least 16 long. */
static bool short_run(const cse_origin_class *class, corsac_str text, const uint8_t *bytes,
                      size_t size)
{
    const uint8_t *last = (const uint8_t *)text.data + text.size - 16;
    const uint8_t *from = bytes < last ? bytes : last;
    uint32_t wanted = ((1u << size) - 1) << (bytes - from);
    return (members_of(class, from) & wanted) == wanted;
}

bool cse_class_holds(const cse_origin_class *class, corsac_str text, const uint8_t *bytes,
                     size_t size)
{
    if (class->range_count == 0)
        return true;
    if (class->range_count == BITMAP_ONLY || text.size < 16)
        return cse_class_holds_scalar(class, bytes, size);
    return size >= 16 ? long_run(class, bytes, size) : short_run(class, text, bytes, size);
}
#else
bool cse_class_holds(const cse_origin_class *class, corsac_str text, const uint8_t *bytes,
                     size_t size)
{
    (void)text;
    return class->range_count == 0 || cse_class_holds_scalar(class, bytes, size);
}
#endif
