// SPDX-License-Identifier: Apache-2.0
// Finding sections in a table (F-2): of each kind the place, the number of records, and what is refused.
#include "engine/match/origin.h"

#include <criterion/criterion.h>
#include <stddef.h>

enum { PLACE = 128, RECORDS = 3 };

typedef struct kind {
    cse_section_kind kind;
    uint32_t record_bytes;
    size_t pointer, count; /* offsets in cse_origin_sections */
} kind;

#define KIND(number, type, pointer, count)                                                         \
    {                                                                                              \
        CSE_SECTION_##number, (uint32_t)sizeof(type), offsetof(cse_origin_sections, pointer),      \
            offsetof(cse_origin_sections, count)                                                   \
    }

static const kind KINDS[] = {KIND(ORIGIN_SETS, cse_origin_set, sets, set_count),
                             KIND(ORIGIN_KEYS, uint8_t, keys, keys_size),
                             KIND(ORIGIN_ROWS, cse_origin_row, rows, row_count),
                             KIND(ORIGIN_BUCKETS, cse_origin_bucket, buckets, bucket_count),
                             KIND(PREFIX_TRIES, uint8_t, tries, tries_size),
                             KIND(ORIGIN_SPANS, cse_origin_span, spans, span_count),
                             KIND(ORIGIN_PIECES, cse_origin_piece, pieces, piece_count),
                             KIND(ORIGIN_CLASSES, cse_origin_class, classes, class_count),
                             KIND(ORIGIN_INDEX, cse_origin_index, indexes, index_count),
                             KIND(ORIGIN_MATCHERS, cse_origin_matcher, matchers, matcher_count),
                             KIND(ORIGIN_PROGRAMS, uint32_t, lists, list_count),
                             KIND(PROGRAM_TABLE, cse_program_ref, programs, program_count),
                             KIND(PROGRAMS, uint8_t, program_bytes, program_bytes_size),
                             KIND(DATABASE_TABLE, cse_origin_database, databases, database_count),
                             KIND(DATABASES, uint8_t, database_bytes, database_bytes_size),
                             KIND(PATTERNS, uint8_t, patterns, patterns_size),
                             KIND(STRINGS, uint8_t, strings, strings_size)};
enum { COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

static const uint8_t image[64];

static uint32_t count_in(const cse_origin_sections *s, const kind *k)
{
    return *(const uint32_t *)(const void *)((const char *)s + k->count);
}

static const void *pointer_in(const cse_origin_sections *s, const kind *k)
{
    return *(const void *const *)(const void *)((const char *)s + k->pointer);
}

/* The section of kind k between two that nobody asks for. */
static bool resolves(const kind *k, cse_section section, cse_origin_sections *out)
{
    section.kind = k->kind;
    const cse_section table[3] = {{.kind = CSE_SECTION_ROUTES}, section, {.kind = 1000}};
    return cse_origin_sections_resolve(out, image, table, 3, 42);
}

Test(sections, each_kind_is_found_and_all_others_are_absent) // F-2
{
    for (size_t i = 0; i < COUNT; i++) {
        cse_origin_sections s;
        const kind *k = &KINDS[i];
        cr_assert(resolves(k,
                           (cse_section){.record_bytes = k->record_bytes,
                                         .offset = PLACE,
                                         .size_bytes = RECORDS * k->record_bytes},
                           &s));
        cr_expect_eq(s.hash_seed, 42);
        for (size_t other = 0; other < COUNT; other++) {
            cr_expect_eq(count_in(&s, &KINDS[other]), other == i ? RECORDS : 0, "%zu %zu", i,
                         other);
            cr_expect_eq(pointer_in(&s, &KINDS[other]), other == i ? image + PLACE : image);
        }
    }
}

Test(sections, records_of_another_size_are_refused) // F-2
{
    for (size_t i = 0; i < COUNT; i++) {
        cse_origin_sections s;
        const kind *k = &KINDS[i];
        const cse_section good = {.record_bytes = k->record_bytes,
                                  .offset = PLACE,
                                  .size_bytes = RECORDS * k->record_bytes};
        cse_section bad = good;
        bad.record_bytes++;
        cr_expect_not(resolves(k, bad, &s), "a larger record");
        bad = good;
        bad.size_bytes++;
        cr_expect_eq(resolves(k, bad, &s), k->record_bytes == 1, "part of a record");
        bad = good;
        bad.offset += CSE_SECTION_ALIGNMENT / 2;
        cr_expect_not(resolves(k, bad, &s), "not aligned");
        bad = good;
        bad.size_bytes = (UINT64_C(1) << 32) / k->record_bytes * k->record_bytes;
        cr_expect_eq(resolves(k, bad, &s), bad.size_bytes <= UINT32_MAX, "4 GiB");
        bad.size_bytes = UINT32_MAX / k->record_bytes * k->record_bytes;
        cr_expect(resolves(k, bad, &s), "just below");
        bad.size_bytes = (UINT64_C(1) << 33) * k->record_bytes;
        cr_expect_not(resolves(k, bad, &s), "far beyond");
    }
}

Test(sections, the_first_and_the_last_of_a_table) // F-2
{
    cse_section table[2] = {{.kind = CSE_SECTION_STRINGS, .record_bytes = 1, .size_bytes = 5},
                            {.kind = CSE_SECTION_PATTERNS, .record_bytes = 1, .size_bytes = 6}};
    cse_origin_sections s;
    cr_expect(cse_origin_sections_resolve(&s, image, table, 2, 0));
    cr_expect_eq(s.strings_size, 5);
    cr_expect_eq(s.patterns_size, 6);
    cr_expect(cse_origin_sections_resolve(&s, image, table, 1, 0));
    cr_expect_eq(s.patterns_size, 0);
    cr_expect(cse_origin_sections_resolve(&s, image, NULL, 0, 0));
    for (int i = 0; i < 2; i++) {
        table[i].record_bytes = 2;
        cr_expect_not(cse_origin_sections_resolve(&s, image, table, 2, 0), "%d", i);
        table[i].record_bytes = 1;
    }
}
