// SPDX-License-Identifier: Apache-2.0
// The CORS decision of one route (chapter C), of most requests: no preflight, no extras, an origin that
// is one of the policy's exact strings. decide.c does the rest.
#ifndef CORSAC_ENGINE_EVALUATE_DECIDE_H
#define CORSAC_ENGINE_EVALUATE_DECIDE_H

#include "engine/evaluate/evaluate.h"
#include "engine/match/keys.h"

/** Any request and any image. */
void cse_decide_policy_slowly(corsac_decision *out, const cse_call *call, const cse_policy *policy);

/** C-9, P-7, X-7: what the policy's list, which says `answer`, leaves open. */
corsac_reason cse_judge_origin_slowly(const corsac_image *image, cse_scratch *scratch,
                                      const cse_policy *policy, const corsac_request *request,
                                      cse_keys_answer answer);

/* ---- headers, in order -------------------------------------------------------------------- */

/* Headers are written through a cursor: a count in memory would be read back for each of them. */
static inline corsac_header *cse_put(corsac_header *next, corsac_str name, corsac_str value)
{
    *next = (corsac_header){name, value};
    return next + 1;
}

static inline corsac_header *cse_put_text(corsac_header *next, const corsac_image *image,
                                          corsac_str name, cse_text value)
{
    return value.size > 0 ? cse_put(next, name, cse_image_text(image, value)) : next;
}

/* ACAO if allowed, ACAC if configured: the head of both lists. */
static inline corsac_header *cse_put_grant(corsac_header *next, bool credentials, corsac_str origin,
                                           bool allowed)
{
    if (allowed)
        next = cse_put(next, CSE_STR("access-control-allow-origin"), origin);
    if (credentials)
        next = cse_put(next, CSE_STR("access-control-allow-credentials"), CSE_STR("true"));
    return next;
}

/* ---- the decision ------------------------------------------------------------------------- */

/* Most often the list is enough. */
static inline corsac_reason cse_judge_origin(const corsac_image *image, cse_scratch *scratch,
                                             const cse_policy *policy,
                                             const corsac_request *request)
{
    const cse_prints *list = &policy->glance.list;
    const cse_keys_answer answer =
        cse_prints_ask(list, image->origins.keys + list->keys, request->origin);
    return answer == CSE_KEYS_HIT
               ? CORSAC_REASON_ORIGIN_MATCHED
               : cse_judge_origin_slowly(image, scratch, policy, request, answer);
}

static inline bool cse_reason_allows(corsac_reason reason)
{
    return reason == CORSAC_REASON_ORIGIN_MATCHED || reason == CORSAC_REASON_ORIGIN_ANY;
}

/** C-10, C-17: what the gateway sets on the final response to an origin that is allowed. */
static inline void cse_put_response(corsac_decision *out, const corsac_image *image,
                                    corsac_str origin, bool credentials, cse_text expose_headers)
{
    corsac_header *next = cse_put_grant(out->set, credentials, origin, true);
    next = cse_put_text(next, image, CSE_STR("access-control-expose-headers"), expose_headers);
    out->set_count = (uint32_t)(next - out->set);
}

/** Of a request that is no preflight. */
static inline void cse_decide_response(corsac_decision *out, const corsac_image *image,
                                       const cse_policy *policy, const corsac_request *request,
                                       bool allowed, bool outcome_only)
{
    out->outcome = allowed ? CORSAC_OUTCOME_ALLOWED : CORSAC_OUTCOME_DENIED;
    if (allowed && !outcome_only)
        cse_put_response(out, image, request->origin, policy->flags & CSE_POLICY_CREDENTIALS,
                         policy->expose_headers);
}

/** Whether the request needs neither preflight nor extras (C-4, C-6, X-11, X-14): origin and policy decide. */
static inline bool cse_decides_by_origin(const corsac_image *image, const corsac_request *request)
{
    return request->origin.size > 0 && request->request_method.size == 0 &&
           image->decision_flags == 0;
}

/**
 * The decision on a route that forwards and carries a policy (C-3): the rows of 0.3 from not-cors
 * down. @param source  of the route.
 */
static inline void cse_decide_policy(corsac_decision *out, const cse_call *call, uint32_t source,
                                     uint32_t policy)
{
    const corsac_image *image = call->image;
    const cse_policy *record = &image->policies[policy];
    out->route = source;
    out->policy = policy;
    cse_prefetch_tally(call->tally, source);
    if (!cse_decides_by_origin(image, call->request)) {
        cse_decide_policy_slowly(out, call, record);
        return;
    }
    out->reason = cse_judge_origin(image, call->scratch, record, call->request);
    cse_decide_response(out, image, record, call->request, cse_reason_allows(out->reason),
                        call->outcome_only);
}

#endif
