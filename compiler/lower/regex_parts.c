// SPDX-License-Identifier: Apache-2.0
// Regexes of a set that stay regexes. One automaton for all of them keeps the price flat; where it
// would pass its budget of states they are split, down to one program each. A database
// may serve in place of the automata; the automata are always there.
#include "compiler/lower/regex_parts.h"

#include <stdlib.h>
#include <string.h>

/* The cost model; docs/matching.md says how these were measured. */
enum {
    UNION_SPLIT = 4, /* parts of a set that is too large for one DFA; fewer would try more often */
    UNION_STATES = 16384, /* of one DFA while it is built */
    UNION_STEPS_PER_REGEX = 12000000,
    UNION_STEPS =
        1
        << 30, /* of a list each time it is split: what a long list costs is linear in its length */
    PROBE_REGEXES = 8, /* as many are united first, to see whether states multiply or add up */
    PROBE_GROWTH = 4,  /* states of a union that is worth its table, as a multiple of its parts' */
    DATABASE_FROM_BYTES = 192 * 1024, /* a DFA beyond this leaves the near caches */
    DATABASE_FROM_PROGRAMS = 3,       /* each costs a walk of its own */
    DATABASE_MOST_PROGRAMS = 1024     /* their automata are all needed at once to vouch */
};

typedef struct union_list {
    csc_arena *arena; /* of the parts */
    const csc_program *const *programs;
    const csc_regex_parts_options *options;
    uint64_t steps_per_regex;
    csc_regex_parts *out;
    csc_regex_automaton **automata; /* of the parts; NULL where a regex has its own program */
    size_t size_bytes;              /* of the programs made here */
} union_list;

static void take(union_list *list, corsac_str bytes, csc_regex_automaton *automaton, size_t first)
{
    list->automata[list->out->count] = automaton;
    list->out->items[list->out->count++] = (csc_regex_part){first, bytes};
}

/* Writes a program; the list owns the automaton from here on. */
static corsac_status write_union(union_list *list, csc_regex_automaton *automaton, size_t first)
{
    corsac_str bytes = {NULL, 0};
    corsac_status status = csc_regex_program_emit(list->arena, automaton, &bytes);
    list->size_bytes += bytes.size;
    take(list, bytes, automaton, first);
    return status;
}

/* The automaton of all of them, or NULL where it is no DFA within so many states. */
static corsac_status build_union(const union_list *list, const csc_program *const *programs,
                                 size_t count, uint32_t states, csc_regex_automaton **out)
{
    const csc_regex_budget budget = {.states = states, .steps = list->steps_per_regex * count};
    const csc_regex_node **roots = malloc(count * sizeof(*roots));
    *out = NULL;
    if (!roots)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        roots[i] = programs[i]->regex->root;
    corsac_status status = csc_regex_automaton_build(roots, count, &budget, out);
    free(roots);
    if (status == CORSAC_OK && csc_regex_automaton_is_dfa(*out))
        return CORSAC_OK;
    csc_regex_automaton_free(*out);
    *out = NULL;
    return status == CORSAC_E_LIMIT ? CORSAC_OK : status;
}

/* Whether trying to unite them would only cost time: one of them has no DFA by itself, or a few of them
 * show that their states multiply. */
static corsac_status is_hopeless(const union_list *list, const csc_program *const *programs,
                                 size_t count, bool *out)
{
    const csc_program *sample[PROBE_REGEXES];
    csc_regex_automaton *automaton = NULL;
    uint64_t states = 0;
    *out = true;
    if (count > UNION_STATES) /* each ends in a state of its own */
        return CORSAC_OK;
    for (size_t i = 0; i < count; i++)
        if (!programs[i]->is_dfa)
            return CORSAC_OK;
    *out = false;
    if (count <= PROBE_REGEXES)
        return CORSAC_OK;
    for (size_t i = 0; i < PROBE_REGEXES; i++) {
        sample[i] = programs[i * count / PROBE_REGEXES];
        states += sample[i]->state_count;
    }
    uint64_t most = PROBE_GROWTH * states;
    corsac_status status =
        build_union(list, sample, PROBE_REGEXES,
                    most < UNION_STATES ? (uint32_t)most : UNION_STATES, &automaton);
    *out = automaton == NULL;
    csc_regex_automaton_free(automaton);
    return status;
}

/* Depth is the logarithm of count. */
static corsac_status unite(union_list *list, size_t first, size_t count)
{
    csc_regex_automaton *automaton = NULL;
    bool hopeless;
    if (count == 1) {
        take(list, (corsac_str){NULL, 0}, NULL, first);
        return CORSAC_OK;
    }
    const csc_program *const *programs = list->programs + first;
    corsac_status status = is_hopeless(list, programs, count, &hopeless);
    if (status == CORSAC_OK && !hopeless)
        status = build_union(list, programs, count, UNION_STATES, &automaton);
    if (status != CORSAC_OK)
        return status;
    if (automaton)
        return write_union(list, automaton, first);
    size_t part = count < UNION_SPLIT ? 1 : count / UNION_SPLIT;
    for (size_t at = 0; at < count && status == CORSAC_OK; at += part) {
        part = count - at < 2 * part ? count - at : part;
        status = unite(list, first + at, part);
    }
    return status;
}

