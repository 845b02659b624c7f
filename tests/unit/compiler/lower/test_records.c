// SPDX-License-Identifier: Apache-2.0
// What lowering stores once, and how it spells conditions; read from `--stage lower`'s text.
#include "corsac/compile.h"
#include "corsac/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HEAD(hosts)                                                                                \
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"                                   \
    "metadata: {name: v, namespace: ns}\nspec:\n  hosts: " hosts "\n  gateways: [g]\n  http:\n"

static const char *lower_text(const char *yaml, uint32_t image_options)
{
    static char text[65536];
    corsac_diagnostics *diagnostics;
    corsac_compile_options options = {.struct_size = sizeof(options),
                                      .image_options = image_options};
    corsac_input input = {{"t.yaml", 6}, {yaml, strlen(yaml)}};
    corsac_blob *blob;
    cr_assert_eq(corsac_diagnostics_new(&diagnostics), CORSAC_OK);
    cr_assert_eq(corsac_compile_dump(&blob, CORSAC_STAGE_LOWER, &input, 1, &options, diagnostics),
                 CORSAC_OK);
    corsac_str bytes = corsac_blob_bytes(blob);
    cr_assert_lt(bytes.size, sizeof(text));
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    corsac_blob_free(blob);
    corsac_diagnostics_free(diagnostics);
    return text;
}

static int count_lines(const char *text, const char *start)
{
    int count = 0;
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        count += strncmp(at, start, strlen(start)) == 0;
    return count;
}

Test(records, hosts_with_equal_routes_share_one_list) // H-3, H-6
{
    const char *text =
        lower_text(HEAD("[a.com, b.com, \"*.c.com\"]") "  - match: [{uri: {prefix: /a}}]\n"
                                                       "    route: [{destination: {host: x}}]\n"
                                                       "  - route: [{destination: {host: x}}]\n",
                   0);
    cr_expect_eq(count_lines(text, "host "), 3);
    cr_expect_eq(count_lines(text, "route "), 2, "%s", text);
}

Test(records, routes_with_equal_conditions_share_them) // M-17
{
    const char *text =
        lower_text(HEAD("[a.com]") "  - match: [{uri: {prefix: /a}, headers: {x: {exact: y1}}},\n"
                                   "            {uri: {prefix: /b}, headers: {x: {exact: y1}}},\n"
                                   "            {uri: {prefix: /c}, headers: {x: {exact: z1}}}]\n"
                                   "    route: [{destination: {host: x}}]\n",
                   0);
    cr_expect_eq(count_lines(text, "route "), 3);
    cr_expect_eq(count_lines(text, "condition "), 2, "%s", text);
}

Test(records, policies_that_decide_alike_are_one) // issue: identical policies are stored once
{
    const char *text = lower_text(HEAD("[a.com]") "  - match: [{uri: {prefix: /a}}]\n"
                                                  "    route: [{destination: {host: x}}]\n"
                                                  "    corsPolicy: {allowOrigins: [{exact: o}]}\n"
                                                  "  - match: [{uri: {prefix: /b}}]\n"
                                                  "    route: [{destination: {host: x}}]\n"
                                                  "    corsPolicy: {allowOrigin: [o]}\n"
                                                  "  - route: [{destination: {host: x}}]\n"
                                                  "    corsPolicy: {allowOrigins: [{exact: p}]}\n",
                                  0);
    cr_expect_eq(count_lines(text, "policy "), 2, "%s", text);
}

Test(records, conditions_know_their_subject_and_how_lines_count) // M-10, M-11, M-12, M-13
{
    const char *yaml =
        HEAD("[a.com]") "  - match: [{method: {exact: GET}, headers: {User-Agent: {prefix: m}, "
                        "X-A: {}},\n"
                        "             withoutHeaders: {x-b: {exact: y1}, x-c: {regex: \"*\"}}}]\n"
                        "    route: [{destination: {host: x}}]\n";
    const char *text = lower_text(yaml, 0);
    cr_expect_not_null(strstr(text, "method name=\"\" exact value=\"GET\"\n"), "%s", text);
    cr_expect_not_null(strstr(text, "header name=\"user-agent\" prefix value=\"m\" stored-once\n"));
    cr_expect_not_null(strstr(text, "header name=\"x-a\" present value=\"\"\n"));
    cr_expect_not_null(
        strstr(text, "header name=\"x-b\" exact value=\"y1\" invert missing-as-empty\n"));
    cr_expect_not_null(strstr(text, "header name=\"x-c\" present value=\"\" invert\n"));
    text = lower_text(yaml, CORSAC_OPTION_HEADER_MATCH_JOINED);
    cr_expect_not_null(strstr(text, "header name=\"x-a\" present value=\"\" joined\n"), "%s", text);
    cr_expect_not_null(strstr(text, "header name=\"user-agent\" prefix value=\"m\" stored-once\n"));
}
