// SPDX-License-Identifier: Apache-2.0
// Boundary: an internet client writes request fields.
// Property: on a fixed, honest image every request has one outcome and only views into image and request.
#include "fuzz/fuzz_support.h"

#include <string.h>

static const char policy[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: t}\n"
    "spec:\n  hosts: [a.example.com, '*.b.example.com']\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /v1}, headers: {x-tenant: {regex: '[a-z]+'}}}, {uri: {regex: "
    "'/r/[0-9]+'}},"
    " {queryParams: {q: {exact: '1'}}, withoutHeaders: {cookie: {}}}]\n"
    "    route: [{destination: {host: a}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: 'https://a.com'}, {prefix: 'http://10.'}, {regex: "
    "'https://[a-z0-9-]+\\.c\\.com(:[0-9]+)?'}], allowMethods: ['*'], allowHeaders: ['*'], "
    "exposeHeaders: [x], maxAge: 1h, allowCredentials: true, unmatchedPreflights: IGNORE}\n"
    "  - route: [{destination: {host: a}}]\n"
    "    corsPolicy: {allowOrigins: [{regex: '.*\\.(a|b){3,9}\\.[^.]{2,}'}]}\n";

static corsac_reader *open_reader(void)
{
    corsac_diagnostics *list = NULL;
    corsac_blob *blob = NULL;
    corsac_input input = {{"policy.yaml", 11}, {policy, sizeof policy - 1}};
    fuzz_require(corsac_diagnostics_new(&list) == CORSAC_OK, "a list");
    fuzz_require(corsac_compile(&blob, &input, 1, NULL, list, NULL) == CORSAC_OK, "compiles");
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image = NULL;
    corsac_image_options options = {.struct_size = sizeof options, .flags = CORSAC_IMAGE_TRUSTED};
    fuzz_require(corsac_image_open(&image, bytes.data, bytes.size, &options, NULL) == CORSAC_OK,
                 "opens");
    corsac_blob_free(blob);
    corsac_diagnostics_free(list);
    corsac_reader *reader = NULL;
    fuzz_engine(image, &reader); /* lives as long as the process: every input uses the same image */
    return reader;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static corsac_reader *reader;
    if (!reader)
        reader = open_reader();
    while (size)
        fuzz_evaluate(reader, &data, &size);
    return 0;
}
