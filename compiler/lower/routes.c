// SPDX-License-Identifier: Apache-2.0
// Routes with their conditions, and where they come from. hosts.c strings the routes together.
#include "compiler/lower/lower.h"
#include "corsac/engine.h"
#include "engine/image/route_format.h"

#include <string.h>

/* ---- conditions --------------------------------------------------------------------------- */

/*
 * M-12: headers whose lines Envoy 1.39 joins with "," on arrival, so that a condition sees one text
 * (tests/conformance/k20_findings.md). Origin and the two preflight headers have fields of their
 * own.
 */
static const char *const stored_once[] = {
    "accept",
    "accept-encoding",
    "access-control-request-private-network",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
    "referer",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-envoy-is-timeout-retry",
    "x-envoy-upstream-stream-duration-ms",
    "x-forwarded-host",
    "x-forwarded-port",
};

static const struct {
    const char *name;
    cse_subject subject;
} named_subjects[] = {
    {":method", CSE_SUBJECT_METHOD},
    {":authority", CSE_SUBJECT_AUTHORITY},
    {":scheme", CSE_SUBJECT_SCHEME},
    {":path", CSE_SUBJECT_PATH},
    {"origin", CSE_SUBJECT_ORIGIN},
    {"access-control-request-method", CSE_SUBJECT_REQUEST_METHOD},
    {"access-control-request-headers", CSE_SUBJECT_REQUEST_HEADERS},
};

static cse_subject subject_of(const csc_condition *condition)
{
    if (condition->kind == CSC_CONDITION_QUERY)
        return CSE_SUBJECT_QUERY;
    if (condition->kind == CSC_CONDITION_CLAIM)
        return CSE_SUBJECT_CLAIM;
    for (size_t i = 0; i < sizeof(named_subjects) / sizeof(*named_subjects); i++)
        if (csc_str_is(condition->name, named_subjects[i].name))
            return named_subjects[i].subject;
    return CSE_SUBJECT_HEADER;
}

static uint8_t flags_of(const csc_lowering *lowering, const csc_condition *condition,
                        cse_subject subject)
{
    uint8_t flags = 0;
    if (condition->invert)
        flags |= CSE_CONDITION_INVERT;
    if (condition->missing_as_empty)
        flags |= CSE_CONDITION_MISSING_AS_EMPTY;
    if (subject != CSE_SUBJECT_HEADER)
        return flags;
    for (size_t i = 0; i < sizeof(stored_once) / sizeof(*stored_once); i++)
        if (csc_str_is(condition->name, stored_once[i]))
            return flags | CSE_CONDITION_STORED_ONCE;
    if (lowering->context->options->image_options & CORSAC_OPTION_HEADER_MATCH_JOINED)
        flags |= CSE_CONDITION_JOINED;
    return flags;
}

/* M-15: regex "*" asks for presence. */
static cse_test test_of(const csc_condition *condition)
{
    switch (condition->match) {
    case CSC_MATCH_EXACT:
        return CSE_TEST_EXACT;
    case CSC_MATCH_PREFIX:
        return CSE_TEST_PREFIX;
    case CSC_MATCH_REGEX:
        return csc_str_is(condition->value, "*") ? CSE_TEST_PRESENT : CSE_TEST_REGEX;
    case CSC_MATCH_NONE:
        break;
    }
    return CSE_TEST_PRESENT;
}

static corsac_status lower_condition(csc_lowering *lowering, const csc_condition *from,
                                     cse_condition *out)
{
    csc_sections *sections = lowering->sections;
    cse_subject subject = subject_of(from);
    *out = (cse_condition){.subject = (uint8_t)subject,
                           .test = (uint8_t)test_of(from),
                           .flags = flags_of(lowering, from, subject),
                           .program = CSE_NONE};
    if (subject == CSE_SUBJECT_HEADER || subject == CSE_SUBJECT_QUERY ||
        subject == CSE_SUBJECT_CLAIM)
        out->name = csc_sections_string(sections, from->name);
    if (out->test != CSE_TEST_PRESENT)
        out->value = csc_sections_string(sections, from->value);
    if (out->test != CSE_TEST_REGEX)
        return CORSAC_OK;
    return csc_programs_add(lowering->programs, from->value, &out->program);
}

