// SPDX-License-Identifier: Apache-2.0
// Boundary: an image file from disk or network.
// Property: open refuses, or any request on the image is safe and has one outcome, by every entry, with a shadow and
// counters, and whatever else can be asked of the image is safe. The checksums are made
// right first, so that the structural checks behind them are what is tested. Input: 64 KiB of image at most,
// then the request fields.
#include "corrupt/checksums.h"
#include "corrupt/exercise.h"
#include "fuzz/fuzz_support.h"

#include <stdlib.h>
#include <string.h>

/* Fields of the input and, every other time, texts of 8 to 60 KB that repeat them. */
static corsac_str stretch(corsac_str field, char *room, size_t room_bytes, size_t wanted)
{
    size_t at = 0;
    wanted = wanted < room_bytes ? wanted : room_bytes;
    while (field.size > 0 && at < wanted) {
        size_t part = field.size < wanted - at ? field.size : wanted - at;
        memcpy(room + at, field.data, part);
        at += part;
    }
    return (corsac_str){room, at};
}

static void exercise(corsac_image *image, const uint8_t *bytes, size_t size, const uint8_t *fields,
                     size_t field_bytes)
{
    static char rooms[3][60 * 1024];
    corsac_image_info info;
    corsac_endpoint endpoint = {0};
    corsac_image *shadow = NULL;
    corsac_request requests[2];
    corsac_image_describe(image, &info);
    if (info.endpoint_count)
        corsac_image_endpoint(image, 0, &endpoint);
    size_t wanted = 8192 + 256 * (size_t)(field_bytes ? fields[field_bytes - 1] : 0);
    for (int i = 0; i < 2; i++) {
        corsac_str texts[3];
        for (int k = 0; k < 3; k++) {
            corsac_str field = fuzz_take(&fields, &field_bytes);
            texts[k] = i ? stretch(field, rooms[k], sizeof rooms[k], wanted) : field;
        }
        requests[i] = (corsac_request){.struct_size = sizeof requests[i],
                                       .gateway = endpoint.gateway,
                                       .port = endpoint.port,
                                       .method = {"OPTIONS", 7},
                                       .authority = texts[0],
                                       .path = texts[1],
                                       .origin = texts[2],
                                       .request_method = {"PUT", 3}};
    }
    (void)corsac_image_open(&shadow, bytes, size, NULL, NULL);
    corrupt_exercise(image, shadow, requests, 2);
}

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
        fuzz_require(corsac_image_open(&image, bytes, size, NULL, NULL) == CORSAC_OK,
                     "what opened once opens again");
        exercise(image, bytes, size, data, size < 512 ? size : 512);
    }
    free(bytes);
    return 0;
}
