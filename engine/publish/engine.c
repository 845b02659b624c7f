// SPDX-License-Identifier: Apache-2.0
// The write side: publish an image, take back the ones that nobody reads any more.
#include "engine/publish/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_READERS = 256, MOST_READERS = 65536 };

/* ---- snapshots ---------------------------------------------------------------------------- */

static void let_go(corsac_image *image)
{
    if (image && --image->owners == 0)
        corsac_image_free(image);
}

corsac_status cse_place_open(cse_snapshot *snapshot, uint32_t index, const corsac_engine *engine)
{
    cse_place *place = &snapshot->places[index];
    bool counts = engine->flags & CORSAC_ENGINE_COUNTERS;
    corsac_status status = cse_image_scratch_new(&place->scratch, snapshot->image);
    if (status == CORSAC_OK && snapshot->shadow)
        status = cse_image_scratch_new(&place->shadow_scratch, snapshot->shadow);
    if (status == CORSAC_OK && snapshot->ledger)
        status = cse_tally_new(&place->tally, counts, snapshot->image->route_source_count);
    if (status != CORSAC_OK)
        cse_place_close(snapshot, index);
    return status;
}

/* What the reader has counted stays in the snapshot's ledger. */
void cse_place_close(cse_snapshot *snapshot, uint32_t index)
{
    cse_place *place = &snapshot->places[index];
    cse_ledger *ledger = snapshot->ledger;
    if (place->tally)
        cse_ledger_add_tally(ledger, place->tally, ledger->rows, &ledger->totals);
    cse_image_scratch_free(place->scratch);
    cse_image_scratch_free(place->shadow_scratch);
    cse_tally_free(place->tally);
    *place = (cse_place){NULL, NULL, NULL};
}

static void move_ledger(cse_snapshot *from, cse_snapshot *to)
{
    if (from->ledger && to && to->ledger)
        cse_ledger_move(from->ledger, to->ledger, from->shadow == to->shadow);
}

/* @param heir  the current snapshot, which keeps the counts; or NULL. */
static void free_snapshot(cse_snapshot *snapshot, uint32_t max_readers, cse_snapshot *heir)
{
    for (uint32_t i = 0; i < max_readers; i++)
        cse_place_close(snapshot, i);
    move_ledger(snapshot, heir);
    cse_ledger_free(snapshot->ledger);
    let_go(snapshot->image);
    let_go(snapshot->shadow);
    free(snapshot);
}

static corsac_status fill_snapshot(corsac_engine *engine, cse_snapshot *snapshot)
{
    bool counts = engine->flags & CORSAC_ENGINE_COUNTERS;
    if (counts || snapshot->shadow) {
        corsac_status status = cse_ledger_new(&snapshot->ledger, snapshot->image, counts);
        if (status != CORSAC_OK)
            return status;
    }
    for (uint32_t i = 0; i < engine->max_readers; i++)
        if (engine->readers[i] && cse_place_open(snapshot, i, engine) != CORSAC_OK)
            return CORSAC_E_MEMORY;
    return CORSAC_OK;
}

/* A snapshot with a place for every registered reader. The lock is held. */
static cse_snapshot *new_snapshot(corsac_engine *engine, corsac_image *image, corsac_image *shadow)
{
    cse_snapshot *snapshot =
        calloc(1, sizeof(*snapshot) + engine->max_readers * sizeof(snapshot->places[0]));
    if (!snapshot)
        return NULL;
    snapshot->image = image;
    snapshot->shadow = shadow;
    image->owners++;
    if (shadow)
        shadow->owners++;
    if (fill_snapshot(engine, snapshot) == CORSAC_OK)
        return snapshot;
    image->owners++; /* both stay with whoever owned them before */
    if (shadow)
        shadow->owners++;
    free_snapshot(snapshot, engine->max_readers, NULL);
    image->owners--;
    if (shadow)
        shadow->owners--;
    return NULL;
}

static bool is_pinned(const corsac_engine *engine, const cse_snapshot *snapshot)
{
    for (uint32_t i = 0; i < engine->max_readers; i++)
        if (atomic_load_explicit(&engine->slots[i].pinned, memory_order_seq_cst) == snapshot)
            return true;
    return false;
}

