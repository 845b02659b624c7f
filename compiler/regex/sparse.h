// SPDX-License-Identifier: Apache-2.0
// The NFA as points and edges, for what would sweep its words too often (regex_format.h, SPARSE).
#ifndef CORSAC_COMPILER_REGEX_SPARSE_H
#define CORSAC_COMPILER_REGEX_SPARSE_H

#include "compiler/regex/nfa.h"

typedef struct csc_sparse {
    uint32_t edge_count, set_count;
    uint32_t *first_edge; /* point_count + 1 */
    cse_sparse_edge *edges;
    uint32_t *set_of; /* point_count */
    uint64_t *sets;   /* set_count times four words */
} csc_sparse;

/** Whether the NFA must be written as SPARSE. */
bool csc_nfa_is_slow(const csc_nfa *nfa);

/** Unpacks an NFA. CORSAC_OK or CORSAC_E_MEMORY; free with csc_sparse_free() in either case. */
corsac_status csc_sparse_build(csc_sparse *out, const csc_nfa *nfa);
void csc_sparse_free(csc_sparse *sparse);

#endif
