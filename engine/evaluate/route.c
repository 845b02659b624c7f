// SPDX-License-Identifier: Apache-2.0
// Whether a route matches, whatever it asks for: long paths, regexes, folded case (M-5), conditions.
#include "engine/evaluate/route.h"

#include "engine/evaluate/path.h"
#include "engine/match/program.h"

static bool size_matches(const cse_call *call, const cse_route *route)
{
    size_t size = route->path_size;
    return route->path_kind == CSE_PATH_EXACT ? call->path.size == size : call->path.size >= size;
}

static bool text_matches(const cse_call *call, const cse_route *route)
{
    size_t size = route->path_size;
    const char *wanted =
        size <= sizeof(route->path) ? route->path : call->image->strings + route->path_offset;
    return route->ignore_case ? cse_text_equal_folded(call->path.data, wanted, size) /* M-5 */
                              : cse_bytes_equal(call->path.data, wanted, size);
}

static bool path_matches(const cse_call *call, const cse_route *route)
{
    if (route->path_kind == CSE_PATH_REGEX)
        return cse_program_match(cse_origin_program(&call->image->origins, route->path_offset),
                                 call->path.data, call->path.size,
                                 cse_origin_scratch_program(call->scratch->origin));
    return size_matches(call, route) && text_matches(call, route);
}

static bool conditions_hold(cse_call *call, const cse_route *route)
{
    const cse_condition *conditions = &call->image->conditions[route->first_condition];
    for (uint32_t i = 0; i < route->condition_count; i++) /* M-17 */
        if (!cse_condition_holds(call, &conditions[i]))
            return false;
    return true;
}

/* The path is there and legal. */
static bool route_matches(cse_call *call, const cse_route *route)
{
    return route->flags & CSE_ROUTE_PLAIN
               ? cse_route_head_matches(route->path, route->mask, call->path_head)
               : path_matches(call, route) && conditions_hold(call, route);
}

corsac_status cse_route_choose(cse_call *call, const cse_virtual_host *host, uint32_t from,
                               bool *conditional, const cse_route **route)
{
    const cse_route *routes = &call->image->routes[host->first_route];
    corsac_status status = cse_path_read(call);
    *route = NULL;
    for (uint32_t i = from; i < host->route_count && status == CORSAC_OK && !*route; i++) {
        if (call->path_legal && route_matches(call, &routes[i])) /* */
            *route = &routes[i];
        else
            *conditional |= (routes[i].flags & CSE_ROUTE_CLAIMS) != 0;
    }
    return call->failed ? CORSAC_E_LIMIT : status;
}
