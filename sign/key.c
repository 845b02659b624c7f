// SPDX-License-Identifier: Apache-2.0
// Keys: made, derived, named, wiped.
#include "sign/sign.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(corsac_sign_public_key) == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(sizeof(corsac_sign_secret_key) == crypto_sign_SEEDBYTES, "seed");

bool css_ready(void)
{
    return sodium_init() >= 0;
}

corsac_status css_fail(corsac_error *error, corsac_status status, const char *reason)
{
    if (error)
        snprintf(error->message, sizeof(error->message), "%s", reason);
    return status;
}

corsac_status corsac_sign_key_generate(corsac_sign_secret_key *out)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    if (!css_ready())
        return CORSAC_E_INTERNAL;
    randombytes_buf(out->seed, sizeof(out->seed));
    return CORSAC_OK;
}

corsac_status corsac_sign_key_public(corsac_sign_public_key *out, const corsac_sign_secret_key *key)
{
    uint8_t whole[crypto_sign_SECRETKEYBYTES];
    if (!out || !key)
        return CORSAC_E_ARGUMENT;
    bool made = css_ready() && crypto_sign_seed_keypair(out->bytes, whole, key->seed) == 0;
    sodium_memzero(whole, sizeof(whole));
    return made ? CORSAC_OK : CORSAC_E_INTERNAL;
}

corsac_status corsac_sign_key_name(corsac_sign_key_id *out, const corsac_sign_public_key *key)
{
    uint8_t hash[crypto_hash_sha512_BYTES];
    if (!out || !key)
        return CORSAC_E_ARGUMENT;
    crypto_hash_sha512(hash, key->bytes, sizeof(key->bytes));
    memcpy(out->bytes, hash, sizeof(out->bytes));
    return CORSAC_OK;
}

void corsac_sign_key_wipe(corsac_sign_secret_key *key)
{
    if (key)
        sodium_memzero(key, sizeof(*key));
}
