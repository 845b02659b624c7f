// SPDX-License-Identifier: Apache-2.0
// The first route of a virtual host that matches. The path decides most often and is
// cheapest, so it goes first; the order of the tests inside a route has no other effect. A route
// that asks for a short path and nothing else is tested here, inlined; route.c tests any.
#ifndef CORSAC_ENGINE_EVALUATE_ROUTE_H
#define CORSAC_ENGINE_EVALUATE_ROUTE_H

#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"

/** Any route; the path is there and legal. */
bool cse_route_matches_slowly(cse_call *call, const cse_route *route);

/* The bytes of a text that fits into the route; the path's size is the caller's. */
static inline bool cse_route_head_matches(const cse_call *call, const cse_route *route)
{
    cse_bytes16 differ =
        (call->path_head ^ cse_bytes16_load(route->path)) & cse_bytes16_load(route->mask);
    return cse_bytes16_mask((cse_bytes16)(differ == 0)) == 0xFFFF;
}

static inline bool cse_route_size_matches(const cse_call *call, const cse_route *route)
{
    size_t size = route->path_size;
    return route->path_kind == CSE_PATH_EXACT ? call->path.size == size : call->path.size >= size;
}

static inline bool cse_route_matches(cse_call *call, const cse_route *route)
{
    bool simple = (unsigned)(route->path_kind | route->ignore_case << 8) <= CSE_PATH_EXACT &&
                  route->path_size <= CSE_PATH_INLINE_BYTES && route->condition_count == 0;
    return simple ? cse_route_head_matches(call, route) && cse_route_size_matches(call, route)
                  : cse_route_matches_slowly(call, route);
}

/**
 * The first route that matches, or NULL.
 * @param conditional  set if a route with claims did not match before it (M-18).
 */
static inline const cse_route *cse_route_choose(cse_call *call, const cse_virtual_host *host,
                                                bool *conditional)
{
    const cse_route *routes = &call->image->routes[host->first_route];
    for (uint32_t i = 0; i < host->route_count; i++) {
        if (call->path_legal && cse_route_matches(call, &routes[i])) /* */
            return &routes[i];
        *conditional |= routes[i].has_claims != 0;
    }
    return NULL;
}

#endif
