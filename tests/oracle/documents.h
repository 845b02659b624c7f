// SPDX-License-Identifier: Apache-2.0
// The oracle's input: VirtualServices, Gateways and compile parameters as values, after decoding
// (D) and with every name still as its author wrote it. Nobody parses here: a test builds these
// structs, and writes the same values as YAML for the compiler. Lists keep document order. A text
// with data == NULL is absent.
#ifndef CORSAC_TESTS_ORACLE_DOCUMENTS_H
#define CORSAC_TESTS_ORACLE_DOCUMENTS_H

#include "oracle/text.h"

typedef struct oracle_texts {
    corsac_str *items;
    size_t count;
} oracle_texts;

typedef enum oracle_match_kind {
    ORACLE_MATCH_NONE = 0, /* no member set */
    ORACLE_MATCH_EXACT,
    ORACLE_MATCH_PREFIX,
    ORACLE_MATCH_REGEX
} oracle_match_kind;

/* A StringMatch; `present` is false where the field itself is absent. */
typedef struct oracle_match {
    bool present;
    oracle_match_kind kind;
    corsac_str value;
} oracle_match;

typedef struct oracle_matches {
    oracle_match *items;
    size_t count;
} oracle_matches;

typedef struct oracle_keyed_match {
    corsac_str key;
    oracle_match match;
} oracle_keyed_match;

typedef struct oracle_keyed_matches { /* keys unique byte for byte */
    oracle_keyed_match *items;
    size_t count;
} oracle_keyed_matches;

typedef struct oracle_label {
    corsac_str key, value;
} oracle_label;

typedef struct oracle_labels {
    oracle_label *items;
    size_t count;
} oracle_labels;

/* One match block of a rule. */
typedef struct oracle_block {
    corsac_str name;
    oracle_match uri, scheme, method, authority;
    oracle_keyed_matches headers, without_headers, query_params;
    uint32_t port; /* 0: unset */
    bool ignore_uri_case;
    oracle_labels source_labels;
    corsac_str source_namespace;
    oracle_texts gateways;
} oracle_block;

typedef struct oracle_blocks {
    oracle_block *items;
    size_t count;
} oracle_blocks;

typedef enum oracle_unmatched {
    ORACLE_UNMATCHED_ABSENT = 0,
    ORACLE_UNMATCHED_UNSPECIFIED,
    ORACLE_UNMATCHED_FORWARD,
    ORACLE_UNMATCHED_IGNORE
} oracle_unmatched;

typedef struct oracle_cors_policy {
    oracle_matches allow_origins;
    oracle_texts allow_origin; /* the deprecated list */
    oracle_texts allow_methods, allow_headers, expose_headers;
    bool has_max_age;
    int64_t max_age_seconds;
    bool has_credentials, credentials;
    oracle_unmatched unmatched_preflights;
} oracle_cors_policy;

typedef struct oracle_rule {
    corsac_str name;
    oracle_blocks match;
    bool route, redirect, direct_response;
    bool has_delegate;
    corsac_str delegate_name, delegate_namespace;
    oracle_cors_policy *cors; /* NULL: no corsPolicy */
} oracle_rule;

typedef struct oracle_rules {
    oracle_rule *items;
    size_t count;
} oracle_rules;

typedef struct oracle_service {
    corsac_str namespace_, name;
    int64_t created_seconds; /* since 1970; 0: no creationTimestamp */
    oracle_texts hosts, gateways, export_to;
    oracle_rules http;
    bool quarantined; /* the text of this document carries a defect: X-1 drops it */
} oracle_service;

typedef struct oracle_services {
    oracle_service *items;
    size_t count;
} oracle_services;

typedef struct oracle_server {
    oracle_texts hosts;
    uint32_t port;
    corsac_str port_name, protocol, bind;
    bool tls; /* a tls section is there */
    bool https_redirect;
    corsac_str tls_mode; /* absent: PASSTHROUGH, the proto's default */
} oracle_server;

typedef struct oracle_servers {
    oracle_server *items;
    size_t count;
} oracle_servers;

typedef struct oracle_gateway {
    corsac_str namespace_, name;
    int64_t created_seconds;
    oracle_labels selector;
    oracle_servers servers;
    bool quarantined;
    bool implied; /* set by the oracle alone: no document defines this gateway */
} oracle_gateway;

typedef struct oracle_gateways {
    oracle_gateway *items;
    size_t count;
} oracle_gateways;

typedef struct oracle_documents {
    oracle_services services;
    oracle_gateways gateways;
} oracle_documents;

/* The named options of. */
typedef struct oracle_options {
    bool vary_origin, strip_denied, preflight_204, enforce_methods, enforce_headers;
    bool header_match_joined, no_expose_on_preflight, regex_utf8;
    bool normalize_path_base; /* M-7 */
} oracle_options;

/* Compile parameters (D-25). Absent texts and empty lists mean the default. */
typedef struct oracle_parameters {
    corsac_str gateway_namespace; /* istio-system */
    oracle_labels gateway_labels;
    oracle_texts gateways;          /* "ns/name" */
    corsac_str default_namespace;   /* default; of use to whoever writes the documents as text */
    corsac_str cluster_domain;      /* cluster.local */
    oracle_texts default_export_to; /* * */
    bool scope_gateway_to_namespace;
    oracle_options options;
} oracle_parameters;

#endif
