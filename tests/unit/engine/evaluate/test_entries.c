// SPDX-License-Identifier: Apache-2.0
// The other entry points: a batch, the outcome alone, a policy by its handle. That they agree with
// corsac_evaluate() is a property test; here are their promises about arguments and stale handles.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char two_rules[] =
    "  - name: open\n    match: [{uri: {prefix: /a}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: a}], exposeHeaders: [x-a]}\n"
    "  - match: [{uri: {prefix: /b}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: b}]}\n"
    "  - route: [{destination: {host: x}}]\n";

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static corsac_request request_for(const char *path, const char *origin)
{
    return (corsac_request){.struct_size = sizeof(corsac_request),
                            .authority = {"h", 1},
                            .path = str(path),
                            .origin = str(origin)};
}

static void republish(world *w, const char *rule)
{
    world *other = world_with_rule(rule, 0);
    corsac_str bytes = corsac_blob_bytes(other->blob);
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(w->engine, image), CORSAC_OK);
    world_free(other);
}

Test(entries, a_batch_reports_each_request) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    enum { COUNT = 40 }; /* more than one group */
    corsac_request requests[COUNT];
    corsac_decision out[COUNT];
    corsac_status statuses[COUNT];
    for (int i = 0; i < COUNT; i++)
        requests[i] = request_for(i % 2 ? "/a" : "/b", "a");
    requests[17].struct_size = 3;
    requests[21].port = 4;
    memset(out, 0xFF, sizeof(out));
    cr_expect_eq(corsac_evaluate_batch(out, statuses, w->reader, requests, COUNT),
                 CORSAC_E_ARGUMENT);
    for (int i = 0; i < COUNT; i++) {
        corsac_status wanted = i == 17   ? CORSAC_E_ARGUMENT
                               : i == 21 ? CORSAC_E_NOT_FOUND
                                         : CORSAC_OK;
        uint32_t outcome = wanted  ? CORSAC_OUTCOME_NONE
                           : i % 2 ? CORSAC_OUTCOME_ALLOWED
                                   : CORSAC_OUTCOME_DENIED;
        cr_expect_eq(statuses[i], wanted, "%d", i);
        cr_expect_eq(out[i].outcome, outcome, "%d", i);
        cr_expect_eq(out[i].set_count, i % 2 && !wanted ? 2 : 0, "%d", i);
    }
    cr_expect_eq(corsac_evaluate_batch(out, NULL, w->reader, requests, 17), CORSAC_OK);
    world_free(w);
}

Test(entries, a_batch_checks_its_arguments) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    corsac_request request = request_for("/a", "a");
    corsac_decision out;
    corsac_status status = CORSAC_OK;
    cr_expect_eq(corsac_evaluate_batch(NULL, NULL, w->reader, NULL, 0), CORSAC_OK);
    cr_expect_eq(corsac_evaluate_batch(NULL, NULL, w->reader, &request, 1), CORSAC_E_ARGUMENT);
    memset(&out, 0xFF, sizeof(out));
    cr_expect_eq(corsac_evaluate_batch(&out, &status, w->reader, NULL, 1), CORSAC_E_ARGUMENT);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_NONE);
    cr_expect_eq(status, CORSAC_E_ARGUMENT);
    memset(&out, 0xFF, sizeof(out));
    cr_expect_eq(corsac_evaluate_batch(&out, &status, NULL, &request, 1), CORSAC_E_ARGUMENT);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_NONE);
    world_free(w);
}

