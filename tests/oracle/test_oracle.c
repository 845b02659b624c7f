// SPDX-License-Identifier: Apache-2.0
// The oracle against the text it is written from: the vectors of Annex A, the worked examples of
// chapters H, L and M. Expectations are copied from docs/semantics.md by hand.
#include <criterion/criterion.h>
#include <stdio.h>

#include "oracle/internal.h"

/* ---- building documents ----------------------------------------------------------------- */

typedef struct bench {
    oracle_pool pool;
    oracle_documents documents;
    oracle_parameters parameters;
    oracle *instance;
} bench;

/* "a, b" as a list; "" is the empty list. */
static oracle_texts list_of(oracle_pool *pool, const char *text)
{
    oracle_texts list = {0};
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        *(corsac_str *)ORACLE_APPEND(pool, &list) = oracle_pool_copy(pool, text, size);
        text += size;
        text += strspn(text, ", ");
    }
    return list;
}

/* "exact x", "prefix x", "regex x", "present"; NULL is absent. */
static oracle_match match_of(const char *text)
{
    static const char *const kinds[] = {"present", "exact ", "prefix ", "regex "};
    if (text == NULL)
        return (oracle_match){0};
    for (int kind = 1; kind < 4; kind++)
        if (strncmp(text, kinds[kind], strlen(kinds[kind])) == 0)
            return (oracle_match){true, (oracle_match_kind)kind,
                                  text_of(text + strlen(kinds[kind]))};
    return (oracle_match){.present = true};
}

static void add_origin(bench *b, oracle_cors_policy *cors, const char *matcher)
{
    *(oracle_match *)ORACLE_APPEND(&b->pool, &cors->allow_origins) = match_of(matcher);
}

static oracle_service *add_service(bench *b, const char *name, const char *hosts,
                                   const char *gateways)
{
    oracle_service *service = ORACLE_APPEND(&b->pool, &b->documents.services);
    service->namespace_ = text_of("app");
    service->name = text_of(name);
    service->hosts = list_of(&b->pool, hosts);
    service->gateways = list_of(&b->pool, gateways);
    return service;
}

static oracle_rule *add_rule(bench *b, oracle_service *service)
{
    oracle_rule *rule = ORACLE_APPEND(&b->pool, &service->http);
    rule->route = true;
    return rule;
}

static oracle_block *add_block(bench *b, oracle_rule *rule, const char *uri)
{
    oracle_block *block = ORACLE_APPEND(&b->pool, &rule->match);
    block->uri = match_of(uri);
    return block;
}

static oracle_server *add_gateway(bench *b, const char *name, const char *hosts)
{
    oracle_gateway *gateway = ORACLE_APPEND(&b->pool, &b->documents.gateways);
    gateway->namespace_ = text_of("app");
    gateway->name = text_of(name);
    oracle_server *server = ORACLE_APPEND(&b->pool, &gateway->servers);
    *server = (oracle_server){.port = 80,
                              .port_name = text_of("http"),
                              .protocol = text_of("HTTP"),
                              .bind = text_of(""),
                              .hosts = list_of(&b->pool, hosts)};
    return server;
}

static void add_header(bench *b, oracle_request *request, const char *name, const char *value)
{
    if (value != NULL)
        *(oracle_line *)ORACLE_APPEND(&b->pool, &request->headers) =
            (oracle_line){text_of(name), text_of(value)};
}

static oracle_request request_to(const char *host, const char *path)
{
    return (oracle_request){.gateway = text_of("app/gw"),
                            .port = 80,
                            .authority = text_of(host),
                            .path = text_of(path)};
}

static oracle_decision decide(bench *b, const oracle_request *request)
{
    if (b->instance == NULL)
        b->instance = oracle_new(&b->documents, &b->parameters);
    return oracle_decide(b->instance, request);
}

static void end(bench *b)
{
    oracle_free(b->instance);
    oracle_pool_clear(&b->pool);
    oracle_regex_clear();
}

