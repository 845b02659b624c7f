// SPDX-License-Identifier: Apache-2.0
// Virtual hosts: intersection, visibility, TLS redirects (H-12, H-14, H-21, H-24, R-9), and the
// choice of one for a request (H-17).
#include <stdlib.h>

#include "oracle/internal.h"

/* ---- H-21: which services a gateway sees, in which order -------------------------------- */

/* The bucket of H-21, or 0 for a service that the pod does not see. Bucket 3 is Gateway API's. */
static int visibility_bucket(const oracle *instance, const oracle_service *service)
{
    corsac_str pod = oracle_pod_namespace(instance);
    if (oracle_exported_to_everyone(instance, service))
        return 4;
    if (!oracle_exported_to(instance, service, pod))
        return 0;
    return text_equal(service->namespace_, pod) ? 1 : 2;
}

typedef struct selection {
    const oracle_merged_service **items;
    size_t count;
} selection;

static selection select_services(oracle *instance, corsac_str gateway_name)
{
    selection selected = {0};
    for (int bucket = 1; bucket <= 4; bucket++)
        for (size_t i = 0; i < instance->services.count; i++) {
            const oracle_merged_service *service = &instance->services.items[i];
            if (visibility_bucket(instance, service->document) == bucket &&
                oracle_texts_contain(&service->gateways, gateway_name))
                *(const oracle_merged_service **)ORACLE_APPEND(&instance->scratch, &selected) =
                    service;
        }
    return selected;
}

/* ---- H-12, H-14 ------------------------------------------------------------------------- */

/* H-9: "ns/host" admits only services of that namespace; the part is dropped once tested. */
static bool admit_namespace(corsac_str *server_host, corsac_str namespace_)
{
    const char *slash =
        server_host->size == 0 ? NULL : memchr(server_host->data, '/', server_host->size);
    if (slash == NULL)
        return true;
    size_t split = (size_t)(slash - server_host->data);
    bool admitted = text_equal(text_head(*server_host, split), namespace_);
    *server_host = text_from(*server_host, split + 1);
    return admitted;
}

/* H-12 */
static oracle_texts intersect(oracle *instance, const oracle_kept_server *server,
                              const oracle_merged_service *service)
{
    oracle_texts hosts = {0};
    for (size_t i = 0; i < server->hosts.count; i++) {
        corsac_str of_server = server->hosts.items[i];
        if (!admit_namespace(&of_server, service->document->namespace_))
            continue;
        for (size_t j = 0; j < service->hosts.count; j++) {
            corsac_str of_service = service->hosts.items[j];
            corsac_str narrower;
            if (oracle_host_is_subset(of_server, of_service))
                narrower = of_server;
            else if (oracle_host_is_subset(of_service, of_server))
                narrower = of_service;
            else
                continue;
            if (!oracle_texts_contain(&hosts, narrower))
                *(corsac_str *)ORACLE_APPEND(&instance->scratch, &hosts) = narrower;
        }
    }
    return hosts;
}

static oracle_virtual_host *find_domain(oracle_virtual_hosts *hosts, corsac_str domain)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (text_equal(hosts->items[i].domain, domain))
            return &hosts->items[i];
    return NULL;
}

static oracle_virtual_host *host_of_domain(oracle *instance, oracle_virtual_hosts *hosts,
                                           corsac_str name)
{
    corsac_str domain = text_lower(&instance->pool, name); /* H-5, H-6 */
    oracle_virtual_host *found = find_domain(hosts, domain);
    if (found == NULL) {
        found = ORACLE_APPEND(&instance->pool, hosts);
        found->domain = domain;
    }
    return found;
}

