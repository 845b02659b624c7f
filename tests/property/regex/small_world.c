// SPDX-License-Identifier: Apache-2.0
// Every pattern of up to N operators over a few atoms, on every text of up to five characters,
// against RE2. Usage: regex_small_world [OPERATORS [ATOMS]]; 3 and 5 by default. Exit status 1 on
// any difference.
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ATOMS = 9, TEXT_LENGTH = 5, MAX_PATTERN_BYTES = 128, MAX_SHOWN = 20 };

static const char *const atoms[MAX_ATOMS] = {"a", "b",    "^",      "\\b", ".",
                                             "$", "[^a]", "(?m:^)", "\\B"};
static const char *const unary[] = {"*", "+", "?", "{0,2}"};
static const char letters[] = {'a', 'b', '\n'};

typedef struct world {
    size_t atom_count;
    char (*texts)[TEXT_LENGTH];
    uint8_t *sizes;
    size_t text_count;
    unsigned long long patterns, comparisons, differences;
} world;

static void enumerate_texts(world *w)
{
    size_t limit = 1, total = 1;
    for (int i = 0; i < TEXT_LENGTH; i++) {
        limit *= sizeof letters;
        total += limit;
    }
    w->texts = calloc(total, sizeof *w->texts);
    w->sizes = calloc(total, 1);
    size_t from = 0, end = 1;
    while (w->sizes[from] < TEXT_LENGTH) { /* each text, longer by one letter */
        for (size_t k = 0; k < sizeof letters; k++, end++) {
            memcpy(w->texts[end], w->texts[from], TEXT_LENGTH);
            w->texts[end][w->sizes[from]] = letters[k];
            w->sizes[end] = (uint8_t)(w->sizes[from] + 1);
        }
        from++;
    }
    w->text_count = end;
}

static void check_pattern(world *w, const char *pattern)
{
    subject s;
    bool utf8 = w->patterns++ % 2;
    if (!subject_open(&s, (corsac_str){pattern, strlen(pattern)}, utf8) ||
        (s.regex != NULL) != re2_accepts(s.re2)) {
        printf("differs in acceptance: %s\n", pattern);
        w->differences++;
    } else if (s.regex) {
        for (size_t i = 0; i < w->text_count; i++) {
            const char *why;
            corsac_str text = {w->texts[i], w->sizes[i]};
            w->differences += subject_compare(&s, text, &why) == SUBJECT_DIFFERS;
            w->comparisons++;
        }
    }
    subject_close(&s);
}

/* Patterns with exactly so many operators, as continuations: each is handed to `next`. */
typedef struct continuation continuation;
struct continuation {
    void (*call)(world *w, const char *pattern, const continuation *self);
    const continuation *next;
    const char *left;
    const char *op;
    int operators;
};

static void build(world *w, int operators, const continuation *next);

static void finish_binary(world *w, const char *right, const continuation *self)
{
    char pattern[MAX_PATTERN_BYTES];
    snprintf(pattern, sizeof pattern, "(?:%s%s%s)", self->left, self->op, right);
    self->next->call(w, pattern, self->next);
}

static void build_right(world *w, const char *left, const continuation *self)
{
    continuation finish = {finish_binary, self->next, left, self->op, 0};
    build(w, self->operators, &finish);
}

static void add_unary(world *w, const char *inner, const continuation *self)
{
    char pattern[MAX_PATTERN_BYTES];
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
        snprintf(pattern, sizeof pattern, "(?:%s)%s", inner, unary[i]);
        self->next->call(w, pattern, self->next);
    }
}

static void build(world *w, int operators, const continuation *next)
{
    if (operators == 0) {
        for (size_t i = 0; i < w->atom_count; i++)
            next->call(w, atoms[i], next);
        return;
    }
    continuation repeat = {add_unary, next, NULL, NULL, 0};
    build(w, operators - 1, &repeat);
    for (int left = 0; left < operators; left++) {
        continuation sequence = {build_right, next, NULL, "", operators - 1 - left};
        build(w, left, &sequence);
        continuation choice = {build_right, next, NULL, "|", operators - 1 - left};
        build(w, left, &choice);
    }
}

static void check(world *w, const char *pattern, const continuation *self)
{
    (void)self;
    if (w->differences < MAX_SHOWN)
        check_pattern(w, pattern);
}

int main(int argc, char **argv)
{
    int operators = argc > 1 ? atoi(argv[1]) : 3;
    world w = {.atom_count = argc > 2 ? (size_t)atoi(argv[2]) : 5};
    if (operators < 0 || w.atom_count < 1 || w.atom_count > MAX_ATOMS)
        return 2;
    enumerate_texts(&w);
    continuation end = {check, NULL, NULL, NULL, 0};
    for (int i = 0; i <= operators; i++)
        build(&w, i, &end);
    printf("%llu patterns of up to %d operators over %zu atoms, %zu texts: %llu comparisons, "
           "%llu differences\n",
           w.patterns, operators, w.atom_count, w.text_count, w.comparisons, w.differences);
    free(w.texts);
    free(w.sizes);
    return w.differences != 0;
}
