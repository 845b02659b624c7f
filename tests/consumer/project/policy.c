// SPDX-License-Identifier: Apache-2.0
// A program that compiles a policy and asks it, both halves through one library. The regex needs
// Hyperscan's compiler on one side and its matcher on the other.
#include <corsac/compile.h>
#include <corsac/engine.h>

#include <stdio.h>
#include <string.h>

/* The controller of docs/embedding.md. */
#include "controller.inc"

static const char yaml[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: "
    "shop}\n"
    "spec:\n  hosts: [shop.example.com]\n  gateways: [edge]\n  http:\n"
    "  - route: [{destination: {host: shop}}]\n"
    "    corsPolicy:\n      allowOrigins:\n"
    "      - regex: 'https://([a-z]+-){1,40}[0-9]{2,30}(\\.[a-z]{2,9})+\\.example\\.com'\n";

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static corsac_image *compile(void)
{
    const corsac_input input = {str("shop.yaml"), str(yaml)};
    const corsac_compile_options options = {.struct_size = sizeof(options),
                                            .regex_engine = CORSAC_REGEX_HYPERSCAN};
    const corsac_image_options trusted = {.struct_size = sizeof(trusted),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    corsac_diagnostics *diagnostics;
    corsac_blob *blob = NULL;
    corsac_image *image = NULL;
    if (corsac_diagnostics_new(&diagnostics) != CORSAC_OK)
        return NULL;
    if (corsac_compile(&blob, &input, 1, &options, diagnostics, NULL) == CORSAC_OK)
        corsac_image_open(&image, corsac_blob_bytes(blob).data, corsac_blob_bytes(blob).size,
                          &trusted, NULL);
    corsac_blob_free(blob);
    corsac_diagnostics_free(diagnostics);
    return image;
}

static int is(corsac_reader *reader, const char *origin, uint32_t wanted)
{
    const corsac_request request = {.struct_size = sizeof(request),
                                    .authority = str("shop.example.com"),
                                    .path = str("/"),
                                    .origin = str(origin)};
    corsac_decision decision;
    corsac_status status = corsac_evaluate(&decision, reader, &request);
    printf("%s: %s %s\n", origin, corsac_status_name(status),
           corsac_outcome_name((corsac_outcome)decision.outcome));
    return status == CORSAC_OK && decision.outcome == wanted;
}

/* Adds the policy, lets another take its place, takes that away: nothing is left to compile, so the
 * last image stays. */
static int follow_changes(corsac_engine *engine, corsac_reader *reader)
{
    static const char *const origin = "https://a-b-42.eu.example.com";
    const corsac_str name = str("shop/v"), gone = {NULL, 0};
    char other[sizeof(yaml)];
    corsac_session *session;
    if (corsac_session_new(&session, NULL) != CORSAC_OK)
        return 0;
    memcpy(other, yaml, sizeof(yaml));
    memcpy(strstr(other, "example\\.com'"), "another", strlen("another"));
    int good =
        controller_change(session, name, str(yaml)) == CORSAC_OK &&
        controller_publish(session, engine) == 0 && is(reader, origin, CORSAC_OUTCOME_ALLOWED) &&
        controller_change(session, name, str(other)) == CORSAC_OK &&
        controller_publish(session, engine) == 0 && is(reader, origin, CORSAC_OUTCOME_DENIED) &&
        controller_change(session, name, gone) == CORSAC_OK &&
        controller_publish(session, engine) != 0 && is(reader, origin, CORSAC_OUTCOME_DENIED);
    corsac_session_free(session);
    return good;
}

int main(void)
{
    corsac_image *image = compile();
    corsac_engine *engine;
    corsac_reader *reader;
    if (image == NULL || corsac_engine_new(&engine, NULL) != CORSAC_OK ||
        corsac_engine_publish(engine, image) != CORSAC_OK ||
        corsac_reader_new(&reader, engine) != CORSAC_OK)
        return 2;
    corsac_image_info info;
    corsac_image_describe(image, &info);
    printf("%u of %u databases in use\n", (unsigned)info.database_loaded_count,
           (unsigned)info.database_count);
    int good = is(reader, "https://a-b-42.eu.example.com", CORSAC_OUTCOME_ALLOWED) &&
               is(reader, "https://a-b-42.eu.example.com.evil.org", CORSAC_OUTCOME_DENIED);
    good = good && follow_changes(engine, reader);
    corsac_reader_free(reader);
    corsac_engine_free(engine);
    return good && info.database_loaded_count == info.database_count ? 0 : 1;
}
