// SPDX-License-Identifier: Apache-2.0
// What people really write: how many of those regexes need no automaton; and the canonical patterns
// that Hyperscan gets to see.
#include "compiler/regex/hyperscan.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

typedef struct share {
    size_t any, keys, spans, both, rest, refused;
} share;

static void count_one(share *s, const csc_program *program)
{
    const csc_lowered *lowered = program->lowered;
    if (program->accepts_star)
        s->any++;
    else if (!lowered->proved)
        s->rest++;
    else if (lowered->key_count > 0 && lowered->span_count > 0)
        s->both++;
    else if (lowered->key_count > 0)
        s->keys++;
    else
        s->spans++;
}

static void count_line(share *s, csc_programs *programs, char *line)
{
    csc_program *program;
    char *value = line + strlen("regex\t"), *end = strchr(value, '\t');
    if (strncmp(line, "regex\t", 6) != 0 || !end)
        return;
    corsac_status status =
        csc_programs_get(programs, (corsac_str){value, (size_t)(end - value)}, &program);
    if (status == CORSAC_OK)
        count_one(s, program);
    else
        s->refused++;
}

// M-20, P-7: four of five real regexes are served without an automaton, each proved equal.
Test(origin_lowering, most_real_regexes_need_no_automaton)
{
    origin_fixture f;
    share s = {0};
    char line[4096];
    FILE *file = fopen(CORSAC_SOURCE_DIR "/datasets/patterns/real_patterns.tsv", "r");
    cr_assert_not_null(file);
    origin_fixture_open(&f, NULL);
    while (fgets(line, sizeof(line), file))
        count_line(&s, f.programs, line);
    fclose(file);
    size_t lowered = s.any + s.keys + s.spans + s.both, total = lowered + s.rest;
    printf(
        "%zu real regexes: %zu any origin, %zu exact strings, %zu spans, %zu both, %zu automaton; "
        "%zu refused by RE2\n",
        total, s.any, s.keys, s.spans, s.both, s.rest, s.refused);
    cr_expect_geq(lowered * 100, total * 80);
    cr_expect_geq(total, 70);
    cr_expect_eq(s.refused, 1); // *.example.com
    origin_fixture_close(&f);
}

static corsac_str canonical(csc_arena *arena, const char *pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    corsac_str out = {NULL, 0};
    if (csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error) == CORSAC_OK)
        cr_assert_eq(csc_hyperscan_pattern(arena, regex->root, 0, 0, &out), CORSAC_OK);
    return out;
}

/* regex.md section 2 names the subset: \xHH, classes, (?:), |, counts, \A and \z. */
static const char *const canonical_rows[][2] = {
    {"a.c", "\\A(?:\\x61[\\x00-\\xff]\\x63)\\z"},
    {"^ab$", "\\A(?:\\x61\\x62)\\z"},
    {"\\Qa.b", "\\A(?:\\x61\\x2e\\x62)\\z"},
    {"[a-c]{2,3}x?", "\\A(?:(?:[\\x61-\\x63]){2,3}(?:\\x78)?)\\z"},
    {"(?i)k", "\\A(?:[\\x4b-\\x4b\\x6b-\\x6b])\\z"},
    {"\\v", NULL},      // no plain origin holds it
    {"a\\b[.b]", NULL}, // depends on the neighbouring byte
    {"x)|(?:.*", NULL}, // refused before anything is written
};

// M-19: tenant text never reaches Hyperscan; what does is written anew from the tree.
Test(origin_lowering, hyperscan_sees_canonical_patterns_only)
{
    csc_arena *arena = csc_arena_new();
    for (size_t i = 0; i < sizeof(canonical_rows) / sizeof(canonical_rows[0]); i++) {
        corsac_str out = canonical(arena, canonical_rows[i][0]);
        const char *wanted = canonical_rows[i][1];
        cr_expect(wanted ? csc_str_is(out, wanted) : out.data == NULL, "%s gives %.*s",
                  canonical_rows[i][0], (int)out.size, out.data ? out.data : "nothing");
    }
    csc_arena_free(arena);
}

/* What a database of these leaves to be compared, and what it scans of the first. */
static void ends_are(const char *const *patterns, size_t count, const char *head, const char *tail)
{
    const csc_regex *regexes[4];
    csc_regex_automaton *automata[4];
    const csc_ends_room any = {SIZE_MAX, SIZE_MAX};
    csc_arena *arena = csc_arena_new();
    csc_database database;
    for (size_t i = 0; i < count; i++) {
        csc_regex *regex;
        csc_regex_error error;
        cr_assert_eq(csc_regex_parse(arena, csc_str_from(patterns[i]), NULL, &regex, &error),
                     CORSAC_OK);
        regexes[i] = regex;
        cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automata[i]), CORSAC_OK);
    }
    cr_assert_eq(csc_hyperscan_compile(arena, regexes, count,
                                       (const csc_regex_automaton *const *)automata, count, any,
                                       &database),
                 CORSAC_OK);
    cr_expect_not_null(database.stored.data, "%s: %s", patterns[0], database.reason);
    cr_expect(csc_str_is(database.head, head), "%s: head \"%.*s\"", patterns[0],
              (int)database.head.size, database.head.data);
    cr_expect(csc_str_is(database.tail, tail), "%s: tail \"%.*s\"", patterns[0],
              (int)database.tail.size, database.tail.data);
    for (size_t i = 0; i < count; i++)
        csc_regex_automaton_free(automata[i]);
    csc_arena_free(arena);
}

