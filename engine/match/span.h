// SPDX-License-Identifier: Apache-2.0
// Regexes lowered to literals around class runs: see cse_origin_span.
//
// Of a text the following is read: the block that begins with its first byte, `last`, the block that ends
// with its last byte, and everything between. A text shorter than a block is given that room.
#ifndef CORSAC_ENGINE_MATCH_SPAN_H
#define CORSAC_ENGINE_MATCH_SPAN_H

#include "engine/match/block.h"
#include "engine/match/origin.h"

#include <string.h>

/** Whether a span matches a text. */
bool cse_span_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                    const uint8_t *text, const uint8_t *last);
/** The same. @param like  a span that is known before this one, to guess by what there is behind the prefix. */
bool cse_span_holds_like(const cse_origin_sections *sections, const cse_origin_span *span,
                         const cse_origin_span *like, const uint8_t *text, const uint8_t *last);
/** Whether one of the spans up to the next CSE_SPAN_LAST does. */
bool cse_span_list_holds(const cse_origin_sections *sections, const cse_origin_span *spans,
                         const uint8_t *text, const uint8_t *last);

/** Whether one of the spans of an index does. */
bool cse_span_index_holds(const cse_origin_sections *sections, const cse_origin_index *index,
                          const uint8_t *text, const uint8_t *last);
/** cse_spans_hold() for less than a block. */
bool cse_spans_hold_short(const cse_origin_sections *sections, const cse_origin_set *set,
                          corsac_str origin);

/** Whether some span of a set that has spans matches an origin, which is not empty. Spans match plain bytes only. */
static inline bool cse_spans_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                                  corsac_str origin)
{
    const uint8_t *text = (const uint8_t *)origin.data,
                  *last = text + origin.size - CSE_BLOCK_BYTES;
    if (origin.size < CSE_BLOCK_BYTES)
        return cse_spans_hold_short(sections, set, origin);
    if (set->flags & CSE_ORIGIN_ONE_SPAN)
        return cse_span_holds(sections, &set->span, text, last);
    return set->flags & CSE_ORIGIN_INDEXED
               ? cse_span_index_holds(sections, &sections->indexes[set->spans], text, last)
               : cse_span_list_holds(sections, &sections->spans[set->spans], text, last);
}

/* Room for a short text. */
typedef struct cse_short_text {
    uint8_t before[CSE_BLOCK_BYTES];
    uint8_t text[CSE_BLOCK_BYTES];
} cse_short_text;

/** @param size  at most a block. */
static inline cse_short_text cse_short_copy(const uint8_t *text, size_t size)
{
    cse_short_text copy = {{0}, {0}};
    memcpy(copy.text, text, size);
    return copy;
}

/** The colon of ":digits" at the end of a text; its end if there is none. */
static inline const uint8_t *cse_find_port(const uint8_t *text, const uint8_t *last)
{
    uint32_t others = ~cse_block_digits(last) & CSE_BLOCK_ALL;
    const uint8_t *at = last, *end = last + CSE_BLOCK_BYTES;
    if (others)
        at = end - (__builtin_clz(others) - (32 - CSE_BLOCK_BYTES));
    else
        while (at > text && at[-1] >= '0' && at[-1] <= '9')
            at--;
    return at > text && at < end && at[-1] == ':' ? at - 1 : end;
}

#endif
