// SPDX-License-Identifier: Apache-2.0
// Extraction of a Gateway from nodes that passed check and validation.
#include "compiler/decode/decode.h"
#include "compiler/decode/fields.h"

static corsac_str upper(csc_arena *arena, corsac_str text)
{
    char *copy = csc_arena_alloc(arena, 1, text.size + 1);
    for (size_t i = 0; copy && i < text.size; i++)
        copy[i] = text.data[i] >= 'a' && text.data[i] <= 'z' ? (char)(text.data[i] - 'a' + 'A')
                                                             : text.data[i];
    return (corsac_str){copy, copy ? text.size : 0};
}

static csc_tls_mode tls_mode(const csc_node *mode)
{
    static const char *const names[] = {"PASSTHROUGH",      "SIMPLE",       "MUTUAL",
                                        "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"};
    for (uint32_t i = 0; mode && i < sizeof names / sizeof *names; i++) {
        uint32_t number = UINT32_MAX;
        if (csc_str_is(mode->text, names[i]) ||
            (mode->kind == CSC_NODE_NUMBER && csc_node_uint32(mode, &number) && number == i))
            return (csc_tls_mode)i;
    }
    return CSC_TLS_PASSTHROUGH;
}

static void take_server(csc_arena *arena, const csc_node *node, csc_server *out)
{
    const csc_node *port = csc_field(node, "port"), *tls = csc_field(node, "tls");
    out->span = node->span;
    out->hosts = csc_take_strings(arena, node, "hosts");
    out->port_number = csc_field_uint32(port, "number");
    out->port_name = csc_field_text(port, "name");
    out->protocol = upper(arena, csc_field_text(port, "protocol"));
    out->bind = csc_field_text(node, "bind");
    if (!out->bind.data)
        out->bind = (corsac_str){"", 0};
    out->has_tls = tls != NULL;
    out->https_redirect = csc_field_true(tls, "httpsRedirect");
    out->tls_mode = tls_mode(csc_field(tls, "mode"));
}

void csc_take_gateway(const csc_context *context, const csc_node *spec, csc_gateway *out)
{
    const csc_node *servers = csc_field(spec, "servers");
    out->selector = csc_take_labels(context->arena, spec, "selector");
    if (!servers || servers->count == 0)
        return;
    out->servers = csc_arena_alloc(context->arena, servers->count, sizeof *out->servers);
    for (size_t i = 0; out->servers && i < servers->count; i++) {
        take_server(context->arena, servers->items[i], &out->servers[i]);
        out->server_count = i + 1;
    }
}
