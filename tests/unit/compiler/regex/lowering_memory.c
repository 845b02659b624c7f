// SPDX-License-Identifier: Apache-2.0
// Lets every allocation of the lowering pass fail, once and from there on: of the arena (the linker
// brings its calls here) and of the heap. Each run must report CORSAC_E_MEMORY and leave nothing behind.
#include "compiler/regex/lowering.h"
#include "faults/heap.h"

#include <stdio.h>

void *__real_csc_arena_alloc(csc_arena *arena, size_t count, size_t size);
void *__wrap_csc_arena_alloc(csc_arena *arena, size_t count, size_t size);

void *__wrap_csc_arena_alloc(csc_arena *arena, size_t count, size_t size)
{
    if (!heap_fails())
        return __real_csc_arena_alloc(arena, count, size);
    csc_arena_fail(arena);
    return NULL;
}

static const csc_regex *parse(csc_arena *arena, const char *pattern)
{
    csc_regex *regex = NULL;
    csc_regex_error error;
    csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error);
    return regex;
}

/* How many runs say something else than `wanted`, or keep memory. */
static size_t lower(const csc_regex *regex, const csc_regex_automaton *automaton, size_t failing,
                    bool onward, corsac_status wanted)
{
    size_t before = heap_live();
    const csc_lowered *lowered = NULL;
    csc_arena *arena = csc_arena_new();
    heap_arm(failing, onward);
    corsac_status status = csc_regex_lower(arena, regex, automaton, &lowered);
    heap_disarm();
    bool wrong = status != wanted || (status == CORSAC_OK && !lowered->proved);
    csc_arena_free(arena);
    return wrong || heap_live() != before;
}

static size_t try_pattern(const char *pattern)
{
    size_t wrong = 0, total;
    csc_arena *arena = csc_arena_new();
    const csc_regex *regex = parse(arena, pattern);
    csc_regex_automaton *automaton = NULL;
    if (!regex || csc_regex_automaton_build(&regex->root, 1, NULL, &automaton) != CORSAC_OK)
        return 1;
    wrong += lower(regex, automaton, 0, false, CORSAC_OK);
    total = heap_calls();
    for (size_t i = 1; i <= total; i++)
        wrong += lower(regex, automaton, i, false, CORSAC_E_MEMORY) +
                 lower(regex, automaton, i, true, CORSAC_E_MEMORY);
    csc_regex_automaton_free(automaton);
    csc_arena_free(arena);
    printf("%s: %zu allocations, %zu failures misreported\n", pattern, total, wrong);
    return wrong + (total < 10);
}

int main(void)
{
    static const char *const patterns[] = {
        "https?://(a|b)\\.com|",
        "https://[ab]+x{2}\\.[a-z]{2,3}(:[0-9]+)?",
        "https://a|x([a-z0-9]+\\.)*b:[0-9]{2}",
        "aa|bb|cc|dd|ee|ff|gg|hh|[ab]+[0-9]x",
        "[ab]+a[ab]{10}x", // more pairs of states to look at than their first block holds
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        wrong += try_pattern(patterns[i]);
    return wrong != 0;
}
