// SPDX-License-Identifier: Apache-2.0
// X-9 and D-15: hostile texts cost bounded memory and time, and lose only themselves.
#include "documents_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void end(void)
{
    fixture_end(&f);
}

TestSuite(limits, .init = start, .fini = end, .timeout = 60);

/* `unit` repeated, then `tail`; the caller frees it. */
static char *repeat(const char *unit, size_t times, const char *tail)
{
    size_t size = strlen(unit);
    char *text = malloc(size * times + strlen(tail) + 1);
    cr_assert_not_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * size, unit, size);
    strcpy(text + size * times, tail);
    return text;
}

Test(limits, a_million_brackets_are_refused_at_once_and_the_next_document_is_read)
{
    static const char *const units[] = {"[", "{a: ", "- ", "? ", "[a, "};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char *text = repeat(units[i], 1000000, "\n---\nb: 1\n");
        fixture one;
        fixture_start(&one);
        fixture_text(&one, text);
        fixture_read(&one);
        cr_assert_eq(corsac_diagnostics_count(one.found), 1, "%s", units[i]);
        const corsac_diagnostic *item = fixture_find(&one, "depth-limit");
        cr_assert(item && strstr(item->message.data, "max_depth"));
        cr_assert_eq(one.documents.count, 1);
        cr_assert_eq(one.documents.roots[0]->span.line, 3);
        cr_assert_eq(one.documents.lost_count, 1);
        fixture_end(&one);
        free(text);
    }
}

Test(limits, exactly_the_allowed_depth_passes)
{
    char *text = repeat("[", 64, ""), *closed = repeat("]", 64, "");
    char both[200];
    snprintf(both, sizeof both, "%s%s", text, closed);
    fixture_text(&f, both);
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 1);
    free(text);
    free(closed);
}

Test(limits, the_billion_laughs_stop_early) // D-15
{
    fixture_text(&f, "a: &a [x,x,x,x,x,x,x,x,x]\n"
                     "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                     "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                     "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                     "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                     "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                     "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
                     "---\nnext: 1\n");
    fixture_read(&f);
    cr_assert_not_null(fixture_find(&f, "alias-limit"));
    cr_assert_eq(corsac_diagnostics_count(f.found), 1);
    cr_assert_eq(f.documents.count, 1);
}

Test(limits, aliases_of_a_long_text_count_its_bytes) // D-15, X-9
{
    char *letters = repeat("x", 1000000, "");
    char *text = malloc(strlen(letters) + 100);
    for (int aliases = 6; aliases <= 7; aliases++) { /* a million bytes count as 15,626 nodes */
        fixture one;
        fixture_start(&one);
        sprintf(text, "a: &a %s\nb: [%s%s]\n", letters, "*a,*a,*a,*a,*a,*a",
                aliases == 7 ? ",*a" : "");
        fixture_text(&one, text);
        fixture_read(&one);
        cr_expect_eq(fixture_find(&one, "alias-limit") != NULL, aliases == 7);
        fixture_end(&one);
    }
    free(text);
    free(letters);
}

Test(limits, merges_of_a_large_map_count_as_copies) // D-15
{
    char *merges = repeat(", {<<: *m}", 60000, "]\n");
    char *text = malloc(strlen(merges) + 100);
    sprintf(text, "m: &m {a: 1, b: 1}\nl: [1%s", merges);
    fixture_text(&f, text);
    fixture_read(&f);
    cr_assert_not_null(fixture_find(&f, "alias-limit"));
    free(text);
    free(merges);
}

Test(limits, a_hundred_thousand_keys_and_anchors_take_no_quadratic_time)
{
    size_t capacity = 100000 * 40, size = 0;
    char *text = malloc(capacity);
    for (int i = 0; i < 100000; i++)
        size += (size_t)sprintf(text + size, "key%d: &anchor%d v\n", i, i);
    fixture_text(&f, text);
    fixture_read(&f);
    cr_assert_eq(f.documents.roots[0]->count, 100000);
    cr_assert_eq(corsac_diagnostics_count(f.found), 0);
    free(text);
}

Test(limits, a_file_that_is_too_large_is_not_read)
{
    f.options.max_input_bytes = 4;
    fixture_text(&f, "a: 1");
    fixture_text(&f, "bb: 1");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 1);
    const corsac_diagnostic *item = fixture_find(&f, "input-limit");
    cr_assert(item && csc_str_is(item->file, "b.yaml"));
    cr_assert_eq(f.documents.lost_count, 1);
}

Test(limits, documents_beyond_the_limit_are_not_read)
{
    f.options.max_documents = 2;
    fixture_text(&f, "a: 1\n---\nb: 1\n---\nc: 1\n---\nd: 1\n");
    fixture_text(&f, "e: 1\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 3);
    cr_assert_not_null(fixture_get(f.documents.roots[2], "e"));
    cr_assert_eq(corsac_diagnostics_count(f.found), 1);
}
