// SPDX-License-Identifier: Apache-2.0
// Each field of header, table and routing records at its bound and one beyond (F-1 to F-7). Checksums are made right
// again, so that nothing but the field can be refused; what stands on the bound is accepted.
#include "../world.h"
#include "corrupt/checksums.h"
#include "engine/image/ahead_format.h"
#include "engine/image/format.h"
#include "engine/image/origin_format.h"
#include "engine/image/verify.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Wildcards, TLS, redirects, conditions, regexes, long and short names and paths, every kind of record twice. */
static const char YAML[] =
    "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
    "metadata: {name: g, namespace: default}\n"
    "spec:\n  servers:\n"
    "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}\n"
    "  - {port: {number: 443, name: a, protocol: HTTPS}, hosts: [\"*.b.com\", c.com],\n"
    "     tls: {mode: SIMPLE, credentialName: c}}\n"
    "  - {port: {number: 443, name: b, protocol: HTTPS}, hosts: [\"*\"],\n"
    "     tls: {mode: SIMPLE, credentialName: c}}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: v, namespace: default}\n"
    "spec:\n"
    "  hosts: [a.com, \"*.b.com\", "
    "a-host-name-of-more-than-thirty-two-bytes.com]\n"
    "  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /p}, headers: {x-a: {regex: \"a+b\"}, user-agent: {prefix: m}},\n"
    "             queryParams: {q: {exact: \"1\"}}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://a.com\"}, {regex: \"h(ab|c)*d{2,5}e?\"}],\n"
    "      allowMethods: [GET], allowHeaders: [yy], maxAge: 24h, exposeHeaders: [x]}\n"
    "  - match: [{uri: {regex: \"/r[0-9]+\"}}, {uri: {exact: /a/path/longer/than/sixteen}},\n"
    "            {uri: {exact: /sixteen-bytes-x}}]\n"
    "    redirect: {uri: /x}\n"
    "  - route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"*\"}], allowHeaders: [\"*\"]}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: w, namespace: default}\n"
    "spec: {hosts: [\"*\"], gateways: [g], http: [{route: [{destination: {host: x}}]}]}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: x, namespace: default}\n"
    "spec: {hosts: [\"*.longer.b.com\"], gateways: [g], http: [{route: [{destination: {host: "
    "x}}]}]}\n";

typedef struct edit {
    uint8_t *bytes;
    size_t size;
    cse_header *header;
    cse_section *table;
} edit;

static void look(edit *e)
{
    e->header = (cse_header *)e->bytes;
    e->table = (cse_section *)(e->header + 1);
}

static edit start_with(const char *yaml)
{
    corsac_blob *blob = world_compile(yaml, 0);
    corsac_str bytes = corsac_blob_bytes(blob);
    edit e = {.size = bytes.size};
    e.bytes = aligned_alloc(64, (bytes.size + 63) / 64 * 64);
    cr_assert_not_null(e.bytes);
    memcpy(e.bytes, bytes.data, bytes.size);
    look(&e);
    corsac_blob_free(blob);
    return e;
}

static edit start(void)
{
    return start_with(YAML);
}

static cse_section *entry(edit *e, cse_section_kind kind)
{
    for (uint32_t i = 0; i < e->header->section_count; i++)
        if (e->table[i].kind == (uint32_t)kind)
            return &e->table[i];
    cr_assert_fail("the image has no section %d", (int)kind);
    return NULL;
}

