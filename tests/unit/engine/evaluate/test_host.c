// SPDX-License-Identifier: Apache-2.0
// Which endpoint, server and virtual host a request reaches (H-17 to H-19, H-24, H-26, H-29, X-8).
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VS(name, hosts, origin)                                                                    \
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"                                   \
    "metadata: {name: " name ", namespace: default}\n"                                             \
    "spec:\n  hosts: " hosts "\n  gateways: [g]\n  http:\n"                                        \
    "  - route: [{destination: {host: x}}]\n"                                                      \
    "    corsPolicy: {allowOrigins: [{exact: " origin "}]}\n---\n"

/* The virtual host chosen, or the reason why there is none. */
static const char *host_of(world *w, const char *authority)
{
    static char text[1024];
    char line[8192];
    snprintf(line, sizeof(line), "GET %s /", authority);
    world_ask(w, line, NULL);
    corsac_str domain = w->decision.virtual_host;
    if (domain.data == NULL)
        return corsac_reason_name((corsac_reason)w->decision.reason);
    snprintf(text, sizeof(text), "%.*s", (int)domain.size, domain.data);
    return text;
}

static world *many_hosts(void)
{
    char yaml[8192];
    snprintf(yaml, sizeof(yaml), "%s%s", world_gateway,
             VS("a", "[\"*\"]", "a") VS("b", "[foo.com, \"*.foo.com\", \"*bar.com\"]", "b")
                 VS("c", "[\"*.a.foo.com\", a.foo.com]", "c"));
    return world_new(yaml, 0);
}

Test(host, the_exact_name_then_the_longest_suffix_then_the_star) // H-17
{
    world *w = many_hosts();
    cr_expect_str_eq(host_of(w, "foo.com"), "foo.com");
    cr_expect_str_eq(host_of(w, "x.foo.com"), "*.foo.com");
    cr_expect_str_eq(host_of(w, "a.foo.com"), "a.foo.com");
    cr_expect_str_eq(host_of(w, "x.a.foo.com"), "*.a.foo.com");
    cr_expect_str_eq(host_of(w, "x.y.foo.com"), "*.foo.com");
    cr_expect_str_eq(host_of(w, "xbar.com"), "*bar.com");
    cr_expect_str_eq(host_of(w, "other"), "*");
    world_free(w);
}

Test(host, a_wildcard_needs_a_byte_before_its_suffix) // H-4, H-17
{
    world *w = many_hosts();
    cr_expect_str_eq(host_of(w, ".foo.com"), "*");
    cr_expect_str_eq(host_of(w, "bar.com"), "*");
    world_free(w);
}

Test(host, case_and_port_do_not_count) // H-5, H-17
{
    world *w = many_hosts();
    cr_expect_str_eq(host_of(w, "FOO.Com"), "foo.com");
    cr_expect_str_eq(host_of(w, "foo.com:80"), "foo.com");
    cr_expect_str_eq(host_of(w, "Foo.com:"), "foo.com");
    cr_expect_str_eq(host_of(w, "foo.com:abc"), "foo.com");
    cr_expect_str_eq(host_of(w, "foo.com:1:2"), "*");
    cr_expect_str_eq(host_of(w, "X.a.FOO.com:99"), "*.a.foo.com");
    world_free(w);
}

Test(host, a_trailing_dot_and_brackets_stay) // H-19
{
    world *w = many_hosts();
    cr_expect_str_eq(host_of(w, "foo.com."), "*");
    cr_expect_str_eq(host_of(w, "[::1]:80"), "*");
    world_free(w);
}

Test(host, a_host_beyond_any_domain_still_matches_wildcards) // H-17
{
    world *w = many_hosts();
    char authority[4096];
    memset(authority, 'X', sizeof(authority));
    strcpy(authority + 3000, ".FOO.com:80");
    cr_expect_str_eq(host_of(w, authority), "*.foo.com");
    strcpy(authority + 3000, ".org");
    cr_expect_str_eq(host_of(w, authority), "*");
    strcpy(authority + 3000, ".foo.com\001");
    cr_expect_str_eq(host_of(w, authority), "no-virtual-host");
    world_free(w);
}

