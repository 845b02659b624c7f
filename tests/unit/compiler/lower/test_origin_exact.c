// SPDX-License-Identifier: Apache-2.0
// Exact strings and prefixes, from the written list to the engine's answer.
#include "engine/image/origin_glance_format.h"
#include "engine/match/keys.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static void with(origin_fixture *f, const char *const *matchers, size_t count, uint32_t *set)
{
    origin_fixture_open(f, NULL);
    *set = origin_fixture_add(f, matchers, count);
    cr_assert(origin_fixture_seal(f, false));
}

// C-9, C-7: bytes are compared, nothing is normalised.
Test(origin_exact, an_exact_matcher_accepts_only_its_bytes)
{
    origin_fixture f;
    uint32_t set;
    with(&f, (const char *const[]){"=https://a.com", "=null"}, 2, &set);
    cr_expect(origin_fixture_allows(&f, set, "https://a.com"));
    cr_expect(origin_fixture_allows(&f, set, "null")); // C-8
    cr_expect_not(origin_fixture_allows(&f, set, "https://A.com"));
    cr_expect_not(origin_fixture_allows(&f, set, "https://a.com/"));
    cr_expect_not(origin_fixture_allows(&f, set, "https://a.co"));
    cr_expect_not(origin_fixture_allows(&f, set, ""));
    origin_fixture_close(&f);
}

// C-9: an empty list allows nothing.
Test(origin_exact, an_empty_list_allows_nothing)
{
    origin_fixture f;
    uint32_t set;
    with(&f, NULL, 0, &set);
    cr_expect_not(origin_fixture_allows(&f, set, "https://a.com"));
    cr_expect_not(origin_fixture_allows(&f, set, "*"));
    cr_expect_eq(origin_fixture_first(&f, set, "https://a.com"), CSE_NONE);
    origin_fixture_close(&f);
}

// P-7, P-8: what accepts the one byte "*" allows every origin but the empty one.
Test(origin_exact, exact_star_and_prefix_star_allow_any_origin)
{
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t exact = origin_fixture_add(&f, (const char *const[]){"=https://a.com", "=*"}, 2);
    uint32_t prefix = origin_fixture_add(&f, (const char *const[]){"^*"}, 1);
    uint32_t literal = origin_fixture_add(&f, (const char *const[]){"=*.example.com", "^**"}, 2);
    cr_assert(origin_fixture_seal(&f, false));
    cr_expect(origin_fixture_allows(&f, exact, "https://evil.example"));
    cr_expect(origin_fixture_allows(&f, prefix, "x"));
    cr_expect_not(origin_fixture_allows(&f, prefix, ""));
    cr_expect_not(origin_fixture_allows(&f, literal, "https://a.example.com")); // P-9
    cr_expect(origin_fixture_allows(&f, literal, "**x"));
    cr_expect_eq(origin_fixture_first(&f, exact, "https://b.com"), 1);
    cr_expect_eq(origin_fixture_first(&f, exact, "https://a.com"), 0);
    origin_fixture_close(&f);
}

// C-9: the first matcher of the list as written; a dropped one keeps its position (P-3).
Test(origin_exact, the_first_matcher_in_list_order_is_reported)
{
    origin_fixture f;
    uint32_t set;
    with(&f, (const char *const[]){"=https://b.com", "", "^https://a", "=https://a.com"}, 4, &set);
    cr_expect_eq(origin_fixture_first(&f, set, "https://a.com"), 2);
    cr_expect_eq(origin_fixture_first(&f, set, "https://b.com"), 0);
    cr_expect_eq(origin_fixture_first(&f, set, "https://c.com"), CSE_NONE);
    origin_fixture_close(&f);
}

// C-9: a prefix is compared by bytes, 0x80-0xff included.
Test(origin_exact, prefixes_accept_any_bytes_behind_them)
{
    origin_fixture f;
    uint32_t set;
    with(&f, (const char *const[]){"^http://localhost:", "^https://\xe9"}, 2, &set);
    cr_expect(origin_fixture_allows(&f, set, "http://localhost:"));
    cr_expect(origin_fixture_allows(&f, set, "http://localhost:3000"));
    cr_expect(origin_fixture_allows(&f, set, "http://localhost:\xff\xfe"));
    cr_expect(origin_fixture_allows(&f, set, "https://\xe9x"));
    cr_expect_not(origin_fixture_allows(&f, set, "http://localhost"));
    cr_expect_not(origin_fixture_allows(&f, set, "https://\xc3\xa9"));
    origin_fixture_close(&f);
}

