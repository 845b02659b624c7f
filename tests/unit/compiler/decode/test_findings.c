// SPDX-License-Identifier: Apache-2.0
// What a finding says: place, resource, path, sentence.
#include "compiler/decode/finding.h"
#include "documents_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void end(void)
{
    fixture_end(&f);
}

TestSuite(findings, .init = start, .fini = end, .timeout = 120);

static const char service[] = "apiVersion: networking.istio.io/v1\n"
                              "kind: VirtualService\n"
                              "metadata: {name: orders, namespace: shop}\n"
                              "spec:\n"
                              "  hosts: [a.test]\n"
                              "  gateways: [gw]\n"
                              "  http:\n"
                              "  - route: [{destination: {host: b}}]\n";

static void decode(const char *rest)
{
    static char text[4000];
    snprintf(text, sizeof text, "%s%s", service, rest);
    fixture_text(&f, text);
    fixture_decode(&f);
}

Test(findings, name_file_place_document_resource_path_and_clause)
{
    decode("    corsPolicy:\n      allowOrigins: [{exact: a}, {regex: 'a('}]\n");
    const corsac_diagnostic *item = fixture_find(&f, "regex-missing-paren");
    cr_assert_not_null(item);
    cr_assert(csc_str_is(item->file, "a.yaml") && item->document == 1);
    cr_assert(item->line == 10 && item->column == 42, "%u:%u", item->line, item->column);
    cr_assert(csc_str_is(item->resource, "VirtualService shop/orders"));
    cr_assert(csc_str_is(item->path, "spec.http[0].corsPolicy.allowOrigins[1].regex"));
    cr_assert_str_eq(item->clause, "V-4");
}

Test(findings, a_refused_regex_is_shown_with_a_caret_under_the_byte) // X-3, M-19
{
    decode("    corsPolicy: {allowOrigins: [{regex: 'https://[a'}]}\n");
    const corsac_diagnostic *item = fixture_find(&f, "regex-missing-bracket");
    cr_assert_not_null(item);
    cr_assert_not_null(strstr(item->message.data, "Go regexp"));
    cr_assert_not_null(strstr(item->message.data, "RE2"));
    cr_assert_not_null(strstr(item->message.data, "at byte 8"));
    const char *pattern = strstr(item->message.data, "\n");
    cr_assert(pattern && strstr(pattern, "https://[a") && strstr(pattern, "^"));
}

Test(findings, a_shell_glob_gets_a_hint) // V-11, V-13
{
    decode("    match: [{headers: {host: {regex: '*.example.com'}}}]\n");
    const corsac_diagnostic *item = fixture_find(&f, "regex-repeat-argument");
    cr_assert(item && strcmp(item->clause, "V-13") == 0);
    cr_assert(csc_str_is(item->path, "spec.http[0].match[0].headers[\"host\"].regex"), "%.*s",
              (int)item->path.size, item->path.data);
}

Test(findings, unknown_fields_come_with_a_suggestion_or_their_owner) // D-9
{
    decode("    corsPolicy: {allowedOrigins: []}\n    match: [{allowOrigins: [], nonsense: 1}]\n");
    static const char *const paths[] = {"spec.http[0].corsPolicy.allowedOrigins",
                                        "spec.http[0].match[0].allowOrigins",
                                        "spec.http[0].match[0].nonsense"};
    static const char *const says[] = {"did you mean \"allowOrigins\"", "a field of CorsPolicy",
                                       "so it is ignored."};
    cr_assert_eq(corsac_diagnostics_count(f.found), 3);
    for (size_t i = 0; i < 3; i++) {
        const corsac_diagnostic *item = corsac_diagnostics_at(f.found, i);
        cr_assert(csc_str_is(item->path, paths[i]), "%.*s", (int)item->path.size, item->path.data);
        cr_assert_not_null(strstr(item->message.data, says[i]), "%s", item->message.data);
    }
    cr_assert_eq(f.resources.virtual_service_count, 1);
}

Test(findings, the_hint_for_a_number_shows_how_to_write_it) // D-14, D-20
{
    decode("    corsPolicy: {maxAge: 600, allowMethods: [on]}\n");
    cr_assert_eq(corsac_diagnostics_count(f.found), 2);
    cr_assert_not_null(strstr(corsac_diagnostics_at(f.found, 0)->message.data, "\"600s\""));
    cr_assert_not_null(strstr(corsac_diagnostics_at(f.found, 1)->message.data, "quote it: \"on\""));
}

