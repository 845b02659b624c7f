// SPDX-License-Identifier: Apache-2.0
// One origin list becomes one origin set: sort the matchers into exact strings, prefixes and
// regexes, let each regex be whatever equals it, write the parts, write the list as it was.
#include "compiler/lower/set_copy.h"

#include <stdlib.h>
#include <string.h>

/* ---- life -------------------------------------------------------------------------------- */

static void declare(csc_sections *sections)
{
    static const struct {
        cse_section_kind kind;
        uint32_t record_bytes;
    } used[] = {{CSE_SECTION_ORIGIN_SETS, sizeof(cse_origin_set)},
                {CSE_SECTION_ORIGIN_KEYS, 1},
                {CSE_SECTION_ORIGIN_ROWS, sizeof(cse_origin_row)},
                {CSE_SECTION_ORIGIN_BUCKETS, sizeof(cse_origin_bucket)},
                {CSE_SECTION_PREFIX_TRIES, 1},
                {CSE_SECTION_ORIGIN_SPANS, sizeof(cse_origin_span)},
                {CSE_SECTION_ORIGIN_PIECES, sizeof(cse_origin_piece)},
                {CSE_SECTION_ORIGIN_CLASSES, sizeof(cse_origin_class)},
                {CSE_SECTION_ORIGIN_INDEX, sizeof(cse_origin_index)},
                {CSE_SECTION_ORIGIN_MATCHERS, sizeof(cse_origin_matcher)},
                {CSE_SECTION_ORIGIN_PROGRAMS, sizeof(uint32_t)},
                {CSE_SECTION_DATABASE_TABLE, sizeof(cse_origin_database)},
                {CSE_SECTION_DATABASES, 1},
                {CSE_SECTION_PATTERNS, 1}};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
        csc_sections_declare(sections, used[i].kind, used[i].record_bytes);
}

/* What is kept begins with the first image. */
static bool make_kept(csc_kept *kept)
{
    if (!kept || kept->sets)
        return kept != NULL;
    struct csc_kept_sets *sets = csc_arena_alloc(kept->arena, 1, sizeof(*sets));
    if (!sets)
        return false;
    sets->lists = csc_map_new(kept->arena);
    sets->classes.numbers = csc_map_new(kept->arena);
    sets->pieces.numbers = csc_map_new(kept->arena);
    kept->sets = sets;
    return sets->lists && sets->classes.numbers && sets->pieces.numbers;
}

corsac_status csc_origins_new(csc_origins **out, csc_arena *arena, csc_sections *sections,
                              csc_programs *programs, const csc_origin_options *options,
                              csc_kept *kept)
{
    *out = NULL;
    csc_origins *origins = calloc(1, sizeof(*origins));
    if (!origins)
        return CORSAC_E_MEMORY;
    origins->arena = arena;
    origins->scratch = csc_arena_new();
    origins->sections = sections;
    origins->programs = programs;
    if (options)
        origins->options = *options;
    origins->kept = kept ? kept : csc_kept_for_one(arena);
    if (!origins->scratch || !make_kept(origins->kept)) {
        csc_origins_free(origins);
        return CORSAC_E_MEMORY;
    }
    declare(sections);
    *out = origins;
    return CORSAC_OK;
}

void csc_origins_free(csc_origins *origins)
{
    if (origins)
        csc_arena_free(origins->scratch);
    free(origins);
}

/* ---- content: what makes two lists the same ---------------------------------------------- */

static size_t content_size(const csc_origin_matcher *matchers, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += 2 * sizeof(uint64_t) + matchers[i].value.size;
    return size;
}

