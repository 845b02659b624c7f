// SPDX-License-Identifier: Apache-2.0
// Runs SPARSE programs: a list of points per byte, none of them twice. Slower than bits over points
// where those need one sweep, but bounded by points and edges however loops and guards are nested.
#include "engine/match/sparse.h"

#include "engine/match/guard.h"

#include <string.h>

/* The program's sections as arrays. */
typedef struct sparse_view {
    const uint8_t *map;
    const uint64_t *sets; /* four words each, over classes */
    const uint32_t *set_of, *first_edge;
    const cse_sparse_edge *edges;
} sparse_view;

/* Points of the moment, in the order they were reached; `seen` has their bits. */
typedef struct point_list {
    uint64_t *seen;
    uint32_t *points;
    uint32_t count;
} point_list;

static const void *at(const cse_program *program, uint32_t offset)
{
    return (const uint8_t *)program + offset;
}

static const cse_sparse *body_of(const cse_program *program)
{
    return at(program, sizeof *program);
}

static size_t word_count(const cse_program *program)
{
    return (program->state_count + 63) / 64;
}

/* ---- running ----------------------------------------------------------------------------- */

static void add(point_list *list, uint32_t point)
{
    uint64_t bit = (uint64_t)1 << point % 64, *word = &list->seen[point / 64];
    if (*word & bit)
        return;
    *word |= bit;
    list->points[list->count++] = point;
}

/* The list grows while it is read: what is added is closed in its turn. */
static void close_list(const sparse_view *n, point_list *list, cse_edge before, cse_edge behind)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t point = list->points[i];
        for (uint32_t e = n->first_edge[point]; e < n->first_edge[point + 1]; e++)
            if (cse_guard_holds(n->edges[e].guard, before, behind))
                add(list, n->edges[e].target);
    }
}

/* The points behind those that accept the byte, in the place of the old list, which is read ahead of
 * what is written. They differ, since what they come from does; the bits of the old list
 * are cleared on the way. */
static void step_list(const sparse_view *n, point_list *list, uint8_t byte)
{
    uint32_t class_index = n->map[byte], count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t point = list->points[i], set = n->set_of[point];
        list->seen[point / 64] = 0;
        if (set && n->sets[(size_t)(set - 1) * 4 + class_index / 64] >> class_index % 64 & 1)
            list->points[count++] = point + 1;
    }
    for (uint32_t i = 0; i < count; i++)
        list->seen[list->points[i] / 64] |= (uint64_t)1 << list->points[i] % 64;
    list->count = count;
}

uint32_t cse_sparse_find(const cse_program *program, const uint8_t *text, size_t size_bytes,
                         void *scratch)
{
    const cse_sparse *body = body_of(program);
    sparse_view n = {.map = at(program, program->map_offset),
                     .sets = at(program, program->table_offset),
                     .set_of = at(program, body->set_of_offset),
                     .first_edge = at(program, body->first_edge_offset),
                     .edges = at(program, body->edges_offset)};
    uint64_t *seen = scratch;
    point_list list = {.seen = seen, .points = (uint32_t *)(void *)(seen + word_count(program))};
    memset(seen, 0, word_count(program) * sizeof *seen);
    add(&list, 0);
    cse_edge before = CSE_EDGE_TEXT;
    for (size_t i = 0; i < size_bytes; i++) {
        cse_edge behind = cse_edge_of(text[i]);
        close_list(&n, &list, before, behind);
        step_list(&n, &list, text[i]);
        if (list.count == 0)
            return 0;
        before = behind;
    }
    close_list(&n, &list, before, CSE_EDGE_TEXT);
    const cse_nfa_accept *accepts = at(program, body->accepts_offset);
    for (uint32_t i = 0; i < body->accept_count; i++)
        if (seen[accepts[i].point / 64] >> accepts[i].point % 64 & 1)
            return accepts[i].mark;
    return 0;
}

size_t cse_sparse_scratch_size(const cse_program *program)
{
    return word_count(program) * sizeof(uint64_t) + (size_t)program->state_count * sizeof(uint32_t);
}
