// SPDX-License-Identifier: Apache-2.0
// Lowered regexes one edit around their members, against their automata (M-20). Every origin stands at
// the end of memory of its own, so that reading a byte beyond either end is seen by a sanitizer.
#include "compiler/lower/trie.h"
#include "compiler/regex/regex.h"
#include "engine/match/span.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A regex that becomes spans, and some of its members. */
typedef struct subject {
    const char *regex, *members[6];
} subject;

static const subject subjects[] = {
    /* ends of every length around a block */
    {"a[b-d]+e", {"abe", "abcdbcdbcdbcdbcdbcdbcdbcde"}},
    {"https://.*\\.io",
     {"https://.io", "https://shop.io", "https://a-rather-long-name.of.a.shop.io"}},
    {"https://abcdefg[a-z]*\\.example12\\.com",
     {"https://abcdefg.example12.com", "https://abcdefghijklmnopqrstuvwxyz.example12.com"}},
    {"https://abcdefgh[0-9]+\\.example-1\\.com",
     {"https://abcdefgh1.example-1.com", "https://abcdefgh12345678901234567.example-1.com"}},
    {"https://prefix-beyond-a-block-[0-9]+\\.suffix-beyond-a-block\\.example\\.com",
     {"https://prefix-beyond-a-block-7.suffix-beyond-a-block.example.com"}},
    {"[a-z]*\\.123456789012345", {".123456789012345", "a.123456789012345"}},
    {"[a-z]*\\.1234567890123456", {".1234567890123456", "abcdefghijklmnopq.1234567890123456"}},
    {"https://[a-z]+\\.123456789012345678(:[0-9]+)?",
     {"https://a.123456789012345678", "https://ab.123456789012345678:80"}},
    {"[a-z]*\\.1234567890123456789", {".1234567890123456789", "a.1234567890123456789"}},
    {"[a-z]*\\.12345678901234567890", {".12345678901234567890", "a.12345678901234567890"}},
    {"https://abcdefghi[a-z]*\\.12345678901234567",
     {"https://abcdefghi.12345678901234567", "https://abcdefghijkl.12345678901234567"}},
    {"[0-9]*\\.abcdefghijklmnopqrstuvwxyzabcde", {"1.abcdefghijklmnopqrstuvwxyzabcde"}},
    {"[0-9]*\\.abcdefghijklmnopqrstuvwxyzabcdef", {"1.abcdefghijklmnopqrstuvwxyzabcdef"}},
    {".*\\.example\\.com", {".example.com", "http://x.example.com", "x.example.com"}},
    {"http://localhost.*", {"http://localhost", "http://localhost:3000/and-whatever-else"}},
    /* runs, fixed and not, and literals between */
    {"https://pr-[0-9]+--[a-z]+\\.preview\\.(eu|us)\\.example\\.com",
     {"https://pr-1--x.preview.eu.example.com", "https://pr-12345--abcdef.preview.us.example.com"}},
    {"https://[a-z]{3}x[0-9]{2,4}y.*z", {"https://abcx12yz", "https://xxxx1234yyyyzzz"}},
    {"https://[a-z]+-literal-[0-9]+-behind[0-9]?\\.com",
     {"https://a-literal-1-behind.com", "https://sixteen-literal-16-behind2.com"}},
    {"https://a-[a-z]+-a-literal-of-many-bytes-[a-z]+", {"https://a-b-a-literal-of-many-bytes-c"}},
    {"x-[a-f]+-y[0-9]{1,3}", {"x-abc-y1", "x-abcdefabcdefabcdefabcdef-y123"}},
    /* classes of one to many ranges */
    {"https://[a-z0-9_-]+\\.a\\.com", {"https://a_b-9.a.com"}},
    {"https://[A-Za-z0-9_.-]+\\.a\\.com", {"https://A_b.-9.a.com", "https://a.a.com"}},
    {"https://[^/:]+\\.a\\.com", {"https://a@b.a.com"}},
    {"https://[acegikmoqsuwy]+\\.a\\.com",
     {"https://aceg.a.com", "https://yyyyyyyyyyyyyyyyyy.a.com"}},
    /* labels */
    {"https?://([a-z0-9-]+\\.)*example\\.com(:[0-9]+)?",
     {"http://example.com", "https://a.example.com:8080", "https://a.bc.def.example.com",
      "https://a-label-beyond-a-block.another-label-beyond-a-block.and-one-more.example.com:1"}},
    {"https://([a-z]+\\.)+b\\.c",
     {"https://a.b.c", "https://aa.bb.cc.dd.ee.ff.gg.hh.ii.jj.kk.b.c"}},
    {"https://([a-z]+\\.){2,3}b\\.c", {"https://a.a.b.c", "https://aaaaaaaaaaaaaaaaaa.a.aa.b.c"}},
    /* ports, where almost nothing lies before them too */
    {"[a-z]*:[0-9]+", {":80", "a:1", "host:12345", "ahostbeyondablock:12"}},
    {"h[a-z]*(:[0-9]{2,5})?", {"h", "host", "host:80", "hosthosthosthosthost:12345"}},
    {"https://.*(:[0-9]+)?", {"https://", "https://a:1", "https://a:1234567890123456789"}},
    {"x[a-z]*\\.io:[0-9]+", {"x.io:12345678901234567890", "xyz.io:1"}}};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]), TEXT = 160 };

