// SPDX-License-Identifier: Apache-2.0
// One database per list of regexes: all patterns with one report id, which lets Hyperscan merge
// them, no UTF-8 mode, block mode. The target is a fixed baseline CPU, so that the bytes do not
// depend on the machine that compiles and load on every machine of the architecture.
#include "compiler/regex/hyperscan.h"

#include "compiler/regex/zeros.h"
#include "engine/image/origin_format.h"

#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_STEPS = 200000000 }; /* of restricting the automaton of a large set */

/* Everything that one compile holds and must let go. */
typedef struct job {
    csc_arena *arena;   /* results */
    csc_arena *scratch; /* strings of the replay */
    const csc_regex_automaton *const *judges;
    size_t judge_count;
    csc_database *out;
    const csc_regex_node **roots; /* of the patterns */
    hs_database_t *database;
    hs_scratch_t *scan;
} job;

const char *csc_hyperscan_version(void)
{
    return hs_version();
}

/* ---- patterns ---------------------------------------------------------------------------- */

static bool is_affordable(const csc_regex *const *regexes, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (regexes[i]->program_size > CSC_HYPERSCAN_PATTERN_PROGRAM)
            return false;
        total += regexes[i]->program_size;
    }
    return count <= CSC_HYPERSCAN_SET_COUNT &&
           total * total <= (uint64_t)CSC_HYPERSCAN_SET_SQUARE * count;
}

static bool is_never(const csc_regex_node *root)
{
    return root->kind == CSC_REGEX_NEVER;
}

/* Patterns of all regexes that can match; false when one cannot be written. */
static corsac_status write_patterns(job *j, const csc_regex *const *regexes, size_t count,
                                    bool *complete)
{
    csc_database *out = j->out;
    *complete = true;
    out->patterns = csc_arena_alloc(j->arena, count, sizeof(*out->patterns));
    j->roots = csc_arena_alloc(j->scratch, count, sizeof(*j->roots));
    if (!out->patterns || !j->roots)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < count && *complete; i++) {
        corsac_str pattern;
        corsac_status status = csc_hyperscan_pattern(j->arena, regexes[i]->root, 0, 0, &pattern);
        if (status != CORSAC_OK)
            return status;
        if (pattern.data) {
            j->roots[out->pattern_count] = regexes[i]->root;
            out->patterns[out->pattern_count++] = pattern;
        } else
            *complete = is_never(regexes[i]->root) || !regexes[i]->has_assertions;
    }
    *complete = *complete && out->pattern_count > 0;
    return CORSAC_OK;
}

/* ---- both ends --------------------------------------------------------------------------- */

static size_t common_head(corsac_str a, corsac_str b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.data[size] == b.data[size])
        size++;
    return size;
}

static size_t common_tail(corsac_str a, corsac_str b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.data[a.size - 1 - size] == b.data[b.size - 1 - size])
        size++;
    return size;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What all patterns share at both ends. A scan costs by the byte, a comparison hardly anything. A pattern that is one
 * literal keeps a byte. */
static void find_ends(job *j, csc_ends_room most)
{
    csc_database *out = j->out;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < out->pattern_count; i++) {
        corsac_str head, tail;
        csc_hyperscan_ends(j->roots[i], &head, &tail);
        if (j->roots[i]->kind == CSC_REGEX_LITERAL)
            least = least_of(least, head.size - 1);
        if (i == 0) {
            out->head = head;
            out->tail = tail;
        }
        out->head.size = common_head(out->head, head);
        const size_t shared = common_tail(out->tail, tail);
        out->tail = csc_str_slice(out->tail, out->tail.size - shared, shared);
    }
    out->head.size =
        least_of(least_of(out->head.size, most.head_bytes), least_of(least, UINT8_MAX));
    const size_t left = least_of(least_of(out->tail.size, most.tail_bytes),
                                 least_of(least - out->head.size, UINT8_MAX));
    out->tail = csc_str_slice(out->tail, out->tail.size - left, left);
}

