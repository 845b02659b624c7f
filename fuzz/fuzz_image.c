// SPDX-License-Identifier: Apache-2.0
// Boundary: an image file from disk or network.
// Property: open refuses, or any request on the image is safe and has one outcome. The checksums are made
// right first, so that the structural checks behind them are what is tested. Input: 64 KiB of image at most,
// then the request fields.
#include "engine/image/format.h"
#include "fuzz/fuzz_support.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static void fix_checksums(uint8_t *bytes, size_t size)
{
    cse_header *header = (cse_header *)bytes;
    if (size < sizeof *header)
        return;
    memcpy(header->magic, CSE_MAGIC, sizeof header->magic);
    header->format_version = CSE_FORMAT_VERSION;
    header->header_bytes = sizeof *header;
    header->total_bytes = size;
    size_t room = (size - sizeof *header) / sizeof(cse_section);
    if (header->section_count > room)
        header->section_count = (uint32_t)room;
    cse_section *table = (cse_section *)(bytes + sizeof *header);
    XXH3_state_t *all = XXH3_createState();
    XXH3_64bits_reset(all);
    for (uint32_t i = 0; i < header->section_count; i++) {
        cse_section *section = &table[i];
        if (section->offset <= size && section->size_bytes <= size - section->offset)
            section->checksum = XXH3_64bits(bytes + section->offset, section->size_bytes);
        XXH3_64bits_update(all, &section->checksum, sizeof section->checksum);
    }
    header->revision = XXH3_64bits_digest(all);
    XXH3_freeState(all);
    header->head_checksum = 0;
    header->head_checksum =
        XXH3_64bits(bytes, sizeof *header + header->section_count * sizeof(cse_section));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *fields = data;
    size_t field_bytes = size < 512 ? size : 512; /* the same bytes also serve as request fields */
    uint8_t *bytes = aligned_alloc(64, (size + 63) / 64 * 64 + 64);
    fuzz_require(bytes != NULL, "memory");
    if (size)
        memcpy(bytes, data, size);
    fix_checksums(bytes, size);
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
