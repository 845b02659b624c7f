// SPDX-License-Identifier: Apache-2.0
// csc_resolve: typed resources -> csc_ir, as a list of steps. Each step's file says what it
// settles; resolution.h shows what they pass on.
#include "compiler/resolve/resolution.h"

void csc_resolve_report(csc_resolution *r, corsac_severity severity, const char *code,
                        const char *clause, csc_span span, const char *kind, corsac_str id,
                        corsac_str path, corsac_str message)
{
    corsac_str resource =
        csc_arena_printf(r->arena, "%s %.*s", kind, (int)id.size, id.size ? id.data : "");
    /* A finding that cannot be stored is remembered by the list, and read at the end. */
    (void)csc_diagnostics_add(r->context->diagnostics, severity, code, clause,
                              csc_context_file(r->context, span), span, resource, path, "%.*s",
                              (int)message.size, message.size ? message.data : "");
}

static int compare_endpoints(const void *left, const void *right)
{
    const csc_ir_endpoint *a = left, *b = right;
    int order = csc_str_compare(a->gateway, b->gateway);
    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static bool prepare(csc_resolution *r)
{
    r->ir = csc_arena_alloc(r->arena, 1, sizeof(*r->ir));
    r->service_by_id = csc_map_new_for(r->arena, r->resources->virtual_service_count);
    r->quarantined_services = csc_map_new(r->arena);
    r->quarantined_gateways = csc_map_new(r->arena);
    r->gate_by_id = csc_map_new(r->arena);
    return r->ir && r->service_by_id && r->quarantined_services && r->quarantined_gateways &&
           r->gate_by_id;
}

static bool resolve_listeners(csc_resolution *r)
{
    for (size_t i = 0; i < r->pod_count; i++) {
        if (!csc_resolve_pod_listeners(r, &r->pods[i]))
            return false;
    }
    if (r->ir->endpoint_count)
        csc_sort(r->ir->endpoints, r->ir->endpoint_count, sizeof(*r->ir->endpoints),
                 compare_endpoints);
    return true;
}

corsac_status csc_resolve_keep(const csc_context *context, const csc_resources *resources,
                               csc_resolution **kept, csc_ir **out)
{
    *out = NULL;
    csc_resolution *r = *kept = csc_arena_alloc(context->arena, 1, sizeof(*r));
    if (!r)
        return CORSAC_E_MEMORY;
    *r = (csc_resolution){.context = context, .resources = resources, .arena = context->arena};
    bool ok = prepare(r) && csc_resolve_services(r) && csc_resolve_roots(r) &&
              csc_resolve_gates(r) && csc_resolve_pods(r) && resolve_listeners(r) &&
              csc_resolve_configs_finish(r) && csc_resolve_advise(r);
    if (!ok || csc_arena_failed(context->arena) || csc_diagnostics_failed(context->diagnostics))
        return CORSAC_E_MEMORY;
    *out = r->ir;
    return CORSAC_OK;
}

corsac_status csc_resolve(const csc_context *context, const csc_resources *resources, csc_ir **out)
{
    csc_resolution *kept;
    return csc_resolve_keep(context, resources, &kept, out);
}
