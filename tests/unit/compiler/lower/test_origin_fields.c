// SPDX-License-Identifier: Apache-2.0
// Each field of the origin sections at and beyond its bound, one at a time (F-7, origin_format.h): what stands on the
// bound is accepted, what lies beyond is refused, with the sentence that says where.
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets of every layout: lists of all forms, a table, a trie, spans found by a hash in one record or several, or by tries, two lists of
 * programs, a database. */
enum { LISTS, TABLE, TRIE, PRINTS, LINES, INDEX, PROGRAMS, SETS };
enum { MATCHERS = 40 }; /* more than one record of the index finds */

static void fill(origin_fixture *f, uint32_t sets[SETS], corsac_regex_engine engine)
{
    static char texts[5][MATCHERS][64];
    static const struct {
        const char *form;
        int count;
    } forms[] = {{"=https://host-%d.example.com", 20},
                 {"^https://pre-%d", 20},
                 {"~https://[a-z]+\\.t%d\\.com(:\\d+)?", 20},
                 {"~https://[a-z]+\\.u%d\\.com", MATCHERS},
                 {"~https://[a-z]{%d}[0-9]\\.com", 6}}; /* alike: a hash finds none of them */
    const csc_origin_options options = {engine, false};
    origin_fixture_open(f, &options);
    sets[LISTS] = origin_fixture_add(
        f,
        (const char *const[]){"=https://a.com",
                              "^http://localhost:", "~https://[a-z]+\\.b\\.com(:\\d+)?",
                              "~https?://10\\.\\d+\\.\\d+\\.\\d+-\\d+", "~.*\\.mid\\.com.*",
                              "~https://a+b+c+d+e+f+\\.com"},
        6);
    for (int k = 0; k < 5; k++) {
        const char *list[MATCHERS];
        for (int i = 0; i < forms[k].count; i++) {
            snprintf(texts[k][i], sizeof(texts[k][i]), forms[k].form, i + (k == 4));
            list[i] = texts[k][i];
        }
        sets[TABLE + k] = origin_fixture_add(f, list, (size_t)forms[k].count);
    }
    sets[PROGRAMS] = origin_fixture_add(
        f, (const char *const[]){"~h(ab|c)*d{2,5}e?", "~.*x.*y.*", "~(a|b)*a(a|b){20}"}, 3);
    cr_assert(origin_fixture_seal(f, false));
}

/* The sections are the fixture's own memory. */
#define OWN(type, pointer) ((type *)(uintptr_t)(pointer))

static const char *refusal(const origin_fixture *f)
{
    const char *reason = NULL;
    return origin_fixture_verifies(f, &reason) ? "accepted" : reason;
}

/* A field with another value; it is put back afterwards. */
#define EXPECT(f, field, value, sentence)                                                          \
    do {                                                                                           \
        __typeof__(field) before_it = (field);                                                     \
        (field) = (__typeof__(field))(value);                                                      \
        cr_expect_str_eq(refusal(f), (sentence), #field " = " #value);                             \
        (field) = before_it;                                                                       \
        cr_assert_str_eq(refusal(f), "accepted");                                                  \
    } while (0)
#define ACCEPTED(f, field, value) EXPECT(f, field, value, "accepted")

/* Several records may use what the field is of, and the first of them is named. */
#define REFUSED(f, field, value)                                                                   \
    do {                                                                                           \
        __typeof__(field) before_it = (field);                                                     \
        (field) = (__typeof__(field))(value);                                                      \
        cr_expect_str_neq(refusal(f), "accepted", #field " = " #value);                            \
        (field) = before_it;                                                                       \
        cr_assert_str_eq(refusal(f), "accepted");                                                  \
    } while (0)

#define BAD_PROGRAM  "a regex program is malformed"
#define BAD_ORDER    "a list of regex programs names one twice, or takes more steps than a list may"
#define BAD_LIST     "a list of regex programs points outside its table"
#define BAD_DATABASE "a regex database record is malformed or points outside its section"
#define BAD_KEY      "an exact origin lies outside its section"
#define BAD_PIECE    "a piece of a lowered regex points outside its section"
#define BAD_SPAN     "a lowered regex points outside its section"
#define BAD_MATCHER  "a list of origin matchers is malformed, or takes more steps than a list may"
#define BAD_SET      "an origin set points outside its sections"

Test(origin_fields, programs_follow_one_another) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_program_ref *refs = OWN(cse_program_ref, f.view.programs);
    const uint32_t count = f.view.program_count, strings = f.view.strings_size;
    cr_assert_geq(count, 3u);
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(&f, refs[i].size_bytes, refs[i].size_bytes - 8, BAD_PROGRAM);
        EXPECT(&f, refs[i].size_bytes, UINT32_MAX, BAD_PROGRAM);
        EXPECT(&f, refs[i].offset, f.view.program_bytes_size, BAD_PROGRAM);
        EXPECT(&f, refs[i].offset, UINT32_MAX - 7, BAD_PROGRAM);
        EXPECT(&f, refs[i].pattern.offset, strings - refs[i].pattern.size + 1, BAD_PROGRAM);
        ACCEPTED(&f, refs[i].pattern.offset, strings - refs[i].pattern.size);
        EXPECT(&f, refs[i].pattern.size, strings - refs[i].pattern.offset + 1, BAD_PROGRAM);
        ACCEPTED(&f, refs[i].pattern.size, strings - refs[i].pattern.offset);
    }
    cse_program_ref first = refs[0]; /* the same program twice is a program too, but it overlaps */
    refs[0] = refs[1];
    cr_expect_str_eq(refusal(&f), BAD_PROGRAM);
    refs[0] = first;
    refs[1].pattern = (cse_text){strings, 0};
    cr_expect_str_eq(refusal(&f), "accepted");
    refs[1].pattern.offset++;
    cr_expect_str_eq(refusal(&f), BAD_PROGRAM);
    refs[1].pattern.offset = 0;
    const uint32_t end = refs[count - 1].offset + refs[count - 1].size_bytes;
    ACCEPTED(&f, f.view.program_bytes_size, end);
    EXPECT(&f, f.view.program_bytes_size, end - 1, BAD_PROGRAM);
    origin_fixture_close(&f);
}

