// SPDX-License-Identifier: Apache-2.0
// corsac help [VERB]: made from the tables of verbs and flags.
#include "cli/command.h"

static void add_flag(struct cli_buffer *out, const struct cli_flag *flag)
{
    struct cli_buffer left = {0};
    if (flag->letter != 0)
        cli_buffer_format(&left, "-%c, ", flag->letter);
    else
        cli_buffer_text(&left, "    ");
    cli_buffer_format(&left, "--%s%s%s", flag->name, flag->argument != NULL ? " " : "",
                      flag->argument != NULL ? flag->argument : "");
    cli_buffer_format(out, "  %-34s %s\n", left.data, flag->help);
    cli_buffer_free(&left);
}

static void add_command(struct cli_buffer *out, const struct cli_command *command)
{
    cli_buffer_format(out, "usage: corsac %s %s\n\n%s\n", command->name, command->arguments,
                      command->details);
    const struct cli_flag *flag;
    for (size_t i = 0; (flag = cli_flag_at(i)) != NULL; i++)
        if ((flag->group & command->groups) != 0)
            add_flag(out, flag);
}

static void add_overview(struct cli_buffer *out)
{
    cli_buffer_text(out, "usage: corsac VERB [FLAGS] [ARGUMENTS]\n\n");
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++)
        cli_buffer_format(out, "  %-12s %s\n", command->name, command->summary);
    cli_buffer_text(out, "\n'corsac help VERB' lists the flags of a verb.\n"
                         "Exit codes: 0 fine, 1 findings, 2 usage, 3 input, 4 internal error.\n");
}

int cli_help_print(const struct cli_command *command)
{
    struct cli_buffer out = {0};
    if (command != NULL)
        add_command(&out, command);
    else
        add_overview(&out);
    bool fine = cli_print(&out);
    cli_buffer_free(&out);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

int cmd_help(const struct cli_settings *settings)
{
    if (settings->arguments.count == 0)
        return cli_help_print(NULL);
    const struct cli_command *command = cli_command_find(settings->arguments.items[0]);
    if (command != NULL && settings->arguments.count == 1)
        return cli_help_print(command);
    cli_message("'%s' is not a verb; see 'corsac help'", settings->arguments.items[0]);
    return CLI_EXIT_USAGE;
}
