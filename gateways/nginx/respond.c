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

/* Room for one line more; ngx_list_push() with a call for what is rare only. */
static inline ngx_table_elt_t *push(ngx_list_t *list)
{
    ngx_list_part_t *last = list->last;
    if (last->nelts == list->nalloc)
        return ngx_list_push(list);
    return (ngx_table_elt_t *)last->elts + last->nelts++;
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
        if (!is_named(line, &context->set[i].key))
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
    for (ngx_uint_t i = 0; i < context->set_count; i++) {
        if (replacement.done & (ngx_uint_t)1 << i)
            continue;
        ngx_table_elt_t *line = push(&r->headers_out.headers);
        if (line == NULL)
            return NGX_ERROR;
        *line = context->set[i];
    }
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
    static u_char name[] = "vary";
    bool found = false;
    each_line(r, find_vary, &found);
    ngx_table_elt_t *line = found ? NULL : push(&r->headers_out.headers);
    if (line != NULL)
        *line = (ngx_table_elt_t){.hash = 1,
                                  .key = {sizeof(name) - 1, name},
                                  .value = ngx_string("Origin"),
                                  .lowcase_key = name};
    return found || line != NULL ? NGX_OK : NGX_ERROR;
}

/* ---- the filter ------------------------------------------------------------------------- */

/* Errors before the phases (a body too large, a refused method) are decided here. */
CSN_RARE static const csn_context *decide_late(ngx_http_request_t *r)
{
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
    const csn_context *context = *csn_context_place(r);
    if (context == NULL)
        context = decide_late(r);
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
