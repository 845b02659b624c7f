// SPDX-License-Identifier: Apache-2.0
// corsac_evaluate: the steps of a decision in order.
#include "engine/evaluate/text.h"
#include "engine/publish/snapshot.h"

#define TEXT(literal) ((corsac_str){literal, sizeof(literal) - 1})

/* A decision that allows nothing; its headers are not touched. */
static void clear(corsac_decision *out, uint32_t flags)
{
    out->outcome = CORSAC_OUTCOME_NONE;
    out->reason = CORSAC_REASON_NONE;
    out->flags = flags;
    out->reply_status = 0;
    out->route = CORSAC_NONE;
    out->policy = CORSAC_NONE;
    out->set_count = 0;
    out->append_vary = 0;
    out->strip_count = 0;
    out->reserved = 0;
    out->virtual_host = (corsac_str){NULL, 0};
}

static bool is_sound(corsac_str text)
{
    return text.data != NULL || text.size == 0;
}

static bool is_valid(const corsac_request *request)
{
    return request && request->struct_size >= sizeof(*request) && is_sound(request->gateway) &&
           is_sound(request->scheme) && is_sound(request->method) && is_sound(request->authority) &&
           is_sound(request->path) && is_sound(request->sni) && is_sound(request->origin) &&
           is_sound(request->request_method) && is_sound(request->request_headers) &&
           (request->headers || request->header_count == 0) &&
           (request->claims || request->claim_count == 0);
}

static bool is_https(const cse_call *call)
{
    return cse_text_equal(call->scheme, TEXT("https"));
}

/* H-29: plain HTTP, or TLS by SNI; where a port has both the scheme tells. CSE_NONE: no server. */
static uint32_t route_config(const cse_call *call, const cse_endpoint *endpoint,
                             const cse_host *host)
{
    bool tls =
        endpoint->tls_group != CSE_NONE && (endpoint->route_config == CSE_NONE || is_https(call));
    if (!tls)
        return endpoint->route_config;
    if (call->request->sni.data == NULL)
        return cse_host_choose_tls(call->image, endpoint->tls_group, host);
    cse_host name;
    cse_host_read_name(&name, call->request->sni);
    return cse_host_choose_tls(call->image, endpoint->tls_group, &name);
}

static void no_route(corsac_decision *out, corsac_reason reason)
{
    out->outcome = CORSAC_OUTCOME_NO_ROUTE;
    out->reason = reason;
}

static const cse_virtual_host *choose_host(corsac_decision *out, const cse_call *call,
                                           const cse_endpoint *endpoint)
{
    cse_host host;
    cse_host_read(&host, call->request->authority);
    uint32_t config = route_config(call, endpoint, &host);
    const cse_virtual_host *chosen =
        config != CSE_NONE ? cse_host_choose(call->image, config, &host) : NULL;
    if (!chosen) {
        no_route(out, CORSAC_REASON_NO_VIRTUAL_HOST);
        return NULL;
    }
    const char *domain = chosen->domain.size <= sizeof(chosen->text)
                             ? chosen->text
                             : call->image->strings + chosen->domain.offset;
    out->virtual_host = (corsac_str){domain, chosen->domain.size};
    return chosen;
}

static corsac_status decide(corsac_decision *out, cse_call *call, const cse_virtual_host *host)
{
    bool conditional = false;
    corsac_status status = cse_path_read(call);
    if (status != CORSAC_OK)
        return status;
    const cse_route *route = cse_route_choose(call, host, &conditional);
    if (call->failed)
        return CORSAC_E_LIMIT;
    if (conditional)
        out->flags |= CORSAC_DECISION_CONDITIONAL;
    if (route)
        cse_decide(out, call, route);
    else
        no_route(out, CORSAC_REASON_NO_MATCHING_ROUTE);
    return CORSAC_OK;
}

static corsac_status evaluate(corsac_decision *out, cse_call *call, cse_endpoint_cache *cache)
{
    const cse_endpoint *endpoint;
    corsac_status status = cse_endpoint_find(call->image, call->request, cache, &endpoint);
    if (status != CORSAC_OK)
        return status;
    const cse_virtual_host *host = choose_host(out, call, endpoint);
    if (!host)
        return CORSAC_OK;
    if (host->tls_redirect && !is_https(call)) { /* H-24 */
        out->outcome = CORSAC_OUTCOME_NO_POLICY;
        out->reason = CORSAC_REASON_TLS_REDIRECT;
        return CORSAC_OK;
    }
    return decide(out, call, host);
}

/* Field by field: clearing the whole struct first costs as much as a hash. */
static void start(cse_call *call, const corsac_image *image, cse_scratch *scratch,
                  const corsac_request *request)
{
    call->image = image;
    call->scratch = scratch;
    call->request = request;
    call->method = request->method.data ? request->method : TEXT("GET");
    call->scheme = request->scheme.data ? request->scheme : TEXT("http");
    call->failed = false; /* the path's fields are cse_path_read()'s */
}

corsac_status corsac_evaluate(corsac_decision *out, corsac_reader *reader,
                              const corsac_request *request)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    clear(out, 0);
    if (!reader || !is_valid(request))
        return CORSAC_E_ARGUMENT;
    cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return CORSAC_E_NO_IMAGE;
    out->flags = snapshot->image->decision_flags;
    cse_call call;
    start(&call, snapshot->image, reader->scratch, request);
    corsac_status status = evaluate(out, &call, &reader->endpoint);
    if (status != CORSAC_OK)
        clear(out, 0);
    return status;
}
