// SPDX-License-Identifier: Apache-2.0
// Counters by policy and the shadow, on one thread: what is counted, where it is kept when readers
// and images go, and the text for Prometheus.
#include "../world.h"

#include "corsac/counters.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two teams with equal policies, which the compiler shares, and one with preflights forwarded. */
static const char TEAMS[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: red, namespace: ns}\n"
    "spec:\n  hosts: [red.com]\n  gateways: [default/g]\n  http:\n"
    "  - route: [{destination: {host: x}}]\n    corsPolicy: {allowOrigins: [{exact: a}],\n"
    "      unmatchedPreflights: IGNORE}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: blue, namespace: ns}\n"
    "spec:\n  hosts: [blue.com]\n  gateways: [default/g]\n  http:\n"
    "  - route: [{destination: {host: x}}]\n    corsPolicy: {allowOrigins: [{exact: a}],\n"
    "      unmatchedPreflights: IGNORE}\n"
    "  - route: [{destination: {host: x}}]\n";

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static corsac_image *image_of(const char *services, uint32_t image_options)
{
    char yaml[8192];
    snprintf(yaml, sizeof(yaml), "%s%s", world_gateway, services);
    corsac_blob *blob = world_compile(yaml, image_options);
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    corsac_blob_free(blob);
    return image;
}

typedef struct stage {
    corsac_engine *engine;
    corsac_reader *reader;
} stage;

static stage open_stage(uint32_t flags, const char *services)
{
    stage s;
    corsac_engine_options options = {.struct_size = sizeof(options), .flags = flags};
    cr_assert_eq(corsac_engine_new(&s.engine, &options), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(services, 0)), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&s.reader, s.engine), CORSAC_OK);
    return s;
}

static void close_stage(stage *s)
{
    corsac_reader_free(s->reader);
    corsac_engine_free(s->engine);
}

static corsac_request request_for(const char *method, const char *host, const char *origin)
{
    return (corsac_request){.struct_size = sizeof(corsac_request),
                            .method = str(method),
                            .authority = str(host),
                            .path = {"/", 1},
                            .origin = str(origin),
                            .request_method =
                                strcmp(method, "OPTIONS") == 0 ? str("GET") : str("")};
}

static void ask(corsac_reader *reader, const char *method, const char *host, const char *origin)
{
    corsac_decision decision;
    corsac_request request = request_for(method, host, origin);
    cr_assert_eq(corsac_evaluate(&decision, reader, &request), CORSAC_OK);
}

/* "valid invalid preflights" of a policy, or "none". */
static const char *counts_of(corsac_engine *engine, const char *owner)
{
    static char text[128];
    corsac_counters *counters;
    corsac_policy_counts counts;
    snprintf(text, sizeof(text), "none");
    cr_assert_eq(corsac_counters_new(&counters, engine), CORSAC_OK);
    for (uint32_t i = 0; corsac_counters_policy(counters, i, &counts) == CORSAC_OK; i++)
        if (counts.owner.size == strlen(owner) &&
            memcmp(counts.owner.data, owner, counts.owner.size) == 0)
            snprintf(text, sizeof(text), "%llu %llu %llu", (unsigned long long)counts.origin_valid,
                     (unsigned long long)counts.origin_invalid,
                     (unsigned long long)counts.preflights);
    corsac_counters_free(counters);
    return text;
}

static uint64_t outcome_count(corsac_engine *engine, uint32_t outcome)
{
    corsac_counters *counters;
    cr_assert_eq(corsac_counters_new(&counters, engine), CORSAC_OK);
    uint64_t count = corsac_counters_outcome(counters, outcome);
    corsac_counters_free(counters);
    return count;
}

Test(counters, each_owner_has_its_own_though_policies_are_shared) // C-23
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    ask(s.reader, "GET", "red.com", "a");
    ask(s.reader, "GET", "red.com", "b");
    ask(s.reader, "OPTIONS", "red.com", "b");
    ask(s.reader, "OPTIONS", "blue.com", "a");
    ask(s.reader, "GET", "blue.com", "");
    ask(s.reader, "GET", "green.com", "a");
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "1 2 1");
    cr_expect_str_eq(counts_of(s.engine, "ns/blue"), "1 0 1");
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_NOT_CORS), 1);
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_NO_ROUTE), 1);
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_ALLOWED), 1);
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_DENIED), 1);
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_PREFLIGHT_ALLOWED), 1);
    close_stage(&s);
}

