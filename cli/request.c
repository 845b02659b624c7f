// SPDX-License-Identifier: Apache-2.0
// JSON object or flags -> request. All bytes are copied into one buffer first and the views are
// made at the end, since the buffer moves while it grows: until then a view holds an offset.
#include "cli/request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- building --------------------------------------------------------------------------- */

/* A view whose data is offset + 1 while the buffer still grows; NULL stays "absent". */
static corsac_str pending(size_t offset, size_t size)
{
    return (corsac_str){(const char *)(uintptr_t)(offset + 1), size};
}

static void settle(const struct cli_request *out, corsac_str *view)
{
    if (view->data != NULL)
        view->data = out->bytes.data + ((uintptr_t)view->data - 1);
}

static void settle_all(struct cli_request *out)
{
    corsac_request *request = &out->request;
    corsac_str *views[] = {
        &request->gateway,   &request->scheme,         &request->method,
        &request->authority, &request->path,           &request->sni,
        &request->origin,    &request->request_method, &request->request_headers};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        settle(out, views[i]);
    for (uint32_t i = 0; i < request->header_count; i++) {
        settle(out, &out->headers[i].name);
        settle(out, &out->headers[i].value);
    }
    for (uint32_t i = 0; i < request->claim_count; i++) {
        settle(out, &out->claims[i].path);
        settle(out, &out->claims[i].value);
    }
    request->headers = out->headers;
    request->claims = out->claims;
}

static void reset(struct cli_request *out)
{
    out->request = (corsac_request){.struct_size = sizeof(out->request)};
    out->latin1 = false;
    out->id.size = 0;
    out->bytes.size = 0;
    cli_buffer_add(&out->bytes, "", 0);
}

static corsac_str *joined_field(corsac_request *request, corsac_str name)
{
    static const char *const NAMES[] = {"origin", "access-control-request-method",
                                        "access-control-request-headers"};
    corsac_str *fields[] = {&request->origin, &request->request_method, &request->request_headers};
    for (size_t i = 0; i < 3; i++)
        if (name.size == strlen(NAMES[i]) && strncasecmp(name.data, NAMES[i], name.size) == 0)
            return fields[i];
    return NULL;
}

/* C-5: an empty later value adds nothing; a comma only after something non-empty. */
static void join(struct cli_request *out, corsac_str *field, corsac_str value)
{
    if (field->data != NULL && value.size == 0)
        return;
    size_t offset = out->bytes.size;
    if (field->data != NULL && field->size > 0) {
        char *earlier = cli_allocate(field->size, 1);
        memcpy(earlier, out->bytes.data + ((uintptr_t)field->data - 1), field->size);
        cli_buffer_add(&out->bytes, earlier, field->size);
        cli_buffer_text(&out->bytes, ",");
        free(earlier);
    }
    cli_buffer_str(&out->bytes, value);
    *field = pending(offset, out->bytes.size - offset);
}

static corsac_str keep(struct cli_request *out, corsac_str value)
{
    size_t offset = out->bytes.size;
    cli_buffer_str(&out->bytes, value);
    return pending(offset, value.size);
}

static void add_header(struct cli_request *out, corsac_str name, corsac_str value)
{
    corsac_str *field = joined_field(&out->request, name);
    if (field != NULL) {
        join(out, field, value);
        return;
    }
    uint32_t count = out->request.header_count;
    out->headers = cli_grow(out->headers, count, &out->header_capacity, sizeof(*out->headers));
    out->headers[count].name = keep(out, name);
    out->headers[count].value = keep(out, value);
    out->request.header_count++;
}

static void add_claim(struct cli_request *out, corsac_str path, corsac_str value)
{
    uint32_t count = out->request.claim_count;
    out->claims = cli_grow(out->claims, count, &out->claim_capacity, sizeof(*out->claims));
    out->claims[count].path = keep(out, path);
    out->claims[count].value = keep(out, value);
    out->request.claim_count++;
}

/* ---- the raw text of "id" --------------------------------------------------------------- */

