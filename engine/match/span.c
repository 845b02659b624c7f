// SPDX-License-Identifier: Apache-2.0
// Decides one span, or a list of a few: prefix and suffix by comparison, then class runs from left to
// right. Nothing is tried twice but an optional port, so the cost is linear in the origin. Everything is
// read in blocks of 16 bytes; blocks that would pass the end of the origin are read earlier and shifted.
//
// What most regexes need is done without a call: classes of few ranges, runs within a block. A function
// that meets anything else hands over to a general one as its last act, so that it has nothing to save.
#include "engine/match/span.h"

#include "engine/match/bytes.h"

#define GENERAL __attribute__((noinline))

/* ---- class runs: any class, any length --------------------------------------------------- */

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
    return (size_t)(uint32_t)__builtin_ctz(~members); /* there is no bit 16 */
}

/* At most `most` bytes. */
static size_t run_of(const cse_origin_class *class, const uint8_t *at, const uint8_t *last,
                     size_t most)
{
    size_t size = 0, members = CSE_BLOCK_BYTES;
    for (; members == CSE_BLOCK_BYTES && size < most; size += members)
        members = run_in_block(class, at + size, last);
    return size < most ? size : most;
}

/* Whether all of `at` to `stop` are members. */
static GENERAL bool all_members(const cse_origin_class *class, const uint8_t *at,
                                const uint8_t *stop, const uint8_t *last)
{
    return run_of(class, at, last, (size_t)(stop - at)) == (size_t)(stop - at);
}

/* Members and dots among the bytes from `at` on, up to the end of the text. */
typedef struct label_bits {
    uint32_t members, dots;
} label_bits;

enum { LABEL_STEP = 2 * CSE_BLOCK_BYTES };

/* One bit for each of 32 bytes. */
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

/* Of the first `size` bytes, 1 to 32: nothing but members and dots, no dot behind another, nor first if
 * `carry`. */
static inline bool labels_follow(label_bits found, size_t size, uint32_t carry)
{
    uint32_t wanted = UINT32_MAX >> (LABEL_STEP - size), dots = found.dots & wanted;
    return ((wanted & ~(found.members | dots)) | (dots & (dots << 1 | carry))) == 0;
}

/* Whether `at` to `stop`, at least one byte, are labels that each end with a dot. */
static GENERAL bool labels_fill(const cse_origin_class *class, const uint8_t *at,
                                const uint8_t *stop, const uint8_t *last)
{
    for (uint32_t carry = 1;; at += LABEL_STEP) {
        size_t left = (size_t)(stop - at), size = left < LABEL_STEP ? left : LABEL_STEP;
        label_bits found = label_bits_at(class, at, last);
        if (!labels_follow(found, size, carry))
            return false;
        carry = found.dots >> (size - 1) & 1;
        if (left <= LABEL_STEP)
            return carry;
    }
}

/* As many of them as the piece wants. */
static bool labels_count(const cse_origin_piece *piece, const cse_origin_class *class,
                         const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    uint32_t dots = 0;
    if (at < stop && !labels_fill(class, at, stop, last))
        return false;
    for (; at < stop; at++)
        dots += *at == '.';
    return dots >= piece->min && dots <= piece->max;
}

/* ---- class runs: few ranges, within a block or two --------------------------------------- */

/* How many bytes from `at` on are members, up to 16 and to the end of the text. */
static inline size_t run_in_narrow(const cse_origin_class *class, const uint8_t *at,
                                   const uint8_t *last)
{
    const uint8_t *block = block_for(at, last);
    uint32_t members = cse_block_members_narrow(class, block) >> (at - block);
    return (size_t)(uint32_t)__builtin_ctz(~members); /* there is no bit 16 */
}

/* Whether the `size` bytes from `at` on, at most a block, are members. */
static inline bool block_fills(const cse_origin_class *class, const uint8_t *at, size_t size,
                               const uint8_t *last)
{
    const uint8_t *block = block_for(at, last);
    uint32_t members = cse_block_members_narrow(class, block) >> (at - block);
    return (~members & ((1u << size) - 1)) == 0;
}

/* CSE_SPAN_FILL. */
static inline bool fill_holds(const cse_origin_span *span, const cse_origin_class *class,
                              const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    size_t size = (size_t)(stop - at);
    if (size < span->least)
        return false;
    return size > CSE_BLOCK_BYTES ? all_members(class, at, stop, last)
                                  : block_fills(class, at, size, last);
}

/* CSE_SPAN_LABELS, in a text of two blocks at least: they are read from `at` on, or where the text has no more, its
 * last ones. */
