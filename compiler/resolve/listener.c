// SPDX-License-Identifier: Apache-2.0
// The servers of one pod -> listeners: which servers conflict and are skipped (H-13), which share a
// route configuration (H-11), which names a TLS listener answers to, and the endpoints that
// requests can name (H-29). The listening port is the server's own port number (H-11), so that
// H-15's reuse of routes across port numbers has nothing to act on.
#include "compiler/resolve/resolution.h"

/* What listens on one port and bind of the pod. */
typedef struct listener {
    uint32_t port;
    corsac_str bind;
    bool plain;           /* a server without TLS was kept */
    bool plain_http;      /* and its protocol is of the HTTP family */
    csc_map *claims;      /* host texts of servers with tls settings */
    uint32_t http_config; /* index of r->configs, or CORSAC_NONE */
    csc_map *sni_seen;
    csc_ir_sni *names;
    size_t name_count, name_capacity;
    uint32_t tls_group; /* index of csc_ir.tls_groups, or CORSAC_NONE */
} listener;

typedef struct pod_state {
    csc_resolution *r;
    const csc_pod *pod;
    size_t number; /* 1-based */
    listener *listeners;
    size_t count, capacity;
    csc_map *by_key; /* "port bind" -> index of listeners */
    csc_map *https;  /* names of HTTPS configurations (H-13.3) */
} pod_state;

static corsac_str listener_key(pod_state *s, const csc_server *server)
{
    return csc_arena_printf(s->r->arena, "%u %.*s", server->port_number, (int)server->bind.size,
                            server->bind.size ? server->bind.data : "");
}

static listener *get_listener(pod_state *s, const csc_server *server)
{
    bool added;
    size_t *slot = csc_map_put(s->by_key, listener_key(s, server), &added);
    if (!slot)
        return NULL;
    if (!added)
        return &s->listeners[*slot];
    listener *all = csc_arena_grow(s->r->arena, s->listeners, s->count, &s->capacity, sizeof(*all));
    if (!all)
        return NULL;
    s->listeners = all;
    *slot = s->count;
    listener *l = &all[s->count++];
    *l = (listener){.port = server->port_number,
                    .bind = server->bind,
                    .claims = csc_map_new(s->r->arena),
                    .sni_seen = csc_map_new(s->r->arena),
                    .http_config = CORSAC_NONE,
                    .tls_group = CORSAC_NONE};
    return l->claims && l->sni_seen ? l : NULL;
}

/* ---- conflicts (H-13) --------------------------------------------------------------------- */

static void warn_skipped(pod_state *s, const csc_gate *gate, csc_gate_server *server,
                         corsac_str reason)
{
    if (server->skip_reported)
        return;
    server->skip_reported = true;
    size_t index = (size_t)(server - gate->servers);
    csc_resolve_report(s->r, CORSAC_SEVERITY_WARNING, "server-conflict", "H-13",
                       server->document->span, "Gateway", gate->id,
                       csc_arena_printf(s->r->arena, "spec.servers[%zu]", index),
                       csc_arena_printf(s->r->arena, "this server is skipped: %.*s",
                                        (int)reason.size, reason.data));
}

/* Rule 1. A claim stands even if rule 2 skips its server afterwards. */
static bool claim_hosts(pod_state *s, listener *l, const csc_gate_server *server, corsac_str *taken)
{
    for (size_t i = 0; i < server->host_count; i++) {
        if (csc_map_find(l->claims, server->hosts[i].text)) {
            *taken = server->hosts[i].text;
            return true;
        }
    }
    for (size_t i = 0; i < server->host_count; i++) {
        if (!csc_map_put(l->claims, server->hosts[i].text, NULL))
            return false;
    }
    return !csc_arena_failed(s->r->arena);
}

static corsac_str https_name(pod_state *s, const csc_gate *gate, const csc_server *server)
{
    const csc_metadata *m = &gate->metadata;
    return csc_arena_printf(s->r->arena, "https.%u.%.*s.%.*s.%.*s%s%.*s", server->port_number,
                            (int)server->port_name.size, server->port_name.data, (int)m->name.size,
                            m->name.data, (int)m->namespace_.size, m->namespace_.data,
                            server->bind.size ? "." : "", (int)server->bind.size,
                            server->bind.size ? server->bind.data : "");
}

