// SPDX-License-Identifier: Apache-2.0
// What an image says about itself.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char yaml[] = "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
                           "metadata: {name: g, namespace: ns}\n"
                           "spec:\n  servers:\n"
                           "  - {port: {number: 443, name: a, protocol: HTTPS}, hosts: [\"*\"],\n"
                           "     tls: {mode: SIMPLE, credentialName: c}}\n"
                           "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}\n"
                           "---\n"
                           "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                           "metadata: {name: v, namespace: ns}\n"
                           "spec:\n"
                           "  hosts: [a.com]\n"
                           "  gateways: [g]\n"
                           "  http:\n"
                           "  - name: first\n"
                           "    match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}]\n"
                           "    route: [{destination: {host: x}}]\n"
                           "    corsPolicy: {allowOrigins: [{exact: o}]}\n"
                           "  - route: [{destination: {host: x}}]\n"
                           "    corsPolicy: {allowOrigins: [{exact: o}]}\n";

static bool is(corsac_str text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

static corsac_image *open_yaml(void)
{
    corsac_image *image;
    corsac_blob *blob = world_compile(yaml, CORSAC_OPTION_VARY_ORIGIN);
    corsac_str bytes = corsac_blob_bytes(blob);
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    corsac_blob_free(blob);
    return image;
}

Test(describe, counts_and_options) // engine.h
{
    corsac_image *image = open_yaml();
    corsac_image_info info;
    corsac_image_describe(image, &info);
    cr_expect_eq(info.options, CORSAC_OPTION_VARY_ORIGIN);
    cr_expect_eq(info.endpoint_count, 2);
    cr_expect_eq(info.virtual_host_count, 2, "a.com behind HTTP and behind TLS");
    cr_expect_eq(info.policy_count, 1, "equal policies are stored once");
    cr_expect_eq(info.origin_set_count, 1);
    cr_expect_eq(info.database_loaded_count, 0);
    corsac_image_describe(NULL, &info);
    cr_expect_eq(info.endpoint_count, 0);
    corsac_image_describe(image, NULL);
    corsac_image_free(image);
}

static uint32_t needs_with(const char *match)
{
    char text[2048];
    corsac_image *image;
    corsac_image_info info;
    snprintf(text, sizeof(text), "%.*s    match: [%s]\n%s",
             (int)(strstr(yaml, "    match:") - yaml), yaml, match, strstr(yaml, "    route:"));
    corsac_blob *blob = world_compile(text, 0);
    corsac_str bytes = corsac_blob_bytes(blob);
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    corsac_blob_free(blob);
    corsac_image_describe(image, &info);
    corsac_image_free(image);
    return info.needs;
}

Test(describe, what_conditions_look_at) // engine.h, M-9, M-12
{
    cr_expect_eq(needs_with("{uri: {prefix: /a}, method: {exact: GET}}"), 0);
    cr_expect_eq(needs_with("{headers: {\":authority\": {exact: a}, origin: {exact: b}}}"), 0);
    cr_expect_eq(needs_with("{headers: {x: {exact: a}}}"), CORSAC_NEEDS_HEADERS);
    cr_expect_eq(needs_with("{withoutHeaders: {x: {}}}"), CORSAC_NEEDS_HEADERS);
    cr_expect_eq(needs_with("{headers: {\"@request.auth.claims.a\": {exact: b}}}"),
                 CORSAC_NEEDS_CLAIMS);
}

Test(describe, endpoints_are_sorted_by_gateway_and_port) // H-29
{
    corsac_image *image = open_yaml();
    corsac_endpoint endpoint;
    cr_assert_eq(corsac_image_endpoint(image, 0, &endpoint), CORSAC_OK);
    cr_expect(is(endpoint.gateway, "ns/g"));
    cr_expect_eq(endpoint.port, 80);
    cr_expect(endpoint.has_http && !endpoint.has_tls);
    cr_assert_eq(corsac_image_endpoint(image, 1, &endpoint), CORSAC_OK);
    cr_expect_eq(endpoint.port, 443);
    cr_expect(!endpoint.has_http && endpoint.has_tls);
    cr_expect_eq(corsac_image_endpoint(image, 2, &endpoint), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_endpoint(NULL, 0, &endpoint), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_endpoint(image, 0, NULL), CORSAC_E_ARGUMENT);
    corsac_image_free(image);
}

Test(describe, a_route_knows_who_wrote_it_and_its_policy) // L-12, X-3
{
    corsac_image *image = open_yaml();
    corsac_image_info info;
    corsac_route_info route;
    bool seen = false;
    corsac_image_describe(image, &info);
    for (uint32_t i = 0; i < info.route_count; i++) {
        cr_assert_eq(corsac_image_route(image, i, &route), CORSAC_OK);
        if (!is(route.route, "ns/v#http[0].match[1]"))
            continue;
        seen = true;
        cr_expect(is(route.route_name, "first"));
        cr_expect(is(route.root, "ns/v"));
        cr_expect(is(route.file, "test.yaml"));
        cr_expect(is(route.policy_owner, "ns/v"));
        cr_expect(is(route.policy_path, "spec.http[0].corsPolicy"));
        cr_expect(is(route.policy_file, "test.yaml"));
        cr_expect_gt(route.line, 0);
        cr_expect_gt(route.policy_line, 0);
        cr_expect_eq(route.policy, 0);
    }
    cr_expect(seen);
    cr_expect_eq(corsac_image_route(image, info.route_count, &route), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_route(NULL, 0, &route), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_route(image, 0, NULL), CORSAC_E_ARGUMENT);
    corsac_image_free(image);
}

static void collect(void *context, const char *text, size_t size)
{
    strncat(context, text, size);
}

Test(describe, the_dump_names_sections_and_policies) // architecture of the image
{
    static char text[65536];
    corsac_image *image = open_yaml();
    cr_assert_eq(corsac_image_dump(image, collect, text), CORSAC_OK);
    cr_expect_not_null(strstr(text, "host-pilots"));
    cr_expect_not_null(strstr(text, "ns/g:443 tls"));
    cr_expect_not_null(strstr(text, "policy 0: origin-set=0"));
    cr_expect_null(strstr(text, "unknown"));
    cr_expect_eq(corsac_image_dump(NULL, collect, text), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_dump(image, NULL, text), CORSAC_E_ARGUMENT);
    corsac_image_free(image);
}

/* Enough of everything for each structure that serves origins. */
static corsac_blob *compile_all_structures(void)
{
    static char text[16384];
    size_t size =
        (size_t)snprintf(text, sizeof(text),
                         "%s---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                         "metadata: {name: v}\nspec:\n  hosts: ['*']\n  gateways: [g]\n  http:\n"
                         "  - route: [{destination: {host: x}}]\n    corsPolicy:\n"
                         "      allowOrigins:\n",
                         world_gateway);
    for (int i = 0; i < 40; i++)
        size +=
            (size_t)snprintf(text + size, sizeof(text) - size,
                             "      - {exact: 'https://e%d.com'}\n      - {prefix: 'https://p%d'}\n"
                             "      - {regex: 'https://[a-z]+%d\\.com'}\n",
                             i, i, i);
    snprintf(text + size, sizeof(text) - size,
             "      - {regex: 'https://[a-z]+-[0-9]+\\.net'}\n"
             "      - {regex: 'https://(a+b|b+a)*c[0-9]+\\.com'}\n"
             "      - {regex: 'https://[a-z]+(x|yz)+[0-9]{3,}\\.org'}\n");
    const corsac_compile_options options = {.struct_size = sizeof(options),
                                            .regex_engine = CORSAC_REGEX_HYPERSCAN};
    const corsac_input input = {{"all.yaml", 8}, {text, strlen(text)}};
    corsac_diagnostics *findings;
    corsac_blob *blob;
    cr_assert_eq(corsac_diagnostics_new(&findings), CORSAC_OK);
    cr_assert_eq(corsac_compile(&blob, &input, 1, &options, findings, NULL), CORSAC_OK);
    corsac_diagnostics_free(findings);
    return blob;
}

static void collect_text(void *context, const char *text, size_t size)
{
    strncat(context, text, size);
}

Test(describe, every_structure_of_an_origin_set_is_listed) // F-2, engine.h
{
    static const char *const NAMES[] = {
        "origin-sets",     "origin-keys",  "origin-buckets", "prefix-tries",   "origin-spans",
        "origin-matchers", "origin-index", "origin-pieces",  "origin-classes", "program-table",
        "programs",        "patterns",     "database-table", "databases"};
    static char dump[1 << 16];
    corsac_blob *blob = compile_all_structures();
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    cr_assert_eq(corsac_image_dump(image, collect_text, dump), CORSAC_OK);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        char line[32];
        snprintf(line, sizeof(line), "\n  %s ", NAMES[i]);
        cr_expect(strstr(dump, line) != NULL, "no section %s", NAMES[i]);
    }
    cr_expect(strstr(dump, "unknown") == NULL);
    corsac_image_free(image);
    corsac_blob_free(blob);
}
