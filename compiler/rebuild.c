// SPDX-License-Identifier: Apache-2.0
// corsac_rebuild_databases: the same image with databases of this library. Everything else is taken
// over byte by byte; a database is made from the canonical patterns that the image keeps for it, and
// replayed like any other (docs/matching.md).
#include "compiler/emit/emit.h"
#include "compiler/lower/sections.h"
#include "compiler/regex/hyperscan.h"
#include "corsac/engine.h"
#include "engine/image/origin_format.h"

#include <stdlib.h>
#include <string.h>

/* What csc_hyperscan_pattern() puts around a regex. */
static const char PATTERN_HEAD[] = "\\A(?:", PATTERN_TAIL[] = ")\\z";

typedef struct rebuild {
    corsac_str image;
    csc_arena *arena;
    csc_sections sections;
    corsac_str table, patterns, databases; /* sections of the old image; the last is not read */
} rebuild;

/* One record with the texts beside it. */
typedef struct subject {
    cse_origin_database record;
    corsac_str *texts; /* patterns, hits, misses */
    csc_regex **regexes;
    csc_regex_automaton *judge; /* of all patterns */
} subject;

/* ---- reading ------------------------------------------------------------------------------ */

/* Cuts the texts of a record; false at malformed ones. */
static bool cut_texts(const rebuild *r, subject *s)
{
    const cse_origin_database *d = &s->record;
    size_t count = (size_t)d->pattern_count + d->hit_count + d->miss_count, at = d->patterns;
    if (d->pattern_count > d->pattern_bytes / 4 || d->patterns > r->patterns.size)
        return false;
    s->texts = csc_arena_alloc(r->arena, count + 1, sizeof(*s->texts));
    for (size_t i = 0; s->texts && i < count; i++) {
        uint32_t size;
        if (r->patterns.size - at < sizeof(size))
            return false;
        memcpy(&size, r->patterns.data + at, sizeof(size));
        at += sizeof(size);
        if (r->patterns.size - at < size)
            return false;
        s->texts[i] = csc_str_slice(r->patterns, at, size);
        at += size;
    }
    return s->texts != NULL;
}

static corsac_status parse_one(const rebuild *r, corsac_str pattern, csc_regex **out)
{
    const csc_regex_limits limits = {.pattern_bytes = UINT32_MAX};
    const size_t head = sizeof(PATTERN_HEAD) - 1, tail = sizeof(PATTERN_TAIL) - 1;
    csc_regex_error error;
    if (pattern.size < head + tail || !csc_str_starts(pattern, csc_str_from(PATTERN_HEAD)) ||
        !csc_str_ends(pattern, csc_str_from(PATTERN_TAIL)))
        return CORSAC_E_SOURCE;
    return csc_regex_parse(r->arena, csc_str_slice(pattern, head, pattern.size - head - tail),
                           &limits, out, &error);
}

static corsac_status parse(const rebuild *r, subject *s)
{
    uint32_t count = s->record.pattern_count;
    s->regexes = csc_arena_alloc(r->arena, count + 1, sizeof(csc_regex *));
    const csc_regex_node **roots = csc_arena_alloc(r->arena, count + 1, sizeof(*roots));
    if (!s->regexes || !roots)
        return CORSAC_E_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        corsac_status status = parse_one(r, s->texts[i], &s->regexes[i]);
        if (status != CORSAC_OK)
            return status;
        roots[i] = s->regexes[i]->root;
    }
    return csc_regex_automaton_build(roots, count, NULL, &s->judge);
}

/* Whether the patterns give the answers that the image's maker wrote beside its database. */
static bool answers_agree(const subject *s)
{
    const corsac_str *text = s->texts + s->record.pattern_count;
    for (uint32_t i = 0; i < s->record.hit_count; i++)
        if (!csc_regex_automaton_match(s->judge, *text++))
            return false;
    for (uint32_t i = 0; i < s->record.miss_count; i++)
        if (csc_regex_automaton_match(s->judge, *text++))
            return false;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void append_texts(rebuild *r, const corsac_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t size = (uint32_t)texts[i].size;
        csc_sections_append(&r->sections, CSE_SECTION_PATTERNS, &size, sizeof(size));
        csc_sections_append(&r->sections, CSE_SECTION_PATTERNS, texts[i].data, size);
    }
}

/* @param database  NULL: none could be made. Then the record has texts, for another library to try, but no
 * bytes and no version: those that were there are not of this process, and whoever vouches for the result
 * would load them. */
static void append(rebuild *r, const subject *s, const csc_database *database)
{
    static const csc_database none;
    const csc_database *made = database ? database : &none;
    csc_sections *sections = &r->sections;
    cse_origin_database record = s->record;
    size_t old_count = (size_t)record.hit_count + record.miss_count;
    record.patterns = (uint32_t)sections->slots[CSE_SECTION_PATTERNS].size_bytes;
    append_texts(r, s->texts, record.pattern_count + (database ? 0 : old_count));
    memset(record.version, 0, sizeof(record.version));
    if (database) {
        record.hit_count = (uint8_t)made->hit_count;
        record.miss_count = (uint8_t)made->miss_count;
        record.head_bytes = (uint8_t)made->head.size;
        record.tail_bytes = (uint8_t)made->tail.size;
        append_texts(r, made->hits, made->hit_count);
        append_texts(r, made->misses, made->miss_count);
        strncpy((char *)record.version, csc_hyperscan_version(), sizeof(record.version) - 1);
    }
    record.pattern_bytes =
        (uint32_t)sections->slots[CSE_SECTION_PATTERNS].size_bytes - record.patterns;
    record.size_bytes = made->size_bytes;
    record.offset =
        csc_sections_append(sections, CSE_SECTION_DATABASES, made->stored.data, made->stored.size);
    record.stored_bytes = (uint32_t)made->stored.size;
    csc_sections_append(sections, CSE_SECTION_DATABASE_TABLE, &record, sizeof(record));
}

