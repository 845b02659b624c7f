// SPDX-License-Identifier: Apache-2.0
// Hostile images: any edit with repaired checksums is refused or harmless, and each rule of the
// record checks refuses an image that breaks it alone.
#include "../world.h"
#include "corrupt/checksums.h"
#include "engine/image/format.h"
#include "engine/image/origin_format.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Something of everything: wildcards, TLS, conditions, regexes, several origin forms. */
static const char rich_yaml[] =
    "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
    "metadata: {name: g, namespace: default}\n"
    "spec:\n  servers:\n"
    "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}\n"
    "  - {port: {number: 443, name: a, protocol: HTTPS}, hosts: [\"*.b.com\", c.com, \"*\"],\n"
    "     tls: {mode: SIMPLE, credentialName: c}}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: v, namespace: default}\n"
    "spec:\n  hosts: [a.com, \"*.b.com\"]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /p}, headers: {x-a: {regex: \"a+b\"}, user-agent: {prefix: m}},\n"
    "             queryParams: {q: {exact: \"1\"}}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://a.com\"}, {prefix: \"https://b.\"},\n"
    "      {regex: \"https://[a-z]+[.]c[.]com\"}, {regex: \"h(ab|c)*d{2,5}e?\"}],\n"
    "      allowMethods: [GET], maxAge: 24h, exposeHeaders: [x]}\n"
    "  - match: [{uri: {regex: \"/r[0-9]+\"}}, {uri: {exact: /a/path/longer/than/sixteen}}]\n"
    "    redirect: {uri: /x}\n"
    "  - route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"*\"}], allowHeaders: [\"*\"]}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: w, namespace: default}\n"
    "spec: {hosts: [\"*\"], gateways: [g], http: [{route: [{destination: {host: x}}]}]}\n";

typedef struct edit {
    uint8_t *bytes;
    size_t size;
    cse_header *header;
    cse_section *table;
} edit;

static edit start_with(const char *yaml)
{
    corsac_blob *blob = world_compile(yaml, 0);
    corsac_str bytes = corsac_blob_bytes(blob);
    edit e = {.size = bytes.size};
    e.bytes = aligned_alloc(64, (bytes.size + 63) / 64 * 64);
    cr_assert_not_null(e.bytes);
    memcpy(e.bytes, bytes.data, bytes.size);
    e.header = (cse_header *)e.bytes;
    e.table = (cse_section *)(e.header + 1);
    corsac_blob_free(blob);
    return e;
}

static edit start(void)
{
    return start_with(rich_yaml);
}

static void *section(edit *e, cse_section_kind kind)
{
    for (uint32_t i = 0; i < e->header->section_count; i++)
        if (e->table[i].kind == (uint32_t)kind)
            return e->bytes + e->table[i].offset;
    cr_assert_fail("the image has no section %d", (int)kind);
    return NULL;
}

static corsac_status open_edit(edit *e)
{
    corsac_image *image;
    corrupt_fix_checksums(e->bytes, e->size); /* so that only the records can be refused */
    corsac_status status = corsac_image_open(&image, e->bytes, e->size, NULL, NULL);
    corsac_image_free(image);
    return status;
}

Test(verify, repaired_checksums_are_accepted) // the tests below prove something
{
    edit e = start();
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}

