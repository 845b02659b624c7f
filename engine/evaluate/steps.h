// SPDX-License-Identifier: Apache-2.0
// The steps from a request to its route, shared by all entry points: one at a time in evaluate.c,
// many side by side in batch.c. Inlined, since each is short and runs for every request.
#ifndef CORSAC_ENGINE_EVALUATE_STEPS_H
#define CORSAC_ENGINE_EVALUATE_STEPS_H

#include "engine/evaluate/decide.h"
#include "engine/evaluate/endpoint.h"
#include "engine/evaluate/host.h"
#include "engine/evaluate/path.h"
#include "engine/evaluate/route.h"

/* A decision that allows nothing; its headers are not touched. */
static inline void cse_decision_clear(corsac_decision *out, uint32_t flags)
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

/* Not 0: no bytes, but a size. Without a branch. */
static inline size_t cse_unsound(const void *data, size_t size)
{
    return size & ((size_t)0 - (data == NULL));
}

static inline size_t cse_str_unsound(corsac_str text)
{
    return cse_unsound(text.data, text.size);
}

/* 1 for a size without bytes; else only where a text is longer than its address is high, which the exact test
 * sorts out. */
static inline uint32_t cse_doubt(const void *data, size_t size)
{
    return (uintptr_t)data < size;
}

static inline uint32_t cse_str_doubt(corsac_str text)
{
    return cse_doubt(text.data, text.size);
}

/* Exactly; out of the way of requests that have all they should. */
__attribute__((noinline, cold)) static bool cse_request_is_sound(const corsac_request *request)
{
    size_t unsound = cse_str_unsound(request->gateway) | cse_str_unsound(request->scheme) |
                     cse_str_unsound(request->method) | cse_str_unsound(request->authority) |
                     cse_str_unsound(request->path) | cse_str_unsound(request->sni) |
                     cse_str_unsound(request->origin) | cse_str_unsound(request->request_method) |
                     cse_str_unsound(request->request_headers) |
                     cse_unsound(request->headers, request->header_count) |
                     cse_unsound(request->claims, request->claim_count);
    return unsound == 0;
}

/* One test of all fields: a branch for each would cost more than the tests. */
static inline bool cse_request_is_valid(const corsac_request *request)
{
    if (!request || request->struct_size < sizeof(*request))
        return false;
    uint32_t doubt = cse_str_doubt(request->gateway) + cse_str_doubt(request->scheme) +
                     cse_str_doubt(request->method) + cse_str_doubt(request->authority) +
                     cse_str_doubt(request->path) + cse_str_doubt(request->sni) +
                     cse_str_doubt(request->origin) + cse_str_doubt(request->request_method) +
                     cse_str_doubt(request->request_headers) +
                     cse_doubt(request->headers, request->header_count) +
                     cse_doubt(request->claims, request->claim_count);
    return doubt == 0 || cse_request_is_sound(request);
}

/* Field by field: clearing the whole struct first costs as much as a hash. */
static inline void cse_call_start(cse_call *call, const corsac_image *image, cse_scratch *scratch,
                                  const corsac_request *request, bool outcome_only,
                                  const void *tally)
{
    call->image = image;
    call->scratch = scratch;
    call->request = request;
    call->outcome_only = outcome_only;
    call->tally = tally;
    call->failed = false; /* the path's fields are cse_path_read()'s */
}

static inline void cse_step_no_route(corsac_decision *out, corsac_reason reason)
{
    out->outcome = CORSAC_OUTCOME_NO_ROUTE;
    out->reason = reason;
}

/* Any host; what a decision on it is likely to need is asked for. */
static inline const cse_virtual_host *cse_step_find_host(const cse_call *call,
                                                         const cse_endpoint *endpoint)
{
    const cse_virtual_host *host = cse_host_find(call, endpoint);
    if (host)
        cse_host_look_ahead(call->image, host);
    return host;
}

