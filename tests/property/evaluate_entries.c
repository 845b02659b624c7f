// SPDX-License-Identifier: Apache-2.0
// All entry points of the engine give the same answers: a batch, the outcome alone, and the policy
// by its handle against corsac_evaluate(), which is compared with the oracle elsewhere.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "property/evaluate.h"

static bool same_text(corsac_str a, corsac_str b)
{
    return (a.data == NULL) == (b.data == NULL) && text_equal(a, b);
}

static bool same_headers(const corsac_decision *a, const corsac_decision *b)
{
    if (a->set_count != b->set_count)
        return false;
    for (uint32_t i = 0; i < a->set_count; i++)
        if (!same_text(a->set[i].name, b->set[i].name) ||
            !same_text(a->set[i].value, b->set[i].value))
            return false;
    return true;
}

/* What chapter C decides. */
static bool same_answer(const corsac_decision *a, const corsac_decision *b)
{
    return a->outcome == b->outcome && a->reason == b->reason &&
           a->reply_status == b->reply_status && a->append_vary == b->append_vary &&
           a->strip_count == b->strip_count && a->policy == b->policy && same_headers(a, b);
}

static bool same_decision(const corsac_decision *a, const corsac_decision *b)
{
    return same_answer(a, b) && a->flags == b->flags && a->route == b->route &&
           same_text(a->virtual_host, b->virtual_host);
}

/* By the policy's name, and by the route's where that has one policy: the answer of the route. */
static const char *compare_policy(evaluate_subject *subject, const corsac_request *request,
                                  const corsac_decision *single, evaluate_entries *counts)
{
    corsac_route_info info;
    corsac_policy policy;
    corsac_decision got;
    corsac_request bare = {.struct_size = sizeof(bare),
                           .method = request->method,
                           .origin = request->origin,
                           .request_method = request->request_method,
                           .request_headers = request->request_headers};
    const corsac_image *image = corsac_reader_image(subject->reader);
    if (corsac_image_route(image, single->route, &info) != CORSAC_OK)
        return "route of a decision";
    if (corsac_policy_find(&policy, subject->reader, info.policy_owner, info.policy_path) !=
        CORSAC_OK)
        return "policy is not found";
    if (corsac_evaluate_policy(&got, subject->reader, &policy, &bare) != CORSAC_OK ||
        !same_answer(single, &got))
        return "policy";
    if (corsac_policy_find_route(&policy, subject->reader, info.root, info.route) ==
        CORSAC_E_NOT_FOUND)
        return NULL;
    counts->route++;
    if (corsac_evaluate_policy(&got, subject->reader, &policy, &bare) != CORSAC_OK ||
        !same_answer(single, &got))
        return "policy of the route";
    return NULL;
}

static const char *compare_one(evaluate_subject *subject, const corsac_request *request,
                               corsac_status batch_status, const corsac_decision *batch,
                               evaluate_entries *counts)
{
    corsac_decision single;
    uint32_t outcome = 99;
    corsac_status status = corsac_evaluate(&single, subject->reader, request);
    counts->batch++;
    if (status != batch_status || !same_decision(&single, batch))
        return "batch";
    counts->outcome++;
    if (corsac_evaluate_outcome(&outcome, subject->reader, request) != status ||
        outcome != single.outcome)
        return "outcome alone";
    if (status != CORSAC_OK || single.policy == CORSAC_NONE)
        return NULL;
    counts->policy++;
    return compare_policy(subject, request, &single, counts);
}

const char *evaluate_compare_entries(evaluate_subject *subject, const oracle_request *requests,
                                     size_t count, evaluate_entries *counts, size_t *at)
{
    oracle_pool pool = {0};
    corsac_request *asked = oracle_pool_take(&pool, (count + 1) * sizeof *asked);
    corsac_decision *batch = calloc(count + 1, sizeof *batch);
    corsac_status *statuses = calloc(count + 1, sizeof *statuses);
    const char *found = NULL;
    if (!batch || !statuses)
        abort();
    for (size_t i = 0; i < count; i++)
        asked[i] = evaluate_engine_request(&requests[i], &pool);
    corsac_status first = corsac_evaluate_batch(batch, statuses, subject->reader, asked, count);
    for (size_t i = 0; i < count && found == NULL; i++) {
        if (first != CORSAC_OK && statuses[i] != CORSAC_OK && statuses[i] == first)
            first = CORSAC_OK; /* the first that failed is the one returned */
        else if (first != CORSAC_OK && statuses[i] != CORSAC_OK)
            found = "status of a batch";
        if (found == NULL)
            found = compare_one(subject, &asked[i], statuses[i], &batch[i], counts);
        *at = i;
    }
    if (found == NULL && first != CORSAC_OK)
        found = "status of a batch";
    free(batch);
    free(statuses);
    oracle_pool_clear(&pool);
    return found;
}

static const char *check_pairs(const corsac_counters *counters, size_t by_policy)
{
    uint64_t decided = 0, compared = 0;
    for (uint32_t i = 0; i < CORSAC_OUTCOME_COUNT; i++) {
        decided += corsac_counters_outcome(counters, i);
        for (uint32_t j = 0; j < CORSAC_OUTCOME_COUNT; j++) {
            compared += corsac_counters_shadow(counters, i, j);
            if (i != j && corsac_counters_shadow(counters, i, j) > 0)
                return "outcome of the same image as a shadow";
        }
    }
    if (corsac_counters_shadow_other_answers(counters) > 0)
        return "answer of the same image as a shadow";
    return compared > 0 && compared + by_policy == decided ? NULL : "number of counted decisions";
}

const char *evaluate_check_counters(evaluate_subject *subject, size_t by_policy)
{
    corsac_counters *counters;
    if (corsac_counters_new(&counters, subject->engine) != CORSAC_OK)
        abort();
    const char *found = check_pairs(counters, by_policy);
    corsac_counters_free(counters);
    return found;
}
