// SPDX-License-Identifier: Apache-2.0
// What --stats prints: the image in numbers, the stages of the compile in seconds.
#ifndef CORSAC_CLI_STATS_H
#define CORSAC_CLI_STATS_H

#include "cli/settings.h"

/**
 * Prints the statistics of a compile to standard output, or to standard error where the image itself goes
 * to standard output; as one JSON object with --diagnostics json.
 * @param cache  NULL: none was used.  @return an exit code.
 */
int cli_stats_print(const struct cli_settings *settings, corsac_str image,
                    const corsac_compile_times *times, const corsac_cache *cache);

#endif
