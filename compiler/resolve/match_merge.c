// SPDX-License-Identifier: Apache-2.0
// The match blocks of a delegating rule and of a delegate's rule, joined pair by pair (L-5 to L-8).
#include "compiler/resolve/resolution.h"

/* ---- conflicts ---------------------------------------------------------------------------- */

/* L-8: only an equal exact, or a prefix that the leaf extends, gets through. */
static bool strings_conflict(const csc_string_match *root, const csc_string_match *leaf)
{
    if (!root->present || !leaf->present)
        return false;
    if (root->kind == CSC_MATCH_EXACT && leaf->kind == CSC_MATCH_EXACT && root->value.size)
        return !csc_str_equal(root->value, leaf->value);
    if (root->kind == CSC_MATCH_PREFIX && root->value.size &&
        (leaf->kind == CSC_MATCH_PREFIX || leaf->kind == CSC_MATCH_EXACT))
        return !csc_str_starts(leaf->value, root->value);
    return true;
}

/* Both lists are sorted by key bytes, so that one pass finds the keys they share. */
static bool keyed_conflict(const csc_keyed_matches *root, const csc_keyed_matches *leaf)
{
    for (size_t i = 0, j = 0; i < root->count && j < leaf->count;) {
        int order = csc_str_compare(root->items[i].key, leaf->items[j].key);
        if (order == 0) {
            csc_string_match a = root->items[i].match, b = leaf->items[j].match;
            a.present = b.present = true; /* a null member is an empty StringMatch (D-11) */
            if (strings_conflict(&a, &b))
                return true;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return false;
}

static bool labels_conflict(const csc_labels *root, const csc_labels *leaf)
{
    for (size_t i = 0, j = 0; i < root->count && j < leaf->count;) {
        int order = csc_str_compare(root->items[i].key, leaf->items[j].key);
        if (order == 0 && !csc_str_equal(root->items[i].value, leaf->items[j].value))
            return true;
        i += order <= 0;
        j += order >= 0;
    }
    return false;
}

static bool lists(const csc_strings *names, corsac_str name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (csc_str_equal(names->items[i].text, name))
            return true;
    }
    return false;
}

static bool gateways_conflict(const csc_strings *root, const csc_strings *leaf)
{
    if (!root->count || !leaf->count)
        return false;
    if (root->count < leaf->count)
        return true;
    for (size_t i = 0; i < leaf->count; i++) {
        if (!lists(root, leaf->items[i].text))
            return true;
    }
    return false;
}

/* L-7 */
static bool blocks_conflict(const csc_match_block *root, const csc_match_block *leaf)
{
    return strings_conflict(&root->uri, &leaf->uri) ||
           strings_conflict(&root->scheme, &leaf->scheme) ||
           strings_conflict(&root->method, &leaf->method) ||
           strings_conflict(&root->authority, &leaf->authority) ||
           keyed_conflict(&root->headers, &leaf->headers) ||
           keyed_conflict(&root->without_headers, &leaf->without_headers) ||
           keyed_conflict(&root->query_params, &leaf->query_params) ||
           root->ignore_uri_case != leaf->ignore_uri_case ||
           (root->port && leaf->port && root->port != leaf->port) ||
           (root->source_namespace.size &&
            !csc_str_equal(root->source_namespace, leaf->source_namespace)) ||
           labels_conflict(&root->source_labels, &leaf->source_labels) ||
           gateways_conflict(&root->gateways, &leaf->gateways);
}

/* ---- merging ------------------------------------------------------------------------------ */

corsac_str csc_resolve_merge_names(csc_resolution *r, corsac_str root, corsac_str leaf)
{
    if (!root.size)
        return leaf;
    if (!leaf.size)
        return root;
    return csc_arena_printf(r->arena, "%.*s-%.*s", (int)root.size, root.data, (int)leaf.size,
                            leaf.data);
}

static csc_keyed_matches keyed_union(csc_arena *arena, csc_keyed_matches root,
                                     csc_keyed_matches leaf)
{
    if (!root.count || !leaf.count)
        return leaf.count ? leaf : root;
    csc_keyed_matches all = {0};
    all.items = csc_arena_alloc(arena, root.count + leaf.count, sizeof(*all.items));
    for (size_t i = 0, j = 0; all.items && (i < root.count || j < leaf.count);) {
        int order = i == root.count   ? 1
                    : j == leaf.count ? -1
                                      : csc_str_compare(root.items[i].key, leaf.items[j].key);
        all.items[all.count++] = order < 0 ? root.items[i] : leaf.items[j];
        i += order <= 0;
        j += order >= 0;
    }
    return all;
}

static csc_labels labels_union(csc_arena *arena, csc_labels root, csc_labels leaf)
{
    if (!root.count || !leaf.count)
        return leaf.count ? leaf : root;
    csc_labels all = {0};
    all.items = csc_arena_alloc(arena, root.count + leaf.count, sizeof(*all.items));
    for (size_t i = 0, j = 0; all.items && (i < root.count || j < leaf.count);) {
        int order = i == root.count   ? 1
                    : j == leaf.count ? -1
                                      : csc_str_compare(root.items[i].key, leaf.items[j].key);
        all.items[all.count++] = order < 0 ? root.items[i] : leaf.items[j];
        i += order <= 0;
        j += order >= 0;
    }
    return all;
}

/* L-6: the leaf's block with what it leaves open filled in from the root's. */
static csc_match_block merge_blocks(csc_resolution *r, const csc_match_block *root,
                                    const csc_match_block *leaf)
{
    csc_match_block merged = *leaf;
    merged.name = csc_resolve_merge_names(r, root->name, leaf->name);
    if (!leaf->uri.present)
        merged.uri = root->uri;
    if (!leaf->scheme.present)
        merged.scheme = root->scheme;
    if (!leaf->method.present)
        merged.method = root->method;
    if (!leaf->authority.present)
        merged.authority = root->authority;
    merged.headers = keyed_union(r->arena, root->headers, leaf->headers);
    merged.without_headers = keyed_union(r->arena, root->without_headers, leaf->without_headers);
    merged.query_params = keyed_union(r->arena, root->query_params, leaf->query_params);
    merged.source_labels = labels_union(r->arena, root->source_labels, leaf->source_labels);
    if (!leaf->port)
        merged.port = root->port;
    if (!leaf->source_namespace.size)
        merged.source_namespace = root->source_namespace;
    if (!leaf->gateways.count)
        merged.gateways = root->gateways;
    if (!leaf->stat_prefix.size)
        merged.stat_prefix = root->stat_prefix;
    return merged;
}

/* The root's blocks stand for a delegate's rule that has none: no index of their own there. */
static bool adopt_blocks(csc_resolution *r, const csc_match_block *blocks, size_t count,
                         csc_match_block **out)
{
    csc_match_block *copies = csc_arena_alloc(r->arena, count, sizeof(*copies));
    if (!copies)
        return false;
    for (size_t i = 0; i < count; i++) {
        copies[i] = blocks[i];
        copies[i].index = SIZE_MAX;
    }
    *out = copies;
    return true;
}

bool csc_resolve_merge_matches(csc_resolution *r, const csc_match_block *roots, size_t root_count,
                               const csc_match_block *leaves, size_t leaf_count,
                               csc_match_block **out, size_t *out_count)
{
    *out_count = leaf_count ? 0 : root_count;
    if (!leaf_count)
        return adopt_blocks(r, roots, root_count, out);
    size_t capacity = 0;
    *out = NULL;
    for (size_t d = 0; d < leaf_count; d++) {
        size_t before = *out_count;
        for (size_t i = 0; i < root_count; i++) {
            if (blocks_conflict(&roots[i], &leaves[d]))
                continue;
            *out = csc_arena_grow(r->arena, *out, *out_count, &capacity, sizeof(**out));
            if (!*out)
                return false;
            (*out)[(*out_count)++] = merge_blocks(r, &roots[i], &leaves[d]);
        }
        // One leaf block without a root block costs the whole rule, not just itself.
        if (*out_count == before) {
            *out_count = 0;
            break;
        }
    }
    return !csc_arena_failed(r->arena);
}
