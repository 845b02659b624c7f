// SPDX-License-Identifier: Apache-2.0
// One arena per compilation: allocate freely, free once. Every allocation is aligned to 16 bytes, and
// zeroed but for those of csc_arena_take(). A failed allocation returns NULL and is remembered, so that a stage may check once at its
// end with csc_arena_failed() as long as it never dereferences NULL in between.
#ifndef CORSAC_COMPILER_SUPPORT_ARENA_H
#define CORSAC_COMPILER_SUPPORT_ARENA_H

#include "corsac/common.h"
#include <stdbool.h>
#include <string.h>

typedef struct csc_arena csc_arena;

/** NULL when memory is short. */
csc_arena *csc_arena_new(void);
/** Frees the arena and everything allocated from it. NULL is fine. */
void csc_arena_free(csc_arena *arena);
/**
 * Takes everything back, a failure too. What the last round took is kept, or asked for as one chunk in the next, so
 * that rounds of about the same size do not ask for memory; never far more than twice that.
 */
void csc_arena_reset(csc_arena *arena);
/** What is allocated now. */
size_t csc_arena_used_bytes(const csc_arena *arena);
/** Zeroed memory for count objects of size bytes; NULL on overflow or when memory is short. */
void *csc_arena_alloc(csc_arena *arena, size_t count, size_t size);
/** The same, not zeroed: for what is filled at once. */
void *csc_arena_take(csc_arena *arena, size_t count, size_t size);
/** Copies bytes and adds a NUL behind them; an absent string stays absent. On failure: absent. */
corsac_str csc_arena_copy(csc_arena *arena, corsac_str text);
/** Texts one behind the other, and a NUL. On failure: an empty, present string. */
corsac_str csc_arena_join(csc_arena *arena, const corsac_str *texts, size_t count);
/** printf into the arena. On failure: an empty, present string. */
corsac_str csc_arena_printf(csc_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** True once any allocation has failed. */
bool csc_arena_failed(const csc_arena *arena);
/** Remembers that an allocation beside the arena has failed, for the same check. */
void csc_arena_fail(csc_arena *arena);

/**
 * Grows an arena array by doubling: makes room for one more element behind `count`.
 * Returns the array to use (possibly moved), NULL on failure. Old storage stays in the arena.
 */
void *csc_arena_grow(csc_arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Small helpers on corsac_str that every stage needs. Those in the header are asked for each field of
 * each document, mostly about a literal, whose length the compiler then knows. */
static inline corsac_str csc_str_from(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static inline bool csc_str_equal(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool csc_str_is(corsac_str a, const char *text)
{
    return csc_str_equal(a, csc_str_from(text));
}

int csc_str_compare(corsac_str a, corsac_str b); /* byte order, shorter first */
bool csc_str_starts(corsac_str text, corsac_str prefix);
bool csc_str_ends(corsac_str text, corsac_str suffix);
corsac_str csc_str_slice(corsac_str text, size_t from, size_t size);

enum { CSC_DECIMAL_BYTES = 20 }; /* of UINT64_MAX */
/** A number in decimal; the text lies in `digits`. */
corsac_str csc_str_decimal(char digits[CSC_DECIMAL_BYTES], uint64_t number);

/** qsort(), but for items that are in order already, as most are, one walk. */
void csc_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *left, const void *right));

#endif
