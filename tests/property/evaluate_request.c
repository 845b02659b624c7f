// SPDX-License-Identifier: Apache-2.0
// Random requests, most of them aimed at some match block and at some origin matcher, then bent a
// little: what matters happens at the edges of a match.
#include "property/evaluate.h"

typedef struct aim {
    const evaluate_set *set;
    oracle_pool *pool;
    evaluate_random *random;
    oracle_request request;
    const oracle_cors_policy *cors; /* the policy that the target rule seems to have, or NULL */
    uint32_t wanted_port;
} aim;

static bool chance(aim *a, unsigned percent)
{
    return random_percent(a->random, percent);
}

#define PICK(a, words) text_of(RANDOM_PICK((a)->random, words))

static void add_header(aim *a, corsac_str name, corsac_str value)
{
    *(oracle_line *)ORACLE_APPEND(a->pool, &a->request.headers) = (oracle_line){name, value};
}

static corsac_str joined(aim *a, corsac_str left, corsac_str right)
{
    char *text = oracle_pool_take(a->pool, left.size + right.size + 1);
    if (left.size > 0)
        memcpy(text, left.data, left.size);
    if (right.size > 0)
        memcpy(text + left.size, right.data, right.size);
    return (corsac_str){text, left.size + right.size};
}

/* ---- satisfying a match ----------------------------------------------------------------- */

/* One edit: a byte dropped, doubled, changed in case or replaced, or the tail cut off. */
static corsac_str bent(aim *a, corsac_str text)
{
    static const char bytes[] = "a.*/:-\x01\x7F\xFF\xC3\t ?#,\n";
    char *copy = oracle_pool_take(a->pool, text.size + 2);
    if (text.size == 0)
        return (corsac_str){copy, 0};
    size_t at = random_below(a->random, text.size);
    memcpy(copy, text.data, text.size);
    switch (random_below(a->random, 5)) {
    case 0:
        memmove(copy + at, copy + at + 1, text.size - at - 1);
        return (corsac_str){copy, text.size - 1};
    case 1:
        memmove(copy + at + 1, copy + at, text.size - at);
        copy[at] = bytes[random_below(a->random, sizeof bytes)];
        return (corsac_str){copy, text.size + 1};
    case 2:
        copy[at] ^= 0x20;
        return (corsac_str){copy, text.size};
    case 3:
        copy[at] = bytes[random_below(a->random, sizeof bytes)];
        return (corsac_str){copy, text.size};
    default:
        return (corsac_str){copy, at};
    }
}

/* A value that the matcher should accept. */
static corsac_str accepted(aim *a, const oracle_match *match, const char *presence,
                           const char *const *tails, size_t tail_count)
{
    switch (match->kind) {
    case ORACLE_MATCH_EXACT:
        return match->value;
    case ORACLE_MATCH_PREFIX:
        return joined(a, match->value, text_of(tails[random_below(a->random, tail_count)]));
    case ORACLE_MATCH_REGEX:
        return evaluate_regex_sample(a->set, a->random, match->value);
    default:
        return text_of(presence);
    }
}

static const char *const path_tails[] = {"", "", "/x", "/v1", "bar", "/"};
static const char *const value_tails[] = {"", "-1", "x"};
#define ACCEPTED(a, match, presence, tails)                                                        \
    accepted((a), (match), (presence), (tails), sizeof(tails) / sizeof *(tails))

static void aim_path(aim *a, const oracle_match *uri)
{
    static const char *const regex_paths[] = {"/api/x", "/v1/y", "/a", "/v22", "/foo"};
    if (uri->kind == ORACLE_MATCH_REGEX && chance(a, 60))
        a->request.path = PICK(a, regex_paths);
    else
        a->request.path = ACCEPTED(a, uri, "/", path_tails);
    if (uri->kind == ORACLE_MATCH_NONE && chance(a, 50))
        a->request.path = PICK(a, regex_paths);
}

static void aim_query(aim *a, const oracle_keyed_match *query)
{
    corsac_str value = ACCEPTED(a, &query->match, "", value_tails);
    const char *separator = text_contains(a->request.path, '?') ? "&" : "?";
    corsac_str part = joined(a, text_of(separator), query->key);
    if (value.size > 0 || chance(a, 50))
        part = joined(a, part, joined(a, text_of("="), value));
    a->request.path = joined(a, a->request.path, part);
}

static void aim_claim(aim *a, corsac_str key, corsac_str value)
{
    static const char *const paths[] = {"role", "realm\0role"};
    size_t which =
        text_ends_with(key, text_of("realm.role")) || text_ends_with(key, text_of("[realm][role]"));
    *(oracle_line *)ORACLE_APPEND(a->pool, &a->request.claims) =
        (oracle_line){{paths[which], which == 1 ? 10 : 4}, value};
}

