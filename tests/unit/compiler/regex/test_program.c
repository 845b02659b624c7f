// SPDX-License-Identifier: Apache-2.0
// Emission: forms, trimming, determinism.
#include "compiler/regex/regex.h"
#include "engine/match/program.h"

#include <criterion/criterion.h>
#include <string.h>

static csc_arena *arena;

static void open_arena(void)
{
    arena = csc_arena_new();
}

static void close_arena(void)
{
    csc_arena_free(arena);
}

TestSuite(regex_program, .init = open_arena, .fini = close_arena);

static corsac_str emit(const char *pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    corsac_str program;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit(arena, automaton, &program), CORSAC_OK);
    csc_regex_automaton_free(automaton);
    cr_assert(cse_program_verify(program.data, program.size, NULL), "%s", pattern);
    return program;
}

static const cse_program *head(const char *pattern)
{
    return (const void *)emit(pattern).data;
}

Test(regex_program, the_smallest_form_is_chosen)
{
    cr_expect_eq(head("https://.*\\.a\\.com")->kind, CSE_PROGRAM_NARROW);
    cr_expect_eq(head("[a-w]{1,9}x[0-9]{1,9}")->kind, CSE_PROGRAM_WIDE);
    cr_expect_eq(head("[a-w]{1,9}x[0-9]{1,9}")->cell_bytes, 1);
    cr_expect_eq(head("[a-z]{1,100}x[0-9]{1,100}")->cell_bytes, 2);
    cr_expect_eq(head("(a|b)*a(a|b){20}")->kind, CSE_PROGRAM_NFA);
}

Test(regex_program, literal_ends_are_cut_off)
{
    const cse_program *p = head("https://.*\\.a\\.com");
    const char *literals = (const char *)p + p->literal_offset;
    cr_expect_eq(p->prefix_bytes, 8);
    cr_expect_eq(p->suffix_bytes, 6);
    cr_expect_eq(memcmp(literals, "https://.a.com", 14), 0);
    cr_expect_eq(p->min_bytes, 14u);
    cr_expect_eq(p->max_bytes, UINT32_MAX);
    p = head("abab"); /* the prefix takes all: prefix and suffix never overlap */
    cr_expect_eq(p->prefix_bytes + p->suffix_bytes, 4);
    p = head("aa|aaa");
    cr_expect(cse_program_match(p, "aa", 2, NULL));
    cr_expect(cse_program_match(p, "aaa", 3, NULL));
    cr_expect_not(cse_program_match(p, "a", 1, NULL));
}

Test(regex_program, equal_languages_give_equal_bytes)
{
    corsac_str a = emit("https?://(a|b)"), b = emit("(http|https)://[ab]");
    cr_assert_eq(a.size, b.size);
    cr_expect_eq(memcmp(a.data, b.data, a.size), 0);
}

Test(regex_program, the_empty_language_is_a_program_too)
{
    const cse_program *p = head("a^b");
    cr_expect_not(cse_program_match(p, "", 0, NULL));
    cr_expect_not(cse_program_match(p, "ab", 2, NULL));
}

Test(regex_program, marks_survive_trimming)
{
    const csc_regex_node *roots[3];
    const char *patterns[] = {"https://a\\.com", "https://.\\.com", "https://.*\\.com"};
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    corsac_str bytes;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(csc_regex_parse(arena, csc_str_from(patterns[i]), NULL, &regex, &error),
                     CORSAC_OK);
        roots[i] = regex->root;
    }
    cr_assert_eq(csc_regex_automaton_build(roots, 3, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit(arena, automaton, &bytes), CORSAC_OK);
    cr_assert(cse_program_verify(bytes.data, bytes.size, NULL));
    const cse_program *p = (const void *)bytes.data;
    cr_expect_eq(p->prefix_bytes, 8);
    cr_expect_eq(p->suffix_bytes, 4);
    cr_expect_eq(cse_program_find(p, "https://a.com", 13, NULL), 1u);
    cr_expect_eq(cse_program_find(p, "https://b.com", 13, NULL), 2u);
    cr_expect_eq(cse_program_find(p, "https://bb.com", 14, NULL), 3u);
    cr_expect_eq(cse_program_find(p, "https://bb.org", 14, NULL), 0u);
    csc_regex_automaton_free(automaton);
}
