// SPDX-License-Identifier: Apache-2.0
// The canonical pattern of a tree. Only bytes 0x21-0x7e are ever scanned, which leaves a free
// choice for all others: a class that holds every plain byte becomes "any byte", the form Hyperscan
// runs best; any other class keeps its plain bytes only; what needs another byte cannot match and
// is left out.
#include "compiler/regex/hyperscan.h"

#include <stdio.h>
#include <string.h>

enum { PLAIN_FIRST = 0x21, PLAIN_LAST = 0x7e };

typedef struct writer {
    csc_arena *arena;
    char *text;
    size_t size, capacity;
    bool failed;
} writer;

static void put(writer *w, const char *text)
{
    size_t size = strlen(text);
    while (!w->failed && w->size + size > w->capacity) {
        size_t capacity = w->capacity ? w->capacity * 2 : 256;
        char *grown = csc_arena_alloc(w->arena, capacity, 1);
        if (grown && w->size > 0)
            memcpy(grown, w->text, w->size);
        w->failed = !grown;
        w->text = grown;
        w->capacity = capacity;
    }
    if (w->failed)
        return;
    memcpy(w->text + w->size, text, size);
    w->size += size;
}

static void put_byte(writer *w, uint32_t byte)
{
    char text[8];
    snprintf(text, sizeof(text), "\\x%02x", byte & 0xff);
    put(w, text);
}

/* ---- what can match a plain origin ------------------------------------------------------- */

static bool is_plain(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((uint8_t)text.data[i] < PLAIN_FIRST || (uint8_t)text.data[i] > PLAIN_LAST)
            return false;
    return true;
}

static uint32_t plain_members(const csc_regex_node *node)
{
    uint32_t count = 0;
    for (size_t i = 0; i < node->range_count; i++) {
        uint32_t first = node->ranges[i].first, last = node->ranges[i].last;
        first = first < PLAIN_FIRST ? PLAIN_FIRST : first;
        last = last > PLAIN_LAST ? PLAIN_LAST : last;
        count += first <= last ? last - first + 1 : 0;
    }
    return count;
}

/* Whether some plain text, the empty one included, matches. Depth is bounded by the tree's. */
static bool can_match(const csc_regex_node *node)
{
    switch (node->kind) {
    case CSC_REGEX_NEVER:
        return false;
    case CSC_REGEX_LITERAL:
        return is_plain(node->literal);
    case CSC_REGEX_CLASS:
    case CSC_REGEX_BYTES:
        return plain_members(node) > 0;
    case CSC_REGEX_REPEAT:
        return node->min == 0 || can_match(node->children[0]);
    case CSC_REGEX_CONCAT:
        for (size_t i = 0; i < node->child_count; i++)
            if (!can_match(node->children[i]))
                return false;
        return true;
    case CSC_REGEX_ALTERNATE:
        for (size_t i = 0; i < node->child_count; i++)
            if (can_match(node->children[i]))
                return true;
        return false;
    default:
        return true;
    }
}

static bool has_assertion(const csc_regex_node *node)
{
    if (csc_regex_is_assertion(node))
        return true;
    size_t count = node->kind == CSC_REGEX_REPEAT ? 1 : node->child_count;
    for (size_t i = 0; i < count; i++)
        if (has_assertion(node->children[i]))
            return true;
    return false;
}

/* ---- writing ----------------------------------------------------------------------------- */

static void write_node(writer *w, const csc_regex_node *node);

static void write_class(writer *w, const csc_regex_node *node)
{
    if (plain_members(node) == PLAIN_LAST - PLAIN_FIRST + 1) {
        put(w, "[\\x00-\\xff]");
        return;
    }
    put(w, "[");
    for (size_t i = 0; i < node->range_count; i++) {
        uint32_t first = node->ranges[i].first, last = node->ranges[i].last;
        first = first < PLAIN_FIRST ? PLAIN_FIRST : first;
        last = last > PLAIN_LAST ? PLAIN_LAST : last;
        if (first > last)
            continue;
        put_byte(w, first);
        put(w, "-");
        put_byte(w, last);
    }
    put(w, "]");
}

