// SPDX-License-Identifier: Apache-2.0
// Interns patterns: the first use of a pattern parses it, builds its automaton, writes its program
// and answers the questions about it; the automaton is freed at once, since ten thousand would not
// fit. All of that depends on the pattern alone and goes to the store; what an image adds is an index.
#include "compiler/lower/programs.h"

#include "compiler/regex/lowering.h"
#include "compiler/support/map.h"

#include <stdlib.h>

struct csc_programs {
    csc_arena *arena;
    csc_sections *sections;
    csc_store *store;
    csc_store *own_store; /* where none is given */
    csc_regex_limits limits;
    csc_map *patterns; /* pattern -> index of items */
    csc_program **items;
    size_t count, capacity;
};

corsac_status csc_programs_new(csc_programs **out, csc_arena *arena, csc_sections *sections,
                               csc_store *store, const csc_regex_limits *limits)
{
    *out = NULL;
    csc_programs *programs = calloc(1, sizeof(*programs));
    if (!programs)
        return CORSAC_E_MEMORY;
    programs->arena = arena;
    programs->sections = sections;
    programs->patterns = csc_map_new(arena);
    programs->own_store = store ? NULL : csc_store_new();
    programs->store = store ? store : programs->own_store;
    if (limits)
        programs->limits = *limits;
    if (!programs->patterns || !programs->store) {
        csc_programs_free(programs);
        return CORSAC_E_MEMORY;
    }
    csc_sections_declare(sections, CSE_SECTION_PROGRAM_TABLE, sizeof(cse_program_ref));
    csc_sections_declare(sections, CSE_SECTION_PROGRAMS, 1);
    *out = programs;
    return CORSAC_OK;
}

void csc_programs_free(csc_programs *programs)
{
    if (programs)
        csc_store_free(programs->own_store);
    free(programs);
}

csc_store *csc_programs_store(const csc_programs *programs)
{
    return programs->store;
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

/* ---- one pattern, whatever the image ----------------------------------------------------- */

static corsac_status write_program(csc_compiled *c, const csc_regex_automaton *automaton)
{
    c->accepts_star = csc_regex_automaton_accepts_star(automaton);
    c->is_dfa = csc_regex_automaton_is_dfa(automaton);
    c->state_count = csc_regex_automaton_state_count(automaton);
    return csc_regex_program_emit(c->arena, automaton, &c->bytes);
}

/* Builds the automaton and makes what is still missing: the program, the lowered form. */
static corsac_status complete(csc_compiled *c, bool lower)
{
    csc_regex_automaton *automaton;
    corsac_status status = csc_regex_automaton_build(&c->regex->root, 1, NULL, &automaton);
    if (status != CORSAC_OK)
        return status;
    if (!c->bytes.data)
        status = write_program(c, automaton);
    if (status == CORSAC_OK && lower)
        status = csc_regex_lower(c->arena, c->regex, automaton, &c->lowered);
    csc_regex_automaton_free(automaton);
    return status;
}

static corsac_status make(csc_arena *arena, corsac_str pattern, const csc_regex_limits *limits,
                          bool lower, csc_compiled **out)
{
    csc_compiled *c = csc_arena_alloc(arena, 1, sizeof(*c));
    csc_regex_error error;
    csc_regex *regex;
    if (!c)
        return CORSAC_E_MEMORY;
    corsac_status status = csc_regex_parse(arena, pattern, limits, &regex, &error);
    if (status != CORSAC_OK)
        return status;
    c->arena = arena;
    c->regex = regex;
    *out = c;
    return complete(c, lower);
}

static corsac_status make_and_keep(csc_programs *programs, corsac_str pattern, bool lower,
                                   csc_compiled **out)
{
    csc_arena *arena = csc_arena_new();
    if (!arena)
        return CORSAC_E_MEMORY;
    corsac_status status = make(arena, pattern, &programs->limits, lower, out);
    if (status != CORSAC_OK) {
        csc_arena_free(arena);
        return status;
    }
    return csc_store_add(programs->store, CSC_STORE_PATTERN, arena, (*out)->regex->pattern, *out);
}

static corsac_status get_compiled(csc_programs *programs, corsac_str pattern, bool lower,
                                  csc_compiled **out)
{
    *out = csc_store_find(programs->store, CSC_STORE_PATTERN, pattern);
    if (!*out)
        return make_and_keep(programs, pattern, lower, out);
    return lower && !(*out)->lowered ? complete(*out, true) : CORSAC_OK;
}

/* ---- one pattern of this image ----------------------------------------------------------- */

static corsac_status add(csc_programs *programs, const csc_compiled *c, csc_program **out)
{
    csc_program **items = csc_arena_grow(programs->arena, programs->items, programs->count,
                                         &programs->capacity, sizeof(*items));
    csc_program *program = csc_arena_alloc(programs->arena, 1, sizeof(*program));
    size_t *slot = csc_map_put(programs->patterns, c->regex->pattern, NULL);
    if (!items || !program || !slot)
        return CORSAC_E_MEMORY;
    programs->items = items;
    *program = (csc_program){.regex = c->regex,
                             .bytes = c->bytes,
                             .number = programs->count,
                             .index = CSE_NONE,
                             .accepts_star = c->accepts_star,
                             .is_dfa = c->is_dfa,
                             .state_count = c->state_count};
    *slot = programs->count;
    programs->items[programs->count++] = program;
    *out = program;
    return CORSAC_OK;
}

static corsac_status get(csc_programs *programs, corsac_str pattern, bool lower, csc_program **out)
{
    const size_t *seen = csc_map_find(programs->patterns, pattern);
    corsac_status status = CORSAC_OK;
    csc_compiled *c = NULL;
    *out = seen ? programs->items[*seen] : NULL;
    if (!*out || (lower && !(*out)->lowered))
        status = get_compiled(programs, pattern, lower, &c);
    if (status == CORSAC_OK && !*out)
        status = add(programs, c, out);
    if (status == CORSAC_OK && lower && c)
        (*out)->lowered = c->lowered;
    return status;
}

corsac_status csc_programs_get(csc_programs *programs, corsac_str pattern, csc_program **out)
{
    return get(programs, pattern, true, out);
}

corsac_status csc_programs_use(csc_programs *programs, const csc_program *program, uint32_t *index)
{
    csc_program *own = programs->items[program->number];
    corsac_status status = CORSAC_OK;
    if (own->index == CSE_NONE)
        status = csc_programs_append(programs, own->bytes, own->regex->pattern, &own->index);
    *index = own->index;
    return status;
}

corsac_status csc_programs_add(csc_programs *programs, corsac_str pattern, uint32_t *index)
{
    csc_program *program;
    corsac_status status = get(programs, pattern, false, &program);
    return status == CORSAC_OK ? csc_programs_use(programs, program, index) : status;
}
