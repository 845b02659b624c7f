// SPDX-License-Identifier: Apache-2.0
// Routes that no request can reach are dropped, and only those.
#include "compiler/passes/passes.h"

#include <criterion/criterion.h>

typedef struct list {
    csc_context context;
    csc_ir_route routes[8];
    uint32_t order[8];
    csc_ir_virtual_host host;
    csc_ir_route_config config;
    csc_ir ir;
} list;

static void route(list *l, csc_path_kind kind, const char *path, bool catch_all)
{
    csc_ir_route *r = &l->routes[l->ir.route_count++];
    *r = (csc_ir_route){.path_kind = kind,
                        .path = csc_str_from(path),
                        .catch_all = catch_all,
                        .policy = CORSAC_NONE};
}

static void start(list *l)
{
    *l = (list){.context = {.arena = csc_arena_new()}};
    l->host.routes = l->order;
    l->config = (csc_ir_route_config){.virtual_hosts = &l->host, .virtual_host_count = 1};
    l->ir.route_configs = &l->config;
    l->ir.route_config_count = 1;
    l->ir.routes = l->routes;
}

static void expect(list *l, const uint32_t *wanted, size_t count)
{
    cr_assert_eq(csc_pass_reach(&l->context, &l->ir), CORSAC_OK);
    cr_assert_eq(l->host.route_count, count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(l->order[i], wanted[i]);
    csc_arena_free(l->context.arena);
}

static void order(list *l, const uint32_t *routes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        l->order[i] = routes[i];
    l->host.route_count = count;
}

Test(reach, a_second_copy_of_a_route_goes) // H-16
{
    list l;
    start(&l);
    route(&l, CSC_PATH_PREFIX, "/a", false);
    route(&l, CSC_PATH_PREFIX, "/b", false);
    order(&l, (uint32_t[]){1, 0, 1, 0, 0}, 5);
    expect(&l, (uint32_t[]){1, 0}, 2);
}

Test(reach, equal_routes_that_are_no_catch_all_stay) // conditions may tell them apart
{
    list l;
    start(&l);
    route(&l, CSC_PATH_PREFIX, "/a", false);
    route(&l, CSC_PATH_PREFIX, "/a", false);
    order(&l, (uint32_t[]){0, 1}, 2);
    expect(&l, (uint32_t[]){0, 1}, 2);
}

Test(reach, only_the_first_catch_all_of_a_kind_stays)
{
    list l;
    start(&l);
    route(&l, CSC_PATH_PREFIX, "/", true);
    route(&l, CSC_PATH_PREFIX, "/", true);
    route(&l, CSC_PATH_REGEX, ".*", true);
    route(&l, CSC_PATH_REGEX, ".*", true);
    order(&l, (uint32_t[]){0, 1, 2, 3}, 4);
    expect(&l, (uint32_t[]){0, 2}, 2);
}

Test(reach, lists_of_different_hosts_do_not_disturb_each_other) // H-3
{
    list l;
    uint32_t second[] = {0};
    csc_ir_virtual_host hosts[2];
    start(&l);
    route(&l, CSC_PATH_PREFIX, "/", true);
    order(&l, (uint32_t[]){0}, 1);
    hosts[0] = l.host;
    hosts[1] = (csc_ir_virtual_host){.routes = second, .route_count = 1};
    l.config.virtual_hosts = hosts;
    l.config.virtual_host_count = 2;
    cr_assert_eq(csc_pass_reach(&l.context, &l.ir), CORSAC_OK);
    cr_expect_eq(hosts[0].route_count, 1);
    cr_expect_eq(hosts[1].route_count, 1);
    csc_arena_free(l.context.arena);
}
