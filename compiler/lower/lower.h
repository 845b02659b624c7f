// SPDX-License-Identifier: Apache-2.0
// Stage lower: IR -> sections. One file per kind of record; driver.c and tests call csc_lower().
//
//   lower.c     order of the steps
//   host_table.c  where hosts and SNI names lie, and the hash seed: the next one when keys find no place
//   hosts.c     endpoints, virtual hosts and SNI names
//   routes.c    routes, conditions, sources
//   policies.c  policies
//   programs.c, origin*.c   regex programs and origin sets (programs.h, origin.h)
//   set_copy.c, set_parts.c  origin sets of an earlier image, copied into this one (set_copy.h)
#ifndef CORSAC_COMPILER_LOWER_LOWER_H
#define CORSAC_COMPILER_LOWER_LOWER_H

#include "compiler/ir/ir.h"
#include "compiler/lower/origin.h"
#include "compiler/support/map.h"

/* A host or an SNI name of `owner`, by its kind (engine/image/host_format.h). */
typedef struct csc_host_key {
    corsac_str text;
    uint32_t owner, kind;
} csc_host_key;

/* VIRTUAL_HOSTS or SNI_NAMES: a slot for each key, in the order in which hosts.c writes the records. */
typedef struct csc_host_table {
    csc_host_key *keys;
    size_t key_count, key_capacity;
    uint32_t *slots; /* of each key */
    uint8_t *pilots;
    uint32_t slot_count, pilot_count;
} csc_host_table;

/* A text and its number. */
typedef struct csc_last_string {
    corsac_str text;
    uint32_t number;
} csc_last_string;

/* What the steps share. */
typedef struct csc_lowering {
    const csc_context *context;
    csc_ir *ir;
    csc_kept *kept;
    csc_sections *sections;
    csc_programs *programs;
    csc_origins *origins;
    csc_map *conditions;                   /* bytes of a route's conditions -> first record */
    struct csc_route_list *first_lists;    /* hosts.c: by the first route of a list */
    csc_map *lists;                        /* the others: indices of routes -> first record */
    uint32_t *policies;                    /* record of each policy of the IR */
    uint32_t *policy_sets;                 /* its origin set */
    cse_route *routes;                     /* record of each route of the IR */
    csc_last_string last_owner, last_file; /* which neighbours share */
    csc_host_table hosts, names;
    size_t host_count, name_count; /* records written so far */
} csc_lowering;

/**
 * Lowers the whole IR, whose passes have run, into freshly initialised or reset sections; free them in every case.
 * @param ir  its memos are filled. Where the context keeps anything, the sections keep texts (csc_sections_keep()).
 * @return CORSAC_OK; CORSAC_E_LIMIT (a section beyond 4 GiB); CORSAC_E_MEMORY; CORSAC_E_INTERNAL.
 */
corsac_status csc_lower(const csc_context *context, csc_ir *ir, csc_sections *sections);

/** Under which regexes are compiled. */
csc_regex_limits csc_lower_regex_limits(const corsac_compile_options *options);

/** Stable text form: records and bytes of each section, then routes and policies. */
corsac_status csc_lower_dump(const csc_context *context, const csc_sections *sections,
                             corsac_str *out);

/* Steps of csc_lower(), in this order. */
/** Gives each host and each SNI name its slot, under the first seed from sections->hash_seed on that has
 * room for all of them. First, so that nothing is lowered twice.
 * @param arena  of pilots and slots */
corsac_status csc_lower_place_hosts(csc_lowering *lowering, csc_arena *arena);
corsac_status csc_lower_policies(csc_lowering *lowering);
corsac_status csc_lower_routes(csc_lowering *lowering);
corsac_status csc_lower_hosts(csc_lowering *lowering);

/** Kind of a host or SNI name (H-4); `exact` is CSE_HOST_EXACT or CSE_SNI_EXACT. */
uint32_t csc_lower_host_kind(corsac_str domain, uint32_t exact);

#endif
