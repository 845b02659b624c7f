// SPDX-License-Identifier: Apache-2.0
// Servers, listeners, pods, endpoints (chapter H, 3.2 and 3.5).
#include "fixture.h"

#include <criterion/criterion.h>

#define SERVER(name, number, protocol, rest)                                                       \
    "{port: {number: " number ", name: " name ", protocol: " protocol "}, hosts: " rest "}"
#define SERVICE(name, gateway, hosts)                                                              \
    VS("{namespace: app, name: " name "}",                                                         \
       "{hosts: " hosts ", gateways: [" gateway "], http: [{" TO "}]}")

// H-10
Test(resolve_gateways, only_servers_of_the_http_family_and_terminating_https_carry_routes)
{
    fixture f = resolved(GW(
        "{namespace: g, name: gw}",
        SERVER("a", "81", "HTTP", "['*']") "," SERVER("b", "82", "HTTP2", "['*']") "," SERVER("c", "83", "GRPC", "['*']") "," SERVER("d", "84", "GRPC-WEB", "['*']") "," SERVER(
            "e", "85", "TCP",
            "['*']") "," SERVER("f", "86", "MONGO",
                                "['*']") "," SERVER("g", "87", "TLS",
                                                    "['*'], tls: {mode: "
                                                    "PASSTHROUGH}") "," SERVER("h", "88",
                                                                               "HTTP"
                                                                               "S",
                                                                               "['*'"
                                                                               "], "
                                                                               "tls:"
                                                                               " {"
                                                                               "mode"
                                                                               ": "
                                                                               "PASS"
                                                                               "THRO"
                                                                               "UGH"
                                                                               "}") "," SERVER("i",
                                                                                               "89",
                                                                                               "HTT"
                                                                                               "PS",
                                                                                               "['*"
                                                                                               "'],"
                                                                                               " tl"
                                                                                               "s: "
                                                                                               "{mo"
                                                                                               "de:"
                                                                                               " SI"
                                                                                               "MPL"
                                                                                               "E, "
                                                                                               "cre"
                                                                                               "den"
                                                                                               "tia"
                                                                                               "lNa"
                                                                                               "me:"
                                                                                               " c"
                                                                                               "}") "," SERVER("j",
                                                                                                               "90",
                                                                                                               "HTTP_PROXY",
                                                                                                               "['*']"))
                             SERVICE("a", "g/gw", "[a.com]"));
    cr_expect_str_eq(domains_of(&f, "http.81"), "a.com");
    cr_expect_str_eq(domains_of(&f, "http.82"), "a.com");
    cr_expect_str_eq(domains_of(&f, "http.83"), "a.com");
    cr_expect_str_eq(domains_of(&f, "http.84"), "a.com");
    cr_expect_str_eq(domains_of(&f, "http.90"), "a.com");
    cr_expect_str_eq(domains_of(&f, "https.89.i.gw.g"), "a.com");
    cr_expect_eq(f.ir->route_config_count, 6);
    cr_expect_str_eq(config_of(&f, "g/gw", 85), "unknown");
    cr_expect_str_eq(tls_of(&f, "g/gw", 87), "*=none");
    cr_expect_str_eq(tls_of(&f, "g/gw", 88), "*=none");
    cr_expect_str_eq(tls_of(&f, "g/gw", 89), "*=https.89.i.gw.g");
    fixture_free(&f);
}