uint32_t cse_engine_reclaim(corsac_engine *engine)
{
    uint32_t left = 0, freed = 0;
    cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_acquire);
    for (cse_snapshot **link = &engine->retired; *link;) {
        cse_snapshot *snapshot = *link;
        if (is_pinned(engine, snapshot)) {
            link = &snapshot->next_retired;
            left++;
            continue;
        }
        *link = snapshot->next_retired;
        free_snapshot(snapshot, engine->max_readers, current);
        freed++;
    }
    atomic_store_explicit(&engine->retired_count, left, memory_order_relaxed);
    return freed;
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
    uint32_t flags = options ? options->flags : 0;
    if (max_readers > MOST_READERS || flags & ~(uint32_t)CORSAC_ENGINE_COUNTERS)
        return CORSAC_E_ARGUMENT;
    corsac_engine *engine = allocate(max_readers);
    if (!engine)
        return CORSAC_E_MEMORY;
    engine->flags = flags;
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
        free_snapshot(current, engine->max_readers, NULL);
    pthread_mutex_destroy(&engine->lock);
    free(engine->readers);
    free(engine->slots);
    free(engine);
}

/* Makes the snapshot current and retires the one before. Returns how many were freed. */
static uint32_t install(corsac_engine *engine, cse_snapshot *snapshot)
{
    cse_snapshot *old = atomic_exchange_explicit(&engine->current, snapshot, memory_order_seq_cst);
    if (old) {
        move_ledger(old, snapshot);
        old->next_retired = engine->retired;
        engine->retired = old;
    }
    return cse_engine_reclaim(engine);
}

static corsac_status publish(corsac_engine *engine, corsac_image *image, uint32_t *freed_count)
{
    cse_snapshot *old = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (image->owners > 0)
        return CORSAC_E_ARGUMENT;
    cse_snapshot *snapshot = new_snapshot(engine, image, old ? old->shadow : NULL);
    if (!snapshot)
        return CORSAC_E_MEMORY;
    snapshot->publication = ++engine->publications;
    *freed_count = install(engine, snapshot);
    return CORSAC_OK;
}

static corsac_status publish_shadow(corsac_engine *engine, corsac_image *shadow)
{
    cse_snapshot *old = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (!old)
        return CORSAC_E_NO_IMAGE;
    if (shadow && shadow->owners > 0)
        return CORSAC_E_ARGUMENT;
    cse_snapshot *snapshot = new_snapshot(engine, old->image, shadow);
    if (!snapshot)
        return CORSAC_E_MEMORY;
    snapshot->publication = old->publication; /* of the image, which stays */
    install(engine, snapshot);
    return CORSAC_OK;
}

corsac_status corsac_engine_publish(corsac_engine *engine, corsac_image *image)
{
    uint32_t freed_count;
    if (!engine || !image)
        return CORSAC_E_ARGUMENT;
    pthread_mutex_lock(&engine->lock);
    corsac_status status = publish(engine, image, &freed_count);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

corsac_status corsac_engine_publish_reported(corsac_engine *engine, corsac_image *image,
                                             corsac_publish_report *report)
{
    if (!engine || !image || !report || report->struct_size < sizeof(*report))
        return CORSAC_E_ARGUMENT;
    uint32_t freed_count = 0;
    uint64_t called = now_ns();
    pthread_mutex_lock(&engine->lock);
    uint64_t entered = now_ns();
    corsac_status status = publish(engine, image, &freed_count);
    *report = (corsac_publish_report){
        .struct_size = report->struct_size,
        .waited_ns = entered - called,
        .published_ns = now_ns() - entered,
        .freed_count = freed_count,
        .held_count = atomic_load_explicit(&engine->retired_count, memory_order_relaxed)};
    pthread_mutex_unlock(&engine->lock);
    return status;
}

corsac_status corsac_engine_publish_shadow(corsac_engine *engine, corsac_image *image)
{
    if (!engine)
        return CORSAC_E_ARGUMENT;
    pthread_mutex_lock(&engine->lock);
    corsac_status status = publish_shadow(engine, image);
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
