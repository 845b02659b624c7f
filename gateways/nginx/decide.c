// SPDX-License-Identifier: Apache-2.0
// One decision per client request (C-25), taken when the request comes, before authentication and
// before `return`; and the answers that the gateway gives itself.
#include "module.h"

#include <string.h>

/* ---- the decision's home ---------------------------------------------------------------- */

/* Marks the context in the list of cleanups: internal redirects forget module contexts. */
static void context_mark(void *data)
{
    (void)data;
}

csn_context *csn_context_find(ngx_http_request_t *r)
{
    ngx_http_request_t *main = r->main;
    csn_context *context = ngx_http_get_module_ctx(main, ngx_http_corsac_module);
    if (context != NULL || !(main->internal || main->filter_finalize))
        return context;
    for (ngx_pool_cleanup_t *item = main->pool->cleanup; item != NULL; item = item->next) {
        if (item->handler == context_mark) {
            ngx_http_set_ctx(main, item->data, ngx_http_corsac_module);
            return item->data;
        }
    }
    return NULL;
}

/* The same for all requests: nothing is written to it. */
static csn_context off_context = {.off = true};

static ngx_int_t context_off(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *item = ngx_pool_cleanup_add(r->pool, 0);
    if (item == NULL)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    item->handler = context_mark;
    item->data = &off_context;
    ngx_http_set_ctx(r, &off_context, ngx_http_corsac_module);
    return NGX_DECLINED;
}

static csn_context *context_new(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *item = ngx_pool_cleanup_add(r->pool, sizeof(csn_context));
    if (item == NULL)
        return NULL;
    csn_context *context = item->data;
    ngx_memzero(context, offsetof(csn_context, set));
    context->route = context->matched = (ngx_str_t)ngx_null_string;
    item->handler = context_mark;
    ngx_http_set_ctx(r, context, ngx_http_corsac_module);
    return context;
}

/* ---- what is kept of a decision --------------------------------------------------------- */

/* Views into the image end with the next decision of this worker; those into the request do not. */
static bool is_of_request(corsac_str text, const corsac_request *request)
{
    return text.data == request->origin.data || text.data == request->request_method.data ||
           text.data == request->request_headers.data;
}

static u_char *copy_text(ngx_str_t *out, u_char *room, corsac_str text)
{
    *out = (ngx_str_t){text.size, room};
    return ngx_cpymem(room, text.data, text.size);
}

static ngx_int_t keep_text(ngx_http_request_t *r, ngx_str_t *out, corsac_str text)
{
    u_char *room = ngx_pnalloc(r->pool, text.size + 1); /* + 1: an empty text is no failure */
    if (room == NULL)
        return NGX_ERROR;
    copy_text(out, room, text);
    return NGX_OK;
}

static ngx_int_t keep_headers(ngx_http_request_t *r, csn_context *context,
                              const corsac_decision *decision, const corsac_request *request)
{
    size_t size = 0;
    for (uint32_t i = 0; i < decision->set_count; i++)
        if (!is_of_request(decision->set[i].value, request))
            size += decision->set[i].value.size;
    u_char *room = size > 0 ? ngx_pnalloc(r->pool, size) : NULL;
    if (size > 0 && room == NULL)
        return NGX_ERROR;
    for (uint32_t i = 0; i < decision->set_count; i++) {
        const corsac_header *from = &decision->set[i];
        csn_header *to = &context->set[i];
        /* names are static in the engine */
        to->name = (ngx_str_t){from->name.size, (u_char *)(uintptr_t)from->name.data};
        if (from->value.size == 0 || is_of_request(from->value, request))
            to->value = (ngx_str_t){from->value.size, (u_char *)(uintptr_t)from->value.data};
        else
            room = copy_text(&to->value, room, from->value);
    }
    context->set_count = decision->set_count;
    return NGX_OK;
}

CSN_RARE static ngx_int_t keep_sources(ngx_http_request_t *r, csn_context *context,
                                       const corsac_decision *decision,
                                       const corsac_request *request, corsac_reader *reader)
{
    const csn_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    corsac_route_info route;
    char text[256];
    corsac_str matched;
    if (conf->wants_route && decision->route != CORSAC_NONE &&
        corsac_image_route(corsac_reader_image(reader), decision->route, &route) == CORSAC_OK &&
        keep_text(r, &context->route, route.route) != NGX_OK)
        return NGX_ERROR;
    if (conf->wants_matched && decision->policy != CORSAC_NONE &&
        corsac_decision_matched(reader, decision, request->origin, text, sizeof(text), &matched) ==
            CORSAC_OK &&
        matched.data != NULL && keep_text(r, &context->matched, matched) != NGX_OK)
        return NGX_ERROR;
    return NGX_OK;
}