Test(findings, all_of_a_document_are_reported)
{
    decode("    corsPolicy: {maxAge: 1d, allowMethods: [get, put], exposeHeaders: [a b]}\n"
           "    match: [{port: 70000}, {uri: {regex: ''}}]\n  exportTo: ['~']\n");
    cr_assert_eq(fixture_count(&f, CORSAC_SEVERITY_ERROR), 7);
}

Test(findings, a_wrong_type_is_reported_once_and_hides_nothing_else) // X-3, D-19
{
    decode("    corsPolicy: {allowOrigins: {exact: a}, allowMethods: [get]}\n  exportTo: '*'\n");
    cr_assert_eq(corsac_diagnostics_count(f.found), 3);
}

Test(findings, text_of_tenants_is_shortened_and_made_printable)
{
    decode(
        "    corsPolicy: {allowMethods: [\"a\\e[31m\", "
        "\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
        "\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
        "\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9x\xC3\xA9\xC3\xA9\"]}\n");
    cr_assert_not_null(strstr(corsac_diagnostics_at(f.found, 0)->message.data, "\"a\\x1b[31m\""));
    const char *second = corsac_diagnostics_at(f.found, 1)->message.data;
    cr_assert_not_null(strstr(second, "\xC3\xA9x...\""), "cut between code points: %s", second);
}

Test(findings, paths_quote_odd_keys)
{
    csc_path spec = csc_path_field(NULL, "spec"), http = csc_path_field(&spec, "http");
    csc_path rule = csc_path_item(&http, 12), key = csc_path_key(&rule, csc_str_from("x-a"));
    csc_path odd = csc_path_key(&rule, csc_str_from("a\n\"")),
             name = csc_path_name(&rule, csc_str_from("plain_1"));
    csc_path dashed = csc_path_name(&rule, csc_str_from("not-plain"));
    cr_assert_str_eq(csc_path_render(f.context.arena, &key).data, "spec.http[12][\"x-a\"]");
    cr_assert_str_eq(csc_path_render(f.context.arena, &odd).data,
                     "spec.http[12][\"a\\u000a\\\"\"]");
    cr_assert_str_eq(csc_path_render(f.context.arena, &name).data, "spec.http[12].plain_1");
    cr_assert_str_eq(csc_path_render(f.context.arena, &dashed).data,
                     "spec.http[12][\"not-plain\"]");
    cr_assert_str_eq(csc_path_render(f.context.arena, NULL).data, "");
}

/* V-27 and V-34 look at pairs; neither may take quadratic time. */
Test(findings, many_hosts_and_rules_take_no_quadratic_time)
{
    size_t size = sizeof service, capacity = 20000000;
    char *text = malloc(capacity);
    cr_assert_not_null(text);
    memcpy(text, service, size--);
    for (int i = 0; i < 20000; i++)
        size += (size_t)sprintf(
            text + size, "  - {match: [{uri: {prefix: /%d}}], route: [{destination: {host: b}}]}\n",
            i);
    size += (size_t)sprintf(
        text + size,
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: b}\n"
        "spec: {gateways: [gw], http: [{redirect: {uri: /}}], hosts: [");
    for (int i = 0; i < 100000; i++)
        size += (size_t)sprintf(text + size, "h%d.test, ", i);
    size += (size_t)sprintf(text + size, "h7.test]}\n");
    fixture_text(&f, text);
    fixture_decode(&f);
    cr_assert_eq(f.resources.virtual_service_count, 1);
    const corsac_diagnostic *item = fixture_find(&f, "host-overlap");
    cr_assert(item && csc_str_is(item->path, "spec.hosts[100000]"));
    free(text);
}

