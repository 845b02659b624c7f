// SPDX-License-Identifier: Apache-2.0
// Decides whether bytes are a regex program that is safe to run. Every index that program.c follows
// is checked here, once; the time is linear in the size.
#include "engine/match/program.h"

#include <string.h>

typedef struct checker {
    const uint8_t *bytes;
    size_t size_bytes;
    const cse_program *head;
    uint32_t steps; /* per byte, once verified */
} checker;

/* Whether count records of a size lie at an 8-byte aligned offset inside the program. */
static bool holds(const checker *c, uint32_t offset, uint64_t count, uint64_t record_bytes)
{
    return offset % 8 == 0 && offset >= sizeof(cse_program) && offset <= c->size_bytes &&
           (record_bytes == 0 || count <= (c->size_bytes - offset) / record_bytes);
}

static bool verify_head(const checker *c)
{
    const cse_program *p = c->head;
    size_t literal_bytes = (size_t)p->prefix_bytes + p->suffix_bytes;
    return p->size_bytes == c->size_bytes && p->class_count >= 1 && p->class_count <= 256 &&
           p->state_count >= 1 && p->regex_count >= 1 &&
           p->regex_count <= CSE_PROGRAM_MAX_REGEXES && p->prefix_bytes <= CSE_PROGRAM_MAX_TRIM &&
           p->suffix_bytes <= CSE_PROGRAM_MAX_TRIM && literal_bytes <= p->min_bytes &&
           p->min_bytes <= p->max_bytes && holds(c, p->literal_offset, literal_bytes, 1) &&
           holds(c, p->map_offset, 256, 1);
}

/* Without branches, for the compiler to do many at once: half of the opening of an image is here. */
static uint8_t greatest(const uint8_t *bytes, size_t count)
{
    uint8_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = bytes[i] > most ? bytes[i] : most;
    return most;
}

static bool verify_map(const checker *c)
{
    return greatest(c->bytes + c->head->map_offset, 256) < c->head->class_count;
}

static bool verify_narrow(const checker *c)
{
    const cse_program *p = c->head;
    size_t cells = (size_t)p->class_count * CSE_PROGRAM_NARROW_STATES;
    if (p->state_count > CSE_PROGRAM_NARROW_STATES || p->start >= p->state_count ||
        !holds(c, p->table_offset, cells, 1) ||
        !holds(c, p->mark_offset, CSE_PROGRAM_NARROW_STATES, sizeof(uint16_t)))
        return false;
    const uint8_t *table = c->bytes + p->table_offset;
    uint8_t dead = 0;
    for (size_t i = 0; i < cells; i += CSE_PROGRAM_NARROW_STATES)
        dead |= table[i];
    if (dead != 0 || greatest(table, cells) >= p->state_count)
        return false;
    const uint16_t *marks = (const uint16_t *)(const void *)(c->bytes + p->mark_offset);
    for (size_t s = 0; s < CSE_PROGRAM_NARROW_STATES; s++)
        if (marks[s] > p->regex_count || (s == 0 && marks[s] != 0))
            return false;
    return true;
}

/*
 * Rows of a WIDE table: a cell is good if it is a multiple of the stride and names one of them. Granlund and
 * Montgomery, "Division by invariant integers using multiplication", section 9: with a divisor odd << shift, n times
 * the inverse of odd, modulo 2^w, rotated right by shift, is n / divisor if n is a multiple, and else greater than
 * any quotient. So one comparison answers both, without a division and for many cells at once.
 */
typedef struct rows {
    uint64_t stride, cells;
    uint32_t inverse; /* of the odd part of the stride, modulo 2^32; its low half modulo 2^16 */
    uint32_t shift;   /* of the stride: the power of two in it */
    uint32_t last;    /* row; or less, if the greatest number of so many bits cannot name it */
    uint32_t regex_count;
} rows;

/* Newton's step doubles the bits that are right: 3, 6, 12, 24, 48. */
static uint32_t inverse_of(uint32_t odd)
{
    uint32_t inverse = odd;
    for (int step = 0; step < 4; step++)
        inverse *= 2 - odd * inverse;
    return inverse;
}

static rows rows_of(const cse_program *p)
{
    const uint32_t stride = (uint32_t)p->class_count + 1;
    const uint32_t greatest_cell = p->cell_bytes == 4 ? UINT32_MAX : UINT16_MAX;
    const uint32_t last = p->state_count - 1, most = greatest_cell / stride;
    const uint32_t shift = (uint32_t)__builtin_ctz(stride);
    return (rows){.stride = stride,
                  .cells = (uint64_t)stride * p->state_count,
                  .inverse = inverse_of(stride >> shift),
                  .shift = shift,
                  .last = last < most ? last : most,
                  .regex_count = p->regex_count};
}

static inline uint32_t read_cell(const uint8_t *table, uint64_t cell, unsigned cell_bytes)
{
    uint16_t half;
    uint32_t word;
    switch (cell_bytes) {
    case 1:
        return table[cell];
    case 2:
        memcpy(&half, table + cell * 2, sizeof half);
        return half;
    default:
        memcpy(&word, table + cell * 4, sizeof word);
        return word;
    }
}

