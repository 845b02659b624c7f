// SPDX-License-Identifier: Apache-2.0
// Regexes as Envoy means them: parse with RE2's grammar, decide with a byte automaton, emit
// programs.
//
//   text --csc_regex_parse--> AST --csc_regex_automaton_build--> automaton
//   --csc_regex_program_emit--> bytes
//
// The automaton is the reference for everything else (lowering, Hyperscan, analysis). Work is
// limited by counts of states and steps, never by time, so that a compile is a pure function of its
// input. No function here keeps global state; different arenas and automata may be used by
// different threads.
#ifndef CORSAC_COMPILER_REGEX_REGEX_H
#define CORSAC_COMPILER_REGEX_REGEX_H

#include "compiler/regex/ast.h"
#include "compiler/support/arena.h"

/* ---- parsing ---------------------------------------------------------------------------- */

/** Who refuses a pattern (M-19). */
enum {
    CSC_REGEX_BY_ISTIO = 1u << 0, /* Go regexp, Istio's admission (V-4, V-12, V-13) */
    CSC_REGEX_BY_ENVOY = 1u << 1, /* RE2 as built into Envoy */
    CSC_REGEX_BY_CORSAC = 1u << 2 /* nesting depth and cost: RE2 takes such patterns */
};

/** Why a pattern is refused. Names are stable: see csc_regex_error_name(). */
typedef enum csc_regex_error_code {
    CSC_REGEX_E_NONE = 0,
    CSC_REGEX_E_TOO_LONG, /* limits.pattern_bytes */
    CSC_REGEX_E_UTF8,     /* the pattern is not UTF-8 */
    CSC_REGEX_E_ESCAPE,   /* \q, \8, \Z, \p inside nothing ... */
    CSC_REGEX_E_TRAILING_BACKSLASH,
    CSC_REGEX_E_CLASS,            /* malformed class or unknown POSIX, script or property name */
    CSC_REGEX_E_CLASS_RANGE,      /* [z-a], [a-\d] */
    CSC_REGEX_E_MISSING_BRACKET,  /* [a */
    CSC_REGEX_E_MISSING_PAREN,    /* (a */
    CSC_REGEX_E_UNEXPECTED_PAREN, /* a) */
    CSC_REGEX_E_REPEAT_ARGUMENT,  /* *a, |+ */
    CSC_REGEX_E_REPEAT_OP,        /* a** */
    CSC_REGEX_E_REPEAT_SIZE,      /* a{1001}, (a{30}){34}, a{2,1} */
    CSC_REGEX_E_GROUP,            /* (?=a), (?x), (?P=n) */
    CSC_REGEX_E_GROUP_NAME,       /* (?P<1>a), a name used twice */
    CSC_REGEX_E_ANY_BYTE,         /* \C */
    CSC_REGEX_E_DEPTH,            /* CSC_REGEX_MAX_DEPTH */
    CSC_REGEX_E_PROGRAM_SIZE,     /* M-22 */
    CSC_REGEX_E_COST              /* CSE_SPARSE_MAX_STEPS or CSE_NFA_MAX_POINTS */
} csc_regex_error_code;

typedef struct csc_regex_error {
    csc_regex_error_code code;
    uint32_t offset, size; /* the offending bytes of the pattern; size may be 0 at its end */
    uint32_t refused_by;   /* CSC_REGEX_BY_ bits */
    corsac_str message;    /* "missing ) to close the group", in the arena */
    corsac_str
        hint; /* likely intent for a known confusion (shell glob, look-ahead ...); or empty */
} csc_regex_error;

/** Zero fields mean the defaults in the comments. */
typedef struct csc_regex_limits {
    uint32_t pattern_bytes;      /* 1024: Istio's admission (V-4) */
    uint32_t program_size;       /* 32768: Istio's bootstrap (M-22) */
    csc_regex_encoding encoding; /* CSC_REGEX_LATIN1 */
} csc_regex_limits;

typedef struct csc_regex {
    corsac_str pattern; /* copied into the arena */
    csc_regex_encoding encoding;
    const csc_regex_node *root;
    uint32_t
        program_size;    /* what RE2::ProgramSize() reports (docs/regex.md says how exact it is) */
    bool has_assertions; /* some assertion is left in the tree */
    bool uses_angle_groups;  /* (?<n>...): RE2 before 2023-09 and Go before 1.22 refuse it */
    uint32_t unicode_offset; /* first \p{...} whose members depend on the Unicode version, or
                                CORSAC_NONE */
    uint32_t doubled_backslash_offset; /* of a likely slip (two backslashes before a dot); or
                                          CORSAC_NONE */
} csc_regex;

