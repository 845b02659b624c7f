// SPDX-License-Identifier: Apache-2.0
// What a route's record says about its path: written by compiler/lower/routes.c, held against the path when
// an image is opened.
#ifndef CORSAC_ENGINE_IMAGE_ROUTE_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ROUTE_FORMAT_H

#include "engine/image/format.h"

#include <stdbool.h>

/* How many bytes of `mask` are set. Behind a short exact path a request's has none, so they are compared. */
static inline uint32_t cse_route_masked_bytes(const cse_route *route)
{
    if (route->path_kind == CSE_PATH_REGEX || route->path_size > CSE_PATH_INLINE_BYTES)
        return 0;
    return route->path_kind == CSE_PATH_EXACT ? CSE_PATH_INLINE_BYTES : route->path_size;
}

/* CSE_ROUTE_PLAIN. The route's other fields and its copy of the path are set. */
static inline bool cse_route_is_plain(const cse_route *route)
{
    if (route->path_kind == CSE_PATH_REGEX || route->ignore_case || route->condition_count > 0)
        return false;
    const uint32_t most = CSE_PATH_INLINE_BYTES -
                          (route->path_kind == CSE_PATH_EXACT); /* the first byte behind it too */
    uint8_t zeros = 0;
    for (uint8_t i = 0; i < CSE_PATH_INLINE_BYTES; i++)
        zeros |= (uint8_t)((route->path[i] == 0) & (i < (uint8_t)route->path_size));
    return route->path_size <= most && zeros == 0;
}

#endif
