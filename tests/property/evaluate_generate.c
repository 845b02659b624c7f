// SPDX-License-Identifier: Apache-2.0
// Random policy sets: a handful of namespaces, hosts that share suffixes, gateways that share
// ports, so that every rule of chapters H, R and L has something to decide. Every document is valid
// (V) unless it is marked as quarantined, whose text evaluate_yaml.c spoils.
#include "property/evaluate.h"

typedef struct generator {
    evaluate_set *set;
    oracle_pool *pool;
    evaluate_random *random;
} generator;

static const char *const namespaces[] = {"app", "team", "istio-system", "default"};

static bool chance(generator *g, unsigned percent)
{
    return random_percent(g->random, percent);
}

static corsac_str pick(generator *g, const char *const *words, size_t count)
{
    return text_of(words[random_below(g->random, count)]);
}
#define PICK(g, words) pick((g), (words), sizeof(words) / sizeof *(words))

static void add_text(generator *g, oracle_texts *list, corsac_str text)
{
    *(corsac_str *)ORACLE_APPEND(g->pool, list) = text;
}

static void add_unique(generator *g, oracle_texts *list, corsac_str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], text))
            return;
    add_text(g, list, text);
}

/* ---- hosts ------------------------------------------------------------------------------ */

static const char *const host_names[] = {
    "foo.com",     "a.foo.com", "b.foo.com",   "api.foo.com", "x.a.foo.com", "*.foo.com",
    "*.a.foo.com", "*foo.com",  "*-x.foo.com", "bar.org",     "api.bar.org", "*.bar.org",
    "*.org",       "*.com",     "Api.Foo.com", "A.foo.com",   "reviews",     "details",
    "*",           "*",         "10.0.0.1",    "foo.com.",    "a.foo.com",   "api.foo.com",
    "*.foo.com",   "xfoo.com",  "::1"};

/* V-27: no host may equal or cover another of the same VirtualService. */
static bool overlaps(const oracle_texts *hosts, corsac_str host)
{
    for (size_t i = 0; i < hosts->count; i++) {
        corsac_str other = hosts->items[i];
        corsac_str after_star = text_from(host, 1), other_after_star = text_from(other, 1);
        if (text_equal(host, other) || (host.data[0] == '*' && text_ends_with(other, after_star)) ||
            (other.data[0] == '*' && text_ends_with(host, other_after_star)))
            return true;
    }
    return false;
}

static void random_hosts(generator *g, oracle_texts *hosts)
{
    size_t wanted = 1 + random_below(g->random, 3);
    for (size_t i = 0; i < wanted; i++) {
        corsac_str host = PICK(g, host_names);
        if (!overlaps(hosts, host))
            add_text(g, hosts, host);
    }
}

/* ---- StringMatch ------------------------------------------------------------------------ */

static oracle_match string_match(oracle_match_kind kind, corsac_str value)
{
    return (oracle_match){true, kind, value};
}

static const char *const uri_prefixes[] = {"/",   "/",    "",      "/api", "/api/",  "/api/v1",
                                           "/v1", "/v2",  "/a",    "/A",   "/api?x", "/static",
                                           "/ap", "/API", "/foo/", "/foo"};
static const char *const uri_exacts[] = {"/",    "/api", "/api/v1/x", "/v1",   "/a",
                                         "/foo", "",     "/foo/bar",  "/API/x"};
static const char *const uri_regexes[] = {".*",         "/.*",  "/api/.*", "/v[0-9]+(/.*)?",
                                          "/(a|b|foo)", "[^?]*"};

static oracle_match random_uri(generator *g)
{
    size_t kind = random_below(g->random, 100);
    if (kind < 55)
        return string_match(ORACLE_MATCH_PREFIX, PICK(g, uri_prefixes));
    if (kind < 80)
        return string_match(ORACLE_MATCH_EXACT, PICK(g, uri_exacts));
    if (kind < 92)
        return string_match(ORACLE_MATCH_REGEX, PICK(g, uri_regexes));
    if (kind < 97)
        return string_match(ORACLE_MATCH_REGEX, evaluate_random_regex(g->set, g->random));
    return (oracle_match){.present = true};
}

