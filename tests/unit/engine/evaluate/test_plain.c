// SPDX-License-Identifier: Apache-2.0
// Decisions out of what a host repeats (F-4): the same as out of the records that it repeats, whatever they are.
#include "../world.h"

#include "engine/image/format.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = 8, MOST_BYTES = 65 };

/* A rule for /p, and what stands before it. */
typedef struct rules {
    bool credentials, exposes, has_prefix;
    const char *before; /* other rules */
    uint32_t key_count;
    char keys[MOST_KEYS][MOST_BYTES + 1];
} rules;

/* "https://" and letters, which differ in the last one. */
static void write_key(rules *r, uint32_t size)
{
    char *key = r->keys[r->key_count];
    memset(key, 'k', size);
    memcpy(key, "https://", 8);
    key[size - 1] = (char)('a' + r->key_count++);
    key[size] = 0;
}

static world *world_of(const rules *r)
{
    char yaml[8192];
    int at = snprintf(yaml, sizeof(yaml),
                      "%sapiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                      "metadata: {name: v, namespace: default}\n"
                      "spec:\n  hosts: [a.example.com, b.example.com]\n  gateways: [g]\n  http:\n%s"
                      "  - match: [{uri: {prefix: /p}}]\n    route: [{destination: {host: x}}]\n"
                      "    corsPolicy:\n      allowCredentials: %s\n      exposeHeaders: [%s]\n"
                      "      allowOrigins:\n",
                      world_gateway, r->before, r->credentials ? "true" : "false",
                      r->exposes ? "x-a, x-b" : "");
    for (uint32_t i = 0; i < r->key_count; i++)
        at += snprintf(yaml + at, sizeof(yaml) - (size_t)at, "      - exact: %s\n", r->keys[i]);
    if (r->has_prefix)
        at += snprintf(yaml + at, sizeof(yaml) - (size_t)at, "      - prefix: http://q\n");
    cr_assert_lt((size_t)at, sizeof(yaml));
    return world_new(yaml, 0);
}

static void expect(world *w, const rules *r, const char *origin, bool allowed)
{
    char line[128], wanted[512] = "denied origin-unmatched";
    snprintf(line, sizeof(line), "origin: %s", origin);
    if (allowed)
        snprintf(wanted, sizeof(wanted),
                 "allowed origin-matched access-control-allow-origin=%s%s%s", origin,
                 r->credentials ? " access-control-allow-credentials=true" : "",
                 r->exposes ? " access-control-expose-headers=x-a,x-b" : "");
    for (int host = 'a'; host <= 'b'; host++) {
        char question[64];
        snprintf(question, sizeof(question), "GET %c.example.com /p/q", host);
        cr_expect_str_eq(world_ask(w, question, line, NULL), wanted, "%s", origin);
        cr_expect_eq(w->decision.virtual_host.data[0], host);
        cr_expect_eq(w->decision.virtual_host.size, strlen("a.example.com"));
    }
}

/* Each string, and each with one byte that is another; a byte less and a byte more. */
static void ask_about_all(const rules *r)
{
    world *w = world_of(r);
    for (uint32_t i = 0; i < r->key_count; i++) {
        const size_t size = strlen(r->keys[i]);
        char other[MOST_BYTES + 2];
        expect(w, r, r->keys[i], true);
        for (size_t at = 0; at < size; at++) {
            strcpy(other, r->keys[i]);
            other[at] = '!';
            expect(w, r, other, false);
        }
        snprintf(other, sizeof(other), "%s!", r->keys[i]);
        expect(w, r, other, false);
        other[size - 1] = 0;
        expect(w, r, other, false);
    }
    expect(w, r, "http://q.example.com", r->has_prefix);
    world_free(w);
}

static const char *const befores[] = {
    "", "  - match: [{uri: {exact: /other}}]\n    route: [{destination: {host: x}}]\n",
    "  - match: [{uri: {prefix: /other}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://other.example.com\"}]}\n",
    "  - match: [{uri: {prefix: /p}, headers: {x-a: {exact: b}}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://other.example.com\"}]}\n",
    "  - match: [{uri: {regex: \"/o.*\"}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://other.example.com\"}]}\n"};
enum { BEFORES = sizeof(befores) / sizeof(befores[0]) };

Test(plain, whatever_stands_beside_the_strings) // F-4, C-10, C-17
{
    for (int bits = 0; bits < 8; bits++)
        for (int before = 0; before < BEFORES; before++) {
            rules r = {.credentials = bits & 1,
                       .exposes = bits & 2,
                       .has_prefix = bits & 4,
                       .before = befores[before]};
            write_key(&r, 23);
            write_key(&r, 40);
            ask_about_all(&r);
        }
}

/* What is repeated has room for 128 bytes; a list may have 255. */
Test(plain, as_many_strings_as_there_is_room_for) // F-4
{
    static const uint32_t sizes[][MOST_KEYS] = {{16},
                                                {64},
                                                {15},
                                                {65},
                                                {64, 64},
                                                {64, 63, 16},
                                                {63, 65},
                                                {64, 48, 16},
                                                {64, 47, 16},
                                                {64, 48, 17},
                                                {16, 16, 16, 16, 16, 16, 16, 16},
                                                {16, 16, 16, 16, 16, 16, 16, 17},
                                                {31, 32, 32, 32, 32, 32, 32, 32},
                                                {31, 32, 32, 32, 32, 32, 32, 33},
                                                {17, 16, 33, 32, 30}};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (int bits = 0; bits < 2; bits++) {
            rules r = {.credentials = bits, .exposes = bits, .before = befores[bits]};
            for (uint32_t k = 0; k < MOST_KEYS && sizes[s][k] > 0; k++)
                write_key(&r, sizes[s][k]);
            ask_about_all(&r);
        }
}
