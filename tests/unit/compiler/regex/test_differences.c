// SPDX-License-Identifier: Apache-2.0
// differences.tsv row by row, in every form that serves: automaton, DFA program, NFA program.
#include "engine/match/program.h"
#include "rows.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint32_t refused_by(corsac_str who)
{
    if (csc_str_is(who, "refuse istio"))
        return CSC_REGEX_BY_ISTIO;
    if (csc_str_is(who, "refuse envoy"))
        return CSC_REGEX_BY_ENVOY;
    if (csc_str_is(who, "refuse corsac"))
        return CSC_REGEX_BY_CORSAC;
    return CSC_REGEX_BY_ISTIO | CSC_REGEX_BY_ENVOY;
}

static void expect_matches(const row *r, csc_arena *arena, const csc_regex *regex)
{
    csc_regex_automaton *automaton;
    corsac_str program, nfa, sparse;
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit(arena, automaton, &program), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit_nfa(arena, automaton, &nfa), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit_sparse(arena, automaton, &sparse), CORSAC_OK);
    cr_assert(cse_program_verify(program.data, program.size, NULL));
    cr_assert(cse_program_verify(nfa.data, nfa.size, NULL));
    cr_assert(cse_program_verify(sparse.data, sparse.size, NULL));
    const cse_program *p = (const void *)program.data, *n = (const void *)nfa.data;
    const cse_program *points = (const void *)sparse.data;
    void *scratch = malloc(cse_program_scratch_size(n) + cse_program_scratch_size(points));
    for (size_t i = 3; i < r->count; i++) {
        corsac_str text = csc_str_slice(r->columns[i], 1, r->columns[i].size - 1);
        bool expected = r->columns[i].data[0] == '+';
        cr_expect_eq(csc_regex_automaton_match(automaton, text), expected, "line %d text %zu",
                     r->line, i - 2);
        cr_expect_eq(cse_program_match(p, text.data, text.size, NULL), expected,
                     "line %d text %zu: program", r->line, i - 2);
        cr_expect_eq(cse_program_match(n, text.data, text.size, scratch), expected,
                     "line %d text %zu: NFA", r->line, i - 2);
        cr_expect_eq(cse_program_match(points, text.data, text.size, scratch), expected,
                     "line %d text %zu: sparse", r->line, i - 2);
    }
    free(scratch);
    csc_regex_automaton_free(automaton);
}

static void check_encoding(const row *r, csc_arena *arena, csc_regex_encoding encoding)
{
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_limits limits = {.encoding = encoding};
    corsac_status status = csc_regex_parse(arena, r->columns[2], &limits, &regex, &error);
    if (csc_str_starts(r->columns[3], csc_str_from("refuse"))) {
        cr_expect_eq(status, CORSAC_E_SOURCE, "line %d", r->line);
        cr_expect_eq(error.refused_by, refused_by(r->columns[3]), "line %d: %x", r->line,
                     error.refused_by);
        cr_expect_leq((size_t)error.offset + error.size, r->columns[2].size, "line %d", r->line);
        cr_expect_gt(error.message.size, 0u, "line %d", r->line);
        return;
    }
    cr_expect_eq(status, CORSAC_OK, "line %d: %.*s", r->line, (int)error.message.size,
                 error.message.data);
    if (status == CORSAC_OK)
        expect_matches(r, arena, regex);
}

static void check_row(const row *r, csc_arena *arena)
{
    cr_assert_geq(r->count, 4u, "line %d", r->line);
    char encoding = r->columns[1].data[0];
    if (encoding != 'u')
        check_encoding(r, arena, CSC_REGEX_LATIN1);
    if (encoding != 'l')
        check_encoding(r, arena, CSC_REGEX_UTF8);
}

Test(regex_differences, every_row_means_what_re2_means) // M-1, M-19, M-20, M-21
{
    rows_read("differences.tsv", check_row);
}