static const char *const header_values[] = {"a", "b",   "prod", "prod-1",
                                            "x", "a,b", "*",    "\xC3\xA9"};

/* V-13: no empty prefix and no empty regex here; exact "" and a bare {} are fine. */
static oracle_match random_value_match(generator *g, const char *const *values, size_t count)
{
    corsac_str value = pick(g, values, count);
    switch (random_below(g->random, 8)) {
    case 0:
    case 1:
        return (oracle_match){.present = true};
    case 2:
        return string_match(ORACLE_MATCH_PREFIX, value.size == 0 ? text_of("p") : value);
    case 3:
        return string_match(ORACLE_MATCH_REGEX, evaluate_random_regex(g->set, g->random));
    case 4:
        return string_match(ORACLE_MATCH_EXACT, text_of(""));
    default:
        return string_match(ORACLE_MATCH_EXACT, value);
    }
}
#define VALUE_MATCH(g, values) random_value_match((g), (values), sizeof(values) / sizeof *(values))

static const char *const methods[] = {"GET", "POST", "OPTIONS", "PUT", "get"};
static const char *const schemes[] = {"http", "https"};
static const char *const authorities[] = {"a.foo.com", "api.foo.com", "api.foo.com:8080", "foo.com",
                                          "API.foo.com"};
static const char *const header_keys[] = {
    "x-tenant", "X-Tenant",   "x-env",   "x-a",    "origin",     ":path",
    ":method",  ":authority", ":scheme", "cookie", "user-agent", "access-control-request-method",
    "method",   ":status"};
static const char *const query_keys[] = {"k", "debug", "K", "k%20"};
static const char *const claim_keys[] = {
    "@REQUEST.Auth.claims.role", "@request.auth.claims.role", "@request.auth.claims.realm.role",
    "@request.auth.claims[role]", "@request.auth.claims[realm][role]"};

static void add_keyed(generator *g, oracle_keyed_matches *list, corsac_str key, oracle_match match)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].key, key))
            return;
    *(oracle_keyed_match *)ORACLE_APPEND(g->pool, list) = (oracle_keyed_match){key, match};
}

static void random_headers(generator *g, oracle_keyed_matches *list)
{
    corsac_str key = PICK(g, header_keys);
    if (text_is(key, ":method"))
        add_keyed(g, list, key, VALUE_MATCH(g, methods));
    else if (text_is(key, ":authority"))
        add_keyed(g, list, key, VALUE_MATCH(g, authorities));
    else if (text_is(key, ":path"))
        add_keyed(g, list, key, VALUE_MATCH(g, uri_prefixes));
    else if (text_is(key, "origin"))
        add_keyed(g, list, key, string_match(ORACLE_MATCH_PREFIX, text_of("https://")));
    else
        add_keyed(g, list, key, VALUE_MATCH(g, header_values));
}

/* M-18 has no presence form and Envoy refuses it: only values. */
static void random_claim(generator *g, oracle_keyed_matches *list)
{
    corsac_str value = PICK(g, header_values);
    oracle_match_kind kind = (oracle_match_kind)(ORACLE_MATCH_EXACT + random_below(g->random, 2));
    add_keyed(g, list, PICK(g, claim_keys), string_match(kind, value));
}

/* ---- labels ----------------------------------------------------------------------------- */

static const oracle_label labels[] = {{{"istio", 5}, {"ingressgateway", 14}},
                                      {{"istio", 5}, {"edge", 4}},
                                      {{"app", 3}, {"gateway", 7}},
                                      {{"zone", 4}, {"", 0}}};

static void random_labels(generator *g, oracle_labels *list, size_t most)
{
    size_t wanted = random_below(g->random, most + 1);
    for (size_t i = 0; i < wanted; i++) {
        oracle_label label = RANDOM_PICK(g->random, labels);
        bool repeated = false;
        for (size_t j = 0; j < list->count; j++)
            repeated = repeated || text_equal(list->items[j].key, label.key);
        if (!repeated)
            *(oracle_label *)ORACLE_APPEND(g->pool, list) = label;
    }
}