Test(host, a_missing_or_empty_host_selects_only_a_lone_star) // H-17
{
    world *w = many_hosts();
    cr_expect_str_eq(host_of(w, "-"), "no-virtual-host");
    world_free(w);
    w = world_with_policy("      allowOrigins: [{exact: a}]\n", 0);
    cr_expect_str_eq(host_of(w, "-"), "*");
    cr_expect_str_eq(host_of(w, "any.host:1"), "*");
    world_free(w);
}

Test(host, a_control_byte_in_the_host_selects_nothing)
{
    world *w = world_with_policy("      allowOrigins: [{exact: a}]\n", 0);
    cr_expect_str_eq(host_of(w, "a\001b"), "no-virtual-host");
    cr_expect_str_eq(host_of(w, "long-enough-host.example\x7f"), "no-virtual-host");
    cr_expect_str_eq(host_of(w, "\x80\xff"), "*");
    world_free(w);
}

Test(host, there_is_no_fall_through_to_a_wider_host) // H-18
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s%s", world_gateway, VS("a", "[\"*\"]", "a"),
             "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: b, namespace: default}\n"
             "spec:\n  hosts: [b.com]\n  gateways: [g]\n  http:\n"
             "  - match: [{uri: {prefix: /b}}]\n    route: [{destination: {host: x}}]\n");
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(world_ask(w, "GET b.com /a", NULL), "no-route no-matching-route");
    cr_expect_str_eq(world_ask(w, "GET a.com /a", NULL), "not-cors no-origin");
    world_free(w);
}

Test(host, many_hosts_are_all_found) // H-17: more keys than one line of the table holds
{
    enum { HOSTS = 2000 };
    char *yaml = malloc(400 * HOSTS + 1024);
    size_t used = (size_t)sprintf(yaml, "%s", world_gateway);
    for (int i = 0; i < HOSTS; i++)
        used += (size_t)sprintf(yaml + used,
                                "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                                "metadata: {name: v%d, namespace: default}\n"
                                "spec:\n  hosts: [h%d.example.com, \"*.w%d.example.com\"]\n"
                                "  gateways: [g]\n"
                                "  http: [{route: [{destination: {host: x}}]}]\n---\n",
                                i, i, i);
    world *w = world_new(yaml, 0);
    char name[64], wanted[64];
    for (int i = 0; i < HOSTS; i++) {
        snprintf(name, sizeof(name), "h%d.example.com", i);
        cr_assert_str_eq(host_of(w, name), name);
        snprintf(name, sizeof(name), "x.w%d.example.com", i);
        snprintf(wanted, sizeof(wanted), "*.w%d.example.com", i);
        cr_assert_str_eq(host_of(w, name), wanted);
    }
    cr_expect_str_eq(host_of(w, "h2000.example.com"), "no-virtual-host");
    world_free(w);
    free(yaml);
}

/* ---- endpoints ---------------------------------------------------------------------------- */

#define GATEWAY(name, servers)                                                                     \
    "apiVersion: networking.istio.io/v1\nkind: Gateway\n"                                          \
    "metadata: {name: " name ", namespace: default}\nspec:\n  servers:\n" servers "---\n"
#define HTTP_SERVER(port)                                                                          \
    "  - {port: {number: " port ", name: http" port ", protocol: HTTP}, hosts: [\"*\"]}\n"
#define TLS_SERVER(port, name, hosts)                                                              \
    "  - {port: {number: " port ", name: " name ", protocol: HTTPS}, hosts: " hosts                \
    ", tls: {mode: SIMPLE, credentialName: c}}\n"

