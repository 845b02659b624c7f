// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the likely intent behind an unknown field (D-9).
#ifndef CORSAC_COMPILER_DECODE_SUGGEST_H
#define CORSAC_COMPILER_DECODE_SUGGEST_H

#include "compiler/decode/schema.h"
#include "corsac/common.h"

/** The field of the message that the key most likely stands for, or NULL. */
const char *csc_suggest_field(corsac_str key, const csc_message *message);
/** Number of insertions, deletions, replacements and swaps of neighbours; `limit` + 1 if more. */
size_t csc_edit_distance(corsac_str a, corsac_str b, size_t limit);

#endif
