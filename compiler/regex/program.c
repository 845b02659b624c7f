// SPDX-License-Identifier: Apache-2.0
// Automaton to the program bytes of engine/image/regex_format.h.
//
// Of a DFA only the middle is tabulated: what every member begins and ends with is compared as
// bytes before. The middle's language is the DFA's with its start moved behind the prefix and its
// marks read through the suffix, hence equal by construction; minimising it again makes it small.
#include "compiler/regex/automaton.h"
#include "compiler/regex/sparse.h"

#include <stdlib.h>
#include <string.h>

enum { SUFFIX_STEP_LIMIT = 4 * 1000 * 1000 }; /* cells looked at while the suffix is sought */

typedef struct trim {
    char prefix[CSE_PROGRAM_MAX_TRIM], suffix[CSE_PROGRAM_MAX_TRIM]; /* suffix: last byte first */
    size_t prefix_bytes, suffix_bytes;
} trim;

/* The only byte of each class, or -1. */
static void find_single_bytes(const csc_dfa *dfa, int single[256])
{
    unsigned count[256] = {0};
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t c = dfa->class_of[byte];
        single[c] = count[c]++ ? -1 : (int)byte;
    }
}

/* Moves the start along while exactly one byte leads on and nothing is accepted yet. */
static void cut_prefix(csc_dfa *dfa, const int *single, trim *t)
{
    while (t->prefix_bytes < CSE_PROGRAM_MAX_TRIM && dfa->marks[dfa->start] == 0) {
        const uint32_t *row = dfa->next + (size_t)dfa->start * dfa->class_count;
        int way = -1;
        uint32_t ways = 0;
        for (uint32_t c = 0; c < dfa->class_count; c++) {
            if (row[c]) {
                way = (int)c;
                ways++;
            }
        }
        if (ways != 1 || single[way] < 0)
            return;
        t->prefix[t->prefix_bytes++] = (char)single[way];
        dfa->start = row[way];
    }
}

/* A transition that a text may take. */
typedef struct edge {
    uint32_t from, to, class_index;
} edge;

/* All of them but those into the dead state. NULL when memory is short. */
static edge *list_edges(const csc_dfa *dfa, size_t *count)
{
    uint32_t *reachable = csc_dfa_distance_from_start(dfa);
    size_t cells = (size_t)dfa->state_count * dfa->class_count, used = 0;
    for (size_t i = 0; i < cells; i++)
        used += dfa->next[i] != 0;
    edge *edges = malloc((used + 1) * sizeof *edges);
    *count = 0;
    for (uint32_t s = 1; edges && reachable && s < dfa->state_count; s++) {
        const uint32_t *row = dfa->next + (size_t)s * dfa->class_count;
        for (uint32_t c = 0; c < dfa->class_count && reachable[s] != UINT32_MAX; c++)
            if (row[c])
                edges[(*count)++] = (edge){s, row[c], c};
    }
    if (!reachable) {
        free(edges);
        edges = NULL;
    }
    free(reachable);
    return edges;
}

/* The single byte of all transitions into marked states, or -1. */
static int common_last_byte(const edge *edges, size_t count, const int *single,
                            const uint32_t *marks)
{
    int byte = -1;
    for (size_t i = 0; i < count; i++) {
        if (!marks[edges[i].to])
            continue;
        int own = single[edges[i].class_index];
        if (own < 0 || (byte >= 0 && byte != own))
            return -1;
        byte = own;
    }
    return byte;
}

/* Reads the marks one byte earlier as long as every member ends in the same byte. */
static bool cut_suffix(csc_dfa *dfa, const int *single, trim *t)
{
    size_t count = 0, steps = 0;
    edge *edges = list_edges(dfa, &count);
    uint32_t *earlier = calloc(dfa->state_count, sizeof *earlier);
    bool ok = edges && earlier;
    while (ok && t->suffix_bytes < CSE_PROGRAM_MAX_TRIM && dfa->marks[dfa->start] == 0) {
        steps += (size_t)dfa->state_count * dfa->class_count;
        int byte = common_last_byte(edges, count, single, dfa->marks);
        if (byte < 0 || steps > SUFFIX_STEP_LIMIT)
            break;
        for (uint32_t s = 0; s < dfa->state_count; s++)
            earlier[s] = dfa->marks[csc_dfa_next(dfa, s, (uint8_t)byte)];
        uint32_t *swap = dfa->marks;
        dfa->marks = earlier;
        earlier = swap;
        t->suffix[t->suffix_bytes++] = (char)byte;
    }
    free(edges);
    free(earlier);
    return ok;
}

