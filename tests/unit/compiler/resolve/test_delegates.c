// SPDX-License-Identifier: Apache-2.0
// Roots and delegates (chapter L).
#include "fixture.h"

#include <criterion/criterion.h>

#define GATEWAY GW("{namespace: istio-system, name: gw}", HTTP("['*']"))
#define ROOT(http)                                                                                 \
    VS("{namespace: app, name: root}",                                                             \
       "{hosts: [x.com], gateways: [istio-system/gw], http: [" http "]}")
#define DELEGATE(http) VS("{namespace: app, name: d}", "{http: [" http "]}")
#define TO_D           "delegate: {name: d}"

static const char *served(const fixture *f)
{
    return routes_of(f, "http.80", "x.com");
}

Test(resolve_delegates, the_specifications_example) // L-3, L-5, L-6, L-9
{
    fixture f = resolved(
        GATEWAY ROOT("{match: [{uri: {prefix: /p}}], " TO_D ", corsPolicy: {maxAge: 1s}}")
            DELEGATE("{match: [{uri: {exact: /p/x}}], " TO ", corsPolicy: {maxAge: 2s}}, {" TO "}, "
                     "{match: [{uri: {prefix: /q}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/d#http[0].match[0] app/d#http[1]");
    const csc_ir_route *first = route_named(&f, "app/d#http[0].match[0]");
    const csc_ir_route *second = route_named(&f, "app/d#http[1]");
    cr_expect(first->path_kind == CSC_PATH_EXACT && csc_str_is(first->path, "/p/x"));
    cr_expect(second->path_kind == CSC_PATH_PREFIX && csc_str_is(second->path, "/p"));
    cr_expect(csc_str_is(policy_of(&f, "app/d#http[0].match[0]")->max_age, "2"));
    cr_expect(csc_str_is(policy_of(&f, "app/d#http[1]")->max_age, "1"));
    cr_expect(told(&f, "delegate-rule-dropped", "L-5", "VirtualService app/d", "app/root"));
    fixture_free(&f);
}

Test(resolve_delegates, a_delegate_serves_nothing_by_itself) // L-1
{
    fixture f = resolved(GATEWAY DELEGATE("{" TO "}"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    cr_expect_eq(findings(&f, "not-attached"), 0);
    fixture_free(&f);
}

Test(resolve_delegates, the_namespace_defaults_to_the_roots) // L-1
{
    fixture f = resolved(
        GATEWAY ROOT("{delegate: {name: d, namespace: web}}, {match: [{uri: "
                     "{prefix: /z}}], " TO "}")
            VS("{namespace: web, name: d}", "{http: [{match: [{uri: {prefix: /w}}], " TO "}]}"));
    cr_expect_str_eq(served(&f), "web/d#http[0].match[0] app/root#http[1].match[0]");
    fixture_free(&f);
}

Test(resolve_delegates, a_rule_without_its_delegate_yields_nothing_and_the_others_stay) // L-2
{
    fixture f = resolved(GATEWAY ROOT("{" TO_D "}, {match: [{uri: {prefix: /a}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/root#http[1].match[0]");
    cr_expect(told(&f, "delegate-missing", "L-2", "VirtualService app/root", "app/d"));
    fixture_free(&f);
}

Test(resolve_delegates, a_service_with_hosts_is_no_delegate) // L-2
{
    fixture f = resolved(GATEWAY ROOT("{" TO_D "}")
                             VS("{namespace: app, name: d}",
                                "{hosts: [y.com], gateways: [istio-system/gw], http: [{" TO "}]}"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "y.com");
    cr_expect(told(&f, "delegate-has-hosts", "L-2", "VirtualService app/root", "app/d"));
    fixture_free(&f);
}

Test(resolve_delegates, a_delegate_must_be_exported_to_the_roots_namespace) // L-2
{
    fixture f = resolved(
        GATEWAY ROOT("{match: [{uri: {prefix: /1}}], delegate: {name: hidden, namespace: web}}, "
                     "{match: [{uri: {prefix: /2}}], delegate: {name: shown, namespace: web}}, "
                     "{match: [{uri: {prefix: /3}}], delegate: {name: own}}")
            VS("{namespace: web, name: hidden}", "{exportTo: ['.'], http: [{" TO "}]}")
                VS("{namespace: web, name: shown}", "{exportTo: [app], http: [{" TO "}]}")
                    VS("{namespace: app, name: own}", "{exportTo: ['.'], http: [{" TO "}]}"));
    cr_expect_str_eq(served(&f), "web/shown#http[0] app/own#http[0]");
    cr_expect(told(&f, "delegate-not-exported", "L-2", "VirtualService app/root", "web/hidden"));
    fixture_free(&f);
}

Test(resolve_delegates, a_quarantined_delegate_is_named_as_the_cause) // X-4, L-2
{
    fixture f = resolved(GATEWAY ROOT("{" TO_D "}, {match: [{uri: {prefix: /a}}], " TO "}")
                             DELEGATE("{" TO ", corsPolicy: {maxAge: 600}}"));
    cr_assert_eq(f.resources.quarantined_count, 1);
    cr_expect_str_eq(served(&f), "app/root#http[1].match[0]");
    cr_expect(told(&f, "delegate-quarantined", "X-4", "VirtualService app/root", "quarantined"));
    cr_expect_eq(findings(&f, "delegate-missing"), 0);
    fixture_free(&f);
}

Test(resolve_delegates, a_delegate_cannot_delegate_again) // L-4, V-19
{
    fixture f = resolved(GATEWAY ROOT("{" TO_D "}") DELEGATE("{delegate: {name: e}}")
                             VS("{namespace: app, name: e}", "{http: [{" TO "}]}"));
    cr_expect_eq(f.resources.quarantined_count, 1);
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    cr_expect_eq(findings(&f, "delegate-quarantined"), 1);
    fixture_free(&f);
}

Test(resolve_delegates, root_order_rules_with_delegate_order_inside) // L-3
{
    fixture f = resolved(GATEWAY ROOT("{match: [{uri: {prefix: /1}}], " TO "}, "
                                      "{match: [{uri: {prefix: /2}}], " TO_D "}, "
                                      "{match: [{uri: {prefix: /3}}], " TO "}")
                             DELEGATE("{match: [{uri: {prefix: /2/b}}], " TO "}, "
                                      "{match: [{uri: {prefix: /2/a}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/root#http[0].match[0] app/d#http[0].match[0] "
                                 "app/d#http[1].match[0] app/root#http[2].match[0]");
    fixture_free(&f);
}

Test(resolve_delegates, the_delegates_blocks_are_the_outer_loop) // L-5
{
    fixture f =
        resolved(GATEWAY ROOT("{match: [{method: {exact: GET}}, {method: {exact: PUT}}], " TO_D "}")
                     DELEGATE("{match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/d#http[0].match[0] app/d#http[0].match[0] "
                                 "app/d#http[0].match[1] app/d#http[0].match[1]");
    const csc_ir_route *routes = f.ir->routes;
    cr_expect(csc_str_is(routes[0].path, "/a") && csc_str_is(routes[0].conditions[0].value, "GET"));
    cr_expect(csc_str_is(routes[1].path, "/a") && csc_str_is(routes[1].conditions[0].value, "PUT"));
    cr_expect(csc_str_is(routes[2].path, "/b") && csc_str_is(routes[2].conditions[0].value, "GET"));
    fixture_free(&f);
}

Test(resolve_delegates, one_block_that_fits_no_root_block_drops_the_whole_rule) // L-5
{
    fixture f = resolved(GATEWAY ROOT("{match: [{uri: {prefix: /a}}], " TO_D "}") DELEGATE(
        "{match: [{uri: {prefix: /a/x}}, {uri: {prefix: /b}}], " TO "}, "
        "{match: [{uri: {prefix: /a/y}}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/d#http[1].match[0]");
    cr_expect(told(&f, "delegate-rule-dropped", "L-5", "VirtualService app/d", "app/root"));
    fixture_free(&f);
}

Test(resolve_delegates, an_empty_block_counts_as_a_match) // L-5
{
    fixture f = resolved(GATEWAY ROOT("{match: [{}], " TO_D "}") DELEGATE(
        "{match: [{uri: {prefix: /a}}], " TO "}, {match: [{}], " TO "}"));
    cr_expect_str_eq(served(&f), "app/d#http[0].match[0] app/d#http[1].match[0]");
    fixture_free(&f);
}

Test(resolve_delegates, fields_the_delegate_leaves_open_come_from_the_root) // L-6
{
    fixture f = resolved(
        GATEWAY ROOT(
            "{match: [{name: r, uri: {prefix: /a}, scheme: {exact: http}, headers: {x-a: "
            "{exact: '1'}}, withoutHeaders: {x-c: {}}, queryParams: {q: {exact: v}}}], " TO_D "}")
            DELEGATE("{match: [{name: d, method: {exact: GET}, authority: {exact: x.com}, headers: "
                     "{x-b: {prefix: '2'}}}], " TO "}"));
    cr_expect_str_eq(conditions_of(&f, "app/d#http[0].match[0]"),
                     "x-a=exact:1 x-b=prefix:2 not x-c=present :method=exact:GET "
                     ":authority=exact:x.com :scheme=exact:http ?q=exact:v");
    const csc_ir_route *route = route_named(&f, "app/d#http[0].match[0]");
    cr_expect(csc_str_is(route->path, "/a"));
    cr_expect(csc_str_is(route->name, ".r-d"));
    fixture_free(&f);
}

Test(resolve_delegates, the_delegates_header_wins_where_both_name_it) // L-6, L-7, L-8
{
    fixture f = resolved(GATEWAY ROOT("{match: [{headers: {x-a: {prefix: ab}}}], " TO_D "}")
                             DELEGATE("{match: [{headers: {x-a: {exact: abc}}}], " TO "}"));
    cr_expect_str_eq(conditions_of(&f, "app/d#http[0].match[0]"), "x-a=exact:abc");
    fixture_free(&f);
}

Test(resolve_delegates, header_names_are_compared_byte_for_byte) // L-7
{
    fixture f = resolved(GATEWAY ROOT("{match: [{headers: {X-A: {exact: a}}}], " TO_D "}")
                             DELEGATE("{match: [{headers: {x-a: {exact: b}}}], " TO "}"));
    cr_expect_str_eq(conditions_of(&f, "app/d#http[0].match[0]"), "x-a=exact:a x-a=exact:b");
    fixture_free(&f);
}

/* Whether a root's uri and a leaf's uri survive together. */
static bool joins(const char *yaml)
{
    fixture f = resolved(yaml);
    bool joined = f.ir->route_count == 1;
    cr_expect_eq(findings(&f, "delegate-rule-dropped"), joined ? 0 : 1);
    fixture_free(&f);
    return joined;
}

#define PAIR(root, leaf)                                                                           \
    joins(GATEWAY ROOT("{match: [{" root "}], " TO_D "}") DELEGATE("{match: [{" leaf "}], " TO "}"))

Test(resolve_delegates, two_string_matches_conflict_unless_the_leaf_narrows_the_root) // L-8
{
    cr_expect(PAIR("uri: {exact: /a}", "uri: {exact: /a}"));
    cr_expect(PAIR("uri: {prefix: /a}", "uri: {prefix: /ab}"));
    cr_expect(PAIR("uri: {prefix: /a}", "uri: {exact: /ab}"));
    cr_expect(PAIR("uri: {prefix: /a}", "uri: {prefix: /a}"));
    cr_expect(PAIR("uri: {regex: /a}", "port: 80"));
    cr_expect(PAIR("port: 80", "uri: {regex: /a}"));
    cr_expect_not(PAIR("uri: {exact: /a}", "uri: {exact: /b}"));
    cr_expect_not(PAIR("uri: {exact: /a}", "uri: {prefix: /a}"));
    cr_expect_not(PAIR("uri: {prefix: /ab}", "uri: {prefix: /a}"));
    cr_expect_not(PAIR("uri: {regex: /a}", "uri: {exact: /a}"));
    cr_expect_not(PAIR("uri: {prefix: /a}", "uri: {regex: /a.*}"));
    cr_expect_not(PAIR("uri: {regex: /a}", "uri: {regex: /a}"));
    cr_expect_not(PAIR("uri: {}", "uri: {exact: /a}"));
    cr_expect_not(PAIR("uri: {exact: ''}", "uri: {exact: ''}"));
    cr_expect_not(PAIR("uri: {prefix: ''}", "uri: {prefix: /a}"));
    cr_expect_not(PAIR("uri: {prefix: /a}", "uri: {}"));
}

Test(resolve_delegates, what_else_conflicts) // L-7
{
    cr_expect(PAIR("port: 80", "uri: {prefix: /a}"));
    cr_expect(PAIR("port: 80", "port: 80"));
    cr_expect_not(PAIR("port: 80", "port: 443"));
    cr_expect_not(PAIR("ignoreUriCase: true", "uri: {prefix: /a}"));
    cr_expect(PAIR("ignoreUriCase: true", "ignoreUriCase: true"));
    cr_expect_not(PAIR("sourceNamespace: istio-system", "uri: {prefix: /a}"));
    cr_expect(PAIR("uri: {prefix: /a}", "sourceNamespace: istio-system"));
    cr_expect(PAIR("sourceNamespace: istio-system", "sourceNamespace: istio-system"));
    cr_expect_not(PAIR("sourceLabels: {a: b}", "sourceLabels: {a: c}"));
    cr_expect_not(PAIR("headers: {a: {exact: b}}", "headers: {a: {exact: c}}"));
    cr_expect_not(PAIR("withoutHeaders: {a: {}}", "withoutHeaders: {a: {}}"));
    cr_expect_not(PAIR("queryParams: {a: {exact: b}}", "queryParams: {a: {exact: c}}"));
    cr_expect_not(PAIR("method: {exact: GET}", "method: {exact: PUT}"));
}

Test(resolve_delegates, gateway_lists_conflict_unless_the_leaf_is_a_subset) // L-7, H-8
{
    cr_expect(PAIR("gateways: [istio-system/gw, app/other]", "gateways: [istio-system/gw]"));
    cr_expect(PAIR("gateways: [istio-system/gw]", "uri: {prefix: /a}"));
    cr_expect_not(PAIR("gateways: [istio-system/gw]", "gateways: [istio-system/gw, app/other]"));
    cr_expect_not(PAIR("gateways: [istio-system/gw]", "gateways: [app/gw]"));
}

Test(resolve_delegates, gateway_names_in_a_delegate_resolve_in_its_own_namespace) // L-11, H-8
{
    fixture f =
        resolved(GATEWAY VS("{namespace: app, name: root}",
                            "{hosts: [x.com], gateways: [istio-system/gw], http: "
                            "[{delegate: {name: d, namespace: istio-system}}]}")
                     VS("{namespace: istio-system, name: d}",
                        "{http: [{match: [{gateways: [gw], uri: {prefix: /a}}], " TO "}]}"));
    cr_expect_str_eq(served(&f), "istio-system/d#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_delegates, rule_names_join) // L-9, R-7
{
    fixture f = resolved(GATEWAY ROOT("{name: one, match: [{uri: {prefix: /1}}], " TO_D "}")
                             DELEGATE("{name: two, " TO "}"));
    cr_expect(csc_str_is(route_named(&f, "app/d#http[0]")->name, "one-two"));
    fixture_free(&f);
}

Test(resolve_delegates, the_policy_is_inherited_whole_or_not_at_all) // L-9, L-12
{
    fixture f = resolved(
        GATEWAY ROOT("{" TO_D ", corsPolicy: {allowOrigins: [{exact: 'https://a.com'}], "
                     "allowMethods: [GET]}}")
            DELEGATE("{match: [{uri: {prefix: /a}}], " TO "}, {match: [{uri: {prefix: /b}}], " TO
                     ", corsPolicy: {allowOrigins: [{exact: 'https://b.com'}]}}"));
    const csc_ir_policy *inherited = policy_of(&f, "app/d#http[0].match[0]");
    const csc_ir_policy *own = policy_of(&f, "app/d#http[1].match[0]");
    cr_expect(csc_str_is(inherited->source.owner, "app/root"));
    cr_expect_eq(inherited->source.rule_index, 0);
    cr_expect(csc_str_is(own->source.owner, "app/d"));
    cr_expect_eq(own->source.rule_index, 1);
    cr_expect(csc_str_is(own->allow_methods, ""), "no deep merge");
    cr_expect(csc_str_is(route_named(&f, "app/d#http[1].match[0]")->root, "app/root"));
    fixture_free(&f);
}

Test(resolve_delegates, a_policy_without_origins_switches_the_roots_off) // L-10
{
    fixture f = resolved(
        GATEWAY ROOT("{" TO_D ", corsPolicy: {allowOrigins: [{exact: 'https://a.com'}]}}") DELEGATE(
            "{match: [{uri: {prefix: /a}}], " TO ", corsPolicy: {}}, {match: [{uri: {prefix: "
            "/b}}], " TO ", corsPolicy: {maxAge: 1h}}"));
    cr_expect_eq(policy_of(&f, "app/d#http[0].match[0]")->origin_count, 0);
    cr_expect_eq(policy_of(&f, "app/d#http[1].match[0]")->origin_count, 0);
    cr_expect(told(&f, "delegate-policy", "L-10", "VirtualService app/d", "empty corsPolicy"));
    cr_expect_eq(findings(&f, "delegate-policy"), 2);
    fixture_free(&f);
}

Test(resolve_delegates, an_inherited_direct_response_beats_the_delegates_route) // L-10, L-9, R-11
{
    fixture f = resolved(GATEWAY ROOT("{" TO_D ", directResponse: {status: 200}}") DELEGATE(
        "{match: [{uri: {prefix: /a}}], " TO ", corsPolicy: {allowOrigins: [{exact: "
        "'https://a.com'}]}}, {match: [{uri: {prefix: /b}}], redirect: {uri: /c}}"));
    cr_expect_eq(route_named(&f, "app/d#http[0].match[0]")->action, CSC_IR_DIRECT_RESPONSE);
    cr_expect_eq(route_named(&f, "app/d#http[1].match[0]")->action, CSC_IR_REDIRECT);
    cr_expect(told(&f, "delegate-direct-response", "L-10", "VirtualService app/root", "app/d"));
    fixture_free(&f);
}

Test(resolve_delegates, the_merged_service_keeps_the_roots_place_in_the_order) // L-11
{
    fixture f = resolved(
        GATEWAY VS("{namespace: app, name: root, creationTimestamp: '2024-01-02T00:00:00Z'}",
                   "{hosts: [x.com], gateways: [istio-system/gw], http: [{" TO_D "}]}")
            VS("{namespace: app, name: d, creationTimestamp: '2020-01-01T00:00:00Z'}",
               "{http: [{match: [{uri: {prefix: /d}}], " TO "}]}")
                VS("{namespace: app, name: other, creationTimestamp: '2024-01-01T00:00:00Z'}",
                   "{hosts: [x.com], gateways: [istio-system/gw], http: [{match: [{uri: {prefix: "
                   "/o}}], " TO "}]}"));
    cr_expect_str_eq(served(&f), "app/other#http[0].match[0] app/d#http[0].match[0]");
    fixture_free(&f);
}