Test(counters, a_method_that_is_refused_leaves_the_origin_valid) // C-23, X-14
{
    corsac_engine_options options = {.struct_size = sizeof(options),
                                     .flags = CORSAC_ENGINE_COUNTERS};
    stage s;
    cr_assert_eq(corsac_engine_new(&s.engine, &options), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(TEAMS, CORSAC_OPTION_ENFORCE_METHODS)),
                 CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&s.reader, s.engine), CORSAC_OK);
    ask(s.reader, "PURGE", "red.com", "a");
    ask(s.reader, "PURGE", "red.com", "b");
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "1 1 0");
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_DENIED), 2);
    close_stage(&s);
}

Test(counters, every_entry_point_counts) // C-23
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    corsac_request requests[2] = {request_for("GET", "red.com", "a"),
                                  request_for("GET", "red.com", "b")};
    corsac_decision decisions[2];
    corsac_policy policy;
    uint32_t outcome;
    cr_assert_eq(corsac_evaluate_batch(decisions, NULL, s.reader, requests, 2), CORSAC_OK);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "1 1 0");
    cr_assert_eq(corsac_evaluate_outcome(&outcome, s.reader, &requests[0]), CORSAC_OK);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "2 1 0");
    cr_assert_eq(corsac_policy_find_route(&policy, s.reader, str("ns/red"), str("ns/red#http[0]")),
                 CORSAC_OK);
    cr_assert_eq(corsac_evaluate_policy(decisions, s.reader, &policy, &requests[1]), CORSAC_OK);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "2 2 0");
    requests[0].port = 9;
    cr_assert_eq(corsac_evaluate(decisions, s.reader, &requests[0]), CORSAC_E_NOT_FOUND);
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_NONE), 1);
    close_stage(&s);
}

Test(counters, they_outlive_readers_and_images) // docs/threading.md H
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    corsac_reader *other;
    cr_assert_eq(corsac_reader_new(&other, s.engine), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "a");
    ask(other, "GET", "red.com", "a");
    corsac_reader_free(other);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "2 0 0");
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(TEAMS, CORSAC_OPTION_PREFLIGHT_204)),
                 CORSAC_OK);
    cr_expect_eq(corsac_engine_retired_count(s.engine), 1);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "2 0 0", "the old image is still held");
    ask(s.reader, "GET", "red.com", "a");
    cr_expect_eq(corsac_engine_retired_count(s.engine), 0);
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "3 0 0");
    close_stage(&s);
}

Test(counters, a_policy_that_goes_ends_and_starts_again_at_0) // corsac/counters.h
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    const char *blue = strstr(TEAMS, "---\n") + 4;
    ask(s.reader, "GET", "red.com", "a");
    ask(s.reader, "GET", "blue.com", "a");
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(blue, 0)), CORSAC_OK);
    ask(s.reader, "GET", "blue.com", "a");
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "none");
    cr_expect_eq(corsac_engine_retired_count(s.engine), 0);
    cr_expect_str_eq(counts_of(s.engine, "ns/blue"), "2 0 0");
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(TEAMS, 0)), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "b");
    cr_expect_str_eq(counts_of(s.engine, "ns/red"), "0 1 0");
    cr_expect_str_eq(counts_of(s.engine, "ns/blue"), "2 0 0");
    close_stage(&s);
}

Test(counters, an_engine_without_the_flag_counts_nothing) // corsac/counters.h
{
    stage s = open_stage(0, TEAMS);
    corsac_counters *counters;
    ask(s.reader, "GET", "red.com", "a");
    cr_assert_eq(corsac_counters_new(&counters, s.engine), CORSAC_OK);
    cr_expect_eq(corsac_counters_policy_count(counters), 0);
    cr_expect_eq(corsac_counters_outcome(counters, CORSAC_OUTCOME_ALLOWED), 0);
    corsac_counters_free(counters);
    close_stage(&s);
    corsac_engine_options options = {.struct_size = sizeof(options), .flags = 2};
    cr_expect_eq(corsac_engine_new(&s.engine, &options), CORSAC_E_ARGUMENT);
}

