// SPDX-License-Identifier: Apache-2.0
// Sources to documents: one libyaml parser per source, and a fresh one behind every document that
// had to be abandoned, because libyaml needs quadratic time to get through deep nesting.
#include "compiler/read/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

csc_span csc_reader_span(const csc_reader *reader, uint32_t line, uint32_t column)
{
    return (csc_span){reader->source, reader->document, reader->base_line + line + 1, column + 1};
}

static void report(csc_reader *reader, corsac_severity severity, const char *code,
                   const char *clause, csc_span span, const char *format, va_list args)
{
    char message[1024];
    int length = vsnprintf(message, sizeof message, format, args);
    if (length >= (int)sizeof message)
        length = sizeof message - 1;
    corsac_str none = {"", 0};
    if (csc_diagnostics_add(reader->context->diagnostics, severity, code, clause,
                            csc_context_file(reader->context, span), span, none, none, "%.*s",
                            length, message) != CORSAC_OK)
        reader->failed = true;
}

void csc_reader_report(csc_reader *reader, corsac_severity severity, const char *code,
                       const char *clause, csc_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(reader, severity, code, clause, span, format, args);
    va_end(args);
}

void csc_reader_complain(csc_reader *reader, const char *code, const char *clause, csc_span span,
                         const char *format, ...)
{
    bool strict = reader->context->options->flags & CORSAC_COMPILE_STRICT;
    va_list args;
    va_start(args, format);
    report(reader, strict ? CORSAC_SEVERITY_ERROR : CORSAC_SEVERITY_WARNING, code, clause, span,
           format, args);
    va_end(args);
    reader->faulty = reader->faulty || strict;
}

static void add_root(csc_reader *reader, csc_node *root)
{
    csc_documents *out = reader->out;
    csc_node **roots = csc_arena_grow(reader->arena, out->roots, out->count, &reader->root_capacity,
                                      sizeof *roots);
    bool *faulty = csc_arena_grow(reader->arena, out->faulty, out->count, &reader->faulty_capacity,
                                  sizeof *faulty);
    if (!roots || !faulty)
        return;
    out->roots = roots;
    out->faulty = faulty;
    roots[out->count] = root;
    faulty[out->count++] = reader->faulty;
}

static void add_lost(csc_reader *reader, csc_span span)
{
    csc_documents *out = reader->out;
    csc_span *lost = csc_arena_grow(reader->arena, out->lost, out->lost_count,
                                    &reader->lost_capacity, sizeof *lost);
    if (!lost)
        return;
    out->lost = lost;
    lost[out->lost_count++] = span;
}

/* ---- what libyaml refuses --------------------------------------------------------------- */

/* What people usually meant when libyaml stops here. */
static const char *hint(corsac_str text, const yaml_parser_t *parser)
{
    csc_place place = {0};
    const char *problem = parser->problem ? parser->problem : "";
    if (parser->context && strstr(parser->context, "alias"))
        return "; a text that starts with * must be quoted";
    if (parser->context && strstr(parser->context, "anchor"))
        return "; a text that starts with & must be quoted";
    if (!strstr(problem, "cannot start any token"))
        return strstr(problem, "mapping values are not allowed")
                   ? "; a text that contains \": \" must be quoted"
                   : "";
    if (parser->problem_mark.line > 0)
        csc_text_skip_lines(text, &place, parser->problem_mark.line);
    size_t at = place.offset + parser->problem_mark.column; /* exact for ASCII lines, enough here */
    char c = at < text.size ? text.data[at] : '\0';
    return c == '\t' ? "; tabs cannot indent YAML"
           : c == '@' || c == '`' || c == '%'
               ? "; a text that starts with this character must be quoted"
               : "";
}

static void report_syntax(csc_reader *reader, corsac_str text, const yaml_parser_t *parser)
{
    const yaml_mark_t *mark = &parser->problem_mark;
    csc_span span = csc_reader_span(reader, (uint32_t)mark->line, (uint32_t)mark->column);
    const char *problem = parser->problem ? parser->problem : "the text cannot be parsed";
    if (parser->context)
        csc_reader_report(
            reader, CORSAC_SEVERITY_ERROR, "yaml-syntax", "D-14", span,
            "This is not YAML: %s, %s that starts at %u:%u%s; the rest of the file is lost.",
            problem, parser->context, (unsigned)(reader->base_line + parser->context_mark.line + 1),
            (unsigned)parser->context_mark.column + 1, hint(text, parser));
    else
        csc_reader_report(reader, CORSAC_SEVERITY_ERROR, "yaml-syntax", "D-14", span,
                          "This is not YAML: %s%s; the rest of the file is lost.", problem,
                          hint(text, parser));
    add_lost(reader, span);
}

