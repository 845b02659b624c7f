// SPDX-License-Identifier: Apache-2.0
// Parse tree to simplified tree: captures and flags vanish, folded letters become classes, texts
// become UTF-8, empty and impossible parts are folded away, anchors that their place decides are
// resolved.
//
// Which anchors are decided is a question of what may stand before and behind a node: nothing for
// sure, something for sure, or both. Lengths are enough to know that.
#include "compiler/regex/parse.h"
#include "compiler/regex/unicode.h"

#include <string.h>

typedef const csc_regex_node *tree;

/* What is known about the text before and behind a place. */
typedef struct surroundings {
    bool nothing_before, something_before;
    bool nothing_behind, something_behind;
} surroundings;

typedef struct simplifier {
    csc_arena *arena;
    csc_regex_encoding encoding;
    const csc_parse_node *from; /* for spans */
    bool failed;
} simplifier;

/* ---- constructors ----------------------------------------------------------------------- */

static csc_regex_node *new_node(simplifier *s, csc_regex_kind kind)
{
    csc_regex_node *node = csc_arena_alloc(s->arena, 1, sizeof *node);
    if (!node) {
        s->failed = true;
        return NULL;
    }
    node->kind = kind;
    node->offset = s->from ? s->from->offset : 0;
    node->size = s->from ? s->from->size : 0;
    return node;
}

static size_t encode_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static tree literal_of(simplifier *s, const uint32_t *text, size_t count)
{
    csc_regex_node *node = new_node(s, CSC_REGEX_LITERAL);
    char *bytes = csc_arena_alloc(s->arena, count * 4 + 1, 1);
    if (!node || !bytes) {
        s->failed = true;
        return NULL;
    }
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (s->encoding == CSC_REGEX_LATIN1)
            bytes[size++] = (char)text[i];
        else
            size += encode_utf8(text[i], bytes + size);
    }
    node->literal = (corsac_str){bytes, size};
    return node;
}

static tree class_of(simplifier *s, const csc_regex_range *ranges, size_t count)
{
    if (count == 0)
        return new_node(s, CSC_REGEX_NEVER);
    if (count == 1 && ranges->first == ranges->last)
        return literal_of(s, &ranges->first, 1);
    csc_regex_node *node =
        new_node(s, s->encoding == CSC_REGEX_LATIN1 ? CSC_REGEX_BYTES : CSC_REGEX_CLASS);
    if (node) {
        node->ranges = ranges;
        node->range_count = count;
    }
    return node;
}

static bool is_ascii_letter(uint32_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
}

static tree letter_class(simplifier *s, uint32_t letter)
{
    csc_regex_range *ranges = csc_arena_alloc(s->arena, 2, sizeof *ranges);
    if (!ranges) {
        s->failed = true;
        return NULL;
    }
    uint32_t upper = letter & ~0x20u;
    ranges[0] = (csc_regex_range){upper, upper};
    ranges[1] = (csc_regex_range){upper | 0x20, upper | 0x20};
    return class_of(s, ranges, 2);
}

/* A list of trees under construction; capacity is known in advance. */
typedef struct tree_list {
    tree *items;
    size_t count, capacity;
} tree_list;

static void append(simplifier *s, tree_list *list, tree node)
{
    tree *items =
        csc_arena_grow(s->arena, list->items, list->count, &list->capacity, sizeof *items);
    if (!items || !node) {
        s->failed = true;
        return;
    }
    list->items = items;
    items[list->count++] = node;
}

static tree join_literals(simplifier *s, tree a, tree b)
{
    csc_regex_node *node = new_node(s, CSC_REGEX_LITERAL);
    char *bytes = csc_arena_alloc(s->arena, a->literal.size + b->literal.size + 1, 1);
    if (!node || !bytes) {
        s->failed = true;
        return NULL;
    }
    memcpy(bytes, a->literal.data, a->literal.size);
    memcpy(bytes + a->literal.size, b->literal.data, b->literal.size);
    node->literal = (corsac_str){bytes, a->literal.size + b->literal.size};
    node->offset = a->offset;
    node->size = b->offset + b->size > a->offset ? b->offset + b->size - a->offset : a->size;
    return node;
}