/* One field set to one value must be enough for a refusal; everything is put back afterwards. */
#define REFUSES(e, record, field, value)                                                           \
    do {                                                                                           \
        __typeof__((record)->field) saved = (record)->field;                                       \
        (record)->field = (value);                                                                 \
        cr_expect_eq(open_edit(e), CORSAC_E_IMAGE_CORRUPT, #field " = " #value);                   \
        (record)->field = saved;                                                                   \
    } while (0)

#define BEYOND 0x00FFFFFFu

Test(verify, endpoints_and_configurations) // F-3
{
    edit e = start();
    cse_endpoint *endpoint = section(&e, CSE_SECTION_ENDPOINTS);
    REFUSES(&e, endpoint, gateway.offset, BEYOND);
    REFUSES(&e, endpoint, gateway.size, UINT32_MAX);
    REFUSES(&e, endpoint, route_config, BEYOND);
    REFUSES(&e, endpoint, tls_group, BEYOND);
    REFUSES(&e, endpoint, port, 65535); /* out of order */
    REFUSES(&e, endpoint, implied, 2);
    cse_route_config *config = section(&e, CSE_SECTION_ROUTE_CONFIGS);
    REFUSES(&e, config, suffixes.first, BEYOND);
    REFUSES(&e, config, suffixes.count, BEYOND);
    REFUSES(&e, config, star, BEYOND);
    REFUSES(&e, config, only_star, 2);
    cse_tls_group *group = section(&e, CSE_SECTION_TLS_GROUPS);
    REFUSES(&e, group, suffixes.count, BEYOND);
    REFUSES(&e, group, star, BEYOND);
    uint32_t *suffixes = section(&e, CSE_SECTION_HOST_SUFFIXES);
    uint32_t saved = suffixes[0];
    suffixes[0] = 0;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    suffixes[0] = CSE_MAX_DOMAIN_BYTES + 1;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    suffixes[0] = saved;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}

/* Appends 2,048 letters to the strings; where they begin. */
static uint32_t grow_strings(edit *e)
{
    e->table[0].size_bytes = e->table[1].offset - e->table[0].offset; /* padding becomes strings */
    uint32_t first = (uint32_t)e->table[0].size_bytes;
    size_t grown = e->size + 2048;
    e->bytes = realloc(e->bytes, grown);
    cr_assert_not_null(e->bytes);
    e->header = (cse_header *)e->bytes;
    e->table = (cse_section *)(e->header + 1);
    uint8_t *behind = e->bytes + e->table[1].offset;
    memmove(behind + 2048, behind, e->size - e->table[1].offset);
    memset(behind, 'a', 2048);
    e->table[0].size_bytes += 2048;
    for (uint32_t i = 1; i < e->header->section_count; i++)
        e->table[i].offset += 2048;
    e->size = e->header->total_bytes = grown;
    return first;
}

/* Many endpoints may share one long text, and each is compared with the one before it. */
Test(verify, names_of_gateways_are_bounded) // F-3, H-29
{
    edit e = start();
    uint32_t first = grow_strings(&e);
    cse_endpoint *endpoints = section(&e, CSE_SECTION_ENDPOINTS);
    endpoints[1].gateway = (cse_text){first, CSE_MAX_GATEWAY_BYTES};
    endpoints[0].gateway = (cse_text){first, CSE_MAX_GATEWAY_BYTES};
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    endpoints[1].gateway.size++;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    free(e.bytes);
}

/* Counters sort the policies of an image by these texts, which many routes may share. */
Test(verify, names_of_policies_are_bounded) // F-6, corsac/counters.h
{
    edit e = start();
    uint32_t first = grow_strings(&e);
    cse_route_source *source = section(&e, CSE_SECTION_ROUTE_SOURCES);
    source->policy_owner = (cse_text){first, CSE_MAX_OWNER_BYTES};
    source->policy_path = (cse_text){first, CSE_MAX_POLICY_PATH_BYTES};
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    REFUSES(&e, source, policy_owner.size, CSE_MAX_OWNER_BYTES + 1);
    REFUSES(&e, source, policy_path.size, CSE_MAX_POLICY_PATH_BYTES + 1);
    free(e.bytes);
}

static void expect_printable(void *context, const char *text, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        cr_expect(text[i] == '\n' || ((unsigned char)text[i] >= 0x20 && text[i] != 0x7F));
}

Test(verify, a_dump_cannot_steer_a_terminal) // F-7
{
    edit e = start();
    const cse_policy *policies = section(&e, CSE_SECTION_POLICIES);
    uint8_t *strings = section(&e, CSE_SECTION_STRINGS);
    cr_assert_gt(policies[0].allow_methods.size, 0);
    strings[policies[0].allow_methods.offset] = 0x1B;
    corrupt_fix_checksums(e.bytes, e.size);
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, e.bytes, e.size, NULL, NULL), CORSAC_OK);
    cr_expect_eq(corsac_image_dump(image, expect_printable, NULL), CORSAC_OK);
    corsac_image_free(image);
    free(e.bytes);
}

