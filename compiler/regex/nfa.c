// SPDX-License-Identifier: Apache-2.0
// Points to the packed form of regex_format.h: byte classes, a row of words per class, and for each
// word the ops that close a set, in an order in which one upward sweep suffices.
#include "compiler/regex/nfa.h"
#include "compiler/regex/nfa_points.h"

#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size)
{
    return calloc(count ? count : 1, size);
}

void csc_nfa_free(csc_nfa *nfa)
{
    free(nfa->table);
    free(nfa->skip);
    free(nfa->solid);
    free(nfa->word_ops);
    free(nfa->ops);
    free(nfa->targets);
    free(nfa->accepts);
    *nfa = (csc_nfa){0};
}

static bool has_bit(const csc_byte_set *set, unsigned byte)
{
    return set->bits[byte / 64] >> byte % 64 & 1;
}

static void set_point(uint64_t *set, uint32_t point)
{
    set[point / 64] |= (uint64_t)1 << point % 64;
}

/* ---- byte classes ----------------------------------------------------------------------- */

/* The only member of a set, or 256: single bytes are by far the most frequent sets. */
static unsigned only_byte(const csc_byte_set *set)
{
    unsigned byte = 256;
    for (unsigned word = 0; word < 4; word++) {
        uint64_t bits = set->bits[word];
        if (!bits)
            continue;
        if (byte < 256 || (bits & (bits - 1)))
            return 256;
        byte = word * 64 + (unsigned)__builtin_ctzll(bits);
    }
    return byte;
}

/* Gives a byte a class of its own. */
static void split_off(csc_nfa *nfa, unsigned byte)
{
    for (unsigned other = 0; other < 256; other++)
        if (other != byte && nfa->class_of[other] == nfa->class_of[byte]) {
            nfa->class_of[byte] = (uint8_t)nfa->class_count++;
            return;
        }
}

/* Numbers the classes in order of their least byte. */
static void number_classes(csc_nfa *nfa)
{
    int new_id[256];
    int count = 0;
    memset(new_id, -1, sizeof new_id);
    for (unsigned byte = 0; byte < 256; byte++) {
        int *id = &new_id[nfa->class_of[byte]];
        if (*id < 0)
            *id = count++;
        nfa->class_of[byte] = (uint8_t)*id;
    }
}

/* Splits the classes of nfa->class_of by membership in the set. */
static void split_classes(csc_nfa *nfa, const csc_byte_set *set)
{
    unsigned single = only_byte(set);
    if (single < 256) {
        split_off(nfa, single);
        return;
    }
    int new_id[256][2];
    memset(new_id, -1, sizeof new_id);
    uint32_t count = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        int *id = &new_id[nfa->class_of[byte]][has_bit(set, byte)];
        if (*id < 0)
            *id = (int)count++;
        nfa->class_of[byte] = (uint8_t)*id;
    }
    nfa->class_count = count;
}

static csc_nfa_edge edge_of_byte(unsigned byte)
{
    bool is_word = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                   (byte >= 'A' && byte <= 'Z') || byte == '_';
    return is_word ? CSC_EDGE_WORD : byte == '\n' ? CSC_EDGE_NEWLINE : CSC_EDGE_OTHER;
}

/* Guards look at words or lines: their bytes must be told apart. */
static void split_by_guards(csc_nfa *nfa, const csc_points *p)
{
    bool words = false, lines = false;
    for (size_t i = 0; i < p->edge_count; i++) {
        uint8_t guard = p->edges[i].guard;
        nfa->has_guards |= guard != CSE_GUARD_NONE;
        words |= guard == CSE_GUARD_WORD_BOUNDARY || guard == CSE_GUARD_NO_WORD_BOUNDARY;
        lines |= guard == CSE_GUARD_BEGIN_LINE || guard == CSE_GUARD_END_LINE;
    }
    csc_byte_set word_bytes = {{0}}, newline = {{0}};
    for (unsigned byte = 0; byte < 256; byte++)
        if (edge_of_byte(byte) == CSC_EDGE_WORD)
            csc_byte_set_add(&word_bytes, byte, byte);
    csc_byte_set_add(&newline, '\n', '\n');
    if (words)
        split_classes(nfa, &word_bytes);
    if (lines)
        split_classes(nfa, &newline);
    number_classes(nfa);
    for (unsigned byte = 0; byte < 256; byte++) {
        csc_nfa_edge edge = edge_of_byte(byte);
        if ((edge == CSC_EDGE_WORD && words) || (edge == CSC_EDGE_NEWLINE && lines))
            nfa->edge_of_class[nfa->class_of[byte]] = (uint8_t)edge;
    }
}

