// SPDX-License-Identifier: Apache-2.0
// Which route a path reaches (R-8 to R-11, M-1 to M-8), and normalisation of paths (M-7).
#include "../world.h"
#include "engine/evaluate/path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Rules with the given uris; the answer is the index of the one that matched, or -1. */
static world *with_uris(const char *const *uris, const char *more, uint32_t options)
{
    char rules[4096] = "";
    for (; *uris; uris++) {
        size_t used = strlen(rules);
        snprintf(rules + used, sizeof(rules) - used,
                 "  - match: [{uri: %s%s}]\n    route: [{destination: {host: x}}]\n", *uris, more);
    }
    return world_with_rule(rules, options);
}

static int rule_of(world *w, const char *path)
{
    char line[2048];
    corsac_route_info info;
    snprintf(line, sizeof(line), "GET a %s", path);
    world_ask(w, line, NULL);
    if (w->decision.route == CORSAC_NONE)
        return -1;
    cr_assert_eq(corsac_image_route(corsac_reader_image(w->reader), w->decision.route, &info),
                 CORSAC_OK);
    int index = -1;
    cr_assert_eq(sscanf(info.route.data, "default/v#http[%d]", &index), 1);
    return index;
}

Test(route, exact_prefix_and_regex_see_the_path_alone) // M-1, M-2, M-3, M-8
{
    const char *uris[] = {"{exact: /foo}", "{prefix: /foo/}", "{prefix: /foo}",
                          "{regex: \"/r[0-9]+\"}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/foo"), 0);
    cr_expect_eq(rule_of(w, "/foo?x=/y"), 0);
    cr_expect_eq(rule_of(w, "/foo#f"), 0);
    cr_expect_eq(rule_of(w, "/foo/"), 1);
    cr_expect_eq(rule_of(w, "/foo/bar"), 1);
    cr_expect_eq(rule_of(w, "/foobar"), 2);
    cr_expect_eq(rule_of(w, "/fo"), -1);
    cr_expect_eq(rule_of(w, "/Foo"), -1);
    cr_expect_eq(rule_of(w, "/r12?q"), 3);
    cr_expect_eq(rule_of(w, "/r12/"), -1);
    cr_expect_eq(rule_of(w, "/r"), -1);
    world_free(w);
}

Test(route, a_prefix_with_a_question_mark_never_matches) // M-3
{
    const char *uris[] = {"{prefix: \"/a?\"}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/a?b"), -1);
    world_free(w);
}

Test(route, long_paths_are_compared_to_their_end) // M-1
{
    const char *uris[] = {"{exact: /0123456789abcdef0123456789abcdef0123456789}",
                          "{prefix: /0123456789abcdef}", "{prefix: /0123456789abcde}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/0123456789abcdef0123456789abcdef0123456789"), 0);
    cr_expect_eq(rule_of(w, "/0123456789abcdef0123456789abcdef012345678X"), 1);
    cr_expect_eq(rule_of(w, "/0123456789abcdeX"), 2);
    cr_expect_eq(rule_of(w, "/0123456789abcdX"), -1);
    world_free(w);
}

Test(route, ignore_uri_case_folds_ascii_but_not_regexes) // M-5
{
    const char *uris[] = {"{exact: /Foo/Bar/Long/Enough}", "{prefix: /ABC}", "{regex: /R}", NULL};
    world *w = with_uris(uris, ", ignoreUriCase: true", 0);
    cr_expect_eq(rule_of(w, "/fOO/bAR/lONG/eNOUGH"), 0);
    cr_expect_eq(rule_of(w, "/abcD"), 1);
    cr_expect_eq(rule_of(w, "/r"), -1);
    cr_expect_eq(rule_of(w, "/R"), 2);
    world_free(w);
}

Test(route, the_first_match_wins_and_catch_alls_go_last) // R-8, R-9, R-10, H-23
{
    const char *uris[] = {"{prefix: /a}", "{prefix: /a/b}", "{prefix: /}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/a/b"), 0);
    cr_expect_eq(rule_of(w, "/c"), 2);
    world_free(w);
}

