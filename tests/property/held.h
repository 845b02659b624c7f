// SPDX-License-Identifier: Apache-2.0
// What a program holds, for tests of sessions that must not grow.
#ifndef CORSAC_TESTS_PROPERTY_HELD_H
#define CORSAC_TESTS_PROPERTY_HELD_H

#include <malloc.h>
#include <stddef.h>

/* What is held now, in bytes: all else is freed or static. */
static inline size_t held(void)
{
#ifdef __SANITIZE_ADDRESS__
    return 0; /* its allocator does not say */
#else
    return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

#endif
