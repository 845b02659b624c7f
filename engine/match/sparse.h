// SPDX-License-Identifier: Apache-2.0
// Regex programs of kind SPARSE (engine/image/regex_format.h). Called by program.c alone, for programs
// that program_verify.c has checked.
#ifndef CORSAC_ENGINE_MATCH_SPARSE_H
#define CORSAC_ENGINE_MATCH_SPARSE_H

#include "engine/image/regex_format.h"

#include <stddef.h>

/** Bytes of scratch, 8-byte aligned. */
size_t cse_sparse_scratch_size(const cse_program *program);

/** The mark of a text; see cse_program_find(). */
uint32_t cse_sparse_find(const cse_program *program, const uint8_t *text, size_t size_bytes,
                         void *scratch);

#endif
