// SPDX-License-Identifier: Apache-2.0
// A policy to ask: compiled from sources or opened from an image, published, with one reader.
#ifndef CORSAC_CLI_POLICY_H
#define CORSAC_CLI_POLICY_H

#include "cli/settings.h"
#include "cli/sources.h"
#include "corsac/engine.h"

struct cli_policy {
    corsac_engine *engine;
    corsac_reader *reader;
    const corsac_image *image; /**< the published one; owned by the engine */
};

/**
 * Opens what -p names: one compiled image, or sources, told apart by content. An image is opened
 * untrusted unless --trusted is given; what was compiled here is our own.
 * @return an exit code, CLI_EXIT_FINE on success; after a message otherwise.
 */
int cli_policy_open(struct cli_policy *policy, const struct cli_settings *settings);
void cli_policy_close(struct cli_policy *policy);

/** Opens an image file: CLI_EXIT_FINE, or *is_image = false if the file is not an image at all. */
int cli_image_open(corsac_image **out, const char *name, bool trusted, bool *is_image);

/**
 * Reads and compiles sources, reporting on standard error; the blob is the caller's.
 * @param cache  what to compile with, under the options of the settings; NULL for none.
 */
int cli_compile(corsac_blob **out, const struct cli_texts *names,
                const struct cli_settings *settings, corsac_cache *cache,
                corsac_compile_summary *summary);

#endif
