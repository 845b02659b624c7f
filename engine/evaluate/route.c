// SPDX-License-Identifier: Apache-2.0
// The first route of a virtual host that matches. The path decides most often and is
// cheapest, so it goes first; the order of the tests inside a route has no other effect.
#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"
#include "engine/match/program.h"

/* A text that fits into the route is compared without a loop. */
static bool head_matches(const cse_call *call, const cse_route *route)
{
    uint64_t first = call->path_head[0] ^ cse_text_word(route->path);
    uint64_t second = call->path_head[1] ^ cse_text_word(route->path + 8);
    return ((first & cse_text_word(route->mask)) | (second & cse_text_word(route->mask + 8))) == 0;
}

static bool text_matches(const cse_call *call, const cse_route *route)
{
    size_t size = route->path_size;
    const char *wanted =
        size <= sizeof(route->path) ? route->path : call->image->strings + route->path_offset;
    if (route->ignore_case) /* M-5 */
        return cse_text_equal_folded(call->path.data, wanted, size);
    return size <= sizeof(route->path) ? head_matches(call, route)
                                       : cse_bytes_equal(call->path.data, wanted, size);
}

static bool path_matches(const cse_call *call, const cse_route *route)
{
    size_t size = route->path_size;
    if (route->path_kind == CSE_PATH_REGEX)
        return cse_program_match(cse_origin_program(&call->image->origins, route->path_offset),
                                 call->path.data, call->path.size,
                                 cse_origin_scratch_program(call->scratch->origin));
    if (call->path.size < size || (route->path_kind == CSE_PATH_EXACT && call->path.size != size))
        return false;
    return text_matches(call, route);
}

static bool route_matches(cse_call *call, const cse_route *route)
{
    if (!call->path_legal || !path_matches(call, route))
        return false;
    const cse_condition *conditions = &call->image->conditions[route->first_condition];
    for (uint32_t i = 0; i < route->condition_count; i++) /* M-17 */
        if (!cse_condition_holds(call, &conditions[i]))
            return false;
    return true;
}

const cse_route *cse_route_choose(cse_call *call, const cse_virtual_host *host, bool *conditional)
{
    const cse_route *routes = &call->image->routes[host->first_route];
    for (uint32_t i = 0; i < host->route_count; i++) {
        if (route_matches(call, &routes[i]))
            return &routes[i];
        *conditional |= routes[i].has_claims != 0;
    }
    return NULL;
}
