// SPDX-License-Identifier: Apache-2.0
// Directives and their merging; where the module hooks into nginx.
#include "module.h"

static ngx_conf_enum_t on_error_names[] = {
    {ngx_string("last_good"), CSN_ON_ERROR_LAST_GOOD},
    {ngx_string("deny"), CSN_ON_ERROR_DENY},
    {ngx_string("pass"), CSN_ON_ERROR_PASS},
    {ngx_null_string, 0},
};

/* ---- directives ------------------------------------------------------------------------- */

/* "off", or a time above zero. */
static char *reload_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    csn_main_conf *main_conf = conf;
    ngx_str_t *words = cf->args->elts;
    (void)command;
    if (main_conf->reload != NGX_CONF_UNSET_MSEC)
        return "is duplicate";
    if (ngx_strcmp(words[1].data, "off") == 0) {
        main_conf->reload = 0;
        return NGX_CONF_OK;
    }
    ngx_int_t interval = ngx_parse_time(&words[1], 0);
    if (interval == NGX_ERROR || interval == 0)
        return "needs \"off\" or a time above zero";
    main_conf->reload = (ngx_msec_t)interval;
    return NGX_CONF_OK;
}

enum { ANY_LEVEL = NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF };

#define LOCATION_FLAG(name, field)                                                                 \
    {                                                                                              \
        ngx_string(name), ANY_LEVEL | NGX_CONF_FLAG, ngx_conf_set_flag_slot,                       \
            NGX_HTTP_LOC_CONF_OFFSET, offsetof(csn_location_conf, field), NULL                     \
    }

static ngx_command_t commands[] = {
    {ngx_string("corsac_policy"), ANY_LEVEL | NGX_CONF_1MORE, csn_binding_directive,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    LOCATION_FLAG("corsac", enable),
    LOCATION_FLAG("corsac_vary", vary),
    LOCATION_FLAG("corsac_strip_denied", strip_denied),
    LOCATION_FLAG("corsac_preflight_204", preflight_204),
    {ngx_string("corsac_reload"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, reload_directive,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("corsac_on_error"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(csn_main_conf, on_error), on_error_names},
    {ngx_string("corsac_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, csn_status_directive,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};

/* ---- configurations --------------------------------------------------------------------- */

static void *create_main_conf(ngx_conf_t *cf)
{
    csn_main_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));
    if (conf == NULL ||
        ngx_array_init(&conf->policies, cf->pool, 4, sizeof(csn_policy *)) != NGX_OK)
        return NULL;
    conf->reload = NGX_CONF_UNSET_MSEC;
    conf->on_error = NGX_CONF_UNSET_UINT;
    return conf;
}

static char *init_main_conf(ngx_conf_t *cf, void *conf)
{
    csn_main_conf *main_conf = conf;
    (void)cf;
    ngx_conf_init_msec_value(main_conf->reload, 5000);
    ngx_conf_init_uint_value(main_conf->on_error, CSN_ON_ERROR_LAST_GOOD);
    return NGX_CONF_OK;
}

static void *create_location_conf(ngx_conf_t *cf)
{
    csn_location_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));
    if (conf == NULL)
        return NULL;
    conf->enable = conf->vary = conf->strip_denied = conf->preflight_204 = NGX_CONF_UNSET;
    conf->binding = NGX_CONF_UNSET_PTR;
    return conf;
}

/* A location that decides otherwise keeps the levels above it from deciding early. */
static void note_override(csn_main_conf *main_conf, csn_location_conf *conf)
{
    const csn_location_conf *above = conf->parent;
    if (conf->enable == above->enable && conf->binding == above->binding &&
        conf->vary == above->vary && conf->strip_denied == above->strip_denied &&
        conf->preflight_204 == above->preflight_204)
        return;
    for (csn_location_conf *each = conf->parent; each != NULL; each = each->parent)
        each->overridden = true;
    main_conf->some_location_decides |=
        above->parent != NULL; /* else it is a server that differs */
}

static char *merge_location_conf(ngx_conf_t *cf, void *parent, void *child)
{
    csn_location_conf *above = parent, *conf = child;
    ngx_conf_merge_value(conf->enable, above->enable, CSN_UNSAID);
    ngx_conf_merge_value(conf->vary, above->vary, 0);
    ngx_conf_merge_value(conf->strip_denied, above->strip_denied, 0);
    ngx_conf_merge_value(conf->preflight_204, above->preflight_204, 0);
    ngx_conf_merge_ptr_value(conf->binding, above->binding, NULL);
    if (conf->enable == CSN_ON && conf->binding == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"corsac on\" needs a corsac_policy");
        return NGX_CONF_ERROR;
    }
    conf->parent = above;
    note_override(ngx_http_conf_get_module_main_conf(cf, ngx_http_corsac_module), conf);
    return NGX_CONF_OK;
}

/* ---- hooks ------------------------------------------------------------------------------ */

static ngx_int_t add_phase(ngx_conf_t *cf, ngx_http_phases phase, ngx_http_handler_pt handler)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *place = ngx_array_push(&core->phases[phase].handlers);
    if (place == NULL)
        return NGX_ERROR;
    *place = handler;
    return NGX_OK;
}