static void write_counts(writer *w, const csc_regex_node *node)
{
    char text[32];
    bool open = node->max == CSC_REGEX_UNBOUNDED;
    if (node->min == 0 && (open || node->max == 1))
        snprintf(text, sizeof(text), "%s", open ? "*" : "?");
    else if (node->min == 1 && open)
        snprintf(text, sizeof(text), "+");
    else if (open)
        snprintf(text, sizeof(text), "{%u,}", node->min);
    else
        snprintf(text, sizeof(text), "{%u,%u}", node->min, node->max);
    put(w, text);
}

static void write_branches(writer *w, const csc_regex_node *node)
{
    bool first = true;
    put(w, "(?:");
    for (size_t i = 0; i < node->child_count; i++) {
        if (!can_match(node->children[i]))
            continue;
        if (!first)
            put(w, "|");
        write_node(w, node->children[i]);
        first = false;
    }
    put(w, ")");
}

static void write_text(writer *w, corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        put_byte(w, (uint8_t)text.data[i]);
}

/* The node can match. */
static void write_node(writer *w, const csc_regex_node *node)
{
    switch (node->kind) {
    case CSC_REGEX_LITERAL:
        write_text(w, node->literal);
        return;
    case CSC_REGEX_CLASS:
    case CSC_REGEX_BYTES:
        write_class(w, node);
        return;
    case CSC_REGEX_CONCAT:
        for (size_t i = 0; i < node->child_count; i++)
            write_node(w, node->children[i]);
        return;
    case CSC_REGEX_ALTERNATE:
        write_branches(w, node);
        return;
    case CSC_REGEX_REPEAT:
        if (!can_match(node->children[0]) || node->max == 0)
            return;
        put(w, "(?:");
        write_node(w, node->children[0]);
        put(w, ")");
        write_counts(w, node);
        return;
    default: /* EMPTY */
        return;
    }
}

/* ---- both ends --------------------------------------------------------------------------- */

static const csc_regex_node *first_of(const csc_regex_node *root)
{
    return root->kind == CSC_REGEX_CONCAT ? root->children[0] : root;
}

static const csc_regex_node *last_of(const csc_regex_node *root)
{
    return root->kind == CSC_REGEX_CONCAT ? root->children[root->child_count - 1] : root;
}

static corsac_str literal_of(const csc_regex_node *node)
{
    return node->kind == CSC_REGEX_LITERAL ? node->literal : (corsac_str){"", 0};
}

void csc_hyperscan_ends(const csc_regex_node *root, corsac_str *head, corsac_str *tail)
{
    *head = literal_of(first_of(root));
    *tail = literal_of(last_of(root));
}

/* The root, or a child of it, without the bytes that are left out, of which only literals have some. */
static void write_inner(writer *w, const csc_regex_node *node, size_t head, size_t tail)
{
    if (head + tail == 0)
        write_node(w, node);
    else
        write_text(w, csc_str_slice(node->literal, head, node->literal.size - head - tail));
}

corsac_status csc_hyperscan_pattern(csc_arena *arena, const csc_regex_node *root, size_t head,
                                    size_t tail, corsac_str *out)
{
    writer w = {.arena = arena};
    *out = (corsac_str){NULL, 0};
    if (has_assertion(root) || !can_match(root))
        return CORSAC_OK;
    put(&w, "\\A(?:");
    if (root->kind != CSC_REGEX_CONCAT)
        write_inner(&w, root, head, tail);
    for (size_t i = 0; root->kind == CSC_REGEX_CONCAT && i < root->child_count; i++)
        write_inner(&w, root->children[i], i == 0 ? head : 0,
                    i == root->child_count - 1 ? tail : 0);
    put(&w, ")\\z");
    if (w.failed)
        return CORSAC_E_MEMORY;
    *out = (corsac_str){w.text, w.size};
    return CORSAC_OK;
}