static corsac_str content_of(csc_origins *origins, const csc_origin_matcher *matchers, size_t count)
{
    char *bytes = csc_arena_alloc(origins->kept->arena, content_size(matchers, count) + 1, 1);
    size_t at = 0;
    for (size_t i = 0; bytes && i < count; i++) {
        const uint64_t head[2] = {i << 2 | matchers[i].kind, matchers[i].value.size};
        if (matchers[i].kind == CSC_MATCH_NONE)
            continue;
        memcpy(bytes + at, head, sizeof(head));
        at += sizeof(head);
        memcpy(bytes + at, matchers[i].value.data, matchers[i].value.size);
        at += matchers[i].value.size;
    }
    return (corsac_str){bytes, at};
}

/* The value in the content of a list of one matcher. */
static corsac_str value_of_one(corsac_str content)
{
    const size_t head = 2 * sizeof(uint64_t);
    return csc_str_slice(content, head, content.size - head);
}

/* ---- planning ---------------------------------------------------------------------------- */

typedef struct planner {
    csc_origins *origins;
    uint32_t number; /* of this plan, from 1 on */
    csc_origin_plan plan;
    size_t key_capacity, prefix_capacity, regex_capacity;
    bool any;
    cse_origin_matcher *matchers; /* records, one per matcher that is not dropped */
    corsac_str *texts;            /* of each record, if it is no regex */
    size_t *regex_of;             /* index in plan.regexes of each record, for regexes */
    size_t matcher_count;
} planner;

static corsac_status add_text(planner *p, corsac_str **texts, size_t *count, size_t *capacity,
                              corsac_str text)
{
    corsac_str *grown =
        csc_arena_grow(p->origins->scratch, *texts, *count, capacity, sizeof(**texts));
    if (!grown)
        return CORSAC_E_MEMORY;
    *texts = grown;
    grown[(*count)++] = text;
    return CORSAC_OK;
}

/* no header value holds other control bytes than TAB. */
static bool is_representable(corsac_str text)
{
    uint8_t odd =
        0; /* all bytes are looked at: there are few, and so the compiler can take many at once */
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        odd |= (uint8_t)((byte == 0x7f) | ((byte < 0x20) & (byte != '\t')));
    }
    return odd == 0;
}

static corsac_status add_key(planner *p, corsac_str key)
{
    if (key.size == 0 || !is_representable(key)) /* P-4, X-7: no Origin is ever equal to it */
        return CORSAC_OK;
    return add_text(p, &p->plan.keys, &p->plan.key_count, &p->key_capacity, key);
}

static corsac_status add_prefix(planner *p, corsac_str prefix)
{
    p->any = p->any || prefix.size == 0;
    return add_text(p, &p->plan.prefixes, &p->plan.prefix_count, &p->prefix_capacity, prefix);
}

static uint8_t served_by(const planner *p, const csc_program *program)
{
    const csc_lowered *lowered = program->lowered;
    if (program->accepts_star)
        return CSE_SERVED_ANY;
    if (program->regex->root->kind == CSC_REGEX_NEVER)
        return CSE_SERVED_NEVER;
    if (p->origins->options.no_lowering || !lowered->proved)
        return CSE_SERVED_REST;
    /* Neither: no plain origin matches. Keys, of which there are none, say so. */
    return (uint8_t)((lowered->key_count || !lowered->span_count ? CSE_SERVED_KEYS : 0) |
                     (lowered->span_count ? CSE_SERVED_SPANS : 0));
}

/* Distinct regexes only; *at receives the index of this one. */
static corsac_status add_regex(planner *p, csc_program *program, size_t *at)
{
    csc_origin_plan *plan = &p->plan;
    *at = program->list == p->number ? program->list_index : plan->regex_count;
    if (*at < plan->regex_count)
        return CORSAC_OK;
    program->list = p->number;
    program->list_index = *at;
    csc_planned_regex *regexes =
        csc_arena_grow(p->origins->scratch, plan->regexes, plan->regex_count, &p->regex_capacity,
                       sizeof(*regexes));
    if (!regexes)
        return CORSAC_E_MEMORY;
    plan->regexes = regexes;
    uint8_t served = served_by(p, program);
    regexes[plan->regex_count++] = (csc_planned_regex){program, served};
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; (served & CSE_SERVED_KEYS) && i < program->lowered->key_count; i++)
        if (status == CORSAC_OK)
            status = add_key(p, program->lowered->keys[i]);
    return status;
}

