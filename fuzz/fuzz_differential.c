// SPDX-License-Identifier: Apache-2.0
// Boundary: all of it at once.
// Property: a policy set and requests drawn from the bytes are decided by the engine as by the slow oracle
// (tests/oracle), one by one, in a batch, by outcome alone and by policy handle.
#include "fuzz/fuzz_support.h"
#include "property/evaluate.h"

enum { REQUESTS = 24 };

static void compare(evaluate_set *set, evaluate_random *random)
{
    evaluate_subject subject;
    oracle_pool pool = {0};
    oracle_request requests[REQUESTS];
    evaluate_entries entries = {0};
    fuzz_require(evaluate_open(&subject, set, false), "compiles as expected");
    for (size_t i = 0; i < REQUESTS; i++) {
        oracle_decision decision;
        requests[i] = evaluate_random_request(set, &pool, random);
        const char *found = evaluate_compare(&subject, &requests[i], &decision);
        if (found)
            evaluate_print(set, &requests[i]);
        fuzz_require(found == NULL, found ? found : "");
    }
    size_t at = 0;
    const char *found = evaluate_compare_entries(&subject, requests, REQUESTS, &entries, &at);
    if (found)
        evaluate_print(set, &requests[at]);
    fuzz_require(found == NULL, found ? found : "");
    evaluate_close(&subject);
    oracle_pool_clear(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evaluate_set set = {0};
    evaluate_random random = {.state = size, .bytes = data, .byte_count = size};
    evaluate_generate_from(&set, &random);
    if (evaluate_has_documents(&set))
        compare(&set, &random);
    evaluate_set_clear(&set);
    oracle_regex_clear();
    return 0;
}