static const char *headers_text(bench *b, const oracle_decision *decision)
{
    corsac_str text = text_of("");
    for (size_t i = 0; i < decision->set_count; i++)
        text = oracle_pool_format(&b->pool, "%.*s%s%.*s=%.*s", (int)text.size, text.data,
                                  i == 0 ? "" : " ", (int)decision->set[i].name.size,
                                  decision->set[i].name.data, (int)decision->set[i].value.size,
                                  decision->set[i].value.data);
    return text.data;
}

/* ---- Annex A ---------------------------------------------------------------------------- */

#define ACAO          "access-control-allow-origin="
#define ACAC          "access-control-allow-credentials=true"
#define ACAM          "access-control-allow-methods="
#define ACAH          "access-control-allow-headers="
#define ACMA          "access-control-max-age="
#define ACEH          "access-control-expose-headers="
#define TAIL          ACAM "GET " ACAH "content-type " ACMA "1"
#define REPLY(origin) ACAO origin " " TAIL " " ACEH "content-type"
#define DECORATED     ACAO "localhost " ACEH "content-type"

typedef enum rule_kind { POLICY = 0, NO_POLICY, NO_ROUTE, REDIRECT } rule_kind;

typedef struct annex_row {
    int id;
    /* changes to policy P; NULL keeps P's value, "" empties the list */
    const char *origin, *methods, *headers, *expose;
    int credentials; /* 0 absent, 1 false, 2 true */
    bool ignore;     /* unmatchedPreflights IGNORE */
    rule_kind kind;
    /* the request; NULL: that header is absent */
    const char *method, *from, *from_again, *wants_method, *wants_headers;
    const char *outcome;
    unsigned status;
    const char *set;
    int valid, invalid;
} annex_row;

#define PREFLIGHT .method = "OPTIONS", .wants_method = "GET"

