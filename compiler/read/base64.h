// SPDX-License-Identifier: Apache-2.0
// Standard base64: the YAML tag !!binary, and fields of type bytes.
#ifndef CORSAC_COMPILER_READ_BASE64_H
#define CORSAC_COMPILER_READ_BASE64_H

#include "compiler/support/arena.h"

/** Decodes base64 (!!binary); false if the text is not base64. Bytes outside UTF-8 become U+FFFD.
 */
bool csc_base64_decode(csc_arena *arena, corsac_str text, corsac_str *out);

#endif
