// SPDX-License-Identifier: Apache-2.0
// bombs.tsv: hostile patterns are refused or served, within their budget, printed with time and
// memory. A row fails above twice its goal, measured as the best of three runs (a shared machine
// may lose one).
#include "engine/match/program.h"
#include "rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
enum { SLOWDOWN = 30 }; /* instrumented or unoptimised: outcomes count, times hardly */
#else
enum { SLOWDOWN = 1 };
#endif

/* Expands {{text*count}}. */
static corsac_str expand(csc_arena *arena, corsac_str pattern)
{
    char *out = csc_arena_alloc(arena, 1, 65536);
    size_t size = 0;
    for (size_t i = 0; i < pattern.size; i++) {
        const char *open = pattern.data + i, *close, *star;
        if (strncmp(open, "{{", 2) != 0 || !(close = strstr(open, "}}"))) {
            out[size++] = pattern.data[i];
            continue;
        }
        for (star = close; *star != '*';)
            star--;
        for (int n = atoi(star + 1); n > 0; n--, size += (size_t)(star - open - 2))
            memcpy(out + size, open + 2, (size_t)(star - open - 2));
        i += (size_t)(close - open) + 1;
    }
    return (corsac_str){out, size};
}

static const char *compile_once(corsac_str pattern, csc_regex_encoding encoding, size_t *bytes,
                                uint32_t *program_size)
{
    csc_arena *arena = csc_arena_new();
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_limits limits = {.encoding = encoding};
    csc_regex_automaton *automaton;
    corsac_str program;
    const char *outcome;
    *bytes = *program_size = 0;
    if (csc_regex_parse(arena, pattern, &limits, &regex, &error) != CORSAC_OK) {
        outcome = csc_regex_error_name(error.code);
    } else if (csc_regex_automaton_build(&regex->root, 1, NULL, &automaton) != CORSAC_OK) {
        outcome = "not built";
    } else {
        outcome = csc_regex_automaton_is_dfa(automaton) ? "dfa" : "nfa";
        *program_size = regex->program_size;
        if (csc_regex_program_emit(arena, automaton, &program) != CORSAC_OK ||
            !cse_program_verify(program.data, program.size, NULL))
            outcome = "not emitted";
        else
            *bytes = program.size;
        csc_regex_automaton_free(automaton);
    }
    csc_arena_free(arena);
    return outcome;
}

static void check_encoding(const row *r, corsac_str pattern, csc_regex_encoding encoding)
{
    double best_ms = 1e9, goal_ms = atof(r->columns[3].data);
    const char *outcome = NULL;
    size_t bytes;
    uint32_t program_size;
    for (int i = 0; i < 3; i++) {
        clock_t start = clock();
        outcome = compile_once(pattern, encoding, &bytes, &program_size);
        double ms = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;
        best_ms = ms < best_ms ? ms : best_ms;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%7.2f ms (goal %3.0f)  peak %6ld KiB  program %6u  %7zu bytes  %-20s %.50s\n", best_ms,
           goal_ms, usage.ru_maxrss, program_size, bytes, outcome, pattern.data);
    cr_expect_str_eq(outcome, r->columns[2].data, "line %d (%s)", r->line,
                     encoding == CSC_REGEX_UTF8 ? "UTF-8" : "Latin-1");
    cr_expect_leq(best_ms, 2 * goal_ms * SLOWDOWN, "line %d", r->line);
    cr_expect_leq(usage.ru_maxrss, 256 * 1024L * SLOWDOWN, "line %d", r->line);
}

static void check_row(const row *r, csc_arena *arena)
{
    corsac_str pattern = expand(arena, r->columns[1]);
    if (r->columns[0].data[0] != 'u')
        check_encoding(r, pattern, CSC_REGEX_LATIN1);
    if (r->columns[0].data[0] != 'l')
        check_encoding(r, pattern, CSC_REGEX_UTF8);
}

Test(regex_bombs, are_refused_or_served_within_their_budget) // M-22, X-9
{
    rows_read("bombs.tsv", check_row);
}
