// SPDX-License-Identifier: Apache-2.0
// Trees, positions of errors, hints, program sizes.
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

TestSuite(regex_parse, .init = open_arena, .fini = close_arena);

static csc_regex *parse(const char *pattern, csc_regex_encoding encoding)
{
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_limits limits = {.encoding = encoding};
    corsac_status status = csc_regex_parse(arena, csc_str_from(pattern), &limits, &regex, &error);
    cr_assert_eq(status, CORSAC_OK, "%s", pattern);
    return regex;
}

static csc_regex_error refuse(const char *pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    corsac_status status = csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error);
    cr_assert_eq(status, CORSAC_E_SOURCE, "%s", pattern);
    return error;
}

static void expect_tree(const char *pattern, csc_regex_encoding encoding, const char *expected)
{
    corsac_str dump = csc_regex_node_dump(arena, parse(pattern, encoding)->root);
    cr_expect(csc_str_is(dump, expected), "%s: %s", pattern, dump.data);
}

static void expect_bytes(const char *pattern, const char *expected)
{
    expect_tree(pattern, CSC_REGEX_LATIN1, expected);
}

static void expect_code_points(const char *pattern, const char *expected)
{
    expect_tree(pattern, CSC_REGEX_UTF8, expected);
}

Test(regex_parse, anchors_at_the_edges_vanish) // M-1: a full match needs none
{
    expect_bytes("^https://a$", "lit{https://a}");
    expect_bytes("(^a|^b)$", "bytes{61-62}");
    expect_bytes("\\Aab\\z", "lit{ab}");
    expect_bytes("(?m)^a$", "lit{a}");
    expect_bytes("$^", "empty");
    expect_bytes("^*ab$*", "lit{ab}");
}

Test(regex_parse, impossible_anchors_make_the_empty_language) // Q-11
{
    expect_bytes("a^b", "never");
    expect_bytes("a$b", "never");
    expect_bytes("a^b|c", "lit{c}");
    expect_bytes("x(?:a^b)?y", "lit{xy}");
    expect_bytes("[^\\x00-\\x{ff}]", "never");
}

Test(regex_parse, undecided_assertions_stay)
{
    expect_bytes("(?m)a$\\nb", "cat{lit{a} eol lit{\\0ab}}");
    expect_bytes("a*^b", "cat{rep{0,inf lit{a}} bot lit{b}}");
    expect_bytes("\\bfoo", "cat{wb lit{foo}}");
    cr_expect(parse("\\bfoo", CSC_REGEX_LATIN1)->has_assertions);
    cr_expect_not(parse("^foo$", CSC_REGEX_LATIN1)->has_assertions);
}

Test(regex_parse, repetition_is_normalised)
{
    expect_bytes("a{0}b", "lit{b}");
    expect_bytes("(a{1}){1}", "lit{a}");
    expect_bytes("(?:a*)*", "rep{0,inf lit{a}}");
    expect_bytes("(?:a+)*", "rep{0,inf lit{a}}");
    expect_bytes("(?:a?){3}", "rep{0,3 lit{a}}");
    expect_bytes("a{,2}", "lit{a\\7b,2\\7d}");
    expect_bytes("(?:)*", "empty");
}

Test(regex_parse, classes_and_folding_are_resolved) // M-21
{
    expect_bytes("(?i)k.", "cat{bytes{4b 6b} bytes{0-9 b-ff}}");
    expect_code_points("(?i)k", "class{4b 6b 212a}");
    expect_code_points("\\s", "class{9-a c-d 20}");
    expect_bytes("[.]", "lit{.}");
    expect_bytes("(?i)[a]", "bytes{41 61}");
    expect_bytes("[^\\x{e9}]", "bytes{0-e8 ea-ff}");
    expect_code_points("\xc3\xa9", "lit{\\c3\\a9}");
    expect_bytes("\xc3\xa9*", "cat{lit{\\c3} rep{0,inf lit{\\a9}}}");
}

