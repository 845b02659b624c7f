// SPDX-License-Identifier: Apache-2.0
// Working memory of one reader for one image: everything a decision may need and must not allocate.
// Allocated when an image is published or a reader is made (engine/publish), used by one thread at
// a time.
#ifndef CORSAC_ENGINE_IMAGE_SCRATCH_H
#define CORSAC_ENGINE_IMAGE_SCRATCH_H

#include "engine/match/origin.h"

typedef struct cse_scratch {
    cse_origin_scratch *origin; /* automata and Hyperscan */
    char *path;   /* CSE_SCRATCH_TEXT_BYTES, or NULL if the image normalises no path (M-7) */
    char *joined; /* CSE_SCRATCH_TEXT_BYTES, or NULL if no condition joins lines (M-11) */
} cse_scratch;

/* Longer than any header section that Envoy takes by default (60 KiB). */
#define CSE_SCRATCH_TEXT_BYTES ((size_t)64 * 1024)

#endif
