// SPDX-License-Identifier: Apache-2.0
// What a compile of given texts (driver.c) and a session (session.c) have in common: parameters, and
// the pipeline from decoded resources on.
#ifndef CORSAC_COMPILER_DRIVER_H
#define CORSAC_COMPILER_DRIVER_H

#include "compiler/emit/emit.h"
#include "compiler/ir/ir.h"
#include "compiler/read/document.h"

/** Copies the given parameters, NULL for none, and puts the defaults in for what is absent. False if they
 * are not sound. */
bool csc_options_take(corsac_compile_options *out, const corsac_compile_options *given);

/** Copies the texts of options into an arena, which they then live as long as. */
corsac_status csc_options_copy(corsac_compile_options *options, csc_arena *arena);

/**
 * corsac_compile() with options that are complete.
 * @param store  of regexes compiled under the same options; NULL: none is kept.
 */
corsac_status csc_compile(corsac_blob **out, const corsac_input *inputs, size_t input_count,
                          const corsac_compile_options *options, csc_store *store,
                          corsac_diagnostics *diagnostics, corsac_compile_summary *summary);

/* What the stages have made so far. */
typedef struct csc_pipeline {
    csc_arena *arena; /* kept from one compile to the next, as what is in `sections` */
    csc_context context;
    size_t first_diagnostic; /* of this compile, in the caller's list */
    csc_documents documents; /* driver.c only */
    csc_resources resources;
    csc_ir *ir;
    csc_sections sections;
    uint64_t stage_start; /* of the stage that runs, in nanoseconds */
} csc_pipeline;

/* Members of corsac_compile_times, in order. */
typedef enum csc_lap {
    CSC_LAP_READ = 0,
    CSC_LAP_DECODE,
    CSC_LAP_RESOLVE,
    CSC_LAP_PASSES,
    CSC_LAP_LOWER,
    CSC_LAP_EMIT
} csc_lap;

/** A stage has ended, and the next one begins. */
void csc_pipeline_lap(csc_pipeline *p, csc_lap lap);

/**
 * Begins a compile, in memory of the pipeline's own; free it in every case.
 * @param p        zero, or the pipeline of an earlier compile, whose memory is used again.
 * @param context  all but the arena.
 */
corsac_status csc_pipeline_start(csc_pipeline *p, const csc_context *context);
void csc_pipeline_free(csc_pipeline *p);

/**
 * From resources to an image: resolves, judges, and unless that is all that is asked for, lowers
 * and emits.
 * @param summary  filled in every case.
 */
corsac_status csc_pipeline_finish(csc_pipeline *p, corsac_blob **out,
                                  corsac_compile_summary *summary);

/** The same for resources that are resolved, with that status, in p->ir. */
corsac_status csc_pipeline_build(csc_pipeline *p, corsac_status status, corsac_blob **out,
                                 corsac_compile_summary *summary);

/** Sorts the findings of this compile; where that or what went before failed, no image is left. */
corsac_status csc_pipeline_settle(csc_pipeline *p, corsac_status status, corsac_blob **out);

#endif
