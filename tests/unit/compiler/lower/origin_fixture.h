// SPDX-License-Identifier: Apache-2.0
// Lowers origin lists in memory and asks the engine about them: the sections of one image without
// the rest.
#ifndef CORSAC_TESTS_ORIGIN_FIXTURE_H
#define CORSAC_TESTS_ORIGIN_FIXTURE_H

#include "compiler/lower/origin.h"
#include "engine/match/origin.h"

typedef struct origin_fixture {
    csc_arena *arena;
    csc_sections sections;
    csc_programs *programs;
    csc_origins *origins;
    uint8_t *image; /* 64-byte aligned */
    cse_section table[CSE_SECTION_SLOTS];
    uint32_t section_count;
    cse_origin_sections view;
    cse_origin_databases *databases;
    cse_origin_scratch *scratch;
} origin_fixture;

void origin_fixture_open(origin_fixture *f, const csc_origin_options *options);
/** Adds a list; "=text" is exact, "^text" a prefix, "~text" a regex, "" a dropped matcher. */
uint32_t origin_fixture_add(origin_fixture *f, const char *const *matchers, size_t count);
/** Lays the sections out and resolves them. Whether they verify. */
bool origin_fixture_seal(origin_fixture *f, bool trusted);
/** Whether the sealed sections verify; if not, why. */
bool origin_fixture_verifies(const origin_fixture *f, const char **reason);
bool origin_fixture_allows(origin_fixture *f, uint32_t set, const char *origin);
bool origin_fixture_allows_bytes(origin_fixture *f, uint32_t set, corsac_str origin);
uint32_t origin_fixture_first(origin_fixture *f, uint32_t set, const char *origin);
void origin_fixture_close(origin_fixture *f);

#endif
