// SPDX-License-Identifier: Apache-2.0
// Operations on automata: answers that can be worked out by hand.
#include "compiler/regex/regex.h"

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

TestSuite(regex_automaton, .init = open_arena, .fini = close_arena);

static const csc_regex_node *tree(const char *pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK,
                 "%s", pattern);
    return regex->root;
}

static csc_regex_automaton *build_list(const char *const *patterns, size_t count)
{
    const csc_regex_node *roots[8];
    csc_regex_automaton *automaton;
    for (size_t i = 0; i < count; i++)
        roots[i] = tree(patterns[i]);
    cr_assert_eq(csc_regex_automaton_build(roots, count, NULL, &automaton), CORSAC_OK);
    return automaton;
}

static csc_regex_automaton *build(const char *pattern)
{
    return build_list(&pattern, 1);
}

static csc_regex_answer equivalent(const char *a, const char *b)
{
    csc_regex_automaton *x = build(a), *y = build(b);
    csc_regex_answer answer = csc_regex_automaton_equivalent(x, y);
    csc_regex_automaton_free(x);
    csc_regex_automaton_free(y);
    return answer;
}

Test(regex_automaton, equal_languages_are_equivalent)
{
    cr_expect_eq(equivalent("(a|b)*", "(a*b*)*"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("a{2,3}", "aa|aaa"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("https?://x", "http://x|https://x"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("\\bfoo\\b", "foo"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("(?m)^a$", "a"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("a^b|\\b", "[^\\x00-\\xff]"), CSC_REGEX_YES);
    cr_expect_eq(equivalent("a.b", "a\\.b"), CSC_REGEX_NO);
    cr_expect_eq(equivalent(".*", "(?s).*"), CSC_REGEX_NO);
}

Test(regex_automaton, unknown_is_said_where_no_dfa_fits)
{
    cr_expect_eq(equivalent("(a|b)*a(a|b){20}", "a"), CSC_REGEX_UNKNOWN);
    csc_regex_automaton *big = build("(a|b)*a(a|b){20}");
    corsac_str witness;
    cr_expect_not(csc_regex_automaton_is_dfa(big));
    cr_expect_eq(csc_regex_automaton_is_empty(big), CSC_REGEX_UNKNOWN);
    cr_expect_eq(csc_regex_automaton_witness(arena, big, &witness), CSC_REGEX_UNKNOWN);
    cr_expect(csc_regex_automaton_match(big, csc_str_from("ba"
                                                          "bbbbbbbbbb"
                                                          "bbbbbbbbbb")));
    cr_expect_not(csc_regex_automaton_match(big, csc_str_from("bb"
                                                              "bbbbbbbbbb"
                                                              "bbbbbbbbbb")));
    csc_regex_automaton_free(big);
}

Test(regex_automaton, a_budget_of_states_is_kept)
{
    const csc_regex_node *root = tree("[a-z]{1,100}\\.x");
    csc_regex_automaton *automaton;
    csc_regex_budget tight = {.states = 50}, enough = {.states = 200};
    cr_assert_eq(csc_regex_automaton_build(&root, 1, &tight, &automaton), CORSAC_OK);
    cr_expect_not(csc_regex_automaton_is_dfa(automaton));
    csc_regex_automaton_free(automaton);
    cr_assert_eq(csc_regex_automaton_build(&root, 1, &enough, &automaton), CORSAC_OK);
    cr_expect(csc_regex_automaton_is_dfa(automaton));
    csc_regex_automaton_free(automaton);
}

Test(regex_automaton, operations_agree_with_sets)
{
    csc_regex_automaton *a = build("[ab]+"), *b = build("a*"), *out;
    cr_assert_eq(csc_regex_automaton_intersect(a, b, NULL, &out), CORSAC_OK);
    cr_expect(csc_regex_automaton_match(out, csc_str_from("aa")));
    cr_expect_not(csc_regex_automaton_match(out, csc_str_from("")));
    cr_expect_not(csc_regex_automaton_match(out, csc_str_from("ab")));
    csc_regex_automaton_free(out);
    cr_assert_eq(csc_regex_automaton_difference(a, b, NULL, &out), CORSAC_OK);
    cr_expect(csc_regex_automaton_match(out, csc_str_from("ab")));
    cr_expect_not(csc_regex_automaton_match(out, csc_str_from("aa")));
    csc_regex_automaton_free(out);
    cr_assert_eq(csc_regex_automaton_union(a, b, NULL, &out), CORSAC_OK);
    cr_expect(csc_regex_automaton_match(out, csc_str_from("")));
    cr_expect(csc_regex_automaton_match(out, csc_str_from("ba")));
    csc_regex_automaton_free(out);
    cr_assert_eq(csc_regex_automaton_complement(a, &out), CORSAC_OK);
    cr_expect(csc_regex_automaton_match(out, csc_str_from("")));
    cr_expect(csc_regex_automaton_match(out, csc_str_from("\xff")));
    cr_expect_not(csc_regex_automaton_match(out, csc_str_from("ba")));
    csc_regex_automaton_free(out);
    csc_regex_automaton_free(a);
    csc_regex_automaton_free(b);
}

Test(regex_automaton, complement_twice_is_the_language)
{
    csc_regex_automaton *a = build("https?://.*\\.a\\.com"), *once, *twice;
    cr_assert_eq(csc_regex_automaton_complement(a, &once), CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_complement(once, &twice), CORSAC_OK);
    cr_expect_eq(csc_regex_automaton_equivalent(a, twice), CSC_REGEX_YES);
    cr_expect_eq(csc_regex_automaton_equivalent(a, once), CSC_REGEX_NO);
    csc_regex_automaton_free(a);
    csc_regex_automaton_free(once);
    csc_regex_automaton_free(twice);
}

Test(regex_automaton, inclusion_is_decided)
{
    csc_regex_automaton *narrow = build("https://[a-z]+\\.a\\.com"), *wide = build("https://.*");
    cr_expect_eq(csc_regex_automaton_is_subset(narrow, wide, NULL), CSC_REGEX_YES);
    cr_expect_eq(csc_regex_automaton_is_subset(wide, narrow, NULL), CSC_REGEX_NO);
    csc_regex_budget none = {.states = 1};
    cr_expect_eq(csc_regex_automaton_is_subset(wide, narrow, &none), CSC_REGEX_UNKNOWN);
    csc_regex_automaton_free(narrow);
    csc_regex_automaton_free(wide);
}

static void expect_star(const char *pattern, bool expected)
{
    csc_regex_automaton *a = build(pattern);
    cr_expect_eq(csc_regex_automaton_accepts_star(a), expected, "%s", pattern);
    csc_regex_automaton_free(a);
}

Test(regex_automaton, the_star_rule_is_asked_of_the_automaton) // P-7
{
    expect_star(".*", true);
    expect_star(".", true);
    expect_star("\\*", true);
    expect_star("[^.]+", true);
    expect_star("https://.*", false);
    expect_star("^.*.*$", true);
    expect_star("\\w*", false);
}

Test(regex_automaton, witnesses_are_shortest_and_readable)
{
    csc_regex_automaton *a = build("https?://[^/]+\\.com"), *never = build("a^b");
    corsac_str text;
    cr_assert_eq(csc_regex_automaton_witness(arena, a, &text), CSC_REGEX_YES);
    cr_expect(csc_str_is(text, "http://!.com"), "%s", text.data);
    cr_expect_eq(csc_regex_automaton_witness(arena, never, &text), CSC_REGEX_NO);
    cr_expect_eq(csc_regex_automaton_is_empty(never), CSC_REGEX_YES);
    csc_regex_automaton_free(a);
    csc_regex_automaton_free(never);
}

Test(regex_automaton, lengths_are_bounds)
{
    uint32_t shortest, longest;
    csc_regex_automaton *bounded = build("a{2,5}b?"), *open = build("ab*"), *never = build("a^");
    cr_assert(csc_regex_automaton_lengths(bounded, &shortest, &longest));
    cr_expect_eq(shortest, 2u);
    cr_expect_eq(longest, 6u);
    cr_assert(csc_regex_automaton_lengths(open, &shortest, &longest));
    cr_expect_eq(shortest, 1u);
    cr_expect_eq(longest, UINT32_MAX);
    cr_expect_not(csc_regex_automaton_lengths(never, &shortest, &longest));
    csc_regex_automaton_free(bounded);
    csc_regex_automaton_free(open);
    csc_regex_automaton_free(never);
}

Test(regex_automaton, marks_name_the_first_regex_that_matches)
{
    const char *patterns[] = {"abc", "a.*", ".*c"};
    csc_regex_automaton *a = build_list(patterns, 3);
    cr_expect_eq(csc_regex_automaton_find(a, csc_str_from("abc")), 1u);
    cr_expect_eq(csc_regex_automaton_find(a, csc_str_from("axc")), 2u);
    cr_expect_eq(csc_regex_automaton_find(a, csc_str_from("xc")), 3u);
    cr_expect_eq(csc_regex_automaton_find(a, csc_str_from("x")), 0u);
    csc_regex_automaton_free(a);
}

/* Every state is reached and every transition out of a live state is taken. */
Test(regex_automaton, a_cover_takes_every_transition)
{
    csc_regex_automaton *a = build("https?://(a|b)+\\.com(:\\d+)?");
    corsac_str *texts;
    size_t count;
    bool complete;
    static bool taken[64][256];
    cr_assert_eq(csc_regex_automaton_cover(arena, a, 100000, &texts, &count, &complete), CORSAC_OK);
    cr_assert(complete);
    uint32_t states = csc_regex_automaton_state_count(a);
    cr_assert_leq(states, 64u);
    for (size_t i = 0; i < count; i++) {
        uint32_t state = csc_regex_automaton_start(a);
        for (size_t k = 0; k < texts[i].size; k++) {
            uint8_t byte = (uint8_t)texts[i].data[k];
            taken[state][csc_regex_automaton_class_of(a, byte)] = true;
            state = csc_regex_automaton_next(a, state, byte);
        }
    }
    for (uint32_t s = 1; s < states; s++)
        for (uint32_t c = 0; c < csc_regex_automaton_class_count(a); c++)
            cr_expect(taken[s][c], "state %u class %u", s, c);
    cr_assert_eq(csc_regex_automaton_cover(arena, a, 3, &texts, &count, &complete), CORSAC_OK);
    cr_expect_not(complete);
    cr_expect_eq(count, 3u);
    csc_regex_automaton_free(a);
}

Test(regex_automaton, prefix_nodes_take_any_bytes) // M-1: prefix compares bytes
{
    const csc_regex_node *node = csc_regex_node_prefix(arena, csc_str_from("ab"));
    csc_regex_automaton *a;
    cr_assert_eq(csc_regex_automaton_build(&node, 1, NULL, &a), CORSAC_OK);
    cr_expect(csc_regex_automaton_match(a, csc_str_from("ab")));
    cr_expect(csc_regex_automaton_match(a, csc_str_from("ab\xff\n")));
    cr_expect_not(csc_regex_automaton_match(a, csc_str_from("a")));
    csc_regex_automaton_free(a);
}
