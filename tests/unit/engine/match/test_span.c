// SPDX-License-Identifier: Apache-2.0
// Spans laid out by hand, each beside the extended regex that says the same, which the regcomp() of libc decides:
// all short texts over a small alphabet, and those that long labels and runs make of them.
#include "engine/match/block.h"
#include "engine/match/span.h"

#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIECES = 3, LETTERS = 0, DIGITS, ALL, BITMAP, CLASSES };

typedef struct span_case {
    const char *regex;
    const char *prefix, *suffix;
    struct {
        unsigned kind, class_index;
        uint32_t min, max;
        const char *literal;
        uint32_t tail_bytes;
    } pieces[MOST_PIECES];
    uint32_t piece_count, min_bytes;
    uint8_t port, port_min, port_max;
} span_case;

typedef struct fixture {
    cse_origin_sections sections;
    cse_origin_set set;
    cse_origin_span spans[4];
    cse_origin_piece pieces[4 * MOST_PIECES];
    cse_origin_class classes[CLASSES];
    uint8_t keys[512];
    uint32_t keys_used;
    bool quick; /* shapes that promise something, where the promise holds */
} fixture;

static void add_range(cse_origin_class *class, int first, int last)
{
    for (uint32_t slot = class->range_count; slot < CSE_CLASS_RANGES; slot++) {
        memset(class->ranges[slot].shift, 127 - last, 16);
        memset(class->ranges[slot].limit, 126 - (last - first), 16);
    }
    class->range_count++;
    for (int byte = first; byte <= last; byte++)
        class->bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
}

static void start(fixture *f, bool quick)
{
    memset(f, 0, sizeof(*f));
    f->quick = quick;
    add_range(&f->classes[LETTERS], 'a', 'c');
    add_range(&f->classes[DIGITS], '0', '9');
    add_range(&f->classes[ALL], 0x21, 0x7e);
    add_range(&f->classes[BITMAP], 'a', 'b');
    add_range(&f->classes[BITMAP], 'd', 'd');
    f->classes[BITMAP].range_count = CSE_CLASS_BITMAP_ONLY;
    memset(f->classes[BITMAP].ranges, 0, sizeof(f->classes[BITMAP].ranges)); /* not looked at */
    f->sections = (cse_origin_sections){
        .keys = f->keys, .spans = f->spans, .pieces = f->pieces, .classes = f->classes};
}

static uint32_t put(fixture *f, const char *text)
{
    uint32_t at = f->keys_used;
    cr_assert_lt(at + strlen(text), sizeof(f->keys));
    memcpy(f->keys + at, text, strlen(text));
    f->keys_used += (uint32_t)strlen(text);
    return at;
}

/* As much of an end as the record has room for. */
static void put_ends(fixture *f, cse_origin_span *span, const char *prefix, const char *suffix)
{
    size_t head = strlen(prefix), tail = strlen(suffix);
    cr_assert(head <= 16 && tail <= 16);
    memcpy(span->head, prefix, head);
    memcpy(span->tail + 16 - tail, suffix, tail);
    span->tail_mask = (uint16_t)(((1u << tail) - 1) << (16 - tail));
    span->edge_mask = (uint32_t)((1u << head) - 1);
    if (span->port == CSE_SPAN_NO_PORT)
        span->edge_mask |= (uint32_t)span->tail_mask << 16;
    span->prefix_bytes = (uint16_t)head;
    span->suffix_bytes = (uint16_t)tail;
    span->texts = f->keys_used;
}

