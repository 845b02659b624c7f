// SPDX-License-Identifier: Apache-2.0
// Sizes seen in the field, and the limits that keep one document from spending everybody's memory.
// The bounds are far above what is needed: they fail for quadratic work, not for a busy machine.
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TENANTS = 10000 };
static const double LIMIT_SECONDS = 2.0;

static csc_string text(csc_arena *arena, const char *format, size_t i)
{
    char buffer[128];
    int size = snprintf(buffer, sizeof(buffer), format, i);
    return (csc_string){.text = csc_arena_copy(arena, (corsac_str){buffer, (size_t)size})};
}

static csc_strings one_text(csc_arena *arena, const char *format, size_t i)
{
    csc_strings list = {csc_arena_alloc(arena, 1, sizeof(csc_string)), 1};
    list.items[0] = text(arena, format, i);
    return list;
}

/* A service with one rule: prefix /i, forwarding. */
static csc_virtual_service service(csc_arena *arena, csc_strings hosts, size_t i)
{
    csc_virtual_service vs = {.hosts = hosts, .gateways = one_text(arena, "g/gw", i)};
    vs.metadata.namespace_ = csc_str_from("app");
    vs.metadata.name = text(arena, "tenant-%05zu", i).text;
    vs.rules = csc_arena_alloc(arena, 1, sizeof(*vs.rules));
    vs.rule_count = 1;
    vs.rules[0].has_route = true;
    vs.rules[0].matches = csc_arena_alloc(arena, 1, sizeof(*vs.rules[0].matches));
    vs.rules[0].match_count = 1;
    vs.rules[0].matches[0].uri = (csc_string_match){
        .present = true, .kind = CSC_MATCH_PREFIX, .value = text(arena, "/%zu", i).text};
    return vs;
}

static csc_gateway gateway(csc_arena *arena, csc_strings hosts)
{
    csc_gateway gw = {.server_count = 1};
    gw.metadata.namespace_ = csc_str_from("g");
    gw.metadata.name = csc_str_from("gw");
    gw.servers = csc_arena_alloc(arena, 1, sizeof(*gw.servers));
    gw.servers[0].hosts = hosts;
    gw.servers[0].port_number = 80;
    gw.servers[0].port_name = gw.servers[0].protocol = csc_str_from("HTTP");
    gw.servers[0].bind = csc_str_from("");
    return gw;
}