static void append_to_concat(simplifier *s, tree_list *list, tree node)
{
    if (!node || node->kind == CSC_REGEX_EMPTY) {
        s->failed |= !node;
        return;
    }
    if (node->kind == CSC_REGEX_CONCAT) {
        for (size_t i = 0; i < node->child_count; i++)
            append_to_concat(s, list, node->children[i]);
        return;
    }
    tree last = list->count ? list->items[list->count - 1] : NULL;
    if (last && last->kind == CSC_REGEX_LITERAL && node->kind == CSC_REGEX_LITERAL)
        list->items[list->count - 1] = join_literals(s, last, node);
    else
        append(s, list, node);
}

static tree list_node(simplifier *s, csc_regex_kind kind, const tree_list *list)
{
    csc_regex_node *node = new_node(s, kind);
    if (node) {
        node->children = list->items;
        node->child_count = list->count;
    }
    return node;
}

static tree concat_of(simplifier *s, const tree_list *parts)
{
    tree_list flat = {0};
    for (size_t i = 0; i < parts->count; i++) {
        if (!s->failed && parts->items[i]->kind == CSC_REGEX_NEVER)
            return parts->items[i];
        append_to_concat(s, &flat, parts->items[i]);
    }
    if (s->failed)
        return NULL;
    if (flat.count == 0)
        return new_node(s, CSC_REGEX_EMPTY);
    return flat.count == 1 ? flat.items[0] : list_node(s, CSC_REGEX_CONCAT, &flat);
}

static void append_to_alternate(simplifier *s, tree_list *list, tree node)
{
    if (!node || node->kind == CSC_REGEX_NEVER) {
        s->failed |= !node;
        return;
    }
    if (node->kind == CSC_REGEX_ALTERNATE) {
        for (size_t i = 0; i < node->child_count; i++)
            append_to_alternate(s, list, node->children[i]);
        return;
    }
    for (size_t i = 0; node->kind == CSC_REGEX_EMPTY && i < list->count; i++)
        if (list->items[i]->kind == CSC_REGEX_EMPTY)
            return;
    append(s, list, node);
}

static tree alternate_of(simplifier *s, const tree_list *parts)
{
    tree_list flat = {0};
    for (size_t i = 0; i < parts->count && !s->failed; i++)
        append_to_alternate(s, &flat, parts->items[i]);
    if (s->failed)
        return NULL;
    if (flat.count == 0)
        return new_node(s, CSC_REGEX_NEVER);
    return flat.count == 1 ? flat.items[0] : list_node(s, CSC_REGEX_ALTERNATE, &flat);
}

static tree repeat_node(simplifier *s, tree inner, uint32_t min, uint32_t max)
{
    csc_regex_node *node = new_node(s, CSC_REGEX_REPEAT);
    tree_list list = {0};
    append(s, &list, inner);
    if (s->failed)
        return NULL;
    node->children = list.items;
    node->child_count = 1;
    node->min = min;
    node->max = max;
    return node;
}

static tree repeat_of(simplifier *s, tree inner, uint32_t min, uint32_t max)
{
    if (!inner)
        return NULL;
    if (max == 0 || inner->kind == CSC_REGEX_EMPTY || (inner->kind == CSC_REGEX_NEVER && min == 0))
        return new_node(s, CSC_REGEX_EMPTY);
    if (inner->kind == CSC_REGEX_NEVER)
        return inner;
    if (csc_regex_is_assertion(inner)) /* holding once is holding often; optional is always true */
        return min ? inner : new_node(s, CSC_REGEX_EMPTY);
    if (min == 1 && max == 1)
        return inner;
    if (inner->kind == CSC_REGEX_REPEAT && inner->min <= 1) {
        bool inner_unbounded = inner->max == CSC_REGEX_UNBOUNDED;
        if (inner_unbounded || (inner->max == 1 && inner->min == 0))
            return repeat_node(s, inner->children[0], inner->min ? min : 0,
                               inner_unbounded ? CSC_REGEX_UNBOUNDED : max);
        if (max == CSC_REGEX_UNBOUNDED && min <= 1)
            return repeat_node(s, inner->children[0], inner->min * min, CSC_REGEX_UNBOUNDED);
    }
    return repeat_node(s, inner, min, max);
}

