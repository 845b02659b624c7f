// SPDX-License-Identifier: Apache-2.0
// Any failure ends the program: a test on half a fixture would say nothing.
#include "unit/compiler/lower/origin_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "origin fixture: %s\n", what);
    abort();
}

void origin_fixture_open(origin_fixture *f, const csc_origin_options *options)
{
    memset(f, 0, sizeof(*f));
    f->arena = csc_arena_new();
    require(f->arena != NULL, "no arena");
    require(csc_sections_init(&f->sections) == CORSAC_OK, "no sections");
    f->sections.origin_seed = 0x5eed;
    require(csc_programs_new(&f->programs, f->arena, &f->sections, NULL, NULL) == CORSAC_OK,
            "no programs");
    require(csc_origins_new(&f->origins, f->arena, &f->sections, f->programs, options, NULL) ==
                CORSAC_OK,
            "no origins");
}

static csc_origin_matcher parse(const char *text)
{
    csc_origin_matcher matcher = {0};
    matcher.kind = *text == '='   ? CSC_MATCH_EXACT
                   : *text == '^' ? CSC_MATCH_PREFIX
                   : *text == '~' ? CSC_MATCH_REGEX
                                  : CSC_MATCH_NONE;
    matcher.value = matcher.kind ? csc_str_from(text + 1) : (corsac_str){NULL, 0};
    return matcher;
}

uint32_t origin_fixture_add(origin_fixture *f, const char *const *matchers, size_t count)
{
    csc_origin_matcher *list = calloc(count + 1, sizeof(*list));
    uint32_t set = CSE_NONE;
    require(list != NULL, "no memory");
    for (size_t i = 0; i < count; i++)
        list[i] = parse(matchers[i]);
    corsac_status status = csc_origin_lower(f->origins, list, count, &set);
    if (status != CORSAC_OK)
        fprintf(stderr, "origin fixture: %s\n", corsac_status_name(status));
    require(status == CORSAC_OK, "the list does not lower");
    free(list);
    return set;
}

static size_t layout(origin_fixture *f)
{
    size_t at = 0;
    for (uint32_t kind = 0; kind < CSE_SECTION_SLOTS; kind++) {
        const csc_section *section = &f->sections.slots[kind];
        if (section->record_bytes == 0)
            continue;
        f->table[f->section_count++] = (cse_section){.kind = kind,
                                                     .record_bytes = section->record_bytes,
                                                     .offset = at,
                                                     .size_bytes = section->size_bytes};
        at += (section->size_bytes + 63) / 64 * 64;
    }
    return at;
}

bool origin_fixture_verifies(const origin_fixture *f, const char **reason)
{
    uint32_t *steps = calloc((size_t)f->view.program_count + 1, sizeof(*steps));
    require(steps != NULL, "no memory");
    bool holds = cse_origin_verify(&f->view, steps, reason);
    free(steps);
    return holds;
}

bool origin_fixture_seal(origin_fixture *f, bool trusted)
{
    const char *reason = NULL;
    require(csc_origins_finish(f->origins) == CORSAC_OK, "sets of one regex do not lower");
    size_t size = layout(f);
    f->image = aligned_alloc(64, size + 64);
    require(f->image != NULL, "no memory");
    memset(f->image, 0, size + 64);
    for (uint32_t i = 0; i < f->section_count; i++)
        if (f->table[i].size_bytes > 0)
            memcpy(f->image + f->table[i].offset, f->sections.slots[f->table[i].kind].bytes,
                   f->table[i].size_bytes);
    require(cse_origin_sections_resolve(&f->view, f->image, f->table, f->section_count,
                                        f->sections.origin_seed),
            "sections do not resolve");
    if (!origin_fixture_verifies(f, &reason)) {
        fprintf(stderr, "origin fixture: %s\n", reason);
        return false;
    }
    uint32_t loaded = 0;
    if (trusted)
        require(cse_origin_databases_load(&f->databases, &f->view, &loaded) == CORSAC_OK,
                "databases do not load");
    f->view.live = f->databases;
    require(cse_origin_scratch_new(&f->scratch, &f->view) == CORSAC_OK, "no scratch");
    return true;
}

bool origin_fixture_allows_bytes(origin_fixture *f, uint32_t set, corsac_str origin)
{
    return cse_origin_match(&f->view, set, origin, f->scratch) == CSE_ORIGIN_MATCHED;
}

bool origin_fixture_allows(origin_fixture *f, uint32_t set, const char *origin)
{
    return origin_fixture_allows_bytes(f, set, csc_str_from(origin));
}

uint32_t origin_fixture_first(origin_fixture *f, uint32_t set, const char *origin)
{
    return cse_origin_first(&f->view, set, csc_str_from(origin), f->scratch);
}

void origin_fixture_close(origin_fixture *f)
{
    cse_origin_scratch_free(f->scratch);
    cse_origin_databases_free(f->databases);
    free(f->image);
    csc_origins_free(f->origins);
    csc_programs_free(f->programs);
    csc_sections_free(&f->sections);
    csc_arena_free(f->arena);
}
