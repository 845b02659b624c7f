// SPDX-License-Identifier: Apache-2.0
// --require-signature: no key, no image.
#include "cli/signing.h"

#include "cli/sources.h"
#include "corsac/sign.h"

#include <stdlib.h>

static bool read_key(corsac_sign_public_key *out, const char *name)
{
    size_t size = 0;
    char *text = cli_file_read(name, &size);
    if (text == NULL)
        return false;
    bool read = corsac_sign_public_read(out, (corsac_str){text, size}) == CORSAC_OK;
    free(text);
    if (!read)
        cli_message("%s: not an Ed25519 public key in PEM", name);
    return read;
}

int cli_signing_open(corsac_image **out, const char *name, const struct cli_settings *settings)
{
    const struct cli_texts *names = &settings->trusted_keys;
    corsac_sign_public_key *keys = cli_allocate(names->count, sizeof(*keys));
    const corsac_sign_trust trust = {.struct_size = sizeof(trust),
                                     .keys = keys,
                                     .key_count = names->count,
                                     .min_serial = settings->min_serial};
    corsac_error error = {{0}};
    bool read = true;
    *out = NULL;
    for (size_t i = 0; i < names->count && read; i++)
        read = read_key(&keys[i], names->items[i]);
    corsac_status status = CORSAC_E_ARGUMENT;
    if (read)
        status = corsac_sign_open_file(out, name, settings->signature, &trust, &error);
    free(keys);
    if (read && status != CORSAC_OK)
        cli_message("%s: %s: %s", name,
                    status == CORSAC_E_SIGNATURE ? "not accepted" : "cannot be opened",
                    error.message);
    if (status == CORSAC_E_MEMORY || status == CORSAC_E_INTERNAL)
        return CLI_EXIT_INTERNAL;
    return status == CORSAC_OK ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}
