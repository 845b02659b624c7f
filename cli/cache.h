// SPDX-License-Identifier: Apache-2.0
// The directory of --cache: one file of compiled regexes in it.
#ifndef CORSAC_CLI_CACHE_H
#define CORSAC_CLI_CACHE_H

#include "cli/settings.h"

/**
 * Opens the cache in a directory, which is made if it is not there. A file that cannot be read is a
 * warning and an empty cache. @return NULL after a message when the directory cannot be made.
 */
corsac_cache *cli_cache_open(const char *directory, const corsac_compile_options *options);

/** Writes it back if it has changed; that this fails is a warning. Frees it. */
void cli_cache_close(corsac_cache *cache, const char *directory);

#endif