#define RECORDS(e, kind) ((void *)((e)->bytes + entry((e), CSE_SECTION_##kind)->offset))
#define COUNT(e, kind)                                                                             \
    ((uint32_t)(entry((e), CSE_SECTION_##kind)->size_bytes /                                       \
                entry((e), CSE_SECTION_##kind)->record_bytes))

static corsac_status open_as_it_is(const edit *e)
{
    corsac_image *image;
    corsac_status status = corsac_image_open(&image, e->bytes, e->size, NULL, NULL);
    corsac_image_free(image);
    return status;
}

static corsac_status open_edit(edit *e)
{
    corrupt_fix_checksums(e->bytes, e->size);
    return open_as_it_is(e);
}

#define GIVES(e, field, value, status)                                                             \
    do {                                                                                           \
        __typeof__(field) before_it = (field);                                                     \
        (field) = (__typeof__(field))(value);                                                      \
        cr_expect_eq(open_edit(e), (status), #field " = " #value);                                 \
        (field) = before_it;                                                                       \
    } while (0)
#define REFUSES(e, field, value) GIVES(e, field, value, CORSAC_E_IMAGE_CORRUPT)
#define ACCEPTS(e, field, value) GIVES(e, field, value, CORSAC_OK)

/* A text that ends the strings, and one byte more. */
#define TEXT_IS_BOUNDED(e, text)                                                                   \
    do {                                                                                           \
        ACCEPTS(e, (text).size, COUNT(e, STRINGS) - (text).offset);                                \
        REFUSES(e, (text).size, COUNT(e, STRINGS) - (text).offset + 1);                            \
        REFUSES(e, (text).offset, COUNT(e, STRINGS) - (text).size + 1);                            \
        REFUSES(e, (text).offset, UINT32_MAX);                                                     \
    } while (0)

Test(bounds, configurations) // F-3
{
    edit e = start();
    cse_route_config *config = RECORDS(&e, ROUTE_CONFIGS);
    const uint32_t hosts = COUNT(&e, VIRTUAL_HOSTS), suffixes = COUNT(&e, HOST_SUFFIXES);
    for (uint32_t i = 0; i < COUNT(&e, ROUTE_CONFIGS); i++) {
        TEXT_IS_BOUNDED(&e, config[i].name);
        REFUSES(&e, config[i].suffixes.first, suffixes - config[i].suffixes.count + 1);
        REFUSES(&e, config[i].suffixes.count, suffixes - config[i].suffixes.first + 1);
        REFUSES(&e, config[i].star, hosts);
        ACCEPTS(&e, config[i].star, hosts - 1);
        REFUSES(&e, config[i].only_star, 2);
        cse_route_config saved = config[i];
        config[i].star = 0;
        ACCEPTS(&e, config[i].only_star, 1);
        config[i].star = CSE_NONE;
        ACCEPTS(&e, config[i].only_star, 0);
        REFUSES(&e, config[i].only_star, 1); /* then it is looked at */
        config[i] = saved;
    }
    free(e.bytes);
}

Test(bounds, lengths_of_wildcards_descend) // F-3, F-7
{
    edit e = start();
    cse_route_config *config = RECORDS(&e, ROUTE_CONFIGS);
    uint32_t *lengths = RECORDS(&e, HOST_SUFFIXES);
    while (config->suffixes.count < 2)
        config++;
    lengths += config->suffixes.first;
    cr_assert_gt(lengths[0], lengths[1]);
    REFUSES(&e, lengths[0], lengths[1]);
    REFUSES(&e, lengths[1], lengths[0]);
    REFUSES(&e, lengths[1], lengths[0] + 1);
    ACCEPTS(&e, lengths[1], lengths[0] - 1);
    ACCEPTS(&e, lengths[1], 1);
    REFUSES(&e, lengths[1], 0);
    ACCEPTS(&e, lengths[0], CSE_MAX_DOMAIN_BYTES);
    REFUSES(&e, lengths[0], CSE_MAX_DOMAIN_BYTES + 1);
    free(e.bytes);
}

Test(bounds, endpoints_and_servers) // F-3, H-29
{
    edit e = start();
    cse_endpoint *endpoint = RECORDS(&e, ENDPOINTS);
    const uint32_t configs = COUNT(&e, ROUTE_CONFIGS), groups = COUNT(&e, TLS_GROUPS),
                   names = COUNT(&e, SNI_NAMES), suffixes = COUNT(&e, HOST_SUFFIXES);
    cr_assert_eq(COUNT(&e, ENDPOINTS), 2);
    for (uint32_t i = 0; i < 2; i++) {
        REFUSES(&e, endpoint[i].gateway.size, COUNT(&e, STRINGS) - endpoint[i].gateway.offset + 1);
        REFUSES(&e, endpoint[i].gateway.offset, COUNT(&e, STRINGS) - endpoint[i].gateway.size + 1);
        REFUSES(&e, endpoint[i].route_config, configs);
        ACCEPTS(&e, endpoint[i].route_config, configs - 1);
        ACCEPTS(&e, endpoint[i].route_config, CSE_NONE);
        REFUSES(&e, endpoint[i].tls_group, groups);
        ACCEPTS(&e, endpoint[i].tls_group, groups - 1);
        ACCEPTS(&e, endpoint[i].tls_group, CSE_NONE);
        REFUSES(&e, endpoint[i].implied, 2);
        ACCEPTS(&e, endpoint[i].implied, 1);
    }
    cr_assert_eq(endpoint[0].port, 80);
    REFUSES(&e, endpoint[1].port, 80);
    REFUSES(&e, endpoint[1].port, 79);
    ACCEPTS(&e, endpoint[1].port, 81);
    ACCEPTS(&e, endpoint[0].gateway.size, endpoint[0].gateway.size - 1); /* a shorter name first */
    REFUSES(&e, endpoint[1].gateway.size, endpoint[1].gateway.size - 1);
    REFUSES(&e, endpoint[1].gateway.size, 0);
    ACCEPTS(&e, endpoint[0].gateway.size, 0);
    cse_tls_group *group = RECORDS(&e, TLS_GROUPS);
    for (uint32_t i = 0; i < groups; i++) {
        REFUSES(&e, group[i].suffixes.first, suffixes - group[i].suffixes.count + 1);
        REFUSES(&e, group[i].suffixes.count, suffixes - group[i].suffixes.first + 1);
        REFUSES(&e, group[i].star, names);
        ACCEPTS(&e, group[i].star, names - 1);
    }
    cse_sni_name *name = RECORDS(&e, SNI_NAMES);
    for (uint32_t i = 0; i < names; i++) {
        if (name[i].tls_group == CSE_NONE)
            continue;
        TEXT_IS_BOUNDED(&e, name[i].host);
        REFUSES(&e, name[i].tls_group, groups);
        ACCEPTS(&e, name[i].tls_group, groups - 1);
        REFUSES(&e, name[i].route_config, configs);
        ACCEPTS(&e, name[i].route_config, configs - 1);
        ACCEPTS(&e, name[i].route_config, CSE_NONE);
        REFUSES(&e, name[i].kind, CSE_SNI_EXACT - 1);
        ACCEPTS(&e, name[i].kind, CSE_SNI_EXACT);
        ACCEPTS(&e, name[i].kind, CSE_SNI_SUFFIX);
        ACCEPTS(&e, name[i].kind, CSE_SNI_STAR);
        REFUSES(&e, name[i].kind, CSE_SNI_STAR + 1);
        cse_sni_name saved = name[i];
        name[i].host.size = 0; /* a wildcard has its star at least */
        ACCEPTS(&e, name[i].kind, CSE_SNI_EXACT);
        REFUSES(&e, name[i].kind, CSE_SNI_SUFFIX);
        REFUSES(&e, name[i].kind, CSE_SNI_STAR);
        name[i] = saved;
    }
    free(e.bytes);
}

Test(bounds, hosts) // F-3, F-4
{
    edit e = start();
    cse_virtual_host *host = RECORDS(&e, VIRTUAL_HOSTS);
    const uint32_t routes = COUNT(&e, ROUTES), configs = COUNT(&e, ROUTE_CONFIGS);
    uint32_t long_ones = 0;
    for (uint32_t i = 0; i < COUNT(&e, VIRTUAL_HOSTS); i++) {
        if (host[i].route_config == CSE_NONE)
            continue;
        uint32_t size = host[i].domain_size;
        long_ones += size > sizeof(host->text);
        REFUSES(&e, host[i].domain_offset, COUNT(&e, STRINGS) - size + 1);
        REFUSES(&e, host[i].domain_size, COUNT(&e, STRINGS) - host[i].domain_offset + 1);
        REFUSES(&e, host[i].route_config, configs);
        ACCEPTS(&e, host[i].route_config, configs - 1);
        REFUSES(&e, host[i].kind, CSE_HOST_STAR + 1);
        REFUSES(&e, host[i].flags, (uint8_t)(host[i].flags ^ CSE_HOST_PLAIN));
        ACCEPTS(&e, host[i].flags, (uint8_t)(host[i].flags ^ CSE_HOST_TLS_REDIRECT));
        REFUSES(&e, host[i].first_route, routes - host[i].route_count + 1);
        REFUSES(&e, host[i].route_count, routes - host[i].first_route + 1);
        for (size_t k = 0; k < sizeof(host->text); k++)
            REFUSES(&e, host[i].text[k], host[i].text[k] ^ 1);
        cse_virtual_host saved = host[i];
        host[i].flags &= (uint8_t)~CSE_HOST_PLAIN;
        ACCEPTS(&e, host[i].kind, CSE_HOST_STAR);
        host[i].domain_size = 0;
        memset(host[i].text, 0, sizeof(host->text));
        ACCEPTS(&e, host[i].kind, CSE_HOST_EXACT);
        REFUSES(&e, host[i].kind, CSE_HOST_SUFFIX);
        REFUSES(&e, host[i].kind, CSE_HOST_STAR);
        host[i] = saved;
    }
    cr_expect_gt(long_ones, 0);
    free(e.bytes);
}

Test(bounds, free_slots_lead_nowhere) // F-3
{
    edit e = start();
    cse_virtual_host *host = RECORDS(&e, VIRTUAL_HOSTS);
    while (host->route_config != CSE_NONE)
        host++;
    for (size_t i = 0; i < sizeof(*host); i++)
        REFUSES(&e, ((uint8_t *)host)[i], ((uint8_t *)host)[i] ^ 1);
    cse_sni_name *name = RECORDS(&e, SNI_NAMES);
    while (name->tls_group != CSE_NONE)
        name++;
    for (size_t i = 0; i < sizeof(*name); i++)
        REFUSES(&e, ((uint8_t *)name)[i], ((uint8_t *)name)[i] ^ 1);
    free(e.bytes);
}

Test(bounds, a_table_without_slots_or_pilots_is_refused) // F-3: a look-up divides by neither
{
    edit e = start();
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, e.bytes, e.size, NULL, NULL), CORSAC_OK);
    for (int i = 0; i < 4; i++) {
        corsac_image copy = *image;
        uint32_t *counts[] = {&copy.host_pilot_count, &copy.host_slot_count, &copy.sni_pilot_count,
                              &copy.sni_slot_count};
        *counts[i] = 0;
        const char *reason = cse_image_verify_records(&copy, NULL, NULL);
        cr_expect_str_eq(reason, "a table of hosts is missing");
    }
    corsac_image_free(image);
    uint8_t *pilots = RECORDS(&e, HOST_PILOTS);
    ACCEPTS(&e, pilots[0], 0xFF); /* any byte leads to some slot */
    free(e.bytes);
}

Test(bounds, a_domain_of_thirty_two_bytes_is_copied_whole) // F-4
{
    edit e = start();
    cse_virtual_host *host = RECORDS(&e, VIRTUAL_HOSTS);
    const char *strings = RECORDS(&e, STRINGS);
    while (host->domain_size <= sizeof(host->text))
        host++;
    const cse_virtual_host saved = *host;
    host->domain_size = sizeof(host->text);
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "no copy");
    memcpy(host->text, strings + host->domain_offset, sizeof(host->text));
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "a plain name that does not say so");
    host->flags |= CSE_HOST_PLAIN;
    cr_expect_eq(open_edit(&e), CORSAC_OK);
    host->text[sizeof(host->text) - 1] ^= 1;
    cr_expect_eq(open_edit(&e), CORSAC_E_IMAGE_CORRUPT, "its last byte");
    *host = saved;
    host->domain_size = sizeof(host->text) + 1;
    cr_expect_eq(open_edit(&e), CORSAC_OK, "too long for a copy");
    free(e.bytes);
}

Test(bounds, pilots_are_a_power_of_two) // F-3
{
    edit e = start();
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, e.bytes, e.size, NULL, NULL), CORSAC_OK);
    for (uint32_t count = 3; count < 100; count += 2) {
        corsac_image hosts = *image, names = *image;
        hosts.host_pilot_count = names.sni_pilot_count = count;
        cr_expect_str_eq(cse_image_verify_records(&hosts, NULL, NULL),
                         "a table of hosts is missing");
        cr_expect_str_eq(cse_image_verify_records(&names, NULL, NULL),
                         "a table of hosts is missing");
    }
    corsac_image_free(image);
    free(e.bytes);
}

