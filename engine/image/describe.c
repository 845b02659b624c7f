// SPDX-License-Identifier: Apache-2.0
// What is in an image, for people, metrics and front ends. Never used while deciding.
#include "engine/image/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint32_t needs_of(const corsac_image *image)
{
    uint32_t needs = 0;
    for (uint32_t i = 0; i < image->condition_count; i++) {
        if (image->conditions[i].subject == CSE_SUBJECT_HEADER)
            needs |= CORSAC_NEEDS_HEADERS;
        else if (image->conditions[i].subject == CSE_SUBJECT_CLAIM)
            needs |= CORSAC_NEEDS_CLAIMS;
    }
    return needs;
}

/* Those of policies come first; sets of one regex, which matchers of longer lists name, lie behind them. */
static uint32_t named_sets(const corsac_image *image)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->policy_count; i++)
        if (image->policies[i].origin_set >= count)
            count = image->policies[i].origin_set + 1;
    return count;
}

static uint32_t count_hosts(const corsac_image *image)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->host_slot_count; i++)
        count += image->virtual_hosts[i].route_config != CSE_NONE;
    return count;
}

void corsac_image_describe(const corsac_image *image, corsac_image_info *out)
{
    if (!out)
        return;
    memset(out, 0, sizeof(*out));
    if (!image)
        return;
    out->format_version = image->header->format_version;
    out->options = image->options;
    out->size_bytes = image->size_bytes;
    out->revision = image->header->revision;
    out->endpoint_count = image->endpoint_count;
    out->virtual_host_count = count_hosts(image);
    out->route_count = image->route_source_count;
    out->policy_count = image->policy_count;
    out->origin_set_count = named_sets(image);
    out->database_count = image->origins.database_count;
    out->database_loaded_count = image->database_loaded_count;
    out->needs = needs_of(image);
}

corsac_status corsac_image_endpoint(const corsac_image *image, uint32_t index, corsac_endpoint *out)
{
    if (!image || !out || index >= image->endpoint_count)
        return CORSAC_E_ARGUMENT;
    const cse_endpoint *from = &image->endpoints[index];
    *out = (corsac_endpoint){.gateway = cse_image_text(image, from->gateway),
                             .port = from->port,
                             .has_http = from->route_config != CSE_NONE,
                             .has_tls = from->tls_group != CSE_NONE};
    return CORSAC_OK;
}

/* Absent rather than empty. */
static corsac_str optional_text(const corsac_image *image, cse_text text)
{
    return text.size == 0 ? (corsac_str){NULL, 0} : cse_image_text(image, text);
}

corsac_status corsac_image_route(const corsac_image *image, uint32_t route, corsac_route_info *out)
{
    if (!image || !out || route >= image->route_source_count)
        return CORSAC_E_ARGUMENT;
    const cse_route_source *from = &image->route_sources[route];
    *out = (corsac_route_info){
        .route = cse_image_text(image, from->route),
        .route_name = cse_image_text(image, from->route_name),
        .root = cse_image_text(image, from->root),
        .file = cse_image_text(image, from->file),
        .line = from->line,
        .column = from->column,
        .policy_owner = optional_text(image, from->policy_owner),
        .policy_path = optional_text(image, from->policy_path),
        .policy_file = optional_text(image, from->policy_file),
        .policy_line = from->policy_line,
        .policy_column = from->policy_column,
        .policy = from->policy,
    };
    return CORSAC_OK;
}

/* ---- dump --------------------------------------------------------------------------------- */

typedef struct printer {
    corsac_write_fn write;
    void *context;
} printer;

static void print(const printer *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(const printer *to, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (size > 0)
        to->write(to->context, line, (size_t)size < sizeof(line) ? (size_t)size : sizeof(line) - 1);
}

/* Control bytes as \xHH: an image from elsewhere must not steer a terminal. */
static void print_text(const printer *to, const corsac_image *image, cse_text text)
{
    const char *bytes = image->strings + text.offset;
    size_t plain = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 0x20 && byte != 0x7F)
            continue;
        to->write(to->context, bytes + plain, i - plain);
        print(to, "\\x%02x", byte);
        plain = i + 1;
    }
    to->write(to->context, bytes + plain, text.size - plain);
}

