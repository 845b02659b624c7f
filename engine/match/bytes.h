// SPDX-License-Identifier: Apache-2.0
// Comparing short byte strings. Origins have 20 to 60 bytes: a call to memcmp costs as much as the
// comparison itself, so equality is decided by overlapping 8-byte loads.
#ifndef CORSAC_ENGINE_MATCH_BYTES_H
#define CORSAC_ENGINE_MATCH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

static inline bool cse_bytes_equal(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    if (size < 8)
        return cse_bytes_equal_short(a, b, size);
    for (size_t at = 0; at + 8 < size; at += 8)
        if (cse_load64(a + at) != cse_load64(b + at))
            return false;
    return cse_load64(a + size - 8) == cse_load64(b + size - 8);
}

#endif
