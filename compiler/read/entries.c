// SPDX-License-Identifier: Apache-2.0
// Closing a map: merge keys applied in place, as go-yaml v2 does (a later merge overrides an
// earlier explicit key), then duplicate keys resolved: the last wins (D-14).
#include "compiler/read/reader.h"

#include "compiler/support/map.h"

enum { FEW_ENTRIES = 8 /* below this, comparing all pairs beats building a table */ };

typedef struct entry_list {
    csc_entry *items;
    bool *merged; /* per entry: it came through a merge key */
    size_t count, capacity, merged_capacity;
} entry_list;

static void append(csc_reader *reader, entry_list *list, csc_entry entry, bool merged)
{
    csc_entry *items =
        csc_arena_grow(reader->arena, list->items, list->count, &list->capacity, sizeof *items);
    bool *flags = csc_arena_grow(reader->arena, list->merged, list->count, &list->merged_capacity,
                                 sizeof *flags);
    if (!items || !flags) {
        reader->failed = true;
        return;
    }
    list->items = items;
    list->merged = flags;
    items[list->count] = entry;
    flags[list->count++] = merged;
}

static void append_map(csc_reader *reader, entry_list *list, const csc_node *map)
{
    for (size_t i = 0; i < map->count && !reader->failed; i++)
        append(reader, list, map->entries[i], true);
}

/* The value of `<<`: a map, or a list of maps of which earlier ones win. */
static void apply_merge(csc_reader *reader, entry_list *list, const csc_entry *merge)
{
    const csc_node *value = merge->value;
    bool good = value->kind == CSC_NODE_MAP || value->kind == CSC_NODE_LIST;
    for (size_t i = 0; value->kind == CSC_NODE_LIST && i < value->count; i++)
        good = good && value->items[i]->kind == CSC_NODE_MAP;
    if (!good) {
        csc_reader_report(reader, CORSAC_SEVERITY_ERROR, "yaml-merge", "D-14", merge->key_span,
                          "The merge key << needs a mapping or a list of mappings.");
        reader->faulty = true;
    } else if (value->kind == CSC_NODE_MAP) {
        append_map(reader, list, value);
    } else {
        for (size_t i = value->count; i > 0; i--)
            append_map(reader, list, value->items[i - 1]);
    }
}

static void apply_merges(csc_reader *reader, csc_node *map, entry_list *list)
{
    for (size_t i = 0; i < map->count && !reader->failed; i++) {
        if (map->entries[i].key.data)
            append(reader, list, map->entries[i], false);
        else
            apply_merge(reader, list, &map->entries[i]);
    }
}

/* Entry i repeats the key of the earlier entry j. */
static void report_repeat(csc_reader *reader, const csc_node *map, const bool *merged, size_t i,
                          size_t j)
{
    const csc_entry *now = &map->entries[i], *before = &map->entries[j];
    int size = now->key.size > 100 ? 100 : (int)now->key.size;
    if (!merged || (!merged[i] && !merged[j]))
        csc_reader_complain(reader, "duplicate-key", "D-14", now->key_span,
                            "The key \"%.*s\" was already given at %u:%u; the last value wins.",
                            size, now->key.data, before->key_span.line, before->key_span.column);
    else if (merged[i] && !merged[j])
        csc_reader_complain(
            reader, "merge-overrides", "D-14", before->key_span,
            "The key \"%.*s\" stands before a merge key << that replaces its value; "
            "put the merge key first.",
            size, now->key.data);
}

static void drop(csc_node *map, const bool *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++)
        if (!dropped[i])
            map->entries[kept++] = map->entries[i];
    map->count = kept;
}

static bool has_repeat(const csc_node *map)
{
    if (map->count > FEW_ENTRIES)
        return true; /* let the table find out */
    for (size_t i = 1; i < map->count; i++)
        for (size_t j = 0; j < i; j++)
            if (csc_str_equal(map->entries[i].key, map->entries[j].key))
                return true;
    return false;
}

static void resolve_repeats(csc_reader *reader, csc_node *map, const bool *merged)
{
    if (!has_repeat(map))
        return;
    csc_map *last = csc_map_new(reader->arena);
    bool *dropped = csc_arena_alloc(reader->arena, map->count, sizeof *dropped);
    bool any = false;
    for (size_t i = 0; last && dropped && i < map->count; i++) {
        bool added = true;
        size_t *slot = csc_map_put(last, map->entries[i].key, &added);
        if (!slot)
            break;
        if (!added) {
            report_repeat(reader, map, merged, i, *slot);
            dropped[*slot] = any = true;
        }
        *slot = i;
    }
    if (any)
        drop(map, dropped);
}

void csc_entries_close(csc_reader *reader, csc_node *map)
{
    bool merges = false;
    for (size_t i = 0; i < map->count; i++)
        merges = merges || !map->entries[i].key.data;
    entry_list list = {0};
    if (merges) {
        apply_merges(reader, map, &list);
        map->entries = list.items;
        map->count = reader->failed ? 0 : list.count;
    }
    resolve_repeats(reader, map, list.merged);
}
