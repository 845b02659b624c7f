// SPDX-License-Identifier: Apache-2.0
// What a session keeps between compiles: found again, let go of, and never in the way when memory was
// short. The linker routes what arenas are made of through here (--wrap).
#include "compiler/support/store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ALL = 60, SOME = 28 }; /* so many that maps must grow to hold them */

static size_t calls, failing; /* 0: none fails */
static int values[ALL + 1];

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return ++calls == failing ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return ++calls == failing ? NULL : __real_calloc(count, size);
}

static corsac_status add(csc_store *store, size_t index)
{
    char key[16];
    csc_arena *arena = csc_arena_new();
    cr_assert_not_null(arena);
    snprintf(key, sizeof(key), "%zu", index);
    corsac_str kept = csc_arena_copy(arena, (corsac_str){key, strlen(key)});
    return csc_store_add(store, CSC_STORE_PATTERN, arena, kept, &values[index]);
}

static void *find(csc_store *store, size_t index)
{
    char key[16];
    snprintf(key, sizeof(key), "%zu", index);
    return csc_store_find(store, CSC_STORE_PATTERN, (corsac_str){key, strlen(key)});
}

/* ALL entries, of which the last round used the first `used`. */
static csc_store *filled(size_t used)
{
    csc_store *store = csc_store_new();
    cr_assert_not_null(store);
    for (size_t i = 0; i < ALL; i++)
        cr_assert_eq(add(store, i), CORSAC_OK);
    csc_store_turn(store);
    for (size_t i = 0; i < used; i++)
        cr_assert_eq(find(store, i), &values[i]);
    return store;
}

Test(store, keeps_what_was_used_when_the_rest_is_more)
{
    csc_store *store = filled(SOME);
    csc_store_turn(store);
    for (size_t i = 0; i < ALL; i++)
        cr_assert_eq(find(store, i), i < SOME ? &values[i] : NULL, "%zu", i);
    csc_store_free(store);
}

Test(store, keeps_all_while_most_are_used)
{
    csc_store *store = filled(ALL / 2);
    csc_store_turn(store);
    cr_assert_eq(find(store, ALL - 1), &values[ALL - 1]);
    csc_store_free(store);
}

Test(store, kinds_do_not_meet)
{
    csc_store *store = filled(0);
    cr_assert_null(csc_store_find(store, CSC_STORE_SET, (corsac_str){"0", 1}));
    csc_store_free(store);
}

Test(store, clear_forgets)
{
    csc_store *store = filled(0);
    csc_store_clear(store);
    cr_assert_null(find(store, 0));
    cr_assert_eq(add(store, 0), CORSAC_OK);
    cr_assert_eq(find(store, 0), &values[0]);
    csc_store_free(store);
}

/* Memory that was short while entries went is no reason to refuse once it is there again. */
Test(store, serves_again_after_short_memory)
{
    size_t point = 1;
    for (bool reached = true; reached; point++) {
        csc_store *store = filled(SOME);
        calls = 0;
        failing = point;
        csc_store_turn(store);
        reached = calls >= failing;
        failing = 0;
        for (size_t i = 0; i < ALL; i++) {
            void *value = find(store, i);
            cr_assert(value == NULL || (value == &values[i] && i < SOME), "%zu at %zu", i, point);
        }
        cr_assert_eq(add(store, ALL), CORSAC_OK, "at allocation %zu", point);
        cr_assert_eq(find(store, ALL), &values[ALL]);
        csc_store_free(store);
    }
    cr_assert_gt(point, 4); /* the maps grew: more was asked for than they begin with */
}

/* The same when everything goes. */
Test(store, serves_again_after_a_clear_without_memory)
{
    csc_store *store = filled(0);
    calls = 0;
    failing = 1;
    csc_store_clear(store);
    failing = 0;
    cr_assert_null(find(store, 0));
    cr_assert_eq(add(store, 0), CORSAC_OK);
    csc_store_free(store);
}

Test(store, refuses_without_memory)
{
    calls = 0;
    failing = 1;
    cr_assert_null(csc_store_new());
    calls = 0;
    failing = 2;
    cr_assert_null(csc_store_new());
    failing = 0;
}
