// SPDX-License-Identifier: Apache-2.0
// Results that cost much and depend on their key alone: made once, found again in the same compile
// and, where a session keeps the store, in later ones.
#ifndef CORSAC_COMPILER_SUPPORT_STORE_H
#define CORSAC_COMPILER_SUPPORT_STORE_H

#include "compiler/support/arena.h"

typedef struct csc_store csc_store;

/* Keys of different kinds never meet. */
typedef enum csc_store_kind {
    CSC_STORE_PATTERN = 0, /* lower/programs.c: one regex, compiled */
    CSC_STORE_SET,         /* lower/regex_parts.c: what serves a list of regexes */
    CSC_STORE_KINDS
} csc_store_kind;

/** NULL when memory is short. */
csc_store *csc_store_new(void);
void csc_store_free(csc_store *store); /* NULL is fine */

/** The value of a key, or NULL. Counts as a use in this round. */
void *csc_store_find(csc_store *store, csc_store_kind kind, corsac_str key);

/**
 * Keeps a value under a key that csc_store_find() did not find.
 * @param arena  holds key and value and nothing else; taken over in every case.
 * @return CORSAC_OK or CORSAC_E_MEMORY; then the value is gone.
 */
corsac_status csc_store_add(csc_store *store, csc_store_kind kind, csc_arena *arena, corsac_str key,
                            void *value);

/* An entry as it is. */
typedef struct csc_store_item {
    csc_store_kind kind;
    corsac_str key;
    void *value;
    bool used;   /* in this round */
    bool loaded; /* before csc_store_mark_loaded() */
} csc_store_item;

/** The entry at an index; false beyond the last. */
bool csc_store_at(const csc_store *store, size_t index, csc_store_item *out);

/** How many entries there are. */
size_t csc_store_count(const csc_store *store);

/** What is there now comes from elsewhere, and nobody has used it. */
void csc_store_mark_loaded(csc_store *store);

/** Begins a round: nothing has been used in it. */
void csc_store_begin(csc_store *store);

/** Ends a round: drops what it did not use as soon as that is the larger half. */
void csc_store_turn(csc_store *store);

/** Drops everything: what a failure may have left half made must not be found again. */
void csc_store_clear(csc_store *store);

#endif
