// SPDX-License-Identifier: Apache-2.0
// The first route of a virtual host that matches. The path decides most often and is
// cheapest, so it goes first; the order of the tests inside a route has no other effect. A route
// that asks for a short path and nothing else is tested here, inlined; route.c tests any.
#ifndef CORSAC_ENGINE_EVALUATE_ROUTE_H
#define CORSAC_ENGINE_EVALUATE_ROUTE_H

#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"

/**
 * The first route that matches, or NULL in *route; reads the path.
 * @param from         routes before it are known not to match, nor to ask for claims.
 * @param conditional  set if a route with claims did not match before it (M-18).
 * @return CORSAC_OK or CORSAC_E_LIMIT: the reader's memory does not suffice.
 */
corsac_status cse_route_choose(cse_call *call, const cse_virtual_host *host, uint32_t from,
                               bool *conditional, const cse_route **route);

/* CSE_ROUTE_PLAIN: zeros behind a path differ from every byte that a longer one has there. */
static inline bool cse_route_head_matches(const char *path, const char *mask, cse_bytes16 head)
{
    cse_bytes16 differ = (head ^ cse_bytes16_load(path)) & cse_bytes16_load(mask);
    return cse_bytes16_mask((cse_bytes16)(differ == 0)) == 0xFFFF;
}

/**
 * The first route that matches if all before it are plain, else NULL.
 * @param routes  of the host, of which there are `count`.
 * @param head    of cse_path_glance().
 * @param from    0; receives how many routes do not match for sure.
 */
static inline const cse_route *cse_route_choose_plain(const cse_route *routes, uint32_t count,
                                                      cse_bytes16 head, uint32_t *from)
{
    for (; *from < count && routes[*from].flags & CSE_ROUTE_PLAIN; ++*from)
        if (cse_route_head_matches(routes[*from].path, routes[*from].mask, head))
            return &routes[*from];
    return NULL;
}

#endif
