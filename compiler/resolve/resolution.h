// SPDX-License-Identifier: Apache-2.0
// What the files of this room share while one compile is resolved, in the order in which it grows:
//
//   services -> roots (delegates merged, in H-21 order) -> gates -> pods -> listeners
//            -> virtual hosts of segments of routes -> csc_ir
//
// A function that returns bool returns false only when memory is short. Everything lives in the
// arena. Nothing here depends on the order of the input files.
#ifndef CORSAC_COMPILER_RESOLVE_RESOLUTION_H
#define CORSAC_COMPILER_RESOLVE_RESOLUTION_H

#include "compiler/ir/ir.h"
#include "compiler/resolve/names.h"
#include "compiler/support/map.h"

/* A VirtualService, with or without hosts, whose match.gateways have been resolved (H-8). */
typedef struct csc_service {
    const csc_virtual_service *document;
    corsac_str id;                      /* "ns/name" */
    const csc_match_block **blocks;     /* per rule */
    const struct csc_root *merged_into; /* the last root that took this delegate in ... */
    uint64_t merged_steps;              /* ... and what the routes so made cost per byte of text */
} csc_service;

/* A rule after the delegate merge (L-9). */
typedef struct csc_merged_rule {
    corsac_str owner; /* id of the document that wrote it: the delegate's for a delegated rule */
    csc_span span;
    size_t index; /* http[i] there */
    corsac_str name;
    const csc_match_block *matches; /* index SIZE_MAX: the writer's rule has no match of its own */
    size_t match_count;
    csc_ir_action action;
    const csc_cors_policy *policy; /* NULL: none */
    corsac_str policy_owner;
    uint32_t *routes; /* per block, at least one: index of csc_ir.routes, CORSAC_NONE before use */
    const csc_ir_route *made_routes; /* per block, without their policy; NULL: made when used ... */
    const csc_ir_policy *made_policy; /* ... as this is */
} csc_merged_rule;

/* The routes that one VirtualService contributes somewhere. */
typedef struct csc_segment {
    struct csc_segment *next; /* of the same root */
    uint32_t *routes;
    size_t route_count;
    uint32_t id;
} csc_segment;

/* The order in which a proxy sees VirtualServices (H-21). */
typedef enum csc_bucket {
    CSC_BUCKET_OWN = 1,      /* exported to its own namespace, which is the pod's */
    CSC_BUCKET_EXPORTED = 2, /* exported to the pod's namespace by name */
    CSC_BUCKET_PUBLIC = 4,
    CSC_BUCKET_HIDDEN = 9
} csc_bucket;

/* A VirtualService with hosts, delegates merged into it (L-11). */
typedef struct csc_root {
    const csc_virtual_service *document;
    corsac_str id;
    csc_bucket bucket;
    csc_string *hosts; /* long names (H-1) */
    size_t host_count;
    csc_string *gateways; /* "ns/name", unique, "mesh" left out (H-8) */
    size_t gateway_count;
    csc_merged_rule *rules;
    size_t rule_count;
    bool filtered; /* some block is tied to a port, gateway, label or namespace */
    bool served;   /* some gateway it names is in a pod */
    csc_segment *segments;
    bool *host_bound; /* per host: some server admits it (H-5) */
} csc_root;

/* What csc_resolve_prepare() has made of a VirtualService. */
typedef struct csc_prepared {
    csc_service service;
    csc_root root;  /* of one with hosts; nothing of it is bound or numbered */
    bool has_rules; /* no rule delegates: the rules of the root are there, and their routes */
} csc_prepared;

typedef struct csc_host_index csc_host_index;

typedef struct csc_gate_server {
    const csc_server *document;
    csc_server_host *hosts; /* H-9 */
    size_t host_count;
    bool http;       /* protocol of the HTTP family (H-10) */
    bool tls;        /* a TLS listener: tls settings on another protocol */
    bool terminates; /* HTTPS that ends here (H-10) */
    bool skip_reported;
} csc_gate_server;

/* A Gateway, or the stand-in for one that no document defines. */
typedef struct csc_gate {
    corsac_str id;
    csc_metadata metadata;
    const csc_gateway *document; /* NULL: implied */
    csc_gate_server *servers;
    size_t server_count;
    uint32_t *roots; /* indices of the VirtualServices bound to it, in H-21 order */
    size_t root_count, root_capacity;
    bool upper;            /* some server host has an upper-case letter (H-5) */
    csc_host_index *index; /* of those roots' hosts; made on first use */
    size_t pod;            /* the pod of its own selector (H-29), SIZE_MAX: none */
} csc_gate;

typedef struct csc_pod {
    csc_labels labels;
    corsac_str key;   /* the labels as text; orders the pods */
    csc_gate **gates; /* in merge order (H-13) */
    size_t gate_count, gate_capacity;
} csc_pod;

