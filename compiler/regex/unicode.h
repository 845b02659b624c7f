// SPDX-License-Identifier: Apache-2.0
// Shape of the generated Unicode tables (unicode_table.c, written by
// scripts/generate_regex_unicode.py).
#ifndef CORSAC_COMPILER_REGEX_UNICODE_H
#define CORSAC_COMPILER_REGEX_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#define CSC_UNICODE_MAX 0x10FFFFu

/* A general category of two letters or a script. Its ranges are a slice of csc_unicode_bytes: gap
 * since the end of the range before, then length - 1, both in base 128, low digits first. */
typedef struct csc_unicode_group {
    const char *name;
    uint16_t offset, size;
} csc_unicode_group;

extern const uint8_t csc_unicode_bytes[];
extern const csc_unicode_group csc_unicode_groups[]; /* sorted by name */
extern const size_t csc_unicode_group_count;

/* Code points first to last have a next one in their folding orbit: itself + delta, or for delta 0
 * its partner in the pairs (first, first + 1), (first + 2, first + 3) ... Orbits are at most 4
 * long. */
typedef struct csc_unicode_fold {
    uint32_t first, last;
    int32_t delta;
} csc_unicode_fold;

extern const csc_unicode_fold csc_unicode_folds[]; /* sorted, disjoint */
extern const size_t csc_unicode_fold_count;

#endif
