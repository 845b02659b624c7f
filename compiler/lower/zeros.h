// SPDX-License-Identifier: Apache-2.0
// Bytes with their zeros counted (engine/image/origin_format.h): how serialized databases are stored, most of
// whose bytes are zeros.
#ifndef CORSAC_COMPILER_LOWER_ZEROS_H
#define CORSAC_COMPILER_LOWER_ZEROS_H

#include "compiler/lower/sections.h"

/** Appends bytes with their zeros counted. Returns their offset in the section; a failure is remembered there. */
uint32_t csc_zeros_append(csc_sections *sections, cse_section_kind kind, corsac_str bytes);

#endif
