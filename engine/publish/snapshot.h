// SPDX-License-Identifier: Apache-2.0
// The publication protocol's data, and its read side. docs/threading.md states what it guarantees
// and why.
//
//   engine.current --> snapshot {image, shadow, a place for each reader}   swapped by publish
//   engine.slots[i].pinned --> the snapshot reader i may be using    written by reader i alone
//
// A reader that finds its pinned snapshot still current has nothing to do: it holds it, so the
// pointer cannot have been freed and reused. A writer frees a retired snapshot only when no slot
// names it.
#ifndef CORSAC_ENGINE_PUBLISH_SNAPSHOT_H
#define CORSAC_ENGINE_PUBLISH_SNAPSHOT_H

#include "engine/evaluate/evaluate.h"
#include "engine/publish/ledger.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

/* What one reader needs on one snapshot; zeros where no reader is registered. */
typedef struct cse_place {
    cse_scratch *scratch;        /* for the image */
    cse_scratch *shadow_scratch; /* for the shadow; NULL without one */
    cse_tally *tally;            /* NULL: nothing is counted */
} cse_place;

typedef struct cse_snapshot cse_snapshot;
struct cse_snapshot {
    corsac_image *image;
    corsac_image *shadow; /* decides beside the image, for comparison; or NULL */
    uint64_t publication; /* counts up from 1: what a corsac_policy is good for */
    cse_ledger *ledger;   /* NULL: nothing is counted */
    cse_snapshot *next_retired;
    cse_place places[]; /* one per slot */
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
    uint32_t flags;          /* CORSAC_ENGINE_ */
    corsac_reader **readers; /* by slot; NULL: free */
    cse_slot *slots;
};

struct corsac_reader {
    corsac_engine *engine;
    cse_slot *slot;
    cse_snapshot *pinned; /* what slot->pinned holds; NULL: nothing */
    cse_scratch *scratch; /* this and the tally: of `pinned` */
    cse_tally *tally;
    cse_endpoint_cache endpoint, shadow_endpoint;
    uint64_t earlier_fallbacks; /* of snapshots that this reader has left */
    uint32_t index;
};

/** Asks the shadow, which is there, and counts whether it agrees. */
void cse_shadow_compare(corsac_reader *reader, const corsac_request *request,
                        const corsac_decision *decision, bool outcome_only);

/** Where the reader's routes are counted, or NULL. */
static inline const void *cse_reader_lines(const corsac_reader *reader)
{
    return reader->tally ? reader->tally->routes : NULL;
}

/** Counts what the reader has decided, where the engine counts or has a shadow. */
static inline void cse_reader_count(corsac_reader *reader, const corsac_request *request,
                                    const corsac_decision *decision, bool outcome_only)
{
    if (!reader->tally)
        return;
    cse_tally_decision(reader->tally, decision, reader->scratch);
    if (reader->pinned->shadow)
        cse_shadow_compare(reader, request, decision, outcome_only);
}

/** Pins the current snapshot after it has changed; NULL without one. */
cse_snapshot *cse_reader_repin(corsac_reader *reader);

/** The current snapshot, held until the next call or release; NULL without one. */
static inline cse_snapshot *cse_reader_pin(corsac_reader *reader)
{
    cse_snapshot *current = atomic_load_explicit(&reader->engine->current, memory_order_acquire);
    return current == reader->pinned ? current : cse_reader_repin(reader);
}

/** Makes or ends a reader's place on a snapshot. The engine's lock is held. */
corsac_status cse_place_open(cse_snapshot *snapshot, uint32_t index, const corsac_engine *engine);
void cse_place_close(cse_snapshot *snapshot, uint32_t index);

/** Frees retired snapshots that no slot names; returns how many. The engine's lock is held. */
uint32_t cse_engine_reclaim(corsac_engine *engine);

#endif