/* What the compiler would make of it. */
static void choose_shape(fixture *f, cse_origin_span *span, const span_case *c)
{
    const cse_origin_piece *pieces = &f->pieces[span->pieces];
    bool runs = c->piece_count > 0;
    for (uint32_t i = 0; i < c->piece_count; i++)
        runs = runs && pieces[i].kind != CSE_PIECE_LABELS && pieces[i].literal_bytes <= 8 &&
               pieces[i].class_index != BITMAP;
    if (runs)
        span->shape = CSE_SPAN_RUNS;
    if (c->piece_count != 1 || pieces->literal_bytes > 0 || pieces->class_index == BITMAP ||
        pieces->max != UINT32_MAX || (pieces->kind == CSE_PIECE_LABELS && pieces->min > 1))
        return;
    span->shape = pieces->kind == CSE_PIECE_LABELS ? CSE_SPAN_LABELS : CSE_SPAN_FILL;
    span->least = (uint8_t)pieces->min;
    span->class_index = pieces->class_index;
}

static void add(fixture *f, const span_case *c)
{
    uint32_t index = f->set.span_count++, first = index * MOST_PIECES;
    f->set.flags = CSE_ORIGIN_SPANS;
    f->spans[index] = (cse_origin_span){.pieces = first,
                                        .piece_count = (uint8_t)c->piece_count,
                                        .port = c->port,
                                        .port_min = c->port_min,
                                        .port_max = c->port_max,
                                        .order = CSE_SPAN_LAST,
                                        .min_bytes = (uint16_t)c->min_bytes};
    if (index > 0)
        f->spans[index - 1].order = 0;
    put_ends(f, &f->spans[index], c->prefix, c->suffix);
    for (uint32_t i = 0; i < c->piece_count; i++) {
        size_t size = strlen(c->pieces[i].literal);
        f->pieces[first + i] = (cse_origin_piece){
            .min = c->pieces[i].min,
            .max = c->pieces[i].max,
            .literal_bytes = (uint16_t)size,
            .literal_shift = (uint8_t)(size > 0 && size <= 8 ? 64 - 8 * size : 0),
            .kind = (uint8_t)c->pieces[i].kind,
            .class_index = c->pieces[i].class_index,
            .tail_bytes = c->pieces[i].tail_bytes};
        if (size > 8)
            f->pieces[first + i].literal = put(f, c->pieces[i].literal);
        else
            memcpy(f->pieces[first + i].text, c->pieces[i].literal, size);
    }
    if (f->quick)
        choose_shape(f, &f->spans[index], c);
}

#define NO_BOUND UINT32_MAX
#define RUN      CSE_PIECE_RUN
#define FILL     CSE_PIECE_FILL
#define LABELS   CSE_PIECE_LABELS

