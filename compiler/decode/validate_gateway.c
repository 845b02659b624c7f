// SPDX-License-Identifier: Apache-2.0
// Gateways (V-35 to V-39).
#include "compiler/decode/decode.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/syntax.h"
#include "compiler/support/map.h"

#include <string.h>
#include <strings.h>

typedef enum family { FAMILY_UNKNOWN = 0, FAMILY_HTTP, FAMILY_TLS, FAMILY_OTHER } family;

static family protocol_family(corsac_str protocol)
{
    static const struct {
        const char *name;
        family family;
    } protocols[] = {
        {"HTTP", FAMILY_HTTP},   {"HTTP2", FAMILY_HTTP},    {"HTTP_PROXY", FAMILY_HTTP},
        {"GRPC", FAMILY_HTTP},   {"GRPC-WEB", FAMILY_HTTP}, {"HTTPS", FAMILY_TLS},
        {"TLS", FAMILY_TLS},     {"TCP", FAMILY_OTHER},     {"UDP", FAMILY_OTHER},
        {"MONGO", FAMILY_OTHER}, {"REDIS", FAMILY_OTHER},   {"MYSQL", FAMILY_OTHER}};
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (strlen(protocols[i].name) == protocol.size &&
            strncasecmp(protocols[i].name, protocol.data, protocol.size) == 0)
            return protocols[i].family;
    return FAMILY_UNKNOWN;
}

/* ---- hosts (V-36) ----------------------------------------------------------------------- */

static bool is_server_domain(corsac_str host)
{
    if (csc_str_is(host, "*"))
        return true;
    if (host.size == 0 || !memchr(host.data, '.', host.size))
        return false;
    if (csc_is_ip(host))
        return true;
    bool partial = host.data[0] == '*' && host.data[1] != '.';
    return !partial && csc_is_wildcard_domain(host);
}

static bool is_server_host(corsac_str host)
{
    const char *slash = host.size ? memchr(host.data, '/', host.size) : NULL;
    if (!slash)
        return is_server_domain(host);
    size_t size = (size_t)(slash - host.data);
    corsac_str ns = csc_str_slice(host, 0, size);
    return (csc_str_is(ns, "*") || csc_str_is(ns, ".") || csc_is_dns_label(ns)) &&
           is_server_domain(csc_str_slice(host, size + 1, host.size - size - 1));
}

static void validate_hosts(csc_finder *finder, const csc_path *path, const csc_node *server)
{
    const csc_node *hosts = csc_field(server, "hosts");
    csc_path here = csc_path_field(path, "hosts");
    if (!hosts || (!hosts->broken && hosts->count == 0))
        csc_find_error(finder, "server-hosts", "V-36", server->span, &here,
                       "A server needs at least one host.");
    if (!hosts || hosts->broken)
        return;
    for (size_t i = 0; i < hosts->count; i++) {
        csc_path item = csc_path_item(&here, i);
        corsac_str host;
        if (!hosts->items[i]->broken && csc_node_text(hosts->items[i], &host) &&
            !is_server_host(host))
            csc_find_error(
                finder, "server-host", "V-36", hosts->items[i]->span, &item,
                "%s is not a host of a server: write \"*\", a name with a dot, \"*.\" and a "
                "name, or an IP address, perhaps behind \"namespace/\".",
                csc_show(finder, host));
    }
}

/* ---- port and bind (V-37, V-38) --------------------------------------------------------- */

static bool is_unix(corsac_str bind)
{
    return csc_str_starts(bind, csc_str_from("unix://"));
}

static void validate_port_number(csc_finder *finder, const csc_path *path, const csc_node *port,
                                 corsac_str bind)
{
    const csc_node *number = csc_field(port, "number"), *target = csc_field(port, "targetPort");
    csc_path here = csc_path_field(path, "number"), target_at = csc_path_field(path, "targetPort");
    uint32_t value = csc_field_uint32(port, "number");
    csc_span span = number ? number->span : port->span;
    if (number && number->broken)
        return;
    if (is_unix(bind) && value != 0)
        csc_find_error(finder, "server-bind", "V-38", span, &here,
                       "A server bound to a unix socket must have port number 0, not %u.", value);
    else if (!is_unix(bind) && (value < 1 || value > 65535))
        csc_find_error(finder, "server-port", "V-37", span, &here,
                       "The number of a port must be from 1 to 65535, not %u.", value);
    if (target && csc_field_uint32(port, "targetPort") > 0)
        csc_find_error(finder, "server-target-port", "V-37", target->span, &target_at,
                       "targetPort has no meaning in a Gateway and must be left out.");
}

static void validate_port_name(csc_finder *finder, const csc_path *path, const csc_node *port,
                               csc_map *names)
{
    const csc_node *name = csc_field(port, "name");
    csc_path here = csc_path_field(path, "name");
    bool added = true;
    if (name && name->broken)
        return;
    if (!name || name->text.size == 0)
        csc_find_error(finder, "server-port-name", "V-37", name ? name->span : port->span, &here,
                       "The port of a server needs a name.");
    else if (names && csc_map_put(names, name->text, &added) && !added)
        csc_find_error(finder, "server-port-name", "V-37", name->span, &here,
                       "The port name %s is used twice in this Gateway.",
                       csc_show(finder, name->text));
}