static void aim_header(aim *a, const oracle_keyed_match *header)
{
    corsac_str value = ACCEPTED(a, &header->match, "x", value_tails);
    if (text_starts_with(header->key, text_of("@")))
        aim_claim(a, header->key, value);
    else if (text_is(header->key, ":method"))
        a->request.method = value;
    else if (text_is(header->key, ":scheme"))
        a->request.scheme = value;
    else if (text_is(header->key, ":authority"))
        a->request.authority = value;
    else if (text_is(header->key, ":path"))
        a->request.path = value;
    else if (!text_is(header->key, "origin"))
        add_header(a, header->key, value);
}

static void aim_block(aim *a, const oracle_block *block)
{
    if (block->uri.present)
        aim_path(a, &block->uri);
    if (block->method.present)
        a->request.method = ACCEPTED(a, &block->method, "GET", value_tails);
    if (block->authority.present && chance(a, 80))
        a->request.authority = ACCEPTED(a, &block->authority, "foo.com", value_tails);
    if (block->scheme.present)
        a->request.scheme = ACCEPTED(a, &block->scheme, "http", value_tails);
    for (size_t i = 0; i < block->headers.count; i++)
        aim_header(a, &block->headers.items[i]);
    for (size_t i = 0; i < block->query_params.count; i++)
        aim_query(a, &block->query_params.items[i]);
    if (block->port != 0)
        a->wanted_port = block->port;
}

static void aim_rule(aim *a, const oracle_rule *rule)
{
    if (rule->match.count > 0)
        aim_block(a, &rule->match.items[random_below(a->random, rule->match.count)]);
    if (rule->cors != NULL)
        a->cors = rule->cors;
}

static const oracle_service *delegate_named(const evaluate_set *set, corsac_str name)
{
    for (size_t i = 0; i < set->documents.services.count; i++)
        if (text_equal(set->documents.services.items[i].name, name))
            return &set->documents.services.items[i];
    return NULL;
}

static void aim_some_rule(aim *a, const oracle_service *service)
{
    if (service->http.count == 0)
        return;
    const oracle_rule *rule = &service->http.items[random_below(a->random, service->http.count)];
    aim_rule(a, rule);
    const oracle_service *delegate =
        rule->has_delegate ? delegate_named(a->set, rule->delegate_name) : NULL;
    if (delegate != NULL && delegate->http.count > 0)
        aim_rule(a, &delegate->http.items[random_below(a->random, delegate->http.count)]);
}

/* ---- host, gateway, port ---------------------------------------------------------------- */

static const char *const hosts[] = {
    "foo.com",      "a.foo.com",   "b.foo.com", "api.foo.com", "x.a.foo.com",
    "bar.org",      "api.bar.org", "xfoo.com",  "reviews",     "reviews.app.svc.cluster.local",
    "nowhere.test", "foo.com.",    "10.0.0.1",  "[::1]",       "a-x.foo.com",
    ".foo.com"};

static void aim_host(aim *a, corsac_str host)
{
    static const char *const labels[] = {"a", "z", "api", "x.a", "q-x", ""};
    static const char *const ports[] = {":80", ":8080", ":", ":443", ":x"};
    if (host.size > 0 && host.data[0] == '*')
        host = host.size == 1 ? PICK(a, hosts) : joined(a, PICK(a, labels), text_from(host, 1));
    else if (!text_contains(host, '.') && chance(a, 90))
        host = joined(
            a, host, text_of(chance(a, 50) ? ".app.svc.cluster.local" : ".team.svc.example.local"));
    if (chance(a, 8))
        host = PICK(a, hosts);
    if (chance(a, 10))
        host = joined(a, host, PICK(a, ports));
    if (chance(a, 5)) {
        char *upper = oracle_pool_take(a->pool, host.size + 1);
        for (size_t i = 0; i < host.size; i++)
            upper[i] = host.data[i] >= 'a' && host.data[i] <= 'z' ? (char)(host.data[i] - 32)
                                                                  : host.data[i];
        host = (corsac_str){upper, host.size};
    }
    a->request.authority = chance(a, 1) ? bent(a, host) : host;
    if (chance(a, 1))
        a->request.authority = chance(a, 50) ? (corsac_str){0} : text_of("");
}

/* "gw", "ns/gw" or "gw.ns..." as "ns/gw". */
static corsac_str qualified(aim *a, corsac_str name, corsac_str namespace_)
{
    if (text_contains(name, '/'))
        return name;
    const char *dot = memchr(name.data, '.', name.size);
    if (dot != NULL) {
        namespace_ = text_from(name, (size_t)(dot - name.data) + 1);
        const char *end = memchr(namespace_.data, '.', namespace_.size);
        if (end != NULL)
            namespace_.size = (size_t)(end - namespace_.data);
        name.size = (size_t)(dot - name.data);
    }
    return joined(a, joined(a, namespace_, text_of("/")), name);
}

