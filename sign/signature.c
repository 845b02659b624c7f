// SPDX-License-Identifier: Apache-2.0
// The signature file and what it signs (docs/image-format.md F-9). Ed25519 signs a statement about
// the image, not the image: so the domain stands in front and other tools can check it.
#include "sign/sign.h"

#include <sodium.h>
#include <string.h>

/* Fields of the file, in order; numbers are little-endian. */
enum {
    MAGIC_AT = 0,
    VERSION_AT = 8,
    RESERVED_AT = 12,
    KEY_ID_AT = 16,
    SIZE_AT = 24,
    SERIAL_AT = 32,
    SIGNATURE_AT = 40,
    SIGNED_FIELDS_BYTES = SIGNATURE_AT - KEY_ID_AT,
    DOMAIN_BYTES = 32,
    STATEMENT_BYTES = DOMAIN_BYTES + SIGNED_FIELDS_BYTES + crypto_hash_sha512_BYTES
};
_Static_assert(SIGNATURE_AT + crypto_sign_BYTES == CORSAC_SIGNATURE_BYTES, "signature file");

static const uint8_t MAGIC[8] = {'C', 'O', 'R', 'S', 'A', 'C', 'S', 'G'};
static const uint8_t VERSION_AND_RESERVED[8] = {1};
static const uint8_t DOMAIN[DOMAIN_BYTES] = "corsac image signature 1";

static void put(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Domain, then key, size and serial number as they stand in the file, then the hash of the image. */
static void make_statement(uint8_t *statement, const uint8_t *file, const void *bytes, size_t size)
{
    memcpy(statement, DOMAIN, DOMAIN_BYTES);
    memcpy(statement + DOMAIN_BYTES, file + KEY_ID_AT, SIGNED_FIELDS_BYTES);
    crypto_hash_sha512(statement + DOMAIN_BYTES + SIGNED_FIELDS_BYTES, bytes, size);
}

corsac_status corsac_sign_image(corsac_signature *out, const void *bytes, size_t size,
                                const corsac_sign_secret_key *key, uint64_t serial)
{
    uint8_t statement[STATEMENT_BYTES], whole[crypto_sign_SECRETKEYBYTES];
    corsac_sign_public_key public_key;
    corsac_sign_key_id id;
    if (!out || !bytes || size == 0 || !key)
        return CORSAC_E_ARGUMENT;
    memset(out, 0, sizeof(*out));
    if (!css_ready() || crypto_sign_seed_keypair(public_key.bytes, whole, key->seed) != 0)
        return CORSAC_E_INTERNAL;
    (void)corsac_sign_key_name(&id, &public_key);
    memcpy(out->bytes + MAGIC_AT, MAGIC, sizeof(MAGIC));
    memcpy(out->bytes + VERSION_AT, VERSION_AND_RESERVED, sizeof(VERSION_AND_RESERVED));
    memcpy(out->bytes + KEY_ID_AT, id.bytes, sizeof(id.bytes));
    put(out->bytes + SIZE_AT, size);
    put(out->bytes + SERIAL_AT, serial);
    make_statement(statement, out->bytes, bytes, size);
    int made =
        crypto_sign_detached(out->bytes + SIGNATURE_AT, NULL, statement, sizeof(statement), whole);
    sodium_memzero(whole, sizeof(whole));
    return made == 0 ? CORSAC_OK : CORSAC_E_INTERNAL;
}

/* ---- verifying ---------------------------------------------------------------------------- */

static corsac_status refuse(corsac_error *error, const char *reason)
{
    return css_fail(error, CORSAC_E_SIGNATURE, reason);
}

static const corsac_sign_public_key *find_key(const corsac_sign_trust *trust, const uint8_t *id)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        corsac_sign_key_id name;
        if (corsac_sign_key_name(&name, &trust->keys[i]) == CORSAC_OK &&
            memcmp(name.bytes, id, sizeof(name.bytes)) == 0)
            return &trust->keys[i];
    }
    return NULL;
}

corsac_status css_signature_check(const void *signature, size_t signature_size,
                                  const corsac_sign_trust *trust, uint64_t *image_bytes,
                                  corsac_error *error)
{
    const uint8_t *file = signature;
    if (!trust || trust->struct_size < sizeof(*trust) || !trust->keys || trust->key_count == 0)
        return css_fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    if (!css_ready())
        return css_fail(error, CORSAC_E_INTERNAL, "libsodium does not start");
    if (signature_size != CORSAC_SIGNATURE_BYTES)
        return refuse(error, "this is not a signature of a Corsac image: its size is wrong");
    if (memcmp(file + MAGIC_AT, MAGIC, sizeof(MAGIC)) != 0)
        return refuse(error, "this is not a signature of a Corsac image");
    if (memcmp(file + VERSION_AT, VERSION_AND_RESERVED, sizeof(VERSION_AND_RESERVED)) != 0)
        return refuse(error, "the signature has an unknown version");
    if (!find_key(trust, file + KEY_ID_AT))
        return refuse(error, "the signature is by a key that is not trusted here");
    *image_bytes = get(file + SIZE_AT);
    return CORSAC_OK;
}

static corsac_status check(const void *bytes, size_t size, const uint8_t *file,
                           const corsac_sign_trust *trust, corsac_error *error)
{
    const corsac_sign_public_key *key = find_key(trust, file + KEY_ID_AT);
    uint8_t statement[STATEMENT_BYTES];
    if (!key || get(file + SIZE_AT) != size)
        return refuse(error, CSS_OTHER_SIZE);
    make_statement(statement, file, bytes, size);
    if (crypto_sign_verify_detached(file + SIGNATURE_AT, statement, sizeof(statement),
                                    key->bytes) != 0)
        return refuse(error, "the signature does not belong to these bytes");
    if (get(file + SERIAL_AT) < trust->min_serial)
        return refuse(error, "the signature's serial number is too small: the image is too old");
    return CORSAC_OK;
}

corsac_status corsac_sign_verify(const void *bytes, size_t size, const void *signature,
                                 size_t signature_size, const corsac_sign_trust *trust,
                                 uint64_t *serial, corsac_error *error)
{
    css_fail(error, CORSAC_OK, "");
    if (serial)
        *serial = 0;
    if ((!bytes && size > 0) || (!signature && signature_size > 0))
        return css_fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    uint64_t image_bytes;
    corsac_status status =
        css_signature_check(signature, signature_size, trust, &image_bytes, error);
    if (status == CORSAC_OK)
        status = check(bytes, size, signature, trust, error);
    if (status == CORSAC_OK && serial)
        *serial = get((const uint8_t *)signature + SERIAL_AT);
    return status;
}