static const annex_row annex[] = {
    {.id = 1, .outcome = "not-cors", .set = ""},
    {.id = 2, .from = "localhost", .outcome = "allowed", .set = DECORATED, .valid = 1},
    {.id = 3, .method = "OPTIONS", .outcome = "not-cors", .set = ""},
    {.id = 4,
     .method = "OPTIONS",
     .from = "localhost",
     .outcome = "allowed",
     .set = DECORATED,
     .valid = 1},
    {.id = 5,
     PREFLIGHT,
     .from = "test-host",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("test-host"),
     .valid = 1},
    {.id = 6,
     .origin = "exact localhost",
     PREFLIGHT,
     .from = "test-host",
     .outcome = "preflight-forwarded",
     .set = "",
     .invalid = 1},
    {.id = 7,
     .origin = "",
     PREFLIGHT,
     .from = "test-host",
     .outcome = "preflight-forwarded",
     .set = "",
     .invalid = 1},
    {.id = 8,
     .credentials = 2,
     .origin = "exact localhost",
     PREFLIGHT,
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAC " " TAIL " " ACEH "content-type",
     .valid = 1},
    {.id = 9,
     .credentials = 1,
     PREFLIGHT,
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("localhost"),
     .valid = 1},
    {.id = 10,
     .credentials = 2,
     .from = "localhost",
     .outcome = "allowed",
     .set = ACAO "localhost " ACAC " " ACEH "content-type",
     .valid = 1},
    {.id = 11,
     .expose = "custom-header-1",
     .from = "localhost",
     .outcome = "allowed",
     .set = ACAO "localhost " ACEH "custom-header-1",
     .valid = 1},
    {.id = 12,
     .origin = "exact localhost",
     .from = "test-host",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 13,
     .kind = NO_POLICY,
     PREFLIGHT,
     .from = "localhost",
     .outcome = "no-policy",
     .set = ""},
    {.id = 14, .kind = NO_ROUTE, PREFLIGHT, .from = "localhost", .outcome = "no-route", .set = ""},
    {.id = 15, .kind = REDIRECT, PREFLIGHT, .from = "localhost", .outcome = "no-policy", .set = ""},
    {.id = 16,
     .methods = "",
     PREFLIGHT,
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAH "content-type " ACMA "1 " ACEH "content-type",
     .valid = 1},
    {.id = 17,
     .origin = "regex .*",
     PREFLIGHT,
     .from = "www.envoyproxy.io",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("www.envoyproxy.io"),
     .valid = 1},
    {.id = 18,
     .origin = "regex .*.envoyproxy.io",
     PREFLIGHT,
     .from = "www.envoyproxy.com",
     .outcome = "preflight-forwarded",
     .set = "",
     .invalid = 1},
    {.id = 19,
     .methods = "*",
     .method = "OPTIONS",
     .wants_method = "PUT",
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAM "PUT " ACAH "content-type " ACMA "1 " ACEH "content-type",
     .valid = 1},
    {.id = 20,
     .headers = "*",
     PREFLIGHT,
     .wants_headers = "test,pre",
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAM "GET " ACAH "test,pre " ACMA "1 " ACEH "content-type",
     .valid = 1},
    {.id = 21,
     .headers = "*",
     PREFLIGHT,
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAM "GET " ACAH " " ACMA "1 " ACEH "content-type",
     .valid = 1},
    {.id = 22,
     .headers = "*, X",
     PREFLIGHT,
     .wants_headers = "a",
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = ACAO "localhost " ACAM "GET " ACAH "*,X " ACMA "1 " ACEH "content-type",
     .valid = 1},
    {.id = 23,
     .ignore = true,
     .origin = "exact localhost",
     PREFLIGHT,
     .from = "test-host",
     .outcome = "preflight-denied",
     .status = 200,
     .set = TAIL,
     .invalid = 1},
    {.id = 24,
     .ignore = true,
     .origin = "exact localhost",
     .from = "test-host",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 25,
     .origin = "regex [^.]+",
     .from = "https://a.b",
     .outcome = "allowed",
     .set = ACAO "https://a.b " ACEH "content-type",
     .valid = 1},
    {.id = 26,
     .origin = "exact https://a.com",
     .from = "HTTPS://a.com",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 27,
     .origin = "exact https://a.com",
     .from = "https://a.com:443",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 28,
     .method = "options",
     .wants_method = "GET",
     .from = "localhost",
     .outcome = "allowed",
     .set = DECORATED,
     .valid = 1},
    {.id = 29,
     .method = "OPTIONS",
     .wants_method = "DELETE",
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("localhost"),
     .valid = 1},
    {.id = 32,
     .origin = "exact null",
     .from = "null",
     .outcome = "allowed",
     .set = ACAO "null " ACEH "content-type",
     .valid = 1},
    {.id = 33,
     .origin = "exact a",
     .from = "a",
     .from_again = "b",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 34, .from = "http://a\x01", .outcome = "denied", .set = "", .invalid = 1},
    {.id = 37,
     .ignore = true,
     .origin = "exact localhost",
     .method = "OPTIONS",
     .from = "test-host",
     .outcome = "denied",
     .set = "",
     .invalid = 1},
    {.id = 38, PREFLIGHT, .from = "", .outcome = "not-cors", .set = ""},
    {.id = 39,
     .method = "OPTIONS",
     .wants_method = "",
     .from = "localhost",
     .outcome = "allowed",
     .set = DECORATED,
     .valid = 1},
    {.id = 40,
     .ignore = true,
     PREFLIGHT,
     .from = "localhost",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("localhost"),
     .valid = 1},
    {.id = 41,
     .origin = "exact a",
     .from = "",
     .from_again = "a",
     .outcome = "allowed",
     .set = ACAO "a " ACEH "content-type",
     .valid = 1},
    {.id = 42,
     PREFLIGHT,
     .from = "a",
     .from_again = "b",
     .outcome = "preflight-allowed",
     .status = 200,
     .set = REPLY("a,b"),
     .valid = 1},
    {.id = 43,
     .expose = "",
     .from = "localhost",
     .outcome = "allowed",
     .set = ACAO "localhost",
     .valid = 1},
    {.id = 44,
     .credentials = 2,
     .ignore = true,
     .origin = "exact localhost",
     PREFLIGHT,
     .from = "test-host",
     .outcome = "preflight-denied",
     .status = 200,
     .set = ACAC " " TAIL,
     .invalid = 1},
};

