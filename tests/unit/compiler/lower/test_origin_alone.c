// SPDX-License-Identifier: Apache-2.0
// What an image keeps of a lowered regex: no program where its forms are all of it, and the same answers
// without one, from the set and from the matcher by itself (C-9, M-20, X-7).
#include "engine/match/program.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is kept ------------------------------------------------------------------------ */

typedef struct kept {
    const char *matcher;
    uint32_t programs; /* in the image, if this is the whole list */
    uint8_t way;
    bool one_span;
} kept;

static const kept rows[] = {
    {"~https://[a-z0-9-]+\\.x\\.com", 0, CSE_WAY_OWN, true},
    {"~https?://[a-z]+\\.x\\.com", 0, CSE_WAY_OWN, false}, /* two spans */
    {"~https://(www\\.)?x\\.com(:\\d+)?", 0, CSE_WAY_OWN, false},
    {"~https?://(www\\.)?x\\.com", 0, CSE_WAY_OWN, false},
    {"~https://[a-z ]+\\.x\\.com", 1, CSE_WAY_PROGRAM, false},   /* a blank is no plain byte */
    {"~https://[a-z\\t]+\\.x\\.com", 1, CSE_WAY_PROGRAM, false}, /* nor is a TAB */
    {"~https://[a-z\\xe9]+\\.x\\.com", 1, CSE_WAY_PROGRAM, false},
    {"~https://[a-z\\x01]+\\.x\\.com", 0, CSE_WAY_OWN, true}, /* no header holds it */
    {"~https://[a-z\\x7f]+\\.x\\.com", 0, CSE_WAY_OWN, true},
    {"~https://.*\\.x\\.com", 1, CSE_WAY_PROGRAM, false},
    {"~https://[^.]+\\.x\\.com", 1, CSE_WAY_PROGRAM, false},
    {"~https://x\\.com| ", 1, CSE_WAY_PROGRAM, false},
    {"~\\xff?", 1, CSE_WAY_PROGRAM, false}, /* no plain origin */
    {"~h(ab|c)*d{2,5}e?", 1, CSE_WAY_PROGRAM, false},
    {"~https://(aa|bb|cc|dd|ee)-[0-9]+\\.x\\.com", 1, CSE_WAY_PROGRAM,
     false},                                    /* an index of spans */
    {"~.*", 0, CSE_WAY_OWN, false},             /* any origin */
    {"~[^\\x00-\\xff]", 0, CSE_WAY_OWN, false}, /* no text */
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

Test(origin_alone, a_program_is_kept_where_it_is_asked)
{
    for (size_t i = 0; i < ROWS; i++) {
        origin_fixture f;
        origin_fixture_open(&f, NULL);
        uint32_t set = origin_fixture_add(&f, &rows[i].matcher, 1);
        cr_assert(origin_fixture_seal(&f, false));
        const cse_origin_set *record = &f.view.sets[set];
        const cse_origin_matcher *m = &f.view.matchers[record->matchers];
        const char *name = rows[i].matcher;
        cr_expect_eq(f.view.set_count, 1, "%s", name);
        cr_expect_eq(f.view.program_count, rows[i].programs, "%s: %u programs", name,
                     f.view.program_count);
        cr_expect_eq(m->way, rows[i].way, "%s: way %u", name, m->way);
        cr_expect_eq(record->flags == CSE_ORIGIN_ONE_SPAN, rows[i].one_span, "%s: flags %x", name,
                     record->flags);
        origin_fixture_close(&f);
    }
}

static void collect(void *context, const char *text, size_t size)
{
    char *out = context;
    size_t used = strlen(out);
    memcpy(out + used, text, size);
    out[used + size] = 0;
}

Test(origin_alone, a_pattern_is_shown_wherever_it_is_kept)
{
    char text[16384] = "";
    const char *list[ROWS];
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    for (size_t i = 0; i < ROWS; i++)
        list[i] = rows[i].matcher;
    uint32_t all = origin_fixture_add(&f, list, ROWS), one = origin_fixture_add(&f, list, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cse_origin_describe(&f.view, all, collect, text);
    cr_expect(strstr(text, "[0] regex \"https://[a-z0-9-]+\\\\.x\\\\.com\" -> span\n"), "%s", text);
    cr_expect(strstr(text, "[3] regex \"https?://(www\\\\.)?x\\\\.com\" -> exact\n"), "%s", text);
    cr_expect(strstr(text, "[9] regex \"https://.*\\\\.x\\\\.com\" -> span\n"), "%s", text);
    cr_expect(strstr(text, "[15] regex \".*\" -> any origin (accepts \"*\")\n"), "%s", text);
    cr_expect(strstr(text, "[16] regex \"[^\\\\x00-\\\\xff]\" -> nothing (never matches)\n"), "%s",
              text);
    text[0] = 0;
    cse_origin_describe(&f.view, one, collect, text);
    cr_expect_str_eq(text, "origin set 1: 1 matchers\n"
                           "  [0] regex \"https://[a-z0-9-]+\\\\.x\\\\.com\" -> span\n"
                           "  spans: 1, list\n");
    origin_fixture_close(&f);
}

Test(origin_alone, equal_pieces_are_stored_once)
{
    static const char *const one[] = {"~https://[a-z]+-[0-9]+\\.b\\.com"};
    static const char *const two[] = {"~https://[a-z]+-[0-9]+\\.c\\.com"};
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t first = origin_fixture_add(&f, one, 1), second = origin_fixture_add(&f, two, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cr_expect_eq(f.view.piece_count, 2);
    cr_expect(origin_fixture_allows(&f, first, "https://x-1.b.com"));
    cr_expect(origin_fixture_allows(&f, second, "https://x-1.c.com"));
    cr_expect_not(origin_fixture_allows(&f, second, "https://x-1.b.com"));
    origin_fixture_close(&f);
}

// Sets that no policy names lie behind those that policies name, and equal regexes share one.
Test(origin_alone, sets_of_one_regex_lie_behind_the_others)
{
    static const char *const one[] = {"=https://a.com", "~https://[a-z]+\\.b\\.com"};
    static const char *const two[] = {"~https://[a-z]+\\.b\\.com", "~https://[a-z]+\\.c\\.com"};
    static const char *const three[] = {"~https://[a-z]+\\.c\\.com"};
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    cr_expect_eq(origin_fixture_add(&f, one, 2), 0);
    cr_expect_eq(origin_fixture_add(&f, two, 2), 1);
    cr_expect_eq(origin_fixture_add(&f, three, 1), 2);
    cr_assert(origin_fixture_seal(&f, false));
    cr_assert_eq(f.view.set_count, 4);
    const cse_origin_matcher *m = f.view.matchers;
    cr_expect(m[1].way == CSE_WAY_SET && m[1].value == 3);
    cr_expect(m[2].way == CSE_WAY_SET && m[2].value == 3);
    cr_expect(m[3].way == CSE_WAY_SET && m[3].value == 2);
    cr_expect(m[4].way == CSE_WAY_OWN);
    cr_expect_eq(f.view.program_count, 0);
    cr_expect_eq(f.view.piece_count, 0, "one run needs none");
    cr_expect_eq(origin_fixture_first(&f, 0, "https://x.b.com"), 1);
    cr_expect_eq(origin_fixture_first(&f, 1, "https://x.b.com"), 0);
    cr_expect_eq(origin_fixture_first(&f, 1, "https://x.c.com"), 1);
    cr_expect_eq(origin_fixture_first(&f, 2, "https://x.c.com"), 0);
    cr_expect_eq(origin_fixture_first(&f, 2, "https://x.b.com"), CSE_NONE);
    origin_fixture_close(&f);
}

/* ---- the same answers -------------------------------------------------------------------- */

typedef struct judge {
    csc_arena *arena;
    csc_regex_automaton *automata[ROWS];
} judge;

static void open_judge(judge *j)
{
    *j = (judge){.arena = csc_arena_new()};
    for (size_t i = 0; i < ROWS; i++) {
        csc_regex *regex;
        csc_regex_error error;
        cr_assert_eq(
            csc_regex_parse(j->arena, csc_str_from(rows[i].matcher + 1), NULL, &regex, &error),
            CORSAC_OK, "%s", rows[i].matcher);
        cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &j->automata[i]), CORSAC_OK);
    }
}

static void close_judge(judge *j)
{
    for (size_t i = 0; i < ROWS; i++)
        csc_regex_automaton_free(j->automata[i]);
    csc_arena_free(j->arena);
}

/* Lists of one and of all, so that every form of a regex is asked; rows that take any origin come last. */
static void ask(const judge *j, origin_fixture *f, const uint32_t sets[ROWS + 1], corsac_str origin)
{
    const bool legal = cse_origin_classify(origin) != CSE_BYTES_ILLEGAL; /* */
    uint32_t first = CSE_NONE;
    for (uint32_t i = 0; i < ROWS; i++) {
        bool any = csc_regex_automaton_accepts_star(j->automata[i]);
        bool wanted =
            legal && origin.size > 0 && (any || csc_regex_automaton_match(j->automata[i], origin));
        cr_expect_eq(origin_fixture_allows_bytes(f, sets[i], origin), wanted,
                     "%s on %zu bytes, %.40s", rows[i].matcher, origin.size, origin.data);
        if (legal)
            cr_expect_eq(cse_origin_first(&f->view, sets[i], origin, f->scratch),
                         wanted ? 0 : CSE_NONE, "%s on %zu bytes, %.40s", rows[i].matcher,
                         origin.size, origin.data);
        first = wanted && first == CSE_NONE ? i : first;
    }
    cr_expect_eq(origin_fixture_allows_bytes(f, sets[ROWS], origin), first != CSE_NONE);
    if (legal)
        cr_expect_eq(cse_origin_first(&f->view, sets[ROWS], origin, f->scratch), first,
                     "%zu bytes, %.40s", origin.size, origin.data);
}

static void ask_sizes(const judge *j, origin_fixture *f, const uint32_t sets[ROWS + 1])
{
    static const size_t sizes[] = {1,    14,   15,   16,   17,   32,   100,  255,
                                   4079, 4080, 4081, 4095, 4096, 4097, 70000};
    static const char head[] = "https://", tail[] = ".x.com", port[] = ".x.com:80";
    char *text = malloc(70000 + 64);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int k = 0; k < 8; k++) {
            static const char odd[] = {'m', '.', ' ', '\t', '\xe9', '\x01', '\x7f', '-'};
            size_t size = sizes[i] + 7;
            memset(text, 'm', size);
            memcpy(text, head, sizeof(head) - 1);
            text[sizes[i] / 2 + 8 - (sizes[i] > 1)] = odd[k];
            memcpy(text + size, tail, sizeof(tail));
            ask(j, f, sets, (corsac_str){text, size + sizeof(tail) - 1});
            ask(j, f, sets, (corsac_str){text, size + sizeof(tail) - 2});
            memcpy(text + size, port, sizeof(port));
            ask(j, f, sets, (corsac_str){text, size + sizeof(port) - 1});
            text[0] = odd[k];
            ask(j, f, sets, (corsac_str){text, size});
        }
    free(text);
}

