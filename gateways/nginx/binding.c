// SPDX-License-Identifier: Apache-2.0
// The directive corsac_policy: a policy by its path and compile parameters, seen through one gateway
// and port. Equal ones share an engine, so naming a path in many servers loads it once.
#include "module.h"

#include <string.h>

/* ---- compile parameters, named as on the command line ------------------------------------ */

struct named_option {
    const char *name;
    uint32_t bit;
};

/* are directives, since they work for compiled images too. */
static const struct named_option OPTIONS[] = {
    {"enforce-methods", CORSAC_OPTION_ENFORCE_METHODS},
    {"enforce-headers", CORSAC_OPTION_ENFORCE_HEADERS},
    {"header-match=joined", CORSAC_OPTION_HEADER_MATCH_JOINED},
    {"regex-mode=utf8", CORSAC_OPTION_REGEX_UTF8},
    {"expose-on-preflight=no", CORSAC_OPTION_NO_EXPOSE_PREFLIGHT},
    {"path-normalization=base", CORSAC_OPTION_NORMALIZE_PATH_BASE},
};

static bool set_option(corsac_compile_options *compile, ngx_str_t word)
{
    for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
        if (word.len == strlen(OPTIONS[i].name) &&
            ngx_strncmp(word.data, OPTIONS[i].name, word.len) == 0) {
            compile->image_options |= OPTIONS[i].bit;
            return true;
        }
    }
    return false;
}

/* The value of "name=value", or NULL. Directive words end with a NUL. */
static const char *value_of(ngx_str_t word, const char *name)
{
    size_t size = strlen(name);
    return word.len > size && ngx_strncmp(word.data, name, size) == 0 && word.data[size] == '='
               ? (const char *)word.data + size + 1
               : NULL;
}

/* "a,b": views into the word. */
static bool set_list(ngx_pool_t *pool, corsac_str_list *list, const char *value)
{
    size_t count = 1;
    for (const char *c = value; *c != '\0'; c++)
        count += *c == ',';
    corsac_str *items = ngx_palloc(pool, count * sizeof(*items));
    if (items == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(value, ",");
        items[i] = (corsac_str){value, size};
        value += size + 1;
    }
    *list = (corsac_str_list){items, count};
    return true;
}

static bool set_compile_option(ngx_pool_t *pool, corsac_compile_options *compile, ngx_str_t word)
{
    const char *value;
    if (word.len == sizeof("strict") - 1 && ngx_strncmp(word.data, "strict", word.len) == 0) {
        compile->flags |= CORSAC_COMPILE_STRICT;
        return true;
    }
    if ((value = value_of(word, "gateway-namespace")) != NULL) {
        compile->gateway_namespace = (corsac_str){value, strlen(value)};
        return true;
    }
    if ((value = value_of(word, "namespace")) != NULL) {
        compile->default_namespace = (corsac_str){value, strlen(value)};
        return true;
    }
    if ((value = value_of(word, "cluster-domain")) != NULL) {
        compile->cluster_domain = (corsac_str){value, strlen(value)};
        return true;
    }
    if ((value = value_of(word, "gateway-labels")) != NULL)
        return set_list(pool, &compile->gateway_labels, value);
    if ((value = value_of(word, "gateways")) != NULL)
        return set_list(pool, &compile->gateways, value);
    return set_option(compile, word);
}

/* ---- words ------------------------------------------------------------------------------ */

/* signed-by=FILE and min-serial=N */
static bool set_signature(ngx_conf_t *cf, csn_source *source, ngx_str_t word)
{
    char message[CSN_MESSAGE_BYTES];
    const char *value = value_of(word, "min-serial");
    if (value != NULL) {
        ngx_int_t serial = ngx_atoi((u_char *)(uintptr_t)value, strlen(value));
        source->min_serial = serial > 0 ? (uint64_t)serial : 0;
        return serial != NGX_ERROR;
    }
    value = value_of(word, "signed-by");
    ngx_str_t path = {strlen(value), (u_char *)(uintptr_t)value};
    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK)
        return false;
    if (csn_signature_add_key(source, (const char *)path.data, message))
        return true;
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "corsac_policy: signed-by: %s", message);
    return false;
}

