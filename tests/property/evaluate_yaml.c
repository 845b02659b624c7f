// SPDX-License-Identifier: Apache-2.0
// Writes the documents of a set as YAML, in one of the many ways a person or a program would: block
// or JSON, quoted or plain, camel or snake case, absent or null or empty, alone or in a List.
// Whatever the spelling, the meaning stays (D-6, D-10 to D-14). A quarantined document gets a
// defect of chapter D or V.
#include <stdio.h>

#include "property/evaluate.h"

typedef struct node node;

typedef enum node_kind { NODE_STRING, NODE_RAW, NODE_MAP, NODE_LIST } node_kind;

typedef struct entry {
    corsac_str key; /* unused in lists */
    node *value;
} entry;

struct node {
    node_kind kind;
    corsac_str text;
    struct {
        entry *items;
        size_t count;
    } entries;
};

typedef struct yaml {
    const evaluate_set *set;
    oracle_pool *pool;
    evaluate_random random;
    bool snake; /* this document uses proto names now and then */
} yaml;

static bool chance(yaml *y, unsigned percent)
{
    return random_percent(&y->random, percent);
}

/* ---- nodes ------------------------------------------------------------------------------ */

static node *new_node(yaml *y, node_kind kind, corsac_str text)
{
    node *made = oracle_pool_take(y->pool, sizeof *made);
    made->kind = kind;
    made->text = text;
    return made;
}

static node *string(yaml *y, corsac_str text)
{
    return new_node(y, NODE_STRING, text);
}

static node *raw(yaml *y, const char *text)
{
    return new_node(y, NODE_RAW, text_of(text));
}

static node *number(yaml *y, long long value)
{
    return new_node(y, NODE_RAW, oracle_pool_format(y->pool, "%lld", value));
}

static node *map(yaml *y)
{
    return new_node(y, NODE_MAP, (corsac_str){0});
}

static node *list(yaml *y)
{
    return new_node(y, NODE_LIST, (corsac_str){0});
}

static node *push(yaml *y, node *parent, node *value)
{
    *(entry *)ORACLE_APPEND(y->pool, &parent->entries) = (entry){{0}, value};
    return value;
}

/* A key whose letters are data: label names, header names. */
static node *put_key(yaml *y, node *parent, corsac_str key, node *value)
{
    *(entry *)ORACLE_APPEND(y->pool, &parent->entries) = (entry){key, value};
    return value;
}

/* D-10: a field of the schema, by its camel or its proto name */
static node *put(yaml *y, node *parent, const char *field, node *value)
{
    if (!y->snake || !chance(y, 40))
        return put_key(y, parent, text_of(field), value);
    char *snake = oracle_pool_take(y->pool, 2 * strlen(field) + 1);
    size_t size = 0;
    for (const char *at = field; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            snake[size++] = '_';
        snake[size++] = byte_lower(*at);
    }
    return put_key(y, parent, (corsac_str){snake, size}, value);
}

/* D-11, D-12: absent may be spelled as null or as an empty list */
static void put_nothing(yaml *y, node *parent, const char *field, bool is_list)
{
    if (chance(y, 4))
        put(y, parent, field, raw(y, "null"));
    else if (is_list && chance(y, 4))
        put(y, parent, field, list(y));
}

static void put_texts(yaml *y, node *parent, const char *field, const oracle_texts *texts)
{
    if (texts->count == 0) {
        put_nothing(y, parent, field, true);
        return;
    }
    node *items = put(y, parent, field, list(y));
    for (size_t i = 0; i < texts->count; i++)
        push(y, items,
             texts->items[i].size == 0 && chance(y, 30) ? raw(y, "null")
                                                        : string(y, texts->items[i]));
}

static void put_labels(yaml *y, node *parent, const char *field, const oracle_labels *labels)
{
    if (labels->count == 0)
        return;
    node *items = put(y, parent, field, map(y));
    for (size_t i = 0; i < labels->count; i++)
        put_key(y, items, labels->items[i].key, string(y, labels->items[i].value));
}

