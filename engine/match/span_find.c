// SPDX-License-Identifier: Apache-2.0
// Finds the spans of a large set that may match an origin: by a hash of their ends, or in tries.
#include "engine/image/span_print_format.h"
#include "engine/match/span.h"
#include "engine/match/trie.h"

/* ---- by tries ---------------------------------------------------------------------------- */

/* Asks the spans of each key on the way. */
static inline bool walk_holds(const cse_origin_sections *sections, cse_trie_walk *walk,
                              uint32_t (*next)(cse_trie_walk *), const uint8_t *text,
                              const uint8_t *last)
{
    for (uint32_t asked = 0; asked < CSE_ORIGIN_WAY_KEYS; asked++) {
        uint32_t first = next(walk);
        if (first == CSE_NONE)
            return false;
        if (cse_span_list_holds(sections, &sections->spans[first], text, last))
            return true;
    }
    return false;
}

static bool found_by_head(const cse_origin_sections *sections, const uint8_t *trie,
                          const uint8_t *text, const uint8_t *last)
{
    cse_trie_walk walk;
    cse_trie_start(&walk, trie,
                   (corsac_str){(const char *)text, (size_t)(last - text) + CSE_BLOCK_BYTES});
    return walk_holds(sections, &walk, cse_trie_next, text, last);
}

/* By a suffix of the first `size` bytes. */
static bool found_by_tail(const cse_origin_sections *sections, const uint8_t *trie,
                          const uint8_t *text, const uint8_t *last, size_t size)
{
    cse_trie_walk walk;
    cse_trie_start(&walk, trie, (corsac_str){(const char *)text, size});
    return walk_holds(sections, &walk, cse_trie_next_backward, text, last);
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

/* ---- by hash ------------------------------------------------------------------------------ */

/* Spans of one record that an origin may match. */
typedef struct found {
    const cse_origin_span *spans;
    uint32_t fitting; /* bit i: spans[i] */
} found;

/* Those whose suffix may end at `end`. */
static inline found find(const cse_origin_sections *sections, const cse_origin_index *index,
                         bool with_port, const uint8_t *text, const uint8_t *end)
{
    uint64_t hash = cse_span_hash(index, text, end);
    const cse_origin_index *line = index;
    if (index->lines & CSE_LINES_LOG2) /* predicted: a single record need not wait for the hash */
        line += cse_span_line(index, hash);
    uint32_t alike = cse_block_find(line->prints, cse_span_print(hash)) |
                     cse_block_find(line->prints + CSE_BLOCK_BYTES, cse_span_print(hash))
                         << CSE_BLOCK_BYTES;
    return (found){&sections->spans[line->spans], alike & (with_port ? line->ported : line->plain)};
}

static __attribute__((noinline)) bool any_holds(const cse_origin_sections *sections,
                                                const cse_origin_span *spans, uint32_t fitting,
                                                const uint8_t *text, const uint8_t *last)
{
    for (; fitting; fitting &= fitting - 1)
        if (cse_span_holds(sections, &spans[__builtin_ctz(fitting)], text, last))
            return true;
    return false;
}

/* Nearly always there is one, and most spans of a set are alike. */
static inline bool found_holds(const cse_origin_sections *sections, const cse_origin_index *index,
                               found f, const uint8_t *text, const uint8_t *last)
{
    if (f.fitting == 0)
        return false;
    return f.fitting & (f.fitting - 1)
               ? any_holds(sections, f.spans, f.fitting, text, last)
               : cse_span_holds_like(sections, &f.spans[(uint32_t)__builtin_ctz(f.fitting)],
                                     &sections->spans[index->spans], text, last);
}

/* Before a port that leaves less than a block. */
static __attribute__((noinline, cold)) bool ported_hold_short(const cse_origin_sections *sections,
                                                              const cse_origin_index *index,
                                                              const uint8_t *text,
                                                              const uint8_t *last, size_t size)
{
    cse_short_text copy = cse_short_copy(text, size);
    found f = find(sections, index, true, copy.text, copy.text + size);
    return found_holds(sections, index, f, text, last);
}

static __attribute__((noinline)) bool ported_hold(const cse_origin_sections *sections,
                                                  const cse_origin_index *index,
                                                  const uint8_t *text, const uint8_t *last)
{
    const uint8_t *port = cse_find_port(text, last);
    if (port == last + CSE_BLOCK_BYTES)
        return false;
    if (port - text < CSE_BLOCK_BYTES)
        return ported_hold_short(sections, index, text, last, (size_t)(port - text));
    return found_holds(sections, index, find(sections, index, true, text, port), text, last);
}

static __attribute__((noinline)) bool plain_or_ported_hold(const cse_origin_sections *sections,
                                                           const cse_origin_index *index, found f,
                                                           const uint8_t *text, const uint8_t *last)
{
    return any_holds(sections, f.spans, f.fitting, text, last) ||
           ported_hold(sections, index, text, last);
}

/* ---- entry ------------------------------------------------------------------------------- */

bool cse_span_index_holds(const cse_origin_sections *sections, const cse_origin_index *index,
                          const uint8_t *text, const uint8_t *last)
{
    if (index->spans == CSE_NONE)
        return tries_hold(sections, index, text, last);
    found f = find(sections, index, false, text, last + CSE_BLOCK_BYTES);
    if (!(index->lines & CSE_LINES_PORTED))
        return found_holds(sections, index, f, text, last);
    return f.fitting ? plain_or_ported_hold(sections, index, f, text, last)
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
