// SPDX-License-Identifier: Apache-2.0
// D-14. Every expectation was taken from sigs.k8s.io/yaml 1.6.0, which Istio's YAML step uses.
#include "compiler/read/base64.h"
#include "compiler/read/reader.h"

#include <criterion/criterion.h>

typedef struct row {
    const char *text, *json; /* json NULL: the scalar stays the string it is */
} row;

static void expect(csc_arena *arena, const char *text, const char *tag, bool plain,
                   csc_node_kind kind, const char *json)
{
    csc_node node = {0};
    corsac_str none = {NULL, 0};
    const char *problem =
        csc_scalar_type(arena, csc_str_from(text), tag ? csc_str_from(tag) : none, plain, &node);
    cr_assert_null(problem, "%s: %s", text, problem);
    cr_assert_eq(node.kind, kind, "%s: kind %d", text, (int)node.kind);
    if (json)
        cr_assert(csc_str_is(node.text, json), "%s: %.*s", text, (int)node.text.size,
                  node.text.data);
}

Test(scalar, numbers_are_those_of_yaml_1_1_without_sexagesimals)
{
    static const row rows[] = {
        {"0", "0"},
        {"-1", "-1"},
        {"+1", "1"},
        {"00", "0"},
        {"07", "7"},
        {"010", "8"},
        {"08", "8"},
        {"0888", "888"},
        {"0777", "511"},
        {"0o17", "15"},
        {"0O7", "7"},
        {"0x1f", "31"},
        {"0X1F", "31"},
        {"-0x1f", "-31"},
        {"0b11", "3"},
        {"-0b11", "-3"},
        {"1_000", "1000"},
        {"1__0", "10"},
        {"1_", "1"},
        {"+_4", "4"},
        {"1.5", "1.5"},
        {"1.", "1"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"1.5e3", "1500"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"1e-3", "0.001"},
        {".5e1", "5"},
        {"8e1", "80"},
        {"80.0", "80"},
        {"1e21", "1e+21"},
        {"1e-7", "1e-7"},
        {"0.000001", "0.000001"},
        {"685.230_15e+03", "685230.15"},
        {"1.8e308", NULL},
        {"1e308", "1e+308"},
        {"1e400", NULL},
        {"1e-400", "1e-400"},
        {"9223372036854775808", "9223372036854775808"},
        {"18446744073709551615", "18446744073709551615"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0xfffffffffffffffff", NULL},
        {".1_5", "0.15"},
        {".332_", NULL},
        {"._64", NULL},
        {"12:30:45", NULL},
        {"1:30", NULL},
        {"2001-01-01", NULL},
        {"1-2", NULL},
        {"1.2.3", NULL},
        {"0o8", NULL},
        {"0b2", NULL},
        {"0xg", NULL},
        {"_1", NULL},
        {"+", NULL},
        {"-", NULL},
        {".", NULL},
        {"-.", NULL},
        {"0x", NULL},
        {"1e", NULL},
        {"1e+", NULL},
        {"--1", NULL},
        {"1,000", NULL},
        {"e3", NULL},
        {"0x_f", "15"},
        {"-0", "0"},
        {"-0.0", "-0"},
    };
    csc_arena *arena = csc_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(arena, rows[i].text, NULL, true, rows[i].json ? CSC_NODE_NUMBER : CSC_NODE_STRING,
               rows[i].json ? rows[i].json : rows[i].text);
    csc_arena_free(arena);
}

Test(scalar, booleans_and_null_have_three_spellings_of_case_each)
{
    static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON"};
    static const char *const no[] = {"n",     "N",     "no",  "No",  "NO", "false",
                                     "False", "FALSE", "off", "Off", "OFF"};
    static const char *const null[] = {"", "~", "null", "Null", "NULL"};
    static const char *const text[] = {"yEs", "nO",   "tRue", "oN", "nUll",
                                       "~~",  "none", "t",    "f",  "="};
    csc_arena *arena = csc_arena_new();
    for (size_t i = 0; i < 11; i++) {
        csc_node node = {0};
        csc_scalar_type(arena, csc_str_from(yes[i]), (corsac_str){NULL, 0}, true, &node);
        cr_assert(node.kind == CSC_NODE_BOOL && node.boolean, "%s", yes[i]);
        csc_scalar_type(arena, csc_str_from(no[i]), (corsac_str){NULL, 0}, true, &node);
        cr_assert(node.kind == CSC_NODE_BOOL && !node.boolean, "%s", no[i]);
    }
    for (size_t i = 0; i < sizeof null / sizeof *null; i++)
        expect(arena, null[i], NULL, true, CSC_NODE_NULL, NULL);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        expect(arena, text[i], NULL, true, CSC_NODE_STRING, text[i]);
    csc_arena_free(arena);
}

Test(scalar, quoted_and_tagged_text_stays_text)
{
    csc_arena *arena = csc_arena_new();
    expect(arena, "yes", NULL, false, CSC_NODE_STRING, "yes");
    expect(arena, "1", NULL, false, CSC_NODE_STRING, "1");
    expect(arena, "1", "tag:yaml.org,2002:str", false, CSC_NODE_STRING, "1");
    expect(arena, "1", "!mine", false, CSC_NODE_STRING, "1");
    expect(arena, "aGk=", "tag:yaml.org,2002:binary", false, CSC_NODE_STRING, "hi");
    expect(arena, "/w==", "tag:yaml.org,2002:binary", false, CSC_NODE_STRING, "\xEF\xBF\xBD");
    csc_arena_free(arena);
}

Test(scalar, a_tag_decides_over_quotes)
{
    csc_arena *arena = csc_arena_new();
    expect(arena, "1", "tag:yaml.org,2002:int", false, CSC_NODE_NUMBER, "1");
    expect(arena, "1", "tag:yaml.org,2002:float", false, CSC_NODE_NUMBER, "1");
    expect(arena, "on", "tag:yaml.org,2002:bool", false, CSC_NODE_BOOL, NULL);
    expect(arena, "~", "tag:yaml.org,2002:null", false, CSC_NODE_NULL, NULL);
    csc_arena_free(arena);
}

Test(scalar, what_does_not_fit_its_tag_or_json_is_refused)
{
    static const row rows[] = {
        {"x", "tag:yaml.org,2002:int"},
        {"1.5", "tag:yaml.org,2002:int"},
        {"1e3", "tag:yaml.org,2002:int"},
        {"08", "tag:yaml.org,2002:int"},
        {"x", "tag:yaml.org,2002:float"},
        {"1", "tag:yaml.org,2002:bool"},
        {"0", "tag:yaml.org,2002:null"},
        {"aGk", "tag:yaml.org,2002:binary"},
        {"a=b=", "tag:yaml.org,2002:binary"},
        {".inf", NULL},
        {"-.INF", NULL},
        {".nan", NULL},
    };
    csc_arena *arena = csc_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        csc_node node = {0};
        corsac_str tag = rows[i].json ? csc_str_from(rows[i].json) : (corsac_str){NULL, 0};
        cr_assert_not_null(
            csc_scalar_type(arena, csc_str_from(rows[i].text), tag, !tag.data, &node), "%s",
            rows[i].text);
    }
    csc_arena_free(arena);
}

Test(scalar, base64_wants_padding_and_skips_line_breaks)
{
    csc_arena *arena = csc_arena_new();
    corsac_str out;
    cr_assert(csc_base64_decode(arena, csc_str_from("Zm9v\r\nYmFy"), &out) &&
              csc_str_is(out, "foobar"));
    cr_assert(csc_base64_decode(arena, csc_str_from("Zg=="), &out) && csc_str_is(out, "f"));
    cr_assert(csc_base64_decode(arena, csc_str_from(""), &out) && out.size == 0);
    static const char *const bad[] = {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v!"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(csc_base64_decode(arena, csc_str_from(bad[i]), &out), "%s", bad[i]);
    csc_arena_free(arena);
}
