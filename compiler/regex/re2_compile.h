// SPDX-License-Identifier: Apache-2.0
// Fragments of the modelled RE2 program: what program_size.c and re2_class.c build it from.
#ifndef CORSAC_COMPILER_REGEX_RE2_COMPILE_H
#define CORSAC_COMPILER_REGEX_RE2_COMPILE_H

#include "compiler/regex/parse.h"
#include "compiler/regex/re2_program.h"

/* Loose ends: 2 * inst for its out, 2 * inst + 1 for its out1, chained through those fields. */
typedef struct csc_re2_ends {
    uint32_t head, tail;
} csc_re2_ends;

typedef struct csc_re2_fragment {
    uint32_t begin; /* 0: cannot match */
    csc_re2_ends ends;
    bool nullable;
} csc_re2_fragment;

typedef struct csc_re2_compiler {
    csc_arena *arena; /* for trees on the way; freed when the size is known */
    uint32_t node_count;
    csc_re2_program program;
    uint32_t bytes_count; /* BYTES instructions so far */
    uint32_t bytes_limit; /* beyond it the program is too large for certain */
    bool latin1;
    bool too_large, failed;
} csc_re2_compiler;

/** A new instruction, or 0 once the program is too large or memory is short. */
uint32_t csc_re2_add(csc_re2_compiler *c, csc_re2_op op, uint32_t out, uint32_t out1);
uint32_t csc_re2_add_bytes(csc_re2_compiler *c, uint32_t low, uint32_t high, bool fold,
                           uint32_t out);
csc_re2_ends csc_re2_join_ends(csc_re2_compiler *c, csc_re2_ends a, csc_re2_ends b);
static inline csc_re2_ends csc_re2_end(uint32_t field)
{
    return (csc_re2_ends){field, field};
}

/** re2_class.c: one character of the ranges. */
csc_re2_fragment csc_re2_class(csc_re2_compiler *c, const csc_regex_range *ranges, size_t count);

#endif