static void report_fault(csc_reader *reader, csc_text_fault fault, const csc_place *place)
{
    static const char *const sentences[] = {
        [CSC_TEXT_NOT_UTF8] = "This byte is not UTF-8",
        [CSC_TEXT_UTF16] = "The text is UTF-16; save it as UTF-8",
        [CSC_TEXT_NUL] = "YAML text cannot hold a NUL byte",
        [CSC_TEXT_CONTROL] = "YAML text cannot hold this control character",
    };
    csc_span span = csc_reader_span(reader, place->line, place->column);
    span.document = 0;
    csc_reader_report(reader, CORSAC_SEVERITY_ERROR, "yaml-encoding", "D-14", span,
                      "%s (byte %zu of the file); this document and the rest of the file are lost.",
                      sentences[fault], place->offset);
    add_lost(reader, span);
}

/* ---- reading ---------------------------------------------------------------------------- */

static void end_document(csc_reader *reader, const csc_builder *builder)
{
    csc_node *root = csc_builder_root(builder);
    if (root)
        add_root(reader, root);
    else if (csc_builder_lost(builder))
        add_lost(reader, csc_builder_start(builder));
    reader->faulty = false;
}

static bool too_many_documents(csc_reader *reader, const yaml_event_t *event)
{
    uint32_t limit = reader->context->options->max_documents;
    if (event->type != YAML_DOCUMENT_START_EVENT)
        return false;
    reader->document++;
    if (reader->document <= limit)
        return false;
    csc_span span = csc_reader_span(reader, (uint32_t)event->start_mark.line,
                                    (uint32_t)event->start_mark.column);
    csc_reader_report(
        reader, CORSAC_SEVERITY_ERROR, "document-limit", "X-9", span,
        "The file holds more than %u documents (max_documents); the rest is not read.", limit);
    add_lost(reader, span);
    return true;
}

/* Runs one parser. True if the document at line *stopped_line was abandoned and reading may go on
 * behind it. */
static bool run_parser(csc_reader *reader, csc_builder *builder, yaml_parser_t *parser,
                       corsac_str text, size_t *stopped_line)
{
    csc_build_step step = CSC_BUILD_MORE;
    while (step != CSC_BUILD_END && !reader->failed && !csc_arena_failed(reader->arena) &&
           !csc_arena_failed(reader->texts)) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                reader->failed = true;
            else
                report_syntax(reader, text, parser);
            return false;
        }
        step =
            too_many_documents(reader, &event) ? CSC_BUILD_END : csc_builder_take(builder, &event);
        *stopped_line = event.start_mark.line;
        yaml_event_delete(&event);
        if (step == CSC_BUILD_DOCUMENT || step == CSC_BUILD_ABANDONED)
            end_document(reader, builder);
        if (step == CSC_BUILD_ABANDONED)
            return true;
    }
    return false;
}

static void read_text(csc_reader *reader, corsac_str text)
{
    csc_place place = {0};
    bool more = true;
    csc_builder *builder = csc_builder_new(reader);
    while (more && builder) {
        yaml_parser_t parser;
        size_t stopped_line = 0;
        if (!yaml_parser_initialize(&parser)) {
            reader->failed = true;
            return;
        }
        corsac_str rest = csc_str_slice(text, place.offset, text.size - place.offset);
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *)rest.data, rest.size);
        reader->base_line = place.line;
        more = run_parser(reader, builder, &parser, rest, &stopped_line) &&
               csc_text_next_document(text, &place, stopped_line);
        yaml_parser_delete(&parser);
    }
}

static void read_source(csc_reader *reader, corsac_str text)
{
    uint64_t limit = reader->context->options->max_input_bytes;
    if (text.size > limit) {
        csc_span span = {.source = reader->source};
        csc_reader_report(
            reader, CORSAC_SEVERITY_ERROR, "input-limit", "X-9", span,
            "The file has %zu bytes, more than %llu (max_input_bytes); it is not read.", text.size,
            (unsigned long long)limit);
        add_lost(reader, span);
        return;
    }
    size_t mark = csc_text_mark_bytes(text), usable;
    csc_place place;
    text = csc_str_slice(text, mark, text.size - mark);
    csc_text_fault fault = csc_text_check(text, &place, &usable);
    if (usable > 0)
        read_text(reader, csc_str_slice(text, 0, usable));
    reader->base_line = 0;
    place.offset += mark;
    if (fault)
        report_fault(reader, fault, &place);
}

static corsac_status read_inputs(const csc_context *context, size_t first, size_t count,
                                 csc_documents *out)
{
    *out = (csc_documents){0};
    csc_reader reader = {.context = context,
                         .arena = context->nodes ? context->nodes : context->arena,
                         .texts = context->arena,
                         .out = out};
    for (size_t i = first; i < first + count && !reader.failed; i++) {
        reader.source = (uint32_t)i;
        reader.document = 0;
        reader.faulty = false;
        read_source(&reader, context->inputs[i].text);
    }
    return reader.failed || csc_arena_failed(reader.arena) || csc_arena_failed(reader.texts)
               ? CORSAC_E_MEMORY
               : CORSAC_OK;
}

corsac_status csc_documents_read(const csc_context *context, csc_documents *out)
{
    return read_inputs(context, 0, context->input_count, out);
}

corsac_status csc_documents_read_one(const csc_context *context, size_t source, csc_documents *out)
{
    return read_inputs(context, source, 1, out);
}
