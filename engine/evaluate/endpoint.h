// SPDX-License-Identifier: Apache-2.0
// From a gateway's name and a port to the endpoint (H-29): the reader's last answer, inlined;
// endpoint.c searches.
#ifndef CORSAC_ENGINE_EVALUATE_ENDPOINT_H
#define CORSAC_ENGINE_EVALUATE_ENDPOINT_H

#include "engine/evaluate/evaluate.h"

/** Finds the endpoint and keeps it in the cache. CORSAC_OK or CORSAC_E_NOT_FOUND. */
corsac_status cse_endpoint_search(const corsac_image *image, const corsac_request *request,
                                  cse_endpoint_cache *cache);

static inline bool cse_endpoint_is_cached(const corsac_image *image, const corsac_request *request,
                                          const cse_endpoint_cache *cache)
{
    if (cache->endpoint == CSE_NONE || request->port != cache->port ||
        (request->gateway.data == NULL) != cache->gateway_absent)
        return false;
    return cache->gateway_absent ||
           cse_text_equal(request->gateway,
                          cse_image_text(image, image->endpoints[cache->endpoint].gateway));
}

/**
 * The endpoint of a request. CORSAC_OK or CORSAC_E_NOT_FOUND (unknown, or left out and ambiguous).
 * @param cache  of the reader, for this image.
 */
static inline corsac_status cse_endpoint_find(const corsac_image *image,
                                              const corsac_request *request,
                                              cse_endpoint_cache *cache, const cse_endpoint **out)
{
    if (!cse_endpoint_is_cached(image, request, cache)) {
        corsac_status status = cse_endpoint_search(image, request, cache);
        if (status != CORSAC_OK)
            return status;
    }
    *out = &image->endpoints[cache->endpoint];
    return CORSAC_OK;
}

#endif
