// SPDX-License-Identifier: Apache-2.0
// corsPolicy -> csc_ir_policy (P-2 to P-11): lists become the strings that go on the wire. One
// policy per corsPolicy in the documents, however many routes carry it.
#include "compiler/resolve/resolution.h"

#include <string.h>

/* P-5: joined by a comma without blank, in order, nothing removed. */
static corsac_str join(csc_arena *arena, const csc_strings *items)
{
    size_t size = 0;
    for (size_t i = 0; i < items->count; i++)
        size += items->items[i].text.size + (i ? 1 : 0);
    char *text = csc_arena_alloc(arena, 1, size + 1);
    if (!text)
        return (corsac_str){"", 0};
    char *at = text;
    for (size_t i = 0; i < items->count; i++) {
        if (i)
            *at++ = ',';
        if (items->items[i].text.size)
            memcpy(at, items->items[i].text.data, items->items[i].text.size);
        at += items->items[i].text.size;
    }
    return (corsac_str){text, size};
}

static corsac_str decimal(csc_arena *arena, int64_t number)
{
    char digits[CSC_DECIMAL_BYTES];
    uint64_t magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
    const corsac_str texts[] = {csc_str_from(number < 0 ? "-" : ""),
                                csc_str_decimal(digits, magnitude)};
    return csc_arena_join(arena, texts, sizeof(texts) / sizeof(*texts));
}

static csc_ir_policy translate(csc_resolution *r, const csc_merged_rule *rule)
{
    const csc_cors_policy *written = rule->policy;
    csc_ir_policy policy = {
        .origins = written->origins,
        .origin_count = written->origin_count,
        .deprecated_list = written->deprecated_list,
        .allow_methods = join(r->arena, &written->allow_methods),
        .allow_headers = join(r->arena, &written->allow_headers),
        .expose_headers = join(r->arena, &written->expose_headers),
        .max_age = csc_str_from(""),
        .allow_credentials = written->allow_credentials == CSC_TRUE, /* P-10 */
        .forward_unmatched = written->forward_unmatched,             /* P-11 */
        .source = {.owner = rule->policy_owner,
                   .span = written->span,
                   .rule_index = written->rule_index,
                   .match_index = SIZE_MAX},
    };
    if (written->has_max_age) /* P-6 */
        policy.max_age = decimal(r->arena, written->max_age_seconds);
    return policy;
}

bool csc_resolve_make_policy(csc_resolution *r, csc_merged_rule *rule)
{
    csc_ir_policy *policy = csc_arena_alloc(r->arena, 1, sizeof(*policy));
    if (policy && rule->policy) {
        *policy = translate(r, rule);
        policy->home = &policy->memo;
    }
    rule->made_policy = rule->policy ? policy : NULL;
    return policy != NULL;
}

bool csc_resolve_policy(csc_resolution *r, const csc_merged_rule *rule, uint32_t *out)
{
    *out = CORSAC_NONE;
    if (!rule->policy)
        return true;
    bool added;
    corsac_str key = {(const char *)&rule->policy, sizeof(rule->policy)};
    size_t *slot = csc_map_put(r->policy_by_pointer, key, &added);
    if (!slot)
        return false;
    if (added) {
        r->ir->policies = csc_arena_grow(r->arena, r->ir->policies, r->ir->policy_count,
                                         &r->policy_capacity, sizeof(*r->ir->policies));
        if (!r->ir->policies)
            return false;
        r->ir->policies[r->ir->policy_count] =
            rule->made_policy ? *rule->made_policy : translate(r, rule);
        *slot = r->ir->policy_count++;
    }
    *out = (uint32_t)*slot;
    return !csc_arena_failed(r->arena);
}
