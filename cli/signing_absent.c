// SPDX-License-Identifier: Apache-2.0
// The verbs and flags of signatures in a command that was built without libsodium.
#include "cli/command.h"
#include "cli/signing.h"

static int absent(void)
{
    cli_message("this corsac was built without libsodium: it cannot sign or verify images");
    return CLI_EXIT_USAGE;
}

int cli_signing_open(corsac_image **out, const char *name, const struct cli_settings *settings)
{
    (void)name, (void)settings;
    *out = NULL;
    return absent();
}

int cmd_keygen(const struct cli_settings *settings)
{
    (void)settings;
    return absent();
}

int cmd_sign(const struct cli_settings *settings)
{
    (void)settings;
    return absent();
}

int cmd_verify(const struct cli_settings *settings)
{
    (void)settings;
    return absent();
}
