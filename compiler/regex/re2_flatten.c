// SPDX-License-Identifier: Apache-2.0
// The last stage of RE2's compiler as far as it decides the program's size. Every instruction that
// follows a byte, a capture or an assertion heads a list; so does one that two lists would share. A
// list holds what its head reaches through ALTs, with a no-op where it runs into another list.
#include "compiler/regex/re2_program.h"

#include <stdlib.h>
#include <string.h>

typedef struct flattener {
    csc_re2_program *p;
    uint8_t *is_root;
    uint32_t *roots; /* in order of marking */
    uint32_t root_count;
    uint32_t *seen, stamp; /* visited sets by stamp */
    uint32_t *reached;     /* of the last flood */
    uint32_t reached_count;
    uint32_t *stack;
    uint32_t *pred_first, *preds; /* ALTs that lead to an instruction */
} flattener;

static bool is_leaf(csc_re2_op op)
{
    return op == CSC_RE2_BYTES || op == CSC_RE2_CAPTURE || op == CSC_RE2_ASSERT;
}

static bool is_alt(csc_re2_op op)
{
    return op == CSC_RE2_ALT || op == CSC_RE2_ALT_MATCH;
}

static bool visit(flattener *f, uint32_t id)
{
    if (f->seen[id] == f->stamp)
        return false;
    f->seen[id] = f->stamp;
    f->reached[f->reached_count++] = id;
    return true;
}

static void start_flood(flattener *f)
{
    f->stamp++;
    f->reached_count = 0;
}

static uint32_t skip_nops(const csc_re2_program *p, uint32_t id)
{
    while (id && p->insts[id].op == CSC_RE2_NOP)
        id = p->insts[id].out;
    return id;
}

/* Everything reachable from the anchored start, no-ops bypassed; RE2 leaves the loop before it
 * alone. */
static void drop_nops(flattener *f)
{
    csc_re2_program *p = f->p;
    start_flood(f);
    visit(f, p->start);
    for (uint32_t i = 0; i < f->reached_count; i++) {
        csc_re2_inst *inst = &p->insts[f->reached[i]];
        inst->out = skip_nops(p, inst->out);
        if (inst->out)
            visit(f, inst->out);
        if (inst->op == CSC_RE2_ALT) {
            inst->out1 = skip_nops(p, inst->out1);
            if (inst->out1)
                visit(f, inst->out1);
        }
    }
}

static bool leads_to_match(const csc_re2_program *p, uint32_t id)
{
    while (p->insts[id].op == CSC_RE2_CAPTURE || p->insts[id].op == CSC_RE2_NOP)
        id = p->insts[id].out;
    return p->insts[id].op == CSC_RE2_MATCH;
}

static bool repeats_any_byte(const csc_re2_program *p, uint32_t id, uint32_t alt)
{
    const csc_re2_inst *inst = &p->insts[id];
    return inst->op == CSC_RE2_BYTES && inst->out == alt && inst->low == 0 && inst->high == 0xFF;
}

static void mark_alt_matches(flattener *f)
{
    csc_re2_program *p = f->p;
    for (uint32_t i = 0; i < f->reached_count; i++) {
        uint32_t id = f->reached[i];
        csc_re2_inst *inst = &p->insts[id];
        if (inst->op == CSC_RE2_ALT &&
            ((repeats_any_byte(p, inst->out, id) && leads_to_match(p, inst->out1)) ||
             (repeats_any_byte(p, inst->out1, id) && leads_to_match(p, inst->out))))
            inst->op = CSC_RE2_ALT_MATCH;
    }
}

static void add_root(flattener *f, uint32_t id)
{
    if (!f->is_root[id]) {
        f->is_root[id] = 1;
        f->roots[f->root_count++] = id;
    }
}

/* First pass: what follows a leaf is a root. */
static void mark_successors(flattener *f)
{
    const csc_re2_program *p = f->p;
    uint32_t depth = 0;
    add_root(f, 0);
    add_root(f, p->start_unanchored);
    add_root(f, p->start);
    start_flood(f);
    f->stack[depth++] = p->start_unanchored;
    while (depth) {
        uint32_t id = f->stack[--depth];
        if (!visit(f, id))
            continue;
        const csc_re2_inst *inst = &p->insts[id];
        if (is_leaf((csc_re2_op)inst->op))
            add_root(f, inst->out);
        if (is_alt((csc_re2_op)inst->op))
            f->stack[depth++] = inst->out1;
        if (inst->op != CSC_RE2_MATCH && inst->op != CSC_RE2_FAIL)
            f->stack[depth++] = inst->out;
    }
}