Test(origin_fields, lists_of_programs) // F-7, X-9
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    const uint32_t programs = f.view.program_count, lists = f.view.list_count;
    uint32_t *list = OWN(uint32_t, f.view.lists);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[PROGRAMS]]);
    cr_assert_gt(set->whole_count, 1);
    cr_assert_leq(set->whole + set->whole_count, lists);
    for (uint32_t i = 0; i < lists; i++)
        EXPECT(&f, list[i], programs, BAD_LIST);
    EXPECT(&f, list[set->whole], list[set->whole + 1], BAD_ORDER);
    EXPECT(&f, list[set->whole + set->whole_count - 1], list[set->whole], BAD_ORDER);
    EXPECT(&f, set->whole, lists - set->whole_count + 1, BAD_SET);
    EXPECT(&f, set->whole, UINT32_MAX, BAD_SET);
    EXPECT(&f, set->whole_count, UINT16_MAX, BAD_SET);
    cse_origin_set saved = *set;
    set->whole_count = 1; /* then it names a program itself */
    set->whole = programs - 1;
    cr_expect_str_eq(refusal(&f), "accepted");
    set->whole = programs;
    cr_expect_str_eq(refusal(&f), BAD_SET);
    set->whole_count = 0;
    cr_expect_str_eq(refusal(&f), "accepted", "nothing is named");
    set->rest_count = 1;
    set->rest = programs;
    cr_expect_str_eq(refusal(&f), BAD_SET);
    set->rest = programs - 1;
    cr_expect_str_eq(refusal(&f), "accepted");
    *set = saved;
    origin_fixture_close(&f);
}

/* One list may serve as `rest` and `whole` of one set, not of many: the check would take too long. */
Test(origin_fields, a_list_of_programs_serves_one_set) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *all = OWN(cse_origin_set, f.view.sets), *set = &all[sets[PROGRAMS]];
    for (uint32_t i = 0; i < f.view.set_count; i++)
        if (!(all[i].flags & CSE_ORIGIN_ONE_SPAN))
            all[i].rest_count = all[i].whole_count = 0;
    const uint32_t first = set->whole;
    f.view.lists = f.view.lists + first;
    f.view.list_count = 2;
    set->rest = set->whole = 0;
    set->rest_count = set->whole_count = 2;
    cr_expect_str_eq(refusal(&f), "accepted");
    all[0].whole = 0;
    all[0].whole_count = 2;
    cr_expect_str_eq(refusal(&f), BAD_ORDER);
    set->rest_count = 0;
    cr_expect_str_eq(refusal(&f), "accepted");
    f.view.lists -= first;
    origin_fixture_close(&f);
}

/* A regex is asked by its program, by a set that has it alone, or by its own set, which then has nothing else. */
static void check_regex(origin_fixture *f, cse_origin_matcher *m)
{
    EXPECT(f, m->way, 3, BAD_MATCHER);
    EXPECT(f, m->way, UINT8_MAX, BAD_MATCHER);
    if (m->way != CSE_WAY_OWN)
        ACCEPTED(f, m->size_bytes, UINT32_MAX); /* of a text, which it has not */
    if (m->way == CSE_WAY_PROGRAM) {
        EXPECT(f, m->value, f->view.program_count, BAD_MATCHER);
        ACCEPTED(f, m->value, f->view.program_count - 1);
        return;
    }
    if (m->way == CSE_WAY_SET) {
        EXPECT(f, m->value, f->view.set_count, BAD_MATCHER);
        EXPECT(f, m->value, 0, BAD_MATCHER); /* of several matchers */
        EXPECT(f, m->way, CSE_WAY_OWN, BAD_MATCHER);
        return;
    }
    const uint32_t strings = f->view.strings_size;
    EXPECT(f, m->value, strings - m->size_bytes + 1, BAD_MATCHER);
    ACCEPTED(f, m->value, strings - m->size_bytes);
    EXPECT(f, m->size_bytes, strings - m->value + 1, BAD_MATCHER);
    ACCEPTED(f, m->size_bytes, strings - m->value);
}

Test(origin_fields, matchers) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_matcher *matchers = OWN(cse_origin_matcher, f.view.matchers);
    const uint32_t keys = f.view.keys_size;
    for (uint32_t i = 0; i < f.view.matcher_count; i += i < f.view.matcher_count - 6 ? 3 : 1) {
        EXPECT(&f, matchers[i].kind, 0, BAD_MATCHER);
        EXPECT(&f, matchers[i].kind, 4, BAD_MATCHER);
        if (matchers[i].kind == CSE_MATCHER_REGEX) {
            check_regex(&f, &matchers[i]);
            continue;
        }
        EXPECT(&f, matchers[i].value, keys - matchers[i].size_bytes + 1, BAD_MATCHER);
        ACCEPTED(&f, matchers[i].value, keys - matchers[i].size_bytes);
        EXPECT(&f, matchers[i].size_bytes, keys - matchers[i].value + 1, BAD_MATCHER);
        ACCEPTED(&f, matchers[i].size_bytes, keys - matchers[i].value);
    }
    matchers[f.view.matcher_count - 1].kind = 9;
    cr_expect_str_eq(refusal(&f), BAD_MATCHER, "the last one");
    origin_fixture_close(&f);
}

Test(origin_fields, matchers_of_a_set) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    for (uint32_t i = 0; i < f.view.set_count; i++) {
        cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[i]);
        EXPECT(&f, set->matchers, set->matchers + 1, BAD_MATCHER); /* each has its own */
        EXPECT(&f, set->matchers, UINT32_MAX, BAD_MATCHER);
        if (set->flags & CSE_ORIGIN_ONE_SPAN)
            continue;
        EXPECT(&f, set->matcher_count, set->matcher_count + 1, BAD_MATCHER);
        EXPECT(&f, set->matcher_count, set->matcher_count - 1, BAD_MATCHER);
        EXPECT(&f, set->matcher_count, UINT32_MAX, BAD_MATCHER);
        EXPECT(&f, set->database, f.view.database_count, BAD_SET);
    }
    origin_fixture_close(&f);
}

