// SPDX-License-Identifier: Apache-2.0
// Rules and match blocks that can never decide, as far as Istio's own checks see it (V-32 to V-34).
// Equal blocks are found through a map of their contents; the pairs of V-34 are limited by a
// budget, since they are a heuristic and a hostile document could ask for billions of comparisons.
#include "compiler/decode/decode.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/validate.h"
#include "compiler/support/buffer.h"
#include "compiler/support/map.h"

enum { PAIR_BUDGET = 2000000, BYTES_PER_UNIT = 64 };

/* A block that takes part in V-34. */
typedef struct live_block {
    csc_match_block block;
    size_t rule;
} live_block;

typedef struct reachability {
    csc_finder *finder;
    const csc_path *path;
    csc_map *seen; /* contents of a block -> index of its rule; NULL: there is one block at most */
    size_t no_match; /* index + 1 of the first rule without match */
    live_block *live;
    size_t live_count, live_capacity;
} reachability;

/* ---- contents --------------------------------------------------------------------------- */

static void put_number(csc_buffer *out, char mark, size_t number)
{
    char digits[CSC_DECIMAL_BYTES];
    csc_buffer_append(out, (corsac_str){&mark, 1});
    csc_buffer_append(out, csc_str_decimal(digits, number));
}

static void put(csc_buffer *out, char mark, corsac_str text)
{
    put_number(out, mark, text.size);
    csc_buffer_append(out, (corsac_str){":", 1});
    csc_buffer_append(out, text);
}

static void put_match(csc_buffer *out, char mark, const csc_string_match *match)
{
    if (!match->present)
        return;
    put_number(out, mark, (size_t)match->kind);
    put(out, '=', match->value);
}

static void put_keyed(csc_buffer *out, char mark, const csc_keyed_matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        put(out, mark, matches->items[i].key);
        put_match(out, '=', &matches->items[i].match);
    }
}

/* Everything but the name, without ambiguity. */
static corsac_str contents(csc_arena *arena, const csc_match_block *block)
{
    csc_buffer out = {.arena = arena};
    put_match(&out, 'u', &block->uri);
    put_match(&out, 's', &block->scheme);
    put_match(&out, 'm', &block->method);
    put_match(&out, 'a', &block->authority);
    put_keyed(&out, 'h', &block->headers);
    put_keyed(&out, 'w', &block->without_headers);
    put_keyed(&out, 'q', &block->query_params);
    put_number(&out, 'p', block->port);
    csc_buffer_append(&out, csc_str_from(block->ignore_uri_case ? "i" : "c"));
    for (size_t i = 0; i < block->source_labels.count; i++) {
        put(&out, 'l', block->source_labels.items[i].key);
        put(&out, '=', block->source_labels.items[i].value);
    }
    put(&out, 'n', block->source_namespace);
    for (size_t i = 0; i < block->gateways.count; i++)
        put(&out, 'g', block->gateways.items[i].text);
    put(&out, 't', block->stat_prefix);
    return csc_buffer_finish(&out);
}

/* ---- V-34 ------------------------------------------------------------------------------- */

/* Has a text in the sense of V-34, "exact:v" or "prefix:v"; an empty v counts as none. */
static bool has_text(const csc_string_match *match)
{
    return (match->kind == CSC_MATCH_EXACT || match->kind == CSC_MATCH_PREFIX) && match->value.size;
}

static bool covers(const csc_string_match *a, const csc_string_match *b, bool method)
{
    static const csc_string_match get = {
        .present = true, .kind = CSC_MATCH_EXACT, .value = {"GET", 3}};
    bool a_text = has_text(a), b_text = has_text(b);
    if (method && !a_text)
        return covers(&get, b, false) || (!b_text);
    if (method && !b_text)
        return covers(a, &get, false);
    if (!b_text)
        return true;
    return a_text && a->kind == b->kind && csc_str_starts(a->value, b->value);
}

static bool keyed_cover(const csc_keyed_matches *a, const csc_keyed_matches *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!csc_str_equal(a->items[i].key, b->items[i].key) ||
            !covers(&a->items[i].match, &b->items[i].match, false))
            return false;
    return true;
}

