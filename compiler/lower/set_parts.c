// SPDX-License-Identifier: Apache-2.0
// Classes and pieces, which the sets of an image share.
#include "compiler/lower/set_copy.h"

/* The item of a content, made if there is none; NULL when memory is short. */
static csc_kept_part *keep(csc_origins *origins, csc_kept_parts *parts, corsac_str content,
                           bool *added)
{
    csc_arena *arena = origins->kept->arena;
    const size_t *known = csc_map_find(parts->numbers, content);
    *added = known == NULL;
    if (known)
        return &parts->items[*known];
    csc_kept_part *items =
        csc_arena_grow(arena, parts->items, parts->count, &parts->capacity, sizeof(*items));
    corsac_str key = csc_arena_copy(arena, content);
    size_t *slot = key.data ? csc_map_put(parts->numbers, key, NULL) : NULL;
    if (!items || !slot)
        return NULL;
    *slot = parts->count;
    parts->items = items;
    items[parts->count].records = (const void *)key.data;
    return &items[parts->count++];
}

/* The image has the item at an index. */
static void note(csc_origins *origins, csc_kept_parts *parts, csc_kept_part *item, uint32_t index)
{
    item->round = origins->kept->round;
    item->index = index;
    while (index >= parts->index_capacity) {
        uint32_t *grown =
            csc_arena_grow(origins->kept->arena, parts->by_index, parts->index_capacity,
                           &parts->index_capacity, sizeof(*grown));
        if (!grown) {
            csc_sections_starve(origins->sections);
            return;
        }
        parts->by_index = grown;
    }
    parts->by_index[index] = (uint32_t)(item - parts->items);
}

/* ---- classes ------------------------------------------------------------------------------ */

uint32_t csc_class_keep(csc_origins *origins, const uint64_t bits[2])
{
    bool added;
    csc_kept_parts *classes = &origins->kept->sets->classes;
    const corsac_str content = {(const char *)bits, 2 * sizeof(bits[0])};
    csc_kept_part *item = keep(origins, classes, content, &added);
    if (!item)
        return CSE_NONE;
    item->bits[0] = bits[0];
    item->bits[1] = bits[1];
    return (uint32_t)(item - classes->items);
}

uint32_t csc_class_place(csc_origins *origins, uint32_t number)
{
    csc_kept_parts *classes = &origins->kept->sets->classes;
    if (number == CSE_NONE)
        return CSE_NONE;
    csc_kept_part *item = &classes->items[number];
    if (item->round != origins->kept->round)
        note(origins, classes, item, csc_class_append(origins, item->bits));
    return item->index;
}

/* ---- pieces ------------------------------------------------------------------------------- */

uint32_t csc_pieces_keep(csc_origins *origins, const cse_origin_piece *records, size_t count)
{
    bool added;
    csc_kept_parts *pieces = &origins->kept->sets->pieces;
    const corsac_str content = {(const char *)records, count * sizeof(*records)};
    csc_kept_part *item = keep(origins, pieces, content, &added);
    if (!item)
        return CSE_NONE;
    item->count = count;
    return (uint32_t)(item - pieces->items);
}

uint32_t csc_pieces_place(csc_origins *origins, uint32_t number)
{
    csc_sections *sections = origins->sections;
    csc_kept_parts *pieces = &origins->kept->sets->pieces;
    if (number == CSE_NONE)
        return CSE_NONE;
    csc_kept_part *item = &pieces->items[number];
    if (item->round == origins->kept->round)
        return item->index;
    note(origins, pieces, item, csc_sections_count(sections, CSE_SECTION_ORIGIN_PIECES));
    for (size_t i = 0; i < item->count; i++) {
        cse_origin_piece record = item->records[i];
        record.class_index = csc_class_place(origins, record.class_index);
        csc_sections_append(sections, CSE_SECTION_ORIGIN_PIECES, &record, sizeof(record));
    }
    return item->index;
}

/* ---- spans -------------------------------------------------------------------------------- */

static bool has_class(const cse_origin_span *span)
{
    return span->shape == CSE_SPAN_FILL || span->shape == CSE_SPAN_LABELS;
}

void csc_span_unplace(const csc_origins *origins, cse_origin_span *span)
{
    const struct csc_kept_sets *sets = origins->kept->sets;
    if (has_class(span))
        span->class_index = sets->classes.by_index[span->class_index];
    else if (span->piece_count == 0) /* other pieces may lie where none lie */
        span->pieces = (uint32_t)*csc_map_find(sets->pieces.numbers, (corsac_str){"", 0});
    else
        span->pieces = sets->pieces.by_index[span->pieces];
}

void csc_span_place(csc_origins *origins, cse_origin_span *span)
{
    if (has_class(span))
        span->class_index = csc_class_place(origins, span->class_index);
    else
        span->pieces = csc_pieces_place(origins, span->pieces);
}
