// SPDX-License-Identifier: Apache-2.0
// A VirtualService in the place of one that differs from it only in what its routes and policies say. Where it is bound
// and which of its routes are tried in which order stays as it was resolved.
#include "compiler/resolve/resolution.h"

#include <string.h>

/* ---- likeness ----------------------------------------------------------------------------- */

static bool same_texts(const csc_strings *a, const csc_strings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = csc_str_equal(a->items[i].text, b->items[i].text);
    return same;
}

/* By which others find it, and which order it has among them (H-20). */
static bool same_names(const csc_virtual_service *a, const csc_virtual_service *b)
{
    return csc_resolve_age_order(&a->metadata, &b->metadata) == 0 &&
           same_texts(&a->hosts, &b->hosts) && same_texts(&a->gateways, &b->gateways) &&
           same_texts(&a->export_to, &b->export_to);
}

static size_t route_count(const csc_merged_rule *rule)
{
    return rule->match_count ? rule->match_count : 1;
}

/* only catch-alls decide about other routes. */
static bool same_rule(const csc_merged_rule *a, const csc_merged_rule *b)
{
    bool same = a->match_count == b->match_count && !a->policy == !b->policy;
    for (size_t i = 0; same && i < route_count(a); i++) {
        const csc_ir_route *x = &a->made_routes[i], *y = &b->made_routes[i];
        same = x->catch_all == y->catch_all && (!x->catch_all || x->path_kind == y->path_kind);
    }
    return same;
}

static bool has_plain_rules(const csc_virtual_service *document)
{
    const csc_prepared *prepared = document->prepared;
    return document->hosts.count > 0 && prepared && prepared->has_rules && !prepared->root.filtered;
}

bool csc_resolve_is_alike(const csc_virtual_service *old, const csc_virtual_service *now)
{
    if (!has_plain_rules(old) || !has_plain_rules(now) || !same_names(old, now))
        return false;
    const csc_root *a = &old->prepared->root, *b = &now->prepared->root;
    bool alike = a->rule_count == b->rule_count;
    for (size_t i = 0; alike && i < a->rule_count; i++)
        alike = same_rule(&a->rules[i], &b->rules[i]);
    return alike;
}

/* ---- replacing ---------------------------------------------------------------------------- */

/* The routes of a rule that are in use, and their policy. */
static void replace_rule(csc_ir *ir, const csc_merged_rule *old, csc_merged_rule *now)
{
    for (size_t i = 0; i < route_count(old); i++) {
        uint32_t index = now->routes[i] = old->routes[i];
        if (index == CORSAC_NONE)
            continue;
        uint32_t policy = ir->routes[index].policy;
        ir->routes[index] = now->made_routes[i];
        ir->routes[index].policy = policy;
        if (policy != CORSAC_NONE)
            ir->policies[policy] = *now->made_policy;
    }
}

static void replace_root(csc_ir *ir, csc_root *root, const csc_prepared *prepared)
{
    const csc_root old = *root;
    *root = prepared->root;
    root->document = old.document;
    root->served = old.served;
    root->segments = old.segments;
    memcpy(root->host_bound, old.host_bound, old.host_count * sizeof(*old.host_bound));
    for (size_t i = 0; i < root->rule_count; i++)
        replace_rule(ir, &old.rules[i], &root->rules[i]);
}

static csc_root *find_root(const csc_resolution *r, const csc_virtual_service *document)
{
    for (size_t i = 0; i < r->root_count; i++)
        if (r->roots[i].document == document)
            return &r->roots[i];
    return NULL;
}

corsac_status csc_resolve_replace(csc_resolution *r, const csc_context *context,
                                  csc_virtual_service *place, const csc_virtual_service *now)
{
    csc_root *root = find_root(r, place);
    if (!root)
        return CORSAC_E_INTERNAL;
    csc_service *service = &r->services[place - r->resources->virtual_services];
    *place = *now;
    *service = now->prepared->service;
    service->document = place;
    replace_root(r->ir, root, now->prepared);
    r->context = context;
    r->arena = context->arena;
    bool ok = csc_resolve_advise_root(r, root);
    return ok && !csc_arena_failed(context->arena) && !csc_diagnostics_failed(context->diagnostics)
               ? CORSAC_OK
               : CORSAC_E_MEMORY;
}
