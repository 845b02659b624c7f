// SPDX-License-Identifier: Apache-2.0
// Texts through read and decode, for the tests of both rooms.
#ifndef CORSAC_TESTS_UNIT_DOCUMENTS_FIXTURE_H
#define CORSAC_TESTS_UNIT_DOCUMENTS_FIXTURE_H

#include "compiler/read/document.h"

typedef struct fixture {
    csc_context context;
    corsac_compile_options options;
    corsac_input inputs[4];
    corsac_diagnostics *found;
    csc_documents documents;
    csc_resources resources;
} fixture;

/** Default options, no inputs. */
void fixture_start(fixture *f);
void fixture_add(fixture *f, const char *name, corsac_str text);
/** One more input, named "a.yaml", "b.yaml" and so on. */
void fixture_text(fixture *f, const char *text);
void fixture_read(fixture *f);
/** Reads and decodes. */
void fixture_decode(fixture *f);
void fixture_end(fixture *f);

/** The first finding with this code, or NULL. */
const corsac_diagnostic *fixture_find(const fixture *f, const char *code);
size_t fixture_count(const fixture *f, corsac_severity severity);
/** The value of a key in a map node, or NULL. */
const csc_node *fixture_get(const csc_node *map, const char *key);

#endif
