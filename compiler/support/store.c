// SPDX-License-Identifier: Apache-2.0
// A list of entries with an arena each, and a map to their indices that is made anew when entries go.
#include "compiler/support/store.h"
#include "compiler/support/map.h"

#include <stdlib.h>

typedef struct entry {
    csc_arena *arena;
    csc_store_item item;
} entry;

struct csc_store {
    entry *entries;
    size_t count, capacity;
    csc_arena *arena; /* of the maps */
    csc_map *maps[CSC_STORE_KINDS];
    bool lost; /* there are no maps: memory was short. There are no entries then */
};

static bool make_maps(csc_store *store)
{
    csc_arena_free(store->arena);
    store->arena = csc_arena_new();
    for (size_t i = 0; i < CSC_STORE_KINDS; i++) {
        store->maps[i] = store->arena ? csc_map_new(store->arena) : NULL;
        if (!store->maps[i])
            return false;
    }
    return true;
}

csc_store *csc_store_new(void)
{
    csc_store *store = calloc(1, sizeof(*store));
    if (store && !make_maps(store)) {
        csc_store_free(store);
        return NULL;
    }
    return store;
}

static void drop_entries(csc_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        csc_arena_free(store->entries[i].arena);
    store->count = 0;
}

void csc_store_free(csc_store *store)
{
    if (!store)
        return;
    drop_entries(store);
    csc_arena_free(store->arena);
    free(store->entries);
    free(store);
}

void csc_store_clear(csc_store *store)
{
    drop_entries(store);
    store->lost = !make_maps(store);
}

void *csc_store_find(csc_store *store, csc_store_kind kind, corsac_str key)
{
    const size_t *at = store->lost ? NULL : csc_map_find(store->maps[kind], key);
    if (!at)
        return NULL;
    store->entries[*at].item.used = true;
    return store->entries[*at].item.value;
}

static bool make_room(csc_store *store)
{
    if (store->count < store->capacity)
        return true;
    size_t capacity = store->capacity ? store->capacity * 2 : 16;
    entry *entries = realloc(store->entries, capacity * sizeof(*entries));
    if (!entries)
        return false;
    store->entries = entries;
    store->capacity = capacity;
    return true;
}

corsac_status csc_store_add(csc_store *store, csc_store_kind kind, csc_arena *arena, corsac_str key,
                            void *value)
{
    size_t *slot = NULL;
    if (store->lost)
        store->lost = !make_maps(store);
    if (!csc_arena_failed(arena) && !store->lost && make_room(store))
        slot = csc_map_put(store->maps[kind], key, NULL);
    if (!slot) {
        csc_arena_free(arena);
        return CORSAC_E_MEMORY;
    }
    *slot = store->count;
    store->entries[store->count++] =
        (entry){arena, {.kind = kind, .key = key, .value = value, .used = true}};
    return CORSAC_OK;
}

bool csc_store_at(const csc_store *store, size_t index, csc_store_item *out)
{
    if (index >= store->count)
        return false;
    *out = store->entries[index].item;
    return true;
}

size_t csc_store_count(const csc_store *store)
{
    return store->count;
}

void csc_store_mark_loaded(csc_store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        store->entries[i].item.used = false;
        store->entries[i].item.loaded = true;
    }
}

/* Keeps what was used. */
static void sweep(csc_store *store)
{
    size_t kept = 0;
    bool fine = make_maps(store);
    for (size_t i = 0; i < store->count; i++) {
        entry e = store->entries[i];
        size_t *slot =
            fine && e.item.used ? csc_map_put(store->maps[e.item.kind], e.item.key, NULL) : NULL;
        if (!slot) {
            csc_arena_free(e.arena);
            continue;
        }
        *slot = kept;
        store->entries[kept++] = e;
    }
    store->count = kept;
    store->lost = !fine;
}

void csc_store_begin(csc_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        store->entries[i].item.used = false;
}

void csc_store_turn(csc_store *store)
{
    size_t used = 0;
    for (size_t i = 0; i < store->count; i++)
        used += store->entries[i].item.used;
    if (used < store->count - used || store->lost)
        sweep(store);
    csc_store_begin(store);
}
