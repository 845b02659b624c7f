// SPDX-License-Identifier: Apache-2.0
// The promises of corsac/engine.h about arguments, views and names.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define POLICY                                                                                     \
    "      allowOrigins: [{exact: a}, {prefix: \"b\"}, {regex: \"c.*\"}]\n      maxAge: 24h\n"

static corsac_request request_for(const char *origin)
{
    return (corsac_request){.struct_size = sizeof(corsac_request),
                            .authority = {"a", 1},
                            .path = {"/", 1},
                            .origin = {origin, strlen(origin)}};
}

Test(api, null_and_short_arguments_are_refused) // engine.h
{
    world *w = world_with_policy(POLICY, 0);
    corsac_request request = request_for("a");
    corsac_decision decision;
    cr_expect_eq(corsac_evaluate(NULL, w->reader, &request), CORSAC_E_ARGUMENT);
    memset(&decision, 0xFF, sizeof(decision));
    cr_expect_eq(corsac_evaluate(&decision, NULL, &request), CORSAC_E_ARGUMENT);
    cr_expect_eq(decision.outcome, CORSAC_OUTCOME_NONE);
    cr_expect_eq(decision.set_count, 0);
    cr_expect_eq(decision.policy, CORSAC_NONE);
    cr_expect_null(decision.virtual_host.data);
    cr_expect_eq(corsac_evaluate(&decision, w->reader, NULL), CORSAC_E_ARGUMENT);
    request.struct_size = sizeof(request) - 1;
    cr_expect_eq(corsac_evaluate(&decision, w->reader, &request), CORSAC_E_ARGUMENT);
    world_free(w);
}

Test(api, sizes_without_bytes_are_refused) // engine.h
{
    world *w = world_with_policy(POLICY, 0);
    corsac_request request = request_for("a");
    corsac_decision decision;
    request.header_count = 1;
    cr_expect_eq(corsac_evaluate(&decision, w->reader, &request), CORSAC_E_ARGUMENT);
    request = request_for("a");
    request.claim_count = 1;
    cr_expect_eq(corsac_evaluate(&decision, w->reader, &request), CORSAC_E_ARGUMENT);
    corsac_str broken = {NULL, 1};
    corsac_str *fields[] = {&request.gateway,   &request.scheme,         &request.method,
                            &request.authority, &request.path,           &request.sni,
                            &request.origin,    &request.request_method, &request.request_headers};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        request = request_for("a");
        *fields[i] = broken;
        cr_expect_eq(corsac_evaluate(&decision, w->reader, &request), CORSAC_E_ARGUMENT);
    }
    world_free(w);
}

Test(api, method_and_scheme_have_defaults) // engine.h, C-6
{
    world *w = world_with_policy(POLICY, 0);
    corsac_request request = request_for("a");
    request.request_method = (corsac_str){"GET", 3};
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    cr_expect_eq(w->decision.outcome, CORSAC_OUTCOME_ALLOWED);
    cr_expect_eq(w->decision.set[0].value.data, request.origin.data,
                 "views point into the request");
    world_free(w);
}

Test(api, values_of_the_policy_are_views_of_the_image) // C-26
{
    world *w = world_with_policy(POLICY, 0);
    world_ask(w, "OPTIONS a /", "origin: a", "access-control-request-method: GET", NULL);
    corsac_str first = w->decision.set[1].value;
    cr_expect_eq(first.size, 5);
    world_ask(w, "OPTIONS a /", "origin: a", "access-control-request-method: GET", NULL);
    cr_expect_eq(w->decision.set[1].value.data, first.data);
    world_free(w);
}

/* ---- which matcher ------------------------------------------------------------------------ */

static const char *matched(world *w, const char *origin)
{
    static char text[256];
    char buffer[128];
    corsac_str out;
    corsac_request request = request_for(origin);
    cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    cr_assert_eq(corsac_decision_matched(w->reader, &w->decision, request.origin, buffer,
                                         sizeof(buffer), &out),
                 CORSAC_OK);
    if (!out.data)
        return "none";
    memcpy(text, out.data, out.size);
    text[out.size] = '\0';
    return text;
}

Test(api, the_first_matcher_in_list_order_is_named) // C-9, C-24
{
    world *w = world_with_policy(POLICY, 0);
    cr_expect_str_eq(matched(w, "a"), "spec.http[0].corsPolicy.allowOrigins[0]");
    cr_expect_str_eq(matched(w, "bcd"), "spec.http[0].corsPolicy.allowOrigins[1]");
    cr_expect_str_eq(matched(w, "c"), "spec.http[0].corsPolicy.allowOrigins[2]");
    cr_expect_str_eq(matched(w, "d"), "none");
    cr_expect_str_eq(matched(w, ""), "none");
    cr_expect_str_eq(matched(w, "b\001"), "none");
    world_free(w);
    w = world_with_policy("      allowOrigin: [a, \"*\", b]\n", 0);
    cr_expect_str_eq(matched(w, "a"), "spec.http[0].corsPolicy.allowOrigin[0]");
    cr_expect_str_eq(matched(w, "b"), "spec.http[0].corsPolicy.allowOrigin[1]");
    world_free(w);
}

