// SPDX-License-Identifier: Apache-2.0
// The diagnostics list: an arena for the texts and one growing array.
#include "compiler/support/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct corsac_diagnostics {
    csc_arena *arena;
    corsac_diagnostic *items;
    size_t count, capacity;
    bool failed;
};

corsac_status corsac_diagnostics_new(corsac_diagnostics **out)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    corsac_diagnostics *list = calloc(1, sizeof *list);
    if (!list)
        return CORSAC_E_MEMORY;
    list->arena = csc_arena_new();
    if (!list->arena) {
        free(list);
        return CORSAC_E_MEMORY;
    }
    *out = list;
    return CORSAC_OK;
}

void corsac_diagnostics_free(corsac_diagnostics *list)
{
    if (!list)
        return;
    csc_arena_free(list->arena);
    free(list->items);
    free(list);
}

size_t corsac_diagnostics_count(const corsac_diagnostics *list)
{
    return list ? list->count : 0;
}

const corsac_diagnostic *corsac_diagnostics_at(const corsac_diagnostics *list, size_t index)
{
    return list && index < list->count ? &list->items[index] : NULL;
}

bool csc_diagnostics_failed(const corsac_diagnostics *list)
{
    return list->failed;
}

static bool make_room(corsac_diagnostics *list)
{
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    corsac_diagnostic *items = realloc(list->items, capacity * sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

corsac_status csc_diagnostics_add(corsac_diagnostics *list, corsac_severity severity,
                                  const char *code, const char *clause, corsac_str file,
                                  csc_span span, corsac_str resource, corsac_str path,
                                  const char *format, ...)
{
    if (!make_room(list)) {
        list->failed = true;
        return CORSAC_E_MEMORY;
    }
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : csc_arena_alloc(list->arena, 1, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    corsac_diagnostic *item = &list->items[list->count];
    *item = (corsac_diagnostic){
        .severity = severity,
        .line = span.line,
        .column = span.column,
        .document = span.document,
        .code = code,
        .clause = clause,
        .file = csc_arena_copy(list->arena, file),
        .resource = csc_arena_copy(list->arena, resource),
        .path = csc_arena_copy(list->arena, path),
        .message = {text, text ? (size_t)length : 0},
    };
    if (csc_arena_failed(list->arena)) {
        list->failed = true;
        return CORSAC_E_MEMORY;
    }
    list->count++;
    return CORSAC_OK;
}

corsac_status csc_diagnostics_append(corsac_diagnostics *list, const corsac_diagnostics *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!make_room(list)) {
            list->failed = true;
            return CORSAC_E_MEMORY;
        }
        corsac_diagnostic *item = &list->items[list->count];
        *item = from->items[i];
        item->file = csc_arena_copy(list->arena, item->file);
        item->resource = csc_arena_copy(list->arena, item->resource);
        item->path = csc_arena_copy(list->arena, item->path);
        item->message = csc_arena_copy(list->arena, item->message);
        if (csc_arena_failed(list->arena)) {
            list->failed = true;
            return CORSAC_E_MEMORY;
        }
        list->count++;
    }
    return CORSAC_OK;
}

void csc_diagnostics_cut(corsac_diagnostics *list, size_t first)
{
    if (first < list->count)
        list->count = first;
}

static int compare(const void *left, const void *right)
{
    const corsac_diagnostic *a = left, *b = right;
    int order = csc_str_compare(a->file, b->file);
    if (!order)
        order = (a->line > b->line) - (a->line < b->line);
    if (!order)
        order = (a->column > b->column) - (a->column < b->column);
    if (!order)
        order = (a->severity < b->severity) - (a->severity > b->severity);
    if (!order)
        order = strcmp(a->code, b->code);
    if (!order)
        order = csc_str_compare(a->path, b->path);
    return order ? order : csc_str_compare(a->message, b->message);
}

corsac_status csc_diagnostics_sort(corsac_diagnostics *list, size_t first)
{
    if (first < list->count)
        csc_sort(list->items + first, list->count - first, sizeof *list->items, compare);
    return list->failed ? CORSAC_E_MEMORY : CORSAC_OK;
}
