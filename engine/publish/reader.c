// SPDX-License-Identifier: Apache-2.0
// The read side beyond the fast path: registration, following a new image, letting go.
#include "engine/publish/snapshot.h"

#include <stdlib.h>

/* ---- registration ------------------------------------------------------------------------- */

static uint32_t free_slot(const corsac_engine *engine)
{
    for (uint32_t i = 0; i < engine->max_readers; i++)
        if (!engine->readers[i])
            return i;
    return CSE_NONE;
}

/* Gives the reader a slot, and scratch for the image that is current now. The lock is held. */
static corsac_status enroll(corsac_engine *engine, corsac_reader *reader)
{
    uint32_t index = free_slot(engine);
    if (index == CSE_NONE)
        return CORSAC_E_LIMIT;
    cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (current && cse_place_open(current, index, engine) != CORSAC_OK)
        return CORSAC_E_MEMORY;
    reader->engine = engine;
    reader->index = index;
    reader->slot = &engine->slots[index];
    reader->endpoint.endpoint = reader->shadow_endpoint.endpoint = CSE_NONE;
    engine->readers[index] = reader;
    return CORSAC_OK;
}

corsac_status corsac_reader_new(corsac_reader **out, corsac_engine *engine)
{
    if (out)
        *out = NULL;
    if (!out || !engine)
        return CORSAC_E_ARGUMENT;
    corsac_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return CORSAC_E_MEMORY;
    pthread_mutex_lock(&engine->lock);
    corsac_status status = enroll(engine, reader);
    pthread_mutex_unlock(&engine->lock);
    if (status != CORSAC_OK) {
        free(reader);
        return status;
    }
    *out = reader;
    return CORSAC_OK;
}

void corsac_reader_free(corsac_reader *reader)
{
    if (!reader)
        return;
    corsac_engine *engine = reader->engine;
    pthread_mutex_lock(&engine->lock);
    atomic_store_explicit(&reader->slot->pinned, NULL, memory_order_release);
    cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (current)
        cse_place_close(current, reader->index);
    for (cse_snapshot *old = engine->retired; old; old = old->next_retired)
        cse_place_close(old, reader->index);
    engine->readers[reader->index] = NULL;
    cse_engine_reclaim(engine);
    pthread_mutex_unlock(&engine->lock);
    free(reader);
}

/* ---- following ---------------------------------------------------------------------------- */

static void leave(corsac_reader *reader)
{
    if (reader->scratch)
        reader->earlier_fallbacks += cse_origin_scratch_fallbacks(reader->scratch->origin);
    reader->pinned = NULL;
    reader->scratch = NULL;
    reader->tally = NULL;
    reader->endpoint.endpoint = reader->shadow_endpoint.endpoint = CSE_NONE;
}

/*
 * Names the snapshot in the slot first, then makes sure that it is still current: in the single
 * order of these sequentially consistent operations either the writer's scan sees the slot, or this
 * load sees the writer's new snapshot. Repeats only if an image was published in between.
 */
cse_snapshot *cse_reader_repin(corsac_reader *reader)
{
    corsac_engine *engine = reader->engine;
    cse_snapshot *wanted = atomic_load_explicit(&engine->current, memory_order_acquire);
    leave(reader);
    for (;;) {
        atomic_store_explicit(&reader->slot->pinned, wanted, memory_order_seq_cst);
        cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_seq_cst);
        if (current == wanted)
            break;
        wanted = current;
    }
    reader->pinned = wanted;
    reader->scratch = wanted ? wanted->places[reader->index].scratch : NULL;
    reader->tally = wanted ? wanted->places[reader->index].tally : NULL;
    return wanted;
}

void corsac_reader_release(corsac_reader *reader)
{
    if (!reader)
        return;
    corsac_engine *engine = reader->engine;
    leave(reader);
    atomic_store_explicit(&reader->slot->pinned, NULL, memory_order_seq_cst);
    /* The last one to let go takes the old image along, unless a writer is at it right now. */
    if (atomic_load_explicit(&engine->retired_count, memory_order_seq_cst) > 0 &&
        pthread_mutex_trylock(&engine->lock) == 0) {
        cse_engine_reclaim(engine);
        pthread_mutex_unlock(&engine->lock);
    }
}

const corsac_image *corsac_reader_image(const corsac_reader *reader)
{
    return reader && reader->pinned ? reader->pinned->image : NULL;
}

uint64_t corsac_reader_fallback_count(const corsac_reader *reader)
{
    if (!reader)
        return 0;
    uint64_t now = reader->scratch ? cse_origin_scratch_fallbacks(reader->scratch->origin) : 0;
    return reader->earlier_fallbacks + now;
}
