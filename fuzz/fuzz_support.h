// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: an assertion that survives NDEBUG, and requests read from bytes.
#ifndef CORSAC_FUZZ_SUPPORT_H
#define CORSAC_FUZZ_SUPPORT_H

#include "corsac/compile.h"
#include "corsac/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process with the property's text when it does not hold. */
void fuzz_require(int holds, const char *property);

/** Cuts the next field out of the input: one length byte, then that many bytes or what is left. */
corsac_str fuzz_take(const uint8_t **data, size_t *size);

/**
 * Evaluates one request made of fields taken from the input and requires a total, well-formed answer:
 * exactly one outcome, no views outside image and request, at most CORSAC_MAX_SET_HEADERS headers.
 */
void fuzz_evaluate(corsac_reader *reader, const uint8_t **data, size_t *size);

/** Opens an engine on one image; the image is owned by the engine afterwards. */
corsac_engine *fuzz_engine(corsac_image *image, corsac_reader **reader);

#endif
