// SPDX-License-Identifier: Apache-2.0
// One hash table of cache lines for all hosts and SNI names (H-17, H-29), and the seed of all hashes
// of the image: the first one under which every key of this table finds a place.
#include "compiler/lower/lower.h"
#include "engine/image/host_format.h"

#include <string.h>

enum {
    SEED_TRIES = 64,
    KEYS_PER_BUCKET = 5 /* of 8 slots: two lines are rarely needed, and a miss ends at the first */
};

/* H-4: "*" alone, a wildcard, or a plain host. */
uint32_t csc_lower_host_kind(corsac_str domain, uint32_t exact)
{
    if (domain.size == 0 || domain.data[0] != '*')
        return exact;
    return domain.size == 1 ? exact + (CSE_HOST_STAR - CSE_HOST_EXACT)
                            : exact + (CSE_HOST_SUFFIX - CSE_HOST_EXACT);
}

/* ---- keys --------------------------------------------------------------------------------- */

/* A star is no key: its owner's record knows it. */
static corsac_status add_key(csc_lowering *lowering, corsac_str domain, uint32_t exact,
                             uint32_t owner, uint32_t index)
{
    uint32_t kind = csc_lower_host_kind(domain, exact);
    if (kind == exact + (CSE_HOST_STAR - CSE_HOST_EXACT))
        return CORSAC_OK;
    if (kind != exact)
        domain = csc_str_slice(domain, 1, domain.size - 1);
    if (domain.size > CSE_MAX_DOMAIN_BYTES)
        return CORSAC_E_LIMIT; /* V-25 allows 255 bytes; a short name's suffixes fit as well */
    csc_host_key *keys =
        csc_arena_grow(lowering->context->arena, lowering->keys, lowering->key_count,
                       &lowering->key_capacity, sizeof(*keys));
    if (!keys)
        return CORSAC_E_MEMORY;
    lowering->keys = keys;
    keys[lowering->key_count++] = (csc_host_key){domain, owner, kind, index};
    return CORSAC_OK;
}

/* In the order in which hosts.c writes the records. */
static corsac_status collect(csc_lowering *lowering)
{
    const csc_ir *ir = lowering->ir;
    corsac_status status = CORSAC_OK;
    uint32_t index = 0;
    for (uint32_t i = 0; i < ir->route_config_count; i++) {
        const csc_ir_route_config *config = &ir->route_configs[i];
        for (size_t j = 0; j < config->virtual_host_count && status == CORSAC_OK; j++)
            status = add_key(lowering, config->virtual_hosts[j].domain, CSE_HOST_EXACT, i, index++);
        index += config->virtual_host_count == 0; /* H-26: the star that stands for none */
    }
    index = 0;
    for (uint32_t i = 0; i < ir->tls_group_count; i++)
        for (size_t j = 0; j < ir->tls_groups[i].name_count && status == CORSAC_OK; j++)
            status = add_key(lowering, ir->tls_groups[i].names[j].host, CSE_SNI_EXACT, i, index++);
    return status;
}

/* ---- the table ---------------------------------------------------------------------------- */

/* False when no slot is free within the probes that the engine makes. */
static bool place(csc_lowering *lowering, const csc_host_key *key)
{
    uint64_t hash = cse_host_hash_text(key->text.data, key->text.size,
                                       lowering->sections->hash_seed, key->owner, key->kind);
    uint32_t count = lowering->bucket_count, at = cse_host_bucket_of(hash, count);
    for (uint32_t probe = 0; probe < CSE_HOST_MAX_PROBES && probe < count; probe++) {
        cse_host_bucket *bucket = &lowering->buckets[at];
        for (uint32_t slot = 0; slot < CSE_HOST_SLOTS; slot++) {
            if (bucket->tag[slot] != 0)
                continue;
            bucket->tag[slot] = cse_host_tag_of(hash);
            bucket->index[slot] = key->index;
            return true;
        }
        at = at + 1 == count ? 0 : at + 1;
    }
    return false;
}

static bool place_all(csc_lowering *lowering)
{
    memset(lowering->buckets, 0, lowering->bucket_count * sizeof(*lowering->buckets));
    for (size_t i = 0; i < lowering->key_count; i++)
        if (!place(lowering, &lowering->keys[i]))
            return false;
    return true;
}

corsac_status csc_lower_place_hosts(csc_lowering *lowering)
{
    corsac_status status = collect(lowering);
    if (status != CORSAC_OK)
        return status;
    lowering->bucket_count = (uint32_t)(lowering->key_count / KEYS_PER_BUCKET) + 1;
    lowering->buckets = csc_arena_alloc(lowering->context->arena, lowering->bucket_count,
                                        sizeof(*lowering->buckets));
    if (!lowering->buckets)
        return CORSAC_E_MEMORY;
    for (int tries = 0; tries < SEED_TRIES; tries++, lowering->sections->hash_seed++)
        if (place_all(lowering))
            return CORSAC_OK;
    return CORSAC_E_INTERNAL;
}
