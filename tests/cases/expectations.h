// SPDX-License-Identifier: Apache-2.0
// What a document case expects, read from its own comments; README.md describes the form.
#ifndef CORSAC_TESTS_CASES_EXPECTATIONS_H
#define CORSAC_TESTS_CASES_EXPECTATIONS_H

#include "corsac/compile.h"
#include <stdbool.h>

typedef struct expectation {
    corsac_severity severity;
    char code[48], clause[16];
    uint32_t line, column;
    bool met;
} expectation;

typedef struct expectations {
    expectation *items;
    size_t count;
    corsac_compile_options options; /* completed; changed by "# options:" */
    char problem[160];              /* not empty: the comments cannot be read */
} expectations;

/** Reads the comments of a case. Free with expectations_free(). */
void expectations_read(corsac_str text, expectations *out);
void expectations_free(expectations *list);
/** Marks the expectation that the finding meets; false if there is none. */
bool expectations_meet(expectations *list, const corsac_diagnostic *found);

#endif
