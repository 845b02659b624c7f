// SPDX-License-Identifier: Apache-2.0
// What the command needs of libcorsac-sign. Where it was built without, signing_absent.c says so.
#ifndef CORSAC_CLI_SIGNING_H
#define CORSAC_CLI_SIGNING_H

#include "cli/settings.h"
#include "corsac/engine.h"

/** Opens an image that a key of --require-signature signed. An exit code, after a message. */
int cli_signing_open(corsac_image **out, const char *name, const struct cli_settings *settings);

#endif
