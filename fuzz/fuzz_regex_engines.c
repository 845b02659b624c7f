// SPDX-License-Identifier: Apache-2.0
// Boundary: a tenant writes regexes, an internet client the origin.
// Property: every form of the same regexes gives the same answer: the automaton, its program, the NFA, the
// points and edges, and the whole set lowered, by automata, and by Hyperscan.
// Input: up to three lines of patterns, an empty line, then origins, one a line.
#include "compiler/regex/regex.h"
#include "engine/match/origin.h"
#include "engine/match/program.h"
#include "fuzz/fuzz_support.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PATTERNS = 3, MOST_PATTERN_BYTES = 120, MOST_PROGRAM = 3000, MOST_ORIGINS = 16 };

/* One regex in the forms that stand alone. */
typedef struct forms {
    char matcher[MOST_PATTERN_BYTES + 2]; /* "~pattern" */
    csc_regex_automaton *automaton;
    corsac_str programs[3];
} forms;

typedef struct input {
    const char *next, *end;
} input;

static bool take_line(input *in, corsac_str *line)
{
    if (in->next >= in->end)
        return false;
    const char *stop = memchr(in->next, '\n', (size_t)(in->end - in->next));
    stop = stop ? stop : in->end;
    *line = (corsac_str){in->next, (size_t)(stop - in->next)};
    in->next = stop + (stop < in->end);
    return true;
}

/* False: the pattern is refused, or would take the fuzzer too long. */
static bool build(forms *f, csc_arena *arena, corsac_str pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    if (pattern.size > MOST_PATTERN_BYTES || memchr(pattern.data, 0, pattern.size) ||
        csc_regex_parse(arena, pattern, NULL, &regex, &error) != CORSAC_OK ||
        regex->program_size > MOST_PROGRAM)
        return false;
    f->matcher[0] = '~';
    memcpy(f->matcher + 1, pattern.data, pattern.size);
    f->matcher[pattern.size + 1] = 0;
    fuzz_require(csc_regex_automaton_build(&regex->root, 1, NULL, &f->automaton) == CORSAC_OK,
                 "builds");
    fuzz_require(
        csc_regex_program_emit(arena, f->automaton, &f->programs[0]) == CORSAC_OK &&
            csc_regex_program_emit_nfa(arena, f->automaton, &f->programs[1]) == CORSAC_OK &&
            csc_regex_program_emit_sparse(arena, f->automaton, &f->programs[2]) == CORSAC_OK,
        "emits");
    for (int i = 0; i < 3; i++)
        fuzz_require(cse_program_verify(f->programs[i].data, f->programs[i].size, NULL),
                     "verifies");
    return true;
}

static bool ask_forms(const forms *f, corsac_str text)
{
    bool holds = csc_regex_automaton_match(f->automaton, text);
    for (int i = 0; i < 3; i++) {
        const cse_program *program = (const void *)f->programs[i].data;
        void *scratch = malloc(cse_program_scratch_size(program) + 8);
        fuzz_require(scratch != NULL, "memory");
        fuzz_require(cse_program_match(program, text.data, text.size, scratch) == holds,
                     "the program answers as the automaton does");
        free(scratch);
    }
    return holds;
}

typedef struct sets {
    origin_fixture fixtures[3];
    uint32_t set[3];
    bool any;
} sets;

static void open_sets(sets *s, const forms *list, size_t count)
{
    static const csc_origin_options options[] = {
        {CORSAC_REGEX_AUTO, false}, {CORSAC_REGEX_HYPERSCAN, true}, {CORSAC_REGEX_AUTOMATON, true}};
    const char *matchers[MOST_PATTERNS];
    s->any = false;
    for (size_t i = 0; i < count; i++) {
        matchers[i] = list[i].matcher;
        s->any = s->any || csc_regex_automaton_match(list[i].automaton, (corsac_str){"*", 1});
    }
    for (int i = 0; i < 3; i++) {
        origin_fixture_open(&s->fixtures[i], &options[i]);
        s->set[i] = origin_fixture_add(&s->fixtures[i], matchers, count);
        fuzz_require(origin_fixture_seal(&s->fixtures[i], true), "the sections verify");
    }
}

static void ask_all(sets *s, const forms *list, size_t count, corsac_str origin)
{
    bool wanted = s->any && origin.size > 0;
    for (size_t i = 0; i < count; i++)
        wanted |= ask_forms(&list[i], origin) && origin.size > 0; /* no Origin is no match */
    wanted &= cse_origin_classify(origin) != CSE_BYTES_ILLEGAL;   /* */
    for (int i = 0; i < 3; i++)
        fuzz_require(origin_fixture_allows_bytes(&s->fixtures[i], s->set[i], origin) == wanted,
                     "the set answers as its regexes do");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forms list[MOST_PATTERNS];
    size_t count = 0, origins = 0;
    corsac_str line;
    input in = {(const char *)data, (const char *)data + size};
    csc_arena *arena = csc_arena_new();
    fuzz_require(arena != NULL, "memory");
    while (count < MOST_PATTERNS && take_line(&in, &line) && line.size > 0)
        count += build(&list[count], arena, line);
    if (count > 0) {
        sets s;
        open_sets(&s, list, count);
        while (origins++ < MOST_ORIGINS && take_line(&in, &line))
            ask_all(&s, list, count, line);
        for (int i = 0; i < 3; i++)
            origin_fixture_close(&s.fixtures[i]);
    }
    for (size_t i = 0; i < count; i++)
        csc_regex_automaton_free(list[i].automaton);
    csc_arena_free(arena);
    return 0;
}