static bool copy_dfa(const csc_dfa *from, csc_dfa *out)
{
    size_t cells = (size_t)from->state_count * from->class_count;
    *out = *from;
    out->next = malloc(cells * sizeof *out->next);
    out->marks = malloc(from->state_count * sizeof *out->marks);
    if (!out->next || !out->marks) {
        csc_dfa_free(out);
        return false;
    }
    memcpy(out->next, from->next, cells * sizeof *out->next);
    memcpy(out->marks, from->marks, from->state_count * sizeof *out->marks);
    return true;
}

/* ---- bytes ------------------------------------------------------------------------------ */

typedef struct writer {
    csc_arena *arena;
    uint8_t *bytes;
    size_t size_bytes, capacity_bytes;
} writer;

static size_t align8(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* Reserves zeroed, 8-byte aligned room; the first pass only counts (bytes == NULL). */
static uint32_t reserve(writer *w, size_t size_bytes)
{
    size_t offset = align8(w->size_bytes);
    w->size_bytes = offset + size_bytes;
    return (uint32_t)offset;
}

static uint32_t put(writer *w, const void *data, size_t size_bytes)
{
    uint32_t offset = reserve(w, size_bytes);
    if (w->bytes && size_bytes)
        memcpy(w->bytes + offset, data, size_bytes);
    return offset;
}

/* The head goes in front once everything has its place. */
static void finish(writer *w, cse_program *head)
{
    w->size_bytes = align8(w->size_bytes);
    head->size_bytes = (uint32_t)w->size_bytes;
    if (w->bytes)
        memcpy(w->bytes, head, sizeof *head);
}

static void put_literals(writer *w, cse_program *head, const trim *t)
{
    head->prefix_bytes = (uint16_t)t->prefix_bytes;
    head->suffix_bytes = (uint16_t)t->suffix_bytes;
    head->literal_offset = reserve(w, t->prefix_bytes + t->suffix_bytes);
    if (!w->bytes)
        return;
    uint8_t *out = w->bytes + head->literal_offset;
    memcpy(out, t->prefix, t->prefix_bytes);
    for (size_t i = 0; i < t->suffix_bytes; i++)
        out[t->prefix_bytes + i] = (uint8_t)t->suffix[t->suffix_bytes - 1 - i];
}

static void put_narrow(writer *w, cse_program *head, const csc_dfa *dfa)
{
    head->kind = CSE_PROGRAM_NARROW;
    head->start = dfa->start;
    head->table_offset = reserve(w, (size_t)dfa->class_count * CSE_PROGRAM_NARROW_STATES);
    head->mark_offset = reserve(w, CSE_PROGRAM_NARROW_STATES * sizeof(uint16_t));
    if (!w->bytes)
        return;
    for (uint32_t s = 0; s < dfa->state_count; s++) {
        uint16_t mark = (uint16_t)dfa->marks[s];
        memcpy(w->bytes + head->mark_offset + s * sizeof mark, &mark, sizeof mark);
        for (uint32_t c = 0; c < dfa->class_count; c++)
            w->bytes[head->table_offset + c * CSE_PROGRAM_NARROW_STATES + s] =
                (uint8_t)dfa->next[(size_t)s * dfa->class_count + c];
    }
}

static void put_cell(uint8_t *table, size_t cell, size_t cell_bytes, uint32_t value)
{
    uint8_t byte = (uint8_t)value;
    uint16_t half = (uint16_t)value;
    const void *from = cell_bytes == 1 ? (void *)&byte : cell_bytes == 2 ? (void *)&half : &value;
    memcpy(table + cell * cell_bytes, from, cell_bytes);
}

static void put_wide(writer *w, cse_program *head, const csc_dfa *dfa, uint32_t regex_count)
{
    size_t stride = (size_t)dfa->class_count + 1, cells = stride * dfa->state_count;
    size_t greatest = cells > regex_count ? cells : regex_count;
    head->kind = CSE_PROGRAM_WIDE;
    head->cell_bytes = greatest <= 0xFF ? 1 : greatest <= 0xFFFF ? 2 : 4;
    head->start = (uint32_t)(dfa->start * stride);
    head->table_offset = reserve(w, cells * head->cell_bytes);
    if (!w->bytes)
        return;
    uint8_t *table = w->bytes + head->table_offset;
    for (uint32_t s = 0; s < dfa->state_count; s++) {
        for (uint32_t c = 0; c < dfa->class_count; c++)
            put_cell(table, s * stride + c, head->cell_bytes,
                     (uint32_t)(dfa->next[(size_t)s * dfa->class_count + c] * stride));
        put_cell(table, s * stride + dfa->class_count, head->cell_bytes, dfa->marks[s]);
    }
}

/* Everything about a program but who writes it. */
typedef struct plan {
    const csc_regex_automaton *automaton;
    const csc_dfa *middle;    /* NULL: NFA */
    const csc_sparse *sparse; /* NULL: words of points */
    trim cut;
    uint32_t min_bytes, max_bytes;
} plan;

static void put_dfa(writer *w, const plan *p)
{
    const csc_dfa *dfa = p->middle;
    cse_program head = {.state_count = dfa->state_count,
                        .class_count = dfa->class_count,
                        .min_bytes = p->min_bytes,
                        .max_bytes = p->max_bytes,
                        .regex_count = p->automaton->regex_count};
    reserve(w, sizeof head);
    put_literals(w, &head, &p->cut);
    head.map_offset = put(w, dfa->class_of, sizeof dfa->class_of);
    if (dfa->state_count <= CSE_PROGRAM_NARROW_STATES)
        put_narrow(w, &head, dfa);
    else
        put_wide(w, &head, dfa, p->automaton->regex_count);
    finish(w, &head);
}

static void put_nfa(writer *w, const plan *p)
{
    const csc_nfa *nfa = &p->automaton->nfa;
    size_t words = nfa->word_count;
    cse_program head = {.kind = CSE_PROGRAM_NFA,
                        .state_count = nfa->point_count,
                        .class_count = nfa->class_count,
                        .min_bytes = 0,
                        .max_bytes = UINT32_MAX,
                        .regex_count = p->automaton->regex_count};
    cse_nfa body = {.word_count = nfa->word_count,
                    .op_count = nfa->op_count,
                    .target_count = nfa->target_count,
                    .accept_count = nfa->accept_count,
                    .rescan_count = nfa->rescan_count,
                    .has_guards = nfa->has_guards};
    reserve(w, sizeof head);
    uint32_t body_offset = reserve(w, sizeof body);
    head.literal_offset = reserve(w, 0);
    head.map_offset = put(w, nfa->class_of, sizeof nfa->class_of);
    head.table_offset = put(w, nfa->table, nfa->class_count * words * sizeof *nfa->table);
    body.skip_offset = put(w, nfa->skip, words * sizeof *nfa->skip);
    body.word_ops_offset = put(w, nfa->word_ops, (words + 1) * sizeof *nfa->word_ops);
    body.ops_offset = put(w, nfa->ops, nfa->op_count * sizeof *nfa->ops);
    body.targets_offset = put(w, nfa->targets, nfa->target_count * sizeof *nfa->targets);
    body.accepts_offset = put(w, nfa->accepts, nfa->accept_count * sizeof *nfa->accepts);
    finish(w, &head);
    if (w->bytes)
        memcpy(w->bytes + body_offset, &body, sizeof body);
}

static void put_sparse(writer *w, const plan *p)
{
    const csc_nfa *nfa = &p->automaton->nfa;
    const csc_sparse *sparse = p->sparse;
    size_t points = nfa->point_count;
    cse_program head = {.kind = CSE_PROGRAM_SPARSE,
                        .state_count = nfa->point_count,
                        .class_count = nfa->class_count,
                        .max_bytes = UINT32_MAX,
                        .regex_count = p->automaton->regex_count};
    cse_sparse body = {.edge_count = sparse->edge_count,
                       .set_count = sparse->set_count,
                       .accept_count = nfa->accept_count};
    reserve(w, sizeof head);
    uint32_t body_offset = reserve(w, sizeof body);
    head.literal_offset = reserve(w, 0);
    head.map_offset = put(w, nfa->class_of, sizeof nfa->class_of);
    head.table_offset = put(w, sparse->sets, (size_t)sparse->set_count * 4 * sizeof *sparse->sets);
    body.first_edge_offset = put(w, sparse->first_edge, (points + 1) * sizeof *sparse->first_edge);
    body.edges_offset = put(w, sparse->edges, sparse->edge_count * sizeof *sparse->edges);
    body.set_of_offset = put(w, sparse->set_of, points * sizeof *sparse->set_of);
    body.accepts_offset = put(w, nfa->accepts, nfa->accept_count * sizeof *nfa->accepts);
    finish(w, &head);
    if (w->bytes)
        memcpy(w->bytes + body_offset, &body, sizeof body);
}

/* Counts, allocates, writes. */
static corsac_status write_program(csc_arena *arena, const plan *p, corsac_str *out)
{
    writer w = {.arena = arena};
    for (int pass = 0; pass < 2; pass++) {
        w.size_bytes = 0;
        if (p->middle)
            put_dfa(&w, p);
        else if (p->sparse)
            put_sparse(&w, p);
        else
            put_nfa(&w, p);
        if (w.size_bytes > UINT32_MAX)
            return CORSAC_E_LIMIT;
        if (pass == 0 && !(w.bytes = csc_arena_alloc(arena, w.size_bytes, 1)))
            return CORSAC_E_MEMORY;
    }
    *out = (corsac_str){(const char *)w.bytes, w.size_bytes};
    return CORSAC_OK;
}

corsac_status csc_regex_program_emit_sparse(csc_arena *arena, const csc_regex_automaton *automaton,
                                            corsac_str *out)
{
    *out = (corsac_str){NULL, 0};
    if (automaton->nfa.point_count == 0)
        return CORSAC_E_ARGUMENT;
    csc_sparse sparse;
    corsac_status status = csc_sparse_build(&sparse, &automaton->nfa);
    plan p = {.automaton = automaton, .sparse = &sparse};
    if (status == CORSAC_OK)
        status = write_program(arena, &p, out);
    csc_sparse_free(&sparse);
    return status;
}

corsac_status csc_regex_program_emit_nfa(csc_arena *arena, const csc_regex_automaton *automaton,
                                         corsac_str *out)
{
    *out = (corsac_str){NULL, 0};
    if (automaton->nfa.point_count == 0)
        return CORSAC_E_ARGUMENT;
    if (csc_nfa_is_slow(&automaton->nfa))
        return csc_regex_program_emit_sparse(arena, automaton, out);
    plan p = {.automaton = automaton};
    return write_program(arena, &p, out);
}

corsac_status csc_regex_program_emit(csc_arena *arena, const csc_regex_automaton *automaton,
                                     corsac_str *out)
{
    *out = (corsac_str){NULL, 0};
    if (!csc_has_dfa(automaton))
        return csc_regex_program_emit_nfa(arena, automaton, out);
    csc_dfa middle;
    if (!copy_dfa(&automaton->dfa, &middle))
        return CORSAC_E_MEMORY;
    int single[256];
    plan p = {.automaton = automaton, .middle = &middle};
    bool ok = true;
    if (csc_regex_automaton_lengths(automaton, &p.min_bytes, &p.max_bytes)) {
        find_single_bytes(&middle, single);
        cut_prefix(&middle, single, &p.cut);
        ok = cut_suffix(&middle, single, &p.cut);
    } else { /* the empty language */
        ok = middle.start == 0;
    }
    corsac_status status = ok ? csc_dfa_minimise(&middle) : CORSAC_E_MEMORY;
    if (status == CORSAC_OK)
        status = write_program(arena, &p, out);
    csc_dfa_free(&middle);
    return status;
}
