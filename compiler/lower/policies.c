// SPDX-License-Identifier: Apache-2.0
// Policies: header values as texts ready to be set (P-5, P-6), the origin set beside them.
#include "compiler/lower/lower.h"
#include "engine/image/origin_glance_format.h"

static uint32_t flags_of(const csc_ir_policy *policy)
{
    uint32_t flags = 0;
    if (policy->allow_credentials)
        flags |= CSE_POLICY_CREDENTIALS;
    if (policy->forward_unmatched)
        flags |= CSE_POLICY_FORWARD_UNMATCHED;
    if (csc_str_is(policy->allow_methods, "*"))
        flags |= CSE_POLICY_REFLECT_METHODS;
    if (csc_str_is(policy->allow_headers, "*"))
        flags |= CSE_POLICY_REFLECT_HEADERS;
    return flags;
}

static cse_glance glance_at(const csc_sections *sections, uint32_t set)
{
    const cse_origin_set *sets = (const void *)sections->slots[CSE_SECTION_ORIGIN_SETS].bytes;
    return cse_origin_glance(&sets[set], sections->slots[CSE_SECTION_ORIGIN_KEYS].bytes);
}

/* Policies that decide alike, by csc_ir_policy.number. */
typedef struct kept_policy {
    csc_kept_set *origins; /* NULL: not yet made */
    uint32_t flags;
    uint32_t allow_methods, allow_headers, max_age, expose_headers; /* numbers of texts */
} kept_policy;

struct csc_kept_list {
    kept_policy *items;
    size_t capacity;
};

static kept_policy *kept_at(csc_kept *kept, uint32_t number)
{
    if (!kept->policies)
        kept->policies = csc_arena_alloc(kept->arena, 1, sizeof(*kept->policies));
    struct csc_kept_list *list = kept->policies;
    while (list && number >= list->capacity) {
        kept_policy *grown = csc_arena_grow(kept->arena, list->items, list->capacity,
                                            &list->capacity, sizeof(*grown));
        if (!grown)
            return NULL;
        list->items = grown;
    }
    return list ? &list->items[number] : NULL;
}

static void append_policy(csc_sections *sections, const kept_policy *kept, uint32_t set)
{
    cse_policy record = {
        .origin_set = set, .flags = kept->flags, .glance = glance_at(sections, set)};
    record.allow_methods =
        csc_sections_place(sections, kept->allow_methods); /* in this order */
    record.allow_headers = csc_sections_place(sections, kept->allow_headers);
    record.max_age = csc_sections_place(sections, kept->max_age);
    record.expose_headers = csc_sections_place(sections, kept->expose_headers);
    csc_sections_append(sections, CSE_SECTION_POLICIES, &record, sizeof(record));
}

/* Its texts are stored at once: behind those of its set. */
static void keep_texts(csc_sections *sections, kept_policy *kept, const csc_ir_policy *policy)
{
    kept->flags = flags_of(policy);
    kept->allow_methods = csc_sections_intern(sections, &policy->allow_methods, 1);
    kept->allow_headers = csc_sections_intern(sections, &policy->allow_headers, 1);
    kept->max_age = csc_sections_intern(sections, &policy->max_age, 1);
    kept->expose_headers = csc_sections_intern(sections, &policy->expose_headers, 1);
}

static corsac_status lower_policy(csc_lowering *lowering, const csc_ir_policy *policy,
                                  uint32_t *set)
{
    csc_origins *origins = lowering->origins;
    kept_policy *kept = kept_at(lowering->kept, policy->number);
    if (!kept)
        return CORSAC_E_MEMORY;
    csc_kept_set *list = kept->origins;
    if (!list)
        list = csc_origin_keep(origins, policy->origins, policy->origin_count);
    if (!list)
        return CORSAC_E_MEMORY;
    corsac_status status =
        csc_origin_place(origins, list, policy->origins, policy->origin_count, set);
    if (status != CORSAC_OK)
        return status;
    if (!kept->origins)
        keep_texts(lowering->sections, kept, policy);
    kept->origins = list;
    append_policy(lowering->sections, kept, *set);
    return csc_sections_status(lowering->sections); /* hosts.c reads the record */
}

corsac_status csc_lower_policies(csc_lowering *lowering)
{
    const csc_ir *ir = lowering->ir;
    csc_arena *arena = lowering->context->arena;
    csc_sections_declare(lowering->sections, CSE_SECTION_POLICIES, sizeof(cse_policy));
    lowering->policies = csc_arena_alloc(arena, ir->policy_count + 1, sizeof(uint32_t));
    lowering->policy_sets = csc_arena_alloc(arena, ir->policy_count + 1, sizeof(uint32_t));
    if (!lowering->policies || !lowering->policy_sets)
        return CORSAC_E_MEMORY;
    uint32_t count = 0;
    for (size_t i = 0; i < ir->policy_count; i++) {
        const csc_ir_policy *policy = &ir->policies[i];
        if (policy->twin < i) {
            lowering->policies[i] = lowering->policies[policy->twin];
            lowering->policy_sets[i] = lowering->policy_sets[policy->twin];
            continue;
        }
        corsac_status status = lower_policy(lowering, policy, &lowering->policy_sets[i]);
        if (status != CORSAC_OK)
            return status;
        lowering->policies[i] = count++;
    }
    return csc_origins_finish(lowering->origins);
}
