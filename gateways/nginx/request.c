// SPDX-License-Identifier: Apache-2.0
// nginx's request as views for corsac_evaluate. Only lines that a client repeats are copied, once.
#include "module.h"

#include <string.h>

/* Headers that arrive as several lines and are one value for Corsac (C-5). */
enum { JOINED_ORIGIN, JOINED_METHOD, JOINED_HEADERS, JOINED_COUNT, NOT_JOINED = JOINED_COUNT };

struct joined {
    corsac_str value;
    ngx_uint_t lines;
};

static corsac_str view(ngx_str_t text)
{
    return (corsac_str){(const char *)text.data, text.len};
}

/* Present and empty is not absent, and nginx may keep an empty value as NULL. */
static corsac_str value_of(const ngx_table_elt_t *line)
{
    return (corsac_str){line->value.data ? (const char *)line->value.data : "", line->value.len};
}

#define IS_NAMED(line, name)                                                                       \
    ((line)->key.len == sizeof(name) - 1 && has_bytes(line, name, sizeof(name) - 1))

/* A module that adds a line may leave out the lower case. */
static inline bool has_bytes(const ngx_table_elt_t *line, const char *name, size_t size)
{
    return line->lowcase_key != NULL
               ? memcmp(line->lowcase_key, name, size) == 0
               : ngx_strncasecmp(line->key.data, (u_char *)(uintptr_t)name, size) == 0;
}

static inline ngx_uint_t joined_index(const ngx_table_elt_t *line)
{
    if (IS_NAMED(line, "origin"))
        return JOINED_ORIGIN;
    if (IS_NAMED(line, "access-control-request-method"))
        return JOINED_METHOD;
    if (IS_NAMED(line, "access-control-request-headers"))
        return JOINED_HEADERS;
    return NOT_JOINED;
}

/* C-5: an empty later value adds nothing; a comma only after something. Linear in the lines. */
CSN_RARE static ngx_int_t join(ngx_http_request_t *r, struct joined *joined, ngx_uint_t index)
{
    size_t room = 0, size = 0;
    char *text = NULL;
    for (int pass = 0; pass < 2; pass++) {
        ngx_list_part_t *part = &r->headers_in.headers.part;
        for (; part != NULL; part = part->next) {
            ngx_table_elt_t *lines = part->elts;
            for (ngx_uint_t i = 0; i < part->nelts; i++) {
                if (joined_index(&lines[i]) != index)
                    continue;
                corsac_str value = value_of(&lines[i]);
                room += value.size + 1;
                if (text == NULL || value.size == 0)
                    continue;
                if (size > 0)
                    text[size++] = ',';
                memcpy(text + size, value.data, value.size);
                size += value.size;
            }
        }
        if (pass == 0 && (text = ngx_pnalloc(r->pool, room)) == NULL)
            return NGX_ERROR;
    }
    joined[index].value = (corsac_str){text, size};
    return NGX_OK;
}

static corsac_header *room_for_lines(ngx_http_request_t *r, csn_request *out)
{
    ngx_uint_t count = 0;
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next)
        count += part->nelts;
    if (count <= sizeof(out->lines) / sizeof(out->lines[0]))
        return out->lines;
    return ngx_palloc(r->pool, count * sizeof(corsac_header));
}

static ngx_int_t read_lines(ngx_http_request_t *r, csn_request *out, struct joined *joined)
{
    ngx_uint_t count = 0;
    corsac_header *headers = room_for_lines(r, out);
    if (headers == NULL)
        return NGX_ERROR;
    ngx_list_part_t *part = &r->headers_in.headers.part;
    for (; part != NULL; part = part->next) {
        ngx_table_elt_t *lines = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            ngx_uint_t index = joined_index(&lines[i]);
            if (index == NOT_JOINED)
                headers[count++] = (corsac_header){view(lines[i].key), value_of(&lines[i])};
            else if (joined[index].lines++ == 0)
                joined[index].value = value_of(&lines[i]);
        }
    }
    for (ngx_uint_t i = 0; i < JOINED_COUNT; i++)
        if (joined[i].lines > 1 && join(r, joined, i) != NGX_OK)
            return NGX_ERROR;
    out->request.headers = headers;
    out->request.header_count = (uint32_t)count;
    return NGX_OK;
}

/* ---- the request line and the connection ------------------------------------------------ */

/* Like Envoy: the target's own authority beats the Host line. */
static corsac_str authority_of(const ngx_http_request_t *r)
{
    if (r->http_version < NGX_HTTP_VERSION_20 && r->host_start != NULL && r->host_end != NULL) {
        const u_char *end =
            r->port_end != NULL && r->port_end > r->host_end ? r->port_end : r->host_end;
        return (corsac_str){(const char *)r->host_start, (size_t)(end - r->host_start)};
    }
    return r->headers_in.host != NULL ? value_of(r->headers_in.host) : (corsac_str){NULL, 0};
}

/* The client's: an error page has turned nginx's into GET. */
static corsac_str method_of(const ngx_http_request_t *r)
{
    if (!r->internal)
        return view(r->method_name);
    const u_char *end = memchr(r->request_line.data, ' ', r->request_line.len);
    size_t size = end != NULL ? (size_t)(end - r->request_line.data) : 0;
    return (corsac_str){(const char *)r->request_line.data, size};
}

static corsac_str sni_of(const ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL && defined SSL_CTRL_SET_TLSEXT_HOSTNAME)
    if (r->http_connection->ssl_servername != NULL)
        return view(*r->http_connection->ssl_servername);
#endif
    (void)r;
    return (corsac_str){NULL, 0};
}

static corsac_str scheme_of(const ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)
    if (r->connection->ssl != NULL)
        return (corsac_str){"https", sizeof("https") - 1};
#endif
    (void)r;
    return (corsac_str){"http", sizeof("http") - 1};
}

ngx_int_t csn_request_read(ngx_http_request_t *r, const csn_binding *binding, csn_request *out)
{
    struct joined joined[JOINED_COUNT] = {{{NULL, 0}, 0}};
    if (read_lines(r, out, joined) != NGX_OK)
        return NGX_ERROR;
    corsac_request *request = &out->request;
    request->struct_size = sizeof(*request);
    request->gateway = binding->gateway.len > 0 ? view(binding->gateway) : (corsac_str){NULL, 0};
    request->port = (uint32_t)binding->port;
    request->claims = NULL;
    request->claim_count = 0;
    request->reserved = 0;
    request->scheme = scheme_of(r);
    request->method = method_of(r);
    request->authority = authority_of(r);
    request->path = view(r->unparsed_uri);
    request->sni = sni_of(r);
    request->origin = joined[JOINED_ORIGIN].value;
    request->request_method = joined[JOINED_METHOD].value;
    request->request_headers = joined[JOINED_HEADERS].value;
    return NGX_OK;
}