static inline bool labels_hold(const cse_origin_span *span, const cse_origin_class *class,
                               const uint8_t *at, const uint8_t *stop, const uint8_t *last)
{
    const size_t size = (size_t)(stop - at);
    if (size == 0)
        return span->least == 0;
    if (size > LABEL_STEP || last - at + span->prefix_bytes < CSE_BLOCK_BYTES)
        return labels_fill(class, at, stop, last);
    const uint8_t *low = block_for(at, last - CSE_BLOCK_BYTES), *high = low + CSE_BLOCK_BYTES;
    const uint32_t end = 1u << (size - 1), wanted = end | (end - 1);
    const uint32_t members = (cse_block_members_narrow(class, low) |
                              cse_block_members_narrow(class, high) << CSE_BLOCK_BYTES) >>
                             (at - low);
    const uint32_t dots =
        (cse_block_find(low, '.') | cse_block_find(high, '.') << CSE_BLOCK_BYTES) >> (at - low);
    const uint32_t first = dots << 1 | 1; /* of each label, one behind the last too */
    return (((wanted & ~(members | dots)) | (wanted & dots & first)) | (end & ~dots)) == 0;
}

/* ---- pieces ------------------------------------------------------------------------------ */

/* Whether the literal of 1 to 8 bytes is at `at`, from where on 8 bytes can be read. */
static inline bool word_holds(const cse_origin_piece *piece, const uint8_t *at)
{
    return (cse_load64(piece->text) ^ cse_load64(at)) << piece->literal_shift == 0;
}

/* Whether the literal, which is not empty, lies from `at` on before `stop`. */
static bool literal_holds(const cse_origin_sections *sections, const cse_origin_piece *piece,
                          const uint8_t *at, const uint8_t *stop)
{
    const uint8_t *text =
        piece->literal_bytes > sizeof(piece->text) ? sections->keys + piece->literal : piece->text;
    return piece->literal_bytes <= stop - at && cse_bytes_equal(text, at, piece->literal_bytes);
}

/*
 * What a piece takes from `at` on, where `room` bytes are; -1 if it does not hold. A run to be filled takes what
 * it can as well: if that is not all, the pieces behind, of fixed length, do not end at the suffix.
 */
static ptrdiff_t piece_size(const cse_origin_piece *piece, const cse_origin_class *class,
                            const uint8_t *at, ptrdiff_t room, const uint8_t *last)
{
    if (piece->kind == CSE_PIECE_LABELS)
        return labels_count(piece, class, at, at + room, last) ? room : -1;
    size_t size = run_of(class, at, last, (size_t)room < piece->max ? (size_t)room : piece->max);
    return size < piece->min ? -1 : (ptrdiff_t)size;
}

/* Whether the pieces from this one to `end` are what lies from `at` to `stop`. */
static GENERAL bool pieces_fill(const cse_origin_sections *sections, const cse_origin_piece *piece,
                                const cse_origin_piece *end, const uint8_t *at, const uint8_t *stop,
                                const uint8_t *last)
{
    for (; piece < end; piece++) {
        ptrdiff_t room = stop - at - (ptrdiff_t)piece->tail_bytes;
        if (room < 0)
            return false;
        ptrdiff_t size = piece_size(piece, &sections->classes[piece->class_index], at, room, last);
        if (size < 0)
            return false;
        at += size;
        if (piece->literal_bytes > 0 && !literal_holds(sections, piece, at, stop))
            return false;
        at += piece->literal_bytes;
    }
    return at == stop;
}

/*
 * A piece of CSE_SPAN_RUNS the quick way. A run that stops by itself is measured. Of any other the size is
 * known, so that nothing has to wait for the count; a run to be filled is the last that varies.
 * @return its size; CSE_BLOCK_BYTES or more: it may be longer than a block, which has not been looked
 *         at; -1: it does not hold.
 */
static inline ptrdiff_t quick_size(const cse_origin_piece *piece, const cse_origin_class *class,
                                   const uint8_t *at, ptrdiff_t room, const uint8_t *last)
{
    if (piece->kind == CSE_PIECE_RUN && piece->min < piece->max) {
        size_t size = run_in_narrow(class, at, last);
        return size < piece->min || size > piece->max ? -1 : (ptrdiff_t)size;
    }
    size_t size = piece->kind == CSE_PIECE_FILL ? (size_t)room : piece->min;
    if (size >= CSE_BLOCK_BYTES)
        return CSE_BLOCK_BYTES;
    return size < piece->min || size > piece->max || !block_fills(class, at, size, last)
               ? -1
               : (ptrdiff_t)size;
}