static size_t skip_string(corsac_str line, size_t at)
{
    for (at++; at < line.size && line.data[at] != '"'; at++)
        at += line.data[at] == '\\';
    return at < line.size ? at + 1 : line.size;
}

static size_t skip_value(corsac_str line, size_t at)
{
    int depth = 0;
    while (at < line.size) {
        char c = line.data[at];
        if (c == '"') {
            at = skip_string(line, at);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && depth-- == 0)
            break;
        if (c == ',' && depth == 0)
            break;
        at++;
    }
    return at;
}

static size_t skip_blanks(corsac_str line, size_t at)
{
    while (at < line.size && strchr(" \t\r\n", line.data[at]) != NULL && line.data[at] != '\0')
        at++;
    return at;
}

/* Echoes the value as it was written: a number keeps its digits, however many. */
static void find_id(corsac_str line, struct cli_buffer *id)
{
    size_t at = skip_blanks(line, 0);
    if (at >= line.size || line.data[at] != '{')
        return;
    at++;
    while ((at = skip_blanks(line, at)) < line.size && line.data[at] == '"') {
        size_t key = at, key_end = skip_string(line, at);
        at = skip_blanks(line, key_end);
        if (at >= line.size || line.data[at] != ':')
            return;
        size_t value = skip_blanks(line, at + 1);
        size_t value_end = skip_value(line, value);
        at = value_end;
        while (value_end > value && strchr(" \t\r", line.data[value_end - 1]) != NULL)
            value_end--;
        if (key_end - key == 4 && memcmp(line.data + key, "\"id\"", 4) == 0) {
            cli_buffer_add(id, line.data + value, value_end - value);
            return;
        }
        at += at < line.size && line.data[at] == ',';
    }
}

static void read_id(struct cli_request *out, corsac_str line)
{
    find_id(line, &out->id);
    if (out->id.size == 0)
        return;
    json_error_t ignored;
    json_t *value =
        json_loadb(out->id.data, out->id.size,
                   JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &ignored);
    if (value == NULL)
        out->id.size = 0; /* not JSON by itself: echoing it would break the answer */
    json_decref(value);
}

/* ---- JSON members ----------------------------------------------------------------------- */

/* One byte for each code point up to U+00FF; false beyond. */
static bool to_latin1(struct cli_buffer *out, corsac_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char lead = (unsigned char)text.data[i];
        char byte = (char)lead;
        if (lead >= 0x80) {
            if (lead > 0xC3 || i + 1 >= text.size)
                return false;
            byte = (char)((lead & 3) << 6 | ((unsigned char)text.data[++i] & 0x3F));
        }
        cli_buffer_add(out, &byte, 1);
    }
    return true;
}

struct reader {
    struct cli_request *out;
    struct cli_buffer *error;
    struct cli_buffer scratch, second; /* two texts under the latin1 rule at a time */
};

static bool refuse(struct reader *reader, const char *member, const char *what)
{
    cli_buffer_format(reader->error, "\"%s\" %s", member, what);
    return false;
}

static bool take_text(struct reader *reader, struct cli_buffer *scratch, const char *member,
                      const json_t *value, corsac_str *text)
{
    if (!json_is_string(value))
        return refuse(reader, member, "must be a string");
    *text = (corsac_str){json_string_value(value), json_string_length(value)};
    if (!reader->out->latin1)
        return true;
    scratch->size = 0;
    cli_buffer_add(scratch, "", 0);
    if (!to_latin1(scratch, *text))
        return refuse(reader, member, "has a character above U+00FF under \"latin1\"");
    *text = (corsac_str){scratch->data, scratch->size};
    return true;
}

static bool read_text(struct reader *reader, const json_t *line, const char *member, bool required,
                      corsac_str *field)
{
    const json_t *value = json_object_get(line, member);
    if (value == NULL || json_is_null(value))
        return required ? refuse(reader, member, "is missing") : true;
    corsac_str text;
    if (!take_text(reader, &reader->scratch, member, value, &text))
        return false;
    *field = keep(reader->out, text);
    return true;
}