Test(api, asking_for_the_matcher_checks_its_arguments) // engine.h
{
    world *w = world_with_policy(POLICY, 0);
    char buffer[128];
    corsac_str origin = {"a", 1}, out;
    cr_expect_eq(corsac_decision_matched(w->reader, &w->decision, origin, buffer, 128, &out),
                 CORSAC_E_ARGUMENT, "no decision was made yet");
    matched(w, "a");
    cr_expect_eq(corsac_decision_matched(NULL, &w->decision, origin, buffer, 128, &out),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_decision_matched(w->reader, NULL, origin, buffer, 128, &out),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_decision_matched(w->reader, &w->decision, origin, NULL, 128, &out),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_decision_matched(w->reader, &w->decision, origin, buffer, 128, NULL),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_decision_matched(w->reader, &w->decision, origin, buffer, 10, &out),
                 CORSAC_E_LIMIT);
    corsac_decision wrong = w->decision;
    wrong.route = 1000;
    cr_expect_eq(corsac_decision_matched(w->reader, &wrong, origin, buffer, 128, &out),
                 CORSAC_E_ARGUMENT);
    world_free(w);
}

Test(api, the_buffer_for_a_matcher_may_be_just_large_enough) // engine.h
{
    const char wanted[] = "spec.http[0].corsPolicy.allowOrigins[1]";
    world *w = world_with_policy(POLICY, 0);
    matched(w, "bcd");
    for (size_t size = 0; size < sizeof(wanted) + 2; size++) {
        char *buffer = malloc(size ? size : 1); /* of exactly that size */
        memset(buffer, 'x', size);
        corsac_str out = {"x", 1};
        corsac_status status = corsac_decision_matched(w->reader, &w->decision,
                                                       (corsac_str){"bcd", 3}, buffer, size, &out);
        cr_expect_eq(status, size < sizeof(wanted) ? CORSAC_E_LIMIT : CORSAC_OK, "%zu bytes", size);
        if (status == CORSAC_OK) {
            cr_expect_eq(out.size, strlen(wanted));
            cr_expect_str_eq(buffer, wanted);
        } else {
            cr_expect_null(out.data);
        }
        free(buffer);
    }
    world_free(w);
}

Test(api, no_number_in_a_decision_is_trusted) // engine.h
{
    world *w = world_with_policy(POLICY, 0);
    char buffer[128];
    corsac_str out;
    corsac_image_info info;
    matched(w, "a");
    corsac_image_describe(corsac_reader_image(w->reader), &info);
    corsac_decision wrong = w->decision;
    wrong.route = info.route_count;
    cr_expect_eq(
        corsac_decision_matched(w->reader, &wrong, (corsac_str){"a", 1}, buffer, 128, &out),
        CORSAC_E_ARGUMENT);
    wrong = w->decision;
    wrong.policy = info.policy_count;
    cr_expect_eq(
        corsac_decision_matched(w->reader, &wrong, (corsac_str){"a", 1}, buffer, 128, &out),
        CORSAC_E_ARGUMENT);
    cr_expect_eq(
        corsac_decision_matched(w->reader, &w->decision, (corsac_str){NULL, 1}, buffer, 128, &out),
        CORSAC_E_ARGUMENT);
    cr_expect_eq(
        corsac_decision_matched(w->reader, &w->decision, (corsac_str){NULL, 0}, buffer, 128, &out),
        CORSAC_OK);
    cr_expect_null(out.data);
    wrong.policy = CORSAC_NONE;
    cr_expect_eq(
        corsac_decision_matched(w->reader, &wrong, (corsac_str){"a", 1}, buffer, 128, &out),
        CORSAC_OK);
    cr_expect_null(out.data);
    world_free(w);
}

Test(api, every_outcome_and_reason_has_its_text) // 0.3, C-24
{
    const char *outcomes[] = {"none",
                              "no-route",
                              "no-policy",
                              "not-cors",
                              "preflight-allowed",
                              "preflight-forwarded",
                              "preflight-denied",
                              "allowed",
                              "denied"};
    for (int i = 0; i <= 8; i++)
        cr_expect_str_eq(corsac_outcome_name((corsac_outcome)i), outcomes[i]);
    cr_expect_str_eq(corsac_outcome_name((corsac_outcome)99), "unknown");
    const char *reasons[] = {"none",
                             "no-virtual-host",
                             "no-matching-route",
                             "tls-redirect",
                             "redirect",
                             "direct-response",
                             "no-cors-policy",
                             "no-origin",
                             "origin-matched",
                             "origin-any",
                             "origin-unmatched",
                             "origin-unrepresentable",
                             "method-not-listed",
                             "header-not-listed"};
    for (int i = 0; i <= 13; i++)
        cr_expect_str_eq(corsac_reason_name((corsac_reason)i), reasons[i]);
    cr_expect_str_eq(corsac_reason_name((corsac_reason)99), "unknown");
}