Test(verify, hosts_and_names) // F-4
{
    edit e = start();
    cse_virtual_host *host = section(&e, CSE_SECTION_VIRTUAL_HOSTS);
    for (; host->route_config == CSE_NONE; host++)
        ;
    REFUSES(&e, host, domain_offset, BEYOND);
    REFUSES(&e, host, domain_size, UINT16_MAX);
    REFUSES(&e, host, route_config, BEYOND);
    REFUSES(&e, host, kind, 3);
    REFUSES(&e, host, flags, 4);
    REFUSES(&e, host, flags, (uint8_t)(host->flags ^ CSE_HOST_PLAIN));
    REFUSES(&e, host, first_route, BEYOND);
    REFUSES(&e, host, route_count, BEYOND);
    REFUSES(&e, host, text[0], 'Z');
    REFUSES(&e, host, text[31], 'Z');
    for (int i = 0; i < 3; i++)
        REFUSES(&e, host, reserved[i], 1);
    for (; host->ahead.policy == CSE_NONE; host++)
        ;
    REFUSES(&e, host, ahead.source, BEYOND);
    REFUSES(&e, host, ahead.policy, BEYOND);
    REFUSES(&e, host, ahead.policy, CSE_NONE);
    REFUSES(&e, host, ahead.origin_set, BEYOND);
    REFUSES(&e, host, ahead.list.keys, BEYOND);
    REFUSES(&e, host, ahead.list.keys, CSE_AHEAD_SPAN | BEYOND);
    cse_sni_name *name = section(&e, CSE_SECTION_SNI_NAMES);
    for (; name->tls_group == CSE_NONE; name++)
        ;
    REFUSES(&e, name, host.size, BEYOND);
    REFUSES(&e, name, tls_group, BEYOND);
    REFUSES(&e, name, kind, 7);
    REFUSES(&e, name, kind, 0);
    REFUSES(&e, name, route_config, BEYOND);
    free(e.bytes);
}

Test(verify, routes_and_conditions) // F-5
{
    edit e = start();
    cse_route *route = section(&e, CSE_SECTION_ROUTES);
    for (; route->policy == CSE_NONE; route++)
        ;
    REFUSES(&e, route, path_kind, 4);
    REFUSES(&e, route, path_kind, CSE_PATH_REGEX); /* its offset is no program */
    REFUSES(&e, route, ignore_case, 2);
    REFUSES(&e, route, action, 3);
    REFUSES(&e, route, flags, 4);
    REFUSES(&e, route, flags, (uint8_t)(route->flags ^ CSE_ROUTE_PLAIN));
    REFUSES(&e, route, path_offset, BEYOND);
    REFUSES(&e, route, path_size, BEYOND);
    REFUSES(&e, route, first_condition, BEYOND);
    REFUSES(&e, route, condition_count, BEYOND);
    REFUSES(&e, route, policy, BEYOND);
    REFUSES(&e, route, policy, CSE_NONE);
    REFUSES(&e, route, origin_set, BEYOND);
    REFUSES(&e, route, source, BEYOND);
    REFUSES(&e, route, path[0], 'Z');
    REFUSES(&e, route, mask[0], 0);
    REFUSES(&e, route, mask[15], 1);
    cse_condition *condition = section(&e, CSE_SECTION_CONDITIONS);
    REFUSES(&e, condition, subject, CSE_SUBJECT_COUNT);
    REFUSES(&e, condition, test, CSE_TEST_COUNT);
    REFUSES(&e, condition, name.offset, BEYOND);
    REFUSES(&e, condition, value.size, BEYOND);
    for (; condition->test != CSE_TEST_REGEX; condition++)
        ;
    REFUSES(&e, condition, program, BEYOND);
    free(e.bytes);
}

Test(verify, policies_and_sources) // F-6
{
    edit e = start();
    cse_policy *policy = section(&e, CSE_SECTION_POLICIES);
    REFUSES(&e, policy, origin_set, BEYOND);
    REFUSES(&e, policy, allow_methods.offset, BEYOND);
    REFUSES(&e, policy, allow_headers.size, BEYOND);
    REFUSES(&e, policy, max_age.size, BEYOND);
    REFUSES(&e, policy, expose_headers.offset, BEYOND);
    cse_route_source *source = section(&e, CSE_SECTION_ROUTE_SOURCES);
    REFUSES(&e, source, route.offset, BEYOND);
    REFUSES(&e, source, route_name.size, BEYOND);
    REFUSES(&e, source, root.size, BEYOND);
    REFUSES(&e, source, file.size, BEYOND);
    REFUSES(&e, source, policy_owner.size, BEYOND);
    REFUSES(&e, source, policy_path.size, BEYOND);
    REFUSES(&e, source, policy_file.size, BEYOND);
    REFUSES(&e, source, policy, BEYOND);
    free(e.bytes);
}

