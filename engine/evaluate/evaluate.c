// SPDX-License-Identifier: Apache-2.0
// corsac_evaluate and corsac_evaluate_outcome: the steps of one decision in order.
#include "engine/evaluate/steps.h"
#include "engine/publish/snapshot.h"

/* Once in each entry point. */
__attribute__((always_inline)) static inline corsac_status evaluate(corsac_decision *out,
                                                                    corsac_reader *reader,
                                                                    const corsac_request *request,
                                                                    bool outcome_only)
{
    cse_decision_clear(out, 0);
    if (!reader || !cse_request_is_valid(request))
        return CORSAC_E_ARGUMENT;
    const cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return CORSAC_E_NO_IMAGE;
    out->flags = snapshot->image->decision_flags;
    cse_call call;
    cse_call_start(&call, snapshot->image, reader->scratch, request, outcome_only,
                   cse_reader_lines(reader));
    corsac_status status = cse_step_all(out, &call, &reader->endpoint);
    if (status != CORSAC_OK)
        cse_decision_clear(out, 0);
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
