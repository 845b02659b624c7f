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

static corsac_status lower_policy(csc_lowering *lowering, const csc_ir_policy *policy,
                                  uint32_t *set)
{
    corsac_status status =
        csc_origin_lower(lowering->origins, policy->origins, policy->origin_count, set);
    if (status != CORSAC_OK)
        return status;
    csc_sections *sections = lowering->sections;
    cse_policy record = {
        .origin_set = *set,
        .flags = flags_of(policy),
        .allow_methods = csc_sections_string(sections, policy->allow_methods),
        .allow_headers = csc_sections_string(sections, policy->allow_headers),
        .max_age = csc_sections_string(sections, policy->max_age),
        .expose_headers = csc_sections_string(sections, policy->expose_headers),
        .glance = glance_at(sections, *set),
    };
    csc_sections_append(sections, CSE_SECTION_POLICIES, &record, sizeof(record));
    return csc_sections_status(sections); /* hosts.c reads the record */
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
