// SPDX-License-Identifier: Apache-2.0
// Which virtual hosts come to be, and whose routes they hold (chapter H, 3.1 to 3.3).
#include "fixture.h"

#include <criterion/criterion.h>

#define GATEWAY(hosts) GW("{namespace: istio-system, name: gw}", HTTP(hosts))
#define SERVICE(name, hosts)                                                                       \
    VS("{namespace: app, name: " name "}",                                                         \
       "{hosts: " hosts ", gateways: [istio-system/gw], http: [{" TO "}]}")

Test(resolve_hosts, bookinfo_becomes_one_virtual_host_with_one_route)
{
    fixture f = resolved(GW("{name: bookinfo-gateway}", HTTP("['*']")) VS(
        "{name: details}",
        "{hosts: ['*'], gateways: [bookinfo-gateway], http: [{match: [{uri: {prefix: "
        "/details}}], " TO ", corsPolicy: {allowOrigins: [{prefix: 'http://203.0.113.10'}], "
        "allowMethods: [POST, GET], maxAge: 24h, allowCredentials: false}}]}"));
    cr_expect_str_eq(config_of(&f, "default/bookinfo-gateway", 80), "http.80");
    cr_expect_str_eq(routes_of(&f, "http.80", "*"), "default/details#http[0].match[0]");
    const csc_ir_policy *policy = policy_of(&f, "default/details#http[0].match[0]");
    cr_assert_not_null(policy);
    cr_expect(csc_str_is(policy->allow_methods, "POST,GET")); // P-5
    cr_expect(csc_str_is(policy->max_age, "86400"));          // P-6
    fixture_free(&f);
}

Test(resolve_hosts, a_short_host_gets_namespace_and_domain) // H-1
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("r", "[reviews, localhost]"));
    cr_expect_str_eq(domains_of(&f, "http.80"),
                     "localhost.app.svc.cluster.local reviews.app.svc.cluster.local");
    fixture_free(&f);
}

Test(resolve_hosts, addresses_stars_and_dotted_names_stay) // H-1
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("a", "['10.0.0.1', a.b]")
                             SERVICE("b", "['2001:db8::1']") SERVICE("c", "['*']"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "* 10.0.0.1 2001:db8::1 a.b");
    fixture_free(&f);
}

