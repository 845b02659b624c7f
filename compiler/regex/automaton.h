// SPDX-License-Identifier: Apache-2.0
// Inside of csc_regex_automaton, for the files of this room.
#ifndef CORSAC_COMPILER_REGEX_AUTOMATON_H
#define CORSAC_COMPILER_REGEX_AUTOMATON_H

#include "compiler/regex/dfa.h"

struct csc_regex_automaton {
    csc_nfa nfa; /* point_count 0 for results of operations */
    csc_dfa dfa; /* state_count 0 when over budget */
    uint32_t regex_count;
};

static inline bool csc_has_dfa(const csc_regex_automaton *a)
{
    return a->dfa.state_count > 0;
}

/** Shortest number of bytes from the start to each state; UINT32_MAX: unreachable. Heap, NULL on
 * failure. */
uint32_t *csc_dfa_distance_from_start(const csc_dfa *dfa);
/** Shortest number of bytes from each state to acceptance; UINT32_MAX: none. Heap, NULL on failure.
 */
uint32_t *csc_dfa_distance_to_accept(const csc_dfa *dfa);
/** The byte that stands for each class in witnesses: the least printable one, else the least. */
void csc_dfa_class_bytes(const csc_dfa *dfa, uint8_t bytes[256]);

#endif
