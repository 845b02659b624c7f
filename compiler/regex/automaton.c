// SPDX-License-Identifier: Apache-2.0
// The public face of automata: build, ask, combine. Construction is in nfa.c, determinise.c,
// minimise.c.
#include "compiler/regex/automaton.h"

#include <stdlib.h>
#include <string.h>

static csc_regex_automaton *new_automaton(uint32_t regex_count)
{
    csc_regex_automaton *a = calloc(1, sizeof *a);
    if (a)
        a->regex_count = regex_count;
    return a;
}

void csc_regex_automaton_free(csc_regex_automaton *automaton)
{
    if (!automaton)
        return;
    csc_nfa_free(&automaton->nfa);
    csc_dfa_free(&automaton->dfa);
    free(automaton);
}

/* Over budget is no failure here: the NFA serves. */
static corsac_status try_dfa(csc_regex_automaton *a, const csc_regex_budget *budget)
{
    corsac_status status = csc_dfa_determinise(&a->dfa, &a->nfa, budget);
    if (status == CORSAC_OK && !(budget && budget->keep_raw))
        status = csc_dfa_minimise(&a->dfa);
    return status == CORSAC_E_LIMIT ? CORSAC_OK : status;
}

corsac_status csc_regex_automaton_build(const csc_regex_node *const *roots, size_t count,
                                        const csc_regex_budget *budget, csc_regex_automaton **out)
{
    *out = NULL;
    csc_regex_automaton *a = new_automaton((uint32_t)count);
    if (!a)
        return CORSAC_E_MEMORY;
    corsac_status status = csc_nfa_build(&a->nfa, roots, count);
    if (status == CORSAC_OK)
        status = try_dfa(a, budget);
    if (status != CORSAC_OK) {
        csc_regex_automaton_free(a);
        return status;
    }
    *out = a;
    return CORSAC_OK;
}

bool csc_regex_automaton_is_dfa(const csc_regex_automaton *automaton)
{
    return csc_has_dfa(automaton);
}

static uint32_t find_in_dfa(const csc_dfa *dfa, corsac_str text)
{
    uint32_t state = dfa->start;
    for (size_t i = 0; i < text.size && state; i++)
        state = csc_dfa_next(dfa, state, (uint8_t)text.data[i]);
    return dfa->marks[state];
}

uint32_t csc_regex_automaton_find(const csc_regex_automaton *automaton, corsac_str text)
{
    if (csc_has_dfa(automaton))
        return find_in_dfa(&automaton->dfa, text);
    uint64_t *scratch = malloc((size_t)automaton->nfa.word_count * 2 * sizeof *scratch);
    if (!scratch)
        return 0;
    uint32_t mark = csc_nfa_find(&automaton->nfa, text, scratch);
    free(scratch);
    return mark;
}

bool csc_regex_automaton_match(const csc_regex_automaton *automaton, corsac_str text)
{
    return csc_regex_automaton_find(automaton, text) != 0;
}

bool csc_regex_automaton_accepts_star(const csc_regex_automaton *automaton)
{
    return csc_regex_automaton_match(automaton, csc_str_from("*"));
}

/* Minimises and wraps the result of an operation. */
static corsac_status finish(csc_dfa *dfa, csc_regex_automaton **out)
{
    corsac_status status = csc_dfa_minimise(dfa);
    csc_regex_automaton *a = status == CORSAC_OK ? new_automaton(1) : NULL;
    if (!a) {
        csc_dfa_free(dfa);
        return CORSAC_E_MEMORY;
    }
    a->dfa = *dfa;
    *out = a;
    return CORSAC_OK;
}

static corsac_status combine(const csc_regex_automaton *a, const csc_regex_automaton *b,
                             csc_dfa_combination combination, const csc_regex_budget *budget,
                             csc_regex_automaton **out)
{
    csc_dfa dfa;
    *out = NULL;
    if (!csc_has_dfa(a) || !csc_has_dfa(b))
        return CORSAC_E_LIMIT;
    corsac_status status = csc_dfa_combine(&dfa, &a->dfa, &b->dfa, combination, budget);
    return status == CORSAC_OK ? finish(&dfa, out) : status;
}

corsac_status csc_regex_automaton_union(const csc_regex_automaton *a, const csc_regex_automaton *b,
                                        const csc_regex_budget *budget, csc_regex_automaton **out)
{
    return combine(a, b, CSC_DFA_UNION, budget, out);
}

corsac_status csc_regex_automaton_intersect(const csc_regex_automaton *a,
                                            const csc_regex_automaton *b,
                                            const csc_regex_budget *budget,
                                            csc_regex_automaton **out)
{
    return combine(a, b, CSC_DFA_INTERSECTION, budget, out);
}

corsac_status csc_regex_automaton_difference(const csc_regex_automaton *a,
                                             const csc_regex_automaton *b,
                                             const csc_regex_budget *budget,
                                             csc_regex_automaton **out)
{
    return combine(a, b, CSC_DFA_DIFFERENCE, budget, out);
}

