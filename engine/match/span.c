// SPDX-License-Identifier: Apache-2.0
// Decides spans: prefix and suffix by comparison, then class runs from left to right. Nothing is
// tried twice but an optional port, so the cost is linear in the origin. Everything is read in
// blocks of 16 bytes; blocks that would pass the end of the origin are read earlier and shifted.
#include "engine/match/span.h"

#include "engine/match/block.h"
#include "engine/match/bytes.h"
#include "engine/match/trie.h"

/* Of a text the following is read: the block that begins with its first byte, `last`, the block that
 * ends with its last byte, and everything between. A text shorter than a block is given that room.
 */
typedef struct short_text {
    uint8_t before[CSE_BLOCK_BYTES];
    uint8_t text[CSE_BLOCK_BYTES];
} short_text;

static inline short_text short_copy(const uint8_t *text, size_t size)
{
    short_text copy = {{0}, {0}};
    memcpy(copy.text, text, size);
    return copy;
}

/* ---- class runs -------------------------------------------------------------------------- */

/* Where to read the block that begins at `at`: not beyond the last one of the text. */
static inline const uint8_t *block_for(const uint8_t *at, const uint8_t *last)
{
    return at < last ? at : last;
}

/* How many bytes from `at` on are members, up to 16 and to the end of the text. */
static inline size_t run_in_block(const cse_origin_class *class, const uint8_t *at,
                                  const uint8_t *last)
{
    const uint8_t *block = block_for(at, last);
    uint32_t members = cse_block_members(class, block) >> (at - block);
    return (size_t)__builtin_ctz(~members | 1u << CSE_BLOCK_BYTES);
}

/* The same for a run that fills a block, at most `most` bytes. */
static __attribute__((noinline)) size_t long_run(const cse_origin_class *class, const uint8_t *at,
                                                 const uint8_t *last, size_t most)
{
    size_t size = CSE_BLOCK_BYTES, members = CSE_BLOCK_BYTES;
    for (; members == CSE_BLOCK_BYTES && size < most; size += members)
        members = run_in_block(class, at + size, last);
    return size;
}

/* Members and dots among the 32 bytes from `at` on, up to the end of the text. */
typedef struct label_bits {
    uint32_t members, dots;
} label_bits;

static inline label_bits label_bits_at(const cse_origin_class *class, const uint8_t *at,
                                       const uint8_t *last)
{
    const uint8_t *low = block_for(at, last), *high = block_for(at + CSE_BLOCK_BYTES, last);
    ptrdiff_t skip = at - low, skip_high = at + CSE_BLOCK_BYTES - high;
    return (label_bits){cse_block_members(class, low) >> skip |
                            cse_block_members(class, high) >> skip_high << CSE_BLOCK_BYTES,
                        cse_block_find(low, '.') >> skip |
                            cse_block_find(high, '.') >> skip_high << CSE_BLOCK_BYTES};
}

/* Whether `at` to `stop`, at least one byte, are labels that each end with a dot: nothing but
 * members and dots, no dot first or behind another, one at the end. */
static __attribute__((noinline)) bool labels_fill(const cse_origin_class *class, const uint8_t *at,
                                                  const uint8_t *stop, const uint8_t *last)
{
    enum { STEP = 2 * CSE_BLOCK_BYTES };
    for (uint32_t carry = 1;; at += STEP) {
        size_t left = (size_t)(stop - at);
        label_bits found = label_bits_at(class, at, last);
        uint32_t wanted = left < STEP ? ~(UINT32_MAX << left) : UINT32_MAX;
        uint32_t dots = found.dots & wanted;
        if ((wanted & ~(found.members | dots)) | (dots & (dots << 1 | carry)))
            return false;
        if (left <= STEP)
            return dots >> (left - 1);
        carry = dots >> (STEP - 1);
    }
}

/* The same where their number matters. */
static __attribute__((noinline)) bool count_fits(const cse_origin_piece *piece, const uint8_t *at,
                                                 const uint8_t *stop)
{
    uint32_t dots = 0;
    for (; at < stop; at++)
        dots += *at == '.';
    return dots >= piece->min && dots <= piece->max;
}

/* ---- pieces ------------------------------------------------------------------------------ */

static __attribute__((noinline)) bool long_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return cse_bytes_equal(a, b, size);
}

