// SPDX-License-Identifier: Apache-2.0
// Debian's RE2 (20220601) is older than Envoy's. Its known differences are the named explanations
// here; scripts/check_regex_re2 holds the same rows against the current RE2 from PyPI.
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ISTIO_PROGRAM_SIZE = 32768 };

void print_bytes(corsac_str bytes)
{
    putchar('"');
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if (c < 0x20 || c >= 0x7F)
            printf("<%02x>", c);
        else
            putchar(c);
    }
    putchar('"');
}

static bool complain(const subject *s, const char *what)
{
    printf("%s (%s): ", what, s->utf8 ? "utf8" : "latin1");
    print_bytes(s->pattern);
    putchar('\n');
    return false;
}

static bool build_forms(subject *s)
{
    corsac_str program, nfa_program, sparse_program;
    if (csc_regex_automaton_build(&s->regex->root, 1, NULL, &s->automaton) != CORSAC_OK)
        return complain(s, "cannot build");
    if (csc_regex_program_emit(s->arena, s->automaton, &program) != CORSAC_OK ||
        csc_regex_program_emit_nfa(s->arena, s->automaton, &nfa_program) != CORSAC_OK ||
        csc_regex_program_emit_sparse(s->arena, s->automaton, &sparse_program) != CORSAC_OK)
        return complain(s, "cannot emit");
    if (!cse_program_verify(program.data, program.size, NULL) ||
        !cse_program_verify(nfa_program.data, nfa_program.size, NULL) ||
        !cse_program_verify(sparse_program.data, sparse_program.size, NULL))
        return complain(s, "program does not verify");
    s->program = (const cse_program *)(const void *)program.data;
    s->nfa_program = (const cse_program *)(const void *)nfa_program.data;
    s->sparse_program = (const cse_program *)(const void *)sparse_program.data;
    size_t sparse_bytes = cse_program_scratch_size(s->sparse_program);
    size_t nfa_bytes = cse_program_scratch_size(s->nfa_program);
    s->scratch = malloc(sparse_bytes > nfa_bytes ? sparse_bytes : nfa_bytes);
    return s->scratch != NULL;
}

bool subject_open(subject *s, corsac_str pattern, bool utf8)
{
    *s = (subject){.pattern = pattern, .utf8 = utf8, .arena = csc_arena_new()};
    csc_regex_limits limits = {.encoding = utf8 ? CSC_REGEX_UTF8 : CSC_REGEX_LATIN1};
    s->re2 = re2_pattern_new(pattern.data, pattern.size, utf8);
    corsac_status status = csc_regex_parse(s->arena, pattern, &limits, &s->regex, &s->error);
    if (status == CORSAC_E_SOURCE)
        return s->error.message.size > 0 && s->error.offset + s->error.size <= pattern.size
                   ? true
                   : complain(s, "error without place");
    if (status != CORSAC_OK)
        return complain(s, "cannot parse");
    return build_forms(s);
}

void subject_close(subject *s)
{
    free(s->scratch);
    csc_regex_automaton_free(s->automaton);
    csc_arena_free(s->arena);
    re2_pattern_free(s->re2);
}

static bool contains(corsac_str text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static bool has_high_byte(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return true;
    return false;
}

subject_verdict subject_compare_grammar(const subject *s, const char **why)
{
    bool ours = s->regex != NULL, theirs = re2_accepts(s->re2);
    *why = NULL;
    if (ours == theirs)
        return SUBJECT_AGREES;
    if (s->error.code ==
        CSC_REGEX_E_PROGRAM_SIZE) /* M-22: Envoy asks RE2 for the size and refuses */
        return re2_program_size(s->re2) > ISTIO_PROGRAM_SIZE ? SUBJECT_AGREES : SUBJECT_DIFFERS;
    if (!ours && !(s->error.refused_by & CSC_REGEX_BY_ENVOY)) {
        *why = "refused by Istio or Corsac only";
        return SUBJECT_EXPLAINED;
    }
    if (ours && s->regex->uses_angle_groups) {
        *why = "(?<name>...) is newer than this RE2";
        return SUBJECT_EXPLAINED;
    }
    if (ours && s->regex->unicode_offset != CORSAC_NONE &&
        (contains(s->pattern, "Kawi") || contains(s->pattern, "Nag_Mundari"))) {
        *why = "script newer than this RE2";
        return SUBJECT_EXPLAINED;
    }
    return SUBJECT_DIFFERS;
}

static bool has_new_orbit(corsac_str text)
{
    return contains(text, "\xce\x90") || contains(text, "\xe1\xbf\x93") ||
           contains(text, "\xce\xb0") || contains(text, "\xe1\xbf\xa3") ||
           contains(text, "\xef\xac\x85") || contains(text, "\xef\xac\x86");
}

/* A text on which this RE2 may answer differently for a known reason. */
static const char *explain(const subject *s, corsac_str text)
{
    bool folds = contains(s->pattern, "(?") && contains(s->pattern, "i");
    if (!s->utf8 && folds && has_high_byte(text))
        return "this RE2 folds Latin-1 letters, newer ones only ASCII";
    if (folds && contains(s->pattern, "|") && !re2_matches(s->re2, text.data, text.size))
        return "this RE2 forgets a folded letter beside a class that holds its other case";
    if (s->utf8 && folds && has_new_orbit(text))
        return "folding orbits of Unicode 15.1 (U+0390 U+1FD3, U+03B0 U+1FE3, U+FB05 U+FB06)";
    if (s->utf8 && s->regex->unicode_offset != CORSAC_NONE && has_high_byte(text))
        return "Unicode classes newer than this RE2";
    return NULL;
}

subject_verdict subject_compare(const subject *s, corsac_str text, const char **why)
{
    bool expected = re2_matches(s->re2, text.data, text.size);
    bool automaton = csc_regex_automaton_match(s->automaton, text);
    bool program = cse_program_match(s->program, text.data, text.size, s->scratch);
    bool nfa = cse_program_match(s->nfa_program, text.data, text.size, s->scratch);
    bool sparse = cse_program_match(s->sparse_program, text.data, text.size, s->scratch);
    *why = NULL;
    if (automaton == expected && program == expected && nfa == expected && sparse == expected)
        return SUBJECT_AGREES;
    if (automaton == program && program == nfa && nfa == sparse &&
        (*why = explain(s, text)) != NULL)
        return SUBJECT_EXPLAINED;
    printf("RE2 %d, automaton %d, program %d, NFA %d, sparse %d (%s): ", expected, automaton,
           program, nfa, sparse, s->utf8 ? "utf8" : "latin1");
    print_bytes(s->pattern);
    printf(" on ");
    print_bytes(text);
    putchar('\n');
    return SUBJECT_DIFFERS;
}
