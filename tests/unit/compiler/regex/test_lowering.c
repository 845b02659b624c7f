// SPDX-License-Identifier: Apache-2.0
// The lowering pass by itself: which form a regex becomes, and that no form passes the proof that is
// not the regex. M-20, P-7.
#include "compiler/regex/lowering.h"
#include "unit/compiler/regex/show.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static csc_arena *arena;

static void open_arena(void)
{
    arena = csc_arena_new();
}

static void close_arena(void)
{
    csc_arena_free(arena);
}

TestSuite(regex_lowering, .init = open_arena, .fini = close_arena);

/* ---- forms as text ----------------------------------------------------------------------- */

/* The end of a FILL and of LABELS is told by how many bytes are left behind it: "<n". */
static void show_piece(const csc_piece *piece)
{
    if (piece->kind == CSE_PIECE_LABELS)
        show("(");
    show_class(piece->bits);
    if (piece->kind == CSE_PIECE_LABELS)
        show("+.)");
    show_counts(piece->min, piece->max);
    if (piece->kind != CSE_PIECE_RUN)
        show("<%u", piece->tail_bytes);
    if (piece->literal.size > 0)
        show_text(piece->literal);
}

static void show_span(const csc_span_form *form)
{
    show_text(form->prefix);
    for (size_t i = 0; i < form->piece_count; i++)
        show_piece(&form->pieces[i]);
    show_text(form->suffix);
    if (form->port == CSE_SPAN_NO_PORT)
        return;
    show(form->port == CSE_SPAN_PORT ? ":" : "?:");
    show_counts(form->port_min, form->port_max ? form->port_max : CSC_REGEX_UNBOUNDED);
}

/* "= a b" for exact strings, then one "| ..." per span; "no" where the proof fails. */
static const char *text_of(const csc_lowered *lowered)
{
    show_begin();
    if (!lowered->proved) {
        cr_expect_eq(lowered->key_count + lowered->span_count, 0);
        return "no";
    }
    for (size_t i = 0; i < lowered->key_count; i++)
        show("%s%.*s", i ? " " : "= ", (int)lowered->keys[i].size, lowered->keys[i].data);
    for (size_t i = 0; i < lowered->span_count; i++) {
        show("%s", i || lowered->key_count ? " | " : "| ");
        show_span(&lowered->spans[i]);
    }
    return show_end();
}

/* ---- lowering ---------------------------------------------------------------------------- */

static const csc_regex *parse(const char *pattern)
{
    csc_regex *regex;
    csc_regex_error error;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK,
                 "%s", pattern);
    return regex;
}

/* Lowers the tree of one pattern, to be proved equal to the automaton of another. */
static const csc_lowered *lower_against(const char *pattern, const char *other)
{
    const csc_regex *regex = parse(pattern), *judge = parse(other);
    const csc_lowered *lowered;
    csc_regex_automaton *automaton;
    cr_assert_eq(csc_regex_automaton_build(&judge->root, 1, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(csc_regex_lower(arena, regex, automaton, &lowered), CORSAC_OK);
    csc_regex_automaton_free(automaton);
    return lowered;
}

typedef struct row {
    const char *pattern, *form;
} row;

static void expect_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *form = text_of(lower_against(rows[i].pattern, rows[i].pattern));
        cr_expect_str_eq(form, rows[i].form, "%s\n  gives %s\n  not   %s", rows[i].pattern, form,
                         rows[i].form);
    }
}

#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static const row exact[] = {
    {"https://a\\.com", "= https://a.com"},
    {"https?://(?:a|bc)\\.com", "= http://a.com https://a.com http://bc.com https://bc.com"},
    {"[ab][xy]", "= ax bx ay by"},
    {"[ab]{2}z", "= aaz baz abz bbz"},
    {"(?i)Ab", "= AB aB Ab ab"},
    {"[!~]", "= ! ~"},
    {"a|", "= a"}, // the empty text is no origin, and no obstacle
    {"", ""},
    {"a\\x7f|b\\xe9|c d|e", "= e"}, // no plain origin matches the others
    {"\\x7f", "no"},
    {"a^b", "no"},
};

Test(regex_lowering, a_finite_regex_becomes_exact_strings)
{
    EXPECT_ROWS(exact);
}