/* Routes with equal conditions share one slice of records. */
static corsac_status lower_conditions(csc_lowering *lowering, const csc_ir_route *route,
                                      cse_route *out)
{
    size_t count = route->condition_count;
    if (count == 0)
        return CORSAC_OK;
    cse_condition *records = csc_arena_alloc(lowering->context->arena, count, sizeof(*records));
    if (!records)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        corsac_status status = lower_condition(lowering, &route->conditions[i], &records[i]);
        if (status != CORSAC_OK)
            return status;
        if (records[i].subject == CSE_SUBJECT_CLAIM)
            out->flags |= CSE_ROUTE_CLAIMS;
    }
    bool added = false;
    corsac_str bytes = {(const char *)records, count * sizeof(*records)};
    size_t *first = csc_map_put(lowering->conditions, bytes, &added);
    if (!first)
        return CORSAC_E_MEMORY;
    if (added)
        *first =
            csc_sections_append(lowering->sections, CSE_SECTION_CONDITIONS, records, bytes.size) /
            sizeof(*records);
    out->first_condition = (uint32_t)*first;
    out->condition_count = (uint32_t)count;
    return CORSAC_OK;
}

/* ---- paths -------------------------------------------------------------------------------- */

static corsac_str lower_case(csc_arena *arena, corsac_str text)
{
    char *bytes = csc_arena_alloc(arena, text.size + 1, 1);
    if (!bytes)
        return (corsac_str){"", 0};
    for (size_t i = 0; i < text.size; i++)
        bytes[i] =
            text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] + 32) : text.data[i];
    return (corsac_str){bytes, text.size};
}

static corsac_status lower_path(csc_lowering *lowering, const csc_ir_route *route, cse_route *out)
{
    if (route->path_kind == CSC_PATH_REGEX) {
        out->path_kind = CSE_PATH_REGEX;
        return csc_programs_add(lowering->programs, route->path, &out->path_offset);
    }
    corsac_str path = route->path;
    if (route->ignore_case) /* M-5 */
        path = lower_case(lowering->context->arena, path);
    out->ignore_case = route->ignore_case;
    out->path_kind = route->path_kind == CSC_PATH_EXACT ? CSE_PATH_EXACT
                     : path.size == 0                   ? CSE_PATH_ANY
                                                        : CSE_PATH_PREFIX;
    cse_text stored = csc_sections_string(lowering->sections, path);
    out->path_offset = stored.offset;
    out->path_size = stored.size;
    if (path.size > 0 && path.size <= sizeof(out->path))
        memcpy(out->path, path.data, path.size);
    memset(out->mask, 0xFF, cse_route_masked_bytes(out));
    return CORSAC_OK;
}

/* ---- sources ------------------------------------------------------------------------------ */

static cse_text route_text(csc_sections *sections, const csc_ir_source *source)
{
    char rule[CSC_DECIMAL_BYTES], match[CSC_DECIMAL_BYTES];
    const bool has_match = source->match_index != SIZE_MAX;
    const corsac_str texts[] = {source->owner,
                                csc_str_from("#http["),
                                csc_str_decimal(rule, source->rule_index),
                                csc_str_from(has_match ? "].match[" : "]"),
                                csc_str_decimal(match, source->match_index),
                                csc_str_from("]")};
    return csc_sections_joined(sections, texts, has_match ? 6 : 4);
}

static cse_text policy_text(csc_sections *sections, const csc_ir_source *source)
{
    char rule[CSC_DECIMAL_BYTES];
    const corsac_str texts[] = {csc_str_from("spec.http["),
                                csc_str_decimal(rule, source->rule_index),
                                csc_str_from("].corsPolicy")};
    return csc_sections_joined(sections, texts, sizeof(texts) / sizeof(*texts));
}