static void apply_extras(csn_context *context, const corsac_decision *decision,
                         const csn_location_conf *conf)
{
    bool refused = decision->outcome == CORSAC_OUTCOME_DENIED ||
                   decision->outcome == CORSAC_OUTCOME_PREFLIGHT_FORWARDED;
    context->vary = decision->append_vary || (conf->vary && decision->policy != CORSAC_NONE);
    context->strip = decision->strip_count > 0 || (conf->strip_denied && refused) ||
                     decision->reply_status != 0; /* C-12: nothing else is in the reply */
    context->reply_status = decision->reply_status;
    if (conf->preflight_204 && context->reply_status == NGX_HTTP_OK)
        context->reply_status = NGX_HTTP_NO_CONTENT;
}

/* No image, or a request that it could not answer. A doubt denies, unless `pass` was asked for. */
CSN_RARE static void undecided(ngx_http_request_t *r, csn_context *context, corsac_status status,
                               const corsac_request *request)
{
    const csn_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "corsac: undecided: %s",
                  corsac_status_name(status));
    if (conf->on_error == CSN_ON_ERROR_PASS)
        return;
    context->strip = true;
    if (request->origin.size > 0)
        context->reply_status = NGX_HTTP_FORBIDDEN;
}

static corsac_reader *reader_of(csn_policy *policy)
{
    if (policy->reader == NULL && policy->engine != NULL)
        (void)corsac_reader_new(&policy->reader, policy->engine);
    return policy->reader;
}

static ngx_int_t decide(ngx_http_request_t *r, csn_context *context, const csn_location_conf *conf)
{
    csn_request request; /* not cleared: read() fills what is used */
    corsac_decision decision;
    csn_policy *policy = conf->binding->policy;
    if (csn_request_read(r, conf->binding, &request) != NGX_OK)
        return NGX_ERROR;
    corsac_reader *reader = reader_of(policy);
    corsac_status status =
        reader != NULL ? corsac_evaluate(&decision, reader, &request.request) : CORSAC_E_NO_IMAGE;
    csn_counters_add(policy, &decision, status != CORSAC_OK);
    if (status != CORSAC_OK) {
        undecided(r, context, status, &request.request);
        return NGX_OK;
    }
    context->outcome = decision.outcome;
    context->reason = decision.reason;
    apply_extras(context, &decision, conf);
    if (keep_headers(r, context, &decision, &request.request) != NGX_OK)
        return NGX_ERROR;
    const csn_main_conf *main_conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    if (!main_conf->wants_route && !main_conf->wants_matched)
        return NGX_OK;
    return keep_sources(r, context, &decision, &request.request, reader);
}

csn_context *csn_context_make(ngx_http_request_t *r, const csn_location_conf *conf)
{
    csn_context *context = context_new(r);
    return context != NULL && decide(r, context, conf) == NGX_OK ? context : NULL;
}

/* ---- phases ----------------------------------------------------------------------------- */

/* The filter adds the headers, here as on every other response. */
static ngx_int_t reply(ngx_http_request_t *r, const csn_context *context)
{
    if (context->reply_status == NGX_HTTP_FORBIDDEN)
        return NGX_HTTP_FORBIDDEN;
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK)
        return rc;
    r->headers_out.status = context->reply_status;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;
    return ngx_http_send_header(r);
}

static ngx_int_t decide_here(ngx_http_request_t *r, const csn_location_conf *conf)
{
    if (csn_context_find(r) != NULL)
        return NGX_DECLINED;
    if (conf->enable == CSN_OFF)
        return context_off(r);
    const csn_context *context = csn_context_make(r, conf);
    if (context == NULL)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    return context->reply_status != 0 ? reply(r, context) : NGX_DECLINED;
}

ngx_int_t csn_decide_server(ngx_http_request_t *r)
{
    const csn_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_corsac_module);
    if (conf->enable != CSN_ON || conf->overridden || r != r->main)
        return NGX_DECLINED;
    return decide_here(r, conf);
}

ngx_int_t csn_decide_location(ngx_http_request_t *r)
{
    const csn_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_corsac_module);
    if (conf->enable == CSN_UNSAID || r != r->main)
        return NGX_DECLINED;
    return decide_here(r, conf);
}
