// SPDX-License-Identifier: Apache-2.0
// Rules of a root, each delegating one replaced in place by what its delegate says (chapter L).
#include "compiler/resolve/resolution.h"
#include "engine/image/regex_format.h"

/* Rules times match blocks multiply here, so one root may not ask for more joined blocks than this
 * five hundred times what the largest published VirtualServices need. */
enum {
    MAX_MERGED_BLOCKS = 32768,
    MAX_MERGED_CONDITIONS =
        8 * MAX_MERGED_BLOCKS /* of the joined blocks, each has its own copies */
};

typedef struct merge {
    csc_resolution *r;
    csc_root *root;
    const csc_service *service;
    size_t capacity;
    size_t spent_blocks, spent_conditions;
    bool exceeded;
} merge;

static corsac_str rule_path(const merge *m, size_t rule, const char *field)
{
    return csc_arena_printf(m->r->arena, "spec.http[%zu]%s", rule, field);
}

/* */
static csc_ir_action action_of(const csc_http_rule *rule, bool direct_response)
{
    if (rule->has_redirect)
        return CSC_IR_REDIRECT;
    return direct_response ? CSC_IR_DIRECT_RESPONSE : CSC_IR_FORWARD;
}

static csc_merged_rule *append_rule(merge *m)
{
    csc_merged_rule *rules = csc_arena_grow(m->r->arena, m->root->rules, m->root->rule_count,
                                            &m->capacity, sizeof(*rules));
    if (!rules)
        return NULL;
    m->root->rules = rules;
    csc_merged_rule *rule = &rules[m->root->rule_count++];
    *rule = (csc_merged_rule){0};
    return rule;
}

/* One route per block, or one for a rule that matches everything. */
static bool make_route_slots(merge *m, csc_merged_rule *rule)
{
    size_t count = rule->match_count ? rule->match_count : 1;
    rule->routes = csc_arena_alloc(m->r->arena, count, sizeof(*rule->routes));
    for (size_t i = 0; rule->routes && i < count; i++)
        rule->routes[i] = CORSAC_NONE;
    for (size_t i = 0; i < rule->match_count; i++) {
        const csc_match_block *block = &rule->matches[i];
        if (block->port || block->gateways.count || block->source_labels.count ||
            block->source_namespace.size)
            m->root->filtered = true;
    }
    return rule->routes != NULL;
}

static bool keep_rule(merge *m, const csc_http_rule *written)
{
    csc_merged_rule *rule = append_rule(m);
    if (!rule)
        return false;
    rule->owner = m->service->id;
    rule->span = written->span;
    rule->index = written->index;
    rule->name = written->name;
    rule->matches = m->service->blocks[written - m->service->document->rules];
    rule->match_count = written->match_count;
    rule->action = action_of(written, written->has_direct_response);
    rule->policy = written->policy;
    rule->policy_owner = m->service->id;
    return make_route_slots(m, rule);
}

/* ---- consequences worth a word (L-10, L-5) -------------------------------------------------- */

static bool is_empty_policy(const csc_cors_policy *policy)
{
    return !policy->origin_count && !policy->allow_methods.count && !policy->allow_headers.count &&
           !policy->expose_headers.count && !policy->has_max_age &&
           policy->allow_credentials == CSC_UNSET && policy->forward_unmatched;
}

static void warn_consequences(merge *m, const csc_http_rule *root, const csc_service *delegate,
                              const csc_http_rule *leaf)
{
    csc_resolution *r = m->r;
    const csc_cors_policy *policy = leaf->policy;
    if (root->policy && root->policy->origin_count && policy && !policy->origin_count)
        csc_resolve_report(
            r, CORSAC_SEVERITY_WARNING, "delegate-policy", "L-10", policy->span, "VirtualService",
            delegate->id, rule_path(m, leaf->index, ".corsPolicy"),
            csc_arena_printf(r->arena,
                             "%s takes the place of the whole corsPolicy of %.*s http[%zu], whose "
                             "origins are lost: no origin is allowed here",
                             is_empty_policy(policy) ? "this empty corsPolicy" : "this corsPolicy",
                             (int)m->root->id.size, m->root->id.data, root->index));
    if (root->has_direct_response && leaf->has_route && (leaf->policy || root->policy))
        csc_resolve_report(
            r, CORSAC_SEVERITY_WARNING, "delegate-direct-response", "L-10",
            root->direct_response_span, "VirtualService", m->root->id,
            rule_path(m, root->index, ".directResponse"),
            csc_arena_printf(r->arena,
                             "directResponse is inherited by %.*s http[%zu] and answers in place "
                             "of its route, so CORS never acts there",
                             (int)delegate->id.size, delegate->id.data, leaf->index));
}

