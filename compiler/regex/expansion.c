// SPDX-License-Identifier: Apache-2.0
// Walks the tree and extends all sequences at the tail of one array: an alternation copies that
// tail once per branch. Limits keep hostile patterns cheap; what passes them stays a regex.
#include "compiler/regex/expansion.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLAIN_FIRST = 0x21,
    PLAIN_LAST = 0x7e,
    MOST_COPIES = 4 /* x{n,m} of something that is no class is written out up to here */
};

static bool extend(csc_expansion *e, size_t first, const csc_regex_node *node);

/* ---- items ------------------------------------------------------------------------------- */

bool csc_item_same_class(const csc_item *a, const csc_item *b)
{
    return a->bits[0] == b->bits[0] && a->bits[1] == b->bits[1];
}

static uint32_t add_counts(uint32_t a, uint32_t b)
{
    if (a == CSC_REGEX_UNBOUNDED || b == CSC_REGEX_UNBOUNDED)
        return CSC_REGEX_UNBOUNDED;
    return a + b; /* counts of a pattern are at most 1000 each */
}

static bool join_text(csc_arena *arena, csc_item *last, corsac_str text)
{
    char *joined = csc_arena_alloc(arena, last->text.size + text.size, 1);
    if (!joined)
        return false;
    memcpy(joined, last->text.data, last->text.size);
    memcpy(joined + last->text.size, text.data, text.size);
    last->text = (corsac_str){joined, last->text.size + text.size};
    return true;
}

static bool append_item(csc_expansion *e, csc_sequence *sequence, const csc_item *item)
{
    csc_item *last = sequence->count ? &sequence->items[sequence->count - 1] : NULL;
    if (last && last->kind == CSC_ITEM_TEXT && item->kind == CSC_ITEM_TEXT)
        return join_text(e->arena, last, item->text);
    if (last && last->kind == CSC_ITEM_RUN && item->kind == CSC_ITEM_RUN &&
        csc_item_same_class(last, item)) {
        last->min = add_counts(last->min, item->min);
        last->max = add_counts(last->max, item->max);
        return true;
    }
    if (sequence->count == CSC_EXPANSION_ITEMS)
        return false;
    sequence->items[sequence->count++] = *item;
    return true;
}

static bool append_to_all(csc_expansion *e, size_t first, const csc_item *item)
{
    for (size_t i = first; i < e->count; i++)
        if (!append_item(e, &e->sequences[i], item))
            return false;
    return true;
}

/* ---- leaves ------------------------------------------------------------------------------ */

static bool is_plain(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((uint8_t)text.data[i] < PLAIN_FIRST || (uint8_t)text.data[i] > PLAIN_LAST)
            return false;
    return true;
}