/* CSE_SPAN_RUNS. */
static inline bool runs_fill(const cse_origin_sections *sections, const cse_origin_piece *piece,
                             const cse_origin_piece *end, const uint8_t *at, const uint8_t *stop,
                             const uint8_t *last)
{
    const uint8_t *last_word = last + CSE_BLOCK_BYTES - sizeof(piece->text);
    for (; piece < end; piece++) {
        const cse_origin_class *class = &sections->classes[piece->class_index];
        ptrdiff_t room = stop - at - (ptrdiff_t)piece->tail_bytes;
        if (room < 0)
            return false;
        ptrdiff_t size = quick_size(piece, class, at, room, last);
        if (size < 0)
            return false;
        if (size >= CSE_BLOCK_BYTES || at + size > last_word)
            return pieces_fill(sections, piece, end, at, stop, last);
        at += size;
        if (piece->literal_bytes > 0 && !word_holds(piece, at))
            return false;
        at += piece->literal_bytes;
    }
    return at == stop;
}

static GENERAL bool span_pieces_fill(const cse_origin_sections *sections,
                                     const cse_origin_span *span, const uint8_t *at,
                                     const uint8_t *stop, const uint8_t *last)
{
    const cse_origin_piece *first = &sections->pieces[span->pieces];
    const cse_origin_piece *end = first + span->piece_count;
    return span->shape == CSE_SPAN_RUNS ? runs_fill(sections, first, end, at, stop, last)
                                        : pieces_fill(sections, first, end, at, stop, last);
}

static GENERAL bool span_labels_fill(const cse_origin_sections *sections,
                                     const cse_origin_span *span, const uint8_t *at,
                                     const uint8_t *stop, const uint8_t *last)
{
    return labels_hold(span, &sections->classes[span->class_index], at, stop, last);
}

/* Whether what is between prefix and suffix lies from `at` to `stop`. @param like  see fills(). */
static inline bool middle_fills(const cse_origin_sections *sections, const cse_origin_span *span,
                                const cse_origin_span *like, const uint8_t *at, const uint8_t *stop,
                                const uint8_t *last)
{
    if (span->shape <= CSE_SPAN_RUNS)
        return span_pieces_fill(sections, span, at, stop, last);
    if (span->shape != CSE_SPAN_FILL)
        return span_labels_fill(sections, span, at, stop, last);
    const cse_origin_class *class =
        cse_expect(&sections->classes[span->class_index], &sections->classes[like->class_index],
                   span->class_index == like->class_index);
    return fill_holds(span, class, at, stop, last);
}

/* ---- one span ---------------------------------------------------------------------------- */

static inline bool tail_fits(const cse_origin_span *span, const uint8_t *end)
{
    return (span->tail_mask & ~cse_block_is(span->tail, end - CSE_BLOCK_BYTES)) == 0;
}

/* All that the record tells: size, and the ends, of which the suffix may be before a port. */
static inline bool edges_fit(const cse_origin_span *span, const uint8_t *text, const uint8_t *last)
{
    uint32_t equal = cse_block_is(span->head, text) | cse_block_is(span->tail, last)
                                                          << CSE_BLOCK_BYTES;
    return (last - text + CSE_BLOCK_BYTES >= (ptrdiff_t)span->min_bytes) &
           ((span->edge_mask & ~equal) == 0);
}

/* What ORIGIN_KEYS has of a suffix or prefix of more than a block. */
static bool end_holds(const uint8_t *rest, const uint8_t *at, uint16_t size)
{
    return cse_bytes_equal(rest, at, cse_span_rest(size));
}

static GENERAL bool long_suffix_fills(const cse_origin_sections *sections,
                                      const cse_origin_span *span, const uint8_t *from,
                                      const uint8_t *stop, const uint8_t *last)
{
    return end_holds(sections->keys + span->texts, stop, span->suffix_bytes) &&
           middle_fills(sections, span, span, from, stop, last);
}

/* The text up to `end`, where it ends or a port begins; of its ends the rest of the suffix has not been
 * compared. What is read does not wait for the port.
 * @param like  a span that is known before this one, and likely to have a prefix of the same size and the same class:
 *              what lies behind the prefix need not wait until the span is found. */
static inline bool fills(const cse_origin_sections *sections, const cse_origin_span *span,
                         const cse_origin_span *like, const uint8_t *text, const uint8_t *end,
                         const uint8_t *last)
{
    const uint8_t *from = cse_expect(text + span->prefix_bytes, text + like->prefix_bytes,
                                     span->prefix_bytes == like->prefix_bytes);
    const uint8_t *stop = end - span->suffix_bytes;
    if (stop < from)
        return false;
    if (span->suffix_bytes > CSE_BLOCK_BYTES) {
        if (span->suffix_bytes > 2 * CSE_BLOCK_BYTES)
            return long_suffix_fills(sections, span, from, stop, last);
        const bool holds = cse_span_has_four(span) ? cse_load32(span->four) == cse_load32(stop)
                                                   : cse_block_equal(sections->keys + span->texts,
                                                                     stop) == CSE_BLOCK_ALL;
        if (!holds)
            return false;
    }
    return middle_fills(sections, span, like, from, stop, last);
}

