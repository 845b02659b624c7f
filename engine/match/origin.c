// SPDX-License-Identifier: Apache-2.0
// The question of every CORS request: does some matcher of this set accept the Origin (C-9). Cheap
// forms first; which of them hit is never needed here, cse_origin_first() finds it out of the
// written list.
#include "engine/match/origin.h"

#include "engine/match/bytes.h"
#include "engine/match/database.h"
#include "engine/match/keys.h"
#include "engine/match/program.h"
#include "engine/match/scratch.h"
#include "engine/match/span.h"

/* ---- is it allowed ----------------------------------------------------------------------- */

static bool program_holds(const cse_origin_sections *sections, uint32_t program, corsac_str origin,
                          cse_origin_scratch *scratch)
{
    return cse_program_match(cse_origin_program(sections, program), origin.data, origin.size,
                             scratch->program);
}

static bool programs_hold(const cse_origin_sections *sections, uint32_t first, uint32_t count,
                          corsac_str origin, cse_origin_scratch *scratch)
{
    if (count == 1)
        return program_holds(sections, first, origin, scratch);
    for (uint32_t i = 0; i < count; i++)
        if (program_holds(sections, sections->lists[first + i], origin, scratch))
            return true;
    return false;
}

static bool rest_holds(const cse_origin_sections *sections, const cse_origin_set *set,
                       corsac_str origin, cse_origin_scratch *scratch)
{
    if (set->database != CSE_NONE && origin.size <= CSE_ORIGIN_SCAN_BYTES &&
        cse_database_is_live(sections, set->database)) {
        cse_scan result = cse_database_scan(sections, set->database, origin, scratch);
        if (result != CSE_SCAN_FAILED)
            return result == CSE_SCAN_HIT;
        scratch->fallback_count++;
    }
    return programs_hold(sections, set->rest, set->rest_count, origin, scratch);
}

static bool regexes_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                         corsac_str origin, cse_origin_bytes bytes, cse_origin_scratch *scratch)
{
    if (bytes != CSE_BYTES_PLAIN)
        return programs_hold(sections, set->whole, set->whole_count, origin, scratch);
    return set->rest_count > 0 && rest_holds(sections, set, origin, scratch);
}

/* A chain: each answers, or hands the question on with all it was given. Not inlined, so that the first
 * saves no registers for the others. */

/* Forms that may accept any byte, so the origin is looked at first. */
static __attribute__((noinline)) cse_origin_answer ask_others(const cse_origin_sections *sections,
                                                              const cse_origin_set *record,
                                                              corsac_str origin,
                                                              cse_origin_scratch *scratch)
{
    cse_origin_bytes bytes = cse_origin_classify(origin);
    bool holds = false;
    if (bytes == CSE_BYTES_ILLEGAL)
        return CSE_ORIGIN_ILLEGAL;
    if (record->flags & CSE_ORIGIN_ANY)
        return CSE_ORIGIN_MATCHED;
    if (record->flags & (CSE_ORIGIN_PREFIXES | CSE_ORIGIN_TRIE))
        holds = cse_prefixes_hold(sections, record, origin);
    if (!holds && record->flags & CSE_ORIGIN_REGEXES)
        holds = regexes_hold(sections, record, origin, bytes, scratch);
    return holds ? CSE_ORIGIN_MATCHED : CSE_ORIGIN_UNMATCHED;
}

/* For a function without an array, whose canary would cost more than its work. */
#if __has_attribute(no_stack_protector)
#define CSE_NO_CANARY __attribute__((no_stack_protector))
#else
#define CSE_NO_CANARY
#endif

/* A question that waits for another answer. */
typedef struct question {
    const cse_origin_sections *sections;
    const cse_origin_set *record;
    corsac_str origin;
    cse_origin_scratch *scratch;
} question;

static __attribute__((noinline)) cse_origin_answer ask_others_later(const question *q)
{
    return ask_others(q->sections, q->record, q->origin, q->scratch);
}

/* Lowered regexes accept plain bytes only. What a miss will need waits in memory: in registers it would have to be
 * saved and restored for a hit as well. */
static CSE_NO_CANARY __attribute__((noinline)) cse_origin_answer
ask_spans(const cse_origin_sections *sections, const cse_origin_set *record, corsac_str origin,
          cse_origin_scratch *scratch)
{
    question q = {sections, record, origin, scratch};
    __asm__("" : "+m"(q)); /* the compiler does not know these values any more */
    return cse_spans_hold(sections, record, origin) ? CSE_ORIGIN_MATCHED : ask_others_later(&q);
}

static inline cse_origin_answer match_others(const cse_origin_sections *sections,
                                             const cse_origin_set *record, corsac_str origin,
                                             cse_origin_scratch *scratch)
{
    return record->flags & (CSE_ORIGIN_SPANS | CSE_ORIGIN_INDEXED | CSE_ORIGIN_ONE_SPAN)
               ? ask_spans(sections, record, origin, scratch)
               : ask_others(sections, record, origin, scratch);
}

cse_origin_answer cse_origin_match_others(const cse_origin_sections *sections, uint32_t set,
                                          corsac_str origin, cse_origin_scratch *scratch)
{
    return match_others(sections, &sections->sets[set], origin, scratch);
}

static __attribute__((noinline)) cse_origin_answer ask_table(const cse_origin_sections *sections,
                                                             const cse_origin_set *record,
                                                             corsac_str origin,
                                                             cse_origin_scratch *scratch)
{
    if (cse_key_table_holds(sections, record, origin))
        return CSE_ORIGIN_MATCHED;
    return match_others(sections, record, origin, scratch);
}

