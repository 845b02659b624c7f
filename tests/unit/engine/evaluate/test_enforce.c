// SPDX-License-Identifier: Apache-2.0
// X-14: the optional comparison of a request with the lists of its policy.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *preflight(world *w, const char *method, const char *headers)
{
    char request_method[64], request_headers[256];
    snprintf(request_method, sizeof(request_method), "access-control-request-method: %s", method);
    snprintf(request_headers, sizeof(request_headers), "access-control-request-headers: %s",
             headers);
    world_ask(w, "OPTIONS a /", "origin: o", request_method, request_headers, NULL);
    return corsac_reason_name((corsac_reason)w->decision.reason);
}

static world *policy(const char *methods, const char *headers, const char *more, uint32_t options)
{
    char fields[512];
    snprintf(fields, sizeof(fields),
             "      allowOrigins: [{exact: o}]\n      allowMethods: %s\n      allowHeaders: %s\n%s",
             methods, headers, more);
    return world_with_policy(fields, options);
}

#define CREDENTIALS "      allowCredentials: true\n"
#define BOTH        (CORSAC_OPTION_ENFORCE_METHODS | CORSAC_OPTION_ENFORCE_HEADERS)

Test(enforce, simple_methods_always_pass) // X-14
{
    world *w = policy("[PUT]", "[]", "", CORSAC_OPTION_ENFORCE_METHODS);
    cr_expect_str_eq(preflight(w, "GET", ""), "origin-matched");
    cr_expect_str_eq(preflight(w, "HEAD", ""), "origin-matched");
    cr_expect_str_eq(preflight(w, "POST", ""), "origin-matched");
    cr_expect_str_eq(preflight(w, "PUT", ""), "origin-matched");
    cr_expect_str_eq(preflight(w, "DELETE", ""), "method-not-listed");
    cr_expect_str_eq(preflight(w, "put", ""), "method-not-listed");
    cr_expect_str_eq(preflight(w, "DELETE", "x"), "method-not-listed");
    world_free(w);
}

Test(enforce, a_star_among_others_needs_absent_credentials) // X-14
{
    world *w = policy("[\"*\", PUT]", "[]", "", CORSAC_OPTION_ENFORCE_METHODS);
    cr_expect_str_eq(preflight(w, "DELETE", ""), "origin-matched");
    world_free(w);
    w = policy("[\"*\", PUT]", "[]", CREDENTIALS, CORSAC_OPTION_ENFORCE_METHODS);
    cr_expect_str_eq(preflight(w, "DELETE", ""), "method-not-listed");
    world_free(w);
    w = policy("[\"*\"]", "[]", CREDENTIALS, CORSAC_OPTION_ENFORCE_METHODS);
    cr_expect_str_eq(preflight(w, "DELETE", ""), "origin-matched");
    world_free(w);
}

Test(enforce, a_failed_preflight_is_answered_even_when_unmatched_ones_are_forwarded) // X-14
{
    world *w = policy("[PUT]", "[x-a]", "", BOTH);
    cr_expect_str_eq(
        world_ask(w, "OPTIONS a /", "origin: o", "access-control-request-method: DELETE", NULL),
        "preflight-denied method-not-listed 200 access-control-allow-methods=PUT"
        " access-control-allow-headers=x-a");
    cr_expect_str_eq(world_ask(w, "DELETE a /", "origin: o", NULL), "denied method-not-listed");
    cr_expect_str_eq(
        world_ask(w, "OPTIONS a /", "origin: p", "access-control-request-method: DELETE", NULL),
        "preflight-forwarded origin-unmatched");
    world_free(w);
}

Test(enforce, requested_headers_are_names_without_case) // X-14
{
    world *w = policy("[]", "[X-A, x-b]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "GET", "x-a, X-B\t,x-A"), "origin-matched");
    cr_expect_str_eq(preflight(w, "GET", ""), "origin-matched");
    cr_expect_str_eq(preflight(w, "GET", "x-c"), "header-not-listed");
    cr_expect_str_eq(preflight(w, "GET", "x-a,"), "header-not-listed");
    cr_expect_str_eq(preflight(w, "GET", "x-a,,x-b"), "header-not-listed");
    cr_expect_str_eq(preflight(w, "GET", "x a"), "header-not-listed");
    cr_expect_str_eq(
        world_ask(w, "DELETE a /", "origin: o", "access-control-request-headers: x-c", NULL),
        "allowed origin-matched access-control-allow-origin=o");
    world_free(w);
}

Test(enforce, authorization_is_not_covered_by_a_star_among_others) // X-14
{
    world *w = policy("[]", "[\"*\", x-a]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "GET", "x-c"), "origin-matched");
    cr_expect_str_eq(preflight(w, "GET", "Authorization"), "header-not-listed");
    world_free(w);
    w = policy("[]", "[\"*\", x-a]", CREDENTIALS, CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "GET", "x-c"), "header-not-listed");
    cr_expect_str_eq(preflight(w, "GET", "x-a"), "origin-matched");
    world_free(w);
    w = policy("[]", "[\"*\"]", CREDENTIALS, CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "GET", "authorization"), "origin-matched");
    cr_expect_str_eq(preflight(w, "GET", "bad name"), "header-not-listed");
    world_free(w);
}