Test(counters, an_image_without_routes_counts_too) // corsac/counters.h
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, "");
    ask(s.reader, "GET", "red.com", "a");
    cr_expect_eq(outcome_count(s.engine, CORSAC_OUTCOME_NO_ROUTE), 1);
    close_stage(&s);
}

/* ---- shadow ------------------------------------------------------------------------------- */

static uint64_t pair(corsac_engine *engine, uint32_t outcome, uint32_t shadow)
{
    corsac_counters *counters;
    cr_assert_eq(corsac_counters_new(&counters, engine), CORSAC_OK);
    uint64_t count = corsac_counters_shadow(counters, outcome, shadow);
    corsac_counters_free(counters);
    return count;
}

static uint64_t other_answers(corsac_engine *engine)
{
    corsac_counters *counters;
    cr_assert_eq(corsac_counters_new(&counters, engine), CORSAC_OK);
    uint64_t count = corsac_counters_shadow_other_answers(counters);
    corsac_counters_free(counters);
    return count;
}

static const char STRICTER[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: red, namespace: ns}\n"
    "spec:\n  hosts: [red.com]\n  gateways: [default/g]\n  http:\n"
    "  - route: [{destination: {host: x}}]\n    corsPolicy: {allowOrigins: [{exact: c}],\n"
    "      unmatchedPreflights: IGNORE, exposeHeaders: [x-a]}\n";

Test(shadow, disagreements_are_counted_and_change_nothing) // corsac/counters.h
{
    stage s = open_stage(0, TEAMS);
    corsac_decision decision;
    corsac_request request = request_for("GET", "red.com", "a");
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    cr_assert_eq(corsac_evaluate(&decision, s.reader, &request), CORSAC_OK);
    cr_expect_eq(decision.outcome, CORSAC_OUTCOME_ALLOWED);
    cr_expect_eq(decision.set_count, 1);
    request = request_for("GET", "red.com", "b");
    cr_assert_eq(corsac_evaluate_batch(&decision, NULL, s.reader, &request, 1), CORSAC_OK);
    cr_expect_eq(decision.outcome, CORSAC_OUTCOME_DENIED);
    ask(s.reader, "GET", "blue.com", "a");
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_DENIED), 1);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_DENIED, CORSAC_OUTCOME_DENIED), 1);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_NO_ROUTE), 1);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_ALLOWED), 0);
    cr_expect_eq(other_answers(s.engine), 0);
    close_stage(&s);
}

Test(shadow, equal_outcomes_with_other_headers_are_told_apart) // corsac/counters.h
{
    stage s = open_stage(0, TEAMS);
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "c");
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_ALLOWED), 1);
    cr_expect_eq(other_answers(s.engine), 0);
    cr_assert_eq(
        corsac_engine_publish_shadow(s.engine, image_of(STRICTER, CORSAC_OPTION_VARY_ORIGIN)),
        CORSAC_OK);
    ask(s.reader, "GET", "red.com", "c");
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_ALLOWED), 1,
                 "a new shadow starts at 0");
    cr_expect_eq(other_answers(s.engine), 1);
    close_stage(&s);
}

Test(shadow, it_stays_through_publications_and_ends_with_null) // engine.h
{
    stage s = open_stage(0, TEAMS);
    corsac_image *shadow = image_of(STRICTER, 0);
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, shadow), CORSAC_OK);
    cr_expect_eq(corsac_engine_publish_shadow(s.engine, shadow), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_publish(s.engine, shadow), CORSAC_E_ARGUMENT);
    ask(s.reader, "GET", "red.com", "a");
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(TEAMS, 0)), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "a");
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_DENIED), 2);
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, NULL), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "a");
    cr_expect_eq(corsac_engine_retired_count(s.engine), 0);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_DENIED), 0);
    close_stage(&s);
}

