// SPDX-License-Identifier: Apache-2.0
// The promises of corsac/compile.h: determinism, statuses, summary, strict mode, dumps.
#include "corsac/compile.h"
#include "corsac/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define VS(name, host)                                                                             \
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"                                   \
    "metadata: {name: " name ", namespace: ns}\n"                                                  \
    "spec:\n  hosts: [" host "]\n  gateways: [g]\n"                                                \
    "  http:\n  - route: [{destination: {host: x}}]\n"                                             \
    "    corsPolicy: {allowOrigins: [{exact: \"https://" name                                      \
    ".com\"}, {regex: \"a|b+\"}]}\n---\n"
#define BAD_VS                                                                                     \
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"                                   \
    "metadata: {name: bad, namespace: ns}\n"                                                       \
    "spec:\n  hosts: [bad.com]\n  gateways: [g]\n"                                                 \
    "  http:\n  - route: [{destination: {host: x}}]\n"                                             \
    "    corsPolicy: {allowOrigins: [{regex: \"a(\"}]}\n---\n"

static corsac_input input(const char *name, const char *text)
{
    return (corsac_input){{name, strlen(name)}, {text, strlen(text)}};
}

typedef struct result {
    corsac_status status;
    corsac_blob *blob;
    corsac_diagnostics *diagnostics;
    corsac_compile_summary summary;
} result;

static result run(const corsac_input *inputs, size_t count, const corsac_compile_options *options)
{
    result r = {0};
    cr_assert_eq(corsac_diagnostics_new(&r.diagnostics), CORSAC_OK);
    r.status = corsac_compile(&r.blob, inputs, count, options, r.diagnostics, &r.summary);
    return r;
}

static void done(result *r)
{
    corsac_blob_free(r->blob);
    corsac_diagnostics_free(r->diagnostics);
}

Test(compile, the_order_of_inputs_does_not_matter)
{
    corsac_input inputs[3] = {input("a.yaml", VS("a", "a.com")), input("b.yaml", VS("b", "b.com")),
                              input("c.yaml", VS("c", "\"*.c.com\""))};
    corsac_input shuffled[3] = {inputs[2], inputs[0], inputs[1]};
    result first = run(inputs, 3, NULL), second = run(shuffled, 3, NULL);
    cr_assert_eq(first.status, CORSAC_OK);
    cr_assert_eq(second.status, CORSAC_OK);
    corsac_str a = corsac_blob_bytes(first.blob), b = corsac_blob_bytes(second.blob);
    cr_assert_eq(a.size, b.size);
    cr_expect_eq(memcmp(a.data, b.data, a.size), 0);
    cr_expect_eq(first.summary.virtual_services, 3);
    cr_expect_eq(first.summary.implied_gateways, 1);
    done(&first);
    done(&second);
}

/* An image with that many hosts, the neighbour's among them. */
static void serves_neighbour(const result *r, uint32_t host_count)
{
    corsac_image *image;
    corsac_image_info info;
    cr_assert_eq(r->status, CORSAC_OK);
    corsac_str bytes = corsac_blob_bytes(r->blob);
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    corsac_image_describe(image, &info);
    cr_expect_eq(info.virtual_host_count, host_count);
    corsac_image_free(image);
}

/* V-25 knows no bound for an address with a zone, and looks at the beginning of outbound_ only. */
Test(compile, hosts_that_are_no_domain_names_harm_nobody_else) // X-9, T-5
{
    static const char tls[] = "  tls:\n  - match: [{sniHosts: [a.com]}]\n"
                              "    route: [{destination: {host: x}}]\n";
    static const struct {
        const char *head; /* of the list of hosts */
        int letters;      /* behind it */
        const char *end;
        bool tls;
        uint32_t hosts; /* that it adds; none: quarantined */
    } odd[] = {
        {"\"::1%a.b\", \"::1%a.b\\0\", \"::1%a.b\\0\\0\"", 0, "", false, 3},
        {"\"outbound_.a\", \"outbound_.a\\0\"", 0, "", true, 2},
        {"\"::1%a\", \"::1%a\\0\"", 0, "", false, 2},
        {"\"::1%", 240 - 4, "\"", false, 1},
        {"\"::1%", 241 - 4, "\"", false, 0},
        {"\"::1%", 600, ".b\"", false, 0},
        {"\"outbound_", 240 - 9, "\"", true, 1},
        {"\"outbound_", 241 - 9, "\"", true, 0},
    };
    char letters[600], text[4096];
    memset(letters, 'z', sizeof(letters));
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        snprintf(
            text, sizeof(text),
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
            "metadata: {name: odd, namespace: ns}\nspec:\n  hosts: [%s%.*s%s]\n  gateways: [g]\n"
            "%s  http:\n  - route: [{destination: {host: x}}]\n",
            odd[i].head, odd[i].letters, letters, odd[i].end, odd[i].tls ? tls : "");
        corsac_input inputs[] = {input("a.yaml", VS("a", "a.com")), input("odd.yaml", text)};
        result r = run(inputs, 2, NULL);
        cr_expect_eq(r.summary.quarantined, odd[i].hosts == 0, "case %zu", i);
        serves_neighbour(&r, 1 + odd[i].hosts);
        done(&r);
    }
}

Test(compile, options_are_part_of_the_revision) // engine.h: equal images, equal revisions
{
    corsac_input one = input("a.yaml", VS("a", "a.com"));
    corsac_compile_options options = {.struct_size = sizeof(options),
                                      .image_options = CORSAC_OPTION_PREFLIGHT_204};
    result plain = run(&one, 1, NULL), extended = run(&one, 1, &options);
    corsac_str a = corsac_blob_bytes(plain.blob), b = corsac_blob_bytes(extended.blob);
    corsac_image *images[2];
    corsac_image_info infos[2];
    cr_assert_eq(corsac_image_open(&images[0], a.data, a.size, NULL, NULL), CORSAC_OK);
    cr_assert_eq(corsac_image_open(&images[1], b.data, b.size, NULL, NULL), CORSAC_OK);
    corsac_image_describe(images[0], &infos[0]);
    corsac_image_describe(images[1], &infos[1]);
    cr_expect_neq(infos[0].revision, infos[1].revision);
    corsac_image_free(images[0]);
    corsac_image_free(images[1]);
    done(&plain);
    done(&extended);
}

Test(compile, a_bad_document_loses_only_itself_unless_strict)
{
    corsac_input one = input("a.yaml", VS("a", "a.com") BAD_VS);
    corsac_compile_options options = {.struct_size = sizeof(options)};
    result r = run(&one, 1, &options);
    cr_expect_eq(r.status, CORSAC_OK);
    cr_expect_eq(r.summary.quarantined, 1);
    cr_expect_eq(r.summary.virtual_services, 1);
    cr_expect_gt(r.summary.errors, 0);
    cr_expect_not_null(r.blob);
    done(&r);
    options.flags = CORSAC_COMPILE_STRICT;
    r = run(&one, 1, &options);
    cr_expect_eq(r.status, CORSAC_E_SOURCE);
    cr_expect_null(r.blob);
    cr_expect_eq(r.summary.quarantined, 1, "the summary is filled on failure too");
    done(&r);
}

Test(compile, nothing_left_is_empty) // compile.h
{
    corsac_input one = input("a.yaml", BAD_VS);
    corsac_input foreign = input("b.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
    result r = run(&one, 1, NULL);
    cr_expect_eq(r.status, CORSAC_E_EMPTY);
    cr_expect_null(r.blob);
    done(&r);
    r = run(&foreign, 1, NULL);
    cr_expect_eq(r.status, CORSAC_E_EMPTY);
    cr_expect_eq(r.summary.skipped, 1);
    done(&r);
    r = run(NULL, 0, NULL);
    cr_expect_eq(r.status, CORSAC_E_EMPTY);
    done(&r);
}

Test(compile, check_only_makes_no_image) // compile.h
{
    corsac_input one = input("a.yaml", VS("a", "a.com"));
    corsac_compile_options options = {.struct_size = sizeof(options),
                                      .flags = CORSAC_COMPILE_CHECK_ONLY};
    result r = run(&one, 1, &options);
    cr_expect_eq(r.status, CORSAC_OK);
    cr_expect_null(r.blob);
    done(&r);
}

Test(compile, an_image_beyond_its_limit_is_refused)
{
    corsac_input one = input("a.yaml", VS("a", "a.com"));
    corsac_compile_options options = {.struct_size = sizeof(options), .max_image_bytes = 100};
    result r = run(&one, 1, &options);
    cr_expect_eq(r.status, CORSAC_E_LIMIT);
    cr_expect_null(r.blob);
    done(&r);
}

Test(compile, diagnostics_are_sorted_and_appended) // compile.h
{
    corsac_input inputs[2] = {input("b.yaml", BAD_VS), input("a.yaml", BAD_VS)};
    result r = run(inputs, 2, NULL);
    size_t count = corsac_diagnostics_count(r.diagnostics);
    cr_assert_geq(count, 2);
    for (size_t i = 1; i < count; i++)
        cr_expect_leq(memcmp(corsac_diagnostics_at(r.diagnostics, i - 1)->file.data,
                             corsac_diagnostics_at(r.diagnostics, i)->file.data, 6),
                      0);
    corsac_blob *blob;
    corsac_compile(&blob, inputs, 1, NULL, r.diagnostics, NULL);
    cr_expect_gt(corsac_diagnostics_count(r.diagnostics), count);
    cr_expect_eq(corsac_diagnostics_at(r.diagnostics, 0)->file.data[0], 'a');
    done(&r);
}

Test(compile, wrong_arguments_are_refused) // compile.h
{
    corsac_input one = input("a.yaml", VS("a", "a.com"));
    corsac_compile_options options = {.struct_size = 8};
    corsac_diagnostics *list;
    corsac_blob *blob = (corsac_blob *)&one;
    cr_assert_eq(corsac_diagnostics_new(&list), CORSAC_OK);
    cr_expect_eq(corsac_compile(NULL, &one, 1, NULL, list, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_compile(&blob, &one, 1, NULL, NULL, NULL), CORSAC_E_ARGUMENT);
    cr_expect_null(blob);
    cr_expect_eq(corsac_compile(&blob, NULL, 1, NULL, list, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_compile(&blob, &one, 1, &options, list, NULL), CORSAC_E_ARGUMENT);
    options = (corsac_compile_options){.struct_size = sizeof(options), .flags = 1u << 31};
    cr_expect_eq(corsac_compile(&blob, &one, 1, &options, list, NULL), CORSAC_E_ARGUMENT);
    options = (corsac_compile_options){.struct_size = sizeof(options), .image_options = 1u << 31};
    cr_expect_eq(corsac_compile(&blob, &one, 1, &options, list, NULL), CORSAC_E_ARGUMENT);
    options = (corsac_compile_options){.struct_size = sizeof(options), .regex_engine = 9};
    cr_expect_eq(corsac_compile(&blob, &one, 1, &options, list, NULL), CORSAC_E_ARGUMENT);
    corsac_input broken = {{NULL, 3}, {"", 0}};
    cr_expect_eq(corsac_compile(&blob, &broken, 1, NULL, list, NULL), CORSAC_E_ARGUMENT);
    cr_expect_null(corsac_blob_bytes(NULL).data);
    corsac_blob_free(NULL);
    corsac_diagnostics_free(list);
}

Test(compile, every_stage_has_a_text) // architecture
{
    corsac_input one = input("a.yaml", VS("a", "a.com"));
    corsac_diagnostics *list;
    cr_assert_eq(corsac_diagnostics_new(&list), CORSAC_OK);
    for (int stage = CORSAC_STAGE_READ; stage <= CORSAC_STAGE_LOWER; stage++) {
        corsac_blob *blob = NULL;
        cr_expect_eq(corsac_compile_dump(&blob, (corsac_stage)stage, &one, 1, NULL, list),
                     CORSAC_OK);
        cr_expect_gt(corsac_blob_bytes(blob).size, 20, "stage %d", stage);
        corsac_blob_free(blob);
    }
    corsac_blob *blob;
    cr_expect_eq(corsac_compile_dump(&blob, (corsac_stage)9, &one, 1, NULL, list),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_compile_dump(NULL, CORSAC_STAGE_READ, &one, 1, NULL, list),
                 CORSAC_E_ARGUMENT);
    corsac_diagnostics_free(list);
}
