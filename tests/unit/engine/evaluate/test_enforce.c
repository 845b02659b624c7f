// SPDX-License-Identifier: Apache-2.0
// the optional comparison of a request with the lists of its policy.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

Test(enforce, simple_methods_always_pass)
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

Test(enforce, a_star_among_others_needs_absent_credentials)
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

Test(enforce, a_failed_preflight_is_answered_even_when_unmatched_ones_are_forwarded)
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

Test(enforce, requested_headers_are_names_without_case)
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

Test(enforce, authorization_is_not_covered_by_a_star_among_others)
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
