// SPDX-License-Identifier: Apache-2.0
// Conditions on headers, query parameters and claims (M-9 to M-18, X-8).
#include "../world.h"
#include "engine/image/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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

/* As many bytes as the scratch has, commas included, and not one more: engine/image/scratch.h. */
static void joined_bytes_are_bounded(const char *name, uint32_t options)
{
    char block[64];
    snprintf(block, sizeof(block), "headers: {%s: {prefix: a}}", name);
    world *w = with_match(block, options);
    char *value = malloc(CSE_SCRATCH_TEXT_BYTES);
    memset(value, 'a', CSE_SCRATCH_TEXT_BYTES);
    const size_t firsts[] = {0, 1, 1000, CSE_SCRATCH_TEXT_BYTES - 2, CSE_SCRATCH_TEXT_BYTES - 1};
    const bool comma_after_nothing = options & CORSAC_OPTION_HEADER_MATCH_JOINED;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        for (int more = 0; more < 2; more++) {
            size_t comma = firsts[i] > 0 || comma_after_nothing;
            size_t second = CSE_SCRATCH_TEXT_BYTES - firsts[i] - comma + (size_t)more;
            corsac_header lines[2] = {{{name, strlen(name)}, {value, firsts[i]}},
                                      {{name, strlen(name)}, {value, second}}};
            corsac_request request = {.struct_size = sizeof(request),
                                      .header_count = 2,
                                      .authority = {"a", 1},
                                      .path = {"/", 1},
                                      .headers = lines};
            bool nothing = second == 0 && !comma_after_nothing; /* C-5: it adds no comma either */
            cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request),
                         more && !nothing ? CORSAC_E_LIMIT : CORSAC_OK, "%s: %zu and %zu bytes",
                         name, firsts[i], second);
        }
    free(value);
    world_free(w);
}

Test(condition, the_longest_lines_that_are_joined) // M-11, M-12, engine.h
{
    joined_bytes_are_bounded("user-agent", 0);
    joined_bytes_are_bounded("x-a", CORSAC_OPTION_HEADER_MATCH_JOINED);
}

