// SPDX-License-Identifier: Apache-2.0
// The decision on most requests, once their virtual host is known: a plain path, a plain route with a policy, an
// origin, no preflight, no extras. Where the origin is one of the strings that the host repeats (F-4), its record is all
// that is read, but for a policy that exposes headers. Used by evaluate.c and batch.c; what it leaves open goes through steps.h.
#ifndef CORSAC_ENGINE_EVALUATE_PLAIN_H
#define CORSAC_ENGINE_EVALUATE_PLAIN_H

#include "engine/evaluate/steps.h"

/* Which route and policy decide. */
static inline void cse_plain_fill(corsac_decision *out, const cse_virtual_host *host,
                                  uint32_t source, uint32_t policy, corsac_reason reason)
{
    cse_decision_clear(out, 0);
    out->reason = reason;
    out->route = source;
    out->policy = policy;
    out->virtual_host = (corsac_str){host->text, host->domain_size};
}

/* By the policy's own record. */
static __attribute__((noinline)) void
cse_plain_decide_by_policy(corsac_decision *out, const corsac_image *image, cse_scratch *scratch,
                           const corsac_request *request, const cse_virtual_host *host,
                           uint32_t source, uint32_t index, bool outcome_only)
{
    const cse_policy *policy = &image->policies[index];
    const corsac_reason reason = cse_judge_origin(image, scratch, policy, request);
    cse_plain_fill(out, host, source, index, reason);
    cse_decide_response(out, image, policy, request, cse_reason_allows(reason), outcome_only);
}

/* By what the host repeats of its policy; false: that is not enough. */
__attribute__((always_inline)) static inline bool
cse_plain_decide_by_host(corsac_decision *out, const corsac_image *image,
                         const corsac_request *request, const cse_virtual_host *host,
                         uint32_t source, bool outcome_only)
{
    const cse_ahead *ahead = &host->ahead;
    if (!(host->flags & CSE_HOST_KEYS) ||
        cse_prints_ask(&ahead->list, ahead->keys, request->origin) != CSE_KEYS_HIT)
        return false;
    cse_plain_fill(out, host, source, ahead->policy, CORSAC_REASON_ORIGIN_MATCHED);
    out->outcome = CORSAC_OUTCOME_ALLOWED;
    if (outcome_only)
        return true;
    const cse_text nothing = {0, 0};
    cse_put_response(out, image, request->origin, host->flags & CSE_HOST_CREDENTIALS,
                     host->flags & CSE_HOST_EXPOSES ? image->policies[ahead->policy].expose_headers
                                                    : nothing);
    return true;
}

/**
 * @param host   CSE_HOST_PLAIN.
 * @param tally  as in cse_call.
 * @param route  receives the route if it was looked for, else NULL.
 * @return false: nothing is decided, nothing is written.
 */
__attribute__((always_inline)) static inline bool
cse_plain_decide(corsac_decision *out, const corsac_image *image, cse_scratch *scratch,
                 const char *tally, const corsac_request *request, const cse_virtual_host *host,
                 bool outcome_only, const cse_route **route)
{
    const cse_ahead *ahead = &host->ahead;
    cse_bytes16 head;
    uint32_t from = 0;
    *route = NULL;
    if (host->flags & CSE_HOST_TLS_REDIRECT || !cse_path_glance(image, request->path, &head) ||
        !cse_decides_by_origin(image, request))
        return false;
    uint32_t source = ahead->source, policy = ahead->policy;
    if (!(host->flags & CSE_HOST_FIRST_ROUTE) ||
        !cse_route_head_matches(ahead->path, ahead->mask, head)) {
        *route = cse_route_choose_plain(&image->routes[host->first_route], host->route_count, head,
                                        &from);
        if (!*route || (*route)->policy == CSE_NONE)
            return false;
        source = (*route)->source;
        policy = (*route)->policy;
    }
    cse_prefetch_tally(tally, source);
    if (policy != ahead->policy ||
        !cse_plain_decide_by_host(out, image, request, host, source, outcome_only))
        cse_plain_decide_by_policy(out, image, scratch, request, host, source, policy,
                                   outcome_only);
    return true;
}

#endif
