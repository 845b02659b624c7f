// SPDX-License-Identifier: Apache-2.0
// Origin lists become origin sets (engine/image/origin_format.h): exact strings a list or a table,
// prefixes a list or a trie, regexes whatever serves them best. Equal lists become one set.
#ifndef CORSAC_COMPILER_LOWER_ORIGIN_H
#define CORSAC_COMPILER_LOWER_ORIGIN_H

#include "compiler/decode/resource.h"
#include "compiler/lower/programs.h"

typedef struct csc_origin_options {
    corsac_regex_engine engine;
    bool no_lowering; /* every regex stays a regex */
} csc_origin_options;

typedef struct csc_origins csc_origins;

/* One list of matchers, among what is kept. */
typedef struct csc_kept_set csc_kept_set;

/**
 * Starts the origin sections. Everything given is borrowed until csc_origins_free().
 * sections->origin_seed must be final.
 * @param kept  NULL: nothing is. If it lasts, the sections keep texts (csc_sections_keep()).
 */
corsac_status csc_origins_new(csc_origins **out, csc_arena *arena, csc_sections *sections,
                              csc_programs *programs, const csc_origin_options *options,
                              csc_kept *kept);
void csc_origins_free(csc_origins *origins); /* NULL is fine */

/**
 * Adds the matchers of one policy; kind NONE is dropped but counts as a position (P-3).
 * @param set  receives the index in ORIGIN_SETS.
 * @return CORSAC_OK, CORSAC_E_LIMIT (a section beyond 4 GiB), CORSAC_E_MEMORY, CORSAC_E_SOURCE.
 */
corsac_status csc_origin_lower(csc_origins *origins, const csc_origin_matcher *matchers,
                               size_t count, uint32_t *set);

/** The same in two steps: the list itself, NULL when memory is short; and its set in this image. */
csc_kept_set *csc_origin_keep(csc_origins *origins, const csc_origin_matcher *matchers,
                              size_t count);
corsac_status csc_origin_place(csc_origins *origins, csc_kept_set *list,
                               const csc_origin_matcher *matchers, size_t count, uint32_t *set);

/** Adds what the sets lack, once all are there: sets of one regex each, for matchers that name one. Errors as
 * csc_origin_lower(). */
corsac_status csc_origins_finish(csc_origins *origins);

#endif
