// SPDX-License-Identifier: Apache-2.0
// Chapter L: delegates merged into the VirtualServices that name them, and the order of H-20.
#include <stdlib.h>

#include "oracle/internal.h"

/* ---- L-8, L-7: conflicts ---------------------------------------------------------------- */

static bool has_value(const oracle_match *match, oracle_match_kind kind)
{
    return match->kind == kind && match->value.size > 0;
}

/* L-8: the rows of the table from the top; only when both are present. */
static bool matches_conflict(const oracle_match *root, const oracle_match *leaf)
{
    if (!root->present || !leaf->present)
        return false;
    if (has_value(root, ORACLE_MATCH_REGEX) || has_value(leaf, ORACLE_MATCH_REGEX))
        return true;
    if (has_value(root, ORACLE_MATCH_EXACT))
        return !(leaf->kind == ORACLE_MATCH_EXACT && text_equal(root->value, leaf->value));
    if (has_value(root, ORACLE_MATCH_PREFIX) &&
        (has_value(leaf, ORACLE_MATCH_PREFIX) || has_value(leaf, ORACLE_MATCH_EXACT)))
        return !text_starts_with(leaf->value, root->value);
    return true;
}

static const oracle_keyed_match *find_key(const oracle_keyed_matches *list, corsac_str key)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].key, key))
            return &list->items[i];
    return NULL;
}

static bool keyed_conflict(const oracle_keyed_matches *root, const oracle_keyed_matches *leaf)
{
    for (size_t i = 0; i < root->count; i++) {
        const oracle_keyed_match *other = find_key(leaf, root->items[i].key);
        if (other != NULL && matches_conflict(&root->items[i].match, &other->match))
            return true;
    }
    return false;
}

static bool labels_conflict(const oracle_labels *root, const oracle_labels *leaf)
{
    for (size_t i = 0; i < root->count; i++)
        for (size_t j = 0; j < leaf->count; j++)
            if (text_equal(root->items[i].key, leaf->items[j].key) &&
                !text_equal(root->items[i].value, leaf->items[j].value))
                return true;
    return false;
}

static bool gateways_conflict(const oracle_texts *root, const oracle_texts *leaf)
{
    if (root->count == 0 || leaf->count == 0)
        return false;
    if (root->count < leaf->count)
        return true;
    for (size_t i = 0; i < leaf->count; i++)
        if (!oracle_texts_contain(root, leaf->items[i]))
            return true;
    return false;
}

/* L-7 */
static bool blocks_conflict(const oracle_block *root, const oracle_block *leaf)
{
    return matches_conflict(&root->uri, &leaf->uri) ||
           matches_conflict(&root->scheme, &leaf->scheme) ||
           matches_conflict(&root->method, &leaf->method) ||
           matches_conflict(&root->authority, &leaf->authority) ||
           keyed_conflict(&root->headers, &leaf->headers) ||
           keyed_conflict(&root->without_headers, &leaf->without_headers) ||
           keyed_conflict(&root->query_params, &leaf->query_params) ||
           root->ignore_uri_case != leaf->ignore_uri_case ||
           (root->port != 0 && leaf->port != 0 && root->port != leaf->port) ||
           (root->source_namespace.size > 0 &&
            !text_equal(root->source_namespace, leaf->source_namespace)) ||
           labels_conflict(&root->source_labels, &leaf->source_labels) ||
           gateways_conflict(&root->gateways, &leaf->gateways);
}

/* ---- L-6: merge ------------------------------------------------------------------------- */

static oracle_match merged_match(const oracle_match *root, const oracle_match *leaf)
{
    return leaf->present ? *leaf : *root;
}

static oracle_keyed_matches merged_keys(oracle_pool *pool, const oracle_keyed_matches *root,
                                        const oracle_keyed_matches *leaf)
{
    oracle_keyed_matches merged = {0};
    for (size_t i = 0; i < leaf->count; i++)
        *(oracle_keyed_match *)ORACLE_APPEND(pool, &merged) = leaf->items[i];
    for (size_t i = 0; i < root->count; i++)
        if (find_key(leaf, root->items[i].key) == NULL)
            *(oracle_keyed_match *)ORACLE_APPEND(pool, &merged) = root->items[i];
    return merged;
}