/* ---- match blocks ----------------------------------------------------------------------- */

static const uint32_t ports[] = {80, 80, 80, 8080, 443};

static corsac_str gateway_reference(generator *g, corsac_str from_namespace)
{
    const oracle_gateways *all = &g->set->documents.gateways;
    if (all->count == 0 || chance(g, 6))
        return chance(g, 50) ? text_of("implied") : text_of("istio-system/implied");
    const oracle_gateway *gateway = &all->items[random_below(g->random, all->count)];
    if (chance(g, 15))
        return oracle_pool_format(g->pool, "%.*s.%.*s%s", (int)gateway->name.size,
                                  gateway->name.data, (int)gateway->namespace_.size,
                                  gateway->namespace_.data, chance(g, 50) ? "" : ".svc.local");
    if (text_equal(gateway->namespace_, from_namespace) && chance(g, 50))
        return gateway->name;
    return oracle_pool_format(g->pool, "%.*s/%.*s", (int)gateway->namespace_.size,
                              gateway->namespace_.data, (int)gateway->name.size,
                              gateway->name.data);
}

static void random_source(generator *g, oracle_block *block, corsac_str namespace_, unsigned often)
{
    if (chance(g, 6 * often))
        block->port = RANDOM_PICK(g->random, ports);
    if (chance(g, 4 * often))
        random_labels(g, &block->source_labels, 2);
    if (chance(g, 4 * often))
        block->source_namespace = PICK(g, namespaces);
    if (chance(g, 6 * often))
        add_text(g, &block->gateways, gateway_reference(g, namespace_));
    if (block->gateways.count > 0 && chance(g, 50))
        add_unique(g, &block->gateways,
                   chance(g, 20) ? text_of("mesh") : gateway_reference(g, namespace_));
}

static void random_block(generator *g, oracle_block *block, corsac_str namespace_, bool claims)
{
    if (chance(g, 80))
        block->uri = random_uri(g);
    block->ignore_uri_case = chance(g, 10);
    if (chance(g, 3))
        block->scheme = VALUE_MATCH(g, schemes);
    if (chance(g, 8))
        block->method = VALUE_MATCH(g, methods);
    if (chance(g, 4))
        block->authority = VALUE_MATCH(g, authorities);
    while (chance(g, 12))
        random_headers(g, &block->headers);
    while (chance(g, 9))
        random_headers(g, &block->without_headers);
    if (chance(g, 3)) /* V-14: only here may a regex be a bare star */
        add_keyed(g, &block->without_headers, PICK(g, header_keys),
                  string_match(ORACLE_MATCH_REGEX, text_of("*")));
    while (chance(g, 8))
        add_keyed(g, &block->query_params, PICK(g, query_keys), VALUE_MATCH(g, header_values));
    if (claims && chance(g, 4))
        random_claim(g, &block->headers);
    if (claims && chance(g, 2))
        random_claim(g, &block->without_headers);
    if (chance(g, 20))
        block->name = oracle_pool_format(g->pool, "m%zu", random_below(g->random, 9));
    random_source(g, block, namespace_, 1);
}

/* ---- corsPolicy ------------------------------------------------------------------------- */

static const char *const origins[] = {"https://a.com",          "https://b.com",
                                      "https://app.foo.com",    "https://a.com:8443",
                                      "http://localhost:3000",  "null",
                                      "https://A.com",          "https://m\xC3\xBCnchen.example",
                                      "https://x.bar.org",      "https://foo.com",
                                      "chrome-extension://abc", "a,b"};
static const char *const origin_prefixes[] = {
    "https://a", "https://", "http://localhost:",  "https://app.foo.", "*.foo.com", "https://a.com",
    "h",         "null",     "http://203.0.113.10"};
