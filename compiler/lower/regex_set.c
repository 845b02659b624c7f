// SPDX-License-Identifier: Apache-2.0
// Regexes of a set that stay regexes. One automaton for all of them keeps the price flat; where it
// would pass its budget of states they are split, down to one program each. A database
// may serve in place of the automata; the automata are always there.
#include "compiler/lower/origin_plan.h"
#include "compiler/regex/hyperscan.h"
#include "engine/image/regex_format.h"

#include <stdlib.h>
#include <string.h>

/* The cost model; docs/matching.md says how these were measured. */
enum {
    WHOLE_UNION_FROM = 9, /* the same for what only origins with odd bytes ask: keep images small */
    UNION_FROM = 3,       /* fewer: asking their programs in turn costs less than a union takes */
    UNION_SPLIT = 4, /* parts of a set that is too large for one DFA; fewer would try more often */
    UNION_STATES = 16384, /* of one DFA while it is built */
    UNION_STEPS_PER_REGEX = 12000000,
    PROBE_REGEXES = 8, /* as many are united first, to see whether states multiply or add up */
    PROBE_GROWTH = 4,  /* states of a union that is worth its table, as a multiple of its parts' */
    DATABASE_FROM_BYTES = 192 * 1024, /* a DFA beyond this leaves the near caches */
    DATABASE_FROM_PROGRAMS = 3,       /* each costs a walk of its own */
    DATABASE_MOST_PROGRAMS = 1024     /* their automata are all needed at once to vouch */
};

typedef struct union_list {
    csc_origins *origins;
    const csc_program **programs;   /* the regexes to unite */
    uint32_t *indexes;              /* resulting programs */
    csc_regex_automaton **automata; /* theirs; NULL where a regex has its own program */
    size_t *firsts;                 /* first regex of each */
    size_t count;
    size_t union_from; /* regexes from which on a union is worth its bytes */
    size_t size_bytes; /* of the programs made here */
} union_list;

static void take(union_list *list, uint32_t index, csc_regex_automaton *automaton, size_t first)
{
    list->indexes[list->count] = index;
    list->automata[list->count] = automaton;
    list->firsts[list->count++] = first;
}

/* Writes a program; the list owns the automaton from here on. */
static corsac_status write_union(union_list *list, csc_regex_automaton *automaton, size_t first)
{
    corsac_str bytes;
    uint32_t index = CSE_NONE;
    corsac_status status = csc_regex_program_emit(list->origins->arena, automaton, &bytes);
    if (status == CORSAC_OK) {
        list->size_bytes += bytes.size;
        status = csc_programs_append(list->origins->programs, bytes, (corsac_str){NULL, 0}, &index);
    }
    take(list, index, automaton, first);
    return status;
}