/* ---- match ------------------------------------------------------------------------------ */

/* D-13: members of lower rank may stand beside the one that counts */
static node *string_match(yaml *y, const oracle_match *match)
{
    static const char *const members[] = {"", "exact", "prefix", "regex"};
    node *made = map(y);
    for (int rank = 1; rank < (int)match->kind; rank++)
        if (chance(y, 2))
            put(y, made, members[rank], string(y, text_of("overruled")));
    if (match->kind != ORACLE_MATCH_NONE)
        put(y, made, members[match->kind], string(y, match->value));
    return made;
}

static void put_match(yaml *y, node *parent, const char *field, const oracle_match *match)
{
    if (match->present)
        put(y, parent, field, string_match(y, match));
    else
        put_nothing(y, parent, field, false);
}

static void put_keyed(yaml *y, node *parent, const char *field, const oracle_keyed_matches *keyed)
{
    if (keyed->count == 0)
        return;
    node *items = put(y, parent, field, map(y));
    for (size_t i = 0; i < keyed->count; i++) {
        const oracle_match *match = &keyed->items[i].match;
        bool null = match->kind == ORACLE_MATCH_NONE && chance(y, 40); /* D-11 */
        put_key(y, items, keyed->items[i].key, null ? raw(y, "null") : string_match(y, match));
    }
}

static node *block_node(yaml *y, const oracle_block *block)
{
    node *made = map(y);
    if (block->name.size > 0)
        put(y, made, "name", string(y, block->name));
    put_match(y, made, "uri", &block->uri);
    put_match(y, made, "scheme", &block->scheme);
    put_match(y, made, "method", &block->method);
    put_match(y, made, "authority", &block->authority);
    put_keyed(y, made, "headers", &block->headers);
    put_keyed(y, made, "withoutHeaders", &block->without_headers);
    put_keyed(y, made, "queryParams", &block->query_params);
    if (block->port != 0) /* D-17 */
        put(y, made, "port",
            chance(y, 20) ? string(y, number(y, block->port)->text) : number(y, block->port));
    if (block->ignore_uri_case || chance(y, 3))
        put(y, made, "ignoreUriCase", raw(y, block->ignore_uri_case ? "true" : "false"));
    put_labels(y, made, "sourceLabels", &block->source_labels);
    if (block->source_namespace.size > 0)
        put(y, made, "sourceNamespace", string(y, block->source_namespace));
    put_texts(y, made, "gateways", &block->gateways);
    if (made->entries.count == 0 && chance(y, 40))
        return raw(y, "null");
    return made;
}

/* ---- corsPolicy ------------------------------------------------------------------------- */

/* D-20: one length of time, many spellings */
static corsac_str duration(yaml *y, int64_t seconds)
{
    long long all = (long long)seconds, hours = all / 3600, minutes = all % 3600 / 60;
    switch (random_below(&y->random, 5)) {
    case 0:
        return oracle_pool_format(y->pool, "%lldh%lldm%llds", hours, minutes, all % 60);
    case 1:
        return oracle_pool_format(y->pool, "+%lld.0s", all);
    case 2:
        return oracle_pool_format(y->pool, "%lld000ms", all);
    case 3:
        return all % 3600 == 0 ? oracle_pool_format(y->pool, "%lldh", hours)
                               : oracle_pool_format(y->pool, "%lldm%llds", all / 60, all % 60);
    default:
        return oracle_pool_format(y->pool, "%llds", all);
    }
}

static void put_unmatched(yaml *y, node *parent, oracle_unmatched value)
{
    static const char *const names[] = {"", "UNSPECIFIED", "FORWARD", "IGNORE"};
    if (value == ORACLE_UNMATCHED_ABSENT)
        return;
    bool by_number = chance(y, 20); /* D-18 */
    put(y, parent, "unmatchedPreflights",
        by_number ? number(y, (long long)value - 1) : string(y, text_of(names[value])));
}

