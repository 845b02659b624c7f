// SPDX-License-Identifier: Apache-2.0
// Images and libraries that cannot be trusted: whatever verifies is safe to ask, a database that
// fails is answered for by the automaton.
#include "engine/match/scratch.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mixed[] = {"=https://a.com",
                                    "^http://localhost:",
                                    "~https://[a-z]+\\.b\\.com(:\\d+)?",
                                    "~http://10\\.\\d+\\.\\d+\\.\\d+",
                                    "~.*\\.mid\\.com.*",
                                    "~https://([a-z0-9-]+\\.)*c\\.com"};
static const char *const plain[] = {"=https://one.example.com", "=https://two.example.com",
                                    "=https://three.example.com", "^https://four.example."};
enum {
    MIXED = sizeof(mixed) / sizeof(mixed[0]),
    PLAIN = sizeof(plain) / sizeof(plain[0]),
    SETS = 6
};

static const char *const origins[] = {"https://a.com",
                                      "http://localhost:80",
                                      "https://x.b.com:81",
                                      "http://10.1.2.3",
                                      "https://p.q.c.com",
                                      "x.mid.com",
                                      "https://host-17.example.com",
                                      "https://three.example.com",
                                      "\xff\xfe",
                                      "h",
                                      "https://"};
enum { ORIGINS = sizeof(origins) / sizeof(origins[0]) };

/* Sets of every layout: lists, one with prints, a row, a table, a prefix trie, an index of spans. */
static void build(origin_fixture *f, uint32_t sets[SETS])
{
    static char texts[3][20][64];
    static const char *const forms[3] = {"=https://host-%d.example.com", "^https://pre-%d",
                                         "~https://[a-z]+\\.t%d\\.com"};
    origin_fixture_open(f, NULL);
    sets[0] = origin_fixture_add(f, mixed, MIXED);
    for (int k = 0; k < 3; k++) {
        const char *list[20];
        for (int i = 0; i < 20; i++) {
            snprintf(texts[k][i], sizeof(texts[k][i]),
                     forms[k][0] == '='   ? forms[0]
                     : forms[k][0] == '^' ? forms[1]
                                          : forms[2],
                     i);
            list[i] = texts[k][i];
        }
        sets[k + 1] = origin_fixture_add(f, list, 20);
    }
    sets[4] = origin_fixture_add(f, plain, PLAIN);
    static char hosts[12][64];
    const char *row[12];
    for (int i = 0; i < 12; i++) {
        snprintf(hosts[i], sizeof(hosts[i]), forms[0], i + 10);
        row[i] = hosts[i];
    }
    sets[SETS - 1] = origin_fixture_add(f, row, 12);
    cr_assert(origin_fixture_seal(f, false));
}

static void ignore(void *context, const char *text, size_t size)
{
    (void)text;
    *(size_t *)context += size;
}

/* Asks everything once; the answers do not matter, the sanitizers do. */
static void ask_everything(origin_fixture *f)
{
    size_t written = 0;
    cse_origin_scratch *scratch = NULL;
    cr_assert_eq(cse_origin_scratch_new(&scratch, &f->view), CORSAC_OK);
    for (uint32_t set = 0; set < f->view.set_count; set++) {
        cse_origin_describe(&f->view, set, ignore, &written);
        for (size_t i = 0; i < ORIGINS; i++) {
            corsac_str origin = csc_str_from(origins[i]);
            cse_origin_match(&f->view, set, origin, scratch);
            cse_origin_first(&f->view, set, origin, scratch);
        }
    }
    cse_origin_scratch_free(scratch);
    cr_assert_gt(written, 0);
}

