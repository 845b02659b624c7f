// SPDX-License-Identifier: Apache-2.0
// One pattern under test in every form that Corsac can run it, beside RE2.
#ifndef CORSAC_TESTS_PROPERTY_REGEX_SUBJECT_H
#define CORSAC_TESTS_PROPERTY_REGEX_SUBJECT_H

#include "compiler/regex/regex.h"
#include "engine/match/program.h"
#include "re2_oracle.h"

typedef struct subject {
    corsac_str pattern;
    bool utf8;
    csc_arena *arena;
    csc_regex *regex; /* NULL: refused, see error */
    csc_regex_error error;
    csc_regex_automaton *automaton;
    const cse_program *program, *nfa_program, *sparse_program;
    void *scratch;
    re2_pattern *re2;
} subject;

/** Parses, builds, emits and verifies; false (and a message) when something breaks that must not.
 */
bool subject_open(subject *s, corsac_str pattern, bool utf8);
void subject_close(subject *s);

typedef enum subject_verdict {
    SUBJECT_AGREES = 0,
    SUBJECT_EXPLAINED, /* Debian's RE2 is known to differ here: see subject_explain() */
    SUBJECT_DIFFERS
} subject_verdict;

/** Whether both accept or both refuse the pattern. *why names an explained difference. */
subject_verdict subject_compare_grammar(const subject *s, const char **why);
/** Asks all forms about one text. */
subject_verdict subject_compare(const subject *s, corsac_str text, const char **why);

/** Prints bytes with escapes. */
void print_bytes(corsac_str bytes);

#endif
