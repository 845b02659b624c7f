// SPDX-License-Identifier: Apache-2.0
// The read side of publication by itself, for benchmarks: what each decision pays to hold its image.
#ifndef CORSAC_TESTS_READ_SIDE_H
#define CORSAC_TESTS_READ_SIDE_H

#include "corsac/engine.h"

/** Pins the current snapshot as each decision does. Not NULL while an image is published. */
const void *read_side_pin(corsac_reader *reader);
/** The same pointer by a plain load, which holds nothing. */
const void *read_side_load(const corsac_engine *engine);

#endif
