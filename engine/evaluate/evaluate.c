// SPDX-License-Identifier: Apache-2.0
// corsac_evaluate and corsac_evaluate_outcome: the steps of one decision in order.
#include "engine/evaluate/plain.h"
#include "engine/publish/snapshot.h"

/* Most requests; no cse_call is needed. False: decide_from() has to be asked, with what is known. */
__attribute__((always_inline)) static inline bool
decide_plainly(corsac_decision *out, const corsac_image *image, const corsac_reader *reader,
               const corsac_request *request, bool outcome_only, const cse_virtual_host **host,
               const cse_route **route)
{
    *route = NULL;
    *host = cse_step_plain_host(image, request, &reader->endpoint);
    if (!*host)
        return false;
    cse_host_look_ahead(image, *host);
    return cse_plain_decide(out, image, reader->scratch, cse_reader_lines(reader), request, *host,
                            outcome_only, route);
}

/* Any request, from where decide_plainly() has got to. */
__attribute__((noinline)) static corsac_status
decide_from(corsac_decision *out, corsac_reader *reader, const corsac_request *request,
            bool outcome_only, const cse_virtual_host *host, const cse_route *route)
{
    const corsac_image *image = reader->pinned->image;
    cse_call call;
    cse_decision_clear(out, image->decision_flags);
    cse_call_start(&call, image, reader->scratch, request, outcome_only, cse_reader_lines(reader));
    corsac_status status = cse_step_from(out, &call, &reader->endpoint, host, route);
    if (status != CORSAC_OK)
        cse_decision_clear(out, 0);
    return status;
}

static corsac_status refuse(corsac_decision *out, corsac_status status)
{
    cse_decision_clear(out, 0);
    return status;
}

/* Once in each entry point. */
__attribute__((always_inline)) static inline corsac_status evaluate(corsac_decision *out,
                                                                    corsac_reader *reader,
                                                                    const corsac_request *request,
                                                                    bool outcome_only)
{
    const cse_virtual_host *host;
    const cse_route *route;
    if (!reader || !cse_request_is_valid(request))
        return refuse(out, CORSAC_E_ARGUMENT);
    const cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return refuse(out, CORSAC_E_NO_IMAGE);
    corsac_status status = CORSAC_OK;
    if (!decide_plainly(out, snapshot->image, reader, request, outcome_only, &host, &route))
        status = decide_from(out, reader, request, outcome_only, host, route);
    cse_reader_count(reader, request, out, outcome_only);
    return status;
}

corsac_status corsac_evaluate(corsac_decision *out, corsac_reader *reader,
                              const corsac_request *request)
{
    return out ? evaluate(out, reader, request, false) : CORSAC_E_ARGUMENT;
}

corsac_status corsac_evaluate_outcome(uint32_t *out, corsac_reader *reader,
                                      const corsac_request *request)
{
    corsac_decision decision;
    if (!out)
        return CORSAC_E_ARGUMENT;
    corsac_status status = evaluate(&decision, reader, request, true);
    *out = decision.outcome;
    return status;
}

uint32_t corsac_outcome_allows(uint32_t outcome)
{
    return outcome == CORSAC_OUTCOME_ALLOWED || outcome == CORSAC_OUTCOME_PREFLIGHT_ALLOWED;
}