static void expect_counts(const char *pattern, size_t keys, size_t spans)
{
    const csc_lowered *lowered = lower_against(pattern, pattern);
    cr_expect(lowered->proved, "%s", pattern);
    cr_expect_eq(lowered->key_count, keys, "%s: %zu strings", pattern, lowered->key_count);
    cr_expect_eq(lowered->span_count, spans, "%s: %zu spans", pattern, lowered->span_count);
}

/* 64 strings are the limit: of one sequence, and of all. */
static const row many[] = {
    {"[ab]{7}", "| ''[a-b]{7}<0''"},
    {"[ab]{32}", "| ''[a-b]{32}<0''"},
    {"[a-m][a-e]", "| ''[a-m]{1}[a-e]{1}<0''"},
};

Test(regex_lowering, more_strings_than_the_limit_become_spans)
{
    EXPECT_ROWS(many);
    expect_counts("[a-d]{3}", 64, 0);
    expect_counts("[a-d]{3}|x[a-z]+", 64, 1);
    expect_counts("[a-d]{3}|xy", 64, 1);
    expect_counts("[a-m][a-d]|[a-l]xy", 64, 0);
    expect_counts("[a-m][a-d]|[a-m]xy", 52, 1);
}

static const row runs[] = {
    {"https://[a-z]+\\.a\\.com", "| 'https://'[a-z]{1,}<0'.a.com'"},
    {"https://.*\\.a\\.com", "| 'https://'[!-~]{0,}<0'.a.com'"},
    {"[a-z]+", "| ''[a-z]{1,}<0''"},
    {"x?[a-z]+", "| ''[a-z]{1,}<0'' | 'x'[a-z]{1,}<0''"},
    {"https://a+\\.com", "| 'https://'[a]{1,}<0'.com'"},
    {"[a-z]{2,5}\\.io", "| ''[a-z]{2,5}<0'.io'"},
    {"[^.]+\\.io", "| ''[!--/-~]{1,}<0'.io'"},
    {"[a-z]{3}[0-9]+x", "| ''[a-z]{3}[0-9]{1,}<0'x'"},
    {"[!~]+", "| ''[!~]{1,}<0''"},
    {"[ab]+a[ab]{10}", "| ''[a-b]{1,}<11'a'[a-b]{10}<0''"}, // thousands of states
    {"[a-z]{100}-[0-9]+x", "| ''[a-z]{100}'-'[0-9]{1,}<0'x'"},
    // the next text ends a run if the run cannot contain its first byte
    {"[a-z]+-x[0-9]+y[ab]+\\.com", "| ''[a-z]{1,}'-x'[0-9]{1,}'y'[a-b]{1,}<0'.com'"},
    {"[a-z]+0x[A-Z]+", "| ''[a-z]{1,}'0x'[A-Z]{1,}<0''"},
    {"[0-9]+ax[A-Z]+", "| ''[0-9]{1,}'ax'[A-Z]{1,}<0''"},
    {"[0-9]+5x[A-Z]+", "no"},
    {"[a-z]+zx[A-Z]+", "no"},
    // so does the next run if it must begin with another byte
    {"[a-z]+[0-9]+", "| ''[a-z]{1,}[0-9]{1,}<0''"},
    {"[0-9]+[a-z]+", "| ''[0-9]{1,}[a-z]{1,}<0''"},
    {"[a-z]+[0-9]*", "no"},
    {"[a-z]+[a0]+", "no"},
    {"[0-9]+[0a]+", "no"},
    {"[0-9]+(?:[a-z]+\\.)+x", "no"},
    // or else all that follows is of one length
    {"[a-z]+b[0-9]{2}c", "| ''[a-z]{1,}<3'b'[0-9]{2}<0'c'"},
    {"[a-z]+b[0-9]{2}x[0-9]{3}c", "| ''[a-z]{1,}<7'b'[0-9]{2}'x'[0-9]{3}<0'c'"},
    {"[a-z]+[a0]{2}", "| ''[a-z]{1,}<2[0a]{2}<0''"},
    {"[a-z]+b[0-9]{1,2}c", "no"},
    {"[a-z]+b[0-9]{2}[a-z]+c", "no"},
    // a sequence without a form leaves all of the regex to the automaton
    {"[a-z0-9]+|[a-z]+[0a]+", "no"},
    // eight runs at most
    {"[a-z]+0[a-z]+1[a-z]+2[a-z]+3[a-z]+4[a-z]+5[a-z]+6[a-z]+",
     "| "
     "''[a-z]{1,}'0'[a-z]{1,}'1'[a-z]{1,}'2'[a-z]{1,}'3'[a-z]{1,}'4'[a-z]{1,}'5'[a-z]{1,}'6'[a-z]{"
     "1,}<0''"},
    {"[a-z]+0[a-z]+1[a-z]+2[a-z]+3[a-z]+4[a-z]+5[a-z]+6[a-z]+7[a-z]+", "no"},
    {"[a-z]+0[a-z]+1[a-z]+2[a-z]+3[a-z]+4[a-z]+5[a-z]+6[a-z]+[a-y]*", "no"},
    {"x[a-z]+0[a-z]+1[a-z]+2[a-z]+3[a-z]+4[a-z]+5[a-z]+6[a-z]+(?::[0-9]+)?",
     "| "
     "'x'[a-z]{1,}'0'[a-z]{1,}'1'[a-z]{1,}'2'[a-z]{1,}'3'[a-z]{1,}'4'[a-z]{1,}'5'[a-z]{1,}'6'[a-z]{"
     "1,}<0''?:{1,}"},
};

