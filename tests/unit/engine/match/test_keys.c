// SPDX-License-Identifier: Apache-2.0
// Exact strings and prefixes as origin_format.h lays them out: where a key may lie in a table, where a search ends, and
// that nothing but the whole text decides.
#include "engine/image/origin_hash_format.h"
#include "engine/match/keys.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { SHIFT = 3, BUCKETS = 1 << SHIFT, FIRST = 2, SET = 1, SEED = 99, SALT = 5 };

typedef struct fixture {
    cse_origin_sections sections;
    cse_origin_set sets[2];
    alignas(64) cse_origin_bucket buckets[FIRST + BUCKETS];
    uint8_t keys[256];
} fixture;

static void start(fixture *f, uint32_t probe_limit)
{
    memset(f, 0, sizeof(*f));
    f->sections = (cse_origin_sections){
        .hash_seed = SEED, .sets = f->sets, .keys = f->keys, .buckets = f->buckets};
    f->sets[SET] = (cse_origin_set){.flags = CSE_ORIGIN_TABLE,
                                    .bucket_shift = SHIFT,
                                    .probe_limit = (uint8_t)probe_limit,
                                    .salt = SALT,
                                    .buckets = FIRST};
}

static uint64_t hash_of(const char *text)
{
    return cse_origin_hash(text, strlen(text), SEED, SET, SALT);
}

/* A lane of the bucket `distance` behind the text's first one; what stands before it is taken by others. */
static void put(fixture *f, const char *text, const char *stored, uint32_t distance, uint32_t lane)
{
    uint64_t hash = hash_of(text);
    uint32_t fingerprint = cse_origin_fingerprint(hash), size = (uint32_t)strlen(stored);
    for (uint32_t i = 0; i <= distance; i++) {
        cse_origin_bucket *bucket = &f->buckets[FIRST + ((uint32_t)hash + i) % BUCKETS];
        for (uint32_t k = 0; k < (i < distance ? 8 : lane); k++) {
            bucket->fingerprints[k] = fingerprint ^ (k + 1);
            bucket->keys[k] = 128;
        }
    }
    cse_origin_bucket *bucket = &f->buckets[FIRST + ((uint32_t)hash + distance) % BUCKETS];
    bucket->fingerprints[lane] = fingerprint;
    bucket->keys[lane] = 64;
    memcpy(f->keys + 64, &size, sizeof(size));
    memcpy(f->keys + 68, stored, size);
}

static bool holds(const fixture *f, const char *text)
{
    return cse_keys_hold(&f->sections, SET, (corsac_str){text, strlen(text)});
}

Test(keys, a_key_is_found_wherever_it_may_lie) // C-9
{
    static const char *const texts[] = {"https://a.com", "b", "https://cc.example.com:8080",
                                        "null"};
    for (size_t t = 0; t < 4; t++)
        for (uint32_t distance = 0; distance < BUCKETS; distance++)
            for (uint32_t lane = 0; lane < 8; lane++) {
                fixture f;
                start(&f, BUCKETS);
                put(&f, texts[t], texts[t], distance, lane);
                cr_expect(holds(&f, texts[t]), "%s %u %u", texts[t], distance, lane);
            }
}

Test(keys, a_search_ends_after_the_last_probe_or_at_a_free_lane) // C-9
{
    for (uint32_t limit = 1; limit < BUCKETS; limit++) {
        fixture f;
        start(&f, limit);
        put(&f, "https://a.com", "https://a.com", limit - 1, 0);
        cr_expect(holds(&f, "https://a.com"), "the last of %u", limit);
        start(&f, limit);
        put(&f, "https://a.com", "https://a.com", limit, 0);
        cr_expect_not(holds(&f, "https://a.com"), "behind the last of %u", limit);
    }
    for (uint32_t before = 0; before < 4; before++) {
        fixture f;
        start(&f, BUCKETS);
        put(&f, "https://a.com", "https://a.com", 4, 0);
        f.buckets[FIRST + ((uint32_t)hash_of("https://a.com") + before) % BUCKETS].fingerprints[7] =
            0;
        cr_expect_not(holds(&f, "https://a.com"), "a free lane %u buckets on", before);
    }
}

