// SPDX-License-Identifier: Apache-2.0
// Resources as text: one line per fact, in the order of the files; absent fields are left out.
#include "compiler/read/document.h"
#include "compiler/support/buffer.h"

static void put_text(csc_buffer *out, const char *name, corsac_str text)
{
    if (!text.data)
        return;
    csc_buffer_printf(out, " %s=", name);
    csc_buffer_quote(out, text);
}

static void put_strings(csc_buffer *out, const char *indent, const char *name,
                        const csc_strings *list)
{
    if (list->count == 0)
        return;
    csc_buffer_printf(out, "%s%s", indent, name);
    for (size_t i = 0; i < list->count; i++) {
        csc_buffer_printf(out, " ");
        csc_buffer_quote(out, list->items[i].text);
    }
    csc_buffer_printf(out, "\n");
}

static void put_labels(csc_buffer *out, const char *indent, const char *name,
                       const csc_labels *labels)
{
    if (labels->count == 0)
        return;
    csc_buffer_printf(out, "%s%s", indent, name);
    for (size_t i = 0; i < labels->count; i++) {
        csc_buffer_printf(out, " ");
        csc_buffer_quote(out, labels->items[i].key);
        csc_buffer_printf(out, "=");
        csc_buffer_quote(out, labels->items[i].value);
    }
    csc_buffer_printf(out, "\n");
}

static void put_metadata(const csc_context *context, csc_buffer *out, const char *kind,
                         const csc_metadata *metadata, csc_span span)
{
    csc_buffer_printf(out, "%s ", kind);
    csc_buffer_append(out, metadata->namespace_);
    csc_buffer_printf(out, "/");
    csc_buffer_append(out, metadata->name);
    csc_buffer_printf(out, " at ");
    csc_buffer_append(out, csc_context_file(context, span));
    csc_buffer_printf(out, ":%u:%u document %u\n", span.line, span.column, span.document);
    put_labels(out, "  ", "labels", &metadata->labels);
    if (metadata->has_creation_time)
        csc_buffer_printf(out, "  created %lld.%09u\n", (long long)metadata->creation_seconds,
                          metadata->creation_nanoseconds);
}

/* ---- matches ---------------------------------------------------------------------------- */

static const char *kind_name(csc_match_kind kind)
{
    static const char *const names[] = {"present", "exact", "prefix", "regex"};
    return names[kind];
}

static void put_match(csc_buffer *out, const csc_string_match *match)
{
    csc_buffer_printf(out, " %s", kind_name(match->kind));
    if (match->kind != CSC_MATCH_NONE) {
        csc_buffer_printf(out, " ");
        csc_buffer_quote(out, match->value);
    }
    csc_buffer_printf(out, " at %u:%u\n", match->span.line, match->span.column);
}

static void put_field_match(csc_buffer *out, const char *name, const csc_string_match *match)
{
    if (!match->present)
        return;
    csc_buffer_printf(out, "      %s", name);
    put_match(out, match);
}

static void put_keyed(csc_buffer *out, const char *name, const csc_keyed_matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        csc_buffer_printf(out, "      %s ", name);
        csc_buffer_quote(out, matches->items[i].key);
        put_match(out, &matches->items[i].match);
    }
}

static void put_block(csc_buffer *out, const csc_match_block *block)
{
    csc_buffer_printf(out, "    match %zu at %u:%u", block->index, block->span.line,
                      block->span.column);
    put_text(out, "name", block->name);
    if (block->port)
        csc_buffer_printf(out, " port=%u", block->port);
    if (block->ignore_uri_case)
        csc_buffer_printf(out, " ignore-uri-case");
    put_text(out, "source-namespace", block->source_namespace);
    put_text(out, "stat-prefix", block->stat_prefix);
    csc_buffer_printf(out, "\n");
    put_field_match(out, "uri", &block->uri);
    put_field_match(out, "scheme", &block->scheme);
    put_field_match(out, "method", &block->method);
    put_field_match(out, "authority", &block->authority);
    put_keyed(out, "header", &block->headers);
    put_keyed(out, "without-header", &block->without_headers);
    put_keyed(out, "query", &block->query_params);
    put_labels(out, "      ", "source-labels", &block->source_labels);
    put_strings(out, "      ", "gateways", &block->gateways);
}

/* ---- rules ------------------------------------------------------------------------------ */

