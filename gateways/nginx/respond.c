// SPDX-License-Identifier: Apache-2.0
// The header filter: writes what was decided on the final response of the client's request, whatever
// its status and whoever made it. It runs behind add_header's filter.
#include "module.h"

#include <string.h>

static ngx_http_output_header_filter_pt next_filter;

static bool is_named(const ngx_table_elt_t *line, const ngx_str_t *name)
{
    return line->hash != 0 && line->key.len == name->len &&
           ngx_strncasecmp(line->key.data, name->data, name->len) == 0;
}

typedef bool (*line_fn)(ngx_table_elt_t *line, void *data);

/* Calls `use` for each line of the response until it returns false. */
static void each_line(ngx_http_request_t *r, line_fn use, void *data)
{
    for (ngx_list_part_t *part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        ngx_table_elt_t *lines = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (!use(&lines[i], data))
                return;
    }
}

static ngx_int_t append(ngx_http_request_t *r, ngx_str_t name, ngx_str_t value)
{
    ngx_table_elt_t *line = ngx_list_push(&r->headers_out.headers);
    if (line == NULL)
        return NGX_ERROR;
    ngx_memzero(line, sizeof(*line)); /* later versions have more fields */
    line->hash = 1;
    line->key = name;
    line->lowcase_key = name.data;
    line->value = value;
    return NGX_OK;
}

/* ---- removing (X-12, C-12) -------------------------------------------------------------- */

/* The seven names share this beginning; most lines differ in the first byte. */
static bool strip_line(ngx_table_elt_t *line, void *data)
{
    (void)data;
    if (line->key.len < sizeof("access-control-") || (line->key.data[0] | 0x20) != 'a')
        return true;
    for (uint32_t i = 0; i < CORSAC_STRIPPED_HEADER_COUNT; i++) {
        const char *name = corsac_stripped_header_name(i);
        const ngx_str_t wanted = {strlen(name), (u_char *)(uintptr_t)name};
        if (is_named(line, &wanted))
            line->hash = 0;
    }
    return true;
}

CSN_RARE static void strip(ngx_http_request_t *r)
{
    each_line(r, strip_line, NULL);
}

/* ---- setting (C-17) --------------------------------------------------------------------- */

/* Which of the headers to set have been found on the response already. */
struct replacement {
    const csn_context *context;
    ngx_uint_t done; /* bit i: set[i] stands on a line */
};

/* The first line of a name keeps its place and takes the value; others of the name go. */
static bool replace_line(ngx_table_elt_t *line, void *data)
{
    struct replacement *replacement = data;
    const csn_context *context = replacement->context;
    for (ngx_uint_t i = 0; i < context->set_count; i++) {
        if (!is_named(line, &context->set[i].name))
            continue;
        if (replacement->done & (ngx_uint_t)1 << i) {
            line->hash = 0;
        } else {
            line->value = context->set[i].value;
            replacement->done |= (ngx_uint_t)1 << i;
        }
    }
    return true;
}

static ngx_int_t set_headers(ngx_http_request_t *r, const csn_context *context)
{
    struct replacement replacement = {context, 0};
    each_line(r, replace_line, &replacement);
    for (ngx_uint_t i = 0; i < context->set_count; i++)
        if (!(replacement.done & (ngx_uint_t)1 << i) &&
            append(r, context->set[i].name, context->set[i].value) != NGX_OK)
            return NGX_ERROR;
    return NGX_OK;
}

/* ---- Vary (X-11) ------------------------------------------------------------------------ */

static bool lists_origin(ngx_str_t value)
{
    static const char origin[] = "origin";
    const u_char *at = value.data, *end = value.data + value.len;
    while (at < end) {
        const u_char *comma = memchr(at, ',', (size_t)(end - at));
        const u_char *last = comma != NULL ? comma : end;
        while (at < last && (*at == ' ' || *at == '\t'))
            at++;
        while (last > at && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        size_t size = (size_t)(last - at);
        if ((size == 1 && *at == '*') ||
            (size == sizeof(origin) - 1 &&
             ngx_strncasecmp((u_char *)(uintptr_t)at, (u_char *)(uintptr_t)origin, size) == 0))
            return true;
        if (comma == NULL)
            return false;
        at = comma + 1;
    }
    return false;
}

static bool find_vary(ngx_table_elt_t *line, void *data)
{
    static const ngx_str_t vary = ngx_string("vary");
    bool *found = data;
    *found = is_named(line, &vary) && lists_origin(line->value);
    return !*found;
}

CSN_RARE static ngx_int_t append_vary(ngx_http_request_t *r)
{
    static const ngx_str_t name = ngx_string("vary"), value = ngx_string("Origin");
    bool found = false;
    each_line(r, find_vary, &found);
    return found ? NGX_OK : append(r, name, value);
}

/* ---- the filter ------------------------------------------------------------------------- */

/* Errors before the phases (a body too large, a refused method) are decided here. */
static csn_context *context_of(ngx_http_request_t *r)
{
    csn_context *context = csn_context_find(r);
    if (context != NULL)
        return context;
    const csn_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_corsac_module);
    if (conf->enable != CSN_ON || r->http_state < NGX_HTTP_PROCESS_REQUEST_STATE ||
        r->unparsed_uri.len == 0)
        return NULL;
    return csn_context_make(r, conf);
}

static ngx_int_t filter_headers(ngx_http_request_t *r)
{
    if (r != r->main)
        return next_filter(r);
    const csn_context *context = context_of(r);
    if (context == NULL)
        return next_filter(r);
    if (context->strip)
        strip(r);
    if (context->set_count > 0 && set_headers(r, context) != NGX_OK)
        return NGX_ERROR;
    if (context->vary && append_vary(r) != NGX_OK)
        return NGX_ERROR;
    return next_filter(r);
}

ngx_int_t csn_respond_start(ngx_conf_t *cf)
{
    (void)cf;
    next_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = filter_headers;
    return NGX_OK;
}
