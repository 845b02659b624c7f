// SPDX-License-Identifier: Apache-2.0
// Whether a route matches, whatever it asks for: long paths, regexes, folded case (M-5), conditions.
#include "engine/evaluate/route.h"

#include "engine/match/program.h"

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
    return cse_route_size_matches(call, route) && text_matches(call, route);
}

bool cse_route_matches_slowly(cse_call *call, const cse_route *route)
{
    if (!path_matches(call, route))
        return false;
    const cse_condition *conditions = &call->image->conditions[route->first_condition];
    for (uint32_t i = 0; i < route->condition_count; i++) /* M-17 */
        if (!cse_condition_holds(call, &conditions[i]))
            return false;
    return true;
}
