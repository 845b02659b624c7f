// SPDX-License-Identifier: Apache-2.0
// A regex as sequences of texts, runs and labels: which ones, in which order, and where the limits are.
#include "compiler/regex/expansion.h"
#include "unit/compiler/regex/show.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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

TestSuite(regex_expansion, .init = open_arena, .fini = close_arena);

static void show_item(const csc_item *item)
{
    if (item->kind == CSC_ITEM_TEXT) {
        show_text(item->text);
        return;
    }
    if (item->kind == CSC_ITEM_LABELS)
        show("(");
    show_class(item->bits);
    if (item->kind == CSC_ITEM_LABELS)
        show("+.)");
    show_counts(item->min, item->max);
}

/* Opens *expansion: close it with free(sequences). */
static bool expand(const char *pattern, csc_regex_encoding encoding, csc_expansion *expansion)
{
    csc_regex *regex;
    csc_regex_error error;
    const csc_regex_limits limits = {.pattern_bytes = 4096, .encoding = encoding};
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), &limits, &regex, &error), CORSAC_OK,
                 "%s", pattern);
    *expansion = (csc_expansion){.arena = arena};
    return csc_regex_expand(expansion, regex->root);
}

static const char *text_of(const char *pattern, csc_regex_encoding encoding)
{
    csc_expansion expansion;
    show_begin();
    bool holds = expand(pattern, encoding, &expansion);
    if (holds && expansion.count == 0)
        show("none");
    for (size_t i = 0; holds && i < expansion.count; i++) {
        show("%s", i ? " | " : "");
        for (uint32_t k = 0; k < expansion.sequences[i].count; k++)
            show_item(&expansion.sequences[i].items[k]);
    }
    free(expansion.sequences);
    return holds ? show_end() : "no";
}

typedef struct row {
    const char *pattern, *sequences;
} row;

static void expect_rows(const row *rows, size_t count, csc_regex_encoding encoding)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = text_of(rows[i].pattern, encoding);
        cr_expect_str_eq(text, rows[i].sequences, "%s\n  gives %s\n  not   %s", rows[i].pattern,
                         text, rows[i].sequences);
    }
}

#define EXPECT_ROWS(rows, encoding) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]), encoding)

static const row shapes[] = {
    {"", ""},
    {"abc", "'abc'"},
    {"ab|", "'ab' | "},
    {"|ab", " | 'ab'"},
    {"a[b-d]e", "'a'[b-d]{1}'e'"},
    {"https?://(?:a|bc)", "'http://a' | 'https://a' | 'http://bc' | 'https://bc'"},
    {"(?:aa|bb)(?:cc|dd)", "'aacc' | 'bbcc' | 'aadd' | 'bbdd'"},
    {"x(?:aa|b[0-9]|)y", "'xaay' | 'xb'[0-9]{1}'y' | 'xy'"},
    {"a|b", "[a-b]{1}"},
    // neighbours of one class are one run
    {"[a-c][a-c]", "[a-c]{2}"},
    {"[a-c]+[a-c]*[a-c]{2,3}", "[a-c]{3,}"},
    {"[a-c]{2}[a-c]{1,3}x", "[a-c]{3,5}'x'"},
    {"[a-c]{2}[a-c]+x", "[a-c]{3,}'x'"},
    {"[a-c]+[a-c]x", "[a-c]{2,}'x'"},
    {"[a-c]+[a-d]+", "[a-c]{1,}[a-d]{1,}"},
    {"[a0]+[a1]+", "[0a]{1,}[1a]{1,}"},
    {"[a0]+[b0]+", "[0a]{1,}[0b]{1,}"},
    {"(?:ab|c)d(?:ef|g)", "'abdef' | 'cdef' | 'abdg' | 'cdg'"},
    // an optional byte is two texts, an optional class a run
    {"ab?c", "'ac' | 'abc'"},
    {"a[bc]?d", "'a'[b-c]{0,1}'d'"},
    {"ab*c", "'a'[b]{0,}'c'"},
    {"a{3}", "[a]{3}"},
    // other repeats are written out
    {"(?:ab)?c", "'c' | 'abc'"},
    {"(?:ab){2}c", "'ababc'"},
    {"x(?:ab){1,3}", "'xab' | 'xabab' | 'xababab'"},
    {"x(?:ab){4}", "'xabababab'"},
    {"x(?:ab){0,4}", "'x' | 'xab' | 'xabab' | 'xababab' | 'xabababab'"},
    {"x(?:ab){0,5}", "no"},
    {"x(?:ab){5}", "no"},
    {"(?:ab)*", "no"},
    {"x(?:a(?:bc)*){2}", "no"},
    {"(?:a|bc){2}", "'aa' | 'bca' | 'abc' | 'bcbc'"},
    // labels
    {"(?:[a-z]+\\.)*x", "([a-z]+.){0,}'x'"},
    {"(?:[a-z]+\\.){2,}x", "([a-z]+.){2,}'x'"},
    {"(?:[a-z]+\\.){1,9}x", "([a-z]+.){1,9}'x'"},
    {"(?:a+\\.)+x", "([a]+.){1,}'x'"},
    {"(?:[a-z]+\\.)?x", "'x' | [a-z]{1,}'.x'"},
    {"(?:[a-z]+\\.)x", "[a-z]{1,}'.x'"},
    {"(?:[a-z]+-)*x", "no"},
    {"(?:[a-z]+\\.\\.)*x", "no"},
    {"(?:[a-z]+[.:])*x", "no"},
    {"(?:[a-z]*\\.)*x", "no"},
    {"(?:[a-z]{2,}\\.)*x", "no"},
    {"(?:[a-z]{1,9}\\.)*x", "no"},
    {"(?:(?:ab)+\\.)*x", "no"},
    {"(?:[a-z]\\.)*x", "no"},
    {"(?:[a-z]+\\.[a-z])*x", "no"},
    {"(?:ab\\.)*x", "no"},
    {"a\\b[.b]", "no"},
};

