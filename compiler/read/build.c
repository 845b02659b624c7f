// SPDX-License-Identifier: Apache-2.0
// libyaml events to nodes, with an explicit stack: nesting never becomes C recursion.
//
// Aliases share the anchored node. What they add up to is counted as if they were copied, so that
// whoever walks the result does bounded work (D-15, X-9).
#include "compiler/read/reader.h"

#include "compiler/support/map.h"
#include <string.h>
#include <yaml.h>

#define MERGE_TAG "tag:yaml.org,2002:merge"

/* A text of so many bytes costs whoever copies it about as much as a node more. */
enum { ALIAS_NODE_BYTES = 64 };

typedef struct anchor {
    csc_node *node;
    uint64_t weight; /* nodes below and including it, aliases expanded; long texts are several */
    size_t height;   /* levels of lists and maps in it, aliases expanded */
    bool open;       /* its node is still being read */
} anchor;

typedef struct frame {
    csc_node *node;
    size_t first;  /* of its entries or items on their stack */
    size_t anchor; /* index + 1, 0: none */
    uint64_t weight;
    size_t height;
    bool has_key;
    csc_entry pending;
} frame;

struct csc_builder {
    csc_reader *reader;
    frame *frames;
    size_t depth, frame_capacity;
    csc_entry *entries; /* of all open maps: they are copied when their number is known */
    size_t entry_count, entry_capacity;
    csc_node **items; /* of all open lists */
    size_t item_count, item_capacity;
    csc_map *names; /* anchor name -> index */
    anchor *anchors;
    size_t anchor_count, anchor_capacity;
    uint64_t alias_nodes;
    csc_node *root;
    csc_span start;
    bool lost;
};

csc_builder *csc_builder_new(csc_reader *reader)
{
    csc_builder *builder = csc_arena_alloc(reader->arena, 1, sizeof *builder);
    if (builder)
        builder->reader = reader;
    return builder;
}

csc_node *csc_builder_root(const csc_builder *builder)
{
    return builder->lost || (builder->root && builder->root->kind == CSC_NODE_NULL) ? NULL
                                                                                    : builder->root;
}

bool csc_builder_lost(const csc_builder *builder)
{
    return builder->lost;
}

csc_span csc_builder_start(const csc_builder *builder)
{
    return builder->start;
}

static csc_span span_of(const csc_builder *builder, const yaml_event_t *event)
{
    return csc_reader_span(builder->reader, (uint32_t)event->start_mark.line,
                           (uint32_t)event->start_mark.column);
}

static corsac_str copy(csc_builder *builder, const void *bytes, size_t size)
{
    return csc_arena_copy(builder->reader->texts, (corsac_str){bytes, size});
}

static csc_node *new_node(csc_builder *builder, const csc_node *node)
{
    csc_node *kept = csc_arena_take(builder->reader->arena, 1, sizeof *kept);
    if (kept)
        *kept = *node;
    return kept;
}

/* ---- anchors ---------------------------------------------------------------------------- */

/* Remembers an anchor; returns its index + 1, 0 if there is no name. */
static size_t declare(csc_builder *builder, const yaml_char_t *name, const anchor *value)
{
    csc_arena *arena = builder->reader->arena;
    if (!name)
        return 0;
    if (!builder->names)
        builder->names = csc_map_new(arena);
    anchor *items = csc_arena_grow(arena, builder->anchors, builder->anchor_count,
                                   &builder->anchor_capacity, sizeof *items);
    corsac_str key = copy(builder, name, strlen((const char *)name));
    size_t *slot = builder->names && items ? csc_map_put(builder->names, key, NULL) : NULL;
    if (!slot)
        return 0;
    builder->anchors = items;
    items[builder->anchor_count] = *value;
    *slot = builder->anchor_count;
    return ++builder->anchor_count;
}

static csc_build_step lose(csc_builder *builder, csc_span span, const char *code,
                           const char *clause, const char *message)
{
    csc_reader_report(builder->reader, CORSAC_SEVERITY_ERROR, code, clause, span, "%s", message);
    builder->lost = true;
    return CSC_BUILD_MORE;
}

static const anchor *find_anchor(csc_builder *builder, const char *name, csc_span span)
{
    corsac_str key = csc_str_from(name);
    const size_t *slot = builder->names ? csc_map_find(builder->names, key) : NULL;
    const anchor *found = slot ? &builder->anchors[*slot] : NULL;
    if (found && !found->open)
        return found;
    csc_reader_report(
        builder->reader, CORSAC_SEVERITY_ERROR, "yaml-alias", "D-14", span,
        found ? "The anchor &%.100s contains an alias of itself."
              : "The alias *%.100s names no anchor of this document; a text that starts "
                "with * must be quoted.",
        name);
    builder->lost = true;
    return NULL;
}

/* ---- attaching -------------------------------------------------------------------------- */

static void add_item(csc_builder *builder, csc_node *node)
{
    csc_node **items = csc_arena_grow(builder->reader->arena, builder->items, builder->item_count,
                                      &builder->item_capacity, sizeof *items);
    if (!items)
        return;
    builder->items = items;
    items[builder->item_count++] = node;
}