static corsac_status add_matcher(planner *p, const csc_origin_matcher *matcher, size_t index)
{
    static const uint8_t kinds[] = {0, CSE_MATCHER_EXACT, CSE_MATCHER_PREFIX, CSE_MATCHER_REGEX};
    cse_origin_matcher *record = &p->matchers[p->matcher_count];
    csc_program *program = NULL;
    corsac_status status = CORSAC_OK;
    if (matcher->kind == CSC_MATCH_REGEX)
        status = csc_programs_get(p->origins->programs, matcher->value, &program);
    if (status != CORSAC_OK)
        return status;
    *record = (cse_origin_matcher){.index = (uint32_t)index,
                                   .kind = kinds[matcher->kind],
                                   .value = CSE_NONE,
                                   .size_bytes = program ? 0 : (uint32_t)matcher->value.size};
    p->texts[p->matcher_count] = matcher->value;
    size_t *regex = &p->regex_of[p->matcher_count++];
    switch (matcher->kind) {
    case CSC_MATCH_EXACT:
        p->any = p->any || csc_str_is(matcher->value, "*");
        return add_key(p, matcher->value);
    case CSC_MATCH_PREFIX:
        p->any = p->any || csc_str_is(matcher->value, "*");
        return add_prefix(p, matcher->value);
    default:
        p->any = p->any || program->accepts_star;
        return add_regex(p, program, regex);
    }
}

static corsac_status make_plan(planner *p, const csc_origin_matcher *matchers, size_t count)
{
    p->matchers = csc_arena_alloc(p->origins->scratch, count + 1, sizeof(*p->matchers));
    p->regex_of = csc_arena_alloc(p->origins->scratch, count + 1, sizeof(*p->regex_of));
    p->texts = csc_arena_alloc(p->origins->scratch, count + 1, sizeof(*p->texts));
    if (!p->matchers || !p->regex_of || !p->texts)
        return CORSAC_E_MEMORY;
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < count && status == CORSAC_OK; i++)
        if (matchers[i].kind != CSC_MATCH_NONE)
            status = add_matcher(p, &matchers[i], i);
    csc_origin_plan *plan = &p->plan;
    plan->key_count = csc_texts_unique(plan->keys, plan->key_count);
    plan->prefix_count =
        csc_texts_shortest(plan->prefixes, csc_texts_unique(plan->prefixes, plan->prefix_count));
    return status;
}

/* ---- writing ----------------------------------------------------------------------------- */

/* The text of an exact string or a prefix: what decisions read, or a text of its own. */
static uint32_t write_text(planner *p, const cse_origin_matcher *matcher, corsac_str text)
{
    const csc_origin_plan *plan = &p->plan;
    uint32_t at = matcher->kind == CSE_MATCHER_EXACT
                      ? csc_texts_find(plan->keys, plan->keys_at, plan->key_count, text)
                      : csc_texts_find(plan->prefixes, plan->prefixes_at, plan->prefix_count, text);
    return at != CSE_NONE ? at
                          : csc_sections_append(p->origins->sections, CSE_SECTION_ORIGIN_KEYS,
                                                text.data, text.size);
}

/*
 * Whether only its program can answer for a regex. Otherwise a set that has it alone answers for it without one:
 * by keys and a list of spans, by nothing (a regex that never matches), or for every origin (P-7).
 */
static bool needs_program(const planner *p, const csc_program *program)
{
    const csc_lowered *lowered = program->lowered;
    if (program->accepts_star || program->regex->root->kind == CSC_REGEX_NEVER)
        return false;
    return p->origins->options.no_lowering || !lowered->exact ||
           lowered->span_count > CSE_ORIGIN_LIST_SPANS; /* an index may leave some to the program */
}