static void route_is_bounded(edit *e, cse_route *route)
{
    const uint32_t conditions = COUNT(e, CONDITIONS);
    REFUSES(e, route->action, CSE_ACTION_DIRECT_RESPONSE + 1);
    GIVES(e, route->action, CSE_ACTION_DIRECT_RESPONSE, /* only what forwards has a policy (C-2) */
          route->policy == CSE_NONE ? CORSAC_OK : CORSAC_E_IMAGE_CORRUPT);
    REFUSES(e, route->flags, (uint8_t)(route->flags ^ CSE_ROUTE_PLAIN));
    REFUSES(e, route->flags, (uint8_t)(route->flags | CSE_ROUTE_PLAIN << 1));
    GIVES(e, route->flags,
          (uint8_t)(route->flags ^ CSE_ROUTE_CLAIMS), /* only conditions ask (M-18) */
          route->condition_count > 0 ? CORSAC_OK : CORSAC_E_IMAGE_CORRUPT);
    REFUSES(e, route->source, COUNT(e, ROUTE_SOURCES));
    ACCEPTS(e, route->source, COUNT(e, ROUTE_SOURCES) - 1);
    ACCEPTS(e, route->first_condition, conditions - route->condition_count);
    REFUSES(e, route->first_condition, conditions - route->condition_count + 1);
    const uint8_t flags = route->flags;
    route->flags &= CSE_ROUTE_CLAIMS; /* with conditions, or without case, no route is plain */
    ACCEPTS(e, route->condition_count, conditions - route->first_condition);
    if (route->path_kind != CSE_PATH_REGEX)
        ACCEPTS(e, route->ignore_case, 1);
    route->flags = flags;
    REFUSES(e, route->condition_count, conditions - route->first_condition + 1);
    for (size_t i = 0; i < sizeof(route->mask); i++) {
        REFUSES(e, route->mask[i], route->mask[i] ^ 1);
        if (route->path_kind != CSE_PATH_REGEX)
            REFUSES(e, route->path[i], route->path[i] ^ 1);
    }
    REFUSES(e, route->policy, route->policy == CSE_NONE ? 0 : CSE_NONE);
    REFUSES(e, route->policy, COUNT(e, POLICIES));
    REFUSES(e, route->origin_set, route->origin_set == CSE_NONE ? 0 : CSE_NONE);
    if (route->path_kind == CSE_PATH_REGEX) {
        REFUSES(e, route->path_offset, COUNT(e, PROGRAM_TABLE));
        ACCEPTS(e, route->path_offset, COUNT(e, PROGRAM_TABLE) - 1);
        return;
    }
    REFUSES(e, route->path_kind, CSE_PATH_REGEX + 1);
    REFUSES(e, route->ignore_case, 2);
    REFUSES(e, route->path_offset, COUNT(e, STRINGS) - route->path_size + 1);
    REFUSES(e, route->path_size, COUNT(e, STRINGS) - route->path_offset + 1);
}

