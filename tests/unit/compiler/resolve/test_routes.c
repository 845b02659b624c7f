// SPDX-License-Identifier: Apache-2.0
// Rules -> routes (chapter R), conditions (chapter M), policies (chapter P).
#include "fixture.h"

#include <criterion/criterion.h>

#define GATEWAY GW("{namespace: istio-system, name: gw}", HTTP("['*']"))
#define ROOT(http)                                                                                 \
    VS("{namespace: app, name: a}",                                                                \
       "{hosts: [x.com], gateways: [istio-system/gw], http: [" http "]}")
#define MATCH(block) ROOT("{match: [{" block "}], " TO "}")
#define FIRST        "app/a#http[0].match[0]"

static const char *served(const fixture *f)
{
    return routes_of(f, "http.80", "x.com");
}

Test(resolve_routes, rules_in_file_order_and_blocks_inside_them)
{
    fixture f = resolved(GATEWAY ROOT("{match: [{uri: {prefix: /b}}, {uri: {prefix: /a}}], " TO
                                      "}, {match: [{uri: {exact: /0}}], " TO "}, {" TO "}"));
    cr_expect_str_eq(served(&f), "app/a#http[0].match[0] app/a#http[0].match[1] "
                                 "app/a#http[1].match[0] app/a#http[2]");
    fixture_free(&f);
}

Test(resolve_routes, a_rule_without_match_matches_everything) // R-1, M-2
{
    fixture f = resolved(GATEWAY ROOT("{" TO "}"));
    const csc_ir_route *route = route_named(&f, "app/a#http[0]");
    cr_expect(route->path_kind == CSC_PATH_PREFIX && csc_str_is(route->path, "/"));
    cr_expect(route->catch_all);
    cr_expect_eq(route->condition_count, 0);
    fixture_free(&f);
}

