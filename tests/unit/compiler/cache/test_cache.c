// SPDX-License-Identifier: Apache-2.0
// Caches of compiled regexes (compiler/cache): what they give back, and what damage does to them. The
// image with a cache is always beside the one without.
#define _GNU_SOURCE // memmem
#include "corsac/compile.h"
#include "corsac/engine.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Lowered to strings, to spans with classes and ports, not lowered; a set that becomes one automaton;
 * one that is no DFA; a path and a condition. */
static const char POLICY[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: ns}\n"
    "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {regex: '/v[0-9]+/.*'}, headers: {x: {regex: 'a+b{2,9}'}}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "    corsPolicy:\n      allowOrigins:\n"
    "      - {regex: 'https?://(www\\.)?a\\.com'}\n"
    "      - {regex: 'https://[a-z0-9-]+\\.a\\.com(:[0-9]{2,5})?'}\n"
    "      - {regex: 'https://([a-z]+\\.){1,3}b\\.com'}\n"
    "      - {regex: 'https://(a+b|b+a)*c[0-9]+\\.example\\.com'}\n"
    "      - {regex: 'https://(x|yy)+z*\\.example\\.com'}\n"
    "  - route: [{destination: {host: z}}]\n"
    "    corsPolicy:\n      allowOrigins:\n"
    "      - {regex: 'https://(a|b)*a(a|b){12}\\.com'}\n"
    "      - {regex: 'https://(c|d)+[0-9]{3}e\\.(com|org)'}\n"
    "      - {regex: '(https://)+(f|gg)*\\.com'}\n";

static const corsac_str NO_BYTES = {NULL, 0};

typedef struct result {
    corsac_blob *image, *saved;
    corsac_cache_counts counts;
} result;

static corsac_compile_options options_for(uint32_t engine)
{
    return (corsac_compile_options){.struct_size = sizeof(corsac_compile_options),
                                    .regex_engine = engine};
}

static corsac_input input(void)
{
    return (corsac_input){{"a.yaml", 6}, {POLICY, sizeof(POLICY) - 1}};
}

static size_t finding_count; /* the same with every option */

static corsac_blob *compile_without(const corsac_compile_options *options)
{
    corsac_blob *image = NULL;
    corsac_diagnostics *findings;
    const corsac_input one = input();
    cr_assert_eq(corsac_diagnostics_new(&findings), CORSAC_OK);
    cr_assert_eq(corsac_compile(&image, &one, 1, options, findings, NULL), CORSAC_OK);
    finding_count = corsac_diagnostics_count(findings);
    corsac_diagnostics_free(findings);
    return image;
}

static result compile_with(const corsac_compile_options *options, corsac_str bytes)
{
    result r = {0};
    corsac_cache *cache;
    corsac_diagnostics *findings;
    const corsac_input one = input();
    cr_assert_eq(corsac_diagnostics_new(&findings), CORSAC_OK);
    cr_assert_eq(corsac_cache_new(&cache, options, bytes), CORSAC_OK);
    cr_assert_eq(corsac_compile_cached(&r.image, cache, &one, 1, findings, NULL), CORSAC_OK);
    if (finding_count == 0)
        corsac_blob_free(compile_without(options));
    cr_assert_eq(corsac_diagnostics_count(findings), finding_count);
    corsac_cache_describe(cache, &r.counts);
    cr_assert_eq(corsac_cache_save(&r.saved, cache), CORSAC_OK);
    corsac_cache_free(cache);
    corsac_diagnostics_free(findings);
    return r;
}

static void clear(result *r)
{
    corsac_blob_free(r->image);
    corsac_blob_free(r->saved);
}

static bool same(const corsac_blob *a, const corsac_blob *b)
{
    corsac_str x = corsac_blob_bytes(a), y = corsac_blob_bytes(b);
    return x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
}

static bool contains(corsac_str bytes, corsac_str part)
{
    return memmem(bytes.data, bytes.size, part.data, part.size) != NULL;
}