static const span_case CASES[] = {
    {"^ab$", "a", "b", {{0}}, 0, 2, 0, 0, 0},
    {"^aa$", "aa", "", {{0}}, 0, 2, 0, 0, 0},
    {"^a(:[0-9]+)?$", "a", "", {{0}}, 0, 1, CSE_SPAN_OPTIONAL_PORT, 1, 0},
    {"^a:[0-9]+$", "a", "", {{0}}, 0, 1, CSE_SPAN_PORT, 1, 0},
    {"^a(:[0-9]{2,3})?$", "", "a", {{0}}, 0, 1, CSE_SPAN_OPTIONAL_PORT, 2, 3},
    {"^a:[0-9]{2}$", "", "a", {{0}}, 0, 1, CSE_SPAN_PORT, 2, 2},
    {"^a[abc]*\\.$", "a", ".", {{RUN, LETTERS, 0, NO_BOUND, "", 0}}, 1, 2, 0, 0, 0},
    {"^a[abc]+\\.$", "a", "", {{RUN, LETTERS, 1, NO_BOUND, ".", 0}}, 1, 3, 0, 0, 0},
    {"^[abc]{2,3}\\.a$", "", "a", {{RUN, LETTERS, 2, 3, ".", 0}}, 1, 4, 0, 0, 0},
    {"^[abc]{1,2}$", "", "", {{RUN, LETTERS, 1, 2, "", 0}}, 1, 1, 0, 0, 0},
    {"^[abc]+\\.[0-9]{1,2}(:[0-9]+)?$",
     "",
     "",
     {{RUN, LETTERS, 1, NO_BOUND, ".", 0}, {RUN, DIGITS, 1, 2, "", 0}},
     2,
     3,
     CSE_SPAN_OPTIONAL_PORT,
     1,
     0},
    {"^[abd]+\\.a$", "", "a", {{RUN, BITMAP, 1, NO_BOUND, ".", 0}}, 1, 3, 0, 0, 0},
    {"^a.*a$", "a", "a", {{FILL, ALL, 0, NO_BOUND, "", 0}}, 1, 2, 0, 0, 0},
    {"^a.{1,3}a$", "a", "a", {{FILL, ALL, 1, 3, "", 0}}, 1, 3, 0, 0, 0},
    {"^a[abc]*aa$", "a", "", {{FILL, LETTERS, 0, NO_BOUND, "aa", 2}}, 1, 3, 0, 0, 0},
    {"^[abd]{1,4}a(:[0-9]+)?$",
     "",
     "a",
     {{FILL, BITMAP, 1, 4, "", 0}},
     1,
     2,
     CSE_SPAN_OPTIONAL_PORT,
     1,
     0},
    {"^.+a\\.[abc]{2}$",
     "",
     "",
     {{FILL, ALL, 1, NO_BOUND, "a.", 4}, {RUN, LETTERS, 2, 2, "", 0}},
     2,
     5,
     0,
     0,
     0},
    {"^([abc]+\\.)*a$", "", "a", {{LABELS, LETTERS, 0, NO_BOUND, "", 0}}, 1, 1, 0, 0, 0},
    {"^a([abc]+\\.)+(:[0-9]{1,2})?$",
     "a",
     "",
     {{LABELS, LETTERS, 1, NO_BOUND, "", 0}},
     1,
     3,
     CSE_SPAN_OPTIONAL_PORT,
     1,
     2},
    {"^([abc]+\\.){1,2}a$", "", "", {{LABELS, LETTERS, 1, 2, "a", 1}}, 1, 3, 0, 0, 0},
    {"^([abc]+\\.){2,}a$", "", "a", {{LABELS, LETTERS, 2, NO_BOUND, "", 0}}, 1, 5, 0, 0, 0},
    {"^([abd]+\\.)*a$", "", "a", {{LABELS, BITMAP, 0, NO_BOUND, "", 0}}, 1, 1, 0, 0, 0},
    {"^([^.]+\\.)*a$", "", "a", {{LABELS, ALL, 0, NO_BOUND, "", 0}}, 1, 1, 0, 0, 0},
    {"^[abc]+\\.[abc]+a$",
     "",
     "a",
     {{RUN, LETTERS, 1, NO_BOUND, ".", 0}, {FILL, LETTERS, 1, NO_BOUND, "", 0}},
     2,
     4,
     0,
     0,
     0},
    {"^[abc]{2}[abc]*\\.[0-9]{1,3}$",
     "",
     "",
     {{RUN, LETTERS, 2, 2, "", 0},
      {RUN, LETTERS, 0, NO_BOUND, ".", 0},
      {FILL, DIGITS, 1, 3, "", 0}},
     3,
     4,
     0,
     0,
     0},
    {"^[abc]{1,4}[0-9]{1,2}(:[0-9]+)?$",
     "",
     "",
     {{RUN, LETTERS, 1, 4, "", 0}, {FILL, DIGITS, 1, 2, "", 0}},
     2,
     2,
     CSE_SPAN_OPTIONAL_PORT,
     1,
     0},
    {"^[abc]*\\.aaaaaaaaa[abc]*$",
     "",
     "",
     {{RUN, LETTERS, 0, NO_BOUND, ".aaaaaaaaa", 0}, {FILL, LETTERS, 0, NO_BOUND, "", 0}},
     2,
     10,
     0,
     0,
     0},
    {"^a:[0-9]+$", "a", "", {{0}}, 0, 1, CSE_SPAN_PORT, 0, 0},
    {"^:[0-9]+$", "", "", {{0}}, 0, 2, CSE_SPAN_PORT, 1, 0},
};
enum { COUNT = sizeof(CASES) / sizeof(CASES[0]) };