static bool set_word(ngx_conf_t *cf, csn_binding *binding, csn_source *source, ngx_str_t word)
{
    const char *value;
    if ((value = value_of(word, "gateway")) != NULL) {
        binding->gateway = (ngx_str_t){strlen(value), (u_char *)(uintptr_t)value};
        return strchr(value, '/') != NULL;
    }
    if ((value = value_of(word, "port")) != NULL) {
        ngx_int_t port = ngx_atoi((u_char *)(uintptr_t)value, strlen(value));
        binding->port = (ngx_uint_t)port;
        return port >= 1 && port <= 65535;
    }
    if (word.len == sizeof("trusted") - 1 && ngx_strncmp(word.data, "trusted", word.len) == 0) {
        source->trusted = true;
        return true;
    }
    if (value_of(word, "signed-by") != NULL || value_of(word, "min-serial") != NULL)
        return set_signature(cf, source, word);
    source->has_compile_options = true;
    return set_compile_option(cf->pool, &source->compile, word);
}

static char *read_words(ngx_conf_t *cf, csn_binding *binding, csn_source *source, ngx_str_t *key)
{
    ngx_str_t *words = cf->args->elts;
    size_t size = 0;
    for (ngx_uint_t i = 2; i < cf->args->nelts; i++) {
        if (!set_word(cf, binding, source, words[i])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "corsac_policy: \"%V\" is not understood",
                               &words[i]);
            return NGX_CONF_ERROR;
        }
        size += words[i].len + 1;
    }
    const char *trouble = NULL;
    if (source->key_count == 0 && source->min_serial > 0)
        trouble = "min-serial= needs signed-by=";
    else if (source->key_count > 0 && source->has_compile_options)
        trouble = "signed-by= takes images only, which have their compile parameters in them";
    if (trouble != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "corsac_policy: %s", trouble);
        return NGX_CONF_ERROR;
    }
    /* What tells policies apart besides the path: every word but gateway and port, in order. */
    key->data = ngx_pnalloc(cf->pool, size + 1);
    if (key->data == NULL)
        return NGX_CONF_ERROR;
    key->len = 0;
    for (ngx_uint_t i = 2; i < cf->args->nelts; i++) {
        if (value_of(words[i], "gateway") != NULL || value_of(words[i], "port") != NULL)
            continue;
        ngx_memcpy(key->data + key->len, words[i].data, words[i].len);
        key->len += words[i].len;
        key->data[key->len++] = ' ';
    }
    return NGX_CONF_OK;
}

/* ---- policies --------------------------------------------------------------------------- */

static void policy_close(void *data)
{
    csn_policy *policy = data;
    csn_policy_stop(policy); /* a single process has timers when its old configuration goes */
    corsac_engine_free(policy->engine);
    policy->engine = NULL;
}

static ngx_str_t label_of(ngx_pool_t *pool, ngx_str_t path, ngx_str_t key)
{
    ngx_str_t label = {path.len + 1 + key.len, ngx_pnalloc(pool, path.len + 1 + key.len)};
    if (label.data == NULL)
        return label;
    u_char *end = ngx_sprintf(label.data, "%V %V", &path, &key);
    label.len = (size_t)(end - label.data);
    while (label.len > 0 && label.data[label.len - 1] == ' ')
        label.len--;
    return label;
}

static csn_policy *policy_new(ngx_conf_t *cf, ngx_str_t path, const csn_source *source,
                              ngx_str_t key)
{
    csn_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_corsac_module);
    csn_policy *policy = ngx_pcalloc(cf->pool, sizeof(*policy));
    csn_policy **place = policy != NULL ? ngx_array_push(&conf->policies) : NULL;
    ngx_pool_cleanup_t *cleanup = place != NULL ? ngx_pool_cleanup_add(cf->pool, 0) : NULL;
    if (cleanup == NULL ||
        ngx_array_init(&policy->bindings, cf->pool, 2, sizeof(csn_binding *)) != NGX_OK)
        return NULL;
    policy->source = *source;
    policy->source.path = (const char *)path.data;
    policy->name = path;
    policy->key = key;
    policy->offered = -1;
    policy->label = label_of(cf->pool, path, key);
    policy->file = cf->conf_file->file.name;
    policy->line = cf->conf_file->line;
    cleanup->handler = policy_close;
    cleanup->data = policy;
    *place = policy;
    const corsac_engine_options options = {.struct_size = sizeof(options), .max_readers = 1};
    bool fine =
        policy->label.data != NULL && corsac_engine_new(&policy->engine, &options) == CORSAC_OK;
    return fine ? policy : NULL;
}