static void expect_roundtrip(uint32_t engine)
{
    const corsac_compile_options options = options_for(engine);
    corsac_blob *wanted = compile_without(&options);
    result first = compile_with(&options, NO_BYTES);
    result second = compile_with(&options, corsac_blob_bytes(first.saved));
    cr_expect(same(first.image, wanted) && same(second.image, wanted));
    cr_expect_gt(first.counts.made, 8);
    cr_expect_eq(first.counts.loaded + first.counts.refused + first.counts.reused, 0);
    cr_expect_eq(second.counts.refused, 0);
    cr_expect_eq(second.counts.reused, second.counts.loaded);
    cr_expect_eq(second.counts.loaded + second.counts.made, first.counts.made);
    cr_expect(same(second.saved, first.saved), "what was loaded is written as it was");
    clear(&first);
    clear(&second);
    corsac_blob_free(wanted);
}

Test(cache, a_second_compile_makes_no_regex_again)
{
    expect_roundtrip(CORSAC_REGEX_AUTOMATON);
    const corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    result second = compile_with(&options, corsac_blob_bytes(first.saved));
    cr_expect_eq(second.counts.made, 0);
    clear(&first);
    clear(&second);
}

Test(cache, databases_are_made_anew)
{
    expect_roundtrip(CORSAC_REGEX_AUTO);
    expect_roundtrip(CORSAC_REGEX_HYPERSCAN);
    const corsac_compile_options options = options_for(CORSAC_REGEX_HYPERSCAN);
    result first = compile_with(&options, NO_BYTES);
    result second = compile_with(&options, corsac_blob_bytes(first.saved));
    cr_expect_gt(second.counts.made, 0, "the sets with a database");
    clear(&first);
    clear(&second);
}

Test(cache, one_of_other_options_or_another_version_is_refused_whole)
{
    corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    corsac_str saved = corsac_blob_bytes(first.saved);
    options.image_options = CORSAC_OPTION_REGEX_UTF8;
    corsac_blob *wanted = compile_without(&options);
    result other = compile_with(&options, saved);
    cr_expect_eq(other.counts.refused, 1);
    cr_expect_eq(other.counts.loaded, 0);
    cr_expect(same(other.image, wanted));
    options = options_for(CORSAC_REGEX_AUTOMATON);
    char *copy = malloc(saved.size);
    memcpy(copy, saved.data, saved.size);
    copy[8]++; /* the version */
    result older = compile_with(&options, (corsac_str){copy, saved.size});
    cr_expect_eq(older.counts.refused, 1);
    cr_expect(same(older.image, first.image));
    free(copy);
    corsac_blob_free(wanted);
    clear(&other);
    clear(&older);
    clear(&first);
}

Test(cache, no_damaged_byte_gets_into_an_image)
{
    const corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    corsac_str saved = corsac_blob_bytes(first.saved);
    char *copy = malloc(saved.size);
    for (size_t at = 0; at < saved.size; at += 1 + saved.size / 200) {
        memcpy(copy, saved.data, saved.size);
        copy[at] ^= (char)(1 << at % 8);
        result damaged = compile_with(&options, (corsac_str){copy, saved.size});
        cr_assert(same(damaged.image, first.image), "byte %zu", at);
        clear(&damaged);
        result cut = compile_with(&options, (corsac_str){saved.data, at});
        cr_assert(same(cut.image, first.image), "cut at %zu", at);
        clear(&cut);
    }
    free(copy);
    clear(&first);
}

/* ---- damage under a right checksum ----------------------------------------------------------- */

enum { HEADER_BYTES = 40, ENTRY_BYTES = 16 };

static uint32_t number_at(const char *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof(number));
    return number;
}

/* Where each entry begins; how many there are. */
static size_t find_entries(corsac_str bytes, size_t *starts, size_t most)
{
    size_t count = 0;
    for (size_t at = HEADER_BYTES; at < bytes.size && count < most; count++) {
        starts[count] = at;
        at += ENTRY_BYTES + ((number_at(bytes.data + at + 12) + 7) & ~(size_t)7);
    }
    return count;
}

