// SPDX-License-Identifier: Apache-2.0
// A path byte by byte: where it ends, which bytes can occur, what is escaped, how long it may be (M-3, M-7,
// M-8, X-8). Texts lie in memory of exactly their size, so that a step beyond is seen.
#include "../world.h"
#include "engine/evaluate/path.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------ */

static char *exact_copy(const char *text, size_t size)
{
    char *copy = malloc(size);
    cr_assert_not_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void expect_text(corsac_str text, const char *data, size_t size, const char *what)
{
    cr_expect_eq(text.size, size, "%s", what);
    cr_expect_eq(text.data, data, "%s", what);
}

/* What cse_path_read() makes of a path of an image without options. */
static cse_call read_path(const corsac_request *request)
{
    static const corsac_image image;
    cse_call call = {.image = &image, .request = request};
    cr_assert_eq(cse_path_read(&call), CORSAC_OK);
    return call;
}

Test(path, it_ends_at_the_first_mark_wherever_that_stands) // M-3, M-8, X-8
{
    for (size_t size = 1; size <= 70; size++)
        for (size_t mark = 0; mark < size; mark++)
            for (const char *byte = "?#\t\001\x7f\x1f"; *byte; byte++) {
                char text[70], what[64];
                memset(text, 'a', size);
                text[mark] = *byte;
                snprintf(what, sizeof(what), "byte %d at %zu of %zu", *byte, mark, size);
                char *copy = exact_copy(text, size);
                corsac_request request = {.path = {copy, size}};
                cse_call call = read_path(&request);
                bool ends = *byte == '?' || *byte == '#';
                expect_text(call.path, copy, ends ? mark : size, what);
                expect_text(call.full_path, copy, *byte == '#' ? mark : size, what);
                cr_expect_eq(call.path_legal, ends || *byte == '\t', "%s", what);
                if (*byte == '?')
                    expect_text(call.query, copy + mark + 1, size - mark - 1, what);
                else
                    cr_expect_null(call.query.data, "%s", what);
                free(copy);
            }
}

Test(path, only_the_first_mark_counts) // M-3, M-8
{
    for (size_t first = 0; first < 40; first++)
        for (size_t second = first + 1; second < 41; second++) {
            char text[41], *copy;
            memset(text, 'a', sizeof(text));
            text[first] = '?';
            text[second] = '#';
            copy = exact_copy(text, sizeof(text));
            corsac_request request = {.path = {copy, sizeof(text)}};
            cse_call call = read_path(&request);
            expect_text(call.path, copy, first, "path");
            expect_text(call.full_path, copy, second, "with the query");
            expect_text(call.query, copy + first + 1, second - first - 1, "query");
            copy[first] = '#';
            copy[second] = '?';
            call = read_path(&request);
            expect_text(call.full_path, copy, first, "a question mark in a fragment");
            cr_expect_null(call.query.data);
            free(copy);
        }
}

Test(path, a_byte_behind_the_path_does_not_count)
{
    char text[40];
    memset(text, 'a', sizeof(text));
    for (size_t mark = 0; mark + 1 < sizeof(text); mark++) {
        text[mark] = '?';
        text[mark + 1] = '\001';
        corsac_request request = {.path = {text, sizeof(text)}};
        cr_expect(read_path(&request).path_legal, "behind %zu", mark);
        text[mark] = '\001';
        text[mark + 1] = '?';
        cr_expect_not(read_path(&request).path_legal, "before %zu", mark);
        text[mark] = text[mark + 1] = 'a';
    }
}

Test(path, its_head_is_its_first_bytes_and_zeros)
{
    const char text[] = "/123456789abcdefghij";
    for (size_t size = 0; size < sizeof(text); size++) {
        char head[16] = {0};
        char *copy = exact_copy(text, size);
        memcpy(head, text, size < 16 ? size : 16);
        corsac_request request = {.path = {copy, size}};
        cse_call call = read_path(&request);
        cr_expect_arr_eq(&call.path_head, head, 16, "%zu bytes", size);
        free(copy);
    }
}

Test(path, one_that_is_absent_is_nothing_at_all)
{
    corsac_request request = {.path = {NULL, 0}};
    cse_call call = read_path(&request);
    cr_expect_null(call.path.data);
    cr_expect_null(call.full_path.data);
    cr_expect_null(call.query.data);
    for (int i = 0; i < 16; i++)
        cr_expect_eq(call.path_head[i], 0);
    cr_expect_not(call.path_legal);
}

/* ---- normalising -------------------------------------------------------------------------- */

static const char *normal(const char *path, size_t size)
{
    static char out[256];
    char *copy = exact_copy(path, size);
    out[cse_path_normalize(out, (corsac_str){copy, size})] = '\0';
    free(copy);
    return out;
}

Test(path, each_escape_is_decoded_if_its_byte_is_unreserved) // M-7; RFC 3986 2.3
{
    for (unsigned byte = 0; byte < 256; byte++)
        for (int upper = 0; upper < 2; upper++) {
            char path[16], wanted[16];
            snprintf(path, sizeof(path), upper ? "/a%%%02Xb" : "/a%%%02xb", byte);
            strcpy(wanted, path);
            if (byte < 0x80 && (isalnum((int)byte) || (byte && strchr("-._~", (int)byte))))
                snprintf(wanted, sizeof(wanted), "/a%cb", (int)byte);
            cr_expect_str_eq(normal(path, 6), wanted, "%s", path);
        }
}

Test(path, what_is_no_hex_digit_makes_no_escape) // M-7
{
    for (unsigned byte = 1; byte < 256; byte++) {
        char path[] = "/a%5 b", wanted[16] = "/a%5";
        if (isxdigit((int)byte) || byte == '/' || byte == '\\' || byte == '%')
            continue;
        path[4] = (char)byte;
        if (strchr("\"<>^`{|} ", (int)byte) || byte >= 0x80)
            snprintf(wanted, sizeof(wanted), "/a%%5%%%02Xb", byte);
        else
            memcpy(wanted, path, sizeof(path));
        cr_expect_str_eq(normal(path, 6), wanted, "byte %u", byte);
        char swapped[] = "/a% 1b";
        swapped[3] = (char)byte;
        if (wanted[4] != '%')
            cr_expect_str_eq(normal(swapped, 6), swapped, "byte %u first", byte);
    }
}

Test(path, each_byte_stays_or_is_escaped) // M-7
{
    for (unsigned byte = 1; byte < 256; byte++) {
        char path[] = "/a b", wanted[16];
        path[2] = (char)byte;
        if (strchr("\"<>^`{|} ", (int)byte) || byte >= 0x80)
            snprintf(wanted, sizeof(wanted), "/a%%%02Xb", byte);
        else
            snprintf(wanted, sizeof(wanted), "/a%cb", byte == '\\' ? '/' : (int)byte);
        cr_expect_str_eq(normal(path, 4), wanted, "byte %u", byte);
    }
}

Test(path, an_escape_that_is_cut_off_stays) // M-7
{
    cr_expect_str_eq(normal("/a%41", 4), "/a%4");
    cr_expect_str_eq(normal("/a%41", 3), "/a%");
    cr_expect_str_eq(normal("/a%41", 5), "/aA");
    cr_expect_str_eq(normal("/%2e%2e", 6), "/.%2");
    cr_expect_str_eq(normal("/a%4/1", 6), "/a%4/1");
    cr_expect_str_eq(normal("%41", 3), "/A");
    cr_expect_str_eq(normal("", 0), "/");
}

Test(path, segments_of_dots_and_parameters) // M-7
{
    static const char *const rows[][2] = {
        {"/a/.;x", "/a/"},    {"/a/..;", "/"},      {"/a/..;/b", "/b"},  {"/a/;..", "/a/;.."},
        {"/a/;", "/a/;"},     {"/a/.x", "/a/.x"},   {"/a/x.", "/a/x."},  {"/a/..x", "/a/..x"},
        {"/a/x..", "/a/x.."}, {"/a/...", "/a/..."}, {"/a/.;/b", "/a/b"}, {"/ab/cd/../e", "/ab/e"},
        {"/a/b/..", "/a/"},   {"/..a/b", "/..a/b"}, {"../a", "/a"},      {"./a", "/a"},
        {"a/../b", "/b"},     {"\\a\\..\\b", "/b"}, {"//..", "/"},       {"///..", "//"},
        {"/./", "/"},         {"/../", "/"},        {"/a/../", "/"},     {"/a/./", "/a/"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(normal(rows[i][0], strlen(rows[i][0])), rows[i][1], "%s", rows[i][0]);
}

/* ---- on an image that normalises ---------------------------------------------------------- */

static const char any_path[] =
    "  - match: [{uri: {prefix: /}}]\n    route: [{destination: {host: x}}]\n";

/* CORSAC_OK, and whether a route on any path was found. */
static bool reaches(world *w, const char *path, size_t size)
{
    corsac_request request = {
        .struct_size = sizeof(request), .authority = {"a", 1}, .path = {path, size}};
    cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    return w->decision.route != CORSAC_NONE;
}

Test(path, an_escaped_zero_byte_is_refused_wherever_it_stands) // M-7
{
    world *w = world_with_rule(any_path, CORSAC_OPTION_NORMALIZE_PATH_BASE);
    for (size_t at = 1; at < 20; at++) {
        char path[32];
        snprintf(path, sizeof(path), "/%.*s%%00", (int)at - 1, "aaaaaaaaaaaaaaaaaaaa");
        cr_expect_not(reaches(w, path, at + 3), "%s", path);
        cr_expect(reaches(w, path, at + 2), "%s, its last byte cut off", path);
        path[at + 2] = '1';
        cr_expect(reaches(w, path, at + 3), "%s", path);
        path[at + 1] = '1', path[at + 2] = '0';
        cr_expect(reaches(w, path, at + 3), "%s", path);
        path[at] = 'x', path[at + 1] = '0';
        cr_expect(reaches(w, path, at + 3), "%s", path);
    }
    world_free(w);
}

/* Three bytes for each of the path, one for a slash before it, and the query as it is: engine/image/scratch.h. */
Test(path, the_longest_that_is_normalised) // M-7, engine.h
{
    world *w = world_with_rule(any_path, CORSAC_OPTION_NORMALIZE_PATH_BASE);
    const size_t most = CSE_SCRATCH_TEXT_BYTES - 1, longest = most / 3;
    char *path = malloc(CSE_SCRATCH_TEXT_BYTES);
    memset(path, '^', CSE_SCRATCH_TEXT_BYTES);
    const size_t lengths[] = {1, 2, 100, longest - 1, longest, longest + 1};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (int more = 0; more < 2; more++) {
            size_t length = lengths[i], size = length > longest ? length : most - 2 * length;
            path[length] = '?';
            corsac_request request = {.struct_size = sizeof(request),
                                      .authority = {"a", 1},
                                      .path = {path, size + (size_t)more}};
            corsac_status status = corsac_evaluate(&w->decision, w->reader, &request);
            cr_expect_eq(status, more || length > longest ? CORSAC_E_LIMIT : CORSAC_OK,
                         "%zu bytes before the query of %zu", length, size + (size_t)more);
            path[length] = '^';
        }
    free(path);
    world_free(w);
}
