// SPDX-License-Identifier: Apache-2.0
// Findings that change nothing: traps that only the resolved picture shows.
#include "fixture.h"

#include <criterion/criterion.h>

#define GATEWAY GW("{namespace: istio-system, name: gw}", HTTP("['*']"))
#define SERVICE(name, hosts, http)                                                                 \
    VS("{namespace: app, name: " name "}",                                                         \
       "{hosts: " hosts ", gateways: [istio-system/gw], http: [" http "]}")
#define CORS "corsPolicy: {allowOrigins: [{exact: 'https://a.com'}]}"

Test(resolve_advice, a_policy_on_a_rule_that_does_not_forward_never_acts) // C-2, V-11
{
    fixture f = resolved(GATEWAY SERVICE("a", "[a.com]",
                                         "{match: [{uri: {exact: /1}}], redirect: {uri: /x}, " CORS
                                         "}, {directResponse: {status: 200}, " CORS "}"));
    cr_expect_eq(findings(&f, "policy-never-acts"), 2);
    cr_expect(told(&f, "policy-never-acts", "C-2", "VirtualService app/a", "redirect"));
    cr_expect(told(&f, "policy-never-acts", "C-2", "VirtualService app/a", "answers directly"));
    fixture_free(&f);
}

static size_t unreachable(const char *yaml)
{
    fixture f = resolved(yaml);
    size_t count = findings(&f, "preflight-unreachable");
    cr_expect_eq(count,
                 told(&f, "preflight-unreachable", "R-13", "VirtualService app/a", "OPTIONS"));
    fixture_free(&f);
    return count;
}

#define RULE(match) GATEWAY SERVICE("a", "[a.com]", "{match: [" match "], " TO ", " CORS "}")

Test(resolve_advice, a_policy_behind_a_method_or_a_custom_header_sees_no_preflight)
{
    cr_expect_eq(unreachable(RULE("{method: {exact: POST}}")), 1);
    cr_expect_eq(unreachable(RULE("{method: {prefix: P}}")), 1);
    cr_expect_eq(unreachable(RULE("{method: {regex: 'GET|POST'}}")), 1);
    cr_expect_eq(unreachable(RULE("{headers: {':method': {exact: GET}}}")), 1);
    cr_expect_eq(unreachable(RULE("{headers: {x-tenant: {exact: a}}}")), 1);
    cr_expect_eq(unreachable(RULE("{headers: {Cookie: {}}}")), 1);
    cr_expect_eq(unreachable(RULE("{headers: {authorization: {prefix: Bearer}}}")), 1);
    cr_expect_eq(unreachable(RULE("{headers: {'@request.auth.claims.g': {exact: a}}}")), 1);
    cr_expect_eq(unreachable(RULE("{method: {exact: GET}}, {headers: {x-a: {}}}")), 1);
}

Test(resolve_advice, a_policy_that_some_preflight_reaches_is_left_alone)
{
    cr_expect_eq(unreachable(RULE("{uri: {prefix: /}}")), 0);
    cr_expect_eq(unreachable(RULE("{method: {exact: GET}}, {method: {exact: OPTIONS}}")), 0);
    cr_expect_eq(unreachable(RULE("{method: {prefix: O}}")), 0);
    cr_expect_eq(unreachable(RULE("{method: {}}")), 0);
    cr_expect_eq(unreachable(RULE("{method: {regex: 'GET|OPTIONS'}}")), 0);
    cr_expect_eq(unreachable(RULE("{method: {regex: '[A-Z]+'}}")), 0);
    cr_expect_eq(unreachable(RULE("{headers: {Origin: {prefix: https}}}")), 0);
    cr_expect_eq(unreachable(RULE("{headers: {x-forwarded-proto: {exact: https}}}")), 0);
    cr_expect_eq(unreachable(RULE("{withoutHeaders: {x-tenant: {}}}")), 0);
    cr_expect_eq(unreachable(GATEWAY SERVICE("a", "[a.com]", "{" TO ", " CORS "}")), 0);
}

