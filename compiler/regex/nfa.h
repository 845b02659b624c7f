// SPDX-License-Identifier: Apache-2.0
// The bit-parallel NFA of engine/image/regex_format.h while it is built and run by the compiler. It
// is both the source of the DFA and, past the DFA's budget, what the image carries.
#ifndef CORSAC_COMPILER_REGEX_NFA_H
#define CORSAC_COMPILER_REGEX_NFA_H

#include "compiler/regex/ast.h"
#include "corsac/common.h"
#include "engine/image/regex_format.h"

enum { CSC_NFA_MAX_POINTS = CSE_NFA_MAX_POINTS };

/* What stands beside a place, as far as guards can tell. */
typedef enum csc_nfa_edge {
    CSC_EDGE_OTHER = 0,
    CSC_EDGE_WORD,    /* [0-9A-Za-z_] */
    CSC_EDGE_NEWLINE, /* \n */
    CSC_EDGE_TEXT,    /* begin or end of the text */
    CSC_EDGE_COUNT
} csc_nfa_edge;

/* All arrays on the heap; see regex_format.h for their meaning. */
typedef struct csc_nfa {
    uint32_t point_count, word_count, class_count, op_count, target_count, accept_count;
    uint32_t rescan_count;
    bool has_guards;
    uint8_t class_of[256];
    uint8_t edge_of_class[256]; /* csc_nfa_edge; all OTHER without guards */
    uint64_t *table;            /* class_count rows of word_count */
    uint64_t *skip;
    uint64_t *solid; /* points that accept a byte or the text: what a closed set is known by */
    uint32_t *word_ops;
    cse_nfa_op *ops;
    cse_nfa_bits *targets;
    cse_nfa_accept *accepts;
} csc_nfa;

/** Union of the trees; marks 1 to count. CORSAC_E_LIMIT above CSC_NFA_MAX_POINTS. */
corsac_status csc_nfa_build(csc_nfa *nfa, const csc_regex_node *const *roots, size_t count);
void csc_nfa_free(csc_nfa *nfa);

/** Adds to the set what is reachable without a byte between `before` and `behind`. Returns steps
 * spent. */
uint64_t csc_nfa_close(const csc_nfa *nfa, uint64_t *set, csc_nfa_edge before, csc_nfa_edge behind);
/** to = points behind those of the closed set `from` that accept a byte of the class. False: none.
 */
bool csc_nfa_step(const csc_nfa *nfa, const uint64_t *from, uint32_t class_index, uint64_t *to);
/** Least mark in a set closed at the end of the text; 0: none. */
uint32_t csc_nfa_mark(const csc_nfa *nfa, const uint64_t *set);
/** Runs over a text. `scratch` has room for 2 * word_count words. */
uint32_t csc_nfa_find(const csc_nfa *nfa, corsac_str text, uint64_t *scratch);

#endif
