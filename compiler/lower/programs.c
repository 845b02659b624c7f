// SPDX-License-Identifier: Apache-2.0
// Interns patterns: the first use of a pattern parses it, builds its automaton, writes its program
// and answers the questions about it; the automaton is freed at once, since ten thousand would not
// fit.
#include "compiler/lower/programs.h"

#include "compiler/regex/lowering.h"
#include "compiler/support/map.h"

#include <stdlib.h>

struct csc_programs {
    csc_arena *arena;
    csc_sections *sections;
    csc_regex_limits limits;
    csc_map *patterns; /* pattern -> index of items */
    csc_program **items;
    size_t count, capacity;
};

corsac_status csc_programs_new(csc_programs **out, csc_arena *arena, csc_sections *sections,
                               const csc_regex_limits *limits)
{
    *out = NULL;
    csc_programs *programs = calloc(1, sizeof(*programs));
    csc_map *patterns = csc_map_new(arena);
    if (!programs || !patterns) {
        free(programs);
        return CORSAC_E_MEMORY;
    }
    programs->arena = arena;
    programs->sections = sections;
    programs->patterns = patterns;
    if (limits)
        programs->limits = *limits;
    csc_sections_declare(sections, CSE_SECTION_PROGRAM_TABLE, sizeof(cse_program_ref));
    csc_sections_declare(sections, CSE_SECTION_PROGRAMS, 1);
    *out = programs;
    return CORSAC_OK;
}

void csc_programs_free(csc_programs *programs)
{
    free(programs);
}

corsac_status csc_programs_append(csc_programs *programs, corsac_str bytes, corsac_str text,
                                  uint32_t *index)
{
    csc_sections *sections = programs->sections;
    csc_sections_align(sections, CSE_SECTION_PROGRAMS, 8);
    cse_program_ref ref = {.size_bytes = (uint32_t)bytes.size,
                           .pattern = csc_sections_string(sections, text)};
    ref.offset = csc_sections_append(sections, CSE_SECTION_PROGRAMS, bytes.data, bytes.size);
    uint32_t at = csc_sections_append(sections, CSE_SECTION_PROGRAM_TABLE, &ref, sizeof(ref));
    *index = at / (uint32_t)sizeof(ref);
    return csc_sections_status(sections);
}

/* ---- one pattern ------------------------------------------------------------------------- */

static corsac_status write_program(csc_programs *programs, csc_program *program,
                                   const csc_regex_automaton *automaton)
{
    corsac_str bytes;
    corsac_status status = csc_regex_program_emit(programs->arena, automaton, &bytes);
    if (status != CORSAC_OK)
        return status;
    program->accepts_star = csc_regex_automaton_accepts_star(automaton);
    program->is_dfa = csc_regex_automaton_is_dfa(automaton);
    program->state_count = csc_regex_automaton_state_count(automaton);
    return csc_programs_append(programs, bytes, program->regex->pattern, &program->index);
}

/* Builds the automaton and writes what is still missing: the program, the lowered form. */
static corsac_status compile(csc_programs *programs, csc_program *program, bool write, bool lower)
{
    csc_regex_automaton *automaton;
    corsac_status status = csc_regex_automaton_build(&program->regex->root, 1, NULL, &automaton);
    if (status != CORSAC_OK)
        return status;
    if (write)
        status = write_program(programs, program, automaton);
    if (status == CORSAC_OK && lower)
        status = csc_regex_lower(programs->arena, program->regex, automaton, &program->lowered);
    csc_regex_automaton_free(automaton);
    return status;
}

static corsac_status add(csc_programs *programs, corsac_str pattern, bool lower, csc_program **out)
{
    csc_program **items = csc_arena_grow(programs->arena, programs->items, programs->count,
                                         &programs->capacity, sizeof(*items));
    csc_program *program = csc_arena_alloc(programs->arena, 1, sizeof(*program));
    csc_regex_error error;
    csc_regex *regex;
    if (!items || !program)
        return CORSAC_E_MEMORY;
    programs->items = items;
    corsac_status status =
        csc_regex_parse(programs->arena, pattern, &programs->limits, &regex, &error);
    if (status != CORSAC_OK)
        return status;
    program->regex = regex;
    status = compile(programs, program, true, lower);
    if (status != CORSAC_OK)
        return status;
    size_t *slot = csc_map_put(programs->patterns, regex->pattern, NULL);
    if (!slot)
        return CORSAC_E_MEMORY;
    *slot = programs->count;
    programs->items[programs->count++] = program;
    *out = program;
    return CORSAC_OK;
}

static corsac_status get(csc_programs *programs, corsac_str pattern, bool lower, csc_program **out)
{
    const size_t *seen = csc_map_find(programs->patterns, pattern);
    if (!seen)
        return add(programs, pattern, lower, out);
    *out = programs->items[*seen];
    return lower && !(*out)->lowered ? compile(programs, *out, false, true) : CORSAC_OK;
}

corsac_status csc_programs_get(csc_programs *programs, corsac_str pattern, csc_program **out)
{
    return get(programs, pattern, true, out);
}

corsac_status csc_programs_add(csc_programs *programs, corsac_str pattern, uint32_t *index)
{
    csc_program *program;
    corsac_status status = get(programs, pattern, false, &program);
    if (status == CORSAC_OK)
        *index = program->index;
    return status;
}