static node *policy_node(yaml *y, const oracle_cors_policy *cors)
{
    node *made = map(y);
    if (cors->allow_origins.count == 0) {
        put_nothing(y, made, "allowOrigins", true);
    } else {
        node *items = put(y, made, "allowOrigins", list(y));
        for (size_t i = 0; i < cors->allow_origins.count; i++)
            push(y, items, string_match(y, &cors->allow_origins.items[i]));
    }
    put_texts(y, made, "allowOrigin", &cors->allow_origin);
    put_texts(y, made, "allowMethods", &cors->allow_methods);
    put_texts(y, made, "allowHeaders", &cors->allow_headers);
    put_texts(y, made, "exposeHeaders", &cors->expose_headers);
    if (cors->has_max_age)
        put(y, made, "maxAge", string(y, duration(y, cors->max_age_seconds)));
    if (cors->has_credentials) /* D-14 */
        put(y, made, "allowCredentials",
            raw(y, cors->credentials ? (chance(y, 20) ? "yes" : "true")
                                     : (chance(y, 20) ? "off" : "false")));
    put_unmatched(y, made, cors->unmatched_preflights);
    if (chance(y, 1)) /* D-9 */
        put_key(y, made, text_of("allowedOrigins"), list(y));
    return made;
}

/* ---- rules ------------------------------------------------------------------------------ */

static node *one_text(yaml *y, const char *key, const char *value)
{
    node *made = map(y);
    put(y, made, key, string(y, text_of(value)));
    return made;
}

static void put_action(yaml *y, node *made, const oracle_rule *rule)
{
    if (rule->route) {
        node *destination = map(y);
        put(y, push(y, put(y, made, "route", list(y)), map(y)), "destination", destination);
        put(y, destination, "host", string(y, text_of("backend")));
        if (chance(y, 10)) /* C-2: a rewrite is a forwarding route */
            put(y, made, "rewrite", one_text(y, "uri", "/rewritten"));
        if (chance(y, 5))
            put(y, made, "timeout", string(y, text_of("5s")));
    }
    if (rule->redirect)
        put(y, made, "redirect", one_text(y, chance(y, 50) ? "uri" : "authority", "elsewhere"));
    if (rule->direct_response) {
        node *answer = put(y, made, "directResponse", map(y));
        put(y, answer, "status", number(y, 200));
    }
    if (rule->has_delegate) {
        node *delegate = put(y, made, "delegate", map(y));
        put(y, delegate, "name", string(y, rule->delegate_name));
        if (rule->delegate_namespace.size > 0)
            put(y, delegate, "namespace", string(y, rule->delegate_namespace));
    }
}

static node *rule_node(yaml *y, const oracle_rule *rule)
{
    node *made = map(y);
    if (rule->name.size > 0)
        put(y, made, "name", string(y, rule->name));
    if (rule->match.count == 0) {
        put_nothing(y, made, "match", true);
    } else {
        node *blocks = put(y, made, "match", list(y));
        for (size_t i = 0; i < rule->match.count; i++)
            push(y, blocks, block_node(y, &rule->match.items[i]));
    }
    put_action(y, made, rule);
    if (rule->cors != NULL)
        put(y, made, "corsPolicy", policy_node(y, rule->cors));
    else
        put_nothing(y, made, "corsPolicy", false);
    return made;
}

/* ---- documents -------------------------------------------------------------------------- */

/* D-24: an instant in one of its spellings; days only, so that no calendar is needed here. */
static corsac_str timestamp(yaml *y, int64_t seconds)
{
    /* 1700000000 is 2023-11-14T22:13:20Z; the generator adds whole days, at most four. */
    long long day = 14 + (seconds - 1700000000) / 86400;
    if (chance(y, 30))
        return oracle_pool_format(y->pool, "2023-11-%02lldT20:13:20-02:00", day);
    return oracle_pool_format(y->pool, "2023-11-%02lldT22:13:20Z", day);
}

