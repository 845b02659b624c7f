// SPDX-License-Identifier: Apache-2.0
// Counters in memory that all workers share, so that whichever worker answers /metrics knows the
// totals. Each configuration has a zone of its own, since workers of the one before may still write
// to theirs; what those had counted goes on, policy by policy.
#include "module.h"

enum { ZONE_BASE_BYTES = 256 * 1024, ZONE_POLICY_BYTES = 2 * sizeof(csn_shared) };

static const csn_main_conf *in_use;

void csn_counters_in_use(const csn_main_conf *main_conf)
{
    in_use = main_conf;
}

/* The same policy in the configuration that is to be replaced, or NULL. */
static const csn_shared *predecessor(ngx_str_t label)
{
    csn_policy *const *policies = in_use != NULL ? in_use->policies.elts : NULL;
    for (ngx_uint_t i = 0; policies != NULL && i < in_use->policies.nelts; i++)
        if (policies[i]->label.len == label.len &&
            ngx_memcmp(policies[i]->label.data, label.data, label.len) == 0)
            return policies[i]->shared;
    return NULL;
}

static ngx_int_t init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t *pool = (ngx_slab_pool_t *)zone->shm.addr;
    csn_main_conf *conf = zone->data;
    csn_policy **policies = conf->policies.elts;
    (void)data;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
        csn_shared *shared = ngx_slab_calloc(pool, sizeof(*shared));
        if (shared == NULL || !csn_offer_init(&shared->offer))
            return NGX_ERROR;
        const csn_shared *before = predecessor(policies[i]->label);
        if (before != NULL)
            ngx_memcpy(shared->slots, before->slots, sizeof(shared->slots));
        policies[i]->shared = shared;
    }
    return NGX_OK;
}

ngx_int_t csn_counters_zone(ngx_conf_t *cf, csn_main_conf *main_conf)
{
    ngx_str_t name = ngx_string("corsac");
    if (main_conf->policies.nelts == 0)
        return NGX_OK;
    size_t size = ZONE_BASE_BYTES + main_conf->policies.nelts * ZONE_POLICY_BYTES;
    main_conf->zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_corsac_module);
    if (main_conf->zone == NULL)
        return NGX_ERROR;
    main_conf->zone->init = init_zone;
    main_conf->zone->data = main_conf;
    main_conf->zone->noreuse = 1;
    return NGX_OK;
}

csn_counts *csn_counters_mine(const csn_policy *policy)
{
    return policy->shared != NULL ? &policy->shared->slots[ngx_worker % CSN_COUNT_SLOTS] : NULL;
}

void csn_counters_add(const csn_policy *policy, const corsac_decision *decision, bool undecided)
{
    csn_counts *counts = csn_counters_mine(policy);
    if (counts == NULL)
        return;
    uint32_t outcome = undecided ? CORSAC_OUTCOME_NONE : decision->outcome;
    ngx_atomic_fetch_add(&counts->outcomes[outcome < CSN_OUTCOME_COUNT ? outcome : 0], 1);
}

void csn_counters_loaded(const csn_policy *policy, bool taken)
{
    csn_counts *counts = csn_counters_mine(policy);
    if (counts == NULL)
        return;
    ngx_atomic_fetch_add(taken ? &counts->taken : &counts->made, 1);
}
