// SPDX-License-Identifier: Apache-2.0
// Each field of a regex program at and beyond its bound, one at a time (regex_format.h): the bound itself is
// accepted where a program that is written stands on it, everything beyond is refused.
#include "compiler/regex/regex.h"
#include "engine/match/program.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct program {
    uint8_t *bytes; /* of exactly that size */
    size_t size;
    cse_program *head;
    const char *pattern;
} program;

static program emit(const char *pattern, bool nfa, unsigned kind)
{
    csc_arena *arena = csc_arena_new();
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    corsac_str bytes;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(
        (nfa ? csc_regex_program_emit_nfa : csc_regex_program_emit)(arena, automaton, &bytes),
        CORSAC_OK);
    program p = {.bytes = malloc(bytes.size), .size = bytes.size, .pattern = pattern};
    cr_assert_not_null(p.bytes);
    memcpy(p.bytes, bytes.data, bytes.size);
    p.head = (cse_program *)(void *)p.bytes;
    csc_regex_automaton_free(automaton);
    csc_arena_free(arena);
    cr_assert_eq(p.head->kind, kind, "%s is of kind %u", pattern, p.head->kind);
    cr_assert(cse_program_verify(p.bytes, p.size, NULL));
    return p;
}

static program narrow(void)
{
    return emit("https://.*\\.example\\.com", false, CSE_PROGRAM_NARROW);
}

static program wide(void)
{
    return emit("[a-z]{1,100}x[0-9]{1,100}", false, CSE_PROGRAM_WIDE);
}

static program nfa(void)
{
    return emit("(?:a?b?){1,200}(?:\\bc|$){3}(a|b)*a(a|b){20}", true, CSE_PROGRAM_NFA);
}

static program sparse(void)
{
    return emit("(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,400}c)*(?:a|b)*a(?:a|b){20}", true,
                CSE_PROGRAM_SPARSE);
}

static bool accepts(const program *p, size_t at, const void *value, size_t size)
{
    uint8_t before[8];
    memcpy(before, p->bytes + at, size);
    memcpy(p->bytes + at, value, size);
    bool accepted = cse_program_verify(p->bytes, p->size, NULL);
    memcpy(p->bytes + at, before, size);
    return accepted;
}

static bool accepts_word(const program *p, size_t at, uint32_t value)
{
    return accepts(p, at, &value, sizeof(value));
}

static bool accepts_half(const program *p, size_t at, uint16_t value)
{
    return accepts(p, at, &value, sizeof(value));
}

static uint32_t word(const program *p, size_t at)
{
    uint32_t value;
    memcpy(&value, p->bytes + at, sizeof(value));
    return value;
}

#define REFUSED(p, at, value)                                                                      \
    cr_expect_not(accepts_word(&(p), (at), (value)), "%s: word at %zu = %u", (p).pattern,          \
                  (size_t)(at), (unsigned)(value))
#define REFUSED_HALF(p, at, value)                                                                 \
    cr_expect_not(accepts_half(&(p), (at), (value)), "%s: half at %zu = %u", (p).pattern,          \
                  (size_t)(at), (unsigned)(value))

/* The last bytes of a program may be those of any slice, and not one less. */
static void slice_may_end_the_program(program p, size_t at, size_t slice_bytes)
{
    const size_t size = p.size + (slice_bytes + 7) / 8 * 8;
    const uint32_t moved = (uint32_t)p.size, moved_size = (uint32_t)size;
    uint8_t *bytes = calloc(1, size);
    cr_assert_not_null(bytes);
    memcpy(bytes, p.bytes, p.size);
    memcpy(bytes + p.size, p.bytes + word(&p, at), slice_bytes);
    memcpy(bytes + at, &moved, sizeof(moved));
    memcpy(bytes + offsetof(cse_program, size_bytes), &moved_size, sizeof(moved_size));
    program longer = {.bytes = bytes, .size = size, .pattern = p.pattern};
    cr_expect(cse_program_verify(bytes, size, NULL), "%s: word at %zu: the slice ends the program",
              p.pattern, at);
    REFUSED(longer, at, moved + 8);
    free(bytes);
}