Test(bounds, routes) // F-5
{
    edit e = start();
    cse_route *route = RECORDS(&e, ROUTES);
    uint32_t regexes = 0, long_ones = 0, full = 0;
    for (uint32_t i = 0; i < COUNT(&e, ROUTES); i++) {
        route_is_bounded(&e, &route[i]);
        bool regex = route[i].path_kind == CSE_PATH_REGEX;
        regexes += regex;
        long_ones += !regex && route[i].path_size > sizeof(route->path);
        full += !regex && route[i].path_size == sizeof(route->path);
    }
    cr_expect(regexes > 0 && long_ones > 0 && full > 0);
    free(e.bytes);
}

Test(bounds, conditions_policies_and_sources) // F-5, F-6
{
    edit e = start();
    cse_condition *condition = RECORDS(&e, CONDITIONS);
    for (uint32_t i = 0; i < COUNT(&e, CONDITIONS); i++) {
        REFUSES(&e, condition[i].subject, CSE_SUBJECT_COUNT);
        ACCEPTS(&e, condition[i].subject, CSE_SUBJECT_COUNT - 1);
        REFUSES(&e, condition[i].test, CSE_TEST_COUNT);
        TEXT_IS_BOUNDED(&e, condition[i].name);
        TEXT_IS_BOUNDED(&e, condition[i].value);
        bool regex = condition[i].test == CSE_TEST_REGEX;
        GIVES(&e, condition[i].program, COUNT(&e, PROGRAM_TABLE),
              regex ? CORSAC_E_IMAGE_CORRUPT : CORSAC_OK);
        ACCEPTS(&e, condition[i].program, COUNT(&e, PROGRAM_TABLE) - 1);
    }
    cse_policy *policy = RECORDS(&e, POLICIES);
    for (uint32_t i = 0; i < COUNT(&e, POLICIES); i++) {
        REFUSES(&e, policy[i].origin_set, COUNT(&e, ORIGIN_SETS));
        TEXT_IS_BOUNDED(&e, policy[i].allow_methods);
        TEXT_IS_BOUNDED(&e, policy[i].allow_headers);
        TEXT_IS_BOUNDED(&e, policy[i].max_age);
        TEXT_IS_BOUNDED(&e, policy[i].expose_headers);
    }
    cse_route_source *source = RECORDS(&e, ROUTE_SOURCES);
    const uint32_t strings = COUNT(&e, STRINGS);
    cr_assert(strings > CSE_MAX_POLICY_PATH_BYTES && strings <= CSE_MAX_OWNER_BYTES);
    for (uint32_t i = 0; i < COUNT(&e, ROUTE_SOURCES); i++) {
        TEXT_IS_BOUNDED(&e, source[i].route);
        TEXT_IS_BOUNDED(&e, source[i].route_name);
        TEXT_IS_BOUNDED(&e, source[i].root);
        TEXT_IS_BOUNDED(&e, source[i].file);
        TEXT_IS_BOUNDED(&e, source[i].policy_owner);
        source[i].policy_path.offset = 0;
        ACCEPTS(&e, source[i].policy_path.size, CSE_MAX_POLICY_PATH_BYTES);
        REFUSES(&e, source[i].policy_path.size, CSE_MAX_POLICY_PATH_BYTES + 1);
        source[i].policy_path = (cse_text){strings - 1, 1};
        ACCEPTS(&e, source[i].policy_path.size, 1);
        REFUSES(&e, source[i].policy_path.size, 2);
        source[i].policy_path = (cse_text){0, 0};
        TEXT_IS_BOUNDED(&e, source[i].policy_file);
        REFUSES(&e, source[i].policy, COUNT(&e, POLICIES));
        ACCEPTS(&e, source[i].policy, COUNT(&e, POLICIES) - 1);
        ACCEPTS(&e, source[i].policy, CSE_NONE);
    }
    free(e.bytes);
}