static void sign(char *entry)
{
    uint64_t seed = (uint64_t)number_at(entry + 8) << 32 | number_at(entry + 12);
    uint64_t checksum = XXH3_64bits_withSeed(entry + ENTRY_BYTES, number_at(entry + 12), seed);
    memcpy(entry, &checksum, sizeof(checksum));
}

/* Whatever an entry says, compiling succeeds and the image is one that opens. */
Test(cache, a_forged_entry_is_refused_or_harmless)
{
    enum { FORGERIES = 1000 };
    const corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    corsac_str saved = corsac_blob_bytes(first.saved);
    char *copy = malloc(saved.size);
    size_t starts[64], count = find_entries(saved, starts, 64), refused = 0, emptied = 0;
    cr_assert_gt(count, 8);
    for (size_t i = 0; i < FORGERIES; i++) {
        size_t start = starts[i % count], size = number_at(saved.data + start + 12);
        memcpy(copy, saved.data, saved.size);
        size_t at = start + ENTRY_BYTES + i * 7919 % size; /* a prime scatters them */
        copy[at] = i % 3 == 0 ? (char)0xFF : (char)(copy[at] + (char)(1 + i % 5));
        sign(copy + start);
        result forged = compile_with(&options, (corsac_str){copy, saved.size});
        corsac_str bytes = corsac_blob_bytes(forged.image);
        corsac_image *image;
        cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
        corsac_image_free(image);
        cr_assert(forged.counts.refused > 0 || forged.counts.loaded == count);
        refused += forged.counts.refused > 0;
        emptied += forged.counts.refused > 1;
        clear(&forged);
    }
    cr_expect_gt(emptied, 0, "none of them passed by itself only");
    cr_expect_gt(refused, FORGERIES / 3, "of %d: %zu", FORGERIES, refused);
    free(copy);
    clear(&first);
}

Test(cache, an_entry_given_twice_is_refused)
{
    const corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    corsac_str saved = corsac_blob_bytes(first.saved);
    size_t starts[2];
    cr_assert_eq(find_entries(saved, starts, 2), 2);
    size_t size = starts[1] - starts[0];
    char *copy = malloc(saved.size + size);
    memcpy(copy, saved.data, saved.size);
    memcpy(copy + saved.size, saved.data + starts[0], size);
    result twice = compile_with(&options, (corsac_str){copy, saved.size + size});
    cr_expect_eq(twice.counts.refused, 1);
    cr_expect(same(twice.image, first.image));
    cr_expect(contains(corsac_blob_bytes(twice.saved), (corsac_str){"(f|gg)*", 7}));
    free(copy);
    clear(&twice);
    clear(&first);
}

Test(cache, what_no_compile_used_is_not_saved)
{
    const corsac_compile_options options = options_for(CORSAC_REGEX_AUTOMATON);
    result first = compile_with(&options, NO_BYTES);
    corsac_cache *cache;
    corsac_blob *saved;
    cr_assert_eq(corsac_cache_new(&cache, &options, corsac_blob_bytes(first.saved)), CORSAC_OK);
    cr_assert_eq(corsac_cache_save(&saved, cache), CORSAC_OK);
    cr_expect_eq(corsac_blob_bytes(saved).size, HEADER_BYTES);
    corsac_blob_free(saved);
    corsac_cache_free(cache);
    clear(&first);
}

Test(cache, arguments_are_checked)
{
    corsac_cache *cache;
    corsac_blob *blob;
    cr_expect_eq(corsac_cache_new(NULL, NULL, NO_BYTES), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_cache_new(&cache, NULL, (corsac_str){NULL, 1}), CORSAC_E_ARGUMENT);
    cr_expect_null(cache);
    cr_expect_eq(corsac_compile_cached(&blob, NULL, NULL, 0, NULL, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_cache_save(&blob, NULL), CORSAC_E_ARGUMENT);
    corsac_cache_free(NULL);
}
