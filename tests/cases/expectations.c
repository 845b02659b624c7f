// SPDX-License-Identifier: Apache-2.0
// Comments to expectations: "# error: CODE CLAUSE at `TEXT`" and "# error: CODE CLAUSE
// LINE:COLUMN".
#include "expectations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct line_text {
    const char *data;
    size_t size;
    uint32_t number; /* from 1 */
} line_text;

static bool next_line(corsac_str text, size_t *at, line_text *line)
{
    if (*at >= text.size)
        return false;
    const char *end = memchr(text.data + *at, '\n', text.size - *at);
    size_t size = end ? (size_t)(end - text.data) - *at : text.size - *at;
    line->data = text.data + *at;
    line->size = size;
    line->number++;
    *at += size + (end != NULL);
    return true;
}

static const char *find(const char *data, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(data + i, word, length) == 0)
            return data + i;
    return NULL;
}

static bool is_comment(const line_text *line)
{
    size_t i = 0;
    while (i < line->size && (line->data[i] == ' ' || line->data[i] == '\r'))
        i++;
    return i == line->size || line->data[i] == '#';
}

/* ---- options ---------------------------------------------------------------------------- */

static corsac_compile_options defaults(void)
{
    static const corsac_str everyone = {"*", 1};
    return (corsac_compile_options){
        .struct_size = sizeof(corsac_compile_options),
        .gateway_namespace = {"istio-system", 12},
        .default_namespace = {"default", 7},
        .cluster_domain = {"cluster.local", 13},
        .default_export_to = {&everyone, 1},
        .max_input_bytes = 64u << 20,
        .max_depth = 64,
        .max_documents = 1000000,
        .max_alias_nodes = 100000,
        .max_regex_program = 32768,
    };
}

static void read_option(expectations *out, const char *word)
{
    unsigned value = 0;
    if (strcmp(word, "strict") == 0)
        out->options.flags |= CORSAC_COMPILE_STRICT;
    else if (sscanf(word, "max_depth=%u", &value) == 1)
        out->options.max_depth = value;
    else if (sscanf(word, "max_documents=%u", &value) == 1)
        out->options.max_documents = value;
    else if (sscanf(word, "max_alias_nodes=%u", &value) == 1)
        out->options.max_alias_nodes = value;
    else if (sscanf(word, "max_regex_program=%u", &value) == 1)
        out->options.max_regex_program = value;
    else if (sscanf(word, "max_input_bytes=%u", &value) == 1)
        out->options.max_input_bytes = value;
    else
        snprintf(out->problem, sizeof out->problem, "unknown option %.60s", word);
}

static void read_options(expectations *out, const line_text *line)
{
    const char *start = find(line->data, line->size, "# options:");
    char words[200], *rest = words;
    if (!start)
        return;
    start += strlen("# options:");
    snprintf(words, sizeof words, "%.*s", (int)(line->data + line->size - start), start);
    for (char *word = strtok_r(rest, " \r", &rest); word; word = strtok_r(NULL, " \r", &rest))
        read_option(out, word);
}

/* ---- one expectation -------------------------------------------------------------------- */

/* The column of a text in the part of a line that is YAML; 0 if it is not there. */
static uint32_t column_of(const line_text *line, const char *text)
{
    const char *comment = find(line->data, line->size, " # ");
    size_t size = comment ? (size_t)(comment - line->data) : line->size;
    const char *found = find(line->data, size, text);
    uint32_t column = 1;
    for (const char *at = line->data; found && at < found; at++)
        column += ((unsigned char)*at & 0xC0) != 0x80;
    return found ? column : 0;
}

static void place(expectations *out, expectation *item, const char *where, const line_text *target)
{
    char text[100];
    unsigned line, column;
    if (sscanf(where, " at `%99[^`]`", text) == 1) {
        item->line = target->number;
        item->column = target->data ? column_of(target, text) : 0;
        if (!item->column)
            snprintf(out->problem, sizeof out->problem, "line %u does not hold `%.60s`",
                     target->number, text);
    } else if (sscanf(where, " %u:%u", &line, &column) == 2) {
        item->line = line;
        item->column = column;
    } else {
        snprintf(out->problem, sizeof out->problem, "no place in \"%.60s\"", where);
    }
}

static void add(expectations *out, corsac_severity severity, const char *start, const char *end,
                const line_text *target)
{
    char words[300];
    int used = 0;
    expectation *items = realloc(out->items, (out->count + 1) * sizeof *items);
    if (!items)
        abort();
    out->items = items;
    expectation *item = &items[out->count++];
    *item = (expectation){.severity = severity};
    snprintf(words, sizeof words, "%.*s", (int)(end - start), start);
    if (sscanf(words, " %47s %15s%n", item->code, item->clause, &used) != 2)
        snprintf(out->problem, sizeof out->problem, "cannot read \"%.60s\"", words);
    else
        place(out, item, words + used, target);
}

/* All expectations of one line, which speak of `target`. */
static void read_line(expectations *out, const line_text *line, const line_text *target)
{
    static const char *const marks[] = {"# note:", "# warning:", "# error:"};
    const char *end = line->data + line->size;
    for (int severity = 0; severity < 3; severity++) {
        const char *at = find(line->data, line->size, marks[severity]);
        while (at) {
            const char *start = at + strlen(marks[severity]);
            const char *stop = find(start, (size_t)(end - start), " # ");
            add(out, (corsac_severity)severity, start, stop ? stop : end, target);
            at = find(start, (size_t)(end - start), marks[severity]);
        }
    }
}

void expectations_read(corsac_str text, expectations *out)
{
    size_t at = 0;
    line_text line = {0};
    *out = (expectations){.options = defaults()};
    while (next_line(text, &at, &line)) {
        line_text target = line;
        size_t ahead = at;
        while (is_comment(&target))
            if (!next_line(text, &ahead, &target))
                break;
        read_options(out, &line);
        read_line(out, &line, &target);
    }
}

void expectations_free(expectations *list)
{
    free(list->items);
    *list = (expectations){0};
}

bool expectations_meet(expectations *list, const corsac_diagnostic *found)
{
    for (size_t i = 0; i < list->count; i++) {
        expectation *item = &list->items[i];
        if (item->met || item->severity != found->severity ||
            strcmp(item->code, found->code) != 0 || strcmp(item->clause, found->clause) != 0 ||
            item->line != found->line || item->column != found->column)
            continue;
        item->met = true;
        return true;
    }
    return false;
}