static void class_bits(const csc_regex_node *node, uint64_t bits[2])
{
    bits[0] = bits[1] = 0;
    for (size_t i = 0; i < node->range_count; i++)
        for (uint32_t c = node->ranges[i].first; c <= node->ranges[i].last && c <= PLAIN_LAST; c++)
            if (c >= PLAIN_FIRST)
                bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

/* The one-byte language of a node, if it is one. */
static bool as_class(const csc_regex_node *node, uint64_t bits[2])
{
    if (node->kind == CSC_REGEX_CLASS || node->kind == CSC_REGEX_BYTES) {
        class_bits(node, bits);
        return true;
    }
    if (node->kind != CSC_REGEX_LITERAL || node->literal.size != 1 || !is_plain(node->literal))
        return false;
    uint8_t byte = (uint8_t)node->literal.data[0];
    bits[0] = bits[1] = 0;
    bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
    return true;
}

static bool extend_text(csc_expansion *e, size_t first, const csc_regex_node *node)
{
    const csc_item item = {.kind = CSC_ITEM_TEXT, .text = node->literal};
    if (is_plain(node->literal))
        return append_to_all(e, first, &item);
    e->count = first; /* no plain origin gets past here */
    return true;
}

static bool extend_run(csc_expansion *e, size_t first, const uint64_t bits[2], uint32_t min,
                       uint32_t max)
{
    const csc_item item = {
        .kind = CSC_ITEM_RUN, .bits = {bits[0], bits[1]}, .min = min, .max = max};
    if (bits[0] | bits[1])
        return append_to_all(e, first, &item);
    if (min > 0)
        e->count = first;
    return true;
}

/* ---- branches ---------------------------------------------------------------------------- */

/* Makes room; most regexes need a few sequences only, and these are large. */
static bool reserve(csc_expansion *e, size_t count)
{
    size_t capacity = e->capacity ? e->capacity : 6;
    if (count > CSC_EXPANSION_SEQUENCES)
        return false;
    while (capacity < count)
        capacity *= 2;
    if (capacity == e->capacity)
        return true;
    csc_sequence *grown = realloc(e->sequences, capacity * sizeof(*grown));
    if (!grown) {
        csc_arena_fail(e->arena);
        return false;
    }
    e->sequences = grown;
    e->capacity = capacity;
    return true;
}

/* Copies the sequences from..from + count to the tail. */
static bool copy_tail(csc_expansion *e, size_t from, size_t count)
{
    if (!reserve(e, e->count + count))
        return false;
    for (size_t i = 0; i < count; i++) {
        csc_sequence *to = &e->sequences[e->count + i];
        const csc_sequence *source = &e->sequences[from + i];
        to->count = source->count;
        memcpy(to->items, source->items, source->count * sizeof(source->items[0]));
    }
    e->count += count;
    return true;
}

/* Removes the sequences from..from + count, which all branches were copied from. */
static void remove_base(csc_expansion *e, size_t from, size_t count)
{
    memmove(&e->sequences[from], &e->sequences[from + count],
            (e->count - from - count) * sizeof(e->sequences[0]));
    e->count -= count;
}

static bool extend_branches(csc_expansion *e, size_t first, const csc_regex_node *node)
{
    size_t base = e->count - first;
    for (size_t i = 0; i < node->child_count; i++) {
        size_t tail = e->count;
        if (!copy_tail(e, first, base) || !extend(e, tail, node->children[i]))
            return false;
    }
    remove_base(e, first, base);
    return true;
}

static bool extend_copies(csc_expansion *e, size_t first, const csc_regex_node *node)
{
    size_t base = e->count - first;
    if (node->max > MOST_COPIES)
        return false;
    for (uint32_t copies = node->min; copies <= node->max; copies++) {
        size_t tail = e->count;
        if (!copy_tail(e, first, base))
            return false;
        for (uint32_t i = 0; i < copies; i++)
            if (!extend(e, tail, node->children[0]))
                return false;
    }
    remove_base(e, first, base);
    return true;
}

/* ---- repeats ----------------------------------------------------------------------------- */

/* (class+ \.): the shape of subdomain groups. */
static bool is_label(const csc_regex_node *node, uint64_t bits[2])
{
    if (node->kind != CSC_REGEX_CONCAT || node->child_count != 2)
        return false;
    const csc_regex_node *run = node->children[0], *dot = node->children[1];
    return run->kind == CSC_REGEX_REPEAT && run->min == 1 && run->max == CSC_REGEX_UNBOUNDED &&
           as_class(run->children[0], bits) && dot->kind == CSC_REGEX_LITERAL &&
           csc_str_is(dot->literal, ".");
}

static bool extend_repeat(csc_expansion *e, size_t first, const csc_regex_node *node)
{
    uint64_t bits[2];
    bool is_optional_byte = node->max == 1 && node->children[0]->kind == CSC_REGEX_LITERAL;
    if (!is_optional_byte && as_class(node->children[0], bits)) /* https? stays finite */
        return extend_run(e, first, bits, node->min, node->max);
    if (node->max > 1 && is_label(node->children[0], bits)) {
        const csc_item item = {.kind = CSC_ITEM_LABELS,
                               .bits = {bits[0], bits[1]},
                               .min = node->min,
                               .max = node->max};
        return append_to_all(e, first, &item);
    }
    return extend_copies(e, first, node);
}

/* Recursion is bounded by CSC_REGEX_MAX_DEPTH. */
static bool extend(csc_expansion *e, size_t first, const csc_regex_node *node)
{
    uint64_t bits[2];
    switch (node->kind) {
    case CSC_REGEX_EMPTY:
        return true;
    case CSC_REGEX_NEVER:
        e->count = first;
        return true;
    case CSC_REGEX_LITERAL:
        return extend_text(e, first, node);
    case CSC_REGEX_CLASS:
    case CSC_REGEX_BYTES:
        class_bits(node, bits);
        return extend_run(e, first, bits, 1, 1);
    case CSC_REGEX_CONCAT:
        for (size_t i = 0; i < node->child_count; i++)
            if (!extend(e, first, node->children[i]))
                return false;
        return true;
    case CSC_REGEX_ALTERNATE:
        return extend_branches(e, first, node);
    case CSC_REGEX_REPEAT:
        return extend_repeat(e, first, node);
    default:
        return false;
    }
}

bool csc_regex_expand(csc_expansion *expansion, const csc_regex_node *root)
{
    if (!reserve(expansion, 1))
        return false;
    expansion->sequences[0].count = 0;
    expansion->count = 1;
    return extend(expansion, 0, root);
}
