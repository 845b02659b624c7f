// SPDX-License-Identifier: Apache-2.0
// Rules and match blocks -> routes (R-1 to R-8, M-2, M-9 to M-18), and the segment of routes that a
// VirtualService contributes for one gateway, port and pod.
#include "compiler/resolve/resolution.h"

#include <string.h>
#include <strings.h>

/* ---- conditions ---------------------------------------------------------------------------- */

static const char CLAIM_PREFIX[] = "@request.auth.claims"; /* V-15: compared without case */

static bool is_claim(corsac_str key)
{
    size_t size = sizeof(CLAIM_PREFIX) - 1;
    return key.size > size && strncasecmp(key.data, CLAIM_PREFIX, size) == 0 &&
           (key.data[size] == '.' || key.data[size] == '[');
}

/* M-18: the path behind the dot split at dots, or between the outer brackets split at "][". */
static corsac_str claim_path(csc_arena *arena, corsac_str key)
{
    size_t from = sizeof(CLAIM_PREFIX);
    bool brackets = key.data[from - 1] == '[';
    char *path = csc_arena_alloc(arena, 1, key.size);
    size_t size = 0;
    size_t end = brackets && key.data[key.size - 1] == ']' ? key.size - 1 : key.size;
    for (size_t i = from; path && i < end; i++) {
        bool pair = brackets && i + 1 < end && key.data[i] == ']' && key.data[i + 1] == '[';
        bool cut = pair || (!brackets && key.data[i] == '.');
        path[size++] = cut ? '\0' : key.data[i];
        i += pair;
    }
    return path ? (corsac_str){path, size} : (corsac_str){"", 0};
}

/* M-15: regex "*" is a presence test wherever validation lets it through. */
static void set_match(csc_condition *condition, const csc_string_match *match)
{
    condition->match = match->kind;
    condition->value = match->value;
    if (match->kind == CSC_MATCH_REGEX && csc_str_is(match->value, "*"))
        condition->match = CSC_MATCH_NONE;
    if (condition->match == CSC_MATCH_NONE)
        condition->value = (corsac_str){0};
    condition->missing_as_empty =
        condition->invert && condition->match != CSC_MATCH_NONE; /* M-13 */
}

static void add_keyed(csc_resolution *r, csc_ir_route *route, const csc_keyed_matches *matches,
                      bool invert)
{
    for (size_t i = 0; i < matches->count; i++) {
        const csc_keyed_match *m = &matches->items[i];
        bool claim = is_claim(m->key);
        csc_condition *c = &route->conditions[route->condition_count++];
        *c = (csc_condition){.kind = claim ? CSC_CONDITION_CLAIM : CSC_CONDITION_HEADER,
                             .name = claim ? claim_path(r->arena, m->key)
                                           : csc_name_lower(r->arena, m->key), /* M-10 */
                             .invert = invert,
                             .span = m->span};
        set_match(c, &m->match);
        if (claim)
            c->missing_as_empty = false; /* an absent claim inverts by itself (M-18) */
    }
}

static void add_pseudo(csc_ir_route *route, const char *name, const csc_string_match *match)
{
    if (!match->present)
        return;
    csc_condition *c = &route->conditions[route->condition_count++];
    *c = (csc_condition){
        .kind = CSC_CONDITION_HEADER, .name = csc_str_from(name), .span = match->span};
    set_match(c, match);
}

static void add_query(csc_ir_route *route, const csc_keyed_matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        csc_condition *c = &route->conditions[route->condition_count++];
        *c = (csc_condition){.kind = CSC_CONDITION_QUERY,
                             .name = matches->items[i].key, /* M-14: case matters */
                             .span = matches->items[i].span};
        set_match(c, &matches->items[i].match);
    }
}

