// SPDX-License-Identifier: Apache-2.0
// Colour and progress: only where a person looks, and only when there is something to wait for.
#ifndef CORSAC_CLI_TERMINAL_H
#define CORSAC_CLI_TERMINAL_H

#include "cli/settings.h"

/** Whether to colour what goes to @p stream: --color, then NO_COLOR, then whether it is a terminal.
 */
bool cli_terminal_color(enum cli_color color, FILE *stream);

/** After one second, and only if standard error is a terminal, shows @p text until
 * cli_progress_end. */
void cli_progress_begin(const struct cli_settings *settings, const char *text);
void cli_progress_end(void);

#endif
