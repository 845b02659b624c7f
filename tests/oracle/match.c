// SPDX-License-Identifier: Apache-2.0
// Chapter M: does one match block accept one request.
#include "oracle/internal.h"

/* the bytes that no HTTP field value can hold */
bool oracle_representable(corsac_str value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F)
            return false;
    }
    return true;
}

/* M-1. No member set is presence (M-10). */
bool oracle_text_matches(const oracle *instance, const oracle_match *match, corsac_str value)
{
    switch (match->kind) {
    case ORACLE_MATCH_NONE:
        return true;
    case ORACLE_MATCH_EXACT:
        return text_equal(match->value, value);
    case ORACLE_MATCH_PREFIX:
        return text_starts_with(value, match->value);
    case ORACLE_MATCH_REGEX:
        return oracle_regex_full_match(match->value, value,
                                       instance->parameters->options.regex_utf8);
    }
    return false;
}

/* ---- path and query --------------------------------------------------------------------- */

/* M-8: the fragment is stripped before anything looks at the path. */
static corsac_str without_fragment(corsac_str path)
{
    const char *hash = path.size == 0 ? NULL : memchr(path.data, '#', path.size);
    return hash == NULL ? path : text_head(path, (size_t)(hash - path.data));
}

/* M-3 */
static corsac_str path_proper(corsac_str path)
{
    path = without_fragment(path);
    const char *mark = path.size == 0 ? NULL : memchr(path.data, '?', path.size);
    return mark == NULL ? path : text_head(path, (size_t)(mark - path.data));
}

/* M-2, M-5 */
static bool uri_matches(oracle *instance, const oracle_block *block, corsac_str path)
{
    if (path.data == NULL) /* */
        return false;
    path = path_proper(path);
    if (!oracle_representable(path)) /* */
        return false;
    if (!block->uri.present || block->uri.kind == ORACLE_MATCH_NONE)
        return text_starts_with(path, text_of("/"));
    if (!block->ignore_uri_case || block->uri.kind == ORACLE_MATCH_REGEX)
        return oracle_text_matches(instance, &block->uri, path);
    oracle_match folded = block->uri;
    folded.value = text_lower(&instance->scratch, folded.value);
    return oracle_text_matches(instance, &folded, text_lower(&instance->scratch, path));
}

/* M-14: the first value of a key; absent if the key is not there. */
static corsac_str query_value(corsac_str path, corsac_str key)
{
    path = without_fragment(path);
    const char *mark = path.size == 0 ? NULL : memchr(path.data, '?', path.size);
    if (mark == NULL)
        return (corsac_str){0};
    corsac_str rest = text_from(path, (size_t)(mark - path.data) + 1);
    while (rest.size > 0) {
        const char *ampersand = memchr(rest.data, '&', rest.size);
        size_t end = ampersand == NULL ? rest.size : (size_t)(ampersand - rest.data);
        corsac_str part = text_head(rest, end);
        const char *equals = end == 0 ? NULL : memchr(part.data, '=', part.size);
        size_t key_end = equals == NULL ? end : (size_t)(equals - part.data);
        if (text_equal(text_head(part, key_end), key))
            return equals == NULL ? (corsac_str){part.data + end, 0} : text_from(part, key_end + 1);
        rest = ampersand == NULL ? (corsac_str){0} : text_from(rest, end + 1);
    }
    return (corsac_str){0};
}

static bool query_matches(const oracle *instance, const oracle_match *match, corsac_str path,
                          corsac_str key)
{
    corsac_str value = query_value(path, key);
    return value.data != NULL && oracle_representable(value) &&
           oracle_text_matches(instance, match, value);
}

/* ---- headers ---------------------------------------------------------------------------- */

/* C-5 */
corsac_str oracle_joined_header(oracle_pool *pool, const oracle_lines *lines, const char *name)
{
    corsac_str joined = {0};
    for (size_t i = 0; i < lines->count; i++) {
        if (!text_equal_ignoring_case(lines->items[i].name, text_of(name)))
            continue;
        corsac_str value = lines->items[i].value;
        if (joined.data == NULL || joined.size == 0)
            joined = value;
        else if (value.size > 0) /* C-5: an empty later value adds nothing */
            joined = text_comma_joined(pool, joined, value);
    }
    return joined;
}

