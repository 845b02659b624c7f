// SPDX-License-Identifier: Apache-2.0
// Unpacks the words of an NFA into points and edges. A loop's targets were closed when it was
// packed: the first of them alone leads to the others by edges of its own.
#include "compiler/regex/sparse.h"

#include <stdlib.h>
#include <string.h>

bool csc_nfa_is_slow(const csc_nfa *nfa)
{
    return cse_nfa_steps(nfa->word_count, nfa->word_ops, nfa->ops, nfa->targets) >
           CSE_NFA_MAX_STEPS;
}

void csc_sparse_free(csc_sparse *sparse)
{
    free(sparse->first_edge);
    free(sparse->edges);
    free(sparse->set_of);
    free(sparse->sets);
    *sparse = (csc_sparse){0};
}

static bool has_point(const uint64_t *set, uint32_t point)
{
    return set[point / 64] >> point % 64 & 1;
}

/* ---- edges ------------------------------------------------------------------------------- */

static uint32_t target_of(const csc_nfa *nfa, const cse_nfa_op *op)
{
    if (!op->is_loop)
        return op->target;
    const cse_nfa_bits *first = &nfa->targets[op->first_target];
    return first->word * 64 + (uint32_t)__builtin_ctzll(first->bits);
}

/* Calls back for each edge: source, target, guard. Twice the same way: to count, and to fill. */
typedef void (*edge_fn)(csc_sparse *out, uint32_t source, cse_sparse_edge edge);

static void each_edge(csc_sparse *out, const csc_nfa *nfa, edge_fn call)
{
    for (uint32_t point = 0; point + 1 < nfa->point_count; point++)
        if (has_point(nfa->skip, point))
            call(out, point, (cse_sparse_edge){point + 1, CSE_GUARD_NONE});
    for (uint32_t word = 0; word < nfa->word_count; word++) {
        for (uint32_t i = nfa->word_ops[word]; i < nfa->word_ops[word + 1]; i++) {
            const cse_nfa_op *op = &nfa->ops[i];
            if (op->is_loop && op->target_count == 0)
                continue;
            cse_sparse_edge edge = {target_of(nfa, op), op->guard};
            for (uint64_t left = op->sources; left; left &= left - 1)
                call(out, word * 64 + (uint32_t)__builtin_ctzll(left), edge);
        }
    }
}

static void count_edge(csc_sparse *out, uint32_t source, cse_sparse_edge edge)
{
    (void)edge;
    out->first_edge[source + 1]++;
    out->edge_count++;
}

/* first_edge[p] moves on from the first edge of p to that of p + 1 while p's are filled in. */
static void fill_edge(csc_sparse *out, uint32_t source, cse_sparse_edge edge)
{
    out->edges[out->first_edge[source]++] = edge;
}

static bool build_edges(csc_sparse *out, const csc_nfa *nfa)
{
    uint32_t count = nfa->point_count;
    out->first_edge = calloc((size_t)count + 1, sizeof *out->first_edge);
    if (!out->first_edge)
        return false;
    each_edge(out, nfa, count_edge);
    for (uint32_t point = 0; point < count; point++)
        out->first_edge[point + 1] += out->first_edge[point];
    out->edges = calloc((size_t)out->edge_count + 1, sizeof *out->edges);
    if (!out->edges)
        return false;
    each_edge(out, nfa, fill_edge);
    memmove(out->first_edge + 1, out->first_edge, count * sizeof *out->first_edge);
    out->first_edge[0] = 0;
    return true;
}

/* ---- sets -------------------------------------------------------------------------------- */

/* The classes that a point accepts. */
static void read_classes(const csc_nfa *nfa, uint32_t point, uint64_t classes[4])
{
    memset(classes, 0, 4 * sizeof *classes);
    for (uint32_t c = 0; c < nfa->class_count; c++)
        if (has_point(nfa->table + (size_t)c * nfa->word_count, point))
            classes[c / 64] |= (uint64_t)1 << c % 64;
}

/* 1 + index of an equal set, appended if there is none; the sets of neighbours are alike, so the
 * last ones are looked at first. 0: out of memory. */
static uint32_t intern_set(csc_sparse *out, uint32_t *capacity, const uint64_t classes[4])
{
    for (uint32_t i = out->set_count; i > 0; i--)
        if (memcmp(out->sets + (size_t)(i - 1) * 4, classes, 4 * sizeof *classes) == 0)
            return i;
    if (out->set_count == *capacity) {
        uint32_t larger = *capacity ? *capacity * 2 : 16;
        uint64_t *sets = realloc(out->sets, (size_t)larger * 4 * sizeof *sets);
        if (!sets)
            return 0;
        out->sets = sets;
        *capacity = larger;
    }
    memcpy(out->sets + (size_t)out->set_count * 4, classes, 4 * sizeof *classes);
    return ++out->set_count;
}

static bool build_sets(csc_sparse *out, const csc_nfa *nfa)
{
    uint32_t capacity = 0;
    uint64_t classes[4];
    out->set_of = calloc(nfa->point_count, sizeof *out->set_of);
    if (!out->set_of)
        return false;
    for (uint32_t point = 0; point < nfa->point_count; point++) {
        read_classes(nfa, point, classes);
        if (!(classes[0] | classes[1] | classes[2] | classes[3]))
            continue;
        out->set_of[point] = intern_set(out, &capacity, classes);
        if (out->set_of[point] == 0)
            return false;
    }
    return true;
}

corsac_status csc_sparse_build(csc_sparse *out, const csc_nfa *nfa)
{
    *out = (csc_sparse){0};
    return build_edges(out, nfa) && build_sets(out, nfa) ? CORSAC_OK : CORSAC_E_MEMORY;
}