Test(origin_fields, tables_of_exact_strings) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[TABLE]]);
    cse_origin_bucket *buckets = OWN(cse_origin_bucket, f.view.buckets);
    const uint32_t keys = f.view.keys_size;
    cr_assert(set->flags & CSE_ORIGIN_TABLE);
    EXPECT(&f, set->key_count, 1, BAD_SET);
    EXPECT(&f, set->bucket_shift, 32, BAD_SET);
    EXPECT(&f, set->bucket_shift, 31, BAD_SET);
    EXPECT(&f, set->bucket_shift, set->bucket_shift + 1, BAD_SET);
    EXPECT(&f, set->probe_limit, CSE_ORIGIN_MAX_PROBES + 1, BAD_SET);
    ACCEPTED(&f, set->probe_limit, CSE_ORIGIN_MAX_PROBES);
    EXPECT(&f, set->buckets, f.view.bucket_count - (1u << set->bucket_shift) + 1, BAD_SET);
    ACCEPTED(&f, set->buckets, f.view.bucket_count - (1u << set->bucket_shift));
    uint32_t seen = 0, last = 0;
    for (uint32_t b = 0; b < f.view.bucket_count; b++)
        for (uint32_t lane = 0; lane < 8; lane++) {
            if (buckets[b].fingerprints[lane] == 0) {
                ACCEPTED(&f, buckets[b].keys[lane], UINT32_MAX); /* nobody looks */
                continue;
            }
            uint32_t *key = &buckets[b].keys[lane];
            EXPECT(&f, *key, *key + 1, BAD_KEY);
            EXPECT(&f, *key, *key + 2, BAD_KEY);
            EXPECT(&f, *key, (keys - 1) & ~3u, BAD_KEY);
            EXPECT(&f, *key, (keys + 3) & ~3u, BAD_KEY);
            EXPECT(&f, *key, UINT32_MAX - 3, BAD_KEY);
            if (*key > last)
                last = *key;
            seen++;
        }
    cr_expect_eq(seen, 20);
    uint8_t *at = OWN(uint8_t, f.view.keys) + last; /* behind it no key has its size */
    uint32_t most = keys - last - 4, none = 0;
    memset(at + 4, 'x', most);
    memcpy(at, &most, sizeof(most));
    cr_expect_str_eq(refusal(&f), "accepted", "a text may end the section");
    most++;
    memcpy(at, &most, sizeof(most));
    cr_expect_str_eq(refusal(&f), BAD_KEY);
    memcpy(at, &none, sizeof(none));
    last = (keys - 4) & ~3u; /* a text of no bytes at the very end */
    memcpy(OWN(uint8_t, f.view.keys) + last, &none, sizeof(none));
    f.view.keys_size = last + 4;
    buckets[set->buckets].fingerprints[0] = 1;
    buckets[set->buckets].keys[0] = last;
    cr_expect_str_neq(refusal(&f), BAD_KEY);
    f.view.keys_size--;
    cr_expect_str_eq(refusal(&f), BAD_KEY);
    origin_fixture_close(&f);
}

Test(origin_fields, rows_of_exact_strings) // F-7, X-7
{
    enum { KEYS = 12 };
    static char texts[KEYS][64];
    const char *list[KEYS];
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    origin_fixture_add(&f, (const char *const[]){"=null", "^http://a"}, 2);
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(texts[i], sizeof(texts[i]), "=https://host-%zu.example.com", i * i * i);
        list[i] = texts[i];
    }
    cse_origin_set *set = OWN(cse_origin_set, NULL);
    const uint32_t index = origin_fixture_add(&f, list, KEYS);
    cr_assert(origin_fixture_seal(&f, false));
    set = OWN(cse_origin_set, &f.view.sets[index]);
    cse_origin_row *row = OWN(cse_origin_row, &f.view.rows[set->row]);
    cr_assert_eq(set->flags, CSE_ORIGIN_ROW);
    EXPECT(&f, set->flags, CSE_ORIGIN_ROW | CSE_ORIGIN_TABLE, BAD_SET);
    EXPECT(&f, set->flags, CSE_ORIGIN_ROW | CSE_ORIGIN_KEYS, BAD_SET);
    EXPECT(&f, set->key_count, 1, BAD_SET);
    EXPECT(&f, set->has_prints, 1, BAD_SET);
    EXPECT(&f, set->row, f.view.row_count, BAD_SET);
    EXPECT(&f, set->row, UINT32_MAX, BAD_SET);
    EXPECT(&f, set->row_keys, set->row_keys - 1, BAD_SET);
    EXPECT(&f, set->row_keys, set->row_keys + 1, BAD_SET);
    EXPECT(&f, set->row_keys, f.view.keys_size, BAD_SET);
    EXPECT(&f, set->row_keys, UINT32_MAX, BAD_SET);
    for (size_t i = 0; i < CSE_ORIGIN_ROW_KEYS; i++) {
        EXPECT(&f, row->prints[i], row->prints[i] + 1, BAD_SET);
        EXPECT(&f, row->places[i], row->places[i] + 1, BAD_SET);
        EXPECT(&f, row->places[i], UINT16_MAX, BAD_SET);
        EXPECT(&f, row->sizes[i], i < KEYS ? 15 : 16, BAD_SET);
        EXPECT(&f, row->sizes[i], 65, BAD_SET);
        if (i + 1 < KEYS) /* what stands behind a zero is not zero */
            EXPECT(&f, row->sizes[i], 0, BAD_SET);
    }
    const cse_origin_row saved = *row;
    row->sizes[KEYS - 1] = row->prints[KEYS - 1] = 0;
    row->places[KEYS - 1] = 0;
    cr_expect_str_eq(refusal(&f), "accepted", "a shorter row");
    memset(row, 0, sizeof(*row));
    cr_expect_str_eq(refusal(&f), BAD_SET, "a row of nothing");
    *row = saved;
    const uint32_t end = set->row_keys + row->places[KEYS - 1] + row->sizes[KEYS - 1];
    cr_assert_eq(end, f.view.keys_size, "the row ends the section");
    f.view.keys_size--;
    cr_expect_str_eq(refusal(&f), BAD_SET);
    f.view.keys_size++;
    uint8_t *keys = OWN(uint8_t, f.view.keys) + set->row_keys;
    for (size_t i = 0; i < KEYS; i++) {
        EXPECT(&f, keys[row->places[i]], '\n', BAD_SET);
        EXPECT(&f, keys[row->places[i]], 0x7f, BAD_SET);
        ACCEPTED(&f, keys[row->places[i]], '\t');
        EXPECT(&f, keys[row->places[i] + 8], '~', BAD_SET); /* the print hears of it */
    }
    origin_fixture_close(&f);
}

