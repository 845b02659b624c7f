// SPDX-License-Identifier: Apache-2.0
// corsac_status: what all workers counted, in Prometheus' text format.
#include "module.h"

#include <string.h>

/* Bytes per policy beyond its name, generously: twelve lines of less than 200. */
enum { TEXT_BASE_BYTES = 2048, TEXT_POLICY_BYTES = 4096, LINES_PER_POLICY = 16 };

static ngx_atomic_uint_t sum(const csn_policy *policy, size_t offset)
{
    ngx_atomic_uint_t total = 0;
    for (int i = 0; i < CSN_COUNT_SLOTS; i++)
        total += *(const ngx_atomic_t *)((const u_char *)&policy->shared->slots[i] + offset);
    return total;
}

static u_char *write_header(u_char *at, u_char *end, const char *name, const char *help)
{
    return ngx_slprintf(at, end, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
}

/* Backslash, quote and newline are escaped in a label. */
static ngx_str_t label_of(ngx_pool_t *pool, ngx_str_t name)
{
    ngx_str_t label = {0, ngx_pnalloc(pool, name.len * 2)};
    for (size_t i = 0; label.data != NULL && i < name.len; i++) {
        u_char c = name.data[i];
        if (c == '\\' || c == '"' || c == '\n')
            label.data[label.len++] = '\\';
        label.data[label.len++] = c == '\n' ? 'n' : c;
    }
    return label;
}

static u_char *write_decisions(u_char *at, u_char *end, const csn_policy *policy, ngx_str_t *label)
{
    for (size_t i = 0; i < CSN_OUTCOME_COUNT; i++)
        at = ngx_slprintf(at, end, "corsac_decisions_total{policy=\"%V\",outcome=\"%s\"} %uA\n",
                          label, i > 0 ? corsac_outcome_name((corsac_outcome)i) : "undecided",
                          sum(policy, offsetof(csn_counts, outcomes) + i * sizeof(ngx_atomic_t)));
    return at;
}

static u_char *write_reloads(u_char *at, u_char *end, const csn_policy *policy, ngx_str_t *label)
{
    static const struct {
        const char *result;
        size_t offset;
    } results[] = {{"made", offsetof(csn_counts, made)},
                   {"taken", offsetof(csn_counts, taken)},
                   {"failed", offsetof(csn_counts, failed)}};
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        at = ngx_slprintf(at, end, "corsac_reloads_total{policy=\"%V\",result=\"%s\"} %uA\n", label,
                          results[i].result, sum(policy, results[i].offset));
    return at;
}

typedef u_char *(*write_fn)(u_char *at, u_char *end, const csn_policy *policy, ngx_str_t *label);

static u_char *each_policy(ngx_pool_t *pool, u_char *at, u_char *end, const csn_main_conf *conf,
                           write_fn write)
{
    csn_policy *const *policies = conf->policies.elts;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
        ngx_str_t label = label_of(pool, policies[i]->label);
        if (policies[i]->shared != NULL && label.data != NULL)
            at = write(at, end, policies[i], &label);
    }
    return at;
}

static ngx_buf_t *write_text(ngx_http_request_t *r, const csn_main_conf *conf)
{
    csn_policy *const *policies = conf->policies.elts;
    size_t size = TEXT_BASE_BYTES;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
        size += TEXT_POLICY_BYTES + LINES_PER_POLICY * 2 * policies[i]->label.len;
    ngx_buf_t *buffer = ngx_create_temp_buf(r->pool, size);
    if (buffer == NULL)
        return NULL;
    u_char *at = buffer->pos;
    at = write_header(at, buffer->end, "corsac_decisions_total", "Requests by outcome.");
    at = each_policy(r->pool, at, buffer->end, conf, write_decisions);
    at = write_header(at, buffer->end, "corsac_reloads_total",
                      "Policies that a worker made, took from another, or failed to load.");
    at = each_policy(r->pool, at, buffer->end, conf, write_reloads);
    buffer->last = at;
    return buffer;
}

static ngx_int_t answer(ngx_http_request_t *r)
{
    const csn_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)))
        return NGX_HTTP_NOT_ALLOWED;
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK)
        return rc;
    ngx_buf_t *buffer = write_text(r, conf);
    if (buffer == NULL)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    ngx_str_set(&r->headers_out.content_type, "text/plain; version=0.0.4; charset=utf-8");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = buffer->last - buffer->pos;
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only)
        return rc;
    buffer->last_buf = 1;
    ngx_chain_t out = {buffer, NULL};
    return ngx_http_output_filter(r, &out);
}

char *csn_status_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    (void)command;
    (void)conf;
    core->handler = answer;
    return NGX_CONF_OK;
}