static const char *const cors_methods[] = {"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                           "DELETE", "CONNECT", "OPTIONS", "TRACE"};
static const char *const cors_headers[] = {"content-type", "X-Foo", "authorization",
                                           "x-a",          "X-B",   "Accept"};
static const int64_t ages[] = {1, 60, 90, 100, 600, 3600, 5400, 86400, 604800, 31536000};

static oracle_match random_origin(generator *g)
{
    size_t kind = random_below(g->random, 100);
    if (kind < 2)
        return string_match(ORACLE_MATCH_EXACT, text_of("*"));
    if (kind < 4)
        return string_match(ORACLE_MATCH_PREFIX, text_of("*"));
    if (kind < 55)
        return string_match(ORACLE_MATCH_EXACT, PICK(g, origins));
    if (kind < 60)
        return string_match(
            ORACLE_MATCH_EXACT,
            oracle_pool_format(g->pool, "https://t%zu.example.com", random_below(g->random, 400)));
    if (kind < 75)
        return string_match(ORACLE_MATCH_PREFIX, PICK(g, origin_prefixes));
    return string_match(ORACLE_MATCH_REGEX, evaluate_random_regex(g->set, g->random));
}

static void many_origins(generator *g, oracle_matches *list)
{
    size_t wanted = 8 + random_below(g->random, 72); /* lists, rows and tables */
    for (size_t i = 0; i < wanted; i++) {
        size_t number = random_below(g->random, 400);
        corsac_str exact = oracle_pool_format(g->pool, "https://t%zu.example.com", number);
        corsac_str prefix = oracle_pool_format(g->pool, "https://t%zu.example.com:", number);
        *(oracle_match *)ORACLE_APPEND(g->pool, list) =
            chance(g, 70) ? string_match(ORACLE_MATCH_EXACT, exact)
                          : string_match(ORACLE_MATCH_PREFIX, prefix);
    }
}

static void random_origins(generator *g, oracle_cors_policy *cors)
{
    if (chance(g, 3))
        many_origins(g, &cors->allow_origins);
    size_t wanted = random_below(g->random, 5);
    for (size_t i = 0; i < wanted; i++)
        *(oracle_match *)ORACLE_APPEND(g->pool, &cors->allow_origins) = random_origin(g);
    if (chance(g, cors->allow_origins.count == 0 ? 50 : 5)) {
        add_text(g, &cors->allow_origin, PICK(g, origins));
        if (chance(g, 30)) /* V-5: not validated, so "" passes and matches nothing */
            add_text(g, &cors->allow_origin, chance(g, 30) ? text_of("*") : text_of(""));
    }
}

/* A list with "*" alone, "*" among others, some words, or nothing. */
static void random_words(generator *g, oracle_texts *list, const char *const *words, size_t count)
{
    if (chance(g, 20))
        add_text(g, list, text_of("*"));
    if (list->count > 0 && chance(g, 60))
        return;
    size_t wanted = random_below(g->random, 4);
    for (size_t i = 0; i < wanted; i++)
        add_text(g, list, pick(g, words, count));
    if (chance(g, 4))
        add_text(g, list, text_of("*"));
}

static oracle_cors_policy *random_policy(generator *g)
{
    oracle_cors_policy *cors = oracle_pool_take(g->pool, sizeof *cors);
    if (chance(g, 4))
        return cors; /* corsPolicy: {} */
    random_origins(g, cors);
    random_words(g, &cors->allow_methods, cors_methods, sizeof cors_methods / sizeof *cors_methods);
    random_words(g, &cors->allow_headers, cors_headers, sizeof cors_headers / sizeof *cors_headers);
    random_words(g, &cors->expose_headers, cors_headers,
                 sizeof cors_headers / sizeof *cors_headers);
    if (!g->set->parameters.options.enforce_headers && chance(g, 2))
        add_text(g, &cors->allow_headers, text_of("a,b")); /* V-7's quirk */
    cors->has_max_age = chance(g, 50);
    cors->max_age_seconds = RANDOM_PICK(g->random, ages);
    cors->has_credentials = chance(g, 60);
    cors->credentials = chance(g, 60);
    static const oracle_unmatched choices[] = {
        ORACLE_UNMATCHED_ABSENT, ORACLE_UNMATCHED_UNSPECIFIED, ORACLE_UNMATCHED_FORWARD,
        ORACLE_UNMATCHED_IGNORE, ORACLE_UNMATCHED_IGNORE,      ORACLE_UNMATCHED_IGNORE};
    cors->unmatched_preflights = RANDOM_PICK(g->random, choices);
    return cors;
}

/* ---- rules and services ----------------------------------------------------------------- */

static void random_action(generator *g, oracle_rule *rule)
{
    size_t action = random_below(g->random, 100);
    rule->redirect = action < 5;
    rule->direct_response = action >= 5 && action < 9;
    rule->route = action >= 9;
}

static void random_match(generator *g, oracle_rule *rule, corsac_str namespace_, bool claims)
{
    size_t blocks = chance(g, 15) ? 0 : 1 + random_below(g->random, 3);
    for (size_t i = 0; i < blocks; i++)
        random_block(g, ORACLE_APPEND(g->pool, &rule->match), namespace_, claims);
}

/* Delegates are made before the services that name them. */
static const oracle_service *random_delegate(generator *g)
{
    const oracle_services *services = &g->set->documents.services;
    const oracle_service *chosen =
        services->count == 0 ? NULL : &services->items[random_below(g->random, services->count)];
    return chosen != NULL && chosen->name.data[0] == 'd' ? chosen : NULL;
}

static void name_delegate(generator *g, oracle_rule *rule, corsac_str namespace_)
{
    const oracle_service *delegate = random_delegate(g);
    rule->route = rule->redirect = false;
    rule->direct_response = chance(g, 8);
    rule->has_delegate = true;
    if (delegate != NULL && chance(g, 90)) {
        rule->delegate_name = delegate->name;
        if (!text_equal(delegate->namespace_, namespace_) || chance(g, 50))
            rule->delegate_namespace = delegate->namespace_;
        return;
    }
    rule->delegate_name = oracle_pool_format(g->pool, "d%zu", random_below(g->random, 5));
    if (chance(g, 60))
        rule->delegate_namespace = chance(g, 30) ? PICK(g, namespaces) : namespace_;
}

/* Where two documents meet, what narrows a route should meet often enough to conflict (L-7). */
static void narrow_blocks(generator *g, oracle_rule *rule, corsac_str namespace_)
{
    for (size_t i = 0; i < rule->match.count; i++) {
        oracle_block *block = &rule->match.items[i];
        if (block->gateways.count == 0 && chance(g, 40))
            random_source(g, block, namespace_, 5);
        if (chance(g, 25))
            random_headers(g, &block->headers);
    }
}

static void random_rule(generator *g, oracle_rule *rule, const oracle_service *service)
{
    bool gateway_only = service->gateways.count > 0;
    for (size_t i = 0; i < service->gateways.count; i++)
        gateway_only = gateway_only && !text_is(service->gateways.items[i], "mesh");
    random_match(g, rule, service->namespace_, gateway_only);
    random_action(g, rule);
    if (chance(g, 72))
        rule->cors = random_policy(g);
    if (chance(g, 20))
        rule->name = oracle_pool_format(g->pool, "r%zu", random_below(g->random, 9));
    if (service->hosts.count > 0 && chance(g, 22)) {
        name_delegate(g, rule, service->namespace_);
        narrow_blocks(g, rule, service->namespace_);
    } else if (service->hosts.count == 0 && chance(g, 40)) {
        narrow_blocks(g, rule, service->namespace_);
    }
}

/* V-30 */
static void random_export(generator *g, oracle_service *service)
{
    static const char *const single[] = {"*", ".", "istio-system", "team", "app"};
    if (chance(g, 75))
        return;
    add_text(g, &service->export_to, PICK(g, single));
    corsac_str first = service->export_to.items[0];
    if (text_is(first, "*") || text_is(first, ".") || text_equal(first, service->namespace_))
        return;
    if (chance(g, 40))
        add_text(g, &service->export_to,
                 chance(g, 50) || text_is(first, "istio-system") ? text_of(".")
                                                                 : text_of("istio-system"));
}

static int64_t random_time(generator *g)
{
    return chance(g, 60) ? 0 : (int64_t)1700000000 + (int64_t)random_below(g->random, 5) * 86400;
}

static void bind_gateways(generator *g, oracle_service *service)
{
    if (chance(g, 3))
        return; /* H-7: mesh only */
    add_text(g, &service->gateways, gateway_reference(g, service->namespace_));
    while (chance(g, 40))
        add_unique(g, &service->gateways, gateway_reference(g, service->namespace_));
    if (chance(g, 5))
        add_unique(g, &service->gateways, text_of("mesh"));
}

/* V-26: "*" needs a service that is bound to gateways only. */
static void drop_star_outside_gateways(oracle_service *service)
{
    bool gateway_only = service->gateways.count > 0;
    for (size_t i = 0; i < service->gateways.count; i++)
        gateway_only = gateway_only && !text_is(service->gateways.items[i], "mesh");
    if (!gateway_only && text_is(service->hosts.items[0], "*"))
        service->hosts.items[0] = text_of("foo.com");
}

static void random_service(generator *g, size_t index, bool delegate)
{
    oracle_service *service = ORACLE_APPEND(g->pool, &g->set->documents.services);
    service->namespace_ = PICK(g, namespaces);
    service->name = oracle_pool_format(g->pool, "%s%zu", delegate ? "d" : "v", index);
    service->created_seconds = random_time(g);
    if (!delegate) {
        random_hosts(g, &service->hosts);
        bind_gateways(g, service);
        drop_star_outside_gateways(service);
    } else if (chance(g, 3)) { /* L-2: named as a delegate, but it has hosts */
        add_text(g, &service->hosts, text_of("d.foo.com"));
    }
    random_export(g, service);
    size_t rules = service->hosts.count > 0 && chance(g, 2) /* none: tcp only */
                       ? 0
                       : 1 + random_below(g->random, 4);
    for (size_t i = 0; i < rules; i++)
        random_rule(g, ORACLE_APPEND(g->pool, &service->http), service);
    service->quarantined =
        chance(g, 3) || evaluate_has_unusable_regex(service, g->set->parameters.options.regex_utf8);
}

/* ---- gateways --------------------------------------------------------------------------- */

static const char *const server_hosts[] = {"*",
                                           "*",
                                           "*",
                                           "*",
                                           "*/*",
                                           "*/*",
                                           "*.foo.com",
                                           "*.foo.com",
                                           "./*",
                                           "*.org",
                                           "*.com",
                                           "A.foo.com",
                                           "foo.com",
                                           "*/*.foo.com",
                                           "istio-system/*",
                                           "app/*.foo.com",
                                           "*",
                                           "*",
                                           "*",
                                           "*",
                                           "team/api.foo.com",
                                           "api.foo.com"};
static const struct {
    const char *protocol;
    uint32_t port;
    unsigned weight;
} listeners[] = {{"HTTP", 80, 40},   {"HTTP", 8080, 12}, {"HTTP2", 80, 6},   {"GRPC", 8080, 4},
                 {"HTTPS", 443, 20}, {"TLS", 443, 3},    {"TCP", 9000, 2},   {"TCP", 80, 1},
                 {"HTTPS", 8443, 5}, {"http", 8080, 3},  {"HTTPS", 8080, 2}, {"GRPC-WEB", 8081, 2}};

static size_t random_listener(generator *g)
{
    unsigned total = 0;
    for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++)
        total += listeners[i].weight;
    size_t at = random_below(g->random, total);
    for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++) {
        if (at < listeners[i].weight)
            return i;
        at -= listeners[i].weight;
    }
    return 0;
}

