// SPDX-License-Identifier: Apache-2.0
// The rows of Annex A and the tables of chapters C and X, each as one question to the engine.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ASK_EXPECT(w, expected, ...) cr_expect_str_eq(world_ask(w, __VA_ARGS__, NULL), expected)

/* Policy P of Annex A; `origins` and `more` vary. */
static world *annex(const char *origins, const char *more, uint32_t options)
{
    char fields[2048];
    snprintf(fields, sizeof(fields),
             "      allowOrigins: %s\n      allowMethods: [GET]\n"
             "      allowHeaders: [content-type]\n      exposeHeaders: [content-type]\n"
             "      maxAge: 1s\n%s",
             origins, more);
    return world_with_policy(fields, options);
}

#define ANY       "[{exact: \"*\"}]"
#define LOCALHOST "[{exact: localhost}]"
#define IGNORE    "      unmatchedPreflights: IGNORE\n"
#define ORIGIN    "origin: localhost"
#define PREFLIGHT "access-control-request-method: GET"
#define TAIL                                                                                       \
    " access-control-allow-methods=GET access-control-allow-headers=content-type"                  \
    " access-control-max-age=1"
#define EXPOSE " access-control-expose-headers=content-type"
#define REPLY(origin)                                                                              \
    "preflight-allowed origin-any 200 access-control-allow-origin=" origin TAIL EXPOSE

Test(decide, a_request_without_origin_is_not_cors) // C-4
{
    world *w = annex(ANY, "", 0);
    ASK_EXPECT(w, "not-cors no-origin", "GET a /");
    ASK_EXPECT(w, "not-cors no-origin", "OPTIONS a /");
    ASK_EXPECT(w, "not-cors no-origin", "OPTIONS a /", "origin: ", PREFLIGHT);
    world_free(w);
}

Test(decide, an_allowed_request_gets_origin_and_expose_headers) // C-6, C-17
{
    const char *allowed = "allowed origin-any access-control-allow-origin=localhost" EXPOSE;
    world *w = annex(ANY, "", 0);
    ASK_EXPECT(w, allowed, "GET a /", ORIGIN);
    ASK_EXPECT(w, allowed, "OPTIONS a /", ORIGIN);
    ASK_EXPECT(w, allowed, "options a /", ORIGIN, PREFLIGHT);
    ASK_EXPECT(w, allowed, "OPTIONS a /", ORIGIN, "access-control-request-method: ");
    world_free(w);
}

Test(decide,
     a_preflight_is_answered_in_the_order_of_c_12) // C-11, C-12, C-15
{
    world *w = annex(ANY, "", 0);
    ASK_EXPECT(w, REPLY("test-host"), "OPTIONS a /", "origin: test-host", PREFLIGHT);
    ASK_EXPECT(w, REPLY("localhost"), "OPTIONS a /", ORIGIN,
               "access-control-request-method: DELETE");
    world_free(w);
    w = annex("[{regex: \".*\"}]", IGNORE, 0);
    ASK_EXPECT(w, REPLY("www.envoyproxy.io"), "OPTIONS a /", "origin: www.envoyproxy.io",
               PREFLIGHT);
    world_free(w);
}

Test(decide, an_unmatched_preflight_goes_upstream) // P-2, M-1, C-19
{
    const char *forwarded = "preflight-forwarded origin-unmatched";
    world *w = annex(LOCALHOST, "", 0);
    ASK_EXPECT(w, forwarded, "OPTIONS a /", "origin: test-host", PREFLIGHT);
    world_free(w);
    w = annex("[]", "", 0);
    ASK_EXPECT(w, forwarded, "OPTIONS a /", "origin: test-host", PREFLIGHT);
    world_free(w);
    w = annex("[{regex: \".*.envoyproxy.io\"}]", "", 0);
    ASK_EXPECT(w, forwarded, "OPTIONS a /", "origin: www.envoyproxy.com", PREFLIGHT);
    world_free(w);
}

Test(decide, credentials_stand_between_origin_and_methods) // P-10, C-12
{
    world *w = annex(LOCALHOST, "      allowCredentials: true\n", 0);
    ASK_EXPECT(w,
               "preflight-allowed origin-matched 200 access-control-allow-origin=localhost"
               " access-control-allow-credentials=true" TAIL EXPOSE,
               "OPTIONS a /", ORIGIN, PREFLIGHT);
    ASK_EXPECT(w,
               "allowed origin-matched access-control-allow-origin=localhost"
               " access-control-allow-credentials=true" EXPOSE,
               "GET a /", ORIGIN);
    world_free(w);
    w = annex(ANY, "      allowCredentials: false\n", 0);
    ASK_EXPECT(w, REPLY("localhost"), "OPTIONS a /", ORIGIN, PREFLIGHT);
    world_free(w);
}

