// SPDX-License-Identifier: Apache-2.0
// A program that loads only what its key signed, with libcorsac-sign beside either half.
//
//   signed IMAGE
#include <corsac/sign.h>

#include <stdio.h>
#include <string.h>

static size_t read_file(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(bytes, 1, size, file) : 0;
    if (file != NULL)
        fclose(file);
    return got;
}

int main(int argc, char **argv)
{
    static char bytes[1 << 20];
    const size_t size = argc == 2 ? read_file(argv[1], bytes, sizeof(bytes)) : 0;
    corsac_sign_secret_key secret;
    corsac_sign_public_key key;
    corsac_signature signature;
    corsac_image *image = NULL, *none = NULL;
    corsac_error error;
    if (corsac_sign_key_generate(&secret) != CORSAC_OK ||
        corsac_sign_key_public(&key, &secret) != CORSAC_OK ||
        corsac_sign_image(&signature, bytes, size, &secret, 1) != CORSAC_OK)
        return 2;
    const corsac_sign_trust trust = {.struct_size = sizeof(trust), .keys = &key, .key_count = 1};
    const corsac_status opened = corsac_sign_open(&image, bytes, size, signature.bytes,
                                                  sizeof(signature.bytes), &trust, &error);
    bytes[size / 2] ^= 1;
    const corsac_status refused = corsac_sign_open(&none, bytes, size, signature.bytes,
                                                   sizeof(signature.bytes), &trust, &error);
    printf("signed: %s, changed: %s (%s)\n", corsac_status_name(opened),
           corsac_status_name(refused), error.message);
    corsac_image_free(image);
    return opened == CORSAC_OK && refused == CORSAC_E_SIGNATURE && none == NULL ? 0 : 1;
}
