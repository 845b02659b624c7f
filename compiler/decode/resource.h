// SPDX-License-Identifier: Apache-2.0
// Typed resources: what decode hands to resolve.
//
// Input:  node trees of compiler/read.
// Output: one csc_resources. Every VirtualService and Gateway in it decoded (D) and validated (V)
//         without error; quarantined documents are not in it, except as a name in `quarantined`.
// Names are still as written: short hosts, short gateway names and delegates are resolved later.
// An absent string field has data == NULL; every list keeps the file's order.
#ifndef CORSAC_COMPILER_DECODE_RESOURCE_H
#define CORSAC_COMPILER_DECODE_RESOURCE_H

#include "compiler/support/diagnostics.h"
#include "compiler/support/kept.h"
#include "compiler/support/store.h"

typedef enum csc_match_kind {
    CSC_MATCH_NONE = 0, /* no member set: a presence check (M-10), or a dropped origin (P-3) */
    CSC_MATCH_EXACT,
    CSC_MATCH_PREFIX,
    CSC_MATCH_REGEX
} csc_match_kind;

/* A StringMatch. `present` is false where the field itself is absent. */
typedef struct csc_string_match {
    bool present;
    csc_match_kind kind;
    uint32_t regex_steps; /* per byte of text, at most (csc_regex_steps()) */
    corsac_str value;
    csc_span span; /* of the scalar value if there is one, else of the key */
} csc_string_match;

/* One entry of headers, withoutHeaders or queryParams; entries sorted by key bytes (M-16), unique.
 */
typedef struct csc_keyed_match {
    corsac_str key;
    csc_string_match match;
    csc_span span;
} csc_keyed_match;

typedef struct csc_keyed_matches {
    csc_keyed_match *items;
    size_t count;
} csc_keyed_matches;

typedef struct csc_label {
    corsac_str key, value;
} csc_label;

typedef struct csc_labels { /* sorted by key, unique */
    csc_label *items;
    size_t count;
} csc_labels;

typedef struct csc_string { /* a list entry with its place */
    corsac_str text;
    csc_span span;
} csc_string;

typedef struct csc_strings {
    csc_string *items;
    size_t count;
} csc_strings;

/* One entry of rule.match. */
typedef struct csc_match_block {
    csc_span span;
    corsac_str name;
    csc_string_match uri, scheme, method, authority;
    csc_keyed_matches headers, without_headers, query_params;
    uint32_t port; /* 0 = unset */
    bool ignore_uri_case;
    csc_labels source_labels;
    corsac_str source_namespace; /* absent or empty: any */
    csc_strings gateways;
    corsac_str stat_prefix;
    size_t index; /* position in the match list of the document that wrote the block */
} csc_match_block;

typedef struct csc_origin_matcher {
    csc_match_kind kind; /* NONE: dropped by P-3 but keeps its index */
    corsac_str value;
    csc_span span;
} csc_origin_matcher;

typedef enum csc_tristate { CSC_UNSET = 0, CSC_FALSE, CSC_TRUE } csc_tristate;

/* A corsPolicy, translated by P-2 as far as the origin list goes. */
typedef struct csc_cors_policy {
    csc_span span;
    bool deprecated_list; /* the matchers come from allowOrigin (P-2) */
    csc_origin_matcher *origins;
    size_t origin_count;
    csc_strings allow_methods, allow_headers, expose_headers;
    bool has_max_age;
    int64_t max_age_seconds; /* truncated toward zero (P-6) */
    csc_tristate allow_credentials;
    bool forward_unmatched; /* P-11: false only for IGNORE */
    size_t rule_index;      /* http[i] of the document that wrote the policy */
} csc_cors_policy;

typedef enum csc_action {
    CSC_ACTION_NONE =
        0, /* only a delegate rule before the merge, or a redirect code that does not translate */
    CSC_ACTION_ROUTE,
    CSC_ACTION_REDIRECT,
    CSC_ACTION_DIRECT_RESPONSE
} csc_action;

