// SPDX-License-Identifier: Apache-2.0
// Runs verified regex programs: trim, then a table walk, or bits over points where no table was
// small enough. Checking them is in program_verify.c; the layout and its meaning in
// engine/image/regex_format.h.
//
// Cost per byte of the middle, measured on one 2-core x86-64 virtual machine (docs/regex.md):
// NARROW 0.5 to 0.7 ns, WIDE 1.7 ns, NFA 10 ns, and 3 ns per word of points, and 9 ns per op
// that applies.
#include "engine/match/program.h"

#include "engine/match/guard.h"
#include "engine/match/sparse.h"

#include <string.h>

#if defined(__x86_64__)
#include <tmmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

static const uint8_t *at(const cse_program *program, uint32_t offset)
{
    return (const uint8_t *)program + offset;
}

/* ---- tables ----------------------------------------------------------------------------- */

#if defined(__x86_64__)
__attribute__((target("ssse3"))) static uint32_t walk_shuffled(const uint8_t *table,
                                                               const uint8_t *map, uint32_t start,
                                                               const uint8_t *text, size_t size)
{
    __m128i state = _mm_set1_epi8((char)start);
    for (size_t i = 0; i < size; i++) {
        const uint8_t *row = table + (size_t)map[text[i]] * CSE_PROGRAM_NARROW_STATES;
        state = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)row), state);
    }
    return (uint32_t)_mm_cvtsi128_si32(state) & 0xFF;
}
#endif

/* One look-up per byte, each waiting for the one before: for processors without a byte shuffle. */
static uint32_t walk_plainly(const uint8_t *table, const uint8_t *map, uint32_t state,
                             const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size && state; i++)
        state = table[(size_t)map[text[i]] * CSE_PROGRAM_NARROW_STATES + state];
    return state;
}

static uint32_t run_narrow(const cse_program *p, const uint8_t *text, size_t size)
{
    const uint8_t *table = at(p, p->table_offset), *map = at(p, p->map_offset);
    uint32_t state;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3"))
        state = walk_shuffled(table, map, p->start, text, size);
    else
        state = walk_plainly(table, map, p->start, text, size);
#elif defined(__aarch64__)
    uint8x16_t states = vdupq_n_u8((uint8_t)p->start);
    for (size_t i = 0; i < size; i++)
        states =
            vqtbl1q_u8(vld1q_u8(table + (size_t)map[text[i]] * CSE_PROGRAM_NARROW_STATES), states);
    state = vgetq_lane_u8(states, 0);
#else
    state = walk_plainly(table, map, p->start, text, size);
#endif
    return ((const uint16_t *)(const void *)at(p, p->mark_offset))[state];
}

static uint32_t run_wide8(const cse_program *p, const uint8_t *text, size_t size)
{
    const uint8_t *table = at(p, p->table_offset), *map = at(p, p->map_offset), *column;
    size_t row = p->start;
    for (size_t i = 0; i < size && row; i++) {
        column = table + map[text[i]];
        __asm__("" : "+r"(column)); /* added first: a byte then costs one read after the other */
        row = column[row];
    }
    return table[row + p->class_count];
}

static uint32_t run_wide16(const cse_program *p, const uint8_t *text, size_t size)
{
    const uint16_t *table = (const uint16_t *)(const void *)at(p, p->table_offset), *column;
    const uint8_t *map = at(p, p->map_offset);
    size_t row = p->start;
    for (size_t i = 0; i < size && row; i++) {
        column = table + map[text[i]];
        __asm__("" : "+r"(column)); /* added first: a byte then costs one read after the other */
        row = column[row];
    }
    return table[row + p->class_count];
}

static uint32_t run_wide32(const cse_program *p, const uint8_t *text, size_t size)
{
    const uint32_t *table = (const uint32_t *)(const void *)at(p, p->table_offset), *column;
    const uint8_t *map = at(p, p->map_offset);
    size_t row = p->start;
    for (size_t i = 0; i < size && row; i++) {
        column = table + map[text[i]];
        __asm__("" : "+r"(column)); /* added first: a byte then costs one read after the other */
        row = column[row];
    }
    return table[row + p->class_count];
}

/* ---- NFA -------------------------------------------------------------------------------- */

/* The program's sections as arrays. */
typedef struct nfa_view {
    uint32_t word_count;
    const uint8_t *map;
    const uint64_t *table, *skip;
    const uint32_t *word_ops;
    const cse_nfa_op *ops;
    const cse_nfa_bits *targets;
} nfa_view;

/* Extends a word's points along its skips; a chain that leaves the word at the top carries on. */
static uint64_t fill_skips(uint64_t set, uint64_t skip, uint64_t carry_in, uint64_t *carry_out)
{
    uint64_t sum;
    set |= carry_in;
    *carry_out = __builtin_add_overflow(set & skip, skip, &sum);
    return set | (sum ^ skip);
}

/* Adds a loop's targets. Returns the first word that changed, if closing must start again there. */
static uint32_t apply_loop(const nfa_view *n, const cse_nfa_op *op, uint64_t *set)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < op->target_count; i++) {
        const cse_nfa_bits *target = &n->targets[op->first_target + i];
        if (target->bits & ~set[target->word] && first == UINT32_MAX)
            first = target->word;
        set[target->word] |= target->bits;
    }
    return op->rescan ? first : UINT32_MAX;
}

/* Closes one word; returns the word to go on with. The word's points stay in a register meanwhile.
 */