Test(decide, a_denied_request_sets_nothing) // C-7, C-19
{
    world *w = annex(LOCALHOST, IGNORE, 0);
    ASK_EXPECT(w, "denied origin-unmatched", "GET a /", "origin: test-host");
    ASK_EXPECT(w, "denied origin-unmatched", "OPTIONS a /", "origin: test-host");
    world_free(w);
    w = annex("[{exact: \"https://a.com\"}]", "", 0);
    ASK_EXPECT(w, "denied origin-unmatched", "GET a /", "origin: HTTPS://a.com");
    ASK_EXPECT(w, "denied origin-unmatched", "GET a /", "origin: https://a.com:443");
    world_free(w);
}

Test(decide, ignore_answers_an_unmatched_preflight_without_origin_and_expose) // C-16
{
    world *w = annex(LOCALHOST, IGNORE "      allowCredentials: true\n", 0);
    ASK_EXPECT(w,
               "preflight-denied origin-unmatched 200 access-control-allow-credentials=true" TAIL,
               "OPTIONS a /", "origin: test-host", PREFLIGHT);
    world_free(w);
    w = annex(LOCALHOST, IGNORE, 0);
    ASK_EXPECT(w, "preflight-denied origin-unmatched 200" TAIL, "OPTIONS a /", "origin: test-host",
               PREFLIGHT);
    world_free(w);
}

Test(decide, routes_that_do_not_forward_have_no_policy) // C-2, C-3
{
    const char *cors = "    corsPolicy: {allowOrigins: [{exact: \"*\"}]}\n";
    char rule[512];
    snprintf(rule, sizeof(rule), "  - redirect: {uri: /x}\n%s", cors);
    world *w = world_with_rule(rule, 0);
    ASK_EXPECT(w, "no-policy redirect", "OPTIONS a /", ORIGIN, PREFLIGHT);
    world_free(w);
    snprintf(rule, sizeof(rule), "  - directResponse: {status: 204}\n%s", cors);
    w = world_with_rule(rule, 0);
    ASK_EXPECT(w, "no-policy direct-response", "OPTIONS a /", ORIGIN, PREFLIGHT);
    world_free(w);
    w = world_with_rule("  - route: [{destination: {host: x}}]\n", 0);
    ASK_EXPECT(w, "no-policy no-cors-policy", "OPTIONS a /", ORIGIN, PREFLIGHT);
    ASK_EXPECT(w, "no-policy no-cors-policy", "GET a /");
    cr_expect_eq(w->decision.policy, CORSAC_NONE);
    world_free(w);
}

Test(decide, empty_lists_send_no_header) // P-5, P-6
{
    world *w = world_with_policy("      allowOrigins: [{exact: localhost}]\n", 0);
    ASK_EXPECT(w, "preflight-allowed origin-matched 200 access-control-allow-origin=localhost",
               "OPTIONS a /", ORIGIN, PREFLIGHT);
    ASK_EXPECT(w, "allowed origin-matched access-control-allow-origin=localhost", "GET a /",
               ORIGIN);
    world_free(w);
}

Test(decide, a_lone_star_reflects_what_the_preflight_asks) // C-13, C-14
{
    const char *head = "preflight-allowed origin-any 200 access-control-allow-origin=localhost";
    char expected[256];
    world *w = world_with_policy("      allowOrigins: [{exact: \"*\"}]\n"
                                 "      allowMethods: [\"*\"]\n      allowHeaders: [\"*\"]\n",
                                 0);
    snprintf(expected, sizeof(expected),
             "%s access-control-allow-methods=PUT access-control-allow-headers=test,pre", head);
    ASK_EXPECT(w, expected, "OPTIONS a /", ORIGIN, "access-control-request-method: PUT",
               "access-control-request-headers: test,pre");
    snprintf(expected, sizeof(expected),
             "%s access-control-allow-methods=GET access-control-allow-headers=", head);
    ASK_EXPECT(w, expected, "OPTIONS a /", ORIGIN, PREFLIGHT);
    cr_expect_not_null(w->decision.set[2].value.data, "empty, not absent");
    world_free(w);
    w = world_with_policy("      allowOrigins: [{exact: \"*\"}]\n"
                          "      allowHeaders: [\"*\", X]\n",
                          0);
    snprintf(expected, sizeof(expected), "%s access-control-allow-headers=*,X", head);
    ASK_EXPECT(w, expected, "OPTIONS a /", ORIGIN, PREFLIGHT, "access-control-request-headers: a");
    world_free(w);
}