static oracle_cors_policy *policy_of(bench *b, const annex_row *row)
{
    oracle_cors_policy *cors = oracle_pool_take(&b->pool, sizeof *cors);
    const char *origin = row->origin != NULL ? row->origin : "exact *";
    if (*origin != '\0')
        add_origin(b, cors, origin);
    cors->allow_methods = list_of(&b->pool, row->methods != NULL ? row->methods : "GET");
    cors->allow_headers = list_of(&b->pool, row->headers != NULL ? row->headers : "content-type");
    cors->expose_headers = list_of(&b->pool, row->expose != NULL ? row->expose : "content-type");
    cors->has_max_age = true;
    cors->max_age_seconds = 1;
    cors->has_credentials = row->credentials != 0;
    cors->credentials = row->credentials == 2;
    cors->unmatched_preflights = row->ignore ? ORACLE_UNMATCHED_IGNORE : ORACLE_UNMATCHED_ABSENT;
    return cors;
}

static oracle_request request_of(bench *b, const annex_row *row)
{
    oracle_request request = request_to("a.com", row->kind == NO_ROUTE ? "/elsewhere" : "/p");
    if (row->method != NULL)
        request.method = text_of(row->method);
    add_header(b, &request, "origin", row->from);
    add_header(b, &request, "origin", row->from_again);
    add_header(b, &request, "access-control-request-method", row->wants_method);
    add_header(b, &request, "access-control-request-headers", row->wants_headers);
    return request;
}

static void check_row(const annex_row *row)
{
    bench b = {0};
    oracle_rule *rule = add_rule(&b, add_service(&b, "s", "a.com", "gw"));
    add_block(&b, rule, "prefix /p");
    rule->cors = row->kind == NO_POLICY ? NULL : policy_of(&b, row);
    rule->redirect = row->kind == REDIRECT;
    oracle_request request = request_of(&b, row);
    oracle_decision decision = decide(&b, &request);
    cr_expect_str_eq(decision.outcome, row->outcome, "A-%d: %s", row->id, decision.outcome);
    cr_expect_eq(decision.reply_status, row->status, "A-%d: %u", row->id, decision.reply_status);
    cr_expect_str_eq(headers_text(&b, &decision), row->set, "A-%d: %s", row->id,
                     headers_text(&b, &decision));
    cr_expect_eq(decision.origin_valid, row->valid, "A-%d", row->id);
    cr_expect_eq(decision.origin_invalid, row->invalid, "A-%d", row->id);
    end(&b);
}

Test(annex_a, every_row_has_its_outcome_headers_and_counts)
{
    for (size_t i = 0; i < sizeof annex / sizeof *annex; i++)
        check_row(&annex[i]);
}

/* C-11, P-5, P-6: Istio's own integration case */
Test(annex_a, a_35_preflight_for_an_unlisted_method_is_answered_with_the_list)
{
    bench b = {0};
    oracle_rule *rule = add_rule(&b, add_service(&b, "s", "a.com", "gw"));
    rule->cors = oracle_pool_take(&b.pool, sizeof *rule->cors);
    add_origin(&b, rule->cors, "exact cors.com");
    rule->cors->allow_methods = list_of(&b.pool, "POST, GET");
    rule->cors->allow_headers = list_of(&b.pool, "X-Foo-Bar, X-Foo-Baz");
    rule->cors->has_max_age = true;
    rule->cors->max_age_seconds = 86400;
    oracle_request request = request_to("a.com", "/");
    request.method = text_of("OPTIONS");
    add_header(&b, &request, "origin", "cors.com");
    add_header(&b, &request, "access-control-request-method", "DELETE");
    oracle_decision decision = decide(&b, &request);
    cr_expect_str_eq(headers_text(&b, &decision),
                     ACAO "cors.com " ACAM "POST,GET " ACAH "X-Foo-Bar,X-Foo-Baz " ACMA "86400");
    end(&b);
}

/* ---- chapters H, L, M ------------------------------------------------------------------- */

