// SPDX-License-Identifier: Apache-2.0
// Spans of a set: a few in a list, more behind tries that find the one or two that can match an
// origin. A span is found by the longer of its two ends: its prefix, or its suffix at the end of
// the origin, before a port as well if it allows one.
#include "compiler/lower/origin_plan.h"
#include "compiler/lower/trie.h"
#include "compiler/support/map.h"

#include <stdlib.h>
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

/* A few ranges of plain bytes, or the bitmap alone. */
static void fill_class(cse_origin_class *class, const uint64_t bits[2])
{
    enum { FIRST = 0x21, LAST = 0x7e };
    uint32_t ranges = 0;
    for (uint32_t at = FIRST; at <= LAST; at++) {
        if (!has_bit(bits, at))
            continue;
        uint32_t first = at;
        while (at < LAST && has_bit(bits, at + 1))
            at++;
        for (uint32_t slot = ranges; slot < CSE_CLASS_RANGES && (slot == ranges || ranges == 0);
             slot++)
            fill_range(&class->ranges[slot], first, at);
        ranges++;
    }
    class->range_count = ranges > CSE_CLASS_RANGES ? CSE_CLASS_BITMAP_ONLY : ranges;
    memcpy(class->bits, bits, 2 * sizeof(bits[0]));
}

/* The key of the map is the record itself: equal classes are stored once. */
static uint32_t class_index(csc_origins *origins, const uint64_t bits[2])
{
    csc_sections *sections = origins->sections;
    cse_origin_class *class = csc_arena_alloc(origins->arena, 1, sizeof(*class));
    bool added = false;
    if (!class)
        return CSE_NONE;
    fill_class(class, bits);
    size_t *slot =
        csc_map_put(origins->classes, (corsac_str){(const char *)class, sizeof(*class)}, &added);
    if (!slot)
        return CSE_NONE;
    if (added)
        *slot = csc_sections_append(sections, CSE_SECTION_ORIGIN_CLASSES, class, sizeof(*class)) /
                sizeof(*class);
    return (uint32_t)*slot;
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

/* The key of the map is the records themselves: spans with equal pieces, most of one, share them. */
static uint32_t append_pieces(csc_origins *origins, const csc_span_form *form)
{
    cse_origin_piece *records =
        csc_arena_alloc(origins->arena, form->piece_count + 1, sizeof(*records));
    const size_t bytes = form->piece_count * sizeof(*records);
    bool added = false;
    for (size_t i = 0; records && i < form->piece_count; i++) {
        const csc_piece *piece = &form->pieces[i];
        records[i] = (cse_origin_piece){.min = piece->min,
                                        .max = piece->max,
                                        .class_index = class_index(origins, piece->bits),
                                        .tail_bytes = piece->tail_bytes,
                                        .kind = (uint8_t)piece->kind};
        fill_literal(origins, piece->literal, &records[i]);
    }
    size_t *slot =
        records ? csc_map_put(origins->pieces, (corsac_str){(const char *)records, bytes}, &added)
                : NULL;
    if (!slot)
        return CSE_NONE;
    if (added)
        *slot = csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_PIECES, records, bytes) /
                sizeof(*records);
    return (uint32_t)*slot;
}

static uint32_t min_bytes(const csc_span_form *form)
{
    uint64_t size = form->prefix.size + form->suffix.size;
    if (form->port == CSE_SPAN_PORT)
        size += 1 + (form->port_min ? form->port_min : 1);
    for (size_t i = 0; i < form->piece_count; i++)
        size += form->pieces[i].literal.size +
                (uint64_t)form->pieces[i].min * (form->pieces[i].kind == CSE_PIECE_LABELS ? 2 : 1);
    return size < INT32_MAX ? (uint32_t)size : INT32_MAX;
}

/* The ends go into the record as far as they fit, the rest behind one another into ORIGIN_KEYS. */
static void fill_ends(csc_origins *origins, const csc_span_form *form, cse_origin_span *record)
{
    enum { ROOM = sizeof(record->head) };
    corsac_str prefix = form->prefix, suffix = form->suffix;
    size_t head = prefix.size < ROOM ? prefix.size : ROOM;
    size_t tail = suffix.size < ROOM ? suffix.size : ROOM;
    memcpy(record->head, prefix.data, head);
    memcpy(record->tail + ROOM - tail, suffix.data + suffix.size - tail, tail);
    record->head_mask = (uint16_t)((1u << head) - 1);
    record->tail_mask = (uint16_t)(((1u << tail) - 1) << (ROOM - tail));
    record->prefix_bytes = (uint16_t)prefix.size;
    record->suffix_bytes = (uint16_t)suffix.size;
    record->texts = append_text(origins, (corsac_str){prefix.data + head, prefix.size - head});
    append_text(origins, (corsac_str){suffix.data, suffix.size - tail});
}