/* ---- translation ------------------------------------------------------------------------ */

static tree translate(simplifier *s, const csc_parse_node *node);

/* A text; under (?i) its letters become classes. */
static tree translate_text(simplifier *s, const csc_parse_node *node)
{
    tree_list parts = {0};
    for (size_t i = 0; i < node->text_size; i++) {
        bool both_cases = node->fold && is_ascii_letter(node->text[i]);
        append(s, &parts,
               both_cases ? letter_class(s, node->text[i]) : literal_of(s, &node->text[i], 1));
    }
    return s->failed ? NULL : concat_of(s, &parts);
}

static tree translate_list(simplifier *s, const csc_parse_node *node)
{
    tree_list parts = {0};
    for (size_t i = 0; i < node->child_count && !s->failed; i++)
        append(s, &parts, translate(s, node->children[i]));
    s->from = node;
    if (s->failed)
        return NULL;
    return node->kind == CSC_PARSE_CONCAT ? concat_of(s, &parts) : alternate_of(s, &parts);
}

static tree translate_repeat(simplifier *s, const csc_parse_node *node, uint32_t min, uint32_t max)
{
    tree inner = translate(s, node->children[0]);
    s->from = node;
    return repeat_of(s, inner, min, max);
}

static tree translate(simplifier *s, const csc_parse_node *node)
{
    static const csc_regex_range any_code_point = {0, CSC_UNICODE_MAX}, any_byte = {0, 0xFF};
    s->from = node;
    switch (node->kind) {
    case CSC_PARSE_LITERAL:
    case CSC_PARSE_STRING:
        return translate_text(s, node);
    case CSC_PARSE_CLASS:
        return class_of(s, node->ranges, node->range_count);
    case CSC_PARSE_ANY_CHAR:
        return class_of(s, s->encoding == CSC_REGEX_LATIN1 ? &any_byte : &any_code_point, 1);
    case CSC_PARSE_ASSERT:
        return new_node(s, node->assertion);
    case CSC_PARSE_CONCAT:
    case CSC_PARSE_ALTERNATE:
        return translate_list(s, node);
    case CSC_PARSE_STAR:
        return translate_repeat(s, node, 0, CSC_REGEX_UNBOUNDED);
    case CSC_PARSE_PLUS:
        return translate_repeat(s, node, 1, CSC_REGEX_UNBOUNDED);
    case CSC_PARSE_QUEST:
        return translate_repeat(s, node, 0, 1);
    case CSC_PARSE_REPEAT:
        return translate_repeat(s, node, node->min, node->max);
    case CSC_PARSE_CAPTURE:
        return translate(s, node->children[0]);
    default:
        return new_node(s, CSC_REGEX_EMPTY);
    }
}

/* ---- anchors ---------------------------------------------------------------------------- */

/* Whether the node can match "" and whether it can match anything else. */
static bool may_be_empty(tree node)
{
    switch (node->kind) {
    case CSC_REGEX_CONCAT:
        for (size_t i = 0; i < node->child_count; i++)
            if (!may_be_empty(node->children[i]))
                return false;
        return true;
    case CSC_REGEX_ALTERNATE:
        for (size_t i = 0; i < node->child_count; i++)
            if (may_be_empty(node->children[i]))
                return true;
        return false;
    case CSC_REGEX_REPEAT:
        return node->min == 0 || may_be_empty(node->children[0]);
    case CSC_REGEX_LITERAL:
    case CSC_REGEX_CLASS:
    case CSC_REGEX_BYTES:
        return false;
    default:
        return true;
    }
}

static bool has_assertion(tree node)
{
    for (size_t i = 0; i < node->child_count; i++)
        if (has_assertion(node->children[i]))
            return true;
    return csc_regex_is_assertion(node);
}