Test(entries, an_engine_without_an_image_decides_nothing) // engine.h
{
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_request request = request_for("/a", "a");
    corsac_decision out;
    corsac_policy policy = {1, 1, 0, 0};
    corsac_status status = CORSAC_OK;
    uint32_t outcome = CORSAC_OUTCOME_ALLOWED;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    cr_expect_eq(corsac_evaluate_batch(&out, &status, reader, &request, 1), CORSAC_E_NO_IMAGE);
    cr_expect_eq(status, CORSAC_E_NO_IMAGE);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_NONE);
    cr_expect_eq(corsac_evaluate_outcome(&outcome, reader, &request), CORSAC_E_NO_IMAGE);
    cr_expect_eq(outcome, CORSAC_OUTCOME_NONE);
    cr_expect_eq(corsac_evaluate_policy(&out, reader, &policy, &request), CORSAC_E_NO_IMAGE);
    cr_expect_eq(corsac_policy_find_route(&policy, reader, str("x"), str("x")), CORSAC_E_NO_IMAGE);
    cr_expect_eq(policy.publication, 0);
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

Test(entries, only_two_outcomes_allow) // engine.h
{
    for (uint32_t i = 0; i < 300; i++)
        cr_expect_eq(corsac_outcome_allows(i),
                     i == CORSAC_OUTCOME_ALLOWED || i == CORSAC_OUTCOME_PREFLIGHT_ALLOWED, "%u", i);
}

Test(entries, a_policy_is_found_by_its_owner_and_by_its_route) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    corsac_policy policy;
    corsac_decision out;
    corsac_request request = {.struct_size = sizeof(request), .origin = {"a", 1}};
    cr_assert_eq(
        corsac_policy_find(&policy, w->reader, str("default/v"), str("spec.http[0].corsPolicy")),
        CORSAC_OK);
    cr_assert_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_ALLOWED);
    cr_expect_eq(out.set_count, 2);
    cr_expect_null(out.virtual_host.data);
    cr_assert_eq(corsac_policy_find_route(&policy, w->reader, str("default/v"),
                                          str("default/v#http[1].match[0]")),
                 CORSAC_OK);
    cr_assert_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_DENIED);
    cr_expect_eq(out.route, policy.route);
    world_free(w);
}

Test(entries, what_carries_no_policy_is_not_found) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    corsac_policy policy;
    cr_expect_eq(
        corsac_policy_find_route(&policy, w->reader, str("default/v"), str("default/v#http[2]")),
        CORSAC_E_NOT_FOUND);
    cr_expect_eq(policy.publication, 0);
    cr_expect_eq(
        corsac_policy_find(&policy, w->reader, str("other/v"), str("spec.http[0].corsPolicy")),
        CORSAC_E_NOT_FOUND);
    cr_expect_eq(
        corsac_policy_find(&policy, w->reader, str("default/v"), str("spec.http[2].corsPolicy")),
        CORSAC_E_NOT_FOUND);
    cr_expect_eq(corsac_policy_find(&policy, w->reader, str("default/v"), (corsac_str){NULL, 0}),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find(NULL, w->reader, str("a"), str("b")), CORSAC_E_ARGUMENT);
    world_free(w);
}

/* One delegate behind two rules of a root, each with a policy of its own. */
Test(entries, a_route_with_several_policies_is_not_found) // engine.h
{
    static const char yaml[] = "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                               "metadata: {name: v, namespace: default}\n"
                               "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n"
                               "  - match: [{uri: {prefix: /a}}]\n    delegate: {name: d}\n"
                               "    corsPolicy: {allowOrigins: [{exact: a}]}\n"
                               "  - match: [{uri: {prefix: /b}}]\n    delegate: {name: d}\n"
                               "    corsPolicy: {allowOrigins: [{exact: b}]}\n"
                               "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                               "metadata: {name: d, namespace: default}\n"
                               "spec:\n  http:\n  - route: [{destination: {host: x}}]\n";
    char text[4096];
    snprintf(text, sizeof(text), "%s%s", world_gateway, yaml);
    world *w = world_new(text, 0);
    corsac_policy policy;
    corsac_decision out;
    corsac_route_info info;
    corsac_request request = request_for("/b", "b");
    request.authority = str("a.com");
    cr_assert_eq(corsac_evaluate(&out, w->reader, &request), CORSAC_OK);
    cr_assert_eq(out.outcome, CORSAC_OUTCOME_ALLOWED);
    cr_assert_eq(corsac_image_route(corsac_reader_image(w->reader), out.route, &info), CORSAC_OK);
    cr_expect_eq(corsac_policy_find_route(&policy, w->reader, info.root, info.route),
                 CORSAC_E_NOT_FOUND);
    cr_expect_eq(policy.publication, 0);
    cr_assert_eq(corsac_policy_find(&policy, w->reader, info.policy_owner, info.policy_path),
                 CORSAC_OK);
    cr_assert_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_ALLOWED);
    world_free(w);
}

