// SPDX-License-Identifier: Apache-2.0
#include "compiler/support/diagnostics.h"

#include <criterion/criterion.h>
#include <string.h>

static corsac_diagnostics *list;

static void start(void)
{
    cr_assert_eq(corsac_diagnostics_new(&list), CORSAC_OK);
}

static void end(void)
{
    corsac_diagnostics_free(list);
}

TestSuite(diagnostics, .init = start, .fini = end);

static void add(corsac_severity severity, const char *code, const char *file, uint32_t line,
                uint32_t column)
{
    csc_span span = {.document = 7, .line = line, .column = column};
    corsac_str none = {"", 0};
    cr_assert_eq(csc_diagnostics_add(list, severity, code, "X-3", csc_str_from(file), span, none,
                                     none, "message %d", 17),
                 CORSAC_OK);
}

static const char *code_at(size_t index)
{
    return corsac_diagnostics_at(list, index)->code;
}

Test(diagnostics, texts_are_copied)
{
    char file[] = "file", resource[] = "resource", path[] = "path";
    csc_span span = {.source = 1, .document = 2, .line = 3, .column = 4};
    csc_diagnostics_add(list, CORSAC_SEVERITY_ERROR, "code", "X-3", csc_str_from(file), span,
                        csc_str_from(resource), csc_str_from(path), "%s", file);
    memset(file, 'x', 4), memset(resource, 'x', 8), memset(path, 'x', 4);
    const corsac_diagnostic *item = corsac_diagnostics_at(list, 0);
    cr_assert(csc_str_is(item->file, "file") && csc_str_is(item->resource, "resource"));
    cr_assert(csc_str_is(item->path, "path") && csc_str_is(item->message, "file"));
    cr_assert(item->document == 2 && item->line == 3 && item->column == 4);
}

Test(diagnostics, are_sorted_by_file_line_column_then_errors_first)
{
    add(CORSAC_SEVERITY_WARNING, "e", "b", 1, 1);
    add(CORSAC_SEVERITY_NOTE, "d", "a", 2, 5);
    add(CORSAC_SEVERITY_ERROR, "c", "a", 2, 5);
    add(CORSAC_SEVERITY_WARNING, "b", "a", 2, 4);
    add(CORSAC_SEVERITY_WARNING, "a", "a", 1, 9);
    cr_assert_eq(csc_diagnostics_sort(list, 0), CORSAC_OK);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(code_at(i)[0], (char)('a' + i));
}

Test(diagnostics, sorting_leaves_earlier_findings_in_place)
{
    add(CORSAC_SEVERITY_ERROR, "first", "z", 9, 9);
    add(CORSAC_SEVERITY_ERROR, "third", "b", 1, 1);
    add(CORSAC_SEVERITY_ERROR, "second", "a", 1, 1);
    csc_diagnostics_sort(list, 1);
    cr_assert_str_eq(code_at(0), "first");
    cr_assert_str_eq(code_at(1), "second");
    cr_assert_str_eq(code_at(2), "third");
}

Test(diagnostics, long_messages_and_many_findings_survive)
{
    char text[5000];
    memset(text, 'm', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 300; i++)
        csc_diagnostics_add(list, CORSAC_SEVERITY_NOTE, "c", "", csc_str_from("f"), (csc_span){0},
                            csc_str_from(""), csc_str_from(""), "%s", text);
    cr_assert_eq(corsac_diagnostics_count(list), 300);
    cr_assert_eq(corsac_diagnostics_at(list, 299)->message.size, 4999);
}

Test(diagnostics, an_index_beyond_the_end_and_a_null_list_are_fine)
{
    cr_assert_null(corsac_diagnostics_at(list, 0));
    cr_assert_null(corsac_diagnostics_at(NULL, 0));
    cr_assert_eq(corsac_diagnostics_count(NULL), 0);
    corsac_diagnostics_free(NULL);
    cr_assert_eq(corsac_diagnostics_new(NULL), CORSAC_E_ARGUMENT);
}
