// SPDX-License-Identifier: Apache-2.0
#include "documents_fixture.h"

#include <criterion/criterion.h>
#include <locale.h>
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

TestSuite(documents, .init = start, .fini = end);

Test(documents, empty_comment_only_and_null_documents_are_left_out_but_counted) // D-3
{
    fixture_text(
        &f, "# nothing\n---\n---\n# still nothing\n---\nnull\n---\n~\n---\na: 1\n...\n---\nb: 2\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 2);
    cr_assert_eq(f.documents.lost_count, 0);
    cr_assert_eq(f.documents.roots[0]->span.document, 5);
    cr_assert_eq(f.documents.roots[1]->span.document, 6);
    cr_assert_eq(corsac_diagnostics_count(f.found), 0);
}

Test(documents, no_text_and_no_input_are_no_documents) // D-3
{
    fixture_text(&f, "");
    fixture_text(&f, "\n\n# only this");
    fixture_add(&f, "c.yaml", (corsac_str){NULL, 0});
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 0);
    cr_assert_eq(corsac_diagnostics_count(f.found), 0);
}

Test(documents, positions_count_code_points_from_one)
{
    fixture_text(&f, "---\n\xC3\xA9\xF0\x9F\x98\x80: [\xC3\xA9, b]\n");
    fixture_read(&f);
    const csc_node *root = f.documents.roots[0];
    cr_assert(root->entries[0].key_span.line == 2 && root->entries[0].key_span.column == 1);
    const csc_node *list = root->entries[0].value;
    cr_assert(list->span.line == 2 && list->span.column == 5);
    cr_assert_eq(list->items[1]->span.column, 9);
}

Test(documents, a_byte_order_mark_and_crlf_shift_nothing)
{
    fixture_text(&f, "\xEF\xBB\xBF"
                     "a: 1\r\nb: 2\r\n");
    fixture_read(&f);
    const csc_node *root = f.documents.roots[0];
    cr_assert(root->span.line == 1 && root->span.column == 1);
    cr_assert(root->entries[1].key_span.line == 2 && root->entries[1].key_span.column == 1);
    cr_assert(csc_str_is(root->entries[1].value->text, "2"));
}

Test(documents, aliases_share_their_node) // D-14
{
    fixture_text(&f, "a: &x {k: v}\nb: *x\nc: &x 2\nd: *x\n");
    fixture_read(&f);
    const csc_node *root = f.documents.roots[0];
    cr_assert_eq(fixture_get(root, "a"), fixture_get(root, "b"));
    cr_assert_eq(fixture_get(root, "c"), fixture_get(root, "d"),
                 "the last anchor of a name counts");
}

