// SPDX-License-Identifier: Apache-2.0
// corsac compile SRC... -o IMAGE: sources in, one image out, whole or not at all.
#include "cli/cache.h"
#include "cli/command.h"
#include "cli/image_file.h"
#include "cli/policy.h"
#include "cli/report.h"
#include "cli/stats.h"

static void print_summary(const struct cli_settings *settings,
                          const corsac_compile_summary *summary)
{
    if (settings->quiet || settings->diagnostics == CLI_FORM_JSON)
        return;
    struct cli_buffer line = {0};
    cli_buffer_text(&line, "compiled ");
    cli_report_summary(&line, summary);
    fprintf(stderr, "%s", line.data);
    cli_message("wrote %s", settings->output);
    cli_buffer_free(&line);
}

/* Writes the image; its statistics too if they are asked for. */
static int deliver(const struct cli_settings *settings, corsac_str image,
                   const corsac_compile_summary *summary, const corsac_cache *cache)
{
    if (!cli_image_write(settings->output, image))
        return CLI_EXIT_INPUT;
    print_summary(settings, summary);
    if (!settings->stats)
        return CLI_EXIT_FINE;
    return cli_stats_print(settings, image, settings->compile.times, cache);
}

static int compile(const struct cli_settings *settings, corsac_cache *cache)
{
    corsac_blob *blob = NULL;
    corsac_compile_summary summary = {0};
    int code = cli_compile(&blob, &settings->arguments, settings, cache, &summary);
    if (code == CLI_EXIT_FINE)
        code = deliver(settings, corsac_blob_bytes(blob), &summary, cache);
    corsac_blob_free(blob);
    return code;
}

static int compile_with_cache(const struct cli_settings *settings)
{
    corsac_cache *cache = cli_cache_open(settings->cache, &settings->compile);
    if (cache == NULL)
        return CLI_EXIT_INPUT;
    int code = compile(settings, cache);
    cli_cache_close(cache, settings->cache);
    return code;
}

int cmd_compile(const struct cli_settings *settings)
{
    if (settings->arguments.count == 0 || settings->output == NULL) {
        cli_message("compile needs sources and -o IMAGE; see 'corsac help compile'");
        return CLI_EXIT_USAGE;
    }
    corsac_compile_times times = {0};
    struct cli_settings timed = *settings;
    timed.compile.times = &times;
    return timed.cache == NULL ? compile(&timed, NULL) : compile_with_cache(&timed);
}