static void put_policy(csc_buffer *out, const csc_cors_policy *policy)
{
    static const char *const credentials[] = {"unset", "false", "true"};
    csc_buffer_printf(out, "    policy at %u:%u credentials=%s unmatched=%s", policy->span.line,
                      policy->span.column, credentials[policy->allow_credentials],
                      policy->forward_unmatched ? "forward" : "ignore");
    if (policy->has_max_age)
        csc_buffer_printf(out, " max-age=%lld", (long long)policy->max_age_seconds);
    csc_buffer_printf(out, policy->deprecated_list ? " deprecated-list\n" : "\n");
    for (size_t i = 0; i < policy->origin_count; i++) {
        const csc_origin_matcher *origin = &policy->origins[i];
        csc_buffer_printf(out, "      origin %s",
                          origin->kind ? kind_name(origin->kind) : "dropped");
        if (origin->kind) {
            csc_buffer_printf(out, " ");
            csc_buffer_quote(out, origin->value);
        }
        csc_buffer_printf(out, " at %u:%u\n", origin->span.line, origin->span.column);
    }
    put_strings(out, "      ", "methods", &policy->allow_methods);
    put_strings(out, "      ", "headers", &policy->allow_headers);
    put_strings(out, "      ", "expose", &policy->expose_headers);
}

static void put_rule(csc_buffer *out, const csc_http_rule *rule)
{
    csc_buffer_printf(out, "  rule %zu at %u:%u", rule->index, rule->span.line, rule->span.column);
    put_text(out, "name", rule->name);
    csc_buffer_printf(
        out, "%s%s%s%s%s\n", rule->has_route ? " route" : "", rule->has_redirect ? " redirect" : "",
        rule->redirect_prefix_rewrite ? " prefix-rewrite" : "",
        rule->has_redirect && !rule->redirect_translates ? " untranslatable-code" : "",
        rule->has_direct_response ? " direct-response" : "");
    if (rule->has_delegate) {
        csc_buffer_printf(out, "    delegate");
        put_text(out, "name", rule->delegate_name);
        put_text(out, "namespace", rule->delegate_namespace);
        csc_buffer_printf(out, "\n");
    }
    for (size_t i = 0; i < rule->match_count; i++)
        put_block(out, &rule->matches[i]);
    if (rule->policy)
        put_policy(out, rule->policy);
}

/* ---- resources -------------------------------------------------------------------------- */

static void put_server(csc_buffer *out, const csc_server *server)
{
    static const char *const modes[] = {"PASSTHROUGH",      "SIMPLE",       "MUTUAL",
                                        "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"};
    csc_buffer_printf(out, "  server at %u:%u port=%u", server->span.line, server->span.column,
                      server->port_number);
    put_text(out, "name", server->port_name);
    put_text(out, "protocol", server->protocol);
    if (server->bind.size)
        put_text(out, "bind", server->bind);
    if (server->has_tls)
        csc_buffer_printf(out, " tls=%s%s", modes[server->tls_mode],
                          server->https_redirect ? " https-redirect" : "");
    csc_buffer_printf(out, "\n");
    put_strings(out, "    ", "hosts", &server->hosts);
}

static void put_quarantined(const csc_context *context, csc_buffer *out,
                            const csc_quarantined *item)
{
    csc_buffer_printf(out, "quarantined %s ", item->is_gateway ? "Gateway" : "VirtualService");
    csc_buffer_append(out, item->namespace_);
    csc_buffer_printf(out, "/");
    csc_buffer_append(out, item->name);
    csc_buffer_printf(out, " at ");
    csc_buffer_append(out, csc_context_file(context, item->span));
    csc_buffer_printf(out, ":%u:%u document %u\n", item->span.line, item->span.column,
                      item->span.document);
    put_strings(out, "  ", "hosts", &item->hosts);
}

corsac_status csc_resources_dump(const csc_context *context, const csc_resources *resources,
                                 corsac_str *out)
{
    csc_buffer text = {.arena = context->arena};
    for (size_t i = 0; i < resources->virtual_service_count; i++) {
        const csc_virtual_service *item = &resources->virtual_services[i];
        put_metadata(context, &text, "VirtualService", &item->metadata, item->span);
        put_strings(&text, "  ", "hosts", &item->hosts);
        put_strings(&text, "  ", "gateways", &item->gateways);
        put_strings(&text, "  ", "export-to", &item->export_to);
        for (size_t j = 0; j < item->rule_count; j++)
            put_rule(&text, &item->rules[j]);
    }
    for (size_t i = 0; i < resources->gateway_count; i++) {
        const csc_gateway *item = &resources->gateways[i];
        put_metadata(context, &text, "Gateway", &item->metadata, item->span);
        put_labels(&text, "  ", "selector", &item->selector);
        for (size_t j = 0; j < item->server_count; j++)
            put_server(&text, &item->servers[j]);
    }
    for (size_t i = 0; i < resources->quarantined_count; i++)
        put_quarantined(context, &text, &resources->quarantined[i]);
    csc_buffer_printf(&text, "documents %u skipped %u\n", resources->document_count,
                      resources->skipped_count);
    *out = csc_buffer_finish(&text);
    return csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
