// SPDX-License-Identifier: Apache-2.0
// corsac_compile: the pipeline as a list of calls.
//
//   inputs -> read -> decode -> (pipeline.c) resolve -> passes -> lower -> emit -> blob
#include "compiler/driver.h"
#include "compiler/lower/lower.h"
#include "compiler/passes/passes.h"

#include <stdlib.h>
#include <string.h>

/* ---- inputs ------------------------------------------------------------------------------- */

static bool is_sound(corsac_str text)
{
    return text.data != NULL || text.size == 0;
}

static bool inputs_are_sound(const corsac_input *inputs, size_t count)
{
    if (!inputs && count > 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_sound(inputs[i].name) || !is_sound(inputs[i].text))
            return false;
    return true;
}

static int compare_inputs(const void *a, const void *b)
{
    const corsac_input *left = a, *right = b;
    int order = csc_str_compare(left->name, right->name);
    return order ? order : csc_str_compare(left->text, right->text);
}

/* names decide the order, whatever the caller's was. */
static corsac_status sort_inputs(csc_context *context, const corsac_input *inputs, size_t count)
{
    corsac_input *sorted = csc_arena_alloc(context->arena, count + 1, sizeof(*sorted));
    if (!sorted)
        return CORSAC_E_MEMORY;
    if (count > 0)
        memcpy(sorted, inputs, count * sizeof(*sorted));
    csc_sort(sorted, count, sizeof(*sorted), compare_inputs);
    context->inputs = sorted;
    context->input_count = count;
    return CORSAC_OK;
}

/* ---- stages ------------------------------------------------------------------------------- */

static corsac_status start(csc_pipeline *p, const corsac_input *inputs, size_t input_count,
                           const corsac_compile_options *options, csc_store *store,
                           corsac_diagnostics *diagnostics)
{
    const csc_context context = {.options = options, .diagnostics = diagnostics, .store = store};
    corsac_status status = csc_pipeline_start(p, &context);
    return status == CORSAC_OK ? sort_inputs(&p->context, inputs, input_count) : status;
}

static corsac_status run_stage(csc_pipeline *p, corsac_stage stage)
{
    switch (stage) {
    case CORSAC_STAGE_READ:
        return csc_documents_read(&p->context, &p->documents);
    case CORSAC_STAGE_DECODE:
        return csc_resources_decode(&p->context, &p->documents, &p->resources);
    case CORSAC_STAGE_RESOLVE:
        return csc_resolve(&p->context, &p->resources, &p->ir);
    case CORSAC_STAGE_IR:
        return CORSAC_OK; /* resolve's output is the IR */
    case CORSAC_STAGE_PASSES:
        return csc_passes_run(&p->context, p->ir);
    case CORSAC_STAGE_LOWER:
        return csc_lower(&p->context, p->ir, &p->sections);
    }
    return CORSAC_E_INTERNAL;
}

static corsac_status run_until(csc_pipeline *p, corsac_stage last)
{
    corsac_status status = CORSAC_OK;
    for (int stage = CORSAC_STAGE_READ; stage <= (int)last && status == CORSAC_OK; stage++)
        status = run_stage(p, (corsac_stage)stage);
    if (status == CORSAC_OK &&
        (csc_arena_failed(p->context.arena) || csc_diagnostics_failed(p->context.diagnostics)))
        return CORSAC_E_MEMORY;
    return status;
}

/* ---- compile ------------------------------------------------------------------------------ */

static corsac_status compile(csc_pipeline *p, corsac_blob **out, corsac_compile_summary *summary)
{
    corsac_status status = run_until(p, CORSAC_STAGE_READ);
    csc_pipeline_lap(p, CSC_LAP_READ);
    if (status == CORSAC_OK)
        status = csc_resources_decode(&p->context, &p->documents, &p->resources);
    csc_pipeline_lap(p, CSC_LAP_DECODE);
    return status == CORSAC_OK ? csc_pipeline_finish(p, out, summary) : status;
}

corsac_status csc_compile(corsac_blob **out, const corsac_input *inputs, size_t input_count,
                          const corsac_compile_options *options, csc_store *store,
                          corsac_diagnostics *diagnostics, corsac_compile_summary *summary)
{
    csc_pipeline p = {0};
    corsac_compile_summary counts = {0};
    if (summary)
        *summary = counts;
    *out = NULL;
    if (!inputs_are_sound(inputs, input_count) || !diagnostics)
        return CORSAC_E_ARGUMENT;
    corsac_status status = start(&p, inputs, input_count, options, store, diagnostics);
    if (status == CORSAC_OK)
        status = compile(&p, out, &counts);
    status = csc_pipeline_settle(&p, status, out);
    csc_pipeline_free(&p);
    if (summary)
        *summary = counts;
    return status;
}

corsac_status corsac_compile(corsac_blob **out, const corsac_input *inputs, size_t input_count,
                             const corsac_compile_options *options, corsac_diagnostics *diagnostics,
                             corsac_compile_summary *summary)
{
    corsac_compile_options completed;
    if (summary)
        *summary = (corsac_compile_summary){0};
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (!csc_options_take(&completed, options))
        return CORSAC_E_ARGUMENT;
    return csc_compile(out, inputs, input_count, &completed, NULL, diagnostics, summary);
}

/* ---- dump --------------------------------------------------------------------------------- */

static corsac_status dump(csc_pipeline *p, corsac_stage stage, corsac_str *text)
{
    corsac_status status = run_until(p, stage);
    if (status != CORSAC_OK)
        return status;
    switch (stage) {
    case CORSAC_STAGE_READ:
        return csc_documents_dump(&p->context, &p->documents, text);
    case CORSAC_STAGE_DECODE:
        return csc_resources_dump(&p->context, &p->resources, text);
    case CORSAC_STAGE_RESOLVE:
    case CORSAC_STAGE_IR:
    case CORSAC_STAGE_PASSES:
        return csc_ir_dump(&p->context, p->ir, text);
    case CORSAC_STAGE_LOWER:
        return csc_lower_dump(&p->context, &p->sections, text);
    }
    return CORSAC_E_ARGUMENT;
}

corsac_status corsac_compile_dump(corsac_blob **out, corsac_stage stage, const corsac_input *inputs,
                                  size_t input_count, const corsac_compile_options *options,
                                  corsac_diagnostics *diagnostics)
{
    csc_pipeline p = {0};
    corsac_compile_options completed;
    corsac_str text = {"", 0};
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (stage < CORSAC_STAGE_READ || stage > CORSAC_STAGE_LOWER ||
        !inputs_are_sound(inputs, input_count) || !diagnostics ||
        !csc_options_take(&completed, options))
        return CORSAC_E_ARGUMENT;
    corsac_status status = start(&p, inputs, input_count, &completed, NULL, diagnostics);
    if (status == CORSAC_OK)
        status = dump(&p, stage, &text);
    if (status == CORSAC_OK)
        status = csc_blob_copy(text, out);
    status = csc_pipeline_settle(&p, status, out);
    csc_pipeline_free(&p);
    return status;
}