/* V-39 */
static void random_tls(generator *g, oracle_server *server)
{
    static const char *const modes[] = {"SIMPLE",      "SIMPLE",       "SIMPLE",          "MUTUAL",
                                        "PASSTHROUGH", "ISTIO_MUTUAL", "AUTO_PASSTHROUGH"};
    if (text_is(server->protocol, "HTTPS") || text_is(server->protocol, "TLS")) {
        server->tls = true;
        if (!chance(g, 3))
            server->tls_mode = PICK(g, modes);
    } else if (!text_is(server->protocol, "TCP") && chance(g, 12)) {
        server->tls = true;
        server->https_redirect = chance(g, 80);
    }
}

static corsac_str bind_of_port(const oracle_gateway *gateway, uint32_t port, corsac_str otherwise)
{
    for (size_t i = 0; i + 1 < gateway->servers.count; i++)
        if (gateway->servers.items[i].port == port)
            return gateway->servers.items[i].bind;
    return otherwise;
}

static void random_server(generator *g, oracle_gateway *gateway)
{
    oracle_server *server = ORACLE_APPEND(g->pool, &gateway->servers);
    size_t listener = random_listener(g);
    server->protocol = text_of(listeners[listener].protocol);
    server->port = listeners[listener].port;
    server->port_name = oracle_pool_format(g->pool, "p%zu", gateway->servers.count);
    server->bind =
        bind_of_port(gateway, server->port, chance(g, 4) ? text_of("10.1.1.1") : text_of(""));
    size_t hosts = 1 + random_below(g->random, 2);
    for (size_t i = 0; i < hosts; i++)
        add_unique(g, &server->hosts, PICK(g, server_hosts));
    random_tls(g, server);
}

