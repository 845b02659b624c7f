// SPDX-License-Identifier: Apache-2.0
// Sources or an image in, a published policy out: wherever a verb needs one, either will do.
#include "cli/policy.h"

#include "cli/report.h"
#include "cli/signing.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compile_sources(corsac_blob **out, const struct cli_sources *sources,
                           const struct cli_settings *settings, corsac_cache *cache,
                           corsac_compile_summary *summary)
{
    corsac_diagnostics *findings = NULL;
    if (corsac_diagnostics_new(&findings) != CORSAC_OK)
        return cli_report_failure(CORSAC_E_MEMORY);
    cli_progress_begin(settings, "corsac: compiling ...");
    corsac_status status = cache ? corsac_compile_cached(out, cache, sources->inputs,
                                                         sources->count, findings, summary)
                                 : corsac_compile(out, sources->inputs, sources->count,
                                                  &settings->compile, findings, summary);
    cli_progress_end();
    cli_report_diagnostics(findings, sources, settings);
    cli_report_quarantine(findings, settings);
    corsac_diagnostics_free(findings);
    return status == CORSAC_OK ? CLI_EXIT_FINE : cli_report_failure(status);
}

int cli_compile(corsac_blob **out, const struct cli_texts *names,
                const struct cli_settings *settings, corsac_cache *cache,
                corsac_compile_summary *summary)
{
    struct cli_sources sources = {0};
    int code = CLI_EXIT_INPUT;
    if (cli_sources_read(&sources, names->items, names->count))
        code = compile_sources(out, &sources, settings, cache, summary);
    cli_sources_free(&sources);
    return code;
}

/* ---- images ----------------------------------------------------------------------------- */

static int image_failure(const char *name, corsac_status status, const corsac_error *error)
{
    const char *kind = "cannot be opened";
    if (status == CORSAC_E_IMAGE_VERSION)
        kind = "an image of another version";
    else if (status == CORSAC_E_IMAGE_CORRUPT)
        kind = "a corrupt image";
    cli_message("%s: %s: %s", name, kind, error->message);
    return status == CORSAC_E_MEMORY || status == CORSAC_E_INTERNAL ? CLI_EXIT_INTERNAL
                                                                    : CLI_EXIT_INPUT;
}

/* Text has no zero bytes, UTF-16 with its byte order mark aside. */
static bool looks_binary(const char *text, size_t size_bytes)
{
    if (size_bytes >= 2 && (memcmp(text, "\xFE\xFF", 2) == 0 || memcmp(text, "\xFF\xFE", 2) == 0))
        return false;
    return size_bytes > 0 && memchr(text, 0, size_bytes < 4096 ? size_bytes : 4096) != NULL;
}

/* What is no image must be text. */
static int expect_text(const char *name)
{
    size_t size = 0;
    char *text = cli_file_read(name, &size);
    if (text == NULL)
        return CLI_EXIT_INPUT;
    bool binary = looks_binary(text, size);
    free(text);
    if (binary)
        cli_message("%s: neither a Corsac image nor text", name);
    return binary ? CLI_EXIT_INPUT : CLI_EXIT_FINE;
}

int cli_image_open(corsac_image **out, const char *name, bool trusted, bool *is_image)
{
    struct stat status;
    *out = NULL;
    *is_image = false;
    if (strcmp(name, "-") == 0 || stat(name, &status) != 0 || !S_ISREG(status.st_mode))
        return CLI_EXIT_FINE; /* reading it as a source says what is wrong with it */
    corsac_image_options options = {.struct_size = sizeof(options),
                                    .flags = trusted ? CORSAC_IMAGE_TRUSTED : 0};
    corsac_error error = {{0}};
    corsac_status opened = corsac_image_open_file(out, name, &options, &error);
    if (opened == CORSAC_E_IMAGE_FOREIGN)
        return expect_text(name);
    *is_image = true;
    return opened == CORSAC_OK ? CLI_EXIT_FINE : image_failure(name, opened, &error);
}