/* An offset of something that is not empty: never into the header, unaligned, or past the end. */
static void offset_is_bounded(program p, size_t at, size_t slice_bytes)
{
    slice_may_end_the_program(p, at, slice_bytes);
    uint32_t size = (uint32_t)p.size, last = size - (uint32_t)(slice_bytes + 7) / 8 * 8;
    REFUSED(p, at, 0);
    REFUSED(p, at, sizeof(cse_program) - 8);
    REFUSED(p, at, word(&p, at) + 4);
    REFUSED(p, at, last + 8);
    REFUSED(p, at, size);
    REFUSED(p, at, size + 8);
    REFUSED(p, at, UINT32_MAX - 7);
}

#define HEAD(field)       offsetof(cse_program, field)
#define BODY(type, field) (sizeof(cse_program) + offsetof(type, field))

static void head_is_bounded(program p)
{
    size_t literals = (size_t)p.head->prefix_bytes + p.head->suffix_bytes;
    REFUSED(p, HEAD(size_bytes), (uint32_t)p.size - 8);
    REFUSED(p, HEAD(size_bytes), (uint32_t)p.size + 8);
    REFUSED(p, HEAD(class_count), 0);
    REFUSED(p, HEAD(class_count), 257);
    REFUSED(p, HEAD(state_count), 0);
    REFUSED(p, HEAD(state_count), UINT32_MAX);
    REFUSED(p, HEAD(regex_count), 0);
    REFUSED(p, HEAD(regex_count), CSE_PROGRAM_MAX_REGEXES + 1);
    cr_expect(accepts_word(&p, HEAD(regex_count), CSE_PROGRAM_MAX_REGEXES));
    REFUSED_HALF(p, HEAD(prefix_bytes), CSE_PROGRAM_MAX_TRIM + 1);
    REFUSED_HALF(p, HEAD(suffix_bytes), CSE_PROGRAM_MAX_TRIM + 1);
    if (p.head->min_bytes > 0)
        REFUSED(p, HEAD(max_bytes), p.head->min_bytes - 1);
    cr_expect(accepts_word(&p, HEAD(max_bytes), p.head->min_bytes));
    if (literals > 0) {
        REFUSED(p, HEAD(min_bytes), (uint32_t)literals - 1);
        cr_expect(accepts_word(&p, HEAD(min_bytes), (uint32_t)literals));
        offset_is_bounded(p, HEAD(literal_offset), literals);
    }
    offset_is_bounded(p, HEAD(map_offset), 256);
    REFUSED_HALF(p, HEAD(kind), 0);
    REFUSED_HALF(p, HEAD(kind), CSE_PROGRAM_SPARSE + 1);
    /* each byte of the map names a class */
    uint8_t beyond = (uint8_t)p.head->class_count;
    for (size_t byte = 0; byte < 256 && p.head->class_count < 256; byte += 51)
        cr_expect_not(accepts(&p, p.head->map_offset + byte, &beyond, 1), "class of byte %zu",
                      byte);
}

