// SPDX-License-Identifier: Apache-2.0
// corsac_compile: the pipeline as a list of calls.
//
//   inputs -> read -> decode -> resolve -> passes -> lower -> emit -> blob
#include "compiler/emit/emit.h"
#include "compiler/lower/lower.h"
#include "compiler/passes/passes.h"
#include "compiler/read/document.h"
#include "corsac/engine.h"

#include <stdlib.h>
#include <string.h>

/* What the stages have made so far. */
typedef struct pipeline {
    csc_context context;
    corsac_compile_options options; /* completed */
    size_t first_diagnostic;
    csc_documents documents;
    csc_resources resources;
    csc_ir *ir;
    csc_sections sections;
} pipeline;

/* ---- options ------------------------------------------------------------------------------ */

static corsac_str text_or(corsac_str text, const char *fallback)
{
    return text.data ? text : csc_str_from(fallback);
}

static void complete(corsac_compile_options *options)
{
    static const corsac_str everyone = {"*", 1};
    options->gateway_namespace = text_or(options->gateway_namespace, "istio-system");
    options->default_namespace = text_or(options->default_namespace, "default");
    options->cluster_domain = text_or(options->cluster_domain, "cluster.local");
    if (options->default_export_to.count == 0)
        options->default_export_to = (corsac_str_list){&everyone, 1};
    if (options->max_input_bytes == 0)
        options->max_input_bytes = (uint64_t)64 * 1024 * 1024;
    if (options->max_depth == 0)
        options->max_depth = 64;
    if (options->max_documents == 0)
        options->max_documents = 1000000;
    if (options->max_alias_nodes == 0)
        options->max_alias_nodes = 100000;
    if (options->max_regex_program == 0)
        options->max_regex_program = 32768; /* M-22 */
    if (options->max_image_bytes == 0)
        options->max_image_bytes = (uint64_t)2 * 1024 * 1024 * 1024;
}

static bool is_sound(corsac_str text)
{
    return text.data != NULL || text.size == 0;
}

static bool list_is_sound(corsac_str_list list)
{
    if (!list.items && list.count > 0)
        return false;
    for (size_t i = 0; i < list.count; i++)
        if (!is_sound(list.items[i]))
            return false;
    return true;
}

static bool options_are_sound(const corsac_compile_options *options)
{
    const uint32_t flags =
        CORSAC_COMPILE_STRICT | CORSAC_COMPILE_NO_LOWERING | CORSAC_COMPILE_CHECK_ONLY;
    const uint32_t known =
        (uint32_t)CORSAC_OPTION_REGEX_UTF8 * 2 - 1; /* the last bit of engine.h */
    return options->struct_size >= sizeof(*options) && (options->flags & ~flags) == 0 &&
           (options->image_options & ~known) == 0 &&
           options->regex_engine <= CORSAC_REGEX_AUTOMATON &&
           is_sound(options->gateway_namespace) && is_sound(options->default_namespace) &&
           is_sound(options->cluster_domain) && list_is_sound(options->gateway_labels) &&
           list_is_sound(options->gateways) && list_is_sound(options->default_export_to);
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

/* ---- inputs ------------------------------------------------------------------------------- */

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
    qsort(sorted, count, sizeof(*sorted), compare_inputs);
    context->inputs = sorted;
    context->input_count = count;
    return CORSAC_OK;
}

/* ---- the pipeline ------------------------------------------------------------------------- */

static corsac_status start(pipeline *p, const corsac_input *inputs, size_t input_count,
                           const corsac_compile_options *options, corsac_diagnostics *diagnostics)
{
    memset(p, 0, sizeof(*p));
    p->first_diagnostic = diagnostics ? corsac_diagnostics_count(diagnostics) : 0;
    if (!inputs_are_sound(inputs, input_count) || !diagnostics ||
        (options && !options_are_sound(options)))
        return CORSAC_E_ARGUMENT;
    if (options)
        p->options = *options;
    complete(&p->options);
    p->context.options = &p->options;
    p->context.diagnostics = diagnostics;
    p->context.arena = csc_arena_new();
    if (!p->context.arena || csc_sections_init(&p->sections) != CORSAC_OK)
        return CORSAC_E_MEMORY;
    return sort_inputs(&p->context, inputs, input_count);
}

