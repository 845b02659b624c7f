// SPDX-License-Identifier: Apache-2.0
// What serves a list of regexes: programs that unite several of them, and a database in place of
// the programs. A function of the patterns and of the options alone, so the store may know it.
#ifndef CORSAC_COMPILER_LOWER_REGEX_PARTS_H
#define CORSAC_COMPILER_LOWER_REGEX_PARTS_H

#include "compiler/lower/origin_plan.h"
#include "compiler/regex/hyperscan.h"

/* One program: of the regexes from `first` to the next part, or that regex's own. */
typedef struct csc_regex_part {
    size_t first;
    corsac_str bytes; /* absent: the regex's own program */
} csc_regex_part;

typedef struct csc_regex_parts {
    csc_regex_part *items;
    size_t count;
    csc_database database; /* bytes absent: none */
} csc_regex_parts;

typedef struct csc_regex_parts_options {
    corsac_regex_engine engine;
    size_t union_from;   /* regexes from which on a union is worth its bytes */
    bool wants_database; /* where the cost model prefers one */
} csc_regex_parts_options;

/**
 * @param programs  the regexes; at least one.
 * @param out       lives as long as arena and store.
 * @return CORSAC_OK, CORSAC_E_LIMIT, CORSAC_E_MEMORY.
 */
corsac_status csc_regex_parts_get(csc_arena *arena, csc_store *store,
                                  const csc_program *const *programs, size_t count,
                                  const csc_regex_parts_options *options,
                                  const csc_regex_parts **out);

#endif
