// SPDX-License-Identifier: Apache-2.0
// An image with a Hyperscan database in it, two keys, and the first one's signature.
#ifndef CORSAC_TESTS_UNIT_SIGN_SIGNED_IMAGE_H
#define CORSAC_TESTS_UNIT_SIGN_SIGNED_IMAGE_H

#include "corsac/sign.h"

typedef struct signed_image {
    char *bytes; /* the test may change them */
    size_t size;
    uint64_t revision;
    uint32_t database_count;
    corsac_sign_secret_key secrets[2];
    corsac_sign_public_key keys[2];
    corsac_signature signature; /* by secrets[0], serial number 7 */
    corsac_sign_trust trust;    /* keys[0] */
} signed_image;

signed_image *signed_image_new(void);
void signed_image_free(signed_image *s);

/** Verifies as s->trust says. A failure must have a sentence, a success none. */
corsac_status signed_image_verify(const signed_image *s);

#endif
