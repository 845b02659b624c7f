// SPDX-License-Identifier: Apache-2.0
// Gateways, the pods they serve and the servers that act: H-9, H-10, H-13, H-27, H-28.
#include <stdlib.h>

#include "oracle/internal.h"

static bool same_gateway(const oracle_gateway *gateway, corsac_str qualified)
{
    return qualified.size == gateway->namespace_.size + 1 + gateway->name.size &&
           text_starts_with(qualified, gateway->namespace_) &&
           qualified.data[gateway->namespace_.size] == '/' &&
           text_ends_with(qualified, gateway->name);
}

static const oracle_gateway *find_collected(const oracle *instance, corsac_str qualified)
{
    for (size_t i = 0; i < instance->gateway_count; i++)
        if (same_gateway(instance->gateways[i], qualified))
            return instance->gateways[i];
    return NULL;
}

/* H-27: off by default. */
static bool in_scope(const oracle *instance, const oracle_gateway *gateway)
{
    return !instance->parameters->scope_gateway_to_namespace ||
           text_equal(gateway->namespace_, oracle_pod_namespace(instance));
}

static void collect(oracle *instance, const oracle_gateway *gateway)
{
    if (in_scope(instance, gateway))
        *(const oracle_gateway **)oracle_pool_append(&instance->pool, &instance->gateways,
                                                     &instance->gateway_count,
                                                     sizeof *instance->gateways) = gateway;
}

static bool is_documented(const oracle *instance, corsac_str qualified)
{
    for (size_t i = 0; i < instance->documents->gateways.count; i++)
        if (same_gateway(&instance->documents->gateways.items[i], qualified))
            return true; /* a quarantined one too: its services are unattached */
    return false;
}

/* A gateway that VirtualServices bind to and no document defines: one HTTP server, port 80, host
 * "*". */
static oracle_gateway *implied_gateway(oracle_pool *pool, corsac_str qualified)
{
    const char *slash = memchr(qualified.data, '/', qualified.size);
    size_t split = (size_t)(slash - qualified.data);
    oracle_gateway *gateway = oracle_pool_take(pool, sizeof *gateway);
    gateway->implied = true;
    gateway->namespace_ = text_head(qualified, split);
    gateway->name = text_from(qualified, split + 1);
    oracle_server *server = ORACLE_APPEND(pool, &gateway->servers);
    server->port = 80;
    server->port_name = text_of("http");
    server->protocol = text_of("HTTP");
    server->bind = text_of("");
    *(corsac_str *)ORACLE_APPEND(pool, &server->hosts) = text_of("*");
    return gateway;
}

/* H-13: gateways merge in the order of H-20. */
static int by_age_and_name(const void *left, const void *right)
{
    const oracle_gateway *a = *(const oracle_gateway *const *)left;
    const oracle_gateway *b = *(const oracle_gateway *const *)right;
    if (a->created_seconds != b->created_seconds)
        return a->created_seconds < b->created_seconds ? -1 : 1;
    int order = text_compare(a->name, b->name);
    return order != 0 ? order : text_compare(a->namespace_, b->namespace_);
}

void oracle_collect_gateways(oracle *instance)
{
    for (size_t i = 0; i < instance->documents->gateways.count; i++)
        if (!instance->documents->gateways.items[i].quarantined)
            collect(instance, &instance->documents->gateways.items[i]);
    for (size_t i = 0; i < instance->services.count; i++)
        for (size_t j = 0; j < instance->services.items[i].gateways.count; j++) {
            corsac_str name = instance->services.items[i].gateways.items[j];
            if (!text_is(name, "mesh") && !is_documented(instance, name) &&
                find_collected(instance, name) == NULL)
                collect(instance, implied_gateway(&instance->pool, name));
        }
    if (instance->gateway_count > 1)
        qsort(instance->gateways, instance->gateway_count, sizeof *instance->gateways,
              by_age_and_name);
}

/* ---- H-28: pods ------------------------------------------------------------------------- */

/* The labels of the pod that serves @p gateway, by the first rule of H-28 that applies. */
static oracle_labels pod_labels(const oracle *instance, const oracle_gateway *gateway)
{
    const oracle_parameters *parameters = instance->parameters;
    if (parameters->gateways.count > 0 || parameters->gateway_labels.count > 0)
        return parameters->gateway_labels;
    return gateway->selector;
}

static bool serves(const oracle *instance, const oracle_gateway *gateway,
                   const oracle_labels *labels)
{
    if (instance->parameters->gateways.count == 0)
        return !gateway->implied && oracle_labels_within(&gateway->selector, labels);
    for (size_t i = 0; i < instance->parameters->gateways.count; i++)
        if (same_gateway(gateway, instance->parameters->gateways.items[i]))
            return true;
    return false;
}

static void join_pod(oracle *instance, oracle_pod *pod, const oracle_gateway *gateway)
{
    *(const oracle_gateway **)oracle_pool_append(
        &instance->scratch, &pod->gateways, &pod->gateway_count, sizeof *pod->gateways) = gateway;
}

/* H-29: the pod is the one of the named gateway's own selector. An implied gateway has no selector
   that could place it: unless the parameters list it, it has a pod of its own, so that a missing
   document changes nothing for the gateways that are defined. */
bool oracle_find_pod(oracle *instance, corsac_str gateway_name, const oracle_gateway **gateway,
                     oracle_pod *pod)
{
    *gateway = find_collected(instance, gateway_name);
    if (*gateway == NULL)
        return false;
    *pod = (oracle_pod){.labels = pod_labels(instance, *gateway)};
    if ((*gateway)->implied && instance->parameters->gateways.count == 0) {
        join_pod(instance, pod, *gateway);
        return true;
    }
    if (!serves(instance, *gateway, &pod->labels))
        return false;
    for (size_t i = 0; i < instance->gateway_count; i++)
        if (serves(instance, instance->gateways[i], &pod->labels))
            join_pod(instance, pod, instance->gateways[i]);
    return true;
}

