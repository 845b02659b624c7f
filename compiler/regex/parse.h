// SPDX-License-Identifier: Apache-2.0
// The parse tree, before simplification, and the scanner that the parser's files share.
// The tree is the one RE2's own parser builds: strings joined, alternations factored. That keeps
// what its program size depends on (captures, greediness, fold flags), and what Q-7 depends on:
// `a|[^a]` becomes one class of all code points, which RE2 then compiles loosely.
#ifndef CORSAC_COMPILER_REGEX_PARSE_H
#define CORSAC_COMPILER_REGEX_PARSE_H

#include "compiler/regex/ranges.h"
#include "compiler/regex/regex.h"

typedef enum csc_parse_kind {
    CSC_PARSE_EMPTY = 0,
    CSC_PARSE_LITERAL,  /* text[0], fold */
    CSC_PARSE_STRING,   /* text of at least two code points, fold */
    CSC_PARSE_CLASS,    /* ranges; may be empty ([^\x00-\x{10FFFF}]) */
    CSC_PARSE_ANY_CHAR, /* (?s). */
    CSC_PARSE_ASSERT,   /* assertion */
    CSC_PARSE_CONCAT,
    CSC_PARSE_ALTERNATE,
    CSC_PARSE_STAR,
    CSC_PARSE_PLUS,
    CSC_PARSE_QUEST,
    CSC_PARSE_REPEAT, /* {min,max} */
    CSC_PARSE_CAPTURE
} csc_parse_kind;

typedef struct csc_parse_node csc_parse_node;
struct csc_parse_node {
    csc_parse_kind kind;
    uint32_t offset, size; /* bytes of the pattern */
    const uint32_t
        *text; /* LITERAL, STRING: code points; with fold an ASCII letter means both cases */
    size_t text_size;
    bool fold;       /* LITERAL, STRING: under (?i) */
    bool was_dollar; /* ASSERT: $ rather than \z */
    unsigned flags;  /* of the scanner; STAR to REPEAT: with CSC_FLAG_NON_GREEDY as it applies */
    csc_regex_kind assertion;
    const csc_regex_range *ranges;
    size_t range_count;
    csc_parse_node **children;
    size_t child_count, child_capacity;
    uint32_t min, max;       /* REPEAT */
    uint32_t repeat_product; /* copies of the innermost operand that counted repeats ask for */
};

enum {                                /* flags of the scanner */
       CSC_FLAG_FOLD = 1u << 0,       /* (?i) */
       CSC_FLAG_MULTI_LINE = 1u << 1, /* (?m) */
       CSC_FLAG_DOT_NL = 1u << 2,     /* (?s) */
       CSC_FLAG_NON_GREEDY = 1u << 3  /* (?U) */
};

typedef struct csc_scanner {
    csc_arena *arena;
    corsac_str text;
    size_t at;
    csc_regex_encoding encoding;
    unsigned flags;
    unsigned depth;
    csc_ranges set; /* reused for every class */
    corsac_str *names;
    size_t name_count, name_capacity;
    csc_regex *regex;       /* notes about the pattern */
    csc_regex_error *error; /* first refusal */
} csc_scanner;

/* parse.c */
csc_parse_node *csc_parse_pattern(csc_scanner *s); /* NULL: see error, or memory is short */
csc_parse_node *csc_parse_node_new(csc_scanner *s, csc_parse_kind kind, size_t offset);
/** Turns s->set into a CLASS node, or a LITERAL where RE2 does. */
csc_parse_node *csc_parse_set_node(csc_scanner *s, size_t offset);

/* factor.c: what RE2's parser makes of a finished sequence or alternation; NULL: memory is short */
csc_parse_node *csc_parse_finish_sequence(csc_scanner *s, csc_parse_node *sequence);
csc_parse_node *csc_parse_finish_alternation(csc_scanner *s, csc_parse_node *alternation);
bool csc_parse_add_child(csc_scanner *s, csc_parse_node *parent, csc_parse_node *child);

/* parse_class.c: all return false after an error */
bool csc_parse_class(csc_scanner *s, csc_parse_node **out);
bool csc_parse_escape(csc_scanner *s, uint32_t *code_point);
/** \d \pN and the like at s->at: adds to s->set. *found is false if there is none. */
bool csc_parse_named_escape(csc_scanner *s, bool *found);
/** Decodes one code point of the pattern. */
bool csc_parse_code_point(csc_scanner *s, uint32_t *code_point);

/* error.c: always returns false */
bool csc_parse_fail(csc_scanner *s, csc_regex_error_code code, size_t offset, size_t size,
                    const char *message);
bool csc_parse_fail_by(csc_scanner *s, csc_regex_error_code code, unsigned refused_by,
                       size_t offset, size_t size, const char *message);

/* simplify.c */
const csc_regex_node *csc_regex_simplify(csc_arena *arena, const csc_parse_node *root,
                                         csc_regex_encoding encoding);
/* program_size.c: what RE2::ProgramSize() would report; UINT32_MAX when far above the limit, 0 when
 * memory is short */
uint32_t csc_regex_program_size(const csc_parse_node *root, csc_regex_encoding encoding,
                                uint32_t limit);

/** Adds the folding orbits of the members: in Latin-1 mode RE2 folds ASCII letters only (M-21). */
static inline void csc_parse_fold(const csc_scanner *s, csc_ranges *set)
{
    if (s->encoding == CSC_REGEX_LATIN1)
        csc_ranges_fold_ascii(set);
    else
        csc_ranges_fold(set);
}

static inline int csc_peek(const csc_scanner *s, size_t ahead)
{
    return s->at + ahead < s->text.size ? (unsigned char)s->text.data[s->at + ahead] : -1;
}

#endif