/* Hosts repeat what the records say now, which are valid. */
static void repeat_again(edit *e)
{
    const cse_route *routes = RECORDS(e, ROUTES);
    cse_virtual_host *host = RECORDS(e, VIRTUAL_HOSTS);
    for (uint32_t i = 0; i < COUNT(e, VIRTUAL_HOSTS); i++) {
        const cse_route *first = host[i].route_count > 0 ? &routes[host[i].first_route] : NULL;
        const uint8_t kept = host[i].flags & (CSE_HOST_TLS_REDIRECT | CSE_HOST_PLAIN);
        host[i].flags = kept | cse_ahead_fill(&host[i].ahead, first, host[i].ahead.policy,
                                              RECORDS(e, POLICIES), RECORDS(e, ORIGIN_SETS));
    }
}

/* Routes and hosts agree, so that nothing but the number of sets is wrong. */
Test(bounds, the_origin_set_of_a_policy) // F-6
{
    edit e = start();
    cse_policy *policy = RECORDS(&e, POLICIES);
    cse_route *route = RECORDS(&e, ROUTES);
    const uint32_t sets = COUNT(&e, ORIGIN_SETS);
    for (uint32_t i = 0; i < COUNT(&e, POLICIES); i++) {
        const uint32_t saved = policy[i].origin_set;
        for (uint32_t set = sets - 1; set <= sets; set++) {
            policy[i].origin_set = set;
            for (uint32_t r = 0; r < COUNT(&e, ROUTES); r++)
                if (route[r].policy == i)
                    route[r].origin_set = set;
            if (set < sets)
                repeat_again(&e);
            cr_expect_eq(open_edit(&e), set < sets ? CORSAC_OK : CORSAC_E_IMAGE_CORRUPT);
        }
        policy[i].origin_set = saved;
        for (uint32_t r = 0; r < COUNT(&e, ROUTES); r++)
            if (route[r].policy == i)
                route[r].origin_set = saved;
    }
    free(e.bytes);
}

/* Three lists: strings alone, strings and a prefix, a string that is too short to be seen so. */
static const char GLANCES[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: v, namespace: default}\n"
    "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /a}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowCredentials: true, allowOrigins: [{exact: "
    "\"https://one.example.com\"},\n"
    "      {exact: \"https://two.example.com\"}, {exact: \"https://three.example.com\"}]}\n"
    "  - match: [{uri: {prefix: /b}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://one.example.com\"}, {prefix: "
    "\"http://b\"}]}\n"
    "  - route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: \"https://c.com\"}]}\n";