static double resolve_seconds(fixture *f, csc_virtual_service *services, size_t count,
                              csc_gateway *gateways, size_t gateway_count)
{
    f->context =
        (csc_context){.arena = f->arena, .options = &f->options, .diagnostics = f->diagnostics};
    f->resources = (csc_resources){.virtual_services = services,
                                   .virtual_service_count = count,
                                   .gateways = gateways,
                                   .gateway_count = gateway_count};
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    cr_assert_eq(csc_resolve(&f->context, &f->resources, &f->ir), CORSAC_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    double seconds =
        (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    if (getenv("CORSAC_TEST_VERBOSE"))
        fprintf(stderr, "%zu services: %.3f s\n", count, seconds);
    return seconds;
}

static csc_virtual_service *tenants(csc_arena *arena, const char *host_format, size_t count)
{
    csc_virtual_service *all = csc_arena_alloc(arena, count, sizeof(*all));
    for (size_t i = 0; i < count; i++)
        all[i] = service(arena, one_text(arena, host_format, i), i);
    return all;
}

Test(resolve_scale, ten_thousand_services_behind_one_star)
{
    fixture f = fixture_new();
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    double seconds =
        resolve_seconds(&f, tenants(f.arena, "t%zu.example.com", TENANTS), TENANTS, &gw, 1);
    cr_expect_eq(f.ir->route_configs[0].virtual_host_count, TENANTS);
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, ten_thousand_services_behind_ten_thousand_server_hosts)
{
    fixture f = fixture_new();
    csc_strings hosts = {csc_arena_alloc(f.arena, TENANTS, sizeof(csc_string)), TENANTS};
    for (size_t i = 0; i < TENANTS; i++)
        hosts.items[i] = text(f.arena, i % 2 ? "*.t%zu.example.com" : "a.t%zu.example.com", i);
    csc_gateway gw = gateway(f.arena, hosts);
    double seconds =
        resolve_seconds(&f, tenants(f.arena, "a.t%zu.example.com", TENANTS), TENANTS, &gw, 1);
    cr_expect_eq(f.ir->route_configs[0].virtual_host_count, TENANTS);
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, four_thousand_servers_with_a_port_each)
{
    fixture f = fixture_new();
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    gw.server_count = 4000;
    csc_server *servers = csc_arena_alloc(f.arena, gw.server_count, sizeof(*servers));
    for (size_t i = 0; i < gw.server_count; i++) {
        servers[i] = gw.servers[0];
        servers[i].hosts = one_text(f.arena, "t%zu.example.com", i);
        servers[i].port_number = (uint32_t)(1000 + i);
    }
    gw.servers = servers;
    double seconds =
        resolve_seconds(&f, tenants(f.arena, "t%zu.example.com", TENANTS), TENANTS, &gw, 1);
    cr_expect_eq(f.ir->endpoint_count, 4000);
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, a_thousand_services_on_the_same_three_hosts)
{
    fixture f = fixture_new();
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    csc_virtual_service *all = csc_arena_alloc(f.arena, 1000, sizeof(*all));
    csc_strings hosts = {csc_arena_alloc(f.arena, 3, sizeof(csc_string)), 3};
    for (size_t i = 0; i < 3; i++)
        hosts.items[i] = text(f.arena, "h%zu.example.com", i);
    for (size_t i = 0; i < 1000; i++)
        all[i] = service(f.arena, hosts, i);
    double seconds = resolve_seconds(&f, all, 1000, &gw, 1);
    const csc_ir_virtual_host *vh = f.ir->route_configs[0].virtual_hosts;
    cr_assert_eq(f.ir->route_configs[0].virtual_host_count, 3);
    cr_expect_eq(vh[0].route_count, 1000);
    cr_expect_eq(vh[0].routes, vh[2].routes, "H-6: equal lists are one list");
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, three_thousand_gateways_with_a_pod_each)
{
    fixture f = fixture_new();
    enum { GATEWAYS = 3000 };
    csc_gateway *all = csc_arena_alloc(f.arena, GATEWAYS, sizeof(*all));
    csc_virtual_service *services = tenants(f.arena, "t%zu.example.com", GATEWAYS);
    for (size_t i = 0; i < GATEWAYS; i++) {
        all[i] = gateway(f.arena, one_text(f.arena, "*", 0));
        all[i].metadata.name = text(f.arena, "gw-%zu", i).text;
        all[i].selector.items = csc_arena_alloc(f.arena, 1, sizeof(csc_label));
        all[i].selector.items[0] = (csc_label){csc_str_from("app"), all[i].metadata.name};
        all[i].selector.count = 1;
        services[i].gateways = one_text(f.arena, "g/gw-%zu", i);
    }
    double seconds = resolve_seconds(&f, services, GATEWAYS, all, GATEWAYS);
    cr_expect_eq(f.ir->route_config_count, GATEWAYS);
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, many_hosts_times_many_rules_share_one_list) // H-3, H-6
{
    fixture f = fixture_new();
    enum { MANY = 5000 };
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    csc_strings hosts = {csc_arena_alloc(f.arena, MANY, sizeof(csc_string)), MANY};
    for (size_t i = 0; i < MANY; i++)
        hosts.items[i] = text(f.arena, "h%zu.example.com", i);
    csc_virtual_service vs = service(f.arena, hosts, 0);
    csc_http_rule rule = vs.rules[0];
    vs.rules = csc_arena_alloc(f.arena, MANY, sizeof(*vs.rules));
    vs.rule_count = MANY;
    for (size_t i = 0; i < MANY; i++) {
        vs.rules[i] = rule;
        vs.rules[i].index = i;
    }
    double seconds = resolve_seconds(&f, &vs, 1, &gw, 1);
    const csc_ir_route_config *config = &f.ir->route_configs[0];
    cr_assert_eq(config->virtual_host_count, MANY);
    cr_expect_eq(config->virtual_hosts[0].routes, config->virtual_hosts[MANY - 1].routes);
    cr_expect_eq(f.ir->route_count, MANY);
    cr_expect_lt(seconds, LIMIT_SECONDS);
    fixture_free(&f);
}

Test(resolve_scale, a_delegation_that_multiplies_beyond_the_limit_loses_only_its_root)
{
    fixture f = fixture_new();
    enum { RULES = 200 };
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    csc_virtual_service *all = tenants(f.arena, "t%zu.example.com", 3);
    for (size_t i = 0; i < 2; i++) { /* 0: a root whose rules all delegate to 1 */
        csc_http_rule rule = all[i].rules[0];
        all[i].rules = csc_arena_alloc(f.arena, RULES, sizeof(rule));
        all[i].rule_count = RULES;
        for (size_t j = 0; j < RULES; j++) {
            all[i].rules[j] = rule;
            all[i].rules[j].match_count = 0;
            all[i].rules[j].has_delegate = i == 0;
            all[i].rules[j].delegate_name = all[1].metadata.name;
        }
    }
    all[1].hosts.count = all[1].gateways.count = 0;
    resolve_seconds(&f, all, 3, &gw, 1);
    cr_expect(told(&f, "limit-delegate-blocks", "X-9", "VirtualService app/tenant-00000", "32768"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "t2.example.com");
    fixture_free(&f);
}

Test(resolve_scale, a_delegation_that_copies_too_many_conditions_loses_only_its_root)
{
    enum { HEADERS = 1000, BLOCKS = 263 }; /* 262 would be within the limit */
    fixture f = fixture_new();
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    csc_virtual_service *all = tenants(f.arena, "t%zu.example.com", 3);
    csc_match_block *root = csc_arena_alloc(f.arena, 1, sizeof(*root));
    root->headers.items = csc_arena_alloc(f.arena, HEADERS, sizeof(csc_keyed_match));
    root->headers.count = HEADERS;
    for (size_t i = 0; i < HEADERS; i++)
        root->headers.items[i].key = text(f.arena, "x-%04zu", i).text;
    all[0].rules[0].matches = root;
    all[0].rules[0].match_count = 1;
    all[0].rules[0].has_delegate = true;
    all[0].rules[0].delegate_name = all[1].metadata.name;
    all[1].rules[0].matches = csc_arena_alloc(f.arena, BLOCKS, sizeof(*root));
    all[1].rules[0].match_count = BLOCKS;
    all[1].hosts.count = all[1].gateways.count = 0;
    resolve_seconds(&f, all, 3, &gw, 1);
    cr_expect(
        told(&f, "limit-delegate-blocks", "X-9", "VirtualService app/tenant-00000", "262144"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "t2.example.com");
    all[1].rules[0].match_count = BLOCKS - 1;
    resolve_seconds(&f, all, 3, &gw, 1);
    cr_expect_str_eq(domains_of(&f, "http.80"), "t0.example.com t2.example.com");
    fixture_free(&f);
}

/* A root's regex is asked again for each block of its delegate. */
Test(resolve_scale, a_delegate_whose_regexes_cost_too_much_yields_nothing_and_harms_nobody)
{
    enum { STEPS = 30000, BLOCKS = 8 }; /* of 262,144 */
    fixture f = fixture_new();
    csc_gateway gw = gateway(f.arena, one_text(f.arena, "*", 0));
    csc_virtual_service *all = tenants(f.arena, "t%zu.example.com", 4);
    csc_http_rule own = all[0].rules[0];
    all[0].rules = csc_arena_alloc(f.arena, 3, sizeof(own));
    all[0].rule_count = 3;
    for (size_t i = 0; i < 3; i++) { /* two rules that delegate to 1 and 2, one of its own */
        all[0].rules[i] = own;
        all[0].rules[i].index = i;
        if (i == 2)
            continue;
        csc_match_block *block = csc_arena_alloc(f.arena, 1, sizeof(*block));
        block->method = (csc_string_match){.present = true,
                                           .kind = CSC_MATCH_REGEX,
                                           .regex_steps = STEPS,
                                           .value = csc_str_from("GET|PUT")};
        all[0].rules[i].matches = block;
        all[0].rules[i].match_count = 1;
        all[0].rules[i].has_delegate = true;
        all[0].rules[i].delegate_name = all[1 + i].metadata.name;
    }
    for (size_t i = 1; i < 3; i++) {
        all[i].hosts.count = all[i].gateways.count = 0;
        all[i].rules[0].matches = csc_arena_alloc(f.arena, BLOCKS + 1, sizeof(csc_match_block));
        all[i].rules[0].match_count = BLOCKS + (i == 1);
    }
    resolve_seconds(&f, all, 4, &gw, 1);
    cr_expect(told(&f, "regex-cost", "X-9", "VirtualService app/tenant-00000", "262144"));
    cr_expect_str_eq(domains_of(&f, "http.80"), "t0.example.com t3.example.com");
    cr_expect_eq(f.ir->route_configs[0].virtual_hosts[0].route_count, BLOCKS + 1);
    all[0].rules[0].delegate_name = all[2].metadata.name; /* taken in twice, counted twice */
    resolve_seconds(&f, all, 4, &gw, 1);
    cr_expect_eq(f.ir->route_configs[0].virtual_hosts[0].route_count, BLOCKS + 1);
    fixture_free(&f);
}
