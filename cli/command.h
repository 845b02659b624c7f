// SPDX-License-Identifier: Apache-2.0
// The table of verbs. A verb is one file, cmd_<verb>.c, with one function and one row here.
#ifndef CORSAC_CLI_COMMAND_H
#define CORSAC_CLI_COMMAND_H

#include "cli/settings.h"

struct cli_command {
    const char *name;
    const char *arguments; /**< for the usage line, after the flags */
    const char *summary;   /**< one line */
    const char *details;   /**< a paragraph or two for help; ends in a newline */
    int groups;            /**< CLI_FLAGS_ bits */
    int (*run)(const struct cli_settings *settings); /**< returns an exit code */
};

/** Verb by index, NULL beyond the last. */
const struct cli_command *cli_command_at(size_t index);
/** Verb by name, or NULL. */
const struct cli_command *cli_command_find(const char *name);
/** Prints the help of one verb, or of all for NULL, to standard output. */
int cli_help_print(const struct cli_command *command);

int cmd_bench(const struct cli_settings *settings);
int cmd_check(const struct cli_settings *settings);
int cmd_compile(const struct cli_settings *settings);
int cmd_completion(const struct cli_settings *settings);
int cmd_eval(const struct cli_settings *settings);
int cmd_help(const struct cli_settings *settings);
int cmd_inspect(const struct cli_settings *settings);
int cmd_keygen(const struct cli_settings *settings);
int cmd_sign(const struct cli_settings *settings);
int cmd_verify(const struct cli_settings *settings);
int cmd_version(const struct cli_settings *settings);

#endif