static void expect_route(bench *b, const char *host, const char *path, const char *route)
{
    oracle_request request = request_to(host, path);
    oracle_decision decision = decide(b, &request);
    const char *found = decision.route.data == NULL ? decision.reason : decision.route.data;
    cr_expect_str_eq(found, route, "%s%s: %s", host, path, found);
}

/* H-23: the example */
Test(hosts, the_oldest_service_wins_and_catch_alls_come_last)
{
    bench b = {0};
    add_block(&b, add_rule(&b, add_service(&b, "a", "api.x.com", "gw")), "prefix /");
    add_block(&b, add_rule(&b, add_service(&b, "b", "api.x.com", "gw")), "prefix /v1");
    expect_route(&b, "api.x.com", "/v1/z", "app/b#http[0].match[0]");
    expect_route(&b, "api.x.com", "/v2", "app/a#http[0].match[0]");
    end(&b);
}

/* H-23: a uri prefix "" is not a catch-all and swallows everything */
Test(hosts, an_empty_prefix_keeps_its_place)
{
    bench b = {0};
    add_block(&b, add_rule(&b, add_service(&b, "a", "api.x.com", "gw")), "prefix ");
    add_block(&b, add_rule(&b, add_service(&b, "b", "api.x.com", "gw")), "prefix /v1");
    expect_route(&b, "api.x.com", "/v1/z", "app/a#http[0].match[0]");
    end(&b);
}

/* H-18 */
Test(hosts, a_virtual_host_without_a_matching_route_does_not_fall_through)
{
    bench b = {0};
    add_block(&b, add_rule(&b, add_service(&b, "a", "a.foo.com", "gw")), "prefix /only");
    add_rule(&b, add_service(&b, "b", "*.foo.com", "gw"));
    expect_route(&b, "a.foo.com", "/other", "no-matching-route");
    expect_route(&b, "b.foo.com:8443", "/other", "app/b#http[0]");
    expect_route(&b, "foo.com", "/other", "no-virtual-host");
    end(&b);
}

