// SPDX-License-Identifier: Apache-2.0
// Sets as they lie in an image become copies, and copies become sets.
#include "compiler/lower/set_copy.h"

#include <string.h>

struct csc_set_copy {
    cse_origin_set
        record; /* what points to ORIGIN_KEYS counts from `keys`; classes and pieces by number */
    corsac_str keys;
    cse_origin_span *spans;
    cse_origin_index *indexes; /* their spans count from `spans` */
    cse_origin_row *row;
    cse_origin_matcher *matchers;
    csc_kept_set **lone; /* of each matcher: the set it waits for, or NULL */
    uint32_t span_count, index_count, row_count, matcher_count;
    uint32_t pattern; /* number of the text of a matcher that is CSE_WAY_OWN */
};

csc_set_start csc_set_begin(const csc_origins *origins)
{
    return (csc_set_start){
        .keys = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_KEYS),
        .spans = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_SPANS),
        .indexes = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_INDEX),
        .rows = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_ROWS),
        .matchers = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_MATCHERS),
        .lone_count = origins->lone_count};
}

/* The records from one on. */
static const void *records(const csc_origins *origins, cse_section_kind kind, uint32_t first)
{
    const csc_section *section = &origins->sections->slots[kind];
    return section->bytes ? section->bytes + (size_t)first * section->record_bytes : NULL;
}

/* ---- to a copy ---------------------------------------------------------------------------- */

static bool is_plain(const csc_origins *origins, const cse_origin_set *record, csc_set_start start)
{
    const unsigned whole = CSE_ORIGIN_TABLE | CSE_ORIGIN_TRIE | CSE_ORIGIN_REGEXES;
    const cse_origin_index *index = records(origins, CSE_SECTION_ORIGIN_INDEX, start.indexes);
    const cse_origin_matcher *matchers =
        records(origins, CSE_SECTION_ORIGIN_MATCHERS, start.matchers);
    uint32_t count =
        csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_MATCHERS) - start.matchers;
    bool plain = !origins->loose && !(record->flags & whole);
    if (record->flags & CSE_ORIGIN_INDEXED) /* by hash: tries are not copied */
        plain = plain && index->spans != CSE_NONE;
    for (uint32_t i = 0; i < count; i++)
        plain =
            plain && (matchers[i].kind != CSE_MATCHER_REGEX || matchers[i].way != CSE_WAY_PROGRAM);
    return plain;
}

/* A copy of the records from one on. */
static void *copy_records(csc_origins *origins, cse_section_kind kind, uint32_t first,
                          uint32_t *count)
{
    const size_t size = origins->sections->slots[kind].record_bytes;
    *count = csc_sections_count(origins->sections, kind) - first;
    void *copy = csc_arena_alloc(origins->kept->arena, *count, size);
    if (copy && *count > 0)
        memcpy(copy, records(origins, kind, first), *count * size);
    return copy;
}

static bool copy_parts(csc_origins *origins, struct csc_set_copy *copy, csc_set_start start)
{
    uint32_t key_bytes;
    csc_arena *arena = origins->kept->arena;
    copy->spans = copy_records(origins, CSE_SECTION_ORIGIN_SPANS, start.spans, &copy->span_count);
    copy->indexes =
        copy_records(origins, CSE_SECTION_ORIGIN_INDEX, start.indexes, &copy->index_count);
    copy->row = copy_records(origins, CSE_SECTION_ORIGIN_ROWS, start.rows, &copy->row_count);
    copy->matchers =
        copy_records(origins, CSE_SECTION_ORIGIN_MATCHERS, start.matchers, &copy->matcher_count);
    copy->lone = csc_arena_alloc(arena, copy->matcher_count, sizeof(*copy->lone));
    copy->keys.data = copy_records(origins, CSE_SECTION_ORIGIN_KEYS, start.keys, &key_bytes);
    copy->keys.size = key_bytes;
    return copy->spans && copy->indexes && copy->row && copy->matchers && copy->lone &&
           copy->keys.data;
}

static void unplace_span(const csc_origins *origins, cse_origin_span *span, uint32_t keys)
{
    if (!cse_span_has_four(span))
        span->texts -= keys;
    csc_span_unplace(origins, span);
}

