// SPDX-License-Identifier: Apache-2.0
// Finished sequences and alternations in the shape RE2's parser gives them: neighbouring characters
// become strings, alternatives with a common beginning are factored, runs of one-character
// alternatives become classes. The order of these steps is RE2's, because it decides which classes
// come to cover all of Unicode and how large the program gets (M-22).
#include "compiler/regex/parse.h"

#include <string.h>

static bool is_text(const csc_parse_node *node)
{
    return node->kind == CSC_PARSE_LITERAL || node->kind == CSC_PARSE_STRING;
}

/* ---- sequences -------------------------------------------------------------------------- */

/* Joins the run of texts that starts at child i; returns the index behind it, SIZE_MAX on failure.
 */
static size_t join_texts(csc_scanner *s, csc_parse_node *sequence, size_t i)
{
    csc_parse_node *first = sequence->children[i];
    size_t end = i + 1, total = first->text_size;
    while (end < sequence->child_count && is_text(sequence->children[end]) &&
           sequence->children[end]->fold == first->fold)
        total += sequence->children[end++]->text_size;
    if (end == i + 1)
        return end;
    uint32_t *text = csc_arena_alloc(s->arena, total, sizeof *text);
    if (!text)
        return SIZE_MAX;
    size_t at = 0;
    for (size_t k = i; k < end; k++) {
        const csc_parse_node *part = sequence->children[k];
        memcpy(text + at, part->text, part->text_size * sizeof *text);
        at += part->text_size;
        first->size = part->offset + part->size - first->offset;
    }
    first->kind = CSC_PARSE_STRING;
    first->text = text;
    first->text_size = total;
    return end;
}

csc_parse_node *csc_parse_finish_sequence(csc_scanner *s, csc_parse_node *sequence)
{
    size_t joined = 0;
    for (size_t i = 0; i < sequence->child_count;) {
        csc_parse_node *child = sequence->children[i];
        i = is_text(child) ? join_texts(s, sequence, i) : i + 1;
        if (i == SIZE_MAX)
            return NULL;
        sequence->children[joined++] = child;
    }
    sequence->child_count = joined;
    if (joined == 0)
        sequence->kind = CSC_PARSE_EMPTY;
    if (joined <= 1)
        return joined ? sequence->children[0] : sequence;
    csc_parse_node *flat = csc_parse_node_new(s, CSC_PARSE_CONCAT, sequence->offset);
    for (size_t i = 0; flat && i < joined; i++) {
        csc_parse_node *child = sequence->children[i];
        bool nested = child->kind == CSC_PARSE_CONCAT;
        for (size_t k = 0; k < (nested ? child->child_count : 1); k++)
            if (!csc_parse_add_child(s, flat, nested ? child->children[k] : child))
                return NULL;
    }
    return flat;
}

/* ---- factoring -------------------------------------------------------------------------- */

static bool equal_nodes(const csc_parse_node *a, const csc_parse_node *b)
{
    if (a->kind != b->kind || a->child_count != b->child_count)
        return false;
    if (is_text(a))
        return a->fold == b->fold && a->text_size == b->text_size &&
               memcmp(a->text, b->text, a->text_size * sizeof *a->text) == 0;
    if (a->kind == CSC_PARSE_CLASS)
        return a->range_count == b->range_count &&
               (a->range_count == 0 ||
                memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0);
    if (a->kind == CSC_PARSE_ANY_CHAR)
        return true;
    if (a->kind == CSC_PARSE_ASSERT)
        return a->assertion == b->assertion && a->was_dollar == b->was_dollar;
    return a->kind == CSC_PARSE_REPEAT && a->min == b->min && a->max == b->max &&
           ((a->flags ^ b->flags) & CSC_FLAG_NON_GREEDY) == 0 &&
           equal_nodes(a->children[0], b->children[0]);
}

static csc_parse_node *leading_text(csc_parse_node *node)
{
    while (node->kind == CSC_PARSE_CONCAT)
        node = node->children[0];
    return is_text(node) ? node : NULL;
}

/* Drops the first child of a CONCAT, which becomes its only other child if two were left. */
static void drop_first_child(csc_parse_node *concat)
{
    if (concat->child_count == 2) {
        csc_parse_node *rest = concat->children[1];
        *concat = *rest;
        return;
    }
    concat->child_count--;
    concat->children++;
    concat->child_capacity = concat->child_count;
}

static void remove_leading_text(csc_parse_node *node, size_t count)
{
    if (node->kind == CSC_PARSE_CONCAT) {
        remove_leading_text(node->children[0], count);
        if (node->children[0]->kind == CSC_PARSE_EMPTY)
            drop_first_child(node);
        return;
    }
    node->text += count;
    node->text_size -= count;
    node->kind = node->text_size == 0   ? CSC_PARSE_EMPTY
                 : node->text_size == 1 ? CSC_PARSE_LITERAL
                                        : CSC_PARSE_STRING;
}