Test(resolve_hosts, an_empty_cluster_domain_is_left_out) // H-1, D-23
{
    fixture f = fixture_new();
    f.options.cluster_domain = csc_str_from("");
    fixture_run(&f, GATEWAY("['*']") SERVICE("r", "[reviews]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "reviews.app");
    fixture_free(&f);
}

Test(resolve_hosts, every_host_is_a_virtual_host_with_the_same_routes) // H-3
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("a", "[a.com, b.com]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "a.com"), "app/a#http[0]");
    cr_expect_str_eq(routes_of(&f, "http.80", "b.com"), "app/a#http[0]");
    fixture_free(&f);
}

Test(resolve_hosts, an_upper_case_host_is_unbound_under_a_lower_case_wildcard) // H-5
{
    fixture f = resolved(GATEWAY("['*.foo.com']") SERVICE("a", "[A.FOO.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    cr_expect(told(&f, "host-case", "H-5", "VirtualService app/a", "A.FOO.com"));
    fixture_free(&f);
}

Test(resolve_hosts, under_a_star_the_host_is_bound_in_lower_case) // H-5
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("a", "[Foo.com]") SERVICE("b", "[foo.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "foo.com");
    cr_expect_str_eq(routes_of(&f, "http.80", "foo.com"), "app/a#http[0] app/b#http[0]");
    cr_expect_eq(findings(&f, "host-case"), 0);
    fixture_free(&f);
}

Test(resolve_hosts, a_host_that_no_server_admits_is_reported) // H-5
{
    fixture f = resolved(GATEWAY("[a.com]") SERVICE("a", "[b.com, a.com]"));
    cr_expect_eq(findings(&f, "host-unbound"), 1);
    cr_expect(told(&f, "host-unbound", "H-5", "VirtualService app/a", "b.com"));
    fixture_free(&f);
}

Test(resolve_hosts, without_gateways_a_service_is_not_attached) // H-7
{
    fixture f = resolved(
        GATEWAY("['*']") VS("{namespace: app, name: a}", "{hosts: [a.com], http: [{" TO "}]}") VS(
            "{namespace: app, name: b}", "{hosts: [b.com], gateways: [mesh], http: [{" TO "}]}"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    cr_expect(told(&f, "not-attached", "H-7", "VirtualService app/a", "mesh"));
    cr_expect(told(&f, "not-attached", "H-7", "VirtualService app/b", "mesh"));
    fixture_free(&f);
}

Test(resolve_hosts, mesh_beside_a_gateway_serves_the_gateway) // H-7
{
    fixture f = resolved(GATEWAY("['*']") VS(
        "{namespace: app, name: a}",
        "{hosts: [a.com], gateways: [mesh, istio-system/gw], http: [{" TO "}]}"));
    cr_expect_str_eq(routes_of(&f, "http.80", "a.com"), "app/a#http[0]");
    cr_expect_eq(findings(&f, "not-attached"), 0);
    fixture_free(&f);
}

Test(resolve_hosts, gateway_names_resolve_in_the_own_namespace_or_as_written) // H-8
{
    fixture f = resolved(GW("{namespace: app, name: gw}", HTTP("['*']")) GATEWAY("['*']") VS(
        "{namespace: app, name: short}", "{hosts: [short.com], gateways: [gw], http: [{" TO "}]}")
                             VS("{namespace: app, name: full}",
                                "{hosts: [full.com], gateways: [istio-system/gw], http: "
                                "[{" TO "}]}")
                                 VS("{namespace: app, name: legacy}",
                                    "{hosts: [legacy.com], gateways: "
                                    "[gw.istio-system.svc.cluster.local], http: [{" TO "}]}"));
    // The two gateways share one pod, since neither has a selector (H-28), and so one
    // configuration.
    cr_expect_str_eq(domains_of(&f, "http.80"), "full.com legacy.com short.com");
    cr_expect_eq(f.ir->implied_gateway_count, 0);
    fixture_free(&f);
}

Test(resolve_hosts, a_server_host_may_be_kept_for_one_namespace) // H-9
{
    fixture f = resolved(GATEWAY("[app/a.com, other/b.com, '*/c.com', './d.com']")
                             SERVICE("a", "[a.com, b.com]") SERVICE("c", "[c.com, d.com]")
                                 VS("{namespace: istio-system, name: d}",
                                    "{hosts: [d.com], gateways: [gw], http: [{" TO "}]}"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com c.com d.com");
    cr_expect_str_eq(routes_of(&f, "http.80", "d.com"), "istio-system/d#http[0]");
    cr_expect(told(&f, "host-unbound", "H-5", "VirtualService app/a", "b.com"));
    fixture_free(&f);
}

Test(resolve_hosts, star_slash_star_replaces_the_whole_list) // H-9
{
    fixture f = resolved(GATEWAY("[x.com, '*/*']") SERVICE("a", "[a.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "a.com");
    fixture_free(&f);
}

Test(resolve_hosts, the_more_specific_name_becomes_the_virtual_host) // H-12
{
    fixture f = resolved(GATEWAY("['*.foo.com', b.bar.com, '*.com']")
                             SERVICE("exact-under-wildcard", "[a.foo.com]")
                                 SERVICE("wildcard-over-exact", "['*.bar.com']")
                                     SERVICE("longer-wildcard", "['*.x.com']"));
    // *.com of the server covers every name here as well: *.bar.com stands beside b.bar.com.
    cr_expect_str_eq(domains_of(&f, "http.80"), "*.bar.com *.x.com a.foo.com b.bar.com");
    fixture_free(&f);
}

Test(resolve_hosts, equal_wildcards_meet_and_strangers_do_not) // H-12
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("a", "['*']"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "*");
    fixture_free(&f);
    f = resolved(GATEWAY("[a.com]") SERVICE("a", "[b.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    fixture_free(&f);
}

Test(resolve_hosts, a_partial_wildcard_covers_the_bare_name_in_the_subset_test) // H-4
{
    fixture f = resolved(GATEWAY("[foo.com]") SERVICE("a", "['*foo.com']"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "foo.com");
    fixture_free(&f);
}

Test(resolve_hosts, a_wildcard_is_never_a_subset_of_a_name) // H-12
{
    fixture f = resolved(GATEWAY("['*.a.com']") SERVICE("a", "[a.com]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    fixture_free(&f);
}

Test(resolve_hosts, a_service_without_routes_here_makes_no_virtual_host) // H-14, R-6, H-18
{
    fixture f = resolved(GATEWAY("['*']") SERVICE("wide", "['*.x.com']") VS(
        "{namespace: app, name: narrow}",
        "{hosts: [a.x.com], gateways: [istio-system/gw], http: [{match: [{port: 8080}], " TO
        "}]}"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "*.x.com");
    fixture_free(&f);
}

Test(resolve_hosts, two_servers_of_one_port_do_not_repeat_reachable_routes) // H-15, H-16
{
    fixture f = resolved(GW("{namespace: istio-system, name: gw}",
                            "{port: {number: 80, name: one, protocol: HTTP}, hosts: ['*.com']}, "
                            "{port: {number: 80, name: two, protocol: HTTP}, hosts: [a.com]}")
                             SERVICE("a", "[a.com]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "a.com"), "app/a#http[0]");
    fixture_free(&f);
}

Test(resolve_hosts, a_configuration_without_virtual_hosts_exists_and_is_empty) // H-26
{
    fixture f = resolved(GATEWAY("['*']"));
    cr_expect_str_eq(config_of(&f, "istio-system/gw", 80), "http.80");
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    fixture_free(&f);
}
