// SPDX-License-Identifier: Apache-2.0
// What comes out: resources, quarantine, counts. tests/cases holds the rows of chapters D and V.
#include "documents_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

#define VS(name, spec)                                                                             \
    "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: " name            \
    "}, spec: " spec "}\n"
#define GOOD "{hosts: [a.test], gateways: [gw], http: [{route: [{destination: {host: b}}]}]}"

static fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void end(void)
{
    fixture_end(&f);
}

TestSuite(resources, .init = start, .fini = end);

Test(resources, a_bad_document_loses_only_itself_and_is_remembered_with_its_hosts)
{
    fixture_text(
        &f, VS("good", GOOD) "---\n" VS(
                "bad", "{hosts: [x.test, y.test], gateways: [gw], http: [null]}") "---\n" VS("fine",
                                                                                             GOOD));
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 2);
    cr_assert_eq(f.resources.quarantined_count, 1);
    const csc_quarantined *item = &f.resources.quarantined[0];
    cr_assert(csc_str_is(item->namespace_, "default") && csc_str_is(item->name, "bad") &&
              !item->is_gateway);
    cr_assert(item->hosts.count == 2 && csc_str_is(item->hosts.items[1].text, "y.test"));
}

Test(resources, every_document_is_counted_once) // D-4, D-6
{
    fixture_text(&f, VS("a", GOOD) "---\n" VS("a", GOOD) "---\n" VS(
                         "b", "{}") "---\nkind: Secret\n---\n- 1\n---\nnull\n---\n"
                                    "{kind: List, items: [{kind: X}, {kind: List, items: [1, "
                                    "2]}]}\n---\nb: *x\n---\nc: [\n");
    fixture_decode(&f);
    const csc_resources *r = &f.resources;
    cr_assert_eq(r->document_count, 10);
    cr_assert_eq(r->skipped_count, 5);
    cr_assert_eq(r->quarantined_count, 4);
    cr_assert_eq(r->document_count, r->skipped_count + r->quarantined_count +
                                        r->virtual_service_count + r->gateway_count);
}

Test(resources, of_two_with_one_name_the_later_file_loses)
{
    fixture_text(&f, VS("twin", GOOD));
    fixture_text(&f, VS("twin", GOOD));
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_assert_eq(f.resources.virtual_services[0].span.source, 0);
    const corsac_diagnostic *item = fixture_find(&f, "duplicate-resource");
    cr_assert(item && csc_str_is(item->file, "b.yaml"));
    cr_assert_not_null(strstr(item->message.data, "a.yaml:1:1"));
}

Test(resources, a_quarantined_document_does_not_claim_its_name)
{
    fixture_text(&f, VS("twin", "{}") "---\n" VS("twin", GOOD));
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_assert_null(fixture_find(&f, "duplicate-resource"));
}

Test(resources, one_name_in_two_kinds_or_namespaces_is_no_conflict)
{
    fixture_text(&f, VS("same", GOOD) "---\n" VS(
                         "same, namespace: other",
                         GOOD) "---\n{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: "
                               "{name: same}, spec: {servers: [{hosts: "
                               "['*'], port: {number: 80, name: h, protocol: HTTP}}]}}\n");
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 2);
    cr_assert_eq(f.resources.gateway_count, 1);
    cr_assert_eq(f.resources.quarantined_count, 0);
}

Test(resources, the_default_namespace_is_a_parameter) // D-22
{
    f.options.default_namespace = csc_str_from("team");
    fixture_text(&f, VS("a", GOOD) "---\n" VS("b, namespace: ''",
                                              GOOD) "---\n" VS("c, namespace: own", GOOD));
    fixture_decode(&f);
    static const char *const expected[] = {"team", "team", "own"};
    for (size_t i = 0; i < 3; i++)
        cr_assert(csc_str_is(f.resources.virtual_services[i].metadata.namespace_, expected[i]));
}

Test(resources, keyed_matches_and_labels_are_sorted_by_bytes) // M-16
{
    fixture_text(&f, VS("a, labels: {b: one, B: two, a: three}",
                        "{hosts: [a.test], gateways: [gw], http: [{route: [{destination: {host: "
                        "b}}], match: [{headers: {x-b: {}, "
                        "X-C: {}, x-a: {exact: v}}}]}]}"));
    fixture_decode(&f);
    const csc_virtual_service *vs = &f.resources.virtual_services[0];
    const csc_keyed_matches *headers = &vs->rules[0].matches[0].headers;
    static const char *const keys[] = {"X-C", "x-a", "x-b"}, *const labels[] = {"B", "a", "b"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(csc_str_is(headers->items[i].key, keys[i]));
        cr_assert(csc_str_is(vs->metadata.labels.items[i].key, labels[i]));
    }
    cr_assert_eq(headers->items[1].match.kind, CSC_MATCH_EXACT);
    cr_assert_eq(headers->items[0].match.kind, CSC_MATCH_NONE);
}

Test(resources, strict_mode_quarantines_what_reading_found) // D-14, X-5
{
    f.options.flags = CORSAC_COMPILE_STRICT;
    fixture_text(&f, VS("a, name: b", GOOD) "---\n" VS("c", GOOD));
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_assert_eq(f.resources.quarantined_count, 1);
    cr_assert(csc_str_is(f.resources.quarantined[0].name, "b"));
}

Test(resources, documents_that_could_not_be_read_are_quarantined_without_a_name)
{
    f.options.max_depth = 8;
    fixture_text(&f, VS("a", GOOD) "---\nb: [[[[[[[[[]]]]]]]]]\n");
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_assert_eq(f.resources.quarantined_count, 1);
    cr_assert_null(f.resources.quarantined[0].name.data);
    cr_assert_eq(f.resources.quarantined[0].span.line, 2);
}

Test(resources, rules_keep_the_place_and_kind_of_their_action) // V-20, V-23
{
    fixture_text(
        &f,
        VS("a", "{hosts: [a.test], gateways: [gw], http: ["
                "{match: [{uri: {prefix: /}}], redirect: {prefixRewrite: /x, redirectCode: 304}}, "
                "{directResponse: {status: 200}}]}"));
    fixture_decode(&f);
    const csc_http_rule *rules = f.resources.virtual_services[0].rules;
    cr_assert(rules[0].has_redirect && rules[0].redirect_prefix_rewrite &&
              !rules[0].redirect_translates);
    cr_assert(!rules[0].has_route && !rules[0].has_direct_response &&
              rules[0].redirect_span.column > 1);
    cr_assert(rules[1].has_direct_response && rules[1].index == 1 && rules[1].match_count == 0);
}

Test(resources, an_empty_policy_is_present) // D-12, P-2
{
    fixture_text(
        &f,
        VS("a",
           "{hosts: [a.test], gateways: [gw], http: [{route: [{destination: "
           "{host: b}}], corsPolicy: {}}]}") "---\n" VS("b", "{hosts: [b.test], gateways: [gw], "
                                                             "http: [{route: [{destination: "
                                                             "{host: b}}], corsPolicy: null}]}"));
    fixture_decode(&f);
    const csc_cors_policy *policy = f.resources.virtual_services[0].rules[0].policy;
    cr_assert(policy && policy->origin_count == 0 && !policy->has_max_age &&
              policy->forward_unmatched);
    cr_assert_null(f.resources.virtual_services[1].rules[0].policy);
}
