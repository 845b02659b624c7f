// SPDX-License-Identifier: Apache-2.0
// Drops from each virtual host's list the routes that an earlier one always shadows: a second copy
// of a route (H-16) and a later catch-all with the same path condition. Two catch-alls of
// different kinds both stay: prefix "/" and regex ".*" differ on paths that do not start with a
// slash.
#include "compiler/passes/passes.h"

#include <string.h>

/* What distinguishes catch-alls: their path condition. */
static bool same_catch_all(const csc_ir_route *a, const csc_ir_route *b)
{
    return a->catch_all && b->catch_all && a->path_kind == b->path_kind &&
           csc_str_equal(a->path, b->path);
}

/* seen[route] == mark: the route is already in this list. */
static void reach_host(const csc_ir *ir, csc_ir_virtual_host *host, uint32_t *seen, uint32_t mark)
{
    const csc_ir_route *catch_alls[4] = {NULL}; /* R-8 knows two path conditions */
    size_t catch_all_count = 0, kept = 0;
    for (size_t i = 0; i < host->route_count; i++) {
        uint32_t index = host->routes[i];
        const csc_ir_route *route = &ir->routes[index];
        bool shadowed = seen[index] == mark;
        seen[index] = mark;
        for (size_t j = 0; j < catch_all_count && !shadowed; j++)
            shadowed = same_catch_all(catch_alls[j], route);
        if (shadowed)
            continue;
        if (route->catch_all && catch_all_count < sizeof(catch_alls) / sizeof(*catch_alls))
            catch_alls[catch_all_count++] = route;
        host->routes[kept++] = index;
    }
    host->route_count = kept;
}

corsac_status csc_pass_reach(const csc_context *context, csc_ir *ir)
{
    uint32_t *seen = csc_arena_alloc(context->arena, ir->route_count + 1, sizeof(*seen));
    if (!seen)
        return CORSAC_E_MEMORY;
    uint32_t mark = 0;
    for (size_t i = 0; i < ir->route_config_count; i++) {
        csc_ir_route_config *config = &ir->route_configs[i];
        for (size_t j = 0; j < config->virtual_host_count; j++)
            reach_host(ir, &config->virtual_hosts[j], seen, ++mark);
    }
    ir->reached = true;
    return CORSAC_OK;
}