Test(decide, any_matcher_of_the_star_allows_every_origin) // A-25, P-7, P-8, C-10
{
    world *w = world_with_policy("      allowOrigins: [{regex: \"[^.]+\"}]\n", 0);
    ASK_EXPECT(w, "allowed origin-any access-control-allow-origin=https://a.b", "GET a /",
               "origin: https://a.b");
    world_free(w);
    w = world_with_policy("      allowOrigin: [\"*\"]\n", 0);
    ASK_EXPECT(w, "allowed origin-any access-control-allow-origin=*", "GET a /", "origin: *");
    world_free(w);
}

Test(decide, null_and_joined_origins_are_plain_text) // C-5, C-8
{
    world *w = annex("[{exact: \"null\"}, {exact: a}]", "", 0);
    ASK_EXPECT(w, "allowed origin-matched access-control-allow-origin=null" EXPOSE, "GET a /",
               "origin: null");
    ASK_EXPECT(w, "denied origin-unmatched", "GET a /", "origin: a", "origin: b");
    ASK_EXPECT(w, "allowed origin-matched access-control-allow-origin=a" EXPOSE, "GET a /",
               "origin: ", "origin: a");
    world_free(w);
    w = annex(ANY, "", 0);
    ASK_EXPECT(w, REPLY("a,b"), "OPTIONS a /", "origin: a", "origin: b", PREFLIGHT);
    world_free(w);
}

Test(decide, a_control_byte_in_the_origin_is_never_allowed)
{
    world *w = annex(ANY, IGNORE, 0);
    ASK_EXPECT(w, "denied origin-unrepresentable", "GET a /", "origin: a\001b");
    ASK_EXPECT(w, "denied origin-unrepresentable", "GET a /", "origin: https://long.example\x7f");
    ASK_EXPECT(w, "preflight-denied origin-unrepresentable 200" TAIL, "OPTIONS a /", "origin: a\nb",
               PREFLIGHT);
    ASK_EXPECT(w, "allowed origin-any access-control-allow-origin=a\tb" EXPOSE, "GET a /",
               "origin: a\tb");
    ASK_EXPECT(w, "allowed origin-any access-control-allow-origin=\x80\xff" EXPOSE, "GET a /",
               "origin: \x80\xff");
    world_free(w);
}

Test(decide, control_bytes_are_not_reflected)
{
    world *w = world_with_policy("      allowOrigins: [{exact: \"*\"}]\n"
                                 "      allowMethods: [\"*\"]\n      allowHeaders: [\"*\"]\n",
                                 0);
    ASK_EXPECT(w, "preflight-allowed origin-any 200 access-control-allow-origin=localhost",
               "OPTIONS a /", ORIGIN, "access-control-request-method: P\001",
               "access-control-request-headers: a\002");
    world_free(w);
}

Test(decide, the_tutorial_case_of_istio_holds)
{
    world *w = world_with_policy("      allowOrigins: [{exact: cors.com}]\n"
                                 "      allowMethods: [POST, GET]\n"
                                 "      allowHeaders: [X-Foo-Bar, X-Foo-Baz]\n"
                                 "      allowCredentials: false\n      maxAge: 24h\n",
                                 0);
    ASK_EXPECT(w,
               "preflight-allowed origin-matched 200 access-control-allow-origin=cors.com"
               " access-control-allow-methods=POST,GET"
               " access-control-allow-headers=X-Foo-Bar,X-Foo-Baz access-control-max-age=86400",
               "OPTIONS a /", "origin: cors.com", "access-control-request-method: DELETE");
    world_free(w);
}

/* ---- options ------------------------------------------------------------------------------ */

Test(decide, the_compatibility_switch_keeps_expose_headers_off_preflights) // X-15, C-15
{
    world *w = annex(ANY, "", CORSAC_OPTION_NO_EXPOSE_PREFLIGHT);
    ASK_EXPECT(w, "preflight-allowed origin-any 200 access-control-allow-origin=localhost" TAIL,
               "OPTIONS a /", ORIGIN, PREFLIGHT);
    cr_expect_eq(w->decision.flags & CORSAC_DECISION_EXTENDED, 0);
    ASK_EXPECT(w, "allowed origin-any access-control-allow-origin=localhost" EXPOSE, "GET a /",
               ORIGIN);
    world_free(w);
}

