// SPDX-License-Identifier: Apache-2.0
// Regex programs of one image: each distinct pattern is parsed and compiled once. It becomes a record of
// PROGRAM_TABLE if something asks for its program. Serves origins, paths and conditions alike.
#ifndef CORSAC_COMPILER_LOWER_PROGRAMS_H
#define CORSAC_COMPILER_LOWER_PROGRAMS_H

#include "compiler/lower/sections.h"
#include "compiler/regex/lowering.h"
#include "compiler/support/store.h"

/* What a pattern is compiled to, whatever the image: the value of CSC_STORE_PATTERN. */
typedef struct csc_compiled {
    csc_arena *arena; /* of this alone */
    const csc_regex *regex;
    corsac_str bytes; /* its program */
    bool accepts_star, is_dfa;
    uint32_t state_count;
    const csc_lowered *lowered; /* NULL until asked for */
} csc_compiled;

/* One distinct pattern. */
typedef struct csc_program {
    const csc_regex *regex;
    corsac_str bytes;  /* its program; lives as long as the store */
    size_t number;     /* among the patterns of the image */
    uint32_t index;    /* in PROGRAM_TABLE, or CSE_NONE: csc_programs_use() */
    bool accepts_star; /* P-7 */
    bool is_dfa;
    uint32_t state_count;       /* of the DFA */
    const csc_lowered *lowered; /* NULL until csc_programs_get() asked for it */
    /* For whoever makes a list of programs: the number of the last list that has this one, from 1 on, and where. */
    uint32_t list;
    size_t list_index;
} csc_program;

typedef struct csc_programs csc_programs;

/**
 * Arena, sections and store are borrowed until csc_programs_free(). limits may be NULL.
 * @param store  of what was compiled under the same limits before; NULL: one that goes with this.
 */
corsac_status csc_programs_new(csc_programs **out, csc_arena *arena, csc_sections *sections,
                               csc_store *store, const csc_regex_limits *limits);
/** The store in use. */
csc_store *csc_programs_store(const csc_programs *programs);
void csc_programs_free(csc_programs *programs); /* NULL is fine */

/**
 * The program of a pattern that decode has already accepted.
 * @return CORSAC_OK, CORSAC_E_SOURCE when the pattern does not parse after all, CORSAC_E_LIMIT,
 *         CORSAC_E_MEMORY.
 */
corsac_status csc_programs_add(csc_programs *programs, corsac_str pattern, uint32_t *index);

/** What is known about the pattern, its lowered form included; errors as csc_programs_add(). The image has
 * its program only after csc_programs_use(). Lives as long as the arena; what it points to, as long as
 * the store. */
corsac_status csc_programs_get(csc_programs *programs, corsac_str pattern, csc_program **out);

/** Puts the program into the image, unless it is there. CORSAC_OK, CORSAC_E_LIMIT, CORSAC_E_MEMORY. */
corsac_status csc_programs_use(csc_programs *programs, const csc_program *program, uint32_t *index);

/** Appends a ready program (a union of several regexes) under a text for people. */
corsac_status csc_programs_append(csc_programs *programs, corsac_str bytes, corsac_str text,
                                  uint32_t *index);

#endif
