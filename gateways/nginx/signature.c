// SPDX-License-Identifier: Apache-2.0
// Policies that must be images with a signature (docs/image-format.md F-9). Built without
// libcorsac-sign, the module refuses the parameter instead of ignoring it.
#include "module.h"

#include <stdlib.h>
#include <string.h>

#if CSN_SIGNED
#include <corsac/sign.h>

_Static_assert(sizeof(((csn_source *)0)->keys[0]) == sizeof(corsac_sign_public_key),
               "a public key fits");

bool csn_signature_add_key(csn_source *source, const char *path, char *message)
{
    csn_texts texts;
    corsac_sign_public_key key;
    if (source->key_count == CSN_MAX_KEYS) {
        snprintf(message, CSN_MESSAGE_BYTES, "more than %d keys", CSN_MAX_KEYS);
        return false;
    }
    bool fine = csn_sources_read(&texts, path, message);
    if (fine && corsac_sign_public_read(&key, texts.items[0].text) != CORSAC_OK) {
        snprintf(message, CSN_MESSAGE_BYTES, "%s: not one Ed25519 public key in PEM", path);
        fine = false;
    }
    csn_texts_free(&texts);
    if (fine)
        memcpy(&source->keys[source->key_count++], &key, sizeof(key));
    return fine;
}

bool csn_signature_verify(const csn_source *source, corsac_str bytes, char *message)
{
    csn_texts texts = {.items = NULL};
    corsac_error error = {{0}};
    corsac_sign_public_key keys[CSN_MAX_KEYS];
    memcpy(keys, source->keys, sizeof(keys));
    const corsac_sign_trust trust = {.struct_size = sizeof(trust),
                                     .keys = keys,
                                     .key_count = source->key_count,
                                     .min_serial = source->min_serial};
    char *path = csn_signature_path(source->path);
    bool fine = path != NULL && csn_sources_read(&texts, path, message);
    if (fine) {
        corsac_str text = texts.items[0].text;
        fine = corsac_sign_verify(bytes.data, bytes.size, text.data, text.size, &trust, NULL,
                                  &error) == CORSAC_OK;
        if (!fine)
            snprintf(message, CSN_MESSAGE_BYTES, "%s: %s", source->path, error.message);
    }
    csn_texts_free(&texts);
    free(path);
    return fine;
}

#else

bool csn_signature_add_key(csn_source *source, const char *path, char *message)
{
    (void)source;
    (void)path;
    snprintf(message, CSN_MESSAGE_BYTES, "this module was built without signatures");
    return false;
}

bool csn_signature_verify(const csn_source *source, corsac_str bytes, char *message)
{
    (void)source;
    (void)bytes;
    snprintf(message, CSN_MESSAGE_BYTES, "this module was built without signatures");
    return false;
}

#endif

char *csn_signature_path(const char *path)
{
    size_t size = strlen(path);
    char *out = malloc(size + sizeof(".sig"));
    if (out != NULL) {
        memcpy(out, path, size);
        memcpy(out + size, ".sig", sizeof(".sig"));
    }
    return out;
}
