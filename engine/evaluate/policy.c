// SPDX-License-Identifier: Apache-2.0
// Policies that the caller already knows: found once by name, then decided without host and route.
#include "engine/evaluate/steps.h"
#include "engine/publish/snapshot.h"

static bool carries(const corsac_image *image, const cse_route_source *source, corsac_str owner,
                    corsac_str path)
{
    return source->policy != CSE_NONE &&
           cse_text_equal(cse_image_text(image, source->policy_owner), owner) &&
           cse_text_equal(cse_image_text(image, source->policy_path), path);
}

/* The root may be left out. */
static bool is_route(const corsac_image *image, const cse_route_source *source, corsac_str root,
                     corsac_str route)
{
    return source->policy != CSE_NONE &&
           cse_text_equal(cse_image_text(image, source->route), route) &&
           (!root.data || cse_text_equal(cse_image_text(image, source->root), root));
}

typedef bool (*source_test)(const corsac_image *image, const cse_route_source *source, corsac_str a,
                            corsac_str b);

/* All that pass must have the same policy: a delegate's route has one for each way that leads to
 * it. */
static corsac_status find(corsac_policy *out, corsac_reader *reader, source_test test, corsac_str a,
                          corsac_str b)
{
    const cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return CORSAC_E_NO_IMAGE;
    const corsac_image *image = snapshot->image;
    const cse_route_source *sources = image->route_sources;
    uint32_t found = CSE_NONE;
    for (uint32_t i = 0; i < image->route_source_count; i++) {
        if (!test(image, &sources[i], a, b))
            continue;
        if (found != CSE_NONE && sources[found].policy != sources[i].policy)
            return CORSAC_E_NOT_FOUND;
        found = found == CSE_NONE ? i : found;
    }
    if (found == CSE_NONE)
        return CORSAC_E_NOT_FOUND;
    *out = (corsac_policy){snapshot->publication, image->header->revision, found, 0};
    return CORSAC_OK;
}

static const corsac_policy stale = {0, 0, CORSAC_NONE, 0};

corsac_status corsac_policy_find(corsac_policy *out, corsac_reader *reader, corsac_str owner,
                                 corsac_str path)
{
    if (out)
        *out = stale;
    if (!out || !reader || !owner.data || !path.data)
        return CORSAC_E_ARGUMENT;
    return find(out, reader, carries, owner, path);
}

corsac_status corsac_policy_find_route(corsac_policy *out, corsac_reader *reader, corsac_str root,
                                       corsac_str route)
{
    if (out)
        *out = stale;
    if (!out || !reader || !route.data || cse_str_unsound(root))
        return CORSAC_E_ARGUMENT;
    return find(out, reader, is_route, root, route);
}

/* The handle is of this publication; the numbers inside are the caller's memory, so checked. */
static bool is_current(const cse_snapshot *snapshot, const corsac_policy *policy)
{
    const corsac_image *image = snapshot->image;
    return policy->publication == snapshot->publication &&
           policy->revision == image->header->revision && policy->route < image->route_source_count;
}

static bool is_valid(const corsac_request *request)
{
    return request && request->struct_size >= sizeof(*request) &&
           (cse_str_unsound(request->method) | cse_str_unsound(request->origin) |
            cse_str_unsound(request->request_method) | cse_str_unsound(request->request_headers)) ==
               0;
}

corsac_status corsac_evaluate_policy(corsac_decision *out, corsac_reader *reader,
                                     const corsac_policy *policy, const corsac_request *request)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    cse_decision_clear(out, 0);
    if (!reader || !policy || !is_valid(request))
        return CORSAC_E_ARGUMENT;
    const cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return CORSAC_E_NO_IMAGE;
    if (!is_current(snapshot, policy))
        return CORSAC_E_STALE;
    uint32_t index = snapshot->image->route_sources[policy->route].policy;
    if (index == CSE_NONE)
        return CORSAC_E_STALE;
    out->flags = snapshot->image->decision_flags;
    cse_call call;
    cse_call_start(&call, snapshot->image, reader->scratch, request, false,
                   cse_reader_lines(reader));
    cse_decide_policy(out, &call, policy->route, index);
    if (reader->tally)
        cse_tally_decision(reader->tally, out, reader->scratch);
    return CORSAC_OK;
}