bool csc_lone_add(csc_origins *origins, uint32_t matcher, csc_kept_set *list)
{
    csc_lone_regex *lone = csc_arena_grow(origins->arena, origins->lone, origins->lone_count,
                                          &origins->lone_capacity, sizeof(*lone));
    if (!lone)
        return false;
    origins->lone = lone;
    lone[origins->lone_count++] = (csc_lone_regex){matcher, list};
    return true;
}

static corsac_status add_lone(planner *p, uint32_t matcher, corsac_str pattern)
{
    const csc_origin_matcher alone = {.kind = CSC_MATCH_REGEX, .value = pattern};
    csc_kept_set *list = csc_origin_keep(p->origins, &alone, 1);
    return list && csc_lone_add(p->origins, matcher, list) ? CORSAC_OK : CORSAC_E_MEMORY;
}

/* How the regex is asked by itself. */
static corsac_status write_way(planner *p, cse_origin_matcher *matcher, uint32_t at,
                               const csc_planned_regex *regex)
{
    const csc_program *program = regex->program;
    matcher->served = regex->served;
    if (needs_program(p, program)) {
        matcher->way = CSE_WAY_PROGRAM;
        return csc_programs_use(p->origins->programs, program, &matcher->value);
    }
    if (p->matcher_count == 1) {
        cse_text text = csc_sections_string(p->origins->sections, program->regex->pattern);
        matcher->way = CSE_WAY_OWN;
        matcher->value = text.offset;
        matcher->size_bytes = text.size;
        return CORSAC_OK;
    }
    matcher->way = CSE_WAY_SET;
    return add_lone(p, at, program->regex->pattern);
}

static corsac_status write_matchers(planner *p, cse_origin_set *record)
{
    csc_sections *sections = p->origins->sections;
    const uint32_t first = csc_sections_count(sections, CSE_SECTION_ORIGIN_MATCHERS);
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < p->matcher_count && status == CORSAC_OK; i++) {
        cse_origin_matcher *matcher = &p->matchers[i];
        if (matcher->kind == CSE_MATCHER_REGEX)
            status = write_way(p, matcher, first + (uint32_t)i, &p->plan.regexes[p->regex_of[i]]);
        else
            matcher->value = write_text(p, matcher, p->texts[i]);
    }
    csc_sections_append(sections, CSE_SECTION_ORIGIN_MATCHERS, p->matchers,
                        p->matcher_count * sizeof(*p->matchers));
    record->matchers = first;
    if (!(record->flags & CSE_ORIGIN_ONE_SPAN))
        record->matcher_count = (uint32_t)p->matcher_count;
    return status;
}

/* One regex that one span is all of. */
static bool is_one_span(const planner *p)
{
    const csc_planned_regex *regex = p->plan.regexes;
    return p->matcher_count == 1 && p->plan.regex_count == 1 && regex->served == CSE_SERVED_SPANS &&
           regex->program->lowered->exact && regex->program->lowered->span_count == 1;
}

static corsac_status write_parts(planner *p, uint32_t set, cse_origin_set *record)
{
    if (p->any) { /* P-7: nothing else is ever asked */
        record->flags = CSE_ORIGIN_ANY;
        return CORSAC_OK;
    }
    if (is_one_span(p)) {
        csc_span_become(p->origins, p->plan.regexes->program->lowered->spans, record);
        return CORSAC_OK;
    }
    corsac_status status = csc_keys_write(p->origins, &p->plan, set, record);
    if (status == CORSAC_OK)
        status = csc_spans_write(p->origins, &p->plan, record);
    if (status == CORSAC_OK)
        status = csc_regexes_write(p->origins, &p->plan, record);
    if (record->whole_count > 0)
        record->flags |= CSE_ORIGIN_REGEXES;
    return status;
}