/* Nothing in the copy says where this image had it. */
static void unplace(csc_origins *origins, struct csc_set_copy *copy, csc_set_start start)
{
    cse_origin_set *record = &copy->record;
    if (record->flags == CSE_ORIGIN_ONE_SPAN)
        unplace_span(origins, &record->span, start.keys);
    else if (record->flags != CSE_ORIGIN_ANY)
        record->keys -= start.keys;
    if (record->flags & CSE_ORIGIN_ROW)
        record->row_keys -= start.keys;
    for (uint32_t i = 0; i < copy->span_count; i++)
        unplace_span(origins, &copy->spans[i], start.keys);
    for (uint32_t i = 0; i < copy->index_count; i++)
        copy->indexes[i].spans -= start.spans;
    for (size_t i = start.lone_count; i < origins->lone_count; i++)
        copy->lone[origins->lone[i].matcher - start.matchers] = origins->lone[i].list;
    for (uint32_t i = 0; i < copy->matcher_count; i++) {
        cse_origin_matcher *matcher = &copy->matchers[i];
        if (matcher->kind != CSE_MATCHER_REGEX) {
            matcher->value -= start.keys;
        } else if (matcher->way == CSE_WAY_OWN) {
            const csc_section *strings = &origins->sections->slots[CSE_SECTION_STRINGS];
            corsac_str text = {(const char *)strings->bytes + matcher->value, matcher->size_bytes};
            copy->pattern = csc_sections_number(origins->sections, text);
        }
    }
}

corsac_status csc_set_copy(csc_origins *origins, csc_kept_set *list, csc_set_start start)
{
    const cse_origin_set *record =
        records(origins, CSE_SECTION_ORIGIN_SETS,
                csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_SETS) - 1);
    if (!is_plain(origins, record, start))
        return CORSAC_OK;
    struct csc_set_copy *copy = csc_arena_alloc(origins->kept->arena, 1, sizeof(*copy));
    if (!copy || !copy_parts(origins, copy, start))
        return CORSAC_E_MEMORY;
    copy->record = *record;
    unplace(origins, copy, start);
    list->copy = copy;
    return CORSAC_OK;
}

/* ---- and back ----------------------------------------------------------------------------- */

static void place_span(csc_origins *origins, cse_origin_span *span, uint32_t keys)
{
    if (!cse_span_has_four(span))
        span->texts += keys;
    csc_span_place(origins, span);
}

static void paste_spans(csc_origins *origins, const struct csc_set_copy *copy, uint32_t keys)
{
    for (uint32_t i = 0; i < copy->span_count; i++) {
        cse_origin_span span = copy->spans[i];
        place_span(origins, &span, keys);
        csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_SPANS, &span, sizeof(span));
    }
}

static void paste_indexes(csc_origins *origins, const struct csc_set_copy *copy, uint32_t spans)
{
    for (uint32_t i = 0; i < copy->index_count; i++) {
        cse_origin_index index = copy->indexes[i];
        index.spans += spans;
        csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_INDEX, &index, sizeof(index));
    }
}

/* Where the parts of the set will lie, but for what has been appended already. */
static void place_record(csc_origins *origins, const struct csc_set_copy *copy, uint32_t keys,
                         cse_origin_set *record)
{
    record->matchers = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_MATCHERS);
    if (record->flags == CSE_ORIGIN_ONE_SPAN) {
        place_span(origins, &record->span, keys);
        return;
    }
    if (record->flags == CSE_ORIGIN_ANY)
        return;
    record->keys += keys;
    if (record->flags & CSE_ORIGIN_ROW) {
        record->row = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_ROWS);
        record->row_keys += keys;
    }
    if (copy->span_count > 0)
        record->spans = csc_sections_count(origins->sections, record->flags & CSE_ORIGIN_INDEXED
                                                                  ? CSE_SECTION_ORIGIN_INDEX
                                                                  : CSE_SECTION_ORIGIN_SPANS);
}

static void paste_matchers(csc_origins *origins, const struct csc_set_copy *copy, uint32_t keys,
                           uint32_t first)
{
    csc_sections *sections = origins->sections;
    for (uint32_t i = 0; i < copy->matcher_count; i++) {
        cse_origin_matcher matcher = copy->matchers[i];
        if (matcher.kind != CSE_MATCHER_REGEX)
            matcher.value += keys;
        else if (matcher.way == CSE_WAY_OWN)
            matcher.value = csc_sections_place(sections, copy->pattern).offset;
        else if (copy->lone[i] && !csc_lone_add(origins, first + i, copy->lone[i]))
            csc_sections_starve(sections);
        csc_sections_append(sections, CSE_SECTION_ORIGIN_MATCHERS, &matcher, sizeof(matcher));
    }
}

void csc_set_paste(csc_origins *origins, const struct csc_set_copy *copy)
{
    cse_origin_set record = copy->record;
    csc_sections *sections = origins->sections;
    const uint32_t spans = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_SPANS);
    const uint32_t keys =
        csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, copy->keys.data, copy->keys.size);
    place_record(origins, copy, keys, &record);
    paste_spans(origins, copy, keys);
    paste_indexes(origins, copy, spans);
    csc_sections_append(sections, CSE_SECTION_ORIGIN_ROWS, copy->row,
                        copy->row_count * sizeof(*copy->row));
    paste_matchers(origins, copy, keys, record.matchers);
    csc_sections_append(sections, CSE_SECTION_ORIGIN_SETS, &record, sizeof(record));
}
