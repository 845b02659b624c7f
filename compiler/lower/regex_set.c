// SPDX-License-Identifier: Apache-2.0
// Regexes of a set that stay regexes. One automaton for all of them keeps the price flat; where it
// would pass its budget of states they are split in halves, down to one program each.
#include "compiler/lower/origin_plan.h"

#include <stdlib.h>

enum {
    UNION_FROM = 3, /* fewer: asking their own programs in turn costs less than a union takes */
    UNION_STATES = 16384 /* of one DFA while it is built */
};

typedef struct union_list {
    csc_origins *origins;
    const csc_program **programs; /* the regexes to unite */
    uint32_t *indexes;            /* resulting programs */
    size_t count;
} union_list;

/* Appends the program of first..last to the list. */
static corsac_status take(union_list *list, const csc_regex_automaton *automaton)
{
    corsac_str bytes;
    corsac_status status = csc_regex_program_emit(list->origins->arena, automaton, &bytes);
    if (status != CORSAC_OK)
        return status;
    return csc_programs_append(list->origins->programs, bytes, (corsac_str){NULL, 0},
                               &list->indexes[list->count++]);
}

static corsac_status try_union(union_list *list, size_t first, size_t count, bool *done)
{
    const csc_regex_budget budget = {.states = UNION_STATES};
    const csc_regex_node **roots = malloc(count * sizeof(*roots));
    *done = false;
    if (!roots)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        roots[i] = list->programs[first + i]->regex->root;
    csc_regex_automaton *automaton = NULL;
    corsac_status status = csc_regex_automaton_build(roots, count, &budget, &automaton);
    free(roots);
    if (status == CORSAC_E_LIMIT)
        return CORSAC_OK;
    if (status == CORSAC_OK && csc_regex_automaton_is_dfa(automaton)) {
        status = take(list, automaton);
        *done = true;
    }
    csc_regex_automaton_free(automaton);
    return status;
}

/* Depth is the logarithm of count. */
static corsac_status unite(union_list *list, size_t first, size_t count)
{
    bool done = false;
    corsac_status status = CORSAC_OK;
    if (count == 1) {
        list->indexes[list->count++] = list->programs[first]->index;
        return CORSAC_OK;
    }
    status = try_union(list, first, count, &done);
    if (status != CORSAC_OK || done)
        return status;
    status = unite(list, first, count / 2);
    return status == CORSAC_OK ? unite(list, first + count / 2, count - count / 2) : status;
}

/* Writes the list of program indices; one is written in place of the list. */
static corsac_status write_list(const union_list *list, uint32_t *first, uint16_t *count)
{
    csc_sections *sections = list->origins->sections;
    if (list->count > UINT16_MAX)
        return CORSAC_E_LIMIT;
    *count = (uint16_t)list->count;
    *first = list->count == 1 ? list->indexes[0] : CSE_NONE;
    if (list->count > 1)
        *first = csc_sections_append(sections, CSE_SECTION_ORIGIN_PROGRAMS, list->indexes,
                                     list->count * sizeof(*list->indexes)) /
                 (uint32_t)sizeof(*list->indexes);
    return CORSAC_OK;
}

static corsac_status write_programs(csc_origins *origins, const csc_program **programs,
                                    size_t count, uint32_t *first, uint16_t *out_count)
{
    union_list list = {origins, programs, NULL, 0};
    corsac_status status = CORSAC_OK;
    if (count == 0)
        return CORSAC_OK;
    list.indexes = malloc(count * sizeof(*list.indexes));
    if (!list.indexes)
        return CORSAC_E_MEMORY;
    if (count >= UNION_FROM)
        status = unite(&list, 0, count);
    else
        for (size_t i = 0; i < count; i++)
            list.indexes[list.count++] = programs[i]->index;
    if (status == CORSAC_OK)
        status = write_list(&list, first, out_count);
    free(list.indexes);
    return status;
}

static size_t select_served(const csc_origin_plan *plan, uint8_t served, const csc_program **out)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->regex_count; i++)
        if (plan->regexes[i].served & served)
            out[count++] = plan->regexes[i].program;
    return count;
}

corsac_status csc_regexes_write(csc_origins *origins, const csc_origin_plan *plan,
                                cse_origin_set *record)
{
    const uint8_t live = CSE_SERVED_KEYS | CSE_SERVED_SPANS | CSE_SERVED_REST;
    const csc_program **programs = malloc((plan->regex_count + 1) * sizeof(*programs));
    if (!programs)
        return CORSAC_E_MEMORY;
    size_t count = select_served(plan, live, programs);
    corsac_status status =
        write_programs(origins, programs, count, &record->whole, &record->whole_count);
    if (status == CORSAC_OK) {
        size_t rest = select_served(plan, CSE_SERVED_REST, programs);
        if (rest == count) {
            record->rest = record->whole;
            record->rest_count = record->whole_count;
        } else {
            status = write_programs(origins, programs, rest, &record->rest, &record->rest_count);
        }
    }
    free(programs);
    return status;
}