/* Whether the virtual host that was found has routes for the request; if not the decision is made. */
static inline bool cse_step_host(corsac_decision *out, const cse_call *call,
                                 const cse_virtual_host *chosen)
{
    if (!chosen) {
        cse_step_no_route(out, CORSAC_REASON_NO_VIRTUAL_HOST);
        return false;
    }
    const char *domain = chosen->domain_size <= sizeof(chosen->text)
                             ? chosen->text
                             : call->image->strings + chosen->domain_offset;
    out->virtual_host = (corsac_str){domain, chosen->domain_size};
    if (chosen->flags & CSE_HOST_TLS_REDIRECT && !cse_call_is_https(call)) { /* H-24 */
        out->outcome = CORSAC_OUTCOME_NO_POLICY;
        out->reason = CORSAC_REASON_TLS_REDIRECT;
        return false;
    }
    return true;
}

/* The route; NULL with CORSAC_OK: the decision is made. */
static inline corsac_status cse_step_route(corsac_decision *out, cse_call *call,
                                           const cse_virtual_host *host, const cse_route **route)
{
    cse_bytes16 head;
    uint32_t from = 0;
    bool conditional = false;
    *route = NULL;
    if (cse_path_glance(call->image, call->request->path, &head))
        *route = cse_route_choose_plain(&call->image->routes[host->first_route], host->route_count,
                                        head, &from);
    if (*route)
        return CORSAC_OK;
    corsac_status status = cse_route_choose(call, host, from, &conditional, route);
    if (status != CORSAC_OK)
        return status;
    if (conditional)
        out->flags |= CORSAC_DECISION_CONDITIONAL;
    if (!*route)
        cse_step_no_route(out, CORSAC_REASON_NO_MATCHING_ROUTE);
    return CORSAC_OK;
}

/* C-2, C-3: why a route decides nothing. */
static inline corsac_reason cse_step_why_no_policy(const cse_route *route)
{
    if (route->action == CSE_ACTION_REDIRECT)
        return CORSAC_REASON_REDIRECT;
    if (route->action == CSE_ACTION_DIRECT_RESPONSE)
        return CORSAC_REASON_DIRECT_RESPONSE;
    return CORSAC_REASON_NO_CORS_POLICY;
}

/* The route's action and policy: the rows of 0.3 from no-policy down. */
static inline void cse_step_decide(corsac_decision *out, const cse_call *call,
                                   const cse_route *route)
{
    if (route->policy != CSE_NONE) {
        cse_decide_policy(out, call, route->source, route->policy);
        return;
    }
    out->reason = cse_step_why_no_policy(route);
    out->route = route->source;
    out->outcome = CORSAC_OUTCOME_NO_POLICY;
}

/*
 * All of them, and the decision. On failure `out` is left half filled.
 * @param host   if it is known already, or NULL.
 * @param route  of the host, the same.
 */
static inline corsac_status cse_step_from(corsac_decision *out, cse_call *call,
                                          cse_endpoint_cache *cache, const cse_virtual_host *host,
                                          const cse_route *route)
{
    const cse_endpoint *endpoint;
    corsac_status status = CORSAC_OK;
    if (!host) {
        status = cse_endpoint_find(call->image, call->request, cache, &endpoint);
        if (status != CORSAC_OK)
            return status;
        host = cse_step_find_host(call, endpoint);
    }
    if (!cse_step_host(out, call, host))
        return CORSAC_OK;
    if (!route)
        status = cse_step_route(out, call, host, &route);
    if (route)
        cse_step_decide(out, call, route);
    return status;
}

/* The virtual host of most requests, or NULL: cse_step_from() knows. */
__attribute__((always_inline)) static inline const cse_virtual_host *
cse_step_plain_host(const corsac_image *image, const corsac_request *request,
                    const cse_endpoint_cache *cache)
{
    return cse_endpoint_is_cached(image, request, cache)
               ? cse_host_find_plain(image, &cache->hosts, request->authority)
               : NULL;
}

#endif