Test(host, an_unknown_gateway_or_port_is_an_input_error) // H-29
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s",
             GATEWAY("g", HTTP_SERVER("80") HTTP_SERVER("81")) GATEWAY("h", HTTP_SERVER("80")),
             VS("a", "[\"*\"]", "a"));
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(world_ask(w, "GET a /", NULL), "CORSAC_E_NOT_FOUND");
    cr_expect_eq(w->decision.outcome, CORSAC_OUTCOME_NONE);
    cr_expect_str_eq(world_ask(w, "GET a /", ":gateway: default/g", NULL), "CORSAC_E_NOT_FOUND");
    cr_expect_str_eq(world_ask(w, "GET a /", ":gateway: default/g", ":port: 80", NULL),
                     "not-cors no-origin");
    cr_expect_str_eq(world_ask(w, "GET a /", ":gateway: default/g", ":port: 82", NULL),
                     "CORSAC_E_NOT_FOUND");
    cr_expect_str_eq(world_ask(w, "GET a /", ":gateway: default/x", ":port: 80", NULL),
                     "CORSAC_E_NOT_FOUND");
    cr_expect_str_eq(world_ask(w, "GET a /", ":gateway: default/h", NULL), "not-cors no-origin");
    world_free(w);
}

/* Every question twice: the reader keeps its last answer. */
static const char *endpoint_answer(world *w, const char *gateway, const char *port)
{
    static char first[4096];
    char lines[2][64];
    snprintf(lines[0], sizeof(lines[0]), ":gateway: %s", gateway ? gateway : "");
    snprintf(lines[1], sizeof(lines[1]), ":port: %s", port);
    for (int again = 0; again < 2; again++) {
        const char *answer = gateway ? world_ask(w, "GET a /", lines[0], lines[1], NULL)
                                     : world_ask(w, "GET a /", lines[1], NULL);
        if (again)
            cr_expect_str_eq(answer, first);
        snprintf(first, sizeof(first), "%s", answer);
    }
    return first;
}

/* What a server with plain HTTP and one with TLS say of the host "a". */
#define PLAIN "not-cors no-origin"
#define TLS   "no-route no-virtual-host"

Test(host, gateways_and_ports_are_told_apart) // H-29
{
    char yaml[8192];
    snprintf(yaml, sizeof(yaml), "%s%s",
             GATEWAY("g", HTTP_SERVER("80") TLS_SERVER("443", "a", "[a.com]"))
                 GATEWAY("g2", HTTP_SERVER("80") HTTP_SERVER("81"))
                     GATEWAY("ga", HTTP_SERVER("82") HTTP_SERVER("83") HTTP_SERVER("84"))
                         GATEWAY("gb", TLS_SERVER("443", "a", "[a.com]")),
             "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: a, namespace: default}\n"
             "spec: {hosts: [\"*\"], gateways: [g, g2, ga, gb], http: [{route: [{destination: "
             "{host: x}}],\n  corsPolicy: {allowOrigins: [{exact: a}]}}]}\n");
    world *w = world_new(yaml, 0);
    static const struct {
        const char *gateway, *port, *answer;
    } rows[] = {{"default/g", "80", PLAIN},
                {"default/g", "443", TLS},
                {"default/g", "0", PLAIN}, /* the only one with plain HTTP */
                {"default/g", "81", "CORSAC_E_NOT_FOUND"},
                {"default/g", "82", "CORSAC_E_NOT_FOUND"},
                {"default/g2", "80", PLAIN},
                {"default/g2", "81", PLAIN},
                {"default/g2", "82", "CORSAC_E_NOT_FOUND"},  /* the next gateway's first */
                {"default/g2", "443", "CORSAC_E_NOT_FOUND"}, /* the last of the one before */
                {"default/g2", "0", "CORSAC_E_NOT_FOUND"},
                {"default/ga", "82", PLAIN},
                {"default/ga", "83", PLAIN},
                {"default/ga", "84", PLAIN},
                {"default/ga", "81", "CORSAC_E_NOT_FOUND"},
                {"default/ga", "443", "CORSAC_E_NOT_FOUND"},
                {"default/ga", "0", "CORSAC_E_NOT_FOUND"},
                {"default/gb", "443", TLS},
                {"default/gb", "0", TLS}, /* its only one */
                {"default/gb", "80", "CORSAC_E_NOT_FOUND"},
                {"default/", "80", "CORSAC_E_NOT_FOUND"},
                {"default/g1", "80", "CORSAC_E_NOT_FOUND"},
                {"default/gaa", "82", "CORSAC_E_NOT_FOUND"},
                {"default/gc", "0", "CORSAC_E_NOT_FOUND"},
                {"a", "0", "CORSAC_E_NOT_FOUND"},
                {"", "80", "CORSAC_E_NOT_FOUND"},
                {NULL, "80", "CORSAC_E_NOT_FOUND"},
                {NULL, "0", "CORSAC_E_NOT_FOUND"}};
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    for (size_t i = 0; i < ROWS; i++) /* each behind each, whatever was kept of the one before */
        for (size_t k = 0; k < ROWS; k++) {
            endpoint_answer(w, rows[i].gateway, rows[i].port);
            cr_expect_str_eq(endpoint_answer(w, rows[k].gateway, rows[k].port), rows[k].answer,
                             "%s %s", rows[k].gateway, rows[k].port);
        }
    world_free(w);
}

