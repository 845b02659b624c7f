// SPDX-License-Identifier: Apache-2.0
// Counters in memory that all workers share, so that whichever worker answers /metrics knows the
// totals. A configuration with the same policies as the one before goes on with its zone. Any other
// has a new one, since workers may still write to the old; what those had counted is copied.
#include "module.h"

enum { ZONE_BASE_BYTES = 256 * 1024, ZONE_POLICY_BYTES = 2 * sizeof(csn_shared) };

static const csn_main_conf *in_use;

void csn_counters_in_use(const csn_main_conf *main_conf)
{
    in_use = main_conf;
}

/* The same policy in the configuration that is to be replaced, or NULL. */
static csn_shared *predecessor(ngx_str_t label)
{
    csn_policy *const *policies = in_use != NULL ? in_use->policies.elts : NULL;
    for (ngx_uint_t i = 0; policies != NULL && i < in_use->policies.nelts; i++)
        if (policies[i]->label.len == label.len &&
            ngx_memcmp(policies[i]->label.data, label.data, label.len) == 0)
            return policies[i]->shared;
    return NULL;
}

static bool is_same_as_in_use(const csn_main_conf *conf)
{
    csn_policy *const *policies = conf->policies.elts;
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
        if (predecessor(policies[i]->label) == NULL)
            return false;
    return in_use != NULL && in_use->policies.nelts == conf->policies.nelts;
}

static csn_shared *shared_new(ngx_slab_pool_t *pool, const csn_shared *before)
{
    csn_shared *shared = ngx_slab_calloc(pool, sizeof(*shared));
    if (shared == NULL || !csn_offer_init(&shared->offer))
        return NULL;
    if (before != NULL)
        ngx_memcpy(shared->slots, before->slots, sizeof(shared->slots));
    return shared;
}

/* `data` is there if the zone is the one in use. */
static ngx_int_t init_zone(ngx_shm_zone_t *zone, void *data)
{
    csn_main_conf *conf = zone->data;
    csn_policy **policies = conf->policies.elts;
    if (in_use != NULL && in_use->zone != NULL)
        in_use->zone->noreuse =
            zone->noreuse; /* by the old one's flag nginx keeps it or frees it */
    for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
        csn_shared *before = predecessor(policies[i]->label);
        policies[i]->shared =
            data != NULL ? before : shared_new((ngx_slab_pool_t *)zone->shm.addr, before);
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
    main_conf->zone->noreuse = !is_same_as_in_use(main_conf);
    return NGX_OK;
}

csn_counts *csn_counters_mine(const csn_policy *policy)
{
    return policy->shared != NULL ? &policy->shared->slots[ngx_worker % CSN_COUNT_SLOTS] : NULL;
}
