// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_require(int holds, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "property broken: %s\n", property);
    abort();
}

corsac_str fuzz_take(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return (corsac_str){NULL, 0};
    size_t length = **data;
    (*data)++;
    (*size)--;
    if (length > *size)
        length = *size;
    corsac_str field = {(const char *)*data, length};
    *data += length;
    *size -= length;
    return field;
}

static void touch(corsac_str text)
{
    volatile unsigned char sum = 0; /* reading every byte is the point: ASan sees a stray view */
    for (size_t i = 0; i < text.size; i++)
        sum = (unsigned char)(sum + (unsigned char)text.data[i]);
}

static void require_decision(const corsac_decision *decision, corsac_status status)
{
    fuzz_require((status == CORSAC_OK) == (decision->outcome != CORSAC_OUTCOME_NONE),
                 "an outcome exactly when the status is OK");
    fuzz_require(decision->outcome <= CORSAC_OUTCOME_DENIED, "outcome in range");
    fuzz_require(decision->set_count <= CORSAC_MAX_SET_HEADERS, "set_count in range");
    int allows = decision->outcome == CORSAC_OUTCOME_ALLOWED ||
                 decision->outcome == CORSAC_OUTCOME_PREFLIGHT_ALLOWED;
    for (uint32_t i = 0; i < decision->set_count; i++) {
        touch(decision->set[i].name);
        touch(decision->set[i].value);
        static const char allow_origin[] = "access-control-allow-origin";
        if (decision->set[i].name.size == sizeof allow_origin - 1 &&
            memcmp(decision->set[i].name.data, allow_origin, sizeof allow_origin - 1) == 0)
            fuzz_require(allows, "allow-origin only on an allowing outcome");
    }
}

void fuzz_evaluate(corsac_reader *reader, const uint8_t **data, size_t *size)
{
    const corsac_image *image = corsac_reader_image(reader);
    corsac_endpoint endpoint = {0};
    corsac_request request = {.struct_size = sizeof request};
    uint32_t choice = *size ? **data : 0;
    if (image) {
        corsac_image_info info;
        corsac_image_describe(image, &info);
        if (info.endpoint_count &&
            corsac_image_endpoint(image, choice % info.endpoint_count, &endpoint) == CORSAC_OK) {
            request.gateway = endpoint.gateway;
            request.port = endpoint.port;
        }
    }
    request.authority = fuzz_take(data, size);
    request.path = fuzz_take(data, size);
    request.method = fuzz_take(data, size);
    request.origin = fuzz_take(data, size);
    request.request_method = fuzz_take(data, size);
    request.request_headers = fuzz_take(data, size);
    corsac_header headers[4];
    while (*size && request.header_count < 4) {
        headers[request.header_count].name = fuzz_take(data, size);
        headers[request.header_count].value = fuzz_take(data, size);
        request.header_count++;
    }
    request.headers = headers;
    corsac_decision decision;
    corsac_status status = corsac_evaluate(&decision, reader, &request);
    require_decision(&decision, status);
    if (status != CORSAC_OK)
        return;
    char buffer[256];
    corsac_str matched;
    corsac_status found =
        corsac_decision_matched(reader, &decision, request.origin, buffer, sizeof buffer, &matched);
    fuzz_require(found == CORSAC_OK || found == CORSAC_E_LIMIT, "the matcher can be asked for");
    touch(matched);
    corsac_route_info route;
    if (decision.route != CORSAC_NONE)
        fuzz_require(corsac_image_route(corsac_reader_image(reader), decision.route, &route) ==
                         CORSAC_OK,
                     "a chosen route has a source");
}

corsac_engine *fuzz_engine(corsac_image *image, corsac_reader **reader)
{
    corsac_engine *engine = NULL;
    corsac_engine_options options = {.struct_size = sizeof options, .max_readers = 1};
    fuzz_require(corsac_engine_new(&engine, &options) == CORSAC_OK, "an engine");
    fuzz_require(corsac_engine_publish(engine, image) == CORSAC_OK, "publish");
    fuzz_require(corsac_reader_new(reader, engine) == CORSAC_OK, "a reader");
    return engine;
}
