// SPDX-License-Identifier: Apache-2.0
// Bytes with their zeros and repetitions counted (engine/image/origin_format.h): how serialized databases are stored, most
// of whose bytes are one or the other.
#ifndef CORSAC_COMPILER_REGEX_ZEROS_H
#define CORSAC_COMPILER_REGEX_ZEROS_H

#include "compiler/support/arena.h"

/** The bytes so counted, in the arena. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_zeros_pack(csc_arena *arena, corsac_str bytes, corsac_str *out);

#endif
