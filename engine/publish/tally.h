// SPDX-License-Identifier: Apache-2.0
// What one reader has counted on one snapshot: its own memory, written by its thread alone, read by
// whoever adds up. A count is loaded and stored, never exchanged: with one writer that loses
// nothing and costs what a plain increment costs.
#ifndef CORSAC_ENGINE_PUBLISH_TALLY_H
#define CORSAC_ENGINE_PUBLISH_TALLY_H

#include "corsac/counters.h"
#include "engine/image/image.h"

#include <stdalign.h>
#include <stdatomic.h>

typedef _Atomic(uint64_t) cse_count;

/* Of one route: outcomes from CORSAC_OUTCOME_NOT_CORS on, then these two. */
enum { CSE_ROUTE_REFUSED = 6, CSE_ROUTE_FALLBACKS = 7, CSE_ROUTE_COUNTS = 8 };
typedef struct cse_route_tally {
    alignas(64) cse_count count[CSE_ROUTE_COUNTS];
} cse_route_tally;

/* Outcomes that no policy decides: NONE, NO_ROUTE, NO_POLICY. */
enum { CSE_PLAIN_OUTCOMES = CORSAC_OUTCOME_NOT_CORS };
enum { CSE_PAIRS = CORSAC_OUTCOME_COUNT * CORSAC_OUTCOME_COUNT };

typedef struct cse_tally {
    cse_route_tally *routes; /* by route source; NULL: the engine does not count */
    void *memory;            /* what holds `routes` */
    uint64_t fallbacks_seen; /* the thread's own */
    cse_count plain[CSE_PLAIN_OUTCOMES];
    cse_count pair[CSE_PAIRS]; /* current outcome * CORSAC_OUTCOME_COUNT + the shadow's */
    cse_count other_answer;    /* the same outcome with other headers or another status */
} cse_tally;

/** @param counts  false: for the shadow only. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status cse_tally_new(cse_tally **out, bool counts, uint32_t route_count);
void cse_tally_free(cse_tally *tally); /* NULL is fine */

static inline void cse_count_add(cse_count *count, uint64_t by)
{
    uint64_t before = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, before + by, memory_order_relaxed);
}

static inline uint64_t cse_count_read(cse_count *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

/** Counts a decision. @param scratch  of the same reader and snapshot. */
static inline void cse_tally_decision(cse_tally *tally, const corsac_decision *decision,
                                      const cse_scratch *scratch)
{
    if (!tally->routes)
        return;
    if (decision->outcome < CSE_PLAIN_OUTCOMES) {
        cse_count_add(&tally->plain[decision->outcome], 1);
        return;
    }
    cse_route_tally *route = &tally->routes[decision->route];
    cse_count_add(&route->count[decision->outcome - CSE_PLAIN_OUTCOMES], 1);
    if (decision->reason >= CORSAC_REASON_METHOD_NOT_LISTED) /* the origin itself is valid */
        cse_count_add(&route->count[CSE_ROUTE_REFUSED], 1);
    uint64_t fallbacks = cse_origin_scratch_fallbacks(scratch->origin);
    if (fallbacks != tally->fallbacks_seen) {
        cse_count_add(&route->count[CSE_ROUTE_FALLBACKS], fallbacks - tally->fallbacks_seen);
        tally->fallbacks_seen = fallbacks;
    }
}

#endif
