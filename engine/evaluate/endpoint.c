// SPDX-License-Identifier: Apache-2.0
// From a gateway's name and a port to the endpoint (H-29): a binary search.
#include "engine/evaluate/endpoint.h"

#include "engine/evaluate/host.h"

static int compare(corsac_str a, corsac_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = memcmp(a.data, b.data, common);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* First endpoint whose gateway is greater than the name, or with `or_equal` not less. */
static uint32_t bound(const corsac_image *image, corsac_str gateway, bool or_equal)
{
    uint32_t low = 0, high = image->endpoint_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(cse_image_text(image, image->endpoints[middle].gateway), gateway);
        if (order < 0 || (order == 0 && !or_equal))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The port is left out: the gateway's only endpoint, or its only one with plain HTTP. */
static uint32_t only_endpoint(const corsac_image *image, uint32_t first, uint32_t end)
{
    uint32_t found = CSE_NONE;
    if (end - first == 1)
        return first;
    for (uint32_t i = first; i < end; i++) {
        if (image->endpoints[i].route_config == CSE_NONE)
            continue;
        if (found != CSE_NONE)
            return CSE_NONE;
        found = i;
    }
    return found;
}

static uint32_t search(const corsac_image *image, const corsac_request *request)
{
    if (image->endpoint_count == 0)
        return CSE_NONE;
    corsac_str gateway = request->gateway;
    if (gateway.data == NULL) {
        gateway = cse_image_text(image, image->endpoints[0].gateway);
        corsac_str last =
            cse_image_text(image, image->endpoints[image->endpoint_count - 1].gateway);
        if (!cse_text_equal(gateway, last))
            return CSE_NONE; /* sorted by gateway: more than one */
    }
    uint32_t first = bound(image, gateway, true), end = bound(image, gateway, false);
    if (request->port == 0)
        return first == end ? CSE_NONE : only_endpoint(image, first, end);
    for (uint32_t i = first; i < end; i++)
        if (image->endpoints[i].port == request->port)
            return i;
    return CSE_NONE;
}

corsac_status cse_endpoint_search(const corsac_image *image, const corsac_request *request,
                                  cse_endpoint_cache *cache)
{
    uint32_t found = search(image, request);
    if (found == CSE_NONE)
        return CORSAC_E_NOT_FOUND;
    *cache = (cse_endpoint_cache){found, request->port, request->gateway.data == NULL,
                                  cse_host_table_of(image, &image->endpoints[found])};
    return CORSAC_OK;
}
