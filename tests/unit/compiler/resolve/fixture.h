// SPDX-License-Identifier: Apache-2.0
// Resolve tests start from YAML, as people write it: text -> read -> decode -> resolve, then
// questions about the result in the words of the specification.
#ifndef CORSAC_TEST_RESOLVE_FIXTURE_H
#define CORSAC_TEST_RESOLVE_FIXTURE_H

#include "compiler/ir/ir.h"

typedef struct fixture {
    csc_arena *arena;
    corsac_diagnostics *diagnostics;
    corsac_compile_options options;
    csc_context context;
    csc_resources resources;
    csc_ir *ir;
} fixture;

/** One document each, in flow style: VS("{namespace: a, name: b}", "{hosts: [...], ...}"). */
#define DOCUMENT(kind, metadata, spec)                                                             \
    "---\n{apiVersion: networking.istio.io/v1, kind: " kind ", metadata: " metadata                \
    ", spec: " spec "}\n"
#define VS(metadata, spec)    DOCUMENT("VirtualService", metadata, spec)
#define GW(metadata, servers) DOCUMENT("Gateway", metadata, "{servers: [" servers "]}")
/** A plain HTTP server on port 80. */
#define HTTP(hosts) "{port: {number: 80, name: http, protocol: HTTP}, hosts: " hosts "}"
/** An HTTPS server on port 443 that terminates TLS. */
#define HTTPS(name, hosts)                                                                         \
    "{port: {number: 443, name: " name ", protocol: HTTPS}, hosts: " hosts                         \
    ", tls: {mode: SIMPLE, credentialName: c}}"
/** Where a rule forwards to. */
#define TO "route: [{destination: {host: backend.app.svc.cluster.local}}]"

/** Default options. The caller may change them before fixture_run(). */
fixture fixture_new(void);
/** Runs the pipeline over one file named input.yaml. */
void fixture_run(fixture *f, const char *yaml);
/** fixture_new() and fixture_run(). */
fixture resolved(const char *yaml);
void fixture_free(fixture *f);

/** The routes of a virtual host in order, "ns/name#http[i].match[j]" each, joined by blanks; "none"
 *  if there is no such virtual host or configuration. Static storage, reused by the next call. */
const char *routes_of(const fixture *f, const char *config, const char *domain);
/** The configuration that an endpoint leads to; "none" if it has none, "unknown" without endpoint.
 */
const char *config_of(const fixture *f, const char *gateway, uint32_t port);
/** Domains of a configuration, sorted, joined by blanks; those that redirect end in "!". */
const char *domains_of(const fixture *f, const char *config);
/** The TLS group of an endpoint as "host=config host=config", "none" if it has none. */
const char *tls_of(const fixture *f, const char *gateway, uint32_t port);
/** A route by its identity; NULL if absent. */
const csc_ir_route *route_named(const fixture *f, const char *identity);
/** The policy of a route by the route's identity; NULL if it has none. */
const csc_ir_policy *policy_of(const fixture *f, const char *identity);
/** Conditions of a route, for example `:method=exact:GET not x-a=present`. */
const char *conditions_of(const fixture *f, const char *identity);

/** Number of findings with this code. */
size_t findings(const fixture *f, const char *code);
/** True if some finding has this code, clause and resource, and its message contains the text. */
bool told(const fixture *f, const char *code, const char *clause, const char *resource,
          const char *text);

#endif
