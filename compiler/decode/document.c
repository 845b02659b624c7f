// SPDX-License-Identifier: Apache-2.0
// Documents to resources: kinds and versions (D-1 to D-6), quarantine, duplicates.
#include "compiler/read/document.h"

#include "compiler/decode/check.h"
#include "compiler/decode/decode.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/validate.h"
#include "compiler/support/map.h"
#include <string.h>

/* The resources while they grow. */
typedef struct decoder {
    const csc_context *context;
    csc_resources *out;
    size_t service_capacity, gateway_capacity, quarantined_capacity;
    csc_map *accepted; /* regexes: csc_finder */
    bool faulty;       /* reading already found an error in the current document */
    bool failed;
} decoder;

typedef struct identity {
    corsac_str group, version, kind;
} identity;

/* ---- results ---------------------------------------------------------------------------- */

static void *grow(decoder *d, void *items, size_t count, size_t *capacity, size_t size)
{
    return csc_arena_grow(d->context->arena, items, count, capacity, size);
}

static void add_quarantined(decoder *d, csc_quarantined entry)
{
    csc_resources *out = d->out;
    csc_quarantined *items =
        grow(d, out->quarantined, out->quarantined_count, &d->quarantined_capacity, sizeof *items);
    if (!items)
        return;
    out->quarantined = items;
    items[out->quarantined_count++] = entry;
}

static void add_virtual_service(decoder *d, const csc_node *root, const csc_node *spec)
{
    csc_resources *out = d->out;
    csc_virtual_service *items = grow(d, out->virtual_services, out->virtual_service_count,
                                      &d->service_capacity, sizeof *items);
    if (!items)
        return;
    out->virtual_services = items;
    csc_virtual_service *item = &items[out->virtual_service_count++];
    item->span = root->span;
    csc_take_metadata(d->context, csc_field(root, "metadata"), &item->metadata);
    csc_take_virtual_service(d->context, spec, item);
}

static void add_gateway(decoder *d, const csc_node *root, const csc_node *spec)
{
    csc_resources *out = d->out;
    csc_gateway *items =
        grow(d, out->gateways, out->gateway_count, &d->gateway_capacity, sizeof *items);
    if (!items)
        return;
    out->gateways = items;
    csc_gateway *item = &items[out->gateway_count++];
    item->span = root->span;
    csc_take_metadata(d->context, csc_field(root, "metadata"), &item->metadata);
    csc_take_gateway(d->context, spec, item);
}

/* ---- one resource ----------------------------------------------------------------------- */

static corsac_str resource_name(decoder *d, const csc_node *root, const char *kind)
{
    const csc_node *metadata = csc_field(root, "metadata");
    corsac_str name = csc_field_text(metadata, "name"), ns = csc_field_text(metadata, "namespace");
    if (ns.size == 0)
        ns = d->context->options->default_namespace;
    if (name.size == 0)
        name = (corsac_str){"?", 1};
    const size_t most = CSC_MAX_METADATA_NAME_BYTES; /* of what each message repeats */
    ns.size = ns.size < most ? ns.size : most;
    name.size = name.size < most ? name.size : most;
    const corsac_str parts[] = {csc_str_from(kind), {" ", 1}, ns, {"/", 1}, name};
    return csc_arena_join(d->context->arena, parts, sizeof(parts) / sizeof(*parts));
}

static void check_top_level(csc_finder *finder, csc_node *root, const csc_message *schema)
{
    static const char *const keys[] = {"apiVersion", "kind", "metadata", "spec", "status"};
    for (size_t i = 0; i < root->count; i++) {
        csc_entry *entry = &root->entries[i];
        bool known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            known = known || csc_str_is(entry->key, keys[k]);
        csc_path path = csc_path_name(NULL, entry->key);
        if (!known)
            csc_find_lax(
                finder, "unknown-key", "D-7", entry->key_span, &path,
                "A resource has no key %s beside apiVersion, kind, metadata, spec and status.",
                csc_show(finder, entry->key));
        if (entry->value->kind == CSC_NODE_NULL)
            continue;
        csc_path metadata = csc_path_field(NULL, "metadata"), spec = csc_path_field(NULL, "spec");
        if (csc_str_is(entry->key, "metadata"))
            csc_check_message(finder, &metadata, entry->value, &csc_schema_metadata);
        if (csc_str_is(entry->key, "spec"))
            csc_check_message(finder, &spec, entry->value, schema);
    }
}