/**
 * Parses and simplifies a pattern.
 *
 * A pattern must be valid UTF-8 in Go's grammar, whatever the encoding: Istio admits nothing else.
 * In Latin-1 mode RE2 then reads it byte by byte, so that `[é]` is a class of two bytes.
 *
 * @param arena    Owns the result, also the error's texts.
 * @param pattern  Any bytes; NUL is a byte like others.
 * @param limits   May be NULL: defaults.
 * @param out      Set on CORSAC_OK.
 * @param error    Filled on CORSAC_E_SOURCE; otherwise code is CSC_REGEX_E_NONE.
 * @return CORSAC_OK, CORSAC_E_SOURCE when a grammar or a limit refuses the pattern,
 * CORSAC_E_MEMORY. Source: docs/semantics.md M-19 to M-22, V-4, X-2.
 */
corsac_status csc_regex_parse(csc_arena *arena, corsac_str pattern, const csc_regex_limits *limits,
                              csc_regex **out, csc_regex_error *error);

/**
 * Steps per byte of a text that the program of a regex takes at most (engine/image/regex_format.h): 1 for a DFA,
 * or a few more, where finding out would cost more than it tells.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_regex_steps(const csc_regex *regex, uint32_t *steps);
/** The same without a DFA. Also CORSAC_E_LIMIT: beyond CSE_SPARSE_MAX_STEPS. */
corsac_status csc_regex_nfa_steps(const csc_regex_node *root, uint32_t *steps);

/** "regex-missing-paren" and so on; static storage. */
const char *csc_regex_error_name(csc_regex_error_code code);

/** The pattern, cut to one line of printable text, and a second line with a caret under
 * error->offset. */
corsac_str csc_regex_error_show(csc_arena *arena, corsac_str pattern, const csc_regex_error *error);

/* Nodes made by code. NULL when memory is short. */
/** Exactly these bytes (an exact matcher); EMPTY for no bytes. */
const csc_regex_node *csc_regex_node_literal(csc_arena *arena, corsac_str bytes);
/** These bytes, then any bytes whatever (a prefix matcher). */
const csc_regex_node *csc_regex_node_prefix(csc_arena *arena, corsac_str bytes);

/** The tree as text for tests and people: `cat{lit{ab}star{cc{61-7a}}}`. */
corsac_str csc_regex_node_dump(csc_arena *arena, const csc_regex_node *root);

/* ---- automata --------------------------------------------------------------------------- */

/** Limits of one operation. Zero fields mean the defaults in the comments. */
typedef struct csc_regex_budget {
    uint32_t states; /* 4096: states of a DFA while it is built */
    uint64_t steps;  /* 8,000,000 elementary steps, each a few ns at most */
    bool keep_raw;   /* leave the DFA as built, not minimal: for one that is only walked once */
} csc_regex_budget;

typedef enum csc_regex_answer {
    CSC_REGEX_NO = 0,
    CSC_REGEX_YES = 1,
    CSC_REGEX_UNKNOWN = 2 /* the budget is spent or memory is short */
} csc_regex_answer;

/**
 * The language of a list of regexes: an NFA, and beside it the minimal DFA when that fits the
 * budget. A string's mark is 1 + the index of the first regex of the list that matches it, 0 for
 * none. Heap memory, independent of any arena and of the trees it was built from. Immutable.
 */
typedef struct csc_regex_automaton csc_regex_automaton;

/**
 * Builds the automaton of the union of `count` trees.
 * @return CORSAC_OK (with or without a DFA), CORSAC_E_LIMIT when even the NFA would exceed
 *         1 << 18 points, CORSAC_E_MEMORY.
 */
corsac_status csc_regex_automaton_build(const csc_regex_node *const *roots, size_t count,
                                        const csc_regex_budget *budget, csc_regex_automaton **out);
void csc_regex_automaton_free(csc_regex_automaton *automaton); /* NULL is fine */

/** Whether the budget allowed a DFA. Everything below but match, find and star needs one. */
bool csc_regex_automaton_is_dfa(const csc_regex_automaton *automaton);