/* The automaton of all of them, or NULL where it is no DFA within so many states. */
static corsac_status build_union(const csc_program *const *programs, size_t count, uint32_t states,
                                 csc_regex_automaton **out)
{
    const csc_regex_budget budget = {.states = states,
                                     .steps = (uint64_t)UNION_STEPS_PER_REGEX * count};
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
static corsac_status is_hopeless(const csc_program *const *programs, size_t count, bool *out)
{
    const csc_program *sample[PROBE_REGEXES];
    csc_regex_automaton *automaton = NULL;
    uint64_t states = 0;
    *out = true;
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
    corsac_status status = build_union(
        sample, PROBE_REGEXES, most < UNION_STATES ? (uint32_t)most : UNION_STATES, &automaton);
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
        take(list, list->programs[first]->index, NULL, first);
        return CORSAC_OK;
    }
    const csc_program *const *programs = list->programs + first;
    corsac_status status = is_hopeless(programs, count, &hopeless);
    if (status == CORSAC_OK && !hopeless)
        status = build_union(programs, count, UNION_STATES, &automaton);
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

static int compare_indexes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Writes the list of program indices, ascending; one is written in place of the list. Which regex is asked
 * first does not matter any more: nothing else reads the indices after this. */
static corsac_status write_list(union_list *list, uint32_t *first, uint16_t *count)
{
    csc_sections *sections = list->origins->sections;
    size_t kept = 0;
    qsort(list->indexes, list->count, sizeof(*list->indexes), compare_indexes);
    for (size_t i = 0; i < list->count; i++) /* a regex may be written twice */
        if (i == 0 || list->indexes[i] != list->indexes[kept - 1])
            list->indexes[kept++] = list->indexes[i];
    if (kept > UINT16_MAX)
        return CORSAC_E_LIMIT;
    *count = (uint16_t)kept;
    *first = kept == 1 ? list->indexes[0] : CSE_NONE;
    if (kept > 1)
        *first = csc_sections_append(sections, CSE_SECTION_ORIGIN_PROGRAMS, list->indexes,
                                     kept * sizeof(*list->indexes)) /
                 (uint32_t)sizeof(*list->indexes);
    return CORSAC_OK;
}

/* Makes the programs of a list of regexes. */
static corsac_status make_programs(union_list *list, size_t count)
{
    list->indexes = calloc(count + 1, sizeof(*list->indexes));
    list->automata = calloc(count + 1, sizeof(csc_regex_automaton *));
    list->firsts = calloc(count + 1, sizeof(*list->firsts));
    if (!list->indexes || !list->automata || !list->firsts)
        return CORSAC_E_MEMORY;
    if (count >= list->union_from)
        return unite(list, 0, count);
    for (size_t i = 0; i < count; i++)
        take(list, list->programs[i]->index, NULL, i);
    return CORSAC_OK;
}

/* ---- databases --------------------------------------------------------------------------- */

static bool prefers_database(const union_list *list, size_t count)
{
    switch (list->origins->options.engine) {
    case CORSAC_REGEX_HYPERSCAN:
        return count > 0;
    case CORSAC_REGEX_AUTOMATON:
        return false;
    default:
        return list->size_bytes > DATABASE_FROM_BYTES || list->count >= DATABASE_FROM_PROGRAMS;
    }
}

static void append_texts(csc_sections *sections, const corsac_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t size = (uint32_t)texts[i].size;
        csc_sections_append(sections, CSE_SECTION_PATTERNS, &size, sizeof(size));
        csc_sections_append(sections, CSE_SECTION_PATTERNS, texts[i].data, size);
    }
}

/* What all matches share, compared before the scan. Only one program knows it: its trim. */
static void write_gate(csc_origins *origins, const union_list *list, cse_origin_database *record)
{
    csc_sections *sections = origins->sections;
    const cse_program_ref *refs = (const void *)sections->slots[CSE_SECTION_PROGRAM_TABLE].bytes;
    cse_program head;
    record->max_bytes = UINT32_MAX;
    if (list->count != 1)
        return;
    const uint8_t *program =
        sections->slots[CSE_SECTION_PROGRAMS].bytes + refs[list->indexes[0]].offset;
    memcpy(&head, program, sizeof(head));
    record->min_bytes = head.min_bytes;
    record->max_bytes = head.max_bytes;
    record->prefix_bytes = head.prefix_bytes;
    record->suffix_bytes = head.suffix_bytes;
    record->texts =
        csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, program + head.literal_offset,
                            (size_t)head.prefix_bytes + head.suffix_bytes);
}

static void append_database(const union_list *list, const csc_database *database, uint32_t *index)
{
    csc_origins *origins = list->origins;
    csc_sections *sections = origins->sections;
    const csc_section *patterns = &sections->slots[CSE_SECTION_PATTERNS];
    cse_origin_database record = {.size_bytes = (uint32_t)database->bytes.size,
                                  .patterns = (uint32_t)patterns->size_bytes,
                                  .pattern_count = (uint32_t)database->pattern_count,
                                  .hit_count = (uint16_t)database->hit_count,
                                  .miss_count = (uint16_t)database->miss_count};
    write_gate(origins, list, &record);
    append_texts(sections, database->patterns, database->pattern_count);
    append_texts(sections, database->hits, database->hit_count);
    append_texts(sections, database->misses, database->miss_count);
    record.pattern_bytes = (uint32_t)patterns->size_bytes - record.patterns;
    strncpy((char *)record.version, csc_hyperscan_version(), sizeof(record.version) - 1);
    csc_sections_align(sections, CSE_SECTION_DATABASES, CSE_SECTION_ALIGNMENT);
    record.offset = csc_sections_append(sections, CSE_SECTION_DATABASES, database->bytes.data,
                                        database->bytes.size);
    *index = csc_sections_append(sections, CSE_SECTION_DATABASE_TABLE, &record, sizeof(record)) /
             (uint32_t)sizeof(record);
}