Test(resolve_routes, a_port_must_be_the_servers_as_written)
{
    fixture f = resolved(
        GW("{namespace: istio-system, name: gw}",
           HTTP("['*']") ", {port: {number: 8080, name: alt, protocol: HTTP}, hosts: ['*']}")
            ROOT("{match: [{port: 8080, uri: {prefix: /a}}, {port: 80, uri: {prefix: /b}}, {uri: "
                 "{prefix: /c}}], " TO "}"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "app/a#http[0].match[1] app/a#http[0].match[2]");
    cr_expect_str_eq(routes_of(&f, "http.8080", "x.com"),
                     "app/a#http[0].match[0] app/a#http[0].match[2]");
    fixture_free(&f);
}

//
Test(resolve_routes, match_gateways_only_narrow_and_set_the_source_conditions_aside)
{
    fixture f = resolved(
        GATEWAY GW("{namespace: istio-system, name: other}",
                   "{port: {number: 81, name: http, protocol: HTTP}, hosts: ['*']}")
            VS("{namespace: app, name: a}", "{hosts: [x.com], gateways: [istio-system/gw], http: ["
                                            "{match: [{gateways: [istio-system/gw], "
                                            "sourceNamespace: nowhere, uri: {prefix: /1}}, "
                                            "{gateways: [istio-system/other], uri: {prefix: /2}}, "
                                            "{gateways: [mesh], uri: {prefix: /3}}, "
                                            "{gateways: [gw], uri: {prefix: /4}}], " TO "}]}"));
    cr_expect_str_eq(served(&f), "app/a#http[0].match[0]");
    cr_expect_str_eq(domains_of(&f, "http.81"), "", "the list does not add a gateway");
    fixture_free(&f);
}

Test(resolve_routes, source_conditions_are_those_of_the_pod) // R-4, H-28
{
    fixture f =
        resolved(DOCUMENT("Gateway", "{namespace: istio-system, name: gw}",
                          "{selector: {app: gate, tier: edge}, servers: [" HTTP("['*']") "]}")
                     ROOT("{match: [{sourceLabels: {app: gate}, uri: {prefix: /1}}, "
                          "{sourceLabels: {app: web}, uri: {prefix: /2}}, "
                          "{sourceLabels: {zone: a}, uri: {prefix: /3}}, "
                          "{sourceNamespace: istio-system, uri: {prefix: /4}}, "
                          "{sourceNamespace: app, uri: {prefix: /5}}, "
                          "{sourceLabels: {app: gate, tier: edge}, uri: {prefix: /6}}], " TO "}"));
    cr_expect_str_eq(served(&f),
                     "app/a#http[0].match[0] app/a#http[0].match[3] app/a#http[0].match[5]");
    fixture_free(&f);
}

Test(resolve_routes, a_listed_gateways_pod_has_no_labels) // H-28 rule 1, R-4
{
    static const corsac_str names[] = {{"istio-system/gw", 15}};
    fixture f = fixture_new();
    f.options.gateways = (corsac_str_list){names, 1};
    fixture_run(&f, DOCUMENT("Gateway", "{namespace: istio-system, name: gw}",
                             "{selector: {app: gate}, servers: [" HTTP("['*']") "]}")
                        ROOT("{match: [{sourceLabels: {app: gate}, uri: {prefix: /1}}, "
                             "{uri: {prefix: /2}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/a#http[0].match[1]");
    fixture_free(&f);
}

Test(resolve_routes, nothing_follows_a_rule_without_match)
{
    fixture f = resolved(GATEWAY ROOT("{" TO "}, {match: [{uri: {exact: /a}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/a#http[0]");
    fixture_free(&f);
}

Test(resolve_routes, nothing_follows_a_kept_catch_all)
{
    fixture f = resolved(GATEWAY ROOT("{match: [{uri: {prefix: /}}, {uri: {exact: /a}}], " TO
                                      "}, {match: [{uri: {exact: /b}}], " TO "}"));
    cr_expect_str_eq(served(&f), FIRST);
    fixture_free(&f);
}

Test(resolve_routes, a_block_that_is_filtered_out_stops_nothing)
{
    fixture f = resolved(
        GATEWAY ROOT("{match: [{port: 81, uri: {prefix: /}}, {uri: {exact: /a}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/a#http[0].match[1]");
    fixture_free(&f);
}

Test(resolve_routes, names_join_rule_and_block)
{
    fixture f = resolved(
        GATEWAY ROOT("{name: r, match: [{name: m, uri: {exact: /1}}, {uri: {exact: /2}}], " TO "}, "
                     "{match: [{name: m, uri: {exact: /3}}, {uri: {exact: /4}}], " TO "}"));
    cr_expect(csc_str_is(route_named(&f, "app/a#http[0].match[0]")->name, "r.m"));
    cr_expect(csc_str_is(route_named(&f, "app/a#http[0].match[1]")->name, "r"));
    cr_expect(csc_str_is(route_named(&f, "app/a#http[1].match[0]")->name, ".m"));
    cr_expect(csc_str_is(route_named(&f, "app/a#http[1].match[1]")->name, ""));
    fixture_free(&f);
}

static bool catches_all(const char *yaml)
{
    fixture f = resolved(yaml);
    bool result = route_named(&f, FIRST)->catch_all;
    fixture_free(&f);
    return result;
}

Test(resolve_routes, what_is_a_catch_all_and_what_is_not)
{
    cr_expect(catches_all(GATEWAY MATCH("uri: {prefix: /}")));
    cr_expect(catches_all(GATEWAY MATCH("uri: {regex: '.*'}")));
    cr_expect(catches_all(GATEWAY MATCH("uri: {}")));
    cr_expect(catches_all(GATEWAY MATCH("")));
    cr_expect(catches_all(GATEWAY MATCH("name: m1, port: 80")));
    cr_expect_not(catches_all(GATEWAY MATCH("uri: {prefix: ''}")));
    cr_expect_not(catches_all(GATEWAY MATCH("uri: {regex: '/.*'}")));
    cr_expect_not(catches_all(GATEWAY MATCH("uri: {regex: '.+'}")));
    cr_expect_not(catches_all(GATEWAY MATCH("uri: {exact: /}")));
    cr_expect_not(catches_all(GATEWAY MATCH("method: {}")));
    cr_expect_not(catches_all(GATEWAY MATCH("uri: {prefix: /}, headers: {x: {}}")));
    cr_expect_not(catches_all(GATEWAY MATCH("withoutHeaders: {x: {}}")));
    cr_expect_not(catches_all(GATEWAY MATCH("queryParams: {x: {exact: v}}")));
    cr_expect_not(catches_all(GATEWAY MATCH("authority: {exact: x.com}")));
    cr_expect_not(catches_all(GATEWAY MATCH("headers: {'@request.auth.claims.g': {exact: v}}")));
}

Test(resolve_routes, redirect_before_direct_response_before_forwarding)
{
    fixture f = resolved(GATEWAY ROOT(
        "{match: [{uri: {exact: /1}}], redirect: {uri: /x}, corsPolicy: {}}, "
        "{match: [{uri: {exact: /2}}], directResponse: {status: 200}, corsPolicy: {}}, "
        "{match: [{uri: {exact: /3}}], " TO ", corsPolicy: {}}"));
    cr_expect_eq(route_named(&f, "app/a#http[0].match[0]")->action, CSC_IR_REDIRECT);
    cr_expect_eq(route_named(&f, "app/a#http[1].match[0]")->action, CSC_IR_DIRECT_RESPONSE);
    cr_expect_eq(route_named(&f, "app/a#http[2].match[0]")->action, CSC_IR_FORWARD);
    cr_expect_not_null(policy_of(&f, "app/a#http[0].match[0]"));
    cr_expect_not_null(policy_of(&f, "app/a#http[1].match[0]"));
    fixture_free(&f);
}

/* ---- conditions ----------------------------------------------------------------------------- */

Test(resolve_routes, paths_are_exact_prefix_or_regex_and_may_ignore_case) // M-2, M-5
{
    fixture f = resolved(GATEWAY ROOT(
        "{match: [{uri: {exact: /1}, ignoreUriCase: true}, {uri: {prefix: /2}}, {uri: {regex: "
        "'/3.*'}}, {uri: {}, method: {exact: GET}}], " TO "}"));
    const csc_ir_route *exact = route_named(&f, "app/a#http[0].match[0]");
    const csc_ir_route *regex = route_named(&f, "app/a#http[0].match[2]");
    const csc_ir_route *empty = route_named(&f, "app/a#http[0].match[3]");
    cr_expect(exact->path_kind == CSC_PATH_EXACT && exact->ignore_case);
    cr_expect(regex->path_kind == CSC_PATH_REGEX && csc_str_is(regex->path, "/3.*"));
    cr_expect(!regex->ignore_case);
    cr_expect(empty->path_kind == CSC_PATH_PREFIX && csc_str_is(empty->path, "/"));
    fixture_free(&f);
}

Test(resolve_routes, method_authority_and_scheme_are_pseudo_headers) // M-9, M-16
{
    fixture f = resolved(GATEWAY MATCH("scheme: {prefix: h}, authority: {exact: X.com}, method: "
                                       "{regex: 'GET|PUT'}, headers: {b: {}, a: {}}"));
    cr_expect_str_eq(conditions_of(&f, FIRST), "a=present b=present :method=regex:GET|PUT "
                                               ":authority=exact:X.com :scheme=prefix:h");
    fixture_free(&f);
}

Test(resolve_routes, header_names_lose_their_case_and_an_empty_match_is_presence) // M-10
{
    fixture f = resolved(GATEWAY MATCH(
        "headers: {X-A: {}, X-B: {exact: ''}, X-C: {prefix: v}, uri: {exact: u}, ':path': {exact: "
        "/p}}"));
    cr_expect_str_eq(conditions_of(&f, FIRST),
                     ":path=exact:/p x-a=present x-b=exact: x-c=prefix:v uri=exact:u");
    fixture_free(&f);
}

Test(resolve_routes, without_headers_invert_and_treat_missing_as_empty) // M-13, M-15
{
    fixture f = resolved(GATEWAY MATCH(
        "withoutHeaders: {a: {}, b: {regex: '*'}, c: {exact: x}, d: {exact: ''}, e: {regex: "
        "'.*'}}"));
    cr_expect_str_eq(conditions_of(&f, FIRST),
                     "not a=present not b=present not c=exact:x(missing=empty) "
                     "not d=exact:(missing=empty) not e=regex:.*(missing=empty)");
    fixture_free(&f);
}

Test(resolve_routes, query_parameter_names_keep_their_case) // M-14
{
    fixture f = resolved(GATEWAY MATCH("queryParams: {B: {exact: '1'}, a: {}, c: {exact: ''}}"));
    cr_expect_str_eq(conditions_of(&f, FIRST), "?B=exact:1 ?a=present ?c=exact:");
    fixture_free(&f);
}

Test(resolve_routes, claim_keys_become_claim_conditions) // M-18, R-14
{
    fixture f = resolved(GATEWAY MATCH(
        "headers: {'@request.auth.claims.realm.Role': {exact: a}, '@Request.Auth.Claims[x.y][z]': "
        "{prefix: b}}, withoutHeaders: {'@request.auth.claims.g': {exact: c}}"));
    cr_expect_str_eq(conditions_of(&f, FIRST),
                     "claim x.y/z=prefix:b claim realm/Role=exact:a not claim g=exact:c");
    fixture_free(&f);
}

/* ---- policies ------------------------------------------------------------------------------- */

#define POLICY(text) ROOT("{" TO ", corsPolicy: {" text "}}")
#define ONLY         "app/a#http[0]"

Test(resolve_routes, a_policy_is_joined_strings_and_a_list_of_matchers) // P-1, P-3, P-5, P-6
{
    fixture f = resolved(GATEWAY POLICY(
        "allowOrigins: [{exact: 'https://a.com'}, {prefix: 'https://b.'}, {regex: '.*c'}], "
        "allowMethods: [POST, GET], allowHeaders: [X-Foo, X-Bar, X-Foo], exposeHeaders: [X-Id], "
        "maxAge: 1h30m, allowCredentials: true"));
    const csc_ir_policy *policy = policy_of(&f, ONLY);
    cr_assert_eq(policy->origin_count, 3);
    cr_expect_eq(policy->origins[0].kind, CSC_MATCH_EXACT);
    cr_expect_eq(policy->origins[1].kind, CSC_MATCH_PREFIX);
    cr_expect_eq(policy->origins[2].kind, CSC_MATCH_REGEX);
    cr_expect(csc_str_is(policy->allow_methods, "POST,GET"));
    cr_expect(csc_str_is(policy->allow_headers, "X-Foo,X-Bar,X-Foo"));
    cr_expect(csc_str_is(policy->expose_headers, "X-Id"));
    cr_expect(csc_str_is(policy->max_age, "5400"));
    cr_expect(policy->allow_credentials);
    cr_expect(policy->forward_unmatched);
    fixture_free(&f);
}

Test(resolve_routes, an_empty_policy_is_a_policy) // P-1, D-12
{
    fixture f = resolved(GATEWAY POLICY(""));
    const csc_ir_policy *policy = policy_of(&f, ONLY);
    cr_assert_not_null(policy);
    cr_expect_eq(policy->origin_count, 0);
    cr_expect_eq(policy->allow_methods.size, 0);
    cr_expect_eq(policy->max_age.size, 0);
    fixture_free(&f);
    f = resolved(GATEWAY ROOT("{" TO "}"));
    cr_expect_null(policy_of(&f, ONLY));
    fixture_free(&f);
}

Test(resolve_routes, the_deprecated_list_is_used_alone_and_only_without_the_new_one) // P-2
{
    fixture f = resolved(GATEWAY POLICY("allowOrigin: ['https://a.com', '*']"));
    const csc_ir_policy *policy = policy_of(&f, ONLY);
    cr_assert_eq(policy->origin_count, 2);
    cr_expect(policy->deprecated_list);
    cr_expect_eq(policy->origins[1].kind, CSC_MATCH_EXACT);
    fixture_free(&f);
    f = resolved(GATEWAY POLICY("allowOrigin: [x], allowOrigins: [{exact: z}]"));
    cr_assert_eq(policy_of(&f, ONLY)->origin_count, 1);
    cr_expect(csc_str_is(policy_of(&f, ONLY)->origins[0].value, "z"));
    fixture_free(&f);
    f = resolved(GATEWAY POLICY("allowOrigin: [x], allowOrigins: []"));
    cr_assert_eq(policy_of(&f, ONLY)->origin_count, 1);
    cr_expect(csc_str_is(policy_of(&f, ONLY)->origins[0].value, "x"));
    fixture_free(&f);
}

static const csc_ir_policy *one_policy(fixture *f, const char *yaml)
{
    *f = resolved(yaml);
    return policy_of(f, ONLY);
}

Test(resolve_routes, only_true_credentials_and_ignore_have_an_effect) // P-10, P-11
{
    fixture f;
    cr_expect_not(one_policy(&f, GATEWAY POLICY("allowCredentials: false"))->allow_credentials);
    fixture_free(&f);
    cr_expect_not(one_policy(&f, GATEWAY POLICY("maxAge: 1s"))->allow_credentials);
    fixture_free(&f);
    cr_expect_not(one_policy(&f, GATEWAY POLICY("unmatchedPreflights: IGNORE"))->forward_unmatched);
    fixture_free(&f);
    cr_expect(one_policy(&f, GATEWAY POLICY("unmatchedPreflights: FORWARD"))->forward_unmatched);
    fixture_free(&f);
    cr_expect(
        one_policy(&f, GATEWAY POLICY("unmatchedPreflights: UNSPECIFIED"))->forward_unmatched);
    fixture_free(&f);
    cr_expect(one_policy(&f, GATEWAY POLICY("unmatchedPreflights: 9"))->forward_unmatched);
    fixture_free(&f);
}

Test(resolve_routes, blocks_of_a_rule_share_one_policy) // P-13
{
    fixture f = resolved(GATEWAY ROOT(
        "{match: [{uri: {exact: /1}}, {uri: {exact: /2}}], " TO ", corsPolicy: {maxAge: 1s}}, "
        "{match: [{uri: {exact: /3}}], " TO ", corsPolicy: {maxAge: 1s}}"));
    cr_expect_eq(f.ir->policy_count, 2);
    cr_expect_eq(f.ir->routes[0].policy, f.ir->routes[1].policy);
    fixture_free(&f);
}