/* Bytes of every kind that the regexes tell apart, and of every kind that an origin may hold. */
static const char BYTES[] = "az.09-_:/xA@\t\x01 \xff";

typedef struct judge {
    origin_fixture fixture;
    csc_arena *arena;
    csc_regex_automaton *automaton;
    uint32_t set;
    size_t asked, allowed;
} judge;

static void open_judge(judge *j, const subject *s)
{
    char matcher[TEXT];
    const char *list = matcher;
    csc_regex *regex;
    csc_regex_error error;
    snprintf(matcher, sizeof(matcher), "~%s", s->regex);
    *j = (judge){.arena = csc_arena_new()};
    cr_assert_not_null(j->arena);
    cr_assert_eq(csc_regex_parse(j->arena, csc_str_from(s->regex), NULL, &regex, &error),
                 CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &j->automaton), CORSAC_OK);
    origin_fixture_open(&j->fixture, NULL);
    j->set = origin_fixture_add(&j->fixture, &list, 1);
    cr_assert(origin_fixture_seal(&j->fixture, false));
    const cse_origin_set *set = &j->fixture.view.sets[j->set];
    cr_assert(set->flags & (CSE_ORIGIN_SPANS | CSE_ORIGIN_ONE_SPAN), "%s has no span", s->regex);
    cr_assert(set->flags & CSE_ORIGIN_ONE_SPAN || set->rest_count == 0);
}

static void close_judge(judge *j)
{
    origin_fixture_close(&j->fixture);
    csc_regex_automaton_free(j->automaton);
    csc_arena_free(j->arena);
}

static void ask(judge *j, const subject *s, const char *text, size_t size)
{
    char *copy = malloc(size ? size : 1);
    cr_assert_not_null(copy);
    memcpy(copy, text, size);
    corsac_str origin = {copy, size};
    bool wanted = size > 0 && cse_origin_classify(origin) != CSE_BYTES_ILLEGAL &&
                  csc_regex_automaton_match(j->automaton, origin);
    cr_assert_eq(origin_fixture_allows_bytes(&j->fixture, j->set, origin), wanted, "%s on \"%.*s\"",
                 s->regex, (int)size, text);
    j->asked++;
    j->allowed += wanted;
    free(copy);
}

/* A text with the bytes from `at` on, `removed` of them, replaced by one byte or none. */
static void ask_edited(judge *j, const subject *s, const char *text, size_t at, size_t removed,
                       const char *byte)
{
    char edited[TEXT];
    int size = snprintf(edited, sizeof(edited), "%.*s%.*s%s", (int)at, text, byte ? 1 : 0,
                        byte ? byte : "", text + at + removed);
    ask(j, s, edited, (size_t)size);
}

static void ask_around(judge *j, const subject *s, const char *member)
{
    size_t size = strlen(member);
    cr_assert(csc_regex_automaton_match(j->automaton, csc_str_from(member)), "%s on \"%s\"",
              s->regex, member);
    for (size_t at = 0; at <= size; at++) {
        ask(j, s, member, at);
        ask(j, s, member + at, size - at);
        if (at < size)
            ask_edited(j, s, member, at, 1, NULL);
        for (size_t i = 0; i + 1 < sizeof(BYTES); i++) {
            ask_edited(j, s, member, at, 0, &BYTES[i]);
            if (at < size)
                ask_edited(j, s, member, at, 1, &BYTES[i]);
        }
    }
}

