// SPDX-License-Identifier: Apache-2.0
// Documents -> services -> roots: long names (H-1, H-8), who may see whom (H-21, H-22), and the one
// order that decides which VirtualService wins (H-20).
#include "compiler/resolve/resolution.h"

#include <string.h>

/* The zero time of an absent creationTimestamp: the first second of year 1 (D-24). */
static const int64_t ZERO_TIME_SECONDS = -62135596800;

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int csc_resolve_age_order(const csc_metadata *a, const csc_metadata *b)
{
    int order = compare_numbers(a->has_creation_time ? a->creation_seconds : ZERO_TIME_SECONDS,
                                b->has_creation_time ? b->creation_seconds : ZERO_TIME_SECONDS);
    if (!order)
        order = compare_numbers(a->has_creation_time ? a->creation_nanoseconds : 0,
                                b->has_creation_time ? b->creation_nanoseconds : 0);
    if (!order)
        order = csc_str_compare(a->name, b->name);
    return order ? order : csc_str_compare(a->namespace_, b->namespace_);
}

/* ---- services ----------------------------------------------------------------------------- */

static bool has_gateways(const csc_http_rule *rule)
{
    for (size_t i = 0; i < rule->match_count; i++) {
        if (rule->matches[i].gateways.count)
            return true;
    }
    return false;
}

/* The rule's match blocks with long gateway names; the document's own when it names none. */
static const csc_match_block *resolve_blocks(csc_resolution *r, const csc_http_rule *rule,
                                             corsac_str ns)
{
    if (!has_gateways(rule))
        return rule->matches;
    csc_match_block *blocks = csc_arena_alloc(r->arena, rule->match_count, sizeof(*blocks));
    for (size_t i = 0; blocks && i < rule->match_count; i++) {
        blocks[i] = rule->matches[i];
        size_t count = blocks[i].gateways.count;
        csc_string *names = csc_arena_alloc(r->arena, count, sizeof(*names));
        if (!names)
            return NULL;
        for (size_t j = 0; j < count; j++) {
            names[j] = rule->matches[i].gateways.items[j];
            names[j].text = csc_name_gateway(r->arena, names[j].text, ns);
        }
        blocks[i].gateways.items = names;
    }
    return blocks;
}

bool csc_resolve_fill_service(csc_resolution *r, csc_service *service,
                              const csc_virtual_service *document)
{
    service->document = document;
    service->id =
        csc_name_qualify(r->arena, document->metadata.namespace_, document->metadata.name);
    service->blocks = csc_arena_alloc(r->arena, document->rule_count, sizeof(*service->blocks));
    if (!service->blocks)
        return false;
    for (size_t i = 0; i < document->rule_count; i++)
        service->blocks[i] = resolve_blocks(r, &document->rules[i], document->metadata.namespace_);
    return !csc_arena_failed(r->arena);
}

static bool add_service(csc_resolution *r, const csc_virtual_service *document)
{
    csc_service *service = &r->services[r->service_count];
    if (document->prepared)
        *service = document->prepared->service;
    else if (!csc_resolve_fill_service(r, service, document))
        return false;
    service->document = document;
    size_t *slot = csc_map_put(r->service_by_id, service->id, NULL);
    if (slot)
        *slot = r->service_count++;
    return slot != NULL;
}

static bool index_quarantined(csc_resolution *r)
{
    for (size_t i = 0; i < r->resources->quarantined_count; i++) {
        const csc_quarantined *q = &r->resources->quarantined[i];
        if (!q->name.data || !q->namespace_.data)
            continue;
        bool added;
        size_t *slot =
            csc_map_put(q->is_gateway ? r->quarantined_gateways : r->quarantined_services,
                        csc_name_qualify(r->arena, q->namespace_, q->name), &added);
        if (!slot)
            return false;
        if (added)
            *slot = i;
    }
    return !csc_arena_failed(r->arena);
}

bool csc_resolve_services(csc_resolution *r)
{
    const csc_resources *in = r->resources;
    r->services = csc_arena_alloc(r->arena, in->virtual_service_count, sizeof(*r->services));
    if (!r->services)
        return false;
    for (size_t i = 0; i < in->virtual_service_count; i++) {
        if (!add_service(r, &in->virtual_services[i]))
            return false;
    }
    return index_quarantined(r);
}

/* ---- visibility --------------------------------------------------------------------------- */

typedef struct exports {
    bool everyone, nobody, own, named; /* named: the namespace asked about, written out */
} exports;

static void read_export(exports *e, corsac_str entry, corsac_str own, corsac_str asked)
{
    corsac_str ns = csc_str_is(entry, ".") ? own : entry;
    if (csc_str_is(entry, "*"))
        e->everyone = true;
    else if (csc_str_is(entry, "~"))
        e->nobody = true;
    e->own = e->own || csc_str_equal(ns, own);
    e->named = e->named || csc_str_equal(ns, asked);
}

static exports read_exports(const csc_resolution *r, const csc_virtual_service *document,
                            corsac_str asked)
{
    exports e = {0};
    const corsac_str_list *fallback = &r->context->options->default_export_to;
    corsac_str own = document->metadata.namespace_;
    for (size_t i = 0; i < document->export_to.count; i++)
        read_export(&e, document->export_to.items[i].text, own, asked);
    for (size_t i = 0; document->export_to.count == 0 && i < fallback->count; i++)
        read_export(&e, fallback->items[i], own, asked);
    if (document->export_to.count == 0 && fallback->count == 0)
        e.everyone = true;
    return e;
}

