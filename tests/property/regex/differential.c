// SPDX-License-Identifier: Apache-2.0
// Corsac's regexes against RE2: generated and mutated patterns, texts sampled from each automaton,
// from its complement and one edit away, in both encodings and in every form that serves
// (automaton, DFA program, NFA program). Usage: regex_differential [COMPARISONS [SEED]]. Exit
// status 1 on any unexplained difference.
#include "generate.h"
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXTS_PER_PATTERN = 48,
    MAX_REASONS = 16,
    MAX_DIFFERENCES = 20,
    ROWS_SAMPLE = 40,      /* one text in so many is written */
    LEAST_EQUAL_SIZES = 95 /* percent; the rest are Unicode versions and RE2's own changes */
};

typedef struct tally {
    unsigned long long comparisons, matches, patterns, refused, over_budget, differences;
    unsigned long long sizes, equal_sizes;
    FILE *rows;
    struct {
        const char *why;
        unsigned long long count;
    } reasons[MAX_REASONS];
} tally;

static void count_reason(tally *t, const char *why)
{
    for (size_t i = 0; i < MAX_REASONS; i++) {
        if (!t->reasons[i].why)
            t->reasons[i].why = why;
        if (t->reasons[i].why == why) {
            t->reasons[i].count++;
            return;
        }
    }
}

static void write_hex(FILE *out, corsac_str bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        fprintf(out, "%02x", (unsigned char)bytes.data[i]);
}

static void write_row(const tally *t, const subject *s, corsac_str text, bool answer)
{
    if (!t->rows)
        return;
    fprintf(t->rows, "%c\t", s->utf8 ? 'u' : 'l');
    write_hex(t->rows, s->pattern);
    fputc('\t', t->rows);
    write_hex(t->rows, text);
    fprintf(t->rows, "\t%d\n", answer);
}

/* M-22: the size RE2 reports. */
static void compare_sizes(tally *t, const subject *s)
{
    t->sizes++;
    t->equal_sizes += s->regex->program_size == (uint32_t)re2_program_size(s->re2);
    if (!t->rows)
        return;
    fprintf(t->rows, "%c\t", s->utf8 ? 'u' : 'l');
    write_hex(t->rows, s->pattern);
    fprintf(t->rows, "\tsize\t%u\n", s->regex->program_size);
}

static void compare_texts(tally *t, random_source *r, const subject *s)
{
    char text[MAX_TEXT];
    sampler samples;
    sampler_open(&samples, s->automaton, s->pattern);
    for (int i = 0; i < TEXTS_PER_PATTERN; i++) {
        const char *why;
        corsac_str sample = {text, generate_text(r, &samples, text)};
        subject_verdict verdict = subject_compare(s, sample, &why);
        bool answer = csc_regex_automaton_match(s->automaton, sample);
        t->matches += answer;
        if (verdict == SUBJECT_EXPLAINED || t->comparisons % ROWS_SAMPLE == 0)
            write_row(t, s, sample, answer);
        t->comparisons++;
        if (verdict == SUBJECT_EXPLAINED)
            count_reason(t, why);
        t->differences += verdict == SUBJECT_DIFFERS;
    }
}

static void compare_pattern(tally *t, random_source *r, corsac_str pattern, bool utf8)
{
    subject s;
    const char *why;
    t->patterns++;
    if (!subject_open(&s, pattern, utf8)) {
        t->differences++;
    } else {
        subject_verdict verdict = subject_compare_grammar(&s, &why);
        if (verdict == SUBJECT_EXPLAINED)
            count_reason(t, why);
        if (verdict == SUBJECT_DIFFERS) {
            t->differences++;
            printf("grammar: %s (%s), RE2 says %s: ", s.regex ? "accepted" : s.error.message.data,
                   utf8 ? "utf8" : "latin1", re2_accepts(s.re2) ? "fine" : re2_error(s.re2));
            print_bytes(pattern);
            putchar('\n');
        }
        t->refused += s.regex == NULL;
        t->over_budget += s.automaton && !csc_regex_automaton_is_dfa(s.automaton);
        if (s.regex && re2_accepts(s.re2)) {
            compare_sizes(t, &s);
            compare_texts(t, r, &s);
        }
    }
    subject_close(&s);
}

int main(int argc, char **argv)
{
    unsigned long long wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20251105;
    random_source r = {seed * 0x9E3779B97F4A7C15u + 1};
    tally t = {.rows = argc > 3 ? fopen(argv[3], "w") : NULL};
    while (t.comparisons < wanted && t.differences < MAX_DIFFERENCES) {
        char pattern[MAX_PATTERN];
        size_t size = generate_pattern(&r, pattern);
        compare_pattern(&t, &r, (corsac_str){pattern, size}, random_below(&r, 2));
    }
    printf("seed %llu: %llu comparisons (%llu matches), %llu patterns, %llu refused, %llu without "
           "DFA\n",
           (unsigned long long)seed, t.comparisons, t.matches, t.patterns, t.refused,
           t.over_budget);
    for (size_t i = 0; i < MAX_REASONS && t.reasons[i].why; i++)
        printf("explained: %llu x %s\n", t.reasons[i].count, t.reasons[i].why);
    printf("program sizes equal to this RE2's: %llu of %llu\n", t.equal_sizes, t.sizes);
    printf("unexplained differences: %llu\n", t.differences);
    if (t.rows && fclose(t.rows) != 0)
        return 2;
    return t.differences != 0 || t.equal_sizes * 100 < t.sizes * LEAST_EQUAL_SIZES;
}
