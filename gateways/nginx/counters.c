// SPDX-License-Identifier: Apache-2.0
// Counters in memory that all workers share, so that whichever worker answers /metrics knows the
// totals. They survive a reload of nginx; a policy finds its own again by name.
#include "module.h"

#include <string.h>

enum { ZONE_BASE_BYTES = 256 * 1024, ZONE_POLICY_BYTES = 2 * sizeof(csn_shared) };

struct shared_list {
    csn_shared *first;
};

static csn_shared *find(const struct shared_list *list, ngx_str_t name)
{
    csn_shared *each = list->first;
    while (each != NULL &&
           (each->name_size != name.len || ngx_memcmp(each->name, name.data, name.len) != 0))
        each = each->next;
    return each;
}

static csn_shared *add(ngx_slab_pool_t *pool, struct shared_list *list, ngx_str_t name)
{
    csn_shared *shared = ngx_slab_calloc(pool, sizeof(*shared) + name.len);
    if (shared == NULL || !csn_offer_init(&shared->offer))
        return NULL;
    shared->name_size = name.len;
    ngx_memcpy(shared->name, name.data, name.len);
    shared->next = list->first;
    list->first = shared;
    return shared;
}

/* Called at the start and after each reload of nginx; the zone keeps what it held. */
static ngx_int_t init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t *pool = (ngx_slab_pool_t *)zone->shm.addr;
    csn_main_conf *conf = zone->data;
    csn_policy **policies = conf->policies.elts;
    (void)data;
    if (pool->data == NULL)
        pool->data = ngx_slab_calloc(pool, sizeof(struct shared_list));
    if (pool->data == NULL)
        return NGX_ERROR;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
        policies[i]->shared = find(pool->data, policies[i]->label);
        if (policies[i]->shared == NULL)
            policies[i]->shared = add(pool, pool->data, policies[i]->label);
        if (policies[i]->shared == NULL)
            return NGX_ERROR;
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