static csn_policy *policy_of(ngx_conf_t *cf, ngx_str_t path, const csn_source *source,
                             ngx_str_t key)
{
    csn_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_corsac_module);
    csn_policy **policies = conf->policies.elts;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
        if (policies[i]->name.len == path.len && policies[i]->key.len == key.len &&
            ngx_memcmp(policies[i]->name.data, path.data, path.len) == 0 &&
            ngx_memcmp(policies[i]->key.data, key.data, key.len) == 0)
            return policies[i];
    return policy_new(cf, path, source, key);
}

char *csn_binding_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    csn_location_conf *location = conf;
    csn_source source = {.compile = {.struct_size = sizeof(source.compile)}};
    ngx_str_t key, path = ((ngx_str_t *)cf->args->elts)[1];
    (void)command;
    if (location->binding != NGX_CONF_UNSET_PTR)
        return "is duplicate";
    csn_binding *binding = ngx_pcalloc(cf->pool, sizeof(*binding));
    if (binding == NULL || ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK)
        return NGX_CONF_ERROR;
    if (read_words(cf, binding, &source, &key) != NGX_CONF_OK)
        return NGX_CONF_ERROR;
    binding->policy = policy_of(cf, path, &source, key);
    csn_binding **place = binding->policy ? ngx_array_push(&binding->policy->bindings) : NULL;
    if (place == NULL)
        return NGX_CONF_ERROR;
    *place = binding;
    location->binding = binding;
    return NGX_CONF_OK;
}

/* ---- gateway and port (H-29) -------------------------------------------------------------- */

/* The gateways and ports of an image as text, for messages. */
static void list_endpoints(const corsac_image *image, char *text, size_t size_bytes)
{
    corsac_endpoint endpoint;
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; corsac_image_endpoint(image, i, &endpoint) == CORSAC_OK; i++) {
        int wrote = snprintf(text + used, size_bytes - used, "%s%.*s:%u", i > 0 ? ", " : "",
                             (int)endpoint.gateway.size, endpoint.gateway.data, endpoint.port);
        if (wrote < 0 || (size_t)wrote >= size_bytes - used)
            return;
        used += (size_t)wrote;
    }
}

static bool same_text(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool csn_binding_fits(const csn_binding *binding, const corsac_image *image, char *message)
{
    corsac_endpoint endpoint;
    corsac_str gateway = {(const char *)binding->gateway.data, binding->gateway.len};
    uint32_t count = 0, plain = 0;
    const char *trouble = NULL;
    for (uint32_t i = 0; corsac_image_endpoint(image, i, &endpoint) == CORSAC_OK; i++) {
        if (binding->gateway.len == 0 && i == 0)
            gateway = endpoint.gateway;
        bool same = same_text(gateway, endpoint.gateway);
        if (!same && binding->gateway.len == 0)
            trouble = "several gateways, say which by gateway=";
        if (same && (binding->port == 0 || binding->port == endpoint.port)) {
            count++;
            plain += endpoint.has_http;
        }
    }
    if (trouble == NULL && count == 0)
        trouble = "no such gateway and port";
    else if (trouble == NULL && binding->port == 0 && count > 1 && plain != 1)
        trouble = "several ports, say which by port=";
    if (trouble == NULL)
        return true;
    char endpoints[CSN_MESSAGE_BYTES / 2];
    list_endpoints(image, endpoints, sizeof(endpoints));
    snprintf(message, CSN_MESSAGE_BYTES, "%s: %s; there are: %s", binding->policy->source.path,
             trouble, endpoints[0] != '\0' ? endpoints : "none");
    return false;
}
