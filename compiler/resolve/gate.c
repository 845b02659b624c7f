// SPDX-License-Identifier: Apache-2.0
// Gateways and the pods that serve them (H-28): documents in merge order, stand-ins for names that
// VirtualServices bind to but no document defines, and which VirtualServices each one may see.
#include "compiler/resolve/resolution.h"

/* ---- servers (H-9, H-10) ------------------------------------------------------------------ */

static bool is_http_family(corsac_str protocol)
{
    static const char *const family[] = {"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"};
    for (size_t i = 0; i < sizeof(family) / sizeof(*family); i++) {
        if (csc_str_is(protocol, family[i]))
            return true;
    }
    return false;
}

/* H-9: one star over all namespaces and hosts replaces the whole list. */
static bool replaces_all(const csc_strings *hosts)
{
    for (size_t i = 0; i < hosts->count; i++) {
        if (csc_str_is(hosts->items[i].text, "*/*"))
            return true;
    }
    return false;
}

static bool read_server(csc_resolution *r, csc_gate *gate, csc_gate_server *server,
                        const csc_server *document)
{
    bool passthrough =
        document->tls_mode == CSC_TLS_PASSTHROUGH || document->tls_mode == CSC_TLS_AUTO_PASSTHROUGH;
    bool all = replaces_all(&document->hosts);
    server->document = document;
    server->http = is_http_family(document->protocol);
    server->tls = document->has_tls && !server->http;
    server->terminates = server->tls && csc_str_is(document->protocol, "HTTPS") && !passthrough;
    server->host_count = all ? 1 : document->hosts.count;
    server->hosts = csc_arena_alloc(r->arena, server->host_count, sizeof(*server->hosts));
    if (!server->hosts)
        return false;
    for (size_t i = 0; i < server->host_count; i++) {
        corsac_str written = all ? csc_str_from("*") : document->hosts.items[i].text;
        server->hosts[i] = csc_name_server_host(r->arena, written, gate->metadata.namespace_);
        gate->upper = gate->upper || csc_name_has_upper(written);
    }
    return !csc_arena_failed(r->arena);
}

/* ---- gates -------------------------------------------------------------------------------- */

static csc_gate *append_gate(csc_resolution *r, corsac_str id, csc_metadata metadata,
                             const csc_server *servers, size_t server_count)
{
    csc_gate *gate = csc_arena_alloc(r->arena, 1, sizeof(*gate));
    size_t *slot = csc_map_put(r->gate_by_id, id, NULL);
    csc_gate **gates =
        csc_arena_grow(r->arena, r->gates, r->gate_count, &r->gate_capacity, sizeof(*gates));
    if (!gate || !slot || !gates)
        return NULL;
    *slot = r->gate_count;
    r->gates = gates;
    r->gates[r->gate_count++] = gate;
    gate->id = id;
    gate->metadata = metadata;
    gate->pod = SIZE_MAX;
    gate->server_count = server_count;
    gate->servers = csc_arena_alloc(r->arena, server_count, sizeof(*gate->servers));
    for (size_t i = 0; gate->servers && i < server_count; i++) {
        if (!read_server(r, gate, &gate->servers[i], &servers[i]))
            return NULL;
    }
    return gate->servers ? gate : NULL;
}

static bool add_documents(csc_resolution *r)
{
    for (size_t i = 0; i < r->resources->gateway_count; i++) {
        const csc_gateway *document = &r->resources->gateways[i];
        corsac_str id =
            csc_name_qualify(r->arena, document->metadata.namespace_, document->metadata.name);
        csc_gate *gate =
            append_gate(r, id, document->metadata, document->servers, document->server_count);
        if (!gate)
            return false;
        gate->document = document;
    }
    return true;
}

