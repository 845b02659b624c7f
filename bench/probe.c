// SPDX-License-Identifier: Apache-2.0
// Origin sets through the fixture of the unit tests.
#include "probe.h"

#include "unit/compiler/lower/origin_fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct probe {
    origin_fixture fixture;
    uint32_t set;
};

probe *probe_open(probe_engine engine)
{
    static const csc_origin_options options[] = {
        {CORSAC_REGEX_AUTO, false}, {CORSAC_REGEX_HYPERSCAN, true}, {CORSAC_REGEX_AUTOMATON, true}};
    probe *p = calloc(1, sizeof(*p));
    if (!p)
        abort();
    origin_fixture_open(&p->fixture, &options[engine]);
    return p;
}

uint32_t probe_add(probe *p, const char *const *matchers, size_t count)
{
    p->set = origin_fixture_add(&p->fixture, matchers, count);
    return p->set;
}

void probe_seal(probe *p)
{
    if (!origin_fixture_seal(&p->fixture, true))
        abort();
}

size_t probe_bytes(const probe *p)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < p->fixture.section_count; i++)
        bytes += p->fixture.table[i].size_bytes;
    return bytes;
}

/* What only explain and rebuilding read; programs too, where no set is served by one. The texts are patterns. */
static bool decides(const probe *p, uint32_t kind)
{
    const cse_origin_set *set = &p->fixture.view.sets[p->set];
    bool by_program = !(set->flags & CSE_ORIGIN_ONE_SPAN) && set->rest_count > 0;
    switch (kind) {
    case CSE_SECTION_ORIGIN_MATCHERS:
    case CSE_SECTION_PATTERNS:
    case CSE_SECTION_STRINGS:
        return false;
    case CSE_SECTION_PROGRAM_TABLE:
    case CSE_SECTION_PROGRAMS:
        return by_program;
    default:
        return true;
    }
}

size_t probe_read_bytes(const probe *p)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < p->fixture.section_count; i++)
        if (decides(p, p->fixture.table[i].kind))
            bytes += p->fixture.table[i].size_bytes;
    return bytes;
}

bool probe_allows_in(probe *p, uint32_t set, const char *text, size_t size)
{
    return cse_origin_match(&p->fixture.view, set, (corsac_str){text, size}, p->fixture.scratch) ==
           CSE_ORIGIN_MATCHED;
}

probe *probe_new(const char *const *matchers, size_t count, probe_engine engine)
{
    probe *p = probe_open(engine);
    p->set = probe_add(p, matchers, count);
    probe_seal(p);
    return p;
}

void probe_free(probe *p)
{
    origin_fixture_close(&p->fixture);
    free(p);
}

bool probe_allows(probe *p, const char *text, size_t size)
{
    return probe_allows_in(p, p->set, text, size);
}

const char *probe_form(const probe *p)
{
    const cse_origin_set *set = &p->fixture.view.sets[p->set];
    if (set->flags & CSE_ORIGIN_ONE_SPAN)
        return "spans";
    if (set->database != CSE_NONE)
        return "hyperscan";
    if (set->rest_count > 0)
        return set->rest_count == 1 ? "automaton" : "automata";
    if (set->spans != CSE_NONE)
        return "spans";
    return set->flags & CSE_ORIGIN_TABLE ? "table" : set->flags & CSE_ORIGIN_ROW ? "row" : "list";
}

size_t probe_compile(const char *const *patterns, size_t count)
{
    csc_arena *arena = csc_arena_new();
    csc_sections sections;
    csc_programs *programs;
    size_t lowered = 0;
    if (!arena || csc_sections_init(&sections) != CORSAC_OK ||
        csc_programs_new(&programs, arena, &sections, NULL, NULL) != CORSAC_OK)
        abort();
    for (size_t i = 0; i < count; i++) {
        csc_program *program;
        if (csc_programs_get(programs, csc_str_from(patterns[i]), &program) != CORSAC_OK)
            abort();
        lowered += program->lowered->proved;
    }
    csc_programs_free(programs);
    csc_sections_free(&sections);
    csc_arena_free(arena);
    return lowered;
}