Test(regex_parse, alternatives_are_factored_as_re2_does)
{
    expect_bytes("ab|ac", "cat{lit{a} bytes{62-63}}");
    expect_bytes("a|b|cd", "alt{bytes{61-62} lit{cd}}");
    expect_code_points("a|[^a]", "class{0-10ffff}");
    expect_bytes("a|", "alt{lit{a} empty}");
}

static void expect_error(const char *pattern, csc_regex_error_code code, uint32_t offset,
                         uint32_t size, uint32_t refused_by)
{
    csc_regex_error error = refuse(pattern);
    cr_expect_str_eq(csc_regex_error_name(error.code), csc_regex_error_name(code), "%s", pattern);
    cr_expect_eq(error.offset, offset, "%s: offset %u", pattern, error.offset);
    cr_expect_eq(error.size, size, "%s: size %u", pattern, error.size);
    cr_expect_eq(error.refused_by, refused_by, "%s: by %x", pattern, error.refused_by);
}

Test(regex_parse, errors_say_where_and_who) // M-19, V-4
{
    const uint32_t both = CSC_REGEX_BY_ISTIO | CSC_REGEX_BY_ENVOY;
    expect_error("*.a.com", CSC_REGEX_E_REPEAT_ARGUMENT, 0, 1, both);
    expect_error("a(b", CSC_REGEX_E_MISSING_PAREN, 1, 1, both);
    expect_error("ab)c", CSC_REGEX_E_UNEXPECTED_PAREN, 2, 1, both);
    expect_error("a[b-", CSC_REGEX_E_MISSING_BRACKET, 1, 1, both);
    expect_error("a[z-b]", CSC_REGEX_E_CLASS_RANGE, 2, 3, both);
    expect_error("a[[:nope:]]", CSC_REGEX_E_CLASS, 2, 8, both);
    expect_error("x\\p{Nope}", CSC_REGEX_E_CLASS, 1, 8, both);
    expect_error("a**", CSC_REGEX_E_REPEAT_OP, 2, 1, both);
    expect_error("ab{1001}", CSC_REGEX_E_REPEAT_SIZE, 2, 6, both);
    expect_error("(a{30}){34}", CSC_REGEX_E_REPEAT_SIZE, 7, 4, both);
    expect_error("a\\Z", CSC_REGEX_E_ESCAPE, 1, 2, both);
    expect_error("a\\", CSC_REGEX_E_TRAILING_BACKSLASH, 1, 1, both);
    expect_error("a\\C", CSC_REGEX_E_ANY_BYTE, 1, 2, CSC_REGEX_BY_ISTIO);
    expect_error("a\\x{100}", CSC_REGEX_E_ESCAPE, 1, 7, CSC_REGEX_BY_ENVOY);
    expect_error("(?P<n>a)(?P<n>b)", CSC_REGEX_E_GROUP_NAME, 12, 1, CSC_REGEX_BY_ISTIO);
    expect_error("a\xff", CSC_REGEX_E_UTF8, 1, 1, CSC_REGEX_BY_ISTIO);
}

static void expect_hint(const char *pattern, const char *part)
{
    csc_regex_error error = refuse(pattern);
    cr_expect(error.hint.data && strstr(error.hint.data, part), "%s: %s", pattern,
              error.hint.data ? error.hint.data : "no hint");
}

Test(regex_parse, known_confusions_get_a_hint)
{
    expect_hint("*.example.com", "shell wildcard");
    expect_hint("https://(?!evil).*", "look-ahead");
    expect_hint("(?<=a)b", "look-behind");
    expect_hint("(a)\\1", "backreference");
    expect_hint("a*+", "group first");
    expect_hint("(?>a)", "atomic");
    expect_hint("a\\Z", "\\z");
    expect_hint("a\\\\(b", "two backslashes");
}