/* ---- H-9, H-10, H-13: servers ----------------------------------------------------------- */

bool oracle_is_http_family(corsac_str protocol)
{
    static const char *const family[] = {"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"};
    for (size_t i = 0; i < sizeof family / sizeof *family; i++)
        if (text_equal_ignoring_case(protocol, text_of(family[i])))
            return true;
    return false;
}

bool oracle_is_tls_server(const oracle_server *server)
{
    return text_equal_ignoring_case(server->protocol, text_of("HTTPS")) ||
           text_equal_ignoring_case(server->protocol, text_of("TLS"));
}

/* H-10 */
bool oracle_carries_http(const oracle_server *server)
{
    if (oracle_is_http_family(server->protocol))
        return true;
    bool passes_through = server->tls_mode.data == NULL ||
                          text_is(server->tls_mode, "PASSTHROUGH") ||
                          text_is(server->tls_mode, "AUTO_PASSTHROUGH");
    return text_equal_ignoring_case(server->protocol, text_of("HTTPS")) && !passes_through;
}

/* H-9: "./" resolved, "* /" dropped, "* / *" replaces the whole list. */
static oracle_texts server_hosts(oracle_pool *pool, const oracle_gateway *gateway,
                                 const oracle_server *server)
{
    oracle_texts hosts = {0};
    for (size_t i = 0; i < server->hosts.count; i++) {
        corsac_str host = server->hosts.items[i];
        if (text_is(host, "*/*")) {
            hosts = (oracle_texts){0};
            *(corsac_str *)ORACLE_APPEND(pool, &hosts) = text_of("*");
            return hosts;
        }
        if (text_starts_with(host, text_of("./")))
            host = oracle_qualified(pool, gateway->namespace_, text_from(host, 2));
        else if (text_starts_with(host, text_of("*/")))
            host = text_from(host, 2);
        *(corsac_str *)ORACLE_APPEND(pool, &hosts) = host;
    }
    return hosts;
}

typedef struct host_claim {
    corsac_str host, bind;
} host_claim;

typedef struct host_claims {
    host_claim *items;
    size_t count;
} host_claims;

/* H-13 rule 1 */
static bool claim_hosts(oracle_pool *pool, host_claims *claims, const oracle_kept_server *server)
{
    for (size_t i = 0; i < server->hosts.count; i++)
        for (size_t j = 0; j < claims->count; j++)
            if (text_equal(claims->items[j].host, server->hosts.items[i]) &&
                text_equal(claims->items[j].bind, server->server->bind))
                return false;
    for (size_t i = 0; i < server->hosts.count; i++)
        *(host_claim *)ORACLE_APPEND(pool, claims) =
            (host_claim){server->hosts.items[i], server->server->bind};
    return true;
}

/* H-13 rule 2: a plain server takes its port and bind; only HTTP may join HTTP there. */
static bool joins_plain_servers(const oracle_kept_servers *kept, const oracle_server *server)
{
    for (size_t i = 0; i < kept->count; i++) {
        const oracle_server *earlier = kept->items[i].server;
        if (oracle_is_tls_server(earlier) || !text_equal(earlier->bind, server->bind))
            continue;
        if (!oracle_is_http_family(earlier->protocol) || !oracle_is_http_family(server->protocol))
            return false;
    }
    return true;
}

static corsac_str config_name(oracle_pool *pool, const oracle_kept_server *server)
{
    return oracle_pool_format(pool, "https.%u.%.*s.%.*s.%.*s.%.*s", server->server->port,
                              (int)server->server->port_name.size, server->server->port_name.data,
                              (int)server->gateway->name.size, server->gateway->name.data,
                              (int)server->gateway->namespace_.size,
                              server->gateway->namespace_.data, (int)server->server->bind.size,
                              server->server->bind.data);
}

/* H-13 rule 3 */
static bool repeats_config(oracle_pool *pool, const oracle_kept_servers *kept,
                           const oracle_kept_server *server)
{
    for (size_t i = 0; i < kept->count; i++)
        if (oracle_is_tls_server(kept->items[i].server) &&
            text_equal(config_name(pool, &kept->items[i]), config_name(pool, server)))
            return true;
    return false;
}

/* H-13: the servers of one listening port that act, in merge order. */
oracle_kept_servers oracle_kept_servers_of_port(oracle *instance, const oracle_pod *pod,
                                                uint32_t port)
{
    oracle_pool *pool = &instance->scratch;
    oracle_kept_servers kept = {0};
    host_claims claims = {0};
    for (size_t i = 0; i < pod->gateway_count; i++)
        for (size_t j = 0; j < pod->gateways[i]->servers.count; j++) {
            const oracle_server *server = &pod->gateways[i]->servers.items[j];
            if (server->port != port)
                continue;
            oracle_kept_server candidate = {pod->gateways[i], server,
                                            server_hosts(pool, pod->gateways[i], server)};
            if (server->tls && !claim_hosts(pool, &claims, &candidate))
                continue;
            if (!joins_plain_servers(&kept, server))
                continue;
            bool https = text_equal_ignoring_case(server->protocol, text_of("HTTPS"));
            if (https && repeats_config(pool, &kept, &candidate))
                continue;
            *(oracle_kept_server *)ORACLE_APPEND(pool, &kept) = candidate;
        }
    return kept;
}
