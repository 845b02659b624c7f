// SPDX-License-Identifier: Apache-2.0
#include "engine/publish/tally.h"

#include <stdlib.h>

/* From calloc, so that routes which nobody asks for take no memory; aligned by hand. */
static bool new_routes(cse_tally *tally, uint32_t route_count)
{
    size_t line = alignof(cse_route_tally);
    tally->memory = calloc((size_t)route_count + 1, sizeof(cse_route_tally));
    if (!tally->memory)
        return false;
    uintptr_t at = ((uintptr_t)tally->memory + line - 1) & ~(uintptr_t)(line - 1);
    tally->routes = (cse_route_tally *)at;
    return true;
}

corsac_status cse_tally_new(cse_tally **out, bool counts, uint32_t route_count)
{
    *out = NULL;
    cse_tally *tally = calloc(1, sizeof(*tally));
    if (!tally)
        return CORSAC_E_MEMORY;
    if (counts && !new_routes(tally, route_count)) {
        free(tally);
        return CORSAC_E_MEMORY;
    }
    *out = tally;
    return CORSAC_OK;
}

void cse_tally_free(cse_tally *tally)
{
    if (!tally)
        return;
    free(tally->memory);
    free(tally);
}