Test(program_fields, what_is_refused_of_a_narrow_program)
{
    program p = narrow();
    const uint32_t states = p.head->state_count,
                   cells = p.head->class_count * CSE_PROGRAM_NARROW_STATES;
    head_is_bounded(p);
    REFUSED(p, HEAD(state_count), CSE_PROGRAM_NARROW_STATES + 1);
    REFUSED(p, HEAD(start), states);
    cr_expect(accepts_word(&p, HEAD(start), states - 1));
    offset_is_bounded(p, HEAD(table_offset), cells);
    offset_is_bounded(p, HEAD(mark_offset), CSE_PROGRAM_NARROW_STATES * sizeof(uint16_t));
    const uint8_t beyond = (uint8_t)states, last = (uint8_t)(states - 1), one = 1;
    cr_expect_not(accepts(&p, p.head->table_offset + 1, &beyond, 1));
    cr_expect(accepts(&p, p.head->table_offset + 1, &last, 1));
    cr_expect_not(accepts(&p, p.head->table_offset + cells - 1, &beyond, 1));
    cr_expect_not(accepts(&p, p.head->table_offset + cells - CSE_PROGRAM_NARROW_STATES, &one, 1));
    REFUSED_HALF(p, p.head->mark_offset, 1); /* the dead state */
    REFUSED_HALF(p, p.head->mark_offset + 2, (uint16_t)(p.head->regex_count + 1));
    cr_expect(accepts_half(&p, p.head->mark_offset + 2, (uint16_t)p.head->regex_count));
    REFUSED_HALF(p, p.head->mark_offset + 2 * (CSE_PROGRAM_NARROW_STATES - 1),
                 (uint16_t)(p.head->regex_count + 1));
    free(p.bytes);
}

Test(program_fields, what_is_refused_of_a_wide_program)
{
    program p = wide();
    const uint32_t stride = p.head->class_count + 1, cells = stride * p.head->state_count;
    const size_t table = p.head->table_offset, cell = p.head->cell_bytes;
    cr_assert_eq(cell, 2u);
    head_is_bounded(p);
    REFUSED_HALF(p, HEAD(cell_bytes), 0);
    REFUSED_HALF(p, HEAD(cell_bytes), 3);
    REFUSED_HALF(p, HEAD(cell_bytes), 8);
    REFUSED(p, HEAD(state_count), (uint32_t)(p.size / cell / stride) + 1);
    REFUSED(p, HEAD(start), cells);
    REFUSED(p, HEAD(start), 1);
    cr_expect(accepts_word(&p, HEAD(start), cells - stride));
    offset_is_bounded(p, HEAD(table_offset), cells * cell);
    for (uint32_t row = stride; row < cells; row += stride * 40) {
        REFUSED_HALF(p, table + cell * row, (uint16_t)cells);
        REFUSED_HALF(p, table + cell * row, 1); /* not the first cell of a row */
        cr_expect(accepts_half(&p, table + cell * row, (uint16_t)(cells - stride)));
        REFUSED_HALF(p, table + cell * (row + stride - 1), (uint16_t)(p.head->regex_count + 1));
        cr_expect(
            accepts_half(&p, table + cell * (row + stride - 1), (uint16_t)p.head->regex_count));
    }
    REFUSED_HALF(p, table, (uint16_t)stride); /* a way out of the dead state */
    REFUSED_HALF(p, table + cell * (stride - 1), 1);
    free(p.bytes);
}

/* The same with cells of 1 and of 4 bytes. */
static void cells_are_bounded(program p, size_t cell_bytes)
{
    const uint32_t stride = p.head->class_count + 1, cells = stride * p.head->state_count;
    cr_assert_eq(p.head->cell_bytes, cell_bytes);
    for (uint32_t row = stride; row < cells; row += stride * (1 + p.head->state_count / 16)) {
        const size_t next = p.head->table_offset + cell_bytes * row,
                     mark = p.head->table_offset + cell_bytes * (row + stride - 1);
        const uint32_t bad[] = {cells, 1, stride + 1}, good = cells - stride,
                       regexes = p.head->regex_count, more = regexes + 1;
        for (size_t i = 0; i < 3; i++)
            cr_expect_not(accepts(&p, next, &bad[i], cell_bytes), "row %u: %u", row, bad[i]);
        cr_expect(accepts(&p, next, &good, cell_bytes), "row %u", row);
        cr_expect_not(accepts(&p, mark, &more, cell_bytes), "row %u", row);
        cr_expect(accepts(&p, mark, &regexes, cell_bytes), "row %u", row);
    }
    free(p.bytes);
}