/* What a policy copies of the list never contradicts the list. */
static void check_glance(const origin_fixture *f, uint32_t set, const char *text)
{
    const cse_glance glance = cse_origin_glance(&f->view.sets[set], f->view.keys);
    const corsac_str origin = {text, strlen(text)};
    const bool held = cse_keys_hold(&f->view, set, origin);
    switch (cse_prints_ask(&glance.list, f->view.keys + glance.list.keys, origin)) {
    case CSE_KEYS_HIT:
        cr_expect(held, "%s", text);
        break;
    case CSE_KEYS_MISS:
        cr_expect_not(held, "%s", text);
        break;
    case CSE_KEYS_UNSURE:
        break;
    }
}

/* Asks for each of the listed texts and for each with one byte changed. */
static void check_list(const char *const *matchers, size_t count, bool prints)
{
    origin_fixture f;
    uint32_t set;
    with(&f, matchers, count, &set);
    cr_expect_eq(f.view.sets[set].has_prints, prints, "%s", matchers[0]);
    for (size_t i = 0; i < count; i++) {
        char text[128];
        snprintf(text, sizeof(text), "%s", matchers[i] + 1);
        cr_expect(origin_fixture_allows(&f, set, text), "%s", text);
        check_glance(&f, set, text);
        check_glance(&f, set, text + 1);
        for (size_t at = 0; text[at] != '\0'; at++) {
            text[at] ^= 0x10;
            cr_expect_not(origin_fixture_allows(&f, set, text), "%s", text);
            check_glance(&f, set, text);
            text[at] ^= 0x10;
        }
    }
    origin_fixture_close(&f);
}