Test(keys, an_equal_fingerprint_is_no_equal_text) // C-9
{
    static const char *const others[] = {"https://a.con", "https://a.co", "https://a.com.", "",
                                         "x"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        fixture f;
        start(&f, BUCKETS);
        put(&f, "https://a.com", others[i], 0, 0);
        cr_expect_not(holds(&f, "https://a.com"), "%s", others[i]);
    }
    fixture f; /* the second lane with the same fingerprint */
    start(&f, BUCKETS);
    put(&f, "https://a.com", "https://a.com", 0, 3);
    cse_origin_bucket *bucket = &f.buckets[FIRST + (uint32_t)hash_of("https://a.com") % BUCKETS];
    bucket->fingerprints[1] = bucket->fingerprints[3];
    bucket->fingerprints[6] = bucket->fingerprints[3];
    bucket->keys[6] = 128;
    cr_expect(holds(&f, "https://a.com"));
}

Test(keys, another_set_or_salt_is_another_table) // origin_format.h
{
    fixture f;
    start(&f, BUCKETS);
    put(&f, "https://a.com", "https://a.com", 0, 0);
    cse_keys_prefetch(&f.sections, SET, (corsac_str){"https://a.com", 13});
    cr_expect(holds(&f, "https://a.com"));
    f.sets[SET].salt++;
    cr_expect_not(holds(&f, "https://a.com"));
    f.sets[SET].salt--;
    f.sections.hash_seed++;
    cr_expect_not(holds(&f, "https://a.com"));
}

/* ---- lists -------------------------------------------------------------------------------- */

/* Keys "a", "bb", "ccc", then prefixes "x", "yy"; in memory of exactly their size. */
Test(keys, lists_hold_their_keys_and_then_their_prefixes) // C-9
{
    static const char *const keys[] = {"a", "bb", "ccc"}, *const prefixes[] = {"x", "yy"};
    uint8_t *bytes = malloc(9);
    memcpy(bytes, "abbcccxyy", 9);
    cse_origin_set set = {.key_count = 3, .prefix_count = 2, .sizes = {1, 2, 3, 1, 2}};
    cse_origin_sections sections = {.keys = bytes, .sets = &set};
    static const char *const others[] = {"aa",  "b",   "bbb", "c",   "cc", "cccc",
                                         "abb", "ccb", "cbc", "bcc", "z"};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(cse_keys_hold(&sections, 0, (corsac_str){keys[i], strlen(keys[i])}));
        cr_expect_not(cse_prefixes_hold(&sections, &set, (corsac_str){keys[i], strlen(keys[i])}));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_expect_not(cse_keys_hold(&sections, 0, (corsac_str){others[i], strlen(others[i])}), "%s",
                      others[i]);
    for (size_t i = 0; i < 2; i++) {
        char longer[8] = "";
        strcat(strcpy(longer, prefixes[i]), "?");
        cr_expect_not(cse_keys_hold(&sections, 0, (corsac_str){prefixes[i], strlen(prefixes[i])}));
        cr_expect(
            cse_prefixes_hold(&sections, &set, (corsac_str){prefixes[i], strlen(prefixes[i])}));
        cr_expect(cse_prefixes_hold(&sections, &set, (corsac_str){longer, strlen(longer)}));
    }
    cr_expect_not(cse_prefixes_hold(&sections, &set, (corsac_str){"y", 1}));
    cr_expect_not(cse_prefixes_hold(&sections, &set, (corsac_str){"yx", 2}));
    set.prefix_count = 0;
    cr_expect_not(cse_prefixes_hold(&sections, &set, (corsac_str){"x", 1}));
    set.key_count = 0;
    cr_expect_not(cse_keys_hold(&sections, 0, (corsac_str){"a", 1}));
    set = (cse_origin_set){.prefix_count = 1, .sizes = {1}};
    cr_expect(cse_prefixes_hold(&sections, &set, (corsac_str){"a", 1}), "the only one");
    free(bytes);
}