static bool read_port(struct reader *reader, const json_t *line)
{
    const json_t *value = json_object_get(line, "port");
    if (value == NULL || json_is_null(value))
        return true;
    double port = json_number_value(value);
    if (!(port >= 1 && port <= 65535) || port != (double)(uint32_t)port)
        return refuse(reader, "port", "must be a number from 1 to 65535");
    reader->out->request.port = (uint32_t)port;
    return true;
}

static bool read_headers(struct reader *reader, const json_t *line)
{
    const json_t *list = json_object_get(line, "headers");
    if (list == NULL || json_is_null(list))
        return true;
    if (!json_is_array(list))
        return refuse(reader, "headers", "must be a list of [name, value] pairs");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        corsac_str name, value;
        if (!json_is_array(pair) || json_array_size(pair) != 2)
            return refuse(reader, "headers", "must be a list of [name, value] pairs");
        if (!take_text(reader, &reader->scratch, "headers", json_array_get(pair, 0), &name) ||
            !take_text(reader, &reader->second, "headers", json_array_get(pair, 1), &value))
            return false;
        if (name.size == 0)
            return refuse(reader, "headers", "has a header without a name");
        add_header(reader->out, name, value);
    }
    return true;
}

static bool read_claim_path(struct reader *reader, const json_t *segments, struct cli_buffer *path)
{
    if (!json_is_array(segments) || json_array_size(segments) == 0)
        return refuse(reader, "claims", "must be a list of [[segment, ...], value] pairs");
    for (size_t i = 0; i < json_array_size(segments); i++) {
        corsac_str segment;
        if (!take_text(reader, &reader->scratch, "claims", json_array_get(segments, i), &segment))
            return false;
        if (i > 0)
            cli_buffer_add(path, "", 1); /* one zero byte between segments */
        cli_buffer_str(path, segment);
    }
    return true;
}

static bool read_claims(struct reader *reader, const json_t *line)
{
    const json_t *list = json_object_get(line, "claims");
    if (list == NULL || json_is_null(list))
        return true;
    if (!json_is_array(list))
        return refuse(reader, "claims", "must be a list of [[segment, ...], value] pairs");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        struct cli_buffer path = {0};
        corsac_str value = {0};
        bool fine = read_claim_path(reader, json_array_get(pair, 0), &path) &&
                    take_text(reader, &reader->second, "claims", json_array_get(pair, 1), &value);
        if (fine)
            add_claim(reader->out, (corsac_str){path.data, path.size}, value);
        cli_buffer_free(&path);
        if (!fine)
            return false;
    }
    return true;
}

static bool read_latin1(struct reader *reader, const json_t *line)
{
    const json_t *value = json_object_get(line, "latin1");
    if (value != NULL && !json_is_boolean(value) && !json_is_null(value))
        return refuse(reader, "latin1", "must be true or false");
    reader->out->latin1 = json_is_true(value);
    return true;
}

static bool read_members(struct reader *reader, const json_t *line)
{
    corsac_request *request = &reader->out->request;
    return read_latin1(reader, line) &&
           read_text(reader, line, "gateway", false, &request->gateway) &&
           read_port(reader, line) && read_text(reader, line, "scheme", false, &request->scheme) &&
           read_text(reader, line, "method", false, &request->method) &&
           read_text(reader, line, "authority", true, &request->authority) &&
           read_text(reader, line, "path", true, &request->path) &&
           read_text(reader, line, "sni", false, &request->sni) && read_headers(reader, line) &&
           read_claims(reader, line);
}

bool cli_request_read(struct cli_request *out, corsac_str line, struct cli_buffer *error)
{
    reset(out);
    read_id(out, line);
    json_error_t problem;
    /* integers as doubles: an "id" beyond 64 bits is no reason to refuse a line */
    json_t *root = json_loadb(line.data, line.size,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
                                  JSON_DECODE_INT_AS_REAL,
                              &problem);
    if (root == NULL || !json_is_object(root)) {
        cli_buffer_text(error, root != NULL ? "not a JSON object" : "not JSON: ");
        if (root == NULL)
            cli_buffer_text(error, problem.text);
        json_decref(root);
        return false;
    }
    struct reader reader = {.out = out, .error = error};
    bool fine = read_members(&reader, root);
    cli_buffer_free(&reader.scratch);
    cli_buffer_free(&reader.second);
    json_decref(root);
    settle_all(out);
    return fine;
}