Test(origin_spans, spans_answer_as_their_regexes_one_edit_around_every_member)
{
    size_t asked = 0, allowed = 0;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const subject *s = &subjects[i];
        judge j;
        open_judge(&j, s);
        for (size_t m = 0; m < sizeof(s->members) / sizeof(s->members[0]) && s->members[m]; m++)
            ask_around(&j, s, s->members[m]);
        asked += j.asked;
        allowed += j.allowed;
        close_judge(&j);
    }
    printf("%zu origins around %d regexes, %zu allowed\n", asked, SUBJECTS, allowed);
    cr_expect_gt(allowed, 5000);
    cr_expect_gt(asked - allowed, 5000);
}

/* ---- sets -------------------------------------------------------------------------------- */

typedef struct judges {
    judge of[SUBJECTS];
    char matchers[SUBJECTS][TEXT];
} judges;

static void open_judges(judges *j)
{
    for (size_t i = 0; i < SUBJECTS; i++) {
        snprintf(j->matchers[i], TEXT, "~%s", subjects[i].regex);
        open_judge(&j->of[i], &subjects[i]);
    }
}

static void close_judges(judges *j)
{
    for (size_t i = 0; i < SUBJECTS; i++)
        close_judge(&j->of[i]);
}

/* A set of `count` subjects from number `first` on, which comes after the last. */
static uint32_t open_set(origin_fixture *f, const judges *j, size_t first, size_t count)
{
    const char *list[SUBJECTS];
    for (size_t i = 0; i < count; i++)
        list[i] = j->matchers[(first + i) % SUBJECTS];
    origin_fixture_open(f, NULL);
    uint32_t set = origin_fixture_add(f, list, count);
    cr_assert(origin_fixture_seal(f, false));
    return set;
}

/* Whether it accepts of all members, cut off from the front, what any of its regexes does. */
static void ask_set(origin_fixture *f, uint32_t set, const judges *j, size_t first, size_t count)
{
    for (size_t i = 0; i < SUBJECTS; i++)
        for (size_t m = 0; m < 6 && subjects[i].members[m]; m++)
            for (size_t at = 0; at < strlen(subjects[i].members[m]); at++) {
                char *copy = strdup(subjects[i].members[m] + at);
                corsac_str origin = csc_str_from(copy);
                bool wanted = false;
                for (size_t k = 0; k < count && !wanted; k++)
                    wanted =
                        csc_regex_automaton_match(j->of[(first + k) % SUBJECTS].automaton, origin);
                cr_expect_eq(origin_fixture_allows_bytes(f, set, origin), wanted, "%s in %zu + %zu",
                             copy, first, count);
                free(copy);
            }
}

static const cse_origin_index *index_of(const origin_fixture *f, uint32_t set)
{
    const cse_origin_set *record = &f->view.sets[set];
    return record->flags & CSE_ORIGIN_INDEXED ? &f->view.indexes[record->spans] : NULL;
}

/* All in one set: found by tries of prefixes and suffixes. */
Test(origin_spans, a_set_of_all_of_them_answers_as_any_of_them)
{
    judges j;
    origin_fixture f;
    open_judges(&j);
    uint32_t set = open_set(&f, &j, 0, SUBJECTS);
    cr_assert(index_of(&f, set) != NULL);
    cr_expect_eq(index_of(&f, set)->spans, CSE_NONE, "more than prints find, or too much alike");
    ask_set(&f, set, &j, 0, SUBJECTS);
    origin_fixture_close(&f);
    close_judges(&j);
}

/* Sets of every size between: lists, prints where the ends tell the spans apart, tries. */
Test(origin_spans, a_set_of_some_of_them_answers_as_any_of_them)
{
    judges j;
    size_t lists = 0, prints = 0, tries = 0;
    open_judges(&j);
    for (size_t first = 0; first < SUBJECTS; first++)
        for (size_t count = 2; count < SUBJECTS; count++) {
            origin_fixture f;
            uint32_t set = open_set(&f, &j, first, count);
            const cse_origin_index *index = index_of(&f, set);
            lists += !index;
            prints += index && index->spans != CSE_NONE;
            tries += index && index->spans == CSE_NONE;
            ask_set(&f, set, &j, first, count);
            origin_fixture_close(&f);
        }
    close_judges(&j);
    printf("%zu sets are lists, %zu have prints, %zu tries\n", lists, prints, tries);
    cr_expect(lists > 10 && prints > 10 && tries > 10);
}