static bool translate_conditions(csc_resolution *r, csc_ir_route *route,
                                 const csc_match_block *block)
{
    size_t most = block->headers.count + block->without_headers.count + block->query_params.count +
                  block->method.present + block->authority.present + block->scheme.present;
    route->conditions = csc_arena_alloc(r->arena, most, sizeof(*route->conditions));
    if (!route->conditions)
        return false;
    add_keyed(r, route, &block->headers, false);
    add_keyed(r, route, &block->without_headers, true);
    add_pseudo(route, ":method", &block->method); /* M-9 */
    add_pseudo(route, ":authority", &block->authority);
    add_pseudo(route, ":scheme", &block->scheme);
    add_query(route, &block->query_params);
    return true;
}

/* ---- routes -------------------------------------------------------------------------------- */

static void translate_path(csc_ir_route *route, const csc_string_match *uri)
{
    route->path_kind = CSC_PATH_PREFIX; /* M-2: no uri, or one without a member */
    route->path = csc_str_from("/");
    if (!uri->present || uri->kind == CSC_MATCH_NONE)
        return;
    route->path = uri->value.data ? uri->value : csc_str_from("");
    route->path_span = uri->span;
    if (uri->kind == CSC_MATCH_EXACT)
        route->path_kind = CSC_PATH_EXACT;
    else if (uri->kind == CSC_MATCH_REGEX)
        route->path_kind = CSC_PATH_REGEX;
}

/* */
static bool is_catch_all(const csc_ir_route *route)
{
    if (route->condition_count)
        return false;
    return (route->path_kind == CSC_PATH_PREFIX && csc_str_is(route->path, "/")) ||
           (route->path_kind == CSC_PATH_REGEX && csc_str_is(route->path, ".*"));
}

/* */
static corsac_str route_name(csc_resolution *r, const csc_merged_rule *rule,
                             const csc_match_block *block)
{
    if (!block || !block->name.size)
        return rule->name.data ? rule->name : csc_str_from("");
    return csc_arena_printf(r->arena, "%.*s.%.*s", (int)rule->name.size,
                            rule->name.size ? rule->name.data : "", (int)block->name.size,
                            block->name.data);
}

static bool translate_route(csc_resolution *r, const csc_root *root, const csc_merged_rule *rule,
                            const csc_match_block *block, csc_ir_route *route)
{
    static const csc_match_block everything = {.index = SIZE_MAX};
    const csc_match_block *b = block ? block : &everything;
    *route = (csc_ir_route){.ignore_case = b->ignore_uri_case,
                            .action = rule->action,
                            .name = route_name(r, rule, block),
                            .root = root->id};
    route->source.owner = rule->owner;
    route->source.rule_index = rule->index;
    route->source.match_index = b->index;
    route->source.span = b->index == SIZE_MAX ? rule->span : b->span;
    translate_path(route, &b->uri);
    if (!translate_conditions(r, route, b))
        return false;
    route->catch_all = is_catch_all(route);
    route->policy = CORSAC_NONE;
    return true;
}

static const csc_match_block *block_at(const csc_merged_rule *rule, size_t block)
{
    return rule->match_count ? &rule->matches[block] : NULL;
}

bool csc_resolve_make_routes(csc_resolution *r, const csc_root *root, csc_merged_rule *rule)
{
    size_t count = rule->match_count ? rule->match_count : 1;
    csc_ir_route *routes = csc_arena_alloc(r->arena, count, sizeof(*routes));
    for (size_t i = 0; routes && i < count; i++) {
        if (!translate_route(r, root, rule, block_at(rule, i), &routes[i]))
            return false;
        routes[i].home = &routes[i].memo;
    }
    rule->made_routes = routes;
    return routes != NULL;
}

/* The route of a (rule, block) pair, made on first use and shared from then on. */
static bool get_route(csc_resolution *r, const csc_root *root, csc_merged_rule *rule, size_t block,
                      uint32_t *out)
{
    *out = rule->routes[block];
    if (*out != CORSAC_NONE)
        return true;
    csc_ir *ir = r->ir;
    ir->routes = csc_arena_grow(r->arena, ir->routes, ir->route_count, &r->route_capacity,
                                sizeof(*ir->routes));
    if (!ir->routes)
        return false;
    csc_ir_route *route = &ir->routes[ir->route_count];
    if (rule->made_routes)
        *route = rule->made_routes[block];
    else if (!translate_route(r, root, rule, block_at(rule, block), route))
        return false;
    if (!csc_resolve_policy(r, rule, &route->policy))
        return false;
    rule->routes[block] = *out = (uint32_t)ir->route_count++;
    return true;
}

