// SPDX-License-Identifier: Apache-2.0
// Stage emit: sections -> the bytes of an image (engine/image/format.h), checked by the engine's
// own verification before anybody sees them.
#ifndef CORSAC_COMPILER_EMIT_EMIT_H
#define CORSAC_COMPILER_EMIT_EMIT_H

#include "compiler/decode/resource.h"
#include "compiler/lower/sections.h"

struct corsac_blob {
    uint8_t *bytes; /* of the heap */
    size_t size_bytes;
};

/**
 * Lays the sections out in ascending kind. A function of sections and options alone.
 * @param out  free with corsac_blob_free().
 * @return CORSAC_OK; CORSAC_E_LIMIT (max_image_bytes); CORSAC_E_MEMORY; CORSAC_E_INTERNAL when the
 *         engine refuses the result.
 */
corsac_status csc_emit(const csc_context *context, const csc_sections *sections, corsac_blob **out);

/** A blob of text. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_blob_copy(corsac_str text, corsac_blob **out);

#endif