static inline bool piece_labels_fill(const cse_origin_piece *piece, const cse_origin_class *class,
                                     const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    if (at == stop)
        return piece->min == 0;
    return labels_fill(class, at, stop, last) &&
           ((piece->min <= 1 && piece->max == UINT32_MAX) || count_fits(piece, at, stop));
}

/* Whether the literal, which is not empty, is at `at`. It may pass `stop`, but not the last byte of
 * the text, which ends with `last`. */
static inline bool literal_holds(const cse_origin_sections *sections, const cse_origin_piece *piece,
                                 const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    if (piece->literal_bytes <= sizeof(piece->text) && at <= last + sizeof(piece->text))
        return (cse_load64(piece->text) ^ cse_load64(at)) << piece->literal_shift == 0;
    return piece->literal_bytes <= stop - at &&
           long_equal(piece->literal_bytes > sizeof(piece->text) ? sections->keys + piece->literal
                                                                 : piece->text,
                      at, piece->literal_bytes);
}

/* Whether the pieces are what lies from `at` to `stop`. */
static inline bool pieces_fill(const cse_origin_sections *sections, const cse_origin_span *span,
                               const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    const cse_origin_piece *piece = &sections->pieces[span->pieces];
    const cse_origin_piece *end = piece + span->piece_count;
    for (; piece < end; piece++) {
        const cse_origin_class *class = &sections->classes[piece->class_index];
        ptrdiff_t room = stop - at - (ptrdiff_t)piece->tail_bytes; /* a literal may pass `stop` */
        if (room < 0)
            return false;
        if (piece->kind == CSE_PIECE_LABELS) {
            if (!piece_labels_fill(piece, class, at, at + room, last))
                return false;
            at += room;
        } else {
            size_t size = run_in_block(class, at, last);
            size_t most = (size_t)room < piece->max ? (size_t)room : piece->max;
            if (size == CSE_BLOCK_BYTES)
                size = long_run(class, at, last, most);
            size = size < most ? size : most;
            if (size < piece->min || (piece->kind == CSE_PIECE_FILL && size != (size_t)room))
                return false;
            at += size;
        }
        if (piece->literal_bytes > 0 && !literal_holds(sections, piece, at, stop, last))
            return false;
        at += piece->literal_bytes;
    }
    return at == stop;
}

/* ---- one span ---------------------------------------------------------------------------- */

/* Bytes of a prefix or suffix that the record has no room for. */
static inline size_t rest_of(uint16_t size)
{
    return size > CSE_BLOCK_BYTES ? (size_t)size - CSE_BLOCK_BYTES : 0;
}

static inline bool head_fits(const cse_origin_sections *sections, const cse_origin_span *span,
                             const uint8_t *text)
{
    return (span->head_mask & ~cse_block_is(span->head, text)) == 0 &&
           (span->prefix_bytes <= CSE_BLOCK_BYTES ||
            long_equal(sections->keys + span->texts, text + CSE_BLOCK_BYTES,
                       rest_of(span->prefix_bytes)));
}

/* Whether a text with room for both ends has the suffix. */
static inline bool tail_fits(const cse_origin_sections *sections, const cse_origin_span *span,
                             const uint8_t *last)
{
    return (span->tail_mask & ~cse_block_is(span->tail, last)) == 0 &&
           (span->suffix_bytes <= CSE_BLOCK_BYTES ||
            cse_bytes_equal(sections->keys + span->texts + rest_of(span->prefix_bytes),
                            last + CSE_BLOCK_BYTES - span->suffix_bytes,
                            rest_of(span->suffix_bytes)));
}

/* A text without port; its prefix has been compared. */
static __attribute__((noinline)) bool fills(const cse_origin_sections *sections,
                                            const cse_origin_span *span, const uint8_t *text,
                                            const uint8_t *last)
{
    const uint8_t *from = text + span->prefix_bytes;
    const uint8_t *stop = last + CSE_BLOCK_BYTES - span->suffix_bytes;
    return stop >= from && tail_fits(sections, span, last) &&
           pieces_fill(sections, span, from, stop, last);
}

/* The colon of ":digits" at the end of a text; its end if there is none. */
static inline const uint8_t *find_port(const uint8_t *text, const uint8_t *last)
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

/* The text up to a port that leaves less than a block. */
static __attribute__((noinline, cold)) bool fills_short(const cse_origin_sections *sections,
                                                        const cse_origin_span *span,
                                                        const uint8_t *text, size_t size)
{
    short_text copy = short_copy(text, size);
    return fills(sections, span, copy.text, copy.text + size - CSE_BLOCK_BYTES);
}

