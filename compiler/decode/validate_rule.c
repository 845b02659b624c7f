// SPDX-License-Identifier: Apache-2.0
// One rule of spec.http: its actions (V-18 to V-23) and what they exclude.
#include "compiler/decode/fields.h"
#include "compiler/decode/validate.h"

enum { MAX_BODY_BYTES = 1024 * 1024, LARGE_BODY_BYTES = 100 * 1024 };

static csc_span key_span(const csc_node *rule, const char *field)
{
    const csc_entry *entry = csc_field_entry(rule, field);
    return entry ? entry->key_span : rule->span;
}

/* ---- which action ----------------------------------------------------------------------- */

/* Reports `other` when it stands beside `action`. */
static void exclude(csc_finder *finder, const csc_path *path, const csc_node *rule,
                    const char *action, const char *other, const char *clause)
{
    const csc_node *node = csc_field(rule, other);
    csc_path here = csc_path_field(path, other);
    if (!node || (node->kind == CSC_NODE_LIST && node->count == 0))
        return;
    csc_find_error(finder, "rule-conflict", clause, key_span(rule, other), &here,
                   "A rule with %s cannot have %s.", action, other);
}

static void validate_root_rule(csc_finder *finder, const csc_path *path, const csc_node *rule)
{
    exclude(finder, path, rule, "delegate", "redirect", "V-18");
    exclude(finder, path, rule, "delegate", "route", "V-18");
}

static void validate_action(csc_finder *finder, const csc_path *path, const csc_node *rule)
{
    static const char *const others[] = {"route", "fault", "rewrite"};
    const csc_node *route = csc_field(rule, "route");
    bool has_route = route && (route->broken || route->count > 0);
    const char *action = csc_field(rule, "redirect")         ? "redirect"
                         : csc_field(rule, "directResponse") ? "directResponse"
                                                             : NULL;
    for (size_t i = 0; action && i < sizeof others / sizeof *others; i++)
        exclude(finder, path, rule, action, others[i], "V-20");
    if (csc_field(rule, "redirect"))
        exclude(finder, path, rule, "redirect", "directResponse", "V-20");
    if (!action && !has_route)
        csc_find_error(finder, "rule-without-action", "V-20", rule->span, path,
                       "A rule needs one of route, redirect and directResponse.");
    if (csc_field(rule, "mirror") && csc_field_count(rule, "mirrors") > 0)
        exclude(finder, path, rule, "mirror", "mirrors", "V-22");
}

/* ---- redirect (V-23) -------------------------------------------------------------------- */

static bool has_block_without_prefix(const csc_node *rule)
{
    const csc_node *blocks = csc_field(rule, "match");
    for (size_t i = 0; i < csc_field_count(rule, "match"); i++) {
        const csc_node *uri = csc_field(blocks->items[i], "uri");
        if (uri && !uri->broken && (!csc_field(uri, "prefix") || csc_field(uri, "regex")))
            return true;
    }
    return false;
}

static void validate_redirect_parts(csc_finder *finder, const csc_path *path, const csc_node *rule,
                                    const csc_node *redirect)
{
    bool uri = csc_field_filled(redirect, "uri");
    bool prefix = csc_field_filled(redirect, "prefixRewrite");
    csc_path here = csc_path_field(path, "prefixRewrite");
    if (!uri && !prefix && !csc_field_filled(redirect, "authority") &&
        !csc_field_filled(redirect, "scheme") && !csc_field(redirect, "port") &&
        !csc_field(redirect, "derivePort"))
        csc_find_error(
            finder, "redirect-empty", "V-23", redirect->span, path,
            "A redirect needs one of uri, prefixRewrite, authority, port, derivePort and "
            "scheme.");
    if (uri && prefix)
        csc_find_error(finder, "redirect-conflict", "V-23", key_span(redirect, "prefixRewrite"),
                       &here, "A redirect cannot have both uri and prefixRewrite.");
    if (prefix && has_block_without_prefix(rule))
        csc_find_error(finder, "redirect-prefix", "V-23", key_span(redirect, "prefixRewrite"),
                       &here, "prefixRewrite requires every match with a uri to use prefix.");
}

static void validate_redirect(csc_finder *finder, const csc_path *path, const csc_node *rule,
                              const csc_node *redirect)
{
    static const char *const names[] = {"redirectCode", "scheme", "port"};
    csc_path here[3];
    for (size_t i = 0; i < 3; i++)
        here[i] = csc_path_field(path, names[i]);
    validate_redirect_parts(finder, path, rule, redirect);
    const csc_node *code = csc_field(redirect, "redirectCode");
    uint32_t number = csc_field_uint32(redirect, "redirectCode");
    if (code && !code->broken && number != 0 && (number < 300 || number > 399))
        csc_find_error(finder, "redirect-code", "V-23", code->span, &here[0],
                       "A redirectCode must be 0 or from 300 to 399, not %u.", number);
    corsac_str scheme = csc_field_text(redirect, "scheme");
    if (scheme.size && !csc_str_is(scheme, "http") && !csc_str_is(scheme, "https"))
        csc_find_error(finder, "redirect-scheme", "V-23", csc_field_span(redirect, "scheme"),
                       &here[1], "The scheme of a redirect must be http or https, not %s.",
                       csc_show(finder, scheme));
    number = csc_field(redirect, "derivePort") ? 0 : csc_field_uint32(redirect, "port");
    if (number > 65535)
        csc_find_error(finder, "redirect-port", "V-23", csc_field_span(redirect, "port"), &here[2],
                       "The port of a redirect must be at most 65535, not %u.", number);
}

