// SPDX-License-Identifier: Apache-2.0
// Regex programs as bytes: what csc_regex_program_emit() writes and engine/match/program.c runs.
//
//   cse_program | cse_nfa (NFA only) | sections at the offsets named in the headers
//
// Little-endian, 8-byte aligned, offsets from the start of the program, no pointers. A program
// answers "which regex of the list matches the whole text first": a mark, 1 + its index, 0 for
// none.
//
// Before any automaton runs, the text is trimmed: it must be min_bytes to max_bytes long, start
// with the prefix and end with the suffix; the automaton then sees only the middle.
//
//   NARROW  up to 16 states: table[class][16] of next states, one row per byte class (a vector
//   shuffle) WIDE    table[state][class_count + 1]: next state as index of its row's first cell;
//   the last column
//           holds the state's mark
//   NFA     bits over points, see cse_nfa
//   SPARSE  points and edges, see cse_sparse
//
// State 0 (row 0) is dead: all its transitions lead to itself and its mark is 0.
// Files that must agree: compiler/regex/program.c, engine/match/program.c.
#ifndef CORSAC_ENGINE_IMAGE_REGEX_FORMAT_H
#define CORSAC_ENGINE_IMAGE_REGEX_FORMAT_H

#include <stdint.h>

typedef enum cse_program_kind {
    CSE_PROGRAM_NARROW = 1,
    CSE_PROGRAM_WIDE = 2,
    CSE_PROGRAM_NFA = 3,
    CSE_PROGRAM_SPARSE = 4
} cse_program_kind;

enum {
    CSE_PROGRAM_MAX_REGEXES = 65535,
    CSE_PROGRAM_NARROW_STATES = 16,
    CSE_PROGRAM_MAX_TRIM = 255 /* bytes of prefix, of suffix */
};

typedef struct cse_program {
    uint16_t kind;
    uint16_t cell_bytes;  /* WIDE: 1, 2 or 4; otherwise 0 */
    uint32_t size_bytes;  /* of the whole program; a multiple of 8 */
    uint32_t state_count; /* DFA: states with the dead one; NFA, SPARSE: points */
    uint32_t class_count; /* 1 to 256 */
    uint32_t min_bytes;   /* no shorter text matches, prefix and suffix included */
    uint32_t max_bytes;   /* no longer text matches; UINT32_MAX: no bound */
    uint16_t prefix_bytes;
    uint16_t suffix_bytes;   /* prefix_bytes + suffix_bytes <= min_bytes */
    uint32_t literal_offset; /* the prefix, then the suffix */
    uint32_t start;          /* NARROW: state; WIDE: index of the row's first cell; otherwise 0 */
    uint32_t regex_count;    /* marks are at most this; 1 to CSE_PROGRAM_MAX_REGEXES */
    uint32_t map_offset;     /* uint8_t[256]: class of each byte */
    uint32_t table_offset;   /* NARROW: uint8_t[class_count][16], 16-byte rows, 8-byte aligned;
                                WIDE: cells; NFA: uint64_t[class_count][word_count];
                                SPARSE: uint64_t[set_count][4], sets of classes */
    uint32_t mark_offset;    /* NARROW: uint16_t[16]; otherwise 0 */
    uint32_t reserved[3];
} cse_program;
_Static_assert(sizeof(cse_program) == 64, "cse_program is one cache line");

/*
 * NFA: points 0 to point_count - 1 in the order of the regex's text; a set of points is word_count
 * 64-bit words, point p is bit p % 64 of word p / 64. Per byte of the text:
 *
 *   close   add what is reachable without a byte, word by word upwards:
 *             skip: from a point in the skip set also to the next point, in whole chains by one
 * addition ops:  those of the word, in order: a source point in the set adds the op's target points
 *   step    keep the points that accept the byte (table[class]), move them one point up
 *
 * At the end of the text: close once more, the mark is the least of the accept points in the set.
 * An op with a guard applies only where the assertion holds between the byte before and the byte
 * behind. A jump's target lies behind its sources. A loop's targets lie before them, are closed but
 * for guards, and are a list of (word, bits). After a loop marked rescan the closing starts again
 * from the first word it changed; a loop adds something at most once per byte, which bounds the work:
 * cse_nfa_steps(), at most CSE_NFA_MAX_STEPS.
 */
typedef struct cse_nfa {
    uint32_t word_count;
    uint32_t op_count;
    uint32_t skip_offset;     /* uint64_t[word_count] */
    uint32_t word_ops_offset; /* uint32_t[word_count + 1]: ops of word w are word_ops[w] to
                                 word_ops[w + 1] */
    uint32_t ops_offset;      /* cse_nfa_op[op_count] */
    uint32_t targets_offset;  /* cse_nfa_bits[target_count] */
    uint32_t target_count;
    uint32_t accepts_offset; /* cse_nfa_accept[accept_count], ascending marks */
    uint32_t accept_count;
    uint32_t rescan_count; /* ops with rescan set */
    uint32_t has_guards;   /* 1 if some op has a guard */
    uint32_t reserved;
} cse_nfa;
_Static_assert(sizeof(cse_nfa) == 48, "cse_nfa");

