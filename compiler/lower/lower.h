// SPDX-License-Identifier: Apache-2.0
// Stage lower: IR -> sections. One file per kind of record; driver.c and tests call csc_lower().
//
//   lower.c     order of the steps, and the next hash seed when a table overflows
//   hosts.c     endpoints, virtual hosts and SNI names, HOST_BUCKETS
//   routes.c    routes, conditions, sources
//   policies.c  policies
//   programs.c, origin*.c   regex programs and origin sets (programs.h, origin.h)
#ifndef CORSAC_COMPILER_LOWER_LOWER_H
#define CORSAC_COMPILER_LOWER_LOWER_H

#include "compiler/ir/ir.h"
#include "compiler/lower/origin.h"
#include "compiler/support/map.h"

/* What the steps share. */
typedef struct csc_lowering {
    const csc_context *context;
    const csc_ir *ir;
    csc_sections *sections;
    csc_programs *programs;
    csc_origins *origins;
    csc_map *conditions;   /* bytes of a route's conditions -> first record */
    csc_map *lists;        /* indices of a virtual host's routes -> first record */
    uint32_t *policies;    /* record of each policy of the IR */
    uint32_t *policy_sets; /* its origin set */
    cse_route *routes;     /* record of each route of the IR */
} csc_lowering;

/**
 * Lowers the whole IR into freshly initialised sections; free them in every case.
 * @return CORSAC_OK; CORSAC_E_LIMIT (a section beyond 4 GiB); CORSAC_E_MEMORY; CORSAC_E_INTERNAL.
 */
corsac_status csc_lower(const csc_context *context, const csc_ir *ir, csc_sections *sections);

/** Stable text form: records and bytes of each section, then routes and policies. */
corsac_status csc_lower_dump(const csc_context *context, const csc_sections *sections,
                             corsac_str *out);

/* Steps of csc_lower(), in this order. */
corsac_status csc_lower_policies(csc_lowering *lowering);
corsac_status csc_lower_routes(csc_lowering *lowering);
/** CORSAC_E_LIMIT with *overflow set: a key found no slot, take the next seed. */
corsac_status csc_lower_hosts(csc_lowering *lowering, bool *overflow);

#endif
