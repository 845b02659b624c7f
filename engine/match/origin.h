// SPDX-License-Identifier: Apache-2.0
// Asks origin sets: is this Origin allowed, and by which matcher.
//
// Life of the data: cse_origin_sections_resolve() finds the sections in a checked section table,
// cse_origin_verify() checks every record once, after which any request is memory safe and bounded;
// cse_origin_databases_load() turns trusted databases into live ones. Lookups take no lock,
// allocate nothing and write only to the reader's scratch.
#ifndef CORSAC_ENGINE_MATCH_ORIGIN_H
#define CORSAC_ENGINE_MATCH_ORIGIN_H

#include "engine/image/origin_format.h"
#include "engine/image/regex_format.h"
#include <stdbool.h>

/* Serialized databases turned live; opaque outside engine/match. */
typedef struct cse_origin_databases cse_origin_databases;

/* Where the sections lie. Counts are in records, sizes in bytes; absent sections have count 0. */
typedef struct cse_origin_sections {
    uint64_t hash_seed;
    const cse_origin_set *sets;
    const uint8_t *keys;
    const cse_origin_row *rows;
    const cse_origin_bucket *buckets;
    const uint8_t *tries;
    const cse_origin_span *spans;
    const cse_origin_piece *pieces;
    const cse_origin_class *classes;
    const cse_origin_index *indexes;
    const cse_origin_matcher *matchers;
    const uint32_t *lists;
    const cse_program_ref *programs;
    const uint8_t *program_bytes;
    const cse_origin_database *databases;
    const uint8_t *database_bytes;
    const uint8_t *patterns;
    const uint8_t *strings;
    uint32_t set_count, keys_size, row_count, bucket_count, tries_size, span_count, piece_count,
        class_count, index_count, matcher_count, list_count, program_count, program_bytes_size,
        database_count, database_bytes_size, patterns_size, strings_size;
    const cse_origin_databases *live; /* NULL: automata serve everything */
} cse_origin_sections;

/**
 * Finds the origin and program sections. The table's offsets and sizes must already lie inside the
 * image; record sizes and alignment are checked here.
 * @param image  start of the image, 64-byte aligned.
 * @return false when a section's record size does not fit this version.
 */
bool cse_origin_sections_resolve(cse_origin_sections *out, const void *image,
                                 const cse_section *table, uint32_t section_count,
                                 uint64_t hash_seed);

/**
 * Checks every record of the sections, programs included, in time linear in their size.
 * @param steps   room for program_count numbers: receives the most steps per byte of each program.
 * @param reason  receives a static sentence when the answer is false.
 */
bool cse_origin_verify(const cse_origin_sections *sections, uint32_t *steps, const char **reason);

/**
 * Deserializes the databases of a trusted image (CORSAC_IMAGE_TRUSTED). One that this machine or
 * this libhs cannot run is left out, all are if the library fails its self test: automata serve
 * instead.
 * @param out           NULL if the image has no database; free with cse_origin_databases_free().
 * @param loaded_count  how many serve.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status cse_origin_databases_load(cse_origin_databases **out,
                                        const cse_origin_sections *sections,
                                        uint32_t *loaded_count);
void cse_origin_databases_free(cse_origin_databases *databases); /* NULL is fine */

/* One reader's memory for one image: automaton and Hyperscan scratch. */
typedef struct cse_origin_scratch cse_origin_scratch;

/** Scratch that fits every program and database of the image. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status cse_origin_scratch_new(cse_origin_scratch **out, const cse_origin_sections *sections);
void cse_origin_scratch_free(cse_origin_scratch *scratch); /* NULL is fine */
/** Scans that failed and were answered by the automaton. */
uint64_t cse_origin_scratch_fallbacks(const cse_origin_scratch *scratch);
/** Scratch for cse_program_find() on any program of the image. */
void *cse_origin_scratch_program(cse_origin_scratch *scratch);

/** A program by index, below sections->program_count; conditions and paths use it too. */
static inline const cse_program *cse_origin_program(const cse_origin_sections *sections,
                                                    uint32_t index)
{
    return (const cse_program *)(sections->program_bytes + sections->programs[index].offset);
}

/** What kind of bytes a value holds. */
typedef enum cse_origin_bytes {
    CSE_BYTES_PLAIN = 0, /* all in 0x21-0x7e */
    CSE_BYTES_OTHER,     /* also blank, TAB or 0x80-0xff */
    CSE_BYTES_ILLEGAL    /* a control byte that no header value can hold */
} cse_origin_bytes;
cse_origin_bytes cse_origin_classify(corsac_str text);

/** P-7: the set allows every non-empty origin. */
static inline bool cse_origin_is_any(const cse_origin_sections *sections, uint32_t set)
{
    return sections->sets[set].flags & CSE_ORIGIN_ANY;
}

typedef enum cse_origin_answer {
    CSE_ORIGIN_UNMATCHED = 0,
    CSE_ORIGIN_MATCHED,
    CSE_ORIGIN_ILLEGAL /* nothing accepts such an origin */
} cse_origin_answer;

/**
 * Whether some matcher of the set accepts the origin (C-9, P-7, X-7). Unmatched if it is empty.
 * @param set  below sections->set_count.
 */
cse_origin_answer cse_origin_match(const cse_origin_sections *sections, uint32_t set,
                                   corsac_str origin, cse_origin_scratch *scratch);

/** The same for an origin that is none of the set's exact strings. */
cse_origin_answer cse_origin_match_others(const cse_origin_sections *sections, uint32_t set,
                                          corsac_str origin, cse_origin_scratch *scratch);

/** Asks for the memory that cse_origin_match() will read first; the set itself is at hand. */
void cse_origin_prefetch(const cse_origin_sections *sections, uint32_t set, corsac_str origin);

/** Position in the written list of the first matcher that accepts "*" or the origin (C-9), or
 * CSE_NONE. The origin holds no byte that no header can hold. */
uint32_t cse_origin_first(const cse_origin_sections *sections, uint32_t set, corsac_str origin,
                          cse_origin_scratch *scratch);

/** Writes text pieces somewhere. */
typedef void (*cse_origin_write)(void *context, const char *text, size_t size_bytes);
/** Lines of text on which form serves which matcher of the set; each line ends with \n. */
void cse_origin_describe(const cse_origin_sections *sections, uint32_t set, cse_origin_write write,
                         void *context);

#endif