/* One plain server, port 80, every host. */
static bool add_stand_in(csc_resolution *r, const csc_string *name)
{
    csc_server *server = csc_arena_alloc(r->arena, 1, sizeof(*server));
    csc_string *any = csc_arena_alloc(r->arena, 1, sizeof(*any));
    if (!server || !any)
        return false;
    any->text = csc_str_from("*");
    server->hosts = (csc_strings){any, 1};
    server->port_number = 80;
    server->port_name = server->protocol = csc_str_from("HTTP");
    server->bind = csc_str_from("");
    csc_metadata metadata = {0};
    size_t slash = 0;
    while (slash < name->text.size && name->text.data[slash] != '/')
        slash++;
    metadata.namespace_ = csc_str_slice(name->text, 0, slash);
    if (slash < name->text.size)
        metadata.name = csc_str_slice(name->text, slash + 1, name->text.size - slash - 1);
    if (!append_gate(r, name->text, metadata, server, 1))
        return false;
    r->ir->implied_gateway_count++;
    csc_resolve_report(r, CORSAC_SEVERITY_NOTE, "gateway-implied", "", name->span, "Gateway",
                       name->text, csc_str_from(""),
                       csc_arena_printf(r->arena,
                                        "no document defines Gateway %.*s; one HTTP server on "
                                        "port 80 for every host stands in",
                                        (int)name->text.size, name->text.data));
    return !csc_arena_failed(r->arena);
}

static bool add_stand_ins(csc_resolution *r)
{
    for (size_t i = 0; i < r->root_count; i++) {
        const csc_root *root = &r->roots[i];
        for (size_t g = 0; g < root->gateway_count; g++) {
            corsac_str id = root->gateways[g].text;
            if (csc_map_find(r->gate_by_id, id) || csc_map_find(r->quarantined_gateways, id))
                continue;
            if (!add_stand_in(r, &root->gateways[g]))
                return false;
        }
    }
    return true;
}

static int compare_gates(const void *left, const void *right)
{
    const csc_gate *a = *(csc_gate *const *)left, *b = *(csc_gate *const *)right;
    return csc_resolve_age_order(&a->metadata, &b->metadata);
}

/* H-21: each gate's VirtualServices, in the order the roots already have. */
static bool bind_roots(csc_resolution *r)
{
    for (size_t i = 0; i < r->root_count; i++) {
        const csc_root *root = &r->roots[i];
        for (size_t g = 0; g < root->gateway_count && root->bucket != CSC_BUCKET_HIDDEN; g++) {
            const size_t *found = csc_map_find(r->gate_by_id, root->gateways[g].text);
            if (!found)
                continue;
            csc_gate *gate = r->gates[*found];
            gate->roots = csc_arena_grow(r->arena, gate->roots, gate->root_count,
                                         &gate->root_capacity, sizeof(*gate->roots));
            if (!gate->roots)
                return false;
            gate->roots[gate->root_count++] = (uint32_t)i;
        }
    }
    return true;
}

bool csc_resolve_gates(csc_resolution *r)
{
    if (!add_documents(r) || !add_stand_ins(r))
        return false;
    if (r->gate_count)
        csc_sort(r->gates, r->gate_count, sizeof(*r->gates), compare_gates);
    for (size_t i = 0; i < r->gate_count; i++) {
        size_t *slot = csc_map_put(r->gate_by_id, r->gates[i]->id, NULL);
        if (!slot)
            return false;
        *slot = i;
    }
    return bind_roots(r);
}

/* ---- pods (H-28) -------------------------------------------------------------------------- */

static csc_pod *append_pod(csc_resolution *r, csc_labels labels, corsac_str key)
{
    csc_pod *pods =
        csc_arena_grow(r->arena, r->pods, r->pod_count, &r->pod_capacity, sizeof(*pods));
    if (!pods)
        return NULL;
    r->pods = pods;
    pods[r->pod_count] = (csc_pod){.labels = labels, .key = key};
    return &pods[r->pod_count++];
}

static bool join_pod(csc_resolution *r, csc_pod *pod, csc_gate *gate)
{
    pod->gates = csc_arena_grow(r->arena, pod->gates, pod->gate_count, &pod->gate_capacity,
                                sizeof(*pod->gates));
    if (!pod->gates)
        return false;
    pod->gates[pod->gate_count++] = gate;
    return true;
}

