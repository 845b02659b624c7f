// SPDX-License-Identifier: Apache-2.0
// The corsac command: finds the verb, reads its flags, runs it.
#include "cli/command.h"
#include "cli/json.h"

#include <string.h>

enum {
    SOURCES = CLI_FLAGS_COMMON | CLI_FLAGS_COMPILE,
    IMAGES = CLI_FLAGS_TRUSTED | CLI_FLAGS_TRUST | CLI_FLAGS_SIGNATURE,
    ASKING = SOURCES | CLI_FLAGS_POLICY | IMAGES | CLI_FLAGS_REQUESTS
};

static const struct cli_command COMMANDS[] = {
    {"compile", "SRC... -o IMAGE", "compile sources into one image",
     "Sources are files, directories (recursive, *.yaml *.yml *.json) or -. What is wrong with a\n"
     "document loses that document only, and is reported; --strict fails instead.\n",
     SOURCES | CLI_FLAGS_STATS, cmd_compile},
    {"check", "SRC...", "validate sources, for example before a commit",
     "Reports what compile would report and writes nothing. Exits 1 if anything would be left "
     "out.\n",
     SOURCES, cmd_check},
    {"eval", "-p POLICY --host H --path P | -p POLICY --requests FILE",
     "decide one request, or one per line",
     "Prints the outcome and the headers that Istio and Envoy would produce. With --requests, "
     "JSON\n"
     "Lines in and out as docs/cli.md describes.\n",
     ASKING | CLI_FLAGS_REQUEST, cmd_eval},
    {"inspect", "IMAGE | SRC...", "show what an image contains, or a stage of the compile",
     "With --stage, prints what that stage of the compiler made of the sources.\n",
     SOURCES | CLI_FLAGS_INSPECT | IMAGES, cmd_inspect},
    {"bench", "-p POLICY [--requests FILE]", "measure decisions on this machine",
     "Latency per decision and throughput of one thread, with your policy and your requests.\n",
     ASKING | CLI_FLAGS_BENCH, cmd_bench},
    {"keygen", "-o KEY", "make a key to sign images with",
     "Writes the secret key to KEY and the public key to KEY.pub, both as PEM. Neither may "
     "exist.\n",
     CLI_FLAGS_COMMON, cmd_keygen},
    {"sign", "IMAGE --key KEY", "sign an image",
     "Writes the signature to IMAGE.sig, or to the file that --signature names.\n",
     CLI_FLAGS_COMMON | CLI_FLAGS_SIGN | CLI_FLAGS_SIGNATURE, cmd_sign},
    {"verify", "IMAGE --require-signature PUBLIC_KEY", "verify the signature of an image",
     "Then opens the image, as a gateway would.\n",
     CLI_FLAGS_COMMON | CLI_FLAGS_TRUST | CLI_FLAGS_SIGNATURE, cmd_verify},
    {"version", "", "print the versions of Corsac and its libraries", "", CLI_FLAGS_COMMON,
     cmd_version},
    {"completion", "bash|zsh|fish", "print a completion script for a shell",
     "For bash: source <(corsac completion bash)\n", CLI_FLAGS_COMMON, cmd_completion},
    {"help", "[VERB]", "explain a verb", "", CLI_FLAGS_COMMON, cmd_help},
};

const struct cli_command *cli_command_at(size_t index)
{
    return index < sizeof(COMMANDS) / sizeof(COMMANDS[0]) ? &COMMANDS[index] : NULL;
}

const struct cli_command *cli_command_find(const char *name)
{
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
    struct cli_settings settings;
    int code = CLI_EXIT_USAGE;
    if (cli_settings_parse(&settings, command->groups, argc, argv))
        code = settings.help ? cli_help_print(command) : command->run(&settings);
    cli_settings_free(&settings);
    return code;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : NULL;
    if (verb == NULL) {
        cli_message("a verb is needed; see 'corsac help'");
        return CLI_EXIT_USAGE;
    }
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
        return cli_help_print(NULL);
    if (strcmp(verb, "--version") == 0)
        verb = "version";
    const struct cli_command *command = cli_command_find(verb);
    if (command == NULL) {
        cli_message("'%s' is not a verb; see 'corsac help'", verb);
        return CLI_EXIT_USAGE;
    }
    cli_json_begin();
    return run(command, argc - 1, argv + 1);
}