static csc_parse_node *leading_node(csc_parse_node *node)
{
    if (node->kind == CSC_PARSE_EMPTY)
        return NULL;
    if (node->kind != CSC_PARSE_CONCAT)
        return node;
    return node->children[0]->kind == CSC_PARSE_EMPTY ? NULL : node->children[0];
}

static void remove_leading_node(csc_parse_node *node)
{
    if (node->kind == CSC_PARSE_CONCAT)
        drop_first_child(node);
    else
        node->kind = CSC_PARSE_EMPTY;
}

static bool may_factor(const csc_parse_node *first)
{
    if (first->kind == CSC_PARSE_REPEAT && first->min == first->max) {
        csc_parse_kind inner = first->children[0]->kind;
        return inner == CSC_PARSE_LITERAL || inner == CSC_PARSE_CLASS ||
               inner == CSC_PARSE_ANY_CHAR;
    }
    return first->kind == CSC_PARSE_ASSERT || first->kind == CSC_PARSE_CLASS ||
           first->kind == CSC_PARSE_ANY_CHAR;
}

typedef struct alternatives {
    csc_parse_node **items;
    size_t count;
} alternatives;

static bool factor(csc_scanner *s, alternatives *list);

/* prefix(rest|rest|...) in place of alternatives from to end - 1, whose prefix is cut off already.
 */
static csc_parse_node *join_factored(csc_scanner *s, csc_parse_node *prefix, alternatives *list,
                                     size_t from, size_t end)
{
    alternatives rest = {list->items + from, end - from};
    uint32_t offset = list->items[from]->offset;
    csc_parse_node *last = list->items[end - 1];
    uint32_t size = last->offset + last->size - offset;
    if (!factor(s, &rest))
        return NULL;
    csc_parse_node *tail = rest.items[0];
    if (rest.count > 1) {
        tail = csc_parse_node_new(s, CSC_PARSE_ALTERNATE, offset);
        for (size_t i = 0; tail && i < rest.count; i++)
            if (!csc_parse_add_child(s, tail, rest.items[i]))
                return NULL;
    }
    csc_parse_node *joined = csc_parse_node_new(s, CSC_PARSE_CONCAT, offset);
    if (!tail || !joined || !csc_parse_add_child(s, joined, prefix) ||
        !csc_parse_add_child(s, joined, tail))
        return NULL;
    joined->size = tail->size = size;
    return joined;
}

static csc_parse_node *copy_prefix(csc_scanner *s, const csc_parse_node *text, size_t count)
{
    csc_parse_node *node = csc_parse_node_new(s, CSC_PARSE_EMPTY, text->offset);
    if (!node)
        return NULL;
    *node = *text;
    node->text_size = count;
    node->kind = count == 1 ? CSC_PARSE_LITERAL : CSC_PARSE_STRING;
    return node;
}

static size_t common_text(const csc_parse_node *a, size_t limit, const csc_parse_node *b)
{
    size_t same = 0;
    if (!b || a->fold != b->fold)
        return 0;
    while (same < limit && same < b->text_size && a->text[same] == b->text[same])
        same++;
    return same;
}

/* Round 1: common literal prefixes. */
static bool factor_texts(csc_scanner *s, alternatives *list)
{
    size_t out = 0;
    for (size_t i = 0; i < list->count;) {
        csc_parse_node *text = leading_text(list->items[i]);
        size_t end = i + 1, common = text ? text->text_size : 0;
        for (size_t same; text && end < list->count &&
                          (same = common_text(text, common, leading_text(list->items[end])));
             end++)
            common = same;
        csc_parse_node *node = list->items[i];
        if (end > i + 1) {
            csc_parse_node *prefix = copy_prefix(s, text, common);
            for (size_t k = i; k < end; k++)
                remove_leading_text(list->items[k], common);
            node = prefix ? join_factored(s, prefix, list, i, end) : NULL;
            if (!node)
                return false;
        }
        list->items[out++] = node;
        i = end;
    }
    list->count = out;
    return true;
}