Test(verify, the_section_table) // F-2
{
    edit e = start();
    REFUSES(&e, &e.table[1], kind, e.table[0].kind);
    REFUSES(&e, &e.table[1], kind, 0);
    REFUSES(&e, &e.table[1], record_bytes, 1);
    REFUSES(&e, e.header, header_bytes, 63);
    REFUSES(&e, e.header, total_bytes, e.size + 64);
    cse_section saved = e.table[1];
    e.table[1].record_bytes = 0;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    e.table[1] = saved;
    e.bytes[e.table[1].offset - 1] = 1; /* padding */
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    free(e.bytes);
}

/* ---- edits at random ---------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void ask_everything(corsac_image *image)
{
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_decision decision;
    const char *hosts[] = {"a.com", "x.b.com", "other:80", ""};
    const char *paths[] = {"/p?q=1", "/r12", "/a/path/longer/than/sixteen", "/"};
    const char *origins[] = {"https://a.com", "https://b.x", "https://abc.c.com", "hababddde",
                             "\xff"};
    corsac_header lines[2] = {{{"x-a", 3}, {"aab", 3}}, {{"user-agent", 10}, {"moz", 3}}};
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    for (int i = 0; i < 160; i++) {
        const char *host = hosts[i % 4], *path = paths[i / 4 % 4], *origin = origins[i / 16 % 5];
        corsac_request request = {.struct_size = sizeof(request),
                                  .gateway = {"default/g", 9},
                                  .port = i & 1 ? 80 : 443,
                                  .header_count = 2,
                                  .authority = {host, strlen(host)},
                                  .path = {path, strlen(path)},
                                  .origin = {origin, strlen(origin)},
                                  .headers = lines};
        char buffer[256];
        corsac_str matched;
        if (corsac_evaluate(&decision, reader, &request) == CORSAC_OK)
            (void)corsac_decision_matched(reader, &decision, request.origin, buffer, sizeof(buffer),
                                          &matched);
    }
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

Test(verify, random_edits_with_repaired_checksums_are_refused_or_harmless) // F-7
{
    edit original = start();
    uint64_t state = 7;
    size_t accepted = 0;
    for (int round = 0; round < 20000; round++) {
        edit e = original;
        e.bytes = aligned_alloc(64, (original.size + 63) / 64 * 64);
        memcpy(e.bytes, original.bytes, original.size);
        e.header = (cse_header *)e.bytes;
        e.table = (cse_section *)(e.header + 1);
        size_t body = sizeof(cse_header) + e.header->section_count * sizeof(cse_section);
        for (uint64_t edits = 1 + next_random(&state) % 3; edits > 0; edits--) {
            size_t at = body + next_random(&state) % (e.size - body);
            e.bytes[at] = (uint8_t)(next_random(&state) % 3 ? next_random(&state) : 0xFF);
        }
        corsac_image *image;
        corrupt_fix_checksums(e.bytes, e.size);
        if (corsac_image_open(&image, e.bytes, e.size, NULL, NULL) == CORSAC_OK) {
            accepted++;
            ask_everything(image);
        }
        free(e.bytes);
    }
    cr_expect_gt(accepted, 0);
    free(original.bytes);
}

Test(verify, conditions_of_one_route_are_bounded_whoever_else_uses_them) // X-9, F-3
{
    static char yaml[128 * 1024];
    size_t size = (size_t)snprintf(
        yaml, sizeof(yaml),
        "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
        "metadata: {name: g, namespace: default}\n"
        "spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}]}\n"
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
        "metadata: {name: v, namespace: default}\n"
        "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n");
    for (int rule = 0; rule < 3; rule++) {
        size += (size_t)snprintf(yaml + size, sizeof(yaml) - size,
                                 "  - route: [{destination: {host: x}}]\n    match: [{headers: {");
        for (int i = 0; i < 1000; i++)
            size += (size_t)snprintf(yaml + size, sizeof(yaml) - size, "x-%d-%d: {exact: a}, ",
                                     rule, i);
        size += (size_t)snprintf(yaml + size, sizeof(yaml) - size, "}}]\n");
    }
    edit e = start_with(yaml);
    cse_route *route = section(&e, CSE_SECTION_ROUTES);
    route->first_condition = 0;
    route->condition_count = CSE_MAX_ROUTE_CONDITIONS;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    route->condition_count = CSE_MAX_ROUTE_CONDITIONS + 1;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    free(e.bytes);
}

Test(verify, no_regex_is_asked_twice_of_one_list) // F-7
{
    edit e = start_with(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
        "metadata: {name: v, namespace: default}\n"
        "spec: {hosts: [\"*\"], gateways: [g], http: [{route: [{destination: {host: x}}],\n"
        "  corsPolicy: {allowOrigins: [{regex: \"h(ab|c)*d{2,5}e?\"}, {regex: \".*x.*y.*\"},\n"
        "    {regex: \".*x.*y.*\"}]}}]}\n");
    uint32_t *list = section(&e, CSE_SECTION_ORIGIN_PROGRAMS);
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    uint32_t first = list[0];
    list[0] = list[1];
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    list[0] = first;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}

/* Two VirtualServices, each with all that it may spend on regexes, in a list of origins and in conditions. */
static edit start_costly(void)
{
    static char yaml[16 * 1024];
    size_t size = 0;
    for (int service = 0; service < 4; service++) {
        bool origins = service < 2;
        size += (size_t)snprintf(yaml + size, sizeof(yaml) - size,
                                 "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                                 "metadata: {name: v%d, namespace: default}\n"
                                 "spec:\n  hosts: [v%d.com]\n  gateways: [g]\n  http:\n"
                                 "  - route: [{destination: {host: x}}]\n    %s",
                                 service, service,
                                 origins ? "corsPolicy: {allowOrigins: [" : "match: [{headers: {");
        for (int i = 0; i < 7; i++) {
            if (!origins)
                size += (size_t)snprintf(yaml + size, sizeof(yaml) - size, "x-%d: ", i);
            size += (size_t)snprintf(yaml + size, sizeof(yaml) - size,
                                     "{regex: '(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,1000}c)*"
                                     "(?:a|b)*a(?:a|b){2%d}%d'},",
                                     i, service);
        }
        size += (size_t)snprintf(yaml + size, sizeof(yaml) - size, "%s\n", origins ? "]}" : "}}]");
    }
    return start_with(yaml);
}

