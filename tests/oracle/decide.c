// SPDX-License-Identifier: Apache-2.0
// Chapters P, C and X: the policy of the chosen route as one decision. The outcomes are tested in
// the order of 0.3.
#include <stdlib.h>

#include "oracle/internal.h"

oracle *oracle_new(const oracle_documents *documents, const oracle_parameters *parameters)
{
    oracle *instance = calloc(1, sizeof *instance);
    if (instance == NULL)
        abort();
    instance->documents = documents;
    instance->parameters = parameters;
    oracle_merge_services(instance);
    oracle_collect_gateways(instance);
    return instance;
}

void oracle_free(oracle *instance)
{
    if (instance == NULL)
        return;
    oracle_pool_clear(&instance->scratch);
    oracle_pool_clear(&instance->pool);
    free(instance);
}

/* ---- P: translation --------------------------------------------------------------------- */

/* P-5 */
static corsac_str joined_list(oracle_pool *pool, const oracle_texts *list)
{
    corsac_str joined = text_of("");
    for (size_t i = 0; i < list->count; i++)
        joined = i == 0 ? list->items[0] : text_comma_joined(pool, joined, list->items[i]);
    return joined;
}

/* P-2, P-3: the matchers of a policy, in list order */
static size_t matcher_count(const oracle_cors_policy *cors)
{
    return cors->allow_origins.count > 0 ? cors->allow_origins.count : cors->allow_origin.count;
}

static oracle_match matcher_at(const oracle_cors_policy *cors, size_t index)
{
    if (cors->allow_origins.count > 0)
        return cors->allow_origins.items[index];
    return (oracle_match){true, ORACLE_MATCH_EXACT, cors->allow_origin.items[index]};
}

static bool matcher_accepts(const oracle *instance, const oracle_match *matcher, corsac_str origin)
{
    return matcher->kind != ORACLE_MATCH_NONE && oracle_text_matches(instance, matcher, origin);
}

/* P-7 */
static bool is_allow_any(const oracle *instance, const oracle_cors_policy *cors)
{
    for (size_t i = 0; i < matcher_count(cors); i++) {
        oracle_match matcher = matcher_at(cors, i);
        if (matcher_accepts(instance, &matcher, text_of("*")))
            return true;
    }
    return false;
}

/* C-9: the first matcher that accepts "*" or the origin; SIZE_MAX if none does */
static size_t accepting_matcher(const oracle *instance, const oracle_cors_policy *cors,
                                corsac_str origin)
{
    for (size_t i = 0; i < matcher_count(cors); i++) {
        oracle_match matcher = matcher_at(cors, i);
        if (matcher_accepts(instance, &matcher, text_of("*")) ||
            matcher_accepts(instance, &matcher, origin))
            return i;
    }
    return SIZE_MAX;
}

/* ---- C: one policy, one request --------------------------------------------------------- */

typedef struct cors_request {
    const oracle *instance;
    const oracle_cors_policy *cors;
    const oracle_options *options;
    corsac_str method, origin, request_method, request_headers;
    bool preflight; /* C-6 */
    bool allowed;
    bool credentials;                    /* P-10 */
    corsac_str methods, headers, expose; /* P-5 */
} cors_request;

static void set_header(oracle_decision *decision, const char *name, corsac_str value)
{
    decision->set[decision->set_count++] = (oracle_line){text_of(name), value};
}

/* C-13, C-14, X-8: a list that is exactly "*" reflects what the request asked for */
static void set_reflected(oracle_decision *decision, const char *name, corsac_str configured,
                          corsac_str asked)
{
    if (configured.size == 0)
        return;
    if (!text_is(configured, "*"))
        set_header(decision, name, configured);
    else if (oracle_representable(asked))
        set_header(decision, name, asked);
}

