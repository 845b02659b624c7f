// SPDX-License-Identifier: Apache-2.0
// Finds the spans of a set that may match an origin: a list of few, more by their prints, many in tries.
#include "engine/image/span_print_format.h"
#include "engine/match/span.h"
#include "engine/match/trie.h"

/* ---- by tries ---------------------------------------------------------------------------- */

static bool found_by_head(const cse_origin_sections *sections, const uint8_t *trie,
                          const uint8_t *text, const uint8_t *last)
{
    cse_trie_walk walk;
    cse_trie_start(&walk, trie,
                   (corsac_str){(const char *)text, (size_t)(last - text) + CSE_BLOCK_BYTES});
    for (uint32_t first; (first = cse_trie_next(&walk)) != CSE_NONE;)
        if (cse_span_list_holds(sections, &sections->spans[first], text, last))
            return true;
    return false;
}

/* By a suffix of the first `size` bytes. */
static bool found_by_tail(const cse_origin_sections *sections, const uint8_t *trie,
                          const uint8_t *text, const uint8_t *last, size_t size)
{
    cse_trie_walk walk;
    cse_trie_start(&walk, trie, (corsac_str){(const char *)text, size});
    for (uint32_t first; (first = cse_trie_next_backward(&walk)) != CSE_NONE;)
        if (cse_span_list_holds(sections, &sections->spans[first], text, last))
            return true;
    return false;
}

static bool found_before_port(const cse_origin_sections *sections, const uint8_t *trie,
                              const uint8_t *text, const uint8_t *last)
{
    const uint8_t *port = cse_find_port(text, last);
    return port < last + CSE_BLOCK_BYTES &&
           found_by_tail(sections, trie, text, last, (size_t)(port - text));
}

static __attribute__((noinline)) bool tries_hold(const cse_origin_sections *sections,
                                                 const cse_origin_index *index, const uint8_t *text,
                                                 const uint8_t *last)
{
    const uint8_t *tries = sections->tries;
    return (index->tail != CSE_NONE && found_by_tail(sections, tries + index->tail, text, last,
                                                     (size_t)(last - text) + CSE_BLOCK_BYTES)) ||
           (index->port_tail != CSE_NONE &&
            found_before_port(sections, tries + index->port_tail, text, last)) ||
           (index->head != CSE_NONE && found_by_head(sections, tries + index->head, text, last));
}

/* ---- by prints --------------------------------------------------------------------------- */

/* The spans among `among` that have the print of an origin whose suffix ends at `end`. */
static inline uint32_t printed(const cse_origin_index *index, uint32_t among, const uint8_t *text,
                               const uint8_t *end)
{
    uint8_t print = cse_span_print(index, text, end);
    return (cse_block_find(index->prints, print) |
            cse_block_find(index->prints + CSE_BLOCK_BYTES, print) << CSE_BLOCK_BYTES) &
           among;
}

static __attribute__((noinline)) bool any_holds(const cse_origin_sections *sections,
                                                const cse_origin_span *spans, uint32_t found,
                                                const uint8_t *text, const uint8_t *last)
{
    for (; found; found &= found - 1)
        if (cse_span_holds(sections, &spans[__builtin_ctz(found)], text, last))
            return true;
    return false;
}

/* Nearly always there is one. */
static inline bool found_holds(const cse_origin_sections *sections, const cse_origin_span *spans,
                               uint32_t found, const uint8_t *text, const uint8_t *last)
{
    if (found == 0)
        return false;
    return found & (found - 1) ? any_holds(sections, spans, found, text, last)
                               : cse_span_holds(sections, &spans[__builtin_ctz(found)], text, last);
}

/* The same before a port that leaves less than a block. */
static __attribute__((noinline, cold)) uint32_t printed_short(const cse_origin_index *index,
                                                              const uint8_t *text, size_t size)
{
    cse_short_text copy = cse_short_copy(text, size);
    return printed(index, index->ported, copy.text, copy.text + size);
}

static __attribute__((noinline)) bool ported_hold(const cse_origin_sections *sections,
                                                  const cse_origin_index *index,
                                                  const uint8_t *text, const uint8_t *last)
{
    const uint8_t *port = cse_find_port(text, last);
    if (port == last + CSE_BLOCK_BYTES)
        return false;
    uint32_t found = port - text < CSE_BLOCK_BYTES
                         ? printed_short(index, text, (size_t)(port - text))
                         : printed(index, index->ported, text, port);
    return found_holds(sections, &sections->spans[index->spans], found, text, last);
}

static __attribute__((noinline)) bool plain_or_ported_hold(const cse_origin_sections *sections,
                                                           const cse_origin_index *index,
                                                           uint32_t found, const uint8_t *text,
                                                           const uint8_t *last)
{
    return any_holds(sections, &sections->spans[index->spans], found, text, last) ||
           ported_hold(sections, index, text, last);
}

bool cse_span_index_holds(const cse_origin_sections *sections, const cse_origin_index *index,
                          const uint8_t *text, const uint8_t *last)
{
    if (index->spans == CSE_NONE)
        return tries_hold(sections, index, text, last);
    uint32_t found = printed(index, index->plain, text, last + CSE_BLOCK_BYTES);
    if (!index->ported)
        return found_holds(sections, &sections->spans[index->spans], found, text, last);
    return found ? plain_or_ported_hold(sections, index, found, text, last)
                 : ported_hold(sections, index, text, last);
}

bool cse_spans_hold_short(const cse_origin_sections *sections, const cse_origin_set *set,
                          corsac_str origin)
{
    cse_short_text copy = cse_short_copy((const uint8_t *)origin.data, origin.size);
    const uint8_t *last = copy.text + origin.size - CSE_BLOCK_BYTES;
    if (set->flags & CSE_ORIGIN_ONE_SPAN)
        return cse_span_holds(sections, &set->span, copy.text, last);
    return set->flags & CSE_ORIGIN_INDEXED
               ? cse_span_index_holds(sections, &sections->indexes[set->spans], copy.text, last)
               : cse_span_list_holds(sections, &sections->spans[set->spans], copy.text, last);
}
