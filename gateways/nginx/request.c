// SPDX-License-Identifier: Apache-2.0
// nginx's request as views for corsac_evaluate. Only lines that a client repeats are copied, once.
#include "module.h"

#include <string.h>

static corsac_str view(ngx_str_t text)
{
    return (corsac_str){(const char *)text.data, text.len};
}

static inline void set_absent(corsac_str *text)
{
    text->data = NULL;
    text->size = 0;
}

/* Present and empty is not absent, and nginx may keep an empty value as NULL. */
static corsac_str value_of(const ngx_table_elt_t *line)
{
    return (corsac_str){line->value.data ? (const char *)line->value.data : "", line->value.len};
}

#define IS_NAMED(line, name)                                                                       \
    ((line)->key.len == sizeof(name) - 1 &&                                                        \
     ngx_strncasecmp((line)->key.data, (u_char *)(uintptr_t)(name), sizeof(name) - 1) == 0)

CSN_RARE static corsac_str *joined_value_rare(corsac_request *request, const ngx_table_elt_t *line)
{
    if (IS_NAMED(line, "origin"))
        return &request->origin;
    if (IS_NAMED(line, "access-control-request-method"))
        return &request->request_method;
    if (IS_NAMED(line, "access-control-request-headers"))
        return &request->request_headers;
    return NULL;
}

/*
 * Headers that arrive as several lines and are one value for Corsac (C-5); NULL for others. Most lines
 * are told by the length of their names. A module that adds a line may leave out the lower case.
 */
static inline corsac_str *joined_value(corsac_request *request, const ngx_table_elt_t *line)
{
    static const char origin[] = "origin";
    size_t size = line->key.len;
    if (size == sizeof(origin) - 1 && line->lowcase_key != NULL)
        return memcmp(line->lowcase_key, origin, sizeof(origin) - 1) == 0 ? &request->origin : NULL;
    if (size != sizeof(origin) - 1 && size != sizeof("access-control-request-method") - 1 &&
        size != sizeof("access-control-request-headers") - 1)
        return NULL;
    return joined_value_rare(request, line);
}

/* C-5: an empty later value adds nothing; a comma only after something. Linear in the lines. */
CSN_RARE static ngx_int_t join(ngx_http_request_t *r, corsac_request *request, corsac_str *value)
{
    size_t room = 0, size = 0;
    char *text = NULL;
    for (int pass = 0; pass < 2; pass++) {
        ngx_list_part_t *part = &r->headers_in.headers.part;
        for (; part != NULL; part = part->next) {
            ngx_table_elt_t *lines = part->elts;
            for (ngx_uint_t i = 0; i < part->nelts; i++) {
                if (joined_value(request, &lines[i]) != value)
                    continue;
                corsac_str more = value_of(&lines[i]);
                room += more.size + 1;
                if (text == NULL || more.size == 0)
                    continue;
                if (size > 0)
                    text[size++] = ',';
                memcpy(text + size, more.data, more.size);
                size += more.size;
            }
        }
        if (pass == 0 && (text = ngx_pnalloc(r->pool, room)) == NULL)
            return NGX_ERROR;
    }
    *value = (corsac_str){text, size};
    return NGX_OK;
}

CSN_RARE static ngx_int_t join_all(ngx_http_request_t *r, corsac_request *request)
{
    corsac_str *const values[] = {&request->origin, &request->request_method,
                                  &request->request_headers};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (values[i]->data != NULL && join(r, request, values[i]) != NGX_OK)
            return NGX_ERROR;
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

/* What the request has fields for, and the other lines if `headers` has room for them. */
static inline ngx_int_t read_lines(ngx_http_request_t *r, corsac_request *request,
                                   corsac_header *headers)
{
    uint32_t count = 0;
    bool repeated = false;
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        ngx_table_elt_t *lines = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            corsac_str *value = joined_value(request, &lines[i]);
            if (value != NULL) {
                repeated |= value->data != NULL;
                *value = value_of(&lines[i]);
            } else if (headers != NULL) {
                headers[count++] = (corsac_header){view(lines[i].key), value_of(&lines[i])};
            }
        }
    }
    request->headers = headers;
    request->header_count = count;
    return repeated ? join_all(r, request) : NGX_OK;
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
    corsac_request *request = &out->request;
    corsac_header *headers = NULL;
    if (binding->policy->needs_lines && (headers = room_for_lines(r, out)) == NULL)
        return NGX_ERROR;
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
    set_absent(&request->origin);
    set_absent(&request->request_method);
    set_absent(&request->request_headers);
    return read_lines(r, request, headers);
}
