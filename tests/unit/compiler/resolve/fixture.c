// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "compiler/read/document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 1 << 16 };
static char text[TEXT_BYTES];
static size_t used;

static void begin(void)
{
    used = 0;
    text[0] = '\0';
}

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text + used, TEXT_BYTES - used, format, args);
    va_end(args);
    cr_assert(size >= 0 && (size_t)size < TEXT_BYTES - used, "the answer fits");
    used += (size_t)size;
}

fixture fixture_new(void)
{
    static const corsac_str everyone = {"*", 1};
    fixture f = {.arena = csc_arena_new()};
    cr_assert_eq(corsac_diagnostics_new(&f.diagnostics), CORSAC_OK);
    f.options.struct_size = sizeof(f.options);
    f.options.gateway_namespace = csc_str_from("istio-system");
    f.options.default_namespace = csc_str_from("default");
    f.options.cluster_domain = csc_str_from("cluster.local");
    f.options.default_export_to = (corsac_str_list){&everyone, 1};
    f.options.max_input_bytes = 64u << 20;
    f.options.max_depth = 64;
    f.options.max_documents = 1000000;
    f.options.max_alias_nodes = 100000;
    f.options.max_regex_program = 32768;
    f.options.max_image_bytes = 2ull << 30;
    return f;
}

void fixture_run(fixture *f, const char *yaml)
{
    corsac_input input = {csc_str_from("input.yaml"), csc_str_from(yaml)};
    csc_documents documents;
    f->context = (csc_context){.arena = f->arena,
                               .inputs = &input,
                               .input_count = 1,
                               .options = &f->options,
                               .diagnostics = f->diagnostics};
    cr_assert_eq(csc_documents_read(&f->context, &documents), CORSAC_OK);
    cr_assert_eq(csc_resources_decode(&f->context, &documents, &f->resources), CORSAC_OK);
    cr_assert_eq(csc_resolve(&f->context, &f->resources, &f->ir), CORSAC_OK);
    corsac_str dump; /* a dump must always be possible */
    cr_assert_eq(csc_ir_dump(&f->context, f->ir, &dump), CORSAC_OK);
    f->context.inputs = NULL;
    f->context.input_count = 0;
    const char *verbose = getenv("CORSAC_TEST_VERBOSE");
    for (size_t i = 0; verbose && i < corsac_diagnostics_count(f->diagnostics); i++) {
        const corsac_diagnostic *d = corsac_diagnostics_at(f->diagnostics, i);
        fprintf(stderr, "%s %s %.*s %.*s: %.*s\n", d->code, d->clause, (int)d->resource.size,
                d->resource.data, (int)d->path.size, d->path.data, (int)d->message.size,
                d->message.data);
    }
    if (verbose)
        fprintf(stderr, "%.*s\n", (int)dump.size, dump.data);
}

fixture resolved(const char *yaml)
{
    fixture f = fixture_new();
    fixture_run(&f, yaml);
    return f;
}

void fixture_free(fixture *f)
{
    csc_arena_free(f->arena);
    corsac_diagnostics_free(f->diagnostics);
}

/* ---- questions ----------------------------------------------------------------------------- */

static const csc_ir_route_config *find_config(const fixture *f, const char *name)
{
    for (size_t i = 0; i < f->ir->route_config_count; i++) {
        if (csc_str_is(f->ir->route_configs[i].name, name))
            return &f->ir->route_configs[i];
    }
    return NULL;
}

static const csc_ir_endpoint *find_endpoint(const fixture *f, const char *gateway, uint32_t port)
{
    for (size_t i = 0; i < f->ir->endpoint_count; i++) {
        if (csc_str_is(f->ir->endpoints[i].gateway, gateway) && f->ir->endpoints[i].port == port)
            return &f->ir->endpoints[i];
    }
    return NULL;
}

static int identity(const csc_ir_route *route, char *out, size_t size)
{
    int at = snprintf(out, size, "%.*s#http[%zu]", (int)route->source.owner.size,
                      route->source.owner.data, route->source.rule_index);
    if (route->source.match_index != SIZE_MAX)
        at += snprintf(out + at, size - (size_t)at, ".match[%zu]", route->source.match_index);
    return at;
}

static void add_config_name(const fixture *f, uint32_t index)
{
    if (index == CORSAC_NONE)
        add("none");
    else
        add("%.*s", (int)f->ir->route_configs[index].name.size,
            f->ir->route_configs[index].name.data);
}