/* Round 2: common simple first pieces. */
static bool factor_nodes(csc_scanner *s, alternatives *list)
{
    size_t out = 0;
    for (size_t i = 0; i < list->count;) {
        csc_parse_node *first = leading_node(list->items[i]);
        size_t end = i + 1;
        while (first && may_factor(first) && end < list->count) {
            csc_parse_node *other = leading_node(list->items[end]);
            if (!other || !equal_nodes(first, other))
                break;
            end++;
        }
        csc_parse_node *node = list->items[i];
        if (end > i + 1) {
            csc_parse_node *prefix = csc_parse_node_new(s, CSC_PARSE_EMPTY, first->offset);
            if (!prefix)
                return false;
            *prefix = *first;
            for (size_t k = i; k < end; k++)
                remove_leading_node(list->items[k]);
            node = join_factored(s, prefix, list, i, end);
            if (!node)
                return false;
        }
        list->items[out++] = node;
        i = end;
    }
    list->count = out;
    return true;
}

static void add_character(csc_scanner *s, const csc_parse_node *node)
{
    csc_ranges *set = &s->set;
    if (node->kind == CSC_PARSE_CLASS) {
        csc_ranges_add_all(set, node->ranges, node->range_count);
        return;
    }
    csc_ranges one = {0};
    csc_ranges_add(&one, node->text[0], node->text[0]);
    if (node->fold)
        csc_parse_fold(s, &one);
    csc_ranges_add_all(set, one.items, one.count);
    set->failed |= one.failed;
    csc_ranges_free(&one);
}

static csc_parse_node *merge_characters(csc_scanner *s, const alternatives *list, size_t from,
                                        size_t end)
{
    csc_ranges_clear(&s->set);
    for (size_t i = from; i < end; i++)
        add_character(s, list->items[i]);
    csc_ranges_normalise(&s->set);
    csc_regex_range *ranges = csc_arena_alloc(s->arena, s->set.count + 1, sizeof *ranges);
    csc_parse_node *node = csc_parse_node_new(s, CSC_PARSE_CLASS, list->items[from]->offset);
    if (!ranges || !node || s->set.failed)
        return NULL;
    if (s->set.count)
        memcpy(ranges, s->set.items, s->set.count * sizeof *ranges);
    node->ranges = ranges;
    node->range_count = s->set.count;
    node->size = list->items[end - 1]->offset + list->items[end - 1]->size - node->offset;
    return node;
}

/* Round 3: runs of single characters and classes become one class. */
static bool merge_classes(csc_scanner *s, alternatives *list)
{
    size_t out = 0;
    for (size_t i = 0; i < list->count;) {
        size_t end = i;
        while (end < list->count && (list->items[end]->kind == CSC_PARSE_LITERAL ||
                                     list->items[end]->kind == CSC_PARSE_CLASS))
            end++;
        csc_parse_node *node = list->items[i];
        if (end > i + 1 && !(node = merge_characters(s, list, i, end)))
            return false;
        list->items[out++] = node;
        i = end > i + 1 ? end : i + 1;
    }
    list->count = out;
    return true;
}

static bool factor(csc_scanner *s, alternatives *list)
{
    return factor_texts(s, list) && factor_nodes(s, list) && merge_classes(s, list);
}

/* (?s). swallows a single character or class beside it before anything is factored. */
static bool swallows(const csc_parse_node *any, const csc_parse_node *other)
{
    return any->kind == CSC_PARSE_ANY_CHAR &&
           (other->kind == CSC_PARSE_LITERAL || other->kind == CSC_PARSE_CLASS ||
            other->kind == CSC_PARSE_ANY_CHAR);
}

static void swallow_characters(csc_parse_node *alternation)
{
    size_t out = 0;
    for (size_t i = 0; i < alternation->child_count; i++) {
        csc_parse_node *node = alternation->children[i];
        csc_parse_node **before = out ? &alternation->children[out - 1] : NULL;
        if (before && swallows(*before, node))
            continue;
        if (before && swallows(node, *before))
            *before = node;
        else
            alternation->children[out++] = node;
    }
    alternation->child_count = out;
}

csc_parse_node *csc_parse_finish_alternation(csc_scanner *s, csc_parse_node *alternation)
{
    swallow_characters(alternation);
    if (alternation->child_count == 1)
        return alternation->children[0];
    csc_parse_node *flat = csc_parse_node_new(s, CSC_PARSE_ALTERNATE, alternation->offset);
    for (size_t i = 0; flat && i < alternation->child_count; i++) {
        csc_parse_node *child = alternation->children[i];
        bool nested = child->kind == CSC_PARSE_ALTERNATE;
        for (size_t k = 0; k < (nested ? child->child_count : 1); k++)
            if (!csc_parse_add_child(s, flat, nested ? child->children[k] : child))
                return NULL;
    }
    if (!flat)
        return NULL;
    alternatives list = {flat->children, flat->child_count};
    if (!factor(s, &list))
        return NULL;
    flat->child_count = list.count;
    return list.count == 1 ? list.items[0] : flat;
}
