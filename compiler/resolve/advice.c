// SPDX-License-Identifier: Apache-2.0
// What Istio leaves unsaid and Corsac says: VirtualServices and hosts that serve nothing,
// what a quarantined Gateway takes with it, and who takes over the hosts of a quarantined
// VirtualService. Nothing here changes the result.
#include "compiler/resolve/preflight.h"

static void warn_root(csc_resolution *r, const csc_root *root, const char *code, const char *clause,
                      csc_span span, const char *path, corsac_str message)
{
    csc_resolve_report(r, CORSAC_SEVERITY_WARNING, code, clause, span, "VirtualService", root->id,
                       csc_str_from(path), message);
}

/* ---- unattached (H-7, H-22, X-4) ------------------------------------------------------------ */

static void warn_quarantined_gateways(csc_resolution *r, const csc_root *root)
{
    for (size_t i = 0; i < root->gateway_count; i++) {
        corsac_str id = root->gateways[i].text;
        const size_t *found = csc_map_find(r->quarantined_gateways, id);
        if (!found || csc_map_find(r->gate_by_id, id))
            continue;
        csc_span cause = r->resources->quarantined[*found].span;
        corsac_str file = csc_context_file(r->context, cause);
        warn_root(r, root, "gateway-quarantined", "X-4", root->gateways[i].span, "spec.gateways",
                  csc_arena_printf(r->arena,
                                   "Gateway %.*s is quarantined (%.*s:%u), so this VirtualService "
                                   "is not attached to it",
                                   (int)id.size, id.data, (int)file.size, file.data, cause.line));
    }
}

static void warn_unattached(csc_resolution *r, const csc_root *root)
{
    if (root->gateway_count == 0)
        warn_root(r, root, "not-attached", "H-7", root->document->span, "spec.gateways",
                  csc_str_from("not attached to any gateway: without gateways a VirtualService "
                               "serves the mesh only"));
    else if (root->bucket == CSC_BUCKET_HIDDEN)
        warn_root(r, root, "hidden-by-export", "H-22", root->document->span, "spec.exportTo",
                  csc_arena_printf(r->arena,
                                   "exportTo hides this VirtualService from every gateway it "
                                   "names: their pods run in namespace %.*s",
                                   (int)r->context->options->gateway_namespace.size,
                                   r->context->options->gateway_namespace.data));
    warn_quarantined_gateways(r, root);
}

/* ---- unbound hosts (H-5) ------------------------------------------------------------------- */

static bool differs_in_case_only(csc_resolution *r, const csc_root *root, const csc_gate *gate,
                                 corsac_str lower)
{
    for (size_t i = 0; i < gate->server_count; i++) {
        const csc_gate_server *server = &gate->servers[i];
        for (size_t j = 0; j < server->host_count && (server->http || server->terminates); j++) {
            const csc_server_host *host = &server->hosts[j];
            corsac_str other = gate->upper ? csc_name_lower(r->arena, host->host) : host->host;
            if (host->ns.data && !csc_str_equal(host->ns, root->document->metadata.namespace_))
                continue;
            if (csc_host_is_subset(lower, other) || csc_host_is_subset(other, lower))
                return true;
        }
    }
    return false;
}

static bool case_is_the_reason(csc_resolution *r, const csc_root *root, corsac_str host)
{
    bool upper = csc_name_has_upper(host);
    corsac_str lower = csc_name_lower(r->arena, host);
    for (size_t i = 0; i < root->gateway_count; i++) {
        const size_t *found = csc_map_find(r->gate_by_id, root->gateways[i].text);
        const csc_gate *gate = found ? r->gates[*found] : NULL;
        if (gate && gate->pod != SIZE_MAX && (upper || gate->upper) &&
            differs_in_case_only(r, root, gate, lower))
            return true;
    }
    return false;
}

static void warn_unbound(csc_resolution *r, const csc_root *root)
{
    if (!root->served || root->bucket == CSC_BUCKET_HIDDEN)
        return;
    for (size_t i = 0; i < root->host_count; i++) {
        corsac_str host = root->hosts[i].text;
        if (root->host_bound[i])
            continue;
        bool letters = case_is_the_reason(r, root, host);
        warn_root(r, root, letters ? "host-case" : "host-unbound", "H-5", root->hosts[i].span,
                  "spec.hosts",
                  csc_arena_printf(r->arena, "host %.*s is bound on no gateway: %s", (int)host.size,
                                   host.data,
                                   letters ? "it differs from a server's host in upper and lower "
                                             "case only, and the two are compared as written"
                                           : "no HTTP server of the gateways named here admits "
                                             "it"));
    }
}

