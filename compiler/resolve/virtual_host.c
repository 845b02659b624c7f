// SPDX-License-Identifier: Apache-2.0
// Route configurations: every server's bound VirtualServices poured into virtual hosts in order
// (H-14), TLS redirects (H-24), and at the end the final order of routes. Virtual hosts that
// got the same routes share one list, so that many hosts times many routes stay small (H-6).
#include "compiler/resolve/resolution.h"

csc_config_builder *csc_resolve_config_new(csc_resolution *r, corsac_str name, uint32_t *index)
{
    csc_config_builder *config = csc_arena_alloc(r->arena, 1, sizeof(*config));
    csc_config_builder **all =
        csc_arena_grow(r->arena, r->configs, r->config_count, &r->config_capacity, sizeof(*all));
    if (!config || !all)
        return NULL;
    config->name = name;
    config->by_domain = csc_map_new(r->arena);
    r->configs = all;
    *index = (uint32_t)r->config_count;
    all[r->config_count++] = config;
    return config->by_domain ? config : NULL;
}

static csc_host_builder *get_host(csc_resolution *r, csc_config_builder *config, corsac_str domain)
{
    bool added;
    size_t *slot = csc_map_put(config->by_domain, domain, &added);
    if (!slot)
        return NULL;
    if (!added)
        return &config->hosts[*slot];
    csc_host_builder *hosts =
        csc_arena_grow(r->arena, config->hosts, config->count, &config->capacity, sizeof(*hosts));
    if (!hosts)
        return NULL;
    config->hosts = hosts;
    *slot = config->count;
    hosts[config->count] = (csc_host_builder){.domain = domain};
    return &hosts[config->count++];
}

static bool append_segment(csc_resolution *r, csc_host_builder *host, const csc_segment *segment)
{
    host->segments = csc_arena_grow(r->arena, host->segments, host->count, &host->capacity,
                                    sizeof(*host->segments));
    if (!host->segments)
        return false;
    host->segments[host->count++] = segment;
    return true;
}

/* One VirtualService's bindings, items[0..count), all of one root. */
static bool add_root(csc_resolution *r, csc_config_builder *config, const csc_gate *gate,
                     const csc_gate_server *server, const csc_labels *pod_labels,
                     const csc_binding *items, size_t count)
{
    const csc_segment *segment;
    csc_root *root = &r->roots[items[0].root];
    for (size_t i = 0; i < count; i++)
        root->host_bound[items[i].host] = true;
    if (!csc_resolve_segment(r, root, gate, server->document->port_number, pod_labels, &segment))
        return false;
    if (!segment)
        return true; /* nothing is left here, so no virtual host either (H-14, H-18) */
    for (size_t i = 0; i < count; i++) {
        if (i && csc_str_equal(items[i].domain, items[i - 1].domain))
            continue;
        csc_host_builder *host = get_host(r, config, items[i].domain);
        if (!host || !append_segment(r, host, segment))
            return false;
        host->tls_redirect = host->tls_redirect || server->document->https_redirect;
    }
    return true;
}

/* H-24: the server's own hosts redirect too. A host that still carries a namespace becomes a domain
 * that no request can match (H-25), but a domain all the same: the configuration is not empty
 * (H-26), and "*" is not alone in it (H-17). */
static bool add_redirects(csc_resolution *r, csc_config_builder *config,
                          const csc_gate_server *server)
{
    for (size_t i = 0; i < server->host_count; i++) {
        csc_host_builder *host =
            get_host(r, config, csc_name_lower(r->arena, server->hosts[i].text));
        if (!host)
            return false;
        host->tls_redirect = true;
    }
    return true;
}

bool csc_resolve_config_add(csc_resolution *r, csc_config_builder *config, csc_gate *gate,
                            const csc_gate_server *server, const csc_labels *pod_labels)
{
    csc_binding *bindings;
    size_t count;
    if (!csc_resolve_bindings(r, gate, server, &bindings, &count))
        return false;
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && bindings[to].root == bindings[from].root)
            to++;
        if (!add_root(r, config, gate, server, pod_labels, &bindings[from], to - from))
            return false;
        from = to;
    }
    if (server->http && server->document->https_redirect)
        return add_redirects(r, config, server);
    return true;
}

