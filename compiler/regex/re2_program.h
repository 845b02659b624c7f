// SPDX-License-Identifier: Apache-2.0
// A model of the program that RE2 compiles a regex to, only to count its instructions (M-22).
#ifndef CORSAC_COMPILER_REGEX_RE2_PROGRAM_H
#define CORSAC_COMPILER_REGEX_RE2_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum csc_re2_op {
    CSC_RE2_FAIL = 0,
    CSC_RE2_ALT,       /* out or out1 */
    CSC_RE2_ALT_MATCH, /* an ALT between "any byte, again" and the match */
    CSC_RE2_BYTES,     /* one byte of low to high, then out */
    CSC_RE2_CAPTURE,
    CSC_RE2_ASSERT,
    CSC_RE2_NOP,
    CSC_RE2_MATCH
} csc_re2_op;

typedef struct csc_re2_inst {
    uint8_t op, low, high, fold;
    uint32_t out, out1;
} csc_re2_inst;

/* Instruction 0 is FAIL. */
typedef struct csc_re2_program {
    csc_re2_inst *insts;
    uint32_t count, capacity;
    uint32_t start, start_unanchored;
} csc_re2_program;

/** Drops no-ops and flattens trees of ALTs into lists; the number of instructions then, 0 if memory
 * is short. */
uint32_t csc_re2_program_flatten(csc_re2_program *program);

#endif
