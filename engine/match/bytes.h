// SPDX-License-Identifier: Apache-2.0
// Comparing short byte strings. Origins have 20 to 60 bytes: a call to memcmp costs as much as the
// comparison itself, so equality is decided by overlapping loads.
#ifndef CORSAC_ENGINE_MATCH_BYTES_H
#define CORSAC_ENGINE_MATCH_BYTES_H

#include "engine/match/bytes16.h"

static inline uint64_t cse_load64(const void *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static inline uint32_t cse_load32(const void *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static inline bool cse_bytes_equal_short(const uint8_t *a, const uint8_t *b, size_t size)
{
    if (size >= 4)
        return ((cse_load32(a) ^ cse_load32(b)) |
                (cse_load32(a + size - 4) ^ cse_load32(b + size - 4))) == 0;
    if (size == 0)
        return true;
    return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

/* 16 to 64 bytes. */
static inline bool cse_bytes_equal_four(const uint8_t *a, const uint8_t *b, size_t size)
{
    const cse_bytes16_places at = cse_bytes16_places_of(size);
    cse_bytes16 differ = (cse_bytes16_load(a) ^ cse_bytes16_load(b)) |
                         (cse_bytes16_load(a + at.second) ^ cse_bytes16_load(b + at.second)) |
                         (cse_bytes16_load(a + at.third) ^ cse_bytes16_load(b + at.third)) |
                         (cse_bytes16_load(a + at.last) ^ cse_bytes16_load(b + at.last));
    return cse_bytes16_mask((cse_bytes16)(differ == 0)) == 0xFFFF;
}

static inline bool cse_bytes_equal(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    if (cse_bytes16_takes_four(size))
        return cse_bytes_equal_four(a, b, size);
    if (size < 8)
        return cse_bytes_equal_short(a, b, size);
    for (size_t at = 0; at + 8 < size; at += 8)
        if (cse_load64(a + at) != cse_load64(b + at))
            return false;
    return cse_load64(a + size - 8) == cse_load64(b + size - 8);
}

/* Where to read on: `actual`, which is most likely `expected`, as `is_expected` says. Whoever reads there need not
 * wait for that, since the processor predicts the branch. The compiler must not see that both are the same then, nor choose
 * between them without a branch. */
static inline const void *cse_expect(const void *actual, const void *expected, bool is_expected)
{
    __asm__("" : "+r"(expected));
    if (__builtin_expect(!is_expected, 0)) {
        __asm__ volatile("" : "+r"(actual));
        return actual;
    }
    return expected;
}

#endif