/* The new image holds another policy at the same place; even an equal image makes a handle stale. */
Test(entries, a_handle_ends_with_its_publication) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    corsac_request request = {.struct_size = sizeof(request), .origin = {"a", 1}};
    corsac_policy policy;
    corsac_decision out;
    const char *rules[] = {two_rules, "  - route: [{destination: {host: x}}]\n    corsPolicy: "
                                      "{allowOrigins: [{exact: a}]}\n"};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(corsac_policy_find(&policy, w->reader, str("default/v"),
                                        str("spec.http[0].corsPolicy")),
                     CORSAC_OK);
        republish(w, rules[i]);
        memset(&out, 0xFF, sizeof(out));
        cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_E_STALE);
        cr_expect_eq(out.outcome, CORSAC_OUTCOME_NONE);
        cr_expect_eq(out.set_count, 0);
    }
    world_free(w);
}

Test(entries, a_handle_of_another_engine_or_none_is_stale) // engine.h
{
    world *one = world_with_rule(two_rules, 0);
    world *two = world_with_policy("      allowOrigins: [{exact: a}]\n", 0);
    corsac_request request = {.struct_size = sizeof(request), .origin = {"a", 1}};
    corsac_policy policy, zero = {0, 0, 0, 0};
    corsac_decision out;
    cr_assert_eq(
        corsac_policy_find_route(&policy, two->reader, str("default/v"), str("default/v#http[0]")),
        CORSAC_OK);
    cr_expect_eq(corsac_evaluate_policy(&out, one->reader, &policy, &request), CORSAC_E_STALE);
    cr_expect_eq(corsac_evaluate_policy(&out, one->reader, &zero, &request), CORSAC_E_STALE);
    policy.route = 1000000;
    cr_expect_eq(corsac_evaluate_policy(&out, two->reader, &policy, &request), CORSAC_E_STALE);
    cr_expect_eq(corsac_evaluate_policy(&out, two->reader, NULL, &request), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_evaluate_policy(&out, two->reader, &policy, NULL), CORSAC_E_ARGUMENT);
    world_free(one);
    world_free(two);
}

/* Whatever was found out before the failure is taken back. */
static void expect_nothing(const corsac_decision *out, const char *what)
{
    cr_expect_eq(out->outcome, CORSAC_OUTCOME_NONE, "%s", what);
    cr_expect_eq(out->reason, CORSAC_REASON_NONE, "%s", what);
    cr_expect_eq(out->flags, 0, "%s", what);
    cr_expect_eq(out->set_count, 0, "%s", what);
    cr_expect_eq(out->route, CORSAC_NONE, "%s", what);
    cr_expect_eq(out->policy, CORSAC_NONE, "%s", what);
    cr_expect_null(out->virtual_host.data, "%s", what);
}

