// SPDX-License-Identifier: Apache-2.0
// Findings for people: "file:line:column: severity: message [code]", the source line, a caret.
// Texts come from tenants, so control bytes are made visible and long lines are cut.
#include "cli/report.h"

#include "cli/json.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

enum { EXCERPT_COLUMNS = 100, EXCERPT_LEAD = 60 };

static const char *const SEVERITY_NAMES[] = {"note", "warning", "error"};
static const char *const SEVERITY_COLORS[] = {"\033[36m", "\033[35m", "\033[31m"};

static bool wanted(const corsac_diagnostic *finding, const struct cli_settings *settings)
{
    if (finding->severity == CORSAC_SEVERITY_ERROR)
        return true;
    if (settings->quiet)
        return false;
    return finding->severity == CORSAC_SEVERITY_WARNING || settings->verbose;
}

/* ---- excerpt ---------------------------------------------------------------------------- */

/* Where the last excerpt was taken: findings come sorted, so the next one lies further on. */
struct cursor {
    const struct cli_source *source;
    const char *at;
    uint32_t line;
};

static bool find_line(struct cursor *cursor, const struct cli_source *source, uint32_t line,
                      corsac_str *out)
{
    if (cursor->source != source || cursor->line > line)
        *cursor = (struct cursor){source, source->text, 1};
    const char *end = source->text + source->size_bytes;
    for (; cursor->line < line; cursor->line++) {
        const char *newline = memchr(cursor->at, '\n', (size_t)(end - cursor->at));
        if (newline == NULL)
            return false;
        cursor->at = newline + 1;
    }
    const char *newline = memchr(cursor->at, '\n', (size_t)(end - cursor->at));
    size_t size = (size_t)((newline != NULL ? newline : end) - cursor->at);
    if (size > 0 && cursor->at[size - 1] == '\r')
        size--;
    *out = (corsac_str){cursor->at, size};
    return size > 0;
}

static size_t point_size(corsac_str text, size_t at)
{
    size_t size = 1;
    while (at + size < text.size && ((unsigned char)text.data[at + size] & 0xC0) == 0x80)
        size++;
    return size;
}

/* Columns count code points; a control byte takes one "?", so the caret stays below its column. */
static void add_excerpt(struct cli_buffer *out, corsac_str line, uint32_t number, uint32_t column)
{
    uint32_t first = column > EXCERPT_LEAD ? column - EXCERPT_LEAD : 1;
    uint32_t at_column = 1;
    cli_buffer_format(out, "%6u | ", number);
    for (size_t i = 0; i < line.size; at_column++) {
        size_t size = point_size(line, i);
        unsigned char byte = (unsigned char)line.data[i];
        if (at_column >= first && at_column < first + EXCERPT_COLUMNS) {
            if (byte == '\t')
                cli_buffer_text(out, " ");
            else if (byte < 0x20 || byte == 0x7F)
                cli_buffer_text(out, "?");
            else
                cli_buffer_add(out, line.data + i, size);
        }
        i += size;
    }
    cli_buffer_format(out, "\n       | %*s^\n", (int)(column - first), "");
}

/* ---- one finding ------------------------------------------------------------------------ */

/* A message may carry an excerpt of its own, a regex with a caret below it: its further lines. */
static corsac_str first_line(corsac_str message, corsac_str *rest)
{
    const char *newline = message.size > 0 ? memchr(message.data, '\n', message.size) : NULL;
    size_t size = newline != NULL ? (size_t)(newline - message.data) : message.size;
    size_t used = newline != NULL ? size + 1 : size;
    *rest = (corsac_str){message.data + used, message.size - used};
    return (corsac_str){message.data, size};
}

static void add_further_lines(struct cli_buffer *out, corsac_str message)
{
    corsac_str rest;
    (void)first_line(message, &rest);
    while (rest.size > 0) {
        corsac_str line = first_line(rest, &rest);
        cli_buffer_text(out, "         ");
        cli_buffer_safe(out, line);
        cli_buffer_text(out, "\n");
    }
}

static void add_text(struct cli_buffer *out, const corsac_diagnostic *finding, bool color)
{
    corsac_str rest;
    cli_buffer_safe(out, finding->file);
    if (finding->line > 0)
        cli_buffer_format(out, ":%u:%u", finding->line, finding->column);
    unsigned severity = finding->severity <= CORSAC_SEVERITY_ERROR ? finding->severity : 0;
    cli_buffer_format(out, "%s%s%s%s: ", finding->file.size > 0 ? ": " : "",
                      color ? SEVERITY_COLORS[severity] : "", SEVERITY_NAMES[severity],
                      color ? "\033[0m" : "");
    cli_buffer_safe(out, first_line(finding->message, &rest));
    cli_buffer_format(out, " [%s]\n", finding->code);
}

static void add_member(struct cli_buffer *out, const char *name, corsac_str value)
{
    cli_buffer_format(out, ", \"%s\": ", name);
    cli_json_string_or_null(out, value, false);
}

void cli_report_json(struct cli_buffer *out, const corsac_diagnostic *finding)
{
    unsigned severity = finding->severity <= CORSAC_SEVERITY_ERROR ? finding->severity : 0;
    cli_buffer_text(out, "{\"file\": ");
    cli_json_string_or_null(out, finding->file, false);
    cli_buffer_format(out, ", \"line\": %u, \"column\": %u, \"document\": %u", finding->line,
                      finding->column, finding->document);
    cli_buffer_format(out, ", \"severity\": \"%s\"", SEVERITY_NAMES[severity]);
    add_member(out, "code", cli_str(finding->code));
    add_member(out, "clause", cli_str(finding->clause));
    add_member(out, "resource", finding->resource);
    add_member(out, "path", finding->path);
    add_member(out, "message", finding->message);
    cli_buffer_text(out, "}");
}