static void finish(pipeline *p)
{
    csc_sections_free(&p->sections);
    csc_arena_free(p->context.arena);
}

static corsac_status run_stage(pipeline *p, corsac_stage stage)
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

static corsac_status run_until(pipeline *p, corsac_stage last)
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

static void count_findings(const pipeline *p, corsac_compile_summary *summary)
{
    const corsac_diagnostics *list = p->context.diagnostics;
    for (size_t i = p->first_diagnostic; i < corsac_diagnostics_count(list); i++) {
        corsac_severity severity = corsac_diagnostics_at(list, i)->severity;
        summary->errors += severity == CORSAC_SEVERITY_ERROR;
        summary->warnings += severity == CORSAC_SEVERITY_WARNING;
        summary->notes += severity == CORSAC_SEVERITY_NOTE;
    }
}

static void summarize(const pipeline *p, corsac_compile_summary *summary)
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
static corsac_status judge(const pipeline *p, const corsac_compile_summary *summary)
{
    if (p->options.flags & CORSAC_COMPILE_STRICT && summary->errors + summary->quarantined > 0)
        return CORSAC_E_SOURCE;
    return summary->virtual_services + summary->gateways == 0 ? CORSAC_E_EMPTY : CORSAC_OK;
}

static corsac_status compile(pipeline *p, corsac_blob **out, corsac_compile_summary *summary)
{
    corsac_status status = run_until(p, CORSAC_STAGE_RESOLVE);
    summarize(p, summary);
    if (status == CORSAC_OK)
        status = judge(p, summary);
    if (status != CORSAC_OK || p->options.flags & CORSAC_COMPILE_CHECK_ONLY)
        return status;
    status = csc_passes_run(&p->context, p->ir);
    if (status == CORSAC_OK)
        status = csc_lower(&p->context, p->ir, &p->sections);
    return status == CORSAC_OK ? csc_emit(&p->context, &p->sections, out) : status;
}

corsac_status corsac_compile(corsac_blob **out, const corsac_input *inputs, size_t input_count,
                             const corsac_compile_options *options, corsac_diagnostics *diagnostics,
                             corsac_compile_summary *summary)
{
    pipeline p;
    corsac_compile_summary counts = {0};
    if (summary)
        *summary = counts;
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    corsac_status status = start(&p, inputs, input_count, options, diagnostics);
    if (status == CORSAC_OK)
        status = compile(&p, out, &counts);
    if (diagnostics && csc_diagnostics_sort(diagnostics, p.first_diagnostic) != CORSAC_OK &&
        status == CORSAC_OK)
        status = CORSAC_E_MEMORY;
    finish(&p);
    if (status != CORSAC_OK) {
        corsac_blob_free(*out);
        *out = NULL;
    }
    if (summary)
        *summary = counts;
    return status;
}

/* ---- dump --------------------------------------------------------------------------------- */

static corsac_status dump(pipeline *p, corsac_stage stage, corsac_str *text)
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
    pipeline p;
    corsac_str text = {"", 0};
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (stage < CORSAC_STAGE_READ || stage > CORSAC_STAGE_LOWER)
        return CORSAC_E_ARGUMENT;
    corsac_status status = start(&p, inputs, input_count, options, diagnostics);
    if (status == CORSAC_OK)
        status = dump(&p, stage, &text);
    if (diagnostics && csc_diagnostics_sort(diagnostics, p.first_diagnostic) != CORSAC_OK &&
        status == CORSAC_OK)
        status = CORSAC_E_MEMORY;
    if (status == CORSAC_OK)
        status = csc_blob_copy(text, out);
    finish(&p);
    return status;
}
