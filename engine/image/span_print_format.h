// SPDX-License-Identifier: Apache-2.0
// The hash of a span's ends, which the builder of an index and its reader must compute alike.
#ifndef CORSAC_ENGINE_IMAGE_SPAN_PRINT_FORMAT_H
#define CORSAC_ENGINE_IMAGE_SPAN_PRINT_FORMAT_H

#include "engine/image/origin_format.h"

#include <string.h>

/*
 * Tells the spans of one set apart, by bytes that are the same in every origin that a span matches. Spans
 * that are alike are asked in turn, and the builder sees to it that they are few.
 * @param index  the first record of the set.
 * @param text   16 bytes can be read from here on.
 * @param end    behind the suffix; 16 bytes can be read before it.
 */
static inline uint64_t cse_span_hash(const cse_origin_index *index, const uint8_t *text,
                                     const uint8_t *end)
{
    uint64_t words[3];
    memcpy(&words[0], text + index->head_at, sizeof(words[0]));
    memcpy(&words[1], end - index->tail_back, sizeof(words[1]));
    memcpy(&words[2], end - sizeof(words[2]), sizeof(words[2]));
    words[0] &= index->head_mask;
    words[1] &= index->tail_mask;
    words[2] &= index->tail_mask;
    uint64_t mixed =
        words[0] ^ (words[1] << 23 | words[1] >> 41) ^ (words[2] << 47 | words[2] >> 17);
    mixed ^= mixed >> 29; /* the product's bit 32 hears of no bit above it */
    return mixed * (UINT64_C(0x9E3779B97F4A7C15) + 2 * (uint64_t)index->salt);
}

static inline uint8_t cse_span_print(uint64_t hash)
{
    return (uint8_t)(hash >> 56);
}

/* Which record of the set, counted from its first. */
static inline uint32_t cse_span_line(const cse_origin_index *index, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ((1u << (index->lines & CSE_LINES_LOG2)) - 1);
}

#endif
