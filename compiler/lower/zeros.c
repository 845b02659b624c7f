// SPDX-License-Identifier: Apache-2.0
// Only long runs of zeros are counted: each costs time when the bytes are read again.
#include "compiler/lower/zeros.h"

#include "engine/image/origin_format.h"

/* Of one pattern (5.8 KB) 4 would leave 1.7 KB in 206 parts, 16 leaves 2.8 KB in 80, 32 3.7 KB in 43. */
enum { LEAST_ZEROS = 16 };

/* How many zeros begin at `at`, as far as one head can say. */
static size_t zeros_at(corsac_str bytes, size_t at)
{
    size_t size = 0;
    while (size < UINT8_MAX && at + size < bytes.size && bytes.data[at + size] == 0)
        size++;
    return size;
}

/* How many bytes from `at` on come before a run worth counting, as far as one head can say. A window is read from its
 * end: a byte there that is no zero ends every run before it. */
static size_t plain_at(corsac_str bytes, size_t at)
{
    const size_t left = bytes.size - at, most = left < UINT8_MAX ? left : UINT8_MAX;
    for (size_t plain = 0, back; plain < most && left - plain >= LEAST_ZEROS; plain += back) {
        for (back = LEAST_ZEROS; back > 0 && bytes.data[at + plain + back - 1] == 0;)
            back--;
        if (back == 0)
            return plain;
    }
    return most;
}

uint32_t csc_zeros_append(csc_sections *sections, cse_section_kind kind, corsac_str bytes)
{
    const uint32_t offset = (uint32_t)sections->slots[kind].size_bytes;
    for (size_t at = 0; at < bytes.size;) {
        const size_t plain = plain_at(bytes, at);
        const size_t zeros = zeros_at(bytes, at + plain);
        const uint8_t head[CSE_ZEROS_HEAD_BYTES] = {(uint8_t)plain, (uint8_t)zeros};
        csc_sections_append(sections, kind, head, sizeof(head));
        csc_sections_append(sections, kind, bytes.data + at, plain);
        at += plain + zeros;
    }
    return offset;
}