bool csc_resolve_exported(const csc_resolution *r, const csc_virtual_service *document,
                          corsac_str ns)
{
    exports e = read_exports(r, document, ns);
    return !e.nobody && (e.everyone || e.named);
}

static csc_bucket bucket_of(const csc_resolution *r, const csc_virtual_service *document)
{
    corsac_str pod = r->context->options->gateway_namespace;
    exports e = read_exports(r, document, pod);
    if (e.nobody)
        return CSC_BUCKET_HIDDEN;
    if (e.everyone)
        return CSC_BUCKET_PUBLIC;
    if (csc_str_equal(document->metadata.namespace_, pod))
        return e.own ? CSC_BUCKET_OWN : CSC_BUCKET_HIDDEN;
    return e.named ? CSC_BUCKET_EXPORTED : CSC_BUCKET_HIDDEN;
}

/* ---- roots -------------------------------------------------------------------------------- */

static bool resolve_hosts(csc_resolution *r, csc_root *root)
{
    const csc_virtual_service *document = root->document;
    root->host_count = document->hosts.count;
    root->hosts = csc_arena_alloc(r->arena, root->host_count, sizeof(*root->hosts));
    root->host_bound = csc_arena_alloc(r->arena, root->host_count, sizeof(bool));
    if (!root->hosts || !root->host_bound)
        return false;
    for (size_t i = 0; i < root->host_count; i++) {
        root->hosts[i] = document->hosts.items[i];
        root->hosts[i].text =
            csc_name_host(r->arena, root->hosts[i].text, document->metadata.namespace_,
                          r->context->options->cluster_domain);
    }
    return !csc_arena_failed(r->arena);
}

/* H-7: no gateways means mesh, which an ingress gateway never is. */
static bool resolve_gateway_names(csc_resolution *r, csc_root *root)
{
    const csc_strings *written = &root->document->gateways;
    csc_map *seen = written->count > 1 ? csc_map_new(r->arena) : NULL;
    root->gateways = csc_arena_alloc(r->arena, written->count, sizeof(*root->gateways));
    if ((written->count > 1 && !seen) || !root->gateways)
        return false;
    for (size_t i = 0; i < written->count; i++) {
        bool added = true;
        corsac_str name =
            csc_name_gateway(r->arena, written->items[i].text, root->document->metadata.namespace_);
        if (csc_str_is(name, "mesh"))
            continue;
        if (seen && !csc_map_put(seen, name, &added))
            return false;
        if (added)
            root->gateways[root->gateway_count++] =
                (csc_string){.text = name, .span = written->items[i].span};
    }
    return !csc_arena_failed(r->arena);
}

bool csc_resolve_fill_root(csc_resolution *r, csc_root *root, const csc_service *service)
{
    root->document = service->document;
    root->id = service->id;
    root->bucket = bucket_of(r, service->document);
    return resolve_hosts(r, root) && resolve_gateway_names(r, root);
}

/* As the prepared one was before any compile. */
static void take_prepared(csc_root *root, const csc_prepared *prepared)
{
    *root = prepared->root;
    memset(root->host_bound, 0, root->host_count * sizeof(*root->host_bound));
    for (size_t i = 0; i < root->rule_count; i++) {
        const csc_merged_rule *rule = &root->rules[i];
        for (size_t b = 0; b == 0 || b < rule->match_count; b++)
            rule->routes[b] = CORSAC_NONE;
    }
}

static bool add_root(csc_resolution *r, const csc_service *service)
{
    const csc_prepared *prepared = service->document->prepared;
    csc_root *root = &r->roots[r->root_count++];
    if (prepared)
        take_prepared(root, prepared);
    else if (!csc_resolve_fill_root(r, root, service))
        return false;
    root->document = service->document;
    return (prepared && prepared->has_rules) || csc_resolve_rules(r, root, service);
}

static int compare_roots(const void *left, const void *right)
{
    const csc_root *a = left, *b = right;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return csc_resolve_age_order(&a->document->metadata, &b->document->metadata);
}

/* Room for the routes and policies of all rules, so that they need not move while they are made. */
static bool reserve_routes(csc_resolution *r)
{
    size_t routes = 0, policies = 0;
    for (size_t i = 0; i < r->root_count; i++) {
        for (size_t j = 0; j < r->roots[i].rule_count; j++) {
            const csc_merged_rule *rule = &r->roots[i].rules[j];
            routes += rule->match_count ? rule->match_count : 1;
            policies += rule->policy != NULL;
        }
    }
    r->ir->routes = csc_arena_alloc(r->arena, routes, sizeof(*r->ir->routes));
    r->ir->policies = csc_arena_alloc(r->arena, policies, sizeof(*r->ir->policies));
    r->policy_by_pointer = csc_map_new_for(r->arena, policies);
    r->route_capacity = routes;
    r->policy_capacity = policies;
    return r->ir->routes && r->ir->policies && r->policy_by_pointer;
}

bool csc_resolve_roots(csc_resolution *r)
{
    r->roots = csc_arena_alloc(r->arena, r->service_count, sizeof(*r->roots));
    if (!r->roots)
        return false;
    for (size_t i = 0; i < r->service_count; i++) {
        const csc_service *service = &r->services[i];
        if (service->document->hosts.count == 0)
            continue; /* L-1: a delegate serves nothing by itself */
        if (!add_root(r, service))
            return false;
    }
    csc_sort(r->roots, r->root_count, sizeof(*r->roots), compare_roots);
    return reserve_routes(r);
}