Test(host, the_only_gateway_may_be_left_out) // H-29
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s", GATEWAY("g", HTTP_SERVER("80") HTTP_SERVER("81")),
             VS("a", "[\"*\"]", "a"));
    world *w = world_new(yaml, 0);
    static const char *const rows[][3] = {{NULL, "80", PLAIN},
                                          {NULL, "81", PLAIN},
                                          {NULL, "82", "CORSAC_E_NOT_FOUND"},
                                          {NULL, "0", "CORSAC_E_NOT_FOUND"},
                                          {"default/g", "80", PLAIN},
                                          {"default/h", "80", "CORSAC_E_NOT_FOUND"},
                                          {"", "80", "CORSAC_E_NOT_FOUND"}};
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++) {
            endpoint_answer(w, rows[i][0], rows[i][1]);
            cr_expect_str_eq(endpoint_answer(w, rows[k][0], rows[k][1]), rows[k][2], "%s %s",
                             rows[k][0], rows[k][1]);
        }
    world_free(w);
}

/* Which of two configurations answered shows by the policy: what was kept must not answer for another port. */
Test(host, each_port_has_its_own_configuration) // H-29
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s",
             "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
             "metadata: {name: g, namespace: default}\nspec:\n  servers:\n"
             "  - {port: {number: 80, name: a, protocol: HTTP}, hosts: [a.com]}\n"
             "  - {port: {number: 81, name: b, protocol: HTTP}, hosts: [b.com]}\n---\n",
             VS("a", "[a.com]", "a") VS("b", "[b.com]", "b"));
    world *w = world_new(yaml, 0);
    for (int round = 0; round < 3; round++) {
        cr_expect_str_eq(world_ask(w, "GET a.com /", ":port: 80", NULL), "not-cors no-origin");
        cr_expect_str_eq(world_ask(w, "GET a.com /", ":port: 81", NULL),
                         "no-route no-virtual-host");
        cr_expect_str_eq(world_ask(w, "GET b.com /", ":port: 81", NULL), "not-cors no-origin");
        cr_expect_str_eq(world_ask(w, "GET b.com /", ":port: 80", NULL),
                         "no-route no-virtual-host");
    }
    world_free(w);
}

#define TLS_VS(name, host, port)                                                                   \
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"                                   \
    "metadata: {name: " name ", namespace: default}\n"                                             \
    "spec:\n  hosts: [" host "]\n  gateways: [g]\n  http:\n"                                       \
    "  - route: [{destination: {host: x}}]\n---\n"

Test(host, the_sni_chooses_the_server_and_defaults_to_the_host) // H-29, H-11
{
    char yaml[4096];
    snprintf(
        yaml, sizeof(yaml), "%s%s",
        GATEWAY("g", TLS_SERVER("443", "a", "[a.com]") TLS_SERVER("443", "b", "[\"*.b.com\"]")),
        TLS_VS("a", "a.com", "") TLS_VS("b", "x.b.com", ""));
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(world_ask(w, "GET a.com /", NULL), "no-policy no-cors-policy");
    cr_expect_str_eq(world_ask(w, "GET X.b.com:443 /", NULL), "no-policy no-cors-policy");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":sni: A.com", NULL), "no-policy no-cors-policy");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":sni: x.b.com", NULL),
                     "no-route no-virtual-host");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":sni: b.com", NULL), "no-route no-virtual-host");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":sni: ", NULL), "no-route no-virtual-host");
    world_free(w);
}

