// SPDX-License-Identifier: Apache-2.0
// Sections as text: what the image will hold, for `corsac inspect --stage lower` and golden tests.
#include "compiler/lower/lower.h"
#include "compiler/support/buffer.h"

/* Start of a section's records, and how many there are. */
static const void *records(const csc_sections *sections, cse_section_kind kind, size_t *count)
{
    const csc_section *section = &sections->slots[kind];
    *count = section->record_bytes ? section->size_bytes / section->record_bytes : 0;
    return section->bytes;
}

static void text(csc_buffer *out, const csc_sections *sections, const char *name, cse_text value)
{
    const csc_section *strings = &sections->slots[CSE_SECTION_STRINGS];
    csc_buffer_printf(out, " %s=", name);
    csc_buffer_quote(out,
                     value.size == 0
                         ? (corsac_str){"", 0}
                         : (corsac_str){(const char *)strings->bytes + value.offset, value.size});
}

static void dump_sections(csc_buffer *out, const csc_sections *sections)
{
    for (size_t kind = 0; kind < CSE_SECTION_SLOTS; kind++) {
        const csc_section *section = &sections->slots[kind];
        if (section->size_bytes > 0)
            csc_buffer_printf(out, "section %zu: %zu bytes, %zu records\n", kind,
                              section->size_bytes, section->size_bytes / section->record_bytes);
    }
}

static void dump_hosts(csc_buffer *out, const csc_sections *sections)
{
    size_t count;
    const cse_virtual_host *hosts = records(sections, CSE_SECTION_VIRTUAL_HOSTS, &count);
    for (size_t i = 0; i < count; i++) {
        if (hosts[i].route_config == CSE_NONE)
            continue;
        csc_buffer_printf(out, "host %zu: config=%u", i, hosts[i].route_config);
        text(out, sections, "domain", (cse_text){hosts[i].domain_offset, hosts[i].domain_size});
        csc_buffer_printf(out, " routes=%u+%u%s\n", hosts[i].first_route, hosts[i].route_count,
                          hosts[i].flags & CSE_HOST_TLS_REDIRECT ? " tls-redirect" : "");
    }
}

static void dump_route(csc_buffer *out, const csc_sections *sections, const cse_route *route)
{
    static const char *const kinds[] = {"any", "prefix", "exact", "regex"};
    static const char *const actions[] = {"forward", "redirect", "direct-response"};
    size_t count;
    const cse_route_source *sources = records(sections, CSE_SECTION_ROUTE_SOURCES, &count);
    csc_buffer_printf(out, " %s", kinds[route->path_kind]);
    if (route->path_kind == CSE_PATH_REGEX)
        csc_buffer_printf(out, " program=%u", route->path_offset);
    else
        text(out, sections, "path", (cse_text){route->path_offset, route->path_size});
    csc_buffer_printf(out, "%s conditions=%u+%u %s", route->ignore_case ? " ignore-case" : "",
                      route->first_condition, route->condition_count, actions[route->action]);
    if (route->policy != CSE_NONE)
        csc_buffer_printf(out, " policy=%u", route->policy);
    text(out, sections, "source", sources[route->source].route);
}

static void dump_routes(csc_buffer *out, const csc_sections *sections)
{
    size_t count;
    const cse_route *routes = records(sections, CSE_SECTION_ROUTES, &count);
    for (size_t i = 0; i < count; i++) {
        csc_buffer_printf(out, "route %zu:", i);
        dump_route(out, sections, &routes[i]);
        csc_buffer_append(out, csc_str_from("\n"));
    }
}

static void dump_conditions(csc_buffer *out, const csc_sections *sections)
{
    static const char *const subjects[CSE_SUBJECT_COUNT] = {
        "header", "method",         "authority",       "scheme", "path",
        "origin", "request-method", "request-headers", "query",  "claim"};
    static const char *const tests[CSE_TEST_COUNT] = {"present", "exact", "prefix", "regex"};
    size_t count;
    const cse_condition *conditions = records(sections, CSE_SECTION_CONDITIONS, &count);
    for (size_t i = 0; i < count; i++) {
        const cse_condition *c = &conditions[i];
        csc_buffer_printf(out, "condition %zu: %s", i, subjects[c->subject]);
        text(out, sections, "name", c->name);
        csc_buffer_printf(out, " %s", tests[c->test]);
        text(out, sections, "value", c->value);
        csc_buffer_printf(out, "%s%s%s%s\n", c->flags & CSE_CONDITION_INVERT ? " invert" : "",
                          c->flags & CSE_CONDITION_MISSING_AS_EMPTY ? " missing-as-empty" : "",
                          c->flags & CSE_CONDITION_STORED_ONCE ? " stored-once" : "",
                          c->flags & CSE_CONDITION_JOINED ? " joined" : "");
    }
}

static void dump_policies(csc_buffer *out, const csc_sections *sections)
{
    size_t count;
    const cse_policy *policies = records(sections, CSE_SECTION_POLICIES, &count);
    for (size_t i = 0; i < count; i++) {
        const cse_policy *policy = &policies[i];
        csc_buffer_printf(out, "policy %zu: origin-set=%u flags=%#x", i, policy->origin_set,
                          policy->flags);
        text(out, sections, "methods", policy->allow_methods);
        text(out, sections, "headers", policy->allow_headers);
        text(out, sections, "max-age", policy->max_age);
        text(out, sections, "expose", policy->expose_headers);
        csc_buffer_append(out, csc_str_from("\n"));
    }
}

corsac_status csc_lower_dump(const csc_context *context, const csc_sections *sections,
                             corsac_str *out)
{
    csc_buffer buffer = {.arena = context->arena};
    dump_sections(&buffer, sections);
    dump_hosts(&buffer, sections);
    dump_routes(&buffer, sections);
    dump_conditions(&buffer, sections);
    dump_policies(&buffer, sections);
    *out = csc_buffer_finish(&buffer);
    return csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
