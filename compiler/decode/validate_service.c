// SPDX-License-Identifier: Apache-2.0
// A VirtualService as a whole: hosts, gateways, exportTo, and what must be there (V-24 to V-30).
#include "compiler/decode/decode.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/hosts.h"
#include "compiler/decode/syntax.h"
#include "compiler/decode/validate.h"
#include "compiler/support/map.h"

#include <string.h>

/* Two names of Kubernetes (253 bytes) and the slash between them fit. */
enum { MAX_GATEWAY_NAME = 512 };

/* ---- gateways --------------------------------------------------------------------------- */

static void suggest_gateway_form(csc_finder *finder, const csc_path *path, csc_span span,
                                 corsac_str name)
{
    const char *dot = memchr(name.data, '.', name.size);
    size_t size = (size_t)(dot - name.data);
    corsac_str rest = csc_str_slice(name, size + 1, name.size - size - 1);
    const char *next = rest.size ? memchr(rest.data, '.', rest.size) : NULL;
    csc_find_warning(finder, "gateway-legacy-name", "V-31", span, path,
                     "The gateway name %s is of the legacy form; write \"%.*s/%.*s\".",
                     csc_show(finder, name), (int)(next ? next - rest.data : (ptrdiff_t)rest.size),
                     rest.data, (int)size, name.data);
}

static void validate_qualified(csc_finder *finder, const csc_path *path, csc_span span,
                               corsac_str name, const char *slash)
{
    size_t size = (size_t)(slash - name.data);
    corsac_str ns = csc_str_slice(name, 0, size);
    corsac_str rest = csc_str_slice(name, size + 1, name.size - size - 1);
    if (!csc_is_dns_label(ns) || !csc_is_dns_label(rest))
        csc_find_error(finder, "gateway-name", "V-24", span, path,
                       "The gateway name %s must be namespace/name, both of letters, digits and "
                       "dashes and at most 63 bytes long.",
                       csc_show(finder, name));
}

void csc_validate_gateway_names(csc_finder *finder, const csc_path *path, const csc_node *list,
                                bool with_warnings)
{
    for (size_t i = 0; i < list->count; i++) {
        csc_path item = csc_path_item(path, i);
        csc_validate_name_size(finder, &item, list->items[i], MAX_GATEWAY_NAME);
    }
    for (size_t i = 0; i < list->count; i++) {
        const csc_node *node = list->items[i];
        csc_path item = csc_path_item(path, i);
        corsac_str name;
        if (node->broken || !csc_node_text(node, &name))
            continue;
        const char *slash = name.size ? memchr(name.data, '/', name.size) : NULL;
        if (slash) {
            validate_qualified(finder, &item, node->span, name, slash);
            continue;
        }
        if (!csc_is_domain(name))
            csc_find_error(finder, "gateway-name", "V-24", node->span, &item,
                           "%s is not a gateway name.", csc_show(finder, name));
        else if (with_warnings && memchr(name.data, '.', name.size))
            suggest_gateway_form(finder, &item, node->span, name);
        return; /* V-24: Istio looks no further than the first name without a slash */
    }
}

static bool names_mesh(const csc_node *gateways)
{
    for (size_t i = 0; i < gateways->count; i++)
        if (gateways->items[i]->kind == CSC_NODE_STRING &&
            csc_str_is(gateways->items[i]->text, "mesh"))
            return true;
    return false;
}

/* ---- hosts ------------------------------------------------------------------------------ */

/* V-25: outbound_.80_._.x stands for one cluster; only for TLS routes of gateways. */
static bool is_sni_host(corsac_str host, const csc_node *spec, bool gateway_only)
{
    const csc_node *tls = csc_field(spec, "tls");
    if (!gateway_only || host.size > CSC_MAX_ODD_HOST ||
        !csc_str_starts(host, csc_str_from("outbound_")))
        return false;
    for (size_t i = 0; i < csc_field_count(spec, "tls"); i++) {
        const csc_node *matches = csc_field(tls->items[i], "match");
        for (size_t j = 0; j < csc_field_count(tls->items[i], "match"); j++)
            if (csc_field_count(matches->items[j], "sniHosts") > 0)
                return true;
    }
    return false;
}

/* True if every host is valid. */
static bool validate_hosts(csc_finder *finder, const csc_path *path, const csc_node *spec,
                           const csc_node *hosts, bool gateway_only)
{
    bool good = true;
    for (size_t i = 0; i < hosts->count; i++) {
        const csc_node *node = hosts->items[i];
        csc_path item = csc_path_item(path, i);
        corsac_str host;
        if (node->broken || !csc_node_text(node, &host)) {
            good = false;
        } else if (csc_str_is(host, "*") && !gateway_only) {
            good = false;
            csc_find_error(
                finder, "host-star-in-mesh", "V-26", node->span, &item,
                "The host \"*\" needs a VirtualService that names only gateways, not mesh.");
        } else if (!csc_is_ip(host) && !csc_is_wildcard_domain(host) &&
                   !is_sni_host(host, spec, gateway_only)) {
            good = false;
            csc_find_error(
                finder, "host", "V-25", node->span, &item,
                "%s is not a host: a domain name, perhaps with * as its first label, or an "
                "IP address; no port, scheme or path.",
                csc_show(finder, host));
        }
    }
    return good;
}