/* In memory of exactly its size, so that a step beyond is seen. */
static bool holds(const fixture *f, const char *text, size_t size)
{
    char *copy = malloc(size);
    memcpy(copy, text, size);
    bool held = cse_spans_hold(&f->sections, &f->set, (corsac_str){copy, size});
    free(copy);
    return held;
}

/* Text number n over the alphabet, each letter standing for `length` of it. */
static size_t spell(char *out, size_t n, size_t letters, size_t length)
{
    static const char alphabet[] = {'a', 'b', '.', ':', '1'};
    size_t size = 0;
    for (size_t i = 0; i < letters; i++, n /= sizeof(alphabet)) {
        char byte = alphabet[n % sizeof(alphabet)];
        for (size_t k = 0; k < (byte == 'a' || byte == 'b' ? length : 1); k++)
            out[size++] = byte;
    }
    out[size] = '\0';
    return size;
}

static size_t power(size_t base, size_t exponent)
{
    size_t all = 1;
    for (; exponent > 0; exponent--)
        all *= base;
    return all;
}

/* Every text of so many letters, decided by both. */
static void agree(const fixture *f, const regex_t *regex, const char *what, size_t letters,
                  size_t length)
{
    char text[256];
    for (size_t n = 0; n < power(5, letters); n++) {
        size_t size = spell(text, n, letters, length);
        bool wanted = regexec(regex, text, 0, NULL, 0) == 0;
        cr_assert_eq(holds(f, text, size), wanted, "%s on %s", what, text);
    }
}

static void check(bool quick, size_t letters, size_t length)
{
    for (size_t i = 0; i < COUNT; i++) {
        fixture f;
        regex_t regex;
        start(&f, quick);
        add(&f, &CASES[i]);
        cr_assert_eq(regcomp(&regex, CASES[i % COUNT].regex, REG_EXTENDED | REG_NOSUB), 0);
        for (size_t count = 1; count <= letters; count++)
            agree(&f, &regex, CASES[i].regex, count, length);
        regfree(&regex);
    }
}

Test(span, short_texts_are_decided_as_by_libc) // M-20
{
    check(false, 6, 1);
    check(true, 6, 1);
}

/* Around the 16 bytes of a block, and the 32 that labels are read by. */
Test(span, long_texts_are_decided_as_by_libc) // M-20
{
    static const size_t lengths[] = {3, 4, 5, 7, 8, 13, 15, 16, 17, 19, 31, 33};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        check(false, 4, lengths[i]);
        check(true, 4, lengths[i]);
    }
}

Test(span, runs_and_labels_of_every_length) // M-20
{
    for (size_t i = 0; i < 2 * COUNT; i++) {
        fixture f;
        regex_t regex;
        start(&f, i >= COUNT);
        add(&f, &CASES[i % COUNT]);
        cr_assert_eq(regcomp(&regex, CASES[i % COUNT].regex, REG_EXTENDED | REG_NOSUB), 0);
        for (size_t size = 1; size <= 140; size++)
            for (size_t k = 0; k < 6; k++) { /* labels of four, one long run, a wrong byte */
                char text[256];
                for (size_t at = 0; at < size; at++)
                    text[at] = k < 3 && at % 5 == 4 ? '.' : "abc"[at % 3];
                if (k % 3 == 1)
                    text[size / 2] = '-';
                if (k % 3 == 2)
                    text[size / 2] = '.';
                strcpy(text + size, k < 4 ? ".a" : "a:12");
                bool wanted = regexec(&regex, text, 0, NULL, 0) == 0;
                cr_assert_eq(holds(&f, text, strlen(text)), wanted, "%s on %s",
                             CASES[i % COUNT].regex, text);
            }
        regfree(&regex);
    }
}

