// SPDX-License-Identifier: Apache-2.0
#include "compiler/support/map.h"

#include <criterion/criterion.h>

static csc_arena *arena;
static csc_map *map;

static void set_up(void)
{
    arena = csc_arena_new();
    map = csc_map_new(arena);
    cr_assert_not_null(map);
}

static void tear_down(void)
{
    csc_arena_free(arena);
}

TestSuite(map, .init = set_up, .fini = tear_down);

Test(map, a_new_key_starts_at_zero_and_keeps_its_value)
{
    bool added = false;
    size_t *slot = csc_map_put(map, csc_str_from("a"), &added);
    cr_expect(added);
    cr_expect_eq(*slot, 0);
    *slot = 7;
    cr_expect_eq(*csc_map_put(map, csc_str_from("a"), &added), 7);
    cr_expect_not(added);
    cr_expect_eq(*csc_map_find(map, csc_str_from("a")), 7);
    cr_expect_eq(csc_map_count(map), 1);
}

Test(map, an_unknown_key_is_not_found)
{
    cr_expect_null(csc_map_find(map, csc_str_from("a")));
    csc_map_put(map, csc_str_from("ab"), NULL);
    cr_expect_null(csc_map_find(map, csc_str_from("a")));
}

Test(map, zero_bytes_count_and_absent_equals_empty)
{
    csc_map_put(map, (corsac_str){"a\0b", 3}, NULL);
    cr_expect_null(csc_map_find(map, (corsac_str){"a\0c", 3}));
    csc_map_put(map, (corsac_str){NULL, 0}, NULL);
    cr_expect_not_null(csc_map_find(map, csc_str_from("")));
}

Test(map, growing_keeps_every_value)
{
    enum { MANY = 20000 };
    for (size_t i = 0; i < MANY; i++)
        *csc_map_put(map, csc_arena_printf(arena, "key-%zu", i), NULL) = i;
    cr_expect_eq(csc_map_count(map), MANY);
    for (size_t i = 0; i < MANY; i++) {
        const size_t *found = csc_map_find(map, csc_arena_printf(arena, "key-%zu", i));
        cr_assert_not_null(found);
        cr_assert_eq(*found, i);
    }
}

Test(map, one_made_for_many_holds_them_and_more)
{
    enum { PLANNED = 100, MANY = 1000 };
    csc_map *large = csc_map_new_for(arena, PLANNED);
    size_t *first = csc_map_put(large, csc_str_from("first"), NULL);
    for (size_t i = 1; i < PLANNED; i++)
        *csc_map_put(large, csc_arena_printf(arena, "key-%zu", i), NULL) = i;
    cr_expect_eq(csc_map_find(large, csc_str_from("first")), first, "nothing has moved");
    for (size_t i = PLANNED; i < MANY; i++)
        *csc_map_put(large, csc_arena_printf(arena, "key-%zu", i), NULL) = i;
    for (size_t i = 1; i < MANY; i++)
        cr_assert_eq(*csc_map_find(large, csc_arena_printf(arena, "key-%zu", i)), i);
}
