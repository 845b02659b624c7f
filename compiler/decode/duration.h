// SPDX-License-Identifier: Apache-2.0
// Times in text: Go durations (D-20) and RFC 3339 (D-24).
#ifndef CORSAC_COMPILER_DECODE_DURATION_H
#define CORSAC_COMPILER_DECODE_DURATION_H

#include "corsac/common.h"
#include <stdbool.h>

/** Go's time.ParseDuration; false if it refuses the text. */
bool csc_duration_parse(corsac_str text, int64_t *nanoseconds);
/** RFC 3339 with an optional fraction; seconds since 1970-01-01T00:00:00Z. */
bool csc_time_parse(corsac_str text, int64_t *seconds, uint32_t *nanoseconds);

#endif
