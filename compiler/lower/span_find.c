// SPDX-License-Identifier: Apache-2.0
// Finds the one or two spans of a set that can match an origin. By a hash of both ends. Or by tries, which
// find a span by the longer of its two ends: its prefix, or its suffix at the end of the origin, before a port as
// well if it allows one.
#include "compiler/lower/span.h"
#include "compiler/lower/trie.h"
#include "engine/image/span_print_format.h"

#include <stdlib.h>
#include <string.h>

static uint32_t append_index(csc_origins *origins, const cse_origin_index *index)
{
    return csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_INDEX, index, sizeof(*index)) /
           (uint32_t)sizeof(*index);
}

/* ---- tries: which one, under which text ----------------------------------------------- */

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

static void add_forms(finder *f)
{
    for (way w = 0; w < WAY_COUNT; w++)
        f->counts[w] = 0;
    for (size_t r = 0; r < f->plan->regex_count; r++)
        for (size_t i = 0; csc_is_span(&f->plan->regexes[r]) &&
                           i < f->plan->regexes[r].program->lowered->span_count;
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
    enum { MOST_ON_A_WAY = 2 * CSE_ORIGIN_GROUP_SPANS };
    struct {
        corsac_str key;
        size_t total;
    } above[CSE_ORIGIN_WAY_KEYS];
    size_t depth = 0;
    bool dropped = false;
    for (size_t at = 0, size; at < f->counts[w]; at += size) {
        const entry *group = &f->ways[w][at];
        size = group_size(f, w, at);
        while (depth > 0 && !csc_str_starts(group->key, above[depth - 1].key))
            depth--;
        size_t total = size + (depth > 0 ? above[depth - 1].total : 0);
        if (size > CSE_ORIGIN_GROUP_SPANS || total > MOST_ON_A_WAY ||
            depth == CSE_ORIGIN_WAY_KEYS) {
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

static uint32_t write_way(finder *f, way w)
{
    csc_trie_item *items = csc_arena_alloc(f->origins->arena, f->counts[w] + 1, sizeof(*items));
    size_t count = 0;
    if (!items || f->counts[w] == 0)
        return CSE_NONE;
    for (size_t at = 0, size; at < f->counts[w]; at += size) {
        size = group_size(f, w, at);
        for (size_t i = 0; i < size; i++) {
            uint32_t span = csc_span_append(f->origins, f->ways[w][at + i].form,
                                            i + 1 == size ? CSE_SPAN_LAST | CSE_SPAN_DECIDES : 0);
            if (i == 0)
                items[count++] = (csc_trie_item){f->ways[w][at].key, span};
        }
    }
    return csc_trie_append(f->origins->arena, f->origins->sections, items, count, w != WAY_HEAD);
}

static void write_tries(finder *f, cse_origin_set *record)
{
    cse_origin_index index = {.spans = CSE_NONE};
    index.head = write_way(f, WAY_HEAD);
    index.tail = write_way(f, WAY_TAIL);
    index.port_tail = write_way(f, WAY_PORT_TAIL);
    record->flags |= CSE_ORIGIN_INDEXED;
    record->spans = append_index(f->origins, &index);
}

corsac_status csc_spans_by_tries(csc_origins *origins, csc_origin_plan *plan, size_t count,
                                 cse_origin_set *record)
{
    finder f = {.origins = origins, .plan = plan};
    for (way w = 0; w < WAY_COUNT; w++)
        f.ways[w] = csc_arena_alloc(origins->arena, count, sizeof(entry));
    if (csc_arena_failed(origins->arena))
        return CORSAC_E_MEMORY;
    settle(&f);
    if (csc_spans_count(plan) > 0)
        write_tries(&f, record);
    return CORSAC_OK;
}

/* ---- by hash ----------------------------------------------------------------------------- */

/* The records of an index while they are made. */
typedef struct lines {
    const csc_span_form *const *forms;
    size_t count;
    cse_origin_index *records;
    size_t record_count;
    uint32_t *line_of; /* of each form */
} lines;

static size_t end_size(corsac_str end)
{
    return end.size < CSC_SPAN_END_BYTES ? end.size : CSC_SPAN_END_BYTES;
}

/* Of what every prefix and every suffix is long enough for. */
static void choose_bytes(lines *l)
{
    enum { WORD = sizeof(uint64_t) };
    cse_origin_index *index = &l->records[0];
    size_t head = CSC_SPAN_END_BYTES, tail = CSC_SPAN_END_BYTES;
    for (size_t i = 0; i < l->count; i++) {
        corsac_str prefix = l->forms[i]->prefix, suffix = l->forms[i]->suffix;
        head = end_size(prefix) < head ? end_size(prefix) : head;
        tail = end_size(suffix) < tail ? end_size(suffix) : tail;
        if (l->forms[i]->port != CSE_SPAN_NO_PORT)
            index->lines |= CSE_LINES_PORTED;
    }
    index->head_at = (uint8_t)(head > WORD ? head - WORD : 0);
    index->tail_back = (uint8_t)(tail > WORD ? tail : WORD);
    index->head_mask = head < WORD ? (UINT64_C(1) << 8 * head) - 1 : UINT64_MAX;
    index->tail_mask = tail < WORD ? ~(UINT64_MAX >> 8 * tail) : UINT64_MAX;
}

/* Puts a span into the record that its hash chooses. False if that is full. */
static bool place(lines *l, size_t i)
{
    uint8_t head[CSC_SPAN_END_BYTES] = {0}, tail[CSC_SPAN_END_BYTES] = {0};
    const csc_span_form *form = l->forms[i];
    csc_span_ends(form, head, tail);
    uint64_t hash = cse_span_hash(&l->records[0], head, tail + CSC_SPAN_END_BYTES);
    l->line_of[i] = cse_span_line(&l->records[0], hash);
    cse_origin_index *record = &l->records[l->line_of[i]];
    uint32_t used = record->plain | record->ported;
    uint32_t slot = used ? 32 - (uint32_t)__builtin_clz(used) : 0;
    if (slot == CSE_ORIGIN_PRINT_SPANS)
        return false;
    record->prints[slot] = cse_span_print(hash);
    record->plain |= (uint32_t)(form->port != CSE_SPAN_PORT) << slot;
    record->ported |= (uint32_t)(form->port != CSE_SPAN_NO_PORT) << slot;
    return true;
}

/* The most spans of one record that one origin may have to be compared with. */
static uint32_t most_alike(const cse_origin_index *record, uint32_t among)
{
    uint8_t alike[UINT8_MAX + 1] = {0}, most = 0;
    for (uint32_t i = 0; i < CSE_ORIGIN_PRINT_SPANS; i++) {
        uint8_t *of = &alike[record->prints[i]];
        *of += among >> i & 1;
        most = *of > most ? *of : most;
    }
    return most;
}

/* Places all spans. The most that are alike; UINT32_MAX where they find no room. */
static uint32_t place_all(lines *l, uint8_t salt)
{
    uint32_t most = 0;
    for (size_t line = 0; line < l->record_count; line++) {
        cse_origin_index *record = &l->records[line];
        memset(record->prints, 0, sizeof(record->prints));
        record->plain = record->ported = 0;
    }
    l->records[0].salt = salt;
    for (size_t i = 0; i < l->count; i++)
        if (!place(l, i))
            return UINT32_MAX;
    for (size_t line = 0; line < l->record_count; line++) {
        const cse_origin_index *record = &l->records[line];
        uint32_t plain = most_alike(record, record->plain);
        uint32_t ported = most_alike(record, record->ported);
        most = plain > most ? plain : most;
        most = ported > most ? ported : most;
    }
    return most;
}

/* Tries salts until the spans of a small set all differ, or nearly those of a large one, and keeps the best. Spans
 * that have the same bytes are always alike. */
static uint32_t choose_salt(lines *l)
{
    enum { MOST_SALTS = 32 };
    const uint32_t enough = l->record_count == 1 ? 1 : 2;
    uint32_t least = UINT32_MAX;
    uint8_t best = 0;
    for (uint8_t salt = 0; salt < MOST_SALTS && least > enough; salt++) {
        uint32_t most = place_all(l, salt);
        if (most < least) {
            least = most;
            best = salt;
        }
    }
    return least == UINT32_MAX ? least : place_all(l, best);
}

/* The spans, those of one record behind one another, then the records. */
static bool write_lines(csc_origins *origins, lines *l, cse_origin_set *record)
{
    size_t *next = csc_arena_alloc(origins->arena, l->record_count + 1, sizeof(*next));
    const csc_span_form **sorted = csc_arena_alloc(origins->arena, l->count, sizeof(*sorted));
    if (!next || !sorted)
        return false;
    for (size_t i = 0; i < l->count; i++)
        next[l->line_of[i] + 1]++;
    for (size_t line = 1; line <= l->record_count; line++)
        next[line] += next[line - 1];
    uint32_t first = 0;
    for (size_t line = 0; line < l->record_count; line++)
        l->records[line].spans = (uint32_t)next[line];
    for (size_t i = 0; i < l->count; i++)
        sorted[next[l->line_of[i]]++] = l->forms[i];
    for (size_t i = 0; i < l->count; i++) {
        uint32_t span = csc_span_append(origins, sorted[i], CSE_SPAN_LAST | CSE_SPAN_DECIDES);
        first = i == 0 ? span : first;
    }
    for (size_t line = 0; line < l->record_count; line++) {
        l->records[line].spans += first;
        uint32_t at = append_index(origins, &l->records[line]);
        record->spans = line == 0 ? at : record->spans;
    }
    record->flags |= CSE_ORIGIN_INDEXED;
    return true;
}

corsac_status csc_spans_by_hash(csc_origins *origins, const csc_span_form *const *forms,
                                size_t count, cse_origin_set *record)
{
    enum { SPANS_PER_RECORD = 8, MOST_LOG2 = 13 }; /* on average */
    uint8_t log2 = 0;
    while (log2 < MOST_LOG2 && count > CSE_ORIGIN_PRINT_SPANS &&
           count > (size_t)SPANS_PER_RECORD << log2)
        log2++;
    lines l = {.forms = forms, .count = count, .record_count = (size_t)1 << log2};
    l.records = csc_arena_alloc(origins->arena, l.record_count, sizeof(*l.records));
    l.line_of = csc_arena_alloc(origins->arena, count, sizeof(*l.line_of));
    if (!l.records || !l.line_of)
        return CORSAC_E_MEMORY;
    l.records[0].lines = log2;
    choose_bytes(&l);
    if (choose_salt(&l) > CSE_ORIGIN_LIST_SPANS)
        return CORSAC_OK;
    return write_lines(origins, &l, record) ? CORSAC_OK : CORSAC_E_MEMORY;
}