/* 1 if the cell does not name a row. Of cells of 8 and 16 bits with numbers of 16 bits: there are twice as many of
 * these in a vector, and all processors multiply them. */
static inline uint16_t is_bad(const rows *r, uint32_t cell, unsigned cell_bytes)
{
    if (cell_bytes < 4) {
        const uint16_t product = (uint16_t)(cell * (uint16_t)r->inverse);
        return (uint16_t)(product >> r->shift | product << (-r->shift & 15)) > (uint16_t)r->last;
    }
    const uint32_t product = cell * r->inverse;
    return (product >> r->shift | product << (-r->shift & 31)) > r->last;
}

/* How many of the table's cells name no row, its marks among them, which need not. */
static inline uint64_t count_bad(const rows *r, const uint8_t *table, unsigned cell_bytes)
{
    const rows same = *r; /* in registers */
    uint64_t bad = 0;
    for (uint64_t at = 0, end; at < same.cells; at = end) {
        uint16_t part = 0;
        end = same.cells - at < UINT16_MAX ? same.cells : at + UINT16_MAX;
        for (uint64_t i = at; i < end; i++)
            part = (uint16_t)(part + is_bad(&same, read_cell(table, i, cell_bytes), cell_bytes));
        bad += part;
    }
    return bad;
}

/* Inlined once per width. The first row leads nowhere but to itself, and the last cell of each is a mark. */
__attribute__((always_inline)) static inline bool verify_rows(const rows *r, const uint8_t *table,
                                                              unsigned cell_bytes)
{
    uint32_t any = 0, beyond = 0;
    uint64_t bad = count_bad(r, table, cell_bytes);
    for (uint64_t at = 0; at < r->stride; at++)
        any |= read_cell(table, at, cell_bytes);
    for (uint64_t at = r->stride - 1; at < r->cells; at += r->stride) {
        const uint32_t mark = read_cell(table, at, cell_bytes);
        beyond |= mark > r->regex_count;
        bad -= is_bad(r, mark, cell_bytes);
    }
    return any == 0 && beyond == 0 && bad == 0;
}

static bool verify_wide(const checker *c)
{
    const cse_program *p = c->head;
    const rows r = rows_of(p);
    bool known_width = p->cell_bytes == 1 || p->cell_bytes == 2 || p->cell_bytes == 4;
    if (!known_width || !holds(c, p->table_offset, r.cells, p->cell_bytes) || p->start >= r.cells ||
        p->start % r.stride != 0)
        return false;
    const uint8_t *table = c->bytes + p->table_offset;
    switch (p->cell_bytes) {
    case 1:
        return verify_rows(&r, table, 1);
    case 2:
        return verify_rows(&r, table, 2);
    default:
        return verify_rows(&r, table, 4);
    }
}

static bool verify_jump(const cse_program *p, const cse_nfa_op *op, uint32_t word)
{
    return op->target < p->state_count && op->target / 64 >= word && op->rescan == 0 &&
           op->target_count == 0;
}

static bool verify_loop(const checker *c, const cse_nfa *n, const cse_nfa_op *op, uint32_t word)
{
    const cse_nfa_bits *targets =
        (const cse_nfa_bits *)(const void *)(c->bytes + n->targets_offset);
    if (op->guard != CSE_GUARD_NONE || op->rescan > 1 || op->first_target > n->target_count ||
        op->target_count > n->target_count - op->first_target)
        return false;
    for (uint32_t i = 0; i < op->target_count; i++) {
        const cse_nfa_bits *t = &targets[op->first_target + i];
        if (t->word > word || (i > 0 && t->word <= t[-1].word))
            return false;
    }
    return true;
}

static bool verify_ops(const checker *c, const cse_nfa *n)
{
    const uint32_t *word_ops = (const uint32_t *)(const void *)(c->bytes + n->word_ops_offset);
    const cse_nfa_op *ops = (const cse_nfa_op *)(const void *)(c->bytes + n->ops_offset);
    uint32_t rescans = 0;
    uint64_t targets = 0;
    if (word_ops[0] != 0 || word_ops[n->word_count] != n->op_count)
        return false;
    for (uint32_t word = 0; word < n->word_count; word++) {
        if (word_ops[word] > word_ops[word + 1] || word_ops[word + 1] > n->op_count)
            return false;
        for (uint32_t i = word_ops[word]; i < word_ops[word + 1]; i++) {
            const cse_nfa_op *op = &ops[i];
            if (op->guard >= CSE_GUARD_COUNT || op->is_loop > 1 ||
                !(op->is_loop ? verify_loop(c, n, op, word) : verify_jump(c->head, op, word)))
                return false;
            rescans += op->rescan;
            targets += op->target_count;
        }
    }
    return rescans == n->rescan_count && targets <= n->target_count; /* lists are not shared */
}