/* What is not scanned must be compared: by the gate, which stays as it was. */
static bool gate_has_ends(const rebuild *r, const cse_origin_database *d,
                          const csc_database *database)
{
    const char *texts = (const char *)r->sections.slots[CSE_SECTION_ORIGIN_KEYS].bytes + d->texts;
    return csc_str_starts((corsac_str){texts, d->prefix_bytes}, database->head) &&
           csc_str_ends((corsac_str){texts + d->prefix_bytes, d->suffix_bytes}, database->tail);
}

static corsac_status make_database(const rebuild *r, subject *s, csc_database *database)
{
    const cse_origin_database *d = &s->record;
    const csc_ends_room most = {d->prefix_bytes, d->suffix_bytes};
    const csc_regex_automaton *judges[1];
    corsac_status status = parse(r, s);
    if (status != CORSAC_OK)
        return status;
    judges[0] = s->judge;
    if (!answers_agree(s))
        return CORSAC_E_SOURCE;
    status = csc_hyperscan_compile(r->arena, (const csc_regex *const *)s->regexes, d->pattern_count,
                                   judges, 1, most, database);
    return status != CORSAC_OK || gate_has_ends(r, d, database) ? status : CORSAC_E_SOURCE;
}

static corsac_status rebuild_one(rebuild *r, size_t index, uint32_t *rebuilt_count)
{
    subject s = {0};
    csc_database database = {0};
    memcpy(&s.record, r->table.data + index * sizeof(s.record), sizeof(s.record));
    if (!cut_texts(r, &s))
        return csc_arena_failed(r->arena) ? CORSAC_E_MEMORY : CORSAC_E_IMAGE_CORRUPT;
    corsac_status status = make_database(r, &s, &database);
    csc_regex_automaton_free(s.judge);
    if (status == CORSAC_E_MEMORY)
        return status;
    bool made = status == CORSAC_OK && database.stored.data;
    append(r, &s, made ? &database : NULL);
    *rebuilt_count += made;
    return csc_sections_status(&r->sections);
}

/* ---- entry -------------------------------------------------------------------------------- */

static corsac_str *replaced(rebuild *r, uint32_t kind)
{
    switch (kind) {
    case CSE_SECTION_DATABASE_TABLE:
        return &r->table;
    case CSE_SECTION_DATABASES:
        return &r->databases;
    case CSE_SECTION_PATTERNS:
        return &r->patterns;
    default:
        return NULL;
    }
}

/* Takes over all sections but the three that are made anew. The image has been verified. */
static corsac_status take_over(rebuild *r, const cse_header *header)
{
    for (uint32_t i = 0; i < header->section_count; i++) {
        cse_section section;
        memcpy(&section, r->image.data + sizeof(*header) + i * sizeof(section), sizeof(section));
        corsac_str bytes =
            csc_str_slice(r->image, (size_t)section.offset, (size_t)section.size_bytes);
        corsac_str *old = replaced(r, section.kind);
        csc_sections_declare(&r->sections, (cse_section_kind)section.kind, section.record_bytes);
        if (old)
            *old = bytes;
        else
            csc_sections_append(&r->sections, (cse_section_kind)section.kind, bytes.data,
                                bytes.size);
    }
    r->sections.hash_seed = header->hash_seed;
    r->sections.origin_seed = header->origin_seed;
    return csc_sections_status(&r->sections);
}

static corsac_status run(rebuild *r, corsac_blob **out, uint32_t *rebuilt_count)
{
    cse_header header;
    memcpy(&header, r->image.data, sizeof(header));
    corsac_compile_options options = {.image_options = header.options,
                                      .max_image_bytes = UINT64_MAX};
    const csc_context context = {.arena = r->arena, .options = &options};
    corsac_status status = take_over(r, &header);
    size_t count = r->table.size / sizeof(cse_origin_database);
    for (size_t i = 0; status == CORSAC_OK && i < count; i++)
        status = rebuild_one(r, i, rebuilt_count);
    return status == CORSAC_OK ? csc_emit(&context, &r->sections, out) : status;
}

corsac_status corsac_rebuild_databases(corsac_blob **out, corsac_str image, uint32_t *rebuilt_count)
{
    rebuild r = {.image = image};
    uint32_t rebuilt = 0;
    corsac_image *opened = NULL;
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    corsac_status status = corsac_image_open(&opened, image.data, image.size, NULL, NULL);
    corsac_image_free(opened);
    if (status != CORSAC_OK)
        return status;
    r.arena = csc_arena_new();
    status = r.arena ? csc_sections_init(&r.sections) : CORSAC_E_MEMORY;
    if (status == CORSAC_OK)
        status = run(&r, out, &rebuilt);
    csc_sections_free(&r.sections);
    csc_arena_free(r.arena);
    if (rebuilt_count)
        *rebuilt_count = rebuilt;
    return status;
}