Test(program_fields, cells_of_every_width_are_read_where_they_stand)
{
    cells_are_bounded(emit("[a-w]{1,9}x[0-9]{1,9}", false, CSE_PROGRAM_WIDE), 1);
    cells_are_bounded(emit("[0-9]{1,1000}fghijklmnopqrstuvw[ab]{1,1000}[c-e]{1,1000}[0-9]{1,900}",
                           false, CSE_PROGRAM_WIDE),
                      4);
}

/* A program of rows that are all dead, with that many classes and states. */
static program dead_rows(uint32_t class_count, uint32_t state_count, uint16_t cell_bytes)
{
    const size_t cells = (size_t)(class_count + 1) * state_count;
    const uint32_t table = sizeof(cse_program) + 256;
    const size_t size = (table + cells * cell_bytes + 7) / 8 * 8;
    program p = {.bytes = calloc(1, size), .size = size, .pattern = "dead rows"};
    cr_assert_not_null(p.bytes);
    p.head = (cse_program *)(void *)p.bytes;
    *p.head = (cse_program){.kind = CSE_PROGRAM_WIDE,
                            .cell_bytes = cell_bytes,
                            .size_bytes = (uint32_t)size,
                            .state_count = state_count,
                            .class_count = class_count,
                            .max_bytes = UINT32_MAX,
                            .literal_offset = sizeof(cse_program),
                            .regex_count = 1,
                            .map_offset = sizeof(cse_program),
                            .table_offset = table};
    cr_assert(cse_program_verify(p.bytes, p.size, NULL));
    return p;
}

/* Division decides here, which verification does without. */
static void only_rows_are_named(program p, uint32_t next)
{
    const uint32_t stride = p.head->class_count + 1, cells = stride * p.head->state_count;
    const size_t cell_bytes = p.head->cell_bytes;
    const size_t at = p.head->table_offset + cell_bytes * (cells - 2);
    cr_expect_eq(accepts(&p, at, &next, cell_bytes), next < cells && next % stride == 0,
                 "%zu bytes, rows of %u in %u: %u", cell_bytes, stride, cells, next);
}

Test(program_fields, a_cell_names_a_row_whatever_the_stride)
{
    for (uint32_t class_count = 1; class_count <= 256; class_count++) {
        const uint32_t stride = class_count + 1;
        const uint32_t few = 2 + class_count % 5, most = 65536 / stride;
        program bytes = dead_rows(class_count, few, 1), halves = dead_rows(class_count, few, 2),
                words = dead_rows(class_count, few, 4), all = dead_rows(class_count, most, 2);
        for (uint32_t next = 0; next < 256; next++)
            only_rows_are_named(bytes, next);
        for (uint32_t next = 0; next < 65536; next += next < stride * few + 4 ? 1 : 997)
            only_rows_are_named(halves, next);
        for (uint32_t next = 0; next < stride * few + 4; next += next < 2 * stride ? 1 : 7) {
            only_rows_are_named(words, next);
            only_rows_are_named(words, UINT32_MAX - next);
            only_rows_are_named(words, next << 16);
        }
        for (uint32_t back = 0; back < 2 * stride; back += 1 + stride / 8)
            only_rows_are_named(all, 65535 - back);
        for (uint32_t row = 1; row < 4; row++)
            only_rows_are_named(all, stride * (most - row));
        const program made[] = {bytes, halves, words, all};
        for (size_t i = 0; i < 4; i++)
            free(made[i].bytes);
    }
}

