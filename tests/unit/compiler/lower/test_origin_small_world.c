// SPDX-License-Identifier: Apache-2.0
// Every short text against lists of every form that lowering knows, with a matcher of a few lines as the
// judge: no automaton, no table. P-7, P-8, C-9.
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A matcher as the test means it: texts around a run, with what may stand in the run. */
typedef struct rule {
    char written[96]; /* for the fixture */
    char kind;        /* '=' exact, '^' prefix, '~' regex */
    char head[40], tail[8];
    char run[4];  /* bytes of the run; "" none */
    int min, max; /* how many of them */
    bool port;    /* then perhaps ":" and digits */
} rule;

enum { LETTERS = 4, LONGEST = 6, MOST_RULES = 14, WORLDS = 150 };
static const char LETTER[LETTERS + 1] = "ab:1";

/* Stands before every text and every rule of a world: longer ones take other ways through the code. */
static const char *front;
static uint64_t seed;

static uint32_t draw(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 32) * limit >> 32);
}

static void draw_word(char *out, uint32_t longest, uint32_t letters)
{
    uint32_t size = draw(longest + 1);
    for (uint32_t i = 0; i < size; i++)
        *out++ = LETTER[draw(letters)];
    *out = '\0';
}

static void draw_head(char *out, uint32_t longest, uint32_t letters)
{
    strcpy(out, front);
    draw_word(out + strlen(front), longest, letters);
}

static void draw_regex(rule *r)
{
    static const struct {
        const char *text, *bytes;
    } RUNS[] = {{"", ""}, {"a", "a"}, {"[ab]", "ab"}, {"[a1]", "a1"}, {".", "ab:1"}};
    static const struct {
        const char *text;
        int min, max;
    } COUNTS[] = {{"", 1, 1},   {"?", 0, 1},   {"*", 0, 99},
                  {"+", 1, 99}, {"{2}", 2, 2}, {"{1,3}", 1, 3}};
    uint32_t run = draw(5), count = draw(6);
    draw_head(r->head, 3, 2);
    draw_word(r->tail, 2, 2);
    snprintf(r->run, sizeof(r->run), "%.3s", RUNS[run].bytes);
    r->min = run ? COUNTS[count].min : 0;
    r->max = run ? COUNTS[count].max : 0;
    if (run == 4) { /* any byte: told by its text, not by a list */
        snprintf(r->run, sizeof(r->run), "*");
    }
    r->port = draw(4) == 0;
    snprintf(r->written, sizeof(r->written), "~%s%s%s%s%s", r->head, RUNS[run].text,
             run ? COUNTS[count].text : "", r->tail, r->port ? "(:[0-9]+)?" : "");
}

static void draw_rule(rule *r)
{
    *r = (rule){.kind = "=^~~"[draw(4)]};
    if (r->kind == '~') {
        draw_regex(r);
        return;
    }
    draw_head(r->head, 4, 3);
    if (r->kind == '^' && r->head[0] == '\0')
        strcpy(r->head, "b");
    snprintf(r->written, sizeof(r->written), "%c%s", r->kind, r->head);
}

/* head, then min to max bytes of the run, then tail, and nothing else. */
static bool body_matches(const rule *r, const char *text, size_t size)
{
    size_t head = strlen(r->head), tail = strlen(r->tail);
    if (size < head + tail || memcmp(text, r->head, head) != 0 ||
        memcmp(text + size - tail, r->tail, tail) != 0)
        return false;
    size_t middle = size - head - tail;
    if (middle < (size_t)r->min || middle > (size_t)r->max)
        return false;
    for (size_t i = head; i < head + middle; i++)
        if (r->run[0] != '*' && !strchr(r->run, text[i]))
            return false;
    return true;
}

static bool matches(const rule *r, const char *text)
{
    size_t size = strlen(text), head = strlen(r->head);
    if (r->kind != '~')
        return strncmp(text, r->head, head) == 0 && (r->kind == '^' || size == head);
    if (body_matches(r, text, size))
        return true;
    size_t end = size;
    while (r->port && end > 0 && text[end - 1] == '1')
        end--;
    return r->port && end < size && end > 0 && text[end - 1] == ':' &&
           body_matches(r, text, end - 1);
}

static bool next_text(char *text)
{
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        const char *at = strchr(LETTER, text[i]);
        if (at[1] != '\0') {
            text[i] = at[1];
            return true;
        }
        text[i] = LETTER[0];
    }
    text[i] = LETTER[0];
    text[i + 1] = '\0';
    return i < LONGEST;
}

/* Another set before the one that is asked, so that nothing of the latter begins at offset 0. */
static const char *const OTHERS[] = {"=other-a",
                                     "=other-b",
                                     "=other-c",
                                     "=other-d",
                                     "=other-e",
                                     "=other-f",
                                     "=other-g",
                                     "^pre-a",
                                     "^pre-b",
                                     "^pre-c",
                                     "^pre-d",
                                     "^pre-e",
                                     "^pre-f",
                                     "~[c-z]+a1",
                                     "~[c-z]+b",
                                     "~[c-z]+c",
                                     "~h1[c-z]+(:[0-9]+)?",
                                     "~h2[c-z]+",
                                     "~h3[c-z]+x(:[0-9]+)?",
                                     "~(c|d)*c(c|d){20}"};

static void try_world(uint32_t number, const csc_origin_options *options)
{
    rule rules[MOST_RULES];
    const char *written[MOST_RULES];
    size_t count = 1 + draw(MOST_RULES);
    char whole[64];
    origin_fixture f;
    static const char *const FRONTS[] = {"", "https://x", "https://long-name.example"};
    front = FRONTS[number % 3];
    for (size_t i = 0; i < count; i++) {
        draw_rule(&rules[i]);
        written[i] = rules[i].written;
    }
    origin_fixture_open(&f, options);
    (void)origin_fixture_add(&f, OTHERS, sizeof(OTHERS) / sizeof(OTHERS[0]));
    uint32_t set = origin_fixture_add(&f, written, count);
    cr_assert(origin_fixture_seal(&f, false));
    char text[LONGEST + 2] = "";
    do {
        size_t wanted = 0;
        snprintf(whole, sizeof(whole), "%s%s", front, text);
        /* P-7: what accepts the one byte "*" accepts every origin */
        while (wanted < count && !matches(&rules[wanted], "*") && !matches(&rules[wanted], whole))
            wanted++;
        bool any = wanted < count;
        uint32_t first = origin_fixture_first(&f, set, whole);
        if (whole[0] != '\0') { /* C-4: an empty Origin is none */
            cr_assert_eq(origin_fixture_allows(&f, set, whole), any,
                         "world %u, '%s', matcher %zu of %zu (%s)", number, whole, wanted, count,
                         wanted < count ? written[wanted] : "none");
            cr_assert_eq(first, wanted < count ? wanted : CSE_NONE,
                         "world %u, '%s': first %u, not %zu", number, whole, first, wanted);
        }
    } while (next_text(text));
    origin_fixture_close(&f);
}

Test(origin_small_world, every_short_text_is_judged_as_by_hand, .timeout = 100) // P-7, P-8, C-9
{
    seed = 1234567;
    for (uint32_t i = 0; i < WORLDS; i++)
        try_world(i, NULL);
}