static bool has_ends(const csc_database *d, corsac_str text)
{
    return text.size >= d->head.size + d->tail.size && csc_str_starts(text, d->head) &&
           csc_str_ends(text, d->tail);
}

/* ---- compiling --------------------------------------------------------------------------- */

/* Whether Hyperscan had too little memory, which it tells by the text of a compile error only. */
static bool lacks_memory(hs_error_t result, const hs_compile_error_t *error)
{
    return result == HS_NOMEM || (result == HS_COMPILER_ERROR && error && error->message &&
                                  strstr(error->message, "allocate memory"));
}

static corsac_status compile_multi(job *j, const char *const *texts, const unsigned *flags)
{
    hs_platform_info_t baseline = {0};
    hs_compile_error_t *error = NULL;
    hs_error_t result = hs_compile_multi(texts, flags, NULL, (unsigned)j->out->pattern_count,
                                         HS_MODE_BLOCK, &baseline, &j->database, &error);
    corsac_status status = lacks_memory(result, error) ? CORSAC_E_MEMORY : CORSAC_E_LIMIT;
    hs_free_compile_error(error);
    if (result != HS_SUCCESS)
        return status;
    result = hs_alloc_scratch(j->database, &j->scan);
    if (result != HS_SUCCESS)
        return lacks_memory(result, NULL) ? CORSAC_E_MEMORY : CORSAC_E_LIMIT;
    return CORSAC_OK;
}

/* CORSAC_E_LIMIT: Hyperscan refuses. */
static corsac_status compile(job *j)
{
    size_t count = j->out->pattern_count;
    const char **texts = calloc(count, sizeof(*texts));
    unsigned *flags = calloc(count, sizeof(*flags));
    corsac_status status = CORSAC_E_MEMORY;
    for (size_t i = 0; texts && flags && i < count; i++) {
        corsac_str pattern;
        (void)csc_hyperscan_pattern(j->scratch, j->roots[i], j->out->head.size, j->out->tail.size,
                                    &pattern);
        texts[i] = csc_arena_copy(j->scratch, pattern).data;
        flags[i] = HS_FLAG_ALLOWEMPTY | HS_FLAG_SINGLEMATCH;
    }
    if (texts && flags && !csc_arena_failed(j->scratch))
        status = compile_multi(j, texts, flags);
    free(texts);
    free(flags);
    return status;
}

/* ---- replay: CORSAC_E_LIMIT says that the two differ or that telling costs too much ----- */

static int stop_at_first(unsigned int id, unsigned long long from, unsigned long long to,
                         unsigned int flags, void *context)
{
    (void)id, (void)from, (void)to, (void)flags, (void)context;
    return 1;
}

static bool is_plain(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((uint8_t)text.data[i] < 0x21 || (uint8_t)text.data[i] > 0x7e)
            return false;
    return text.size > 0;
}

static void remember(corsac_str *answers, size_t *count, corsac_str text)
{
    if (*count < 4)
        answers[(*count)++] = text;
}

static bool judge(const job *j, corsac_str text)
{
    for (size_t i = 0; i < j->judge_count; i++)
        if (csc_regex_automaton_match(j->judges[i], text))
            return true;
    return false;
}

/* As the engine scans. */
static hs_error_t scan(const job *j, corsac_str text)
{
    const csc_database *d = j->out;
    if (!has_ends(d, text))
        return HS_SUCCESS;
    return hs_scan(j->database, text.data + d->head.size,
                   (unsigned)(text.size - d->head.size - d->tail.size), 0, j->scan, stop_at_first,
                   NULL);
}

/* Whether both give the same answer. Anything but a clean result of the scan is a difference. */
static bool agree(job *j, corsac_str text)
{
    hs_error_t result = scan(j, text);
    bool wanted = judge(j, text);
    if (result != (wanted ? HS_SCAN_TERMINATED : HS_SUCCESS))
        return false;
    if (wanted)
        remember(j->out->hits, &j->out->hit_count, text);
    else if (has_ends(j->out, text)) /* else nothing was scanned */
        remember(j->out->misses, &j->out->miss_count, text);
    return true;
}