/* Of a text that is often the very one of the call before. */
static cse_text same_string(csc_sections *sections, csc_last_string *last, corsac_str text)
{
    if (text.data != last->text.data || text.size != last->text.size)
        *last = (csc_last_string){text, csc_sections_string(sections, text)};
    return last->stored;
}

static void lower_policy_source(csc_lowering *lowering, uint32_t policy, cse_route_source *out)
{
    const csc_ir_policy *from = &lowering->ir->policies[policy];
    csc_sections *sections = lowering->sections;
    out->policy = lowering->policies[policy];
    out->deprecated_list = from->deprecated_list;
    out->policy_owner = same_string(sections, &lowering->last_owner, from->source.owner);
    out->policy_path = policy_text(sections, &from->source);
    out->policy_file = same_string(sections, &lowering->last_file,
                                   csc_context_file(lowering->context, from->source.span));
    out->policy_line = from->source.span.line;
    out->policy_column = from->source.span.column;
}

/* An owner is too long only with a --namespace that Kubernetes has not. */
static corsac_status lower_source(csc_lowering *lowering, const csc_ir_route *route)
{
    csc_sections *sections = lowering->sections;
    const csc_ir_source *source = &route->source;
    cse_route_source out = {
        .route = route_text(sections, source),
        .route_name = csc_sections_string(sections, route->name),
        .root = same_string(sections, &lowering->last_owner, route->root),
        .file = same_string(sections, &lowering->last_file,
                            csc_context_file(lowering->context, source->span)),
        .line = source->span.line,
        .column = source->span.column,
        .policy = CSE_NONE,
    };
    if (route->policy != CORSAC_NONE)
        lower_policy_source(lowering, route->policy, &out);
    csc_sections_append(sections, CSE_SECTION_ROUTE_SOURCES, &out, sizeof(out));
    return out.policy_owner.size <= CSE_MAX_OWNER_BYTES ? CORSAC_OK : CORSAC_E_LIMIT;
}

/* ---- routes ------------------------------------------------------------------------------- */

static corsac_status lower_route(csc_lowering *lowering, uint32_t index)
{
    const csc_ir_route *route = &lowering->ir->routes[index];
    cse_route *out = &lowering->routes[index];
    out->source = index;
    out->action = route->action == CSC_IR_REDIRECT          ? CSE_ACTION_REDIRECT
                  : route->action == CSC_IR_DIRECT_RESPONSE ? CSE_ACTION_DIRECT_RESPONSE
                                                            : CSE_ACTION_FORWARD;
    out->policy = out->origin_set = CSE_NONE;
    if (route->policy != CORSAC_NONE) {
        out->policy = lowering->policies[route->policy];
        out->origin_set = lowering->policy_sets[route->policy];
    }
    corsac_status status = lower_path(lowering, route, out);
    if (status == CORSAC_OK)
        status = lower_conditions(lowering, route, out);
    if (status != CORSAC_OK)
        return status;
    if (cse_route_is_plain(out))
        out->flags |= CSE_ROUTE_PLAIN;
    return lower_source(lowering, route);
}

corsac_status csc_lower_routes(csc_lowering *lowering)
{
    csc_sections_declare(lowering->sections, CSE_SECTION_CONDITIONS, sizeof(cse_condition));
    csc_sections_declare(lowering->sections, CSE_SECTION_ROUTE_SOURCES, sizeof(cse_route_source));
    lowering->routes = csc_arena_alloc(lowering->context->arena, lowering->ir->route_count + 1,
                                       sizeof(*lowering->routes));
    if (!lowering->routes)
        return CORSAC_E_MEMORY;
    for (uint32_t i = 0; i < lowering->ir->route_count; i++) {
        corsac_status status = lower_route(lowering, i);
        if (status != CORSAC_OK)
            return status;
    }
    return CORSAC_OK;
}
