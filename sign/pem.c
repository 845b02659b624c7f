// SPDX-License-Identifier: Apache-2.0
// Keys as PEM. An Ed25519 key in DER is a fixed prefix and 32 bytes (RFC 8410), so that comparing
// the prefix is all the ASN.1 there is.
#include "sign/sign.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 32, MAX_DER_BYTES = 48, MAX_BASE64_BYTES = 65 };

typedef struct key_form {
    const char *begin, *end;
    uint8_t prefix[16];
    size_t prefix_size;
} key_form;

static const key_form SECRET = {
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    {0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20},
    16,
};
static const key_form PUBLIC = {
    "-----BEGIN PUBLIC KEY-----",
    "-----END PUBLIC KEY-----",
    {0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0},
    12,
};

static corsac_status write_key(char *out, size_t out_size, const uint8_t *key, const key_form *form)
{
    uint8_t der[MAX_DER_BYTES];
    char text[MAX_BASE64_BYTES];
    if (out_size < CORSAC_SIGN_PEM_BYTES)
        return CORSAC_E_LIMIT;
    memcpy(der, form->prefix, form->prefix_size);
    memcpy(der + form->prefix_size, key, KEY_BYTES);
    sodium_bin2base64(text, sizeof(text), der, form->prefix_size + KEY_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(out, out_size, "%s\n%s\n%s\n", form->begin, text, form->end);
    sodium_memzero(der, sizeof(der));
    sodium_memzero(text, sizeof(text));
    return CORSAC_OK;
}

static corsac_str without_blanks(corsac_str text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]) && text.data[0])
        text = (corsac_str){text.data + 1, text.size - 1};
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) && text.data[text.size - 1])
        text.size--;
    return text;
}

/* Takes a fixed text off the front or the back. */
static bool take(corsac_str *text, const char *mark, bool front)
{
    size_t size = strlen(mark);
    if (text->size < size ||
        memcmp(front ? text->data : text->data + text->size - size, mark, size) != 0)
        return false;
    text->data += front ? size : 0;
    text->size -= size;
    return true;
}

static corsac_status read_key(uint8_t *key, corsac_str pem, const key_form *form)
{
    uint8_t der[MAX_DER_BYTES];
    size_t size = 0;
    pem = without_blanks(pem);
    bool read = take(&pem, form->begin, true) && take(&pem, form->end, false) &&
                sodium_base642bin(der, sizeof(der), pem.data, pem.size, "\r\n", &size, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0 &&
                size == form->prefix_size + KEY_BYTES &&
                memcmp(der, form->prefix, form->prefix_size) == 0;
    if (read)
        memcpy(key, der + form->prefix_size, KEY_BYTES);
    sodium_memzero(der, sizeof(der));
    return read ? CORSAC_OK : CORSAC_E_ARGUMENT;
}

corsac_status corsac_sign_secret_write(char *out, size_t out_size,
                                       const corsac_sign_secret_key *key)
{
    return out && key ? write_key(out, out_size, key->seed, &SECRET) : CORSAC_E_ARGUMENT;
}

corsac_status corsac_sign_public_write(char *out, size_t out_size,
                                       const corsac_sign_public_key *key)
{
    return out && key ? write_key(out, out_size, key->bytes, &PUBLIC) : CORSAC_E_ARGUMENT;
}

corsac_status corsac_sign_secret_read(corsac_sign_secret_key *out, corsac_str pem)
{
    return out && pem.data ? read_key(out->seed, pem, &SECRET) : CORSAC_E_ARGUMENT;
}

corsac_status corsac_sign_public_read(corsac_sign_public_key *out, corsac_str pem)
{
    return out && pem.data ? read_key(out->bytes, pem, &PUBLIC) : CORSAC_E_ARGUMENT;
}