Test(decide, vary_origin_is_the_last_header_of_a_policy_route)
{
    world *w = annex(LOCALHOST, "", CORSAC_OPTION_VARY_ORIGIN);
    ASK_EXPECT(
        w,
        "preflight-allowed origin-matched 200 access-control-allow-origin=localhost" TAIL EXPOSE
        " vary=Origin",
        "OPTIONS a /", ORIGIN, PREFLIGHT);
    cr_expect_eq(w->decision.flags & CORSAC_DECISION_EXTENDED, CORSAC_DECISION_EXTENDED);
    ASK_EXPECT(w, "allowed origin-matched access-control-allow-origin=localhost" EXPOSE " +vary",
               "GET a /", ORIGIN);
    ASK_EXPECT(w, "denied origin-unmatched +vary", "GET a /", "origin: b");
    ASK_EXPECT(w, "preflight-forwarded origin-unmatched +vary", "OPTIONS a /", "origin: b",
               PREFLIGHT);
    ASK_EXPECT(w, "not-cors no-origin +vary", "GET a /");
    world_free(w);
    w = world_with_rule("  - route: [{destination: {host: x}}]\n", CORSAC_OPTION_VARY_ORIGIN);
    ASK_EXPECT(w, "no-policy no-cors-policy", "GET a /", ORIGIN);
    world_free(w);
}

Test(decide, strip_denied_acts_on_refused_requests_that_go_upstream)
{
    world *w = annex(LOCALHOST, "", CORSAC_OPTION_STRIP_DENIED);
    ASK_EXPECT(w, "denied origin-unmatched +strip", "GET a /", "origin: b");
    ASK_EXPECT(w, "preflight-forwarded origin-unmatched +strip", "OPTIONS a /", "origin: b",
               PREFLIGHT);
    ASK_EXPECT(w, "allowed origin-matched access-control-allow-origin=localhost" EXPOSE, "GET a /",
               ORIGIN);
    ASK_EXPECT(w, "not-cors no-origin", "GET a /");
    cr_expect_str_eq(corsac_stripped_header_name(0), "access-control-allow-origin");
    cr_expect_str_eq(corsac_stripped_header_name(6), "access-control-allow-private-network");
    cr_expect_null(corsac_stripped_header_name(7));
    world_free(w);
}

Test(decide, preflight_204_changes_the_status_alone)
{
    world *w = annex(LOCALHOST, IGNORE, CORSAC_OPTION_PREFLIGHT_204);
    ASK_EXPECT(
        w, "preflight-allowed origin-matched 204 access-control-allow-origin=localhost" TAIL EXPOSE,
        "OPTIONS a /", ORIGIN, PREFLIGHT);
    ASK_EXPECT(w, "preflight-denied origin-unmatched 204" TAIL, "OPTIONS a /", "origin: b",
               PREFLIGHT);
    world_free(w);
}

Test(decide, only_the_extras_flag_a_decision)
{
    static const struct {
        uint32_t option;
        bool flags;
    } rows[] = {{0, false},
                {CORSAC_OPTION_VARY_ORIGIN, true},
                {CORSAC_OPTION_STRIP_DENIED, true},
                {CORSAC_OPTION_PREFLIGHT_204, true},
                {CORSAC_OPTION_ENFORCE_METHODS, true},
                {CORSAC_OPTION_ENFORCE_HEADERS, true},
                {CORSAC_OPTION_NORMALIZE_PATH_BASE, false},
                {CORSAC_OPTION_HEADER_MATCH_JOINED, false},
                {CORSAC_OPTION_NO_EXPOSE_PREFLIGHT, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world *w = annex(LOCALHOST, "", rows[i].option);
        world_ask(w, "GET a /", NULL);
        cr_expect_eq(w->decision.flags, rows[i].flags ? CORSAC_DECISION_EXTENDED : 0, "option %x",
                     rows[i].option);
        world_free(w);
    }
}

/* corsac_evaluate_outcome(): the same outcome, none of the headers. */
Test(decide, an_outcome_alone_is_the_same_outcome) // engine.h
{
    world *w = annex(LOCALHOST, IGNORE, 0);
    static const char *const origins[] = {"", "localhost", "b", "a\001b"};
    static const char *const methods[] = {"GET", "OPTIONS"};
    for (size_t o = 0; o < 4; o++)
        for (size_t m = 0; m < 2; m++) {
            corsac_request request = {.struct_size = sizeof(request),
                                      .method = {methods[m], strlen(methods[m])},
                                      .authority = {"a", 1},
                                      .path = {"/", 1},
                                      .origin = {origins[o], strlen(origins[o])},
                                      .request_method = {"GET", 3}};
            uint32_t outcome = 99;
            cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
            cr_assert_eq(corsac_evaluate_outcome(&outcome, w->reader, &request), CORSAC_OK);
            cr_expect_eq(outcome, w->decision.outcome, "%s from \"%s\"", methods[m], origins[o]);
        }
    world_free(w);
}
