// SPDX-License-Identifier: Apache-2.0
// What a session keeps of resolution from one compile to the next: as long as documents change only in what their
// routes and policies say, all that depends on names, order and gateways stays as it is.
#ifndef CORSAC_COMPILER_RESOLVED_H
#define CORSAC_COMPILER_RESOLVED_H

#include "compiler/ir/ir.h"

typedef struct csc_resolved {
    csc_arena *arena;
    csc_resources *resources;     /* of the arena; the documents are others' */
    csc_resolution *resolution;   /* NULL: nothing is kept */
    csc_ir *ir;                   /* with its passes but csc_pass_share() */
    corsac_diagnostics *findings; /* what settling and resolving said */
} csc_resolved;

/** Begins anew; the arena is there for resources, then. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_resolved_start(csc_resolved *resolved);
void csc_resolved_free(csc_resolved *resolved);

/**
 * Settles and resolves what resolved->resources lists. Keeps nothing of documents of which settling has something to
 * say: it compares their places.
 * @param context  its arena is not used.
 */
corsac_status csc_resolved_make(csc_resolved *resolved, const csc_context *context);

/** Whether csc_resolved_replace() can put the resources of one input in the place of its former ones. */
bool csc_resolved_fits(const csc_resolved *resolved, corsac_str name, const csc_resources *old,
                       const csc_resources *now);
/** CORSAC_OK; or an error, after which nothing is kept. */
corsac_status csc_resolved_replace(csc_resolved *resolved, const csc_context *context,
                                   const csc_resources *old, const csc_resources *now);
/** Says again what was said when that was resolved which is still there. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_resolved_report(const csc_resolved *resolved, const csc_context *context);

#endif
