// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char world_gateway[] = "apiVersion: networking.istio.io/v1\n"
                             "kind: Gateway\n"
                             "metadata: {name: g, namespace: default}\n"
                             "spec:\n"
                             "  servers:\n"
                             "  - port: {number: 80, name: http, protocol: HTTP}\n"
                             "    hosts: [\"*\"]\n"
                             "---\n";

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static void show_findings(const corsac_diagnostics *list)
{
    for (size_t i = 0; i < corsac_diagnostics_count(list); i++) {
        const corsac_diagnostic *d = corsac_diagnostics_at(list, i);
        fprintf(stderr, "%u:%u %s %.*s\n", d->line, d->column, d->code, (int)d->message.size,
                d->message.data);
    }
}

corsac_blob *world_compile(const char *yaml, uint32_t image_options)
{
    corsac_compile_options options = {.struct_size = sizeof(options),
                                      .image_options = image_options};
    corsac_compile_summary summary;
    corsac_diagnostics *diagnostics;
    corsac_blob *blob = NULL;
    corsac_input input = {str("test.yaml"), str(yaml)};
    cr_assert_eq(corsac_diagnostics_new(&diagnostics), CORSAC_OK);
    corsac_status status = corsac_compile(&blob, &input, 1, &options, diagnostics, &summary);
    if (status != CORSAC_OK || summary.quarantined > 0)
        show_findings(diagnostics);
    cr_assert_eq(status, CORSAC_OK, "compile: %s", corsac_status_name(status));
    cr_assert_eq(summary.quarantined, 0);
    corsac_diagnostics_free(diagnostics);
    return blob;
}

world *world_new(const char *yaml, uint32_t image_options)
{
    world *w = calloc(1, sizeof(*w));
    cr_assert_not_null(w);
    w->blob = world_compile(yaml, image_options);
    corsac_str bytes = corsac_blob_bytes(w->blob);
    corsac_image *image;
    corsac_error error;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, &error), CORSAC_OK, "%s",
                 error.message);
    cr_assert_eq(corsac_engine_new(&w->engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(w->engine, image), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&w->reader, w->engine), CORSAC_OK);
    return w;
}

void world_free(world *w)
{
    corsac_reader_free(w->reader);
    corsac_engine_free(w->engine);
    corsac_blob_free(w->blob);
    free(w);
}

world *world_with_rule(const char *rule, uint32_t image_options)
{
    char yaml[16384];
    int size = snprintf(yaml, sizeof(yaml),
                        "%sapiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                        "metadata: {name: v, namespace: default}\n"
                        "spec:\n  hosts: [\"*\"]\n  gateways: [g]\n  http:\n%s",
                        world_gateway, rule);
    cr_assert(size > 0 && (size_t)size < sizeof(yaml));
    return world_new(yaml, image_options);
}

world *world_with_policy(const char *fields, uint32_t image_options)
{
    char rule[8192];
    int size = snprintf(rule, sizeof(rule),
                        "  - route: [{destination: {host: x}}]\n    corsPolicy:\n%s", fields);
    cr_assert(size > 0 && (size_t)size < sizeof(rule));
    return world_with_rule(rule, image_options);
}

/* ---- asking ------------------------------------------------------------------------------- */

enum { MAX_LINES = 16 };

typedef struct question {
    corsac_request request;
    char parts[3][8192];
    corsac_header lines[MAX_LINES];
} question;

/* C-5: the caller of the API joins these three. */
static void join(corsac_str *field, char *buffer, const char *value)
{
    if (field->data == NULL || field->size == 0)
        strcpy(buffer, value);
    else if (value[0] != '\0')
        strcat(strcat(buffer, ","), value);
    *field = str(buffer);
}

static void add_line(world *w, question *q, const char *line)
{
    const char *colon = strchr(line + 1, ':');
    cr_assert_not_null(colon, "a header line needs a colon: %s", line);
    const char *value = colon + (colon[1] == ' ' ? 2 : 1);
    size_t size = (size_t)(colon - line);
    if (size == 6 && strncasecmp(line, "origin", size) == 0)
        join(&q->request.origin, w->joined[0], value);
    else if (size == 29 && strncasecmp(line, "access-control-request-method", size) == 0)
        join(&q->request.request_method, w->joined[1], value);
    else if (size == 30 && strncasecmp(line, "access-control-request-headers", size) == 0)
        join(&q->request.request_headers, w->joined[2], value);
    else if (strncmp(line, ":scheme", 7) == 0)
        q->request.scheme = str(value);
    else if (strncmp(line, ":sni", 4) == 0)
        q->request.sni = str(value);
    else if (strncmp(line, ":gateway", 8) == 0)
        q->request.gateway = str(value);
    else if (strncmp(line, ":port", 5) == 0)
        q->request.port = (uint32_t)atoi(value);
    else
        q->lines[q->request.header_count++] = (corsac_header){{line, size}, str(value)};
}

static void append(world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(world *w, const char *format, ...)
{
    size_t used = strlen(w->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(w->text + used, sizeof(w->text) - used, format, arguments);
    va_end(arguments);
}

static const char *show(world *w)
{
    const corsac_decision *d = &w->decision;
    w->text[0] = '\0';
    if (w->status != CORSAC_OK)
        return corsac_status_name(w->status);
    append(w, "%s %s", corsac_outcome_name((corsac_outcome)d->outcome),
           corsac_reason_name((corsac_reason)d->reason));
    if (d->reply_status)
        append(w, " %u", d->reply_status);
    for (uint32_t i = 0; i < d->set_count; i++)
        append(w, " %.*s=%.*s", (int)d->set[i].name.size, d->set[i].name.data,
               (int)d->set[i].value.size, d->set[i].value.data);
    append(w, "%s%s", d->append_vary ? " +vary" : "", d->strip_count ? " +strip" : "");
    return w->text;
}

const char *world_ask(world *w, const char *line, ...)
{
    question q = {.request = {.struct_size = sizeof(corsac_request)}};
    cr_assert_eq(sscanf(line, "%8191s %8191s %8191s", q.parts[0], q.parts[1], q.parts[2]), 3);
    q.request.method = str(q.parts[0]);
    if (strcmp(q.parts[1], "-") != 0)
        q.request.authority = str(q.parts[1]);
    if (strcmp(q.parts[2], "-") != 0)
        q.request.path = str(q.parts[2]);
    q.request.headers = q.lines;
    va_list lines;
    va_start(lines, line);
    for (const char *next; (next = va_arg(lines, const char *)) != NULL;)
        add_line(w, &q, next);
    va_end(lines);
    w->status = corsac_evaluate(&w->decision, w->reader, &q.request);
    return show(w);
}
