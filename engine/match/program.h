// SPDX-License-Identifier: Apache-2.0
// Runs regex programs (engine/image/regex_format.h): RE2 full match, decided byte by byte.
// No allocation, no locks, no recursion; any thread, as long as scratch is not shared.
#ifndef CORSAC_ENGINE_MATCH_PROGRAM_H
#define CORSAC_ENGINE_MATCH_PROGRAM_H

#include "engine/image/regex_format.h"
#include <stdbool.h>
#include <stddef.h>

/**
 * Checks every field, offset and table of a program, in time linear in its size. After a true,
 * running it is memory safe and takes at most CSE_NFA_MAX_STEPS or CSE_SPARSE_MAX_STEPS steps per byte
 * of the text, whatever the bytes are.
 * @param bytes  8-byte aligned; checked too.
 * @param steps  NULL, or receives the most steps per byte of a text; 1 for a DFA.
 */
bool cse_program_verify(const void *bytes, size_t size_bytes, uint32_t *steps);

/** Bytes of scratch a run needs; 0 for DFA programs. At most CSE_PROGRAM_MAX_SCRATCH for a verified
 * program. */
size_t cse_program_scratch_size(const cse_program *program);
#define CSE_PROGRAM_MAX_SCRATCH ((size_t)CSE_NFA_MAX_POINTS * 4 + CSE_NFA_MAX_POINTS / 8)

/**
 * The mark of a text: 1 + index of the first regex that matches all of it, or 0.
 * @param scratch  8-byte aligned, at least cse_program_scratch_size() bytes; may be NULL if that is
 * 0.
 */
uint32_t cse_program_find(const cse_program *program, const char *text, size_t size_bytes,
                          void *scratch);

/** Whether some regex of the program matches all of the text. */
bool cse_program_match(const cse_program *program, const char *text, size_t size_bytes,
                       void *scratch);

#endif
