// SPDX-License-Identifier: Apache-2.0
// corsac compile SRC... -o IMAGE: sources in, one image out, whole or not at all.
#include "cli/command.h"
#include "cli/image_file.h"
#include "cli/policy.h"
#include "cli/report.h"

#include <string.h>

static void add_stats(struct cli_buffer *out, const corsac_image *image)
{
    corsac_image_info info;
    corsac_image_describe(image, &info);
    cli_buffer_format(out, "image            %llu bytes, format %u, revision %016llx\n",
                      (unsigned long long)info.size_bytes, info.format_version,
                      (unsigned long long)info.revision);
    cli_buffer_format(out, "endpoints        %u\nvirtual hosts    %u\n", info.endpoint_count,
                      info.virtual_host_count);
    cli_buffer_format(out, "routes           %u\npolicies         %u\n", info.route_count,
                      info.policy_count);
    cli_buffer_format(out, "origin sets      %u\nregex databases  %u\n", info.origin_set_count,
                      info.database_count);
}

/* To standard error where the image itself goes to standard output. */
static int print_stats(corsac_str bytes, bool image_on_stdout)
{
    corsac_image_options options = {.struct_size = sizeof(options), .flags = CORSAC_IMAGE_TRUSTED};
    corsac_image *image = NULL;
    corsac_error error = {{0}};
    if (corsac_image_open(&image, bytes.data, bytes.size, &options, &error) != CORSAC_OK) {
        cli_message("internal error: the compiled image does not open: %s", error.message);
        return CLI_EXIT_INTERNAL;
    }
    struct cli_buffer out = {0};
    add_stats(&out, image);
    bool fine = true;
    if (image_on_stdout)
        fwrite(out.data, 1, out.size, stderr);
    else
        fine = cli_print(&out);
    cli_buffer_free(&out);
    corsac_image_free(image);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

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

int cmd_compile(const struct cli_settings *settings)
{
    if (settings->arguments.count == 0 || settings->output == NULL) {
        cli_message("compile needs sources and -o IMAGE; see 'corsac help compile'");
        return CLI_EXIT_USAGE;
    }
    corsac_blob *blob = NULL;
    corsac_compile_summary summary = {0};
    int code = cli_compile(&blob, &settings->arguments, settings, &summary);
    if (code != CLI_EXIT_FINE)
        return code;
    corsac_str bytes = corsac_blob_bytes(blob);
    if (!cli_image_write(settings->output, bytes))
        code = CLI_EXIT_INPUT;
    else
        print_summary(settings, &summary);
    if (code == CLI_EXIT_FINE && settings->stats)
        code = print_stats(bytes, strcmp(settings->output, "-") == 0);
    corsac_blob_free(blob);
    return code;
}
