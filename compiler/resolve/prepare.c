// SPDX-License-Identifier: Apache-2.0
// What a session keeps of a VirtualService beside the document: long names, and where no rule delegates its routes and
// policies. The order of VirtualServices, gateways and delegates are left to each compile.
#include "compiler/resolve/resolution.h"

static bool delegates(const csc_virtual_service *document)
{
    for (size_t i = 0; i < document->rule_count; i++)
        if (document->rules[i].has_delegate)
            return true;
    return false;
}

static bool prepare_rules(csc_resolution *r, csc_prepared *prepared)
{
    csc_root *root = &prepared->root;
    if (!csc_resolve_rules(r, root, &prepared->service))
        return false;
    for (size_t i = 0; i < root->rule_count; i++)
        if (!csc_resolve_make_routes(r, root, &root->rules[i]) ||
            !csc_resolve_make_policy(r, &root->rules[i]))
            return false;
    prepared->has_rules = true;
    return true;
}

static bool prepare(csc_resolution *r, csc_virtual_service *document)
{
    csc_prepared *prepared = csc_arena_alloc(r->arena, 1, sizeof(*prepared));
    if (!prepared || !csc_resolve_fill_service(r, &prepared->service, document))
        return false;
    if (document->hosts.count > 0) {
        if (!csc_resolve_fill_root(r, &prepared->root, &prepared->service))
            return false;
        if (!delegates(document) && !prepare_rules(r, prepared))
            return false;
    }
    document->prepared = prepared;
    return true;
}

corsac_status csc_resolve_prepare(const csc_context *context, const csc_resources *resources)
{
    csc_resolution r = {.context = context, .resources = resources, .arena = context->arena};
    bool ok = true;
    for (size_t i = 0; ok && i < resources->virtual_service_count; i++)
        ok = prepare(&r, &resources->virtual_services[i]);
    return ok && !csc_arena_failed(context->arena) ? CORSAC_OK : CORSAC_E_MEMORY;
}