/* H-12: the table, and H-5's case rule */
Test(hosts, the_narrower_of_server_and_service_host_becomes_the_virtual_host)
{
    static const struct {
        const char *server, *service, *request, *virtual_host;
    } rows[] = {
        {"*.foo.com", "a.foo.com", "a.foo.com", "a.foo.com"},
        {"a.foo.com", "*.foo.com", "a.foo.com", "a.foo.com"},
        {"*", "*", "anything", "*"},
        {"*.com", "*.foo.com", "a.foo.com", "*.foo.com"},
        {"a.com", "b.com", "b.com", "*"}, /* H-26: nothing is bound, so an empty "*" answers */
        {"*.foo.com", "A.FOO.com", "a.foo.com", "*"},
        {"*", "Foo.com", "FOO.com", "foo.com"},
        {"foo.com", "*foo.com", "foo.com", "foo.com"},
        {"app/*.foo.com", "a.foo.com", "a.foo.com", "a.foo.com"},
        {"other/*.foo.com", "a.foo.com", "a.foo.com", "*"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b = {0};
        add_gateway(&b, "gw", rows[i].server);
        add_rule(&b, add_service(&b, "s", rows[i].service, "gw"));
        oracle_request request = request_to(rows[i].request, "/");
        oracle_decision decision = decide(&b, &request);
        cr_expect(text_is(decision.virtual_host, rows[i].virtual_host), "row %zu", i);
        end(&b);
    }
}

/* H-21: an explicit export to the pod's namespace beats every public service */
Test(hosts, an_explicit_export_comes_before_public_services)
{
    bench b = {0};
    add_rule(&b, add_service(&b, "a", "x.com", "gw"));
    oracle_service *exported = add_service(&b, "z", "x.com", "gw");
    exported->export_to = list_of(&b.pool, "istio-system");
    add_rule(&b, exported);
    oracle_service *hidden = add_service(&b, "0", "x.com", "gw");
    hidden->export_to = list_of(&b.pool, ".");
    add_rule(&b, hidden);
    expect_route(&b, "x.com", "/", "app/z#http[0]");
    end(&b);
}

/* H-24 */
Test(hosts, a_redirecting_server_redirects_its_own_hosts_too)
{
    bench b = {0};
    oracle_server *server = add_gateway(&b, "gw", "*.foo.com");
    server->tls = server->https_redirect = true;
    add_rule(&b, add_service(&b, "s", "a.foo.com", "gw"));
    expect_route(&b, "a.foo.com", "/", "tls-redirect");
    expect_route(&b, "b.foo.com", "/", "tls-redirect");
    oracle_request request = request_to("b.foo.com", "/");
    request.scheme = text_of("https");
    cr_expect_str_eq(decide(&b, &request).reason, "no-matching-route");
    end(&b);
}

/* */
Test(routes, nothing_follows_a_catch_all_of_the_same_service)
{
    bench b = {0};
    oracle_service *service = add_service(&b, "s", "x.com", "gw");
    oracle_rule *first = add_rule(&b, service);
    add_block(&b, first, "regex .*");
    add_block(&b, add_rule(&b, service), "prefix /v1");
    expect_route(&b, "x.com", "/v1", "app/s#http[0].match[0]");
    end(&b);
}

/* L-12: the example, with the identities of both documents */
Test(delegates, rules_take_the_root_s_place_and_lose_what_conflicts)
{
    bench b = {0};
    oracle_rule *root = add_rule(&b, add_service(&b, "root", "x.com", "gw"));
    add_block(&b, root, "prefix /p");
    root->route = false;
    root->has_delegate = true;
    root->delegate_name = text_of("d");
    root->cors = oracle_pool_take(&b.pool, sizeof *root->cors);
    add_origin(&b, root->cors, "exact *");
    oracle_service *delegate = add_service(&b, "d", "", "");
    oracle_rule *exact = add_rule(&b, delegate);
    add_block(&b, exact, "exact /p/x");
    exact->cors = oracle_pool_take(&b.pool, sizeof *exact->cors);
    add_rule(&b, delegate);
    add_block(&b, add_rule(&b, delegate), "prefix /q");
    expect_route(&b, "x.com", "/p/x", "app/d#http[0].match[0]");
    expect_route(&b, "x.com", "/p/y", "app/d#http[1]");
    expect_route(&b, "x.com", "/q", "no-matching-route");
    oracle_request request = request_to("x.com", "/p/y");
    add_header(&b, &request, "origin", "o");
    cr_expect(text_is(decide(&b, &request).matched, "spec.http[0].corsPolicy.allowOrigins[0]"));
    end(&b);
}

/* L-5: one block of the delegate that fits nowhere takes the whole rule along */
Test(delegates, a_block_that_fits_no_block_of_the_root_drops_its_rule)
{
    bench b = {0};
    oracle_rule *root = add_rule(&b, add_service(&b, "root", "x.com", "gw"));
    add_block(&b, root, "prefix /p");
    root->has_delegate = true;
    root->delegate_name = text_of("d");
    oracle_service *delegate = add_service(&b, "d", "", "");
    oracle_rule *mixed = add_rule(&b, delegate);
    add_block(&b, mixed, "prefix /p/a");
    add_block(&b, mixed, "prefix /q");
    expect_route(&b, "x.com", "/p/a", "no-matching-route");
    end(&b);
}

/* M-13: the table */
Test(match, without_headers_treats_a_missing_header_as_empty)
{
    static const struct {
        const char *condition;
        bool missing, empty, other;
    } rows[] = {
        {"present", true, false, false},   {"regex *", true, false, false},
        {"exact x", true, true, true},     {"exact ", false, false, true},
        {"regex .*", false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int value = 0; value < 3; value++) {
            bench b = {0};
            oracle_block *block =
                add_block(&b, add_rule(&b, add_service(&b, "s", "x.com", "gw")), NULL);
            *(oracle_keyed_match *)ORACLE_APPEND(&b.pool, &block->without_headers) =
                (oracle_keyed_match){text_of("X-T"), match_of(rows[i].condition)};
            oracle_request request = request_to("x.com", "/");
            add_header(&b, &request, "x-t", value == 0 ? NULL : value == 1 ? "" : "y");
            bool expected = value == 0   ? rows[i].missing
                            : value == 1 ? rows[i].empty
                                         : rows[i].other;
            cr_expect_eq(decide(&b, &request).route.data != NULL, expected, "row %zu value %d", i,
                         value);
            end(&b);
        }
}

/* M-3, M-14 */
Test(match, path_and_query_are_split_at_the_first_question_mark)
{
    bench b = {0};
    oracle_block *block =
        add_block(&b, add_rule(&b, add_service(&b, "s", "x.com", "gw")), "exact /a");
    *(oracle_keyed_match *)ORACLE_APPEND(&b.pool, &block->query_params) =
        (oracle_keyed_match){text_of("k"), match_of("exact 1")};
    expect_route(&b, "x.com", "/a?z&k=1&k=2#k=3", "app/s#http[0].match[0]");
    expect_route(&b, "x.com", "/a?k=2&k=1", "no-matching-route");
    expect_route(&b, "x.com", "/a?K=1", "no-matching-route");
    expect_route(&b, "x.com", "/a#?k=1", "no-matching-route");
    end(&b);
}

/* M-7: rows observed on Envoy 1.39.3 */
Test(match, base_normalisation_follows_the_observed_table)
{
    static const char *const rows[][2] = {
        {"/a/../b", "/b"},
        {"/a/%2e%2e/b", "/b"},
        {"/a/%2E./b", "/b"},
        {"/a/./b", "/a/b"},
        {"/a/%2E/b", "/a/b"},
        {"/a/..", "/"},
        {"/..", "/"},
        {"/%2e%2e", "/"},
        {"/a/b/../../..", "/"},
        {"/a/.", "/a/"},
        {"/a/%2e", "/a/"},
        {"/a//b", "/a//b"},
        {"//a", "//a"},
        {"/a//../b", "/a/b"},
        {"/a/..//b", "//b"},
        {"//../x", "/x"},
        {"/a\\b", "/a/b"},
        {"/a%5Cb", "/a%5Cb"},
        {"/a%2fb", "/a%2fb"},
        {"/a%41b", "/aAb"},
        {"/a%7eb", "/a~b"},
        {"/a%2e", "/a."},
        {"/%2e%2e%2fb", "/..%2fb"},
        {"/a%25", "/a%25"},
        {"/a%zz", "/a%zz"},
        {"/a%", "/a%"},
        {"/a|b", "/a%7Cb"},
        {"/a;x=1/..", "/"},
        {"/a/..;x/b", "/b"},
        {"/a/...", "/a/..."},
        {"/a..", "/a.."},
        {"/a?x=/../y", "/a?x=/../y"},
        {"/a/#/../b", "/a/"},
    };
    oracle_pool pool = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        corsac_str path = oracle_normalized_path(&pool, text_of(rows[i][0]));
        cr_expect(text_is(path, rows[i][1]), "%s: %.*s", rows[i][0], (int)path.size, path.data);
    }
    oracle_pool_clear(&pool);
}

/* M-20: Latin-1 by default, as Envoy 1.39 runs RE2; M-21 in UTF-8 mode */
Test(match, a_dot_is_one_byte_or_one_utf8_character)
{
    cr_expect(oracle_regex_full_match(text_of("a.."), text_of("a\xC3\xA9"), false));
    cr_expect(oracle_regex_full_match(text_of("a."), text_of("a\xFF"), false));
    cr_expect(oracle_regex_full_match(text_of("a."), text_of("a\xC3\xA9"), true));
    cr_expect_not(oracle_regex_full_match(text_of("a."), text_of("a\xFF"), true));
    cr_expect_not(oracle_regex_full_match(text_of("a$"), text_of("a\n"), false));
    cr_expect(oracle_regex_usable(text_of("(?i)a+"), false));
    cr_expect_not(oracle_regex_usable(text_of("x)|(?:.*"), false));
    cr_expect_not(oracle_regex_usable(text_of("\\x{100}"), false));
    oracle_regex_clear();
}