/* ---- filters (R-3, R-4) -------------------------------------------------------------------- */

static bool labels_hold(const csc_labels *wanted, const csc_labels *pod)
{
    size_t j = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        while (j < pod->count && csc_str_compare(pod->items[j].key, wanted->items[i].key) < 0)
            j++;
        if (j == pod->count || !csc_str_equal(pod->items[j].key, wanted->items[i].key) ||
            !csc_str_equal(pod->items[j].value, wanted->items[i].value))
            return false;
    }
    return true;
}

static bool block_exists(const csc_resolution *r, const csc_match_block *block,
                         const csc_gate *gate, uint32_t port, const csc_labels *pod_labels)
{
    if (block->port && block->port != port)
        return false;
    for (size_t i = 0; i < block->gateways.count; i++) {
        if (csc_str_equal(block->gateways.items[i].text, gate->id))
            return true;
    }
    if (block->gateways.count)
        return false;
    return labels_hold(&block->source_labels, pod_labels) &&
           (!block->source_namespace.size ||
            csc_str_equal(block->source_namespace, r->context->options->gateway_namespace));
}

/* ---- segments ------------------------------------------------------------------------------ */

static bool take_route(csc_resolution *r, uint32_t route)
{
    r->scratch = csc_arena_grow(r->arena, r->scratch, r->scratch_count, &r->scratch_capacity,
                                sizeof(*r->scratch));
    if (!r->scratch)
        return false;
    r->scratch[r->scratch_count++] = route;
    return true;
}

/* a rule without match ends the VirtualService, and so does a kept catch-all. */
static bool collect(csc_resolution *r, const csc_root *root, const csc_gate *gate, uint32_t port,
                    const csc_labels *pod_labels)
{
    r->scratch_count = 0;
    for (size_t i = 0; i < root->rule_count; i++) {
        csc_merged_rule *rule = &root->rules[i];
        size_t blocks = rule->match_count ? rule->match_count : 1;
        for (size_t b = 0; b < blocks; b++) {
            uint32_t route;
            if (rule->match_count && !block_exists(r, &rule->matches[b], gate, port, pod_labels))
                continue;
            if (!get_route(r, root, rule, b, &route) || !take_route(r, route))
                return false;
            if (!rule->match_count || r->ir->routes[route].catch_all)
                return true;
        }
    }
    return true;
}

static const csc_segment *known_segment(const csc_resolution *r, const csc_root *root)
{
    for (const csc_segment *s = root->segments; s; s = s->next) {
        if (s->route_count == r->scratch_count &&
            memcmp(s->routes, r->scratch, r->scratch_count * sizeof(*s->routes)) == 0)
            return s;
    }
    return NULL;
}

static csc_segment *new_segment(csc_resolution *r, csc_root *root)
{
    csc_segment *s = csc_arena_alloc(r->arena, 1, sizeof(*s));
    if (!s)
        return NULL;
    s->routes = csc_arena_alloc(r->arena, r->scratch_count, sizeof(*s->routes));
    if (!s->routes)
        return NULL;
    memcpy(s->routes, r->scratch, r->scratch_count * sizeof(*s->routes));
    s->route_count = r->scratch_count;
    s->id = r->segment_count++;
    s->next = root->segments;
    root->segments = s;
    return s;
}

bool csc_resolve_segment(csc_resolution *r, csc_root *root, const csc_gate *gate, uint32_t port,
                         const csc_labels *pod_labels, const csc_segment **out)
{
    *out = NULL;
    if (!root->filtered && root->segments) {
        *out = root->segments;
        return true;
    }
    if (!collect(r, root, gate, port, pod_labels))
        return false;
    if (r->scratch_count == 0)
        return true; /* */
    *out = known_segment(r, root);
    if (!*out)
        *out = new_segment(r, root);
    return *out != NULL;
}