Test(bounds, what_a_policy_shows_at_a_glance) // F-6: it is what its origin set says, to the byte
{
    static const cse_glance wanted[] = {{.key_count = 3, .is_all = 1}, {.key_count = 1}, {0}};
    edit e = start_with(GLANCES);
    cse_policy *policy = RECORDS(&e, POLICIES);
    cr_assert_eq(COUNT(&e, POLICIES), 3);
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = (uint8_t *)&policy[i].glance;
        cr_expect_eq(policy[i].glance.key_count, wanted[i].key_count, "%zu", i);
        cr_expect_eq(policy[i].glance.is_all, wanted[i].is_all, "%zu", i);
        for (size_t at = 0; at < sizeof(cse_glance); at++) {
            REFUSES(&e, bytes[at], bytes[at] ^ 1);
            REFUSES(&e, bytes[at], bytes[at] ^ 0x80);
        }
    }
    REFUSES(&e, policy[0].origin_set, policy[1].origin_set);
    free(e.bytes);
}

/* Whatever a host repeats is as the original, to the byte, and what it does not repeat is zero. */
static void ahead_is_bounded(edit *e, cse_virtual_host *host)
{
    uint8_t *bytes = (uint8_t *)&host->ahead;
    for (size_t at = 0; at < sizeof(host->ahead); at++) {
        REFUSES(e, bytes[at], bytes[at] ^ 1);
        REFUSES(e, bytes[at], bytes[at] ^ 0x80);
    }
    REFUSES(e, host->ahead.policy, COUNT(e, POLICIES));
    for (uint8_t flag = CSE_HOST_FIRST_ROUTE; flag != 0; flag = (uint8_t)(flag << 1))
        REFUSES(e, host->flags, (uint8_t)(host->flags ^ flag));
}

Test(bounds, what_a_host_repeats) // F-4
{
    static const char *const worlds[] = {YAML, GLANCES};
    uint32_t routes = 0, keys = 0, credentials = 0, hints = 0, nothing = 0;
    for (size_t w = 0; w < 2; w++) {
        edit e = start_with(worlds[w]);
        cse_virtual_host *host = RECORDS(&e, VIRTUAL_HOSTS);
        for (uint32_t i = 0; i < COUNT(&e, VIRTUAL_HOSTS); i++) {
            const bool has_policy = host[i].ahead.policy != CSE_NONE;
            routes += (host[i].flags & CSE_HOST_FIRST_ROUTE) != 0;
            keys += (host[i].flags & CSE_HOST_KEYS) != 0;
            credentials += (host[i].flags & CSE_HOST_CREDENTIALS) != 0;
            hints += has_policy && host[i].ahead.list.sizes[0] == 0;
            nothing += !has_policy;
            ahead_is_bounded(&e, &host[i]);
        }
        free(e.bytes);
    }
    cr_expect(routes > 0 && keys > 0 && credentials > 0 && hints > 0 && nothing > 0,
              "%u %u %u %u %u", routes, keys, credentials, hints, nothing);
}

/* ---- header and table --------------------------------------------------------------------- */

Test(bounds, the_header) // F-1
{
    edit e = start();
    cse_header *header = e.header;
    GIVES(&e, header->format_version, CSE_FORMAT_VERSION + 1, CORSAC_E_IMAGE_VERSION);
    GIVES(&e, header->format_version, CSE_FORMAT_VERSION - 1, CORSAC_E_IMAGE_VERSION);
    REFUSES(&e, header->header_bytes, sizeof(cse_header) + 1);
    REFUSES(&e, header->header_bytes, sizeof(cse_header) - 1);
    REFUSES(&e, header->total_bytes, e.size + 1);
    REFUSES(&e, header->total_bytes, e.size - 1);
    for (size_t i = 0; i < sizeof(header->magic); i++)
        GIVES(&e, header->magic[i], header->magic[i] ^ 1, CORSAC_E_IMAGE_FOREIGN);
    cr_assert_eq(open_edit(&e), CORSAC_OK);
    header->revision ^= 1; /* with the right checksum of the head */
    header->head_checksum = 0;
    corrupt_fix_head_checksum(e.bytes);
    cr_expect_eq(open_as_it_is(&e), CORSAC_E_IMAGE_CORRUPT, "revision");
    cr_assert_eq(open_edit(&e), CORSAC_OK);
    header->head_checksum ^= 1;
    cr_expect_eq(open_as_it_is(&e), CORSAC_E_IMAGE_CORRUPT, "checksum of the head");
    cr_assert_eq(open_edit(&e), CORSAC_OK);
    for (uint32_t i = 0; i < header->section_count; i++) {
        e.table[i].checksum ^= 1;
        corrupt_fix_head_checksum(e.bytes);
        cr_expect_eq(open_as_it_is(&e), CORSAC_E_IMAGE_CORRUPT, "checksum of section %u", i);
        e.table[i].checksum ^= 1;
    }
    free(e.bytes);
}