static void add_entry(csc_builder *builder, frame *parent, csc_node *value)
{
    csc_entry *entries =
        csc_arena_grow(builder->reader->arena, builder->entries, builder->entry_count,
                       &builder->entry_capacity, sizeof *entries);
    parent->has_key = false;
    if (!entries)
        return;
    builder->entries = entries;
    parent->pending.value = value;
    entries[builder->entry_count++] = parent->pending;
}

/* Takes what is on a stack from `first` on; NULL if that is nothing. */
static void *unstack(csc_builder *builder, const void *stack, size_t first, size_t *count,
                     size_t size)
{
    size_t taken = *count - first;
    void *kept = taken ? csc_arena_take(builder->reader->arena, taken, size) : NULL;
    *count = first;
    return kept ? memcpy(kept, (const char *)stack + first * size, taken * size) : NULL;
}

/* Gives the map or list of a frame what belongs to it. */
static void collect(csc_builder *builder, const frame *top)
{
    csc_node *node = top->node;
    size_t *count = node->kind == CSC_NODE_MAP ? &builder->entry_count : &builder->item_count;
    size_t taken = *count - top->first;
    if (node->kind == CSC_NODE_MAP)
        node->entries =
            unstack(builder, builder->entries, top->first, count, sizeof *node->entries);
    else
        node->items = unstack(builder, builder->items, top->first, count, sizeof *node->items);
    node->count = node->entries || node->items ? taken : 0;
}

static csc_build_step take_key(csc_builder *builder, frame *parent, const csc_node *node,
                               bool merge)
{
    corsac_str key = node->text;
    if (node->kind == CSC_NODE_NULL || node->kind == CSC_NODE_LIST || node->kind == CSC_NODE_MAP)
        return lose(builder, node->span, "yaml-key", "D-14",
                    "A key of a mapping must be a text, a number or a boolean.");
    if (node->kind == CSC_NODE_BOOL)
        key = csc_str_from(node->boolean ? "true" : "false");
    parent->pending = (csc_entry){.key = key, .key_span = node->span};
    if (merge)
        parent->pending.key = (corsac_str){NULL, 0};
    parent->has_key = true;
    return CSC_BUILD_MORE;
}

static csc_build_step attach(csc_builder *builder, const anchor *value, bool merge)
{
    csc_node *node = value->node;
    if (builder->depth == 0)
        builder->root = node;
    if (builder->depth == 0 || builder->lost)
        return CSC_BUILD_MORE;
    frame *parent = &builder->frames[builder->depth - 1];
    parent->weight += value->weight;
    if (parent->height < value->height + 1)
        parent->height = value->height + 1;
    if (parent->node->kind == CSC_NODE_MAP && !parent->has_key)
        return take_key(builder, parent, node, merge);
    if (parent->node->kind == CSC_NODE_MAP)
        add_entry(builder, parent, node);
    else
        add_item(builder, node);
    return CSC_BUILD_MORE;
}

/* ---- events ----------------------------------------------------------------------------- */

/* Whether the next node is a key, which is not kept as a node. */
static bool awaits_key(const csc_builder *builder)
{
    const frame *parent = builder->depth ? &builder->frames[builder->depth - 1] : NULL;
    return parent && parent->node->kind == CSC_NODE_MAP && !parent->has_key;
}

/* Types a scalar; *problem as csc_scalar_type() has it. False if memory is short. */
static bool type_scalar(csc_builder *builder, const yaml_event_t *event, csc_node *node,
                        const char **problem)
{
    corsac_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const char *tag_name = (const char *)event->data.scalar.tag;
    corsac_str tag = tag_name ? csc_str_from(tag_name) : (corsac_str){NULL, 0};
    bool plain = event->data.scalar.plain_implicit;
    csc_word *word = plain && !tag.data ? csc_word_of(builder->reader, text) : NULL;
    *problem = NULL;
    if (word && word->written.data && csc_str_equal(word->written, text)) {
        node->kind = word->kind;
        node->boolean = word->boolean;
        node->text = word->text;
        return true;
    }
    corsac_str kept = copy(builder, text.data, text.size);
    if (!kept.data)
        return false;
    *problem = csc_scalar_type(builder->reader->texts, kept, tag, plain, node);
    if (word && !*problem && !csc_arena_failed(builder->reader->texts))
        *word = (csc_word){kept, node->text, node->kind, node->boolean};
    return true;
}

static bool is_merge(const yaml_event_t *event)
{
    corsac_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const char *tag = (const char *)event->data.scalar.tag;
    return csc_str_is(text, "<<") &&
           (event->data.scalar.plain_implicit || (tag && strcmp(tag, MERGE_TAG) == 0));
}