// a record that verifies is safe, whatever it says; one that points astray does not verify.
Test(origin_hostile, changed_records_either_fail_to_verify_or_are_safe)
{
    origin_fixture f;
    uint32_t sets[SETS];
    size_t accepted = 0, refused = 0;
    uint64_t state = 99;
    build(&f, sets);
    for (uint32_t i = 0; i < f.section_count; i++) {
        const cse_section *section = &f.table[i];
        for (int round = 0; round < 400 && section->size_bytes > 0; round++) {
            state = state * UINT64_C(6364136223846793005) + 1;
            uint8_t *at = f.image + section->offset + (state >> 33) % section->size_bytes;
            uint8_t before = *at;
            const char *reason = NULL;
            *at = (uint8_t)(round % 3 == 0 ? 0xff : round % 3 == 1 ? before + 1u : state >> 20);
            if (origin_fixture_verifies(&f, &reason)) {
                ask_everything(&f);
                accepted++;
            } else {
                cr_assert_not_null(reason);
                refused++;
            }
            *at = before;
        }
    }
    printf("%zu changes accepted, %zu refused\n", accepted, refused);
    cr_expect(accepted > 100 && refused > 100);
    origin_fixture_close(&f);
}

// a scan that fails is answered by the automaton and counted.
Test(origin_hostile, a_failing_scan_falls_back_and_is_counted)
{
    origin_fixture f;
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
    origin_fixture_open(&f, &options);
    uint32_t set = origin_fixture_add(&f, (const char *const[]){"~https://[a-z]+\\.b\\.com"}, 1);
    cr_assert(origin_fixture_seal(&f, true));
    cr_assert_neq(f.view.sets[set].database, CSE_NONE);
    struct hs_scratch *scan = f.scratch->scan;
    cr_assert_not_null(scan);
    f.scratch->scan = NULL; /* libhs refuses to scan without scratch */
    cr_expect(origin_fixture_allows(&f, set, "https://abc.b.com"));
    cr_expect_not(origin_fixture_allows(&f, set, "https://ab1.b.com"));
    cr_expect_eq(cse_origin_scratch_fallbacks(f.scratch), 2);
    f.scratch->scan = scan;
    cr_expect(origin_fixture_allows(&f, set, "https://abc.b.com"));
    cr_expect_eq(cse_origin_scratch_fallbacks(f.scratch), 2);
    origin_fixture_close(&f);
}

static bool loads(origin_fixture *f)
{
    cse_origin_databases *databases = NULL;
    uint32_t loaded = 0;
    cr_assert_eq(cse_origin_databases_load(&databases, &f->view, &loaded), CORSAC_OK);
    cse_origin_databases_free(databases);
    return loaded == 1;
}