/* RFC 9110 5.6.2: what a field name may consist of. */
static bool is_token_byte(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

Test(enforce, a_malformed_name_fails_wherever_its_bad_byte_stands) // X-14
{
    world *w = policy("[]", "[\"*\"]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    for (int byte = 1; byte < 256; byte++)
        for (size_t at = 0; at < 3; at++) {
            char name[] = "abc";
            bool two = at == 1 && byte == ',', trimmed = at != 1 && (byte == ' ' || byte == '\t');
            name[at] = (char)byte;
            cr_expect_str_eq(preflight(w, "GET", name),
                             is_token_byte(byte) || trimmed || two ? "origin-matched"
                                                                   : "header-not-listed",
                             "byte %d at %zu", byte, at);
        }
    world_free(w);
}

Test(enforce, a_listed_name_is_compared_in_every_byte_without_case) // X-14
{
    world *w = policy("[]", "[x-Abz`, \"y\"]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    static const char *const pass[] = {"x-abz`", "X-ABZ`", "x-Abz`,y", " \t x-abz`\t ", "y,Y , y"};
    static const char *const fail[] = {"y-abz`", "x-abz^",  "x-abz", "x-abz``", "x_abz`",
                                       "x-abz@", "x-abz`,", ",y",    "y,",      "y, ,y",
                                       "y,z",    "z,y",     "z"};
    for (size_t i = 0; i < sizeof(pass) / sizeof(pass[0]); i++)
        cr_expect_str_eq(preflight(w, "GET", pass[i]), "origin-matched", "%s", pass[i]);
    for (size_t i = 0; i < sizeof(fail) / sizeof(fail[0]); i++)
        cr_expect_str_eq(preflight(w, "GET", fail[i]), "header-not-listed", "%s", fail[i]);
    world_free(w);
}

Test(enforce, each_item_of_a_list_counts_and_nothing_else_does) // X-14
{
    world *w = policy("[PUT, DELETE, PATCH]", "[]", "", CORSAC_OPTION_ENFORCE_METHODS);
    static const char *const pass[] = {"PUT", "DELETE", "PATCH"};
    static const char *const fail[] = {"PU", "PUTT", "UT", "PUT,DELETE", "ATCH", ",", "*", "PATC"};
    for (size_t i = 0; i < sizeof(pass) / sizeof(pass[0]); i++)
        cr_expect_str_eq(preflight(w, pass[i], ""), "origin-matched", "%s", pass[i]);
    for (size_t i = 0; i < sizeof(fail) / sizeof(fail[0]); i++)
        cr_expect_str_eq(preflight(w, fail[i], ""), "method-not-listed", "%s", fail[i]);
    world_free(w);
    w = policy("[]", "[]", "", BOTH);
    cr_expect_str_eq(preflight(w, "PUT", ""), "method-not-listed", "an empty list has no items");
    cr_expect_str_eq(preflight(w, "GET", "x"), "header-not-listed");
    cr_expect_str_eq(preflight(w, "GET", "*"), "header-not-listed");
    world_free(w);
    w = policy("[]", "[\"*\", x]", CREDENTIALS, CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "GET", "*"), "header-not-listed", "the star is no name");
    world_free(w);
}

Test(enforce, each_option_alone) // X-14
{
    world *w = policy("[PUT]", "[x]", "", CORSAC_OPTION_ENFORCE_METHODS);
    cr_expect_str_eq(preflight(w, "PUT", "y"), "origin-matched");
    cr_expect_str_eq(preflight(w, "DELETE", "x"), "method-not-listed");
    cr_expect_str_eq(world_ask(w, "PUT a /", "origin: o", NULL),
                     "allowed origin-matched access-control-allow-origin=o");
    cr_expect_str_eq(world_ask(w, "DELETE a /", "origin: o", NULL), "denied method-not-listed");
    world_free(w);
    w = policy("[PUT]", "[x]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    cr_expect_str_eq(preflight(w, "DELETE", "x"), "origin-matched");
    cr_expect_str_eq(preflight(w, "PUT", "y"), "header-not-listed");
    cr_expect_str_eq(world_ask(w, "DELETE a /", "origin: o", NULL),
                     "allowed origin-matched access-control-allow-origin=o");
    world_free(w);
}

/* In memory of exactly their size, so that a step beyond an item is seen. */
Test(enforce, items_at_the_ends_of_a_text) // X-14
{
    static const char *const texts[] = {" ", "\t ", ",", " ,", "x, ", "x,", ", x", "x", " x", "x "};
    static const bool passes[] = {false, false, false, false, false,
                                  false, false, true,  true,  true};
    world *w = policy("[]", "[x]", "", CORSAC_OPTION_ENFORCE_HEADERS);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t size = strlen(texts[i]);
        char *exact = malloc(size);
        memcpy(exact, texts[i], size);
        corsac_request request = {.struct_size = sizeof(request),
                                  .method = {"OPTIONS", 7},
                                  .authority = {"a", 1},
                                  .path = {"/", 1},
                                  .origin = {"o", 1},
                                  .request_method = {"GET", 3},
                                  .request_headers = {exact, size}};
        cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
        cr_expect_eq(w->decision.reason,
                     passes[i] ? CORSAC_REASON_ORIGIN_MATCHED : CORSAC_REASON_HEADER_NOT_LISTED,
                     "\"%s\"", texts[i]);
        free(exact);
    }
    world_free(w);
}

Test(enforce, a_method_of_no_bytes_is_in_no_list) // X-14
{
    static const char *const lists[] = {"[]", "[PUT]", "[PUT, DELETE]"};
    for (size_t i = 0; i < 3; i++) {
        world *w = policy(lists[i], "[]", "", CORSAC_OPTION_ENFORCE_METHODS);
        corsac_request request = {.struct_size = sizeof(request),
                                  .method = {"", 0},
                                  .authority = {"a", 1},
                                  .path = {"/", 1},
                                  .origin = {"o", 1}};
        cr_assert_eq(corsac_evaluate(&w->decision, w->reader, &request), CORSAC_OK);
        cr_expect_eq(w->decision.reason, CORSAC_REASON_METHOD_NOT_LISTED, "%s", lists[i]);
        world_free(w);
    }
}