static const oracle_gateway *find_gateway(const evaluate_set *set, corsac_str name)
{
    for (size_t i = 0; i < set->documents.gateways.count; i++) {
        const oracle_gateway *gateway = &set->documents.gateways.items[i];
        if (name.size == gateway->namespace_.size + 1 + gateway->name.size &&
            text_starts_with(name, gateway->namespace_) && text_ends_with(name, gateway->name))
            return gateway;
    }
    return NULL;
}

static void aim_port(aim *a, const oracle_gateway *gateway)
{
    a->request.port = 80;
    if (gateway == NULL)
        return;
    const oracle_server *server =
        &gateway->servers.items[random_below(a->random, gateway->servers.count)];
    for (size_t i = 0; i < gateway->servers.count; i++)
        if (gateway->servers.items[i].port == a->wanted_port && chance(a, 80))
            server = &gateway->servers.items[i];
    a->request.port = server->port;
    bool secure = server->tls && !server->https_redirect ? !chance(a, 5) : chance(a, 25);
    if (a->request.scheme.data == NULL && (secure || chance(a, 50)))
        a->request.scheme = text_of(secure ? "https" : "http");
    if (server->https_redirect && chance(a, 60))
        a->request.scheme = text_of("https");
    if (server->tls && chance(a, 12))
        a->request.sni = chance(a, 15) ? text_of("API.Foo.COM") : PICK(a, hosts);
}

static void aim_gateway(aim *a, const oracle_service *service)
{
    corsac_str name = {0};
    if (service != NULL && service->gateways.count > 0)
        name = service->gateways.items[random_below(a->random, service->gateways.count)];
    const oracle_gateways *gateways = &a->set->documents.gateways;
    if (name.size == 0 || text_is(name, "mesh") || (gateways->count > 0 && chance(a, 5)))
        a->request.gateway =
            gateways->count == 0
                ? text_of("istio-system/implied")
                : joined(a,
                         joined(a, gateways->items[gateways->count - 1].namespace_, text_of("/")),
                         gateways->items[gateways->count - 1].name);
    else
        a->request.gateway = qualified(a, name, service->namespace_);
    aim_port(a, find_gateway(a->set, a->request.gateway));
    if (chance(a, 1))
        a->request.port = 81;
}

/* ---- CORS ------------------------------------------------------------------------------- */

static const char *const origins[] = {"https://a.com",
                                      "https://b.com",
                                      "https://app.foo.com",
                                      "http://localhost:3000",
                                      "null",
                                      "*",
                                      "https://evil.example",
                                      "HTTPS://A.COM",
                                      "https://a.com:443",
                                      "https://a.com/",
                                      "https://a.com.evil.test",
                                      "https://m\xC3\xBCnchen.example",
                                      "\xFF\xFE",
                                      "https://t7.example.com",
                                      "https://t8.example.com:8080"};

static corsac_str matched_origin(aim *a)
{
    static const char *const tails[] = {"", ".com", ":3000", "evil", "\xC3\xA9"};
    if (a->cors == NULL || a->cors->allow_origins.count + a->cors->allow_origin.count == 0)
        return PICK(a, origins);
    if (a->cors->allow_origins.count == 0)
        return a->cors->allow_origin.items[random_below(a->random, a->cors->allow_origin.count)];
    return ACCEPTED(
        a, &a->cors->allow_origins.items[random_below(a->random, a->cors->allow_origins.count)],
        "x", tails);
}

/* Longer than any real origin, now and then longer than 4 KiB: no limit applies (X-10). */
static corsac_str long_origin(aim *a)
{
    corsac_str start = matched_origin(a);
    size_t more = random_below(a->random, chance(a, 30) ? 9000 : 300);
    char *text = oracle_pool_take(a->pool, start.size + more + 1);
    if (start.size > 0)
        memcpy(text, start.data, start.size);
    memset(text + start.size, chance(a, 50) ? 'a' : '1', more);
    return (corsac_str){text, start.size + more};
}

static void add_origin(aim *a)
{
    size_t kind = random_below(a->random, 100);
    if (kind < 8)
        return;
    if (kind < 10)
        add_header(a, text_of("origin"), text_of(""));
    else if (kind < 52)
        add_header(a, text_of("origin"), matched_origin(a));
    else if (kind < 72)
        add_header(a, text_of("Origin"), bent(a, matched_origin(a)));
    else if (kind < 99)
        add_header(a, text_of("origin"), PICK(a, origins));
    else
        add_header(a, text_of("origin"), long_origin(a));
    if (chance(a, 3))
        add_header(a, text_of("origin"), chance(a, 50) ? text_of("") : text_of("https://b.com"));
}