static void random_gateway(generator *g, size_t index, bool select)
{
    oracle_gateway *gateway = ORACLE_APPEND(g->pool, &g->set->documents.gateways);
    gateway->namespace_ = PICK(g, namespaces);
    gateway->name = oracle_pool_format(g->pool, "gw%zu", index);
    gateway->created_seconds = random_time(g);
    if (select)
        random_labels(g, &gateway->selector, 2);
    size_t servers = 1 + random_below(g->random, 3);
    for (size_t i = 0; i < servers; i++)
        random_server(g, gateway);
    gateway->quarantined = chance(g, 2);
}

/* ---- parameters ------------------------------------------------------------------------- */

static void random_options(generator *g, oracle_options *options)
{
    if (chance(g, 70))
        return;
    options->vary_origin = chance(g, 25);
    options->strip_denied = chance(g, 25);
    options->preflight_204 = chance(g, 25);
    options->enforce_methods = chance(g, 25);
    options->enforce_headers = chance(g, 25);
    options->header_match_joined = chance(g, 25);
    options->no_expose_on_preflight = chance(g, 25);
    options->regex_utf8 = chance(g, 25);
    options->normalize_path_base = chance(g, 25);
}

static void random_parameters(generator *g, oracle_parameters *parameters)
{
    random_options(g, &parameters->options);
    if (chance(g, 15))
        parameters->gateway_namespace = PICK(g, namespaces);
    if (chance(g, 10))
        parameters->default_namespace = PICK(g, namespaces);
    if (chance(g, 10))
        parameters->cluster_domain = text_of("example.local");
    if (chance(g, 8))
        add_text(g, &parameters->default_export_to,
                 chance(g, 50) ? text_of(".") : text_of("istio-system"));
    parameters->scope_gateway_to_namespace = chance(g, 4);
    if (chance(g, 15))
        random_labels(g, &parameters->gateway_labels, 3);
}

