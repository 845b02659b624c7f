// SPDX-License-Identifier: Apache-2.0
// Decisions out of what a host repeats (F-4): the same as out of the records that it repeats, whatever they are.
#include "../world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = 8, MOST_BYTES = 65 };

/* A rule for /p, and what stands before it. */
typedef struct rules {
    bool credentials, exposes, has_prefix, has_twin; /* a twin: another match of the same rule */
    const char *before;                              /* other rules */
    uint32_t options;
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
                      "  - match: [%s{uri: {prefix: /p}}]\n    route: [{destination: {host: x}}]\n"
                      "    corsPolicy:\n      allowCredentials: %s\n      exposeHeaders: [%s]\n"
                      "      allowOrigins:\n",
                      world_gateway, r->before, r->has_twin ? "{uri: {exact: /twin}}, " : "",
                      r->credentials ? "true" : "false", r->exposes ? "x-a, x-b" : "");
    for (uint32_t i = 0; i < r->key_count; i++)
        at += snprintf(yaml + at, sizeof(yaml) - (size_t)at, "      - exact: %s\n", r->keys[i]);
    if (r->has_prefix)
        at += snprintf(yaml + at, sizeof(yaml) - (size_t)at, "      - prefix: http://q\n");
    cr_assert_lt((size_t)at, sizeof(yaml));
    return world_new(yaml, r->options);
}

static void is_route(const world *w, const rules *r)
{
    char wanted[64];
    corsac_image *image;
    corsac_route_info info;
    const corsac_str bytes = corsac_blob_bytes(w->blob);
    snprintf(wanted, sizeof(wanted), "default/v#http[%d].match[%d]", r->before[0] != 0,
             r->has_twin);
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    cr_assert_eq(corsac_image_route(image, w->decision.route, &info), CORSAC_OK);
    cr_expect(info.route.size == strlen(wanted) &&
                  memcmp(info.route.data, wanted, info.route.size) == 0,
              "%.*s instead of %s", (int)info.route.size, info.route.data, wanted);
    corsac_image_free(image);
}

static void is_same(const corsac_decision *a, const corsac_decision *b)
{
    cr_expect_eq(a->outcome, b->outcome);
    cr_expect_eq(a->reason, b->reason);
    cr_expect_eq(a->flags, b->flags);
    cr_expect_eq(a->route, b->route);
    cr_expect_eq(a->policy, b->policy);
    cr_expect_eq(a->append_vary, b->append_vary);
    cr_expect_eq(a->virtual_host.data, b->virtual_host.data);
    cr_assert_eq(a->set_count, b->set_count);
    for (uint32_t i = 0; i < a->set_count; i++)
        cr_expect(a->set[i].value.size == b->set[i].value.size &&
                  memcmp(a->set[i].value.data, b->set[i].value.data, a->set[i].value.size) == 0);
}

/* The other entry points say the same of three requests that differ in their host and path alone. */
static void ask_other_ways(world *w, const char *origin)
{
    static const char *const hosts[] = {"a.example.com", "B.example.com", "b.example.com:80"};
    corsac_request requests[3];
    corsac_decision batch[3], one;
    for (int i = 0; i < 3; i++) {
        uint32_t outcome;
        requests[i] = (corsac_request){.struct_size = sizeof(requests[i]),
                                       .authority = {hosts[i], strlen(hosts[i])},
                                       .path = {"/p/q", 4},
                                       .origin = {origin, strlen(origin)}};
        cr_assert_eq(corsac_evaluate_outcome(&outcome, w->reader, &requests[i]), CORSAC_OK);
        cr_expect_eq(outcome, w->decision.outcome);
    }
    cr_assert_eq(corsac_evaluate_batch(batch, NULL, w->reader, requests, 3), CORSAC_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(corsac_evaluate(&one, w->reader, &requests[i]), CORSAC_OK);
        is_same(&batch[i], &one);
    }
}

static void expect(world *w, const rules *r, const char *origin, bool allowed)
{
    const char *vary = r->options & CORSAC_OPTION_VARY_ORIGIN ? " +vary" : "";
    char line[128], wanted[512], preflight[512];
    snprintf(line, sizeof(line), "origin: %s", origin);
    snprintf(wanted, sizeof(wanted), "denied origin-unmatched%s", vary);
    snprintf(preflight, sizeof(preflight), "preflight-forwarded origin-unmatched%s", vary);
    if (allowed) {
        char headers[256];
        snprintf(headers, sizeof(headers), "access-control-allow-origin=%s%s%s", origin,
                 r->credentials ? " access-control-allow-credentials=true" : "",
                 r->exposes ? " access-control-expose-headers=x-a,x-b" : "");
        snprintf(wanted, sizeof(wanted), "allowed origin-matched %s%s", headers, vary);
        snprintf(preflight, sizeof(preflight), "preflight-allowed origin-matched 200 %s%s", headers,
                 vary[0] ? " vary=Origin" : "");
    }
    for (int host = 'a'; host <= 'b'; host++) {
        char question[64];
        snprintf(question, sizeof(question), "OPTIONS %c.example.com /p/q", host);
        cr_expect_str_eq(world_ask(w, question, line, "access-control-request-method: GET", NULL),
                         preflight, "%s", origin);
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
        is_route(w, r);
        ask_other_ways(w, r->keys[i]);
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
    ask_other_ways(w, "http://q.example.com");
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
    for (int bits = 0; bits < 32; bits++)
        for (int before = 0; before < BEFORES; before++) {
            rules r = {.credentials = bits & 1,
                       .exposes = bits & 2,
                       .has_prefix = bits & 4,
                       .has_twin = bits & 8,
                       .options = bits & 16 ? CORSAC_OPTION_VARY_ORIGIN : 0,
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
