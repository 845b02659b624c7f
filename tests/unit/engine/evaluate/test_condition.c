// SPDX-License-Identifier: Apache-2.0
// Conditions on headers, query parameters and claims (M-9 to M-18, X-8).
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A rule with this match block; the answers below say whether it was chosen. */
static world *with_match(const char *block, uint32_t options)
{
    char rule[2048];
    snprintf(rule, sizeof(rule), "  - match: [{%s}]\n    route: [{destination: {host: x}}]\n",
             block);
    return world_with_rule(rule, options);
}

#define HOLDS(w, ...) ANSWERS(w, !=, __VA_ARGS__, NULL)
#define FAILS(w, ...) ANSWERS(w, ==, __VA_ARGS__, NULL)
/* A request that is refused as such chooses no route either: that must not pass for an answer. */
#define ANSWERS(w, compared, ...)                                                                  \
    do {                                                                                           \
        world_ask(w, __VA_ARGS__);                                                                 \
        cr_expect_eq((w)->status, CORSAC_OK, "%s", (w)->text);                                     \
        cr_expect((w)->decision.route compared CORSAC_NONE, "%s", (w)->text);                      \
    } while (0)

Test(condition, method_authority_and_scheme_are_compared_as_sent) // M-9
{
    world *w = with_match("method: {exact: GET}, authority: {prefix: a.com}, scheme: {regex: "
                          "\"https?\"}",
                          0);
    HOLDS(w, "GET a.com /");
    HOLDS(w, "GET a.com:8080 /");
    FAILS(w, "GET A.com /");
    FAILS(w, "get a.com /");
    FAILS(w, "GET a.com /", ":scheme: HTTP");
    HOLDS(w, "GET a.com /", ":scheme: https");
    world_free(w);
    w = with_match("authority: {exact: a.com}", 0);
    FAILS(w, "GET a.com:8080 /");
    world_free(w);
}

Test(condition, header_names_have_no_case_and_values_do) // M-10
{
    world *w = with_match("headers: {X-Tenant-Name: {exact: blue}}", 0);
    HOLDS(w, "GET a /", "x-tenant-NAME: blue");
    FAILS(w, "GET a /", "x-tenant-name: Blue");
    FAILS(w, "GET a /", "x-tenant-nam: blue");
    FAILS(w, "GET a /");
    world_free(w);
}

Test(condition, presence_counts_an_empty_value) // M-10
{
    world *w = with_match("headers: {x-a: {}}", 0);
    HOLDS(w, "GET a /", "x-a: ");
    FAILS(w, "GET a /", "x-b: ");
    world_free(w);
    w = with_match("headers: {x-a: {exact: \"\"}}", 0);
    HOLDS(w, "GET a /", "x-a: ");
    FAILS(w, "GET a /", "x-a: 1");
    FAILS(w, "GET a /");
    world_free(w);
}

Test(condition, pseudo_headers_can_be_keys) // M-10, M-8
{
    world *w = with_match("headers: {\":path\": {exact: \"/d?x\"}}", 0);
    HOLDS(w, "GET a /d?x");
    HOLDS(w, "GET a /d?x#f");
    FAILS(w, "GET a /d");
    world_free(w);
}

Test(condition, repeated_lines_are_tested_one_by_one) // M-11, K-20.12
{
    world *w = with_match("headers: {x-a: {exact: a}}", 0);
    HOLDS(w, "GET a /", "x-a: b", "x-a: a");
    FAILS(w, "GET a /", "x-a: b", "x-a: c");
    world_free(w);
    w = with_match("withoutHeaders: {x-a: {exact: a}}", 0);
    FAILS(w, "GET a /", "x-a: b", "x-a: a");
    HOLDS(w, "GET a /", "x-a: b", "x-a: c");
    world_free(w);
}

Test(condition, an_older_envoy_joins_repeated_lines) // X-15, M-11
{
    world *w = with_match("headers: {x-a: {exact: \"b,a\"}}", CORSAC_OPTION_HEADER_MATCH_JOINED);
    HOLDS(w, "GET a /", "x-a: b", "x-a: a");
    HOLDS(w, "GET a /", "x-a: b,a");
    FAILS(w, "GET a /", "x-a: a");
    world_free(w);
    w = with_match("headers: {x-a: {exact: \",a\"}}", CORSAC_OPTION_HEADER_MATCH_JOINED);
    HOLDS(w, "GET a /", "x-a: ", "x-a: a");
    world_free(w);
}