/* H-28 rule 1: some gateways, an undefined one among them now and then */
static void list_gateways(generator *g)
{
    oracle_parameters *parameters = &g->set->parameters;
    for (size_t i = 0; i < g->set->documents.gateways.count; i++)
        if (chance(g, 70)) {
            const oracle_gateway *gateway = &g->set->documents.gateways.items[i];
            add_text(g, &parameters->gateways,
                     oracle_pool_format(g->pool, "%.*s/%.*s", (int)gateway->namespace_.size,
                                        gateway->namespace_.data, (int)gateway->name.size,
                                        gateway->name.data));
        }
    if (chance(g, 30))
        add_text(g, &parameters->gateways, text_of("istio-system/implied"));
}

/* Tenants by the dozen, each with a host of its own among shared ones. */
static void many_services(generator *g)
{
    size_t first = g->set->documents.services.count;
    size_t wanted = 30 + random_below(g->random, 90);
    for (size_t i = 0; i < wanted; i++) {
        random_service(g, first + i, false);
        oracle_service *service = &g->set->documents.services.items[first + i];
        if (chance(g, 80))
            service->hosts.items[0] = oracle_pool_format(
                g->pool, "%st%zu.%s", chance(g, 15) ? "*." : "", random_below(g->random, 50),
                chance(g, 50) ? "foo.com" : "tenants.example");
        if (chance(g, 80))
            service->hosts.count = 1;
        else if (service->hosts.count > 1)
            service->hosts.items[0] = service->hosts.items[--service->hosts.count];
    }
}

