// SPDX-License-Identifier: Apache-2.0
// All settings of the regex engine give the same decisions: generated origin lists, lowered or not,
// served by automata or by Hyperscan, are asked the same origins. What is expected comes from each
// regex's own automaton and from byte comparison, none of which depends on a setting.
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 150, MOST_MATCHERS = 12, ORIGINS = 300, TEXT = 400 };

typedef struct generator {
    uint64_t state;
} generator;

static uint32_t pick(generator *g, uint32_t count)
{
    g->state = g->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(g->state >> 33) % count;
}

static const char *one_of(generator *g, const char *const *texts, uint32_t count)
{
    return texts[pick(g, count)];
}

#define ONE_OF(g, texts) one_of(g, texts, sizeof(texts) / sizeof((texts)[0]))

static const char *const schemes[] = {
    "https://", "https?://", "http://", "(?:http|https)://", "http[s]?:\\/\\/", "[a-z]+://", ""};
static const char *const heads[] = {"",
                                    "(?:www\\.)?",
                                    ".*\\.",
                                    "[a-z0-9-]+\\.",
                                    "(.+\\.)?",
                                    "([a-z0-9-]+\\.)*",
                                    "app[0-9]{1,2}\\.",
                                    "(?:a|b|cd)\\.",
                                    "pr-\\d+--[a-z]+\\.",
                                    "[^.]+\\.",
                                    ".",
                                    "(?i:Api)\\.",
                                    "[a-z0-9]([a-z0-9-]{0,3}[a-z0-9])?\\."};
static const char *const tails[] = {"a\\.com",
                                    "b\\.org",
                                    "example\\.com",
                                    "a.com",
                                    "x\\.(me|app)",
                                    "localhost",
                                    ".*",
                                    "10\\.\\d+\\.\\d{1,3}\\.\\d+",
                                    "é\\.fr"};
static const char *const ports[] = {"",      "",   ":\\d+",      "(:\\d+)?", "(:[0-9]{2,4})?",
                                    ":8080", ".*", "(:(80|90))?"};

static void make_regex(generator *g, char *out)
{
    snprintf(out, TEXT, "~%s%s%s%s", ONE_OF(g, schemes), ONE_OF(g, heads), ONE_OF(g, tails),
             ONE_OF(g, ports));
    if (pick(g, 6) == 0) {
        size_t size = strlen(out);
        snprintf(out + size, TEXT - size, "|%s%s", ONE_OF(g, schemes), ONE_OF(g, tails));
    }
}

static const char *const parts[] = {
    "https://",    "http://", "www.",  "a.",          "api.", "API.",      "app1.",
    "pr-1--x.",    "a.com",   "b.org", "example.com", "x.me", "localhost", "10.1.2.3",
    ":80",         ":8080",   ":7",    ":12345",      ":",    ".",         "-",
    "\xc3\xa9.fr", "\xff",    "a",     "0",           "xcom"};

static void make_origin(generator *g, char *out)
{
    uint32_t count = 1 + pick(g, 5);
    strcpy(out, pick(g, 3) ? parts[pick(g, 2)] : "");
    for (uint32_t i = 0; i < count; i++)
        strcat(out, ONE_OF(g, parts));
    if (pick(g, 4) == 0)
        out[pick(g, (uint32_t)strlen(out))] = (char)(1 + pick(g, 255));
}

static void make_matcher(generator *g, char *out)
{
    if (pick(g, 3) > 0) {
        make_regex(g, out);
        return;
    }
    *out = pick(g, 2) ? '=' : '^';
    make_origin(g, out + 1);
}

/* ---- what is expected -------------------------------------------------------------------- */

typedef struct reference {
    csc_arena *arena;
    csc_regex_automaton *automata[MOST_MATCHERS];
} reference;

static void open_reference(reference *r, char lists[][TEXT], size_t count)
{
    *r = (reference){.arena = csc_arena_new()};
    for (size_t i = 0; i < count; i++) {
        csc_regex *regex;
        csc_regex_error error;
        if (lists[i][0] != '~')
            continue;
        cr_assert_eq(csc_regex_parse(r->arena, csc_str_from(lists[i] + 1), NULL, &regex, &error),
                     CORSAC_OK, "%s", lists[i]);
        cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &r->automata[i]), CORSAC_OK);
    }
}

