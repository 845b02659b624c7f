// SPDX-License-Identifier: Apache-2.0
// Extraction of the pieces that both kinds share: metadata, lists, labels, string matches.
#include "compiler/decode/decode.h"
#include "compiler/decode/duration.h"
#include "compiler/decode/fields.h"

#include <stdlib.h>

csc_strings csc_take_strings(csc_arena *arena, const csc_node *map, const char *field)
{
    const csc_node *list = csc_field(map, field);
    csc_strings out = {0};
    if (!list || list->kind != CSC_NODE_LIST || list->count == 0)
        return out;
    out.items = csc_arena_alloc(arena, list->count, sizeof *out.items);
    for (size_t i = 0; out.items && i < list->count; i++) {
        csc_string *item = &out.items[out.count];
        if (csc_node_text(list->items[i], &item->text)) {
            item->span = list->items[i]->span;
            out.count++;
        }
    }
    return out;
}

static int compare_labels(const void *a, const void *b)
{
    return csc_str_compare(((const csc_label *)a)->key, ((const csc_label *)b)->key);
}

csc_labels csc_take_labels(csc_arena *arena, const csc_node *map, const char *field)
{
    const csc_node *labels = csc_field(map, field);
    csc_labels out = {0};
    if (!labels || labels->kind != CSC_NODE_MAP || labels->count == 0)
        return out;
    out.items = csc_arena_alloc(arena, labels->count, sizeof *out.items);
    for (size_t i = 0; out.items && i < labels->count; i++) {
        csc_label *item = &out.items[out.count];
        item->key = labels->entries[i].key;
        if (csc_node_text(labels->entries[i].value, &item->value))
            out.count++;
    }
    if (out.count > 1)
        qsort(out.items, out.count, sizeof *out.items, compare_labels);
    return out;
}

csc_string_match csc_take_match(const csc_node *map, const char *field)
{
    static const struct {
        const char *name;
        csc_match_kind kind;
    } members[] = {
        {"exact", CSC_MATCH_EXACT}, {"prefix", CSC_MATCH_PREFIX}, {"regex", CSC_MATCH_REGEX}};
    const csc_entry *entry = field ? csc_field_entry(map, field) : NULL;
    const csc_node *match = field ? (entry ? entry->value : NULL) : map;
    csc_string_match out = {.present = match != NULL};
    if (!match)
        return out;
    out.span = entry ? entry->key_span : match->span;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) { /* D-13: the last one wins */
        const csc_node *value = csc_field(match, members[i].name);
        if (!value)
            continue;
        out.kind = members[i].kind;
        csc_node_text(value, &out.value);
        out.regex_steps = value->regex_steps;
        out.span = value->span;
    }
    return out;
}

void csc_take_metadata(const csc_context *context, const csc_node *metadata, csc_metadata *out)
{
    out->name = csc_field_text(metadata, "name");
    out->namespace_ = csc_field_text(metadata, "namespace");
    if (out->namespace_.size == 0)
        out->namespace_ = context->options->default_namespace;
    out->labels = csc_take_labels(context->arena, metadata, "labels");
    corsac_str time = csc_field_text(metadata, "creationTimestamp");
    out->has_creation_time =
        time.data && csc_time_parse(time, &out->creation_seconds, &out->creation_nanoseconds);
}