/* Whether everything the node matches is empty: nothing but assertions. */
static bool is_always_empty(tree node)
{
    for (size_t i = 0; i < node->child_count; i++)
        if (!is_always_empty(node->children[i]))
            return false;
    return may_be_empty(node);
}

static tree resolve(simplifier *s, tree node, surroundings around);

static tree resolve_assertion(simplifier *s, tree node, surroundings around)
{
    bool at_begin = node->kind == CSC_REGEX_BEGIN_TEXT || node->kind == CSC_REGEX_BEGIN_LINE;
    bool at_end = node->kind == CSC_REGEX_END_TEXT || node->kind == CSC_REGEX_END_LINE;
    if ((at_begin && around.nothing_before) || (at_end && around.nothing_behind))
        return new_node(s, CSC_REGEX_EMPTY);
    if ((node->kind == CSC_REGEX_BEGIN_TEXT && around.something_before) ||
        (node->kind == CSC_REGEX_END_TEXT && around.something_behind))
        return new_node(s, CSC_REGEX_NEVER);
    return node;
}

/* Whether any, whether all of the children from `from` to `to` - 1 surely match a byte or no byte.
 */
static void look_at(tree node, size_t from, size_t to, bool *all_empty, bool *some_byte)
{
    *all_empty = true;
    *some_byte = false;
    for (size_t i = from; i < to; i++) {
        *all_empty = *all_empty && is_always_empty(node->children[i]);
        *some_byte = *some_byte || !may_be_empty(node->children[i]);
    }
}

static tree resolve_concat(simplifier *s, tree node, surroundings around)
{
    tree_list parts = {0};
    for (size_t i = 0; i < node->child_count && !s->failed; i++) {
        tree child = node->children[i];
        if (has_assertion(child)) {
            bool empty_before, byte_before, empty_behind, byte_behind;
            look_at(node, 0, i, &empty_before, &byte_before);
            look_at(node, i + 1, node->child_count, &empty_behind, &byte_behind);
            surroundings inner = {
                around.nothing_before && empty_before, around.something_before || byte_before,
                around.nothing_behind && empty_behind, around.something_behind || byte_behind};
            child = resolve(s, child, inner);
        }
        append(s, &parts, child);
    }
    return s->failed ? NULL : concat_of(s, &parts);
}

static tree resolve_children(simplifier *s, tree node, surroundings around)
{
    tree_list parts = {0};
    for (size_t i = 0; i < node->child_count && !s->failed; i++)
        append(s, &parts, resolve(s, node->children[i], around));
    if (s->failed)
        return NULL;
    if (node->kind == CSC_REGEX_ALTERNATE)
        return alternate_of(s, &parts);
    return repeat_of(s, parts.items[0], node->min, node->max);
}

static tree resolve(simplifier *s, tree node, surroundings around)
{
    csc_parse_node span = {.offset = node->offset, .size = node->size};
    s->from = &span;
    tree resolved = node;
    if (csc_regex_is_assertion(node)) {
        resolved = resolve_assertion(s, node, around);
    } else if (has_assertion(node)) {
        if (node->kind == CSC_REGEX_REPEAT && node->max > 1) { /* copies stand beside one another */
            around.nothing_before = around.nothing_behind = false;
        }
        resolved = node->kind == CSC_REGEX_CONCAT ? resolve_concat(s, node, around)
                                                  : resolve_children(s, node, around);
    }
    s->from = NULL;
    return resolved;
}

const csc_regex_node *csc_regex_simplify(csc_arena *arena, const csc_parse_node *root,
                                         csc_regex_encoding encoding)
{
    simplifier s = {.arena = arena, .encoding = encoding};
    tree simplified = translate(&s, root);
    if (s.failed)
        return NULL;
    surroundings whole = {.nothing_before = true, .nothing_behind = true};
    for (int round = 0; round < 2 && !s.failed; round++) /* a part folded away may decide another */
        simplified = resolve(&s, simplified, whole);
    return s.failed ? NULL : simplified;
}
