// SPDX-License-Identifier: Apache-2.0
// Which matcher accepted the origin (C-9): asked by people's tools, not by the decision itself.
#include "engine/publish/snapshot.h"

#include <stdio.h>
#include <string.h>

static corsac_status write_path(const corsac_image *image, const cse_route_source *source,
                                uint32_t matcher, char *buffer, size_t buffer_size, corsac_str *out)
{
    corsac_str path = cse_image_text(image, source->policy_path);
    char tail[sizeof(".allowOrigins[4294967295]")];
    size_t size =
        (size_t)snprintf(tail, sizeof(tail), ".%s[%u]",
                         source->deprecated_list ? "allowOrigin" : "allowOrigins", matcher);
    if (path.size + size >= buffer_size)
        return CORSAC_E_LIMIT;
    memcpy(buffer, path.data, path.size);
    memcpy(buffer + path.size, tail, size + 1);
    *out = (corsac_str){buffer, path.size + size};
    return CORSAC_OK;
}

corsac_status corsac_decision_matched(corsac_reader *reader, const corsac_decision *decision,
                                      corsac_str origin, char *buffer, size_t buffer_size,
                                      corsac_str *out)
{
    if (out)
        *out = (corsac_str){NULL, 0};
    if (!reader || !decision || !buffer || !out || !reader->pinned ||
        (!origin.data && origin.size > 0))
        return CORSAC_E_ARGUMENT;
    const corsac_image *image = reader->pinned->image;
    if (decision->policy == CORSAC_NONE || origin.size == 0) /* C-3, C-4 */
        return CORSAC_OK;
    if (decision->route >= image->route_source_count || decision->policy >= image->policy_count)
        return CORSAC_E_ARGUMENT;
    if (cse_origin_classify(origin) == CSE_BYTES_ILLEGAL) /* */
        return CORSAC_OK;
    uint32_t set = image->policies[decision->policy].origin_set;
    uint32_t matcher = cse_origin_first(&image->origins, set, origin, reader->scratch->origin);
    if (matcher == CSE_NONE)
        return CORSAC_OK;
    return write_path(image, &image->route_sources[decision->route], matcher, buffer, buffer_size,
                      out);
}