/* Equal keys have equal values here (L-7), so repeating one changes nothing. */
static oracle_labels merged_labels(oracle_pool *pool, const oracle_labels *root,
                                   const oracle_labels *leaf)
{
    oracle_labels merged = {0};
    for (size_t i = 0; i < leaf->count; i++)
        *(oracle_label *)ORACLE_APPEND(pool, &merged) = leaf->items[i];
    for (size_t i = 0; i < root->count; i++)
        *(oracle_label *)ORACLE_APPEND(pool, &merged) = root->items[i];
    return merged;
}

/* L-6, L-9: the one that is there, or both with a hyphen */
static corsac_str merged_name(oracle_pool *pool, corsac_str root, corsac_str leaf)
{
    if (root.size == 0 || leaf.size == 0)
        return leaf.size > 0 ? leaf : root;
    return oracle_pool_format(pool, "%.*s-%.*s", (int)root.size, root.data, (int)leaf.size,
                              leaf.data);
}

static oracle_block merged_block(oracle_pool *pool, const oracle_block *root,
                                 const oracle_block *leaf)
{
    return (oracle_block){
        .name = merged_name(pool, root->name, leaf->name),
        .uri = merged_match(&root->uri, &leaf->uri),
        .scheme = merged_match(&root->scheme, &leaf->scheme),
        .method = merged_match(&root->method, &leaf->method),
        .authority = merged_match(&root->authority, &leaf->authority),
        .headers = merged_keys(pool, &root->headers, &leaf->headers),
        .without_headers = merged_keys(pool, &root->without_headers, &leaf->without_headers),
        .query_params = merged_keys(pool, &root->query_params, &leaf->query_params),
        .port = leaf->port != 0 ? leaf->port : root->port,
        .ignore_uri_case = leaf->ignore_uri_case,
        .source_labels = merged_labels(pool, &root->source_labels, &leaf->source_labels),
        .source_namespace =
            leaf->source_namespace.size > 0 ? leaf->source_namespace : root->source_namespace,
        .gateways = leaf->gateways.count > 0 ? leaf->gateways : root->gateways,
    };
}

/* ---- rules ------------------------------------------------------------------------------ */

/* The blocks of one rule with gateway names resolved in the namespace of its document (H-8, L-11).
 */
static oracle_merged_blocks own_blocks(oracle_pool *pool, const oracle_rule *rule,
                                       corsac_str namespace_)
{
    oracle_merged_blocks blocks = {0};
    for (size_t i = 0; i < rule->match.count; i++) {
        oracle_merged_block *added = ORACLE_APPEND(pool, &blocks);
        added->block = rule->match.items[i];
        added->counted = true;
        added->index = i;
        added->block.gateways = (oracle_texts){0};
        for (size_t j = 0; j < rule->match.items[i].gateways.count; j++)
            *(corsac_str *)ORACLE_APPEND(pool, &added->block.gateways) =
                oracle_resolve_gateway_name(pool, rule->match.items[i].gateways.items[j],
                                            namespace_);
    }
    return blocks;
}

static oracle_merged_rule own_rule(oracle_pool *pool, const oracle_service *service, size_t index)
{
    const oracle_rule *rule = &service->http.items[index];
    corsac_str owner = oracle_qualified(pool, service->namespace_, service->name);
    return (oracle_merged_rule){
        .owner = owner,
        .name = rule->name,
        .index = index,
        .match = own_blocks(pool, rule, service->namespace_),
        .redirect = rule->redirect,
        .direct_response = rule->direct_response,
        .policy = {rule->cors, owner, index},
    };
}

/* L-5. False: some block of the delegate conflicts with every block of the root. */
static bool merge_blocks(oracle_pool *pool, const oracle_merged_blocks *root,
                         oracle_merged_blocks *leaf)
{
    if (root->count == 0)
        return true;
    oracle_merged_blocks merged = {0};
    if (leaf->count == 0) {
        for (size_t i = 0; i < root->count; i++) {
            oracle_merged_block *added = ORACLE_APPEND(pool, &merged);
            added->block =
                root->items[i].block; /* counted stays false: the delegate wrote no match */
        }
        *leaf = merged;
        return true;
    }
    for (size_t d = 0; d < leaf->count; d++) {
        size_t before = merged.count;
        for (size_t r = 0; r < root->count; r++) {
            if (blocks_conflict(&root->items[r].block, &leaf->items[d].block))
                continue;
            oracle_merged_block *added = ORACLE_APPEND(pool, &merged);
            *added = leaf->items[d];
            added->block = merged_block(pool, &root->items[r].block, &leaf->items[d].block);
        }
        if (merged.count == before)
            return false;
    }
    *leaf = merged;
    return true;
}

