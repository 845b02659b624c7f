// SPDX-License-Identifier: Apache-2.0
// What one origin set will consist of, before it becomes records; and the writers of its parts.
#ifndef CORSAC_COMPILER_LOWER_ORIGIN_PLAN_H
#define CORSAC_COMPILER_LOWER_ORIGIN_PLAN_H

#include "compiler/lower/origin.h"
#include "engine/image/origin_format.h"

/* A regex of the set and how it is served. */
typedef struct csc_planned_regex {
    csc_program *program;
    uint8_t served; /* CSE_SERVED_ bits */
} csc_planned_regex;

typedef struct csc_origin_plan {
    corsac_str *keys;  /* sorted, distinct, not empty */
    uint32_t *keys_at; /* where csc_keys_write() put them in ORIGIN_KEYS; NULL: nowhere */
    size_t key_count;
    corsac_str *prefixes;  /* sorted, none starts with another */
    uint32_t *prefixes_at; /* the same; NULL also where a trie took them apart */
    size_t prefix_count;
    csc_planned_regex *regexes; /* in the list's order, distinct */
    size_t regex_count;
} csc_origin_plan;

/* A matcher whose set of its own is still to be made. */
typedef struct csc_lone_regex {
    uint32_t matcher; /* index in ORIGIN_MATCHERS */
    csc_kept_set *list;
} csc_lone_regex;

struct csc_kept_set {
    uint32_t round, index;           /* in ORIGIN_SETS of the last image that has it */
    corsac_str content;              /* what makes two lists the same */
    const struct csc_set_copy *copy; /* NULL: the set is made anew in each image */
};

/* A class or some pieces, among what is kept. */
typedef struct csc_kept_part {
    uint32_t round, index;           /* of the first record in the last image that has it */
    uint64_t bits[2];                /* a class */
    const cse_origin_piece *records; /* pieces, their classes by number */
    size_t count;
} csc_kept_part;

typedef struct csc_kept_parts {
    csc_map *numbers; /* content -> index of items */
    csc_kept_part *items;
    size_t count, capacity;
    uint32_t *by_index; /* number of what the image has at an index */
    size_t index_capacity;
} csc_kept_parts;

struct csc_kept_sets {
    csc_map *lists; /* content -> address */
    csc_kept_parts classes, pieces;
};

struct csc_origins {
    csc_arena *arena; /* of the compile */
    csc_arena *
        scratch; /* of the plan at hand: emptied for the next one, and so always in the near caches */
    csc_sections *sections;
    csc_programs *programs;
    csc_origin_options options;
    uint32_t plan_count;
    csc_kept *kept;
    bool loose; /* the set at hand has pieces that are not kept */
    csc_lone_regex *lone;
    size_t lone_count, lone_capacity;
};

/** Makes the matcher at an index of ORIGIN_MATCHERS wait for a set of its own. False when memory is short. */
bool csc_lone_add(csc_origins *origins, uint32_t matcher, csc_kept_set *list);

/** Sorts texts and drops equal ones. Returns how many are left. */
size_t csc_texts_unique(corsac_str *texts, size_t count);
/** Of sorted distinct texts, drops every one that starts with another. Returns how many are left.
 */
size_t csc_texts_shortest(corsac_str *texts, size_t count);

/** Where a text of sorted texts is, in the array that goes with them; CSE_NONE if it is not among them. */
uint32_t csc_texts_find(const corsac_str *texts, const uint32_t *at, size_t count, corsac_str text);

/** Writes exact strings and prefixes into the record. CORSAC_E_LIMIT when no try fits the table. */
corsac_status csc_keys_write(csc_origins *origins, csc_origin_plan *plan, uint32_t set,
                             cse_origin_set *record);

/**
 * Writes the spans of the lowered regexes; a regex whose spans cannot be found at a flat price
 * loses CSE_SERVED_SPANS and gains CSE_SERVED_REST.
 */
corsac_status csc_spans_write(csc_origins *origins, csc_origin_plan *plan, cse_origin_set *record);

/** Makes the record a set that is one span and nothing else. */
void csc_span_become(csc_origins *origins, const csc_span_form *form, cse_origin_set *record);

/** Writes the automata and databases of the regexes. */
corsac_status csc_regexes_write(csc_origins *origins, const csc_origin_plan *plan,
                                cse_origin_set *record);

#endif