static void validate_port(csc_finder *finder, const csc_path *path, const csc_node *server,
                          csc_map *names)
{
    const csc_node *port = csc_field(server, "port"), *protocol = csc_field(port, "protocol");
    csc_path here = csc_path_field(path, "port"), protocol_at = csc_path_field(&here, "protocol");
    if (!port) {
        csc_find_error(finder, "server-port", "V-37", server->span, &here,
                       "A server needs a port.");
        return;
    }
    if (port->broken)
        return;
    validate_port_number(finder, &here, port, csc_field_text(server, "bind"));
    validate_port_name(finder, &here, port, names);
    corsac_str text = csc_field_text(port, "protocol");
    if ((!protocol || !protocol->broken) && !protocol_family(text))
        csc_find_error(finder, "server-protocol", "V-37", protocol ? protocol->span : port->span,
                       &protocol_at,
                       "%s is not a protocol of a server: HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, "
                       "HTTP_PROXY, TLS, TCP, UDP, MONGO, REDIS or MYSQL.",
                       csc_show(finder, text));
}

static void validate_bind(csc_finder *finder, const csc_path *path, const csc_node *server)
{
    corsac_str bind = csc_field_text(server, "bind");
    csc_path here = csc_path_field(path, "bind");
    bool path_missing = is_unix(bind) && bind.size == strlen("unix://");
    if (bind.size && (path_missing || (!is_unix(bind) && !csc_is_ip(bind))))
        csc_find_error(finder, "server-bind", "V-38", csc_field_span(server, "bind"), &here,
                       "%s is neither an IP address nor unix:// and a path.",
                       csc_show(finder, bind));
}

/* ---- tls (V-39) ------------------------------------------------------------------------- */

static bool passes_through(const csc_node *tls)
{
    const csc_node *mode = csc_field(tls, "mode");
    return !mode || mode->broken || csc_str_is(mode->text, "PASSTHROUGH") ||
           csc_str_is(mode->text, "AUTO_PASSTHROUGH") ||
           (mode->kind == CSC_NODE_NUMBER &&
            (csc_str_is(mode->text, "0") || csc_str_is(mode->text, "3")));
}

static void validate_tls(csc_finder *finder, const csc_path *path, const csc_node *server)
{
    const csc_entry *entry = csc_field_entry(server, "tls");
    const csc_node *tls = entry ? entry->value : NULL, *port = csc_field(server, "port");
    csc_path here = csc_path_field(path, "tls"), redirect = csc_path_field(&here, "httpsRedirect");
    family kind = protocol_family(csc_field_text(port, "protocol"));
    if (kind == FAMILY_UNKNOWN || (tls && tls->broken))
        return;
    if (kind == FAMILY_TLS && !tls)
        csc_find_error(finder, "server-tls-missing", "V-39", server->span, &here,
                       "A server with protocol HTTPS or TLS needs tls settings.");
    if (kind == FAMILY_HTTP && tls &&
        (!passes_through(tls) || csc_field_filled(tls, "caCertificates") ||
         csc_field_filled(tls, "privateKey") || csc_field_filled(tls, "serverCertificate")))
        csc_find_error(
            finder, "server-tls", "V-39", entry->key_span, &here,
            "A server of a plain HTTP protocol can have tls only for httpsRedirect, without "
            "mode and certificates.");
    if (kind == FAMILY_OTHER && tls)
        csc_find_error(
            finder, "server-tls", "V-39", entry->key_span, &here,
            "A server whose protocol is neither HTTPS nor TLS cannot have tls settings.");
    if (kind != FAMILY_HTTP && csc_field_true(tls, "httpsRedirect"))
        csc_find_warning(finder, "server-redirect", "V-39", csc_field_span(tls, "httpsRedirect"),
                         &redirect,
                         "httpsRedirect has no effect on a server that is not plain HTTP.");
}

/* ---- the whole -------------------------------------------------------------------------- */

static void validate_servers(csc_finder *finder, const csc_path *path, const csc_node *servers)
{
    csc_map *names = csc_map_new(finder->context->arena);
    for (size_t i = 0; i < servers->count && !finder->failed; i++) {
        const csc_node *server = servers->items[i];
        csc_path item = csc_path_item(path, i);
        if (server->kind == CSC_NODE_NULL)
            csc_find_error(finder, "server-null", "V-35", server->span, &item,
                           "A server must not be null.");
        if (server->kind != CSC_NODE_MAP)
            continue;
        validate_hosts(finder, &item, server);
        validate_port(finder, &item, server, names);
        validate_bind(finder, &item, server);
        validate_tls(finder, &item, server);
    }
}

void csc_validate_gateway(csc_finder *finder, const csc_node *metadata, const csc_node *spec,
                          csc_span document)
{
    const csc_node *servers = csc_field(spec, "servers"), *name = csc_field(metadata, "name");
    csc_path at = csc_path_field(NULL, "spec"), here = csc_path_field(&at, "servers");
    csc_path metadata_at = csc_path_field(NULL, "metadata");
    csc_path name_at = csc_path_field(&metadata_at, "name");
    if (name && name->kind == CSC_NODE_STRING && name->text.size > 0 &&
        !csc_is_dns_label(name->text))
        csc_find_error(
            finder, "gateway-metadata-name", "V-35", name->span, &name_at,
            "The name of a Gateway must be letters, digits and dashes, at most 63 bytes, not "
            "%s.",
            csc_show(finder, name->text));
    if (spec && spec->broken)
        return;
    if (!servers || (!servers->broken && servers->count == 0))
        csc_find_error(finder, "gateway-servers", "V-35", spec ? spec->span : document, &here,
                       "A Gateway needs at least one server.");
    else if (!servers->broken)
        validate_servers(finder, &here, servers);
}
