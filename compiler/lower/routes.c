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

static corsac_status lower_path(csc_lowering *lowering, const csc_ir_route *route, cse_route *out,
                                uint32_t *text)
{
    *text = CSE_NONE;
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
    *text = csc_sections_intern(lowering->sections, &path, 1);
    out->path_size = (uint32_t)path.size;
    if (path.size > 0 && path.size <= sizeof(out->path))
        memcpy(out->path, path.data, path.size);
    memset(out->mask, 0xFF, cse_route_masked_bytes(out));
    return CORSAC_OK;
}

/* ---- sources ------------------------------------------------------------------------------ */

/* What explain says about a route or a policy, texts by number. */
typedef struct kept_source {
    uint32_t where, owner, file; /* a route's own text, or a path in the policy's document */
    uint32_t name;               /* of a route */
    uint32_t line, column;
    bool deprecated_list; /* of a policy */
} kept_source;

/* A route that needs no program and has no conditions. */
typedef struct kept_route {
    cse_route record; /* without policy and places */
    uint32_t path;
    kept_source source;
} kept_route;

static uint32_t route_text(csc_sections *sections, const csc_ir_source *source)
{
    char rule[CSC_DECIMAL_BYTES], match[CSC_DECIMAL_BYTES];
    const bool has_match = source->match_index != SIZE_MAX;
    const corsac_str texts[] = {source->owner,
                                csc_str_from("#http["),
                                csc_str_decimal(rule, source->rule_index),
                                csc_str_from(has_match ? "].match[" : "]"),
                                csc_str_decimal(match, source->match_index),
                                csc_str_from("]")};
    return csc_sections_intern(sections, texts, has_match ? 6 : 4);
}

static uint32_t policy_text(csc_sections *sections, const csc_ir_source *source)
{
    char rule[CSC_DECIMAL_BYTES];
    const corsac_str texts[] = {csc_str_from("spec.http["),
                                csc_str_decimal(rule, source->rule_index),
                                csc_str_from("].corsPolicy")};
    return csc_sections_intern(sections, texts, sizeof(texts) / sizeof(*texts));
}

/* Of a text that is often the very one of the call before. */
static uint32_t same_string(csc_sections *sections, csc_last_string *last, corsac_str text)
{
    if (text.data != last->text.data || text.size != last->text.size)
        *last = (csc_last_string){text, csc_sections_intern(sections, &text, 1)};
    return last->number;
}

static uint32_t file_of(csc_lowering *lowering, csc_span span)
{
    return same_string(lowering->sections, &lowering->last_file,
                       csc_context_file(lowering->context, span));
}

/* The order of texts in STRINGS is that of the calls, here and where they are placed. */
static void keep_route_source(csc_lowering *lowering, const csc_ir_route *route, kept_source *kept)
{
    csc_sections *sections = lowering->sections;
    kept->line = route->source.span.line;
    kept->column = route->source.span.column;
    kept->where = route_text(sections, &route->source);
    kept->name = csc_sections_intern(sections, &route->name, 1);
    kept->owner = same_string(sections, &lowering->last_owner, route->root);
    kept->file = file_of(lowering, route->source.span);
}

static void keep_policy_source(csc_lowering *lowering, const csc_ir_policy *policy,
                               kept_source *kept)
{
    csc_sections *sections = lowering->sections;
    kept->deprecated_list = policy->deprecated_list;
    kept->line = policy->source.span.line;
    kept->column = policy->source.span.column;
    kept->owner = same_string(sections, &lowering->last_owner, policy->source.owner);
    kept->where = policy_text(sections, &policy->source);
    kept->file = file_of(lowering, policy->source.span);
}

/* Of each policy made once. */
static const kept_source *policy_source(csc_lowering *lowering, uint32_t index)
{
    csc_ir_policy *policy = &lowering->ir->policies[index];
    csc_kept *kept = lowering->kept;
    if (csc_memo_holds(&policy->memo, kept) && policy->memo.value)
        return policy->memo.value;
    kept_source *made = csc_arena_alloc(kept->arena, 1, sizeof(*made));
    if (!made)
        return NULL;
    keep_policy_source(lowering, policy, made);
    policy->memo.value = made;
    if (policy->home)
        *policy->home = policy->memo;
    return made;
}

static void place_policy_source(csc_lowering *lowering, uint32_t policy, const kept_source *kept,
                                cse_route_source *out)
{
    csc_sections *sections = lowering->sections;
    out->policy = lowering->policies[policy];
    out->deprecated_list = kept->deprecated_list;
    out->policy_owner = csc_sections_place(sections, kept->owner);
    out->policy_path = csc_sections_place(sections, kept->where);
    out->policy_file = csc_sections_place(sections, kept->file);
    out->policy_line = kept->line;
    out->policy_column = kept->column;
}

