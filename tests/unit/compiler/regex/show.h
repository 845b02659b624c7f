// SPDX-License-Identifier: Apache-2.0
// Texts that tests compare: classes and counts as a person would write them.
#ifndef CORSAC_TESTS_REGEX_SHOW_H
#define CORSAC_TESTS_REGEX_SHOW_H

#include "corsac/common.h"

/** Begins a text anew. */
void show_begin(void);
void show(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** In quotes. */
void show_text(corsac_str text);
/** "[a-z0]" */
void show_class(const uint64_t bits[2]);
/** "{2}", "{1,}", "{1,3}" */
void show_counts(uint32_t min, uint32_t max);
/** What was shown since show_begin(); valid until the next one. */
const char *show_end(void);

#endif
