// SPDX-License-Identifier: Apache-2.0
// The property test of evaluation: random policy sets, random requests, and one question put to
// both the engine and the oracle. Any difference is printed in its smallest form and fails the run.
//
//   --seed N        first seed (default 1; printed)
//   --decisions N   how many decisions in all (default 2000000)
//   --set N         only set number N of that seed
//   --keep-going N  stop after N differences instead of one
//   --shrink 0      only say that there is a difference
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "property/evaluate.h"

#define REQUESTS_PER_SET  250
#define STRANGER_REQUESTS 40

static const char *const outcomes[] = {
    "no-route",         "no-policy", "not-cors", "preflight-allowed", "preflight-forwarded",
    "preflight-denied", "allowed",   "denied"};
#define OUTCOME_COUNT (sizeof outcomes / sizeof *outcomes)

typedef struct run {
    uint64_t seed;
    size_t decisions, sets, differences;
    size_t wanted, tolerated;
    bool shrinks;
    size_t by_outcome[OUTCOME_COUNT], unknown;
    size_t same_bytes, strangers, databases;
    evaluate_entries entries;
    uint64_t fallbacks;
} run;

static void count_outcome(run *r, const oracle_decision *decision)
{
    r->decisions++;
    if (!decision->known)
        r->unknown++;
    for (size_t i = 0; decision->known && i < OUTCOME_COUNT; i++)
        r->by_outcome[i] += strcmp(decision->outcome, outcomes[i]) == 0;
}

static uint64_t seed_of_set(const run *r, size_t number)
{
    evaluate_random random = {.state = r->seed * 0x2545F4914F6CDD1Du + number};
    return random_next(&random);
}

static void report(run *r, evaluate_set *set, oracle_request *request, size_t number,
                   const char *what)
{
    printf("\n==== seed %llu, set %zu: %s differs\n", (unsigned long long)r->seed, number, what);
    if (r->shrinks) {
        evaluate_shrink(set, request);
        evaluate_print(set, request);
    }
    fflush(stdout);
    r->differences++;
}

/* the order in which the inputs are handed over does not matter, nor does the second time. */
static bool bytes_are_stable(const evaluate_subject *subject, const evaluate_set *set)
{
    corsac_str first = corsac_blob_bytes(subject->blob);
    for (int reverse = 0; reverse <= 1; reverse++) {
        corsac_blob *again = evaluate_compile(set, reverse == 1, false);
        bool same = again != NULL && text_equal(first, corsac_blob_bytes(again));
        corsac_blob_free(again);
        if (!same)
            return false;
    }
    return true;
}

/* A host that is missing may select "*" only while it is alone (H-17): a newcomer changes that. */
static bool concerns_strangers(const oracle_request *request)
{
    return request->authority.size > 0;
}

/* One tenant more or less changes nothing for the others: what both answer beside a stranger is
   what the oracle answers without it. */
static const char *compare_beside_stranger(run *r, evaluate_set *set, uint64_t seed,
                                           oracle_request *request, oracle_pool *pool)
{
    oracle_documents documents = set->documents;
    oracle *alone = oracle_new(&documents, &set->parameters);
    size_t before = set->documents.services.count;
    evaluate_random random = {.state = seed};
    oracle_request *requests = oracle_pool_take(pool, STRANGER_REQUESTS * sizeof *requests);
    for (size_t i = 0; i < STRANGER_REQUESTS; i++)
        requests[i] = evaluate_random_request(set, pool, &random);
    evaluate_add_stranger(set);
    evaluate_subject subject;
    const char *found = evaluate_open(&subject, set, false) ? NULL : "opening beside a stranger";
    for (size_t i = 0; found == NULL && i < STRANGER_REQUESTS; i++) {
        oracle_decision beside;
        *request = requests[i];
        if (!concerns_strangers(request))
            continue;
        found = evaluate_compare(&subject, request, &beside);
        oracle_decision without = oracle_decide(alone, request);
        if (found == NULL && without.known &&
            (strcmp(without.outcome, beside.outcome) != 0 ||
             !text_equal(without.route, beside.route)))
            found = "answer beside a stranger";
        r->strangers++;
    }
    evaluate_close(&subject);
    oracle_free(alone);
    if (found == NULL)
        set->documents.services.count = before;
    return found;
}

/* Most random requests miss every virtual host, which proves little: three in four of those are
 * drawn again. */
static oracle_request interesting_request(const evaluate_set *set, oracle *judge, oracle_pool *pool,
                                          evaluate_random *random)
{
    for (int tries = 0;; tries++) {
        oracle_request request = evaluate_random_request(set, pool, random);
        oracle_decision decision = oracle_decide(judge, &request);
        bool dull = !decision.known || strcmp(decision.outcome, "no-route") == 0;
        if (!dull || tries == 3 || random_percent(random, 25))
            return request;
    }
}