/* ---- flags ------------------------------------------------------------------------------ */

static void keep_flag(struct cli_request *out, corsac_str *field, const char *value)
{
    if (value != NULL)
        *field = keep(out, cli_str(value));
}

/* "Name: value": one blank after the colon belongs to the notation, the rest to the value. */
static bool flag_header(struct cli_request *out, const char *text)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text) {
        cli_message("--header '%s': expected 'Name: value'", text);
        return false;
    }
    const char *value = colon + 1 + (colon[1] == ' ');
    add_header(out, (corsac_str){text, (size_t)(colon - text)}, cli_str(value));
    return true;
}

static bool flag_claim(struct cli_request *out, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        cli_message("--claim '%s': expected PATH=VALUE", text);
        return false;
    }
    struct cli_buffer path = {0};
    cli_buffer_add(&path, text, (size_t)(equals - text));
    for (size_t i = 0; i < path.size; i++)
        if (path.data[i] == '.')
            path.data[i] = '\0';
    add_claim(out, (corsac_str){path.data, path.size}, cli_str(equals + 1));
    cli_buffer_free(&path);
    return true;
}

static bool flag_preflight(struct cli_request *out, const struct cli_settings *settings)
{
    const char *asked = settings->request_method;
    if (settings->preflight && settings->method != NULL &&
        strcmp(settings->method, "OPTIONS") != 0) {
        cli_message("--preflight sends OPTIONS; the method to ask for is --request-method");
        return false;
    }
    keep_flag(out, &out->request.method, settings->preflight ? "OPTIONS" : settings->method);
    if (asked == NULL && settings->preflight)
        asked = "GET";
    if (asked != NULL)
        add_header(out, cli_str("access-control-request-method"), cli_str(asked));
    if (settings->request_headers != NULL)
        add_header(out, cli_str("access-control-request-headers"),
                   cli_str(settings->request_headers));
    return true;
}

/* Whether JSON can hold the text as it is. */
static bool is_utf8(corsac_str text)
{
    if (text.size == 0)
        return true;
    json_t *string = json_stringn(text.data, text.size);
    json_decref(string);
    return string != NULL;
}

bool cli_request_from_flags(struct cli_request *out, const struct cli_settings *settings)
{
    reset(out);
    corsac_request *request = &out->request;
    if (settings->host == NULL || settings->path == NULL) {
        cli_message("--host and --path are needed, or --requests FILE");
        return false;
    }
    keep_flag(out, &request->gateway, settings->gateway);
    keep_flag(out, &request->scheme, settings->scheme);
    keep_flag(out, &request->authority, settings->host);
    keep_flag(out, &request->path, settings->path);
    keep_flag(out, &request->sni, settings->sni);
    request->port = settings->port;
    if (settings->origin != NULL)
        add_header(out, cli_str("origin"), cli_str(settings->origin));
    if (!flag_preflight(out, settings))
        return false;
    for (size_t i = 0; i < settings->headers.count; i++)
        if (!flag_header(out, settings->headers.items[i]))
            return false;
    for (size_t i = 0; i < settings->claims.count; i++)
        if (!flag_claim(out, settings->claims.items[i]))
            return false;
    settle_all(out);
    /* what an answer may echo */
    out->latin1 = !is_utf8(request->origin) || !is_utf8(request->request_method) ||
                  !is_utf8(request->request_headers);
    return true;
}

void cli_request_free(struct cli_request *request)
{
    cli_buffer_free(&request->id);
    cli_buffer_free(&request->bytes);
    free(request->headers);
    free(request->claims);
    *request = (struct cli_request){0};
}
