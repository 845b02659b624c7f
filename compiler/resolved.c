// SPDX-License-Identifier: Apache-2.0
// Resolution, kept and adapted.
#include "compiler/resolved.h"
#include "compiler/read/document.h"

/* ---- life --------------------------------------------------------------------------------- */

static corsac_status drop(csc_resolved *resolved, corsac_status status)
{
    resolved->resolution = NULL;
    return status;
}

corsac_status csc_resolved_start(csc_resolved *resolved)
{
    drop(resolved, CORSAC_OK);
    if (resolved->arena)
        csc_arena_reset(resolved->arena);
    else
        resolved->arena = csc_arena_new();
    corsac_diagnostics_free(resolved->findings);
    resolved->findings = NULL;
    if (!resolved->arena || corsac_diagnostics_new(&resolved->findings) != CORSAC_OK)
        return CORSAC_E_MEMORY;
    resolved->resources = csc_arena_alloc(resolved->arena, 1, sizeof(*resolved->resources));
    return resolved->resources ? CORSAC_OK : CORSAC_E_MEMORY;
}

void csc_resolved_free(csc_resolved *resolved)
{
    corsac_diagnostics_free(resolved->findings);
    csc_arena_free(resolved->arena);
}

/* ---- making ------------------------------------------------------------------------------- */

/* Findings go where they are kept, and from there to the caller. */
static csc_context inside(const csc_resolved *resolved, const csc_context *context)
{
    csc_context inner = *context;
    inner.arena = resolved->arena;
    inner.diagnostics = resolved->findings;
    return inner;
}

corsac_status csc_resolved_make(csc_resolved *resolved, const csc_context *context)
{
    const csc_context inner = inside(resolved, context);
    corsac_status status = csc_resources_settle(&inner, resolved->resources);
    bool settled = corsac_diagnostics_count(resolved->findings) == 0;
    csc_resolution *resolution = NULL;
    if (status == CORSAC_OK)
        status = csc_resolve_keep(&inner, resolved->resources, &resolution, &resolved->ir);
    if (status == CORSAC_OK)
        status = csc_resolved_report(resolved, context);
    if (status == CORSAC_OK && settled)
        resolved->resolution = resolution;
    return status;
}

corsac_status csc_resolved_report(const csc_resolved *resolved, const csc_context *context)
{
    return csc_diagnostics_append(context->diagnostics, resolved->findings);
}

/* ---- replacing ---------------------------------------------------------------------------- */

/* A finding about an input names its lines. */
static bool says_nothing(const csc_resolved *resolved, corsac_str name)
{
    bool silent = true;
    for (size_t i = 0; silent && i < corsac_diagnostics_count(resolved->findings); i++)
        silent = !csc_str_equal(corsac_diagnostics_at(resolved->findings, i)->file, name);
    return silent;
}

bool csc_resolved_fits(const csc_resolved *resolved, corsac_str name, const csc_resources *old,
                       const csc_resources *now)
{
    bool fits =
        resolved->resolution && old->gateway_count + now->gateway_count == 0 &&
        old->quarantined_count + now->quarantined_count == 0 &&
        old->document_count == now->document_count && old->skipped_count == now->skipped_count &&
        old->virtual_service_count == now->virtual_service_count && says_nothing(resolved, name);
    for (size_t i = 0; fits && i < old->virtual_service_count; i++)
        fits = csc_resolve_is_alike(&old->virtual_services[i], &now->virtual_services[i]);
    return fits;
}

/* Where the resolution has the document. */
static csc_virtual_service *find(const csc_resources *resources,
                                 const csc_virtual_service *document)
{
    for (size_t i = 0; i < resources->virtual_service_count; i++)
        if (resources->virtual_services[i].prepared == document->prepared)
            return &resources->virtual_services[i];
    return NULL;
}

corsac_status csc_resolved_replace(csc_resolved *resolved, const csc_context *context,
                                   const csc_resources *old, const csc_resources *now)
{
    csc_context inner = inside(resolved, context);
    inner.arena = context->arena; /* nothing that it makes is kept but findings */
    for (size_t i = 0; i < old->virtual_service_count; i++) {
        csc_virtual_service *place = find(resolved->resources, &old->virtual_services[i]);
        corsac_status status = place ? csc_resolve_replace(resolved->resolution, &inner, place,
                                                           &now->virtual_services[i])
                                     : CORSAC_E_INTERNAL;
        if (status != CORSAC_OK)
            return drop(resolved, status);
    }
    return CORSAC_OK;
}