/* ---- exportTo --------------------------------------------------------------------------- */

static void validate_export(csc_finder *finder, const csc_path *path, const csc_node *list,
                            corsac_str own_namespace)
{
    csc_map *seen = csc_map_new(finder->context->arena);
    bool star = false;
    for (size_t i = 0; seen && i < list->count; i++) {
        const csc_node *node = list->items[i];
        csc_path item = csc_path_item(path, i);
        corsac_str name;
        bool added = true;
        if (node->broken || !csc_node_text(node, &name))
            continue;
        star = star || csc_str_is(name, "*");
        if (!csc_str_is(name, ".") && !csc_str_is(name, "*") && !csc_is_dns_label(name))
            csc_find_error(finder, "export-to", "V-30", node->span, &item,
                           "%s is not \".\", \"*\" or a namespace.", csc_show(finder, name));
        if (csc_map_put(seen, csc_str_is(name, ".") ? own_namespace : name, &added) && !added)
            csc_find_error(finder, "export-to-duplicate", "V-30", node->span, &item,
                           "exportTo names %s twice.", csc_show(finder, name));
    }
    if (star && list->count > 1)
        csc_find_error(finder, "export-to-star", "V-30", list->span, path,
                       "exportTo with \"*\" cannot name anything else.");
}

/* ---- the whole -------------------------------------------------------------------------- */

static void validate_delegate(csc_finder *finder, const csc_path *path, const csc_node *spec)
{
    static const char *const fields[] = {"gateways", "tls", "tcp"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        csc_path here = csc_path_field(path, fields[i]);
        if (csc_field_count(spec, fields[i]) > 0)
            csc_find_error(
                finder, "delegate-field", "V-28", csc_field_entry(spec, fields[i])->key_span, &here,
                "A VirtualService without hosts is a delegate and cannot have %s.", fields[i]);
    }
}

static bool is_filled(const csc_node *spec, const char *field)
{
    const csc_node *node = csc_field(spec, field);
    return node && (node->broken || node->count > 0);
}

static void validate_rules(csc_finder *finder, const csc_path *path, const csc_node *http,
                           const csc_rule_setting *setting)
{
    for (size_t i = 0; i < http->count && !finder->failed; i++) {
        const csc_node *rule = http->items[i];
        csc_path item = csc_path_item(path, i);
        if (rule->kind == CSC_NODE_NULL)
            csc_find_error(finder, "rule-null", "V-22", rule->span, &item,
                           "A rule must not be null.");
        else if (!rule->broken)
            csc_validate_rule(finder, &item, rule, setting);
    }
    csc_validate_reachability(finder, path, http);
}

static corsac_str own_namespace(const csc_finder *finder, const csc_node *metadata)
{
    corsac_str ns = csc_field_text(metadata, "namespace");
    return ns.size ? ns : finder->context->options->default_namespace;
}

void csc_validate_virtual_service(csc_finder *finder, const csc_node *metadata,
                                  const csc_node *spec, csc_span document)
{
    const csc_path at = csc_path_field(NULL, "spec");
    csc_path hosts_at = csc_path_field(&at, "hosts"), http_at = csc_path_field(&at, "http");
    csc_path gateways_at = csc_path_field(&at, "gateways"),
             export_at = csc_path_field(&at, "exportTo");
    const csc_node *hosts = csc_field(spec, "hosts"), *gateways = csc_field(spec, "gateways");
    const csc_node *http = csc_field(spec, "http"), *export_to = csc_field(spec, "exportTo");
    bool delegate = !is_filled(spec, "hosts");
    csc_rule_setting setting = {delegate, is_filled(spec, "gateways") && !gateways->broken &&
                                              !names_mesh(gateways)};
    if (spec && spec->broken)
        return;
    if (delegate)
        validate_delegate(finder, &at, spec);
    if (gateways && !gateways->broken)
        csc_validate_gateway_names(finder, &gateways_at, gateways, true);
    if (hosts && !hosts->broken &&
        validate_hosts(finder, &hosts_at, spec, hosts, setting.gateway_only))
        csc_validate_overlap(finder, &hosts_at, hosts);
    if (!is_filled(spec, "http") && !is_filled(spec, "tcp") && !is_filled(spec, "tls"))
        csc_find_error(finder, "no-routes", "V-29", spec ? spec->span : document, &at,
                       "A VirtualService needs http, tls or tcp routes.");
    if (http && !http->broken)
        validate_rules(finder, &http_at, http, &setting);
    if (export_to && !export_to->broken)
        validate_export(finder, &export_at, export_to, own_namespace(finder, metadata));
}