static corsac_status write_set(planner *p, uint32_t *set)
{
    csc_sections *sections = p->origins->sections;
    cse_origin_set record = {.trie = CSE_NONE,
                             .spans = CSE_NONE,
                             .rest = CSE_NONE,
                             .whole = CSE_NONE,
                             .database = CSE_NONE};
    *set = csc_sections_count(sections, CSE_SECTION_ORIGIN_SETS);
    corsac_status status = write_parts(p, *set, &record);
    if (status == CORSAC_OK)
        status = write_matchers(p, &record);
    if (status != CORSAC_OK)
        return status;
    csc_sections_append(sections, CSE_SECTION_ORIGIN_SETS, &record, sizeof(record));
    const csc_origins *origins = p->origins;
    if (csc_arena_failed(origins->arena) || csc_arena_failed(origins->scratch) ||
        csc_arena_failed(origins->kept->arena))
        return CORSAC_E_MEMORY;
    return csc_sections_status(sections);
}

/* ---- entry ------------------------------------------------------------------------------- */

csc_kept_set *csc_origin_keep(csc_origins *origins, const csc_origin_matcher *matchers,
                              size_t count)
{
    bool added = false;
    csc_arena *arena = origins->kept->arena;
    corsac_str content = content_of(origins, matchers, count);
    size_t *known = content.data ? csc_map_put(origins->kept->sets->lists, content, &added) : NULL;
    if (!known)
        return NULL;
    if (!added)
        return (csc_kept_set *)*known;
    csc_kept_set *list = csc_arena_alloc(arena, 1, sizeof(*list));
    if (list)
        list->content = content;
    *known = (size_t)list; /* csc_map has numbers for values; none is found after a failure */
    return list;
}

static corsac_status make_set(csc_origins *origins, csc_kept_set *list,
                              const csc_origin_matcher *matchers, size_t count)
{
    uint32_t set;
    const csc_set_start start = csc_set_begin(origins);
    csc_arena_reset(origins->scratch);
    origins->loose = false;
    planner p = {.origins = origins, .number = ++origins->plan_count};
    corsac_status status = make_plan(&p, matchers, count);
    if (status == CORSAC_OK)
        status = write_set(&p, &set);
    if (status == CORSAC_OK && origins->kept->lasts)
        status = csc_set_copy(origins, list, start);
    return status;
}

corsac_status csc_origin_place(csc_origins *origins, csc_kept_set *list,
                               const csc_origin_matcher *matchers, size_t count, uint32_t *set)
{
    corsac_status status = CORSAC_OK;
    *set = list->index;
    if (list->round == origins->kept->round)
        return CORSAC_OK;
    *set = csc_sections_count(origins->sections, CSE_SECTION_ORIGIN_SETS);
    if (list->copy)
        csc_set_paste(origins, list->copy);
    else
        status = make_set(origins, list, matchers, count);
    if (status == CORSAC_OK)
        status = csc_sections_status(origins->sections);
    list->round = origins->kept->round;
    list->index = *set;
    return status; /* after an error nothing is lowered any more */
}

corsac_status csc_origin_lower(csc_origins *origins, const csc_origin_matcher *matchers,
                               size_t count, uint32_t *set)
{
    csc_kept_set *list = csc_origin_keep(origins, matchers, count);
    return list ? csc_origin_place(origins, list, matchers, count, set) : CORSAC_E_MEMORY;
}

corsac_status csc_origins_finish(csc_origins *origins)
{
    const csc_section *section = &origins->sections->slots[CSE_SECTION_ORIGIN_MATCHERS];
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < origins->lone_count && status == CORSAC_OK; i++) {
        const csc_lone_regex lone = origins->lone[i];
        const csc_origin_matcher matcher = {.kind = CSC_MATCH_REGEX,
                                            .value = value_of_one(lone.list->content)};
        uint32_t set = CSE_NONE;
        status = csc_origin_place(origins, lone.list, &matcher, 1, &set);
        if (status == CORSAC_OK)
            ((cse_origin_matcher *)(void *)section->bytes)[lone.matcher].value = set;
    }
    origins->lone_count = 0;
    return status;
}
