// SPDX-License-Identifier: Apache-2.0
// Header, section table, sections: each section on a cache line of its own, zeros between them.
#include "compiler/emit/emit.h"
#include "engine/image/checksum.h"
#include "engine/image/image.h"

#include <stdlib.h>
#include <string.h>

static uint64_t align(uint64_t offset)
{
    return (offset + CSE_SECTION_ALIGNMENT - 1) & ~(uint64_t)(CSE_SECTION_ALIGNMENT - 1);
}

static uint32_t count_sections(const csc_sections *sections)
{
    uint32_t count = 0;
    for (size_t kind = 0; kind < CSE_SECTION_SLOTS; kind++)
        count += sections->slots[kind].size_bytes > 0;
    return count;
}

/* Places of all sections; returns the total size. */
static uint64_t lay_out(const csc_sections *sections, cse_section *table, uint32_t count)
{
    uint64_t offset = align(sizeof(cse_header) + count * sizeof(cse_section));
    for (uint32_t kind = 0; kind < CSE_SECTION_SLOTS; kind++) {
        const csc_section *from = &sections->slots[kind];
        if (from->size_bytes == 0)
            continue;
        *table++ = (cse_section){.kind = kind,
                                 .record_bytes = from->record_bytes ? from->record_bytes : 1,
                                 .offset = offset,
                                 .size_bytes = from->size_bytes};
        offset = align(offset + from->size_bytes);
    }
    return offset;
}

/* Copies bytes; returns their checksum: of the copy, each block of it while it is in the near cache. */
static uint64_t copy_hashed(uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    enum { BLOCK_BYTES = 1 << 16 }; /* as in engine/image/verify.c */
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (size_t at = 0, size; at < size_bytes; at += size) {
        size = size_bytes - at < BLOCK_BYTES ? size_bytes - at : BLOCK_BYTES;
        memcpy(to + at, from + at, size);
        cse_checksum_add(&state, to + at, size);
    }
    return XXH3_64bits_digest(&state);
}

static uint64_t revision_of(const cse_section *table, uint32_t count, uint32_t options)
{
    uint64_t checksums[CSE_SECTION_SLOTS];
    for (uint32_t i = 0; i < count; i++)
        checksums[i] = table[i].checksum;
    return XXH3_64bits_withSeed(checksums, count * sizeof(*checksums), options);
}

/* The sections, then what says so of them. */
static void write_image(uint8_t *bytes, const csc_sections *sections, cse_header *header,
                        cse_section *table)
{
    const size_t table_bytes = header->section_count * sizeof(*table);
    uint64_t end = sizeof(*header) + table_bytes;
    for (uint32_t i = 0; i < header->section_count; i++) {
        memset(bytes + end, 0, table[i].offset - end);
        table[i].checksum = copy_hashed(bytes + table[i].offset,
                                        sections->slots[table[i].kind].bytes, table[i].size_bytes);
        end = table[i].offset + table[i].size_bytes;
    }
    memset(bytes + end, 0, header->total_bytes - end);
    header->revision = revision_of(table, header->section_count, header->options);
    memcpy(bytes, header, sizeof(*header));
    memcpy(bytes + sizeof(*header), table, table_bytes);
    uint64_t checksum = XXH3_64bits(bytes, sizeof(*header) + table_bytes);
    memcpy(bytes + offsetof(cse_header, head_checksum), &checksum, sizeof(checksum));
}

/* The engine's verification is the last word on what may leave the compiler. The bytes are looked at where they
 * lie: nobody else has them yet. */
static corsac_status check(const corsac_blob *blob)
{
    corsac_image image = {.bytes = blob->bytes, .size_bytes = blob->size_bytes};
    corsac_status status = cse_image_verify(&image, &cse_image_just_hashed, NULL);
    return status == CORSAC_OK || status == CORSAC_E_MEMORY ? status : CORSAC_E_INTERNAL;
}

corsac_status csc_emit(const csc_context *context, const csc_sections *sections, corsac_blob **out)
{
    cse_section table[CSE_SECTION_SLOTS];
    cse_header header = {.magic = {'C', 'O', 'R', 'S', 'A', 'C', 'I', 'M'},
                         .format_version = CSE_FORMAT_VERSION,
                         .header_bytes = sizeof(header),
                         .hash_seed = sections->hash_seed,
                         .origin_seed = sections->origin_seed,
                         .section_count = count_sections(sections),
                         .options = context->options->image_options};
    *out = NULL;
    header.total_bytes = lay_out(sections, table, header.section_count);
    if (header.total_bytes > context->options->max_image_bytes ||
        header.total_bytes > CORSAC_MAX_IMAGE_BYTES)
        return CORSAC_E_LIMIT;
    corsac_blob *blob = calloc(1, sizeof(*blob));
    if (!blob)
        return CORSAC_E_MEMORY;
    blob->size_bytes = (size_t)header.total_bytes;
    blob->bytes = cse_image_bytes_new(blob->size_bytes);
    corsac_status status = CORSAC_E_MEMORY;
    if (blob->bytes) {
        write_image(blob->bytes, sections, &header, table);
        status = check(blob);
    }
    if (status != CORSAC_OK) {
        corsac_blob_free(blob);
        return status;
    }
    *out = blob;
    return CORSAC_OK;
}
