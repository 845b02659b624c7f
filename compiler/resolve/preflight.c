// SPDX-License-Identifier: Apache-2.0
// Policies that cannot do their work where they stand: on a rule that does not forward (C-2), or on
// routes that no preflight can take, since it comes with method OPTIONS and without cookies,
// credentials and custom headers. Said once per policy, never acted on.
#include "compiler/resolve/preflight.h"

/* ---- what a preflight brings along ---------------------------------------------------------- */

/* Sent by browsers with a preflight, or added by Envoy and by proxies in front of it. */
static const char *const preflight_headers[] = {"accept",
                                                "accept-encoding",
                                                "accept-language",
                                                "access-control-request-headers",
                                                "access-control-request-local-network",
                                                "access-control-request-method",
                                                "access-control-request-private-network",
                                                "cache-control",
                                                "cdn-loop",
                                                "connection",
                                                "content-length",
                                                "dnt",
                                                "forwarded",
                                                "host",
                                                "keep-alive",
                                                "origin",
                                                "pragma",
                                                "priority",
                                                "referer",
                                                "save-data",
                                                "sec-fetch-dest",
                                                "sec-fetch-mode",
                                                "sec-fetch-site",
                                                "te",
                                                "traceparent",
                                                "tracestate",
                                                "true-client-ip",
                                                "user-agent",
                                                "via"};

/* Families of them. */
static const char *const preflight_prefixes[] = {
    ":",        "cf-",          "x-amzn-",     "x-b3-",   "x-cloud-",
    "x-envoy-", "x-forwarded-", "x-original-", "x-real-", "x-request-"};

static bool preflight_sends(corsac_str name)
{
    for (size_t i = 0; i < sizeof(preflight_headers) / sizeof(*preflight_headers); i++) {
        if (csc_str_is(name, preflight_headers[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof(preflight_prefixes) / sizeof(*preflight_prefixes); i++) {
        if (csc_str_starts(name, csc_str_from(preflight_prefixes[i])))
            return true;
    }
    return false;
}

/* True for a regex of plain words between bars that do not include OPTIONS; anything else is left
 * to those who can read a regex. */
static bool words_without_options(corsac_str regex)
{
    size_t start = 0;
    for (size_t i = 0; i <= regex.size; i++) {
        bool bar = i == regex.size || regex.data[i] == '|';
        if (!bar && (regex.data[i] < 'A' || regex.data[i] > 'Z'))
            return false;
        if (bar && csc_str_is(csc_str_slice(regex, start, i - start), "OPTIONS"))
            return false;
        if (bar)
            start = i + 1;
    }
    return true;
}

static bool refuses_options(const csc_string_match *method)
{
    corsac_str options = csc_str_from("OPTIONS");
    if (!method->present)
        return false;
    if (method->kind == CSC_MATCH_EXACT)
        return !csc_str_equal(method->value, options);
    if (method->kind == CSC_MATCH_PREFIX)
        return !csc_str_starts(options, method->value);
    return method->kind == CSC_MATCH_REGEX && words_without_options(method->value);
}

static bool demands_custom_header(csc_arena *arena, const csc_keyed_matches *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        corsac_str name = csc_name_lower(arena, headers->items[i].key);
        if (csc_str_is(name, ":method") && refuses_options(&headers->items[i].match))
            return true;
        if (!preflight_sends(name))
            return true;
    }
    return false;
}

static bool preflight_can_take(csc_arena *arena, const csc_merged_rule *rule)
{
    for (size_t i = 0; i < rule->match_count; i++) {
        const csc_match_block *block = &rule->matches[i];
        if (!refuses_options(&block->method) && !demands_custom_header(arena, &block->headers))
            return true;
    }
    return rule->match_count == 0;
}

/* ---- reporting ----------------------------------------------------------------------------- */

static void warn_policy(csc_resolution *r, const csc_merged_rule *rule, const char *code,
                        const char *clause, const char *message)
{
    csc_resolve_report(
        r, CORSAC_SEVERITY_WARNING, code, clause, rule->policy->span, "VirtualService",
        rule->policy_owner,
        csc_arena_printf(r->arena, "spec.http[%zu].corsPolicy", rule->policy->rule_index),
        csc_str_from(message));
}

static void check_rule(csc_resolution *r, const csc_merged_rule *rule)
{
    if (rule->action == CSC_IR_REDIRECT)
        warn_policy(r, rule, "policy-never-acts", "C-2",
                    "this policy never acts: the rule redirects, and redirects are outside CORS");
    else if (rule->action == CSC_IR_DIRECT_RESPONSE)
        warn_policy(r, rule, "policy-never-acts", "C-2",
                    "this policy never acts: the rule answers directly, outside CORS");
    else if (!preflight_can_take(r->arena, rule))
        warn_policy(r, rule, "preflight-unreachable", "R-13",
                    "no preflight reaches this policy: every match demands a method or a header "
                    "that a preflight (OPTIONS, no credentials, no custom headers) does not have");
}

bool csc_resolve_check_policies(csc_resolution *r, const csc_root *roots, size_t count)
{
    /* a policy of a delegate or a delegating rule repeats */
    csc_map *told = csc_map_new_for(r->arena, count > 1 ? r->policy_capacity : 0);
    if (!told)
        return false;
    for (size_t i = 0; i < count; i++) {
        const csc_root *root = &roots[i];
        for (size_t j = 0; j < root->rule_count && root->gateway_count; j++) {
            const csc_merged_rule *rule = &root->rules[j];
            bool added;
            if (!rule->policy)
                continue;
            corsac_str key = {(const char *)&rule->policy, sizeof(rule->policy)};
            if (!csc_map_put(told, key, &added))
                return false;
            if (added)
                check_rule(r, rule);
        }
    }
    return true;
}