/* ---- publishing ------------------------------------------------------------------------- */

static int compile_image(corsac_image **out, const struct cli_settings *settings)
{
    corsac_blob *blob = NULL;
    corsac_compile_summary summary = {0};
    int code = cli_compile(&blob, &settings->policies, settings, NULL, &summary);
    if (code != CLI_EXIT_FINE)
        return code;
    const corsac_str bytes = corsac_blob_bytes(blob);
    const corsac_image_options trusted = {.struct_size = sizeof(trusted),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    corsac_error error = {{0}};
    corsac_status status = corsac_image_open(out, bytes.data, bytes.size, &trusted, &error);
    corsac_blob_free(blob);
    if (status == CORSAC_E_IMAGE_FOREIGN) {
        cli_message("internal error: the compiled image is not recognised");
        return CLI_EXIT_INTERNAL;
    }
    return status == CORSAC_OK ? CLI_EXIT_FINE
                               : image_failure("the compiled image", status, &error);
}

static int find_image(corsac_image **out, const struct cli_settings *settings)
{
    const struct cli_texts *names = &settings->policies;
    for (size_t i = 0; i < names->count; i++) {
        bool is_image = false;
        int code = cli_image_open(out, names->items[i], settings->trusted, &is_image);
        if (code != CLI_EXIT_FINE)
            return code;
        if (!is_image)
            continue;
        if (names->count == 1)
            return CLI_EXIT_FINE;
        corsac_image_free(*out);
        *out = NULL;
        cli_message("%s: an image is a whole policy; it cannot be combined with other -p",
                    names->items[i]);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_FINE;
}

/* Only a signed image will do: nothing is compiled, and nothing else is opened. */
static int open_signed(corsac_image **out, const struct cli_settings *settings)
{
    if (settings->policies.count == 1)
        return cli_signing_open(out, settings->policies.items[0], settings);
    cli_message("--require-signature takes one image");
    return CLI_EXIT_USAGE;
}

static int open_any(corsac_image **out, const struct cli_settings *settings)
{
    if (settings->trusted_keys.count > 0)
        return open_signed(out, settings);
    if (settings->signature != NULL || settings->min_serial > 0) {
        cli_message("--signature and --min-serial need --require-signature PUBLIC_KEY");
        return CLI_EXIT_USAGE;
    }
    int code = find_image(out, settings);
    return code == CLI_EXIT_FINE && *out == NULL ? compile_image(out, settings) : code;
}

static int publish(struct cli_policy *policy, corsac_image *image)
{
    corsac_engine_options options = {.struct_size = sizeof(options), .max_readers = 1};
    corsac_status status = corsac_engine_new(&policy->engine, &options);
    if (status == CORSAC_OK)
        status = corsac_engine_publish(policy->engine, image);
    if (status != CORSAC_OK) {
        corsac_image_free(image);
        return cli_report_failure(status);
    }
    policy->image = image;
    status = corsac_reader_new(&policy->reader, policy->engine);
    return status == CORSAC_OK ? CLI_EXIT_FINE : cli_report_failure(status);
}

int cli_policy_open(struct cli_policy *policy, const struct cli_settings *settings)
{
    *policy = (struct cli_policy){0};
    if (settings->policies.count == 0) {
        cli_message("a policy is needed: -p FILE, directory or image");
        return CLI_EXIT_USAGE;
    }
    corsac_image *image = NULL;
    int code = open_any(&image, settings);
    if (code == CLI_EXIT_FINE)
        code = publish(policy, image);
    if (code != CLI_EXIT_FINE)
        cli_policy_close(policy);
    return code;
}

void cli_policy_close(struct cli_policy *policy)
{
    corsac_reader_free(policy->reader);
    corsac_engine_free(policy->engine);
    *policy = (struct cli_policy){0};
}
