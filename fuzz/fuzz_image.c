// SPDX-License-Identifier: Apache-2.0
// Boundary: an image file from disk or network.
// Property: open refuses, or any request on the image is safe and has one outcome. The checksums are made
// right first, so that the structural checks behind them are what is tested. Input: 64 KiB of image at most,
// then the request fields.
#include "corrupt/checksums.h"
#include "fuzz/fuzz_support.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *fields = data;
    size_t field_bytes = size < 512 ? size : 512; /* the same bytes also serve as request fields */
    uint8_t *bytes = aligned_alloc(64, (size + 63) / 64 * 64 + 64);
    fuzz_require(bytes != NULL, "memory");
    if (size)
        memcpy(bytes, data, size);
    corrupt_fix_header(bytes, size);
    corsac_image *image = NULL;
    if (corsac_image_open(&image, bytes, size, NULL, NULL) == CORSAC_OK) {
        corsac_reader *reader = NULL;
        corsac_engine *engine = fuzz_engine(image, &reader);
        for (int i = 0; i < 4; i++)
            fuzz_evaluate(reader, &fields, &field_bytes);
        corsac_reader_free(reader);
        corsac_engine_free(engine);
    }
    free(bytes);
    return 0;
}
