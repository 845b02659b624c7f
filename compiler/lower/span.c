// SPDX-License-Identifier: Apache-2.0
// Spans of a set become records: a few in a list, more behind an index.
#include "compiler/lower/span.h"
#include "compiler/lower/set_copy.h"

#include <string.h>

/* ---- records ----------------------------------------------------------------------------- */

static uint32_t append_text(csc_origins *origins, corsac_str text)
{
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_KEYS, text.data, text.size);
}

static bool has_bit(const uint64_t bits[2], uint32_t byte)
{
    return bits[byte >> 6] >> (byte & 63) & 1;
}

static void fill_range(cse_class_range *range, uint32_t first, uint32_t last)
{
    memset(range->shift, (int)(127 - last), sizeof(range->shift));
    memset(range->limit, (int)(126 - (last - first)), sizeof(range->limit));
}

enum { PLAIN_FIRST = 0x21, PLAIN_LAST = 0x7e };

/* The last byte of the range of members that begins with this one. */
static uint32_t range_end(const uint64_t bits[2], uint32_t at)
{
    while (at < PLAIN_LAST && has_bit(bits, at + 1))
        at++;
    return at;
}

/* As many ranges as members that follow on none. */
static uint32_t range_count(const uint64_t bits[2])
{
    const uint64_t low = bits[0] & ~(uint64_t)0 << PLAIN_FIRST;
    const uint64_t high = bits[1] & ~(uint64_t)0 >> (127 - PLAIN_LAST);
    return (uint32_t)(__builtin_popcountll(low & ~(low << 1)) +
                      __builtin_popcountll(high & ~(high << 1 | low >> 63)));
}

/* A few ranges of plain bytes, or the bitmap alone. */
static void fill_class(cse_origin_class *class, const uint64_t bits[2])
{
    uint32_t ranges = 0;
    for (uint32_t at = PLAIN_FIRST; at <= PLAIN_LAST; at++) {
        if (!has_bit(bits, at))
            continue;
        uint32_t first = at;
        at = range_end(bits, at);
        for (uint32_t slot = ranges; slot < CSE_CLASS_RANGES && (slot == ranges || ranges == 0);
             slot++)
            fill_range(&class->ranges[slot], first, at);
        ranges++;
    }
    class->range_count = ranges > CSE_CLASS_RANGES ? CSE_CLASS_BITMAP_ONLY : ranges;
    memcpy(class->bits, bits, 2 * sizeof(bits[0]));
}

uint32_t csc_class_append(csc_origins *origins, const uint64_t bits[2])
{
    cse_origin_class class = {0};
    fill_class(&class, bits);
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_CLASSES, &class,
                               sizeof(class)) /
           (uint32_t)sizeof(class);
}

/* A short literal stands in the record. */
static void fill_literal(csc_origins *origins, corsac_str literal, cse_origin_piece *record)
{
    record->literal_bytes = (uint16_t)literal.size;
    if (literal.size > sizeof(record->text)) {
        record->literal = append_text(origins, literal);
    } else if (literal.size > 0) {
        memcpy(record->text, literal.data, literal.size);
        record->literal_shift = (uint8_t)(64 - 8 * literal.size);
    }
}

static bool has_long_literal(const csc_span_form *form)
{
    bool has = false;
    for (size_t i = 0; i < form->piece_count; i++)
        has = has || form->pieces[i].literal.size > sizeof(((cse_origin_piece *)0)->text);
    return has;
}

/* Pieces with a text of their own in ORIGIN_KEYS, which nothing shares. */
static uint32_t append_loose(csc_origins *origins, cse_origin_piece *records, size_t count)
{
    origins->loose = true;
    for (size_t i = 0; i < count; i++)
        records[i].class_index = csc_class_place(origins, records[i].class_index);
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_PIECES, records,
                               count * sizeof(*records)) /
           (uint32_t)sizeof(*records);
}

/* Spans with equal pieces, most of one, share them. */
static uint32_t append_pieces(csc_origins *origins, const csc_span_form *form)
{
    const size_t count = form->piece_count;
    cse_origin_piece *records = csc_arena_alloc(origins->scratch, count + 1, sizeof(*records));
    if (!records)
        return CSE_NONE;
    for (size_t i = 0; i < count; i++) {
        const csc_piece *piece = &form->pieces[i];
        records[i] = (cse_origin_piece){.min = piece->min,
                                        .max = piece->max,
                                        .class_index = csc_class_keep(origins, piece->bits),
                                        .tail_bytes = piece->tail_bytes,
                                        .kind = (uint8_t)piece->kind};
        fill_literal(origins, piece->literal, &records[i]);
    }
    return has_long_literal(form)
               ? append_loose(origins, records, count)
               : csc_pieces_place(origins, csc_pieces_keep(origins, records, count));
}