Test(condition, of_joined_lines_none_is_lost_or_seen_twice) // M-11, M-12, C-5
{
    static const struct {
        const char *lines[4], *once, *joined;
    } rows[] = {{{"a", "b", "c", NULL}, "a,b,c", "a,b,c"},
                {{"", "", "a", NULL}, "a", ",,a"},
                {{"a", "", "", NULL}, "a", "a,,"},
                {{"", "", "", NULL}, "", ",,"},
                {{"", "a", NULL}, "a", ",a"},
                {{"a", "", NULL}, "a", "a,"},
                {{"", NULL}, "", ""},
                {{"a,b", "c", NULL}, "a,b,c", "a,b,c"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int once = 0; once < 2; once++) {
            const char *name = once ? "user-agent" : "x-a";
            char block[128];
            snprintf(block, sizeof(block), "headers: {%s: {exact: \"%s\"}}", name,
                     once ? rows[i].once : rows[i].joined);
            world *w = with_match(block, once ? 0 : CORSAC_OPTION_HEADER_MATCH_JOINED);
            corsac_header lines[6] = {{{"x-other", 7}, {"o", 1}}};
            uint32_t count = 1;
            for (size_t k = 0; k < 3 && rows[i].lines[k]; k++) { /* an empty value may be absent */
                const char *value = *rows[i].lines[k] ? rows[i].lines[k] : NULL;
                lines[count++] =
                    (corsac_header){{name, strlen(name)}, {value, value ? strlen(value) : 0}};
            }
            lines[count++] = (corsac_header){{"x-another", 9}, {"o", 1}};
            corsac_request request = {.struct_size = sizeof(request),
                                      .header_count = count,
                                      .authority = {"a", 1},
                                      .path = {"/", 1},
                                      .headers = lines};
            cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
            cr_expect_neq(w->decision.route, CORSAC_NONE, "%s", block);
            world_free(w);
        }
}

Test(condition, an_illegal_line_before_or_behind_a_legal_one) // X-8, M-11
{
    world *w = with_match("headers: {x-a: {exact: a}}", 0);
    HOLDS(w, "GET a /", "x-a: a\001", "x-a: a");
    HOLDS(w, "GET a /", "x-a: a", "x-a: a\001");
    FAILS(w, "GET a /", "x-a: a\001", "x-a: b");
    world_free(w);
    w = with_match("headers: {x-a: {regex: \"a.*\"}}", 0);
    FAILS(w, "GET a /", "x-a: a\001");
    HOLDS(w, "GET a /", "x-a: a\t");
    world_free(w);
}

Test(condition, a_value_is_compared_with_all_of_an_exact_and_the_head_of_a_prefix) // M-10
{
    world *w = with_match("headers: {x-a: {exact: abc}, x-b: {prefix: abc}}", 0);
    HOLDS(w, "GET a /", "x-a: abc", "x-b: abc");
    HOLDS(w, "GET a /", "x-a: abc", "x-b: abcd");
    FAILS(w, "GET a /", "x-a: ab", "x-b: abc");
    FAILS(w, "GET a /", "x-a: abcd", "x-b: abc");
    FAILS(w, "GET a /", "x-a: abd", "x-b: abc");
    FAILS(w, "GET a /", "x-a: abc", "x-b: ab");
    FAILS(w, "GET a /", "x-a: abc", "x-b: abd");
    world_free(w);
}

Test(condition, pieces_of_a_query_are_cut_where_they_end) // M-14
{
    world *w = with_match("queryParams: {key: {exact: v}}", 0);
    static const char *const holds[] = {"/?key=v",     "/?key=v&",  "/?&key=v",     "/?a&key=v&b",
                                        "/?a=b&key=v", "/?=&key=v", "/?key=v&key=w"};
    static const char *const fails[] = {"/?ke=v", "/?keyy=v", "/?key=v1", "/?key",
                                        "/?key=", "/?key==v", "/?v=key",  "/?key=w&key=v",
                                        "/?",     "/?&",      "/?=key=v", "/?a=key=v"};
    for (int fail = 0; fail < 2; fail++)
        for (size_t i = 0; i < (fail ? 12 : 7); i++) {
            const char *path = fail ? fails[i] : holds[i];
            char *copy = malloc(strlen(path)); /* of exactly its size: a step beyond is seen */
            memcpy(copy, path, strlen(path));
            corsac_request request = {.struct_size = sizeof(request),
                                      .authority = {"a", 1},
                                      .path = {copy, strlen(path)}};
            cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
            cr_expect_eq(w->decision.route != CORSAC_NONE, !fail, "%s", path);
            free(copy);
        }
    world_free(w);
}

Test(condition, a_claim_may_hold_any_byte) // M-18
{
    world *w = world_with_rule("  - match: [{headers: {\"@request.auth.claims.role\": {regex: "
                               "\"a(?s:.)b\"}}}]\n    route: [{destination: {host: x}}]\n",
                               0);
    const corsac_claim claims[] = {
        {{"rol", 3}, {"a\001b", 3}}, {{"role", 4}, {"a\001b", 3}}, {{"role", 4}, {"no", 2}}};
    cr_expect_eq(ask_claims(w, claims, 1).route, CORSAC_NONE, "of another name");
    cr_expect_neq(ask_claims(w, claims, 2).route, CORSAC_NONE);
    cr_expect_neq(ask_claims(w, claims, 3).route, CORSAC_NONE, "one of a list is enough");
    cr_expect_eq(ask_claims(w, claims + 2, 1).route, CORSAC_NONE);
    world_free(w);
}

Test(condition, an_empty_piece_of_a_query_is_no_parameter_of_no_name) // M-14
{
    world *w = with_match("queryParams: {\"\": {}}", 0);
    FAILS(w, "GET a /?");
    FAILS(w, "GET a /?&");
    FAILS(w, "GET a /?&&a");
    HOLDS(w, "GET a /?=");
    HOLDS(w, "GET a /?&=1");
    world_free(w);
}