typedef enum cse_nfa_guard {
    CSE_GUARD_NONE = 0,
    CSE_GUARD_BEGIN_TEXT,
    CSE_GUARD_END_TEXT,
    CSE_GUARD_BEGIN_LINE,
    CSE_GUARD_END_LINE,
    CSE_GUARD_WORD_BOUNDARY,
    CSE_GUARD_NO_WORD_BOUNDARY,
    CSE_GUARD_COUNT
} cse_nfa_guard;

typedef struct cse_nfa_op {
    uint64_t sources; /* bits of this op's word */
    uint8_t guard;    /* cse_nfa_guard */
    uint8_t is_loop;  /* 0: jump to the point `target`; 1: list of targets */
    uint8_t rescan;   /* loops only */
    uint8_t reserved;
    uint32_t target;       /* jump: point above every source */
    uint32_t first_target; /* loop: index of cse_nfa_bits */
    uint32_t target_count;
} cse_nfa_op;
_Static_assert(sizeof(cse_nfa_op) == 24, "cse_nfa_op");

typedef struct cse_nfa_bits {
    uint32_t word; /* ascending in one list, at most the op's own word */
    uint32_t reserved;
    uint64_t bits;
} cse_nfa_bits;
_Static_assert(sizeof(cse_nfa_bits) == 16, "cse_nfa_bits");

typedef struct cse_nfa_accept {
    uint32_t point;
    uint32_t mark;
} cse_nfa_accept;
_Static_assert(sizeof(cse_nfa_accept) == 8, "cse_nfa_accept");

enum {
    CSE_NFA_MAX_POINTS = 1 << 18,
    CSE_NFA_MAX_WORDS = CSE_NFA_MAX_POINTS / 64,
    /* Most steps of closing a set once, thus per byte of a text; a step takes up to 10 ns. What
     * would take more is written as SPARSE; verification refuses it as NFA. */
    CSE_NFA_MAX_STEPS = 1 << 15
};

/*
 * An upper bound of the steps of closing a set once: words, ops and targets looked at. A loop
 * marked rescan adds something at most once, and then repeats the words from its first target to
 * its own; nothing else is done twice. Indices must have been checked; at most CSE_NFA_MAX_WORDS
 * words.
 */
static inline uint64_t cse_nfa_steps(uint32_t word_count, const uint32_t *word_ops,
                                     const cse_nfa_op *ops, const cse_nfa_bits *targets)
{
    uint32_t opens[CSE_NFA_MAX_WORDS] = {0}; /* rescans whose first word this is */
    uint64_t steps = 0, repeats = 1;
    for (uint32_t i = 0; i < word_ops[word_count]; i++)
        if (ops[i].rescan && ops[i].target_count > 0)
            opens[targets[ops[i].first_target].word]++;
    for (uint32_t word = 0; word < word_count; word++) {
        uint64_t once = 1, ends = 0;
        repeats += opens[word];
        for (uint32_t i = word_ops[word]; i < word_ops[word + 1]; i++) {
            once += 1 + (uint64_t)ops[i].target_count;
            ends += ops[i].rescan && ops[i].target_count > 0;
        }
        steps += repeats * once;
        repeats -= ends;
    }
    return steps;
}

/*
 * SPARSE: the same points, for regexes whose NFA would go back too often. Per byte of the text every
 * point is looked at once at most, and every edge of it:
 *
 *   close   a list of points grows at its end by what their edges lead to, each point once
 *   step    the points whose set holds the byte's class, each moved one up, are the next list
 *
 * so that a byte takes at most cse_sparse_steps(). Guards and accepts as for NFA.
 */
typedef struct cse_sparse {
    uint32_t edge_count;
    uint32_t first_edge_offset; /* uint32_t[point_count + 1]: edges of point p are first_edge[p] to
                                   first_edge[p + 1] */
    uint32_t edges_offset;      /* cse_sparse_edge[edge_count] */
    uint32_t set_count;
    uint32_t set_of_offset;  /* uint32_t[point_count]: 1 + index of a set, 0 for a point without;
                                always 0 for the last point */
    uint32_t accepts_offset; /* cse_nfa_accept[accept_count], ascending marks */
    uint32_t accept_count;
    uint32_t reserved;
} cse_sparse;
_Static_assert(sizeof(cse_sparse) == 32, "cse_sparse");

typedef struct cse_sparse_edge {
    uint32_t target;
    uint32_t guard; /* cse_nfa_guard */
} cse_sparse_edge;
_Static_assert(sizeof(cse_sparse_edge) == 8, "cse_sparse_edge");

enum {
    /* The most that cse_sparse_steps() may be: three times what was found in regexes of RE2's size
     * limit (docs/regex.md). */
    CSE_SPARSE_MAX_STEPS = 1 << 18
};

enum {
    /* The most steps per byte of all programs that one list names, or the path and the conditions of one route:
     * all regexes of a VirtualService together may cost no more than one alone (docs/matching.md). */
    CSE_MAX_LIST_STEPS = CSE_SPARSE_MAX_STEPS
};

/* Points and edges looked at per byte of a text. */
static inline uint64_t cse_sparse_steps(uint32_t point_count, uint32_t edge_count)
{
    return (uint64_t)point_count + edge_count;
}

#endif