/* A text that breaks off before the tail would not be scanned: it is asked with the tail as well, so that the database
 * answers on the transitions that lead nowhere. */
static corsac_status agree_on_all(job *j, corsac_str text)
{
    const csc_database *d = j->out;
    if (!agree(j, text))
        return CORSAC_E_LIMIT;
    if (d->tail.size == 0 || has_ends(d, text) || !csc_str_starts(text, d->head))
        return CORSAC_OK;
    char *bytes = csc_arena_alloc(j->scratch, text.size + d->tail.size, 1);
    if (!bytes)
        return CORSAC_E_MEMORY;
    memcpy(bytes, text.data, text.size);
    memcpy(bytes + text.size, d->tail.data, d->tail.size);
    return agree(j, (corsac_str){bytes, text.size + d->tail.size}) ? CORSAC_OK : CORSAC_E_LIMIT;
}

/* Every plain byte in every place of one string: classes are told apart by their members too. */
static corsac_status agree_on_neighbours(job *j, corsac_str text)
{
    char *bytes = csc_arena_alloc(j->scratch, text.size + 1, 1);
    if (!bytes)
        return CORSAC_E_MEMORY;
    memcpy(bytes, text.data, text.size);
    for (size_t at = 0; at < text.size && at < 256; at++) {
        for (char byte = 0x21; byte <= 0x7e; byte++) {
            bytes[at] = byte;
            corsac_str changed = {bytes, text.size};
            bool wanted = judge(j, changed);
            if (scan(j, changed) != (wanted ? HS_SCAN_TERMINATED : HS_SUCCESS))
                return CORSAC_E_LIMIT;
            if (!wanted && j->out->miss_count == 0 && has_ends(j->out, changed))
                remember(j->out->misses, &j->out->miss_count, csc_arena_copy(j->scratch, changed));
        }
        bytes[at] = text.data[at];
    }
    return CORSAC_OK;
}

/* All transitions of one automaton on plain origins, where its classes hold no other bytes. */
static corsac_status replay_plain(job *j, const csc_regex_automaton *plain)
{
    corsac_str *strings;
    size_t count;
    bool complete;
    corsac_status status = csc_regex_automaton_cover(
        j->scratch, plain, CSC_HYPERSCAN_REPLAY_STRINGS, &strings, &count, &complete);
    if (status == CORSAC_OK && !complete)
        status = CORSAC_E_LIMIT;
    for (size_t i = 0; status == CORSAC_OK && i < count; i++)
        if (is_plain(strings[i]))
            status = agree_on_all(j, strings[i]);
    return status;
}

/* The automaton's language without the strings that hold other bytes than plain ones. */
static corsac_status restrict_to_plain(const csc_regex_automaton *automaton,
                                       csc_regex_automaton **out)
{
    static const csc_regex_range plain = {0x21, 0x7e};
    static const csc_regex_node class = {
        .kind = CSC_REGEX_CLASS, .ranges = &plain, .range_count = 1};
    const csc_regex_node *children[1] = {&class};
    const csc_regex_node all = {.kind = CSC_REGEX_REPEAT,
                                .children = children,
                                .child_count = 1,
                                .max = CSC_REGEX_UNBOUNDED};
    const csc_regex_node *root = &all;
    const csc_regex_budget budget = {.states = UINT16_MAX, .steps = REPLAY_STEPS};
    csc_regex_automaton *texts = NULL;
    corsac_status status = csc_regex_automaton_build(&root, 1, NULL, &texts);
    if (status == CORSAC_OK)
        status = csc_regex_automaton_intersect(automaton, texts, &budget, out);
    csc_regex_automaton_free(texts);
    return status;
}

static corsac_status replay_automaton(job *j, const csc_regex_automaton *automaton)
{
    csc_regex_automaton *plain = NULL;
    corsac_status status = restrict_to_plain(automaton, &plain);
    if (status == CORSAC_OK)
        status = replay_plain(j, plain);
    csc_regex_automaton_free(plain);
    return status;
}

