// SPDX-License-Identifier: Apache-2.0
// The lowering pass: a regex that is an exact string, a few of them, or literals around class runs
// in disguise becomes just that, after the automaton has proved the two equal.
//
//   https?://(www\.)?a\.com            four exact strings
//   https://[a-z0-9-]+\.a\.com(:\d+)?  one span: "https://", run of [a-z0-9-], ".a.com", optional
//   port
//
// Forms accept plain origins only, bytes 0x21-0x7e. Of most regexes that is all there is; where a regex
// accepts others as well (`.*`), those are left to the automaton at run time.
#ifndef CORSAC_COMPILER_REGEX_LOWERING_H
#define CORSAC_COMPILER_REGEX_LOWERING_H

#include "compiler/regex/regex.h"
#include "engine/image/origin_format.h"

/** A run of bytes of one class, and the literal behind it. See cse_origin_piece. */
typedef struct csc_piece {
    cse_piece_kind kind;
    uint64_t bits[2]; /* bit b % 64 of word b / 64: ASCII only */
    uint32_t min, max;
    corsac_str literal;
    uint32_t tail_bytes; /* CSE_PIECE_FILL: bytes of the pieces behind, all of fixed length */
} csc_piece;

/** See cse_origin_span. */
typedef struct csc_span_form {
    corsac_str prefix, suffix;
    cse_span_port port;
    uint8_t port_min, port_max; /* digits; port_max 0: no bound */
    csc_piece *pieces;
    size_t piece_count;
} csc_span_form;

/** What a regex is equal to. */
typedef struct csc_lowered {
    bool proved; /* keys and spans together match the same plain origins as the regex */
    bool exact;  /* and it matches no other that a header can hold: the forms are all of it */
    corsac_str *keys;
    size_t key_count;
    csc_span_form *spans;
    size_t span_count;
} csc_lowered;

/**
 * Tries to lower a regex.
 * @param automaton  of the regex.
 * @param out        always set on CORSAC_OK; proved is false where no equal form was found.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_regex_lower(csc_arena *arena, const csc_regex *regex,
                              const csc_regex_automaton *automaton, const csc_lowered **out);

#endif
