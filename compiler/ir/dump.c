// SPDX-License-Identifier: Apache-2.0
// csc_ir -> text, one fact a line, in a form that tests may compare byte for byte: endpoints, TLS
// groups, route configurations with their virtual hosts, then the routes and policies they name by
// number. Text from documents is quoted; bytes outside printable ASCII are written \xNN.
#include "compiler/ir/ir.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct writer {
    csc_arena *arena;
    char *text;
    size_t size, capacity;
} writer;

static void put(writer *w, char c)
{
    char *text = csc_arena_grow(w->arena, w->text, w->size, &w->capacity, 1);
    if (!text)
        return;
    w->text = text;
    w->text[w->size++] = c;
}

static void print(writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(writer *w, const char *format, ...)
{
    char line[128]; /* only numbers and fixed words go through here */
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    for (const char *c = line; *c; c++)
        put(w, *c);
}

static void plain(writer *w, corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        put(w, text.data[i]);
}

static void quote(writer *w, corsac_str text)
{
    put(w, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7E)
            print(w, "\\x%02x", c);
        else {
            if (c == '"' || c == '\\')
                put(w, '\\');
            put(w, (char)c);
        }
    }
    put(w, '"');
}

static void dump_config_name(writer *w, const csc_ir *ir, uint32_t index)
{
    if (index == CORSAC_NONE)
        print(w, "none");
    else
        quote(w, ir->route_configs[index].name);
}

static void dump_endpoint(writer *w, const csc_ir *ir, const csc_ir_endpoint *e)
{
    print(w, "endpoint ");
    plain(w, e->gateway);
    print(w, " %u http=", e->port);
    dump_config_name(w, ir, e->route_config);
    if (e->tls_group == CORSAC_NONE)
        print(w, " tls=none");
    else
        print(w, " tls=%u", e->tls_group);
    print(w, e->implied ? " implied\n" : "\n");
}

static void dump_tls_group(writer *w, const csc_ir *ir, size_t index)
{
    print(w, "tls-group %zu\n", index);
    for (size_t i = 0; i < ir->tls_groups[index].name_count; i++) {
        print(w, "  sni ");
        quote(w, ir->tls_groups[index].names[i].host);
        print(w, " ");
        dump_config_name(w, ir, ir->tls_groups[index].names[i].route_config);
        print(w, "\n");
    }
}

static void dump_route_config(writer *w, const csc_ir_route_config *config)
{
    print(w, "route-config ");
    quote(w, config->name);
    print(w, "\n");
    for (size_t i = 0; i < config->virtual_host_count; i++) {
        const csc_ir_virtual_host *host = &config->virtual_hosts[i];
        print(w, "  host ");
        quote(w, host->domain);
        print(w, host->tls_redirect ? " tls-redirect:" : ":");
        for (size_t j = 0; j < host->route_count; j++)
            print(w, " %u", host->routes[j]);
        print(w, "\n");
    }
}

static void dump_source(writer *w, const csc_context *context, const csc_ir_source *source)
{
    plain(w, source->owner);
    print(w, "#http[%zu]", source->rule_index);
    if (source->match_index != SIZE_MAX)
        print(w, ".match[%zu]", source->match_index);
    print(w, " ");
    plain(w, csc_context_file(context, source->span));
    print(w, ":%u:%u", source->span.line, source->span.column);
}

static const char *match_name(csc_match_kind kind)
{
    static const char *const names[] = {"present", "exact", "prefix", "regex"};
    return names[kind];
}

static void dump_condition(writer *w, const csc_condition *c)
{
    static const char *const kinds[] = {"header", "query", "claim"};
    print(w, "  %s ", kinds[c->kind]);
    quote(w, c->name);
    print(w, " %s%s", c->invert ? "not " : "", match_name(c->match));
    if (c->match != CSC_MATCH_NONE) {
        put(w, ' ');
        quote(w, c->value);
    }
    print(w, c->missing_as_empty ? " missing-as-empty\n" : "\n");
}

static void dump_route(writer *w, const csc_context *context, const csc_ir *ir, size_t index)
{
    static const char *const paths[] = {"prefix", "exact", "regex"};
    static const char *const actions[] = {"forward", "redirect", "direct-response"};
    const csc_ir_route *route = &ir->routes[index];
    print(w, "route %zu ", index);
    dump_source(w, context, &route->source);
    print(w, " root ");
    plain(w, route->root);
    if (route->name.size) {
        print(w, " name ");
        quote(w, route->name);
    }
    print(w, "\n  %s ", paths[route->path_kind]);
    quote(w, route->path);
    print(w, "%s%s\n", route->ignore_case ? " ignore-case" : "",
          route->catch_all ? " catch-all" : "");
    for (size_t i = 0; i < route->condition_count; i++)
        dump_condition(w, &route->conditions[i]);
    print(w, "  %s", actions[route->action]);
    if (route->policy != CORSAC_NONE)
        print(w, " policy %u", route->policy);
    print(w, "\n");
}

static void dump_value(writer *w, const char *name, corsac_str value)
{
    if (!value.size)
        return;
    print(w, "  %s ", name);
    quote(w, value);
    print(w, "\n");
}

static void dump_policy(writer *w, const csc_context *context, const csc_ir_policy *policy,
                        size_t index)
{
    print(w, "policy %zu ", index);
    dump_source(w, context, &policy->source);
    print(w, "%s\n", policy->deprecated_list ? " deprecated-list" : "");
    for (size_t i = 0; i < policy->origin_count; i++) {
        const csc_origin_matcher *origin = &policy->origins[i];
        print(w, "  origin %s",
              origin->kind == CSC_MATCH_NONE ? "dropped" : match_name(origin->kind));
        if (origin->kind != CSC_MATCH_NONE) {
            put(w, ' ');
            quote(w, origin->value);
        }
        print(w, "\n");
    }
    dump_value(w, "allow-methods", policy->allow_methods);
    dump_value(w, "allow-headers", policy->allow_headers);
    dump_value(w, "expose-headers", policy->expose_headers);
    dump_value(w, "max-age", policy->max_age);
    if (policy->allow_credentials)
        print(w, "  allow-credentials\n");
    if (!policy->forward_unmatched)
        print(w, "  ignore-unmatched\n");
}

corsac_status csc_ir_dump(const csc_context *context, const csc_ir *ir, corsac_str *out)
{
    writer w = {.arena = context->arena};
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
    *out = w.text ? (corsac_str){w.text, w.size} : (corsac_str){"", 0};
    return csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