static bool build_table(csc_nfa *nfa, const csc_points *p)
{
    nfa->class_count = 1;
    for (size_t i = 0; i < p->set_count; i++)
        split_classes(nfa, &p->sets[i]);
    split_by_guards(nfa, p);
    nfa->table = allocate((size_t)nfa->class_count * nfa->word_count, sizeof *nfa->table);
    nfa->skip = allocate(nfa->word_count, sizeof *nfa->skip);
    nfa->solid = allocate(nfa->word_count, sizeof *nfa->solid);
    if (!nfa->table || !nfa->skip || !nfa->solid)
        return false;
    unsigned byte_of_class[256];
    for (unsigned byte = 256; byte-- > 0;)
        byte_of_class[nfa->class_of[byte]] = byte;
    for (uint32_t point = 0; point < nfa->point_count; point++) {
        if (p->skips[point])
            set_point(nfa->skip, point);
        if (p->set_of[point] == CSC_POINT_GAP)
            continue;
        set_point(nfa->solid, point);
        const csc_byte_set *set = &p->sets[p->set_of[point]];
        for (uint32_t c = 0; c < nfa->class_count; c++)
            if (has_bit(set, byte_of_class[c]))
                set_point(nfa->table + (size_t)c * nfa->word_count, point);
    }
    return true;
}

/* ---- ops -------------------------------------------------------------------------------- */

/* Edges in the order of their ops: by word, then by where they take effect. */
typedef struct keyed_edge {
    uint32_t word;
    uint64_t key; /* jumps: twice the target; loops: right behind jumps to their source */
    csc_point_edge edge;
} keyed_edge;

static int compare_edges(const void *a, const void *b)
{
    const keyed_edge *x = a, *y = b;
    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->edge.guard != y->edge.guard)
        return x->edge.guard < y->edge.guard ? -1 : 1;
    return (x->edge.source > y->edge.source) - (x->edge.source < y->edge.source);
}

static bool is_loop(const csc_point_edge *edge)
{
    return edge->target <= edge->source;
}

static keyed_edge *sort_edges(const csc_points *p)
{
    keyed_edge *sorted = allocate(p->edge_count, sizeof *sorted);
    for (size_t i = 0; sorted && i < p->edge_count; i++) {
        csc_point_edge e = p->edges[i];
        uint64_t key = is_loop(&e) ? (uint64_t)e.source * 2 + 1 : (uint64_t)e.target * 2;
        sorted[i] = (keyed_edge){e.source / 64, key, e};
    }
    if (sorted)
        qsort(sorted, p->edge_count, sizeof *sorted, compare_edges);
    return sorted;
}

/* Edges by source, for closures of loops. */
typedef struct adjacency {
    uint32_t *first; /* point_count + 2 */
    uint32_t *edges; /* indices into csc_points.edges */
    uint32_t *stack;
    uint32_t *seen; /* stamp per point */
    uint32_t stamp;
} adjacency;

static void free_adjacency(adjacency *a)
{
    free(a->first);
    free(a->edges);
    free(a->stack);
    free(a->seen);
}

static bool build_adjacency(adjacency *a, const csc_points *p)
{
    a->first = allocate(p->count + 2, sizeof *a->first);
    a->edges = allocate(p->edge_count, sizeof *a->edges);
    a->stack = allocate(p->count + 1, sizeof *a->stack);
    a->seen = allocate(p->count + 1, sizeof *a->seen);
    if (!a->first || !a->edges || !a->stack || !a->seen)
        return false;
    for (size_t i = 0; i < p->edge_count; i++)
        a->first[p->edges[i].source + 2]++;
    for (size_t i = 2; i < p->count + 2; i++)
        a->first[i] += a->first[i - 1];
    for (size_t i = 0; i < p->edge_count; i++)
        a->edges[a->first[p->edges[i].source + 1]++] = (uint32_t)i;
    return true;
}

static void visit(adjacency *a, uint32_t *depth, uint32_t point, uint32_t end)
{
    if (point < end && a->seen[point] != a->stamp) {
        a->seen[point] = a->stamp;
        a->stack[(*depth)++] = point;
    }
}

/* Stamps what a loop reaches before its own point without guards. True: some guard stands in the
 * way. */
static bool close_loop(const csc_points *p, adjacency *a, const csc_point_edge *loop)
{
    uint32_t depth = 0;
    bool guarded = false;
    a->stamp++;
    visit(a, &depth, loop->target, loop->source);
    while (depth) {
        uint32_t point = a->stack[--depth];
        if (p->skips[point])
            visit(a, &depth, point + 1, loop->source);
        for (uint32_t i = a->first[point]; i < a->first[point + 1]; i++) {
            const csc_point_edge *edge = &p->edges[a->edges[i]];
            if (edge->guard != CSE_GUARD_NONE)
                guarded = true;
            else
                visit(a, &depth, edge->target, loop->source);
        }
    }
    return guarded;
}