/** Whether the whole text is in the language. Never UNKNOWN: falls back to the NFA. */
bool csc_regex_automaton_match(const csc_regex_automaton *automaton, corsac_str text);
/** The mark of the text. Aborts only on lack of memory (NFA): then returns 0. */
uint32_t csc_regex_automaton_find(const csc_regex_automaton *automaton, corsac_str text);
/** P-7: whether the one byte "*" is in the language. */
bool csc_regex_automaton_accepts_star(const csc_regex_automaton *automaton);

/** New automata; marks become 1. CORSAC_E_LIMIT over budget or without DFAs. a and b stay
 * untouched. */
corsac_status csc_regex_automaton_union(const csc_regex_automaton *a, const csc_regex_automaton *b,
                                        const csc_regex_budget *budget, csc_regex_automaton **out);
corsac_status csc_regex_automaton_intersect(const csc_regex_automaton *a,
                                            const csc_regex_automaton *b,
                                            const csc_regex_budget *budget,
                                            csc_regex_automaton **out);
corsac_status csc_regex_automaton_difference(const csc_regex_automaton *a,
                                             const csc_regex_automaton *b,
                                             const csc_regex_budget *budget,
                                             csc_regex_automaton **out);
/** All byte strings that are not in the language, invalid UTF-8 included. */
corsac_status csc_regex_automaton_complement(const csc_regex_automaton *a,
                                             csc_regex_automaton **out);

csc_regex_answer csc_regex_automaton_is_empty(const csc_regex_automaton *a);
/** Equal as languages (marks ignored). UNKNOWN when either has no DFA. */
csc_regex_answer csc_regex_automaton_equivalent(const csc_regex_automaton *a,
                                                const csc_regex_automaton *b);
/** Whether every string of a is in b. */
csc_regex_answer csc_regex_automaton_is_subset(const csc_regex_automaton *a,
                                               const csc_regex_automaton *b,
                                               const csc_regex_budget *budget);

/**
 * A shortest member, the least in byte order among those, printable bytes preferred.
 * @return YES with *out in the arena, NO for the empty language, UNKNOWN without a DFA.
 */
csc_regex_answer csc_regex_automaton_witness(csc_arena *arena, const csc_regex_automaton *a,
                                             corsac_str *out);

/** Length of the shortest and longest member; UINT32_MAX as longest: no bound. False without a DFA
 * or if empty. */
bool csc_regex_automaton_lengths(const csc_regex_automaton *a, uint32_t *shortest,
                                 uint32_t *longest);

/* The minimal DFA itself, for proofs and sampling. State 0 is dead: not accepting and without
 * escape (it may be unreachable). All zero without a DFA. */
uint32_t csc_regex_automaton_state_count(const csc_regex_automaton *a);
uint32_t csc_regex_automaton_start(const csc_regex_automaton *a);
uint32_t csc_regex_automaton_next(const csc_regex_automaton *a, uint32_t state, uint8_t byte);
uint32_t csc_regex_automaton_mark(const csc_regex_automaton *a, uint32_t state);
/** Bytes of one class are interchangeable in every state. Classes are numbered by their least byte.
 */
uint32_t csc_regex_automaton_class_count(const csc_regex_automaton *a);
uint8_t csc_regex_automaton_class_of(const csc_regex_automaton *a, uint8_t byte);

/**
 * Strings that together take every transition of the DFA and tell its target apart from the dead
 * state: for each live state and class, the shortest way there, a byte of the class, and the
 * shortest way to acceptance (none from a dead state). Also the shortest way to each state alone.
 * Stops at max_strings; *complete says whether that was enough.
 */
corsac_status csc_regex_automaton_cover(csc_arena *arena, const csc_regex_automaton *a,
                                        size_t max_strings, corsac_str **out, size_t *count,
                                        bool *complete);

/* ---- programs --------------------------------------------------------------------------- */

/**
 * The automaton as a program (engine/image/regex_format.h): same bytes for the same language and
 * marks when it has a DFA, and always for the same trees.
 * @param out  Bytes in the arena, 8-byte aligned, a multiple of 8 long.
 */
corsac_status csc_regex_program_emit(csc_arena *arena, const csc_regex_automaton *automaton,
                                     corsac_str *out);

/** As csc_regex_program_emit(), but always an NFA form; for tests and for the cost model. */
corsac_status csc_regex_program_emit_nfa(csc_arena *arena, const csc_regex_automaton *automaton,
                                         corsac_str *out);

/** As csc_regex_program_emit(), but always the SPARSE form; for tests. */
corsac_status csc_regex_program_emit_sparse(csc_arena *arena, const csc_regex_automaton *automaton,
                                            corsac_str *out);

#endif
