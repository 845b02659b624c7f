// SPDX-License-Identifier: Apache-2.0
// $corsac_outcome, $corsac_reason, $corsac_route, $corsac_matched: for log formats and conditions.
#include "module.h"

#include <string.h>

enum variable { VARIABLE_OUTCOME, VARIABLE_REASON, VARIABLE_ROUTE, VARIABLE_MATCHED };

static const ngx_str_t names[] = {
    [VARIABLE_OUTCOME] = ngx_string("corsac_outcome"),
    [VARIABLE_REASON] = ngx_string("corsac_reason"),
    [VARIABLE_ROUTE] = ngx_string("corsac_route"),
    [VARIABLE_MATCHED] = ngx_string("corsac_matched"),
};

enum { VARIABLE_COUNT = sizeof(names) / sizeof(names[0]) };

static ngx_str_t text_of(const csn_context *context, uintptr_t which)
{
    const char *name;
    switch (which) {
    case VARIABLE_OUTCOME:
        name = context->outcome != CORSAC_OUTCOME_NONE
                   ? corsac_outcome_name((corsac_outcome)context->outcome)
                   : "undecided";
        return (ngx_str_t){strlen(name), (u_char *)(uintptr_t)name};
    case VARIABLE_REASON:
        name = context->reason != CORSAC_REASON_NONE
                   ? corsac_reason_name((corsac_reason)context->reason)
                   : "";
        return (ngx_str_t){strlen(name), (u_char *)(uintptr_t)name};
    case VARIABLE_ROUTE:
        return context->route;
    default:
        return context->matched;
    }
}

static ngx_int_t get(ngx_http_request_t *r, ngx_http_variable_value_t *out, uintptr_t which)
{
    const csn_context *context = *csn_context_place(r);
    ngx_str_t text =
        context != NULL && !context->off ? text_of(context, which) : (ngx_str_t)ngx_null_string;
    out->valid = text.len > 0;
    out->not_found = text.len == 0; /* a log shows "-" */
    out->no_cacheable = 1;          /* asked before the decision it would stay empty */
    out->data = text.data;
    out->len = (unsigned)text.len;
    return NGX_OK;
}

ngx_int_t csn_variables_add(ngx_conf_t *cf)
{
    for (uintptr_t i = 0; i < VARIABLE_COUNT; i++) {
        ngx_str_t name = names[i];
        ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (variable == NULL)
            return NGX_ERROR;
        variable->get_handler = get;
        variable->data = i;
    }
    return NGX_OK;
}

/* What the slot holds is no value: whoever asks for it is told that there is none. */
static ngx_int_t get_nothing(ngx_http_request_t *r, ngx_http_variable_value_t *out, uintptr_t data)
{
    (void)r;
    (void)data;
    out->not_found = 1;
    return NGX_OK;
}

static ngx_int_t add_place(ngx_conf_t *cf, csn_main_conf *main_conf)
{
    ngx_str_t name = ngx_string("corsac_context");
    ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOHASH);
    if (variable == NULL)
        return NGX_ERROR;
    variable->get_handler = get_nothing;
    main_conf->context_index = ngx_http_get_variable_index(cf, &name);
    return main_conf->context_index != NGX_ERROR ? NGX_OK : NGX_ERROR;
}

/* A text for these costs something per request: it is made only if the configuration names it. */
ngx_int_t csn_variables_note(ngx_conf_t *cf, csn_main_conf *main_conf)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    const ngx_http_variable_t *used = core->variables.elts;
    for (ngx_uint_t i = 0; i < core->variables.nelts; i++) {
        for (ngx_uint_t which = VARIABLE_ROUTE; which <= VARIABLE_MATCHED; which++) {
            if (used[i].name.len != names[which].len ||
                ngx_memcmp(used[i].name.data, names[which].data, names[which].len) != 0)
                continue;
            if (which == VARIABLE_ROUTE)
                main_conf->wants_route = true;
            else
                main_conf->wants_matched = true;
        }
    }
    return add_place(cf, main_conf);
}
