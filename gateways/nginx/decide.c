// SPDX-License-Identifier: Apache-2.0
// One decision per client request (C-25), taken when the request comes, before authentication and
// before `return`; and the answers that the gateway gives itself.
#include "module.h"

#include <string.h>

/* ---- what is kept of a decision --------------------------------------------------------- */

static const csn_context off_context = {.off = true};

/* Views into the image end with the next decision of this worker; those into the request do not. */
static bool is_of_request(corsac_str text, const corsac_request *request)
{
    return text.data == request->origin.data || text.data == request->request_method.data ||
           text.data == request->request_headers.data;
}

static ngx_int_t keep_text(ngx_http_request_t *r, ngx_str_t *out, corsac_str text)
{
    u_char *room = ngx_pnalloc(r->pool, text.size + 1); /* + 1: an empty text is no failure */
    if (room == NULL)
        return NGX_ERROR;
    *out = (ngx_str_t){text.size, room};
    ngx_memcpy(room, text.data, text.size);
    return NGX_OK;
}

/* The headers and their texts stand behind the context, in one piece of memory. */
static csn_context *context_new(ngx_http_request_t *r, const corsac_decision *decision,
                                const corsac_request *request)
{
    size_t size = sizeof(csn_context) + decision->set_count * sizeof(ngx_table_elt_t);
    for (uint32_t i = 0; i < decision->set_count; i++)
        size += decision->set[i].value.size;
    csn_context *context = ngx_palloc(r->pool, size);
    if (context == NULL)
        return NULL;
    u_char *room = (u_char *)&context->set[decision->set_count];
    for (uint32_t i = 0; i < decision->set_count; i++) {
        const corsac_header *from = &decision->set[i];
        u_char *name = (u_char *)(uintptr_t)from->name.data; /* static in the engine, lower case */
        ngx_table_elt_t *to = &context->set[i];
        *to = (ngx_table_elt_t){.hash = 1,
                                .key = {from->name.size, name},
                                .value = {from->value.size, (u_char *)(uintptr_t)from->value.data},
                                .lowcase_key = name};
        if (from->value.size > 0 && !is_of_request(from->value, request)) {
            to->value.data = room;
            room = ngx_cpymem(room, from->value.data, from->value.size);
        }
    }
    context->outcome = decision->outcome;
    context->reason = decision->reason;
    context->set_count = decision->set_count;
    context->off = false;
    ngx_str_null(&context->route);
    ngx_str_null(&context->matched);
    return context;
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
CSN_RARE static void undecided(ngx_http_request_t *r, csn_context *context, csn_policy *policy,
                               corsac_status status, const corsac_request *request)
{
    const csn_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    if (policy->reader == NULL) /* no memory for it when the worker began */
        (void)corsac_reader_new(&policy->reader, policy->engine);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "corsac: undecided: %s",
                  corsac_status_name(status));
    if (conf->on_error == CSN_ON_ERROR_PASS)
        return;
    context->strip = true;
    if (request->origin.size > 0)
        context->reply_status = NGX_HTTP_FORBIDDEN;
}

const csn_context *csn_context_make(ngx_http_request_t *r, const csn_location_conf *conf)
{
    csn_request request; /* not cleared: read() fills what is used */
    corsac_decision decision;
    csn_policy *policy = conf->binding->policy;
    if (csn_request_read(r, conf->binding, &request) != NGX_OK)
        return NULL;
    corsac_status status = corsac_evaluate(&decision, policy->reader, &request.request);
    if (policy->counts != NULL)
        ngx_atomic_fetch_add(&policy->counts->outcomes[decision.outcome], 1);
    csn_context *context = context_new(r, &decision, &request.request);
    if (context == NULL)
        return NULL;
    apply_extras(context, &decision, conf);
    const csn_main_conf *main_conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    if (status != CORSAC_OK)
        undecided(r, context, policy, status, &request.request);
    else if ((main_conf->wants_route || main_conf->wants_matched) &&
             keep_sources(r, context, &decision, &request.request, policy->reader) != NGX_OK)
        return NULL;
    *csn_context_place(r) = context;
    return context;
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

static inline ngx_int_t decide_here(ngx_http_request_t *r, const csn_location_conf *conf)
{
    const csn_context **place = csn_context_place(r);
    if (*place != NULL)
        return NGX_DECLINED;
    if (conf->enable == CSN_OFF) {
        *place = &off_context;
        return NGX_DECLINED;
    }
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
