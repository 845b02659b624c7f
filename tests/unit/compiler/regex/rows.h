// SPDX-License-Identifier: Apache-2.0
// Reading the tables of this folder: tab separated, # comments, %XX for bytes.
#ifndef CORSAC_TESTS_UNIT_COMPILER_REGEX_ROWS_H
#define CORSAC_TESTS_UNIT_COMPILER_REGEX_ROWS_H

#include "compiler/regex/regex.h"

enum { MAX_COLUMNS = 12 };

typedef struct row {
    int line;
    size_t count;
    corsac_str columns[MAX_COLUMNS];
} row;

/** Calls `each` for every row of tests/unit/compiler/regex/NAME; fails the test if the file is
 * missing. */
void rows_read(const char *name, void (*each)(const row *r, csc_arena *arena));

#endif
