// SPDX-License-Identifier: Apache-2.0
// The expectations were checked against Istio's own validators (tests/cases/istio has more of
// them).
#include "compiler/decode/syntax.h"

#include <criterion/criterion.h>

typedef bool predicate(corsac_str text);

static void check(predicate *holds, const char *const *rows, size_t count, bool expected)
{
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(holds(csc_str_from(rows[i])), expected, "%s", rows[i]);
}

#define HOLDS(predicate, ...)                                                                      \
    check(predicate, (const char *const[]){__VA_ARGS__},                                           \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), true)
#define FAILS(predicate, ...)                                                                      \
    check(predicate, (const char *const[]){__VA_ARGS__},                                           \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), false)

#define SIXTY_THREE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(syntax, dns_labels) // V-25
{
    HOLDS(csc_is_dns_label, "a", "A", "0", "a-b", "a--b", SIXTY_THREE);
    FAILS(csc_is_dns_label, "", "-a", "a-", "a_b", "a.b", "*", SIXTY_THREE "a", "\xC3\xA9");
}

Test(syntax, gateway_names_without_slash) // V-24
{
    HOLDS(csc_is_domain, "mesh", "gw", "gw.ns.svc.cluster.local", "gw.", "12a");
    FAILS(csc_is_domain, "", "123", "gw.1", "a..b", "gw_1", "*.a", ".a");
}

Test(syntax, virtual_service_hosts) // V-25
{
    HOLDS(csc_is_wildcard_domain, "*", "a", "a.b", "*.a.b", "*a.b", "*-a.b", "*.", "a.b.", "*.com",
          "A.b", SIXTY_THREE ".b");
    FAILS(csc_is_wildcard_domain, "", ".", ".a", "a..b", "a.*", "a.*.b", "**.a", "*-", "*_a.b",
          "a_b.c", "a:80", "a.123", "*.123", "a.b/", SIXTY_THREE "a.b", "a b");
}

Test(syntax, ip_addresses) // V-25, V-38
{
    HOLDS(csc_is_ip, "1.2.3.4", "::1", "fe80::1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%eth0");
    FAILS(csc_is_ip, "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "[::1]", "1.2.3.4:80",
          "fe80::1%", "1.2.3.4%a", ":");
}

Test(syntax, label_keys_and_values) // V-16
{
    HOLDS(csc_is_label_key, "a", "a_b.c-d", "x.y/a", "0", "a.b/C");
    FAILS(csc_is_label_key, "", "-a", "a-", "/a", "a/", "a/b/c", "a_b/c", "a..b/c",
          SIXTY_THREE "a");
    HOLDS(csc_is_label_value, "", "a", "a_b.c-d", SIXTY_THREE SIXTY_THREE);
    FAILS(csc_is_label_value, "-a", "a.", "a b", "a/b", "\xC3\xA9");
}

Test(syntax, header_names_admit_the_comma) // V-7, V-15
{
    HOLDS(csc_is_header_token, "x-a", "X", "*", "a,b", "!#$%&'*+-.^_`|~09azAZ");
    FAILS(csc_is_header_token, "", "a b", ":x", "a/b", "a(b", "\xC3\xA9", "a\"b", "a;b", "a@b",
          "a\tb");
    HOLDS(csc_is_pseudo_header, ":method", ":path", ":status", ":scheme", ":authority");
    FAILS(csc_is_pseudo_header, ":METHOD", ":foo", "method", ":");
}

Test(syntax, claim_keys) // V-15
{
    HOLDS(csc_is_claim_key, "@request.auth.claims.a", "@REQUEST.Auth.claims.a.b",
          "@request.auth.claims[a]", "@request.auth.claims[a][b]", "@request.auth.claims..");
    FAILS(csc_is_claim_key, "@request.auth.claims", "@request.auth.claims.",
          "@request.auth.claims[]", "@request.auth.claims[a", "@request.auth.claimsx",
          "request.auth.claims.a");
}

Test(syntax, cors_methods) // V-6
{
    HOLDS(csc_is_cors_method, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS",
          "TRACE", "*");
    FAILS(csc_is_cors_method, "", "get", "Get", "PUTT", "PROPFIND", "GET ", "**");
}
