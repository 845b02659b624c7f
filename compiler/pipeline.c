// SPDX-License-Identifier: Apache-2.0
// The pipeline from decoded resources on, the same for every way to get them:
//
//   resources -> resolve -> passes -> lower -> emit -> blob
#include "compiler/driver.h"
#include "compiler/lower/lower.h"
#include "compiler/passes/passes.h"

#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A new round of what is kept. The first one after it was given up asks for every regex that is still of use. */
static void turn_kept(csc_pipeline *p, csc_kept *kept)
{
    csc_sections_keep(&p->sections, kept->arena);
    if (!csc_kept_turn(kept))
        return;
    csc_sections_forget(&p->sections);
    csc_store_begin(p->context.store);
}

/* Memory to work in: new, or what an earlier compile has left. */
static corsac_status make_room(csc_pipeline *p, csc_kept *kept)
{
    if (p->arena)
        csc_arena_reset(p->arena);
    else
        p->arena = csc_arena_new();
    if (!p->arena)
        return CORSAC_E_MEMORY;
    corsac_status status = CORSAC_OK;
    if (p->sections.pool)
        csc_sections_reset(&p->sections);
    else
        status = csc_sections_init(&p->sections);
    if (status == CORSAC_OK && kept)
        turn_kept(p, kept);
    return status;
}

corsac_status csc_pipeline_start(csc_pipeline *p, const csc_context *context)
{
    p->context = *context;
    p->first_diagnostic = corsac_diagnostics_count(context->diagnostics);
    p->documents = (csc_documents){0};
    p->resources = (csc_resources){0};
    p->ir = NULL;
    if (context->options->times)
        *context->options->times = (corsac_compile_times){0};
    p->stage_start = now_ns();
    corsac_status status = make_room(p, context->kept);
    p->context.arena = p->arena;
    return status;
}

void csc_pipeline_lap(csc_pipeline *p, csc_lap lap)
{
    corsac_compile_times *times = p->context.options->times;
    uint64_t now = now_ns();
    if (times) {
        uint64_t *const laps[] = {&times->read,   &times->decode, &times->resolve,
                                  &times->passes, &times->lower,  &times->emit};
        *laps[lap] = now - p->stage_start;
    }
    p->stage_start = now;
}

void csc_pipeline_free(csc_pipeline *p)
{
    csc_sections_free(&p->sections);
    csc_arena_free(p->arena);
}

static void count_findings(const csc_pipeline *p, corsac_compile_summary *summary)
{
    const corsac_diagnostics *list = p->context.diagnostics;
    for (size_t i = p->first_diagnostic; i < corsac_diagnostics_count(list); i++) {
        corsac_severity severity = corsac_diagnostics_at(list, i)->severity;
        summary->errors += severity == CORSAC_SEVERITY_ERROR;
        summary->warnings += severity == CORSAC_SEVERITY_WARNING;
        summary->notes += severity == CORSAC_SEVERITY_NOTE;
    }
}

static void summarize(const csc_pipeline *p, corsac_compile_summary *summary)
{
    *summary = (corsac_compile_summary){
        .documents = p->resources.document_count,
        .skipped = p->resources.skipped_count,
        .virtual_services = (uint32_t)p->resources.virtual_service_count,
        .gateways = (uint32_t)p->resources.gateway_count,
        .quarantined = (uint32_t)p->resources.quarantined_count,
        .implied_gateways = p->ir ? p->ir->implied_gateway_count : 0,
    };
    count_findings(p, summary);
}

/* X-5, and what has nothing left to say. */
static corsac_status judge(const csc_pipeline *p, const corsac_compile_summary *summary)
{
    if (p->context.options->flags & CORSAC_COMPILE_STRICT &&
        summary->errors + summary->quarantined > 0)
        return CORSAC_E_SOURCE;
    return summary->virtual_services + summary->gateways == 0 ? CORSAC_E_EMPTY : CORSAC_OK;
}

corsac_status csc_pipeline_finish(csc_pipeline *p, corsac_blob **out,
                                  corsac_compile_summary *summary)
{
    p->stage_start = now_ns();
    corsac_status status = csc_resolve(&p->context, &p->resources, &p->ir);
    return csc_pipeline_build(p, status, out, summary);
}

corsac_status csc_pipeline_build(csc_pipeline *p, corsac_status status, corsac_blob **out,
                                 corsac_compile_summary *summary)
{
    csc_pipeline_lap(p, CSC_LAP_RESOLVE);
    summarize(p, summary);
    if (status == CORSAC_OK)
        status = judge(p, summary);
    if (status != CORSAC_OK || p->context.options->flags & CORSAC_COMPILE_CHECK_ONLY)
        return status;
    status = csc_passes_run(&p->context, p->ir);
    csc_pipeline_lap(p, CSC_LAP_PASSES);
    if (status == CORSAC_OK)
        status = csc_lower(&p->context, p->ir, &p->sections);
    csc_pipeline_lap(p, CSC_LAP_LOWER);
    if (status == CORSAC_OK)
        status = csc_emit(&p->context, &p->sections, out);
    csc_pipeline_lap(p, CSC_LAP_EMIT);
    return status;
}

corsac_status csc_pipeline_settle(csc_pipeline *p, corsac_status status, corsac_blob **out)
{
    if (csc_diagnostics_sort(p->context.diagnostics, p->first_diagnostic) != CORSAC_OK &&
        status == CORSAC_OK)
        status = CORSAC_E_MEMORY;
    if (status != CORSAC_OK) {
        corsac_blob_free(*out);
        *out = NULL;
    }
    return status;
}