Test(entries, a_failure_leaves_nothing_behind_wherever_it_stands) // engine.h
{
    world *w =
        world_with_rule(two_rules, CORSAC_OPTION_NORMALIZE_PATH_BASE | CORSAC_OPTION_VARY_ORIGIN);
    enum { COUNT = 33, TOO_LONG = 70000 };
    char *path = malloc(TOO_LONG);
    memset(path, '/', TOO_LONG);
    for (int bad = 0; bad < COUNT; bad++)
        for (int kind = 0; kind < 3; kind++) {
            corsac_request requests[COUNT];
            corsac_decision out[COUNT], one;
            corsac_status statuses[COUNT];
            for (int i = 0; i < COUNT; i++)
                requests[i] = request_for("/a", "a");
            if (kind == 0)
                requests[bad].path = (corsac_str){path, TOO_LONG};
            else if (kind == 1)
                requests[bad].port = 4;
            else
                requests[bad].struct_size = 3;
            corsac_status wanted = kind == 0   ? CORSAC_E_LIMIT
                                   : kind == 1 ? CORSAC_E_NOT_FOUND
                                               : CORSAC_E_ARGUMENT;
            memset(out, 0xFF, sizeof(out));
            memset(&one, 0xFF, sizeof(one));
            cr_expect_eq(corsac_evaluate_batch(out, statuses, w->reader, requests, COUNT), wanted);
            cr_expect_eq(corsac_evaluate(&one, w->reader, &requests[bad]), wanted);
            expect_nothing(&one, "alone");
            for (int i = 0; i < COUNT; i++) {
                cr_expect_eq(statuses[i], i == bad ? wanted : CORSAC_OK);
                if (i == bad)
                    expect_nothing(&out[i], "in a batch");
                else
                    cr_expect_eq(out[i].flags, CORSAC_DECISION_EXTENDED);
            }
        }
    free(path);
    world_free(w);
}

Test(entries, the_first_failure_of_a_batch_is_its_status) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    corsac_request requests[40];
    corsac_decision out[40];
    for (int i = 0; i < 40; i++)
        requests[i] = request_for("/a", "a");
    requests[20].port = 4;
    requests[30].struct_size = 3;
    cr_expect_eq(corsac_evaluate_batch(out, NULL, w->reader, requests, 40), CORSAC_E_NOT_FOUND);
    cr_expect_eq(corsac_evaluate_batch(out, NULL, w->reader, requests, 20), CORSAC_OK);
    cr_expect_eq(corsac_evaluate_batch(out, NULL, w->reader, requests + 21, 19), CORSAC_E_ARGUMENT);
    world_free(w);
}