static uint16_t min_bytes(const csc_span_form *form)
{
    uint64_t size = form->prefix.size + form->suffix.size;
    if (form->port == CSE_SPAN_PORT)
        size += 1 + (form->port_min ? form->port_min : 1);
    for (size_t i = 0; i < form->piece_count; i++)
        size += form->pieces[i].literal.size +
                (uint64_t)form->pieces[i].min * (form->pieces[i].kind == CSE_PIECE_LABELS ? 2 : 1);
    return size < UINT16_MAX ? (uint16_t)size : UINT16_MAX;
}

static size_t end_size(corsac_str end)
{
    return end.size < CSC_SPAN_END_BYTES ? end.size : CSC_SPAN_END_BYTES;
}

void csc_span_ends(const csc_span_form *form, uint8_t head[CSC_SPAN_END_BYTES],
                   uint8_t tail[CSC_SPAN_END_BYTES])
{
    size_t size = end_size(form->suffix);
    memcpy(head, form->prefix.data, end_size(form->prefix));
    memcpy(tail + CSC_SPAN_END_BYTES - size, form->suffix.data + form->suffix.size - size, size);
}

/* The ends go into the record as far as they fit, the rest behind one another into ORIGIN_KEYS. */
static void fill_ends(csc_origins *origins, const csc_span_form *form, cse_origin_span *record)
{
    _Static_assert(sizeof(record->head) == CSC_SPAN_END_BYTES &&
                       sizeof(record->tail) == CSC_SPAN_END_BYTES,
                   "room");
    corsac_str prefix = form->prefix, suffix = form->suffix;
    size_t head = end_size(prefix), tail = end_size(suffix);
    csc_span_ends(form, record->head, record->tail);
    record->tail_mask = (uint16_t)(((1u << tail) - 1) << (CSC_SPAN_END_BYTES - tail));
    record->edge_mask = (uint32_t)((1u << head) - 1);
    if (form->port == CSE_SPAN_NO_PORT)
        record->edge_mask |= (uint32_t)record->tail_mask << CSC_SPAN_END_BYTES;
    record->prefix_bytes = (uint16_t)prefix.size;
    record->suffix_bytes = (uint16_t)suffix.size;
    if (cse_span_has_four(record)) {
        memcpy(record->four, suffix.data, sizeof(record->four));
        return;
    }
    size_t rest = cse_span_rest(record->prefix_bytes);
    record->texts =
        append_text(origins, (corsac_str){suffix.data, cse_span_rest(record->suffix_bytes)});
    append_text(origins, (corsac_str){prefix.data + prefix.size - rest, rest});
}

/* One run between the ends that has room in the record: see CSE_SPAN_FILL and CSE_SPAN_LABELS. */
static bool is_one_run(const csc_span_form *form)
{
    const csc_piece *run = form->pieces;
    return form->piece_count == 1 && run->literal.size == 0 && run->max == CSC_REGEX_UNBOUNDED &&
           range_count(run->bits) <= CSE_CLASS_NARROW &&
           (run->kind == CSE_PIECE_LABELS ? run->min <= 1
                                          : run->kind == CSE_PIECE_FILL && run->min <= UINT8_MAX);
}

/* See CSE_SPAN_RUNS. */
static bool are_runs(const csc_span_form *form)
{
    for (size_t i = 0; i < form->piece_count; i++) {
        const csc_piece *piece = &form->pieces[i];
        if (piece->kind == CSE_PIECE_LABELS || range_count(piece->bits) > CSE_CLASS_NARROW ||
            piece->literal.size > sizeof(((cse_origin_piece *)0)->text))
            return false;
    }
    return form->piece_count > 0;
}

static void fill_middle(csc_origins *origins, const csc_span_form *form, cse_origin_span *record)
{
    if (!is_one_run(form)) {
        record->pieces = append_pieces(origins, form);
        record->piece_count = (uint8_t)form->piece_count;
        record->shape = are_runs(form) ? CSE_SPAN_RUNS : CSE_SPAN_PIECES;
        return;
    }
    const csc_piece *run = form->pieces;
    record->shape = run->kind == CSE_PIECE_LABELS ? CSE_SPAN_LABELS : CSE_SPAN_FILL;
    record->class_index = csc_class_place(origins, csc_class_keep(origins, run->bits));
    record->least = (uint8_t)run->min;
}