const char *routes_of(const fixture *f, const char *config, const char *domain)
{
    const csc_ir_route_config *c = find_config(f, config);
    begin();
    for (size_t i = 0; c && i < c->virtual_host_count; i++) {
        const csc_ir_virtual_host *host = &c->virtual_hosts[i];
        if (!csc_str_is(host->domain, domain))
            continue;
        for (size_t j = 0; j < host->route_count; j++) {
            char name[512];
            identity(&f->ir->routes[host->routes[j]], name, sizeof(name));
            add("%s%s", j ? " " : "", name);
        }
        return text;
    }
    return "none";
}

const char *config_of(const fixture *f, const char *gateway, uint32_t port)
{
    const csc_ir_endpoint *endpoint = find_endpoint(f, gateway, port);
    if (!endpoint)
        return "unknown";
    begin();
    add_config_name(f, endpoint->route_config);
    return text;
}

const char *domains_of(const fixture *f, const char *config)
{
    const csc_ir_route_config *c = find_config(f, config);
    begin();
    for (size_t i = 0; c && i < c->virtual_host_count; i++)
        add("%s%.*s%s", i ? " " : "", (int)c->virtual_hosts[i].domain.size,
            c->virtual_hosts[i].domain.data, c->virtual_hosts[i].tls_redirect ? "!" : "");
    return c ? text : "none";
}

const char *tls_of(const fixture *f, const char *gateway, uint32_t port)
{
    const csc_ir_endpoint *endpoint = find_endpoint(f, gateway, port);
    if (!endpoint || endpoint->tls_group == CORSAC_NONE)
        return "none";
    const csc_ir_tls_group *group = &f->ir->tls_groups[endpoint->tls_group];
    begin();
    for (size_t i = 0; i < group->name_count; i++) {
        add("%s%.*s=", i ? " " : "", (int)group->names[i].host.size, group->names[i].host.data);
        add_config_name(f, group->names[i].route_config);
    }
    return text;
}

const csc_ir_route *route_named(const fixture *f, const char *wanted)
{
    for (size_t i = 0; i < f->ir->route_count; i++) {
        char name[512];
        identity(&f->ir->routes[i], name, sizeof(name));
        if (strcmp(name, wanted) == 0)
            return &f->ir->routes[i];
    }
    return NULL;
}

const csc_ir_policy *policy_of(const fixture *f, const char *wanted)
{
    const csc_ir_route *route = route_named(f, wanted);
    cr_assert_not_null(route, "route %s exists", wanted);
    return route->policy == CORSAC_NONE ? NULL : &f->ir->policies[route->policy];
}

const char *conditions_of(const fixture *f, const char *wanted)
{
    static const char *const kinds[] = {"", "?", "claim "};
    static const char *const matches[] = {"present", "exact:", "prefix:", "regex:"};
    const csc_ir_route *route = route_named(f, wanted);
    cr_assert_not_null(route, "route %s exists", wanted);
    begin();
    for (size_t i = 0; i < route->condition_count; i++) {
        const csc_condition *c = &route->conditions[i];
        add("%s%s%s", i ? " " : "", c->invert ? "not " : "", kinds[c->kind]);
        for (size_t j = 0; j < c->name.size; j++) /* claim segments are divided by a zero byte */
            add("%c", c->name.data[j] ? c->name.data[j] : '/');
        add("=%s%.*s%s", matches[c->match], (int)c->value.size, c->value.size ? c->value.data : "",
            c->missing_as_empty ? "(missing=empty)" : "");
    }
    return text;
}

size_t findings(const fixture *f, const char *code)
{
    size_t count = 0;
    for (size_t i = 0; i < corsac_diagnostics_count(f->diagnostics); i++)
        count += strcmp(corsac_diagnostics_at(f->diagnostics, i)->code, code) == 0;
    return count;
}

static bool contains(corsac_str all, const char *part)
{
    size_t size = strlen(part);
    for (size_t i = 0; i + size <= all.size; i++) {
        if (memcmp(all.data + i, part, size) == 0)
            return true;
    }
    return false;
}

bool told(const fixture *f, const char *code, const char *clause, const char *resource,
          const char *part)
{
    for (size_t i = 0; i < corsac_diagnostics_count(f->diagnostics); i++) {
        const corsac_diagnostic *d = corsac_diagnostics_at(f->diagnostics, i);
        if (strcmp(d->code, code) == 0 && strcmp(d->clause, clause) == 0 &&
            csc_str_is(d->resource, resource) && contains(d->message, part))
            return true;
    }
    return false;
}
