// SPDX-License-Identifier: Apache-2.0
// Byte classes: what kind of bytes an origin holds, and whether a run of bytes is all of one class.
#ifndef CORSAC_ENGINE_MATCH_CLASS_H
#define CORSAC_ENGINE_MATCH_CLASS_H

#include "engine/match/origin.h"

static inline bool cse_class_has(const cse_origin_class *class, uint8_t byte)
{
    return class->bits[byte >> 6] >> (byte & 63) & 1;
}

/** Whether bytes are all of a class, the portable way. */
bool cse_class_holds_scalar(const cse_origin_class *class, const uint8_t *bytes, size_t size);

/**
 * Whether plain bytes are all of a class; uses vector instructions where the machine has them.
 * @param text  what the bytes lie in: up to 16 bytes around them may be read there.
 */
bool cse_class_holds(const cse_origin_class *class, corsac_str text, const uint8_t *bytes,
                     size_t size);

#endif
