// SPDX-License-Identifier: Apache-2.0
// corsac sign IMAGE --key KEY: vouches for an image. Only what is an image is signed.
#include "cli/command.h"
#include "cli/image_file.h"
#include "cli/sources.h"
#include "corsac/sign.h"

#include <stdlib.h>
#include <string.h>

static bool read_key(corsac_sign_secret_key *out, const char *name)
{
    size_t size = 0;
    char *text = cli_file_read(name, &size);
    if (text == NULL)
        return false;
    bool read = corsac_sign_secret_read(out, (corsac_str){text, size}) == CORSAC_OK;
    explicit_bzero(text, size);
    free(text);
    if (!read)
        cli_message("%s: not an unencrypted Ed25519 private key in PEM", name);
    return read;
}

static bool is_image(const char *name, corsac_str bytes)
{
    corsac_image *image = NULL;
    corsac_error error = {{0}};
    corsac_status status = corsac_image_open(&image, bytes.data, bytes.size, NULL, &error);
    corsac_image_free(image);
    if (status != CORSAC_OK)
        cli_message("%s: cannot be signed: %s", name, error.message);
    return status == CORSAC_OK;
}

static bool write_signature(const struct cli_settings *settings, const corsac_signature *signature)
{
    struct cli_buffer name = {0};
    if (settings->signature != NULL)
        cli_buffer_text(&name, settings->signature);
    else
        cli_buffer_format(&name, "%s.sig", settings->arguments.items[0]);
    bool fine = cli_image_write(
        name.data, (corsac_str){(const char *)signature->bytes, sizeof(signature->bytes)});
    if (fine && !settings->quiet)
        cli_message("wrote %s", name.data);
    cli_buffer_free(&name);
    return fine;
}

static int sign(const struct cli_settings *settings, corsac_str image)
{
    corsac_sign_secret_key key;
    corsac_signature signature;
    if (!is_image(settings->arguments.items[0], image) || !read_key(&key, settings->key))
        return CLI_EXIT_INPUT;
    corsac_status status =
        corsac_sign_image(&signature, image.data, image.size, &key, settings->serial);
    corsac_sign_key_wipe(&key);
    if (status != CORSAC_OK) {
        cli_message("internal error: %s", corsac_status_name(status));
        return CLI_EXIT_INTERNAL;
    }
    return write_signature(settings, &signature) ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

int cmd_sign(const struct cli_settings *settings)
{
    if (settings->arguments.count != 1 || settings->key == NULL) {
        cli_message("sign needs one image and --key KEY; see 'corsac help sign'");
        return CLI_EXIT_USAGE;
    }
    size_t size = 0;
    char *image = cli_file_read(settings->arguments.items[0], &size);
    if (image == NULL)
        return CLI_EXIT_INPUT;
    int code = sign(settings, (corsac_str){image, size});
    free(image);
    return code;
}
