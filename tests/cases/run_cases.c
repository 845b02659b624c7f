// SPDX-License-Identifier: Apache-2.0
// Runs the tables of a folder: NAME.yaml is compiled, every row of NAME.cases is evaluated on the
// image, and the decision is compared field by field. Each table runs once per way the image can
// answer (with and without Hyperscan, with and without lowering): decisions must not depend on it.
#include "case_file.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct variant {
    const char *name;
    uint32_t flags;
    uint32_t regex_engine;
    uint32_t image_flags;
} variant;

static const variant variants[] = {
    {"trusted", 0, CORSAC_REGEX_AUTO, CORSAC_IMAGE_TRUSTED},
    {"untrusted", 0, CORSAC_REGEX_AUTO, 0},
    {"no lowering", CORSAC_COMPILE_NO_LOWERING, CORSAC_REGEX_HYPERSCAN, CORSAC_IMAGE_TRUSTED},
    {"automata", CORSAC_COMPILE_NO_LOWERING, CORSAC_REGEX_AUTOMATON, 0},
};

typedef struct run {
    const char *name; /* path without suffix */
    const variant *variant;
    corsac_image *image; /* owned by the engine once published */
    corsac_engine *engine;
    corsac_reader *reader;
    size_t failures;
} run;

static size_t total_rows, total_failures;

/* ---- saying what differs -------------------------------------------------------------------- */

