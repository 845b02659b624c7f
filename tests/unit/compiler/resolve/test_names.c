// SPDX-License-Identifier: Apache-2.0
// The pure functions behind chapter H, case by case.
#include "compiler/resolve/names.h"

#include <criterion/criterion.h>

static bool subset(const char *a, const char *b)
{
    return csc_host_is_subset(csc_str_from(a), csc_str_from(b));
}

Test(resolve_names, subset_of_an_exact_host_is_equality) // H-12
{
    cr_expect(subset("a.com", "a.com"));
    cr_expect_not(subset("a.com", "b.com"));
    cr_expect_not(subset("*.com", "a.com"));
    cr_expect_not(subset("*", "a.com"));
}

Test(resolve_names, subset_of_a_wildcard_is_an_ending) // H-4, H-12
{
    cr_expect(subset("a.com", "*"));
    cr_expect(subset("*", "*"));
    cr_expect(subset("a.foo.com", "*.foo.com"));
    cr_expect(subset("a.b.foo.com", "*.foo.com"));
    cr_expect(subset("*.b.foo.com", "*.foo.com"));
    cr_expect(subset("foo.com", "*foo.com"));
    cr_expect(subset("xfoo.com", "*foo.com"));
    cr_expect_not(subset("foo.com", "*.foo.com"));
    cr_expect_not(subset("*", "*.foo.com"));
    cr_expect_not(subset("*.com", "*.foo.com"));
    cr_expect_not(subset("A.FOO.com", "*.foo.com"));
}

static bool gateway_is(const char *name, const char *expected)
{
    csc_arena *arena = csc_arena_new();
    bool equal =
        csc_str_is(csc_name_gateway(arena, csc_str_from(name), csc_str_from("own")), expected);
    csc_arena_free(arena);
    return equal;
}

Test(resolve_names, gateway_names_in_every_form) // H-8
{
    cr_expect(gateway_is("mesh", "mesh"));
    cr_expect(gateway_is("gw", "own/gw"));
    cr_expect(gateway_is("ns/gw", "ns/gw"));
    cr_expect(gateway_is("./gw", "own/gw"));
    cr_expect(gateway_is("gw.ns", "ns/gw"));
    cr_expect(gateway_is("gw.ns.svc.cluster.local", "ns/gw"));
}

static bool host_is(const char *name, const char *ns, const char *domain, const char *expected)
{
    csc_arena *arena = csc_arena_new();
    bool equal = csc_str_is(
        csc_name_host(arena, csc_str_from(name), csc_str_from(ns), csc_str_from(domain)), expected);
    csc_arena_free(arena);
    return equal;
}

Test(resolve_names, hosts_in_every_form) // H-1
{
    cr_expect(host_is("reviews", "app", "cluster.local", "reviews.app.svc.cluster.local"));
    cr_expect(host_is("reviews", "app", "", "reviews.app"));
    cr_expect(host_is("reviews", "", "d", "reviews.svc.d"));
    cr_expect(host_is("localhost", "app", "d", "localhost.app.svc.d"));
    cr_expect(host_is("A.b", "app", "d", "A.b"));
    cr_expect(host_is("*", "app", "d", "*"));
    cr_expect(host_is("", "app", "d", ""));
    cr_expect(host_is("::1", "app", "d", "::1"));
    cr_expect(host_is("127.0.0.1", "app", "d", "127.0.0.1"));
}

static bool server_host_is(const char *written, const char *ns, const char *host,
                           const char *claimed)
{
    csc_arena *arena = csc_arena_new();
    csc_server_host h = csc_name_server_host(arena, csc_str_from(written), csc_str_from("own"));
    bool equal = csc_str_is(h.host, host) && csc_str_is(h.text, claimed) &&
                 (ns ? csc_str_is(h.ns, ns) : h.ns.data == NULL);
    csc_arena_free(arena);
    return equal;
}

Test(resolve_names, server_hosts_in_every_form) // H-9
{
    cr_expect(server_host_is("a.com", NULL, "a.com", "a.com"));
    cr_expect(server_host_is("*/a.com", NULL, "a.com", "a.com"));
    cr_expect(server_host_is("./a.com", "own", "a.com", "own/a.com"));
    cr_expect(server_host_is("ns/*.a.com", "ns", "*.a.com", "ns/*.a.com"));
    cr_expect(server_host_is("ns/*", "ns", "*", "ns/*"));
}

Test(resolve_names, a_zero_byte_does_not_make_two_names_one)
{
    csc_arena *arena = csc_arena_new();
    corsac_str forged = csc_name_qualify(arena, (corsac_str){"shop\0x", 6}, csc_str_from("a"));
    cr_expect_eq(forged.size, 8);
    cr_expect_not(
        csc_str_equal(forged, csc_name_qualify(arena, csc_str_from("shop"), csc_str_from("a"))));
    csc_arena_free(arena);
}