Test(origin_fields, lists_of_texts) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[LISTS]]);
    cr_assert_eq(set->key_count, 1);
    cr_assert_eq(set->prefix_count, 1);
    const uint32_t bytes = (uint32_t)set->sizes[0] + set->sizes[1];
    EXPECT(&f, set->keys, f.view.keys_size - bytes + 1, BAD_SET);
    ACCEPTED(&f, set->keys, f.view.keys_size - bytes);
    EXPECT(&f, set->keys, UINT32_MAX, BAD_SET);
    EXPECT(&f, set->sizes[0], 0, BAD_SET);
    EXPECT(&f, set->sizes[1], 0, BAD_SET);
    cse_origin_set saved = *set;
    memset(set->sizes, 1, sizeof(set->sizes));
    for (uint32_t keys = 0; keys < 12; keys++)
        for (uint32_t prefixes = 0; prefixes < 8; prefixes++) {
            set->key_count = (uint8_t)keys;
            set->prefix_count = (uint8_t)prefixes;
            bool fits = keys > 0 && keys <= CSE_ORIGIN_LIST_KEYS && prefixes > 0 &&
                        prefixes <= CSE_ORIGIN_LIST_PREFIXES;
            cr_expect_str_eq(refusal(&f), fits ? "accepted" : BAD_SET, "%u keys, %u prefixes", keys,
                             prefixes);
            for (uint32_t i = 0; fits && i < CSE_ORIGIN_LIST_SIZES; i++) {
                set->sizes[i] = 0;
                cr_expect_str_eq(refusal(&f), i < keys + prefixes ? BAD_SET : "accepted");
                set->sizes[i] = 1;
            }
        }
    *set = saved;
    /* A flag says that there are some: the engine reads the first size without counting. */
    EXPECT(&f, set->flags, set->flags & ~(unsigned)CSE_ORIGIN_KEYS, BAD_SET);
    EXPECT(&f, set->flags, set->flags & ~(unsigned)CSE_ORIGIN_PREFIXES, BAD_SET);
    origin_fixture_close(&f);
}

Test(origin_fields, tries_and_what_names_them) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[TRIE]]);
    cr_assert(set->flags & CSE_ORIGIN_TRIE);
    EXPECT(&f, set->trie, set->trie + 4, BAD_SET);
    EXPECT(&f, set->trie, CSE_NONE, BAD_SET);
    EXPECT(&f, set->prefix_count, 1, BAD_SET);
    EXPECT(&f, set->flags, set->flags & ~(unsigned)CSE_ORIGIN_TRIE, BAD_SET);
    cse_origin_set *indexed = OWN(cse_origin_set, &f.view.sets[sets[INDEX]]);
    cr_assert(indexed->flags & CSE_ORIGIN_INDEXED);
    cse_origin_index *index = OWN(cse_origin_index, &f.view.indexes[indexed->spans]);
    EXPECT(&f, indexed->spans, f.view.index_count, BAD_SET);
    cr_assert_eq(index->spans, CSE_NONE);
    EXPECT(&f, indexed->span_count, 1, BAD_SET);
    uint32_t *const offsets[] = {&index->head, &index->tail, &index->port_tail};
    uint32_t named = 0;
    for (size_t i = 0; i < 3; i++) {
        if (*offsets[i] == CSE_NONE) {
            EXPECT(&f, *offsets[i], 0, BAD_SET);
            EXPECT(&f, *offsets[i], f.view.tries_size, BAD_SET);
            continue;
        }
        named++;
        EXPECT(&f, *offsets[i], CSE_NONE, BAD_SET); /* a trie that nobody names */
        EXPECT(&f, *offsets[i], *offsets[i] + 4, BAD_SET);
    }
    cr_expect_gt(named, 0);
    EXPECT(&f, f.view.tries_size, f.view.tries_size - 1, BAD_SET);
    EXPECT(&f, f.view.tries_size, f.view.tries_size - 4, BAD_SET);
    EXPECT(&f, f.view.tries_size, 0, BAD_SET);
    cse_trie *trie = OWN(cse_trie, f.view.tries + set->trie);
    cse_trie_node *root = (cse_trie_node *)(trie + 1);
    EXPECT(&f, trie->size_bytes, trie->size_bytes + 1, BAD_SET);
    EXPECT(&f, root->value, 1, BAD_SET); /* prefixes have the one value 0 */
    ACCEPTED(&f, root->value, 0);
    for (size_t i = 0; i < 3; i++) {
        if (*offsets[i] == CSE_NONE)
            continue;
        root = (cse_trie_node *)(OWN(uint8_t, f.view.tries) + *offsets[i] + sizeof(cse_trie));
        EXPECT(&f, root->value, f.view.span_count, BAD_SET);
        ACCEPTED(&f, root->value, f.view.span_count - 1);
    }
    origin_fixture_close(&f);
}

Test(origin_fields, prints) // F-7: they promise what the spans are, and lie inside
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[PRINTS]]);
    cr_assert(set->flags & CSE_ORIGIN_INDEXED);
    cse_origin_index *index = OWN(cse_origin_index, &f.view.indexes[set->spans]);
    const uint32_t count = 20, spans = f.view.span_count;
    cr_assert_neq(index->spans, CSE_NONE);
    cr_assert_eq(index->plain, (1u << count) - 1);
    cr_assert_eq(index->ported, (1u << count) - 1);
    for (uint32_t i = 0; i < CSE_ORIGIN_PRINT_SPANS; i++)
        EXPECT(&f, index->prints[i], index->prints[i] + 1, i < count ? BAD_SET : "accepted");
    EXPECT(&f, index->spans, spans - count + 1, BAD_SET);
    EXPECT(&f, index->spans, CSE_NONE - 1, BAD_SET);
    EXPECT(&f, index->plain, UINT32_MAX, BAD_SET);
    EXPECT(&f, index->ported, 1u << 31, BAD_SET);
    EXPECT(&f, index->head_at, 9, BAD_SET);
    EXPECT(&f, index->tail_back, 7, BAD_SET);
    EXPECT(&f, index->tail_back, 17, BAD_SET);
    const cse_origin_index saved = *index;
    index->plain = index->ported = 0; /* no span, so no print either */
    for (unsigned at = 0; at <= UINT8_MAX; at++) {
        EXPECT(&f, index->head_at, at, at <= 8 ? "accepted" : BAD_SET);
        EXPECT(&f, index->tail_back, at, at >= 8 && at <= 16 ? "accepted" : BAD_SET);
    }
    ACCEPTED(&f, index->spans, spans - 1);
    EXPECT(&f, index->spans, spans, BAD_SET); /* what is guessed from the first is there */
    *index = saved;
    origin_fixture_close(&f);
}

