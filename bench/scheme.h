// SPDX-License-Identifier: Apache-2.0
// Other ways to hold the current image while a request is answered, as peers of Corsac's pin: what
// their read sides cost. None is linked into the product.
#ifndef CORSAC_BENCH_SCHEME_H
#define CORSAC_BENCH_SCHEME_H

#include <stddef.h>

typedef struct scheme {
    const char *name;
    void (*enter_thread)(void); /* NULL: a thread need not announce itself */
    void (*leave_thread)(void);
    const void *(*request)(void); /* one request: hold the current pointer, let go of it */
} scheme;

extern const scheme schemes[];
extern const size_t scheme_count;

/** What schemes hold. Call once, before any thread asks. */
void schemes_publish(const void *current);

#endif
