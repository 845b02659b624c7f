// SPDX-License-Identifier: Apache-2.0
// A table of requests with the decisions they must get, as README.md describes it: text in,
// rows out. Independent of how the rows are run.
#ifndef CORSAC_TEST_CASE_FILE_H
#define CORSAC_TEST_CASE_FILE_H

#include "corsac/compile.h"
#include "corsac/engine.h"

#include <stdbool.h>

enum { CASE_MAX_HEADERS = 16, CASE_MAX_ITEMS = 16 };

typedef struct case_row {
    unsigned line; /* of "==" */
    char *clauses; /* "C-12 C-15" */
    char *title;
    /* request */
    corsac_request request; /* headers and claims point at the arrays below */
    corsac_header headers[CASE_MAX_HEADERS];
    corsac_claim claims[CASE_MAX_HEADERS];
    /* expectation; NULL: not stated, "-": none */
    char *outcome;
    char *route;
    char *reason;
    char *virtual_host;
    char *matched;
    int reply_status; /* 0: the gateway does not answer; decided by the outcome unless stated */
    corsac_header set[CORSAC_MAX_SET_HEADERS];
    size_t set_count;
} case_row;

typedef struct case_file {
    corsac_compile_options options;
    corsac_str lists[4][CASE_MAX_ITEMS]; /* storage behind the option lists */
    int quarantined;                     /* documents that must be left out */
    case_row *rows;
    size_t row_count, row_capacity;
    char **owned; /* texts that are not pieces of the table */
    size_t owned_count;
    unsigned line;
    char *error; /* what is wrong with the table, or NULL */
} case_file;

/** Parses a table. @p text must end in a newline or NUL and is cut into pieces that rows point at.
 */
case_file *case_file_parse(char *text);
void case_file_free(case_file *file);

#endif