Test(route, no_path_matches_no_condition_on_the_path) // R-10
{
    const char *uris[] = {"{prefix: \"\"}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "-"), -1);
    cr_expect_eq(rule_of(w, "anything"), 0);
    world_free(w);
    w = world_with_rule("  - route: [{destination: {host: x}}]\n", 0);
    cr_expect_eq(rule_of(w, "-"), -1);
    cr_expect_eq(rule_of(w, "*"), -1);
    cr_expect_eq(rule_of(w, "/"), 0);
    world_free(w);
}

Test(route, a_control_byte_in_the_path_matches_nothing) // X-8
{
    const char *uris[] = {"{prefix: \"\"}", NULL};
    world *w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/a\001"), -1);
    cr_expect_eq(rule_of(w, "/long/enough/for/words\x7f"), -1);
    cr_expect_eq(rule_of(w, "/a?\001"), 0);
    cr_expect_eq(rule_of(w, "/\x80"), 0);
    world_free(w);
}

/* ---- M-7: the rows observed on a running Envoy (tests/conformance/k20_findings.md) --------- */

static const char *normal(const char *path)
{
    static char out[512];
    out[cse_path_normalize(out, (corsac_str){path, strlen(path)})] = '\0';
    return out;
}

Test(path, dot_segments_are_resolved) // M-7
{
    cr_expect_str_eq(normal("/a/../b"), "/b");
    cr_expect_str_eq(normal("/a/%2e%2e/b"), "/b");
    cr_expect_str_eq(normal("/a/%2E./b"), "/b");
    cr_expect_str_eq(normal("/a/./b"), "/a/b");
    cr_expect_str_eq(normal("/a/%2E/b"), "/a/b");
    cr_expect_str_eq(normal("/a/.."), "/");
    cr_expect_str_eq(normal("/.."), "/");
    cr_expect_str_eq(normal("/%2e%2e"), "/");
    cr_expect_str_eq(normal("/a/b/../../.."), "/");
    cr_expect_str_eq(normal("/a/."), "/a/");
    cr_expect_str_eq(normal("/a/%2e"), "/a/");
    cr_expect_str_eq(normal("/a;x=1/.."), "/");
    cr_expect_str_eq(normal("/a/..;x/b"), "/b");
}

Test(path, slashes_are_kept_and_backslashes_become_slashes) // M-7
{
    cr_expect_str_eq(normal("/a//b"), "/a//b");
    cr_expect_str_eq(normal("//a"), "//a");
    cr_expect_str_eq(normal("/a//../b"), "/a/b");
    cr_expect_str_eq(normal("/a/..//b"), "//b");
    cr_expect_str_eq(normal("//../x"), "/x");
    cr_expect_str_eq(normal("/a\\b"), "/a/b");
    cr_expect_str_eq(normal("/a%5Cb"), "/a%5Cb");
    cr_expect_str_eq(normal("/a%2fb"), "/a%2fb");
    cr_expect_str_eq(normal("/%2e%2e%2fb"), "/..%2fb");
}

Test(path, only_unreserved_escapes_are_decoded) // M-7
{
    cr_expect_str_eq(normal("/a%41b"), "/aAb");
    cr_expect_str_eq(normal("/a%7eb"), "/a~b");
    cr_expect_str_eq(normal("/%61"), "/a");
    cr_expect_str_eq(normal("/a%2e"), "/a.");
    cr_expect_str_eq(normal("/a%25"), "/a%25");
    cr_expect_str_eq(normal("/%c3%a9"), "/%c3%a9");
    cr_expect_str_eq(normal("/a%zz"), "/a%zz");
    cr_expect_str_eq(normal("/a%"), "/a%");
    cr_expect_str_eq(normal("/a%4"), "/a%4");
    cr_expect_str_eq(normal("/a|b"), "/a%7Cb");
    cr_expect_str_eq(normal("/a\"b<>^`{}"), "/a%22b%3C%3E%5E%60%7B%7D");
    cr_expect_str_eq(normal("/a/..."), "/a/...");
    cr_expect_str_eq(normal("/.a"), "/.a");
    cr_expect_str_eq(normal("/a.."), "/a..");
    cr_expect_str_eq(normal("/..a"), "/..a");
    cr_expect_str_eq(normal("/a/"), "/a/");
}

Test(path, an_image_can_ask_for_normalised_paths) // M-7
{
    const char *uris[] = {"{exact: /b}", "{prefix: /a}", NULL};
    world *w = with_uris(uris, "", CORSAC_OPTION_NORMALIZE_PATH_BASE);
    cr_expect_eq(rule_of(w, "/a/../b"), 0);
    cr_expect_eq(rule_of(w, "/a/../b?x=/../y#/../"), 0);
    cr_expect_eq(rule_of(w, "/a/%00"), -1);
    world_free(w);
    w = with_uris(uris, "", 0);
    cr_expect_eq(rule_of(w, "/a/../b"), 1);
    world_free(w);
}

Test(path, one_too_long_to_normalise_is_a_limit) // M-7
{
    const char *uris[] = {"{prefix: /a}", NULL};
    world *w = with_uris(uris, "", CORSAC_OPTION_NORMALIZE_PATH_BASE);
    static char path[70000];
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    corsac_request request = {
        .struct_size = sizeof(request), .authority = {"a", 1}, .path = {path, sizeof(path)}};
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_E_LIMIT);
    cr_expect_eq(w->decision.outcome, CORSAC_OUTCOME_NONE);
    request.path.size = 20000;
    cr_expect_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
    cr_expect_neq(w->decision.route, CORSAC_NONE);
    world_free(w);
}
