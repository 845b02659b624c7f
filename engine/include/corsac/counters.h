// SPDX-License-Identifier: Apache-2.0
// What readers have decided, by policy and in all, and what a shadow image would have decided.
//
//   corsac_engine_new with CORSAC_ENGINE_COUNTERS        count by policy and outcome
//   corsac_engine_publish_shadow                         compare with a second image
//   corsac_counters_new -> corsac_counters_write -> corsac_counters_free       (per scrape)
//
// Counts only grow while an engine lives, through any number of publications: a policy is the same
// as long as its owner and path are, in whatever image. Those of a policy that leaves the current
// image end, and start again if it returns: at 0, unless a reader still held the image before.
// Those of a shadow start at 0 with each shadow.
#ifndef CORSAC_COUNTERS_H
#define CORSAC_COUNTERS_H

#include "corsac/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Outcomes are below this, CORSAC_OUTCOME_NONE included. */
#define CORSAC_OUTCOME_COUNT 9

/** Sums over all readers, at one moment. Immutable. */
typedef struct corsac_counters corsac_counters;

/**
 * Adds up what all readers of the engine have counted so far.
 *
 * @param out  receives the sums; free with corsac_counters_free(). NULL on failure.
 * @return CORSAC_OK, CORSAC_E_MEMORY, CORSAC_E_ARGUMENT. Without an image everything is 0.
 * Threads: any; takes the engine's lock, never disturbs a reader. A decision that is being made
 * meanwhile may be in or not.
 */
CORSAC_API corsac_status corsac_counters_new(corsac_counters **out, corsac_engine *engine);

/** NULL is fine. */
CORSAC_API void corsac_counters_free(corsac_counters *counters);

/** What was decided by one policy. */
typedef struct corsac_policy_counts {
    corsac_str owner;        /**< "namespace/name"; lives as long as the corsac_counters */
    corsac_str path;         /**< "spec.http[i].corsPolicy" */
    uint64_t origin_valid;   /**< C-23: requests whose origin the policy allows */
    uint64_t origin_invalid; /**< C-23: the other requests with an origin */
    uint64_t preflights;     /**< of both, allowed, forwarded and denied ones */
    uint64_t fallbacks;      /**< scans that failed and were answered by the automaton (Q-13) */
    uint64_t outcomes[CORSAC_OUTCOME_COUNT]; /**< by corsac_outcome */
} corsac_policy_counts;

/** Policies of the current image; 0 unless the engine has CORSAC_ENGINE_COUNTERS. */
CORSAC_API uint32_t corsac_counters_policy_count(const corsac_counters *counters);

/** One policy, 0 <= index < corsac_counters_policy_count(), by owner and path. CORSAC_E_ARGUMENT
 * beyond. */
CORSAC_API corsac_status corsac_counters_policy(const corsac_counters *counters, uint32_t index,
                                                corsac_policy_counts *out);

/**
 * Decisions with this outcome, on whatever policy or none; CORSAC_OUTCOME_NONE: requests that failed
 * (an unknown gateway, a limit). 0 for unknown numbers, and without CORSAC_ENGINE_COUNTERS.
 */
CORSAC_API uint64_t corsac_counters_outcome(const corsac_counters *counters, uint32_t outcome);

/** Decisions that the current image answered with @p outcome and the shadow with @p shadow. */
CORSAC_API uint64_t corsac_counters_shadow(const corsac_counters *counters, uint32_t outcome,
                                           uint32_t shadow);

/** Of those with equal outcomes: answers that differ in status, headers or extras. */
CORSAC_API uint64_t corsac_counters_shadow_other_answers(const corsac_counters *counters);

/**
 * Writes everything in the text format of Prometheus (0.0.4). Labels are owner, path and outcome:
 * never the origin, which clients choose.
 *
 * @param write  called with pieces of the text, on this thread.
 * @return CORSAC_OK, CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_counters_write(const corsac_counters *counters,
                                               corsac_write_fn write, void *context);

#ifdef __cplusplus
}
#endif

#endif
