// SPDX-License-Identifier: Apache-2.0
// Sizes are added up before there is memory for the bytes, so reading needs no check of its own. It goes in
// steps of 16 bytes, most of which write too much; what comes next puts that right.
#include "engine/match/zeros.h"

#include "engine/image/origin_format.h"

#include <string.h>

enum { STEP = CSE_ZEROS_SLACK };
_Static_assert((int)STEP == (int)CSE_ZEROS_PERIOD, "a step repeats the step before it");

size_t cse_zeros_size(const uint8_t *stored, size_t stored_bytes)
{
    size_t total = 0;
    for (size_t at = 0; at < stored_bytes;) {
        if (stored_bytes - at < CSE_ZEROS_HEAD_BYTES ||
            stored_bytes - at - CSE_ZEROS_HEAD_BYTES < stored[at])
            return SIZE_MAX;
        total += (size_t)stored[at] + stored[at + 1];
        if (stored[at + 2] > 0 && total < CSE_ZEROS_PERIOD)
            return SIZE_MAX;
        total += stored[at + 2];
        at += CSE_ZEROS_HEAD_BYTES + (size_t)stored[at];
    }
    return total;
}

void cse_zeros_read(const uint8_t *stored, size_t stored_bytes, uint8_t *out, size_t size_bytes)
{
    static const uint8_t none[STEP];
    const uint8_t *end = stored + stored_bytes;
    memset(out, 0, size_bytes);
    while (stored < end) {
        const size_t plain = stored[0], zeros = stored[1], repeated = stored[2];
        stored += CSE_ZEROS_HEAD_BYTES;
        if (plain + STEP <= (size_t)(end - stored))
            for (size_t at = 0; at < plain; at += STEP)
                memcpy(out + at, stored + at, STEP);
        else
            memcpy(out, stored, plain);
        memcpy(out + plain, none, STEP);
        stored += plain;
        out += plain + zeros;
        for (size_t at = 0; at < repeated; at += STEP)
            memcpy(out + at, out + at - STEP, STEP);
        out += repeated;
        memcpy(out, none, STEP);
    }
}