static node *resource(yaml *y, const char *kind, corsac_str namespace_, corsac_str name,
                      int64_t created)
{
    static const char *const versions[] = {"v1", "v1beta1", "v1alpha3"};
    node *made = map(y);
    put_key(y, made, text_of("apiVersion"),
            string(y, oracle_pool_format(y->pool, "networking.istio.io/%s",
                                         RANDOM_PICK(&y->random, versions))));
    put_key(y, made, text_of("kind"), string(y, text_of(kind)));
    node *metadata = put_key(y, made, text_of("metadata"), map(y));
    put_key(y, metadata, text_of("name"), string(y, name));
    corsac_str default_namespace = y->set->parameters.default_namespace;
    if (default_namespace.data == NULL)
        default_namespace = text_of("default");
    if (!text_equal(namespace_, default_namespace) || chance(y, 50)) /* D-22 */
        put_key(y, metadata, text_of("namespace"), string(y, namespace_));
    if (created != 0)
        put_key(y, metadata, text_of("creationTimestamp"), string(y, timestamp(y, created)));
    return made;
}

/* One defect that the webhook would refuse, or that does not decode. */
static void spoil_service(yaml *y, node *spec)
{
    switch (random_below(&y->random, 5)) {
    case 0:
        /* V-30 */
        push(y, put_key(y, spec, text_of("exportTo"), list(y)), string(y, text_of("~")));
        break;
    case 1: /* V-20 */
        push(y, put(y, spec, "http", list(y)), map(y));
        break;
    case 2: /* D-19 */
        put_key(y, spec, text_of("http"), raw(y, "7"));
        break;
    case 3: { /* V-6 */
        node *rule = push(y, put_key(y, spec, text_of("http"), list(y)), map(y));
        oracle_rule forward = {.route = true};
        put_action(y, rule, &forward);
        node *cors = put_key(y, rule, text_of("corsPolicy"), map(y));
        push(y, put_key(y, cors, text_of("allowMethods"), list(y)), string(y, text_of("get")));
        break;
    }
    default: /* V-24 */
        push(y, put_key(y, spec, text_of("gateways"), list(y)), string(y, text_of("./gw")));
        break;
    }
}

static bool has_own_defect(const evaluate_set *set, const oracle_service *service)
{
    return evaluate_has_unusable_regex(service, set->parameters.options.regex_utf8);
}

static node *service_node(yaml *y, const oracle_service *service)
{
    y->snake = chance(y, 10);
    node *made =
        resource(y, "VirtualService", service->namespace_, service->name, service->created_seconds);
    node *spec = put_key(y, made, text_of("spec"), map(y));
    bool spoil = service->quarantined && !has_own_defect(y->set, service);
    if (spoil) { /* nothing else of the document counts; keys must not repeat (D-14) */
        put_texts(y, spec, "hosts", &service->hosts);
        y->snake = false;
        spoil_service(y, spec);
        return made;
    }
    put_texts(y, spec, "hosts", &service->hosts);
    put_texts(y, spec, "gateways", &service->gateways);
    put_texts(y, spec, "exportTo", &service->export_to);
    if (service->http.count == 0 ||
        (service->hosts.count > 0 && chance(y, 2))) { /* makes no route; V-28 */
        node *tcp = push(y, put(y, spec, "tcp", list(y)), map(y));
        put_action(y, tcp, &(oracle_rule){.route = true});
    }
    if (service->http.count == 0)
        return made;
    node *rules = put(y, spec, "http", list(y));
    for (size_t i = 0; i < service->http.count; i++)
        push(y, rules, rule_node(y, &service->http.items[i]));
    return made;
}

static node *server_node(yaml *y, const oracle_server *server, bool spoil)
{
    node *made = map(y);
    node *port = put(y, made, "port", map(y));
    put(y, port, "number", number(y, spoil ? 0 : (long long)server->port));
    put(y, port, "name", string(y, server->port_name));
    put(y, port, "protocol", string(y, server->protocol));
    put_texts(y, made, "hosts", &server->hosts);
    if (server->bind.size > 0)
        put(y, made, "bind", string(y, server->bind));
    if (!server->tls)
        return made;
    node *tls = put(y, made, "tls", map(y));
    if (server->tls_mode.data != NULL)
        put(y, tls, "mode", string(y, server->tls_mode));
    if (server->https_redirect)
        put(y, tls, "httpsRedirect", raw(y, "true"));
    if (server->tls_mode.data != NULL && text_is(server->tls_mode, "SIMPLE"))
        put(y, tls, "credentialName", string(y, text_of("cert")));
    return made;
}