static corsac_str all_values_joined(oracle_pool *pool, const oracle_lines *lines, corsac_str name)
{
    corsac_str joined = {0};
    for (size_t i = 0; i < lines->count; i++) {
        if (!text_equal_ignoring_case(lines->items[i].name, name))
            continue;
        corsac_str value = lines->items[i].value;
        joined = joined.data == NULL ? value : text_comma_joined(pool, joined, value);
    }
    return joined;
}

/* M-12: fields that Envoy stores once are joined on arrival, whatever M-11 says. The list is what
   Envoy 1.39.3 was seen to join (tests/conformance/k20_findings.md). */
static const char *stored_once(corsac_str name)
{
    static const char *const names[] = {"accept",
                                        "accept-encoding",
                                        "access-control-request-headers",
                                        "access-control-request-method",
                                        "access-control-request-private-network",
                                        "authorization",
                                        "cache-control",
                                        "content-encoding",
                                        "content-type",
                                        "expect",
                                        "grpc-accept-encoding",
                                        "grpc-timeout",
                                        "if-match",
                                        "if-modified-since",
                                        "if-none-match",
                                        "if-range",
                                        "if-unmodified-since",
                                        "origin",
                                        "pragma",
                                        "referer",
                                        "user-agent",
                                        "via",
                                        "x-client-trace-id",
                                        "x-envoy-attempt-count",
                                        "x-envoy-is-timeout-retry",
                                        "x-envoy-upstream-stream-duration-ms",
                                        "x-forwarded-host",
                                        "x-forwarded-port"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal_ignoring_case(name, text_of(names[i])))
            return names[i];
    return NULL;
}

static corsac_str or_default(corsac_str value, const char *fallback)
{
    return value.data != NULL ? value : text_of(fallback);
}

/* The values that a condition on @p name is tested against (M-9 to M-12). */
static oracle_texts header_values(oracle *instance, const oracle_request *request, corsac_str name)
{
    oracle_pool *pool = &instance->scratch;
    oracle_texts values = {0};
    corsac_str single = {0};
    if (text_is(name, ":method"))
        single = or_default(request->method, "GET");
    else if (text_is(name, ":scheme"))
        single = or_default(request->scheme, "http");
    else if (text_is(name, ":authority"))
        single = request->authority;
    else if (text_is(name, ":path"))
        single = without_fragment(request->path);
    else if (stored_once(name) != NULL)
        single = oracle_joined_header(pool, &request->headers, stored_once(name));
    else if (instance->parameters->options.header_match_joined)
        single = all_values_joined(pool, &request->headers, name);
    else
        for (size_t i = 0; i < request->headers.count; i++)
            if (text_equal_ignoring_case(request->headers.items[i].name, name))
                *(corsac_str *)ORACLE_APPEND(pool, &values) = request->headers.items[i].value;
    if (single.data != NULL)
        *(corsac_str *)ORACLE_APPEND(pool, &values) = single;
    return values;
}

/* M-10, M-11: present, and one of the values matches */
static bool header_matches(const oracle *instance, const oracle_match *match,
                           const oracle_texts *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (oracle_representable(values->items[i]) &&
            oracle_text_matches(instance, match, values->items[i]))
            return true;
    return false;
}

/* M-13, M-15 */
static bool header_is_without(const oracle *instance, const oracle_match *match,
                              const oracle_texts *values)
{
    bool presence = match->kind == ORACLE_MATCH_NONE ||
                    (match->kind == ORACLE_MATCH_REGEX && text_is(match->value, "*"));
    for (size_t i = 0; i < values->count; i++)
        if (!oracle_representable(values->items[i])) /* inverted ones included */
            return false;
    if (values->count == 0)
        return presence || !oracle_text_matches(instance, match, text_of(""));
    return !presence && !header_matches(instance, match, values);
}