Test(origin_fields, lines_of_an_index) // F-7: a span lies where its hash says
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[LINES]]);
    cse_origin_index *index = OWN(cse_origin_index, &f.view.indexes[set->spans]);
    cr_assert_neq(index->spans, CSE_NONE);
    const uint32_t lines = 1u << index->lines;
    cr_assert_eq(lines, 8);
    cr_assert_eq(f.view.index_count, 1 + lines + 1);
    for (uint32_t line = 0; line < lines; line++) {
        uint32_t count = (uint32_t)__builtin_popcount(index[line].plain);
        cr_expect_eq(index[line].ported, 0);
        EXPECT(&f, index[line].spans, f.view.span_count - count + 1, BAD_SET);
        for (uint32_t i = 0; i < count; i++)
            EXPECT(&f, index[line].prints[i], index[line].prints[i] + 1, BAD_SET);
        EXPECT(&f, index[line].head_at, 9, line == 0 ? BAD_SET : "accepted");
        EXPECT(&f, index[line].lines, 4, line == 0 ? BAD_SET : "accepted");
    }
    EXPECT(&f, index->lines, index->lines - 1, BAD_SET);
    EXPECT(&f, index->salt, index->salt + 1, BAD_SET);
    ACCEPTED(&f, index->lines, index->lines | CSE_LINES_PORTED);
    EXPECT(&f, set->spans, set->spans - 1, BAD_SET); /* that of the set before it */
    EXPECT(&f, set->spans, set->spans + 1, BAD_SET);
    EXPECT(&f, f.view.index_count, f.view.index_count - 1, BAD_SET);
    origin_fixture_close(&f);
}

Test(origin_fields, a_size_of_a_trie_is_of_whole_words) // F-7: the next one must be aligned
{
    static const uint32_t words[] = {32, 1, CSE_NONE, 0};
    uint8_t bytes[40] = {0};
    memcpy(bytes, words, sizeof(words));
    cse_origin_set set = {.flags = CSE_ORIGIN_TRIE, .database = CSE_NONE};
    cse_origin_sections s = {.sets = &set, .set_count = 1, .tries = bytes, .tries_size = 32};
    const char *reason;
    uint32_t none;
    cr_expect(cse_origin_verify(&s, &none, &reason));
    for (uint8_t size = 33; size < 40; size++) {
        bytes[0] = size;
        s.tries_size = size;
        cr_expect_not(cse_origin_verify(&s, &none, &reason), "%u bytes", size);
    }
}

/* Spans that promise nothing about their pieces and classes. */
static void loosen(origin_fixture *f)
{
    cse_origin_span *spans = OWN(cse_origin_span, f->view.spans);
    for (uint32_t i = 0; i < f->view.span_count; i++) {
        if (spans[i].shape > CSE_SPAN_RUNS)
            spans[i].pieces = spans[i].piece_count = 0;
        spans[i].shape = CSE_SPAN_PIECES;
    }
    for (uint32_t i = 0; i < f->view.set_count; i++) {
        cse_origin_set *set = OWN(cse_origin_set, &f->view.sets[i]);
        if (set->flags == CSE_ORIGIN_ONE_SPAN)
            set->span.shape = CSE_SPAN_PIECES, set->span.piece_count = 0, set->span.pieces = 0;
    }
}

/* A literal that has no room in the record lies in ORIGIN_KEYS, which ends with a text of a matcher. */
static void check_long_literal(origin_fixture *f, cse_origin_piece *piece)
{
    enum { SIZE = sizeof(piece->text) + 1 };
    uint8_t *keys = OWN(uint8_t, f->view.keys) + f->view.keys_size - SIZE;
    const uint32_t at = f->view.keys_size - SIZE;
    const cse_origin_piece saved = *piece;
    memset(keys, 'x', SIZE);
    piece->literal_bytes = SIZE;
    piece->literal_shift = 0;
    piece->literal = at;
    cr_assert_str_eq(refusal(f), "accepted");
    EXPECT(f, piece->literal, at + 1, BAD_PIECE);
    EXPECT(f, piece->literal, UINT32_MAX, BAD_PIECE);
    EXPECT(f, piece->literal_shift, 8, BAD_PIECE);
    EXPECT(f, keys[0], 0x20, BAD_PIECE);
    EXPECT(f, keys[SIZE - 1], 0x80, BAD_PIECE);
    *piece = saved;
}

Test(origin_fields, pieces) // F-7, X-7: a lowered regex accepts plain bytes only
{
    origin_fixture f;
    uint32_t sets[SETS], literals = 0;
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    loosen(&f);
    cse_origin_piece *pieces = OWN(cse_origin_piece, f.view.pieces);
    for (uint32_t i = 0; i < f.view.piece_count; i++) {
        cse_origin_piece *piece = &pieces[i];
        EXPECT(&f, piece->class_index, f.view.class_count, BAD_PIECE);
        ACCEPTED(&f, piece->class_index, f.view.class_count - 1);
        EXPECT(&f, piece->kind, CSE_PIECE_LABELS + 1, BAD_PIECE);
        ACCEPTED(&f, piece->kind, CSE_PIECE_LABELS);
        EXPECT(&f, piece->literal_shift, piece->literal_shift + 1, BAD_PIECE);
        EXPECT(&f, piece->literal_shift, piece->literal_shift - 8, BAD_PIECE);
        EXPECT(&f, piece->literal_shift, 64, BAD_PIECE);
        EXPECT(&f, piece->literal_bytes, piece->literal_bytes + 1, BAD_PIECE);
        for (uint32_t k = 0; k < piece->literal_bytes; k++, literals++)
            EXPECT(&f, piece->text[k], 0x1f, BAD_PIECE);
        check_long_literal(&f, piece);
    }
    cr_expect_gt(literals, 0);
    origin_fixture_close(&f);
}

Test(origin_fields, classes) // F-7, X-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    loosen(&f);
    cse_origin_class *classes = OWN(cse_origin_class, f.view.classes);
    for (uint32_t i = 0; i < f.view.class_count; i++) {
        cse_origin_class *class = &classes[i];
        EXPECT(&f, class->range_count, 8, BAD_PIECE);
        ACCEPTED(&f, class->range_count, 7);
        EXPECT(&f, class->bits[0], class->bits[0] | UINT64_C(1) << 0x20, BAD_PIECE);
        EXPECT(&f, class->bits[0], class->bits[0] | 1, BAD_PIECE);
        const char *unlike = class->range_count == CSE_CLASS_BITMAP_ONLY ? "accepted" : BAD_PIECE;
        EXPECT(&f, class->bits[0], class->bits[0] ^ UINT64_C(1) << 0x21, unlike);
        EXPECT(&f, class->bits[1], class->bits[1] | UINT64_C(1) << 63, BAD_PIECE);
        EXPECT(&f, class->bits[1], class->bits[1] ^ UINT64_C(1) << 62, unlike);
        EXPECT(&f, class->bits[2], 1, BAD_PIECE);
        EXPECT(&f, class->bits[3], UINT64_C(1) << 63, BAD_PIECE);
        for (uint32_t k = 0; k < CSE_CLASS_RANGES * 16; k++) {
            cse_class_range *range = &class->ranges[k / 16];
            uint8_t *shift = &range->shift[k % 16], *limit = &range->limit[k % 16];
            EXPECT(&f, *shift, *shift + 1, BAD_PIECE);
            EXPECT(&f, *limit, *limit - 1, BAD_PIECE);
        }
        const cse_class_range saved = class->ranges[1];
        for (int first = 0x1f; first <= 0x80; first++)
            for (int last = first - 1; last <= 0x81; last++) {
                memset(class->ranges[1].shift, 127 - last, 16);
                memset(class->ranges[1].limit, 126 - (last - first), 16);
                bool fits = first >= 0x21 && last >= first && last <= 0x7e;
                cr_expect_str_eq(refusal(&f), fits ? "accepted" : BAD_PIECE, "%x to %x",
                                 (unsigned)first, (unsigned)last);
            }
        class->ranges[1] = saved;
    }
    origin_fixture_close(&f);
}