static void check_version(csc_finder *finder, const csc_node *root, corsac_str version)
{
    static const char *const known[] = {"v1", "v1beta1", "v1alpha3"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (csc_str_is(version, known[i]))
            return;
    csc_path path = csc_path_field(NULL, "apiVersion");
    csc_find_warning(finder, "unknown-version", "D-1", csc_field_span(root, "apiVersion"), &path,
                     "Version %s of networking.istio.io is not known; it is read like v1.",
                     csc_show(finder, version));
}

static void quarantine(decoder *d, const csc_node *root, const csc_node *spec, bool is_gateway)
{
    csc_metadata metadata = {0};
    csc_take_metadata(d->context, csc_field(root, "metadata"), &metadata);
    csc_quarantined entry = {.is_gateway = is_gateway,
                             .namespace_ = metadata.namespace_,
                             .name = metadata.name,
                             .span = root->span};
    if (!is_gateway)
        entry.hosts = csc_take_strings(d->context->arena, spec, "hosts");
    add_quarantined(d, entry);
}

static void decode_resource(decoder *d, csc_node *root, const identity *id, bool is_gateway)
{
    const char *kind = is_gateway ? "Gateway" : "VirtualService";
    csc_finder finder = {
        .context = d->context, .resource = resource_name(d, root, kind), .accepted = d->accepted};
    const csc_node *metadata = csc_field(root, "metadata"), *spec = csc_field(root, "spec");
    check_version(&finder, root, id->version);
    check_top_level(&finder, root, is_gateway ? &csc_schema_gateway : &csc_schema_virtual_service);
    csc_validate_metadata(&finder, metadata, root->span);
    if (is_gateway)
        csc_validate_gateway(&finder, metadata, spec, root->span);
    else
        csc_validate_virtual_service(&finder, metadata, spec, root->span);
    if (finder.has_error || d->faulty)
        quarantine(d, root, spec, is_gateway);
    else if (is_gateway)
        add_gateway(d, root, spec);
    else
        add_virtual_service(d, root, spec);
    d->failed = d->failed || finder.failed;
}

/* ---- kinds ------------------------------------------------------------------------------ */

static identity identify(const csc_node *root)
{
    corsac_str api = csc_field_text(root, "apiVersion");
    identity id = {.kind = csc_field_text(root, "kind"), .group = {"", 0}, .version = api};
    const char *slash = api.size ? memchr(api.data, '/', api.size) : NULL;
    if (slash) {
        size_t size = (size_t)(slash - api.data);
        id.group = csc_str_slice(api, 0, size);
        id.version = csc_str_slice(api, size + 1, api.size - size - 1);
    }
    return id;
}

static bool is_list(corsac_str kind) /* D-6 */
{
    return csc_str_is(kind, "List") || csc_str_is(kind, "VirtualServiceList") ||
           csc_str_is(kind, "GatewayList") || csc_str_is(kind, "HTTPRouteList");
}

static void skip(decoder *d, const csc_node *root, const identity *id)
{
    csc_finder finder = {.context = d->context};
    d->out->skipped_count++;
    if (!id->version.data && !id->kind.data)
        csc_find_warning(&finder, "not-a-resource", "D-4", root->span, NULL,
                         root->kind == CSC_NODE_MAP
                             ? "This document has neither apiVersion nor kind; it is skipped."
                             : "This document is not a mapping; it is skipped.");
    else if (csc_str_is(id->kind, "VirtualService"))
        csc_find_note(&finder, "foreign-group", "D-4", csc_field_span(root, "kind"), NULL,
                      "A VirtualService of another group than networking.istio.io is skipped.");
    d->failed = d->failed || finder.failed;
}

static void decode_document(decoder *d, csc_node *root);

static void decode_list(decoder *d, csc_node *root)
{
    csc_node *items = csc_field(root, "items");
    if (items && items->kind == CSC_NODE_LIST) {
        for (size_t i = 0; i < items->count && !d->failed; i++)
            decode_document(d, items->items[i]);
        return;
    }
    csc_finder finder = {.context = d->context};
    csc_path path = csc_path_field(NULL, "items");
    csc_find_error(&finder, "list-items", "D-6", items ? items->span : root->span, &path,
                   "A list needs \"items\", a list of resources.");
    d->out->document_count++;
    add_quarantined(d, (csc_quarantined){.span = root->span});
    d->failed = d->failed || finder.failed;
}

/* Recursion (a List in a List) is bounded by the reader's depth limit. */
static void decode_document(decoder *d, csc_node *root)
{
    identity id = identify(root);
    if (is_list(id.kind)) {
        decode_list(d, root);
        return;
    }
    d->out->document_count++;
    bool ours = csc_str_is(id.group, "networking.istio.io");
    if (ours && csc_str_is(id.kind, "VirtualService"))
        decode_resource(d, root, &id, false);
    else if (ours && csc_str_is(id.kind, "Gateway"))
        decode_resource(d, root, &id, true);
    else
        skip(d, root, &id);
}

/* ---- duplicates ------------------------------------------------------------------------- */

/* true if the name is new; otherwise the resource is reported and must go. */
static bool is_first(decoder *d, csc_map *seen, csc_span *spans, size_t index, const char *kind,
                     const csc_metadata *metadata, csc_span span)
{
    bool added = true;
    const corsac_str id[] = {metadata->namespace_, csc_str_from("/"), metadata->name};
    corsac_str key = csc_arena_join(d->context->arena, id, sizeof(id) / sizeof(*id));
    size_t *slot = csc_map_put(seen, key, &added);
    spans[index] = span;
    if (!slot)
        return true; /* the arena remembers the failure */
    if (added) {
        *slot = index;
        return true;
    }
    csc_finder finder = {.context = d->context};
    finder.resource = csc_arena_printf(d->context->arena, "%s %.*s", kind, (int)key.size, key.data);
    corsac_str file = csc_context_file(d->context, spans[*slot]);
    csc_find_error(&finder, "duplicate-resource", "X-20", span, NULL,
                   "%.*s is already defined at %.*s:%u:%u; this later one is left out.",
                   (int)finder.resource.size, finder.resource.data, (int)file.size, file.data,
                   spans[*slot].line, spans[*slot].column);
    d->failed = d->failed || finder.failed;
    return false;
}

static void drop_duplicate_services(decoder *d)
{
    csc_resources *out = d->out;
    csc_map *seen = csc_map_new_for(d->context->arena, out->virtual_service_count);
    csc_span *spans = csc_arena_alloc(d->context->arena, out->virtual_service_count, sizeof *spans);
    size_t kept = 0;
    for (size_t i = 0; seen && spans && i < out->virtual_service_count; i++) {
        const csc_virtual_service *item = &out->virtual_services[i];
        if (is_first(d, seen, spans, i, "VirtualService", &item->metadata, item->span))
            out->virtual_services[kept++] = *item;
        else
            add_quarantined(d, (csc_quarantined){false, item->metadata.namespace_,
                                                 item->metadata.name, item->hosts, item->span});
    }
    out->virtual_service_count = kept;
}

static void drop_duplicate_gateways(decoder *d)
{
    csc_resources *out = d->out;
    csc_map *seen = csc_map_new_for(d->context->arena, out->gateway_count);
    csc_span *spans = csc_arena_alloc(d->context->arena, out->gateway_count, sizeof *spans);
    size_t kept = 0;
    for (size_t i = 0; seen && spans && i < out->gateway_count; i++) {
        const csc_gateway *item = &out->gateways[i];
        if (is_first(d, seen, spans, i, "Gateway", &item->metadata, item->span))
            out->gateways[kept++] = *item;
        else
            add_quarantined(
                d,
                (csc_quarantined){
                    true, item->metadata.namespace_, item->metadata.name, {NULL, 0}, item->span});
    }
    out->gateway_count = kept;
}

corsac_status csc_resources_collect(const csc_context *context, const csc_documents *documents,
                                    csc_resources *out)
{
    *out = (csc_resources){0};
    csc_arena *nodes = context->nodes ? context->nodes : context->arena;
    decoder d = {.context = context, .out = out, .accepted = csc_map_new(nodes)};
    for (size_t i = 0; i < documents->count && !d.failed; i++) {
        d.faulty = documents->faulty[i];
        decode_document(&d, documents->roots[i]);
    }
    for (size_t i = 0; i < documents->lost_count; i++) {
        add_quarantined(&d, (csc_quarantined){.span = documents->lost[i]});
        out->document_count++;
    }
    return d.failed || csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}

corsac_status csc_resources_settle(const csc_context *context, csc_resources *resources)
{
    decoder d = {
        .context = context, .out = resources, .quarantined_capacity = resources->quarantined_count};
    drop_duplicate_services(&d);
    drop_duplicate_gateways(&d);
    return d.failed || csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}

corsac_status csc_resources_decode(const csc_context *context, const csc_documents *documents,
                                   csc_resources *out)
{
    corsac_status status = csc_resources_collect(context, documents, out);
    return status == CORSAC_OK ? csc_resources_settle(context, out) : status;
}
