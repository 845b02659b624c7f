// SPDX-License-Identifier: Apache-2.0
// Regexes of a set that stay regexes become records: the list of their programs, and a database.
#include "compiler/lower/regex_parts.h"
#include "engine/image/regex_format.h"

#include <stdlib.h>
#include <string.h>

/* The cost model; docs/matching.md says how these were measured. */
enum {
    WHOLE_UNION_FROM = 9, /* the same for what only origins with odd bytes ask: keep images small */
    UNION_FROM = 3        /* fewer: asking their programs in turn costs less than a union takes */
};

static int compare_indexes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Writes the list of program indices, ascending; one is written in place of the list. Which regex is asked
 * first does not matter any more: nothing else reads the indices after this. */
static corsac_status write_list(csc_sections *sections, uint32_t *indexes, size_t given,
                                uint32_t *first, uint16_t *count)
{
    size_t kept = 0;
    qsort(indexes, given, sizeof(*indexes), compare_indexes);
    for (size_t i = 0; i < given; i++) /* a regex may be written twice */
        if (i == 0 || indexes[i] != indexes[kept - 1])
            indexes[kept++] = indexes[i];
    if (kept > UINT16_MAX)
        return CORSAC_E_LIMIT;
    *count = (uint16_t)kept;
    *first = kept == 1 ? indexes[0] : CSE_NONE;
    if (kept > 1)
        *first = csc_sections_append(sections, CSE_SECTION_ORIGIN_PROGRAMS, indexes,
                                     kept * sizeof(*indexes)) /
                 (uint32_t)sizeof(*indexes);
    return CORSAC_OK;
}

/* ---- databases --------------------------------------------------------------------------- */

static void append_texts(csc_sections *sections, const corsac_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t size = (uint32_t)texts[i].size;
        csc_sections_append(sections, CSE_SECTION_PATTERNS, &size, sizeof(size));
        csc_sections_append(sections, CSE_SECTION_PATTERNS, texts[i].data, size);
    }
}

/* What all matches share, compared before the scan: what is not scanned, and what one program knows of more, its
 * trim. */
static void write_gate(csc_sections *sections, const csc_database *database,
                       const uint32_t *indexes, size_t count, cse_origin_database *record)
{
    const cse_program_ref *refs = (const void *)sections->slots[CSE_SECTION_PROGRAM_TABLE].bytes;
    corsac_str prefix = database->head, suffix = database->tail;
    cse_program program = {.max_bytes = UINT32_MAX};
    if (count == 1) {
        const uint8_t *bytes =
            sections->slots[CSE_SECTION_PROGRAMS].bytes + refs[indexes[0]].offset;
        memcpy(&program, bytes, sizeof(program));
        const char *literals = (const char *)bytes + program.literal_offset;
        if (program.prefix_bytes > prefix.size)
            prefix = (corsac_str){literals, program.prefix_bytes};
        if (program.suffix_bytes > suffix.size)
            suffix = (corsac_str){literals + program.prefix_bytes, program.suffix_bytes};
    }
    const uint32_t not_scanned = (uint32_t)(database->head.size + database->tail.size);
    record->min_bytes = program.min_bytes > not_scanned ? program.min_bytes : not_scanned;
    record->max_bytes = program.max_bytes;
    if (prefix.size + suffix.size > record->min_bytes) { /* they overlap in the shortest match */
        prefix = database->head;
        suffix = database->tail;
    }
    record->prefix_bytes = (uint16_t)prefix.size;
    record->suffix_bytes = (uint16_t)suffix.size;
    record->texts =
        csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, prefix.data, prefix.size);
    csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, suffix.data, suffix.size);
}

static void append_database(csc_sections *sections, const csc_database *database,
                            const uint32_t *indexes, size_t count, uint32_t *index)
{
    const csc_section *patterns = &sections->slots[CSE_SECTION_PATTERNS];
    cse_origin_database record = {.size_bytes = database->size_bytes,
                                  .patterns = (uint32_t)patterns->size_bytes,
                                  .pattern_count = (uint32_t)database->pattern_count,
                                  .hit_count = (uint8_t)database->hit_count,
                                  .miss_count = (uint8_t)database->miss_count,
                                  .head_bytes = (uint8_t)database->head.size,
                                  .tail_bytes = (uint8_t)database->tail.size};
    write_gate(sections, database, indexes, count, &record);
    append_texts(sections, database->patterns, database->pattern_count);
    append_texts(sections, database->hits, database->hit_count);
    append_texts(sections, database->misses, database->miss_count);
    record.pattern_bytes = (uint32_t)patterns->size_bytes - record.patterns;
    strncpy((char *)record.version, csc_hyperscan_version(), sizeof(record.version) - 1);
    record.offset = csc_sections_append(sections, CSE_SECTION_DATABASES, database->stored.data,
                                        database->stored.size);
    record.stored_bytes = (uint32_t)database->stored.size;
    *index = csc_sections_append(sections, CSE_SECTION_DATABASE_TABLE, &record, sizeof(record)) /
             (uint32_t)sizeof(record);
}

