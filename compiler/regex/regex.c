// SPDX-License-Identifier: Apache-2.0
// Entry of the room: pattern text to checked, simplified tree.
#include "compiler/regex/parse.h"

#include <string.h>

enum {
    DEFAULT_PATTERN_BYTES = 1024,
    DEFAULT_PROGRAM_SIZE = 32768,
    CHEAP_PROGRAM_SIZE = 100 /* so small that it cannot reach CSE_SPARSE_MAX_STEPS */
};

/* "\\." and the like: legal, but it asks for a backslash that no origin holds. */
static uint32_t find_doubled_backslash(corsac_str text)
{
    for (size_t i = 0; i + 2 < text.size; i++) {
        if (text.data[i] != '\\')
            continue;
        char next = text.data[i + 2];
        if (text.data[i + 1] == '\\' && next && strchr(".dwsDWS/-", next))
            return (uint32_t)i;
        i++;
    }
    return CORSAC_NONE;
}

static bool check_program_size(csc_scanner *s, const csc_parse_node *root, uint32_t limit)
{
    s->regex->program_size = csc_regex_program_size(root, s->encoding, limit);
    if (s->regex->program_size == 0)
        return false;
    if (s->regex->program_size <= limit)
        return true;
    return csc_parse_fail_by(s, CSC_REGEX_E_PROGRAM_SIZE, CSC_REGEX_BY_ENVOY, 0, s->text.size,
                             "the compiled pattern is larger than re2.max_program_size allows");
}

/* Istio parses every pattern as UTF-8, also where Envoy will read bytes. For ASCII both readings
 * agree. */
static bool check_admission(csc_scanner *s)
{
    size_t i = 0;
    while (i < s->text.size && (unsigned char)s->text.data[i] < 0x80)
        i++;
    if (s->encoding == CSC_REGEX_UTF8 || i == s->text.size)
        return true;
    csc_scanner admission = *s;
    csc_regex notes = {0};
    admission.encoding = CSC_REGEX_UTF8;
    admission.regex = &notes;
    bool admitted = csc_parse_pattern(&admission) != NULL;
    csc_ranges_free(&admission.set);
    if (!admitted && s->error->code != CSC_REGEX_E_NONE)
        s->error->refused_by &= ~(uint32_t)CSC_REGEX_BY_ENVOY;
    return admitted;
}

/* RE2's limit on its instructions bounds points and edges but for what RE2 flattens away. */
static bool check_cost(csc_scanner *s)
{
    if (s->regex->program_size <= CHEAP_PROGRAM_SIZE)
        return true;
    uint32_t steps; /* CORSAC_E_LIMIT: too many, or too many points */
    corsac_status status = csc_regex_nfa_steps(s->regex->root, &steps);
    if (status != CORSAC_E_LIMIT)
        return status == CORSAC_OK;
    return csc_parse_fail_by(s, CSC_REGEX_E_COST, CSC_REGEX_BY_CORSAC, 0, s->text.size,
                             "it has too many ways that read nothing");
}

static bool run_parser(csc_scanner *s, const csc_regex_limits *limits)
{
    uint32_t max_bytes =
        limits && limits->pattern_bytes ? limits->pattern_bytes : DEFAULT_PATTERN_BYTES;
    uint32_t max_size =
        limits && limits->program_size ? limits->program_size : DEFAULT_PROGRAM_SIZE;
    if (s->text.size > max_bytes)
        return csc_parse_fail_by(s, CSC_REGEX_E_TOO_LONG, CSC_REGEX_BY_ISTIO, max_bytes, 0,
                                 "the pattern is longer than 1024 bytes");
    if (!check_admission(s))
        return false;
    const csc_parse_node *root = csc_parse_pattern(s);
    if (!root || !check_program_size(s, root, max_size))
        return false;
    s->regex->root = csc_regex_simplify(s->arena, root, s->encoding);
    return s->regex->root != NULL && check_cost(s);
}

static bool has_assertions(const csc_regex_node *node)
{
    if (csc_regex_is_assertion(node))
        return true;
    for (size_t i = 0; i < node->child_count; i++)
        if (has_assertions(node->children[i]))
            return true;
    return false;
}

corsac_status csc_regex_parse(csc_arena *arena, corsac_str pattern, const csc_regex_limits *limits,
                              csc_regex **out, csc_regex_error *error)
{
    *out = NULL;
    *error = (csc_regex_error){0};
    csc_regex *regex = csc_arena_alloc(arena, 1, sizeof *regex);
    if (!regex)
        return CORSAC_E_MEMORY;
    regex->pattern = csc_arena_copy(arena, pattern.data ? pattern : csc_str_from(""));
    regex->unicode_offset = CORSAC_NONE;
    if (csc_arena_failed(arena))
        return CORSAC_E_MEMORY;
    regex->doubled_backslash_offset = find_doubled_backslash(regex->pattern);
    regex->encoding = limits ? limits->encoding : CSC_REGEX_LATIN1;
    csc_scanner scanner = {.arena = arena,
                           .text = regex->pattern,
                           .encoding = regex->encoding,
                           .regex = regex,
                           .error = error};
    bool parsed = run_parser(&scanner, limits);
    csc_ranges_free(&scanner.set);
    if (error->code != CSC_REGEX_E_NONE)
        return CORSAC_E_SOURCE;
    if (!parsed)
        return CORSAC_E_MEMORY;
    regex->has_assertions = has_assertions(regex->root);
    *out = regex;
    return CORSAC_OK;
}

const csc_regex_node *csc_regex_node_literal(csc_arena *arena, corsac_str bytes)
{
    csc_regex_node *node = csc_arena_alloc(arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = bytes.size ? CSC_REGEX_LITERAL : CSC_REGEX_EMPTY;
    if (bytes.size)
        node->literal = csc_arena_copy(arena, bytes);
    return bytes.size && !node->literal.data ? NULL : node;
}

/* Any byte, repeated without bound. */
static const csc_regex_node *any_bytes(csc_arena *arena)
{
    static const csc_regex_range all = {0, 0xFF};
    csc_regex_node *nodes = csc_arena_alloc(arena, 2, sizeof *nodes);
    const csc_regex_node **children = csc_arena_alloc(arena, 1, sizeof *children);
    if (!nodes || !children)
        return NULL;
    nodes[1].kind = CSC_REGEX_BYTES;
    nodes[1].ranges = &all;
    nodes[1].range_count = 1;
    children[0] = &nodes[1];
    nodes[0].kind = CSC_REGEX_REPEAT;
    nodes[0].children = children;
    nodes[0].child_count = 1;
    nodes[0].max = CSC_REGEX_UNBOUNDED;
    return &nodes[0];
}

const csc_regex_node *csc_regex_node_prefix(csc_arena *arena, corsac_str bytes)
{
    const csc_regex_node *rest = any_bytes(arena);
    if (!rest || bytes.size == 0)
        return rest;
    csc_regex_node *node = csc_arena_alloc(arena, 1, sizeof *node);
    const csc_regex_node **children = csc_arena_alloc(arena, 2, sizeof *children);
    if (!node || !children)
        return NULL;
    children[0] = csc_regex_node_literal(arena, bytes);
    children[1] = rest;
    node->kind = CSC_REGEX_CONCAT;
    node->children = children;
    node->child_count = 2;
    return children[0] ? node : NULL;
}