Test(entries, arguments_are_looked_at_before_the_image) // engine.h
{
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_decision out[2];
    corsac_status statuses[2];
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    for (size_t count = 1; count <= 2; count++) {
        memset(out, 0xFF, sizeof(out));
        cr_expect_eq(corsac_evaluate_batch(out, statuses, reader, NULL, count), CORSAC_E_ARGUMENT);
        for (size_t i = 0; i < count; i++) {
            cr_expect_eq(statuses[i], CORSAC_E_ARGUMENT);
            expect_nothing(&out[i], "no requests");
        }
        corsac_request requests[2] = {request_for("/a", "a"), request_for("/a", "a")};
        memset(out, 0xFF, sizeof(out));
        cr_expect_eq(corsac_evaluate_batch(out, statuses, reader, requests, count),
                     CORSAC_E_NO_IMAGE);
        for (size_t i = 0; i < count; i++)
            expect_nothing(&out[i], "no image");
    }
    cr_expect_eq(corsac_evaluate_batch(NULL, NULL, reader, NULL, 0), CORSAC_E_NO_IMAGE);
    corsac_policy policy = {1, 1, 0, 0};
    memset(out, 0xFF, sizeof(out));
    cr_expect_eq(corsac_evaluate_policy(out, reader, &policy, NULL), CORSAC_E_ARGUMENT);
    expect_nothing(&out[0], "a policy");
    cr_expect_eq(corsac_evaluate_policy(NULL, reader, &policy, NULL), CORSAC_E_ARGUMENT);
    uint32_t outcome = 9;
    cr_expect_eq(corsac_evaluate_outcome(&outcome, reader, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(outcome, CORSAC_OUTCOME_NONE);
    cr_expect_eq(corsac_evaluate_outcome(NULL, reader, NULL), CORSAC_E_ARGUMENT);
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

Test(entries, each_argument_of_a_search_for_a_policy_is_checked) // engine.h
{
    world *w = world_with_rule(two_rules, 0);
    const corsac_str owner = str("default/v"), path = str("spec.http[0].corsPolicy"),
                     route = str("default/v#http[0].match[0]"), none = {NULL, 0},
                     broken = {NULL, 1};
    corsac_policy policy;
    cr_expect_eq(corsac_policy_find(NULL, w->reader, owner, path), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find(&policy, NULL, owner, path), CORSAC_E_ARGUMENT);
    cr_expect_eq(policy.route, CORSAC_NONE);
    cr_expect_eq(corsac_policy_find(&policy, w->reader, none, path), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find(&policy, w->reader, owner, none), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find(&policy, w->reader, owner, str("")), CORSAC_E_NOT_FOUND);
    cr_expect_eq(corsac_policy_find_route(NULL, w->reader, owner, route), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find_route(&policy, NULL, owner, route), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find_route(&policy, w->reader, owner, none), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find_route(&policy, w->reader, broken, route), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_policy_find_route(&policy, w->reader, str("default/w"), route),
                 CORSAC_E_NOT_FOUND);
    cr_expect_eq(corsac_policy_find_route(&policy, w->reader, none, route), CORSAC_OK);
    cr_assert_eq(corsac_policy_find_route(&policy, w->reader, owner, route), CORSAC_OK);
    corsac_request request = {.struct_size = sizeof(request)};
    corsac_decision out;
    cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(corsac_evaluate_policy(&out, NULL, &policy, &request), CORSAC_E_ARGUMENT);
    corsac_str *fields[] = {&request.method, &request.origin, &request.request_method,
                            &request.request_headers};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        *fields[i] = broken;
        cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_E_ARGUMENT);
        *fields[i] = none;
    }
    request.struct_size--;
    cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_E_ARGUMENT);
    world_free(w);
}

/* Each number in a handle is the caller's memory. */
Test(entries, a_handle_is_good_only_as_it_was_given) // engine.h
{
    world *w = world_with_rule(two_rules, CORSAC_OPTION_VARY_ORIGIN);
    corsac_request request = {.struct_size = sizeof(request), .origin = {"b", 1}};
    corsac_policy policy;
    corsac_decision out;
    cr_assert_eq(corsac_policy_find_route(&policy, w->reader, str("default/v"),
                                          str("default/v#http[1].match[0]")),
                 CORSAC_OK);
    cr_assert_eq(corsac_evaluate_policy(&out, w->reader, &policy, &request), CORSAC_OK);
    cr_expect_eq(out.outcome, CORSAC_OUTCOME_ALLOWED);
    cr_expect_eq(out.flags, CORSAC_DECISION_EXTENDED);
    corsac_image_info info;
    corsac_image_describe(corsac_reader_image(w->reader), &info);
    uint32_t good = 0;
    for (uint32_t route = 0; route < info.route_count + 3; route++) {
        corsac_policy other = policy;
        corsac_route_info source;
        other.route = route;
        corsac_status status = corsac_evaluate_policy(&out, w->reader, &other, &request);
        bool carries =
            corsac_image_route(corsac_reader_image(w->reader), route, &source) == CORSAC_OK &&
            source.policy != CORSAC_NONE;
        cr_expect_eq(status, carries ? CORSAC_OK : CORSAC_E_STALE, "route %u", route);
        good += carries;
        if (!carries)
            expect_nothing(&out, "no policy there");
    }
    cr_expect_eq(good, 2);
    corsac_policy other = policy;
    other.publication++;
    cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &other, &request), CORSAC_E_STALE);
    other = policy;
    other.revision++;
    cr_expect_eq(corsac_evaluate_policy(&out, w->reader, &other, &request), CORSAC_E_STALE);
    world_free(w);
}
