// SPDX-License-Identifier: Apache-2.0
// Finds the origin and program sections of an image and checks that their records have the size
// this version knows. Nothing inside a record is looked at here.
#include "engine/match/origin.h"

typedef struct finder {
    const uint8_t *image;
    const cse_section *table;
    uint32_t count;
    bool fits;
} finder;

/* Start of a section and its number of records; some address, and the count left as it is, if absent. */
static const void *find(finder *in, cse_section_kind kind, size_t record_bytes, uint32_t *count)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const cse_section *section = &in->table[i];
        if (section->kind != (uint32_t)kind)
            continue;
        if (section->record_bytes != record_bytes || section->size_bytes % record_bytes != 0 ||
            section->size_bytes > UINT32_MAX || section->offset % CSE_SECTION_ALIGNMENT != 0)
            break;
        *count = (uint32_t)(section->size_bytes / record_bytes);
        return in->image + section->offset;
    }
    for (uint32_t i = 0; i < in->count; i++)
        in->fits = in->fits && in->table[i].kind != (uint32_t)kind;
    return in->image;
}

static void find_origins(finder *in, cse_origin_sections *out)
{
    out->sets = find(in, CSE_SECTION_ORIGIN_SETS, sizeof(cse_origin_set), &out->set_count);
    out->keys = find(in, CSE_SECTION_ORIGIN_KEYS, 1, &out->keys_size);
    out->rows = find(in, CSE_SECTION_ORIGIN_ROWS, sizeof(cse_origin_row), &out->row_count);
    out->buckets =
        find(in, CSE_SECTION_ORIGIN_BUCKETS, sizeof(cse_origin_bucket), &out->bucket_count);
    out->tries = find(in, CSE_SECTION_PREFIX_TRIES, 1, &out->tries_size);
    out->spans = find(in, CSE_SECTION_ORIGIN_SPANS, sizeof(cse_origin_span), &out->span_count);
    out->pieces = find(in, CSE_SECTION_ORIGIN_PIECES, sizeof(cse_origin_piece), &out->piece_count);
    out->classes =
        find(in, CSE_SECTION_ORIGIN_CLASSES, sizeof(cse_origin_class), &out->class_count);
    out->indexes = find(in, CSE_SECTION_ORIGIN_INDEX, sizeof(cse_origin_index), &out->index_count);
    out->matchers =
        find(in, CSE_SECTION_ORIGIN_MATCHERS, sizeof(cse_origin_matcher), &out->matcher_count);
    out->lists = find(in, CSE_SECTION_ORIGIN_PROGRAMS, sizeof(uint32_t), &out->list_count);
}

static void find_regexes(finder *in, cse_origin_sections *out)
{
    out->programs =
        find(in, CSE_SECTION_PROGRAM_TABLE, sizeof(cse_program_ref), &out->program_count);
    out->program_bytes = find(in, CSE_SECTION_PROGRAMS, 1, &out->program_bytes_size);
    out->databases =
        find(in, CSE_SECTION_DATABASE_TABLE, sizeof(cse_origin_database), &out->database_count);
    out->database_bytes = find(in, CSE_SECTION_DATABASES, 1, &out->database_bytes_size);
    out->patterns = find(in, CSE_SECTION_PATTERNS, 1, &out->patterns_size);
    out->strings = find(in, CSE_SECTION_STRINGS, 1, &out->strings_size);
}

bool cse_origin_sections_resolve(cse_origin_sections *out, const void *image,
                                 const cse_section *table, uint32_t section_count,
                                 uint64_t hash_seed)
{
    *out = (cse_origin_sections){.hash_seed = hash_seed};
    finder in = {image, table, section_count, true};
    find_origins(&in, out);
    find_regexes(&in, out);
    return in.fits;
}