/* Prefix and suffix of one span: what the record has room for, and the rest. */
static void check_ends(origin_fixture *f, cse_origin_span *span, const char *bad)
{
    uint32_t head = span->prefix_bytes < 16 ? span->prefix_bytes : 16;
    uint32_t tail = span->suffix_bytes < 16 ? span->suffix_bytes : 16;
    uint32_t rest = cse_span_rest(span->prefix_bytes) + cse_span_rest(span->suffix_bytes);
    for (uint32_t bit = 0; bit < 32; bit += 15)
        EXPECT(f, span->edge_mask, span->edge_mask ^ 1u << bit, bad);
    EXPECT(f, span->tail_mask, span->tail_mask ^ 1, bad);
    EXPECT(f, span->tail_mask, span->tail_mask ^ 0x8000, bad);
    for (uint32_t i = 0; i < 16; i++) {
        EXPECT(f, span->head[i], 0x1f, i < head ? bad : "accepted");
        EXPECT(f, span->tail[i], 0xff, i >= 16 - tail ? bad : "accepted");
    }
    EXPECT(f, span->texts, f->view.keys_size - rest + 1, bad);
    uint32_t ends = (uint32_t)span->prefix_bytes + span->suffix_bytes;
    EXPECT(f, span->min_bytes, ends - 1, bad);
    ACCEPTED(f, span->min_bytes, ends);
    ACCEPTED(f, span->min_bytes, UINT16_MAX);
}

/* With a suffix that goes on in ORIGIN_KEYS. */
static void check_long_end(origin_fixture *f, cse_origin_span *span, const char *bad)
{
    enum { REST = 16 }; /* a block, though five bytes have no room */
    const cse_origin_span saved = *span;
    uint8_t *keys = OWN(uint8_t, f->view.keys) + f->view.keys_size - REST;
    memset(keys, 'y', REST);
    memset(span->tail, 'z', sizeof(span->tail));
    span->tail_mask = 0xffff;
    span->suffix_bytes = 16 + 5;
    span->prefix_bytes = 0;
    span->edge_mask = span->port == CSE_SPAN_NO_PORT ? 0xffff0000 : 0;
    span->min_bytes = 16 + 5;
    span->texts = f->view.keys_size - REST;
    cr_assert_str_eq(refusal(f), "accepted");
    check_ends(f, span, bad);
    EXPECT(f, keys[0], '\t', bad);
    EXPECT(f, keys[REST - 1], 0x7f, bad);
    EXPECT(f, span->suffix_bytes, 2 * 16 + 1, bad);
    *span = saved;
}

/* With a suffix that has room in the record all the same: `texts` is no offset then. */
static void check_four(origin_fixture *f, cse_origin_span *span, const char *bad)
{
    const cse_origin_span saved = *span;
    memset(span->tail, 'z', sizeof(span->tail));
    memset(span->head, 'h', sizeof(span->head));
    memset(span->four, 'y', sizeof(span->four));
    span->tail_mask = 0xffff;
    span->prefix_bytes = 16;
    span->edge_mask = span->port == CSE_SPAN_NO_PORT ? UINT32_MAX : 0xffff;
    span->min_bytes = 36;
    for (uint16_t size = 17; size <= 20; size++) {
        span->suffix_bytes = size;
        cr_assert_str_eq(refusal(f), "accepted", "%u bytes", size);
        for (uint32_t i = 0; i < sizeof(span->four); i++) {
            EXPECT(f, span->four[i], 0x20, bad);
            EXPECT(f, span->four[i], 0x7f, bad);
        }
    }
    EXPECT(f, span->suffix_bytes, 21, bad); /* an offset again */
    EXPECT(f, span->prefix_bytes, 17, bad);
    *span = saved;
}

/* Pieces, or the one run whose class the record names. */
static void check_middle(origin_fixture *f, cse_origin_span *span, const char *bad)
{
    EXPECT(f, span->shape, CSE_SPAN_LABELS + 1, bad);
    if (span->shape > CSE_SPAN_RUNS) {
        const cse_origin_class *class = &f->view.classes[span->class_index];
        EXPECT(f, span->class_index, f->view.class_count, bad);
        REFUSED(f, OWN(cse_origin_class, class)->range_count, CSE_CLASS_NARROW + 1);
        ACCEPTED(f, OWN(cse_origin_class, class)->range_count, CSE_CLASS_NARROW);
        return;
    }
    EXPECT(f, span->piece_count, CSE_ORIGIN_MAX_PIECES + 1, bad);
    EXPECT(f, span->pieces, f->view.piece_count - span->piece_count + 1, bad);
    ACCEPTED(f, span->shape, CSE_SPAN_PIECES);
    const cse_origin_piece *piece = &f->view.pieces[span->pieces];
    if (span->shape == CSE_SPAN_RUNS) {
        const cse_origin_class *class = &f->view.classes[piece->class_index];
        REFUSED(f, OWN(cse_origin_piece, piece)->kind, CSE_PIECE_LABELS);
        REFUSED(f, OWN(cse_origin_class, class)->range_count, CSE_CLASS_NARROW + 1);
        span->shape = CSE_SPAN_PIECES;
        cr_assert_str_eq(refusal(f), "accepted");
        span->shape = CSE_SPAN_RUNS;
    }
}

static void check_span(origin_fixture *f, cse_origin_span *span, const char *bad)
{
    check_ends(f, span, bad);
    check_long_end(f, span, bad);
    check_four(f, span, bad);
    check_middle(f, span, bad);
    if (span->port != CSE_SPAN_NO_PORT) { /* without one the mask of the edges is another */
        EXPECT(f, span->port, CSE_SPAN_OPTIONAL_PORT + 1, bad);
        EXPECT(f, span->port, CSE_SPAN_NO_PORT, bad);
        ACCEPTED(f, span->port, CSE_SPAN_PORT);
    } else {
        EXPECT(f, span->port, CSE_SPAN_PORT, span->tail_mask ? bad : "accepted");
    }
}

