// SPDX-License-Identifier: Apache-2.0
// corsac verify IMAGE --require-signature PUBLIC_KEY: what a gateway does before it loads an image.
#include "cli/command.h"
#include "cli/signing.h"

int cmd_verify(const struct cli_settings *settings)
{
    if (settings->arguments.count != 1 || settings->trusted_keys.count == 0) {
        cli_message("verify needs one image and --require-signature PUBLIC_KEY; "
                    "see 'corsac help verify'");
        return CLI_EXIT_USAGE;
    }
    corsac_image *image = NULL;
    int code = cli_signing_open(&image, settings->arguments.items[0], settings);
    corsac_image_free(image);
    if (code == CLI_EXIT_FINE && !settings->quiet)
        cli_message("%s: signed by a trusted key, and intact", settings->arguments.items[0]);
    return code;
}
