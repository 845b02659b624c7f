// SPDX-License-Identifier: Apache-2.0
// Tree to points, in the order of the regex's text: a byte leads to the next point, everything else
// is an edge. Counted repetition copies its operand; the optional copies of x{n,m} share one exit.
#include "compiler/regex/nfa_points.h"

#include <stdlib.h>
#include <string.h>

void csc_points_free(csc_points *p)
{
    free(p->set_of);
    free(p->skips);
    free(p->sets);
    free(p->edges);
}

/* Room for one more element; NULL sets the status. */
static void *grow(csc_points *p, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *moved = realloc(items, larger * size);
    if (!moved) {
        p->status = CORSAC_E_MEMORY;
        return NULL;
    }
    *capacity = larger;
    return moved;
}

static uint32_t add_point(csc_points *p, uint32_t set)
{
    if (p->count >= CSC_NFA_MAX_POINTS)
        p->status = p->status == CORSAC_OK ? CORSAC_E_LIMIT : p->status;
    if (p->status != CORSAC_OK)
        return 0;
    size_t capacity = p->capacity;
    uint32_t *set_of = grow(p, p->set_of, p->count, &capacity, sizeof *set_of);
    if (!set_of)
        return 0;
    p->set_of = set_of;
    uint8_t *skips = grow(p, p->skips, p->count, &p->capacity, sizeof *skips);
    if (!skips)
        return 0;
    p->skips = skips;
    set_of[p->count] = set;
    skips[p->count] = 0;
    return (uint32_t)p->count++;
}

uint32_t csc_points_add_gap(csc_points *p)
{
    return add_point(p, CSC_POINT_GAP);
}

uint32_t csc_points_add_set(csc_points *p, const csc_byte_set *set)
{
    size_t i = p->set_count;
    while (i > 0 && memcmp(&p->sets[i - 1], set, sizeof *set) != 0)
        i--;
    if (i > 0)
        return add_point(p, (uint32_t)(i - 1));
    csc_byte_set *sets = grow(p, p->sets, p->set_count, &p->set_capacity, sizeof *sets);
    if (!sets)
        return 0;
    p->sets = sets;
    sets[p->set_count] = *set;
    return add_point(p, (uint32_t)p->set_count++);
}

void csc_points_add_edge(csc_points *p, uint32_t source, uint32_t target, cse_nfa_guard guard)
{
    if (p->status != CORSAC_OK)
        return;
    if (target == source + 1 && guard == CSE_GUARD_NONE) {
        p->skips[source] = 1;
        return;
    }
    csc_point_edge *edges = grow(p, p->edges, p->edge_count, &p->edge_capacity, sizeof *edges);
    if (!edges)
        return;
    p->edges = edges;
    edges[p->edge_count++] = (csc_point_edge){source, target, (uint8_t)guard};
}

csc_point_span csc_points_span_begin(const csc_points *p)
{
    return (csc_point_span){p->count, p->count, p->edge_count, p->edge_count};
}

void csc_points_span_end(const csc_points *p, csc_point_span *span)
{
    span->end = p->count;
    span->end_edge = p->edge_count;
}

void csc_points_copy(csc_points *p, csc_point_span span)
{
    uint32_t shift = (uint32_t)(p->count - span.first);
    for (size_t i = span.first; i < span.end && p->status == CORSAC_OK; i++) {
        uint32_t point = add_point(p, p->set_of[i]);
        if (p->status == CORSAC_OK)
            p->skips[point] = p->skips[i];
    }
    for (size_t i = span.first_edge; i < span.end_edge && p->status == CORSAC_OK; i++) {
        csc_point_edge edge = p->edges[i];
        csc_points_add_edge(p, edge.source + shift, edge.target + shift, edge.guard);
    }
}

/* ---- trees ------------------------------------------------------------------------------ */

static void add_literal(csc_points *p, corsac_str bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        csc_byte_set set = {{0}};
        csc_byte_set_add(&set, (unsigned char)bytes.data[i], (unsigned char)bytes.data[i]);
        csc_points_add_set(p, &set);
    }
}

/* fork, first alternative, gap, second alternative, gap, ... last alternative */
static void add_alternate(csc_points *p, const csc_regex_node *node)
{
    uint32_t fork = csc_points_add_gap(p);
    size_t last = node->child_count - 1;
    uint32_t *joins = malloc(node->child_count * sizeof *joins);
    if (!joins) {
        p->status = CORSAC_E_MEMORY;
        return;
    }
    for (size_t i = 0; i <= last; i++) {
        csc_points_add_edge(p, fork, csc_points_next(p), CSE_GUARD_NONE);
        csc_points_add_tree(p, node->children[i]);
        if (i < last)
            joins[i] = csc_points_add_gap(p);
    }
    for (size_t i = 0; i < last && p->status == CORSAC_OK; i++)
        csc_points_add_edge(p, joins[i], csc_points_next(p), CSE_GUARD_NONE);
    free(joins);
}

/* Whether the node is laid out as one point that accepts a byte. */
static bool is_one_byte(const csc_regex_node *node)
{
    if (node->kind == CSC_REGEX_LITERAL)
        return node->literal.size == 1;
    return node->kind == CSC_REGEX_BYTES ||
           (node->kind == CSC_REGEX_CLASS && node->ranges[node->range_count - 1].last <= 0x7F);
}

