// SPDX-License-Identifier: Apache-2.0
// corsac inspect: an image as text, one policy of it, or the output of a compiler stage.
#define _GNU_SOURCE // memmem
#include "cli/command.h"
#include "cli/json.h"
#include "cli/policy.h"
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

static void collect(void *context, const char *text, size_t size_bytes)
{
    cli_buffer_add(context, text, size_bytes);
}

/* ---- stages ----------------------------------------------------------------------------- */

static int dump_stage(const struct cli_settings *settings, const struct cli_sources *sources)
{
    corsac_diagnostics *findings = NULL;
    if (corsac_diagnostics_new(&findings) != CORSAC_OK)
        return cli_report_failure(CORSAC_E_MEMORY);
    corsac_blob *text = NULL;
    corsac_status status = corsac_compile_dump(&text, settings->stage, sources->inputs,
                                               sources->count, &settings->compile, findings);
    cli_report_diagnostics(findings, sources, settings);
    corsac_diagnostics_free(findings);
    if (status != CORSAC_OK) {
        corsac_blob_free(text);
        return cli_report_failure(status);
    }
    struct cli_buffer out = {0};
    cli_buffer_str(&out, corsac_blob_bytes(text));
    bool fine = cli_print(&out);
    cli_buffer_free(&out);
    corsac_blob_free(text);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

static int inspect_stage(const struct cli_settings *settings)
{
    struct cli_sources sources = {0};
    int code = CLI_EXIT_INPUT;
    if (cli_sources_read(&sources, settings->arguments.items, settings->arguments.count))
        code = dump_stage(settings, &sources);
    cli_sources_free(&sources);
    return code;
}

/* ---- images ----------------------------------------------------------------------------- */

static void add_position(struct cli_buffer *out, corsac_str file, uint32_t line, uint32_t column)
{
    cli_buffer_text(out, "  ");
    cli_buffer_safe(out, file);
    cli_buffer_format(out, ":%u:%u\n", line, column);
}

static void add_route(struct cli_buffer *out, const corsac_route_info *route)
{
    cli_buffer_safe(out, route->route);
    add_position(out, route->file, route->line, route->column);
    if (route->policy == CORSAC_NONE) {
        cli_buffer_text(out, "  no policy\n");
        return;
    }
    cli_buffer_format(out, "  policy %u: ", route->policy);
    cli_buffer_safe(out, route->policy_owner);
    cli_buffer_text(out, " ");
    cli_buffer_safe(out, route->policy_path);
    add_position(out, route->policy_file, route->policy_line, route->policy_column);
}

/* Whether a route belongs to "ns/name": by its root, its own document or its policy's. */
static bool belongs(const corsac_route_info *route, corsac_str name)
{
    return cli_str_equal(route->root, name) || cli_str_equal(route->policy_owner, name) ||
           (route->route.size > name.size && route->route.data[name.size] == '#' &&
            memcmp(route->route.data, name.data, name.size) == 0);
}

/* The line of a description that begins with @p head, up to the next one not further indented. */
static corsac_str find_block(corsac_str dump, const char *head, bool with_indented)
{
    size_t head_size = strlen(head);
    for (size_t at = 0; at < dump.size;) {
        const char *line = dump.data + at;
        const char *newline = memchr(line, '\n', dump.size - at);
        size_t next = newline != NULL ? (size_t)(newline - dump.data) + 1 : dump.size;
        if (dump.size - at >= head_size && memcmp(line, head, head_size) == 0) {
            while (with_indented && next < dump.size && dump.data[next] == ' ') {
                newline = memchr(dump.data + next, '\n', dump.size - next);
                next = newline != NULL ? (size_t)(newline - dump.data) + 1 : dump.size;
            }
            return (corsac_str){line, next - at};
        }
        at = next;
    }
    return (corsac_str){0};
}

/* The policy and its origin set, as the description of the whole image words them. */
static void add_policy(struct cli_buffer *out, corsac_str dump, uint32_t policy)
{
    static const char LABEL[] = "origin-set=";
    char head[32];
    snprintf(head, sizeof(head), "  policy %u:", policy);
    corsac_str line = find_block(dump, head, false);
    cli_buffer_str(out, line);
    const char *set = line.size > 0 ? memmem(line.data, line.size, LABEL, strlen(LABEL)) : NULL;
    if (set == NULL)
        return;
    snprintf(head, sizeof(head), "origin set %lu:", strtoul(set + strlen(LABEL), NULL, 10));
    cli_buffer_str(out, find_block(dump, head, true));
}

static int describe_policy(const corsac_image *image, const char *name, struct cli_buffer *out)
{
    corsac_image_info info;
    corsac_image_describe(image, &info);
    struct cli_buffer dump = {0};
    (void)corsac_image_dump(image, collect, &dump);
    uint32_t last = CORSAC_NONE;
    for (uint32_t i = 0; i < info.route_count; i++) {
        corsac_route_info route;
        if (corsac_image_route(image, i, &route) != CORSAC_OK || !belongs(&route, cli_str(name)))
            continue;
        add_route(out, &route);
        if (route.policy != CORSAC_NONE && route.policy != last)
            add_policy(out, (corsac_str){dump.data, dump.size}, route.policy);
        last = route.policy;
    }
    cli_buffer_free(&dump);
    if (out->size > 0)
        return CLI_EXIT_FINE;
    cli_message("the image has no route of '%s' (NAMESPACE/NAME)", name);
    return CLI_EXIT_INPUT;
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void add_json_position(struct cli_buffer *out, corsac_str file, uint32_t line,
                              uint32_t column)
{
    cli_buffer_text(out, ", \"file\": ");
    cli_json_string_or_null(out, file, false);
    cli_buffer_format(out, ", \"line\": %u, \"column\": %u", line, column);
}

static void add_json_route(struct cli_buffer *out, const corsac_route_info *route)
{
    cli_buffer_text(out, "{\"route\": ");
    cli_json_string(out, route->route, false);
    add_json_position(out, route->file, route->line, route->column);
    cli_buffer_text(out, ", \"root\": ");
    cli_json_string_or_null(out, route->root, false);
    cli_buffer_text(out, ", \"policy\": ");
    if (route->policy == CORSAC_NONE) {
        cli_buffer_text(out, "null}");
        return;
    }
    cli_buffer_format(out, "{\"index\": %u, \"owner\": ", route->policy);
    cli_json_string_or_null(out, route->policy_owner, false);
    cli_buffer_text(out, ", \"path\": ");
    cli_json_string_or_null(out, route->policy_path, false);
    add_json_position(out, route->policy_file, route->policy_line, route->policy_column);
    cli_buffer_text(out, "}}");
}

static void add_json_endpoints(struct cli_buffer *out, const corsac_image *image, uint32_t count)
{
    cli_buffer_text(out, " \"endpoints\": [");
    for (uint32_t i = 0; i < count; i++) {
        corsac_endpoint endpoint;
        if (corsac_image_endpoint(image, i, &endpoint) != CORSAC_OK)
            continue;
        cli_buffer_text(out, i > 0 ? ",\n  {\"gateway\": " : "\n  {\"gateway\": ");
        cli_json_string(out, endpoint.gateway, false);
        cli_buffer_format(out, ", \"port\": %u, \"http\": %s, \"tls\": %s}", endpoint.port,
                          endpoint.has_http ? "true" : "false",
                          endpoint.has_tls ? "true" : "false");
    }
    cli_buffer_text(out, "],\n");
}

/* Counts, endpoints and routes; with a name only the routes of that document. */
static void describe_json(const corsac_image *image, const char *name, struct cli_buffer *out)
{
    corsac_image_info info;
    corsac_image_describe(image, &info);
    cli_buffer_format(out,
                      "{\"format_version\": %u, \"size_bytes\": %llu, \"revision\": \"%016llx\", "
                      "\"virtual_hosts\": %u, \"policies\": %u, \"origin_sets\": %u, "
                      "\"databases\": %u, \"databases_loaded\": %u,\n",
                      info.format_version, (unsigned long long)info.size_bytes,
                      (unsigned long long)info.revision, info.virtual_host_count, info.policy_count,
                      info.origin_set_count, info.database_count, info.database_loaded_count);
    add_json_endpoints(out, image, info.endpoint_count);
    cli_buffer_text(out, " \"routes\": [");
    const char *between = "\n  ";
    for (uint32_t i = 0; i < info.route_count; i++) {
        corsac_route_info route;
        if (corsac_image_route(image, i, &route) != CORSAC_OK ||
            (name != NULL && !belongs(&route, cli_str(name))))
            continue;
        cli_buffer_text(out, between);
        add_json_route(out, &route);
        between = ",\n  ";
    }
    cli_buffer_text(out, "]}\n");
}

static int describe(const corsac_image *image, const struct cli_settings *settings, bool json)
{
    struct cli_buffer out = {0};
    int code = CLI_EXIT_FINE;
    if (json)
        describe_json(image, settings->policy_name, &out);
    else if (settings->policy_name != NULL)
        code = describe_policy(image, settings->policy_name, &out);
    else if (corsac_image_dump(image, collect, &out) != CORSAC_OK)
        code = cli_report_failure(CORSAC_E_INTERNAL);
    if (code == CLI_EXIT_FINE && !cli_print(&out))
        code = CLI_EXIT_INPUT;
    cli_buffer_free(&out);
    return code;
}

int cmd_inspect(const struct cli_settings *settings)
{
    bool valid = true;
    bool json = cli_settings_json(settings, &valid);
    if (!valid)
        return CLI_EXIT_USAGE;
    if (settings->arguments.count == 0) {
        cli_message("inspect needs an image or sources; see 'corsac help inspect'");
        return CLI_EXIT_USAGE;
    }
    if (settings->has_stage)
        return inspect_stage(settings);
    struct cli_settings asked = *settings;
    asked.policies = settings->arguments;
    struct cli_policy policy;
    int code = cli_policy_open(&policy, &asked);
    if (code != CLI_EXIT_FINE)
        return code;
    code = describe(policy.image, settings, json);
    cli_policy_close(&policy);
    return code;
}
