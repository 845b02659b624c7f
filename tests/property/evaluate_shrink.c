// SPDX-License-Identifier: Apache-2.0
// Makes a disagreement small enough to read: drop list entries and optional fields one at a time,
// keep what still disagrees, until nothing more can go.
#include "property/evaluate.h"

typedef struct shrinker {
    evaluate_set *set;
    oracle_request *request;
    size_t tries_left;
    bool progress;
} shrinker;

static bool still_disagrees(shrinker *s)
{
    if (s->tries_left == 0)
        return false;
    s->tries_left--;
    evaluate_subject subject;
    if (!evaluate_open(&subject, s->set, true))
        return false;
    oracle_decision decision;
    bool disagrees = evaluate_compare(&subject, s->request, &decision) != NULL;
    evaluate_close(&subject);
    return disagrees;
}

/* Tries a change: the bytes at @p place become @p replacement, or are put back. */
static void try_bytes(shrinker *s, void *place, const void *replacement, size_t size)
{
    char before[512];
    if (size > sizeof before || memcmp(place, replacement, size) == 0)
        return;
    memcpy(before, place, size);
    memcpy(place, replacement, size);
    if (still_disagrees(s))
        s->progress = true;
    else
        memcpy(place, before, size);
}

#define TRY_ZERO(s, field)                                                                         \
    do {                                                                                           \
        static const char zeros[sizeof(field)];                                                    \
        try_bytes((s), &(field), zeros, sizeof(field));                                            \
    } while (0)

/* Tries to drop each element of a list, from the end; at least @p keep stay. */
static void try_list(shrinker *s, void *items, size_t *count, size_t size, size_t keep)
{
    char removed[1024];
    char *bytes = items;
    for (size_t i = *count; i-- > 0 && *count > keep;) {
        memcpy(removed, bytes + i * size, size);
        memmove(bytes + i * size, bytes + (i + 1) * size, (*count - i - 1) * size);
        --*count;
        if (still_disagrees(s)) {
            s->progress = true;
            continue;
        }
        memmove(bytes + (i + 1) * size, bytes + i * size, (*count - i) * size);
        memcpy(bytes + i * size, removed, size);
        ++*count;
    }
}
#define TRY_LIST(s, list, keep)                                                                    \
    try_list((s), (list).items, &(list).count, sizeof *(list).items, (keep))

static void shrink_block(shrinker *s, oracle_block *block)
{
    TRY_ZERO(s, block->name);
    TRY_ZERO(s, block->uri);
    TRY_ZERO(s, block->scheme);
    TRY_ZERO(s, block->method);
    TRY_ZERO(s, block->authority);
    TRY_ZERO(s, block->port);
    TRY_ZERO(s, block->ignore_uri_case);
    TRY_ZERO(s, block->source_namespace);
    TRY_LIST(s, block->headers, 0);
    TRY_LIST(s, block->without_headers, 0);
    TRY_LIST(s, block->query_params, 0);
    TRY_LIST(s, block->source_labels, 0);
    TRY_LIST(s, block->gateways, 0);
}

static void shrink_policy(shrinker *s, oracle_cors_policy *cors)
{
    TRY_LIST(s, cors->allow_origins, 0);
    TRY_LIST(s, cors->allow_origin, 0);
    TRY_LIST(s, cors->allow_methods, 0);
    TRY_LIST(s, cors->allow_headers, 0);
    TRY_LIST(s, cors->expose_headers, 0);
    TRY_ZERO(s, cors->has_max_age);
    TRY_ZERO(s, cors->has_credentials);
    TRY_ZERO(s, cors->unmatched_preflights);
}

static void shrink_rule(shrinker *s, oracle_rule *rule)
{
    TRY_ZERO(s, rule->name);
    TRY_ZERO(s, rule->cors);
    TRY_LIST(s, rule->match, 0);
    for (size_t i = 0; i < rule->match.count; i++)
        shrink_block(s, &rule->match.items[i]);
    if (rule->cors != NULL)
        shrink_policy(s, rule->cors);
}

static void shrink_service(shrinker *s, oracle_service *service)
{
    TRY_LIST(s, service->http, 1);
    if (service->hosts.count > 0)
        TRY_LIST(s, service->hosts, 1);
    TRY_LIST(s, service->gateways, 0);
    TRY_LIST(s, service->export_to, 0);
    TRY_ZERO(s, service->created_seconds);
    for (size_t i = 0; i < service->http.count; i++)
        shrink_rule(s, &service->http.items[i]);
}

static void shrink_gateway(shrinker *s, oracle_gateway *gateway)
{
    TRY_LIST(s, gateway->servers, 1);
    TRY_LIST(s, gateway->selector, 0);
    TRY_ZERO(s, gateway->created_seconds);
    for (size_t i = 0; i < gateway->servers.count; i++) {
        TRY_LIST(s, gateway->servers.items[i].hosts, 1);
        TRY_ZERO(s, gateway->servers.items[i].https_redirect);
    }
}

static void shrink_request(shrinker *s)
{
    oracle_request *request = s->request;
    TRY_LIST(s, request->headers, 0);
    TRY_LIST(s, request->claims, 0);
    TRY_ZERO(s, request->scheme);
    TRY_ZERO(s, request->method);
    TRY_ZERO(s, request->sni);
    corsac_str slash = text_of("/");
    if (!text_equal(request->path, slash))
        try_bytes(s, &request->path, &slash, sizeof slash);
}

static void shrink_parameters(shrinker *s)
{
    oracle_parameters *parameters = &s->set->parameters;
    TRY_ZERO(s, parameters->options);
    TRY_ZERO(s, parameters->gateway_namespace);
    TRY_ZERO(s, parameters->cluster_domain);
    TRY_ZERO(s, parameters->scope_gateway_to_namespace);
    TRY_ZERO(s, s->set->compile_flags);
    TRY_ZERO(s, s->set->regex_engine);
    TRY_LIST(s, parameters->gateway_labels, 0);
    TRY_LIST(s, parameters->gateways, 0);
    TRY_LIST(s, parameters->default_export_to, 0);
    static const uint64_t seeds[] = {1, 2, 3, 4, 5, 6, 7, 8};
    size_t seed = s->set->style_seed % 8; /* a plainer spelling, if one will do */
    try_bytes(s, &s->set->style_seed, &seeds[seed], sizeof seeds[seed]);
}

void evaluate_shrink(evaluate_set *set, oracle_request *request)
{
    shrinker s = {set, request, 4000, true};
    oracle_documents *documents = &set->documents;
    while (s.progress && s.tries_left > 0) {
        s.progress = false;
        TRY_LIST(&s, documents->services, 0);
        TRY_LIST(&s, documents->gateways, 0);
        shrink_parameters(&s);
        for (size_t i = 0; i < documents->services.count; i++)
            shrink_service(&s, &documents->services.items[i]);
        for (size_t i = 0; i < documents->gateways.count; i++)
            shrink_gateway(&s, &documents->gateways.items[i]);
        shrink_request(&s);
    }
}