Test(host, the_scheme_tells_plain_from_tls_on_one_port) // H-29
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s",
             GATEWAY("g", TLS_SERVER("443", "a", "[a.com]") HTTP_SERVER("443")),
             TLS_VS("a", "a.com", "") TLS_VS("b", "b.com", ""));
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(world_ask(w, "GET b.com /", NULL), "no-policy no-cors-policy");
    cr_expect_str_eq(world_ask(w, "GET b.com /", ":scheme: https", NULL),
                     "no-route no-virtual-host");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":scheme: https", NULL),
                     "no-policy no-cors-policy");
    world_free(w);
}

Test(host, a_tls_redirect_comes_before_routes) // H-24, C-2
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), "%s%s",
             GATEWAY("g", "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com], "
                          "tls: {httpsRedirect: true}}\n"),
             TLS_VS("a", "a.com", ""));
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(
        world_ask(w, "OPTIONS a.com /", "origin: o", "access-control-request-method: GET", NULL),
        "no-policy tls-redirect");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":scheme: HTTPS", NULL), "no-policy tls-redirect");
    cr_expect_str_eq(world_ask(w, "GET a.com /", ":scheme: https", NULL),
                     "no-policy no-cors-policy");
    world_free(w);
}

Test(host, a_configuration_without_hosts_routes_nothing) // H-26
{
    char yaml[2048];
    snprintf(yaml, sizeof(yaml), "%s", world_gateway);
    world *w = world_new(yaml, 0);
    cr_expect_str_eq(host_of(w, "a.com"), "*");
    cr_expect_str_eq(world_ask(w, "GET a.com /", NULL), "no-route no-matching-route");
    world_free(w);
}

/* Names on both sides of the 32 bytes that stand in a record and of the words that are compared at once; a
 * label has at most 63. */
static world *long_hosts(size_t size)
{
    char yaml[8192], same[300];
    memset(same, 'n', sizeof(same));
    int n = (int)size - 5; /* ".a.co" */
    snprintf(yaml, sizeof(yaml),
             "%s" VS("a", "[%.*s.a.co, '*%.*s.b.co']", "a") VS("b", "[%.*sx.a.co]", "b"),
             world_gateway, n, same, n - 1, same, n - 1, same);
    return world_new(yaml, 0);
}

Test(host, names_of_every_length_are_compared_to_the_last_byte) // H-17
{
    for (size_t size = 8; size < 60; size++) {
        char name[128], other[160];
        world *w = long_hosts(size);
        memset(name, 'n', sizeof(name));
        memcpy(name + size - 5, ".a.co", 6);
        cr_expect_str_eq(host_of(w, name), name, "%zu bytes", size);
        for (size_t i = 0; i < size; i++) { /* any other byte is another name */
            memcpy(other, name, size + 1);
            other[i] = i == size - 6 ? 'y' : 'z';
            cr_expect_str_neq(host_of(w, other), name, "%zu bytes, byte %zu", size, i);
            other[i] = (char)(name[i] == '.' ? '.' : name[i] - 'a' + 'A'); /* but case is none */
            cr_expect_str_eq(host_of(w, other), name, "%zu bytes, capital at %zu", size, i);
        }
        snprintf(other, sizeof(other), "%s:%zu", name, size * 1000);
        cr_expect_str_eq(host_of(w, other), name, "%zu bytes and a port", size); // H-18
        memcpy(other, name, size + 1);
        other[size - 6] = 'x';
        cr_expect_str_eq(host_of(w, other), other, "%zu bytes", size);
        /* the wildcard: one byte before the suffix at least, and the suffix whole */
        memset(name, 'n', sizeof(name));
        memcpy(name + size - 5, ".b.co", 6);
        name[0] = '*';
        memcpy(other, name, size + 1);
        other[0] = 'q';
        cr_expect_str_eq(host_of(w, other), name, "%zu bytes", size);
        cr_expect_str_neq(host_of(w, other + 1), name, "%zu bytes without the byte before", size);
        for (size_t i = 1; i < size; i += 3) {
            memcpy(other, name, size + 1);
            other[0] = 'q';
            other[i] = 'z';
            cr_expect_str_neq(host_of(w, other), name, "%zu bytes, byte %zu", size, i);
        }
        world_free(w);
    }
}
