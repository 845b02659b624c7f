// SPDX-License-Identifier: Apache-2.0
// The same request on the shadow image: does it get the same answer.
#include "engine/evaluate/steps.h"
#include "engine/publish/snapshot.h"

static bool same_headers(const corsac_decision *a, const corsac_decision *b)
{
    if (a->set_count != b->set_count)
        return false;
    for (uint32_t i = 0; i < a->set_count; i++)
        if (!cse_text_equal(a->set[i].name, b->set[i].name) ||
            !cse_text_equal(a->set[i].value, b->set[i].value))
            return false;
    return true;
}

/* What a client can see; where it was written may differ. */
static bool same_answer(const corsac_decision *a, const corsac_decision *b)
{
    return a->reply_status == b->reply_status && a->append_vary == b->append_vary &&
           a->strip_count == b->strip_count && same_headers(a, b);
}

void cse_shadow_compare(corsac_reader *reader, const corsac_request *request,
                        const corsac_decision *decision, bool outcome_only)
{
    const corsac_image *image = reader->pinned->shadow;
    corsac_decision other;
    cse_call call;
    cse_decision_clear(&other, image->decision_flags);
    cse_call_start(&call, image, reader->pinned->places[reader->index].shadow_scratch, request,
                   outcome_only, NULL);
    const cse_virtual_host *host = cse_step_plain_host(image, request, &reader->shadow_endpoint);
    if (cse_step_from(&other, &call, &reader->shadow_endpoint, host, NULL) != CORSAC_OK)
        cse_decision_clear(&other, 0);
    cse_tally *tally = reader->tally;
    cse_count_add(&tally->pair[decision->outcome * CORSAC_OUTCOME_COUNT + other.outcome], 1);
    if (!outcome_only && decision->outcome == other.outcome && !same_answer(decision, &other))
        cse_count_add(&tally->other_answer, 1);
}