/* A mark is no row and may be any number up to that of the regexes; but no cell of its row may be one. */
Test(program_fields, marks_are_told_from_cells)
{
    program p = dead_rows(6, 3, 1);
    p.head->regex_count = 9;
    for (uint8_t mark = 0; mark < 30; mark++) {
        uint8_t *table = p.bytes + p.head->table_offset;
        table[13] = mark;
        cr_expect_eq(cse_program_verify(p.bytes, p.size, NULL), mark <= 9, "mark %u", mark);
        table[13] = 0;
        for (size_t cell = 7; cell < 21; cell += cell % 7 == 5 ? 2 : 1)
            cr_expect_eq(accepts(&p, p.head->table_offset + cell, &mark, 1),
                         mark % 7 == 0 && mark < 21, "cell %zu: %u", cell, mark);
    }
    free(p.bytes);
}

/* What stands in those cells is also what decides. */
Test(program_fields, a_program_of_wide_cells_decides)
{
    static const struct {
        const char *text;
        uint32_t mark;
    } ROWS[] = {{"1fghijklmnopqrstuvwac2", 1},  {"123fghijklmnopqrstuvwababcde987", 1},
                {"1fghijklmnopqrstuvwac", 0},   {"fghijklmnopqrstuvwac2", 0},
                {"1fghijklmnopqrstuvxac2", 0},  {"1fghijklmnopqrstuvwca2", 0},
                {"1fghijklmnopqrstuvwac2x", 0}, {"1fghijklmnopqrstuvwaac2", 1}};
    program p = emit("[0-9]{1,1000}fghijklmnopqrstuvw[ab]{1,1000}[c-e]{1,1000}[0-9]{1,900}", false,
                     CSE_PROGRAM_WIDE);
    cr_assert_eq(p.head->cell_bytes, 4);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        cr_expect_eq(cse_program_find(p.head, ROWS[i].text, strlen(ROWS[i].text), NULL),
                     ROWS[i].mark, "%s", ROWS[i].text);
    free(p.bytes);
}

static void accepts_are_bounded(program p, size_t offset_at, size_t count_at)
{
    size_t list = word(&p, offset_at), count = word(&p, count_at);
    cr_assert_geq(count, 1u);
    offset_is_bounded(p, offset_at, count * sizeof(cse_nfa_accept));
    REFUSED(p, count_at, (uint32_t)((p.size - list) / sizeof(cse_nfa_accept)) + 1);
    REFUSED(p, count_at, UINT32_MAX);
    REFUSED(p, list + offsetof(cse_nfa_accept, point), p.head->state_count);
    cr_expect(accepts_word(&p, list + offsetof(cse_nfa_accept, point), p.head->state_count - 1));
    REFUSED(p, list + offsetof(cse_nfa_accept, mark), 0);
    REFUSED(p, list + offsetof(cse_nfa_accept, mark), p.head->regex_count + 1);
}

static void nfa_ops_are_bounded(program p, const cse_nfa *n)
{
    bool jumps = false, loops = false;
    for (uint32_t w = 0; w < n->word_count; w++) {
        for (uint32_t i = word(&p, n->word_ops_offset + 4 * w);
             i < word(&p, n->word_ops_offset + 4 * w + 4); i++) {
            const size_t at = n->ops_offset + i * sizeof(cse_nfa_op);
            const cse_nfa_op *op = (const void *)(p.bytes + at);
            const uint8_t guards = CSE_GUARD_COUNT, two = 2;
            cr_expect_not(accepts(&p, at + offsetof(cse_nfa_op, guard), &guards, 1));
            cr_expect_not(accepts(&p, at + offsetof(cse_nfa_op, is_loop), &two, 1));
            cr_expect_not(accepts(&p, at + offsetof(cse_nfa_op, rescan), &two, 1));
            if (!op->is_loop) {
                jumps = true;
                REFUSED(p, at + offsetof(cse_nfa_op, target), p.head->state_count);
                REFUSED(p, at + offsetof(cse_nfa_op, target_count), 1);
                if (w > 0)
                    REFUSED(p, at + offsetof(cse_nfa_op, target), 64 * w - 1);
                continue;
            }
            loops = true;
            cse_nfa_op empty = *op; /* a loop to nowhere, behind the last target */
            empty.first_target = n->target_count;
            empty.target_count = 0;
            uint8_t before[sizeof(empty)];
            memcpy(before, p.bytes + at, sizeof(empty));
            memcpy(p.bytes + at, &empty, sizeof(empty));
            cr_expect(cse_program_verify(p.bytes, p.size, NULL));
            memcpy(p.bytes + at, before, sizeof(empty));
            REFUSED(p, at + offsetof(cse_nfa_op, first_target), n->target_count + 1);
            REFUSED(p, at + offsetof(cse_nfa_op, target_count),
                    n->target_count - op->first_target + 1);
            REFUSED(p, n->targets_offset + op->first_target * sizeof(cse_nfa_bits), w + 1);
        }
    }
    cr_expect(jumps);
    cr_expect(loops);
}

