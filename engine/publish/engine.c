// SPDX-License-Identifier: Apache-2.0
// The write side: publish an image, take back the ones that nobody reads any more.
#include "engine/publish/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_READERS = 256, MOST_READERS = 65536 };

/* ---- snapshots ---------------------------------------------------------------------------- */

/* Scratch goes with the snapshot; the image too unless the caller takes it out first. */
static void free_snapshot(cse_snapshot *snapshot, uint32_t max_readers)
{
    for (uint32_t i = 0; i < max_readers; i++)
        cse_image_scratch_free(snapshot->scratch[i]);
    corsac_image_free(snapshot->image);
    free(snapshot);
}

/* A snapshot with scratch for every registered reader. The lock is held. */
static cse_snapshot *new_snapshot(corsac_engine *engine, corsac_image *image)
{
    cse_snapshot *snapshot =
        calloc(1, sizeof(*snapshot) + engine->max_readers * sizeof(snapshot->scratch[0]));
    if (!snapshot)
        return NULL;
    for (uint32_t i = 0; i < engine->max_readers; i++) {
        if (!engine->readers[i] || cse_image_scratch_new(&snapshot->scratch[i], image) == CORSAC_OK)
            continue;
        free_snapshot(snapshot, engine->max_readers); /* its image is still NULL */
        return NULL;
    }
    snapshot->image = image;
    return snapshot;
}

static bool is_pinned(const corsac_engine *engine, const cse_snapshot *snapshot)
{
    for (uint32_t i = 0; i < engine->max_readers; i++)
        if (atomic_load_explicit(&engine->slots[i].pinned, memory_order_seq_cst) == snapshot)
            return true;
    return false;
}

void cse_engine_reclaim(corsac_engine *engine)
{
    uint32_t left = 0;
    for (cse_snapshot **link = &engine->retired; *link;) {
        cse_snapshot *snapshot = *link;
        if (is_pinned(engine, snapshot)) {
            link = &snapshot->next_retired;
            left++;
            continue;
        }
        *link = snapshot->next_retired;
        free_snapshot(snapshot, engine->max_readers);
    }
    atomic_store_explicit(&engine->retired_count, left, memory_order_relaxed);
}

/* ---- engines ------------------------------------------------------------------------------ */

static size_t slots_bytes(uint32_t max_readers)
{
    return (size_t)max_readers * sizeof(cse_slot); /* a multiple of 64, as aligned_alloc asks */
}

static corsac_engine *allocate(uint32_t max_readers)
{
    corsac_engine *engine = aligned_alloc(alignof(corsac_engine), sizeof(corsac_engine));
    if (!engine)
        return NULL;
    memset(engine, 0, sizeof(*engine));
    engine->max_readers = max_readers;
    engine->readers = calloc(max_readers, sizeof(corsac_reader *));
    engine->slots = aligned_alloc(alignof(cse_slot), slots_bytes(max_readers));
    if (engine->readers && engine->slots && pthread_mutex_init(&engine->lock, NULL) == 0)
        return engine;
    free(engine->readers);
    free(engine->slots);
    free(engine);
    return NULL;
}

corsac_status corsac_engine_new(corsac_engine **out, const corsac_engine_options *options)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (options && options->struct_size < sizeof(*options))
        return CORSAC_E_ARGUMENT;
    uint32_t max_readers = options && options->max_readers ? options->max_readers : DEFAULT_READERS;
    if (max_readers > MOST_READERS)
        return CORSAC_E_ARGUMENT;
    corsac_engine *engine = allocate(max_readers);
    if (!engine)
        return CORSAC_E_MEMORY;
    atomic_init(&engine->current, NULL);
    atomic_init(&engine->retired_count, 0);
    for (uint32_t i = 0; i < max_readers; i++)
        atomic_init(&engine->slots[i].pinned, NULL);
    *out = engine;
    return CORSAC_OK;
}

void corsac_engine_free(corsac_engine *engine)
{
    if (!engine)
        return;
    cse_engine_reclaim(engine);
    cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (current)
        free_snapshot(current, engine->max_readers);
    pthread_mutex_destroy(&engine->lock);
    free(engine->readers);
    free(engine->slots);
    free(engine);
}

static corsac_status publish(corsac_engine *engine, corsac_image *image)
{
    if (image->owned)
        return CORSAC_E_ARGUMENT;
    cse_snapshot *snapshot = new_snapshot(engine, image);
    if (!snapshot)
        return CORSAC_E_MEMORY;
    image->owned = true;
    snapshot->publication = ++engine->publications;
    cse_snapshot *old = atomic_exchange_explicit(&engine->current, snapshot, memory_order_seq_cst);
    if (old) {
        old->next_retired = engine->retired;
        engine->retired = old;
    }
    cse_engine_reclaim(engine);
    return CORSAC_OK;
}

corsac_status corsac_engine_publish(corsac_engine *engine, corsac_image *image)
{
    if (!engine || !image)
        return CORSAC_E_ARGUMENT;
    pthread_mutex_lock(&engine->lock);
    corsac_status status = publish(engine, image);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

uint32_t corsac_engine_retired_count(corsac_engine *engine)
{
    if (!engine)
        return 0;
    pthread_mutex_lock(&engine->lock);
    cse_engine_reclaim(engine);
    uint32_t count = atomic_load_explicit(&engine->retired_count, memory_order_relaxed);
    pthread_mutex_unlock(&engine->lock);
    return count;
}
