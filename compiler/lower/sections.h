// SPDX-License-Identifier: Apache-2.0
// Growing sections and the string pool: what lower fills and emit writes out.
#ifndef CORSAC_COMPILER_LOWER_SECTIONS_H
#define CORSAC_COMPILER_LOWER_SECTIONS_H

#include "compiler/support/arena.h"
#include "engine/image/format.h"

#include <string.h>

typedef struct csc_section {
    uint8_t *bytes;
    size_t size_bytes, capacity_bytes;
    uint32_t record_bytes; /* 0: section not used */
} csc_section;

typedef struct csc_string_pool csc_string_pool;

/* A text of the pool. */
typedef struct csc_pool_text {
    const char *kept;      /* its bytes, where the pool keeps them from one round to the next */
    uint32_t offset, size; /* in STRINGS ... */
    uint32_t round;        /* ... of this round */
} csc_pool_text;

typedef struct csc_sections {
    csc_section slots[CSE_SECTION_SLOTS]; /* indexed by cse_section_kind; heap memory, see free */
    csc_string_pool *pool;
    csc_pool_text *texts; /* the pool's, by number */
    uint32_t round;
    uint64_t hash_seed, origin_seed;
    bool failed;        /* an allocation failed or a section passed 4 GiB */
    bool out_of_memory; /* failed, and for the former reason */
} csc_sections;

corsac_status csc_sections_init(csc_sections *sections);
/** As freshly initialised, but for memory that is kept to be filled again. */
void csc_sections_reset(csc_sections *sections);
/** From now on a reset leaves texts their numbers (csc_sections_intern()). Before the first text.
 * @param arena  of their bytes; after a reset of it csc_sections_forget() is due. */
void csc_sections_keep(csc_sections *sections, csc_arena *arena);
/** Takes all numbers back. Between rounds. */
void csc_sections_forget(csc_sections *sections);
void csc_sections_free(csc_sections *sections);
/** CORSAC_E_MEMORY, CORSAC_E_LIMIT (a section beyond 4 GiB), or CORSAC_OK while nothing failed. */
corsac_status csc_sections_status(const csc_sections *sections);
/** Notes that memory ran short; all later appends fail. */
void csc_sections_starve(csc_sections *sections);
/** Declares a section and its record size; idempotent. */
void csc_sections_declare(csc_sections *sections, cse_section_kind kind, uint32_t record_bytes);
/** csc_sections_append() where there is no room, or after a failure. */
uint32_t csc_sections_append_grown(csc_sections *sections, cse_section_kind kind, const void *bytes,
                                   size_t size_bytes);
/** Appends bytes; returns their offset in the section, or CSE_NONE on failure. */
static inline uint32_t csc_sections_append(csc_sections *sections, cse_section_kind kind,
                                           const void *bytes, size_t size_bytes)
{
    csc_section *section = &sections->slots[kind];
    const size_t offset = section->size_bytes;
    if (sections->failed || size_bytes == 0 || offset + size_bytes > section->capacity_bytes)
        return csc_sections_append_grown(sections, kind, bytes, size_bytes);
    memcpy(section->bytes + offset, bytes, size_bytes);
    section->size_bytes = offset + size_bytes;
    return (uint32_t)offset;
}
/** Records of a declared section so far: the index of the next one. */
static inline uint32_t csc_sections_count(const csc_sections *sections, cse_section_kind kind)
{
    const csc_section *section = &sections->slots[kind];
    return (uint32_t)(section->size_bytes / section->record_bytes);
}

/** Pads the section with zero bytes to a multiple of alignment. */
void csc_sections_align(csc_sections *sections, cse_section_kind kind, size_t alignment);
/** Interns texts one behind the other in STRINGS, where equal ones are stored once. @return the number of the
 * whole; CSE_NONE of an empty one, and on failure. */
uint32_t csc_sections_intern(csc_sections *sections, const corsac_str *texts, size_t count);
/** The number of a text that is stored. */
uint32_t csc_sections_number(const csc_sections *sections, corsac_str text);
/** Stores a text that is not yet in STRINGS. */
cse_text csc_sections_place_now(csc_sections *sections, uint32_t number);
/** Where STRINGS has the text of a number; it is stored now if no one has asked for it since the last reset. */
static inline cse_text csc_sections_place(csc_sections *sections, uint32_t number)
{
    if (number == CSE_NONE)
        return (cse_text){0, 0};
    const csc_pool_text *text = &sections->texts[number];
    return text->round == sections->round ? (cse_text){text->offset, text->size}
                                          : csc_sections_place_now(sections, number);
}
/** Interns a string in STRINGS: equal texts are stored once. Empty or absent: {0, 0}. */
cse_text csc_sections_string(csc_sections *sections, corsac_str text);
/** The same for texts one behind the other. */
cse_text csc_sections_joined(csc_sections *sections, const corsac_str *texts, size_t count);

#endif