static __attribute__((noinline)) cse_origin_answer ask_row(const cse_origin_sections *sections,
                                                           const cse_origin_set *record,
                                                           corsac_str origin,
                                                           cse_origin_scratch *scratch)
{
    if (cse_key_row_holds(sections, record, origin))
        return CSE_ORIGIN_MATCHED;
    return match_others(sections, record, origin, scratch);
}

static __attribute__((noinline)) cse_origin_answer
ask_keys_in_turn(const cse_origin_sections *sections, const cse_origin_set *record,
                 corsac_str origin, cse_origin_scratch *scratch)
{
    if (cse_key_list_holds_in_turn(sections, record, origin))
        return CSE_ORIGIN_MATCHED;
    return match_others(sections, record, origin, scratch);
}

static __attribute__((noinline)) cse_origin_answer ask_keys(const cse_origin_sections *sections,
                                                            const cse_origin_set *record,
                                                            corsac_str origin,
                                                            cse_origin_scratch *scratch)
{
    switch (cse_key_list_ask(sections, record, origin)) {
    case CSE_KEYS_HIT:
        return CSE_ORIGIN_MATCHED;
    case CSE_KEYS_UNSURE:
        return ask_keys_in_turn(sections, record, origin, scratch);
    default:
        return match_others(sections, record, origin, scratch);
    }
}

/* Exact strings are legal. */
cse_origin_answer cse_origin_match(const cse_origin_sections *sections, uint32_t set,
                                   corsac_str origin, cse_origin_scratch *scratch)
{
    const cse_origin_set *record = &sections->sets[set];
    if (origin.size == 0)
        return CSE_ORIGIN_UNMATCHED;
    if (record->flags & (CSE_ORIGIN_ROW | CSE_ORIGIN_TABLE))
        return record->flags & CSE_ORIGIN_ROW ? ask_row(sections, record, origin, scratch)
                                              : ask_table(sections, record, origin, scratch);
    if (record->flags & CSE_ORIGIN_KEYS) {
        if (record->key_count != 1 || !cse_bytes16_takes_four(origin.size))
            return ask_keys(sections, record, origin, scratch);
        if (cse_key_is(sections->keys + record->keys, record->sizes[0], origin))
            return CSE_ORIGIN_MATCHED;
    }
    return match_others(sections, record, origin, scratch);
}

void cse_origin_prefetch(const cse_origin_sections *sections, uint32_t set, corsac_str origin)
{
    const cse_origin_set *record = &sections->sets[set];
    if (record->flags & CSE_ORIGIN_ANY)
        return;
    if (record->flags & CSE_ORIGIN_TABLE)
        cse_keys_prefetch(sections, set, origin);
    else if (record->flags & CSE_ORIGIN_ROW)
        __builtin_prefetch(&sections->rows[record->row]);
    else if (record->flags & (CSE_ORIGIN_KEYS | CSE_ORIGIN_PREFIXES)) {
        __builtin_prefetch(sections->keys + record->keys);
        if (record->keys + 64u < sections->keys_size) /* three origins are longer than a line */
            __builtin_prefetch(sections->keys + record->keys + 64);
    }
    if (record->flags & CSE_ORIGIN_TRIE)
        __builtin_prefetch(sections->tries + record->trie);
    if (record->flags & CSE_ORIGIN_SPANS)
        __builtin_prefetch(&sections->spans[record->spans]);
    else if (record->flags & CSE_ORIGIN_INDEXED)
        __builtin_prefetch(&sections->indexes[record->spans]);
}

/* ---- which matcher ----------------------------------------------------------------------- */

/* A set that has one regex alone answers as that regex. */
static bool regex_holds(const cse_origin_sections *sections, uint32_t set,
                        const cse_origin_matcher *matcher, corsac_str text,
                        cse_origin_scratch *scratch)
{
    if (matcher->way == CSE_WAY_PROGRAM)
        return program_holds(sections, matcher->value, text, scratch);
    return cse_origin_match(sections, matcher->way == CSE_WAY_SET ? matcher->value : set, text,
                            scratch) == CSE_ORIGIN_MATCHED;
}

static bool matcher_holds(const cse_origin_sections *sections, uint32_t set,
                          const cse_origin_matcher *matcher, corsac_str text,
                          cse_origin_scratch *scratch)
{
    if (matcher->kind == CSE_MATCHER_REGEX)
        return regex_holds(sections, set, matcher, text, scratch);
    const uint8_t *value = sections->keys + matcher->value;
    bool fits = matcher->kind == CSE_MATCHER_PREFIX ? matcher->size_bytes <= text.size
                                                    : matcher->size_bytes == text.size;
    return fits && cse_bytes_equal(value, text.data, matcher->size_bytes);
}

uint32_t cse_origin_first(const cse_origin_sections *sections, uint32_t set, corsac_str origin,
                          cse_origin_scratch *scratch)
{
    const cse_origin_set *record = &sections->sets[set];
    static const char star_text[16] = "*"; /* room: compilers warn of words that are never read */
    const corsac_str star = {star_text, 1};
    if (origin.size == 0)
        return CSE_NONE;
    for (uint32_t i = 0; i < cse_origin_matcher_count(record); i++) {
        const cse_origin_matcher *matcher = &sections->matchers[record->matchers + i];
        if (matcher_holds(sections, set, matcher, star, scratch) ||
            matcher_holds(sections, set, matcher, origin, scratch))
            return matcher->index;
    }
    return CSE_NONE;
}
