// SPDX-License-Identifier: Apache-2.0
// Reads bytes that are stored with their zeros and repetitions counted (engine/image/origin_format.h).
#ifndef CORSAC_ENGINE_MATCH_ZEROS_H
#define CORSAC_ENGINE_MATCH_ZEROS_H

#include <stddef.h>
#include <stdint.h>

/** How many bytes are stored there; SIZE_MAX if that is malformed. Linear in @p stored_bytes. */
size_t cse_zeros_size(const uint8_t *stored, size_t stored_bytes);

enum { CSE_ZEROS_SLACK = 16 };
/** Writes the bytes, cse_zeros_size() of them, which is a number.
 * @param out  has room for CSE_ZEROS_SLACK more. */
void cse_zeros_read(const uint8_t *stored, size_t stored_bytes, uint8_t *out, size_t size_bytes);

#endif
