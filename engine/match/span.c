// SPDX-License-Identifier: Apache-2.0
// Decides spans: prefix and suffix by comparison, then class runs from left to right. Nothing is
// tried twice but an optional port, so the cost is linear in the origin.
#include "engine/match/span.h"

#include "engine/match/bytes.h"
#include "engine/match/class.h"
#include "engine/match/trie.h"

/* An origin, and where ":digits" at its end begins. */
typedef struct subject {
    const cse_origin_sections *sections;
    corsac_str text;
    size_t port;   /* offset of the colon; text.size: no port; filled by find_port() */
    size_t digits; /* behind it */
} subject;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where the digits at the end begin. */
static size_t last_digits(corsac_str text)
{
    size_t at = text.size;
#if defined(__SSE2__)
    if (at >= 16) {
        uint32_t others = ~(uint32_t)_mm_movemask_epi8(
                              cse_in_range(cse_load_vector((const uint8_t *)text.data + at - 16),
                                           _mm_set1_epi8('0'), _mm_set1_epi8(9))) &
                          0xffff;
        if (others)
            return at - (size_t)__builtin_clz(others) + 16;
    }
#endif
    while (at > 0 && is_digit(text.data[at - 1]))
        at--;
    return at;
}

static void find_port(subject *in)
{
    size_t at = last_digits(in->text);
    bool found = at > 0 && at < in->text.size && in->text.data[at - 1] == ':';
    in->port = found ? at - 1 : in->text.size;
    in->digits = found ? in->text.size - at : 0;
}

static const uint8_t *bytes_at(const subject *in, size_t at)
{
    return (const uint8_t *)in->text.data + at;
}

static const uint8_t *key_at(const subject *in, uint32_t offset)
{
    return in->sections->keys + offset;
}

/* ---- pieces ------------------------------------------------------------------------------ */

/* Where a run that starts at `from` ends. */
static size_t run_end(const subject *in, const cse_origin_piece *piece, size_t from, size_t end)
{
    const cse_origin_class *class = &in->sections->classes[piece->class_index];
    size_t most = end - from < piece->max ? end - from : piece->max;
    return from + cse_class_run(class, in->text, bytes_at(in, from), most);
}

#if defined(__SSE2__)
/* One bit per byte of from..from + size, at most 64: members of the class, dots. */
static void label_masks(const subject *in, const cse_origin_class *class, size_t from, size_t size,
                        uint64_t *members, uint64_t *dots)
{
    size_t last = in->text.size - 16;
    *members = *dots = 0;
    for (size_t at = 0; at < size; at += 16) {
        size_t load = from + at < last ? from + at : last, skip = from + at - load;
        *members |= (uint64_t)(cse_class_members(class, bytes_at(in, load)) >> skip) << at;
        *dots |= (uint64_t)(cse_bytes_that_are(bytes_at(in, load), '.') >> skip) << at;
    }
}

/* Up to 64 bytes at once: a dot last, a member before each dot, nothing else. */
static bool short_labels(const subject *in, const cse_origin_class *class, size_t from, size_t size)
{
    uint64_t members, dots, all = UINT64_MAX >> (64 - size);
    label_masks(in, class, from, size, &members, &dots);
    dots &= all;
    members &= all & ~dots;
    return (members | dots) == all && (dots & ~(members << 1)) == 0 && dots >> (size - 1) == 1;
}

static bool takes_short_labels(const subject *in, const cse_origin_piece *piece,
                               const cse_origin_class *class, size_t size)
{
    return in->text.size >= 16 && size > 0 && size <= 64 && piece->min <= 1 &&
           piece->max == UINT32_MAX && class->range_count - 1 < 4;
}
#endif

/* All of from..end as labels that end with a dot. */
static bool labels_fill(const subject *in, const cse_origin_piece *piece, size_t from, size_t end)
{
    const cse_origin_class *class = &in->sections->classes[piece->class_index];
    size_t labels = 0, length = 0;
#if defined(__SSE2__)
    if (takes_short_labels(in, piece, class, end - from))
        return short_labels(in, class, from, end - from);
#endif
    for (size_t at = from; at < end; at++) {
        uint8_t byte = *bytes_at(in, at);
        if (byte == '.' && length > 0) {
            labels++;
            length = 0;
        } else if (byte != '.' && cse_class_has(class, byte)) {
            length++;
        } else {
            return false;
        }
    }
    return length == 0 && labels >= piece->min && labels <= piece->max;
}

