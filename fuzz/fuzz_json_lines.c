// SPDX-License-Identifier: Apache-2.0
// Boundary: another program writes the lines of `eval --requests`.
// Property: a line is a request or a sentence says why not; every view lies inside memory that is ours; the
// same line is read the same way again, with reused memory; what is written back as JSON is one line.
#include "cli/json.h"
#include "cli/request.h"
#include "fuzz/fuzz_support.h"

#include <stdlib.h>
#include <string.h>

/* A sum over every byte that the request shows, so that a stray view is read. */
static uint64_t sum_of(const corsac_request *request)
{
    const corsac_str fields[] = {
        request->gateway,   request->scheme,         request->method,
        request->authority, request->path,           request->sni,
        request->origin,    request->request_method, request->request_headers};
    uint64_t sum = request->port;
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
        for (size_t i = 0; i < fields[f].size; i++)
            sum = sum * 31 + (unsigned char)fields[f].data[i];
    for (uint32_t h = 0; h < request->header_count; h++) {
        corsac_str name = request->headers[h].name, value = request->headers[h].value;
        for (size_t i = 0; i < name.size; i++)
            sum = sum * 31 + (unsigned char)name.data[i];
        for (size_t i = 0; i < value.size; i++)
            sum = sum * 31 + (unsigned char)value.data[i];
    }
    return sum;
}

static void write_back(const corsac_request *request, bool latin1)
{
    struct cli_buffer out = {0};
    cli_json_string(&out, request->path, latin1);
    cli_json_string_or_null(&out, request->origin, latin1);
    fuzz_require(out.size > 0 && !memchr(out.data, '\n', out.size), "one line");
    cli_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    if (!begun)
        cli_json_begin();
    begun = true;
    struct cli_request request = {0};
    const uint8_t *end = data + size;
    while (data < end) {
        const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
        stop = stop ? stop : end;
        corsac_str line = {(const char *)data, (size_t)(stop - data)};
        struct cli_buffer error = {0}, again_error = {0};
        bool first = cli_request_read(&request, line, &error);
        fuzz_require(first == (error.size == 0), "a request, or a sentence why not");
        uint64_t sum = first ? sum_of(&request.request) : 0;
        if (first)
            write_back(&request.request, request.latin1);
        bool again = cli_request_read(&request, line, &again_error);
        fuzz_require(first == again && (!again || sum == sum_of(&request.request)),
                     "the same again");
        cli_buffer_free(&error);
        cli_buffer_free(&again_error);
        data = stop + (stop < end);
    }
    cli_request_free(&request);
    return 0;
}