/* ALTs by the instructions they lead to; needs the flood of mark_successors(). */
static void collect_predecessors(flattener *f)
{
    const csc_re2_program *p = f->p;
    for (uint32_t i = 0; i < f->reached_count; i++) {
        const csc_re2_inst *inst = &p->insts[f->reached[i]];
        if (is_alt((csc_re2_op)inst->op)) {
            f->pred_first[inst->out + 2]++;
            f->pred_first[inst->out1 + 2]++;
        }
    }
    for (uint32_t i = 2; i < p->count + 2; i++)
        f->pred_first[i] += f->pred_first[i - 1];
    for (uint32_t i = 0; i < f->reached_count; i++) {
        const csc_re2_inst *inst = &p->insts[f->reached[i]];
        if (is_alt((csc_re2_op)inst->op)) {
            f->preds[f->pred_first[inst->out + 1]++] = f->reached[i];
            f->preds[f->pred_first[inst->out1 + 1]++] = f->reached[i];
        }
    }
}

/* Floods the tree of a root up to other roots; the number of instructions of its list. */
static uint32_t flood_tree(flattener *f, uint32_t root)
{
    const csc_re2_program *p = f->p;
    uint32_t depth = 0, size = 0;
    start_flood(f);
    f->stack[depth++] = root;
    while (depth) {
        uint32_t id = f->stack[--depth];
        if (!visit(f, id))
            continue;
        const csc_re2_inst *inst = &p->insts[id];
        if (id != root && f->is_root[id]) {
            size++; /* a no-op that leads there */
            continue;
        }
        size += inst->op != CSC_RE2_ALT && inst->op != CSC_RE2_NOP;
        if (is_alt((csc_re2_op)inst->op))
            f->stack[depth++] = inst->out1;
        if (is_alt((csc_re2_op)inst->op) || inst->op == CSC_RE2_NOP)
            f->stack[depth++] = inst->out;
    }
    return size;
}

/* Second pass: what is in the tree but also led to from elsewhere is a root, too. */
static void mark_dominators(flattener *f, uint32_t root)
{
    flood_tree(f, root);
    for (uint32_t i = 0; i < f->reached_count; i++) {
        uint32_t id = f->reached[i];
        for (uint32_t k = f->pred_first[id]; k < f->pred_first[id + 1]; k++)
            if (f->seen[f->preds[k]] != f->stamp)
                add_root(f, id);
    }
}

static int compare_descending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

static bool mark_shared(flattener *f)
{
    uint32_t count = f->root_count;
    uint32_t *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return false;
    memcpy(sorted, f->roots, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_descending);
    for (uint32_t i = 0; i < count; i++)
        if (sorted[i] != 0 && sorted[i] != f->p->start && sorted[i] != f->p->start_unanchored)
            mark_dominators(f, sorted[i]);
    free(sorted);
    return true;
}

static uint32_t flatten(flattener *f)
{
    drop_nops(f);
    mark_alt_matches(f);
    mark_successors(f);
    collect_predecessors(f);
    uint32_t size = 0;
    if (!mark_shared(f))
        return 0;
    for (uint32_t i = 0; i < f->root_count; i++)
        size += flood_tree(f, f->roots[i]);
    return size;
}

uint32_t csc_re2_program_flatten(csc_re2_program *program)
{
    size_t n = (size_t)program->count + 2;
    flattener f = {.p = program,
                   .is_root = calloc(n, sizeof *f.is_root),
                   .roots = calloc(n, sizeof *f.roots),
                   .seen = calloc(n, sizeof *f.seen),
                   .reached = calloc(n, sizeof *f.reached),
                   .stack = calloc(2 * n, sizeof *f.stack),
                   .pred_first = calloc(n, sizeof *f.pred_first),
                   .preds = calloc(2 * n, sizeof *f.preds)};
    uint32_t size = 0;
    if (f.is_root && f.roots && f.seen && f.reached && f.stack && f.pred_first && f.preds)
        size = flatten(&f);
    free(f.is_root);
    free(f.roots);
    free(f.seen);
    free(f.reached);
    free(f.stack);
    free(f.pred_first);
    free(f.preds);
    return size;
}