static void warn_dropped(merge *m, const csc_http_rule *root, const csc_service *delegate,
                         const csc_http_rule *leaf)
{
    csc_resolve_report(
        m->r, CORSAC_SEVERITY_WARNING, "delegate-rule-dropped", "L-5", leaf->span, "VirtualService",
        delegate->id, rule_path(m, leaf->index, ".match"),
        csc_arena_printf(m->r->arena,
                         "no match of this rule fits a match of %.*s http[%zu], which delegates "
                         "here; the rule is dropped",
                         (int)m->root->id.size, m->root->id.data, root->index));
}

/* ---- one rule of the root with one rule of its delegate ------------------------------------ */

static uint64_t keyed_steps(const csc_keyed_matches *matches)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < matches->count; i++)
        sum += matches->items[i].match.regex_steps;
    return sum;
}

static uint64_t steps_of(const csc_match_block *blocks, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) { /* blocks may be NULL when there are none */
        const csc_match_block *block = &blocks[i];
        sum += (uint64_t)block->uri.regex_steps + block->scheme.regex_steps +
               block->method.regex_steps + block->authority.regex_steps +
               keyed_steps(&block->headers) + keyed_steps(&block->without_headers) +
               keyed_steps(&block->query_params);
    }
    return sum;
}

static size_t condition_count(const csc_match_block *blocks, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += blocks[i].headers.count + blocks[i].without_headers.count +
               blocks[i].query_params.count;
    return sum;
}

/* Each block of one side is joined with each of the other, and brings its conditions along. */
static bool spend(merge *m, const csc_http_rule *root, const csc_service *delegate,
                  const csc_http_rule *leaf)
{
    size_t a = root->match_count ? root->match_count : 1;
    size_t b = leaf->match_count ? leaf->match_count : 1;
    if (a > MAX_MERGED_BLOCKS / b || m->spent_blocks + a * b > MAX_MERGED_BLOCKS) {
        m->exceeded = true;
        return false;
    }
    m->spent_blocks += a * b;
    m->spent_conditions +=
        b * condition_count(m->service->blocks[root - m->service->document->rules],
                            root->match_count) +
        a * condition_count(delegate->blocks[leaf - delegate->document->rules], leaf->match_count);
    m->exceeded = m->spent_conditions > MAX_MERGED_CONDITIONS;
    return !m->exceeded;
}

static bool join_matches(merge *m, const csc_http_rule *root, const csc_service *delegate,
                         const csc_http_rule *leaf, const csc_match_block **matches, size_t *count)
{
    const csc_match_block *leaves = delegate->blocks[leaf - delegate->document->rules];
    *matches = leaves;
    *count = leaf->match_count;
    if (root->match_count == 0)
        return true;
    csc_match_block *joined = NULL;
    bool ok =
        csc_resolve_merge_matches(m->r, m->service->blocks[root - m->service->document->rules],
                                  root->match_count, leaves, leaf->match_count, &joined, count);
    *matches = joined;
    return ok;
}

static bool merge_rule(merge *m, const csc_http_rule *root, const csc_service *delegate,
                       const csc_http_rule *leaf)
{
    const csc_match_block *matches;
    size_t count;
    if (!spend(m, root, delegate, leaf))
        return true;
    if (!join_matches(m, root, delegate, leaf, &matches, &count))
        return false;
    if (count == 0 && root->match_count) {
        warn_dropped(m, root, delegate, leaf);
        return true;
    }
    csc_merged_rule *rule = append_rule(m);
    if (!rule)
        return false;
    rule->owner = delegate->id;
    rule->span = leaf->span;
    rule->index = leaf->index;
    rule->name = csc_resolve_merge_names(m->r, root->name, leaf->name);
    rule->matches = matches;
    rule->match_count = count;
    rule->action = action_of(leaf, leaf->has_direct_response || root->has_direct_response);
    rule->policy = leaf->policy ? leaf->policy : root->policy;
    rule->policy_owner = leaf->policy ? delegate->id : m->service->id;
    warn_consequences(m, root, delegate, leaf);
    return make_route_slots(m, rule);
}

/* ---- finding the delegate (L-2) ------------------------------------------------------------ */

static void warn_no_delegate(merge *m, const csc_http_rule *rule, const char *code,
                             const char *clause, corsac_str id, corsac_str reason)
{
    csc_resolve_report(m->r, CORSAC_SEVERITY_WARNING, code, clause, rule->delegate_span,
                       "VirtualService", m->root->id, rule_path(m, rule->index, ".delegate"),
                       csc_arena_printf(m->r->arena,
                                        "the delegate %.*s %.*s; this rule yields nothing",
                                        (int)id.size, id.data, (int)reason.size, reason.data));
}

static corsac_str quarantine_reason(csc_resolution *r, size_t index)
{
    const csc_quarantined *q = &r->resources->quarantined[index];
    corsac_str file = csc_context_file(r->context, q->span);
    return csc_arena_printf(r->arena, "is quarantined (%.*s:%u)", (int)file.size, file.data,
                            q->span.line);
}