/* Ends of every length, with and without ports: what a print is made of ends with the shortest. */
Test(origin_spans, prints_of_short_and_long_ends) // M-20
{
    static const char long_end[] = "abcdefghijklmnopqrstuvwxyz";
    for (int head = 0; head <= 20; head++)
        for (int tail = head == 0; tail <= 20; tail++) {
            static char texts[9][TEXT];
            const char *list[9];
            origin_fixture f;
            for (int i = 0; i < 9;
                 i++) { /* 0 to 8 differ in the first byte of the head, the last of the tail */
                snprintf(texts[i], TEXT, "~%c%.*s[0-9]+%.*s%c%s", 'A' + i, head, long_end, tail,
                         long_end, 'A' + i,
                         i % 3 == 0   ? ""
                         : i % 3 == 1 ? "(:[0-9]+)?"
                                      : ":[0-9]+");
                list[i] = texts[i];
            }
            origin_fixture_open(&f, NULL);
            uint32_t set = origin_fixture_add(&f, list, 9);
            cr_assert(origin_fixture_seal(&f, false));
            cr_assert(index_of(&f, set) && index_of(&f, set)->spans != CSE_NONE);
            for (int i = 0; i < 9; i++)
                for (int k = 0; k < 9; k++)
                    for (int port = 0; port < 2; port++) {
                        char text[TEXT];
                        snprintf(text, TEXT, "%c%.*s7%.*s%c%s", 'A' + i, head, long_end, tail,
                                 long_end, 'A' + k, port ? ":1" : "");
                        char *copy = strdup(text);
                        bool wanted = i == k && (i % 3 == 1 || port == (i % 3 == 2));
                        cr_expect_eq(origin_fixture_allows(&f, set, copy), wanted, "%s", text);
                        free(copy);
                    }
            origin_fixture_close(&f);
        }
}

/* A tenant that makes its spans look alike gains nothing: at most four share a print, or tries find them, which
 * bound the work as well. */
Test(origin_spans, spans_that_look_alike_have_no_prints)
{
    static char texts[16][TEXT];
    const char *list[16];
    for (size_t count = 5; count <= 16; count++) {
        origin_fixture f;
        for (size_t i = 0; i < count; i++) {
            snprintf(texts[i], TEXT, "~https://[a-z]{%zu}[0-9]\\.example\\.com", i + 1);
            list[i] = texts[i];
        }
        origin_fixture_open(&f, NULL);
        uint32_t set = origin_fixture_add(&f, list, count);
        cr_assert(origin_fixture_seal(&f, false));
        const cse_origin_index *index = index_of(&f, set);
        cr_expect(!index || index->spans == CSE_NONE, "%zu", count);
        for (size_t i = 0; i < 20; i++) {
            char origin[TEXT];
            snprintf(origin, TEXT, "https://%.*s7.example.com", (int)i,
                     "abcdefghijklmnopqrstuvwxyz");
            cr_expect_eq(origin_fixture_allows(&f, set, origin), i > 0 && i <= count, "%s", origin);
        }
        origin_fixture_close(&f);
    }
}

/* A span decides where the ends in its record exclude those of all later ones of its list. */
Test(origin_spans, spans_that_exclude_the_later_ones_decide)
{
    enum { D = CSE_SPAN_DECIDES, LAST = CSE_SPAN_LAST | CSE_SPAN_DECIDES };
    static const struct {
        const char *list[3];
        uint8_t orders[4];
    } rows[] = {
        {{"~https?://[a-z]+\\.x\\.com"}, {D, LAST}},
        {{"~https?://[a-z]+\\.x\\.com(:\\d+)?"}, {D, LAST}},
        {{"~https://[a-z]+\\.(eu|us)\\.com"}, {D, LAST}},
        {{"~https://[a-z]+\\.(eu|us)\\.com(:\\d+)?"}, {0, LAST}},
        {{"~https://[a-z]+\\.x\\.com", "~https://[0-9]+\\.x\\.com"}, {0, LAST}},
        {{"~https://[a-z]+\\.x\\.com", "~https://[0-9]+\\.com"}, {0, LAST}},
        {{"~https://[a-z]+\\.a\\.com", "~https://[a-z]+\\.b\\.com", "~https://[0-9]+\\.a\\.com"},
         {0, D, LAST}},
        {{"~https://a-rather-long-name[a-z]+\\.x", "~https://a-rather-big-name[a-z]+\\.x"},
         {0, LAST}}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        origin_fixture f;
        size_t count = 0, spans = 0;
        while (count < 3 && rows[i].list[count])
            count++;
        origin_fixture_open(&f, NULL);
        uint32_t set = origin_fixture_add(&f, rows[i].list, count);
        cr_assert(origin_fixture_seal(&f, false));
        cr_assert(f.view.sets[set].flags & CSE_ORIGIN_SPANS, "%s", rows[i].list[0]);
        const cse_origin_span *first = &f.view.spans[f.view.sets[set].spans];
        for (; spans < f.view.sets[set].span_count; spans++)
            cr_expect_eq(first[spans].order, rows[i].orders[spans], "%s, span %zu: %u",
                         rows[i].list[0], spans, first[spans].order);
        cr_expect_geq(spans, 2);
        origin_fixture_close(&f);
    }
}