/* ---- directResponse (V-21) -------------------------------------------------------------- */

static size_t body_bytes(const csc_node *body)
{
    const csc_node *bytes = csc_field(body, "bytes"), *text = csc_field(body, "string");
    size_t padding = 0;
    if (!bytes)
        return text && text->kind == CSC_NODE_STRING ? text->text.size : 0;
    while (padding < bytes->text.size && bytes->text.data[bytes->text.size - 1 - padding] == '=')
        padding++;
    return bytes->text.size / 4 * 3 - (padding > 2 ? 2 : padding);
}

static void validate_direct_response(csc_finder *finder, const csc_path *path, const csc_node *node)
{
    const csc_node *status = csc_field(node, "status"), *body = csc_field(node, "body");
    csc_path at_status = csc_path_field(path, "status"), at_body = csc_path_field(path, "body");
    uint32_t number = csc_field_uint32(node, "status");
    if ((!status || !status->broken) && (number < 200 || number > 600))
        csc_find_error(finder, "direct-response-status", "V-21", status ? status->span : node->span,
                       &at_status,
                       "The status of a directResponse must be from 200 to 599, not %u.", number);
    if (!body || body->broken)
        return;
    size_t size = body_bytes(body);
    if (size > MAX_BODY_BYTES)
        csc_find_error(finder, "direct-response-body", "V-21", body->span, &at_body,
                       "The body of a directResponse has %zu bytes; at most 1 MiB is allowed.",
                       size);
    else if (size > LARGE_BODY_BYTES)
        csc_find_warning(finder, "direct-response-body", "V-31", body->span, &at_body,
                         "The body of a directResponse has %zu bytes; more than 100 KiB slows the "
                         "gateway down.",
                         size);
}

/* ---- the rule --------------------------------------------------------------------------- */

static void validate_blocks(csc_finder *finder, const csc_path *path, const csc_node *rule,
                            const csc_rule_setting *setting)
{
    const csc_node *blocks = csc_field(rule, "match");
    csc_path here = csc_path_field(path, "match");
    if (!blocks || blocks->broken)
        return;
    for (size_t i = 0; i < blocks->count && !finder->failed; i++) {
        csc_path item = csc_path_item(&here, i);
        if (!blocks->items[i]->broken)
            csc_validate_block(finder, &item, blocks->items[i], setting);
    }
}

static void validate_delegate(csc_finder *finder, const csc_path *path, const csc_node *rule,
                              const csc_rule_setting *setting)
{
    csc_path here = csc_path_field(path, "delegate");
    bool delegates = csc_field(rule, "delegate") != NULL;
    if (delegates && !setting->is_delegate) {
        validate_root_rule(finder, path, rule);
        return;
    }
    if (delegates)
        csc_find_error(finder, "delegate-chain", "V-19", key_span(rule, "delegate"), &here,
                       "A VirtualService without hosts is a delegate itself and cannot delegate.");
    validate_action(finder, path, rule);
}

void csc_validate_rule(csc_finder *finder, const csc_path *path, const csc_node *rule,
                       const csc_rule_setting *setting)
{
    const csc_node *redirect = csc_field(rule, "redirect"), *policy = csc_field(rule, "corsPolicy");
    const csc_node *direct = csc_field(rule, "directResponse");
    csc_path at_redirect = csc_path_field(path, "redirect");
    csc_path at_direct = csc_path_field(path, "directResponse");
    csc_path at_policy = csc_path_field(path, "corsPolicy");
    csc_path at_percent = csc_path_field(path, "mirrorPercent");
    csc_path at_name = csc_path_field(path, "name");
    csc_validate_name_size(finder, &at_name, csc_field(rule, "name"), CSC_MAX_RULE_NAME_BYTES);
    validate_delegate(finder, path, rule, setting);
    validate_blocks(finder, path, rule, setting);
    if (redirect && !redirect->broken)
        validate_redirect(finder, &at_redirect, rule, redirect);
    if (direct && !direct->broken)
        validate_direct_response(finder, &at_direct, direct);
    if (policy && !policy->broken)
        csc_validate_policy(finder, &at_policy, policy);
    if (csc_field(rule, "mirrorPercent"))
        csc_find_warning(finder, "mirror-percent", "V-31", key_span(rule, "mirrorPercent"),
                         &at_percent, "mirrorPercent is deprecated; use mirrorPercentage.");
}