typedef struct csc_host_builder {
    corsac_str domain;
    bool tls_redirect;
    const csc_segment **segments;
    size_t count, capacity;
} csc_host_builder;

/* A route configuration being filled (H-11). */
typedef struct csc_config_builder {
    corsac_str name;
    csc_map *by_domain; /* index of hosts */
    csc_host_builder *hosts;
    size_t count, capacity;
} csc_config_builder;

struct csc_resolution {
    const csc_context *context;
    const csc_resources *resources;
    csc_arena *arena;
    csc_ir *ir;

    csc_service *services;
    size_t service_count;
    csc_map *service_by_id;
    csc_map *quarantined_services; /* id -> index of resources->quarantined */
    csc_map *quarantined_gateways;

    csc_root *roots; /* H-21 order, hidden ones last */
    size_t root_count;

    csc_gate **gates; /* merge order (H-13) */
    size_t gate_count, gate_capacity;
    csc_map *gate_by_id;

    csc_pod *pods;
    size_t pod_count, pod_capacity;

    csc_config_builder **configs;
    size_t config_count, config_capacity;

    size_t route_capacity, policy_capacity, group_capacity, endpoint_capacity;
    csc_map *policy_by_pointer;
    uint32_t segment_count;
    uint32_t *scratch; /* routes of the segment being built */
    size_t scratch_count, scratch_capacity;
};

/* service.c */
bool csc_resolve_services(csc_resolution *r);
/** Makes the roots: hosts, gateways, visibility, order (H-1, H-20 to H-22); rules through L. */
bool csc_resolve_roots(csc_resolution *r);
/** True if a document with this exportTo is exported to the namespace (H-21, L-2). */
bool csc_resolve_exported(const csc_resolution *r, const csc_virtual_service *document,
                          corsac_str ns);
int csc_resolve_age_order(const csc_metadata *a, const csc_metadata *b); /* H-20 */

/** The parts of both that depend on the document alone. */
bool csc_resolve_fill_service(csc_resolution *r, csc_service *service,
                              const csc_virtual_service *document);
bool csc_resolve_fill_root(csc_resolution *r, csc_root *root, const csc_service *service);

/* delegate.c, match_merge.c */
bool csc_resolve_rules(csc_resolution *r, csc_root *root, const csc_service *service);
bool csc_resolve_merge_matches(csc_resolution *r, const csc_match_block *roots, size_t root_count,
                               const csc_match_block *leaves, size_t leaf_count,
                               csc_match_block **out, size_t *out_count);
corsac_str csc_resolve_merge_names(csc_resolution *r, corsac_str root, corsac_str leaf);

/* gate.c */
bool csc_resolve_gates(csc_resolution *r);
bool csc_resolve_pods(csc_resolution *r);

/* listener.c */
bool csc_resolve_pod_listeners(csc_resolution *r, const csc_pod *pod);

/* host_index.c */
typedef struct csc_binding {
    uint32_t root, host; /* which VirtualService, and which of its hosts */
    corsac_str domain;   /* the more specific name, lower-cased */
} csc_binding;
/** Every pair of a server's hosts and a bound VirtualService's hosts that intersect (H-12),
 *  ordered by VirtualService, then domain. */
bool csc_resolve_bindings(csc_resolution *r, csc_gate *gate, const csc_gate_server *server,
                          csc_binding **out, size_t *out_count);

/* route.c, policy.c */
bool csc_resolve_segment(csc_resolution *r, csc_root *root, const csc_gate *gate, uint32_t port,
                         const csc_labels *pod_labels, const csc_segment **out);
bool csc_resolve_policy(csc_resolution *r, const csc_merged_rule *rule, uint32_t *out);
/** Makes the routes of a rule that are the same wherever it is served, and its policy. */
bool csc_resolve_make_routes(csc_resolution *r, const csc_root *root, csc_merged_rule *rule);
bool csc_resolve_make_policy(csc_resolution *r, csc_merged_rule *rule);

/* virtual_host.c */
csc_config_builder *csc_resolve_config_new(csc_resolution *r, corsac_str name, uint32_t *index);
bool csc_resolve_config_add(csc_resolution *r, csc_config_builder *config, csc_gate *gate,
                            const csc_gate_server *server, const csc_labels *pod_labels);
bool csc_resolve_configs_finish(csc_resolution *r);

/* advice.c: findings that change nothing (X-19, X-4, X-6, R-13, C-2) */
bool csc_resolve_advise(csc_resolution *r);
/** The part that one VirtualService without delegates can change. */
bool csc_resolve_advise_root(csc_resolution *r, const csc_root *root);
/** Appends a finding about a VirtualService or Gateway. */
void csc_resolve_report(csc_resolution *r, corsac_severity severity, const char *code,
                        const char *clause, csc_span span, const char *kind, corsac_str id,
                        corsac_str path, corsac_str message);

#endif