static bool add_targets(csc_nfa *nfa, const adjacency *a, const csc_point_edge *loop,
                        cse_nfa_op *op, size_t *capacity)
{
    op->first_target = nfa->target_count;
    for (uint32_t word = loop->target / 64; word <= loop->source / 64; word++) {
        uint64_t bits = 0;
        for (uint32_t bit = 0; bit < 64; bit++) {
            uint32_t point = word * 64 + bit;
            if (point < loop->source && point >= loop->target && a->seen[point] == a->stamp)
                bits |= (uint64_t)1 << bit;
        }
        if (!bits)
            continue;
        if (nfa->target_count == *capacity) {
            size_t larger = *capacity ? *capacity * 2 : 16;
            cse_nfa_bits *targets = realloc(nfa->targets, larger * sizeof *targets);
            if (!targets)
                return false;
            nfa->targets = targets;
            *capacity = larger;
        }
        nfa->targets[nfa->target_count++] = (cse_nfa_bits){word, 0, bits};
    }
    op->target_count = nfa->target_count - op->first_target;
    return true;
}

/* Whether the edge only adds a source to the op made last. */
static bool extends_op(const csc_nfa *nfa, const keyed_edge *edges, size_t i)
{
    return nfa->op_count && i && edges[i].word == edges[i - 1].word &&
           edges[i].key == edges[i - 1].key && edges[i].edge.guard == edges[i - 1].edge.guard;
}

static bool build_ops(csc_nfa *nfa, const csc_points *p, const keyed_edge *edges, adjacency *a)
{
    size_t target_capacity = 0;
    nfa->ops = allocate(p->edge_count, sizeof *nfa->ops);
    nfa->word_ops = allocate((size_t)nfa->word_count + 1, sizeof *nfa->word_ops);
    if (!nfa->ops || !nfa->word_ops)
        return false;
    for (size_t i = 0; i < p->edge_count; i++) {
        const csc_point_edge *edge = &edges[i].edge;
        uint64_t source = (uint64_t)1 << edge->source % 64;
        if (extends_op(nfa, edges, i)) {
            nfa->ops[nfa->op_count - 1].sources |= source;
            continue;
        }
        cse_nfa_op *op = &nfa->ops[nfa->op_count++];
        *op = (cse_nfa_op){.sources = source, .guard = edge->guard, .target = edge->target};
        nfa->word_ops[edges[i].word + 1]++;
        if (is_loop(edge)) {
            op->is_loop = 1;
            op->target = 0;
            op->rescan = close_loop(p, a, edge);
            nfa->rescan_count += op->rescan;
            if (!add_targets(nfa, a, edge, op, &target_capacity))
                return false;
        }
    }
    for (uint32_t w = 0; w < nfa->word_count; w++)
        nfa->word_ops[w + 1] += nfa->word_ops[w];
    return true;
}

static bool pack(csc_nfa *nfa, const csc_points *p)
{
    adjacency a = {0};
    keyed_edge *edges = sort_edges(p);
    bool ok =
        edges && build_adjacency(&a, p) && build_table(nfa, p) && build_ops(nfa, p, edges, &a);
    free_adjacency(&a);
    free(edges);
    return ok;
}

/* A fork to each root, an accept point behind each. */
static bool add_roots(csc_nfa *nfa, csc_points *p, const csc_regex_node *const *roots, size_t count)
{
    nfa->accepts = allocate(count, sizeof *nfa->accepts);
    if (!nfa->accepts)
        return false;
    uint32_t fork = csc_points_add_gap(p);
    for (size_t i = 0; i < count && p->status == CORSAC_OK; i++) {
        csc_points_add_edge(p, fork, csc_points_next(p), CSE_GUARD_NONE);
        csc_points_add_tree(p, roots[i]);
        nfa->accepts[i] = (cse_nfa_accept){csc_points_add_gap(p), (uint32_t)i + 1};
    }
    nfa->accept_count = (uint32_t)count;
    return true;
}

corsac_status csc_nfa_build(csc_nfa *nfa, const csc_regex_node *const *roots, size_t count)
{
    *nfa = (csc_nfa){0};
    if (count > CSE_PROGRAM_MAX_REGEXES)
        return CORSAC_E_LIMIT;
    csc_points points = {0};
    bool ok = add_roots(nfa, &points, roots, count);
    corsac_status status = points.status;
    if (status == CORSAC_OK && ok) {
        nfa->point_count = (uint32_t)points.count;
        nfa->word_count = (uint32_t)(points.count + 63) / 64;
        ok = pack(nfa, &points);
        for (size_t i = 0; ok && i < count; i++)
            set_point(nfa->solid, nfa->accepts[i].point);
    }
    csc_points_free(&points);
    if (status == CORSAC_OK && !ok)
        status = CORSAC_E_MEMORY;
    if (status != CORSAC_OK)
        csc_nfa_free(nfa);
    return status;
}