Test(origin_fields, spans) // F-7, X-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_span *spans = OWN(cse_origin_span, f.view.spans);
    const cse_origin_set *printed = &f.view.sets[sets[PRINTS]];
    cse_origin_index *index = OWN(cse_origin_index, &f.view.indexes[printed->spans]);
    index->plain = index->ported = 0; /* or hashes would speak first */
    printed = &f.view.sets[sets[LINES]];
    index = OWN(cse_origin_index, &f.view.indexes[printed->spans]);
    for (uint32_t line = 0; line < 1u << index->lines; line++)
        index[line].plain = 0;
    for (uint32_t i = 0; i < f.view.span_count; i++)
        check_span(&f, &spans[i], BAD_SPAN);
    cse_origin_span saved = spans[0];
    cr_assert_geq(f.view.piece_count, CSE_ORIGIN_MAX_PIECES);
    spans[0].shape = CSE_SPAN_PIECES;
    spans[0].pieces = 0;
    spans[0].piece_count = CSE_ORIGIN_MAX_PIECES;
    cr_expect_str_eq(refusal(&f), "accepted");
    spans[0].piece_count++;
    cr_expect_str_eq(refusal(&f), BAD_SPAN);
    spans[0] = saved;
    EXPECT(&f, spans[f.view.span_count - 1].order, 0, BAD_SPAN);
    origin_fixture_close(&f);
}

Test(origin_fields, a_set_that_is_a_span) // F-7, X-7
{
    origin_fixture f;
    uint32_t sets[SETS], seen = 0;
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    for (uint32_t i = 0; i < f.view.set_count; i++) {
        cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[i]);
        if (!(set->flags & CSE_ORIGIN_ONE_SPAN)) {
            EXPECT(&f, set->flags, set->flags | (CSE_ORIGIN_FLAGS + 1), BAD_SET);
            EXPECT(&f, set->flags, set->flags | 0x8000, BAD_SET);
            continue;
        }
        cr_expect_eq(set->flags, CSE_ORIGIN_ONE_SPAN);
        for (uint32_t bit = 0; bit < 16; bit++)
            if (1u << bit != CSE_ORIGIN_ONE_SPAN)
                EXPECT(&f, set->flags, set->flags | 1u << bit, BAD_SET);
        EXPECT(&f, set->span.order, 0, BAD_SET);
        check_span(&f, &set->span, BAD_SET);
        seen++;
    }
    cr_expect_geq(seen, 20);
    origin_fixture_close(&f);
}

/* It answers for a regex by itself, so it costs what is counted for that: no program. */
Test(origin_fields, a_set_of_one_regex_that_others_name) // F-7, X-9
{
    static const char *const list[] = {"~https?://k\\.com", "=https://l.com", "~h(ab|c)*d{2,5}e?"};
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t set = origin_fixture_add(&f, list, 3);
    cr_assert(origin_fixture_seal(&f, false));
    cse_origin_matcher *m = OWN(cse_origin_matcher, &f.view.matchers[f.view.sets[set].matchers]);
    cr_assert(m[0].way == CSE_WAY_SET && m[2].way == CSE_WAY_PROGRAM);
    cse_origin_set *own = OWN(cse_origin_set, &f.view.sets[m[0].value]);
    own->rest = own->whole = m[2].value;
    EXPECT(&f, own->rest_count, 1, BAD_MATCHER);
    EXPECT(&f, own->whole_count, 1, BAD_MATCHER);
    EXPECT(&f, own->flags, own->flags | CSE_ORIGIN_REGEXES, BAD_MATCHER);
    cse_origin_matcher *its = OWN(cse_origin_matcher, &f.view.matchers[own->matchers]);
    cr_expect_eq(its->way, CSE_WAY_OWN);
    EXPECT(&f, its->kind, CSE_MATCHER_EXACT, BAD_MATCHER);
    EXPECT(&f, its->way, CSE_WAY_SET, BAD_MATCHER);
    EXPECT(&f, its->way, CSE_WAY_PROGRAM, BAD_MATCHER);
    origin_fixture_close(&f);
}

Test(origin_fields, exact_strings_hold_no_byte_that_no_header_holds)
{
    static const uint8_t illegal[] = {0, 1, 8, '\n', '\r', 0x1f, 0x7f},
                         legal[] = {'\t', ' ', 0x80, 0xff};
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    const cse_origin_set *list = &f.view.sets[sets[LISTS]], *table = &f.view.sets[sets[TABLE]];
    uint8_t *keys = OWN(uint8_t, f.view.keys);
    uint8_t *ends[] = {keys + list->keys, keys + list->keys + list->sizes[0] - 1,
                       keys + f.view.buckets[table->buckets].keys[0] + 4};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < sizeof(illegal); i++)
            EXPECT(&f, *ends[k], illegal[i], k < 2 ? BAD_SET : BAD_KEY);
        for (size_t i = 0; i < sizeof(legal); i++)
            ACCEPTED(&f, *ends[k], legal[i]);
    }
    ACCEPTED(&f, keys[list->keys + list->sizes[0]],
             1); /* a prefix may: the origin is looked at first */
    origin_fixture_close(&f);
}

Test(origin_fields, spans_of_a_list_or_group) // F-7
{
    origin_fixture f;
    uint32_t sets[SETS];
    fill(&f, sets, CORSAC_REGEX_AUTOMATON);
    cse_origin_set *set = OWN(cse_origin_set, &f.view.sets[sets[LISTS]]);
    const uint32_t spans = f.view.span_count;
    cr_assert_gt(set->span_count, 0);
    cr_assert_gt(spans, CSE_ORIGIN_GROUP_SPANS + 1u);
    EXPECT(&f, set->spans, spans - set->span_count + 1, BAD_SET);
    ACCEPTED(&f, set->spans, spans - set->span_count);
    EXPECT(&f, set->span_count, CSE_ORIGIN_LIST_SPANS + 1, BAD_SET);
    ACCEPTED(&f, set->span_count, CSE_ORIGIN_LIST_SPANS);
    EXPECT(&f, set->span_count, 0, BAD_SET);
    cse_origin_set saved = *set;
    set->flags &= (uint8_t)~CSE_ORIGIN_SPANS;
    set->span_count = 0;
    set->spans = CSE_NONE;
    cr_expect_str_eq(refusal(&f), "accepted", "none");
    *set = saved;
    cse_origin_span *span = OWN(cse_origin_span, f.view.spans);
    for (uint32_t size = 1; size <= CSE_ORIGIN_GROUP_SPANS + 1; size++) {
        for (uint32_t i = 0; i < spans; i++)
            span[i].order = i + 1 >= size;
        cr_expect_str_eq(refusal(&f), size <= CSE_ORIGIN_GROUP_SPANS ? "accepted" : BAD_SPAN,
                         "a group of %u", size);
        for (uint32_t i = 0; i < spans; i++) /* the same at the end */
            span[i].order = i + size < spans + 1 || i + 1 == spans;
        for (uint32_t i = spans - size; i + 1 < spans; i++)
            span[i].order = 0;
        cr_expect_str_eq(refusal(&f), size <= CSE_ORIGIN_GROUP_SPANS ? "accepted" : BAD_SPAN,
                         "a group of %u at the end", size);
    }
    origin_fixture_close(&f);
}