Test(resolve_gateways, plain_servers_of_one_port_share_a_configuration_across_gateways) // H-11
{
    fixture f = resolved(GW("{namespace: g, name: one}", HTTP("['*']"))
                             GW("{namespace: g, name: two}", HTTP("['*']"))
                                 SERVICE("a", "g/one", "[x.com]") SERVICE("b", "g/two", "[x.com]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/a#http[0] app/b#http[0]");
    cr_expect_str_eq(config_of(&f, "g/one", 80), "http.80");
    cr_expect_str_eq(config_of(&f, "g/two", 80), "http.80");
    fixture_free(&f);
}

Test(resolve_gateways, virtual_hosts_of_one_configuration_are_filled_in_merge_order) // H-11, H-14
{
    // Gateway two is older, so that its server comes first although its name sorts behind.
    fixture f = resolved(
        GW("{namespace: g, name: one, creationTimestamp: '2024-01-02T00:00:00Z'}", HTTP("['*']"))
            GW("{namespace: g, name: two, creationTimestamp: '2024-01-01T00:00:00Z'}",
               HTTP("['*']")) SERVICE("a", "g/one", "[x.com]") SERVICE("b", "g/two", "[x.com]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/b#http[0] app/a#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, every_terminating_server_has_its_own_configuration) // H-11
{
    fixture f = resolved(
        GW("{namespace: g, name: gw}", HTTPS("one", "[a.com]") "," HTTPS("two", "['*.b.com']"))
            SERVICE("a", "g/gw", "[a.com, x.b.com]"));
    cr_expect_str_eq(domains_of(&f, "https.443.one.gw.g"), "a.com");
    cr_expect_str_eq(domains_of(&f, "https.443.two.gw.g"), "x.b.com");
    // H-29
    cr_expect_str_eq(tls_of(&f, "g/gw", 443),
                     "*.b.com=https.443.two.gw.g a.com=https.443.one.gw.g");
    fixture_free(&f);
}

Test(resolve_gateways, a_bind_makes_a_configuration_of_its_own) // H-11
{
    fixture f =
        resolved(GW("{namespace: g, name: gw}", SERVER("a", "80", "HTTP", "[a.com]") "," SERVER(
                                                    "b", "80", "HTTP", "[b.com], bind: 10.0.0.1"))
                     SERVICE("a", "g/gw", "[a.com, b.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com");
    cr_expect_str_eq(domains_of(&f, "http.80.10.0.0.1"), "b.com");
    cr_expect_str_eq(config_of(&f, "g/gw", 80), "http.80"); // the first in the file speaks
    fixture_free(&f);
}

/* ---- H-13 ----------------------------------------------------------------------------------- */

Test(resolve_gateways, of_two_redirecting_servers_for_one_host_the_older_acts) // H-13 rule 1
{
    fixture f =
        resolved(GW("{namespace: g, name: new, creationTimestamp: '2024-01-02T00:00:00Z'}",
                    SERVER("a", "80", "HTTP", "['*'], tls: {httpsRedirect: true}"))
                     GW("{namespace: g, name: old, creationTimestamp: '2024-01-01T00:00:00Z'}",
                        SERVER("a", "80", "HTTP", "['*'], tls: {httpsRedirect: true}"))
                         SERVICE("a", "g/new", "[a.com]") SERVICE("b", "g/old", "[b.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "*! b.com!");
    cr_expect(told(&f, "server-conflict", "H-13", "Gateway g/new", "host *"));
    cr_expect(told(&f, "host-unbound", "H-5", "VirtualService app/a", "a.com"));
    cr_expect_eq(findings(&f, "server-conflict"), 1);
    fixture_free(&f);
}

Test(resolve_gateways, claims_compare_the_text_with_its_namespace) // H-13 rule 1
{
    fixture f = resolved(GW(
        "{namespace: g, name: gw}",
        HTTPS("a", "[app/a.com]") "," HTTPS("b", "[a.com]") "," HTTPS("c", "['*/a.com']") "," HTTPS(
            "d", "[./b.com]") "," HTTPS("e", "[g/b.com]")) SERVICE("a", "g/gw", "[a.com]"));
    cr_expect_str_eq(domains_of(&f, "https.443.a.gw.g"), "a.com");
    cr_expect_str_eq(domains_of(&f, "https.443.b.gw.g"), "a.com");
    cr_expect_str_eq(domains_of(&f, "https.443.c.gw.g"), "none");
    cr_expect_str_eq(domains_of(&f, "https.443.e.gw.g"), "none");
    cr_expect_eq(findings(&f, "server-conflict"), 2);
    // H-29: without ns/ the names are equal, the first server keeps it
    cr_expect_str_eq(tls_of(&f, "g/gw", 443), "a.com=https.443.a.gw.g b.com=https.443.d.gw.g");
    fixture_free(&f);
}

Test(resolve_gateways, claims_of_different_binds_do_not_meet) // H-13 rule 1
{
    fixture f = resolved(GW(
        "{namespace: g, name: gw}",
        SERVER("a", "443", "HTTPS", "[a.com], tls: {mode: SIMPLE, credentialName: c}") "," SERVER(
            "b", "443", "HTTPS", "[a.com], bind: 10.0.0.1, tls: {mode: SIMPLE, credentialName: c}"))
                             SERVICE("a", "g/gw", "[a.com]"));
    cr_expect_str_eq(domains_of(&f, "https.443.a.gw.g"), "a.com");
    cr_expect_str_eq(domains_of(&f, "https.443.b.gw.g.10.0.0.1"), "a.com");
    cr_expect_eq(findings(&f, "server-conflict"), 0);
    fixture_free(&f);
}

Test(resolve_gateways, nothing_but_http_joins_a_port_held_without_tls) // H-13 rule 2
{
    fixture f = resolved(
        GW("{namespace: g, name: gw}",
           SERVER("a", "80", "HTTP", "[a.com]") "," SERVER("b", "80", "GRPC", "[b.com]") "," SERVER(
               "c", "80", "HTTPS",
               "[c.com], tls: {mode: SIMPLE, credentialName: "
               "c}") "," SERVER("d", "90", "TCP", "['*']") "," SERVER("e", "90", "HTTP", "[e.com]"))
            SERVICE("a", "g/gw", "[a.com, b.com, c.com, e.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com b.com");
    cr_expect_eq(findings(&f, "server-conflict"), 2);
    cr_expect_str_eq(tls_of(&f, "g/gw", 80), "none");
    cr_expect_str_eq(config_of(&f, "g/gw", 90), "none"); // known, but nothing carries HTTP there
    fixture_free(&f);
}

Test(resolve_gateways, a_plain_server_after_a_tls_server_is_kept) // H-13 rule 2
{
    fixture f = resolved(
        GW("{namespace: g, name: gw}",
           SERVER("a", "80", "HTTPS", "[a.com], tls: {mode: SIMPLE, credentialName: c}") "," SERVER(
               "b", "80", "HTTP", "[b.com]")) SERVICE("a", "g/gw", "[a.com, b.com]"));
    cr_expect_str_eq(config_of(&f, "g/gw", 80), "http.80");
    cr_expect_str_eq(domains_of(&f, "http.80"), "b.com");
    cr_expect_str_eq(tls_of(&f, "g/gw", 80), "a.com=https.80.a.gw.g");
    fixture_free(&f);
}

Test(resolve_gateways, a_claim_stands_even_if_its_server_is_skipped) // H-13 rules 1 and 2
{
    fixture f = resolved(GW(
        "{namespace: g, name: gw}",
        SERVER("a", "80", "HTTP", "[x.com]") "," SERVER(
            "b", "80", "HTTPS",
            "[a.com], tls: {mode: SIMPLE, credentialName: c}") "," SERVER("c", "80", "HTTP",
                                                                          "[a.com], tls: "
                                                                          "{httpsRedirect: true}"))
                             SERVICE("a", "g/gw", "[a.com]"));
    cr_expect_eq(findings(&f, "server-conflict"), 2);
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    fixture_free(&f);
}

Test(resolve_gateways, a_skipped_server_still_has_the_port_of_the_pod) // H-29
{
    fixture f = resolved(GW("{namespace: g, name: a}",
                            SERVER("a", "80", "HTTP", "['*'], tls: {httpsRedirect: true}"))
                             GW("{namespace: g, name: b}",
                                SERVER("a", "80", "HTTP", "['*'], tls: {httpsRedirect: true}")));
    cr_expect_str_eq(config_of(&f, "g/b", 80), "http.80");
    fixture_free(&f);
}

/* ---- TLS redirect --------------------------------------------------------------------------- */

Test(resolve_gateways, a_redirecting_server_redirects_service_hosts_and_its_own) // H-24
{
    fixture f = resolved(GW("{namespace: g, name: gw}",
                            SERVER("a", "80", "HTTP", "['*.Foo.com'], tls: {httpsRedirect: true}"))
                             SERVICE("a", "g/gw", "[a.Foo.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "*.foo.com! a.foo.com!");
    fixture_free(&f);
}

Test(resolve_gateways, the_redirect_sticks_to_a_host_another_server_made) // H-24
{
    fixture f = resolved(GW("{namespace: g, name: a}", HTTP("[x.com, y.com]")) GW(
        "{namespace: g, name: b}", SERVER("a", "80", "HTTP", "[x.com], tls: {httpsRedirect: true}"))
                             SERVICE("a", "g/a", "[x.com, y.com]") SERVICE("b", "g/b", "[x.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "x.com! y.com");
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/a#http[0] app/b#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, the_redirect_sticks_without_any_service_of_the_redirecting_server) // H-24
{
    fixture f = resolved(GW("{namespace: g, name: a}", HTTP("[x.com]")) GW(
        "{namespace: g, name: b}", SERVER("a", "80", "HTTP", "[x.com], tls: {httpsRedirect: true}"))
                             SERVICE("a", "g/a", "[x.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "x.com!");
    fixture_free(&f);
}

Test(resolve_gateways, later_servers_may_fill_a_redirecting_host) // H-24
{
    fixture f =
        resolved(GW("{namespace: g, name: a}",
                    SERVER("a", "80", "HTTP", "[x.com], tls: {httpsRedirect: true}"))
                     GW("{namespace: g, name: b}", HTTP("[x.com]")) SERVICE("b", "g/b", "[x.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "x.com!");
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/b#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, a_server_host_with_a_namespace_redirects_under_its_written_name) // H-25
{
    fixture f = resolved(
        GW("{namespace: g, name: gw}",
           SERVER("a", "80", "HTTP", "[app/x.com, ./y.com, '*/z.com'], tls: {httpsRedirect: true}"))
            SERVICE("a", "g/gw", "[x.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "app/x.com! g/y.com! x.com! z.com!");
    fixture_free(&f);
}

/* ---- pods ----------------------------------------------------------------------------------- */

#define SELECTED(name, selector)                                                                   \
    DOCUMENT("Gateway", "{namespace: g, name: " name "}",                                          \
             "{selector: " selector ", servers: [" HTTP("['*']") "]}")

// H-28 rule 3
Test(resolve_gateways, gateways_of_different_selectors_do_not_share_a_configuration)
{
    fixture f = resolved(SELECTED("a", "{app: one}") SELECTED("b", "{app: two}")
                             SERVICE("a", "g/a", "[x.com]") SERVICE("b", "g/b", "[x.com]"));
    cr_expect_str_eq(config_of(&f, "g/a", 80), "http.80@1");
    cr_expect_str_eq(config_of(&f, "g/b", 80), "http.80@2");
    cr_expect_str_eq(routes_of(&f, "http.80@1", "x.com"), "app/a#http[0]");
    cr_expect_str_eq(routes_of(&f, "http.80@2", "x.com"), "app/b#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, a_gateway_without_selector_serves_every_pod) // H-28 rule 3
{
    fixture f = resolved(GW("{namespace: g, name: all}", HTTP("['*']")) SELECTED("b", "{app: two}")
                             SERVICE("a", "g/all", "[x.com]") SERVICE("b", "g/b", "[x.com]"));
    cr_expect_str_eq(config_of(&f, "g/all", 80), "http.80@1");
    cr_expect_str_eq(routes_of(&f, "http.80@1", "x.com"), "app/a#http[0]");
    cr_expect_str_eq(routes_of(&f, "http.80@2", "x.com"), "app/a#http[0] app/b#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, a_wider_selector_serves_the_pods_it_fits) // H-28 rule 3
{
    fixture f = resolved(SELECTED("narrow", "{app: one, tier: edge}") SELECTED("wide", "{app: one}")
                             SERVICE("n", "g/narrow", "[x.com]") SERVICE("w", "g/wide", "[x.com]"));
    cr_expect_str_eq(routes_of(&f, config_of(&f, "g/wide", 80), "x.com"), "app/w#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, given_labels_make_one_pod) // H-28 rule 2
{
    static const corsac_str labels[] = {{"tier=edge", 9}, {"app=one", 7}};
    fixture f = fixture_new();
    f.options.gateway_labels = (corsac_str_list){labels, 2};
    fixture_run(&f, SELECTED("a", "{app: one}") SELECTED("b", "{app: two}")
                        SERVICE("a", "g/a", "[a.com]") SERVICE("b", "g/b", "[b.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com");
    cr_expect_str_eq(config_of(&f, "g/b", 80), "unknown");
    cr_expect(told(&f, "gateway-not-served", "H-28", "Gateway g/b", "selector"));
    cr_expect_eq(findings(&f, "host-unbound"), 0);
    fixture_free(&f);
}

Test(resolve_gateways, listed_gateways_share_one_pod_whatever_their_selectors) // H-28 rule 1
{
    static const corsac_str names[] = {{"g/a", 3}, {"g/b", 3}, {"g/nobody", 8}};
    fixture f = fixture_new();
    f.options.gateways = (corsac_str_list){names, 3};
    fixture_run(&f, SELECTED("a", "{app: one}") SELECTED("b", "{app: two}")
                        SELECTED("c", "{app: one}") SERVICE("a", "g/a", "[x.com]")
                            SERVICE("b", "g/b", "[x.com]") SERVICE("c", "g/c", "[x.com]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/a#http[0] app/b#http[0]");
    cr_expect_str_eq(config_of(&f, "g/c", 80), "unknown");
    cr_expect(told(&f, "gateway-unknown", "H-28", "Gateway g/nobody", "no document"));
    fixture_free(&f);
}

Test(resolve_gateways, scoped_gateways_must_live_in_the_pods_namespace) // H-27
{
    fixture f = fixture_new();
    f.options.scope_gateway_to_namespace = 1;
    fixture_run(&f, GW("{namespace: istio-system, name: a}",
                       HTTP("['*']")) GW("{namespace: g, name: b}", HTTP("['*']"))
                        SERVICE("a", "istio-system/a", "[a.com]") SERVICE("b", "g/b", "[b.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com");
    cr_expect_str_eq(config_of(&f, "g/b", 80), "unknown");
    fixture_free(&f);
}

/* ---- stand-ins ------------------------------------------------------------------------------ */

Test(resolve_gateways, a_name_without_document_gets_a_stand_in)
{
    fixture f =
        resolved(SERVICE("a", "edge/public", "[a.com]") SERVICE("b", "edge/public", "[b.com]"));
    cr_expect_eq(f.ir->implied_gateway_count, 1);
    cr_expect_str_eq(domains_of(&f, config_of(&f, "edge/public", 80)), "a.com b.com");
    cr_expect(f.ir->endpoints[0].implied);
    cr_expect_eq(findings(&f, "gateway-implied"), 1);
    cr_expect(told(&f, "gateway-implied", "", "Gateway edge/public", "port 80"));
    fixture_free(&f);
}

Test(resolve_gateways, a_stand_in_leaves_the_defined_gateways_alone)
{
    fixture f = resolved(GW("{namespace: g, name: gw}", HTTP("['*']")) SERVICE(
        "a", "g/gw", "[x.com]") SERVICE("b", "edge/public", "[x.com]"));
    cr_expect_str_eq(routes_of(&f, config_of(&f, "g/gw", 80), "x.com"), "app/a#http[0]");
    cr_expect_str_eq(routes_of(&f, config_of(&f, "edge/public", 80), "x.com"), "app/b#http[0]");
    fixture_free(&f);
}

Test(resolve_gateways, a_quarantined_gateway_gets_no_stand_in)
{
    fixture f = resolved(GW("{namespace: g, name: gw}",
                            "{port: {number: 80, name: http, protocol: NONSENSE}, hosts: ['*']}")
                             SERVICE("a", "g/gw", "[a.com]"));
    cr_assert_eq(f.resources.quarantined_count, 1);
    cr_expect_eq(f.ir->implied_gateway_count, 0);
    cr_expect_eq(f.ir->endpoint_count, 0);
    cr_expect(told(&f, "gateway-quarantined", "X-4", "VirtualService app/a", "g/gw"));
    cr_expect(told(&f, "gateway-quarantined", "X-4", "VirtualService app/a", "input.yaml:2"));
    fixture_free(&f);
}

Test(resolve_gateways, endpoints_are_sorted_by_gateway_and_port)
{
    fixture f =
        resolved(GW("{namespace: z, name: gw}",
                    SERVER("b", "90", "HTTP", "['*']") "," SERVER("a", "80", "HTTP", "['*']"))
                     GW("{namespace: a, name: gw}", HTTP("['*']")));
    cr_assert_eq(f.ir->endpoint_count, 3);
    cr_expect(csc_str_is(f.ir->endpoints[0].gateway, "a/gw"));
    cr_expect(csc_str_is(f.ir->endpoints[1].gateway, "z/gw"));
    cr_expect_eq(f.ir->endpoints[1].port, 80);
    cr_expect_eq(f.ir->endpoints[2].port, 90);
    fixture_free(&f);
}