static cse_origin_span make_span(csc_origins *origins, const csc_span_form *form, uint8_t order)
{
    cse_origin_span record = {.min_bytes = min_bytes(form),
                              .port = (uint8_t)form->port,
                              .port_min = form->port_min,
                              .port_max = form->port_max,
                              .order = order};
    fill_middle(origins, form, &record);
    fill_ends(origins, form, &record);
    return record;
}

uint32_t csc_span_append(csc_origins *origins, const csc_span_form *form, uint8_t order)
{
    cse_origin_span record = make_span(origins, form, order);
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_SPANS, &record,
                               sizeof(record)) /
           (uint32_t)sizeof(record);
}

/* ---- lists ------------------------------------------------------------------------------- */

static bool differ(corsac_str a, corsac_str b, bool from_end)
{
    size_t size = end_size(a) < end_size(b) ? end_size(a) : end_size(b);
    return from_end ? memcmp(a.data + a.size - size, b.data + b.size - size, size) != 0
                    : memcmp(a.data, b.data, size) != 0;
}

/* Whether no origin has the ends of both records. */
static bool exclude(const csc_span_form *a, const csc_span_form *b)
{
    return differ(a->prefix, b->prefix, false) ||
           (a->port == CSE_SPAN_NO_PORT && b->port == CSE_SPAN_NO_PORT &&
            differ(a->suffix, b->suffix, true));
}

static uint8_t order_of(const csc_span_form *form, const csc_span_form *const *later, size_t count)
{
    bool decides = true;
    for (size_t i = 0; i < count; i++)
        decides = decides && exclude(form, later[i]);
    return (uint8_t)((count == 0 ? CSE_SPAN_LAST : 0) | (decides ? CSE_SPAN_DECIDES : 0));
}

/* Longer prefixes first: where there are "http://" and "https://", most origins start with the latter. */
static void sort_list(const csc_span_form **forms, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const csc_span_form *form = forms[i];
        size_t at = i;
        for (; at > 0 && forms[at - 1]->prefix.size < form->prefix.size; at--)
            forms[at] = forms[at - 1];
        forms[at] = form;
    }
}

static void write_list(csc_origins *origins, const csc_span_form **forms, size_t count,
                       cse_origin_set *record)
{
    sort_list(forms, count);
    for (size_t i = 0; i < count; i++) {
        uint32_t span =
            csc_span_append(origins, forms[i], order_of(forms[i], &forms[i + 1], count - i - 1));
        record->spans = i == 0 ? span : record->spans;
    }
    record->flags |= CSE_ORIGIN_SPANS;
    record->span_count = (uint8_t)count;
}

size_t csc_spans_count(const csc_origin_plan *plan)
{
    size_t count = 0;
    for (size_t r = 0; r < plan->regex_count; r++)
        if (csc_is_span(&plan->regexes[r]))
            count += plan->regexes[r].program->lowered->span_count;
    return count;
}

static void collect_forms(const csc_origin_plan *plan, const csc_span_form **forms)
{
    size_t used = 0;
    for (size_t r = 0; r < plan->regex_count; r++)
        for (size_t i = 0;
             csc_is_span(&plan->regexes[r]) && i < plan->regexes[r].program->lowered->span_count;
             i++)
            forms[used++] = &plan->regexes[r].program->lowered->spans[i];
}

void csc_span_become(csc_origins *origins, const csc_span_form *form, cse_origin_set *record)
{
    *record = (cse_origin_set){.span = make_span(origins, form, CSE_SPAN_LAST | CSE_SPAN_DECIDES)};
    record->flags = CSE_ORIGIN_ONE_SPAN;
}

corsac_status csc_spans_write(csc_origins *origins, csc_origin_plan *plan, cse_origin_set *record)
{
    size_t count = csc_spans_count(plan);
    const csc_span_form **forms = csc_arena_alloc(origins->arena, count + 1, sizeof(*forms));
    if (!forms)
        return CORSAC_E_MEMORY;
    if (count == 0)
        return CORSAC_OK;
    collect_forms(plan, forms);
    if (count <= CSE_ORIGIN_LIST_SPANS) {
        write_list(origins, forms, count, record);
        return CORSAC_OK;
    }
    corsac_status status = csc_spans_by_hash(origins, forms, count, record);
    if (status != CORSAC_OK || record->flags & CSE_ORIGIN_INDEXED)
        return status;
    return csc_spans_by_tries(origins, plan, count, record);
}
