// SPDX-License-Identifier: Apache-2.0
// The intermediate representation: what resolve hands to the passes and to lower.
//
// Everything that depends on names, order, namespaces and gateways is settled here (chapters H, R, L,
// P of docs/semantics.md). What is left is: which table a request is looked up in, which routes it
// tries in which order, and what each route's policy says. No document order, no short names.
//
//   endpoint (gateway, port) --> route config --> virtual hosts --> routes --> policy
//                            \-> TLS group (SNI) --> route config
//
// All arrays belong to the compile's arena. Indices refer to the arrays of csc_ir.
#ifndef CORSAC_COMPILER_IR_IR_H
#define CORSAC_COMPILER_IR_IR_H

#include "compiler/decode/resource.h"

typedef enum csc_path_kind {
    CSC_PATH_PREFIX = 0, /* plain string prefix; "/" for an absent uri (M-2) */
    CSC_PATH_EXACT,
    CSC_PATH_REGEX
} csc_path_kind;

typedef enum csc_condition_kind {
    CSC_CONDITION_HEADER =
        0,               /* name lower-cased; also ":method", ":authority", ":scheme", ":path" */
    CSC_CONDITION_QUERY, /* name as written */
    CSC_CONDITION_CLAIM  /* name: claim path segments joined by one zero byte (M-18) */
} csc_condition_kind;

/* kind NONE in `match`: presence. */
typedef struct csc_condition {
    csc_condition_kind kind;
    corsac_str name;
    csc_match_kind match;
    corsac_str value;
    bool invert;           /* withoutHeaders */
    bool missing_as_empty; /* M-13: withoutHeaders with a value */
    csc_span span;
} csc_condition;

typedef enum csc_ir_action {
    CSC_IR_FORWARD = 0,
    CSC_IR_REDIRECT,
    CSC_IR_DIRECT_RESPONSE
} csc_ir_action;

/* Who wrote a route or a policy: for decisions, explain and diagnostics. */
typedef struct csc_ir_source {
    corsac_str owner; /* "ns/name" of the document (the delegate for a delegated rule) */
    csc_span span;
    size_t rule_index; /* http[i] of that document */
    size_t
        match_index; /* match[j] of that document's rule; SIZE_MAX: the rule has no match there */
} csc_ir_source;

typedef struct csc_ir_route {
    csc_path_kind path_kind;
    corsac_str path;
    csc_span path_span;
    bool ignore_case; /* M-5 */
    csc_condition *conditions;
    size_t condition_count;
    csc_ir_action action;
    uint32_t policy; /* index of csc_ir.policies, or CORSAC_NONE */
    bool catch_all;  /* R-8 */
    corsac_str name; /* R-7 */
    csc_ir_source source;
    corsac_str root; /* "ns/name" of the VirtualService with hosts */
    csc_memo memo;   /* a copy ... */
    csc_memo *home;  /* ... of this one, which lives as long as the document; NULL: none does */
} csc_ir_route;

/* A translated corsPolicy (P). One per corsPolicy in the documents; the passes share equal ones. */
typedef struct csc_ir_policy {
    csc_origin_matcher *origins; /* in order, dropped ones (kind NONE) included to keep indices */
    size_t origin_count;
    bool deprecated_list;
    corsac_str allow_methods, allow_headers, expose_headers; /* joined by P-5; empty: no header */
    corsac_str max_age; /* decimal seconds by P-6; empty: no header */
    bool allow_credentials;
    bool forward_unmatched;
    csc_ir_source source; /* match_index unused */
    /* Set by the passes, else unused. */
    uint32_t twin;   /* first policy of the list that decides alike */
    uint32_t number; /* of all that decide alike, among what is kept */
    uint64_t digest; /* hash of its origins; the same in every run */
    csc_memo memo;   /* as a route's */
    csc_memo *home;
} csc_ir_policy;

typedef struct csc_ir_virtual_host {
    corsac_str domain; /* lower-cased: "a.com", "*.a.com", "*a.com" or "*" */
    bool tls_redirect; /* H-24 */
    uint32_t *routes;  /* indices of csc_ir.routes in final order (R-9) */
    size_t route_count;
    csc_memo memo; /* of its domain; lives as long as the IR */
} csc_ir_virtual_host;

typedef struct csc_ir_route_config {
    corsac_str
        name; /* "http.80", "https.443.https.gw.ns", with the pod's number behind "@" if several */
    csc_ir_virtual_host
        *virtual_hosts; /* sorted by domain bytes; empty: no-route for everything (H-26) */
    size_t virtual_host_count;
} csc_ir_route_config;

/* One SNI name of a TLS group (H-29). */
typedef struct csc_ir_sni {
    corsac_str host;       /* lower-cased, exact, wildcard or "*" */
    uint32_t route_config; /* or CORSAC_NONE: that server does not terminate HTTP */
} csc_ir_sni;

typedef struct csc_ir_tls_group {
    csc_ir_sni *names; /* the first server wins among equal names */
    size_t name_count;
} csc_ir_tls_group;

typedef struct csc_ir_endpoint {
    corsac_str gateway;    /* "ns/name" */
    uint32_t port;         /* as written in the Gateway */
    bool implied;          /* stands in for a Gateway that no document defines */
    uint32_t route_config; /* plain HTTP, or CORSAC_NONE */
    uint32_t tls_group;    /* TLS, or CORSAC_NONE */
} csc_ir_endpoint;

typedef struct csc_ir {
    csc_ir_endpoint *endpoints; /* sorted by gateway bytes, then port; unique */
    size_t endpoint_count;
    csc_ir_route_config *route_configs;
    size_t route_config_count;
    csc_ir_tls_group *tls_groups;
    size_t tls_group_count;
    csc_ir_route *routes;
    size_t route_count;
    csc_ir_policy *policies;
    size_t policy_count;
    uint32_t implied_gateway_count;
    bool reached;       /* csc_pass_reach() has run */
    csc_memo placement; /* of hosts; lives as long as the IR */
} csc_ir;

/**
 * Makes beforehand what resolving VirtualServices takes that depends on each of them and on the options alone. For
 * documents that several compiles use, one at a time.
 * @param context  its arena lives as long as the documents.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_resolve_prepare(const csc_context *context, const csc_resources *resources);

/** Resolves typed resources into the IR. Adds warnings and notes; quarantines nothing by itself. */
corsac_status csc_resolve(const csc_context *context, const csc_resources *resources, csc_ir **out);

/* What resolving leaves for csc_resolve_replace(). */
typedef struct csc_resolution csc_resolution;

/** The same, of resources that are prepared, with what it leaves. Both are in the context's arena. */
corsac_status csc_resolve_keep(const csc_context *context, const csc_resources *resources,
                               csc_resolution **kept, csc_ir **out);

/** Whether two VirtualServices, both prepared, differ only in what their routes and policies say, and neither
 * delegates nor is bound to other gateways by rules of its own. */
bool csc_resolve_is_alike(const csc_virtual_service *old, const csc_virtual_service *now);

/**
 * Puts one in the place of a like one, in the resources and in the IR, and says what there is to say about it.
 * @param context  of the compile at hand. Its arena may go with it; `now` stays as long as the resolution.
 * @param place    the document, in the resources that were resolved.
 * @return CORSAC_OK; after an error the resolution is of no use.
 */
corsac_status csc_resolve_replace(csc_resolution *kept, const csc_context *context,
                                  csc_virtual_service *place, const csc_virtual_service *now);

/** Stable text form of the IR; the golden form of tests and of `corsac inspect --stage ir`. */
corsac_status csc_ir_dump(const csc_context *context, const csc_ir *ir, corsac_str *out);

#endif