static void add_finding(struct cli_buffer *out, const corsac_diagnostic *finding,
                        const struct cli_sources *sources, struct cursor *cursor, bool color)
{
    add_text(out, finding, color);
    const struct cli_source *source = cursor->source;
    if (source == NULL || !cli_str_equal(cli_str(source->name), finding->file))
        source = cli_sources_find(sources, finding->file);
    corsac_str line;
    if (source != NULL && finding->line > 0 && find_line(cursor, source, finding->line, &line))
        add_excerpt(out, line, finding->line, finding->column > 0 ? finding->column : 1);
    add_further_lines(out, finding->message);
}

void cli_report_diagnostics(const corsac_diagnostics *list, const struct cli_sources *sources,
                            const struct cli_settings *settings)
{
    struct cli_buffer out = {0};
    struct cursor cursor = {0};
    bool color = cli_terminal_color(settings->color, stderr);
    size_t count = corsac_diagnostics_count(list);
    for (size_t i = 0; i < count; i++) {
        const corsac_diagnostic *finding = corsac_diagnostics_at(list, i);
        if (!wanted(finding, settings))
            continue;
        if (settings->diagnostics == CLI_FORM_JSON) {
            cli_report_json(&out, finding);
            cli_buffer_text(&out, "\n");
        } else {
            add_finding(&out, finding, sources, &cursor, color);
        }
    }
    if (out.size > 0)
        fwrite(out.data, 1, out.size, stderr);
    cli_buffer_free(&out);
}

/* ---- summaries -------------------------------------------------------------------------- */

static bool same_document(const corsac_diagnostic *a, const corsac_diagnostic *b)
{
    return a->document == b->document && cli_str_equal(a->file, b->file) &&
           cli_str_equal(a->resource, b->resource);
}

static bool first_error_of_document(const corsac_diagnostics *list, size_t index)
{
    const corsac_diagnostic *finding = corsac_diagnostics_at(list, index);
    if (finding->severity != CORSAC_SEVERITY_ERROR)
        return false;
    for (size_t i = index; i-- > 0;) {
        const corsac_diagnostic *earlier = corsac_diagnostics_at(list, i);
        if (earlier->severity == CORSAC_SEVERITY_ERROR) /* sorted: one document stands together */
            return !same_document(earlier, finding);
    }
    return true;
}

void cli_report_quarantine(const corsac_diagnostics *list, const struct cli_settings *settings)
{
    if (settings->diagnostics == CLI_FORM_JSON)
        return;
    struct cli_buffer out = {0};
    size_t count = corsac_diagnostics_count(list);
    for (size_t i = 0; i < count; i++) {
        if (!first_error_of_document(list, i))
            continue;
        const corsac_diagnostic *finding = corsac_diagnostics_at(list, i);
        if (out.size == 0)
            cli_buffer_text(&out, "left out:\n");
        cli_buffer_text(&out, "  ");
        if (finding->resource.size > 0) {
            cli_buffer_safe(&out, finding->resource);
            cli_buffer_text(&out, " in ");
        } else {
            cli_buffer_text(&out, "text in ");
        }
        cli_buffer_safe(&out, finding->file);
        if (finding->document > 0)
            cli_buffer_format(&out, ", document %u", finding->document);
        cli_buffer_text(&out, "\n");
    }
    if (out.size > 0)
        fwrite(out.data, 1, out.size, stderr);
    cli_buffer_free(&out);
}

void cli_report_count(struct cli_buffer *out, uint32_t count, const char *noun)
{
    cli_buffer_format(out, "%u %s%s", count, noun, count == 1 ? "" : "s");
}

void cli_report_summary(struct cli_buffer *out, const corsac_compile_summary *summary)
{
    cli_report_count(out, summary->virtual_services, "VirtualService");
    cli_buffer_text(out, " and ");
    cli_report_count(out, summary->gateways, "Gateway");
    cli_buffer_text(out, " of ");
    cli_report_count(out, summary->documents, "document");
    cli_buffer_format(out, "; %u quarantined, %u of other kinds", summary->quarantined,
                      summary->skipped);
    cli_buffer_text(out, "; ");
    cli_report_count(out, summary->errors, "error");
    cli_buffer_text(out, ", ");
    cli_report_count(out, summary->warnings, "warning");
    if (summary->implied_gateways > 0) {
        cli_buffer_text(out, "; ");
        cli_report_count(out, summary->implied_gateways, "Gateway");
        cli_buffer_text(out, " implied (-v tells which)");
    }
    cli_buffer_text(out, "\n");
}

int cli_report_failure(corsac_status status)
{
    switch (status) {
    case CORSAC_E_SOURCE:
        cli_message("strict: the sources have errors; nothing was written");
        return CLI_EXIT_INPUT;
    case CORSAC_E_EMPTY:
        cli_message("no VirtualService or Gateway is left to compile; nothing was written");
        return CLI_EXIT_INPUT;
    case CORSAC_E_LIMIT:
        cli_message("a limit was reached (--option max-...); nothing was written");
        return CLI_EXIT_INPUT;
    default:
        cli_message("internal error: %s", corsac_status_name(status));
        return CLI_EXIT_INTERNAL;
    }
}