/* Makes the programs of a list of regexes. */
static corsac_status make_programs(union_list *list, size_t count)
{
    list->out->items = csc_arena_alloc(list->arena, count, sizeof(*list->out->items));
    list->automata = calloc(count, sizeof(csc_regex_automaton *));
    if (!list->out->items || !list->automata)
        return CORSAC_E_MEMORY;
    list->steps_per_regex =
        UNION_STEPS / count < UNION_STEPS_PER_REGEX ? UNION_STEPS / count : UNION_STEPS_PER_REGEX;
    if (count >= list->options->union_from)
        return unite(list, 0, count);
    for (size_t i = 0; i < count; i++)
        take(list, (corsac_str){NULL, 0}, NULL, i);
    return CORSAC_OK;
}

/* ---- databases --------------------------------------------------------------------------- */

static bool prefers_database(const csc_regex_parts_options *options, size_t part_count,
                             size_t size_bytes)
{
    if (!options->wants_database || options->engine == CORSAC_REGEX_AUTOMATON)
        return false;
    return options->engine == CORSAC_REGEX_HYPERSCAN || size_bytes > DATABASE_FROM_BYTES ||
           part_count >= DATABASE_FROM_PROGRAMS;
}

static corsac_status compile_database(const union_list *list, size_t count)
{
    const csc_regex **regexes = malloc(count * sizeof(*regexes));
    const csc_ends_room any = {SIZE_MAX, SIZE_MAX};
    if (!regexes)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        regexes[i] = list->programs[i]->regex;
    corsac_status status = csc_hyperscan_compile(list->arena, regexes, count,
                                                 (const csc_regex_automaton *const *)list->automata,
                                                 list->out->count, any, &list->out->database);
    free(regexes);
    return status;
}

/* Automata of the regexes that stand alone, which the programs were not made from here. */
static corsac_status complete_automata(union_list *list)
{
    for (size_t i = 0; i < list->out->count; i++) {
        const csc_regex *regex = list->programs[list->out->items[i].first]->regex;
        if (list->automata[i])
            continue;
        corsac_status status = csc_regex_automaton_build(&regex->root, 1, NULL, &list->automata[i]);
        if (status != CORSAC_OK)
            return status;
    }
    return CORSAC_OK;
}

static corsac_status make_database(union_list *list, size_t count)
{
    if (!prefers_database(list->options, list->out->count, list->size_bytes) ||
        list->out->count > DATABASE_MOST_PROGRAMS)
        return CORSAC_OK;
    corsac_status status = complete_automata(list);
    return status == CORSAC_OK ? compile_database(list, count) : status;
}

/* ---- entry ------------------------------------------------------------------------------- */

static corsac_status make(csc_arena *arena, const csc_program *const *programs, size_t count,
                          const csc_regex_parts_options *options, csc_regex_parts **out)
{
    *out = csc_arena_alloc(arena, 1, sizeof(**out));
    if (!*out)
        return CORSAC_E_MEMORY;
    union_list list = {.arena = arena, .programs = programs, .options = options, .out = *out};
    corsac_status status = make_programs(&list, count);
    if (status == CORSAC_OK)
        status = make_database(&list, count);
    for (size_t i = 0; list.automata && i < list.out->count; i++)
        csc_regex_automaton_free(list.automata[i]);
    free(list.automata);
    return status == CORSAC_OK && csc_arena_failed(arena) ? CORSAC_E_MEMORY : status;
}

/* All that the parts depend on: sizes before bytes. */
static corsac_str key_of(csc_arena *arena, const csc_program *const *programs, size_t count,
                         const csc_regex_parts_options *options)
{
    const uint64_t head[3] = {options->engine, options->union_from, options->wants_database};
    size_t at = sizeof(head), size = at;
    for (size_t i = 0; i < count; i++)
        size += sizeof(uint64_t) + programs[i]->regex->pattern.size;
    char *bytes = csc_arena_alloc(arena, 1, size);
    if (!bytes)
        return (corsac_str){NULL, 0};
    memcpy(bytes, head, sizeof(head));
    for (size_t i = 0; i < count; i++) {
        corsac_str pattern = programs[i]->regex->pattern;
        const uint64_t pattern_size = pattern.size;
        memcpy(bytes + at, &pattern_size, sizeof(pattern_size));
        memcpy(bytes + at + sizeof(pattern_size), pattern.data, pattern.size);
        at += sizeof(pattern_size) + pattern.size;
    }
    return (corsac_str){bytes, size};
}

static corsac_status make_and_keep(csc_store *store, corsac_str key,
                                   const csc_program *const *programs, size_t count,
                                   const csc_regex_parts_options *options,
                                   const csc_regex_parts **out)
{
    csc_regex_parts *parts;
    csc_arena *arena = csc_arena_new();
    if (!arena)
        return CORSAC_E_MEMORY;
    corsac_status status = make(arena, programs, count, options, &parts);
    if (status != CORSAC_OK) {
        csc_arena_free(arena);
        return status;
    }
    *out = parts;
    return csc_store_add(store, CSC_STORE_SET, arena, csc_arena_copy(arena, key), parts);
}

corsac_status csc_regex_parts_get(csc_arena *arena, csc_store *store,
                                  const csc_program *const *programs, size_t count,
                                  const csc_regex_parts_options *options,
                                  const csc_regex_parts **out)
{
    if (count < options->union_from && !prefers_database(options, count, 0)) {
        csc_regex_parts *own;
        corsac_status status = make(arena, programs, count, options, &own);
        *out = own;
        return status;
    }
    corsac_str key = key_of(arena, programs, count, options);
    if (!key.data)
        return CORSAC_E_MEMORY;
    *out = csc_store_find(store, CSC_STORE_SET, key);
    return *out ? CORSAC_OK : make_and_keep(store, key, programs, count, options, out);
}
