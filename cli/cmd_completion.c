// SPDX-License-Identifier: Apache-2.0
// corsac completion SHELL: scripts made from the same tables as the help.
#include "cli/command.h"

#include <string.h>

static void add_verbs(struct cli_buffer *out)
{
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++)
        cli_buffer_format(out, "%s%s", i > 0 ? " " : "", command->name);
}

static void add_flags(struct cli_buffer *out, const struct cli_command *command)
{
    const struct cli_flag *flag;
    for (size_t i = 0; (flag = cli_flag_at(i)) != NULL; i++)
        if ((flag->group & command->groups) != 0)
            cli_buffer_format(out, " --%s", flag->name);
}

static void add_bash(struct cli_buffer *out)
{
    cli_buffer_text(out, "_corsac() {\n"
                         "    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
                         "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    add_verbs(out);
    cli_buffer_text(out, "\"\n    else\n        case \"${COMP_WORDS[1]}\" in\n");
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        cli_buffer_format(out, "        %s) words=\"", command->name);
        add_flags(out, command);
        cli_buffer_text(out, "\" ;;\n");
    }
    cli_buffer_text(out, "        esac\n    fi\n"
                         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
                         "complete -o default -F _corsac corsac\n");
}

static void add_zsh(struct cli_buffer *out)
{
    cli_buffer_text(out, "#compdef corsac\nautoload -U +X bashcompinit && bashcompinit\n");
    add_bash(out);
}

static void add_fish(struct cli_buffer *out)
{
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        cli_buffer_format(out, "complete -c corsac -n __fish_use_subcommand -a %s -d '%s'\n",
                          command->name, command->summary);
        const struct cli_flag *flag;
        for (size_t j = 0; (flag = cli_flag_at(j)) != NULL; j++)
            if ((flag->group & command->groups) != 0)
                cli_buffer_format(
                    out, "complete -c corsac -n '__fish_seen_subcommand_from %s' -l %s%s\n",
                    command->name, flag->name, flag->argument != NULL ? " -r" : "");
    }
}

int cmd_completion(const struct cli_settings *settings)
{
    const char *shell = settings->arguments.count == 1 ? settings->arguments.items[0] : "";
    struct cli_buffer out = {0};
    if (strcmp(shell, "bash") == 0)
        add_bash(&out);
    else if (strcmp(shell, "zsh") == 0)
        add_zsh(&out);
    else if (strcmp(shell, "fish") == 0)
        add_fish(&out);
    else {
        cli_message("completion needs one of bash, zsh, fish");
        return CLI_EXIT_USAGE;
    }
    bool fine = cli_print(&out);
    cli_buffer_free(&out);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}
