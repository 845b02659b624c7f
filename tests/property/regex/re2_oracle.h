// SPDX-License-Identifier: Apache-2.0
// RE2 behind C: the oracle of the regex tests. Never linked into the product.
#ifndef CORSAC_TESTS_PROPERTY_REGEX_RE2_ORACLE_H
#define CORSAC_TESTS_PROPERTY_REGEX_RE2_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct re2_pattern re2_pattern;

/** Never NULL; see re2_accepts(). */
re2_pattern *re2_pattern_new(const char *text, size_t size, bool utf8);
void re2_pattern_free(re2_pattern *pattern);
bool re2_accepts(const re2_pattern *pattern);
const char *re2_error(const re2_pattern *pattern);
/** RE2::FullMatch. */
bool re2_matches(const re2_pattern *pattern, const char *text, size_t size);
int re2_program_size(const re2_pattern *pattern);

#ifdef __cplusplus
}
#endif

#endif
