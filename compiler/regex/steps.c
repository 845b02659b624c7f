// SPDX-License-Identifier: Apache-2.0
// What a regex costs per byte of a text, in the steps of regex_format.h.
#include "compiler/regex/nfa.h"
#include "compiler/regex/regex.h"
#include "compiler/regex/sparse.h"

/* Up to so many steps an NFA costs no more than a few cache misses: not worth asking whether there is a DFA. */
enum { CHEAP_STEPS = 64 };

corsac_status csc_regex_nfa_steps(const csc_regex_node *root, uint32_t *steps)
{
    csc_nfa nfa;
    csc_sparse sparse = {0};
    corsac_status status = csc_nfa_build(&nfa, &root, 1);
    if (status != CORSAC_OK)
        return status;
    uint64_t count = cse_nfa_steps(nfa.word_count, nfa.word_ops, nfa.ops, nfa.targets);
    if (csc_nfa_is_slow(&nfa)) {
        status = csc_sparse_build(&sparse, &nfa);
        count = cse_sparse_steps(nfa.point_count, sparse.edge_count);
    }
    csc_sparse_free(&sparse);
    csc_nfa_free(&nfa);
    *steps = (uint32_t)count;
    return status == CORSAC_OK && count > CSE_SPARSE_MAX_STEPS ? CORSAC_E_LIMIT : status;
}

corsac_status csc_regex_steps(const csc_regex *regex, uint32_t *steps)
{
    corsac_status status = csc_regex_nfa_steps(regex->root, steps);
    if (status != CORSAC_OK || *steps <= CHEAP_STEPS)
        return status;
    csc_regex_automaton *automaton;
    status = csc_regex_automaton_build(&regex->root, 1, NULL, &automaton);
    if (status == CORSAC_OK && csc_regex_automaton_is_dfa(automaton))
        *steps = 1;
    csc_regex_automaton_free(automaton);
    return status;
}
