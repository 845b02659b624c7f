// SPDX-License-Identifier: Apache-2.0
// Findings and field paths as text.
#include "compiler/decode/finding.h"

#include "compiler/support/buffer.h"

enum {
    SHOWN_BYTES = 80,
    SHOWN_KEY_BYTES = 320 /* the longest key of a label: 253, a slash, 63 */
};

static bool is_plain_key(corsac_str key)
{
    for (size_t i = 0; i < key.size; i++) {
        unsigned char c = (unsigned char)key.data[i];
        if (c < 0x20 || c == 0x7F)
            return false;
    }
    return true;
}

static bool is_identifier(corsac_str key)
{
    for (size_t i = 0; i < key.size; i++) {
        char c = key.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_')
            return false;
    }
    return key.size > 0;
}

/* One long key may have many findings below it, each with its path. */
static corsac_str shorten(corsac_str key)
{
    if (key.size > SHOWN_KEY_BYTES)
        for (key.size = SHOWN_KEY_BYTES;
             key.size > 0 && ((unsigned char)key.data[key.size] & 0xC0) == 0x80;)
            key.size--;
    return key;
}

static void render(csc_buffer *buffer, const csc_path *path)
{
    corsac_str key = shorten(path->key);
    if (path->parent)
        render(buffer, path->parent);
    if (path->field) {
        csc_buffer_printf(buffer, "%s%s", buffer->size ? "." : "", path->field);
    } else if (path->is_name && is_identifier(key)) {
        csc_buffer_printf(buffer, "%s", buffer->size ? "." : "");
        csc_buffer_append(buffer, key);
    } else if (key.data && is_plain_key(key)) {
        csc_buffer_printf(buffer, "[\"");
        csc_buffer_append(buffer, key);
        csc_buffer_printf(buffer, "\"]");
    } else if (key.data) {
        csc_buffer_printf(buffer, "[");
        csc_buffer_quote(buffer, key);
        csc_buffer_printf(buffer, "]");
    } else {
        csc_buffer_printf(buffer, "[%zu]", path->index);
    }
}

corsac_str csc_path_render(csc_arena *arena, const csc_path *path)
{
    csc_buffer buffer = {.arena = arena};
    if (path)
        render(&buffer, path);
    return csc_buffer_finish(&buffer);
}

static void add(csc_finder *finder, corsac_severity severity, const char *code, const char *clause,
                csc_span span, const csc_path *path, const char *format, va_list args)
{
    const csc_context *context = finder->context;
    csc_buffer message = {.arena = context->arena};
    csc_buffer_vprintf(&message, format, args);
    corsac_str text = csc_buffer_finish(&message);
    if (csc_diagnostics_add(context->diagnostics, severity, code, clause,
                            csc_context_file(context, span), span, finder->resource,
                            csc_path_render(context->arena, path), "%.*s", (int)text.size,
                            text.data) != CORSAC_OK)
        finder->failed = true;
    finder->has_error = finder->has_error || severity == CORSAC_SEVERITY_ERROR;
}

void csc_find_error(csc_finder *finder, const char *code, const char *clause, csc_span span,
                    const csc_path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(finder, CORSAC_SEVERITY_ERROR, code, clause, span, path, format, args);
    va_end(args);
}

void csc_find_warning(csc_finder *finder, const char *code, const char *clause, csc_span span,
                      const csc_path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(finder, CORSAC_SEVERITY_WARNING, code, clause, span, path, format, args);
    va_end(args);
}

void csc_find_lax(csc_finder *finder, const char *code, const char *clause, csc_span span,
                  const csc_path *path, const char *format, ...)
{
    bool strict = finder->context->options->flags & CORSAC_COMPILE_STRICT;
    va_list args;
    va_start(args, format);
    add(finder, strict ? CORSAC_SEVERITY_ERROR : CORSAC_SEVERITY_WARNING, code, clause, span, path,
        format, args);
    va_end(args);
}

void csc_find_note(csc_finder *finder, const char *code, const char *clause, csc_span span,
                   const csc_path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(finder, CORSAC_SEVERITY_NOTE, code, clause, span, path, format, args);
    va_end(args);
}

const char *csc_show(csc_finder *finder, corsac_str text)
{
    csc_buffer out = {.arena = finder->context->arena};
    size_t size = text.size;
    if (size > SHOWN_BYTES) {
        for (size = SHOWN_BYTES; size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80;)
            size--;
    }
    csc_buffer_printf(&out, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == 0x7F)
            csc_buffer_printf(&out, "\\x%02x", c);
        else
            csc_buffer_append(&out, csc_str_slice(text, i, 1));
    }
    csc_buffer_printf(&out, size < text.size ? "...\"" : "\"");
    return csc_buffer_finish(&out).data;
}