Test(regex_lowering, texts_around_class_runs_become_spans)
{
    EXPECT_ROWS(runs);
}

static const row labels[] = {
    {"https://(?:[a-z]+\\.)*a\\.com", "| 'https://'([a-z]+.){0,}<0'a.com'"},
    {"(?:[a-z]+\\.)+", "| ''([a-z]+.){1,}<0''"},
    {"(?:[a-z]+\\.){2,4}x", "| ''([a-z]+.){2,4}<0'x'"},
    {"(?:[a-z]+\\.)?x", "= x | ''[a-z]{1,}<0'.x'"},
    {"(?:[a-z]+\\.)+[a-z]{2}", "| ''([a-z]+.){1,}<2[a-z]{2}<0''"},
    {"(?:[a-z]+\\.)*x[0-9]{3}y", "| ''([a-z]+.){0,}<4'x'[0-9]{3}<0'y'"},
    {"(?:[a-z]+\\.)*[0-9]+", "no"},
    {"(?:[0-9]+\\.)*x", "| ''([0-9]+.){0,}<0'x'"},
    {"(?:[a-z]+-)*x", "no"},
    {"(?:[a-z]*\\.)*x", "no"},
    {"(?:[a-z]{1,9}\\.)*x", "no"},
    // a label holds no dot: where the class has one, the form is another language
    {"(?:[a-z.]+\\.)*x", "no"},
    {"(?:.+\\.)*x", "no"},
    {"(?:\\.+\\.)*x", "no"},
    {"[!-~]+|(?:\\.+\\.)*x", "no"},
    {"[!-~]+|(?:\\.+\\.)*x:[0-9]+", "no"},
};

Test(regex_lowering, repeated_labels_become_one_piece)
{
    EXPECT_ROWS(labels);
}

static const row ports[] = {
    {"[a-z]+:[0-9]+", "| ''[a-z]{1,}<0'':{1,}"},
    {"https://[a-z]+:[0-9]+", "| 'https://'[a-z]{1,}<0'':{1,}"},
    {"https://[a-z]+x:[0-9]+", "| 'https://'[a-z]{1,}<0'x':{1,}"},
    {"https://[a-z]+:[0-9]{2,5}", "| 'https://'[a-z]{1,}<0'':{2,5}"},
    {"https://[a-z]+:[0-9]{255}", "| 'https://'[a-z]{1,}<0'':{255}"},
    {"https://[a-z]+:[0-9]{1,255}", "| 'https://'[a-z]{1,}<0'':{1,255}"},
    {"https://[a-z]+(?::[0-9]+)?", "| 'https://'[a-z]{1,}<0''?:{1,}"},
    {"https://[a-z]+(?:|:[0-9]{4})", "| 'https://'[a-z]{1,}<0''?:{4}"},
    {"https://[a-z]+(?::[0-9]{2}|:[0-9]{4})?",
     "| 'https://'[a-z]{1,}<0''?:{2} | 'https://'[a-z]{1,}<0'':{4}"},
    {"https://a\\.com(?::[0-9]+)?", "= https://a.com | 'https://a.com:'[0-9]{1,}<0''"},
    // no port: another run
    {"https://[a-z]+:[0-9]{256}", "| 'https://'[a-z]{1,}':'[0-9]{256}<0''"},
    {"https://[a-z]+:[0-9]{1,256}", "| 'https://'[a-z]{1,}':'[0-9]{1,256}<0''"},
    {"https://[a-z]+:[0-9]{256,}", "| 'https://'[a-z]{1,}':'[0-9]{256,}<0''"},
    {"https://[a-z]+:[0-9]*", "| 'https://'[a-z]{1,}':'[0-9]{0,}<0''"},
    {"https://[a-z]+:[0-8]+", "| 'https://'[a-z]{1,}':'[0-8]{1,}<0''"},
    {"https://[a-z]+:[0-9a]+", "| 'https://'[a-z]{1,}':'[0-9a]{1,}<0''"},
    {"https://[a-z]+-[0-9]+", "| 'https://'[a-z]{1,}'-'[0-9]{1,}<0''"},
    {"https://[A-Z]+(?:[a-z]+\\.){2}", "no"},
    {":[0-9]+", "| ':'[0-9]{1,}<0''"},
};

