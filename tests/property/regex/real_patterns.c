// SPDX-License-Identifier: Apache-2.0
// datasets/patterns/real_patterns.tsv: what RE2 accepts compiles and agrees with RE2 on generated
// texts, what it refuses is refused with a position. Usage: regex_real_patterns FILE
// [TEXTS-PER-PATTERN]
#include "generate.h"
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    unsigned accepted, refused, without_dfa, differences;
    unsigned long long comparisons;
} tally;

static void check_texts(tally *t, random_source *r, const subject *s, unsigned texts)
{
    char text[MAX_TEXT];
    const char *why;
    sampler samples;
    sampler_open(&samples, s->automaton, s->pattern);
    for (unsigned i = 0; i < texts; i++) {
        corsac_str sample = {text, generate_text(r, &samples, text)};
        t->differences += subject_compare(s, sample, &why) == SUBJECT_DIFFERS;
        t->comparisons++;
    }
}

static void check_pattern(tally *t, random_source *r, corsac_str pattern, bool utf8, unsigned texts)
{
    subject s;
    const char *why;
    bool opened = subject_open(&s, pattern, utf8);
    if (!opened || subject_compare_grammar(&s, &why) == SUBJECT_DIFFERS) {
        t->differences++;
        printf("grammar: ");
        print_bytes(pattern);
        putchar('\n');
    } else if (!s.regex) {
        t->refused++;
        printf("refused at byte %u: %s: ", s.error.offset, s.error.message.data);
        print_bytes(pattern);
        putchar('\n');
    } else {
        t->accepted++;
        t->without_dfa += !csc_regex_automaton_is_dfa(s.automaton);
        check_texts(t, r, &s, texts);
    }
    subject_close(&s);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    unsigned texts = argc > 2 ? (unsigned)atoi(argv[2]) : 2000;
    char line[4096];
    tally t = {0};
    random_source r = {0x9E3779B97F4A7C15u};
    if (!file)
        return 2;
    while (fgets(line, sizeof line, file)) {
        char *value = strchr(line, '\t'), *end = value ? strchr(value + 1, '\t') : NULL;
        if (!end || strncmp(line, "regex\t", 6) != 0)
            continue;
        corsac_str pattern = {value + 1, (size_t)(end - value - 1)};
        check_pattern(&t, &r, pattern, false, texts);
        check_pattern(&t, &r, pattern, true, texts);
    }
    fclose(file);
    printf("%u accepted (%u without DFA), %u refused, %llu comparisons, %u differences\n",
           t.accepted, t.without_dfa, t.refused, t.comparisons, t.differences);
    return t.differences != 0 || t.accepted < 100;
}
