// SPDX-License-Identifier: Apache-2.0
// The simplified regex: what csc_regex_parse() hands to lowering, to the automaton and to Hyperscan
// emission.
//
// Groups, flags, case folding, escapes and Perl, POSIX and Unicode classes are resolved: every node
// says exactly which bytes it matches. Captures are dropped, since a full match needs none. Anchors
// and word boundaries that can be decided from their place (`^` at the front, `$` at the end,
// `a^b`) are gone; what is left of them depends on neighbouring bytes.
//
// Invariants: CONCAT and ALTERNATE have at least two children; no CONCAT is a child of a CONCAT,
// and no ALTERNATE of an ALTERNATE; neighbouring literals of a CONCAT are one LITERAL; LITERAL is
// never empty; CLASS and BYTES have at least one range and two members; NEVER occurs only as the
// root, EMPTY only as the root or as a child of ALTERNATE. Groups nest at most CSC_REGEX_MAX_DEPTH
// deep in a pattern; the tree may be a little deeper, since common beginnings of alternatives are
// factored out, but never deeper than the pattern is long.
#ifndef CORSAC_COMPILER_REGEX_AST_H
#define CORSAC_COMPILER_REGEX_AST_H

#include "corsac/common.h"
#include <stdbool.h>

enum { CSC_REGEX_MAX_DEPTH = 1000 };

/** What a character is (M-20, M-21). */
typedef enum csc_regex_encoding {
    CSC_REGEX_LATIN1 = 0, /* a byte: Envoy since 1.39 */
    CSC_REGEX_UTF8 = 1    /* a code point in UTF-8: Envoy before 1.39 (CORSAC_OPTION_REGEX_UTF8) */
} csc_regex_encoding;

#define CSC_REGEX_UNBOUNDED UINT32_MAX /* csc_regex_node.max of x*, x+, x{n,} */

typedef enum csc_regex_kind {
    CSC_REGEX_NEVER = 0, /* matches nothing: the empty language */
    CSC_REGEX_EMPTY,     /* matches the empty string */
    CSC_REGEX_LITERAL,   /* .literal: these bytes (in UTF-8 mode surrogates take three) */
    CSC_REGEX_CLASS,     /* UTF-8 mode; .ranges: one code point of these (see
                            csc_regex_class_is_permissive) */
    CSC_REGEX_BYTES,     /* Latin-1 mode; .ranges: one byte of these values 00-FF */
    CSC_REGEX_CONCAT,    /* .children in order */
    CSC_REGEX_ALTERNATE, /* one of .children */
    CSC_REGEX_REPEAT,    /* .children[0], .min to .max times */
    /* assertions match the empty string where they hold; RE2 looks at single bytes */
    CSC_REGEX_BEGIN_TEXT,      /* \A, and ^ without (?m) */
    CSC_REGEX_END_TEXT,        /* \z, and $ without (?m) */
    CSC_REGEX_BEGIN_LINE,      /* (?m)^ : begin of text or behind \n */
    CSC_REGEX_END_LINE,        /* (?m)$ : end of text or before \n */
    CSC_REGEX_WORD_BOUNDARY,   /* \b : ASCII word byte on exactly one side */
    CSC_REGEX_NO_WORD_BOUNDARY /* \B */
} csc_regex_kind;

/** Characters first to last, both included: bytes, or code points to 0x10FFFF, surrogates too. */
typedef struct csc_regex_range {
    uint32_t first, last;
} csc_regex_range;

typedef struct csc_regex_node csc_regex_node;
struct csc_regex_node {
    csc_regex_kind kind;
    uint32_t offset, size; /* the bytes of the pattern this came from; 0, 0 if made by code */
    corsac_str literal;    /* LITERAL */
    const csc_regex_range *ranges; /* CLASS, BYTES: ascending, disjoint, not adjacent */
    size_t range_count;
    const csc_regex_node **children; /* CONCAT, ALTERNATE: child_count; REPEAT: 1 */
    size_t child_count;
    uint32_t min, max; /* REPEAT; max may be CSC_REGEX_UNBOUNDED */
};

static inline bool csc_regex_is_assertion(const csc_regex_node *node)
{
    return node->kind >= CSC_REGEX_BEGIN_TEXT;
}

/**
 * Whether RE2 compiles a CLASS's non-ASCII part loosely: one that covers all of U+0080 to
 * U+10FFFF accepts C2-DF 80-BF, E0-EF (80-BF)x2 and F0-F4 (80-BF)x3, overlong forms included.
 * Every other class matches the exact encodings of its members and nothing else.
 */
static inline bool csc_regex_class_is_permissive(const csc_regex_node *node)
{
    const csc_regex_range *last = &node->ranges[node->range_count - 1];
    return last->first <= 0x80 && last->last == 0x10FFFF;
}

#endif
