// SPDX-License-Identifier: Apache-2.0
// Everything that can be asked of an image, for images whose author is not trusted (F-7, T-3).
#ifndef CORSAC_TESTS_CORRUPT_EXERCISE_H
#define CORSAC_TESTS_CORRUPT_EXERCISE_H

#include "corsac/counters.h"
#include "corsac/engine.h"

/**
 * Publishes an image in an engine that counts and that has a shadow, sends requests through every entry, finds the
 * matcher of each decision, finds policies and decides by them, writes the counters and the dump, and reads every byte
 * that comes out, so that a sanitizer sees a stray view. Aborts if entries disagree.
 * @param image   is freed.
 * @param shadow  another handle of an image, freed; or NULL.
 * @param count   at most 8 requests.
 */
void corrupt_exercise(corsac_image *image, corsac_image *shadow, const corsac_request *requests,
                      size_t count);

#endif