Test(resolve_advice, who_takes_over_the_host_of_a_quarantined_service) // X-6, H-18
{
    fixture f = resolved(GATEWAY SERVICE("wide", "['*.x.com']", "{" TO "}") SERVICE(
        "same", "[b.y.com]", "{" TO "}") SERVICE("broken", "[a.x.com, b.y.com, c.z.com]",
                                                 "{" TO ", corsPolicy: {maxAge: 600}}"));
    cr_assert_eq(f.resources.quarantined_count, 1);
    cr_expect(told(&f, "quarantine-shift", "X-6", "VirtualService app/broken",
                   "a.x.com go to VirtualService app/wide"));
    cr_expect(told(&f, "quarantine-shift", "X-6", "VirtualService app/broken",
                   "b.y.com go to VirtualService app/same"));
    cr_expect_eq(findings(&f, "quarantine-shift"), 2);
    fixture_free(&f);
}

Test(resolve_advice, what_is_warned_about_still_serves)
{
    fixture f = resolved(
        GATEWAY SERVICE("a", "[a.com]", "{match: [{method: {exact: GET}}], " TO ", " CORS "}"));
    cr_expect_eq(findings(&f, "preflight-unreachable"), 1);
    cr_expect_str_eq(routes_of(&f, "http.80", "a.com"), "app/a#http[0].match[0]");
    cr_expect_not_null(policy_of(&f, "app/a#http[0].match[0]"));
    fixture_free(&f);
}

Test(resolve_advice, one_delegate_used_twice_is_warned_about_once) // C-2
{
    fixture f = resolved(
        GATEWAY SERVICE("a", "[a.com]", "{delegate: {name: d}}")
            SERVICE("b", "[b.com]", "{delegate: {name: d}}")
                VS("{namespace: app, name: d}", "{http: [{redirect: {uri: /x}, " CORS "}]}"));
    cr_expect_eq(findings(&f, "policy-never-acts"), 1);
    fixture_free(&f);
}

Test(resolve_advice, the_dump_shows_the_whole_result)
{
    fixture f = resolved(
        GW("{namespace: g, name: gw}", HTTP("['*']") "," HTTPS("web", "[a.com]"))
            VS("{namespace: app, name: a}",
               "{hosts: [a.com], gateways: [g/gw], http: [{name: r, match: [{uri: {exact: /1}, "
               "headers: {x: {exact: '\"'}}}], " TO ", corsPolicy: {allowOrigins: [{prefix: "
               "'https://'}], allowMethods: [GET], unmatchedPreflights: IGNORE}}, {" TO "}]}"));
    corsac_str dump;
    corsac_input input = {csc_str_from("input.yaml"), csc_str_from("")};
    f.context.inputs = &input;
    f.context.input_count = 1;
    cr_assert_eq(csc_ir_dump(&f.context, f.ir, &dump), CORSAC_OK);
    f.ir->routes[0].source.span = f.ir->routes[1].source.span = f.ir->policies[0].source.span =
        (csc_span){.line = 4, .column = 2};
    cr_assert_eq(csc_ir_dump(&f.context, f.ir, &dump), CORSAC_OK);
    cr_expect_str_eq(dump.data,
                     "endpoint g/gw 80 http=\"http.80\" tls=none\n"
                     "endpoint g/gw 443 http=none tls=0\n"
                     "tls-group 0\n"
                     "  sni \"a.com\" \"https.443.web.gw.g\"\n"
                     "route-config \"http.80\"\n"
                     "  host \"a.com\": 0 1\n"
                     "route-config \"https.443.web.gw.g\"\n"
                     "  host \"a.com\": 0 1\n"
                     "route 0 app/a#http[0].match[0] input.yaml:4:2 root app/a name \"r\"\n"
                     "  exact \"/1\"\n"
                     "  header \"x\" exact \"\\\"\"\n"
                     "  forward policy 0\n"
                     "route 1 app/a#http[1] input.yaml:4:2 root app/a\n"
                     "  prefix \"/\" catch-all\n"
                     "  forward\n"
                     "policy 0 app/a#http[0] input.yaml:4:2\n"
                     "  origin prefix \"https://\"\n"
                     "  allow-methods \"GET\"\n"
                     "  ignore-unmatched\n");
    fixture_free(&f);
}