/* ---- final order (R-9) --------------------------------------------------------------------- */

typedef struct route_list {
    uint32_t *routes;
    size_t count;
} route_list;

typedef struct finisher {
    csc_resolution *r;
    csc_map *by_segments; /* segment ids as bytes -> index of lists */
    route_list *lists;
    size_t list_count, list_capacity;
    uint32_t *seen; /* per route: the last list that took it, plus one */
} finisher;

/* The first occurrence of each route, catch-alls in a second sweep. A repeated route can never be
 * reached (H-16). */
static bool sweep(finisher *f, const csc_host_builder *host, route_list *list)
{
    size_t total = 0;
    for (size_t i = 0; i < host->count; i++)
        total += host->segments[i]->route_count;
    list->routes = csc_arena_alloc(f->r->arena, total, sizeof(*list->routes));
    uint32_t mark = (uint32_t)f->list_count + 1;
    for (int catch_all = 0; list->routes && catch_all <= 1; catch_all++) {
        for (size_t i = 0; i < host->count; i++) {
            for (size_t j = 0; j < host->segments[i]->route_count; j++) {
                uint32_t route = host->segments[i]->routes[j];
                if (f->seen[route] == mark || f->r->ir->routes[route].catch_all != catch_all)
                    continue;
                f->seen[route] = mark;
                list->routes[list->count++] = route;
            }
        }
    }
    return list->routes != NULL;
}

static corsac_str segments_key(finisher *f, const csc_host_builder *host)
{
    uint32_t *ids = csc_arena_alloc(f->r->arena, host->count, sizeof(*ids));
    for (size_t i = 0; ids && i < host->count; i++)
        ids[i] = host->segments[i]->id;
    return ids ? (corsac_str){(const char *)ids, host->count * sizeof(*ids)} : (corsac_str){"", 0};
}

static bool finish_host(finisher *f, const csc_host_builder *host, csc_ir_virtual_host *out)
{
    bool added;
    size_t *slot = csc_map_put(f->by_segments, segments_key(f, host), &added);
    if (!slot)
        return false;
    if (added) {
        f->lists = csc_arena_grow(f->r->arena, f->lists, f->list_count, &f->list_capacity,
                                  sizeof(*f->lists));
        if (!f->lists)
            return false;
        f->lists[f->list_count] = (route_list){0};
        if (!sweep(f, host, &f->lists[f->list_count]))
            return false;
        *slot = f->list_count++;
    }
    *out = (csc_ir_virtual_host){.domain = host->domain,
                                 .tls_redirect = host->tls_redirect,
                                 .routes = f->lists[*slot].routes,
                                 .route_count = f->lists[*slot].count};
    return true;
}

static int compare_hosts(const void *left, const void *right)
{
    return csc_str_compare(((const csc_ir_virtual_host *)left)->domain,
                           ((const csc_ir_virtual_host *)right)->domain);
}

static bool finish_config(finisher *f, const csc_config_builder *config, csc_ir_route_config *out)
{
    out->name = config->name;
    out->virtual_host_count = config->count;
    out->virtual_hosts = csc_arena_alloc(f->r->arena, config->count, sizeof(*out->virtual_hosts));
    if (!out->virtual_hosts)
        return false;
    for (size_t i = 0; i < config->count; i++) {
        if (!finish_host(f, &config->hosts[i], &out->virtual_hosts[i]))
            return false;
    }
    if (config->count)
        csc_sort(out->virtual_hosts, config->count, sizeof(*out->virtual_hosts), compare_hosts);
    return true;
}

bool csc_resolve_configs_finish(csc_resolution *r)
{
    finisher f = {.r = r, .by_segments = csc_map_new_for(r->arena, r->segment_count)};
    f.seen = csc_arena_alloc(r->arena, r->ir->route_count, sizeof(*f.seen));
    r->ir->route_config_count = r->config_count;
    r->ir->route_configs =
        csc_arena_alloc(r->arena, r->config_count, sizeof(*r->ir->route_configs));
    if (!f.by_segments || !f.seen || !r->ir->route_configs)
        return false;
    for (size_t i = 0; i < r->config_count; i++) {
        if (!finish_config(&f, r->configs[i], &r->ir->route_configs[i]))
            return false;
    }
    return true;
}