/* ---- hosts of quarantined VirtualServices (X-6) --------------------------------------------- */

typedef struct serving {
    csc_map *exact;     /* domain -> route */
    csc_map *wildcards; /* text behind the star -> route */
    size_t longest;     /* of those texts */
} serving;

static bool index_serving(csc_resolution *r, serving *s)
{
    s->longest = 0;
    s->exact = csc_map_new(r->arena);
    s->wildcards = csc_map_new(r->arena);
    if (!s->exact || !s->wildcards)
        return false;
    for (size_t i = 0; i < r->ir->route_config_count; i++) {
        const csc_ir_route_config *config = &r->ir->route_configs[i];
        for (size_t j = 0; j < config->virtual_host_count; j++) {
            const csc_ir_virtual_host *host = &config->virtual_hosts[j];
            bool added, wildcard = csc_host_is_wildcard(host->domain);
            if (host->route_count == 0)
                continue;
            corsac_str key = csc_str_slice(host->domain, wildcard, host->domain.size - wildcard);
            size_t *slot = csc_map_put(wildcard ? s->wildcards : s->exact, key, &added);
            if (!slot)
                return false;
            if (added)
                *slot = host->routes[0];
            if (wildcard && key.size > s->longest)
                s->longest = key.size;
        }
    }
    return true;
}

/* Who answers for the host now, by the order of H-17; NULL: nobody. */
static const size_t *find_serving(const serving *s, corsac_str host)
{
    size_t from = 1;
    if (csc_host_is_wildcard(host)) {
        const size_t *same = csc_map_find(s->wildcards, csc_str_slice(host, 1, host.size - 1));
        if (same)
            return same;
        from = 2;
    } else {
        const size_t *same = csc_map_find(s->exact, host);
        if (same)
            return same;
    }
    /* A quarantined document's host may be of any length. */
    if (host.size - from > s->longest && from < host.size)
        from = host.size - s->longest;
    for (; from <= host.size; from++) {
        const size_t *wider =
            csc_map_find(s->wildcards, csc_str_slice(host, from, host.size - from));
        if (wider)
            return wider;
    }
    return NULL;
}

static void warn_shifted(csc_resolution *r, const serving *s, const csc_quarantined *q)
{
    corsac_str id = csc_name_qualify(r->arena, q->namespace_, q->name);
    for (size_t i = 0; i < q->hosts.count; i++) {
        corsac_str host = csc_name_host(r->arena, q->hosts.items[i].text, q->namespace_,
                                        r->context->options->cluster_domain);
        const size_t *route = find_serving(s, csc_name_lower(r->arena, host));
        corsac_str now = route ? r->ir->routes[*route].root : (corsac_str){0};
        if (!route || csc_str_equal(now, id)) /* the first of two documents of one name */
            continue;
        csc_resolve_report(r, CORSAC_SEVERITY_WARNING, "quarantine-shift", "X-6",
                           q->hosts.items[i].span, "VirtualService", id, csc_str_from("spec.hosts"),
                           csc_arena_printf(r->arena,
                                            "since this VirtualService is quarantined, requests "
                                            "for host %.*s go to VirtualService %.*s",
                                            (int)host.size, host.data, (int)now.size, now.data));
    }
}

static bool warn_shifts(csc_resolution *r)
{
    serving s;
    if (r->resources->quarantined_count == 0)
        return true;
    if (!index_serving(r, &s))
        return false;
    for (size_t i = 0; i < r->resources->quarantined_count; i++) {
        const csc_quarantined *q = &r->resources->quarantined[i];
        if (!q->is_gateway && q->name.data && q->namespace_.data)
            warn_shifted(r, &s, q);
    }
    return !csc_arena_failed(r->arena);
}

bool csc_resolve_advise_root(csc_resolution *r, const csc_root *root)
{
    warn_unattached(r, root);
    warn_unbound(r, root);
    return csc_resolve_check_policies(r, root, 1);
}

bool csc_resolve_advise(csc_resolution *r)
{
    for (size_t i = 0; i < r->root_count; i++) {
        warn_unattached(r, &r->roots[i]);
        warn_unbound(r, &r->roots[i]);
    }
    return warn_shifts(r) && csc_resolve_check_policies(r, r->roots, r->root_count);
}