/* Memory safe is not enough: whoever wrote the image must not set the time of a request either. */
static bool verify_steps(checker *c, const cse_nfa *n)
{
    const uint32_t *word_ops = (const uint32_t *)(const void *)(c->bytes + n->word_ops_offset);
    const cse_nfa_op *ops = (const cse_nfa_op *)(const void *)(c->bytes + n->ops_offset);
    const cse_nfa_bits *targets =
        (const cse_nfa_bits *)(const void *)(c->bytes + n->targets_offset);
    uint64_t steps = cse_nfa_steps(n->word_count, word_ops, ops, targets);
    c->steps = (uint32_t)steps;
    return steps <= CSE_NFA_MAX_STEPS;
}

static bool verify_accepts(const checker *c, uint32_t offset, uint32_t count)
{
    const cse_nfa_accept *accepts = (const cse_nfa_accept *)(const void *)(c->bytes + offset);
    for (uint32_t i = 0; i < count; i++)
        if (accepts[i].point >= c->head->state_count || accepts[i].mark > c->head->regex_count ||
            accepts[i].mark <= (i ? accepts[i - 1].mark : 0))
            return false;
    return true;
}

static bool verify_nfa(checker *c)
{
    const cse_program *p = c->head;
    const cse_nfa *n = (const cse_nfa *)(const void *)(c->bytes + sizeof *p);
    if (c->size_bytes < sizeof *p + sizeof *n || p->state_count > CSE_NFA_MAX_POINTS ||
        n->word_count != (p->state_count + 63) / 64)
        return false;
    uint64_t words = n->word_count;
    return holds(c, p->table_offset, p->class_count * words, sizeof(uint64_t)) &&
           holds(c, n->skip_offset, words, sizeof(uint64_t)) &&
           holds(c, n->word_ops_offset, words + 1, sizeof(uint32_t)) &&
           holds(c, n->ops_offset, n->op_count, sizeof(cse_nfa_op)) &&
           holds(c, n->targets_offset, n->target_count, sizeof(cse_nfa_bits)) &&
           holds(c, n->accepts_offset, n->accept_count, sizeof(cse_nfa_accept)) &&
           verify_ops(c, n) && verify_steps(c, n) &&
           verify_accepts(c, n->accepts_offset, n->accept_count);
}

static bool verify_points(const checker *c, const cse_sparse *n)
{
    const uint32_t *first = (const uint32_t *)(const void *)(c->bytes + n->first_edge_offset);
    const uint32_t *set_of = (const uint32_t *)(const void *)(c->bytes + n->set_of_offset);
    uint32_t points = c->head->state_count;
    if (first[0] != 0 || first[points] != n->edge_count || set_of[points - 1] != 0)
        return false;
    for (uint32_t point = 0; point < points; point++)
        if (first[point] > first[point + 1] || set_of[point] > n->set_count)
            return false;
    return true;
}

static bool verify_edges(const checker *c, const cse_sparse *n)
{
    const cse_sparse_edge *edges =
        (const cse_sparse_edge *)(const void *)(c->bytes + n->edges_offset);
    for (uint32_t i = 0; i < n->edge_count; i++)
        if (edges[i].target >= c->head->state_count || edges[i].guard >= CSE_GUARD_COUNT)
            return false;
    return true;
}

static bool verify_sparse(checker *c)
{
    const cse_program *p = c->head;
    const cse_sparse *n = (const cse_sparse *)(const void *)(c->bytes + sizeof *p);
    if (c->size_bytes < sizeof *p + sizeof *n || p->state_count > CSE_NFA_MAX_POINTS ||
        cse_sparse_steps(p->state_count, n->edge_count) > CSE_SPARSE_MAX_STEPS)
        return false;
    c->steps = (uint32_t)cse_sparse_steps(p->state_count, n->edge_count);
    return holds(c, p->table_offset, (uint64_t)n->set_count * 4, sizeof(uint64_t)) &&
           holds(c, n->first_edge_offset, (uint64_t)p->state_count + 1, sizeof(uint32_t)) &&
           holds(c, n->edges_offset, n->edge_count, sizeof(cse_sparse_edge)) &&
           holds(c, n->set_of_offset, p->state_count, sizeof(uint32_t)) &&
           holds(c, n->accepts_offset, n->accept_count, sizeof(cse_nfa_accept)) &&
           verify_points(c, n) && verify_edges(c, n) &&
           verify_accepts(c, n->accepts_offset, n->accept_count);
}

static bool verify_kind(checker *c)
{
    switch (c->head->kind) {
    case CSE_PROGRAM_NARROW:
        return verify_narrow(c);
    case CSE_PROGRAM_WIDE:
        return verify_wide(c);
    case CSE_PROGRAM_NFA:
        return verify_nfa(c);
    case CSE_PROGRAM_SPARSE:
        return verify_sparse(c);
    default:
        return false;
    }
}

bool cse_program_verify(const void *bytes, size_t size_bytes, uint32_t *steps)
{
    checker c = {bytes, size_bytes, bytes, 1};
    if (!bytes || (uintptr_t)bytes % 8 != 0 || size_bytes < sizeof(cse_program) ||
        size_bytes % 8 != 0 || !verify_head(&c) || !verify_map(&c) || !verify_kind(&c))
        return false;
    if (steps)
        *steps = c.steps;
    return true;
}
