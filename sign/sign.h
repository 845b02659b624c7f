// SPDX-License-Identifier: Apache-2.0
// What the files of this library share.
#ifndef CORSAC_SIGN_SIGN_H
#define CORSAC_SIGN_SIGN_H

#include "corsac/sign.h"

#include <stdbool.h>

/** Makes libsodium ready; it may be called any number of times, from any thread. */
bool css_ready(void);

/** Puts a sentence into @p error, which may be NULL, and returns @p status. */
corsac_status css_fail(corsac_error *error, corsac_status status, const char *reason);

#endif