static corsac_str http_name(pod_state *s, const csc_server *server)
{
    return csc_arena_printf(s->r->arena, "http.%u%s%.*s", server->port_number,
                            server->bind.size ? "." : "", (int)server->bind.size,
                            server->bind.size ? server->bind.data : "");
}

static corsac_str numbered(pod_state *s, corsac_str name)
{
    if (s->r->pod_count < 2)
        return name;
    return csc_arena_printf(s->r->arena, "%.*s@%zu", (int)name.size, name.data, s->number);
}

/* An empty reason: the server is kept. */
static bool check_conflicts(pod_state *s, listener *l, const csc_gate *gate,
                            const csc_gate_server *server, corsac_str *reason)
{
    corsac_str taken = {0};
    *reason = (corsac_str){0};
    if (server->document->has_tls && !claim_hosts(s, l, server, &taken))
        return false;
    if (taken.data)
        *reason = csc_arena_printf(s->r->arena,
                                   "host %.*s of port %u is taken by the TLS settings of an "
                                   "earlier server",
                                   (int)taken.size, taken.data, server->document->port_number);
    else if (l->plain && !(l->plain_http && server->http))
        *reason = csc_arena_printf(s->r->arena,
                                   "port %u is held by an earlier server without TLS and the two "
                                   "protocols cannot share it",
                                   server->document->port_number);
    else if (server->terminates) {
        bool added;
        if (!csc_map_put(s->https, https_name(s, gate, server->document), &added))
            return false;
        if (!added)
            *reason = csc_str_from("an earlier server has the same port, port name and Gateway");
    }
    return !csc_arena_failed(s->r->arena);
}

/* ---- kept servers ------------------------------------------------------------------------- */

static bool add_http(pod_state *s, listener *l, csc_gate *gate, const csc_gate_server *server)
{
    csc_config_builder *config;
    if (l->http_config == CORSAC_NONE)
        config = csc_resolve_config_new(s->r, numbered(s, http_name(s, server->document)),
                                        &l->http_config);
    else
        config = s->r->configs[l->http_config];
    return config && csc_resolve_config_add(s->r, config, gate, server, &s->pod->labels);
}

/* H-29: the first server wins among equal names. */
static bool add_sni_names(pod_state *s, listener *l, const csc_gate_server *server, uint32_t config)
{
    for (size_t i = 0; i < server->host_count; i++) {
        bool added;
        corsac_str host = csc_name_lower(s->r->arena, server->hosts[i].host);
        if (!csc_map_put(l->sni_seen, host, &added))
            return false;
        if (!added)
            continue;
        l->names = csc_arena_grow(s->r->arena, l->names, l->name_count, &l->name_capacity,
                                  sizeof(*l->names));
        if (!l->names)
            return false;
        l->names[l->name_count++] = (csc_ir_sni){host, config};
    }
    return true;
}

static bool add_tls(pod_state *s, listener *l, csc_gate *gate, const csc_gate_server *server)
{
    uint32_t index = CORSAC_NONE;
    if (server->terminates) {
        csc_config_builder *config = csc_resolve_config_new(
            s->r, numbered(s, https_name(s, gate, server->document)), &index);
        if (!config || !csc_resolve_config_add(s->r, config, gate, server, &s->pod->labels))
            return false;
    }
    return add_sni_names(s, l, server, index);
}

static bool add_server(pod_state *s, csc_gate *gate, csc_gate_server *server)
{
    listener *l = get_listener(s, server->document);
    corsac_str reason;
    if (!l || !check_conflicts(s, l, gate, server, &reason))
        return false;
    if (reason.data) {
        warn_skipped(s, gate, server, reason);
        return true;
    }
    if (!server->tls && !l->plain) {
        l->plain = true;
        l->plain_http = server->http;
    }
    if (server->http)
        return add_http(s, l, gate, server);
    return server->tls ? add_tls(s, l, gate, server) : true;
}

