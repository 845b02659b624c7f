// SPDX-License-Identifier: Apache-2.0
// The parser of request tables: one line after the other, each line recognised by how it begins.
#include "case_file.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum part { BEFORE_ROWS, REQUEST_LINE, REQUEST, EXPECTATION };

static void fail(case_file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fail(case_file *file, const char *format, ...)
{
    char message[256];
    va_list args;
    if (file->error)
        return;
    int size = snprintf(message, sizeof(message), "line %u: ", file->line);
    va_start(args, format);
    vsnprintf(message + size, sizeof(message) - (size_t)size, format, args);
    va_end(args);
    file->error = strdup(message);
}

/* ---- text ----------------------------------------------------------------------------------- */

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}

/* Cuts the first word off and returns the trimmed rest. */
static char *after_word(char *text)
{
    while (*text && !isspace((unsigned char)*text))
        text++;
    if (*text)
        *text++ = '\0';
    return trim(text);
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef", *found = c ? strchr(digits, tolower(c)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Memory that lives as long as the table. */
static char *keep(case_file *file, size_t size)
{
    char *memory = calloc(1, size + 1);
    char **owned = realloc(file->owned, (file->owned_count + 1) * sizeof(*owned));
    if (!memory || !owned)
        abort();
    file->owned = owned;
    owned[file->owned_count++] = memory;
    return memory;
}

/* A value with \xNN for any byte and \s for a blank that trimming would lose; decoded in place. */
static corsac_str unescape(char *text)
{
    size_t size = 0;
    for (char *c = text; *c; c++) {
        if (c[0] == '\\' && c[1] == 'x' && hex_value(c[2]) >= 0 && hex_value(c[3]) >= 0) {
            text[size++] = (char)(hex_value(c[2]) * 16 + hex_value(c[3]));
            c += 3;
        } else if (c[0] == '\\' && c[1] == 's') {
            text[size++] = ' ';
            c++;
        } else {
            text[size++] = *c;
        }
    }
    return (corsac_str){text, size};
}

static bool equals(corsac_str a, const char *b)
{
    return a.size == strlen(b) && strncasecmp(a.data, b, a.size) == 0;
}

/* ---- parameters before the first row -------------------------------------------------------- */

static corsac_str_list split_list(case_file *file, int which, char *text)
{
    corsac_str_list list = {file->lists[which], 0};
    for (char *item = strtok(text, ", "); item; item = strtok(NULL, ", ")) {
        if (list.count == CASE_MAX_ITEMS) {
            fail(file, "too many items");
            break;
        }
        file->lists[which][list.count++] = (corsac_str){item, strlen(item)};
    }
    return list;
}

static void set_option(case_file *file, const char *name)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } options[] = {{"vary-origin", CORSAC_OPTION_VARY_ORIGIN},
                   {"strip-denied", CORSAC_OPTION_STRIP_DENIED},
                   {"preflight-204", CORSAC_OPTION_PREFLIGHT_204},
                   {"enforce-methods", CORSAC_OPTION_ENFORCE_METHODS},
                   {"enforce-headers", CORSAC_OPTION_ENFORCE_HEADERS},
                   {"header-match=joined", CORSAC_OPTION_HEADER_MATCH_JOINED},
                   {"expose-on-preflight=no", CORSAC_OPTION_NO_EXPOSE_PREFLIGHT},
                   {"path-normalization=base", CORSAC_OPTION_NORMALIZE_PATH_BASE},
                   {"regex-mode=utf8", CORSAC_OPTION_REGEX_UTF8}};
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        if (strcmp(name, options[i].name) == 0) {
            file->options.image_options |= options[i].bit;
            return;
        }
    }
    fail(file, "unknown option %s", name);
}

