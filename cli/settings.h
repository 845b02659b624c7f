// SPDX-License-Identifier: Apache-2.0
// The command line as data: which flags exist, which verb takes which, and what was asked.
#ifndef CORSAC_CLI_SETTINGS_H
#define CORSAC_CLI_SETTINGS_H

#include "cli/support.h"
#include "corsac/compile.h"

/** A list of texts that point into argv. */
struct cli_texts {
    const char **items;
    size_t count;
    size_t capacity;
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };
enum cli_form { CLI_FORM_TEXT, CLI_FORM_JSON };

/** Everything a command line can say. Texts point into argv; lists are freed by cli_settings_free.
 */
struct cli_settings {
    struct cli_texts arguments; /**< what is not a flag */
    struct cli_texts policies;  /**< -p */
    const char *cache;          /**< --cache: a directory */
    const char *output;         /**< -o: the image in compile, text|json elsewhere */
    enum cli_form diagnostics;
    enum cli_color color;
    bool quiet, verbose, stats, trusted, help;
    corsac_compile_options compile;
    /* one request */
    const char *host, *path, *origin, *method, *scheme, *gateway, *sni;
    const char *request_method, *request_headers;
    struct cli_texts headers, claims;
    bool preflight;
    uint32_t port;
    const char *requests;
    /* inspect and bench */
    bool has_stage;
    corsac_stage stage;
    const char *policy_name;
    uint32_t seconds;
    /* signatures */
    const char *key, *signature;
    struct cli_texts trusted_keys;
    uint64_t serial, min_serial;
};

/** One flag, for getopt_long, help and completion. */
struct cli_flag {
    int group;            /**< CLI_FLAGS_ bit */
    char letter;          /**< 0: long form only */
    const char *name;     /**< without the dashes */
    const char *argument; /**< NULL if it takes none */
    const char *help;
    bool (*parse)(struct cli_settings *settings, const char *value); /**< NULL: stored at offset */
    size_t offset;
    int kind;
};

/** Groups of flags that a verb takes. */
enum {
    CLI_FLAGS_COMMON = 1 << 0,
    CLI_FLAGS_COMPILE = 1 << 1, /**< parameters D-25, options X-11 to X-15, limits X-9 */
    CLI_FLAGS_POLICY = 1 << 2,  /**< -p, --trusted */
    CLI_FLAGS_REQUEST = 1 << 3,
    CLI_FLAGS_REQUESTS = 1 << 4,
    CLI_FLAGS_STATS = 1 << 5, /**< --stats, --cache: for who makes images */
    CLI_FLAGS_INSPECT = 1 << 6,
    CLI_FLAGS_BENCH = 1 << 7,
    CLI_FLAGS_TRUSTED = 1 << 8,
    CLI_FLAGS_SIGN = 1 << 9,      /**< --key, --serial */
    CLI_FLAGS_TRUST = 1 << 10,    /**< --require-signature, --min-serial */
    CLI_FLAGS_SIGNATURE = 1 << 11 /**< --signature */
};

/** Flag by index, NULL beyond the last. */
const struct cli_flag *cli_flag_at(size_t index);

/**
 * Reads the command line of one verb; argv[0] is the verb.
 * @return false after a message when it is not understood (CLI_EXIT_USAGE).
 */
bool cli_settings_parse(struct cli_settings *settings, int groups, int argc, char **argv);
void cli_settings_free(struct cli_settings *settings);

/** Whether -o asks for JSON; false with *valid = false after a message if it is neither form. */
bool cli_settings_json(const struct cli_settings *settings, bool *valid);

#endif
