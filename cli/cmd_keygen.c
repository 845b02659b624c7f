// SPDX-License-Identifier: Apache-2.0
// corsac keygen -o KEY: a new pair of keys in two files, neither of which existed before.
#include "cli/command.h"
#include "cli/image_file.h"
#include "corsac/sign.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A key that exists is never written over: what it signed would be lost. */
static bool write_pair(const char *name, const corsac_sign_secret_key *secret,
                       const corsac_sign_public_key *public_key)
{
    char secret_text[CORSAC_SIGN_PEM_BYTES] = "", public_text[CORSAC_SIGN_PEM_BYTES] = "";
    struct cli_buffer public_name = {0};
    cli_buffer_format(&public_name, "%s.pub", name);
    const char *failed = name;
    int error = EINVAL;
    if (corsac_sign_secret_write(secret_text, sizeof(secret_text), secret) == CORSAC_OK &&
        corsac_sign_public_write(public_text, sizeof(public_text), public_key) == CORSAC_OK)
        error = cli_file_create(name, cli_str(secret_text), true);
    if (error == 0) {
        failed = public_name.data;
        error = cli_file_create(failed, cli_str(public_text), false);
        if (error != 0)
            unlink(name); /* both or none */
    }
    explicit_bzero(secret_text, sizeof(secret_text));
    if (error != 0)
        cli_message("%s: %s", failed, strerror(error));
    cli_buffer_free(&public_name);
    return error == 0;
}

int cmd_keygen(const struct cli_settings *settings)
{
    if (settings->arguments.count > 0 || settings->output == NULL) {
        cli_message("keygen needs -o KEY and nothing else; see 'corsac help keygen'");
        return CLI_EXIT_USAGE;
    }
    corsac_sign_secret_key secret;
    corsac_sign_public_key public_key;
    if (corsac_sign_key_generate(&secret) != CORSAC_OK ||
        corsac_sign_key_public(&public_key, &secret) != CORSAC_OK) {
        cli_message("internal error: libsodium does not start");
        return CLI_EXIT_INTERNAL;
    }
    bool fine = write_pair(settings->output, &secret, &public_key);
    corsac_sign_key_wipe(&secret);
    if (fine && !settings->quiet)
        cli_message("wrote %s, to be kept secret, and %s.pub", settings->output, settings->output);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}