/* H-14: one service on one server */
static void add_service(oracle *instance, oracle_virtual_hosts *hosts, const oracle_pod *pod,
                        const oracle_kept_server *server, const oracle_merged_service *service)
{
    oracle_texts names = intersect(instance, server, service);
    if (names.count == 0)
        return;
    corsac_str gateway_name =
        oracle_qualified(&instance->scratch, server->gateway->namespace_, server->gateway->name);
    oracle_routes routes =
        oracle_build_routes(instance, service, gateway_name, server->server->port, pod);
    if (routes.count == 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        oracle_virtual_host *host = host_of_domain(instance, hosts, names.items[i]);
        host->tls_redirect = host->tls_redirect || server->server->https_redirect; /* H-24 */
        for (size_t j = 0; j < routes.count; j++)
            *(oracle_route *)ORACLE_APPEND(&instance->pool, &host->routes) = routes.items[j];
    }
}

/* H-24: what the server redirects although no service answers there */
static void add_redirect_hosts(oracle *instance, oracle_virtual_hosts *hosts,
                               const oracle_kept_server *server)
{
    if (!server->server->https_redirect)
        return;
    for (size_t i = 0; i < server->hosts.count; i++)
        host_of_domain(instance, hosts, server->hosts.items[i])->tls_redirect = true;
}

/* */
static void sort_catch_alls(oracle *instance, oracle_virtual_host *host)
{
    oracle_routes sorted = {0};
    for (int catch_all = 0; catch_all <= 1; catch_all++)
        for (size_t i = 0; i < host->routes.count; i++)
            if (host->routes.items[i].catch_all == (catch_all == 1))
                *(oracle_route *)ORACLE_APPEND(&instance->pool, &sorted) = host->routes.items[i];
    host->routes = sorted;
}

oracle_virtual_hosts *oracle_build_config(oracle *instance, const oracle_pod *pod,
                                          const oracle_kept_servers *servers)
{
    oracle_virtual_hosts *hosts = oracle_pool_take(&instance->pool, sizeof *hosts);
    for (size_t i = 0; i < servers->count; i++) {
        const oracle_kept_server *server = &servers->items[i];
        selection selected = select_services(instance, oracle_qualified(&instance->scratch,
                                                                        server->gateway->namespace_,
                                                                        server->gateway->name));
        for (size_t j = 0; j < selected.count; j++)
            add_service(instance, hosts, pod, server, selected.items[j]);
        add_redirect_hosts(instance, hosts, server);
    }
    for (size_t i = 0; i < hosts->count; i++)
        sort_catch_alls(instance, &hosts->items[i]);
    if (hosts->count == 0) /* H-26 */
        host_of_domain(instance, hosts, text_of("*"));
    return hosts;
}

/* ---- H-17 ------------------------------------------------------------------------------- */

corsac_str oracle_request_host(oracle_pool *pool, corsac_str authority)
{
    size_t end = authority.size;
    for (size_t i = authority.size; i-- > 0;) {
        if (authority.data[i] == ']')
            break; /* a colon before this point is inside or before the bracket */
        if (authority.data[i] == ':') {
            end = i;
            break;
        }
    }
    return text_lower(pool, text_head(authority, end));
}

/* How well a domain matches: 0 not at all, 1 "*", then longer is better, exact best of all. */
int oracle_domain_rank(corsac_str domain, corsac_str host)
{
    if (text_is(domain, "*"))
        return 1;
    if (text_equal(domain, host))
        return 1 << 30;
    if (domain.size == 0 || domain.data[0] != '*')
        return 0;
    corsac_str suffix = text_from(domain, 1);
    return host.size > suffix.size && text_ends_with(host, suffix) ? 1 + (int)suffix.size : 0;
}

const oracle_virtual_host *oracle_choose_virtual_host(oracle *instance,
                                                      const oracle_virtual_hosts *hosts,
                                                      corsac_str authority)
{
    if (!oracle_representable(authority)) /* */
        return NULL;
    bool only_star = hosts->count == 1 && text_is(hosts->items[0].domain, "*");
    if (authority.size == 0) /* an empty host selects as a missing one does */
        return only_star ? &hosts->items[0] : NULL;
    corsac_str host = oracle_request_host(&instance->scratch, authority);
    const oracle_virtual_host *best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        int rank = oracle_domain_rank(hosts->items[i].domain, host);
        if (rank > best_rank) {
            best = &hosts->items[i];
            best_rank = rank;
        }
    }
    return best;
}