static bool overlaps(const csc_match_block *a, const csc_match_block *b)
{
    return a->uri.value.size < b->uri.value.size && csc_str_starts(b->uri.value, a->uri.value) &&
           a->port == b->port && covers(&a->method, &b->method, true) &&
           covers(&a->authority, &b->authority, false) && keyed_cover(&a->headers, &b->headers) &&
           keyed_cover(&a->query_params, &b->query_params) &&
           keyed_cover(&a->without_headers, &b->without_headers);
}

static void report_overlaps(reachability *r)
{
    size_t budget = PAIR_BUDGET;
    for (size_t j = 1; j < r->live_count; j++) {
        const csc_match_block *later = &r->live[j].block;
        for (size_t i = 0; i < j; i++) {
            const csc_match_block *earlier = &r->live[i].block;
            size_t cost = 1 + (earlier->uri.value.size + earlier->headers.count) / BYTES_PER_UNIT;
            if (cost > budget)
                return;
            budget -= cost;
            if (!overlaps(earlier, later))
                continue;
            csc_path rule = csc_path_item(r->path, r->live[j].rule);
            csc_path match = csc_path_field(&rule, "match");
            csc_path item = csc_path_item(&match, later->index);
            csc_find_warning(r->finder, "match-overlapped", "V-34", later->uri.span, &item,
                             "The match http[%zu].match[%zu] stands before this one, and its uri "
                             "prefix %s includes %s.",
                             r->live[i].rule, earlier->index,
                             csc_show(r->finder, earlier->uri.value),
                             csc_show(r->finder, later->uri.value));
            break;
        }
    }
}

/* ---- V-32, V-33 ------------------------------------------------------------------------- */

static void keep_live(reachability *r, const csc_match_block *block, size_t rule)
{
    if (block->uri.kind != CSC_MATCH_PREFIX || block->uri.value.size == 0)
        return;
    live_block *live = csc_arena_grow(r->finder->context->arena, r->live, r->live_count,
                                      &r->live_capacity, sizeof *live);
    if (!live)
        return;
    r->live = live;
    live[r->live_count++] = (live_block){*block, rule};
}

/* True if the block repeats an earlier one. */
static bool look_at_block(reachability *r, const csc_path *path, const csc_node *node, size_t rule,
                          size_t index)
{
    csc_arena *arena = r->finder->context->arena;
    csc_match_block block = {.index = index};
    bool added = true;
    csc_take_block(arena, node, &block);
    size_t *slot = csc_map_put(r->seen, contents(arena, &block), &added);
    if (!slot)
        return false;
    if (added) {
        *slot = rule;
        keep_live(r, &block, rule);
        return false;
    }
    csc_find_warning(r->finder, "match-unused", "V-33", node->span, path,
                     "This match repeats one of http[%zu] and is never used.", *slot);
    return true;
}

static void look_at_rule(reachability *r, const csc_node *rule, size_t index)
{
    csc_path here = csc_path_item(r->path, index), list = csc_path_field(&here, "match");
    const csc_node *blocks = csc_field(rule, "match");
    size_t count = csc_field_count(rule, "match"), repeated = 0;
    if (r->no_match) {
        csc_find_warning(
            r->finder, "rule-unused", "V-32", rule->span, &here,
            "This rule is never used, because http[%zu] before it has no match and takes "
            "every request.",
            r->no_match - 1);
        return;
    }
    if (count == 0)
        r->no_match = index + 1;
    for (size_t i = 0; r->seen && i < count && !r->finder->failed; i++) {
        csc_path item = csc_path_item(&list, i);
        repeated +=
            !blocks->items[i]->broken && look_at_block(r, &item, blocks->items[i], index, i);
    }
    if (count > 0 && repeated == count)
        csc_find_warning(r->finder, "rule-unused", "V-32", rule->span, &here,
                         "This rule is never used, because earlier rules have all of its matches.");
}

void csc_validate_reachability(csc_finder *finder, const csc_path *path, const csc_node *http)
{
    reachability r = {.finder = finder, .path = path};
    size_t blocks = 0;
    for (size_t i = 0; i < http->count; i++)
        blocks += csc_field_count(http->items[i], "match");
    if (blocks > 1)
        r.seen = csc_map_new(finder->context->arena);
    for (size_t i = 0; i < http->count && !finder->failed; i++)
        if (http->items[i]->kind == CSC_NODE_MAP && !http->items[i]->broken)
            look_at_rule(&r, http->items[i], i);
    report_overlaps(&r);
}