// F-6: which lists a policy copies, and that the copy answers.
Test(origin_exact, a_list_of_fit_strings_is_seen_at_a_glance)
{
    static const struct {
        const char *matchers[9];
        int keys;
        bool is_all;
    } rows[] = {
        {{"=https://one.example.com"}, 1, true},
        {{"=https://one.example.com", "=https://two.example.com"}, 2, true},
        {{"=https://one.example.com", "^http://b"}, 1, false},
        {{"=sixteen.bytes.in"}, 1, true},
        {{"=fifteen-bytes-i", "=https://one.example.com"}, 0, false},
        {{"=0123456789012345678901234567890123456789012345678901234567890123"}, 1, true},
        {{"=01234567890123456789012345678901234567890123456789012345678901234"}, 0, false},
        {{"^https://one.example.com"}, 0, false},
        {{"=*"}, 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        origin_fixture f;
        uint32_t set;
        size_t count = 0;
        while (rows[i].matchers[count])
            count++;
        with(&f, rows[i].matchers, count, &set);
        const cse_glance glance = cse_origin_glance(&f.view.sets[set], f.view.keys);
        cr_expect_eq(glance.key_count, rows[i].keys, "%zu", i);
        cr_expect_eq(glance.is_all, rows[i].is_all, "%zu", i);
        for (size_t k = 0; k < count && rows[i].keys > 0; k++) {
            const corsac_str key = {rows[i].matchers[k] + 1, strlen(rows[i].matchers[k] + 1)};
            cr_expect_eq(cse_prints_ask(&glance.list, f.view.keys + glance.list.keys, key),
                         rows[i].matchers[k][0] == '=' ? CSE_KEYS_HIT : CSE_KEYS_MISS, "%s",
                         key.data);
        }
        origin_fixture_close(&f);
    }
}

// C-9: short lists answer alike, whatever is known of their keys.
Test(origin_exact, lists_of_every_form_hold_their_keys_and_no_others)
{
    check_list((const char *const[]){"=https://one.example.com"}, 1, false);
    check_list((const char *const[]){"=https://one.example.com", "=https://two.example.com",
                                     "=https://three.example.com"},
               3, true);
    check_list((const char *const[]){"=https://a.com", "=https://two.example.com"}, 2, false);
    check_list((const char *const[]){"=https://two.example.com", "=https://t\xc3\xb6.example.com"},
               2, true);
    /* the same size and print: they differ in no byte that it looks at */
    check_list((const char *const[]){"=https://same-front.1.the-same-end-of-all",
                                     "=https://same-front.2.the-same-end-of-all",
                                     "=https://same-front.3.the-same-end-of-all"},
               3, true);
    /* eight keys of 31 bytes have 248, of 32 bytes 256 */
    const char *const eight[] = {
        "=https://key-0.of-31.example.com", "=https://key-1.of-31.example.com",
        "=https://key-2.of-31.example.com", "=https://key-3.of-31.example.com",
        "=https://key-4.of-31.example.com", "=https://key-5.of-31.example.com",
        "=https://key-6.of-31.example.com", "=https://key-7.of-31.example.com"};
    check_list(eight, 8, true);
    const char *const longer[] = {
        "=https://key-0x.of-32.example.com", "=https://key-1x.of-32.example.com",
        "=https://key-2x.of-32.example.com", "=https://key-3x.of-32.example.com",
        "=https://key-4x.of-32.example.com", "=https://key-5x.of-32.example.com",
        "=https://key-6x.of-32.example.com", "=https://key-7x.of-32.example.com"};
    check_list(longer, 8, false);
}

static uint32_t form_of(const char *const *matchers, size_t count)
{
    origin_fixture f;
    uint32_t set;
    with(&f, matchers, count, &set);
    const uint32_t flags = f.view.sets[set].flags;
    origin_fixture_close(&f);
    return flags & (CSE_ORIGIN_KEYS | CSE_ORIGIN_ROW | CSE_ORIGIN_TABLE);
}

enum { ROW_MOST = CSE_ORIGIN_ROW_KEYS + 1 };

// C-9: up to 16 strings of common sizes are a row, and it holds them and no others.
Test(origin_exact, a_row_holds_its_keys_and_no_others)
{
    static char texts[ROW_MOST][80], same[ROW_MOST][80], sizes[ROW_MOST][80];
    const char *list[ROW_MOST], *alike[ROW_MOST], *every[ROW_MOST];
    for (size_t i = 0; i < ROW_MOST; i++) {
        snprintf(texts[i], sizeof(texts[i]), "=https://app-%zu.example.com", i * i * i);
        snprintf(same[i], sizeof(same[i]), "=https://same-front.%c.the-same-end-of-all",
                 "abcdefghijklmnopA"[i]); /* one size and print; no two differ by 0x10 */
        snprintf(sizes[i], sizeof(sizes[i]), "=%.*s", (int)(16 + 3 * i),
                 "0123456789012345678901234567890123456789012345678901234567890123");
        list[i] = texts[i];
        alike[i] = same[i];
        every[i] = sizes[i];
    }
    for (size_t count = CSE_ORIGIN_LIST_KEYS; count <= ROW_MOST; count++) {
        const uint32_t form = count <= CSE_ORIGIN_LIST_KEYS ? CSE_ORIGIN_KEYS
                              : count < ROW_MOST            ? CSE_ORIGIN_ROW
                                                            : CSE_ORIGIN_TABLE;
        cr_expect_eq(form_of(list, count), form, "%zu keys", count);
        check_list(list, count, form == CSE_ORIGIN_KEYS);
        check_list(alike, count, false);
        check_list(every, count, form == CSE_ORIGIN_KEYS && count < 9);
    }
    cr_expect_eq(form_of(alike, 8), CSE_ORIGIN_ROW, "too long for a list with prints");
    const char *const last = list[9];
    list[9] = "=fifteen-bytes-i";
    cr_expect_eq(form_of(list, 10), CSE_ORIGIN_TABLE);
    list[9] = "=0123456789012345678901234567890123456789012345678901234567890123";
    cr_expect_eq(form_of(list, 10), CSE_ORIGIN_ROW);
    check_list(list, 10, false);
    list[9] = "=01234567890123456789012345678901234567890123456789012345678901234";
    cr_expect_eq(form_of(list, 10), CSE_ORIGIN_TABLE);
    check_list(list, 10, false);
    list[9] = last;
}

// C-9: what is in no row is asked behind it, and a regex that is a row answers by itself.
Test(origin_exact, a_row_beside_other_forms)
{
    static char texts[12][64];
    const char *list[16];
    origin_fixture f;
    uint32_t set;
    for (size_t i = 0; i < 12; i++) {
        snprintf(texts[i], sizeof(texts[i]), "=https://app-%zu.example.com", i);
        list[i] = texts[i];
    }
    list[12] = "^http://localhost:";
    list[13] = "~https://[a-z]+\\.mid\\.com";
    list[14] = "~.*x.*y.*";
    list[15] = "~https://(a|b|c|d|e|f|g|h|i|j)-only\\.example\\.com";
    with(&f, list, 16, &set);
    cr_expect(f.view.sets[set].flags & CSE_ORIGIN_TABLE, "22 strings");
    origin_fixture_close(&f);
    with(&f, list, 15, &set);
    cr_expect(f.view.sets[set].flags & CSE_ORIGIN_ROW);
    static const struct {
        const char *origin;
        bool allowed;
    } rows[] = {{"https://app-0.example.com", true},
                {"https://app-11.example.com", true},
                {"https://app-12.example.com", false},
                {"https://app-1.example.co", false},
                {"http://localhost:80", true},
                {"http://localhost", false},
                {"https://a.mid.com", true},
                {"https://1.mid.com", false},
                {"xy", true},
                {"yx", false},
                {"\xffx\xffy", true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(origin_fixture_allows(&f, set, rows[i].origin), rows[i].allowed, "%s",
                     rows[i].origin);
    origin_fixture_close(&f);
    with(&f, list + 15, 1, &set);
    cr_expect(f.view.sets[set].flags & CSE_ORIGIN_ROW);
    cr_expect_eq(f.view.program_count, 0);
    cr_expect(origin_fixture_allows(&f, set, "https://j-only.example.com"));
    cr_expect_not(origin_fixture_allows(&f, set, "https://k-only.example.com"));
    origin_fixture_close(&f);
    with(&f, list + 14, 2, &set); /* in a list it has a set of its own */
    const cse_origin_matcher *m = &f.view.matchers[f.view.sets[set].matchers + 1];
    cr_assert_eq(m->way, CSE_WAY_SET);
    cr_expect(f.view.sets[m->value].flags & CSE_ORIGIN_ROW);
    cr_expect(origin_fixture_allows(&f, m->value, "https://j-only.example.com"));
    origin_fixture_close(&f);
}

// prints that cannot be read, or find other keys, are refused.
Test(origin_exact, prints_that_lie_about_a_list_do_not_verify)
{
    origin_fixture f;
    const char *reason;
    origin_fixture_open(&f, NULL);
    uint32_t set = origin_fixture_add(
        &f, (const char *const[]){"=https://one.example.com", "=https://two.example.com"}, 2);
    uint32_t small = origin_fixture_add(&f, (const char *const[]){"=https://a.com", "=null"}, 2);
    uint32_t one = origin_fixture_add(&f, (const char *const[]){"=https://one.example.com"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cse_origin_set *sets = (cse_origin_set *)(uintptr_t)f.view.sets;
    const struct {
        uint8_t *byte, value;
    } lies[] = {
        {&sets[small].has_prints, 1},
        {&sets[set].has_prints, 2},
        {&sets[one].has_prints, 1},
        {&sets[set].prints[0], (uint8_t)(sets[set].prints[0] + 1)},
        {&sets[set].prints[1], (uint8_t)(sets[set].prints[1] + 1)},
        {&sets[set].sizes[0], 15},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t before = *lies[i].byte;
        *lies[i].byte = lies[i].value;
        cr_expect_not(origin_fixture_verifies(&f, &reason), "%zu", i);
        *lies[i].byte = before;
    }
    cr_expect(origin_fixture_verifies(&f, &reason));
    origin_fixture_close(&f);
}

enum { MANY = 3000 };

static const char **many(char kind, size_t step)
{
    const char **list = calloc(MANY, sizeof(*list));
    for (size_t i = 0; i < MANY; i++) {
        char *text = malloc(64);
        snprintf(text, 64, "%chttps://host-%zu.example.com", kind, i * step);
        list[i] = text;
    }
    return list;
}

static void free_many(const char **list)
{
    for (size_t i = 0; i < MANY; i++)
        free((void *)(uintptr_t)list[i]);
    free(list);
}

// C-9: a table answers like a list.
Test(origin_exact, thousands_of_exact_strings_are_found_and_no_others)
{
    origin_fixture f;
    uint32_t set;
    const char **list = many('=', 2);
    with(&f, list, MANY, &set);
    cr_expect(f.view.sets[set].flags & CSE_ORIGIN_TABLE);
    for (size_t i = 0; i < 2 * MANY; i++) {
        char origin[64];
        snprintf(origin, sizeof(origin), "https://host-%zu.example.com", i);
        cr_assert_eq(origin_fixture_allows(&f, set, origin), i % 2 == 0, "%s", origin);
    }
    origin_fixture_close(&f);
    free_many(list);
}

static bool starts_with_any(const char *const *list, const char *origin)
{
    for (size_t i = 0; i < MANY; i++)
        if (strncmp(list[i] + 1, origin, strlen(list[i] + 1)) == 0)
            return true;
    return false;
}

// C-9: a trie answers like a list of prefixes.
Test(origin_exact, thousands_of_prefixes_answer_like_a_list)
{
    origin_fixture f;
    uint32_t set;
    const char **list = many('^', 7);
    with(&f, list, MANY, &set);
    cr_expect(f.view.sets[set].flags & CSE_ORIGIN_TRIE);
    for (size_t i = 0; i < MANY; i++) {
        char origin[80];
        snprintf(origin, sizeof(origin), "https://host-%zu.example.co%s", i,
                 i % 3 == 0   ? "m"
                 : i % 3 == 1 ? "m.evil"
                              : "");
        cr_assert_eq(origin_fixture_allows(&f, set, origin), starts_with_any(list, origin), "%s",
                     origin);
    }
    origin_fixture_close(&f);
    free_many(list);
}

// C-9: each set has its own trie in the one section of tries.
Test(origin_exact, a_second_trie_answers_for_its_own_set)
{
    static const char *const first[] = {"^https://a", "^https://b", "^https://c",
                                        "^https://d", "^https://e", "^https://f"};
    static const char *const second[] = {"^http://a", "^http://b", "^http://c",
                                         "^http://d", "^http://e", "^http://f"};
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t one = origin_fixture_add(&f, first, 6), two = origin_fixture_add(&f, second, 6);
    cr_assert(origin_fixture_seal(&f, false));
    cr_expect(f.view.sets[one].flags & f.view.sets[two].flags & CSE_ORIGIN_TRIE);
    for (size_t i = 0; i < 6; i++) {
        cr_expect(origin_fixture_allows(&f, one, first[i] + 1));
        cr_expect_not(origin_fixture_allows(&f, one, second[i] + 1));
        cr_expect(origin_fixture_allows(&f, two, second[i] + 1));
        cr_expect_not(origin_fixture_allows(&f, two, first[i] + 1));
    }
    origin_fixture_close(&f);
}

// Every length up to 600, so that each path of the comparison is taken, with one byte off each
// time.
Test(origin_exact, strings_of_every_length_differ_in_every_byte)
{
    static char text[602];
    origin_fixture f;
    for (size_t size = 1; size <= 600; size += size < 40 ? 1 : 37) {
        uint32_t set;
        text[0] = '=';
        memset(text + 1, 'a', size);
        text[size + 1] = 0;
        with(&f, (const char *const[]){text}, 1, &set);
        cr_assert(origin_fixture_allows(&f, set, text + 1));
        for (size_t at = 1; at <= size; at++) {
            text[at] = 'b';
            cr_assert_not(origin_fixture_allows(&f, set, text + 1), "%zu %zu", size, at);
            text[at] = 'a';
        }
        origin_fixture_close(&f);
    }
}

// P-4: an empty exact string never matches; equal lists are one set, others are not.
Test(origin_exact, equal_lists_become_one_set)
{
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t a = origin_fixture_add(&f, (const char *const[]){"=a", "^b", "="}, 3);
    uint32_t b = origin_fixture_add(&f, (const char *const[]){"=a", "^b", "="}, 3);
    uint32_t c = origin_fixture_add(&f, (const char *const[]){"^b", "=a"}, 2);
    cr_assert(origin_fixture_seal(&f, false));
    cr_expect_eq(a, b);
    cr_expect_neq(a, c);
    cr_expect_not(origin_fixture_allows(&f, a, ""));
    origin_fixture_close(&f);
}