static csc_service *find_delegate(merge *m, const csc_http_rule *rule)
{
    csc_resolution *r = m->r;
    corsac_str own = m->root->document->metadata.namespace_;
    corsac_str ns = rule->delegate_namespace.size ? rule->delegate_namespace : own;
    corsac_str id = csc_name_qualify(r->arena, ns, rule->delegate_name);
    const size_t *found = csc_map_find(r->service_by_id, id);
    const size_t *quarantined = csc_map_find(r->quarantined_services, id);
    if (!found && quarantined) {
        warn_no_delegate(m, rule, "delegate-quarantined", "X-4", id,
                         quarantine_reason(r, *quarantined));
        return NULL;
    }
    if (!found) {
        warn_no_delegate(m, rule, "delegate-missing", "L-2", id, csc_str_from("does not exist"));
        return NULL;
    }
    csc_service *delegate = &r->services[*found];
    if (delegate->document->hosts.count) {
        warn_no_delegate(m, rule, "delegate-has-hosts", "L-2", id,
                         csc_str_from("has hosts, so it is not a delegate"));
        return NULL;
    }
    if (!csc_resolve_exported(r, delegate->document, own)) {
        warn_no_delegate(m, rule, "delegate-not-exported", "L-2", id,
                         csc_str_from("is not exported to this namespace"));
        return NULL;
    }
    return delegate;
}

/*
 * Each block of the root's rule is repeated for each of the delegate's, its regexes included, so that the two
 * documents may cost far more together than they say. All that one root takes in of one delegate may cost as much as
 * one VirtualService; nobody else's routes on the host are counted, so that nobody else can be harmed.
 */
static bool is_affordable(merge *m, const csc_http_rule *rule, csc_service *delegate)
{
    const csc_match_block *roots = m->service->blocks[rule - m->service->document->rules];
    size_t a = rule->match_count ? rule->match_count : 1;
    uint64_t root_steps = steps_of(roots, rule->match_count);
    if (delegate->merged_into != m->root)
        delegate->merged_steps = 0;
    delegate->merged_into = m->root;
    uint64_t steps = delegate->merged_steps;
    for (size_t i = 0; i < delegate->document->rule_count; i++) {
        size_t count = delegate->document->rules[i].match_count;
        steps += root_steps * (count ? count : 1) + a * steps_of(delegate->blocks[i], count);
    }
    if (steps > CSE_MAX_LIST_STEPS)
        return false;
    delegate->merged_steps = steps;
    return true;
}

static void refuse_cost(merge *m, const csc_http_rule *rule, const csc_service *delegate)
{
    csc_resolve_report(
        m->r, CORSAC_SEVERITY_ERROR, "regex-cost", "X-9", rule->delegate_span, "VirtualService",
        m->root->id, rule_path(m, rule->index, ".delegate"),
        csc_arena_printf(m->r->arena,
                         "the match blocks of this rule and of %.*s together may take more than %d "
                         "steps of regexes per byte of text; this rule yields nothing",
                         (int)delegate->id.size, delegate->id.data, CSE_MAX_LIST_STEPS));
}

static bool delegate_rule(merge *m, const csc_http_rule *rule)
{
    csc_service *delegate = find_delegate(m, rule);
    if (!delegate)
        return !csc_arena_failed(m->r->arena);
    if (!is_affordable(m, rule, delegate)) {
        refuse_cost(m, rule, delegate);
        return true;
    }
    for (size_t i = 0; i < delegate->document->rule_count && !m->exceeded; i++) {
        if (!merge_rule(m, rule, delegate, &delegate->document->rules[i]))
            return false;
    }
    return true;
}

static void reject_oversized(merge *m)
{
    m->root->rule_count = 0;
    csc_resolve_report(m->r, CORSAC_SEVERITY_ERROR, "limit-delegate-blocks", "X-9",
                       m->root->document->span, "VirtualService", m->root->id,
                       csc_str_from("spec.http"),
                       csc_arena_printf(m->r->arena,
                                        "merging its delegates makes more than %d match blocks, or "
                                        "blocks with more than %d conditions in all; this "
                                        "VirtualService is left out",
                                        MAX_MERGED_BLOCKS, MAX_MERGED_CONDITIONS));
}

bool csc_resolve_rules(csc_resolution *r, csc_root *root, const csc_service *service)
{
    merge m = {.r = r, .root = root, .service = service, .capacity = service->document->rule_count};
    root->rules = csc_arena_alloc(r->arena, m.capacity, sizeof(*root->rules));
    if (!root->rules)
        return false;
    for (size_t i = 0; i < service->document->rule_count && !m.exceeded; i++) {
        const csc_http_rule *rule = &service->document->rules[i];
        if (!(rule->has_delegate ? delegate_rule(&m, rule) : keep_rule(&m, rule)))
            return false;
    }
    if (m.exceeded)
        reject_oversized(&m);
    return !csc_arena_failed(r->arena);
}