/* Up to `count` further copies: a single point is skipped over, anything else left for one shared
 * exit. */
static void add_optional_copies(csc_points *p, csc_point_span copy, uint32_t count, bool single)
{
    size_t first_edge = p->edge_count;
    for (uint32_t i = 0; i < count && p->status == CORSAC_OK; i++) {
        uint32_t entry = csc_points_next(p);
        if (!single) { /* the exit is not known yet: point at the fork itself, fixed below */
            csc_points_add_gap(p);
            csc_points_add_edge(p, entry, entry + 1, CSE_GUARD_NONE);
            csc_points_add_edge(p, entry, entry, CSE_GUARD_NONE);
        }
        csc_points_copy(p, copy);
        if (single && p->status == CORSAC_OK)
            p->skips[entry] = 1;
    }
    for (size_t i = first_edge; i < p->edge_count; i++)
        if (p->edges[i].target == p->edges[i].source)
            p->edges[i].target = csc_points_next(p);
}

/* Lets the stretch since `entry` be repeated: a gap behind it leads back and on. */
static void add_loop(csc_points *p, uint32_t entry)
{
    uint32_t loop = csc_points_add_gap(p);
    csc_points_add_edge(p, loop, entry, CSE_GUARD_NONE);
    csc_points_add_edge(p, loop, loop + 1, CSE_GUARD_NONE);
}

/* The first copy of an operand that may be left out, behind a fork unless it is one point. */
static csc_point_span add_optional(csc_points *p, const csc_regex_node *inner, uint32_t *fork)
{
    *fork = csc_points_next(p);
    if (!is_one_byte(inner)) {
        csc_points_add_gap(p);
        csc_points_add_edge(p, *fork, *fork + 1, CSE_GUARD_NONE);
    }
    csc_point_span copy = csc_points_span_begin(p);
    csc_points_add_tree(p, inner);
    csc_points_span_end(p, &copy);
    return copy;
}

/* x* and x{0,m} */
static void add_optional_repeat(csc_points *p, const csc_regex_node *node)
{
    const csc_regex_node *inner = node->children[0];
    bool single = is_one_byte(inner);
    uint32_t fork;
    csc_point_span copy = add_optional(p, inner, &fork);
    if (node->max == CSC_REGEX_UNBOUNDED)
        add_loop(p, (uint32_t)copy.first);
    else
        add_optional_copies(p, copy, node->max - 1, single);
    if (!single)
        csc_points_add_edge(p, fork, csc_points_next(p), CSE_GUARD_NONE);
    else if (p->status == CORSAC_OK)
        p->skips[fork] = 1;
}

/* x{n,} and x{n,m} */
static void add_repeat(csc_points *p, const csc_regex_node *node)
{
    const csc_regex_node *inner = node->children[0];
    csc_point_span copy = csc_points_span_begin(p);
    uint32_t entry = csc_points_next(p);
    csc_points_add_tree(p, inner);
    csc_points_span_end(p, &copy);
    for (uint32_t i = 1; i < node->min && p->status == CORSAC_OK; i++) {
        entry = csc_points_next(p);
        csc_points_copy(p, copy);
    }
    if (node->max == CSC_REGEX_UNBOUNDED)
        add_loop(p, entry);
    else
        add_optional_copies(p, copy, node->max - node->min, is_one_byte(inner));
}

static cse_nfa_guard guard_of(csc_regex_kind kind)
{
    switch (kind) {
    case CSC_REGEX_BEGIN_TEXT:
        return CSE_GUARD_BEGIN_TEXT;
    case CSC_REGEX_END_TEXT:
        return CSE_GUARD_END_TEXT;
    case CSC_REGEX_BEGIN_LINE:
        return CSE_GUARD_BEGIN_LINE;
    case CSC_REGEX_END_LINE:
        return CSE_GUARD_END_LINE;
    case CSC_REGEX_WORD_BOUNDARY:
        return CSE_GUARD_WORD_BOUNDARY;
    default:
        return CSE_GUARD_NO_WORD_BOUNDARY;
    }
}

void csc_points_add_tree(csc_points *p, const csc_regex_node *node)
{
    if (p->status != CORSAC_OK)
        return;
    switch (node->kind) {
    case CSC_REGEX_NEVER:
        csc_points_add_gap(p);
        return;
    case CSC_REGEX_EMPTY:
        return;
    case CSC_REGEX_LITERAL:
        add_literal(p, node->literal);
        return;
    case CSC_REGEX_CLASS:
    case CSC_REGEX_BYTES:
        csc_points_add_class(p, node);
        return;
    case CSC_REGEX_CONCAT:
        for (size_t i = 0; i < node->child_count; i++)
            csc_points_add_tree(p, node->children[i]);
        return;
    case CSC_REGEX_ALTERNATE:
        add_alternate(p, node);
        return;
    case CSC_REGEX_REPEAT:
        if (node->min == 0)
            add_optional_repeat(p, node);
        else
            add_repeat(p, node);
        return;
    default: {
        uint32_t gap = csc_points_add_gap(p);
        csc_points_add_edge(p, gap, gap + 1, guard_of(node->kind));
        return;
    }
    }
}