Test(shadow, a_handle_lives_on_beside_a_new_shadow) // engine.h
{
    stage s = open_stage(0, TEAMS);
    corsac_policy policy;
    corsac_decision decision;
    corsac_request request = request_for("GET", "red.com", "a");
    cr_assert_eq(corsac_policy_find_route(&policy, s.reader, str("ns/red"), str("ns/red#http[0]")),
                 CORSAC_OK);
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    cr_expect_eq(corsac_evaluate_policy(&decision, s.reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(decision.outcome, CORSAC_OUTCOME_ALLOWED);
    close_stage(&s);
}

Test(shadow, there_is_none_without_an_image) // engine.h
{
    corsac_engine *engine;
    corsac_image *image = image_of(STRICTER, 0);
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_expect_eq(corsac_engine_publish_shadow(engine, image), CORSAC_E_NO_IMAGE);
    cr_expect_eq(corsac_engine_publish_shadow(NULL, image), CORSAC_E_ARGUMENT);
    corsac_image_free(image);
    corsac_engine_free(engine);
}

/* "other answers" after one question to two images of one rule, which differ in nothing but these fields. */
static uint64_t answers_differ(const char *method, const char *origin, const char *one,
                               const char *two, uint32_t options)
{
    const char *fields[2] = {one, two};
    corsac_image *images[2];
    corsac_engine *engine;
    corsac_reader *reader;
    for (int i = 0; i < 2; i++) {
        char yaml[1024];
        snprintf(yaml, sizeof(yaml),
                 "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                 "metadata: {name: red, namespace: ns}\n"
                 "spec:\n  hosts: [red.com]\n  gateways: [default/g]\n  http:\n"
                 "  - route: [{destination: {host: x}}]\n    corsPolicy: {allowOrigins: [{exact: "
                 "a}],\n      %s}\n",
                 fields[i]);
        images[i] = image_of(yaml, i ? options : 0);
    }
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, images[0]), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish_shadow(engine, images[1]), CORSAC_OK);
    ask(reader, method, "red.com", origin);
    uint64_t count = other_answers(engine);
    corsac_reader_free(reader);
    corsac_engine_free(engine);
    return count;
}

Test(shadow, an_answer_is_all_that_a_client_sees) // corsac/counters.h
{
#define IGNORE "unmatchedPreflights: IGNORE"
    cr_expect_eq(answers_differ("GET", "a", "maxAge: 1s", "maxAge: 2s", 0), 0,
                 "not in this answer");
    cr_expect_eq(answers_differ("OPTIONS", "a", "maxAge: 1s", "maxAge: 1s", 0), 0);
    cr_expect_eq(answers_differ("OPTIONS", "a", "maxAge: 1s", "maxAge: 2s", 0), 1, "a value");
    cr_expect_eq(answers_differ("OPTIONS", "b", IGNORE ", allowMethods: [GET]",
                                IGNORE ", allowMethods: [PUT]", 0),
                 1, "the first value");
    cr_expect_eq(answers_differ("OPTIONS", "b", IGNORE ", allowMethods: [GET]",
                                IGNORE ", allowHeaders: [GET]", 0),
                 1, "the name alone");
    cr_expect_eq(answers_differ("GET", "a", "maxAge: 1s", "exposeHeaders: [x]", 0), 1, "one more");
    cr_expect_eq(answers_differ("GET", "a", "exposeHeaders: [x]", "maxAge: 1s", 0), 1, "one less");
    cr_expect_eq(
        answers_differ("OPTIONS", "a", "maxAge: 1s", "maxAge: 1s", CORSAC_OPTION_PREFLIGHT_204), 1,
        "the status");
    cr_expect_eq(answers_differ("GET", "b", "maxAge: 1s", "maxAge: 1s", CORSAC_OPTION_STRIP_DENIED),
                 1, "what is removed");
    cr_expect_eq(answers_differ("GET", "b", "maxAge: 1s", "maxAge: 1s", CORSAC_OPTION_VARY_ORIGIN),
                 1, "vary");
#undef IGNORE
}

Test(shadow, outcomes_are_compared_where_only_they_were_asked_for) // corsac/counters.h
{
    stage s = open_stage(0, TEAMS);
    uint32_t outcome;
    corsac_request request = request_for("GET", "red.com", "a");
    cr_assert_eq(corsac_engine_publish(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    cr_assert_eq(
        corsac_engine_publish_shadow(s.engine, image_of(STRICTER, CORSAC_OPTION_VARY_ORIGIN)),
        CORSAC_OK);
    request = request_for("GET", "red.com", "c");
    cr_assert_eq(corsac_evaluate_outcome(&outcome, s.reader, &request), CORSAC_OK);
    cr_expect_eq(outcome, CORSAC_OUTCOME_ALLOWED);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_ALLOWED, CORSAC_OUTCOME_ALLOWED), 1);
    cr_expect_eq(other_answers(s.engine), 0, "no headers were asked for");
    request.port = 9;
    cr_assert_eq(corsac_evaluate_outcome(&outcome, s.reader, &request), CORSAC_E_NOT_FOUND);
    cr_expect_eq(pair(s.engine, CORSAC_OUTCOME_NONE, CORSAC_OUTCOME_NONE), 1);
    close_stage(&s);
}

