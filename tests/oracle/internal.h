// SPDX-License-Identifier: Apache-2.0
// What the oracle's chapters hand to one another: merged services, then routes and virtual hosts.
#ifndef CORSAC_TESTS_ORACLE_INTERNAL_H
#define CORSAC_TESTS_ORACLE_INTERNAL_H

#include "oracle/oracle.h"

/* A match block after names were resolved, with the place its author sees: match[index]. */
typedef struct oracle_merged_block {
    oracle_block block;
    bool counted; /* false: the rule of the author has no match of its own (L-5) */
    size_t index;
} oracle_merged_block;

typedef struct oracle_merged_blocks {
    oracle_merged_block *items;
    size_t count;
} oracle_merged_blocks;

/* A corsPolicy and where it stands: spec.http[rule_index] of its document. */
typedef struct oracle_policy {
    const oracle_cors_policy *cors; /* NULL: none */
    corsac_str owner;               /* "ns/name" */
    size_t rule_index;
} oracle_policy;

/* A rule of a VirtualService after delegates were merged (L-3). */
typedef struct oracle_merged_rule {
    corsac_str
        owner;    /* "ns/name" of the document that wrote the rule: the delegate, if there is one */
    size_t index; /* http[index] of that document */
    corsac_str name; /* L-9 */
    oracle_merged_blocks match;
    bool redirect, direct_response;
    oracle_policy policy;
} oracle_merged_rule;

typedef struct oracle_merged_rules {
    oracle_merged_rule *items;
    size_t count;
} oracle_merged_rules;

/* A VirtualService with hosts, every name resolved (H-1, H-8). */
typedef struct oracle_merged_service {
    const oracle_service *document;
    oracle_texts hosts, gateways;
    oracle_merged_rules rules;
} oracle_merged_service;

typedef struct oracle_merged_services {
    oracle_merged_service *items;
    size_t count;
} oracle_merged_services;

typedef struct oracle_route {
    corsac_str root; /* "ns/name" of the VirtualService with hosts */
    const oracle_merged_rule *rule;
    const oracle_merged_block *block; /* NULL: the rule has no match */
    bool catch_all;                   /* */
} oracle_route;

typedef struct oracle_routes {
    oracle_route *items;
    size_t count;
} oracle_routes;

typedef struct oracle_virtual_host {
    corsac_str domain;
    bool tls_redirect; /* H-24 */
    oracle_routes routes;
} oracle_virtual_host;

typedef struct oracle_virtual_hosts {
    oracle_virtual_host *items;
    size_t count;
} oracle_virtual_hosts;

/* The gateway pod that a request reaches (H-28). */
typedef struct oracle_pod {
    oracle_labels labels;
    const oracle_gateway **gateways; /* merge order */
    size_t gateway_count;
} oracle_pod;

/* A server that survived H-13, with its hosts in the form of H-9. */
typedef struct oracle_kept_server {
    const oracle_gateway *gateway;
    const oracle_server *server;
    oracle_texts hosts;
} oracle_kept_server;

typedef struct oracle_kept_servers {
    oracle_kept_server *items;
    size_t count;
} oracle_kept_servers;

/* One remembered route configuration (H-11): building it again would give the same. */
typedef struct oracle_cached_config {
    const oracle_gateway *gateway;   /* whose pod it is */
    const oracle_server *tls_server; /* NULL: the plain one of port and bind */
    uint32_t port;
    corsac_str bind;
    oracle_virtual_hosts *virtual_hosts;
} oracle_cached_config;

typedef struct oracle_cached_configs {
    oracle_cached_config *items;
    size_t count;
} oracle_cached_configs;

struct oracle {
    oracle_pool pool;    /* lives with the oracle */
    oracle_pool scratch; /* lives until the next decision */
    const oracle_documents *documents;
    const oracle_parameters *parameters;
    oracle_merged_services services; /* H-20 order */
    const oracle_gateway **gateways; /* H-20 order, implied ones included */
    size_t gateway_count;
    oracle_cached_configs configs;
};

/* names.c */
corsac_str oracle_pod_namespace(const oracle *instance);
corsac_str oracle_qualified(oracle_pool *pool, corsac_str namespace_, corsac_str name);
corsac_str oracle_resolve_host(const oracle *instance, oracle_pool *pool, corsac_str host,
                               corsac_str namespace_);
corsac_str oracle_resolve_gateway_name(oracle_pool *pool, corsac_str name, corsac_str namespace_);
bool oracle_host_is_subset(corsac_str narrow, corsac_str wide);
bool oracle_texts_contain(const oracle_texts *list, corsac_str text);
bool oracle_labels_within(const oracle_labels *wanted, const oracle_labels *labels);
bool oracle_exported_to_everyone(const oracle *instance, const oracle_service *service);
bool oracle_exported_to(const oracle *instance, const oracle_service *service,
                        corsac_str namespace_);

/* delegates.c */
void oracle_merge_services(oracle *instance);

/* gateways.c */
void oracle_collect_gateways(oracle *instance);
bool oracle_find_pod(oracle *instance, corsac_str gateway_name, const oracle_gateway **gateway,
                     oracle_pod *pod);
oracle_kept_servers oracle_kept_servers_of_port(oracle *instance, const oracle_pod *pod,
                                                uint32_t port);
bool oracle_is_http_family(corsac_str protocol);
bool oracle_is_tls_server(const oracle_server *server);
bool oracle_carries_http(const oracle_server *server);

/* routes.c */
oracle_routes oracle_build_routes(oracle *instance, const oracle_merged_service *service,
                                  corsac_str gateway_name, uint32_t port, const oracle_pod *pod);

/* hosts.c */
oracle_virtual_hosts *oracle_build_config(oracle *instance, const oracle_pod *pod,
                                          const oracle_kept_servers *servers);
const oracle_virtual_host *oracle_choose_virtual_host(oracle *instance,
                                                      const oracle_virtual_hosts *hosts,
                                                      corsac_str authority);
corsac_str oracle_request_host(oracle_pool *pool, corsac_str authority);
int oracle_domain_rank(corsac_str domain, corsac_str host);

/* paths.c */
corsac_str oracle_normalized_path(oracle_pool *pool, corsac_str path);

/* match.c */
bool oracle_representable(corsac_str value);
bool oracle_text_matches(const oracle *instance, const oracle_match *match, corsac_str value);
bool oracle_block_matches(oracle *instance, const oracle_block *block,
                          const oracle_request *request);
bool oracle_block_has_claims(const oracle_block *block);

#endif
