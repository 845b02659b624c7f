// SPDX-License-Identifier: Apache-2.0
// Hyperscan databases for sets of regexes, under proof.
//
// Tenant text never gets there: patterns are written anew from the tree in a small canonical
// grammar, for plain origins (0x21-0x7e) only, and a database is used only after it gave the
// automaton's answer on every transition of the automaton.
#ifndef CORSAC_COMPILER_REGEX_HYPERSCAN_H
#define CORSAC_COMPILER_REGEX_HYPERSCAN_H

#include "compiler/regex/regex.h"

/** Limits that keep hs_compile within about 50 ms a regex; docs/matching.md has the measurements.
 */
enum {
    CSC_HYPERSCAN_PATTERN_PROGRAM = 1000, /* RE2 program size of one regex */
    CSC_HYPERSCAN_SET_SQUARE = 4000000, /* square of the sum over a set, per regex: time grows so */
    CSC_HYPERSCAN_SET_COUNT = 2000, /* regexes in one database; beyond, compiling is superlinear */
    CSC_HYPERSCAN_REPLAY_STRINGS = 1000000
};

typedef struct csc_ends_room {
    size_t head_bytes, tail_bytes;
} csc_ends_room;

typedef struct csc_database {
    corsac_str
        stored; /* serialized, as an image has it (zeros.h); absent: no database, the automaton serves */
    uint32_t size_bytes; /* of the serialized database itself */
    /* What every plain origin that matches begins and ends with, each at most 255 bytes, together no longer than any
     * such origin. To be compared first; what is scanned is what stands between them. */
    corsac_str head, tail;
    corsac_str *patterns; /* whole */
    size_t pattern_count;
    corsac_str hits[4], misses[4]; /* known answers, asked again when the database is loaded */
    size_t hit_count, miss_count;
    const char *reason; /* why there is none; static storage */
} csc_database;

/**
 * The canonical pattern of a tree: `\A(?:...)\z` of \xHH, [\xHH-\xHH], (?:), |, ? * + {m,n}.
 * @param head, tail  how many bytes of csc_hyperscan_ends() it leaves out, no byte twice.
 * @param out         absent when the tree holds an assertion, or matches no plain origin.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_hyperscan_pattern(csc_arena *arena, const csc_regex_node *root, size_t head,
                                    size_t tail, corsac_str *out);

/** The literals with which all matches begin and end, as far as the tree shows them; of a literal both are all of it. */
void csc_hyperscan_ends(const csc_regex_node *root, corsac_str *head, corsac_str *tail);

/**
 * Compiles one database for a list of regexes and replays it: on the transitions of the automaton
 * of all of them if there is one, else on those of each regex's own.
 * @param judges  automata whose union is the union of the regexes; each should be a DFA.
 * @param most    how many bytes the head and the tail may have.
 * @return CORSAC_OK, also without a database; CORSAC_E_MEMORY.
 */
corsac_status csc_hyperscan_compile(csc_arena *arena, const csc_regex *const *regexes, size_t count,
                                    const csc_regex_automaton *const *judges, size_t judge_count,
                                    csc_ends_room most, csc_database *out);

/** Version of the linked library, as cse_origin_database holds it. */
const char *csc_hyperscan_version(void);

#endif