// C-9, M-20: short, longer than a scan takes, with bytes of every kind; lowered, by automata, by Hyperscan.
Test(origin_alone, forms_answer_as_their_regexes_at_every_size)
{
    static const csc_origin_options settings[] = {{CORSAC_REGEX_AUTO, false},
                                                  {CORSAC_REGEX_AUTOMATON, true},
                                                  {CORSAC_REGEX_HYPERSCAN, true},
                                                  {CORSAC_REGEX_HYPERSCAN, false}};
    static const char *const others[] = {
        "*", "https://x.com", "http://x.com", "https://www.x.com",
        " ", "\xe9",          "habdd",        "https://ee-1.x.com"};
    judge j;
    open_judge(&j);
    for (size_t s = 0; s < sizeof(settings) / sizeof(settings[0]); s++) {
        const char *list[ROWS];
        uint32_t sets[ROWS + 1];
        origin_fixture f;
        origin_fixture_open(&f, &settings[s]);
        for (size_t i = 0; i < ROWS; i++) {
            list[i] = rows[i].matcher;
            sets[i] = origin_fixture_add(&f, &list[i], 1);
        }
        sets[ROWS] = origin_fixture_add(&f, list, ROWS);
        cr_assert(origin_fixture_seal(&f, true));
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
            char *copy = strdup(others[i]);
            ask(&j, &f, sets, csc_str_from(copy));
            free(copy);
        }
        ask_sizes(&j, &f, sets);
        cr_expect_eq(cse_origin_scratch_fallbacks(f.scratch), 0);
        origin_fixture_close(&f);
    }
    close_judge(&j);
}