static GENERAL bool tail_fills(const cse_origin_sections *sections, const cse_origin_span *span,
                               const uint8_t *text, const uint8_t *end, const uint8_t *last)
{
    return tail_fits(span, end) && fills(sections, span, span, text, end, last);
}

/* The text up to a port that leaves less than a block. */
static __attribute__((noinline, cold)) bool tail_fills_short(const cse_origin_sections *sections,
                                                             const cse_origin_span *span,
                                                             const uint8_t *text, size_t size)
{
    cse_short_text copy = cse_short_copy(text, size);
    const uint8_t *end = copy.text + size;
    return tail_fills(sections, span, copy.text, end, end - CSE_BLOCK_BYTES);
}

/* Before a port, and if that does not hold, up to the end, where the port may belong to a run. */
static GENERAL bool fills_either(const cse_origin_sections *sections, const cse_origin_span *span,
                                 const uint8_t *text, const uint8_t *port, const uint8_t *last)
{
    size_t size = (size_t)(port - text);
    return (size < CSE_BLOCK_BYTES ? tail_fills_short(sections, span, text, size)
                                   : tail_fills(sections, span, text, port, last)) ||
           (span->port == CSE_SPAN_OPTIONAL_PORT &&
            tail_fills(sections, span, text, last + CSE_BLOCK_BYTES, last));
}

static inline bool port_fits(const cse_origin_span *span, ptrdiff_t digits)
{
    return digits > 0 && digits >= span->port_min &&
           (span->port_max == 0 || digits <= span->port_max);
}

/* The head has been compared. Nearly always only one end can hold: the suffixes there tell. */
static GENERAL bool fills_with_port(const cse_origin_sections *sections,
                                    const cse_origin_span *span, const uint8_t *text,
                                    const uint8_t *last)
{
    const uint8_t *port = cse_find_port(text, last), *end = last + CSE_BLOCK_BYTES;
    const bool plain = span->port == CSE_SPAN_OPTIONAL_PORT && tail_fits(span, end);
    if (!port_fits(span, end - port - 1))
        return plain && fills(sections, span, span, text, end, last);
    if (plain || port - text < CSE_BLOCK_BYTES)
        return fills_either(sections, span, text, port, last);
    return tail_fits(span, port) && fills(sections, span, span, text, port, last);
}

static inline bool edged_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                               const cse_origin_span *like, const uint8_t *text,
                               const uint8_t *last)
{
    return span->port == CSE_SPAN_NO_PORT
               ? fills(sections, span, like, text, last + CSE_BLOCK_BYTES, last)
               : fills_with_port(sections, span, text, last);
}

static GENERAL bool long_prefix_holds(const cse_origin_sections *sections,
                                      const cse_origin_span *span, const uint8_t *text,
                                      const uint8_t *last)
{
    const uint8_t *rest = sections->keys + span->texts + cse_span_rest(span->suffix_bytes);
    const uint8_t *at = text + span->prefix_bytes - cse_span_rest(span->prefix_bytes);
    return end_holds(rest, at, span->prefix_bytes) && edged_holds(sections, span, span, text, last);
}

/* What the edges do not tell. */
static GENERAL bool rest_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                               const uint8_t *text, const uint8_t *last)
{
    return span->prefix_bytes > CSE_BLOCK_BYTES ? long_prefix_holds(sections, span, text, last)
                                                : edged_holds(sections, span, span, text, last);
}

bool cse_span_holds_like(const cse_origin_sections *sections, const cse_origin_span *span,
                         const cse_origin_span *like, const uint8_t *text, const uint8_t *last)
{
    if (!edges_fit(span, text, last))
        return false;
    return span->prefix_bytes > CSE_BLOCK_BYTES ? long_prefix_holds(sections, span, text, last)
                                                : edged_holds(sections, span, like, text, last);
}

bool cse_span_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                    const uint8_t *text, const uint8_t *last)
{
    return edges_fit(span, text, last) && rest_holds(sections, span, text, last);
}

/* ---- a list ------------------------------------------------------------------------------ */

static GENERAL bool rest_or_next_holds(const cse_origin_sections *sections,
                                       const cse_origin_span *span, const uint8_t *text,
                                       const uint8_t *last)
{
    return rest_holds(sections, span, text, last) ||
           (!(span->order & CSE_SPAN_LAST) && cse_span_list_holds(sections, span + 1, text, last));
}

bool cse_span_list_holds(const cse_origin_sections *sections, const cse_origin_span *span,
                         const uint8_t *text, const uint8_t *last)
{
    for (; !edges_fit(span, text, last); span++)
        if (span->order & CSE_SPAN_LAST)
            return false;
    return span->order & CSE_SPAN_DECIDES ? rest_holds(sections, span, text, last)
                                          : rest_or_next_holds(sections, span, text, last);
}