/* An owner is too long only with a --namespace that Kubernetes has not. */
static corsac_status place_source(csc_lowering *lowering, const kept_source *kept, uint32_t policy)
{
    csc_sections *sections = lowering->sections;
    cse_route_source out = {.line = kept->line, .column = kept->column, .policy = CSE_NONE};
    out.route =
        csc_sections_place(sections, kept->where); /* in this order, whatever compiles it */
    out.route_name = csc_sections_place(sections, kept->name);
    out.root = csc_sections_place(sections, kept->owner);
    out.file = csc_sections_place(sections, kept->file);
    if (policy != CORSAC_NONE) {
        const kept_source *source = policy_source(lowering, policy);
        if (!source)
            return CORSAC_E_MEMORY;
        place_policy_source(lowering, policy, source, &out);
    }
    csc_sections_append(sections, CSE_SECTION_ROUTE_SOURCES, &out, sizeof(out));
    return out.policy_owner.size <= CSE_MAX_OWNER_BYTES ? CORSAC_OK : CORSAC_E_LIMIT;
}

/* ---- routes ------------------------------------------------------------------------------- */

static cse_action action_of(const csc_ir_route *route)
{
    return route->action == CSC_IR_REDIRECT          ? CSE_ACTION_REDIRECT
           : route->action == CSC_IR_DIRECT_RESPONSE ? CSE_ACTION_DIRECT_RESPONSE
                                                     : CSE_ACTION_FORWARD;
}

static corsac_status make_route(csc_lowering *lowering, const csc_ir_route *route, kept_route *out)
{
    *out = (kept_route){.record = {.action = action_of(route)}};
    corsac_status status = lower_path(lowering, route, &out->record, &out->path);
    if (status == CORSAC_OK)
        status = lower_conditions(lowering, route, &out->record);
    if (status != CORSAC_OK)
        return status;
    if (cse_route_is_plain(&out->record))
        out->record.flags |= CSE_ROUTE_PLAIN;
    keep_route_source(lowering, route, &out->source);
    return CORSAC_OK;
}

static bool can_be_kept(const csc_lowering *lowering, const csc_ir_route *route)
{
    return lowering->kept->lasts && route->home && route->condition_count == 0 &&
           route->path_kind != CSC_PATH_REGEX;
}

/* What is kept of the route, or is made now, in `made` or where it is kept. */
static corsac_status get_route(csc_lowering *lowering, csc_ir_route *route, kept_route *made,
                               const kept_route **out)
{
    csc_kept *kept = lowering->kept;
    *out = csc_memo_holds(&route->memo, kept) ? route->memo.value : NULL;
    if (*out)
        return CORSAC_OK;
    *out = made;
    corsac_status status = make_route(lowering, route, made);
    if (status != CORSAC_OK || !can_be_kept(lowering, route))
        return status;
    kept_route *copy = csc_arena_alloc(kept->arena, 1, sizeof(*copy));
    if (!copy)
        return CORSAC_E_MEMORY;
    *copy = *made;
    route->memo.value = copy;
    *route->home = route->memo;
    return CORSAC_OK;
}

static corsac_status lower_route(csc_lowering *lowering, uint32_t index)
{
    csc_ir_route *route = &lowering->ir->routes[index];
    cse_route *out = &lowering->routes[index];
    kept_route made;
    const kept_route *kept;
    corsac_status status = get_route(lowering, route, &made, &kept);
    if (status != CORSAC_OK)
        return status;
    *out = kept->record;
    out->source = index;
    out->policy = out->origin_set = CSE_NONE;
    if (route->policy != CORSAC_NONE && out->action == CSE_ACTION_FORWARD) { /* C-2, C-3 */
        out->policy = lowering->policies[route->policy];
        out->origin_set = lowering->policy_sets[route->policy];
    }
    if (kept->record.path_kind != CSE_PATH_REGEX)
        out->path_offset = csc_sections_place(lowering->sections, kept->path).offset;
    return place_source(lowering, &kept->source, route->policy);
}

/* What is kept lies all over: asked for so many routes before it is copied that the waits for memory overlap. */
enum { ASK_AHEAD = 8 };

__attribute__((always_inline)) static inline void ask_for_kept(const csc_ir_route *route)
{
    const char *kept = route->memo.value;
    for (size_t line = 0; kept && line < sizeof(kept_route); line += 64)
        __builtin_prefetch(kept + line);
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
        if (i + ASK_AHEAD < lowering->ir->route_count)
            ask_for_kept(&lowering->ir->routes[i + ASK_AHEAD]);
        corsac_status status = lower_route(lowering, i);
        if (status != CORSAC_OK)
            return status;
    }
    return CORSAC_OK;
}