Test(condition, headers_that_envoy_stores_once_are_one_value) // M-12, C-5
{
    world *w = with_match("headers: {user-agent: {exact: \"a,b\"}}", 0);
    HOLDS(w, "GET a /", "user-agent: a", "User-Agent: b");
    HOLDS(w, "GET a /", "user-agent: ", "user-agent: a", "user-agent: ", "user-agent: b");
    FAILS(w, "GET a /", "user-agent: a");
    world_free(w);
    w = with_match("headers: {origin: {exact: \"a,b\"}}", 0);
    HOLDS(w, "GET a /", "origin: a", "origin: b");
    FAILS(w, "GET a /");
    world_free(w);
    w = with_match("withoutHeaders: {origin: {exact: a}}", 0);
    HOLDS(w, "GET a /", "origin: a", "origin: b");
    FAILS(w, "GET a /", "origin: ", "origin: a");
    world_free(w);
    w = with_match("headers: {cookie: {exact: \"a\"}}", 0);
    HOLDS(w, "GET a /", "cookie: b", "cookie: a");
    world_free(w);
}

Test(condition, without_headers_follows_the_table_of_m_13) // M-13, M-15
{
    struct {
        const char *match;
        bool missing, empty, other, x;
    } const rows[] = {
        {"{}", true, false, false, false},
        {"{regex: \"*\"}", true, false, false, false},
        {"{exact: x}", true, true, true, false},
        {"{exact: \"\"}", false, false, true, true},
        {"{regex: \".*\"}", false, false, false, false},
        {"{prefix: x}", true, true, true, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char block[128];
        snprintf(block, sizeof(block), "withoutHeaders: {x-a: %s}", rows[i].match);
        world *w = with_match(block, 0);
        world_ask(w, "GET a /", NULL);
        cr_expect_eq(w->decision.route != CORSAC_NONE, rows[i].missing, "%s missing", block);
        world_ask(w, "GET a /", "x-a: ", NULL);
        cr_expect_eq(w->decision.route != CORSAC_NONE, rows[i].empty, "%s empty", block);
        world_ask(w, "GET a /", "x-a: y", NULL);
        cr_expect_eq(w->decision.route != CORSAC_NONE, rows[i].other, "%s y", block);
        world_ask(w, "GET a /", "x-a: x", NULL);
        cr_expect_eq(w->decision.route != CORSAC_NONE, rows[i].x, "%s x", block);
        world_free(w);
    }
}

Test(condition, a_control_byte_makes_conditions_false_inverted_ones_too)
{
    world *w = with_match("headers: {x-a: {}}", 0);
    FAILS(w, "GET a /", "x-a: a\001");
    HOLDS(w, "GET a /", "x-a: a\001", "x-a: b");
    world_free(w);
    w = with_match("withoutHeaders: {x-a: {exact: b}}", 0);
    FAILS(w, "GET a /", "x-a: a\001");
    FAILS(w, "GET a /", "x-a: c", "x-a: a\x7f");
    HOLDS(w, "GET a /", "x-a: a\t\xff");
    world_free(w);
    w = with_match("queryParams: {k: {}}", 0);
    FAILS(w, "GET a /?k=\001");
    HOLDS(w, "GET a /?j=\001&k=1");
    world_free(w);
}

Test(condition, query_parameters_are_split_and_not_decoded) // M-14
{
    world *w = with_match("queryParams: {k: {exact: \"1\"}}", 0);
    HOLDS(w, "GET a /?k=1");
    HOLDS(w, "GET a /?x=2&k=1&y");
    HOLDS(w, "GET a /?&&k=1");
    FAILS(w, "GET a /?k=2&k=1");
    FAILS(w, "GET a /?k&k=1");
    FAILS(w, "GET a /?K=1");
    FAILS(w, "GET a /?k=%31");
    FAILS(w, "GET a /?%6b=1");
    FAILS(w, "GET a /??k=1");
    FAILS(w, "GET a /#?k=1");
    FAILS(w, "GET a /?x#&k=1");
    FAILS(w, "GET a /");
    world_free(w);
    w = with_match("queryParams: {k: {exact: \"\"}}", 0);
    HOLDS(w, "GET a /?k");
    HOLDS(w, "GET a /?k=");
    FAILS(w, "GET a /?k=1");
    world_free(w);
    w = with_match("queryParams: {k: {exact: \"1=2\"}}", 0);
    HOLDS(w, "GET a /?k=1=2");
    world_free(w);
    w = with_match("queryParams: {k: {regex: \"[0-9]+\"}}", 0);
    HOLDS(w, "GET a /?k=17");
    FAILS(w, "GET a /?k=17x");
    world_free(w);
}

Test(condition, all_conditions_of_a_block_must_hold) // M-17
{
    world *w = with_match("uri: {prefix: /p}, method: {exact: GET}, headers: {x-a: {exact: \"1\"}, "
                          "x-b: {prefix: \"2\"}}, queryParams: {q: {}}",
                          0);
    HOLDS(w, "GET a /p?q", "x-a: 1", "x-b: 23");
    FAILS(w, "GET a /p", "x-a: 1", "x-b: 23");
    FAILS(w, "GET a /p?q", "x-a: 1", "x-b: 3");
    FAILS(w, "GET a /p?q", "x-a: 2", "x-b: 23");
    FAILS(w, "PUT a /p?q", "x-a: 1", "x-b: 23");
    FAILS(w, "GET a /q?q", "x-a: 1", "x-b: 23");
    world_free(w);
}

Test(condition, repeated_lines_beyond_the_scratch_are_a_limit) // M-12
{
    world *w = with_match("headers: {user-agent: {prefix: a}}", 0);
    static char value[40000];
    memset(value, 'a', sizeof(value));
    corsac_header lines[2] = {{{"user-agent", 10}, {value, sizeof(value)}},
                              {{"user-agent", 10}, {value, sizeof(value)}}};
    corsac_request request = {.struct_size = sizeof(request),
                              .header_count = 2,
                              .authority = {"a", 1},
                              .path = {"/", 1},
                              .headers = lines};
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_E_LIMIT);
    cr_expect_eq(w->decision.outcome, CORSAC_OUTCOME_NONE);
    request.header_count = 1;
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    cr_expect_neq(w->decision.route, CORSAC_NONE);
    world_free(w);
}