Test(regex_lowering, digits_behind_a_colon_become_the_port)
{
    EXPECT_ROWS(ports);
}

/* Two forms are joined if the port is all they differ in. */
static const row pairs[] = {
    {"x[a-z]+y|x[a-z]+y:[0-9]+", "| 'x'[a-z]{1,}<0'y'?:{1,}"},
    {"x[a-z]+y:[0-9]+|x[a-z]+y", "| 'x'[a-z]{1,}<0'y'?:{1,}"},
    {"1[a-z]+y|2[a-z]+y:[0-9]+", "| '1'[a-z]{1,}<0'y' | '2'[a-z]{1,}<0'y':{1,}"},
    {"x[a-z]+1|x[a-z]+2:[0-9]+", "| 'x'[a-z]{1,}<0'1' | 'x'[a-z]{1,}<0'2':{1,}"},
    {"x[a-z]+|x[a-y]+:[0-9]+", "| 'x'[a-z]{1,}<0'' | 'x'[a-y]{1,}<0'':{1,}"},
    {"x[1-9]+y|x[2-9]+y:[0-9]+", "| 'x'[1-9]{1,}<0'y' | 'x'[2-9]{1,}<0'y':{1,}"},
    {"x[a-z]+|x[a-z]{2,}:[0-9]+", "| 'x'[a-z]{1,}<0'' | 'x'[a-z]{2,}<0'':{1,}"},
    {"x[a-z]+|x[a-z]{1,3}:[0-9]+", "| 'x'[a-z]{1,}<0'' | 'x'[a-z]{1,3}<0'':{1,}"},
    {"x[a-z]{2}1[0-9]+y|x[a-z]{2}2[0-9]+y:[0-9]+",
     "| 'x'[a-z]{2}'1'[0-9]{1,}<0'y' | 'x'[a-z]{2}'2'[0-9]{1,}<0'y':{1,}"},
    {"x[a-z]{2}[0-9]+y|x[0-9]+y:[0-9]+", "| 'x'[a-z]{2}[0-9]{1,}<0'y' | 'x'[0-9]{1,}<0'y':{1,}"},
    {"x(?:[a-z]+\\.)*y|x[a-z]*y:[0-9]+", "| 'x'([a-z]+.){0,}<0'y' | 'x'[a-z]{0,}<0'y':{1,}"},
};

Test(regex_lowering, forms_that_differ_in_the_port_alone_are_joined)
{
    EXPECT_ROWS(pairs);
}

/* `first`, then "[a-z]+" and `last` behind each of `count` different texts. */
static const char *many_spans(const char *first, char count, const char *last)
{
    static char pattern[1024];
    size_t size = (size_t)snprintf(pattern, sizeof(pattern), "%s", first);
    for (char i = 0; i < count; i++)
        size += (size_t)snprintf(pattern + size, sizeof(pattern) - size, "|%cx[a-z]+%s",
                                 i < 26 ? 'A' + i : '0' + i - 26, last);
    return pattern;
}

Test(regex_lowering, a_regex_gets_32_spans_at_most)
{
    expect_counts(many_spans("", 32, ""), 0, 32);
    expect_counts(many_spans("[a-d]{3}", 30, "(?::[0-9]+)?"), 64, 30);
    const char *more = many_spans("[A-Z0-9]x[a-z]+", 32, ""); // although the first says it all
    cr_expect_str_eq(text_of(lower_against(more, more)), "no");
}