Test(findings, a_match_block_of_too_many_conditions_is_refused)
{
    static char text[64 * 1024];
    for (int count = 1024; count <= 1025; count++) {
        size_t size = (size_t)snprintf(text, sizeof text,
                                       "%s    match: [{method: {exact: GET}, headers: {", service);
        for (int i = 1; i < count; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "x-%d: {exact: a},", i);
        snprintf(text + size, sizeof text - size, "}}]\n");
        fixture_text(&f, text);
        fixture_decode(&f);
        if (count == 1024)
            cr_expect_null(fixture_find(&f, "limit-conditions"));
        else
            cr_assert_not_null(fixture_find(&f, "limit-conditions"));
    }
    const corsac_diagnostic *item = fixture_find(&f, "limit-conditions");
    cr_expect_str_eq(item->clause, "X-9");
    cr_expect(csc_str_is(item->path, "spec.http[0].match[0]"), "%s", item->path.data);
}

/* A fresh fixture with one text, which it frees with the next one. */
static void decode_alone(char *text)
{
    static char *last;
    fixture_end(&f);
    fixture_start(&f);
    free(last);
    last = text;
    fixture_text(&f, text);
    fixture_decode(&f);
}

/* `count` times the letter a in place of the %s of a text. */
static void decode_long(const char *format, size_t count)
{
    char *name = malloc(count + 1), *text = malloc(count + 4000);
    cr_assert(name && text);
    memset(name, 'a', count);
    name[count] = '\0';
    snprintf(text, count + 4000, format, name);
    free(name);
    decode_alone(text);
}