/* By kind; NULL: there is no such kind. */
static const char *const section_names[] = {
    [CSE_SECTION_STRINGS] = "strings",
    [CSE_SECTION_ENDPOINTS] = "endpoints",
    [CSE_SECTION_ROUTE_CONFIGS] = "route-configs",
    [CSE_SECTION_TLS_GROUPS] = "tls-groups",
    [CSE_SECTION_SNI_NAMES] = "sni-names",
    [CSE_SECTION_HOST_PILOTS] = "host-pilots",
    [CSE_SECTION_SNI_PILOTS] = "sni-pilots",
    [CSE_SECTION_HOST_SUFFIXES] = "host-suffixes",
    [CSE_SECTION_VIRTUAL_HOSTS] = "virtual-hosts",
    [CSE_SECTION_ROUTES] = "routes",
    [CSE_SECTION_CONDITIONS] = "conditions",
    [CSE_SECTION_ROUTE_SOURCES] = "route-sources",
    [CSE_SECTION_POLICIES] = "policies",
    [CSE_SECTION_ORIGIN_SETS] = "origin-sets",
    [CSE_SECTION_ORIGIN_KEYS] = "origin-keys",
    [CSE_SECTION_ORIGIN_ROWS] = "origin-rows",
    [CSE_SECTION_ORIGIN_BUCKETS] = "origin-buckets",
    [CSE_SECTION_PREFIX_TRIES] = "prefix-tries",
    [CSE_SECTION_ORIGIN_SPANS] = "origin-spans",
    [CSE_SECTION_ORIGIN_MATCHERS] = "origin-matchers",
    [CSE_SECTION_ORIGIN_INDEX] = "origin-index",
    [CSE_SECTION_ORIGIN_PIECES] = "origin-pieces",
    [CSE_SECTION_ORIGIN_CLASSES] = "origin-classes",
    [CSE_SECTION_ORIGIN_PROGRAMS] = "origin-programs",
    [CSE_SECTION_PROGRAM_TABLE] = "program-table",
    [CSE_SECTION_PROGRAMS] = "programs",
    [CSE_SECTION_PATTERNS] = "patterns",
    [CSE_SECTION_DATABASE_TABLE] = "database-table",
    [CSE_SECTION_DATABASES] = "databases",
};

const char *cse_image_section_name(uint32_t kind)
{
    return kind < sizeof(section_names) / sizeof(section_names[0]) ? section_names[kind] : NULL;
}

/* The image has been verified: each kind has a name. */
static void print_sections(const printer *to, const corsac_image *image)
{
    print(to, "sections:\n");
    for (uint32_t i = 0; i < image->header->section_count; i++) {
        const cse_section *section = &image->table[i];
        print(to, "  %-16s %10llu bytes %9llu records\n", section_names[section->kind],
              (unsigned long long)section->size_bytes,
              (unsigned long long)(section->size_bytes / section->record_bytes));
    }
}

static void print_endpoints(const printer *to, const corsac_image *image)
{
    print(to, "endpoints:\n");
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        const cse_endpoint *endpoint = &image->endpoints[i];
        print(to, "  ");
        print_text(to, image, endpoint->gateway);
        print(to, ":%u%s%s%s\n", endpoint->port, endpoint->route_config != CSE_NONE ? " http" : "",
              endpoint->tls_group != CSE_NONE ? " tls" : "", endpoint->implied ? " implied" : "");
    }
}

static void print_field(const printer *to, const corsac_image *image, const char *name,
                        cse_text text)
{
    if (text.size == 0)
        return;
    print(to, " %s=", name);
    print_text(to, image, text);
}

static void print_policies(const printer *to, const corsac_image *image)
{
    print(to, "policies:\n");
    for (uint32_t i = 0; i < image->policy_count; i++) {
        const cse_policy *policy = &image->policies[i];
        print(to, "  policy %u: origin-set=%u%s%s", i, policy->origin_set,
              policy->flags & CSE_POLICY_CREDENTIALS ? " credentials" : "",
              policy->flags & CSE_POLICY_FORWARD_UNMATCHED ? "" : " unmatched-preflights=IGNORE");
        print_field(to, image, "methods", policy->allow_methods);
        print_field(to, image, "headers", policy->allow_headers);
        print_field(to, image, "expose", policy->expose_headers);
        print_field(to, image, "max-age", policy->max_age);
        print(to, "\n");
    }
}

static void print_origin_sets(const printer *to, const corsac_image *image)
{
    const uint32_t count = named_sets(image);
    for (uint32_t i = 0; i < count; i++)
        cse_origin_describe(&image->origins, i, to->write, to->context);
}

corsac_status corsac_image_dump(const corsac_image *image, corsac_write_fn write, void *context)
{
    if (!image || !write)
        return CORSAC_E_ARGUMENT;
    const printer to = {write, context};
    print(&to, "corsac image, format %u, %zu bytes, revision %016llx\n",
          image->header->format_version, image->size_bytes,
          (unsigned long long)image->header->revision);
    print(&to,
          "%u endpoints, %u route configurations, %u virtual hosts, %u routes, %u policies, "
          "%u origin sets, %u databases (%u loaded)\n",
          image->endpoint_count, image->route_config_count, count_hosts(image),
          image->route_source_count, image->policy_count, named_sets(image),
          image->origins.database_count, image->database_loaded_count);
    print_sections(&to, image);
    print_endpoints(&to, image);
    print_policies(&to, image);
    print_origin_sets(&to, image);
    return CORSAC_OK;
}