/* ---- claims ------------------------------------------------------------------------------- */

static corsac_decision ask_claims(world *w, const corsac_claim *claims, uint32_t count)
{
    corsac_request request = {.struct_size = sizeof(request),
                              .claim_count = count,
                              .authority = {"a", 1},
                              .path = {"/", 1},
                              .claims = claims};
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    return w->decision;
}

Test(condition, claims_are_the_hosts_to_give) // M-18
{
    world *w = world_with_rule("  - match: [{headers: {\"@request.auth.claims[a][b]\": {exact: "
                               "admin}}}]\n    route: [{destination: {host: x}}]\n"
                               "  - route: [{destination: {host: other}}]\n",
                               0);
    const corsac_claim claims[] = {{{"a\0b", 3}, {"user", 4}}, {{"a\0b", 3}, {"admin", 5}}};
    corsac_decision without = ask_claims(w, NULL, 0);
    cr_expect_eq(without.flags & CORSAC_DECISION_CONDITIONAL, CORSAC_DECISION_CONDITIONAL);
    corsac_decision user = ask_claims(w, claims, 1);
    cr_expect_eq(user.route, without.route);
    corsac_decision admin = ask_claims(w, claims, 2);
    cr_expect_neq(admin.route, without.route);
    cr_expect_eq(admin.flags & CORSAC_DECISION_CONDITIONAL, 0);
    world_free(w);
}

Test(condition, an_inverted_claim_holds_without_claims) // M-18
{
    world *w = world_with_rule("  - match: [{withoutHeaders: {\"@request.auth.claims.role\": "
                               "{exact: guest}}}]\n    route: [{destination: {host: x}}]\n",
                               0);
    const corsac_claim guest = {{"role", 4}, {"guest", 5}};
    const corsac_claim other = {{"role", 4}, {"owner", 5}};
    cr_expect_neq(ask_claims(w, NULL, 0).route, CORSAC_NONE);
    cr_expect_neq(ask_claims(w, &other, 1).route, CORSAC_NONE);
    corsac_decision refused = ask_claims(w, &guest, 1);
    cr_expect_eq(refused.route, CORSAC_NONE);
    cr_expect_eq(refused.flags & CORSAC_DECISION_CONDITIONAL, CORSAC_DECISION_CONDITIONAL);
    world_free(w);
}

Test(condition, the_questions_of_a_preflight_are_headers_too) // M-10, C-5
{
    world *w =
        with_match("headers: {access-control-request-headers: {prefix: \"x-a\"},\n"
                   "access-control-request-method: {exact: PUT}, origin: {exact: \"http://o\"}}",
                   0);
    HOLDS(w, "OPTIONS a /", "origin: http://o", "access-control-request-method: PUT",
          "access-control-request-headers: x-a,x-b");
    FAILS(w, "OPTIONS a /", "origin: http://o", "access-control-request-method: PUT",
          "access-control-request-headers: x-b,x-a");
    FAILS(w, "OPTIONS a /", "origin: http://o", "access-control-request-method: PUT");
    FAILS(w, "OPTIONS a /", "origin: http://o", "access-control-request-method: GET",
          "access-control-request-headers: x-a");
    FAILS(w, "OPTIONS a /", "origin: http://p", "access-control-request-method: PUT",
          "access-control-request-headers: x-a");
    world_free(w);
}
