// SPDX-License-Identifier: Apache-2.0
// Where hosts and SNI names lie (H-17, H-29), and the seed of their hashes: the first one
// under which every key finds a slot of its own.
//
// Keys that share a pilot are placed together: the first value of the pilot that leads all of them to
// free slots is taken. The most crowded pilots go first, while most slots are free. This is the
// perfect hashing of CHD and PTHash with a few free slots left, which makes the search short.
#include "compiler/lower/lower.h"
#include "engine/image/host_format.h"

#include <string.h>

enum {
    SEED_TRIES = 64,
    KEYS_PER_PILOT = 2,      /* at most: more make the search longer and the pilots fewer */
    KEYS_PER_FREE_SLOT = 16, /* so few still leave 100,000 hosts their places (tests/attack) */
    PILOTS = 256
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

static corsac_status add_key(csc_lowering *lowering, csc_host_table *table, corsac_str domain,
                             uint32_t exact, uint32_t owner)
{
    uint32_t kind = csc_lower_host_kind(domain, exact);
    if (kind != exact)
        domain = csc_str_slice(domain, 1, domain.size - 1);
    if (domain.size > CSE_MAX_DOMAIN_BYTES)
        return CORSAC_E_LIMIT; /* a --cluster-domain that DNS has not: X-9 leaves no other way */
    csc_host_key *keys = csc_arena_grow(lowering->context->arena, table->keys, table->key_count,
                                        &table->key_capacity, sizeof(*keys));
    if (!keys)
        return CORSAC_E_MEMORY;
    table->keys = keys;
    keys[table->key_count++] = (csc_host_key){domain, owner, kind};
    return CORSAC_OK;
}

/* In the order in which hosts.c writes the records. */
static corsac_status collect(csc_lowering *lowering)
{
    const csc_ir *ir = lowering->ir;
    const corsac_str star = {"*", 1};
    corsac_status status = CORSAC_OK;
    for (uint32_t i = 0; i < ir->route_config_count; i++) {
        const csc_ir_route_config *config = &ir->route_configs[i];
        for (size_t j = 0; j < config->virtual_host_count && status == CORSAC_OK; j++)
            status = add_key(lowering, &lowering->hosts, config->virtual_hosts[j].domain,
                             CSE_HOST_EXACT, i);
        if (config->virtual_host_count == 0 && status == CORSAC_OK) /* H-26 */
            status = add_key(lowering, &lowering->hosts, star, CSE_HOST_EXACT, i);
    }
    for (uint32_t i = 0; i < ir->tls_group_count; i++)
        for (size_t j = 0; j < ir->tls_groups[i].name_count && status == CORSAC_OK; j++)
            status = add_key(lowering, &lowering->names, ir->tls_groups[i].names[j].host,
                             CSE_SNI_EXACT, i);
    return status;
}

/* ---- placing ------------------------------------------------------------------------------ */

/* Working memory for one table. */
typedef struct placing {
    csc_host_table *table;
    uint64_t *hashes;  /* of each key */
    uint32_t *members; /* keys by pilot */
    uint32_t *starts;  /* of each pilot in `members`, and their end */
    uint32_t *order;   /* pilots, the most crowded first */
    uint32_t *sizes;   /* room to sort by numbers of keys */
    uint8_t *taken;    /* by slot */
} placing;

static bool placing_init(placing *p, csc_arena *lasting, csc_arena *arena, csc_host_table *table)
{
    size_t keys = table->key_count, pilots = 1;
    while (pilots * KEYS_PER_PILOT < keys)
        pilots *= 2; /* cse_host_pilot_of() */
    size_t slots = keys + keys / KEYS_PER_FREE_SLOT + 1;
    table->pilot_count = (uint32_t)pilots;
    table->slot_count = (uint32_t)slots;
    table->pilots = csc_arena_alloc(lasting, pilots, sizeof(*table->pilots));
    table->slots = csc_arena_alloc(lasting, keys + 1, sizeof(*table->slots));
    *p = (placing){.table = table,
                   .hashes = csc_arena_alloc(arena, keys + 1, sizeof(*p->hashes)),
                   .members = csc_arena_alloc(arena, keys + 1, sizeof(*p->members)),
                   .starts = csc_arena_alloc(arena, pilots + 2, sizeof(*p->starts)),
                   .order = csc_arena_alloc(arena, pilots, sizeof(*p->order)),
                   .sizes = csc_arena_alloc(arena, keys + 2, sizeof(*p->sizes)),
                   .taken = csc_arena_alloc(arena, slots, sizeof(*p->taken))};
    return !csc_arena_failed(arena) && !csc_arena_failed(lasting);
}

static uint32_t pilot_of(const placing *p, size_t key)
{
    return cse_host_pilot_of(p->hashes[key], p->table->pilot_count);
}

/*
 * A text with a zero byte could be another one with the zeros behind it that a hash of words covers, and no
 * slot would ever be free for both. No request has such a host, so nobody looks for its key.
 */
static uint64_t hash_of(const csc_host_key *key, uint64_t seed)
{
    const corsac_str text = key->text;
    if (text.size > 0 && memchr(text.data, 0, text.size))
        return XXH3_64bits_withSeed(text.data, text.size,
                                    cse_host_seed(seed, key->owner, key->kind));
    return cse_host_hash_text(text.data, text.size, seed, key->owner, key->kind);
}

/* Hashes the keys and sorts them by pilot: a counting sort, stable, so that the content decides. */
static void gather(placing *p, uint64_t seed)
{
    const csc_host_table *table = p->table;
    memset(p->starts, 0, (table->pilot_count + 2) * sizeof(*p->starts));
    for (size_t i = 0; i < table->key_count; i++) {
        p->hashes[i] = hash_of(&table->keys[i], seed);
        p->starts[pilot_of(p, i) + 2]++;
    }
    for (uint32_t i = 2; i < table->pilot_count + 2; i++)
        p->starts[i] += p->starts[i - 1];
    for (size_t i = 0; i < table->key_count; i++)
        p->members[p->starts[pilot_of(p, i) + 1]++] = (uint32_t)i;
}

static uint32_t size_of(const placing *p, uint32_t pilot)
{
    return p->starts[pilot + 1] - p->starts[pilot];
}

static void sort_by_size(placing *p)
{
    const uint32_t pilots = p->table->pilot_count, most = (uint32_t)p->table->key_count;
    memset(p->sizes, 0, ((size_t)most + 2) * sizeof(*p->sizes));
    for (uint32_t i = 0; i < pilots; i++)
        p->sizes[most - size_of(p, i) + 1]++;
    for (uint32_t i = 1; i <= most; i++)
        p->sizes[i] += p->sizes[i - 1];
    for (uint32_t i = 0; i < pilots; i++)
        p->order[p->sizes[most - size_of(p, i)]++] = i;
}

/* Takes the slots to which this value leads the keys of a pilot, all or none. */
static bool take(placing *p, uint32_t pilot, uint8_t value)
{
    const uint32_t first = p->starts[pilot], end = p->starts[pilot + 1];
    for (uint32_t i = first; i < end; i++) {
        uint32_t key = p->members[i];
        uint32_t slot = cse_host_slot_of(p->hashes[key], value, p->table->slot_count);
        if (p->taken[slot]) {
            while (i-- > first)
                p->taken[p->table->slots[p->members[i]]] = 0;
            return false;
        }
        p->taken[slot] = 1;
        p->table->slots[key] = slot;
    }
    p->table->pilots[pilot] = value;
    return true;
}

/* False when some keys find no place under this seed. */
static bool place_all(placing *p, uint64_t seed)
{
    gather(p, seed);
    sort_by_size(p);
    memset(p->taken, 0, p->table->slot_count);
    for (uint32_t i = 0; i < p->table->pilot_count; i++) {
        uint32_t value = 0;
        while (value < PILOTS && !take(p, p->order[i], (uint8_t)value))
            value++;
        if (value == PILOTS)
            return false;
    }
    return true;
}

corsac_status csc_lower_place_hosts(csc_lowering *lowering, csc_arena *lasting)
{
    csc_arena *arena = lowering->context->arena;
    placing hosts, names;
    corsac_status status = collect(lowering);
    if (status != CORSAC_OK)
        return status;
    if (!placing_init(&hosts, lasting, arena, &lowering->hosts) ||
        !placing_init(&names, lasting, arena, &lowering->names))
        return CORSAC_E_MEMORY;
    for (int tries = 0; tries < SEED_TRIES; tries++, lowering->sections->hash_seed++)
        if (place_all(&hosts, lowering->sections->hash_seed) &&
            place_all(&names, lowering->sections->hash_seed))
            return CORSAC_OK;
    return CORSAC_E_INTERNAL;
}
