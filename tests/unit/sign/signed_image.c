// SPDX-License-Identifier: Apache-2.0
#include "signed_image.h"

#include "../engine/world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Regexes that only Hyperscan's database or an automaton can serve. */
static const char POLICY[] = "---\n"
                             "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                             "metadata: {name: v}\nspec:\n  hosts: ['*']\n  gateways: [g]\n"
                             "  http:\n  - route: [{destination: {host: x}}]\n"
                             "    corsPolicy:\n      allowOrigins:\n"
                             "      - regex: 'https://(a+b|b+a)*c[0-9]+\\.example\\.com'\n"
                             "      - regex: 'https://[a-z]+(x|yz)+[0-9]{3,}\\.example\\.org'\n";

static corsac_blob *compile(const char *yaml)
{
    const corsac_compile_options options = {.struct_size = sizeof(options),
                                            .regex_engine = CORSAC_REGEX_HYPERSCAN};
    const corsac_input input = {{"world.yaml", 10}, {yaml, strlen(yaml)}};
    corsac_diagnostics *findings;
    corsac_blob *blob;
    cr_assert_eq(corsac_diagnostics_new(&findings), CORSAC_OK);
    cr_assert_eq(corsac_compile(&blob, &input, 1, &options, findings, NULL), CORSAC_OK);
    corsac_diagnostics_free(findings);
    return blob;
}

signed_image *signed_image_new(void)
{
    char yaml[2048];
    signed_image *s = calloc(1, sizeof(*s));
    cr_assert_not_null(s);
    snprintf(yaml, sizeof(yaml), "%s%s", world_gateway, POLICY);
    corsac_blob *blob = compile(yaml);
    corsac_str image = corsac_blob_bytes(blob);
    s->bytes = malloc(image.size);
    cr_assert_not_null(s->bytes);
    memcpy(s->bytes, image.data, image.size);
    s->size = image.size;
    corsac_blob_free(blob);
    for (int i = 0; i < 2; i++) {
        memset(s->secrets[i].seed, 0x11 * (i + 1), sizeof(s->secrets[i].seed));
        cr_assert_eq(corsac_sign_key_public(&s->keys[i], &s->secrets[i]), CORSAC_OK);
    }
    cr_assert_eq(corsac_sign_image(&s->signature, s->bytes, s->size, &s->secrets[0], 7), CORSAC_OK);
    s->trust =
        (corsac_sign_trust){.struct_size = sizeof(s->trust), .keys = &s->keys[0], .key_count = 1};
    corsac_image *opened;
    corsac_image_info info;
    cr_assert_eq(corsac_image_open(&opened, s->bytes, s->size, NULL, NULL), CORSAC_OK);
    corsac_image_describe(opened, &info);
    s->revision = info.revision;
    s->database_count = info.database_count;
    corsac_image_free(opened);
    return s;
}

void signed_image_free(signed_image *s)
{
    free(s->bytes);
    free(s);
}

corsac_status signed_image_verify(const signed_image *s)
{
    corsac_error error = {{0}};
    corsac_status status = corsac_sign_verify(s->bytes, s->size, s->signature.bytes,
                                              sizeof(s->signature.bytes), &s->trust, NULL, &error);
    cr_assert_eq(status == CORSAC_OK, error.message[0] == '\0');
    return status;
}