static void run_requests(run *r, evaluate_set *set, evaluate_subject *subject, size_t number,
                         uint64_t seed)
{
    oracle_pool pool = {0};
    evaluate_random random = {.state = ~seed};
    oracle_request request;
    oracle_request *requests = oracle_pool_take(&pool, REQUESTS_PER_SET * sizeof *requests);
    const char *found = NULL;
    for (size_t i = 0; i < REQUESTS_PER_SET && found == NULL; i++) {
        oracle_decision decision;
        request = requests[i] = interesting_request(set, subject->oracle, &pool, &random);
        found = evaluate_compare(subject, &request, &decision);
        count_outcome(r, &decision);
    }
    if (found == NULL) {
        size_t at = 0, before = r->entries.policy + r->entries.route;
        found = evaluate_compare_entries(subject, requests, REQUESTS_PER_SET, &r->entries, &at);
        request = requests[at];
        if (found == NULL)
            found = evaluate_check_counters(subject, r->entries.policy + r->entries.route - before);
    }
    if (found == NULL && number % 20 == 0)
        found = compare_beside_stranger(r, set, seed, &request, &pool);
    if (found != NULL)
        report(r, set, &request, number, found);
    oracle_pool_clear(&pool);
}

static void count_databases(run *r, const evaluate_subject *subject)
{
    corsac_image_info info;
    const corsac_image *image = corsac_reader_image(subject->reader);
    if (image == NULL)
        return;
    corsac_image_describe(image, &info);
    r->databases += info.database_loaded_count;
    r->fallbacks += corsac_reader_fallback_count(subject->reader);
}

static void run_set(run *r, size_t number)
{
    evaluate_set set = {0};
    uint64_t seed = seed_of_set(r, number);
    evaluate_subject subject;
    evaluate_generate(&set, seed);
    r->sets++;
    if (!evaluate_has_documents(&set)) {
        evaluate_set_clear(&set);
        return;
    }
    if (!evaluate_open(&subject, &set, false)) {
        printf("\n==== seed %llu, set %zu does not compile as expected\n",
               (unsigned long long)r->seed, number);
        evaluate_print(&set, NULL);
        r->differences++;
    } else {
        if (number % 10 == 0 && !bytes_are_stable(&subject, &set)) {
            printf("\n==== seed %llu, set %zu: bytes differ (X-20)\n", (unsigned long long)r->seed,
                   number);
            r->differences++;
        }
        r->same_bytes += number % 10 == 0;
        run_requests(r, &set, &subject, number, seed);
        count_databases(r, &subject);
        evaluate_close(&subject);
    }
    evaluate_set_clear(&set);
    oracle_regex_clear();
}

/* Every outcome of 0.3 must have been asked often enough to mean something. */
static bool print_shares(const run *r)
{
    bool enough = true;
    printf("%zu decisions on %zu sets (%zu on an unknown gateway or port), %zu images compiled "
           "again, %zu decisions beside a stranger\n",
           r->decisions, r->sets, r->unknown, r->same_bytes, r->strangers);
    printf("the same again: %zu in batches, %zu outcomes alone, %zu by policy, %zu by route\n",
           r->entries.batch, r->entries.outcome, r->entries.policy, r->entries.route);
    printf("%zu Hyperscan databases in use, %llu scans answered by an automaton instead\n",
           r->databases, (unsigned long long)r->fallbacks);
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        double share =
            r->decisions == 0 ? 0 : 100.0 * (double)r->by_outcome[i] / (double)r->decisions;
        printf("  %-20s %9zu  %5.2f %%%s\n", outcomes[i], r->by_outcome[i], share,
               share < 2.0 ? "  below 2 %" : "");
        enough = enough && share >= 2.0;
    }
    return enough;
}

static uint64_t number_option(int count, char **arguments, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < count; i++)
        if (strcmp(arguments[i], name) == 0)
            return strtoull(arguments[i + 1], NULL, 0);
    return otherwise;
}

int main(int argc, char **argv)
{
    run r = {.seed = number_option(argc, argv, "--seed", 1),
             .wanted = number_option(argc, argv, "--decisions", 2000000),
             .tolerated = number_option(argc, argv, "--keep-going", 1),
             .shrinks = number_option(argc, argv, "--shrink", 1) != 0};
    uint64_t only = number_option(argc, argv, "--set", UINT64_MAX);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %llu, %zu decisions\n", (unsigned long long)r.seed, r.wanted);
    if (only != UINT64_MAX) {
        run_set(&r, (size_t)only);
        print_shares(&r);
        return r.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (size_t number = 0; r.decisions < r.wanted && r.differences < r.tolerated; number++)
        run_set(&r, number);
    bool enough = print_shares(&r);
    printf("%zu differences\n", r.differences);
    return r.differences == 0 && enough ? EXIT_SUCCESS : EXIT_FAILURE;
}