Test(verify, lists_cost_no_more_than_the_compiler_admits) // X-9, F-7
{
    edit e = start_costly();
    cr_assert_eq(open_edit(&e), CORSAC_OK);
    cse_origin_set *sets = section(&e, CSE_SECTION_ORIGIN_SETS);
    cr_assert(sets[0].rest_count == 7 && sets[1].rest_count == 7 && sets[1].rest == 7);
    cr_assert(sets[0].matcher_count == 7 && sets[1].matcher_count == 7);
    cse_origin_set saved[2] = {sets[0], sets[1]};
    sets[1].rest = sets[1].whole = 0; /* one program, so that the other list may take all */
    sets[1].rest_count = sets[1].whole_count = 1;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    sets[0].rest_count = sets[0].whole_count = 8;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    memcpy(sets, saved, sizeof(saved));
    sets[1].matchers = 8;
    sets[1].matcher_count = 6;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "a gap");
    sets[0].matcher_count = 8;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "no gap, but eight of them");
    memcpy(sets, saved, sizeof(saved));
    sets[1].matchers = 0;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "two sets with one list");
    memcpy(sets, saved, sizeof(saved));
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}

Test(verify, routes_cost_no_more_than_the_compiler_admits) // X-9, F-7
{
    edit e = start_costly();
    cse_route *routes = section(&e, CSE_SECTION_ROUTES);
    uint32_t at = 0;
    while (routes[at].condition_count == 0)
        at++;
    uint32_t program = ((cse_condition *)section(&e, CSE_SECTION_CONDITIONS))[0].program;
    REFUSES(&e, &routes[at], condition_count, 8);
    routes[at].path_kind = CSE_PATH_REGEX;
    routes[at].path_offset = program;
    routes[at].path_size = 0;
    memset(routes[at].path, 0, sizeof(routes[at].path));
    memset(routes[at].mask, 0, sizeof(routes[at].mask));
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT);
    routes[at].condition_count = 6;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}