static const corsac_str *label_value(const csc_labels *labels, corsac_str key)
{
    size_t low = 0, high = labels->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = csc_str_compare(labels->items[middle].key, key);
        if (order == 0)
            return &labels->items[middle].value;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool selects(const csc_gate *gate, const csc_labels *pod)
{
    const csc_labels *selector = &gate->document->selector;
    for (size_t i = 0; i < selector->count; i++) {
        const corsac_str *value = label_value(pod, selector->items[i].key);
        if (!value || !csc_str_equal(*value, selector->items[i].value))
            return false;
    }
    return selector->count <= pod->count;
}

static int compare_labels(const void *left, const void *right)
{
    return csc_str_compare(((const csc_label *)left)->key, ((const csc_label *)right)->key);
}

static bool given_labels(csc_resolution *r, csc_labels *out)
{
    const corsac_str_list *given = &r->context->options->gateway_labels;
    out->count = given->count;
    out->items = csc_arena_alloc(r->arena, given->count, sizeof(*out->items));
    if (!out->items)
        return false;
    for (size_t i = 0; i < given->count; i++) {
        corsac_str text = given->items[i];
        size_t equals = 0;
        while (equals < text.size && text.data[equals] != '=')
            equals++;
        size_t from = equals < text.size ? equals + 1 : equals;
        out->items[i] = (csc_label){csc_str_slice(text, 0, equals),
                                    csc_str_slice(text, from, text.size - from)};
    }
    csc_sort(out->items, out->count, sizeof(*out->items), compare_labels);
    return true;
}

/* H-27: off by default; then namespaces do not matter. */
static bool in_scope(const csc_resolution *r, const csc_gate *gate)
{
    const corsac_compile_options *options = r->context->options;
    return !options->scope_gateway_to_namespace ||
           csc_str_equal(gate->metadata.namespace_, options->gateway_namespace);
}

static bool listed(const corsac_str_list *names, corsac_str id)
{
    for (size_t i = 0; i < names->count; i++) {
        if (csc_str_equal(names->items[i], id))
            return true;
    }
    return false;
}

/* Rule 1: one pod, served by exactly the listed gateways. */
static bool listed_pod(csc_resolution *r, csc_labels labels)
{
    const corsac_str_list *names = &r->context->options->gateways;
    csc_pod *pod = append_pod(r, labels, csc_str_from(""));
    if (!pod)
        return false;
    for (size_t i = 0; i < r->gate_count; i++) {
        csc_gate *gate = r->gates[i];
        if (!listed(names, gate->id) || !in_scope(r, gate))
            continue;
        gate->pod = 0;
        if (!join_pod(r, pod, gate))
            return false;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!csc_map_find(r->gate_by_id, names->items[i]) &&
            !csc_map_find(r->quarantined_gateways, names->items[i]))
            csc_resolve_report(r, CORSAC_SEVERITY_WARNING, "gateway-unknown", "H-28",
                               (csc_span){.source = UINT32_MAX}, "Gateway", names->items[i],
                               csc_str_from(""),
                               csc_str_from("the parameters list this Gateway, but no document "
                                            "defines it and no VirtualService names it"));
    }
    return true;
}

static bool stand_in_pod(csc_resolution *r, csc_labels labels, csc_gate *gate)
{
    csc_pod *pod = append_pod(r, labels, gate->id);
    if (!pod)
        return false;
    gate->pod = r->pod_count - 1;
    return join_pod(r, pod, gate);
}

/* Rule 2: one pod with known labels; the selectors decide. */
static bool labelled_pod(csc_resolution *r, csc_labels labels)
{
    if (!append_pod(r, labels, csc_str_from("")))
        return false;
    for (size_t i = 0; i < r->gate_count; i++) {
        csc_gate *gate = r->gates[i];
        if (!gate->document || !in_scope(r, gate))
            continue;
        if (!selects(gate, &labels)) {
            csc_resolve_report(r, CORSAC_SEVERITY_NOTE, "gateway-not-served", "H-28",
                               gate->document->span, "Gateway", gate->id,
                               csc_str_from("spec.selector"),
                               csc_str_from("its selector does not fit the labels of the pod, so "
                                            "nothing is served here"));
            continue;
        }
        gate->pod = 0;
        if (!join_pod(r, &r->pods[0], gate))
            return false;
    }
    return true;
}