typedef struct csc_http_rule {
    csc_span span;
    corsac_str name;
    csc_match_block *matches;
    size_t match_count; /* 0: no match, `match: []` and absent alike (D-12) */
    bool has_route, has_redirect, has_direct_response;
    csc_span redirect_span, direct_response_span;
    bool redirect_prefix_rewrite; /* V-23; kept for delegates */
    bool redirect_translates;     /* V-23: the code is 0, 301, 302, 303, 307 or 308 */
    bool has_delegate;
    corsac_str delegate_name, delegate_namespace; /* namespace absent: the root's */
    csc_span delegate_span;
    csc_cors_policy *policy; /* NULL: absent */
    size_t index;            /* http[i] */
} csc_http_rule;

typedef struct csc_metadata {
    corsac_str name, namespace_; /* namespace resolved by D-22 */
    csc_labels labels;
    bool has_creation_time;
    int64_t creation_seconds; /* since 1970-01-01T00:00:00Z */
    uint32_t creation_nanoseconds;
} csc_metadata;

typedef struct csc_virtual_service {
    csc_metadata metadata;
    csc_span span; /* of the document */
    csc_strings hosts, gateways, export_to;
    csc_span hosts_span;
    csc_http_rule *rules;
    size_t rule_count;
    struct csc_prepared *prepared; /* csc_resolve_prepare(); NULL: nothing yet */
} csc_virtual_service;

typedef enum csc_tls_mode {
    CSC_TLS_PASSTHROUGH = 0, /* the proto's default */
    CSC_TLS_SIMPLE,
    CSC_TLS_MUTUAL,
    CSC_TLS_AUTO_PASSTHROUGH,
    CSC_TLS_ISTIO_MUTUAL,
    CSC_TLS_OPTIONAL_MUTUAL
} csc_tls_mode;

typedef struct csc_server {
    csc_span span;
    csc_strings hosts; /* as written, H-9 forms included */
    uint32_t port_number;
    corsac_str port_name;
    corsac_str protocol; /* upper-cased */
    corsac_str bind;     /* empty if absent */
    bool has_tls;
    bool https_redirect;
    csc_tls_mode tls_mode;
} csc_server;

typedef struct csc_gateway {
    csc_metadata metadata;
    csc_span span;
    csc_labels selector;
    csc_server *servers;
    size_t server_count;
} csc_gateway;

/* A document left out: who it was, so that references to it can be explained. */
typedef struct csc_quarantined {
    bool is_gateway;
    corsac_str namespace_, name; /* may be absent if not even that decoded */
    csc_strings hosts;           /* as far as they decoded */
    csc_span span;
} csc_quarantined;

typedef struct csc_resources {
    csc_virtual_service *virtual_services;
    size_t virtual_service_count;
    csc_gateway *gateways;
    size_t gateway_count;
    csc_quarantined *quarantined;
    size_t quarantined_count;
    uint32_t document_count, skipped_count;
} csc_resources;

/* What every stage is given: the compile as a whole. Owned by driver.c. */
typedef struct csc_context {
    csc_arena *arena;           /* lives until the compile ends */
    csc_arena *nodes;           /* of what is read; may go when it is decoded. NULL: the arena */
    const corsac_input *inputs; /* sorted by name; csc_span.source indexes it */
    size_t input_count;
    const corsac_compile_options *options; /* completed: no absent strings, no zero limits */
    corsac_diagnostics *diagnostics;
    csc_store *store; /* of compiled regexes; NULL: nothing is kept beyond the compile */
    csc_kept *kept;   /* of a session; NULL: likewise */
} csc_context;

/** Name of the source a span points into; empty for an unknown one. */
static inline corsac_str csc_context_file(const csc_context *context, csc_span span)
{
    return span.source < context->input_count ? context->inputs[span.source].name
                                              : (corsac_str){"", 0};
}

#endif
