// SPDX-License-Identifier: Apache-2.0
#include "compiler/support/arena.h"

#include <criterion/criterion.h>
#include <string.h>

static csc_arena *arena;

static void start(void)
{
    arena = csc_arena_new();
    cr_assert_not_null(arena);
}

static void end(void)
{
    csc_arena_free(arena);
}

TestSuite(arena, .init = start, .fini = end);

Test(arena, memory_is_zeroed_and_aligned_to_16_bytes_in_small_and_large_requests)
{
    static const size_t sizes[] = {1, 15, 16, 17, 1000, 70000, 3, 200000, 0, 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *bytes = csc_arena_alloc(arena, 1, sizes[i]);
        cr_assert_not_null(bytes);
        cr_assert_eq((uintptr_t)bytes % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            cr_assert_eq(bytes[j], 0);
        memset(bytes, 0xFF, sizes[i]); /* overlapping allocations would show in the next round */
    }
    cr_assert_not(csc_arena_failed(arena));
}

/* Rounds that ask for one piece or many, for little or for more than ever before. */
Test(arena, a_reset_arena_serves_as_a_new_one)
{
    static const size_t counts[] = {1, 3000, 3000, 40, 40, 6000, 1};
    for (size_t round = 0; round < sizeof counts / sizeof *counts; round++) {
        for (size_t i = 0; i < counts[round]; i++) {
            unsigned char *bytes = csc_arena_alloc(arena, 1, 1000);
            cr_assert_not_null(bytes);
            cr_assert_eq((uintptr_t)bytes % 16, 0);
            for (size_t j = 0; j < 1000; j++)
                cr_assert_eq(bytes[j], 0);
            memset(bytes, 0xFF, 1000);
        }
        csc_arena_fail(arena);
        csc_arena_reset(arena);
        cr_assert_not(csc_arena_failed(arena));
    }
}

Test(arena, rounds_of_one_size_use_the_same_memory)
{
    void *first = NULL, *second = NULL;
    for (int round = 0; round < 3; round++) {
        second = first;
        first = csc_arena_alloc(arena, 1, 300000);
        cr_assert_not_null(csc_arena_alloc(arena, 1, 300000));
        csc_arena_reset(arena);
    }
    cr_assert_eq(first, second);
}

Test(arena, a_product_that_overflows_fails_and_is_remembered)
{
    cr_assert_null(csc_arena_alloc(arena, SIZE_MAX / 2, 3));
    cr_assert(csc_arena_failed(arena));
    cr_assert_not_null(csc_arena_alloc(arena, 1, 1), "later requests still work");
    cr_assert(csc_arena_failed(arena), "but the failure stays");
}

Test(arena, a_grown_array_keeps_its_elements)
{
    size_t capacity = 0, count = 0;
    int *items = NULL;
    for (int i = 0; i < 1000; i++) {
        items = csc_arena_grow(arena, items, count, &capacity, sizeof *items);
        cr_assert_not_null(items);
        items[count++] = i;
    }
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(items[i], i);
    cr_assert_geq(capacity, 1000);
}

Test(arena, a_copy_ends_with_nul_and_absent_stays_absent)
{
    corsac_str copy = csc_arena_copy(arena, (corsac_str){"a\0b!", 3});
    cr_assert_eq(copy.size, 3);
    cr_assert_arr_eq(copy.data, "a\0b", 4);
    cr_assert_null(csc_arena_copy(arena, (corsac_str){NULL, 0}).data);
    cr_assert_not_null(csc_arena_copy(arena, (corsac_str){"", 0}).data);
}

Test(arena, printf_measures_what_it_writes)
{
    corsac_str text = csc_arena_printf(arena, "%s-%d-%.*s", "long enough", 17, 2, "xyz");
    cr_assert_str_eq(text.data, "long enough-17-xy");
    cr_assert_eq(text.size, strlen(text.data));
}

Test(arena, strings_compare_by_bytes_and_the_shorter_comes_first)
{
    corsac_str a = csc_str_from("ab"), b = csc_str_from("abc"), c = csc_str_from("b");
    corsac_str high = csc_str_from("\xC3\xA9");
    cr_assert_lt(csc_str_compare(a, b), 0);
    cr_assert_gt(csc_str_compare(b, a), 0);
    cr_assert_lt(csc_str_compare(b, c), 0);
    cr_assert_lt(csc_str_compare(c, high), 0, "bytes are unsigned");
    cr_assert_eq(csc_str_compare(a, csc_str_from("ab")), 0);
    cr_assert(csc_str_equal((corsac_str){NULL, 0}, (corsac_str){"", 0}));
}

Test(arena, prefixes_and_suffixes_may_be_empty_or_whole)
{
    corsac_str text = csc_str_from("abc"), none = {NULL, 0};
    cr_assert(csc_str_starts(text, csc_str_from("ab")) && csc_str_starts(text, text));
    cr_assert(csc_str_starts(text, none) && csc_str_ends(text, none));
    cr_assert(csc_str_ends(text, csc_str_from("bc")) && !csc_str_ends(text, csc_str_from("ab")));
    cr_assert_not(csc_str_starts(text, csc_str_from("abcd")));
    cr_assert_not(csc_str_ends(none, text));
    cr_assert(csc_str_is(csc_str_slice(text, 1, 1), "b"));
}

Test(arena, texts_are_joined_zero_bytes_and_all)
{
    const corsac_str texts[] = {{"a\0b", 3}, {NULL, 0}, {"/", 1}, {"c", 1}};
    corsac_str text = csc_arena_join(arena, texts, 4);
    cr_assert(csc_str_equal(text, (corsac_str){"a\0b/c", 5}));
    cr_assert_eq(text.data[text.size], '\0');
    cr_assert(csc_str_equal(csc_arena_join(arena, texts, 0), (corsac_str){"", 0}));
}

Test(arena, numbers_are_written_in_decimal)
{
    char digits[CSC_DECIMAL_BYTES];
    cr_assert(csc_str_is(csc_str_decimal(digits, 0), "0"));
    cr_assert(csc_str_is(csc_str_decimal(digits, 1090), "1090"));
    cr_assert(csc_str_is(csc_str_decimal(digits, UINT64_MAX), "18446744073709551615"));
}

static size_t comparison_count;

static int compare_numbers(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    comparison_count++;
    return (a > b) - (a < b);
}

Test(arena, sorting_what_is_sorted_is_one_walk)
{
    int sorted[] = {1, 2, 2, 5, 9, 9}, mixed[] = {9, 2, 5, 9, 1, 2};
    comparison_count = 0;
    csc_sort(sorted, 6, sizeof(*sorted), compare_numbers);
    cr_assert_eq(comparison_count, 5);
    csc_sort(mixed, 6, sizeof(*mixed), compare_numbers);
    cr_assert_arr_eq(mixed, sorted, sizeof(sorted));
    csc_sort(NULL, 0, sizeof(*mixed), compare_numbers);
}