static void differs(run *r, const case_row *row, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void differs(run *r, const case_row *row, const char *format, ...)
{
    va_list args;
    r->failures++;
    fprintf(stderr, "%s.cases:%u [%s, %s] %s\n    ", r->name, row->line, row->clauses,
            r->variant->name, row->title);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static bool is(corsac_str text, const char *expected)
{
    if (strcmp(expected, "-") == 0)
        return text.size == 0;
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static bool same(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void expect_text(run *r, const case_row *row, const char *what, corsac_str got,
                        const char *expected)
{
    if (expected && !is(got, expected))
        differs(r, row, "%s is \"%.*s\", expected \"%s\"", what, (int)got.size,
                got.size ? got.data : "", expected);
}

/* ---- one row -------------------------------------------------------------------------------- */

static void check_headers(run *r, const case_row *row, const corsac_decision *d)
{
    bool equal = d->set_count == row->set_count;
    for (size_t i = 0; equal && i < row->set_count; i++)
        equal = same(d->set[i].name, row->set[i].name) && same(d->set[i].value, row->set[i].value);
    if (equal)
        return;
    differs(r, row, "these headers are set (%u), others were expected (%zu):", d->set_count,
            row->set_count);
    for (size_t i = 0; i < d->set_count; i++)
        fprintf(stderr, "      %.*s: %.*s\n", (int)d->set[i].name.size, d->set[i].name.data,
                (int)d->set[i].value.size, d->set[i].value.size ? d->set[i].value.data : "");
}

static void check_route(run *r, const case_row *row, const corsac_decision *d)
{
    corsac_route_info info = {0};
    if (d->route != CORSAC_NONE &&
        corsac_image_route(corsac_reader_image(r->reader), d->route, &info) != CORSAC_OK)
        differs(r, row, "route %u cannot be described", d->route);
    expect_text(r, row, "route", info.route, row->route);
}

static void check_matched(run *r, const case_row *row, const corsac_decision *d)
{
    char buffer[256];
    corsac_str matched = {0};
    if (!row->matched)
        return;
    corsac_status status = corsac_decision_matched(r->reader, d, row->request.origin, buffer,
                                                   sizeof(buffer), &matched);
    if (status != CORSAC_OK)
        differs(r, row, "corsac_decision_matched: %s", corsac_status_name(status));
    expect_text(r, row, "matched", matched, row->matched);
}

static int expected_status(const case_row *row)
{
    bool answered = strcmp(row->outcome, "preflight-allowed") == 0 ||
                    strcmp(row->outcome, "preflight-denied") == 0;
    if (row->reply_status >= 0)
        return row->reply_status;
    return answered ? 200 : 0;
}

static void check_row(run *r, const case_row *row)
{
    corsac_decision d;
    corsac_status status = corsac_evaluate(&d, r->reader, &row->request);
    if (status != CORSAC_OK) { /* a row may expect a status by its name */
        if (strcmp(corsac_status_name(status), row->outcome) != 0)
            differs(r, row, "corsac_evaluate: %s", corsac_status_name(status));
        return;
    }
    if (strcmp(corsac_outcome_name(d.outcome), row->outcome) != 0)
        differs(r, row, "outcome is %s (%s), expected %s", corsac_outcome_name(d.outcome),
                corsac_reason_name(d.reason), row->outcome);
    if (row->reason && strcmp(corsac_reason_name(d.reason), row->reason) != 0)
        differs(r, row, "reason is %s, expected %s", corsac_reason_name(d.reason), row->reason);
    if ((int)d.reply_status != expected_status(row))
        differs(r, row, "reply status is %u, expected %d", d.reply_status, expected_status(row));
    expect_text(r, row, "virtual host", d.virtual_host, row->virtual_host);
    check_route(r, row, &d);
    check_matched(r, row, &d);
    check_headers(r, row, &d);
}

/* ---- one table ------------------------------------------------------------------------------ */

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        text = end < 0 ? NULL : calloc(1, (size_t)end + 1);
        rewind(file);
        if (text)
            *size = fread(text, 1, (size_t)end, file);
    }
    fclose(file);
    return text;
}

static void print_findings(const corsac_diagnostics *list)
{
    for (size_t i = 0; i < corsac_diagnostics_count(list); i++) {
        const corsac_diagnostic *d = corsac_diagnostics_at(list, i);
        if (d->severity == CORSAC_SEVERITY_ERROR)
            fprintf(stderr, "    %.*s:%u:%u: %.*s [%s]\n", (int)d->file.size, d->file.data, d->line,
                    d->column, (int)d->message.size, d->message.data, d->code);
    }
}

/* The image's bytes; NULL after saying why. */
static corsac_blob *compile(run *r, const case_file *table, corsac_str yaml)
{
    char file_name[512];
    snprintf(file_name, sizeof(file_name), "%s.yaml", r->name);
    corsac_input input = {{file_name, strlen(file_name)}, yaml};
    corsac_compile_options options = table->options;
    corsac_compile_summary summary = {0};
    corsac_diagnostics *findings;
    corsac_blob *blob = NULL;
    options.flags |= r->variant->flags;
    options.regex_engine = r->variant->regex_engine;
    if (corsac_diagnostics_new(&findings) != CORSAC_OK)
        abort();
    corsac_status status = corsac_compile(&blob, &input, 1, &options, findings, &summary);
    if (status != CORSAC_OK || (int)summary.quarantined != table->quarantined) {
        r->failures++;
        fprintf(stderr, "%s.yaml [%s]: %s, %u documents quarantined, expected %d\n", r->name,
                r->variant->name, corsac_status_name(status), summary.quarantined,
                table->quarantined);
        print_findings(findings);
    }
    corsac_diagnostics_free(findings);
    return blob;
}

static bool open_engine(run *r, const corsac_blob *blob)
{
    corsac_image_options options = {.struct_size = sizeof(options),
                                    .flags = r->variant->image_flags};
    corsac_error error = {{0}};
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_status status = corsac_image_open(&r->image, bytes.data, bytes.size, &options, &error);
    if (status == CORSAC_OK)
        status = corsac_engine_new(&r->engine, NULL);
    if (status == CORSAC_OK)
        status = corsac_engine_publish(r->engine, r->image);
    if (status == CORSAC_OK)
        status = corsac_reader_new(&r->reader, r->engine);
    if (status != CORSAC_OK) {
        r->failures++;
        fprintf(stderr, "%s.yaml [%s]: %s %s\n", r->name, r->variant->name,
                corsac_status_name(status), error.message);
    }
    return status == CORSAC_OK;
}

static void run_variant(run *r, const case_file *table, corsac_str yaml)
{
    corsac_blob *blob = compile(r, table, yaml);
    if (blob && open_engine(r, blob)) {
        for (size_t i = 0; i < table->row_count; i++)
            check_row(r, &table->rows[i]);
        total_rows += table->row_count;
    }
    corsac_reader_free(r->reader);
    corsac_engine_free(r->engine);
    corsac_blob_free(blob);
}

static void run_table(const char *name)
{
    char path[600];
    size_t yaml_size = 0, text_size = 0;
    size_t before = total_failures;
    snprintf(path, sizeof(path), "%s.yaml", name);
    char *yaml = read_file(path, &yaml_size);
    snprintf(path, sizeof(path), "%s.cases", name);
    char *text = read_file(path, &text_size);
    case_file *table = text ? case_file_parse(text) : NULL;
    if (!yaml || !table || table->error) {
        fprintf(stderr, "%s.cases: %s\n", name,
                !yaml    ? "there is no .yaml of that name"
                : !table ? "cannot be read"
                         : table->error);
        total_failures++;
    }
    for (size_t i = 0; total_failures == before && i < sizeof(variants) / sizeof(*variants); i++) {
        run r = {.name = name, .variant = &variants[i]};
        run_variant(&r, table, (corsac_str){yaml, yaml_size});
        total_failures += r.failures;
    }
    if (table)
        case_file_free(table);
    free(text);
    free(yaml);
}

/* ---- the folder ----------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

static bool has_table(const char *yaml)
{
    char path[600];
    size_t stem = strlen(yaml) - strlen(".yaml");
    snprintf(path, sizeof(path), "%.*s.cases", (int)stem, yaml);
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static size_t run_folder(const char *folder)
{
    struct dirent **entries;
    size_t tables = 0;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (ends_with(path, ".yaml") && !has_table(path)) {
            fprintf(stderr, "%s: there is no .cases of that name\n", path);
            total_failures++;
        }
        if (ends_with(path, ".cases")) {
            path[strlen(path) - strlen(".cases")] = '\0';
            run_table(path);
            tables++;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return tables;
}

int main(int argc, char **argv)
{
    size_t tables = 0;
    for (int i = 1; i < argc; i++)
        tables += run_folder(argv[i]);
    printf("%zu tables, %zu decisions compared, %zu differences\n", tables, total_rows,
           total_failures);
    if (tables == 0)
        fprintf(stderr, "no tables found: an empty folder proves nothing\n");
    return tables == 0 || total_failures != 0;
}