Test(documents, anchors_do_not_cross_documents) // D-14
{
    fixture_text(&f, "a: &x 1\n---\nb: *x\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 1);
    cr_assert_eq(f.documents.lost_count, 1);
    cr_assert_not_null(fixture_find(&f, "yaml-alias"));
}

Test(documents, merge_keys_fill_in_where_they_stand) // D-14
{
    fixture_text(&f, "base: &b {x: 1, w: 1}\n"
                     "after: {<<: *b, x: 2}\n"
                     "before: {x: 2, <<: *b}\n"
                     "list: {<<: [{x: 3}, {x: 4, z: 4}]}\n"
                     "quoted: {\"<<\": 5}\n");
    fixture_read(&f);
    const csc_node *root = f.documents.roots[0];
    cr_assert(csc_str_is(fixture_get(fixture_get(root, "after"), "x")->text, "2"));
    cr_assert(csc_str_is(fixture_get(fixture_get(root, "after"), "w")->text, "1"));
    cr_assert(csc_str_is(fixture_get(fixture_get(root, "before"), "x")->text, "1"),
              "go-yaml merges in place");
    cr_assert(csc_str_is(fixture_get(fixture_get(root, "list"), "x")->text, "3"),
              "earlier maps win");
    cr_assert(csc_str_is(fixture_get(fixture_get(root, "list"), "z")->text, "4"));
    cr_assert_not_null(fixture_get(fixture_get(root, "quoted"), "<<"));
    cr_assert_eq(fixture_get(root, "after")->count, 2);
    cr_assert_eq(corsac_diagnostics_count(f.found), 1);
    cr_assert_not_null(fixture_find(&f, "merge-overrides"));
}

Test(documents, the_last_of_duplicate_keys_wins_and_each_repeat_is_told) // D-14
{
    fixture_text(&f, "a: 1\nb: 2\na: 3\n\"a\": 4\n");
    fixture_read(&f);
    const csc_node *root = f.documents.roots[0];
    cr_assert_eq(root->count, 2);
    cr_assert(csc_str_is(fixture_get(root, "a")->text, "4"));
    cr_assert_eq(fixture_count(&f, CORSAC_SEVERITY_WARNING), 2);
    cr_assert_not(f.documents.faulty[0]);
}

Test(documents, strict_mode_condemns_a_document_with_duplicate_keys) // D-14, X-5
{
    f.options.flags = CORSAC_COMPILE_STRICT;
    fixture_text(&f, "a: 1\na: 2\n---\nb: 1\n");
    fixture_read(&f);
    cr_assert_eq(fixture_count(&f, CORSAC_SEVERITY_ERROR), 1);
    cr_assert(f.documents.faulty[0] && !f.documents.faulty[1]);
}

Test(documents, keys_become_the_strings_that_json_has) // D-14
{
    fixture_text(&f, "{1: a, 0x10: b, yes: c, 1.5: d, 2001-01-01: e, \"\": f}");
    fixture_read(&f);
    static const char *const keys[] = {"1", "16", "true", "1.5", "2001-01-01", ""};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_assert_not_null(fixture_get(f.documents.roots[0], keys[i]), "%s", keys[i]);
}

Test(documents, a_text_that_repeats_is_typed_by_how_it_stands_there) // D-14
{
    fixture_text(&f, "yes: yes\nq: [yes, 'yes', !!str yes, 1_0, '1_0', ~, '~', 1_0, <<, '']\n");
    fixture_text(&f, "'<<': &k yes\na: *k\n&l b: *l\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 2);
    const csc_node *list = fixture_get(f.documents.roots[0], "q");
    static const struct {
        csc_node_kind kind;
        const char *text;
    } wanted[] = {{CSC_NODE_BOOL, "yes"},  {CSC_NODE_STRING, "yes"}, {CSC_NODE_STRING, "yes"},
                  {CSC_NODE_NUMBER, "10"}, {CSC_NODE_STRING, "1_0"}, {CSC_NODE_NULL, ""},
                  {CSC_NODE_STRING, "~"},  {CSC_NODE_NUMBER, "10"},  {CSC_NODE_STRING, "<<"},
                  {CSC_NODE_STRING, ""}};
    cr_assert_eq(list->count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < list->count; i++) {
        cr_expect_eq(list->items[i]->kind, wanted[i].kind, "%zu", i);
        cr_expect(csc_str_is(list->items[i]->text, wanted[i].text), "%zu", i);
    }
    cr_expect(fixture_get(f.documents.roots[0], "true")->boolean);
    const csc_node *root = f.documents.roots[1];
    cr_expect(fixture_get(root, "a")->boolean);
    cr_expect(csc_str_is(fixture_get(root, "b")->text, "b"));
    cr_expect_eq(fixture_get(root, "b")->span.column, 1); /* the key's own place */
}

Test(documents, a_syntax_error_loses_the_rest_of_its_file_only) // D-5
{
    fixture_text(&f, "a: 1\n---\nb: [\n---\nc: 1\n");
    fixture_text(&f, "d: 1\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 2);
    cr_assert_not_null(fixture_get(f.documents.roots[0], "a"));
    cr_assert_not_null(fixture_get(f.documents.roots[1], "d"));
    cr_assert_eq(f.documents.lost_count, 1);
    const corsac_diagnostic *item = fixture_find(&f, "yaml-syntax");
    cr_assert(item && csc_str_is(item->file, "a.yaml") && item->line > 0 && item->column > 0);
}

Test(documents, an_encoding_error_keeps_the_documents_before_it) // D-5
{
    fixture_text(&f, "a: 1\n---\nb: \xFF\n---\nc: 1\n");
    fixture_read(&f);
    cr_assert_eq(f.documents.count, 1);
    cr_assert_eq(f.documents.lost_count, 1);
    const corsac_diagnostic *item = fixture_find(&f, "yaml-encoding");
    cr_assert(item && item->line == 3 && item->column == 4);
    cr_assert_not_null(strstr(item->message.data, "byte 12"));
}

Test(documents, nul_bytes_and_utf_16_are_told_apart) // D-14
{
    fixture_add(&f, "nul.yaml", (corsac_str){"a: b\0c", 6});
    fixture_add(&f, "utf16.yaml", (corsac_str){"\xFE\xFF\0a", 4});
    fixture_read(&f);
    cr_assert_eq(corsac_diagnostics_count(f.found), 2);
    cr_assert_not_null(strstr(corsac_diagnostics_at(f.found, 0)->message.data, "NUL"));
    cr_assert_not_null(strstr(corsac_diagnostics_at(f.found, 1)->message.data, "UTF-16"));
    cr_assert_eq(f.documents.lost_count, 2);
}

Test(documents, hints_name_the_likely_mistake)
{
    static const char *const rows[][2] = {{"a: *.x", "must be quoted"},
                                          {"a: *x", "must be quoted"},
                                          {"a:\n\tb: 1", "tabs"},
                                          {"a: @x", "must be quoted"},
                                          {"a: b: c", "must be quoted"},
                                          {"\xFF\xFE"
                                           "a",
                                           "UTF-16"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture one;
        fixture_start(&one);
        fixture_text(&one, rows[i][0]);
        fixture_read(&one);
        cr_assert_eq(corsac_diagnostics_count(one.found), 1);
        cr_assert_not_null(strstr(corsac_diagnostics_at(one.found, 0)->message.data, rows[i][1]),
                           "%s: %s", rows[i][0], corsac_diagnostics_at(one.found, 0)->message.data);
        fixture_end(&one);
    }
}

Test(documents, json_is_yaml) // D-14
{
    fixture_text(&f, "{\"a\":{\"b\":[1,true,null,\"\\u00e9\\n\\/\"]},\n\t\"c\":\"\"}");
    fixture_read(&f);
    const csc_node *list = fixture_get(fixture_get(f.documents.roots[0], "a"), "b");
    cr_assert_eq(list->count, 4);
    cr_assert(csc_str_is(list->items[3]->text, "\xC3\xA9\n/"));
    cr_assert_eq(corsac_diagnostics_count(f.found), 0);
}

Test(documents, block_scalars_keep_or_fold_their_lines) // D-14
{
    fixture_text(&f, "a: |\n  x\n  y\nb: >-\n  x\n  y\n");
    fixture_read(&f);
    cr_assert(csc_str_is(fixture_get(f.documents.roots[0], "a")->text, "x\ny\n"));
    cr_assert(csc_str_is(fixture_get(f.documents.roots[0], "b")->text, "x y"));
}

Test(documents, the_dump_says_everything_with_its_place)
{
    corsac_str dump;
    fixture_text(&f, "a: [1, \"x\"]\nb: {c: ~}\n---\n- yes\n---\n*nope\n");
    fixture_read(&f);
    cr_assert_eq(csc_documents_dump(&f.context, &f.documents, &dump), CORSAC_OK);
    cr_assert_str_eq(dump.data, "document \"a.yaml\" 1\n"
                                "1:1 {\n"
                                "  1:1 \"a\": 1:4 [\n"
                                "    1:5 1\n"
                                "    1:8 \"x\"\n"
                                "  ]\n"
                                "  2:1 \"b\": 2:4 {\n"
                                "    2:5 \"c\": 2:8 null\n"
                                "  }\n"
                                "}\n"
                                "document \"a.yaml\" 2\n"
                                "4:1 [\n"
                                "  4:3 true\n"
                                "]\n"
                                "lost \"a.yaml\" 3 at 5:1\n");
}
