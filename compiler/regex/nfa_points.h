// SPDX-License-Identifier: Apache-2.0
// Laying out points: what points.c and utf8.c write, before nfa.c packs it into words.
#ifndef CORSAC_COMPILER_REGEX_NFA_POINTS_H
#define CORSAC_COMPILER_REGEX_NFA_POINTS_H

#include "compiler/regex/nfa.h"

#define CSC_POINT_GAP UINT32_MAX /* a point that accepts no byte */
enum { CSC_POINT_CACHE = 8 };

typedef struct csc_byte_set {
    uint64_t bits[4];
} csc_byte_set;

typedef struct csc_point_edge {
    uint32_t source, target;
    uint8_t guard; /* cse_nfa_guard */
} csc_point_edge;

/* A stretch of points and the edges laid out with it; all its edges stay inside or end right behind
 * it. */
typedef struct csc_point_span {
    size_t first, end;
    size_t first_edge, end_edge;
} csc_point_span;

/* Points in order; each has an index into sets or is a gap. Edges to the next point are kept as
 * skips. */
typedef struct csc_points {
    uint32_t *set_of;
    uint8_t *skips;
    size_t count, capacity;
    csc_byte_set *sets; /* distinct */
    size_t set_count, set_capacity;
    csc_point_edge *edges;
    size_t edge_count, edge_capacity;
    struct {
        const csc_regex_node *node;
        csc_point_span span;
    } cache[CSC_POINT_CACHE]; /* classes laid out last: the same class again is a copy */
    size_t cache_next;
    corsac_status status; /* first failure; later calls do nothing */
} csc_points;

void csc_points_free(csc_points *p);
/** Appends a point; returns its index. */
uint32_t csc_points_add_set(csc_points *p, const csc_byte_set *set);
uint32_t csc_points_add_gap(csc_points *p);
/** An edge without a byte. Forward, or a loop to an earlier point (never guarded). */
void csc_points_add_edge(csc_points *p, uint32_t source, uint32_t target, cse_nfa_guard guard);

/** Remembers where something starts to be laid out; finish it with csc_points_span_end(). */
csc_point_span csc_points_span_begin(const csc_points *p);
void csc_points_span_end(const csc_points *p, csc_point_span *span);
/** Lays out the same again. */
void csc_points_copy(csc_points *p, csc_point_span span);

/** The points of a tree: entered at the first, left behind the last. */
void csc_points_add_tree(csc_points *p, const csc_regex_node *node);
/** utf8.c: the encodings of a class's members. */
void csc_points_add_class(csc_points *p, const csc_regex_node *node);

static inline uint32_t csc_points_next(const csc_points *p)
{
    return (uint32_t)p->count;
}

static inline void csc_byte_set_add(csc_byte_set *set, unsigned first, unsigned last)
{
    for (unsigned b = first; b <= last; b++)
        set->bits[b / 64] |= (uint64_t)1 << b % 64;
}

#endif