static uint32_t close_word(const nfa_view *n, uint64_t *set, uint32_t word, uint64_t *carry,
                           cse_edge before, cse_edge behind)
{
    uint64_t carry_in = *carry, skip = n->skip[word];
    uint64_t bits = fill_skips(set[word], skip, carry_in, carry);
    for (uint32_t i = n->word_ops[word]; i < n->word_ops[word + 1]; i++) {
        const cse_nfa_op *op = &n->ops[i];
        uint64_t added = 0;
        if (!(bits & op->sources) || (op->guard && !cse_guard_holds(op->guard, before, behind)))
            continue;
        if (op->is_loop) {
            set[word] = bits;
            uint32_t rescan = apply_loop(n, op, set);
            if (rescan != UINT32_MAX) {
                *carry = 0;
                return rescan;
            }
            added = set[word];
        } else if (op->target / 64 == word) {
            added = (uint64_t)1 << op->target % 64;
        } else {
            set[op->target / 64] |= (uint64_t)1 << op->target % 64;
        }
        if (added & ~bits)
            bits = fill_skips(bits | added, skip, carry_in, carry);
    }
    set[word] = bits;
    return word + 1;
}

static void close_set(const nfa_view *n, uint64_t *set, cse_edge before, cse_edge behind)
{
    uint64_t carry = 0;
    for (uint32_t word = 0; word < n->word_count;) {
        if (set[word] | carry)
            word = close_word(n, set, word, &carry, before, behind);
        else
            word++;
    }
}

/* Moves the points that accept the byte one up. False: none did. */
static bool step_set(const nfa_view *n, const uint64_t *from, uint8_t byte, uint64_t *to)
{
    const uint64_t *row = n->table + (size_t)n->map[byte] * n->word_count;
    uint64_t carry = 0, any = 0;
    for (uint32_t w = 0; w < n->word_count; w++) {
        uint64_t kept = from[w] & row[w];
        to[w] = kept << 1 | carry;
        carry = kept >> 63;
        any |= kept;
    }
    return any != 0;
}

static uint32_t run_nfa(const cse_program *p, const uint8_t *text, size_t size, uint64_t *scratch)
{
    const cse_nfa *body = (const cse_nfa *)(const void *)at(p, sizeof *p);
    nfa_view n = {.word_count = body->word_count,
                  .map = at(p, p->map_offset),
                  .table = (const uint64_t *)(const void *)at(p, p->table_offset),
                  .skip = (const uint64_t *)(const void *)at(p, body->skip_offset),
                  .word_ops = (const uint32_t *)(const void *)at(p, body->word_ops_offset),
                  .ops = (const cse_nfa_op *)(const void *)at(p, body->ops_offset),
                  .targets = (const cse_nfa_bits *)(const void *)at(p, body->targets_offset)};
    uint64_t *set = scratch, *next = scratch + n.word_count;
    memset(set, 0, n.word_count * sizeof *set);
    set[0] = 1;
    cse_edge before = CSE_EDGE_TEXT;
    for (size_t i = 0; i < size; i++) {
        cse_edge behind = cse_edge_of(text[i]);
        close_set(&n, set, before, behind);
        if (!step_set(&n, set, text[i], next))
            return 0;
        uint64_t *swap = set;
        set = next;
        next = swap;
        before = behind;
    }
    close_set(&n, set, before, CSE_EDGE_TEXT);
    const cse_nfa_accept *accepts =
        (const cse_nfa_accept *)(const void *)at(p, body->accepts_offset);
    for (uint32_t i = 0; i < body->accept_count; i++)
        if (set[accepts[i].point / 64] >> accepts[i].point % 64 & 1)
            return accepts[i].mark;
    return 0;
}

/* ---- entry ------------------------------------------------------------------------------ */

size_t cse_program_scratch_size(const cse_program *program)
{
    if (program->kind == CSE_PROGRAM_SPARSE)
        return cse_sparse_scratch_size(program);
    if (program->kind != CSE_PROGRAM_NFA)
        return 0;
    const cse_nfa *body = (const cse_nfa *)(const void *)at(program, sizeof *program);
    return (size_t)body->word_count * 2 * sizeof(uint64_t);
}

uint32_t cse_program_find(const cse_program *program, const char *text, size_t size_bytes,
                          void *scratch)
{
    const cse_program *p = program;
    const uint8_t *literals = at(p, p->literal_offset);
    if (size_bytes < p->min_bytes || (size_bytes > p->max_bytes && p->max_bytes != UINT32_MAX))
        return 0;
    size_t prefix = p->prefix_bytes, suffix = p->suffix_bytes;
    if ((prefix && memcmp(text, literals, prefix) != 0) ||
        (suffix && memcmp(text + size_bytes - suffix, literals + prefix, suffix) != 0))
        return 0;
    const uint8_t *middle = (const uint8_t *)text + prefix;
    size_t size = size_bytes - prefix - suffix;
    if (p->kind == CSE_PROGRAM_NARROW)
        return run_narrow(p, middle, size);
    if (p->kind == CSE_PROGRAM_NFA)
        return run_nfa(p, middle, size, scratch);
    if (p->kind == CSE_PROGRAM_SPARSE)
        return cse_sparse_find(p, middle, size, scratch);
    return p->cell_bytes == 1   ? run_wide8(p, middle, size)
           : p->cell_bytes == 2 ? run_wide16(p, middle, size)
                                : run_wide32(p, middle, size);
}

bool cse_program_match(const cse_program *program, const char *text, size_t size_bytes,
                       void *scratch)
{
    return cse_program_find(program, text, size_bytes, scratch) != 0;
}