static cse_origin_span make_span(csc_origins *origins, const csc_span_form *form, bool is_last)
{
    cse_origin_span record = {.min_bytes = min_bytes(form),
                              .pieces = append_pieces(origins, form),
                              .piece_count = (uint8_t)form->piece_count,
                              .port = (uint8_t)form->port,
                              .port_min = form->port_min,
                              .port_max = form->port_max,
                              .is_last = is_last};
    fill_ends(origins, form, &record);
    return record;
}

static uint32_t append_span(csc_origins *origins, const csc_span_form *form, bool is_last)
{
    cse_origin_span record = make_span(origins, form, is_last);
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_SPANS, &record,
                               sizeof(record)) /
           (uint32_t)sizeof(record);
}

/* ---- finding: which trie, under which text ----------------------------------------------- */

typedef enum way { WAY_HEAD = 0, WAY_TAIL = 1, WAY_PORT_TAIL = 2, WAY_COUNT = 3 } way;

/* One span under one key. */
typedef struct entry {
    corsac_str key; /* tails are reversed */
    const csc_span_form *form;
    size_t regex; /* index in plan->regexes */
} entry;

typedef struct finder {
    csc_origins *origins;
    csc_origin_plan *plan;
    entry *ways[WAY_COUNT];
    size_t counts[WAY_COUNT];
} finder;

static corsac_str reversed(csc_arena *arena, corsac_str text)
{
    char *bytes = csc_arena_alloc(arena, text.size + 1, 1);
    for (size_t i = 0; bytes && i < text.size; i++)
        bytes[i] = text.data[text.size - 1 - i];
    return (corsac_str){bytes, bytes ? text.size : 0};
}

static void add_entry(finder *f, way w, corsac_str key, const csc_span_form *form, size_t regex)
{
    f->ways[w][f->counts[w]++] = (entry){key, form, regex};
}

static void add_form(finder *f, const csc_span_form *form, size_t regex)
{
    if (form->suffix.size <= form->prefix.size && form->suffix.size < 4) {
        add_entry(f, WAY_HEAD, form->prefix, form, regex);
        return;
    }
    corsac_str key = reversed(f->origins->arena, form->suffix);
    if (form->port != CSE_SPAN_PORT)
        add_entry(f, WAY_TAIL, key, form, regex);
    if (form->port != CSE_SPAN_NO_PORT)
        add_entry(f, WAY_PORT_TAIL, key, form, regex);
}

static bool is_span(const csc_planned_regex *regex)
{
    return regex->served & CSE_SERVED_SPANS;
}

static void add_forms(finder *f)
{
    for (way w = 0; w < WAY_COUNT; w++)
        f->counts[w] = 0;
    for (size_t r = 0; r < f->plan->regex_count; r++)
        for (size_t i = 0;
             is_span(&f->plan->regexes[r]) && i < f->plan->regexes[r].program->lowered->span_count;
             i++)
            add_form(f, &f->plan->regexes[r].program->lowered->spans[i], r);
}

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = csc_str_compare(a->key, b->key);
    if (order == 0)
        order = (a->regex > b->regex) - (a->regex < b->regex);
    if (order == 0)
        order = (a->form > b->form) - (a->form < b->form); /* one array: the order of expansion */
    return order;
}

/* Entries that share one key. */
static size_t group_size(const finder *f, way w, size_t first)
{
    size_t end = first + 1;
    while (end < f->counts[w] && csc_str_equal(f->ways[w][end].key, f->ways[w][first].key))
        end++;
    return end - first;
}

/* A regex leaves the spans: the automaton of the set takes it. */
static void drop(csc_planned_regex *regex)
{
    regex->served = CSE_SERVED_REST;
}

/*
 * The price of a walk is the spans under all keys that lie on its way. Drops the regexes of every
 * group that would make it more than CSE_ORIGIN_GROUP_SPANS in one key, or as much again in its
 * prefixes.
 */
static bool drop_crowded(finder *f, way w)
{
    enum { MOST_ON_A_WAY = 2 * CSE_ORIGIN_GROUP_SPANS, MOST_KEYS = 16 };
    struct {
        corsac_str key;
        size_t total;
    } above[MOST_KEYS];
    size_t depth = 0;
    bool dropped = false;
    for (size_t at = 0, size; at < f->counts[w]; at += size) {
        const entry *group = &f->ways[w][at];
        size = group_size(f, w, at);
        while (depth > 0 && !csc_str_starts(group->key, above[depth - 1].key))
            depth--;
        size_t total = size + (depth > 0 ? above[depth - 1].total : 0);
        if (size > CSE_ORIGIN_GROUP_SPANS || total > MOST_ON_A_WAY || depth == MOST_KEYS) {
            for (size_t i = 0; i < size; i++)
                drop(&f->plan->regexes[group[i].regex]);
            dropped = true;
            continue;
        }
        above[depth].key = group->key;
        above[depth++].total = total;
    }
    return dropped;
}