void evaluate_generate(evaluate_set *set, uint64_t seed)
{
    evaluate_random random = {.state = seed};
    evaluate_generate_from(set, &random);
}

void evaluate_generate_from(evaluate_set *set, evaluate_random *random)
{
    generator g = {set, &set->pool, random};
    set->style_seed = random_next(random);
    set->compile_flags = chance(&g, 25) ? CORSAC_COMPILE_NO_LOWERING : 0;
    set->regex_engine = (uint32_t)random_below(random, 3);
    set->trusted = set->regex_engine != CORSAC_REGEX_AUTOMATON && chance(&g, 80);
    random_parameters(&g, &set->parameters);
    bool select = chance(&g, 30);
    size_t gateways = random_below(random, 4);
    for (size_t i = 0; i < gateways; i++)
        random_gateway(&g, i, select);
    if (chance(&g, 10))
        list_gateways(&g);
    size_t delegates = random_below(random, 5);
    for (size_t i = 0; i < delegates; i++)
        random_service(&g, i, true);
    size_t services = 1 + random_below(random, 6);
    for (size_t i = 0; i < services; i++)
        random_service(&g, i, false);
    if (random_below(random, 60) == 0)
        many_services(&g);
}

bool evaluate_has_documents(const evaluate_set *set)
{
    for (size_t i = 0; i < set->documents.services.count; i++)
        if (!set->documents.services.items[i].quarantined)
            return true;
    for (size_t i = 0; i < set->documents.gateways.count; i++)
        if (!set->documents.gateways.items[i].quarantined)
            return true;
    return false;
}

void evaluate_add_stranger(evaluate_set *set)
{
    evaluate_random random = {.state = set->style_seed};
    generator g = {set, &set->pool, &random};
    oracle_service *service = ORACLE_APPEND(g.pool, &set->documents.services);
    service->namespace_ = text_of("app");
    service->name = text_of("stranger");
    add_text(&g, &service->hosts, text_of("stranger.invalid"));
    for (size_t i = 0; i < set->documents.gateways.count; i++) {
        const oracle_gateway *gateway = &set->documents.gateways.items[i];
        add_text(&g, &service->gateways,
                 oracle_pool_format(g.pool, "%.*s/%.*s", (int)gateway->namespace_.size,
                                    gateway->namespace_.data, (int)gateway->name.size,
                                    gateway->name.data));
    }
    for (size_t i = 0; i < 3; i++) {
        oracle_rule *rule = ORACLE_APPEND(g.pool, &service->http);
        rule->route = true;
        rule->cors = random_policy(&g);
    }
    service->quarantined = evaluate_has_unusable_regex(service, set->parameters.options.regex_utf8);
}

void evaluate_set_clear(evaluate_set *set)
{
    oracle_pool_clear(&set->pool);
    *set = (evaluate_set){0};
}