static void parameter(case_file *file, char *line)
{
    char *value = after_word(line);
    corsac_str text = {value, strlen(value)};
    if (strcmp(line, "@option") == 0)
        set_option(file, value);
    else if (strcmp(line, "@gateway-namespace") == 0)
        file->options.gateway_namespace = text;
    else if (strcmp(line, "@namespace") == 0)
        file->options.default_namespace = text;
    else if (strcmp(line, "@cluster-domain") == 0)
        file->options.cluster_domain = text;
    else if (strcmp(line, "@gateway-labels") == 0)
        file->options.gateway_labels = split_list(file, 0, value);
    else if (strcmp(line, "@gateways") == 0)
        file->options.gateways = split_list(file, 1, value);
    else if (strcmp(line, "@default-export-to") == 0)
        file->options.default_export_to = split_list(file, 2, value);
    else if (strcmp(line, "@scope-gateway-to-namespace") == 0)
        file->options.scope_gateway_to_namespace = 1;
    else if (strcmp(line, "@quarantined") == 0)
        file->quarantined = atoi(value);
    else
        fail(file, "unknown parameter %s", line);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static bool is_clause(const char *word)
{
    return strchr("DVHRMLPCX", word[0]) && word[1] == '-' && isdigit((unsigned char)word[2]);
}

/* "== C-12 C-15: what the row shows" */
static case_row *begin_row(case_file *file, char *line)
{
    if (file->row_count == file->row_capacity) {
        file->row_capacity = file->row_capacity ? 2 * file->row_capacity : 16;
        case_row *rows = realloc(file->rows, file->row_capacity * sizeof(*rows));
        if (!rows)
            abort();
        file->rows = rows;
    }
    case_row *row = &file->rows[file->row_count++];
    memset(row, 0, sizeof(*row));
    row->line = file->line;
    row->request.struct_size = sizeof(row->request);
    row->reply_status = -1;
    char *colon = strchr(line, ':');
    row->clauses = trim(line + 2);
    if (!colon || !is_clause(row->clauses)) {
        fail(file, "a row begins with == CLAUSE...: title");
        return row;
    }
    *colon = '\0';
    row->clauses = trim(row->clauses);
    row->title = trim(colon + 1);
    return row;
}

/* "GET http://host/path?query": the scheme may be left out, and so may the host. */
static void request_line(case_file *file, case_row *row, char *line)
{
    char *url = after_word(line);
    row->request.method = unescape(line);
    char *scheme_end = strstr(url, "://");
    if (scheme_end) {
        row->request.scheme = (corsac_str){url, (size_t)(scheme_end - url)};
        url = scheme_end + 3;
    }
    char *path = strchr(url, '/');
    if (!path) {
        fail(file, "the request line has no path");
        return;
    }
    size_t host_size = (size_t)(path - url);
    row->request.path = unescape(strcpy(keep(file, strlen(path)), path));
    url[host_size] = '\0';
    if (host_size)
        row->request.authority = unescape(url);
}

/* "@claim a/b = value": the segments of the path are divided by slashes here. */
static void add_claim(case_file *file, case_row *row, char *text)
{
    char *equal = strchr(text, '=');
    if (!equal || row->request.claim_count == CASE_MAX_HEADERS) {
        fail(file, "a claim is written path = value");
        return;
    }
    *equal = '\0';
    corsac_claim *claim = &row->claims[row->request.claim_count++];
    claim->path = unescape(trim(text));
    claim->value = unescape(trim(equal + 1));
    for (size_t i = 0; i < claim->path.size; i++) {
        if (claim->path.data[i] == '/')
            ((char *)claim->path.data)[i] = '\0';
    }
}

static void request_directive(case_file *file, case_row *row, char *line)
{
    char *value = after_word(line);
    if (strcmp(line, "@gateway") == 0)
        row->request.gateway = (corsac_str){value, strlen(value)};
    else if (strcmp(line, "@port") == 0)
        row->request.port = (uint32_t)atoi(value);
    else if (strcmp(line, "@sni") == 0)
        row->request.sni = unescape(value);
    else if (strcmp(line, "@claim") == 0)
        add_claim(file, row, value);
    else
        fail(file, "unknown directive %s of a request", line);
}

/* C-5: what adapters do with repeated lines of the three fields that the decision reads. */
static void join(case_file *file, corsac_str *field, corsac_str value)
{
    if (!field->data || !field->size || !value.size) {
        if (!field->data || value.size)
            *field = value;
        return;
    }
    char *joined = keep(file, field->size + 1 + value.size);
    memcpy(joined, field->data, field->size);
    joined[field->size] = ',';
    memcpy(joined + field->size + 1, value.data, value.size);
    *field = (corsac_str){joined, field->size + 1 + value.size};
}

static void split_header(case_file *file, char *line, corsac_header *header)
{
    char *colon = strchr(line[0] == ':' ? line + 1 : line, ':');
    if (!colon) {
        fail(file, "expected name: value");
        return;
    }
    *colon = '\0';
    header->name = unescape(trim(line));
    header->value = unescape(trim(colon + 1));
}

static void request_header(case_file *file, case_row *row, char *line)
{
    corsac_header header = {0};
    split_header(file, line, &header);
    if (file->error)
        return;
    if (equals(header.name, "origin"))
        join(file, &row->request.origin, header.value);
    else if (equals(header.name, "access-control-request-method"))
        join(file, &row->request.request_method, header.value);
    else if (equals(header.name, "access-control-request-headers"))
        join(file, &row->request.request_headers, header.value);
    else if (row->request.header_count < CASE_MAX_HEADERS)
        row->headers[row->request.header_count++] = header;
    else
        fail(file, "too many headers");
}

/* "=> outcome [route]" */
static void expectation(case_row *row, char *line)
{
    row->outcome = trim(line + 2);
    row->route = after_word(row->outcome);
    if (!*row->route)
        row->route = NULL;
}

static void expected_directive(case_file *file, case_row *row, char *line)
{
    char *value = after_word(line);
    if (strcmp(line, "@reason") == 0)
        row->reason = value;
    else if (strcmp(line, "@host") == 0)
        row->virtual_host = value;
    else if (strcmp(line, "@matched") == 0)
        row->matched = value;
    else if (strcmp(line, "@status") == 0)
        row->reply_status = atoi(value);
    else
        fail(file, "unknown directive %s of an expectation", line);
}

static void expected_header(case_file *file, case_row *row, char *line)
{
    if (row->set_count == CORSAC_MAX_SET_HEADERS)
        fail(file, "more headers than a decision can set");
    else
        split_header(file, line, &row->set[row->set_count++]);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static enum part row_line(case_file *file, enum part part, char *line)
{
    case_row *row = &file->rows[file->row_count - 1];
    if (part == REQUEST_LINE) {
        request_line(file, row, line);
        return REQUEST;
    }
    if (part == REQUEST && strncmp(line, "=>", 2) == 0) {
        expectation(row, line);
        return EXPECTATION;
    }
    if (part == REQUEST)
        (line[0] == '@' ? request_directive : request_header)(file, row, line);
    else
        (line[0] == '@' ? expected_directive : expected_header)(file, row, line);
    return part;
}

static enum part one_line(case_file *file, enum part part, char *line)
{
    if (!*line || line[0] == '#')
        return part;
    if (strncmp(line, "==", 2) == 0) {
        if (part == REQUEST_LINE || part == REQUEST)
            fail(file, "the row before has no expectation");
        begin_row(file, line);
        return REQUEST_LINE;
    }
    if (part != BEFORE_ROWS)
        return row_line(file, part, line);
    parameter(file, line);
    return part;
}

case_file *case_file_parse(char *text)
{
    case_file *file = calloc(1, sizeof(*file));
    enum part part = BEFORE_ROWS;
    if (!file)
        abort();
    file->options.struct_size = sizeof(file->options);
    for (char *line = text; line && !file->error;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        file->line++;
        part = one_line(file, part, trim(line));
        line = end ? end + 1 : NULL;
    }
    if (part == REQUEST_LINE || part == REQUEST)
        fail(file, "the last row has no expectation");
    if (file->row_count == 0)
        fail(file, "no rows");
    for (size_t i = 0; i < file->row_count; i++) { /* the rows no longer move */
        file->rows[i].request.headers = file->rows[i].headers;
        file->rows[i].request.claims = file->rows[i].claims;
    }
    return file;
}

void case_file_free(case_file *file)
{
    for (size_t i = 0; i < file->owned_count; i++)
        free(file->owned[i]);
    free(file->owned);
    free(file->rows);
    free(file->error);
    free(file);
}