/* Whether some server's own configuration decides, before any location is looked for. */
static bool some_server_decides(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_core_srv_conf_t **servers = core->servers.elts;
    for (ngx_uint_t i = 0; i < core->servers.nelts; i++) {
        const csn_location_conf *conf = servers[i]->ctx->loc_conf[ngx_http_corsac_module.ctx_index];
        if (conf->enable == CSN_ON && !conf->overridden)
            return true;
    }
    return false;
}

/* Handlers of a phase run last registered first: before those of nginx's rewrite module. */
static ngx_int_t start(ngx_conf_t *cf)
{
    csn_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_corsac_module);
    if (conf->policies.nelts == 0)
        return csn_counters_zone(cf, conf); /* no handler: an unused module costs nothing */
    if (csn_variables_note(cf, conf) != NGX_OK ||
        (some_server_decides(cf) &&
         add_phase(cf, NGX_HTTP_SERVER_REWRITE_PHASE, csn_decide_server) != NGX_OK) ||
        (conf->some_location_decides &&
         add_phase(cf, NGX_HTTP_REWRITE_PHASE, csn_decide_location) != NGX_OK) ||
        csn_respond_start(cf) != NGX_OK || csn_counters_zone(cf, conf) != NGX_OK)
        return NGX_ERROR;
    return csn_policies_start(cf, conf);
}

/* Called in the master, once a configuration is in use. */
static ngx_int_t begin_cycle(ngx_cycle_t *cycle)
{
    csn_counters_in_use(ngx_http_cycle_get_module_main_conf(cycle, ngx_http_corsac_module));
    return NGX_OK;
}

static ngx_int_t begin_worker(ngx_cycle_t *cycle)
{
    csn_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_corsac_module);
    return conf != NULL ? csn_reload_start(cycle, conf) : NGX_OK;
}

static void end_worker(ngx_cycle_t *cycle)
{
    csn_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_corsac_module);
    if (conf != NULL)
        csn_reload_stop(conf);
}

static ngx_http_module_t context = {
    .preconfiguration = csn_variables_add,
    .postconfiguration = start,
    .create_main_conf = create_main_conf,
    .init_main_conf = init_main_conf,
    .create_loc_conf = create_location_conf,
    .merge_loc_conf = merge_location_conf,
};

ngx_module_t ngx_http_corsac_module = {
    NGX_MODULE_V1,
    &context,
    commands,
    NGX_HTTP_MODULE,
    NULL,         /* init master */
    begin_cycle,  /* init module */
    begin_worker, /* init process */
    NULL,         /* init thread */
    NULL,         /* exit thread */
    end_worker,   /* exit process */
    NULL,         /* exit master */
    NGX_MODULE_V1_PADDING,
};