// a database of another version, or one that misses its known answers, does not serve.
Test(origin_hostile, a_database_serves_only_after_its_self_test)
{
    origin_fixture f;
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
    origin_fixture_open(&f, &options);
    uint32_t set = origin_fixture_add(&f, (const char *const[]){"~https://[a-z]+\\.b\\.com"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cr_assert_eq(f.view.database_count, 1);
    cr_expect(loads(&f));
    cse_origin_database *record = (cse_origin_database *)(uintptr_t)&f.view.databases[0];
    record->version[0]++;
    cr_expect_not(loads(&f));
    record->version[0]--;
    uint8_t *answers = (uint8_t *)(uintptr_t)f.view.patterns + record->patterns;
    uint32_t pattern_size;
    memcpy(&pattern_size, answers, sizeof(pattern_size));
    uint8_t *first_hit = answers + 4 + pattern_size + 4;
    cr_assert_gt(record->hit_count, 0);
    (*first_hit)++;
    cr_expect_not(loads(&f));
    (*first_hit)--;
    cr_expect(loads(&f));
    first_hit[sizeof("https://") - 1] = '.'; /* this byte the database sees */
    cr_expect_not(loads(&f));
    first_hit[sizeof("https://") - 1] = 'a';
    cr_expect(loads(&f));
    record->head_bytes--; /* what it sees is not what it was made for */
    cr_expect_not(loads(&f));
    record->head_bytes++;
    cr_expect(loads(&f));
    cr_expect(
        origin_fixture_allows(&f, set, "https://abc.b.com")); // the automaton, untrusted image
    origin_fixture_close(&f);
}

static void with_database(origin_fixture *f, uint32_t *set, cse_origin_database **record)
{
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
    origin_fixture_open(f, &options);
    *set = origin_fixture_add(f, (const char *const[]){"~https://[a-z]{1,4}\\.b\\.com"}, 1);
    cr_assert(origin_fixture_seal(f, true));
    cr_assert_eq(f->view.database_count, 1);
    *record = (cse_origin_database *)(uintptr_t)f->view.databases;
}

// every byte of the version, and every text of the known answers, whole.
Test(origin_hostile, a_self_test_is_made_of_whole_texts)
{
    origin_fixture f;
    uint32_t set;
    cse_origin_database *record;
    with_database(&f, &set, &record);
    size_t version = strlen((const char *)record->version);
    cr_assert_lt(version, sizeof(record->version));
    for (size_t i = 0; i <= version; i++) {
        record->version[i] ^= 1;
        cr_expect_not(loads(&f), "byte %zu of the version", i);
        record->version[i] ^= 1;
    }
    cr_assert_gt(record->hit_count, 0);
    cr_assert_gt(record->miss_count, 0);
    const uint32_t bytes = record->pattern_bytes;
    for (uint32_t cut = 0; cut < bytes; cut++) {
        record->pattern_bytes = cut;
        cr_expect_not(loads(&f), "cut to %u of %u", cut, bytes);
    }
    record->pattern_bytes = bytes;
    cr_expect(loads(&f));
    record->miss_count++;
    cr_expect_not(loads(&f), "a text that is not there");
    record->miss_count--;
    record->hit_count++;
    record->miss_count--;
    cr_expect_not(loads(&f), "a miss among the hits");
    record->hit_count -= 2;
    record->miss_count += 2;
    cr_expect_not(loads(&f), "a hit among the misses");
    record->hit_count++;
    record->miss_count--;
    record->pattern_count++;
    cr_expect_not(loads(&f), "an answer among the patterns");
    record->pattern_count--;
    cr_expect(loads(&f));
    origin_fixture_close(&f);
}

// the gate in front of a scan refuses nothing that its record does not say.
Test(origin_hostile, a_gate_is_as_wide_as_its_record_says)
{
    const char origin[] = "https://abc.b.com";
    origin_fixture f;
    uint32_t set;
    cse_origin_database *record;
    with_database(&f, &set, &record);
    uint8_t *texts = (uint8_t *)(uintptr_t)f.view.keys + record->texts;
    const uint32_t size = (uint32_t)strlen(origin), shortest = record->min_bytes,
                   longest = record->max_bytes;
    cr_assert(origin_fixture_allows(&f, set, origin));
    cr_expect_eq(shortest, strlen("https://a.b.com"));
    cr_expect_eq(longest, strlen("https://abcd.b.com"));
    record->min_bytes = size;
    cr_expect(origin_fixture_allows(&f, set, origin));
    record->min_bytes = size + 1;
    cr_expect_not(origin_fixture_allows(&f, set, origin));
    record->min_bytes = shortest;
    record->max_bytes = size;
    cr_expect(origin_fixture_allows(&f, set, origin));
    record->max_bytes = size - 1;
    cr_expect_not(origin_fixture_allows(&f, set, origin));
    record->max_bytes = longest;
    for (uint32_t i = 0; i < (uint32_t)record->prefix_bytes + record->suffix_bytes; i++) {
        texts[i] ^= 1;
        cr_expect_not(origin_fixture_allows(&f, set, origin), "byte %u", i);
        texts[i] ^= 1;
    }
    cr_expect(origin_fixture_allows(&f, set, "https://a.b.com"), "the shortest");
    cr_expect(origin_fixture_allows(&f, set, "https://abcd.b.com"), "the longest");
    origin_fixture_close(&f);
}

// each database is judged by itself, and what does not serve is answered for.
Test(origin_hostile, of_several_databases_each_serves_or_not)
{
    static const char *const patterns[] = {"~https://[a-z]+\\.b\\.com", "~https://[0-9]+\\.c\\.com",
                                           "~https://[a-f]+\\.d\\.com"};
    for (uint32_t broken = 0; broken < 8; broken++) { /* a bit for each */
        origin_fixture f;
        uint32_t sets[3], loaded = 9;
        const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, true};
        origin_fixture_open(&f, &options);
        for (int i = 0; i < 3; i++)
            sets[i] = origin_fixture_add(&f, &patterns[i], 1);
        cr_assert(origin_fixture_seal(&f, false));
        cr_assert_eq(f.view.database_count, 3);
        cse_origin_database *records = (cse_origin_database *)(uintptr_t)f.view.databases;
        for (uint32_t i = 0; i < 3; i++)
            records[i].version[0] ^= (uint8_t)(broken >> i & 1);
        cr_assert_eq(cse_origin_databases_load(&f.databases, &f.view, &loaded), CORSAC_OK);
        cr_expect_eq(loaded, 3 - (uint32_t)__builtin_popcount(broken));
        f.view.live = f.databases;
        cse_origin_scratch_free(f.scratch);
        cr_assert_eq(cse_origin_scratch_new(&f.scratch, &f.view), CORSAC_OK);
        cr_expect_eq(f.scratch->scan != NULL, broken != 7);
        cr_expect(origin_fixture_allows(&f, sets[0], "https://xyz.b.com"));
        cr_expect(origin_fixture_allows(&f, sets[1], "https://123.c.com"));
        cr_expect(origin_fixture_allows(&f, sets[2], "https://abc.d.com"));
        cr_expect_not(origin_fixture_allows(&f, sets[0], "https://123.b.com"));
        cr_expect_not(origin_fixture_allows(&f, sets[1], "https://abc.c.com"));
        cr_expect_not(origin_fixture_allows(&f, sets[2], "https://xyz.d.com"));
        cr_expect_eq(cse_origin_scratch_fallbacks(f.scratch), 0);
        origin_fixture_close(&f);
    }
}

Test(origin_hostile, without_databases_there_is_nothing_to_load)
{
    origin_fixture f;
    uint32_t loaded = 9;
    cse_origin_databases *databases = (cse_origin_databases *)&loaded;
    origin_fixture_open(&f, NULL);
    origin_fixture_add(&f, (const char *const[]){"=https://a.com"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    cr_expect_eq(cse_origin_databases_load(&databases, &f.view, &loaded), CORSAC_OK);
    cr_expect_null(databases);
    cr_expect_eq(loaded, 0);
    cr_expect_null(f.scratch->scan);
    cse_origin_databases_free(NULL);
    cse_origin_scratch_free(NULL);
    origin_fixture_close(&f);
}

// the same list gives the same bytes, databases included.
Test(origin_hostile, compiling_twice_gives_the_same_bytes)
{
    origin_fixture a, b;
    const csc_origin_options options = {CORSAC_REGEX_HYPERSCAN, false};
    origin_fixture_open(&a, &options);
    origin_fixture_open(&b, &options);
    origin_fixture_add(&a, mixed, MIXED);
    origin_fixture_add(&b, mixed, MIXED);
    for (int i = 0; i < CSE_SECTION_SLOTS; i++) {
        cr_assert_eq(a.sections.slots[i].size_bytes, b.sections.slots[i].size_bytes);
        cr_expect(a.sections.slots[i].size_bytes == 0 ||
                      memcmp(a.sections.slots[i].bytes, b.sections.slots[i].bytes,
                             a.sections.slots[i].size_bytes) == 0,
                  "section %d", i);
    }
    origin_fixture_close(&a);
    origin_fixture_close(&b);
}