/* ---- M-18: claims ----------------------------------------------------------------------- */

#define CLAIM_PREFIX "@request.auth.claims"

static bool is_claim_key(corsac_str key)
{
    corsac_str prefix = text_of(CLAIM_PREFIX);
    return key.size > prefix.size + 1 &&
           text_equal_ignoring_case(text_head(key, prefix.size), prefix) &&
           (key.data[prefix.size] == '.' || key.data[prefix.size] == '[');
}

/* The path of a claim key, its segments joined by one zero byte. */
static corsac_str claim_path(oracle_pool *pool, corsac_str key)
{
    corsac_str rest = text_from(key, sizeof CLAIM_PREFIX - 1);
    char *path = oracle_pool_take(pool, rest.size + 1);
    size_t size = 0;
    if (rest.data[0] == '.') {
        for (size_t i = 1; i < rest.size; i++)
            path[size++] = rest.data[i] == '.' ? '\0' : rest.data[i];
        return (corsac_str){path, size};
    }
    for (size_t i = 1; i + 1 < rest.size; i++) {
        if (rest.data[i] == ']' && rest.data[i + 1] == '[' && i + 2 < rest.size) {
            path[size++] = '\0';
            i++;
        } else {
            path[size++] = rest.data[i];
        }
    }
    return (corsac_str){path, size};
}

static bool claim_matches(oracle *instance, const oracle_keyed_match *condition,
                          const oracle_request *request)
{
    corsac_str path = claim_path(&instance->scratch, condition->key);
    for (size_t i = 0; i < request->claims.count; i++)
        if (text_equal(request->claims.items[i].name, path) &&
            oracle_text_matches(instance, &condition->match, request->claims.items[i].value))
            return true;
    return false;
}

static bool any_claim(const oracle_keyed_matches *conditions)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (is_claim_key(conditions->items[i].key))
            return true;
    return false;
}

bool oracle_block_has_claims(const oracle_block *block)
{
    return any_claim(&block->headers) || any_claim(&block->without_headers);
}

/* ---- M-17: all of them ------------------------------------------------------------------ */

static bool pseudo_matches(oracle *instance, const oracle_match *match, const char *name,
                           const oracle_request *request)
{
    if (!match->present)
        return true;
    oracle_texts values = header_values(instance, request, text_of(name));
    return header_matches(instance, match, &values);
}

static bool headers_match(oracle *instance, const oracle_block *block,
                          const oracle_request *request)
{
    for (size_t i = 0; i < block->headers.count; i++) {
        const oracle_keyed_match *condition = &block->headers.items[i];
        if (is_claim_key(condition->key)) {
            if (!claim_matches(instance, condition, request))
                return false;
            continue;
        }
        oracle_texts values = header_values(instance, request, condition->key);
        if (!header_matches(instance, &condition->match, &values))
            return false;
    }
    for (size_t i = 0; i < block->without_headers.count; i++) {
        const oracle_keyed_match *condition = &block->without_headers.items[i];
        if (is_claim_key(condition->key)) {
            if (claim_matches(instance, condition, request))
                return false;
            continue;
        }
        oracle_texts values = header_values(instance, request, condition->key);
        if (!header_is_without(instance, &condition->match, &values))
            return false;
    }
    return true;
}

bool oracle_block_matches(oracle *instance, const oracle_block *block,
                          const oracle_request *request)
{
    if (!uri_matches(instance, block, request->path) ||
        !pseudo_matches(instance, &block->method, ":method", request) ||
        !pseudo_matches(instance, &block->authority, ":authority", request) ||
        !pseudo_matches(instance, &block->scheme, ":scheme", request) ||
        !headers_match(instance, block, request))
        return false;
    for (size_t i = 0; i < block->query_params.count; i++)
        if (!query_matches(instance, &block->query_params.items[i].match, request->path,
                           block->query_params.items[i].key))
            return false;
    return true;
}