Test(program_fields, what_is_refused_of_an_nfa)
{
    program p = nfa();
    const cse_nfa *n = (const void *)(p.bytes + sizeof(cse_program));
    head_is_bounded(p);
    REFUSED(p, HEAD(state_count), p.head->state_count + 64);
    REFUSED(p, BODY(cse_nfa, word_count), n->word_count + 1);
    REFUSED(p, BODY(cse_nfa, word_count), n->word_count - 1);
    REFUSED(p, BODY(cse_nfa, op_count), n->op_count + 1);
    REFUSED(p, BODY(cse_nfa, op_count), n->op_count - 1);
    REFUSED(p, BODY(cse_nfa, rescan_count), n->rescan_count + 1);
    REFUSED(p, BODY(cse_nfa, target_count), UINT32_MAX);
    offset_is_bounded(p, HEAD(table_offset), (size_t)p.head->class_count * n->word_count * 8);
    offset_is_bounded(p, BODY(cse_nfa, skip_offset), n->word_count * 8u);
    offset_is_bounded(p, BODY(cse_nfa, word_ops_offset), (n->word_count + 1) * 4u);
    offset_is_bounded(p, BODY(cse_nfa, ops_offset), n->op_count * sizeof(cse_nfa_op));
    offset_is_bounded(p, BODY(cse_nfa, targets_offset), n->target_count * sizeof(cse_nfa_bits));
    accepts_are_bounded(p, BODY(cse_nfa, accepts_offset), BODY(cse_nfa, accept_count));
    REFUSED(p, n->word_ops_offset, 1);
    REFUSED(p, n->word_ops_offset + 4, n->op_count + 1);
    REFUSED(p, n->word_ops_offset + 4 * n->word_count, n->op_count - 1);
    nfa_ops_are_bounded(p, n);
    free(p.bytes);
}

/* A loop back to alternatives that lie words apart. */
Test(program_fields, words_of_the_targets_of_a_loop_ascend)
{
    program p = emit("(?:a{70}d|b{70}e|c)*(a|b)*a(a|b){20}", true, CSE_PROGRAM_NFA);
    const cse_nfa *n = (const void *)(p.bytes + sizeof(cse_program));
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < n->op_count; i++) {
        const cse_nfa_op *op = (const void *)(p.bytes + n->ops_offset + i * sizeof(cse_nfa_op));
        for (uint32_t k = 1; op->is_loop && k < op->target_count; k++) {
            size_t target = n->targets_offset + (op->first_target + k) * sizeof(cse_nfa_bits);
            REFUSED(p, target, word(&p, target - sizeof(cse_nfa_bits)));
            pairs++;
        }
    }
    cr_expect_gt(pairs, 0);
    free(p.bytes);
}