static corsac_status replay_regex(job *j, const csc_regex *regex)
{
    csc_regex_automaton *automaton = NULL;
    corsac_status status = csc_regex_automaton_build(&regex->root, 1, NULL, &automaton);
    if (status == CORSAC_OK)
        status = replay_automaton(j, automaton);
    csc_regex_automaton_free(automaton);
    return status;
}

static corsac_status replay(job *j, const csc_regex *const *regexes, size_t count)
{
    corsac_status status = CORSAC_OK;
    if (j->judge_count == 1)
        status = replay_automaton(j, j->judges[0]);
    for (size_t i = 0; status == CORSAC_OK && j->judge_count != 1 && i < count; i++)
        status = replay_regex(j, regexes[i]);
    for (size_t i = 0; status == CORSAC_OK && i < j->out->hit_count; i++)
        status = agree_on_neighbours(j, j->out->hits[i]);
    return status;
}

/* ---- results ----------------------------------------------------------------------------- */

static corsac_status refuse(job *j, const char *reason)
{
    *j->out = (csc_database){.reason = reason};
    return CORSAC_OK;
}

static corsac_status keep_texts(job *j)
{
    csc_database *out = j->out;
    out->head = csc_arena_copy(j->arena, out->head);
    out->tail = csc_arena_copy(j->arena, out->tail);
    for (size_t i = 0; i < out->hit_count; i++)
        out->hits[i] = csc_arena_copy(j->arena, out->hits[i]);
    for (size_t i = 0; i < out->miss_count; i++)
        out->misses[i] = csc_arena_copy(j->arena, out->misses[i]);
    return csc_arena_failed(j->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}

static corsac_status keep(job *j)
{
    char *bytes = NULL;
    size_t size = 0;
    if (hs_serialize_database(j->database, &bytes, &size) != HS_SUCCESS)
        return CORSAC_E_MEMORY;
    const bool fits = size <= CSE_DATABASE_MAX_BYTES;
    corsac_status status = CORSAC_OK;
    if (fits) {
        j->out->size_bytes = (uint32_t)size;
        status = csc_zeros_pack(j->arena, (corsac_str){bytes, size}, &j->out->stored);
    }
    free(bytes);
    if (status != CORSAC_OK)
        return status;
    return fits ? keep_texts(j) : refuse(j, "the database is too large");
}

static corsac_status run(job *j, const csc_regex *const *regexes, size_t count, csc_ends_room most)
{
    bool complete;
    if (!is_affordable(regexes, count))
        return refuse(j, "compiling would cost too much");
    corsac_status status = write_patterns(j, regexes, count, &complete);
    if (status != CORSAC_OK)
        return status;
    if (!complete)
        return refuse(j, "an assertion depends on neighbouring bytes");
    find_ends(j, most);
    status = compile(j);
    if (status == CORSAC_E_LIMIT)
        return refuse(j, "Hyperscan refuses a pattern");
    if (status == CORSAC_OK)
        status = replay(j, regexes, count);
    if (status == CORSAC_E_LIMIT)
        return refuse(j, "the automaton differs or is over its budget");
    return status == CORSAC_OK ? keep(j) : status;
}

corsac_status csc_hyperscan_compile(csc_arena *arena, const csc_regex *const *regexes, size_t count,
                                    const csc_regex_automaton *const *judges, size_t judge_count,
                                    csc_ends_room most, csc_database *out)
{
    job j = {.arena = arena, .judges = judges, .judge_count = judge_count, .out = out};
    *out = (csc_database){0};
    j.scratch = csc_arena_new();
    if (!j.scratch)
        return CORSAC_E_MEMORY;
    corsac_status status = run(&j, regexes, count, most);
    hs_free_scratch(j.scan);
    hs_free_database(j.database);
    csc_arena_free(j.scratch);
    return status;
}
