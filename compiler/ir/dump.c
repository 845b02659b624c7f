// SPDX-License-Identifier: Apache-2.0
// csc_ir -> text, one fact a line, in a form that tests may compare byte for byte: endpoints, TLS
// groups, route configurations with their virtual hosts, then the routes and policies they name by
// number. Text from documents is quoted; bytes outside printable ASCII are written \u00NN.
#include "compiler/ir/ir.h"

#include "compiler/support/buffer.h"

static void dump_config_name(csc_buffer *w, const csc_ir *ir, uint32_t index)
{
    if (index == CORSAC_NONE)
        csc_buffer_printf(w, "none");
    else
        csc_buffer_quote(w, ir->route_configs[index].name);
}

static void dump_endpoint(csc_buffer *w, const csc_ir *ir, const csc_ir_endpoint *e)
{
    csc_buffer_printf(w, "endpoint ");
    csc_buffer_append(w, e->gateway);
    csc_buffer_printf(w, " %u http=", e->port);
    dump_config_name(w, ir, e->route_config);
    if (e->tls_group == CORSAC_NONE)
        csc_buffer_printf(w, " tls=none");
    else
        csc_buffer_printf(w, " tls=%u", e->tls_group);
    csc_buffer_printf(w, e->implied ? " implied\n" : "\n");
}

static void dump_tls_group(csc_buffer *w, const csc_ir *ir, size_t index)
{
    csc_buffer_printf(w, "tls-group %zu\n", index);
    for (size_t i = 0; i < ir->tls_groups[index].name_count; i++) {
        csc_buffer_printf(w, "  sni ");
        csc_buffer_quote(w, ir->tls_groups[index].names[i].host);
        csc_buffer_printf(w, " ");
        dump_config_name(w, ir, ir->tls_groups[index].names[i].route_config);
        csc_buffer_printf(w, "\n");
    }
}

static void dump_route_config(csc_buffer *w, const csc_ir_route_config *config)
{
    csc_buffer_printf(w, "route-config ");
    csc_buffer_quote(w, config->name);
    csc_buffer_printf(w, "\n");
    for (size_t i = 0; i < config->virtual_host_count; i++) {
        const csc_ir_virtual_host *host = &config->virtual_hosts[i];
        csc_buffer_printf(w, "  host ");
        csc_buffer_quote(w, host->domain);
        csc_buffer_printf(w, host->tls_redirect ? " tls-redirect:" : ":");
        for (size_t j = 0; j < host->route_count; j++)
            csc_buffer_printf(w, " %u", host->routes[j]);
        csc_buffer_printf(w, "\n");
    }
}

static void dump_source(csc_buffer *w, const csc_context *context, const csc_ir_source *source)
{
    csc_buffer_append(w, source->owner);
    csc_buffer_printf(w, "#http[%zu]", source->rule_index);
    if (source->match_index != SIZE_MAX)
        csc_buffer_printf(w, ".match[%zu]", source->match_index);
    csc_buffer_printf(w, " ");
    csc_buffer_append(w, csc_context_file(context, source->span));
    csc_buffer_printf(w, ":%u:%u", source->span.line, source->span.column);
}

static const char *match_name(csc_match_kind kind)
{
    static const char *const names[] = {"present", "exact", "prefix", "regex"};
    return names[kind];
}

static void dump_condition(csc_buffer *w, const csc_condition *c)
{
    static const char *const kinds[] = {"header", "query", "claim"};
    csc_buffer_printf(w, "  %s ", kinds[c->kind]);
    csc_buffer_quote(w, c->name);
    csc_buffer_printf(w, " %s%s", c->invert ? "not " : "", match_name(c->match));
    if (c->match != CSC_MATCH_NONE) {
        csc_buffer_append(w, csc_str_from(" "));
        csc_buffer_quote(w, c->value);
    }
    csc_buffer_printf(w, c->missing_as_empty ? " missing-as-empty\n" : "\n");
}

static void dump_route(csc_buffer *w, const csc_context *context, const csc_ir *ir, size_t index)
{
    static const char *const paths[] = {"prefix", "exact", "regex"};
    static const char *const actions[] = {"forward", "redirect", "direct-response"};
    const csc_ir_route *route = &ir->routes[index];
    csc_buffer_printf(w, "route %zu ", index);
    dump_source(w, context, &route->source);
    csc_buffer_printf(w, " root ");
    csc_buffer_append(w, route->root);
    if (route->name.size) {
        csc_buffer_printf(w, " name ");
        csc_buffer_quote(w, route->name);
    }
    csc_buffer_printf(w, "\n  %s ", paths[route->path_kind]);
    csc_buffer_quote(w, route->path);
    csc_buffer_printf(w, "%s%s\n", route->ignore_case ? " ignore-case" : "",
                      route->catch_all ? " catch-all" : "");
    for (size_t i = 0; i < route->condition_count; i++)
        dump_condition(w, &route->conditions[i]);
    csc_buffer_printf(w, "  %s", actions[route->action]);
    if (route->policy != CORSAC_NONE)
        csc_buffer_printf(w, " policy %u", route->policy);
    csc_buffer_printf(w, "\n");
}

static void dump_value(csc_buffer *w, const char *name, corsac_str value)
{
    if (!value.size)
        return;
    csc_buffer_printf(w, "  %s ", name);
    csc_buffer_quote(w, value);
    csc_buffer_printf(w, "\n");
}

static void dump_policy(csc_buffer *w, const csc_context *context, const csc_ir_policy *policy,
                        size_t index)
{
    csc_buffer_printf(w, "policy %zu ", index);
    dump_source(w, context, &policy->source);
    csc_buffer_printf(w, "%s\n", policy->deprecated_list ? " deprecated-list" : "");
    for (size_t i = 0; i < policy->origin_count; i++) {
        const csc_origin_matcher *origin = &policy->origins[i];
        csc_buffer_printf(w, "  origin %s",
                          origin->kind == CSC_MATCH_NONE ? "dropped" : match_name(origin->kind));
        if (origin->kind != CSC_MATCH_NONE) {
            csc_buffer_append(w, csc_str_from(" "));
            csc_buffer_quote(w, origin->value);
        }
        csc_buffer_printf(w, "\n");
    }
    dump_value(w, "allow-methods", policy->allow_methods);
    dump_value(w, "allow-headers", policy->allow_headers);
    dump_value(w, "expose-headers", policy->expose_headers);
    dump_value(w, "max-age", policy->max_age);
    if (policy->allow_credentials)
        csc_buffer_printf(w, "  allow-credentials\n");
    if (!policy->forward_unmatched)
        csc_buffer_printf(w, "  ignore-unmatched\n");
}

corsac_status csc_ir_dump(const csc_context *context, const csc_ir *ir, corsac_str *out)
{
    csc_buffer w = {.arena = context->arena};
    for (size_t i = 0; i < ir->endpoint_count; i++)
        dump_endpoint(&w, ir, &ir->endpoints[i]);
    for (size_t i = 0; i < ir->tls_group_count; i++)
        dump_tls_group(&w, ir, i);
    for (size_t i = 0; i < ir->route_config_count; i++)
        dump_route_config(&w, &ir->route_configs[i]);
    for (size_t i = 0; i < ir->route_count; i++)
        dump_route(&w, context, ir, i);
    for (size_t i = 0; i < ir->policy_count; i++)
        dump_policy(&w, context, &ir->policies[i], i);
    *out = csc_buffer_finish(&w);
    return csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
