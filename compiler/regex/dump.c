// SPDX-License-Identifier: Apache-2.0
// The simplified tree as text, one form per tree: for tests and for people who wonder what was
// understood.
#include "compiler/regex/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [CSC_REGEX_NEVER] = "never",      [CSC_REGEX_EMPTY] = "empty",
    [CSC_REGEX_LITERAL] = "lit",      [CSC_REGEX_CLASS] = "class",
    [CSC_REGEX_BYTES] = "bytes",      [CSC_REGEX_CONCAT] = "cat",
    [CSC_REGEX_ALTERNATE] = "alt",    [CSC_REGEX_REPEAT] = "rep",
    [CSC_REGEX_BEGIN_TEXT] = "bot",   [CSC_REGEX_END_TEXT] = "eot",
    [CSC_REGEX_BEGIN_LINE] = "bol",   [CSC_REGEX_END_LINE] = "eol",
    [CSC_REGEX_WORD_BOUNDARY] = "wb", [CSC_REGEX_NO_WORD_BOUNDARY] = "nwb",
};

static void dump_literal(FILE *out, corsac_str bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        bool plain = c > 0x20 && c < 0x7F && !strchr("\\{}", c);
        fprintf(out, plain ? "%c" : "\\%02x", c);
    }
}

static void dump_ranges(FILE *out, const csc_regex_node *node)
{
    for (size_t i = 0; i < node->range_count; i++) {
        csc_regex_range r = node->ranges[i];
        fprintf(out, i ? " %x" : "%x", r.first);
        if (r.last != r.first)
            fprintf(out, "-%x", r.last);
    }
}

static void dump_node(FILE *out, const csc_regex_node *node)
{
    fputs(names[node->kind], out);
    if (csc_regex_is_assertion(node) || node->kind <= CSC_REGEX_EMPTY)
        return;
    fputc('{', out);
    if (node->kind == CSC_REGEX_LITERAL)
        dump_literal(out, node->literal);
    if (node->kind == CSC_REGEX_CLASS || node->kind == CSC_REGEX_BYTES)
        dump_ranges(out, node);
    if (node->kind == CSC_REGEX_REPEAT && node->max == CSC_REGEX_UNBOUNDED)
        fprintf(out, "%u,inf ", node->min);
    else if (node->kind == CSC_REGEX_REPEAT)
        fprintf(out, "%u,%u ", node->min, node->max);
    for (size_t i = 0; i < node->child_count; i++) {
        if (i)
            fputc(' ', out);
        dump_node(out, node->children[i]);
    }
    fputc('}', out);
}

corsac_str csc_regex_node_dump(csc_arena *arena, const csc_regex_node *root)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return (corsac_str){"", 0};
    dump_node(out, root);
    bool ok = fclose(out) == 0;
    corsac_str copy = ok ? csc_arena_copy(arena, (corsac_str){text, size}) : (corsac_str){"", 0};
    free(text);
    return copy;
}
