// SPDX-License-Identifier: Apache-2.0
// Chapter R: the routes of one VirtualService for one gateway and port.
#include "oracle/internal.h"

/* */
static bool source_matches(const oracle *instance, const oracle_block *block,
                           corsac_str gateway_name, const oracle_pod *pod)
{
    if (block->gateways.count > 0)
        return oracle_texts_contain(&block->gateways, gateway_name);
    return oracle_labels_within(&block->source_labels, &pod->labels) &&
           (block->source_namespace.size == 0 ||
            text_equal(block->source_namespace, oracle_pod_namespace(instance)));
}

/* R-8; an absent uri, `{}` included, is prefix "/" (M-2) */
static bool is_catch_all(const oracle_block *block)
{
    const oracle_match *uri = &block->uri;
    bool any_path = !uri->present || uri->kind == ORACLE_MATCH_NONE ||
                    (uri->kind == ORACLE_MATCH_PREFIX && text_is(uri->value, "/")) ||
                    (uri->kind == ORACLE_MATCH_REGEX && text_is(uri->value, ".*"));
    return any_path && !block->scheme.present && !block->method.present &&
           !block->authority.present && block->headers.count == 0 &&
           block->without_headers.count == 0 && block->query_params.count == 0;
}

/* */
oracle_routes oracle_build_routes(oracle *instance, const oracle_merged_service *service,
                                  corsac_str gateway_name, uint32_t port, const oracle_pod *pod)
{
    oracle_pool *pool = &instance->pool;
    oracle_routes routes = {0};
    corsac_str root =
        oracle_qualified(pool, service->document->namespace_, service->document->name);
    for (size_t i = 0; i < service->rules.count; i++) {
        const oracle_merged_rule *rule = &service->rules.items[i];
        if (rule->match.count == 0) {
            *(oracle_route *)ORACLE_APPEND(pool, &routes) = (oracle_route){root, rule, NULL, true};
            return routes; /* */
        }
        for (size_t j = 0; j < rule->match.count; j++) {
            const oracle_merged_block *block = &rule->match.items[j];
            if (block->block.port != 0 && block->block.port != port) /* */
                continue;
            if (!source_matches(instance, &block->block, gateway_name, pod))
                continue;
            oracle_route route = {root, rule, block, is_catch_all(&block->block)};
            *(oracle_route *)ORACLE_APPEND(pool, &routes) = route;
            if (route.catch_all)
                return routes; /* */
        }
    }
    return routes;
}