/* Many spans: a hash chooses a record, in which a byte of it finds the span. */
Test(origin_spans, large_sets_are_found_by_hash)
{
    enum { MOST = 1000 };
    static char texts[MOST][TEXT];
    static const char *list[MOST];
    static const size_t counts[] = {5, 32, 33, 100, MOST};
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        origin_fixture f;
        const size_t count = counts[k];
        for (size_t i = 0; i < count; i++) {
            snprintf(texts[i], TEXT, "~https://[a-z]+\\.t%zu\\.com%s", i,
                     i % 3 ? "" : "(:[0-9]+)?");
            list[i] = texts[i];
        }
        origin_fixture_open(&f, NULL);
        uint32_t set = origin_fixture_add(&f, list, count);
        cr_assert(origin_fixture_seal(&f, false));
        const cse_origin_index *index = index_of(&f, set);
        cr_assert(index && index->spans != CSE_NONE);
        cr_expect_eq(f.view.index_count == 1, count <= CSE_ORIGIN_PRINT_SPANS);
        for (size_t i = 0; i < count + 10; i++) {
            char origin[TEXT];
            snprintf(origin, TEXT, "https://shop.t%zu.com", i);
            cr_expect_eq(origin_fixture_allows(&f, set, origin), i < count, "%s", origin);
            snprintf(origin, TEXT, "https://shop.t%zu.com:80", i);
            cr_expect_eq(origin_fixture_allows(&f, set, origin), i < count && i % 3 == 0, "%s",
                         origin);
            snprintf(origin, TEXT, "https://sh-p.t%zu.com", i);
            cr_expect_not(origin_fixture_allows(&f, set, origin), "%s", origin);
        }
        origin_fixture_close(&f);
    }
}

/* The compiler gives a way through a trie 16 keys at most; an image may claim more, and each key's spans may read
 * all of a long origin. */
Test(origin_spans, a_way_through_a_trie_is_asked_as_far_as_the_compiler_makes_it) // F-7
{
    enum { KEYS = CSE_ORIGIN_WAY_KEYS + 2 };
    static const char text[] = "aaaaaaaaaaaaaaaaaaaa"; /* 16 are the prefix, 4 the suffix */
    const uint8_t *bytes = (const uint8_t *)text, *last = bytes + 20 - CSE_BLOCK_BYTES;
    csc_arena *arena = csc_arena_new();
    csc_sections sections;
    csc_trie_item items[KEYS];
    cse_origin_span spans[KEYS];
    cr_assert(arena && csc_sections_init(&sections) == CORSAC_OK);
    for (uint32_t i = 0; i < KEYS; i++) {
        items[i] = (csc_trie_item){{text, i + 1}, i};
        spans[i] = (cse_origin_span){.prefix_bytes = 16,
                                     .suffix_bytes = 4,
                                     .tail_mask = 0xf000,
                                     .edge_mask = 0xf000ffff,
                                     .order = CSE_SPAN_LAST,
                                     .min_bytes = UINT16_MAX};
        memset(spans[i].head, 'a', sizeof(spans[i].head));
        memset(spans[i].tail + 12, 'a', 4);
    }
    const uint32_t forward = csc_trie_append(arena, &sections, items, KEYS, false);
    const uint32_t backward = csc_trie_append(arena, &sections, items, KEYS, true);
    const cse_origin_sections view = {.tries = sections.slots[CSE_SECTION_PREFIX_TRIES].bytes,
                                      .spans = spans};
    cse_origin_index by_head = {.spans = CSE_NONE, .head = forward, .tail = CSE_NONE};
    cse_origin_index by_tail = {.spans = CSE_NONE, .head = CSE_NONE, .tail = backward};
    by_head.port_tail = by_tail.port_tail = CSE_NONE;
    for (uint32_t i = 0; i < KEYS; i++) {
        spans[i].min_bytes = 20;
        cr_expect_eq(cse_span_index_holds(&view, &by_head, bytes, last), i < CSE_ORIGIN_WAY_KEYS);
        cr_expect_eq(cse_span_index_holds(&view, &by_tail, bytes, last), i < CSE_ORIGIN_WAY_KEYS);
        spans[i].min_bytes = UINT16_MAX;
    }
    csc_sections_free(&sections);
    csc_arena_free(arena);
}
