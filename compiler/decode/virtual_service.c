// SPDX-License-Identifier: Apache-2.0
// Extraction of a VirtualService from nodes that passed check and validation.
#include "compiler/decode/decode.h"
#include "compiler/decode/duration.h"
#include "compiler/decode/fields.h"

#include <stdlib.h>

static int compare_keyed(const void *a, const void *b)
{
    return csc_str_compare(((const csc_keyed_match *)a)->key, ((const csc_keyed_match *)b)->key);
}

static csc_keyed_matches take_keyed(csc_arena *arena, const csc_node *block, const char *field)
{
    const csc_node *map = csc_field(block, field);
    csc_keyed_matches out = {0};
    if (!map || map->kind != CSC_NODE_MAP || map->count == 0)
        return out;
    out.items = csc_arena_alloc(arena, map->count, sizeof *out.items);
    for (size_t i = 0; out.items && i < map->count; i++) {
        const csc_entry *entry = &map->entries[i];
        csc_string_match match = csc_take_match(entry->value, NULL);
        if (match.kind == CSC_MATCH_NONE)
            match.span = entry->key_span;
        out.items[out.count++] = (csc_keyed_match){entry->key, match, entry->key_span};
    }
    if (out.count > 1)
        qsort(out.items, out.count, sizeof *out.items, compare_keyed);
    return out;
}

void csc_take_block(csc_arena *arena, const csc_node *node, csc_match_block *out)
{
    out->span = node->span;
    out->name = csc_field_text(node, "name");
    out->uri = csc_take_match(node, "uri");
    out->scheme = csc_take_match(node, "scheme");
    out->method = csc_take_match(node, "method");
    out->authority = csc_take_match(node, "authority");
    out->headers = take_keyed(arena, node, "headers");
    out->without_headers = take_keyed(arena, node, "withoutHeaders");
    out->query_params = take_keyed(arena, node, "queryParams");
    out->port = csc_field_uint32(node, "port");
    out->ignore_uri_case = csc_field_true(node, "ignoreUriCase");
    out->source_labels = csc_take_labels(arena, node, "sourceLabels");
    out->source_namespace = csc_field_text(node, "sourceNamespace");
    out->gateways = csc_take_strings(arena, node, "gateways");
    out->stat_prefix = csc_field_text(node, "statPrefix");
}

static void take_blocks(csc_arena *arena, const csc_node *rule, csc_http_rule *out)
{
    const csc_node *list = csc_field(rule, "match");
    if (!list || list->count == 0)
        return;
    out->matches = csc_arena_alloc(arena, list->count, sizeof *out->matches);
    for (size_t i = 0; out->matches && i < list->count; i++) {
        csc_take_block(arena, list->items[i], &out->matches[i]);
        out->matches[i].index = i;
        out->match_count = i + 1;
    }
}

/* ---- corsPolicy ------------------------------------------------------------------------- */

static void take_origins(csc_arena *arena, const csc_node *node, csc_cors_policy *out)
{
    const csc_node *list = csc_field(node, "allowOrigins");
    if (!list || list->count == 0) { /* P-2 */
        list = csc_field(node, "allowOrigin");
        out->deprecated_list = list && list->count > 0;
    }
    if (!list || list->count == 0)
        return;
    out->origins = csc_arena_alloc(arena, list->count, sizeof *out->origins);
    for (size_t i = 0; out->origins && i < list->count; i++) {
        csc_string_match match;
        if (out->deprecated_list) {
            match = (csc_string_match){.kind = CSC_MATCH_EXACT, .span = list->items[i]->span};
            csc_node_text(list->items[i], &match.value);
        } else {
            match = csc_take_match(list->items[i], NULL);
        }
        out->origins[i] = (csc_origin_matcher){match.kind, match.value, match.span};
        out->origin_count = i + 1;
    }
}

static bool is_ignore(const csc_node *node)
{
    return node && (csc_str_is(node->text, "IGNORE") ||
                    (node->kind == CSC_NODE_NUMBER && csc_str_is(node->text, "2")));
}

static csc_cors_policy *take_policy(csc_arena *arena, const csc_node *rule, size_t rule_index)
{
    const csc_entry *entry = csc_field_entry(rule, "corsPolicy");
    csc_cors_policy *out = entry ? csc_arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out)
        return NULL;
    const csc_node *node = entry->value;
    out->span = entry->key_span;
    out->rule_index = rule_index;
    take_origins(arena, node, out);
    out->allow_methods = csc_take_strings(arena, node, "allowMethods");
    out->allow_headers = csc_take_strings(arena, node, "allowHeaders");
    out->expose_headers = csc_take_strings(arena, node, "exposeHeaders");
    const csc_node *credentials = csc_field(node, "allowCredentials");
    if (credentials)
        out->allow_credentials = credentials->boolean ? CSC_TRUE : CSC_FALSE;
    out->forward_unmatched = !is_ignore(csc_field(node, "unmatchedPreflights")); /* P-11 */
    corsac_str age = csc_field_text(node, "maxAge");
    int64_t nanoseconds = 0;
    out->has_max_age = age.data && csc_duration_parse(age, &nanoseconds);
    out->max_age_seconds = nanoseconds / 1000000000; /* P-6 */
    return out;
}

/* ---- rules ------------------------------------------------------------------------------ */

static bool translates(uint32_t code)
{
    return code == 0 || code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

static void take_rule(csc_arena *arena, const csc_node *node, size_t index, csc_http_rule *out)
{
    const csc_entry *redirect = csc_field_entry(node, "redirect");
    const csc_entry *direct = csc_field_entry(node, "directResponse");
    const csc_entry *delegate = csc_field_entry(node, "delegate");
    out->span = node->span;
    out->index = index;
    out->name = csc_field_text(node, "name");
    take_blocks(arena, node, out);
    out->has_route = csc_field_count(node, "route") > 0;
    out->has_redirect = redirect != NULL;
    if (redirect) {
        out->redirect_span = redirect->key_span;
        out->redirect_prefix_rewrite = csc_field_filled(redirect->value, "prefixRewrite");
        out->redirect_translates = translates(csc_field_uint32(redirect->value, "redirectCode"));
    }
    out->has_direct_response = direct != NULL;
    if (direct)
        out->direct_response_span = direct->key_span;
    out->has_delegate = delegate != NULL;
    if (delegate) {
        out->delegate_span = delegate->key_span;
        out->delegate_name = csc_field_text(delegate->value, "name");
        out->delegate_namespace = csc_field_text(delegate->value, "namespace");
        if (out->delegate_namespace.size == 0) /* the proto knows no difference */
            out->delegate_namespace = (corsac_str){NULL, 0};
    }
    out->policy = take_policy(arena, node, index);
}

void csc_take_virtual_service(const csc_context *context, const csc_node *spec,
                              csc_virtual_service *out)
{
    csc_arena *arena = context->arena;
    const csc_entry *hosts = csc_field_entry(spec, "hosts");
    const csc_node *http = csc_field(spec, "http");
    out->hosts = csc_take_strings(arena, spec, "hosts");
    out->hosts_span = hosts ? hosts->key_span : out->span;
    out->gateways = csc_take_strings(arena, spec, "gateways");
    out->export_to = csc_take_strings(arena, spec, "exportTo");
    if (!http || http->count == 0)
        return;
    out->rules = csc_arena_alloc(arena, http->count, sizeof *out->rules);
    for (size_t i = 0; out->rules && i < http->count; i++) {
        take_rule(arena, http->items[i], i, &out->rules[i]);
        out->rule_count = i + 1;
    }
}