/* ---- text --------------------------------------------------------------------------------- */

static void append(void *context, const char *text, size_t size_bytes)
{
    char *out = context;
    size_t used = strlen(out);
    cr_assert_lt(used + size_bytes, 16384);
    memcpy(out + used, text, size_bytes);
    out[used + size_bytes] = '\0';
}

static const char *metrics(corsac_engine *engine)
{
    static char text[16384];
    corsac_counters *counters;
    text[0] = '\0';
    cr_assert_eq(corsac_counters_new(&counters, engine), CORSAC_OK);
    cr_assert_eq(corsac_counters_write(counters, append, text), CORSAC_OK);
    corsac_counters_free(counters);
    return text;
}

Test(prometheus, policies_and_outcomes_are_written) // C-23
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    ask(s.reader, "GET", "red.com", "a");
    ask(s.reader, "OPTIONS", "red.com", "secret-origin");
    const char *text = metrics(s.engine);
    const char *wanted[] = {
        "# HELP corsac_origin_valid_total Requests whose origin the policy allows.\n"
        "# TYPE corsac_origin_valid_total counter\n"
        "corsac_origin_valid_total{owner=\"ns/blue\",path=\"spec.http[0].corsPolicy\"} 0\n"
        "corsac_origin_valid_total{owner=\"ns/red\",path=\"spec.http[0].corsPolicy\"} 1\n",
        "corsac_origin_invalid_total{owner=\"ns/red\",path=\"spec.http[0].corsPolicy\"} 1\n",
        "corsac_preflights_total{owner=\"ns/red\",path=\"spec.http[0].corsPolicy\"} 1\n",
        "corsac_fallbacks_total{owner=\"ns/red\",path=\"spec.http[0].corsPolicy\"} 0\n",
        "corsac_decisions_total{outcome=\"preflight-denied\"} 1\n"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
        cr_expect_not_null(strstr(text, wanted[i]), "%s is not in\n%s", wanted[i], text);
    cr_expect_null(strstr(text, "secret-origin"), "an origin in a label");
    cr_expect_null(strstr(text, "corsac_shadow"));
    close_stage(&s);
}

Test(prometheus, a_shadow_is_written_by_pairs) // corsac/counters.h
{
    stage s = open_stage(0, TEAMS);
    cr_expect_str_eq(metrics(s.engine), "");
    cr_assert_eq(corsac_engine_publish_shadow(s.engine, image_of(STRICTER, 0)), CORSAC_OK);
    ask(s.reader, "GET", "red.com", "a");
    const char *text = metrics(s.engine);
    cr_expect_not_null(
        strstr(text, "corsac_shadow_decisions_total{outcome=\"allowed\",shadow=\"denied\"} 1\n"));
    cr_expect_null(strstr(text, "{outcome=\"allowed\",shadow=\"no-route\"}"));
    cr_expect_not_null(strstr(text, "corsac_shadow_other_answers_total 0\n"));
    cr_expect_null(strstr(text, "corsac_origin_valid_total"));
    close_stage(&s);
}

Test(prometheus, arguments_are_checked) // corsac/counters.h
{
    stage s = open_stage(CORSAC_ENGINE_COUNTERS, TEAMS);
    corsac_counters *counters;
    corsac_policy_counts counts;
    cr_expect_eq(corsac_counters_new(NULL, s.engine), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_counters_new(&counters, NULL), CORSAC_E_ARGUMENT);
    cr_expect_null(counters);
    cr_assert_eq(corsac_counters_new(&counters, s.engine), CORSAC_OK);
    cr_expect_eq(corsac_counters_write(counters, NULL, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_counters_write(NULL, append, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_counters_policy(counters, 2, &counts), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_counters_outcome(counters, 9), 0);
    cr_expect_eq(corsac_counters_shadow(counters, 9, 0), 0);
    cr_expect_eq(corsac_counters_shadow(counters, 0, 9), 0);
    corsac_counters_free(counters);
    corsac_counters_free(NULL);
    close_stage(&s);
}