/* A dropped regex takes its spans out of other ways too, so look again; every round drops one or
 * ends. */
static void settle(finder *f)
{
    bool dropped;
    do {
        dropped = false;
        add_forms(f);
        for (way w = 0; w < WAY_COUNT; w++) {
            if (f->counts[w] > 1)
                qsort(f->ways[w], f->counts[w], sizeof(entry), compare_entries);
            dropped = drop_crowded(f, w) || dropped;
        }
    } while (dropped);
}

/* ---- writing ----------------------------------------------------------------------------- */

static uint32_t write_way(finder *f, way w)
{
    csc_trie_item *items = csc_arena_alloc(f->origins->arena, f->counts[w] + 1, sizeof(*items));
    size_t count = 0;
    if (!items || f->counts[w] == 0)
        return CSE_NONE;
    for (size_t at = 0, size; at < f->counts[w]; at += size) {
        size = group_size(f, w, at);
        for (size_t i = 0; i < size; i++) {
            uint32_t span = append_span(f->origins, f->ways[w][at + i].form, i + 1 == size);
            if (i == 0)
                items[count++] = (csc_trie_item){f->ways[w][at].key, span};
        }
    }
    return csc_trie_append(f->origins->arena, f->origins->sections, items, count, w != WAY_HEAD);
}

static void write_index(finder *f, cse_origin_set *record)
{
    cse_origin_index index = {.head = write_way(f, WAY_HEAD)};
    index.tail = write_way(f, WAY_TAIL);
    index.port_tail = write_way(f, WAY_PORT_TAIL);
    record->flags |= CSE_ORIGIN_INDEXED;
    record->spans =
        csc_sections_append(f->origins->sections, CSE_SECTION_ORIGIN_INDEX, &index, sizeof(index)) /
        (uint32_t)sizeof(index);
}

/* Longer prefixes first: where there are "http://" and "https://", most origins start with the latter. */
static void write_list(csc_origins *origins, const csc_origin_plan *plan, size_t count,
                       cse_origin_set *record)
{
    const csc_span_form *forms[CSE_ORIGIN_LIST_SPANS];
    size_t used = 0;
    for (size_t r = 0; r < plan->regex_count; r++)
        for (size_t i = 0;
             is_span(&plan->regexes[r]) && i < plan->regexes[r].program->lowered->span_count; i++) {
            const csc_span_form *form = &plan->regexes[r].program->lowered->spans[i];
            size_t at = used++;
            for (; at > 0 && forms[at - 1]->prefix.size < form->prefix.size; at--)
                forms[at] = forms[at - 1];
            forms[at] = form;
        }
    for (size_t i = 0; i < used; i++) {
        uint32_t span = append_span(origins, forms[i], i + 1 == used);
        record->spans = i == 0 ? span : record->spans;
    }
    record->flags |= CSE_ORIGIN_SPANS;
    record->span_count = (uint8_t)count;
}

static size_t count_spans(const csc_origin_plan *plan)
{
    size_t count = 0;
    for (size_t r = 0; r < plan->regex_count; r++)
        if (is_span(&plan->regexes[r]))
            count += plan->regexes[r].program->lowered->span_count;
    return count;
}

void csc_span_become(csc_origins *origins, const csc_span_form *form, cse_origin_set *record)
{
    *record = (cse_origin_set){.span = make_span(origins, form, true)};
    record->flags = CSE_ORIGIN_ONE_SPAN;
}

corsac_status csc_spans_write(csc_origins *origins, csc_origin_plan *plan, cse_origin_set *record)
{
    size_t count = count_spans(plan);
    if (count == 0)
        return CORSAC_OK;
    if (count <= CSE_ORIGIN_LIST_SPANS) {
        write_list(origins, plan, count, record);
        return CORSAC_OK;
    }
    finder f = {.origins = origins, .plan = plan};
    for (way w = 0; w < WAY_COUNT; w++)
        f.ways[w] = csc_arena_alloc(origins->arena, count, sizeof(entry));
    if (csc_arena_failed(origins->arena))
        return CORSAC_E_MEMORY;
    settle(&f);
    if (count_spans(plan) > 0)
        write_index(&f, record);
    return CORSAC_OK;
}
