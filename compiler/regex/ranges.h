// SPDX-License-Identifier: Apache-2.0
// Sets of code points under construction: Perl, POSIX and Unicode classes, folding, complement.
#ifndef CORSAC_COMPILER_REGEX_RANGES_H
#define CORSAC_COMPILER_REGEX_RANGES_H

#include "compiler/regex/ast.h"

/* Heap memory. A failed allocation sets `failed` and makes the content meaningless; check once at
 * the end. */
typedef struct csc_ranges {
    csc_regex_range *items;
    size_t count, capacity;
    bool failed;
} csc_ranges;

void csc_ranges_clear(csc_ranges *set);
void csc_ranges_free(csc_ranges *set);
void csc_ranges_add(csc_ranges *set, uint32_t first, uint32_t last);
void csc_ranges_add_all(csc_ranges *set, const csc_regex_range *items, size_t count);
/** Sorts and merges. Every query of the items needs it first. */
void csc_ranges_normalise(csc_ranges *set);
/** Complement within 0 to 10FFFF; normalises. */
void csc_ranges_negate(csc_ranges *set);
/** Adds all members of the folding orbits of its members; normalises. */
void csc_ranges_fold(csc_ranges *set);
/** As csc_ranges_fold(), for the 26 ASCII letters only. */
void csc_ranges_fold_ascii(csc_ranges *set);
/** Drops everything above a code point; normalises. */
void csc_ranges_cut(csc_ranges *set, uint32_t last);
bool csc_ranges_contains(const csc_regex_range *items, size_t count, uint32_t code_point);
/** Number of code points. */
uint64_t csc_ranges_size(const csc_regex_range *items, size_t count);

/* Named classes. False: no such name. Each adds the class itself, without folding or negation. */
bool csc_ranges_add_perl(csc_ranges *set, char letter);        /* d s w */
bool csc_ranges_add_posix(csc_ranges *set, corsac_str name);   /* alpha ... */
bool csc_ranges_add_unicode(csc_ranges *set, corsac_str name); /* L Lu Greek Any */

#endif
