// SPDX-License-Identifier: Apache-2.0
// One node tree against one schema message: unknown fields, spellings, types, ranges (D-8 to D-20).
#ifndef CORSAC_COMPILER_DECODE_CHECK_H
#define CORSAC_COMPILER_DECODE_CHECK_H

#include "compiler/decode/finding.h"
#include "compiler/decode/schema.h"
#include "compiler/read/document.h"

/** Reports everything that is wrong; nodes of a wrong type are marked broken, so that validation
 * does not complain about them again. */
void csc_check_message(csc_finder *finder, const csc_path *path, csc_node *node,
                       const csc_message *message);

#endif