/* ---- the proof --------------------------------------------------------------------------- */

/* The automaton is believed, not the tree that the form is made of. */
static const struct {
    const char *pattern, *automaton;
    bool equal;
} proofs[] = {
    {"abc", "abc", true},
    {"abc", "ab[c]|a\\x7f*bc", true},
    {"abc", "abc|\\x20|\\x7f+|\\xe9", true}, // differences that no plain origin shows
    {"abc", "abd", false},
    {"abc", "abc|abd", false},
    {"abc", "abc|ab", false},
    {"abc", "abc|", false},
    {"abc|", "abc", false},
    {"abc|", "abc|", true},
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"a|!", "a", false}, // the first plain byte
    {"a", "a|!", false},
    {"a|~", "a", false}, // the last
    {"a", "a|~", false},
    {"a", "[^b]", false},
    {"[^b]", "a", false},
    {"[a-z]+", "[a-z]+", true},
    {"[a-z]+", "[a-y]+", false},
    {"[a-z]+", "[a-z]*", false},
    {"[a-z]+", "[a-z]{1,40}", false},
    {"[a-z]{1,40}", "[a-z]{1,41}", false},
    {"[a-z]{1,40}", "[a-z]{1,40}", true},
    {"x[a-z]+y", "x[a-z]+z", false},
    {"x[a-z]+y", "x[a-z]+", false},
    {"x[a-z]+(?::[0-9]+)?", "x[a-z]+", false},
    {"x[a-z]+", "x[a-z]+(?::[0-9]+)?", false},
    {"x[a-z]+(?::[0-9]+)?", "x[a-z]+:[0-9]+", false},
    {"x[a-z]+:[0-9]+", "x[a-z]+:[0-9]+", true},
    {"x[a-z]+:[0-9]+", "x[a-z]+:[1-9]+", false},
    {"x[a-z]+:[0-9]{2,}", "x[a-z]+:[0-9]{2,9}", false},
    {"x[a-z]+:[0-9]{2,9}", "x[a-z]+:[0-9]{2,}", false},
    {"(?:[a-z]+\\.)*x", "(?:[a-z]+\\.)+x", false},
    {"(?:[a-z]+\\.)*x", "(?:[a-z]*\\.)*x", false},
    {"(?:[a-z.]+\\.)*x", "(?:[a-z]+\\.)*x", true}, // what the form means, not what was written
    {"a{900}b", "a{900}c", false},
    {"[a-z]{900}b[0-9]+", "[a-z]{900}c[0-9]+", false},
    {"[a-z]{900}b[0-9]+", "[a-z]{900}b[0-9]+", true},
    {"a", "(?:a|b)*a(?:a|b){20}", false}, // no DFA, no proof
    {"(?:a|b)*a(?:a|b){20}", "a", false},
};

Test(regex_lowering, what_differs_on_plain_origins_is_not_proved)
{
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
        cr_expect_eq(lower_against(proofs[i].pattern, proofs[i].automaton)->proved, proofs[i].equal,
                     "%s as %s", proofs[i].pattern, proofs[i].automaton);
}

/* A text of n bytes needs n + 1 states and the dead one; an automaton has 4096 at most. */
Test(regex_lowering, the_longest_text_fills_the_automaton)
{
    const char *longest = "a{1000}b{1000}c{1000}d{1000}e{94}";
    const csc_lowered *lowered = lower_against(longest, longest);
    cr_assert_eq(lowered->key_count, 1);
    cr_expect_eq(lowered->keys[0].size, 4094);
    const char *longer = "a{1000}b{1000}c{1000}d{1000}e{95}";
    cr_expect_str_eq(text_of(lower_against(longer, longer)), "no");
}

Test(regex_lowering, what_was_lowered_stays)
{
    const csc_lowered *first = lower_against("https://(?:a|[b-z]+x)", "https://(?:a|[b-z]+x)");
    const csc_lowered *second = lower_against("(?:xx|yy)[0-9]+|zz", "(?:xx|yy)[0-9]+|zz");
    cr_expect_str_eq(text_of(first), "= https://a | 'https://'[b-z]{1,}<0'x'");
    cr_expect_str_eq(text_of(second), "= zz | 'xx'[0-9]{1,}<0'' | 'yy'[0-9]{1,}<0''");
}
