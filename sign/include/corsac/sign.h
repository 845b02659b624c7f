// SPDX-License-Identifier: Apache-2.0
// Signed images: who may say what a gateway answers. Ed25519 by libsodium, in a library of its own
// (libcorsac-sign) beside libcorsac or libcorsac-compiler. docs/image-format.md F-9 has the bytes.
//
// Start here:
//   corsac_sign_key_generate -> corsac_sign_secret_write, corsac_sign_public_write    (once)
//   corsac_sign_image                                                   (after every compile)
//   corsac_sign_open_file -> corsac_engine_publish                      (where the image is loaded)
//
// Threads: every function may be called from any thread. None is for the request path.
#ifndef CORSAC_SIGN_H
#define CORSAC_SIGN_H

#include "corsac/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- keys ------------------------------------------------------------------------------- */

/** An Ed25519 public key (RFC 8032). */
typedef struct corsac_sign_public_key {
    uint8_t bytes[32];
} corsac_sign_public_key;

/** An Ed25519 secret key: the 32-byte seed of RFC 8032. Wipe it when it is no longer needed. */
typedef struct corsac_sign_secret_key {
    uint8_t seed[32];
} corsac_sign_secret_key;

/** What names a key in a signature: the first bytes of the SHA-512 of the public key. */
typedef struct corsac_sign_key_id {
    uint8_t bytes[8];
} corsac_sign_key_id;

/** Makes a secret key from the system's randomness. CORSAC_OK, _E_ARGUMENT, _E_INTERNAL. */
CORSAC_API corsac_status corsac_sign_key_generate(corsac_sign_secret_key *out);

/** The public key that belongs to a secret one. CORSAC_OK, _E_ARGUMENT, _E_INTERNAL. */
CORSAC_API corsac_status corsac_sign_key_public(corsac_sign_public_key *out,
                                                const corsac_sign_secret_key *key);

/** The name of a key. CORSAC_OK, CORSAC_E_ARGUMENT. */
CORSAC_API corsac_status corsac_sign_key_name(corsac_sign_key_id *out,
                                              const corsac_sign_public_key *key);

/** Overwrites a secret key with zeros in a way that no compiler leaves out. NULL is fine. */
CORSAC_API void corsac_sign_key_wipe(corsac_sign_secret_key *key);

/** Enough for the PEM text of either kind of key, its NUL included. */
#define CORSAC_SIGN_PEM_BYTES 128

/**
 * Writes a key as PEM, as OpenSSL does: PKCS #8 for a secret key (RFC 8410), SubjectPublicKeyInfo for
 * a public one.
 * @param out  receives NUL-terminated text; of a secret key it is as secret as the key.
 * @param out_size  at least CORSAC_SIGN_PEM_BYTES.
 * @return CORSAC_OK, CORSAC_E_LIMIT (out is too small), CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_sign_secret_write(char *out, size_t out_size,
                                                  const corsac_sign_secret_key *key);
/** As corsac_sign_secret_write(), for a public key. */
CORSAC_API corsac_status corsac_sign_public_write(char *out, size_t out_size,
                                                  const corsac_sign_public_key *key);

/**
 * Reads a key from PEM text: one unencrypted Ed25519 key and nothing but blanks around it.
 * @return CORSAC_OK, CORSAC_E_ARGUMENT (also for text that is no such key).
 */
CORSAC_API corsac_status corsac_sign_secret_read(corsac_sign_secret_key *out, corsac_str pem);
/** As corsac_sign_secret_read(), for a public key. */
CORSAC_API corsac_status corsac_sign_public_read(corsac_sign_public_key *out, corsac_str pem);

/* ---- signing ---------------------------------------------------------------------------- */

/** Size of a signature file. */
#define CORSAC_SIGNATURE_BYTES 104

/** A signature of one image, as it stands in a file. */
typedef struct corsac_signature {
    uint8_t bytes[CORSAC_SIGNATURE_BYTES];
} corsac_signature;

/**
 * Signs an image: all of its bytes, its size, the serial number and the name of the key.
 *
 * @param serial  the signer's own count. A loader that asks for a least serial number refuses older
 *                images, which would otherwise stay valid for ever. 0 if none is kept.
 * @return CORSAC_OK, CORSAC_E_ARGUMENT, CORSAC_E_INTERNAL. Equal arguments give equal bytes.
 */
CORSAC_API corsac_status corsac_sign_image(corsac_signature *out, const void *bytes, size_t size,
                                           const corsac_sign_secret_key *key, uint64_t serial);

/* ---- requiring a signature -------------------------------------------------------------- */

/** Whose signatures count. Set struct_size to sizeof(corsac_sign_trust). */
typedef struct corsac_sign_trust {
    size_t struct_size;
    const corsac_sign_public_key *keys; /**< any one of them will do; borrowed for the call */
    size_t key_count;                   /**< at least 1 */
    uint64_t min_serial;                /**< refuse signatures with a smaller serial number */
} corsac_sign_trust;

/**
 * Verifies a signature over bytes in memory. Nobody may change the bytes meanwhile; who then opens
 * them should use corsac_sign_open() instead, which leaves no time in between.
 *
 * @param signature, signature_size  the content of a signature file.
 * @param serial  NULL, or receives the serial number; 0 on failure.
 * @param error   NULL, or receives a sentence.
 * @return CORSAC_OK, CORSAC_E_SIGNATURE (none, malformed, of another key, of other bytes, too old),
 *         CORSAC_E_ARGUMENT, CORSAC_E_INTERNAL.
 */
CORSAC_API corsac_status corsac_sign_verify(const void *bytes, size_t size, const void *signature,
                                            size_t signature_size, const corsac_sign_trust *trust,
                                            uint64_t *serial, corsac_error *error);

/**
 * Opens an image only if a trusted key signed it: copies the bytes, verifies the copy, and opens the
 * copy with CORSAC_IMAGE_TRUSTED. What happens to @p bytes during the call can make it fail and
 * nothing else.
 *
 * @param out  receives the image; free with corsac_image_free(). NULL on failure.
 * @return as corsac_sign_verify() and corsac_image_open().
 */
CORSAC_API corsac_status corsac_sign_open(corsac_image **out, const void *bytes, size_t size,
                                          const void *signature, size_t signature_size,
                                          const corsac_sign_trust *trust, corsac_error *error);

/**
 * As corsac_sign_open(), from files, each read once. Also CORSAC_E_IO (errno says why); a signature
 * file that does not exist is CORSAC_E_SIGNATURE.
 * @param signature_path  NULL: the image's path with ".sig" behind it.
 */
CORSAC_API corsac_status corsac_sign_open_file(corsac_image **out, const char *image_path,
                                               const char *signature_path,
                                               const corsac_sign_trust *trust, corsac_error *error);

#ifdef __cplusplus
}
#endif

#endif
