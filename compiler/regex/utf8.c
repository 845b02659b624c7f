// SPDX-License-Identifier: Apache-2.0
// A class of code points as points: the UTF-8 encodings of its members as a small acyclic graph.
//
// A node stands for "k continuation bytes to come, and their 6 * k bits are one of these values".
// Equal nodes are one, and the bytes of a node that lead to the same node are one byte set, so that
// scripts and categories stay about as small as RE2 makes them. Nodes are laid out by falling k:
// all edges go forward.
#include "compiler/regex/nfa_points.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TAIL = 3, NO_NODE = -1, FINAL_NODE = -2 };

/* Values of the tail, ascending and disjoint: a slice of graph.values. */
typedef struct tail_node {
    unsigned tail_bytes;
    size_t first_value, value_count;
    uint32_t entry; /* point, once laid out */
} tail_node;

typedef struct graph {
    csc_regex_range *values;
    size_t value_count, value_capacity;
    tail_node *nodes;
    size_t node_count, node_capacity;
    csc_points *points;
} graph;

/* A jump whose target is laid out later. */
typedef struct pending_jump {
    uint32_t source;
    int node;
} pending_jump;

/* Bytes that lead to the same node. */
typedef struct byte_group {
    csc_byte_set bytes;
    int node;
} byte_group;

static bool fail(graph *g)
{
    g->points->status = CORSAC_E_MEMORY;
    return false;
}

static bool push_value(graph *g, uint32_t first, uint32_t last)
{
    if (g->value_count == g->value_capacity) {
        size_t capacity = g->value_capacity ? g->value_capacity * 2 : 256;
        csc_regex_range *values = realloc(g->values, capacity * sizeof *values);
        if (!values)
            return fail(g);
        g->values = values;
        g->value_capacity = capacity;
    }
    g->values[g->value_count++] = (csc_regex_range){first, last};
    return true;
}

/* The node of the values pushed since first_value; drops them again if such a node exists. */
static int intern_node(graph *g, unsigned tail_bytes, size_t first_value)
{
    size_t count = g->value_count - first_value;
    if (count == 0)
        return NO_NODE;
    if (tail_bytes == 0) {
        g->value_count = first_value;
        return FINAL_NODE;
    }
    for (size_t i = 0; i < g->node_count; i++) {
        const tail_node *n = &g->nodes[i];
        if (n->tail_bytes == tail_bytes && n->value_count == count &&
            memcmp(g->values + n->first_value, g->values + first_value,
                   count * sizeof *g->values) == 0) {
            g->value_count = first_value;
            return (int)i;
        }
    }
    if (g->node_count == g->node_capacity) {
        size_t capacity = g->node_capacity ? g->node_capacity * 2 : 64;
        tail_node *nodes = realloc(g->nodes, capacity * sizeof *nodes);
        if (!nodes) {
            fail(g);
            return NO_NODE;
        }
        g->nodes = nodes;
        g->node_capacity = capacity;
    }
    g->nodes[g->node_count] = (tail_node){tail_bytes, first_value, count, 0};
    return (int)g->node_count++;
}

/* The node for those of the ranges that lie in first to last, counted from first. */
static int cut_node(graph *g, const csc_regex_range *ranges, size_t count, uint32_t first,
                    uint32_t last, uint32_t base, unsigned tail_bytes)
{
    size_t start = g->value_count;
    for (size_t i = 0; i < count && ranges[i].first <= last; i++) {
        if (ranges[i].last < first)
            continue;
        uint32_t from = ranges[i].first > first ? ranges[i].first : first;
        uint32_t to = ranges[i].last < last ? ranges[i].last : last;
        if (!push_value(g, from - base, to - base))
            return NO_NODE;
    }
    return intern_node(g, tail_bytes, start);
}

static void add_to_group(byte_group *groups, size_t *count, int node, unsigned byte)
{
    size_t i = 0;
    while (i < *count && groups[i].node != node)
        i++;
    if (i == *count) {
        groups[i] = (byte_group){.node = node};
        ++*count;
    }
    csc_byte_set_add(&groups[i].bytes, byte, byte);
}

/* Groups of the first byte of an encoding. */
static size_t group_leads(graph *g, const csc_regex_node *class_node, byte_group *groups)
{
    const csc_regex_range *ranges = class_node->ranges;
    size_t count = 0;
    bool permissive = csc_regex_class_is_permissive(class_node);
    for (unsigned byte = 0; byte < 0x80; byte++)
        if (cut_node(g, ranges, class_node->range_count, byte, byte, byte, 0) == FINAL_NODE)
            add_to_group(groups, &count, FINAL_NODE, byte);
    for (unsigned lead = 0xC2; lead <= 0xF4; lead++) {
        unsigned tail = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        uint32_t span = (uint32_t)1 << 6 * tail;
        uint32_t base = (lead & (0x3Fu >> tail)) * span;
        uint32_t least = tail == 1 ? 0x80 : tail == 2 ? 0x800 : 0x10000;
        int node;
        if (permissive) { /* every tail, overlong and too large ones included */
            size_t start = g->value_count;
            node = push_value(g, 0, span - 1) ? intern_node(g, tail, start) : NO_NODE;
        } else {
            node = cut_node(g, ranges, class_node->range_count, base > least ? base : least,
                            base + span - 1, base, tail);
        }
        if (node != NO_NODE)
            add_to_group(groups, &count, node, lead);
    }
    return count;
}