static csc_build_step take_scalar(csc_builder *builder, const yaml_event_t *event)
{
    csc_node scalar = {.kind = CSC_NODE_STRING, .span = span_of(builder, event)}, *node = &scalar;
    const char *problem;
    if (!type_scalar(builder, event, &scalar, &problem))
        return CSC_BUILD_MORE;
    if (problem) {
        corsac_str sentence =
            csc_arena_printf(builder->reader->arena, "The value \"%.100s\" cannot be used: %s.",
                             (const char *)event->data.scalar.value, problem);
        return lose(builder, scalar.span, "yaml-value", "D-14", sentence.data);
    }
    if (event->data.scalar.anchor || !awaits_key(builder))
        node = new_node(builder, &scalar);
    if (!node)
        return CSC_BUILD_MORE;
    anchor value = {.node = node, .weight = 1 + event->data.scalar.length / ALIAS_NODE_BYTES};
    declare(builder, event->data.scalar.anchor, &value);
    return attach(builder, &value, is_merge(event));
}

static void lose_depth(csc_builder *builder, csc_span span)
{
    csc_reader_report(builder->reader, CORSAC_SEVERITY_ERROR, "depth-limit", "X-9", span,
                      "This document is nested deeper than %u levels (max_depth).",
                      builder->reader->context->options->max_depth);
    builder->lost = true;
}

static csc_build_step take_alias(csc_builder *builder, const yaml_event_t *event)
{
    csc_span span = span_of(builder, event);
    const anchor *found = find_anchor(builder, (const char *)event->data.alias.anchor, span);
    if (!found)
        return CSC_BUILD_MORE;
    uint32_t limit = builder->reader->context->options->max_alias_nodes;
    builder->alias_nodes += found->weight;
    if (builder->alias_nodes > limit) {
        csc_reader_report(
            builder->reader, CORSAC_SEVERITY_ERROR, "alias-limit", "X-9", span,
            "Aliases of this document add up to more than %u nodes (max_alias_nodes).", limit);
        builder->lost = true;
        return CSC_BUILD_MORE;
    }
    if (builder->depth + found->height > builder->reader->context->options->max_depth) {
        lose_depth(builder, span);
        return CSC_BUILD_MORE;
    }
    return attach(builder, found, false);
}

static csc_build_step open_frame(csc_builder *builder, const yaml_event_t *event,
                                 csc_node_kind kind)
{
    uint32_t limit = builder->reader->context->options->max_depth;
    csc_node empty = {.kind = kind, .span = span_of(builder, event)};
    csc_node *node = new_node(builder, &empty);
    if (!node)
        return CSC_BUILD_MORE;
    if (builder->depth >= limit) {
        lose_depth(builder, node->span);
        return CSC_BUILD_ABANDONED;
    }
    frame *frames = csc_arena_grow(builder->reader->arena, builder->frames, builder->depth,
                                   &builder->frame_capacity, sizeof *frames);
    if (!frames)
        return CSC_BUILD_MORE;
    builder->frames = frames;
    const yaml_char_t *name =
        kind == CSC_NODE_MAP ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    anchor value = {.node = node, .open = true};
    frames[builder->depth++] =
        (frame){.node = node,
                .first = kind == CSC_NODE_MAP ? builder->entry_count : builder->item_count,
                .anchor = declare(builder, name, &value),
                .weight = 1,
                .height = 1};
    return CSC_BUILD_MORE;
}

static csc_build_step close_frame(csc_builder *builder)
{
    if (builder->depth == 0)
        return CSC_BUILD_MORE; /* only after a failed allocation */
    frame *top = &builder->frames[--builder->depth];
    csc_node *node = top->node;
    collect(builder, top);
    if (node->kind == CSC_NODE_MAP && !builder->lost)
        csc_entries_close(builder->reader, node);
    anchor value = {.node = node, .weight = top->weight, .height = top->height};
    if (top->anchor)
        builder->anchors[top->anchor - 1] = value;
    return attach(builder, &value, false);
}

static csc_build_step start_document(csc_builder *builder, const yaml_event_t *event)
{
    builder->start = span_of(builder, event);
    builder->depth = builder->entry_count = builder->item_count = 0;
    builder->names = NULL;
    builder->anchors = NULL;
    builder->anchor_count = builder->anchor_capacity = 0;
    builder->alias_nodes = 0;
    builder->root = NULL;
    builder->lost = false;
    return CSC_BUILD_MORE;
}

csc_build_step csc_builder_take(csc_builder *builder, const void *opaque)
{
    const yaml_event_t *event = opaque;
    if (event->type == YAML_STREAM_END_EVENT)
        return CSC_BUILD_END;
    if (event->type == YAML_DOCUMENT_END_EVENT)
        return CSC_BUILD_DOCUMENT;
    if (event->type == YAML_DOCUMENT_START_EVENT)
        return start_document(builder, event);
    if (builder->lost && event->type != YAML_SEQUENCE_START_EVENT &&
        event->type != YAML_MAPPING_START_EVENT && event->type != YAML_SEQUENCE_END_EVENT &&
        event->type != YAML_MAPPING_END_EVENT)
        return CSC_BUILD_MORE;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return take_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_frame(builder, event, CSC_NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_frame(builder, event, CSC_NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_frame(builder);
    default:
        return CSC_BUILD_MORE;
    }
}
