// SPDX-License-Identifier: Apache-2.0
// Sums over readers and over images: what tallies say, by policy, where a policy is its owner and
// path and so outlives the image. Everything here is called with the engine's lock held.
#ifndef CORSAC_ENGINE_PUBLISH_LEDGER_H
#define CORSAC_ENGINE_PUBLISH_LEDGER_H

#include "engine/publish/tally.h"

/* A policy as it is written: several routes may carry it, several owners may have equal ones. */
typedef struct cse_ledger_policy {
    corsac_str owner, path; /* in the image */
} cse_ledger_policy;

typedef struct cse_ledger_row {
    uint64_t count[CSE_ROUTE_COUNTS];
} cse_ledger_row;

/* Sums that belong to no policy. */
typedef struct cse_ledger_totals {
    uint64_t plain[CSE_PLAIN_OUTCOMES];
    uint64_t pair[CSE_PAIRS];
    uint64_t other_answer;
} cse_ledger_totals;

/* The sums of one snapshot's image: what readers that have gone, and older images, left behind. */
typedef struct cse_ledger {
    uint32_t policy_count, route_count;
    cse_ledger_policy *policies; /* ascending, each once */
    uint32_t *policy_of;         /* by route source; CSE_NONE without a policy */
    cse_ledger_row *rows;        /* by policy */
    cse_ledger_totals totals;
} cse_ledger;

/** An empty ledger. @param by_policy  false: totals only. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status cse_ledger_new(cse_ledger **out, const corsac_image *image, bool by_policy);
void cse_ledger_free(cse_ledger *ledger); /* NULL is fine */

/** Adds a tally of the ledger's image to rows (one per policy) and totals. */
void cse_ledger_add_tally(const cse_ledger *ledger, cse_tally *tally, cse_ledger_row *rows,
                          cse_ledger_totals *totals);

/**
 * Adds rows of one ledger's policies to rows of another's; policies that the other does not know
 * are left out. Totals of the shadow go along only if both have the same shadow.
 */
void cse_ledger_add(const cse_ledger *from, const cse_ledger_row *from_rows,
                    const cse_ledger_totals *from_totals, const cse_ledger *to,
                    cse_ledger_row *to_rows, cse_ledger_totals *to_totals, bool same_shadow);

/** Moves what a ledger has kept into another. */
void cse_ledger_move(cse_ledger *from, cse_ledger *to, bool same_shadow);

#endif