/* ---- TLS groups and endpoints (H-29) -------------------------------------------------------- */

static int compare_sni(const void *left, const void *right)
{
    return csc_str_compare(((const csc_ir_sni *)left)->host, ((const csc_ir_sni *)right)->host);
}

static bool add_groups(pod_state *s)
{
    csc_ir *ir = s->r->ir;
    for (size_t i = 0; i < s->count; i++) {
        listener *l = &s->listeners[i];
        if (!l->name_count)
            continue;
        csc_sort(l->names, l->name_count, sizeof(*l->names), compare_sni);
        ir->tls_groups = csc_arena_grow(s->r->arena, ir->tls_groups, ir->tls_group_count,
                                        &s->r->group_capacity, sizeof(*ir->tls_groups));
        if (!ir->tls_groups)
            return false;
        l->tls_group = (uint32_t)ir->tls_group_count;
        ir->tls_groups[ir->tls_group_count++] = (csc_ir_tls_group){l->names, l->name_count};
    }
    return true;
}

/* The endpoint of this gateway and port, among those added for the gateway. */
static csc_ir_endpoint *get_endpoint(pod_state *s, const csc_gate *gate, size_t first,
                                     uint32_t port)
{
    csc_ir *ir = s->r->ir;
    for (size_t i = first; i < ir->endpoint_count; i++) {
        if (ir->endpoints[i].port == port)
            return &ir->endpoints[i];
    }
    ir->endpoints = csc_arena_grow(s->r->arena, ir->endpoints, ir->endpoint_count,
                                   &s->r->endpoint_capacity, sizeof(*ir->endpoints));
    if (!ir->endpoints)
        return NULL;
    csc_ir_endpoint *endpoint = &ir->endpoints[ir->endpoint_count++];
    *endpoint = (csc_ir_endpoint){.gateway = gate->id,
                                  .port = port,
                                  .implied = !gate->document,
                                  .route_config = CORSAC_NONE,
                                  .tls_group = CORSAC_NONE};
    return endpoint;
}

/* A skipped server's port is still a port of the pod: a request to it meets whoever listens there.
 * Of several binds on one port the first in the file speaks for the number. */
static bool add_endpoints(pod_state *s, const csc_gate *gate)
{
    size_t first = s->r->ir->endpoint_count;
    for (size_t i = 0; i < gate->server_count; i++) {
        const csc_gate_server *server = &gate->servers[i];
        if (!server->http && !server->tls)
            continue; /* H-10: neither plain HTTP nor TLS, so no request can be asked about */
        const size_t *found = csc_map_find(s->by_key, listener_key(s, server->document));
        csc_ir_endpoint *endpoint = get_endpoint(s, gate, first, server->document->port_number);
        if (!found || !endpoint)
            return false;
        const listener *l = &s->listeners[*found];
        if (server->http && endpoint->route_config == CORSAC_NONE)
            endpoint->route_config = l->http_config;
        if (server->tls && endpoint->tls_group == CORSAC_NONE)
            endpoint->tls_group = l->tls_group;
    }
    return !csc_arena_failed(s->r->arena);
}

bool csc_resolve_pod_listeners(csc_resolution *r, const csc_pod *pod)
{
    pod_state s = {.r = r, .pod = pod, .number = (size_t)(pod - r->pods) + 1};
    s.by_key = csc_map_new(r->arena);
    s.https = csc_map_new(r->arena);
    if (!s.by_key || !s.https)
        return false;
    for (size_t i = 0; i < pod->gate_count; i++) {
        for (size_t j = 0; j < pod->gates[i]->server_count; j++) {
            if (!add_server(&s, pod->gates[i], &pod->gates[i]->servers[j]))
                return false;
        }
    }
    if (!add_groups(&s))
        return false;
    for (size_t i = 0; i < pod->gate_count; i++) {
        if (pod->gates[i]->pod == s.number - 1 && !add_endpoints(&s, pod->gates[i]))
            return false;
    }
    return true;
}