static node *gateway_node(yaml *y, const oracle_gateway *gateway)
{
    y->snake = chance(y, 10);
    node *made =
        resource(y, "Gateway", gateway->namespace_, gateway->name, gateway->created_seconds);
    node *spec = put_key(y, made, text_of("spec"), map(y));
    put_labels(y, spec, "selector", &gateway->selector);
    node *servers = put(y, spec, "servers", list(y));
    for (size_t i = 0; i < gateway->servers.count; i++)
        push(y, servers,
             server_node(y, &gateway->servers.items[i], gateway->quarantined && i == 0));
    return made;
}

/* ---- text ------------------------------------------------------------------------------- */

typedef struct text_buffer {
    oracle_pool *pool;
    struct {
        char *items;
        size_t count;
    } bytes;
    size_t capacity;
} text_buffer;

static void out(text_buffer *buffer, corsac_str text)
{
    if (buffer->bytes.count + text.size > buffer->capacity) {
        buffer->capacity = 2 * (buffer->bytes.count + text.size) + 4096;
        char *larger = oracle_pool_take(buffer->pool, buffer->capacity);
        if (buffer->bytes.count > 0)
            memcpy(larger, buffer->bytes.items, buffer->bytes.count);
        buffer->bytes.items = larger;
    }
    if (text.size > 0)
        memcpy(buffer->bytes.items + buffer->bytes.count, text.data, text.size);
    buffer->bytes.count += text.size;
}

static void outs(text_buffer *buffer, const char *text)
{
    out(buffer, text_of(text));
}

static bool is_plain_safe(corsac_str text)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal_ignoring_case(text, text_of(words[i])))
            return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && (i == 0 || strchr("0123456789./_-", byte) == NULL || byte == '\0'))
            return false;
    }
    return text.size > 0;
}

static bool is_single_quotable(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || (unsigned char)text.data[i] >= 0x7F)
            return false;
    return true;
}

static void out_double_quoted(text_buffer *buffer, corsac_str text)
{
    outs(buffer, "\"");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        char escape[8];
        if (byte == '"' || byte == '\\') {
            snprintf(escape, sizeof escape, "\\%c", byte);
            outs(buffer, escape);
        } else if (byte < 0x20 || byte == 0x7F) {
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            outs(buffer, escape);
        } else {
            out(buffer, text_from(text_head(text, i + 1), i));
        }
    }
    outs(buffer, "\"");
}

static void out_string(yaml *y, text_buffer *buffer, corsac_str text, bool json)
{
    if (!json && is_plain_safe(text) && chance(y, 60)) {
        out(buffer, text);
    } else if (!json && is_single_quotable(text) && chance(y, 40)) {
        outs(buffer, "'");
        for (size_t i = 0; i < text.size; i++)
            out(buffer,
                text.data[i] == '\'' ? text_of("''") : text_from(text_head(text, i + 1), i));
        outs(buffer, "'");
    } else {
        out_double_quoted(buffer, text);
    }
}

static bool is_scalar(const node *at)
{
    return at->kind == NODE_STRING || at->kind == NODE_RAW;
}

/* D-14: a key that comes again overrules what stood there */
static bool is_repeated(yaml *y)
{
    return random_below(&y->random, 400) == 0;
}