corsac_status csc_regex_automaton_complement(const csc_regex_automaton *a,
                                             csc_regex_automaton **out)
{
    *out = NULL;
    if (!csc_has_dfa(a))
        return CORSAC_E_LIMIT;
    const csc_dfa *from = &a->dfa;
    csc_dfa dfa = {from->state_count + 1, from->class_count, from->start + 1, {0}, NULL, NULL};
    memcpy(dfa.class_of, from->class_of, sizeof dfa.class_of);
    dfa.next = calloc((size_t)dfa.state_count * dfa.class_count, sizeof *dfa.next);
    dfa.marks = calloc(dfa.state_count, sizeof *dfa.marks);
    if (!dfa.next || !dfa.marks) {
        csc_dfa_free(&dfa);
        return CORSAC_E_MEMORY;
    }
    for (uint32_t s = 0; s < from->state_count; s++) { /* the old dead state accepts: it moves up */
        dfa.marks[s + 1] = from->marks[s] == 0;
        for (uint32_t c = 0; c < from->class_count; c++)
            dfa.next[(size_t)(s + 1) * dfa.class_count + c] =
                from->next[(size_t)s * from->class_count + c] + 1;
    }
    return finish(&dfa, out);
}

csc_regex_answer csc_regex_automaton_is_empty(const csc_regex_automaton *a)
{
    if (!csc_has_dfa(a))
        return CSC_REGEX_UNKNOWN;
    return a->dfa.start == 0 ? CSC_REGEX_YES
                             : CSC_REGEX_NO; /* minimal: only the dead state is dead */
}

/* A copy whose marks are 0 and 1, minimal again: what equality of languages compares. */
static bool copy_language(const csc_dfa *from, csc_dfa *out)
{
    return csc_dfa_combine(out, from, from, CSC_DFA_UNION,
                           &(csc_regex_budget){.states = UINT32_MAX, .steps = UINT64_MAX}) ==
               CORSAC_OK &&
           csc_dfa_minimise(out) == CORSAC_OK;
}

static bool equal_dfas(const csc_dfa *a, const csc_dfa *b)
{
    return a->state_count == b->state_count && a->class_count == b->class_count &&
           a->start == b->start && memcmp(a->class_of, b->class_of, sizeof a->class_of) == 0 &&
           memcmp(a->marks, b->marks, a->state_count * sizeof *a->marks) == 0 &&
           memcmp(a->next, b->next, (size_t)a->state_count * a->class_count * sizeof *a->next) == 0;
}

csc_regex_answer csc_regex_automaton_equivalent(const csc_regex_automaton *a,
                                                const csc_regex_automaton *b)
{
    if (!csc_has_dfa(a) || !csc_has_dfa(b))
        return CSC_REGEX_UNKNOWN;
    if (equal_dfas(&a->dfa, &b->dfa))
        return CSC_REGEX_YES;
    if (a->regex_count == 1 && b->regex_count == 1)
        return CSC_REGEX_NO; /* canonical forms of single languages differ */
    csc_dfa x = {0}, y = {0};
    bool ok = copy_language(&a->dfa, &x) && copy_language(&b->dfa, &y);
    csc_regex_answer answer = !ok                  ? CSC_REGEX_UNKNOWN
                              : equal_dfas(&x, &y) ? CSC_REGEX_YES
                                                   : CSC_REGEX_NO;
    csc_dfa_free(&x);
    csc_dfa_free(&y);
    return answer;
}

csc_regex_answer csc_regex_automaton_is_subset(const csc_regex_automaton *a,
                                               const csc_regex_automaton *b,
                                               const csc_regex_budget *budget)
{
    csc_regex_automaton *rest;
    if (csc_regex_automaton_difference(a, b, budget, &rest) != CORSAC_OK)
        return CSC_REGEX_UNKNOWN;
    csc_regex_answer answer = csc_regex_automaton_is_empty(rest);
    csc_regex_automaton_free(rest);
    return answer;
}

uint32_t csc_regex_automaton_state_count(const csc_regex_automaton *a)
{
    return a->dfa.state_count;
}

uint32_t csc_regex_automaton_start(const csc_regex_automaton *a)
{
    return a->dfa.start;
}

uint32_t csc_regex_automaton_next(const csc_regex_automaton *a, uint32_t state, uint8_t byte)
{
    return state < a->dfa.state_count ? csc_dfa_next(&a->dfa, state, byte) : 0;
}

uint32_t csc_regex_automaton_mark(const csc_regex_automaton *a, uint32_t state)
{
    return state < a->dfa.state_count ? a->dfa.marks[state] : 0;
}

uint32_t csc_regex_automaton_class_count(const csc_regex_automaton *a)
{
    return a->dfa.class_count;
}

uint8_t csc_regex_automaton_class_of(const csc_regex_automaton *a, uint8_t byte)
{
    return a->dfa.class_of[byte];
}