Test(origin_fields, databases) // F-7, Q-14
{
    origin_fixture f;
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
    origin_fixture_open(&f, &options);
    uint32_t set = origin_fixture_add(&f, (const char *const[]){"~https://[a-z]+\\.b\\.com"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cr_assert_eq(f.view.database_count, 1);
    cse_origin_database *d = OWN(cse_origin_database, f.view.databases);
    uint8_t *stored = OWN(uint8_t, f.view.database_bytes);
    while (stored[0] == 0 || stored[0] == UINT8_MAX || stored[1] == 0 || stored[1] == UINT8_MAX ||
           stored[2] == UINT8_MAX)
        stored += CSE_ZEROS_HEAD_BYTES + stored[0];
    EXPECT(&f, d->offset, 1, BAD_DATABASE);
    EXPECT(&f, d->offset, UINT32_MAX, BAD_DATABASE);
    EXPECT(&f, d->stored_bytes, d->stored_bytes + 1, BAD_DATABASE);
    EXPECT(&f, d->stored_bytes, d->stored_bytes - 1, BAD_DATABASE);
    EXPECT(&f, d->stored_bytes, 0, BAD_DATABASE);
    EXPECT(&f, d->stored_bytes, UINT32_MAX, BAD_DATABASE);
    EXPECT(&f, d->size_bytes, d->size_bytes + 1, BAD_DATABASE);
    EXPECT(&f, d->size_bytes, d->size_bytes - 1, BAD_DATABASE);
    EXPECT(&f, d->size_bytes, UINT32_MAX, BAD_DATABASE);
    EXPECT(&f, stored[0], stored[0] + 1, BAD_DATABASE);
    EXPECT(&f, stored[1], stored[1] + 1, BAD_DATABASE);
    EXPECT(&f, stored[1], stored[1] - 1, BAD_DATABASE);
    EXPECT(&f, stored[2], stored[2] + 1, BAD_DATABASE);
    ACCEPTED(&f, stored[CSE_ZEROS_HEAD_BYTES],
             stored[CSE_ZEROS_HEAD_BYTES] + 1); /* what is in it, libhs and the known answers say */
    EXPECT(&f, d->pattern_bytes, f.view.patterns_size - d->patterns + 1, BAD_DATABASE);
    ACCEPTED(&f, d->pattern_bytes, f.view.patterns_size - d->patterns);
    EXPECT(&f, d->patterns, f.view.patterns_size + 1, BAD_DATABASE);
    uint32_t texts = (uint32_t)d->prefix_bytes + d->suffix_bytes;
    cr_assert_gt(texts, 0);
    EXPECT(&f, d->texts, f.view.keys_size - texts + 1, BAD_DATABASE);
    ACCEPTED(&f, d->texts, f.view.keys_size - texts);
    cr_assert(d->head_bytes > 0 && d->tail_bytes > 0);
    EXPECT(&f, d->head_bytes, d->prefix_bytes + 1, BAD_DATABASE);
    EXPECT(&f, d->tail_bytes, d->suffix_bytes + 1, BAD_DATABASE);
    ACCEPTED(&f, d->head_bytes, 0);
    ACCEPTED(&f, d->tail_bytes, 0);
    EXPECT(&f, d->min_bytes, texts - 1, BAD_DATABASE);
    ACCEPTED(&f, d->min_bytes, texts);
    cse_origin_set *record = OWN(cse_origin_set, &f.view.sets[set]);
    EXPECT(&f, record->database, 1, BAD_SET);
    ACCEPTED(&f, record->database, CSE_NONE);
    origin_fixture_close(&f);
}

Test(origin_fields, databases_follow_one_another) // F-7
{
    static const char *const patterns[] = {"~https://[a-z]+\\.b\\.com",
                                           "~https://[0-9]+\\.c\\.com"};
    origin_fixture f;
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
    origin_fixture_open(&f, &options);
    origin_fixture_add(&f, &patterns[0], 1);
    origin_fixture_add(&f, &patterns[1], 1);
    cr_assert(origin_fixture_seal(&f, false));
    cr_assert_eq(f.view.database_count, 2);
    cse_origin_database *d = OWN(cse_origin_database, f.view.databases), second = d[1];
    d[1] = d[0]; /* it fits, but it is read twice */
    cr_expect_str_eq(refusal(&f), BAD_DATABASE);
    d[1].offset = d[0].stored_bytes;
    d[1].stored_bytes = d[1].size_bytes = 0;
    cr_expect_str_eq(refusal(&f), "accepted", "one without bytes");
    d[1].size_bytes = 1;
    cr_expect_str_eq(refusal(&f), BAD_DATABASE);
    d[1] = second;
    cr_expect_str_eq(refusal(&f), "accepted");
    origin_fixture_close(&f);
}

/* As much as a record may say: no image on a disk is that large for it. */
Test(origin_fields, a_database_has_a_greatest_size) // F-7
{
    enum { HEADS = CSE_DATABASE_MAX_BYTES / UINT8_MAX + 1 };
    uint8_t *stored = calloc(HEADS, CSE_ZEROS_HEAD_BYTES);
    cse_origin_database d = {.stored_bytes = HEADS * CSE_ZEROS_HEAD_BYTES};
    cse_origin_sections s = {.databases = &d,
                             .database_count = 1,
                             .database_bytes = stored,
                             .database_bytes_size = d.stored_bytes};
    const char *reason;
    uint32_t none;
    for (size_t i = 0; i < HEADS; i++)
        stored[CSE_ZEROS_HEAD_BYTES * i + 1] = UINT8_MAX;
    stored[1] = CSE_DATABASE_MAX_BYTES % UINT8_MAX;
    d.size_bytes = CSE_DATABASE_MAX_BYTES;
    cr_expect(cse_origin_verify(&s, &none, &reason));
    stored[1]++;
    d.size_bytes++;
    cr_expect_not(cse_origin_verify(&s, &none, &reason));
    free(stored);
}