/* json: every key quoted, so that the text is JSON as well as YAML */
static void out_flow(yaml *y, text_buffer *buffer, const node *at, bool json)
{
    if (at->kind == NODE_RAW) {
        bool boolean_word = text_is(at->text, "yes") || text_is(at->text, "off");
        out(buffer,
            json && boolean_word ? text_of(text_is(at->text, "yes") ? "true" : "false") : at->text);
        return;
    }
    if (at->kind == NODE_STRING) {
        out_string(y, buffer, at->text, json);
        return;
    }
    outs(buffer, at->kind == NODE_MAP ? "{" : "[");
    for (size_t i = 0; i < at->entries.count; i++) {
        outs(buffer, i == 0 ? "" : ", ");
        if (at->kind == NODE_MAP) {
            out_double_quoted(buffer, at->entries.items[i].key);
            outs(buffer, ": ");
            if (is_repeated(y)) {
                outs(buffer, "null, ");
                out_double_quoted(buffer, at->entries.items[i].key);
                outs(buffer, ": ");
            }
        }
        out_flow(y, buffer, at->entries.items[i].value, json);
    }
    outs(buffer, at->kind == NODE_MAP ? "}" : "]");
}

static void indent(text_buffer *buffer, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        outs(buffer, "  ");
}

static void out_block(yaml *y, text_buffer *buffer, const node *at, size_t depth);

static void out_value(yaml *y, text_buffer *buffer, const node *value, size_t depth)
{
    if (is_scalar(value) || value->entries.count == 0 || chance(y, 15)) {
        outs(buffer, " ");
        out_flow(y, buffer, value, false);
        outs(buffer, "\n");
    } else {
        outs(buffer, "\n");
        out_block(y, buffer, value, depth + 1);
    }
}

static void out_block(yaml *y, text_buffer *buffer, const node *at, size_t depth)
{
    for (size_t i = 0; i < at->entries.count; i++) {
        indent(buffer, depth);
        if (at->kind == NODE_LIST) {
            outs(buffer, "-");
        } else {
            out_string(y, buffer, at->entries.items[i].key, false);
            outs(buffer, ":");
            if (is_repeated(y)) {
                outs(buffer, " null\n");
                indent(buffer, depth);
                out_double_quoted(buffer, at->entries.items[i].key);
                outs(buffer, ":");
            }
        }
        out_value(y, buffer, at->entries.items[i].value, depth);
    }
}

static void out_document(yaml *y, text_buffer *buffer, const node *document)
{
    if (chance(y, 10))
        outs(buffer, "# a comment\n");
    if (chance(y, 20)) {
        out_flow(y, buffer, document, true);
        outs(buffer, "\n");
    } else {
        out_block(y, buffer, document, 0);
    }
}

/* D-6 */
static node *in_a_list(yaml *y, node *document, const char *kind)
{
    node *made = map(y);
    put_key(y, made, text_of("apiVersion"), string(y, text_of("v1")));
    put_key(y, made, text_of("kind"), string(y, text_of(kind)));
    push(y, put_key(y, made, text_of("items"), list(y)), document);
    return made;
}

void evaluate_write_yaml(const evaluate_set *set, oracle_pool *pool, corsac_str *files,
                         size_t file_count)
{
    yaml y = {set, pool, {.state = set->style_seed}, false};
    text_buffer *buffers = oracle_pool_take(pool, file_count * sizeof *buffers);
    for (size_t i = 0; i < file_count; i++)
        buffers[i].pool = pool;
    size_t services = set->documents.services.count;
    size_t total = services + set->documents.gateways.count;
    for (size_t i = 0; i < total; i++) {
        node *document = i < services
                             ? service_node(&y, &set->documents.services.items[i])
                             : gateway_node(&y, &set->documents.gateways.items[i - services]);
        if (chance(&y, 5))
            document = in_a_list(&y, document, "List");
        text_buffer *buffer = &buffers[random_below(&y.random, file_count)];
        outs(buffer, "---\n");
        out_document(&y, buffer, document);
    }
    for (size_t i = 0; i < file_count; i++)
        files[i] = buffers[i].bytes.count == 0
                       ? text_of("# nothing\n")
                       : (corsac_str){buffers[i].bytes.items, buffers[i].bytes.count};
}