static corsac_status compile_database(const union_list *list, size_t count, uint32_t *index)
{
    csc_database database;
    const csc_regex **regexes = malloc(count * sizeof(*regexes));
    if (!regexes)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        regexes[i] = list->programs[i]->regex;
    corsac_status status = csc_hyperscan_compile(list->origins->arena, regexes, count,
                                                 (const csc_regex_automaton *const *)list->automata,
                                                 list->count, &database);
    free(regexes);
    if (status == CORSAC_OK && database.bytes.data)
        append_database(list, &database, index);
    return status;
}

/* Automata of the regexes that stand alone, which the programs were not made from here. */
static corsac_status complete_automata(union_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const csc_regex *regex = list->programs[list->firsts[i]]->regex;
        if (list->automata[i])
            continue;
        corsac_status status = csc_regex_automaton_build(&regex->root, 1, NULL, &list->automata[i]);
        if (status != CORSAC_OK)
            return status;
    }
    return CORSAC_OK;
}

static corsac_status write_database(union_list *list, size_t count, uint32_t *index)
{
    if (!prefers_database(list, count) || list->count > DATABASE_MOST_PROGRAMS)
        return CORSAC_OK;
    corsac_status status = complete_automata(list);
    return status == CORSAC_OK ? compile_database(list, count, index) : status;
}

/* ---- entry ------------------------------------------------------------------------------- */

static void free_list(union_list *list)
{
    for (size_t i = 0; list->automata && i < list->count; i++)
        csc_regex_automaton_free(list->automata[i]);
    free(list->automata);
    free(list->indexes);
    free(list->firsts);
    *list = (union_list){.origins = list->origins, .programs = list->programs};
}

static corsac_status write_programs(union_list *list, size_t count, uint32_t *first,
                                    uint16_t *out_count)
{
    corsac_status status = make_programs(list, count);
    return status == CORSAC_OK && count > 0 ? write_list(list, first, out_count) : status;
}

static size_t select_served(const csc_origin_plan *plan, uint8_t served, const csc_program **out)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->regex_count; i++)
        if (plan->regexes[i].served & served)
            out[count++] = plan->regexes[i].program;
    return count;
}

/* What plain origins ask: the regexes that neither keys nor spans cover. */
static corsac_status write_rest(union_list *list, const csc_origin_plan *plan,
                                cse_origin_set *record)
{
    size_t count = select_served(plan, CSE_SERVED_REST, list->programs);
    list->union_from = UNION_FROM;
    corsac_status status = write_programs(list, count, &record->rest, &record->rest_count);
    if (status == CORSAC_OK)
        status = write_database(list, count, &record->database);
    free_list(list);
    return status;
}

/* What all other origins ask: every regex; the same programs again if nothing was lowered. */
static corsac_status write_whole(union_list *list, const csc_origin_plan *plan,
                                 cse_origin_set *record)
{
    const uint8_t live = CSE_SERVED_KEYS | CSE_SERVED_SPANS | CSE_SERVED_REST;
    size_t rest = select_served(plan, CSE_SERVED_REST, list->programs);
    size_t count = select_served(plan, live, list->programs);
    if (count == rest) {
        record->whole = record->rest;
        record->whole_count = record->rest_count;
        return CORSAC_OK;
    }
    list->union_from = WHOLE_UNION_FROM;
    return write_programs(list, count, &record->whole, &record->whole_count);
}

corsac_status csc_regexes_write(csc_origins *origins, const csc_origin_plan *plan,
                                cse_origin_set *record)
{
    union_list list = {.origins = origins};
    list.programs = malloc((plan->regex_count + 1) * sizeof(*list.programs));
    if (!list.programs)
        return CORSAC_E_MEMORY;
    corsac_status status = write_rest(&list, plan, record);
    if (status == CORSAC_OK)
        status = write_whole(&list, plan, record);
    free_list(&list);
    free(list.programs);
    return status;
}