static void add_preflight(aim *a)
{
    static const char *const wanted[] = {"GET", "PUT", "DELETE", "POST", "FOO", "put", ""};
    static const char *const lists[] = {
        "content-type", "x-foo,authorization", "X-Foo, x-a", "",     "authorization",
        "x-a,,x-b",     "not listed",          "a,b",        "x\x01"};
    corsac_str method = PICK(a, wanted);
    if (chance(a, 92))
        add_header(a, text_of("access-control-request-method"),
                   chance(a, 3) ? bent(a, method) : method);
    if (chance(a, 3))
        add_header(a, text_of("Access-Control-Request-Method"), text_of("PATCH"));
    if (chance(a, 60))
        add_header(a, text_of("access-control-request-headers"), PICK(a, lists));
    if (chance(a, 3))
        add_header(a, text_of("access-control-request-headers"), text_of("x-b"));
}

static void aim_cors(aim *a)
{
    static const char *const methods[] = {"GET",    "GET",  "POST",    "PUT",
                                          "DELETE", "HEAD", "OPTIONS", "options"};
    bool keep_method = a->request.method.data != NULL && chance(a, 85);
    if (chance(a, 55)) {
        if (!keep_method)
            a->request.method = text_of("OPTIONS");
        add_preflight(a);
    } else if (!keep_method) {
        a->request.method = chance(a, 10) ? (corsac_str){0} : PICK(a, methods);
    }
    add_origin(a);
}

/* ---- noise ------------------------------------------------------------------------------ */

static void add_noise(aim *a)
{
    static const char *const names[] = {"x-tenant", "X-Env",      "x-a",
                                        "cookie",   "user-agent", "accept"};
    static const char *const values[] = {"a", "b", "prod", "", "x", "\x02", "a,b"};
    static const char *const paths[] = {
        "/", "/api", "/api/v1/x?k=a&k=b", "/v1#frag?k=a",    "/a?debug", "/A",
        "",  "*",    "/api/?K=1&k",       "/foo/bar?x=1?k=a"};
    while (chance(a, 12))
        add_header(a, PICK(a, names), PICK(a, values));
    if (a->request.headers.count > 0 && chance(a, 3)) {
        oracle_line line = a->request.headers.items[0];
        add_header(a, line.name, bent(a, line.value));
    }
    if (chance(a, 6))
        a->request.path = PICK(a, paths);
    if (chance(a, 3))
        a->request.path = bent(a, a->request.path);
    if (chance(a, 5))
        a->request.path = joined(a, a->request.path, text_of(chance(a, 50) ? "?k=a" : "#x"));
    if (chance(a, 1))
        a->request.path = (corsac_str){0};
}

/* What a codec would refuse before any path is normalised is nothing to compare (M-7). */
static void make_path_normalizable(aim *a)
{
    static const char *const paths[] = {
        "/a/../b",     "/a/%2e%2e/api", "/a/./v1", "/a/..",     "/..",
        "/a/.",        "/a//v1",        "//a",     "/a//../v1", "/a/..//v1",
        "//../api",    "/api\\v1",      "/a%2Fb",  "/%61pi",    "/v%31?%61=/../x",
        "/%2e%2e%2fb", "/a%zz",         "/a%",     "/a|b",      "/a;x=1/..",
        "/a/..;x/v1",  "/a/...",        "/.a",     "/a/",       "/api/%2E/v1/x?k=a#/../z",
        "/..a",        "/{a}"};
    bool fine = a->request.path.size > 0 && a->request.path.data[0] == '/';
    for (size_t i = 0; i < a->request.path.size; i++)
        fine = fine && a->request.path.data[i] > ' ' && a->request.path.data[i] < 0x7F;
    if (!fine || chance(a, 15))
        a->request.path = PICK(a, paths);
}

oracle_request evaluate_random_request(const evaluate_set *set, oracle_pool *pool,
                                       evaluate_random *random)
{
    aim a = {.set = set, .pool = pool, .random = random};
    a.request.path = text_of("/");
    const oracle_service *service =
        &set->documents.services.items[random_below(random, set->documents.services.count)];
    for (int tries = 0; tries < 9 && service->gateways.count == 0; tries++)
        service =
            &set->documents.services.items[random_below(random, set->documents.services.count)];
    aim_host(&a, service->hosts.count == 0
                     ? text_of("foo.com")
                     : service->hosts.items[random_below(random, service->hosts.count)]);
    aim_some_rule(&a, service);
    aim_gateway(&a, service);
    aim_cors(&a);
    add_noise(&a);
    if (set->parameters.options.normalize_path_base && a.request.path.data != NULL)
        make_path_normalizable(&a);
    return a.request;
}