Test(program_fields, what_is_refused_of_a_sparse_program)
{
    program p = sparse();
    const cse_sparse *n = (const void *)(p.bytes + sizeof(cse_program));
    const uint32_t points = p.head->state_count;
    head_is_bounded(p);
    REFUSED(p, HEAD(state_count), CSE_NFA_MAX_POINTS + 1);
    REFUSED(p, BODY(cse_sparse, edge_count), n->edge_count - 1);
    REFUSED(p, BODY(cse_sparse, edge_count), n->edge_count + 1);
    REFUSED(p, BODY(cse_sparse, edge_count), CSE_SPARSE_MAX_STEPS);
    REFUSED(p, BODY(cse_sparse, set_count), UINT32_MAX);
    offset_is_bounded(p, HEAD(table_offset), n->set_count * 32u);
    offset_is_bounded(p, BODY(cse_sparse, first_edge_offset), (points + 1) * 4u);
    offset_is_bounded(p, BODY(cse_sparse, edges_offset), n->edge_count * sizeof(cse_sparse_edge));
    offset_is_bounded(p, BODY(cse_sparse, set_of_offset), points * 4u);
    accepts_are_bounded(p, BODY(cse_sparse, accepts_offset), BODY(cse_sparse, accept_count));
    REFUSED(p, n->first_edge_offset, 1);
    REFUSED(p, n->first_edge_offset + 4, n->edge_count + 1);
    REFUSED(p, n->first_edge_offset + 4 * points, n->edge_count - 1);
    REFUSED(p, n->set_of_offset, n->set_count + 1);
    cr_expect(accepts_word(&p, n->set_of_offset, n->set_count));
    REFUSED(p, n->set_of_offset + 4 * (points - 1), 1);
    for (uint32_t i = 0; i < n->edge_count; i += 1 + n->edge_count / 9) {
        size_t at = n->edges_offset + i * sizeof(cse_sparse_edge);
        REFUSED(p, at, points);
        cr_expect(accepts_word(&p, at, points - 1));
        REFUSED(p, at + 4, CSE_GUARD_COUNT);
        cr_expect(accepts_word(&p, at + 4, CSE_GUARD_COUNT - 1));
    }
    free(p.bytes);
}

Test(program_fields, as_much_is_trimmed_as_a_program_may_trim)
{
    char pattern[2 * 300 + 3];
    memset(pattern, 'x', 300);
    memcpy(pattern + 300, ".*", 2);
    memset(pattern + 302, 'y', 300);
    pattern[602] = '\0';
    program p = emit(pattern, false, CSE_PROGRAM_WIDE);
    cr_expect_eq(p.head->prefix_bytes, CSE_PROGRAM_MAX_TRIM);
    cr_expect_eq(p.head->suffix_bytes, CSE_PROGRAM_MAX_TRIM);
    free(p.bytes);
}

/* Known by reading the pattern: a first byte, and an "a" 21 bytes before the end. */
Test(program_fields, a_sparse_program_decides)
{
    program p = emit("[xy](?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,400}c)*(?:a|b)*a(?:a|b){20}", true,
                     CSE_PROGRAM_SPARSE);
    static const struct {
        const char *text;
        uint32_t mark;
    } rows[] = {{"xabbbbbbbbbbbbbbbbbbbb", 1},
                {"yabbbbbbbbbbbbbbbbbbbb", 1},
                {"abbbbbbbbbbbbbbbbbbbb", 0},
                {"xbabbbbbbbbbbbbbbbbbbbb", 1},
                {"xbbbbbbbbbbbbbbbbbbbbb", 0},
                {"xabbbbbbbbbbbbbbbbbbb", 0},
                {"xxabbbbbbbbbbbbbbbbbbbb", 0},
                {"xabbbbbbbbbbbbbbbbbbbbc", 0},
                {"x-cabbbbbbbbbbbbbbbbbbbb", 1},
                {"x", 0},
                {"", 0}};
    void *scratch = malloc(cse_program_scratch_size(p.head));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(cse_program_find(p.head, rows[i].text, strlen(rows[i].text), scratch),
                     rows[i].mark, "%s", rows[i].text);
    free(scratch);
    free(p.bytes);
}
