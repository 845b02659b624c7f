// SPDX-License-Identifier: Apache-2.0
// Who wins: age, names, visibility, catch-alls (chapter H, 3.4, and R-9), and that the order of the
// documents in the input is not among the reasons.
#include "fixture.h"

#include <criterion/criterion.h>

#define GATEWAY    GW("{namespace: istio-system, name: gw}", HTTP("['*']"))
#define RULE(path) "{match: [{uri: {prefix: " path "}}], " TO "}"
#define SERVICE(metadata, path)                                                                    \
    VS(metadata, "{hosts: [x.com], gateways: [istio-system/gw], http: [" RULE(path) "]}")
#define EXPORTED(metadata, path, to)                                                               \
    VS(metadata,                                                                                   \
       "{hosts: [x.com], gateways: [istio-system/gw], exportTo: " to ", http: [" RULE(path) "]}")

Test(resolve_order, the_oldest_service_comes_first_then_name_then_namespace) // H-20, H-23
{
    fixture f = resolved(
        GATEWAY SERVICE("{namespace: b, name: k, creationTimestamp: '2024-05-01T00:00:00Z'}", "/1")
            SERVICE("{namespace: a, name: k, creationTimestamp: '2024-05-01T00:00:00Z'}", "/2")
                SERVICE("{namespace: a, name: m, creationTimestamp: '2024-05-01T00:00:00Z'}", "/3")
                    SERVICE("{namespace: a, name: z, creationTimestamp: '2024-04-30T23:59:59Z'}",
                            "/4"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "a/z#http[0].match[0] a/k#http[0].match[0] b/k#http[0].match[0] "
                     "a/m#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, an_absent_timestamp_is_the_oldest) // H-20, D-24
{
    fixture f = resolved(
        GATEWAY SERVICE("{namespace: a, name: a, creationTimestamp: '1999-01-01T00:00:00Z'}", "/1")
            SERVICE("{namespace: a, name: b}", "/2"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "a/b#http[0].match[0] a/a#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, the_catch_all_of_the_older_service_moves_behind_the_younger) // H-23, R-9
{
    fixture f = resolved(GATEWAY SERVICE("{namespace: app, name: a}", "/")
                             SERVICE("{namespace: app, name: b}", "/v1"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "app/b#http[0].match[0] app/a#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, catch_alls_keep_their_order_among_themselves)
{
    fixture f = resolved(GATEWAY SERVICE("{namespace: app, name: a}", "/") SERVICE(
        "{namespace: app, name: b}", "/v1") SERVICE("{namespace: app, name: c}", "/"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "app/b#http[0].match[0] app/a#http[0].match[0] app/c#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, an_empty_prefix_is_no_catch_all_and_stays_first) // H-23, R-8
{
    fixture f = resolved(GATEWAY SERVICE("{namespace: app, name: a}", "''")
                             SERVICE("{namespace: app, name: b}", "/v1"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "app/a#http[0].match[0] app/b#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, the_buckets_come_before_age) // H-21
{
    fixture f = resolved(
        GATEWAY SERVICE("{namespace: app, name: public}", "/1") EXPORTED(
            "{namespace: app, name: by-name, creationTimestamp: '2024-01-01T00:00:00Z'}", "/2",
            "[istio-system]")
            EXPORTED(
                "{namespace: istio-system, name: own, creationTimestamp: '2025-01-01T00:00:00Z'}",
                "/3", "['.']"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "istio-system/own#http[0].match[0] app/by-name#http[0].match[0] "
                     "app/public#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, the_own_namespace_by_name_equals_the_dot) // H-21
{
    fixture f = resolved(GATEWAY SERVICE("{namespace: app, name: a}", "/1") EXPORTED(
        "{namespace: istio-system, name: z}", "/2", "[istio-system]"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"),
                     "istio-system/z#http[0].match[0] app/a#http[0].match[0]");
    fixture_free(&f);
}

Test(resolve_order, a_service_exported_elsewhere_is_hidden) // H-22
{
    fixture f = resolved(GATEWAY EXPORTED("{namespace: app, name: a}", "/1", "['.']")
                             EXPORTED("{namespace: app, name: b}", "/1", "[other]")
                                 EXPORTED("{namespace: istio-system, name: c}", "/1", "[other]"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    cr_expect(told(&f, "hidden-by-export", "H-22", "VirtualService app/a", "istio-system"));
    cr_expect(told(&f, "hidden-by-export", "H-22", "VirtualService app/b", "istio-system"));
    cr_expect(told(&f, "hidden-by-export", "H-22", "VirtualService istio-system/c", "exportTo"));
    cr_expect_eq(findings(&f, "host-unbound"), 0, "one cause, one warning");
    fixture_free(&f);
}

Test(resolve_order, the_default_export_is_a_parameter) // H-22, D-25
{
    static const corsac_str own = {".", 1}, nobody = {"~", 1};
    fixture f = fixture_new();
    f.options.default_export_to = (corsac_str_list){&own, 1};
    fixture_run(&f, GATEWAY SERVICE("{namespace: app, name: a}", "/1")
                        SERVICE("{namespace: istio-system, name: b}", "/2"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "istio-system/b#http[0].match[0]");
    fixture_free(&f);
    f = fixture_new();
    f.options.default_export_to = (corsac_str_list){&nobody, 1};
    fixture_run(&f, GATEWAY SERVICE("{namespace: istio-system, name: b}", "/2"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "");
    fixture_free(&f);
}

Test(resolve_order, another_pod_namespace_sees_other_services) // H-21, D-25
{
    fixture f = fixture_new();
    f.options.gateway_namespace = csc_str_from("app");
    fixture_run(&f, GATEWAY EXPORTED("{namespace: app, name: a}", "/1", "['.']"));
    cr_expect_str_eq(routes_of(&f, "http.80", "x.com"), "app/a#http[0].match[0]");
    fixture_free(&f);
}

/* The dump without source positions, which do follow the input. */
static corsac_str shape_of(fixture *f)
{
    corsac_str dump;
    for (size_t i = 0; i < f->ir->route_count; i++)
        f->ir->routes[i].source.span = (csc_span){.source = UINT32_MAX};
    for (size_t i = 0; i < f->ir->policy_count; i++)
        f->ir->policies[i].source.span = (csc_span){.source = UINT32_MAX};
    cr_assert_eq(csc_ir_dump(&f->context, f->ir, &dump), CORSAC_OK);
    return dump;
}

Test(resolve_order, the_order_of_the_documents_changes_nothing)
{
#define A SERVICE("{namespace: app, name: a}", "/a")
#define B SERVICE("{namespace: app, name: b}", "/b")
#define C SERVICE("{namespace: web, name: c}", "/")
#define D GW("{namespace: edge, name: gw}", HTTP("[y.com]"))
    fixture forward = resolved(A B C D GATEWAY), backward = resolved(GATEWAY D C B A);
    cr_expect_eq(forward.ir->route_count, 3);
    cr_expect(csc_str_equal(shape_of(&forward), shape_of(&backward)));
    fixture_free(&forward);
    fixture_free(&backward);
}