/* The prefix has been compared. */
static __attribute__((noinline)) bool fills_with_port(const cse_origin_sections *sections,
                                                      const cse_origin_span *span,
                                                      const uint8_t *text, const uint8_t *last)
{
    const uint8_t *port = find_port(text, last), *end = last + CSE_BLOCK_BYTES;
    size_t digits = port < end ? (size_t)(end - port) - 1 : 0, size = (size_t)(port - text);
    if (digits > 0 && digits >= span->port_min &&
        (span->port_max == 0 || digits <= span->port_max) &&
        (size < CSE_BLOCK_BYTES ? fills_short(sections, span, text, size)
                                : fills(sections, span, text, port - CSE_BLOCK_BYTES)))
        return true;
    return span->port == CSE_SPAN_OPTIONAL_PORT && fills(sections, span, text, last);
}

static inline bool span_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                              const uint8_t *text, const uint8_t *last)
{
    if (last - text + CSE_BLOCK_BYTES < (ptrdiff_t)span->min_bytes ||
        !head_fits(sections, span, text))
        return false;
    return span->port == CSE_SPAN_NO_PORT ? fills(sections, span, text, last)
                                          : fills_with_port(sections, span, text, last);
}

static __attribute__((noinline)) bool list_holds(const cse_origin_sections *sections,
                                                 const cse_origin_span *span, const uint8_t *text,
                                                 const uint8_t *last)
{
    do {
        if (span_holds(sections, span, text, last))
            return true;
    } while (!span++->is_last);
    return false;
}

/* A list or a group of spans, often of one. */
static inline bool group_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                               const uint8_t *text, const uint8_t *last)
{
    return span->is_last ? span_holds(sections, span, text, last)
                         : list_holds(sections, span, text, last);
}

/* ---- many spans -------------------------------------------------------------------------- */

static bool found_by_head(const cse_origin_sections *sections, const uint8_t *trie,
                          const uint8_t *text, const uint8_t *last)
{
    cse_trie_walk walk;
    cse_trie_start(&walk, trie,
                   (corsac_str){(const char *)text, (size_t)(last - text) + CSE_BLOCK_BYTES});
    for (uint32_t first; (first = cse_trie_next(&walk)) != CSE_NONE;)
        if (group_holds(sections, &sections->spans[first], text, last))
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
        if (group_holds(sections, &sections->spans[first], text, last))
            return true;
    return false;
}

static bool found_before_port(const cse_origin_sections *sections, const uint8_t *trie,
                              const uint8_t *text, const uint8_t *last)
{
    const uint8_t *port = find_port(text, last);
    return port < last + CSE_BLOCK_BYTES &&
           found_by_tail(sections, trie, text, last, (size_t)(port - text));
}

static __attribute__((noinline)) bool index_holds(const cse_origin_sections *sections,
                                                  const cse_origin_index *index,
                                                  const uint8_t *text, const uint8_t *last)
{
    const uint8_t *tries = sections->tries;
    return (index->tail != CSE_NONE && found_by_tail(sections, tries + index->tail, text, last,
                                                     (size_t)(last - text) + CSE_BLOCK_BYTES)) ||
           (index->port_tail != CSE_NONE &&
            found_before_port(sections, tries + index->port_tail, text, last)) ||
           (index->head != CSE_NONE && found_by_head(sections, tries + index->head, text, last));
}

static inline bool some_holds(const cse_origin_sections *sections, const cse_origin_set *set,
                              const uint8_t *text, size_t size)
{
    const uint8_t *last = text + size - CSE_BLOCK_BYTES;
    if (set->flags & CSE_ORIGIN_INDEXED)
        return index_holds(sections, &sections->indexes[set->spans], text, last);
    const cse_origin_span *first =
        set->flags & CSE_ORIGIN_ONE_SPAN ? &set->span : &sections->spans[set->spans];
    return group_holds(sections, first, text, last);
}

static __attribute__((noinline, cold)) bool
some_holds_short(const cse_origin_sections *sections, const cse_origin_set *set, corsac_str origin)
{
    short_text copy = short_copy((const uint8_t *)origin.data, origin.size);
    return some_holds(sections, set, copy.text, origin.size);
}

bool cse_spans_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                    corsac_str origin)
{
    if (origin.size < CSE_BLOCK_BYTES)
        return some_holds_short(sections, set, origin);
    return some_holds(sections, set, (const uint8_t *)origin.data, origin.size);
}