/* ---- entry ------------------------------------------------------------------------------- */

/* Programs that several regexes share join the image here. */
static corsac_status write_parts(csc_origins *origins, const csc_regex_parts *parts,
                                 const csc_program *const *programs, uint32_t *indexes)
{
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < parts->count && status == CORSAC_OK; i++) {
        const csc_regex_part *part = &parts->items[i];
        status = part->bytes.data
                     ? csc_programs_append(origins->programs, part->bytes, (corsac_str){NULL, 0},
                                           &indexes[i])
                     : csc_programs_use(origins->programs, programs[part->first], &indexes[i]);
    }
    return status;
}

static corsac_status write_programs(csc_origins *origins, const csc_program *const *programs,
                                    size_t count, const csc_regex_parts_options *options,
                                    uint32_t *first, uint16_t *out_count, uint32_t *database)
{
    const csc_regex_parts *parts;
    if (count == 0)
        return CORSAC_OK;
    corsac_status status = csc_regex_parts_get(
        origins->scratch, csc_programs_store(origins->programs), programs, count, options, &parts);
    if (status != CORSAC_OK)
        return status;
    uint32_t *indexes = csc_arena_alloc(origins->scratch, parts->count, sizeof(*indexes));
    if (!indexes)
        return CORSAC_E_MEMORY;
    status = write_parts(origins, parts, programs, indexes);
    size_t kept = parts->count;
    if (status == CORSAC_OK)
        status = write_list(origins->sections, indexes, kept, first, out_count);
    if (status == CORSAC_OK && parts->database.stored.data)
        append_database(origins->sections, &parts->database, indexes, kept, database);
    return status;
}

static bool is_rest(const csc_planned_regex *regex)
{
    return regex->served & CSE_SERVED_REST;
}

/* Whether an origin that is not plain may be asked of it. */
static bool is_whole(const csc_planned_regex *regex)
{
    return is_rest(regex) || (regex->served & (CSE_SERVED_KEYS | CSE_SERVED_SPANS) &&
                              !regex->program->lowered->exact);
}

static size_t select_regexes(const csc_origin_plan *plan, bool (*is_one)(const csc_planned_regex *),
                             const csc_program **out)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->regex_count; i++)
        if (is_one(&plan->regexes[i]))
            out[count++] = plan->regexes[i].program;
    return count;
}

/* What plain origins ask: the regexes that neither keys nor spans cover. */
static corsac_status write_rest(csc_origins *origins, const csc_program **programs,
                                const csc_origin_plan *plan, cse_origin_set *record)
{
    const csc_regex_parts_options options = {origins->options.engine, UNION_FROM, true};
    size_t count = select_regexes(plan, is_rest, programs);
    return write_programs(origins, programs, count, &options, &record->rest, &record->rest_count,
                          &record->database);
}

/* What all other origins ask: the same again, and of the lowered regexes those that accept more than plain
 * origins. */
static corsac_status write_whole(csc_origins *origins, const csc_program **programs,
                                 const csc_origin_plan *plan, cse_origin_set *record)
{
    const csc_regex_parts_options options = {origins->options.engine, WHOLE_UNION_FROM, false};
    size_t rest = select_regexes(plan, is_rest, programs);
    size_t count = select_regexes(plan, is_whole, programs);
    if (count == rest) {
        record->whole = record->rest;
        record->whole_count = record->rest_count;
        return CORSAC_OK;
    }
    uint32_t none;
    return write_programs(origins, programs, count, &options, &record->whole, &record->whole_count,
                          &none);
}

corsac_status csc_regexes_write(csc_origins *origins, const csc_origin_plan *plan,
                                cse_origin_set *record)
{
    const csc_program **programs =
        csc_arena_alloc(origins->scratch, plan->regex_count + 1, sizeof(*programs));
    if (!programs)
        return CORSAC_E_MEMORY;
    corsac_status status = write_rest(origins, programs, plan, record);
    return status == CORSAC_OK ? write_whole(origins, programs, plan, record) : status;
}
