// SPDX-License-Identifier: Apache-2.0
// The CORS decision of one route (chapter C), of any request: preflights, extras, origins that are none of the
// policy's exact strings.
#include "engine/evaluate/decide.h"

/* C-13, C-14: a list that is exactly "*" reflects the request, absent as empty; X-8. */
static corsac_header *put_reflected(corsac_header *next, corsac_str name, corsac_str asked)
{
    if (asked.data == NULL)
        asked = CSE_STR("");
    return cse_text_legal(asked) ? cse_put(next, name, asked) : next;
}

static corsac_header *put_lists(corsac_header *next, const cse_call *call, const cse_policy *policy)
{
    const corsac_image *image = call->image;
    const corsac_str methods = CSE_STR("access-control-allow-methods");
    const corsac_str headers = CSE_STR("access-control-allow-headers");
    next = policy->flags & CSE_POLICY_REFLECT_METHODS
               ? put_reflected(next, methods, call->request->request_method)
               : cse_put_text(next, image, methods, policy->allow_methods);
    next = policy->flags & CSE_POLICY_REFLECT_HEADERS
               ? put_reflected(next, headers, call->request->request_headers)
               : cse_put_text(next, image, headers, policy->allow_headers);
    return cse_put_text(next, image, CSE_STR("access-control-max-age"), policy->max_age);
}

/* C-12, C-15, C-16: the headers of a reply that the gateway gives itself. */
static void reply(corsac_decision *out, const cse_call *call, const cse_policy *policy,
                  bool allowed)
{
    uint32_t options = call->image->options;
    out->reply_status = options & CORSAC_OPTION_PREFLIGHT_204 ? 204 : 200; /* */
    corsac_header *next = cse_put_grant(out->set, policy->flags & CSE_POLICY_CREDENTIALS,
                                        call->request->origin, allowed);
    next = put_lists(next, call, policy);
    if (allowed && !(options & CORSAC_OPTION_NO_EXPOSE_PREFLIGHT))
        next = cse_put_text(next, call->image, CSE_STR("access-control-expose-headers"),
                            policy->expose_headers);
    if (options & CORSAC_OPTION_VARY_ORIGIN) /* */
        next = cse_put(next, CSE_STR("vary"), CSE_STR("Origin"));
    out->set_count = (uint32_t)(next - out->set);
}

/* By all of the set, or by all but its exact strings. */
static corsac_reason judge_by_set(const cse_origin_sections *origins, cse_origin_scratch *scratch,
                                  uint32_t set, corsac_str origin, bool but_keys)
{
    switch (but_keys ? cse_origin_match_others(origins, set, origin, scratch)
                     : cse_origin_match(origins, set, origin, scratch)) {
    case CSE_ORIGIN_ILLEGAL:
        return CORSAC_REASON_ORIGIN_UNREPRESENTABLE;
    case CSE_ORIGIN_MATCHED:
        return cse_origin_is_any(origins, set) ? CORSAC_REASON_ORIGIN_ANY
                                               : CORSAC_REASON_ORIGIN_MATCHED;
    default:
        return CORSAC_REASON_ORIGIN_UNMATCHED;
    }
}

corsac_reason cse_judge_origin_slowly(const corsac_image *image, cse_scratch *scratch,
                                      const cse_policy *policy, const corsac_request *request,
                                      cse_keys_answer answer)
{
    const corsac_str origin = request->origin;
    if (answer == CSE_KEYS_UNSURE || !policy->glance.is_all)
        return judge_by_set(&image->origins, scratch->origin, policy->origin_set, origin,
                            answer == CSE_KEYS_MISS);
    return cse_origin_classify(origin) == CSE_BYTES_ILLEGAL ? CORSAC_REASON_ORIGIN_UNREPRESENTABLE
                                                            : CORSAC_REASON_ORIGIN_UNMATCHED;
}

/* what the extras do to a response that is not Corsac's own. */
static void apply_extras(corsac_decision *out, uint32_t options)
{
    if (options & CORSAC_OPTION_VARY_ORIGIN)
        out->append_vary = 1;
    bool refused =
        out->outcome == CORSAC_OUTCOME_DENIED || out->outcome == CORSAC_OUTCOME_PREFLIGHT_FORWARDED;
    if (refused && options & CORSAC_OPTION_STRIP_DENIED)
        out->strip_count = CORSAC_STRIPPED_HEADER_COUNT;
}

static void decide_preflight(corsac_decision *out, const cse_call *call, const cse_policy *policy,
                             bool allowed, bool enforced)
{
    if (allowed)
        out->outcome = CORSAC_OUTCOME_PREFLIGHT_ALLOWED;
    else if (enforced || !(policy->flags & CSE_POLICY_FORWARD_UNMATCHED)) /* X-14, P-11 */
        out->outcome = CORSAC_OUTCOME_PREFLIGHT_DENIED;
    else
        out->outcome = CORSAC_OUTCOME_PREFLIGHT_FORWARDED;
    if (out->outcome != CORSAC_OUTCOME_PREFLIGHT_FORWARDED && !call->outcome_only)
        reply(out, call, policy, allowed);
}

static void decide_origin(corsac_decision *out, const cse_call *call, const cse_policy *policy)
{
    bool preflight = call->request->request_method.size > 0 && /* C-6 */
                     cse_text_equal(cse_call_method(call), CSE_STR("OPTIONS"));
    corsac_reason reason = cse_judge_origin(call->image, call->scratch, policy, call->request);
    bool allowed = cse_reason_allows(reason);
    bool enforced = false;
    if (allowed &&
        call->image->options & (CORSAC_OPTION_ENFORCE_METHODS | CORSAC_OPTION_ENFORCE_HEADERS)) {
        corsac_reason failed = cse_enforce(call, policy, preflight);
        enforced = failed != CORSAC_REASON_NONE;
        reason = enforced ? failed : reason;
        allowed = !enforced;
    }
    out->reason = reason;
    if (preflight)
        decide_preflight(out, call, policy, allowed, enforced);
    else
        cse_decide_response(out, call->image, policy, call->request, allowed, call->outcome_only);
}

void cse_decide_policy_slowly(corsac_decision *out, const cse_call *call, const cse_policy *policy)
{
    const corsac_image *image = call->image;
    if (call->request->origin.size == 0) { /* C-4 */
        out->outcome = CORSAC_OUTCOME_NOT_CORS;
        out->reason = CORSAC_REASON_NO_ORIGIN;
    } else {
        decide_origin(out, call, policy);
    }
    if (image->options & (CORSAC_OPTION_VARY_ORIGIN | CORSAC_OPTION_STRIP_DENIED) &&
        out->reply_status == 0)
        apply_extras(out, image->options);
}
