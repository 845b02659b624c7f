// SPDX-License-Identifier: Apache-2.0
// Open addressing with linear probing over XXH3 hashes; doubled at three quarters full.
#include "compiler/support/map.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct slot {
    corsac_str key;
    uint64_t hash;
    size_t value;
    bool used;
} slot;

struct csc_map {
    csc_arena *arena;
    slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
    uint64_t seed;
};

enum { FIRST_CAPACITY = 16 };

csc_map *csc_map_new(csc_arena *arena)
{
    return csc_map_new_for(arena, 0);
}

csc_map *csc_map_new_for(csc_arena *arena, size_t count)
{
    csc_map *map = csc_arena_alloc(arena, 1, sizeof(*map));
    if (!map)
        return NULL;
    map->arena = arena;
    map->capacity = FIRST_CAPACITY;
    while (map->capacity - map->capacity / 4 < count && map->capacity <= SIZE_MAX / 4)
        map->capacity *= 2;
    map->seed = (uint64_t)(uintptr_t)map;
    map->slots = csc_arena_alloc(arena, map->capacity, sizeof(slot));
    return map->slots ? map : NULL;
}

size_t csc_map_count(const csc_map *map)
{
    return map->count;
}

static uint64_t hash_of(const csc_map *map, corsac_str key)
{
    return XXH3_64bits_withSeed(key.size ? key.data : "", key.size, map->seed);
}

/* The slot that holds the key, or the free one where it belongs. */
static slot *probe(slot *slots, size_t capacity, corsac_str key, uint64_t hash)
{
    size_t i = (size_t)hash & (capacity - 1);
    while (slots[i].used && (slots[i].hash != hash || !csc_str_equal(slots[i].key, key)))
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

const size_t *csc_map_find(const csc_map *map, corsac_str key)
{
    const slot *s = probe(map->slots, map->capacity, key, hash_of(map, key));
    return s->used ? &s->value : NULL;
}

static bool grow(csc_map *map)
{
    size_t capacity = map->capacity * 2;
    slot *slots = csc_arena_alloc(map->arena, capacity, sizeof(slot));
    if (!slots)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].used)
            *probe(slots, capacity, map->slots[i].key, map->slots[i].hash) = map->slots[i];
    }
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

size_t *csc_map_put(csc_map *map, corsac_str key, bool *added)
{
    if (map->count >= map->capacity - map->capacity / 4 && !grow(map))
        return NULL;
    uint64_t hash = hash_of(map, key);
    slot *s = probe(map->slots, map->capacity, key, hash);
    if (added)
        *added = !s->used;
    if (!s->used) {
        *s = (slot){.key = key, .hash = hash, .used = true};
        map->count++;
    }
    return &s->value;
}