static void close_reference(reference *r)
{
    for (size_t i = 0; i < MOST_MATCHERS; i++)
        csc_regex_automaton_free(r->automata[i]);
    csc_arena_free(r->arena);
}

static bool matcher_accepts(const reference *r, const char *matcher, size_t i, const char *text)
{
    if (*matcher == '~')
        return csc_regex_automaton_match(r->automata[i], csc_str_from(text));
    if (*matcher == '=')
        return strcmp(matcher + 1, text) == 0;
    return strncmp(matcher + 1, text, strlen(matcher + 1)) == 0;
}

/* C-9: the first matcher that accepts "*" or the origin. */
static uint32_t expected(const reference *r, char lists[][TEXT], size_t count, const char *origin)
{
    for (size_t i = 0; i < count && *origin; i++)
        if (matcher_accepts(r, lists[i], i, "*") || matcher_accepts(r, lists[i], i, origin))
            return (uint32_t)i;
    return CSE_NONE;
}

/* ---- rounds ------------------------------------------------------------------------------ */

static const csc_origin_options settings[] = {{CORSAC_REGEX_AUTO, false},
                                              {CORSAC_REGEX_AUTOMATON, true},
                                              {CORSAC_REGEX_AUTOMATON, false},
                                              {CORSAC_REGEX_HYPERSCAN, false},
                                              {CORSAC_REGEX_HYPERSCAN, true}};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

typedef struct tally {
    size_t asked, allowed, by_spans, by_databases;
} tally;

static void ask(origin_fixture *f, uint32_t set, const reference *r, char lists[][TEXT],
                size_t count, const char *origin, tally *t)
{
    uint32_t first = expected(r, lists, count, origin);
    bool legal = cse_origin_classify(csc_str_from(origin)) != CSE_BYTES_ILLEGAL; /* */
    cr_assert_eq(origin_fixture_allows(f, set, origin), legal && first != CSE_NONE,
                 "%s ... on \"%s\"", lists[0], origin);
    cr_assert_eq(origin_fixture_first(f, set, origin), first);
    t->asked++;
    t->allowed += first != CSE_NONE;
}

static void run_setting(const csc_origin_options *options, const reference *r, char lists[][TEXT],
                        size_t count, char origins[][TEXT], tally *t)
{
    origin_fixture f;
    const char *list[MOST_MATCHERS];
    for (size_t i = 0; i < count; i++)
        list[i] = lists[i];
    origin_fixture_open(&f, options);
    uint32_t set = origin_fixture_add(&f, list, count);
    cr_assert(origin_fixture_seal(&f, true));
    t->by_spans += f.view.span_count > 0;
    t->by_databases += f.view.database_count > 0;
    for (size_t i = 0; i < ORIGINS; i++)
        ask(&f, set, r, lists, count, origins[i], t);
    cr_assert_eq(cse_origin_scratch_fallbacks(f.scratch), 0);
    origin_fixture_close(&f);
}

// C-9, M-20, X-20: the setting changes the price, never the answer.
Test(origin_settings, every_setting_gives_the_decision_of_the_plain_automata)
{
    static char lists[MOST_MATCHERS][TEXT], origins[ORIGINS][TEXT];
    generator g = {20240601};
    tally t = {0};
    for (int round = 0; round < ROUNDS; round++) {
        reference r;
        size_t count = 1 + pick(&g, MOST_MATCHERS);
        for (size_t i = 0; i < count; i++)
            make_matcher(&g, lists[i]);
        for (size_t i = 0; i < ORIGINS; i++)
            make_origin(&g, origins[i]);
        open_reference(&r, lists, count);
        for (size_t s = 0; s < SETTINGS; s++)
            run_setting(&settings[s], &r, lists, count, origins, &t);
        close_reference(&r);
    }
    printf("%zu decisions, %zu allowed; %zu of %d sets with spans, %zu with a database\n", t.asked,
           t.allowed, t.by_spans, ROUNDS * SETTINGS, t.by_databases);
    cr_expect(t.allowed > t.asked / 10 && t.allowed < t.asked * 9 / 10);
    cr_expect(t.by_spans > ROUNDS / 2 && t.by_databases > ROUNDS / 4);
}
