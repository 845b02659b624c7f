// SPDX-License-Identifier: Apache-2.0
#include "corrupt/checksums.h"

#include "engine/image/format.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void corrupt_fix_checksums(uint8_t *bytes, size_t size_bytes)
{
    cse_header *header = (cse_header *)bytes;
    cse_section *table = (cse_section *)(header + 1);
    if (size_bytes < sizeof *header)
        return;
    size_t room = (size_bytes - sizeof *header) / sizeof *table;
    size_t count = header->section_count < room ? header->section_count : room;
    XXH3_state_t *all = XXH3_createState();
    XXH3_64bits_reset_withSeed(all, header->options);
    for (size_t i = 0; i < count; i++) {
        cse_section *section = &table[i];
        if (section->offset <= size_bytes && section->size_bytes <= size_bytes - section->offset)
            section->checksum = XXH3_64bits(bytes + section->offset, section->size_bytes);
        XXH3_64bits_update(all, &section->checksum, sizeof section->checksum);
    }
    header->revision = XXH3_64bits_digest(all);
    XXH3_freeState(all);
    header->head_checksum = 0;
    header->head_checksum = XXH3_64bits(bytes, sizeof *header + count * sizeof *table);
}

void corrupt_fix_head_checksum(uint8_t *bytes)
{
    cse_header *header = (cse_header *)bytes;
    header->head_checksum = 0;
    header->head_checksum =
        XXH3_64bits(bytes, sizeof *header + header->section_count * sizeof(cse_section));
}

void corrupt_fix_header(uint8_t *bytes, size_t size_bytes)
{
    cse_header *header = (cse_header *)bytes;
    if (size_bytes < sizeof *header)
        return;
    memcpy(header->magic, CSE_MAGIC, sizeof header->magic);
    header->format_version = CSE_FORMAT_VERSION;
    header->header_bytes = sizeof *header;
    header->total_bytes = size_bytes;
    size_t room = (size_bytes - sizeof *header) / sizeof(cse_section);
    if (header->section_count > room)
        header->section_count = (uint32_t)room;
    corrupt_fix_checksums(bytes, size_bytes);
}