Test(regex_parse, an_error_is_shown_under_its_pattern)
{
    csc_regex_error error = refuse("https://(a|b");
    corsac_str shown = csc_regex_error_show(arena, csc_str_from("https://(a|b"), &error);
    cr_expect_str_eq(shown.data, "https://(a|b\n        ^");
    error = refuse("\xc3\xa9(");
    shown = csc_regex_error_show(arena, csc_str_from("\xc3\xa9("), &error);
    cr_expect_str_eq(shown.data, "?(\n ^"); /* one column per code point */
}

Test(regex_parse, a_doubled_backslash_is_noticed)
{
    cr_expect_eq(parse("a\\\\.com", CSC_REGEX_LATIN1)->doubled_backslash_offset, 1u);
    cr_expect_eq(parse("a\\.com", CSC_REGEX_LATIN1)->doubled_backslash_offset, CORSAC_NONE);
    cr_expect_eq(parse("\\\\\\\\x", CSC_REGEX_LATIN1)->doubled_backslash_offset, CORSAC_NONE);
}

Test(regex_parse, version_dependent_syntax_is_noted) // M-19
{
    cr_expect(parse("(?<n>a)", CSC_REGEX_LATIN1)->uses_angle_groups);
    cr_expect_not(parse("(?P<n>a)", CSC_REGEX_LATIN1)->uses_angle_groups);
    cr_expect_eq(parse("a\\pL", CSC_REGEX_UTF8)->unicode_offset, 1u);
    cr_expect_eq(parse("\\w\\p{Any}", CSC_REGEX_UTF8)->unicode_offset, CORSAC_NONE);
}

/* Numbers read off RE2 1.1.20251105 (Latin-1 mode). */
Test(regex_parse, program_sizes_are_those_of_re2) // M-22
{
    static const struct {
        const char *pattern;
        uint32_t size;
    } known[] = {
        {"", 4},
        {"a", 5},
        {"a|b", 5},
        {"ab|a", 7},
        {"-|-", 5},
        {"a|a|c", 7},
        {"(a)", 7},
        {"^abc", 4},
        {"(?i)k", 5},
        {"x(?:a|a|b)", 8},
        {"(?:.?){1000}", 3004},
        {"(a|b)*a(a|b){20}", 68},
        {"(.*a){50}", 254},
        {"(x+x+)+y", 11},
        {"(a?){1000}a{1000}", 5004},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_eq(parse(known[i].pattern, CSC_REGEX_LATIN1)->program_size, known[i].size,
                     "%s: %u", known[i].pattern,
                     parse(known[i].pattern, CSC_REGEX_LATIN1)->program_size);
}

Test(regex_parse, the_program_limit_is_exact_at_its_edge) // M-22: K-20.8
{
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_limits limits = {.program_size = 100};
    corsac_str fits = csc_str_from("a{96}"), over = csc_str_from("a{97}");
    cr_expect_eq(csc_regex_parse(arena, fits, &limits, &regex, &error), CORSAC_OK);
    cr_expect_eq(regex->program_size, 100u);
    cr_expect_eq(csc_regex_parse(arena, over, &limits, &regex, &error), CORSAC_E_SOURCE);
    cr_expect_eq(error.code, CSC_REGEX_E_PROGRAM_SIZE);
    cr_expect_eq(error.refused_by, CSC_REGEX_BY_ENVOY);
}

Test(regex_parse, the_length_limit_is_exact_at_its_edge) // V-4
{
    static char pattern[1026];
    csc_regex *regex;
    csc_regex_error error;
    memset(pattern, 'a', sizeof pattern);
    cr_expect_eq(csc_regex_parse(arena, (corsac_str){pattern, 1024}, NULL, &regex, &error),
                 CORSAC_OK);
    cr_expect_eq(csc_regex_parse(arena, (corsac_str){pattern, 1025}, NULL, &regex, &error),
                 CORSAC_E_SOURCE);
    cr_expect_eq(error.code, CSC_REGEX_E_TOO_LONG);
}
