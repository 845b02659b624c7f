// SPDX-License-Identifier: Apache-2.0
// One list of names and numbers, written as text or as JSON.
#include "cli/stats.h"
#include "corsac/engine.h"

#include <string.h>

struct number {
    const char *key, *label;
    uint64_t value;
};

static void add_numbers(struct cli_buffer *out, const struct number *numbers, size_t count,
                        bool json)
{
    for (size_t i = 0; i < count; i++) {
        unsigned long long value = numbers[i].value;
        if (json)
            cli_buffer_format(out, "%s\"%s\":%llu", i ? "," : "", numbers[i].key, value);
        else
            cli_buffer_format(out, "%-16s %llu\n", numbers[i].label, value);
    }
}

static void add_image(struct cli_buffer *out, const corsac_image_info *info, bool json)
{
    const struct number numbers[] = {
        {"endpoints", "endpoints", info->endpoint_count},
        {"virtual_hosts", "virtual hosts", info->virtual_host_count},
        {"routes", "routes", info->route_count},
        {"policies", "policies", info->policy_count},
        {"origin_sets", "origin sets", info->origin_set_count},
        {"regex_databases", "regex databases", info->database_count},
    };
    cli_buffer_format(out,
                      json ? "\"image_bytes\":%llu,\"format\":%u,\"revision\":\"%016llx\","
                           : "image            %llu bytes, format %u, revision %016llx\n",
                      (unsigned long long)info->size_bytes, info->format_version,
                      (unsigned long long)info->revision);
    add_numbers(out, numbers, sizeof(numbers) / sizeof(*numbers), json);
}

static void add_times(struct cli_buffer *out, const corsac_compile_times *times, bool json)
{
    const struct number stages[] = {
        {"read", NULL, times->read},       {"decode", NULL, times->decode},
        {"resolve", NULL, times->resolve}, {"passes", NULL, times->passes},
        {"lower", NULL, times->lower},     {"emit", NULL, times->emit},
    };
    cli_buffer_text(out, json ? ",\"seconds\":{" : "");
    for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
        cli_buffer_format(out, json ? "%s\"%s\":%.6f" : "%s%-16s %.6f s\n", json && i ? "," : "",
                          stages[i].key, (double)stages[i].value * 1e-9);
    cli_buffer_text(out, json ? "}" : "");
}

static void add_cache(struct cli_buffer *out, const corsac_cache *cache, bool json)
{
    corsac_cache_counts counts;
    corsac_cache_describe(cache, &counts);
    cli_buffer_format(out,
                      json ? ",\"cache\":{\"reused\":%u,\"made\":%u,\"refused\":%u}"
                           : "cache            %u reused, %u made, %u refused\n",
                      counts.reused, counts.made, counts.refused);
}

static bool print(struct cli_buffer *out, bool image_on_stdout)
{
    if (!image_on_stdout)
        return cli_print(out);
    fwrite(out->data, 1, out->size, stderr);
    return true;
}

int cli_stats_print(const struct cli_settings *settings, corsac_str bytes,
                    const corsac_compile_times *times, const corsac_cache *cache)
{
    corsac_image_options options = {.struct_size = sizeof(options), .flags = CORSAC_IMAGE_TRUSTED};
    corsac_image *image = NULL;
    corsac_error error = {{0}};
    corsac_image_info info;
    struct cli_buffer out = {0};
    bool json = settings->diagnostics == CLI_FORM_JSON;
    if (corsac_image_open(&image, bytes.data, bytes.size, &options, &error) != CORSAC_OK) {
        cli_message("internal error: the compiled image does not open: %s", error.message);
        return CLI_EXIT_INTERNAL;
    }
    corsac_image_describe(image, &info);
    corsac_image_free(image);
    cli_buffer_text(&out, json ? "{" : "");
    add_image(&out, &info, json);
    add_times(&out, times, json);
    if (cache != NULL)
        add_cache(&out, cache, json);
    cli_buffer_text(&out, json ? "}\n" : "");
    bool fine = print(&out, strcmp(settings->output, "-") == 0);
    cli_buffer_free(&out);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}