/* Groups of a continuation byte. */
static size_t group_tails(graph *g, size_t index, byte_group *groups)
{
    size_t count = 0;
    for (unsigned byte = 0; byte < 64 && g->points->status == CORSAC_OK; byte++) {
        tail_node n = g->nodes[index];
        uint32_t span = (uint32_t)1 << 6 * (n.tail_bytes - 1);
        size_t start = g->value_count;
        for (size_t i = 0; i < n.value_count; i++) { /* values may move while they are pushed */
            csc_regex_range r = g->values[n.first_value + i];
            uint32_t first = byte * span, last = first + span - 1;
            if (r.last < first || r.first > last)
                continue;
            if (!push_value(g, (r.first > first ? r.first : first) - first,
                            (r.last < last ? r.last : last) - first))
                return 0;
        }
        int node = intern_node(g, n.tail_bytes - 1, start);
        if (node != NO_NODE)
            add_to_group(groups, &count, node, 0x80 + byte);
    }
    return count;
}

/* One point per group, with a gap in front of several and a gap behind each that jumps on. */
static size_t lay_out_groups(graph *g, const byte_group *groups, size_t count, pending_jump *jumps,
                             size_t jump_count)
{
    csc_points *p = g->points;
    uint32_t fork = count > 1 ? csc_points_add_gap(p) : 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t point = csc_points_add_set(p, &groups[i].bytes);
        if (count > 1)
            csc_points_add_edge(p, fork, point, CSE_GUARD_NONE);
        jumps[jump_count++] = (pending_jump){csc_points_add_gap(p), groups[i].node};
    }
    return jump_count;
}

/* Jumps of all nodes: at most 64 per node; nodes are known once their parents are grouped. */
static pending_jump *reserve_jumps(graph *g, pending_jump *jumps, size_t count, size_t *capacity)
{
    if (count + 128 <= *capacity)
        return jumps;
    *capacity = *capacity * 2 + 256;
    pending_jump *larger = realloc(jumps, *capacity * sizeof *jumps);
    if (!larger)
        fail(g);
    return larger ? larger : jumps;
}

static void lay_out(graph *g, const csc_regex_node *class_node)
{
    byte_group groups[128];
    size_t jump_count = 0, jump_capacity = 0;
    pending_jump *jumps = reserve_jumps(g, NULL, 0, &jump_capacity);
    size_t count = g->points->status == CORSAC_OK ? group_leads(g, class_node, groups) : 0;
    if (g->points->status == CORSAC_OK)
        jump_count = lay_out_groups(g, groups, count, jumps, jump_count);
    for (unsigned tail = MAX_TAIL; tail > 0; tail--) {
        for (size_t i = 0; i < g->node_count && g->points->status == CORSAC_OK; i++) {
            if (g->nodes[i].tail_bytes != tail)
                continue;
            g->nodes[i].entry = csc_points_next(g->points);
            count = group_tails(g, i, groups);
            jumps = reserve_jumps(g, jumps, jump_count, &jump_capacity);
            if (g->points->status == CORSAC_OK)
                jump_count = lay_out_groups(g, groups, count, jumps, jump_count);
        }
    }
    uint32_t exit = csc_points_next(g->points);
    for (size_t i = 0; i < jump_count && g->points->status == CORSAC_OK; i++) {
        uint32_t target = jumps[i].node == FINAL_NODE ? exit : g->nodes[jumps[i].node].entry;
        csc_points_add_edge(g->points, jumps[i].source, target, CSE_GUARD_NONE);
    }
    free(jumps);
}

static void add_bytes(csc_points *p, const csc_regex_node *node)
{
    csc_byte_set set = {{0}};
    for (size_t i = 0; i < node->range_count; i++)
        csc_byte_set_add(&set, node->ranges[i].first, node->ranges[i].last);
    csc_points_add_set(p, &set);
}

static bool equal_classes(const csc_regex_node *a, const csc_regex_node *b)
{
    return a->range_count == b->range_count &&
           memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0;
}

static bool copy_cached(csc_points *p, const csc_regex_node *node)
{
    for (size_t i = 0; i < CSC_POINT_CACHE; i++) {
        if (p->cache[i].node && equal_classes(p->cache[i].node, node)) {
            csc_points_copy(p, p->cache[i].span);
            return true;
        }
    }
    return false;
}

void csc_points_add_class(csc_points *p, const csc_regex_node *node)
{
    if (node->kind == CSC_REGEX_BYTES || node->ranges[node->range_count - 1].last <= 0x7F) {
        add_bytes(p, node);
        return;
    }
    if (copy_cached(p, node))
        return;
    csc_point_span span = csc_points_span_begin(p);
    graph g = {.points = p};
    lay_out(&g, node);
    free(g.values);
    free(g.nodes);
    csc_points_span_end(p, &span);
    p->cache[p->cache_next].node = node;
    p->cache[p->cache_next].span = span;
    p->cache_next = (p->cache_next + 1) % CSC_POINT_CACHE;
}