Test(bounds, the_table_of_sections) // F-2
{
    edit e = start();
    for (uint32_t i = 0; i < e.header->section_count; i++) {
        cse_section *s = &e.table[i];
        REFUSES(&e, s->offset, s->offset + CSE_SECTION_ALIGNMENT);
        REFUSES(&e, s->offset, s->offset - CSE_SECTION_ALIGNMENT);
        REFUSES(&e, s->offset, s->offset + 1);
        REFUSES(&e, s->offset, UINT64_MAX - 63);
        REFUSES(&e, s->size_bytes, e.size - s->offset + s->record_bytes);
        REFUSES(&e, s->size_bytes, UINT64_MAX / s->record_bytes * s->record_bytes);
        REFUSES(&e, s->record_bytes, 0);
        if (s->record_bytes > 1) {
            REFUSES(&e, s->size_bytes, s->size_bytes - 1);
            REFUSES(&e, s->record_bytes, 1);
        } else if (s->size_bytes > 1) {
            REFUSES(&e, s->record_bytes, s->size_bytes);
        }
        if (i > 0) {
            REFUSES(&e, s->kind, e.table[i - 1].kind);
            REFUSES(&e, s->kind, e.table[i - 1].kind - 1);
        }
    }
    free(e.bytes);
}

Test(bounds, zeros_between_sections_and_nothing_behind) // F-2
{
    edit e = start();
    for (uint32_t i = 0; i < e.header->section_count; i++) {
        uint64_t end = e.table[i].offset + e.table[i].size_bytes;
        uint64_t next = i + 1 < e.header->section_count ? e.table[i + 1].offset : e.size;
        for (uint64_t at = end; at < next; at++)
            REFUSES(&e, e.bytes[at], 1);
    }
    edit longer = e;
    for (size_t more = 1; more <= 2 * CSE_SECTION_ALIGNMENT; more++) {
        longer.size = e.size + more;
        longer.bytes = aligned_alloc(64, (longer.size + 63) / 64 * 64);
        memset(longer.bytes, 0, (longer.size + 63) / 64 * 64);
        memcpy(longer.bytes, e.bytes, e.size);
        look(&longer);
        longer.header->total_bytes = longer.size;
        const cse_section *last = &e.table[e.header->section_count - 1];
        bool aligned = longer.size - (last->offset + last->size_bytes) < CSE_SECTION_ALIGNMENT;
        cr_expect_eq(open_edit(&longer), aligned ? CORSAC_OK : CORSAC_E_IMAGE_CORRUPT, "%zu more",
                     more);
        free(longer.bytes);
    }
    free(e.bytes);
}

static const char *reason_of(const edit *e)
{
    static corsac_error error;
    corsac_image *image;
    corsac_status status = corsac_image_open(&image, e->bytes, e->size, NULL, &error);
    corsac_image_free(image);
    return status == CORSAC_OK ? "accepted" : error.message;
}

/* Found by the sizes, before any byte beyond the image is read for a checksum. */
Test(bounds, a_section_ends_inside_the_image) // F-2
{
    edit e = start();
    for (uint32_t i = 0; i < e.header->section_count; i++) {
        cse_section *s = &e.table[i];
        uint64_t size_bytes = s->size_bytes;
        s->size_bytes = ((e.size - s->offset) / s->record_bytes + 1) * s->record_bytes;
        corrupt_fix_checksums(e.bytes, e.size);
        cr_expect_str_eq(reason_of(&e), "a section lies outside the image", "kind %u", s->kind);
        s->size_bytes = size_bytes;
    }
    free(e.bytes);
}

/* Bytes moved into the zeros behind them: nothing is wrong but the place. */
Test(bounds, a_section_begins_on_a_line) // F-2
{
    edit e = start();
    uint32_t moved = 0;
    for (uint32_t i = 0; i + 1 < e.header->section_count; i++) {
        cse_section *s = &e.table[i];
        if (s->offset + s->size_bytes + 8 > e.table[i + 1].offset)
            continue;
        memmove(e.bytes + s->offset + 8, e.bytes + s->offset, s->size_bytes);
        memset(e.bytes + s->offset, 0, 8);
        s->offset += 8;
        corrupt_fix_checksums(e.bytes, e.size);
        cr_expect_str_eq(reason_of(&e), "a section lies outside the image", "kind %u", s->kind);
        s->offset -= 8;
        memmove(e.bytes + s->offset, e.bytes + s->offset + 8, s->size_bytes);
        memset(e.bytes + s->offset + s->size_bytes, 0, 8);
        cr_assert_eq(open_edit(&e), CORSAC_OK);
        moved++;
    }
    cr_expect_gt(moved, 4);
    free(e.bytes);
}

/* A line of zeros more between two sections, all behind it moved on. */
Test(bounds, a_section_follows_at_the_first_line) // F-2
{
    const edit e = start();
    for (uint32_t i = 0; i < e.header->section_count; i++) {
        edit wider = {.size = e.size + 64};
        uint64_t at = e.table[i].offset;
        wider.bytes = aligned_alloc(64, (wider.size + 63) / 64 * 64);
        memcpy(wider.bytes, e.bytes, at);
        memset(wider.bytes + at, 0, 64);
        memcpy(wider.bytes + at + 64, e.bytes + at, e.size - at);
        look(&wider);
        wider.header->total_bytes = wider.size;
        for (uint32_t k = i; k < e.header->section_count; k++)
            wider.table[k].offset += 64;
        corrupt_fix_checksums(wider.bytes, wider.size);
        cr_expect_str_eq(reason_of(&wider), "a section lies outside the image", "before %u", i);
        free(wider.bytes);
    }
    free(e.bytes);
}