#define ENDS(head, tail, ...)                                                                      \
    do {                                                                                           \
        static const char *const patterns[] = {__VA_ARGS__};                                       \
        ends_are(patterns, sizeof(patterns) / sizeof(patterns[0]), head, tail);                    \
    } while (0)

Test(origin_lowering, what_all_patterns_share_at_their_ends_is_not_scanned)
{
    ENDS("https://", ".a.com", "https://[a-z]+\\.a\\.com");
    ENDS("https://", "a.com", "https://[a-z]+\\.a\\.com", "https://b[0-9]*-a\\.com");
    ENDS("http", "", "https://[a-z]+", "http://[a-z]+");
    ENDS("", "", "https://[a-z]+", ".*");
    ENDS("", "", "(?:https://a|http://b)+");
    ENDS("https://a.co", "", "https://a\\.com"); /* a byte of it is scanned */
    ENDS("https://a", "co", "https://a\\.co", "https://a[a-z]*b\\.co"); /* none twice */
    ENDS("aa", "a", "aaaa", "aa[ab]*aa");
    ENDS("https://", ".com", "https://[a-z]+\\.com", "\\v"); /* which no plain origin matches */
}

static bool compiles(csc_arena *arena, const char *pattern, const char **reason)
{
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    csc_database database;
    const csc_ends_room any = {SIZE_MAX, SIZE_MAX};
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automaton), CORSAC_OK);
    const csc_regex *one = regex;
    const csc_regex_automaton *judge = automaton;
    cr_assert_eq(csc_hyperscan_compile(arena, &one, 1, &judge, 1, any, &database), CORSAC_OK);
    csc_regex_automaton_free(automaton);
    *reason = database.reason;
    return database.stored.data != NULL;
}

// a pattern that would keep Hyperscan busy never gets there, one that nobody can vouch for
// neither.
Test(origin_lowering, costly_patterns_are_refused_before_the_compiler_sees_them)
{
    const char *reason = NULL;
    csc_arena *arena = csc_arena_new();
    cr_expect(compiles(arena, "https://[a-z]+\\.a\\.com", &reason));
    cr_expect_not(compiles(arena, "[a-z]{1,1000}\\.x", &reason));
    cr_expect_str_eq(reason, "compiling would cost too much");
    cr_expect_not(compiles(arena, "(a|b)*a(a|b){20}", &reason));
    cr_expect_str_eq(reason, "the automaton differs or is over its budget");
    csc_arena_free(arena);
}

/* How docs/matching.md says these are served: "K S" exact strings and spans, or "automaton". */
static const char *const form_rows[][2] = {
    {"https://a\\.com", "1 0"},
    {"https://(a|b)\\.com", "2 0"},
    {"https?://(a|b)\\.com", "4 0"},
    {"(?:https://a\\.com)?", "1 0"}, // the empty text is no origin, and no obstacle
    {"https://[a-z]+\\.a\\.com", "0 1"},
    {"https://a\\.com(?::[0-9]+)?", "1 1"}, // without a port a string, with one a span
    {"https?://[a-z0-9-]+\\.(aa|bb)\\.com", "0 4"},
    {"https://(?:[a-z]+\\.)*a\\.com", "0 1"},
    {"https://a\\.com|https://.*\\.b\\.com", "1 1"},
    {"https://a+\\.com", "0 1"},                   // a run of one byte
    {"https://[a-z]+-x[0-9]+y[ab]+\\.com", "0 1"}, // texts between the runs
    {"[ab]", "2 0"},
    {"[a-z]{1,1000}-[0-9]{1,1000}-[a-z]{1,1000}-[0-9]{1,1000}-[a-z]{1,900}",
     "automaton"}, // too large to be proved
    {"(a|b)*a(a|b){20}", "automaton"},
    {"https://(ab|cd)+\\.com", "automaton"},
};

// M-20, P-7
Test(origin_lowering, forms_are_found_where_they_are_promised)
{
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    for (size_t i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++) {
        csc_program *program;
        char form[32] = "automaton";
        cr_assert_eq(csc_programs_get(f.programs, csc_str_from(form_rows[i][0]), &program),
                     CORSAC_OK);
        if (program->lowered->proved)
            snprintf(form, sizeof(form), "%zu %zu", program->lowered->key_count,
                     program->lowered->span_count);
        cr_expect_str_eq(form, form_rows[i][1], "%s: %s", form_rows[i][0], form);
    }
    origin_fixture_close(&f);
}