Test(regex_expansion, a_regex_becomes_sequences)
{
    EXPECT_ROWS(shapes, CSC_REGEX_LATIN1);
}

/* Only what a plain origin can match is kept: bytes 0x21 to 0x7e. */
static const row plain[] = {
    {"[\\x20-\\x22]", "[!-\"]{1}"},
    {"[\\x7d-\\x7f]", "[}-~]{1}"},
    {".", "[!-~]{1}"},
    {"!~", "'!~'"},
    {"a\\x20b|c", "'c'"},
    {"a\\x7fb|c", "'c'"},
    {"\\x20|c", "[c]{1}"},
    {"a\\xe9|c", "'c'"},
    {"x[\\x00-\\x20]y|c", "'c'"},
    {"x[\\x7f-\\xff]y|cc", "'cc'"},
    {"x[\\x7f-\\xff]*y", "'xy'"},
    {"x\\x7f*y", "no"},
    {"x\\x7f+y|cc", "no"},
    {"x\\x7f?y", "'xy'"},
    {"(?:\\x7f+\\.)*x", "no"},
    {"a^b", "none"},
    {"\\x7f", "none"},
    {"(?:aa|\\x7f)x", "'aax'"},
    {"(?:\\x7f|aa)x", "'aax'"},
};

Test(regex_expansion, what_no_plain_origin_matches_is_left_out)
{
    EXPECT_ROWS(plain, CSC_REGEX_LATIN1);
}

static const row utf8[] = {
    {"a.b", "'a'[!-~]{1}'b'"},
    {"[é!]", "[!]{1}"},
    {"é|c", "[c]{1}"},
};

Test(regex_expansion, code_points_beyond_ascii_are_no_plain_bytes)
{
    EXPECT_ROWS(utf8, CSC_REGEX_UTF8);
}

/* `part` written `times` times. */
static const char *repeated(const char *part, size_t times)
{
    static char text[1024];
    text[0] = '\0';
    for (size_t i = 0; i < times; i++)
        strcat(text, part);
    return text;
}

/* That many texts that have nothing in common but their ends. */
static const char *branches(size_t count)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789<>";
    static char text[256];
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size +=
            (size_t)snprintf(text + size, sizeof(text) - size, "%s%cx", i ? "|" : "", letters[i]);
    return text;
}

static size_t sequence_count(const char *pattern)
{
    csc_expansion expansion;
    bool holds = expand(pattern, CSC_REGEX_LATIN1, &expansion);
    free(expansion.sequences);
    return holds ? expansion.count : 0;
}

Test(regex_expansion, a_class_has_the_ranges_that_it_counts)
{
    static const csc_regex_range ranges[] = {{'a', 'c'}, {'x', 'z'}, {'~', '~'}};
    const csc_regex_node node = {.kind = CSC_REGEX_BYTES, .ranges = ranges, .range_count = 2};
    csc_expansion expansion = {.arena = arena};
    cr_assert(csc_regex_expand(&expansion, &node));
    show_begin();
    show_item(&expansion.sequences[0].items[0]);
    cr_expect_str_eq(show_end(), "[a-cx-z]{1}");
    free(expansion.sequences);
}

// M-20: hostile patterns stay cheap.
Test(regex_expansion, sequences_and_items_are_limited)
{
    // 64, with those that the others are copied from
    cr_expect_eq(sequence_count(branches(63)), 63);
    cr_expect_eq(sequence_count(branches(64)), 0);
    cr_expect_eq(sequence_count(repeated("(?:aa|bb)", 5)), 32);
    cr_expect_eq(sequence_count(repeated("(?:aa|bb)", 6)), 0);
    cr_expect_eq(sequence_count(repeated("[a-z]-", 12)), 1);
    cr_expect_eq(sequence_count(repeated("[a-z]-", 13)), 0);
    cr_expect_eq(sequence_count(repeated("(?:[a-z]-)?", 12)), 0);
}