/* A selector as text: 1 and 2 cannot occur in labels, so different selectors differ here. */
static corsac_str selector_key(csc_resolution *r, const csc_labels *labels)
{
    size_t size = 0;
    for (size_t i = 0; i < labels->count; i++)
        size += labels->items[i].key.size + labels->items[i].value.size + 2;
    char *text = csc_arena_alloc(r->arena, 1, size + 1);
    size_t at = 0;
    for (size_t i = 0; text && i < labels->count; i++) {
        for (size_t j = 0; j < labels->items[i].key.size; j++)
            text[at++] = labels->items[i].key.data[j];
        text[at++] = '\1';
        for (size_t j = 0; j < labels->items[i].value.size; j++)
            text[at++] = labels->items[i].value.data[j];
        text[at++] = '\2';
    }
    return text ? (corsac_str){text, at} : (corsac_str){"", 0};
}

static int compare_pods(const void *left, const void *right)
{
    return csc_str_compare(((const csc_pod *)left)->key, ((const csc_pod *)right)->key);
}

static bool make_selector_pods(csc_resolution *r, csc_map *by_key)
{
    for (size_t i = 0; i < r->gate_count; i++) {
        csc_gate *gate = r->gates[i];
        if (!gate->document || !in_scope(r, gate))
            continue;
        bool added;
        corsac_str key = selector_key(r, &gate->document->selector);
        if (!csc_map_put(by_key, key, &added))
            return false;
        if (added && !append_pod(r, gate->document->selector, key))
            return false;
    }
    if (r->pod_count)
        csc_sort(r->pods, r->pod_count, sizeof(*r->pods), compare_pods);
    for (size_t i = 0; i < r->pod_count; i++) {
        size_t *slot = csc_map_put(by_key, r->pods[i].key, NULL);
        if (!slot)
            return false;
        *slot = i;
    }
    return true;
}

/* Rule 3: one assumed pod per distinct selector; a gateway serves every pod it selects. */
static bool assumed_pods(csc_resolution *r)
{
    csc_map *by_key = csc_map_new(r->arena);
    if (!by_key || !make_selector_pods(r, by_key))
        return false;
    for (size_t i = 0; i < r->gate_count; i++) {
        csc_gate *gate = r->gates[i];
        if (!gate->document || !in_scope(r, gate))
            continue;
        const size_t *own = csc_map_find(by_key, selector_key(r, &gate->document->selector));
        gate->pod = own ? *own : SIZE_MAX;
        for (size_t p = 0; p < r->pod_count; p++) {
            if (selects(gate, &r->pods[p].labels) && !join_pod(r, &r->pods[p], gate))
                return false;
        }
    }
    return !csc_arena_failed(r->arena);
}

/* A stand-in has no selector that could say which pod it is on. It gets one of its own, so that a
 * missing document never changes what the defined gateways answer. */
static bool stand_in_pods(csc_resolution *r, csc_labels labels)
{
    for (size_t i = 0; i < r->gate_count; i++) {
        if (!r->gates[i]->document && in_scope(r, r->gates[i]) &&
            !stand_in_pod(r, labels, r->gates[i]))
            return false;
    }
    return true;
}

static void mark_served(csc_resolution *r)
{
    for (size_t i = 0; i < r->gate_count; i++) {
        const csc_gate *gate = r->gates[i];
        for (size_t j = 0; gate->pod != SIZE_MAX && j < gate->root_count; j++)
            r->roots[gate->roots[j]].served = true;
    }
}

bool csc_resolve_pods(csc_resolution *r)
{
    csc_labels labels;
    if (!given_labels(r, &labels))
        return false;
    bool ok;
    if (r->context->options->gateways.count)
        ok = listed_pod(r, labels);
    else if (labels.count)
        ok = labelled_pod(r, labels) && stand_in_pods(r, labels);
    else
        ok = assumed_pods(r) && stand_in_pods(r, labels);
    mark_served(r);
    return ok && !csc_arena_failed(r->arena);
}
