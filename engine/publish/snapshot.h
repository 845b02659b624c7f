// SPDX-License-Identifier: Apache-2.0
// The publication protocol's data, and its read side. docs/threading.md states what it guarantees
// and why.
//
//   engine.current --> snapshot {image, scratch of each reader}      swapped by publish
//   engine.slots[i].pinned --> the snapshot reader i may be using    written by reader i alone
//
// A reader that finds its pinned snapshot still current has nothing to do: it holds it, so the
// pointer cannot have been freed and reused. A writer frees a retired snapshot only when no slot
// names it.
#ifndef CORSAC_ENGINE_PUBLISH_SNAPSHOT_H
#define CORSAC_ENGINE_PUBLISH_SNAPSHOT_H

#include "engine/evaluate/evaluate.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

typedef struct cse_snapshot cse_snapshot;
struct cse_snapshot {
    corsac_image *image;
    uint64_t publication; /* counts up from 1: what a corsac_policy is good for */
    cse_snapshot *next_retired;
    cse_scratch *scratch[]; /* one per slot; NULL where no reader is registered */
};

/* A line of its own, so that one reader's pin does not disturb another's. */
typedef struct cse_slot {
    alignas(64) _Atomic(cse_snapshot *) pinned;
} cse_slot;

struct corsac_engine {
    alignas(64) _Atomic(cse_snapshot *) current;
    alignas(64) pthread_mutex_t lock; /* publish, registration, reclaiming */
    _Atomic(uint32_t) retired_count;  /* written under the lock */
    cse_snapshot *retired;
    uint64_t publications;
    uint32_t max_readers;
    corsac_reader **readers; /* by slot; NULL: free */
    cse_slot *slots;
};

struct corsac_reader {
    corsac_engine *engine;
    cse_slot *slot;
    cse_snapshot *pinned; /* what slot->pinned holds; NULL: nothing */
    cse_scratch *scratch; /* of `pinned` */
    cse_endpoint_cache endpoint;
    uint64_t earlier_fallbacks; /* of snapshots that this reader has left */
    uint32_t index;
};

/** Pins the current snapshot after it has changed; NULL without one. */
cse_snapshot *cse_reader_repin(corsac_reader *reader);

/** The current snapshot, held until the next call or release; NULL without one. */
static inline cse_snapshot *cse_reader_pin(corsac_reader *reader)
{
    cse_snapshot *current = atomic_load_explicit(&reader->engine->current, memory_order_acquire);
    return current == reader->pinned ? current : cse_reader_repin(reader);
}

/** Frees retired snapshots that no slot names. The engine's lock is held. */
void cse_engine_reclaim(corsac_engine *engine);

#endif