/* C-12, C-15, C-16 */
static void build_reply(oracle_decision *decision, const cors_request *r, oracle_pool *pool)
{
    decision->reply_status = r->options->preflight_204 ? 204 : 200; /* */
    if (r->allowed)
        set_header(decision, "access-control-allow-origin", r->origin);
    if (r->credentials)
        set_header(decision, "access-control-allow-credentials", text_of("true"));
    set_reflected(decision, "access-control-allow-methods", r->methods, r->request_method);
    set_reflected(decision, "access-control-allow-headers", r->headers, r->request_headers);
    if (r->cors->has_max_age) /* P-6 */
        set_header(decision, "access-control-max-age",
                   oracle_pool_format(pool, "%lld", (long long)r->cors->max_age_seconds));
    if (r->allowed && r->expose.size > 0 && !r->options->no_expose_on_preflight)
        set_header(decision, "access-control-expose-headers", r->expose);
    if (r->options->vary_origin) /* the last header of the reply */
        set_header(decision, "vary", text_of("Origin"));
}

/* C-17 */
static void build_response(oracle_decision *decision, const cors_request *r)
{
    set_header(decision, "access-control-allow-origin", r->origin);
    if (r->credentials)
        set_header(decision, "access-control-allow-credentials", text_of("true"));
    if (r->expose.size > 0)
        set_header(decision, "access-control-expose-headers", r->expose);
}

/* ---- X-14 ------------------------------------------------------------------------------- */

static bool star_counts(const oracle_texts *list, bool credentials)
{
    bool only_star = list->count == 1 && text_is(list->items[0], "*");
    return only_star || (oracle_texts_contain(list, text_of("*")) && !credentials);
}

static bool method_listed(const cors_request *r)
{
    corsac_str method = r->preflight ? r->request_method : r->method;
    return text_is(method, "GET") || text_is(method, "HEAD") || text_is(method, "POST") ||
           oracle_texts_contain(&r->cors->allow_methods, method) ||
           star_counts(&r->cors->allow_methods, r->credentials);
}