/* Whoever copies sections by their kind need not ask (rebuild.c). */
Test(bounds, sections_are_of_kinds_that_there_are) // F-7
{
    static const uint32_t unknown[] = {CSE_SECTION_SLOTS, 5000, UINT32_MAX};
    edit e = start();
    cse_section *last = &e.table[e.header->section_count - 1];
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        last->kind = unknown[i];
        corrupt_fix_checksums(e.bytes, e.size);
        cr_expect_str_eq(reason_of(&e), "a section is of a kind that there is not");
    }
    last->kind = CSE_SECTION_ORIGIN_ROWS + 1; /* between two that there are */
    corrupt_fix_checksums(e.bytes, e.size);
    cr_expect_neq(open_edit(&e), CORSAC_OK);
    free(e.bytes);
}

/* As large as a virtual host. */
static const char FOUR_ROUTES[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: v, namespace: default}\n"
    "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}, {uri: {prefix: /c}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "  - route: [{destination: {host: x}}]\n";

/* Virtual hosts twice: the second ones, where routes were, are such hosts as could stand there. */
Test(bounds, no_kind_occurs_twice) // F-2
{
    edit e = start_with(FOUR_ROUTES);
    const uint32_t fitting = COUNT(&e, ROUTES) * sizeof(cse_route) / sizeof(cse_virtual_host);
    const uint32_t count[] = {COUNT(&e, VIRTUAL_HOSTS), fitting};
    cse_virtual_host *copies[] = {RECORDS(&e, VIRTUAL_HOSTS), RECORDS(&e, ROUTES)};
    cse_section *hosts = entry(&e, CSE_SECTION_VIRTUAL_HOSTS),
                *routes = entry(&e, CSE_SECTION_ROUTES);
    cr_assert_eq(routes, hosts + 1);
    cr_assert_eq(fitting * sizeof(cse_virtual_host), routes->size_bytes);
    routes->record_bytes = sizeof(cse_virtual_host);
    for (size_t copy = 0; copy < 2; copy++)
        for (uint32_t i = 0; i < count[copy]; i++)
            copies[copy][i] =
                (cse_virtual_host){.route_config = CSE_NONE, .ahead.policy = CSE_NONE};
    routes->kind = CSE_SECTION_VIRTUAL_HOSTS;
    corrupt_fix_checksums(e.bytes, e.size);
    cr_expect_str_eq(reason_of(&e), "the sections are not in ascending order");
    free(e.bytes);
}

Test(bounds, the_largest_image) // engine.h
{
    cse_header header = {.format_version = CSE_FORMAT_VERSION};
    memcpy(header.magic, CSE_MAGIC, sizeof(header.magic));
    for (uint64_t more = 0; more < 2; more++) {
        header.total_bytes = CORSAC_MAX_IMAGE_BYTES + more;
        cr_expect_eq(cse_image_check_head(&header, sizeof(header), header.total_bytes, NULL),
                     more ? CORSAC_E_IMAGE_CORRUPT : CORSAC_OK);
    }
}

Test(bounds, a_header_alone_is_read_whole) // F-1
{
    for (size_t size = 8; size <= sizeof(cse_header); size++) {
        edit e = {.size = size, .bytes = aligned_alloc(64, 64)};
        memset(e.bytes, 0, 64);
        look(&e);
        memcpy(e.header->magic, CSE_MAGIC, sizeof(e.header->magic));
        e.header->format_version = CSE_FORMAT_VERSION;
        e.header->header_bytes = sizeof(cse_header);
        e.header->total_bytes = size;
        corrupt_fix_head_checksum(e.bytes);
        cr_expect_str_eq(reason_of(&e),
                         size < sizeof(cse_header) ? "the image ends inside its header"
                                                   : "the revision does not belong to the content",
                         "%zu bytes", size);
        free(e.bytes);
    }
}

/* Only a header, and as many empty sections as a table may name. */
Test(bounds, the_number_of_sections) // F-2
{
    for (uint32_t count = CSE_SECTION_SLOTS - 2; count <= CSE_SECTION_SLOTS + 2; count++)
        for (int cut = 0; cut < 2; cut++) {
            edit e = {.size = sizeof(cse_header) + count * sizeof(cse_section) - (size_t)cut};
            e.bytes = aligned_alloc(64, (e.size + 63) / 64 * 64);
            memset(e.bytes, 0, (e.size + 63) / 64 * 64);
            look(&e);
            memcpy(e.header->magic, CSE_MAGIC, sizeof(e.header->magic));
            e.header->format_version = CSE_FORMAT_VERSION;
            e.header->header_bytes = sizeof(cse_header);
            e.header->total_bytes = e.size;
            e.header->section_count = count;
            corsac_image *image;
            corsac_error error;
            cr_expect_eq(corsac_image_open(&image, e.bytes, e.size, NULL, &error),
                         CORSAC_E_IMAGE_CORRUPT);
            bool table = count > CSE_SECTION_SLOTS || cut;
            cr_expect_str_eq(error.message,
                             table ? "the section table does not fit into the image"
                                   : "the checksum of header and section table is wrong",
                             "%u sections", count);
            free(e.bytes);
        }
}
