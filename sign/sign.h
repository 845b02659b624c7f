// SPDX-License-Identifier: Apache-2.0
// What the files of this library share.
#ifndef CORSAC_SIGN_SIGN_H
#define CORSAC_SIGN_SIGN_H

#include "corsac/sign.h"

#include <stdbool.h>

#define CSS_OTHER_SIZE "the signature is of an image of another size"

/** Makes libsodium ready; it may be called any number of times, from any thread. */
bool css_ready(void);

/**
 * What can be known of a signature before the image is read: its form and that its key is trusted.
 * @param image_bytes  receives the size of the image that it says it is of; nothing is proved yet.
 */
corsac_status css_signature_check(const void *signature, size_t signature_size,
                                  const corsac_sign_trust *trust, uint64_t *image_bytes,
                                  corsac_error *error);

/** Puts a sentence into @p error, which may be NULL, and returns @p status. */
corsac_status css_fail(corsac_error *error, corsac_status status, const char *reason);

#endif
