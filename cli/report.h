// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text with an excerpt or as JSON Lines, and the summary of a compile.
#ifndef CORSAC_CLI_REPORT_H
#define CORSAC_CLI_REPORT_H

#include "cli/settings.h"
#include "cli/sources.h"

/** Writes the findings to standard error in the form asked for; -q keeps errors, -v adds notes. */
void cli_report_diagnostics(const corsac_diagnostics *list, const struct cli_sources *sources,
                            const struct cli_settings *settings);

/** Lists on standard error what was left out; nothing if nothing was. */
void cli_report_quarantine(const corsac_diagnostics *list, const struct cli_settings *settings);

/** One finding as a JSON object, the form of --diagnostics json. */
void cli_report_json(struct cli_buffer *out, const corsac_diagnostic *finding);

/** "1 Gateway", "2 Gateways". */
void cli_report_count(struct cli_buffer *out, uint32_t count, const char *noun);

/** How many documents of the inputs were read and of which kinds, as one line of text. */
void cli_report_summary(struct cli_buffer *out, const corsac_compile_summary *summary);

/** The exit code of a failed compile, after a message for what no diagnostic says. */
int cli_report_failure(corsac_status status);

#endif