static bool is_token(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                            (byte >= 'A' && byte <= 'Z');
        if (!alphanumeric && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.size > 0;
}

static bool header_listed(const cors_request *r, corsac_str name)
{
    if (!is_token(name))
        return false;
    const oracle_texts *list = &r->cors->allow_headers;
    for (size_t i = 0; i < list->count; i++)
        if (!text_is(list->items[i], "*") && text_equal_ignoring_case(list->items[i], name))
            return true;
    bool only_star = list->count == 1 && text_is(list->items[0], "*");
    bool authorization = text_equal_ignoring_case(name, text_of("authorization"));
    return only_star || (star_counts(list, r->credentials) && !authorization);
}

static corsac_str trimmed(corsac_str text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = text_from(text, 1);
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool headers_listed(const cors_request *r)
{
    corsac_str rest = r->request_headers;
    if (rest.size == 0)
        return true;
    for (;;) {
        const char *comma = rest.size == 0 ? NULL : memchr(rest.data, ',', rest.size);
        size_t end = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        if (!header_listed(r, trimmed(text_head(rest, end))))
            return false;
        if (comma == NULL)
            return true;
        rest = text_from(rest, end + 1);
    }
}

/* The reason a request fails although its origin is allowed, or NULL. */
static const char *enforcement(const cors_request *r)
{
    if (r->options->enforce_methods && !method_listed(r))
        return "method-not-listed";
    if (r->options->enforce_headers && r->preflight && !headers_listed(r))
        return "header-not-listed";
    return NULL;
}

/* ---- outcomes --------------------------------------------------------------------------- */

static void describe_matched(oracle_decision *decision, const cors_request *r,
                             const oracle_policy *policy, oracle_pool *pool)
{
    size_t index = accepting_matcher(r->instance, r->cors, r->origin);
    if (index == SIZE_MAX)
        return;
    const char *list = r->cors->allow_origins.count > 0 ? "allowOrigins" : "allowOrigin";
    decision->matched = oracle_pool_format(pool, "spec.http[%zu].corsPolicy.%s[%zu]",
                                           policy->rule_index, list, index);
}

static const char *origin_reason(const cors_request *r)
{
    if (!oracle_representable(r->origin)) /* */
        return "origin-unrepresentable";
    if (is_allow_any(r->instance, r->cors))
        return "origin-any";
    return accepting_matcher(r->instance, r->cors, r->origin) != SIZE_MAX ? "origin-matched"
                                                                          : "origin-unmatched";
}

/* The rows of 0.3 from preflight-allowed down. */
static void decide_cors(oracle_decision *decision, cors_request *r, oracle_pool *pool)
{
    const char *failed = r->allowed ? enforcement(r) : NULL;
    bool forward = r->cors->unmatched_preflights != ORACLE_UNMATCHED_IGNORE; /* P-11 */
    decision->reason = failed != NULL ? failed : origin_reason(r);
    r->allowed = r->allowed && failed == NULL;
    if (r->preflight) {
        if (r->allowed)
            decision->outcome = "preflight-allowed";
        else if (failed != NULL || !forward)
            decision->outcome = "preflight-denied";
        else
            decision->outcome = "preflight-forwarded";
    } else {
        decision->outcome = r->allowed ? "allowed" : "denied";
    }
    if (r->preflight && (r->allowed || failed != NULL || !forward))
        build_reply(decision, r, pool);
    else if (r->allowed)
        build_response(decision, r);
    if (decision->reply_status == 0)
        decision->append_vary = r->options->vary_origin;
    decision->strip = r->options->strip_denied && decision->reply_status == 0 && !r->allowed;
}

static void apply_policy(oracle *instance, oracle_decision *decision, const oracle_policy *policy,
                         const oracle_request *request)
{
    oracle_pool *pool = &instance->scratch;
    const oracle_cors_policy *cors = policy->cors;
    cors_request r = {
        .instance = instance,
        .cors = cors,
        .options = &instance->parameters->options,
        .method = request->method.data != NULL ? request->method : text_of("GET"),
        .origin = oracle_joined_header(pool, &request->headers, "origin"),
        .request_method =
            oracle_joined_header(pool, &request->headers, "access-control-request-method"),
        .request_headers =
            oracle_joined_header(pool, &request->headers, "access-control-request-headers"),
        .credentials = cors->has_credentials && cors->credentials,
        .methods = joined_list(pool, &cors->allow_methods),
        .headers = joined_list(pool, &cors->allow_headers),
        .expose = joined_list(pool, &cors->expose_headers),
    };
    if (r.origin.size == 0) { /* C-4 */
        decision->outcome = "not-cors";
        decision->reason = "no-origin";
        decision->append_vary = r.options->vary_origin;
        return;
    }
    r.preflight = text_is(r.method, "OPTIONS") && r.request_method.size > 0; /* C-6 */
    r.allowed =
        oracle_representable(r.origin) && accepting_matcher(instance, cors, r.origin) != SIZE_MAX;
    decision->origin_valid = r.allowed ? 1 : 0; /* C-23 */
    decision->origin_invalid = r.allowed ? 0 : 1;
    if (r.allowed)
        describe_matched(decision, &r, policy, pool);
    decide_cors(decision, &r, pool);
}

static corsac_str route_identity(oracle_pool *pool, const oracle_route *route)
{
    corsac_str owner = route->rule->owner;
    if (route->block == NULL || !route->block->counted)
        return oracle_pool_format(pool, "%.*s#http[%zu]", (int)owner.size, owner.data,
                                  route->rule->index);
    return oracle_pool_format(pool, "%.*s#http[%zu].match[%zu]", (int)owner.size, owner.data,
                              route->rule->index, route->block->index);
}

static void describe_route(oracle_decision *decision, const oracle_route *route, oracle_pool *pool)
{
    const oracle_policy *policy = &route->rule->policy;
    corsac_str name = route->rule->name;
    if (route->block != NULL && route->block->block.name.size > 0) /* */
        name =
            oracle_pool_format(pool, "%.*s.%.*s", (int)name.size, name.size > 0 ? name.data : "",
                               (int)route->block->block.name.size, route->block->block.name.data);
    decision->route = route_identity(pool, route);
    decision->route_name = name;
    decision->root = route->root;
    if (policy->cors == NULL)
        return;
    decision->policy_owner = policy->owner;
    decision->policy_path =
        oracle_pool_format(pool, "spec.http[%zu].corsPolicy", policy->rule_index);
}

/* R-10; C-2, C-3 */
static void decide_route(oracle *instance, oracle_decision *decision,
                         const oracle_virtual_host *host, const oracle_request *request)
{
    const oracle_route *chosen = NULL;
    oracle_block everything = {0}; /* a rule without match */
    for (size_t i = 0; i < host->routes.count && chosen == NULL; i++) {
        const oracle_route *route = &host->routes.items[i];
        const oracle_block *block = route->block != NULL ? &route->block->block : &everything;
        if (oracle_block_matches(instance, block, request))
            chosen = route;
        else if (oracle_block_has_claims(block))
            decision->conditional = true; /* M-18 */
    }
    if (chosen == NULL) {
        decision->outcome = "no-route";
        decision->reason = "no-matching-route";
        return;
    }
    describe_route(decision, chosen, &instance->scratch);
    decision->outcome = "no-policy";
    if (chosen->rule->redirect) /* */
        decision->reason = "redirect";
    else if (chosen->rule->direct_response)
        decision->reason = "direct-response";
    else if (chosen->rule->policy.cors == NULL)
        decision->reason = "no-cors-policy";
    else
        apply_policy(instance, decision, &chosen->rule->policy, request);
}

/* ---- H-29: which route configuration ---------------------------------------------------- */

static bool is_https(const oracle_request *request)
{
    return request->scheme.data != NULL && text_is(request->scheme, "https");
}

/* The first server of the gateway that declares this port, plain HTTP or TLS as asked. */
static const oracle_server *declared_server(const oracle_gateway *gateway, uint32_t port, bool tls)
{
    for (size_t i = 0; i < gateway->servers.count; i++) {
        const oracle_server *server = &gateway->servers.items[i];
        bool of_kind = tls ? oracle_is_tls_server(server) : oracle_is_http_family(server->protocol);
        if (server->port == port && of_kind)
            return server;
    }
    return NULL;
}

static corsac_str host_part(corsac_str server_host)
{
    const char *slash =
        server_host.size == 0 ? NULL : memchr(server_host.data, '/', server_host.size);
    return slash == NULL ? server_host
                         : text_from(server_host, (size_t)(slash - server_host.data) + 1);
}

/* The TLS server of the listener whose hosts match the SNI best; the first of equals. */
static const oracle_kept_server *server_by_sni(oracle *instance, const oracle_kept_servers *kept,
                                               corsac_str bind, const oracle_request *request)
{
    oracle_pool *pool = &instance->scratch;
    corsac_str sni = request->sni.data != NULL ? text_lower(pool, request->sni)
                                               : oracle_request_host(pool, request->authority);
    const oracle_kept_server *best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < kept->count; i++) {
        const oracle_kept_server *server = &kept->items[i];
        if (!oracle_is_tls_server(server->server) || !text_equal(server->server->bind, bind))
            continue;
        for (size_t j = 0; j < server->hosts.count; j++) {
            corsac_str name = text_lower(pool, host_part(server->hosts.items[j]));
            int rank = oracle_domain_rank(name, sni);
            if (rank > best_rank) {
                best = server;
                best_rank = rank;
            }
        }
    }
    return best;
}

/* H-11: the plain HTTP servers of one port and bind */
static oracle_kept_servers plain_servers(oracle *instance, const oracle_kept_servers *kept,
                                         corsac_str bind)
{
    oracle_kept_servers plain = {0};
    for (size_t i = 0; i < kept->count; i++)
        if (oracle_is_http_family(kept->items[i].server->protocol) &&
            text_equal(kept->items[i].server->bind, bind))
            *(oracle_kept_server *)ORACLE_APPEND(&instance->scratch, &plain) = kept->items[i];
    return plain;
}

static const oracle_virtual_hosts *config_of(oracle *instance, const oracle_gateway *gateway,
                                             const oracle_pod *pod, const oracle_server *tls_server,
                                             uint32_t port, corsac_str bind,
                                             const oracle_kept_servers *servers)
{
    for (size_t i = 0; i < instance->configs.count; i++) {
        const oracle_cached_config *cached = &instance->configs.items[i];
        if (cached->gateway == gateway && cached->tls_server == tls_server &&
            cached->port == port && text_equal(cached->bind, bind))
            return cached->virtual_hosts;
    }
    oracle_cached_config *added = ORACLE_APPEND(&instance->pool, &instance->configs);
    *added = (oracle_cached_config){gateway, tls_server, port, bind,
                                    oracle_build_config(instance, pod, servers)};
    return added->virtual_hosts;
}

static bool listens_with_tls(const oracle_kept_servers *kept, corsac_str bind)
{
    for (size_t i = 0; i < kept->count; i++)
        if (oracle_is_tls_server(kept->items[i].server) &&
            text_equal(kept->items[i].server->bind, bind))
            return true;
    return false;
}

/* Whether a request speaks TLS to its port. Where the gateway declares both kinds and both survived
   H-13, the scheme tells. */
static bool speaks_tls(const oracle_kept_servers *kept, const oracle_server *tls,
                       bool plain_listens, const oracle_request *request)
{
    if (tls == NULL || !listens_with_tls(kept, tls->bind))
        return false;
    return !plain_listens || is_https(request);
}

/* NULL: nothing that carries HTTP listens there for this name. */
static const oracle_virtual_hosts *find_config(oracle *instance, const oracle_gateway *gateway,
                                               const oracle_pod *pod, const oracle_request *request)
{
    uint32_t port = request->port;
    const oracle_server *plain = declared_server(gateway, port, false);
    const oracle_server *tls = declared_server(gateway, port, true);
    oracle_kept_servers kept = oracle_kept_servers_of_port(instance, pod, port);
    oracle_kept_servers together = {0};
    if (plain != NULL)
        together = plain_servers(instance, &kept, plain->bind);
    if (!speaks_tls(&kept, tls, together.count > 0, request))
        return together.count == 0
                   ? NULL
                   : config_of(instance, gateway, pod, NULL, port, plain->bind, &together);
    const oracle_kept_server *chosen = server_by_sni(instance, &kept, tls->bind, request);
    if (chosen == NULL || !oracle_carries_http(chosen->server))
        return NULL;
    oracle_kept_servers alone = {(oracle_kept_server *)chosen, 1};
    return config_of(instance, gateway, pod, chosen->server, port, tls->bind, &alone);
}

oracle_decision oracle_decide(oracle *instance, const oracle_request *request)
{
    oracle_pool_clear(&instance->scratch);
    const oracle_options *options = &instance->parameters->options;
    oracle_decision decision = {.extended = options->vary_origin || options->strip_denied ||
                                            options->preflight_204 || options->enforce_methods ||
                                            options->enforce_headers};
    const oracle_gateway *gateway;
    oracle_pod pod;
    if (!oracle_find_pod(instance, request->gateway, &gateway, &pod))
        return decision;
    if (declared_server(gateway, request->port, false) == NULL &&
        declared_server(gateway, request->port, true) == NULL)
        return decision;
    decision.known = true;
    const oracle_virtual_hosts *hosts = find_config(instance, gateway, &pod, request);
    const oracle_virtual_host *host =
        hosts == NULL ? NULL : oracle_choose_virtual_host(instance, hosts, request->authority);
    if (host == NULL) {
        decision.outcome = "no-route";
        decision.reason = "no-virtual-host";
        return decision;
    }
    decision.virtual_host = host->domain;
    if (host->tls_redirect && !is_https(request)) { /* H-24 */
        decision.outcome = "no-policy";
        decision.reason = "tls-redirect";
        return decision;
    }
    oracle_request routed = *request;
    if (options->normalize_path_base && request->path.data != NULL) /* M-7: before routing */
        routed.path = oracle_normalized_path(&instance->scratch, request->path);
    decide_route(instance, &decision, host, &routed);
    return decision;
}
