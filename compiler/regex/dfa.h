// SPDX-License-Identifier: Apache-2.0
// Complete DFAs over byte classes: built from an NFA or a product, minimised into one canonical
// form.
#ifndef CORSAC_COMPILER_REGEX_DFA_H
#define CORSAC_COMPILER_REGEX_DFA_H

#include "compiler/regex/nfa.h"
#include "compiler/regex/regex.h"

/* State 0 is dead: mark 0, every transition to itself. Heap arrays. */
typedef struct csc_dfa {
    uint32_t state_count, class_count, start;
    uint8_t class_of[256];
    uint32_t *next;  /* state_count rows of class_count */
    uint32_t *marks; /* per state */
} csc_dfa;

void csc_dfa_free(csc_dfa *dfa);
/** Subset construction. CORSAC_E_LIMIT over budget. The result is not minimal yet. */
corsac_status csc_dfa_determinise(csc_dfa *dfa, const csc_nfa *nfa, const csc_regex_budget *budget);
/** Minimal and canonical: states in breadth-first order from the start, classes by least byte.
 * Replaces *dfa. */
corsac_status csc_dfa_minimise(csc_dfa *dfa);

typedef enum csc_dfa_combination {
    CSC_DFA_UNION = 0,
    CSC_DFA_INTERSECTION,
    CSC_DFA_DIFFERENCE
} csc_dfa_combination;

/** Product of two DFAs; marks become 0 and 1. CORSAC_E_LIMIT over budget. Not minimal yet. */
corsac_status csc_dfa_combine(csc_dfa *out, const csc_dfa *a, const csc_dfa *b,
                              csc_dfa_combination combination, const csc_regex_budget *budget);

static inline uint32_t csc_dfa_next(const csc_dfa *dfa, uint32_t state, uint8_t byte)
{
    return dfa->next[(size_t)state * dfa->class_count + dfa->class_of[byte]];
}

/** Defaults for zero fields. */
static inline csc_regex_budget csc_budget_or_default(const csc_regex_budget *budget)
{
    csc_regex_budget b = budget ? *budget : (csc_regex_budget){0};
    b.states = b.states ? b.states : 4096;
    b.steps = b.steps ? b.steps : 8000000;
    return b;
}

#endif