static bool run_fills(const subject *in, const cse_origin_piece *piece, size_t from, size_t end)
{
    size_t size = end - from;
    return size >= piece->min && size <= piece->max &&
           cse_class_holds(&in->sections->classes[piece->class_index], in->text, bytes_at(in, from),
                           size);
}

/* A run and the literal behind it. Moves *at on. */
static bool eat_piece(const subject *in, const cse_origin_piece *piece, size_t *at, size_t end)
{
    size_t stop;
    if (piece->kind == CSE_PIECE_RUN) {
        stop = run_end(in, piece, *at, end);
        if (stop - *at < piece->min)
            return false;
    } else {
        if (end - *at < piece->tail_bytes)
            return false;
        stop = end - piece->tail_bytes;
        if (piece->kind == CSE_PIECE_FILL ? !run_fills(in, piece, *at, stop)
                                          : !labels_fill(in, piece, *at, stop))
            return false;
    }
    *at = stop + piece->literal_bytes;
    return end - stop >= piece->literal_bytes &&
           cse_bytes_equal(key_at(in, piece->literal), bytes_at(in, stop), piece->literal_bytes);
}

static bool pieces_fill(const subject *in, const cse_origin_span *span, size_t from, size_t end)
{
    const cse_origin_piece *piece = &in->sections->pieces[span->pieces];
    for (uint32_t i = 0; i < span->piece_count; i++)
        if (!eat_piece(in, &piece[i], &from, end))
            return false;
    return from == end;
}

/* ---- one span ---------------------------------------------------------------------------- */

/* The origin up to `end`; the prefix has been compared. */
static bool fills(const subject *in, const cse_origin_span *span, size_t end)
{
    if (end < (size_t)span->prefix_bytes + span->suffix_bytes)
        return false;
    size_t suffix = end - span->suffix_bytes;
    return cse_bytes_equal(key_at(in, span->texts + span->prefix_bytes), bytes_at(in, suffix),
                           span->suffix_bytes) &&
           pieces_fill(in, span, span->prefix_bytes, suffix);
}

static bool port_fits(subject *in, const cse_origin_span *span)
{
    find_port(in);
    return in->digits > 0 && in->digits >= span->port_min &&
           (span->port_max == 0 || in->digits <= span->port_max);
}

static bool span_holds(subject *in, const cse_origin_span *span)
{
    if (in->text.size < span->min_bytes ||
        !cse_bytes_equal(key_at(in, span->texts), in->text.data, span->prefix_bytes))
        return false;
    if (span->port != CSE_SPAN_NO_PORT && port_fits(in, span) && fills(in, span, in->port))
        return true;
    return span->port != CSE_SPAN_PORT && fills(in, span, in->text.size);
}

static bool group_holds(subject *in, uint32_t first)
{
    const cse_origin_span *span = &in->sections->spans[first];
    for (;; span++) {
        if (span_holds(in, span))
            return true;
        if (span->is_last)
            return false;
    }
}

/* ---- many spans -------------------------------------------------------------------------- */

static bool head_holds(subject *in, uint32_t trie)
{
    cse_trie_walk walk;
    cse_trie_forward(&walk, in->sections->tries + trie, in->text);
    for (uint32_t first; (first = cse_trie_next(&walk)) != CSE_NONE;)
        if (group_holds(in, first))
            return true;
    return false;
}

static bool tail_holds(subject *in, uint32_t trie, size_t end)
{
    cse_trie_walk walk;
    cse_trie_backward(&walk, in->sections->tries + trie, (corsac_str){in->text.data, end});
    for (uint32_t first; (first = cse_trie_next_backward(&walk)) != CSE_NONE;)
        if (group_holds(in, first))
            return true;
    return false;
}

static bool index_holds(subject *in, const cse_origin_index *index)
{
    find_port(in);
    return (index->tail != CSE_NONE && tail_holds(in, index->tail, in->text.size)) ||
           (index->port_tail != CSE_NONE && in->digits > 0 &&
            tail_holds(in, index->port_tail, in->port)) ||
           (index->head != CSE_NONE && head_holds(in, index->head));
}

bool cse_spans_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                    corsac_str origin)
{
    if (set->span_count == 0 && !(set->flags & CSE_ORIGIN_INDEXED))
        return false;
    subject in = {.sections = sections, .text = origin};
    if (set->flags & CSE_ORIGIN_INDEXED)
        return index_holds(&in, &sections->indexes[set->spans]);
    for (uint32_t i = 0; i < set->span_count; i++)
        if (span_holds(&in, &sections->spans[set->spans + i]))
            return true;
    return false;
}