/* L-9: whole values, the delegate's first; redirect and route are not inherited. */
static void inherit(oracle_pool *pool, oracle_merged_rule *leaf, const oracle_merged_rule *root)
{
    leaf->name = merged_name(pool, root->name, leaf->name);
    if (leaf->policy.cors == NULL)
        leaf->policy = root->policy;
    leaf->direct_response = leaf->direct_response || root->direct_response;
}

/* L-1, L-2 */
static const oracle_service *find_delegate(const oracle *instance, const oracle_service *root,
                                           const oracle_rule *rule)
{
    corsac_str namespace_ =
        rule->delegate_namespace.size > 0 ? rule->delegate_namespace : root->namespace_;
    for (size_t i = 0; i < instance->documents->services.count; i++) {
        const oracle_service *service = &instance->documents->services.items[i];
        if (service->quarantined || !text_equal(service->name, rule->delegate_name) ||
            !text_equal(service->namespace_, namespace_))
            continue;
        bool visible = oracle_exported_to_everyone(instance, service) ||
                       oracle_exported_to(instance, service, root->namespace_);
        return service->hosts.count == 0 && visible ? service : NULL;
    }
    return NULL;
}

/* L-3 */
static void merge_rules(oracle *instance, oracle_merged_service *merged)
{
    oracle_pool *pool = &instance->pool;
    const oracle_service *root = merged->document;
    for (size_t i = 0; i < root->http.count; i++) {
        oracle_merged_rule root_rule = own_rule(pool, root, i);
        if (!root->http.items[i].has_delegate) {
            *(oracle_merged_rule *)ORACLE_APPEND(pool, &merged->rules) = root_rule;
            continue;
        }
        const oracle_service *delegate = find_delegate(instance, root, &root->http.items[i]);
        for (size_t j = 0; delegate != NULL && j < delegate->http.count; j++) {
            oracle_merged_rule rule = own_rule(pool, delegate, j);
            inherit(pool, &rule, &root_rule);
            if (merge_blocks(pool, &root_rule.match, &rule.match))
                *(oracle_merged_rule *)ORACLE_APPEND(pool, &merged->rules) = rule;
        }
    }
}

/* ---- services --------------------------------------------------------------------------- */

/* H-20; an absent timestamp is 0, the oldest */
static int by_age_and_name(const void *left, const void *right)
{
    const oracle_service *a = ((const oracle_merged_service *)left)->document;
    const oracle_service *b = ((const oracle_merged_service *)right)->document;
    if (a->created_seconds != b->created_seconds)
        return a->created_seconds < b->created_seconds ? -1 : 1;
    int order = text_compare(a->name, b->name);
    return order != 0 ? order : text_compare(a->namespace_, b->namespace_);
}

void oracle_merge_services(oracle *instance)
{
    oracle_pool *pool = &instance->pool;
    const oracle_services *all = &instance->documents->services;
    for (size_t i = 0; i < all->count; i++) {
        const oracle_service *service = &all->items[i];
        if (service->quarantined || service->hosts.count == 0) /* X-1, L-1 */
            continue;
        oracle_merged_service *merged = ORACLE_APPEND(pool, &instance->services);
        merged->document = service;
        for (size_t j = 0; j < service->hosts.count; j++)
            *(corsac_str *)ORACLE_APPEND(pool, &merged->hosts) =
                oracle_resolve_host(instance, pool, service->hosts.items[j], service->namespace_);
        for (size_t j = 0; j < service->gateways.count; j++)
            *(corsac_str *)ORACLE_APPEND(pool, &merged->gateways) =
                oracle_resolve_gateway_name(pool, service->gateways.items[j], service->namespace_);
        merge_rules(instance, merged);
    }
    if (instance->services.count > 1)
        qsort(instance->services.items, instance->services.count, sizeof *instance->services.items,
              by_age_and_name);
}