Test(findings, names_that_every_route_repeats_are_bounded)
{
    static const struct {
        const char *path, *format;
        size_t most;
    } names[] = {
        {"metadata.name",
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: %s}\nspec: {hosts: [a.test], http: [{route: [{destination: {host: "
         "b}}]}]}\n",
         253},
        {"metadata.namespace",
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: a, namespace: %s}\nspec: {hosts: [a.test], http: [{route: "
         "[{destination: "
         "{host: b}}]}]}\n",
         253},
        {"spec.http[0].name",
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: a}\nspec: {hosts: [a.test], http: [{name: %s, route: [{destination: "
         "{host: b}}]}]}\n",
         1024},
        {"spec.http[0].match[0].name",
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: a}\nspec: {hosts: [a.test], http: [{match: [{name: %s}], route: "
         "[{destination: {host: b}}]}]}\n",
         1024},
        {"spec.gateways[1]", /* Istio looks no further than the first */
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: a}\nspec: {hosts: [a.test], gateways: [g, %s], http: [{route: "
         "[{destination: {host: b}}]}]}\n",
         512},
        {"spec.http[0].match[0].gateways[1]",
         "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: a}\nspec: {hosts: [a.test], http: [{match: [{gateways: [g, %s]}], "
         "route: "
         "[{destination: {host: b}}]}]}\n",
         512},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        decode_long(names[i].format, names[i].most);
        cr_expect_null(fixture_find(&f, "limit-name"), "%s", names[i].path);
        cr_expect_eq(f.resources.virtual_service_count, 1);
        decode_long(names[i].format, names[i].most + 1);
        const corsac_diagnostic *item = fixture_find(&f, "limit-name");
        cr_assert_not_null(item, "%s", names[i].path);
        cr_expect_str_eq(item->clause, "X-9");
        cr_expect(csc_str_is(item->path, names[i].path), "%s", item->path.data);
        cr_expect_gt(item->line, 0);
        cr_expect_leq(item->resource.size, 600);
        cr_expect_gt(f.resources.quarantined_count, 0);
    }
}

Test(findings, a_long_key_is_not_repeated_by_every_finding_below_it)
{
    decode_long("apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                "metadata: {name: a}\nspec:\n  hosts: [a.test]\n  http:\n"
                "  - route: [{destination: {host: b}}]\n    match:\n    - headers:\n"
                "        ? %s\n        : {exact: 1}\n",
                100000);
    const corsac_diagnostic *item = fixture_find(&f, "wrong-type");
    cr_assert_not_null(item);
    cr_expect_leq(item->path.size, 400);
}

/* 37,036 steps per byte: seven fit into the 262,144 of one VirtualService, eight do not. */
#define COSTLY "'(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,1000}c)*(?:a|b)*a(?:a|b){20}'"

static const char costly_rules[] = "    match:\n    - uri: {regex: " COSTLY "}\n"
                                   "    - method: {regex: " COSTLY "}\n"
                                   "    - headers: {x-a: {regex: " COSTLY "}}\n"
                                   "    - withoutHeaders: {x-a: {regex: " COSTLY "}}\n"
                                   "    - queryParams: {x-a: {regex: " COSTLY "}}\n"
                                   "    corsPolicy:\n      allowOrigins:\n"
                                   "      - {regex: 'https://[a-z]+[.]test'}\n"
                                   "      - {regex: " COSTLY "}\n"
                                   "      - {regex: " COSTLY "}\n";

Test(findings, the_regexes_of_a_virtual_service_have_one_budget)
{
    char text[4000];
    decode(costly_rules);
    cr_expect_null(fixture_find(&f, "regex-cost"));
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_expect_eq(f.resources.virtual_services[0].rules[0].matches[0].uri.regex_steps, 37036);
    snprintf(text, sizeof text, "%s      - {regex: " COSTLY "}\n      - {regex: " COSTLY "}\n",
             costly_rules);
    decode(text);
    const corsac_diagnostic *item = fixture_find(&f, "regex-cost");
    cr_assert_not_null(item);
    cr_expect_str_eq(item->clause, "X-9");
    cr_expect(csc_str_is(item->path, "spec.http[0].corsPolicy.allowOrigins[3].regex"), "%s",
              item->path.data);
    cr_expect(item->line == 20 && item->column == 17, "%u:%u", item->line, item->column);
    cr_expect_not_null(strstr(item->message.data, "262144"));
    cr_expect_eq(f.resources.quarantined_count, 1);
}

Test(findings, what_one_document_is_told_of_a_regex_the_next_one_is_told_too) // V-4, X-9
{
    char text[8000];
    snprintf(text, sizeof text,
             "%s%s---\n%s%s---\n%s%s      - {regex: " COSTLY "}\n      - {regex: 'a('}\n---\n%s%s",
             service, costly_rules, service, costly_rules, service, costly_rules, service,
             "    corsPolicy: {allowOrigins: [{regex: 'a('}]}\n");
    fixture_text(&f, text);
    fixture_decode(&f);
    cr_expect_eq(f.resources.quarantined_count, 3); /* one as the other's duplicate */
    cr_assert_eq(f.resources.virtual_service_count, 1);
    cr_expect_eq(f.resources.virtual_services[0].rules[0].matches[0].uri.regex_steps, 37036);
    size_t costly = 0, refused = 0;
    for (size_t i = 0; i < corsac_diagnostics_count(f.found); i++) {
        const corsac_diagnostic *item = corsac_diagnostics_at(f.found, i);
        costly += strcmp(item->code, "regex-cost") == 0 && item->document == 3;
        refused += strcmp(item->code, "regex-missing-paren") == 0 && item->document >= 3;
    }
    cr_expect_eq(costly, 1);
    cr_expect_eq(refused, 2);
}

/* One entry more than a list may have; `unit` is one entry. */
static void decode_list(const char *field, const char *unit, size_t count)
{
    size_t size = strlen(unit);
    char *text = malloc(sizeof service + size * count + 100), *at = text;
    cr_assert_not_null(text);
    at += sprintf(at, "%s    corsPolicy: {%s: [", service, field);
    for (size_t i = 0; i < count; i++, at += size)
        memcpy(at, unit, size);
    strcpy(at, "]}\n");
    decode_alone(text);
}

Test(findings, a_list_of_too_many_origins_is_the_tenants_own_loss)
{
    decode_list("allowOrigins", "{regex: a},", 65535);
    cr_expect_null(fixture_find(&f, "limit-origins"));
    cr_expect_eq(f.resources.virtual_service_count, 1);
    decode_list("allowOrigins", "{regex: a},", 65536);
    const corsac_diagnostic *item = fixture_find(&f, "limit-origins");
    cr_assert_not_null(item);
    cr_expect_str_eq(item->clause, "X-9");
    cr_expect(csc_str_is(item->path, "spec.http[0].corsPolicy.allowOrigins[65535]"), "%s",
              item->path.data);
    cr_expect_eq(item->line, 9);
    cr_expect_gt(item->column, 65535);
    cr_expect_eq(f.resources.virtual_service_count, 0);
    decode_list("allowOrigin", "a,", (1 << 20) + 1);
    cr_expect_not_null(fixture_find(&f, "limit-origins"));
}