/* A port is digits behind the last colon, whatever stands before, however many they are. */
Test(span, ports_of_every_length) // M-20
{
    for (size_t i = 0; i < 2 * COUNT; i++) {
        fixture f;
        regex_t regex;
        start(&f, i >= COUNT);
        add(&f, &CASES[i % COUNT]);
        cr_assert_eq(regcomp(&regex, CASES[i % COUNT].regex, REG_EXTENDED | REG_NOSUB), 0);
        for (size_t digits = 0; digits < 40; digits++)
            for (size_t bad = 0; bad <= digits; bad++) { /* bad == digits: none */
                static const char *const heads[] = {
                    "a:", "a.a:", ":", "", "a::", "1:", "aaaaaaaaaaaaaaaaaaaa:"};
                for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
                    char text[128];
                    size_t head = strlen(heads[h]);
                    strcpy(text, heads[h]);
                    memset(text + head, "079"[digits % 3], digits);
                    text[head + digits] = '\0';
                    if (bad < digits)
                        text[head + bad] = digits % 2 ? '/' : ':';
                    if (text[0] == '\0')
                        continue;
                    bool wanted = regexec(&regex, text, 0, NULL, 0) == 0;
                    cr_assert_eq(holds(&f, text, strlen(text)), wanted, "%s on %s",
                                 CASES[i % COUNT].regex, text);
                }
            }
        regfree(&regex);
    }
}

/* The least size only spares work: what an image says of it decides nothing. */
Test(span, a_least_size_that_is_too_small_changes_nothing) // F-7
{
    for (size_t i = 0; i < 2 * COUNT; i++) {
        fixture f;
        regex_t regex;
        start(&f, i >= COUNT);
        add(&f, &CASES[i % COUNT]);
        f.spans[0].min_bytes = (uint16_t)(f.spans[0].prefix_bytes + f.spans[0].suffix_bytes);
        cr_assert_eq(regcomp(&regex, CASES[i % COUNT].regex, REG_EXTENDED | REG_NOSUB), 0);
        for (size_t count = 1; count <= 5; count++)
            agree(&f, &regex, CASES[i % COUNT].regex, count, 1);
        regfree(&regex);
    }
}

Test(span, of_a_list_each_is_asked) // C-9
{
    fixture f;
    start(&f, false);
    add(&f, &CASES[0]);
    add(&f, &CASES[1]);
    add(&f, &CASES[9]);
    cr_expect(holds(&f, "ab", 2));
    cr_expect(holds(&f, "aa", 2));
    cr_expect(holds(&f, "c", 1));
    cr_expect_not(holds(&f, "d", 1));
    f.spans[1].order = CSE_SPAN_LAST;
    cr_expect_not(holds(&f, "c", 1), "behind the list");
}

/* The first span has the ends of every text, the second alone matches "abca". */
Test(span, a_span_that_decides_or_is_the_last_is_the_last_asked) // C-9, F-7
{
    static const struct {
        uint8_t order;
        bool wanted;
    } rows[] = {{0, true},
                {CSE_SPAN_DECIDES, false},
                {CSE_SPAN_LAST, false},
                {CSE_SPAN_LAST | CSE_SPAN_DECIDES, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture f;
        start(&f, true);
        add(&f, &CASES[9]);
        add(&f, &CASES[12]);
        cr_assert_str_eq(CASES[9].regex, "^[abc]{1,2}$");
        cr_assert_str_eq(CASES[12].regex, "^a.*a$");
        f.spans[0].order = rows[i].order;
        cr_expect(holds(&f, "ab", 2));
        cr_expect_eq(holds(&f, "abca", 4), rows[i].wanted, "%u", rows[i].order);
    }
}
