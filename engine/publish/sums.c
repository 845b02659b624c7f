// SPDX-License-Identifier: Apache-2.0
// Adds up tallies and ledgers into sums that outlive the images they came from.
#include "engine/publish/sums.h"
#include "engine/publish/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* ---- summing, with the lock held ---------------------------------------------------------- */

static void add_live(const corsac_engine *engine, const cse_snapshot *snapshot,
                     cse_ledger_row *rows, cse_ledger_totals *totals)
{
    for (uint32_t i = 0; i < engine->max_readers; i++)
        if (snapshot->places[i].tally)
            cse_ledger_add_tally(snapshot->ledger, snapshot->places[i].tally, rows, totals);
}

/* What readers of an older image have counted and still count. */
static bool add_retired(corsac_counters *out, const corsac_engine *engine,
                        const cse_snapshot *retired, const cse_snapshot *current)
{
    cse_ledger_totals totals = retired->ledger->totals;
    size_t size = ((size_t)retired->ledger->policy_count + 1) * sizeof(cse_ledger_row);
    cse_ledger_row *rows = calloc(1, size);
    if (!rows)
        return false;
    if (retired->ledger->policy_count > 0)
        memcpy(rows, retired->ledger->rows, size - sizeof(*rows));
    add_live(engine, retired, rows, &totals);
    cse_ledger_add(retired->ledger, rows, &totals, current->ledger, out->rows, &out->totals,
                   retired->shadow == current->shadow);
    free(rows);
    return true;
}

static size_t text_bytes(const cse_ledger *ledger)
{
    size_t size = 1;
    for (uint32_t i = 0; i < ledger->policy_count; i++)
        size += ledger->policies[i].owner.size + ledger->policies[i].path.size;
    return size;
}

static corsac_str copy_text(char **at, corsac_str text)
{
    corsac_str copy = {*at, text.size};
    if (text.size > 0)
        memcpy(*at, text.data, text.size);
    *at += text.size;
    return copy;
}

static bool copy_policies(corsac_counters *out, const cse_ledger *ledger)
{
    size_t room = (size_t)ledger->policy_count + 1;
    out->policies = malloc(room * sizeof(*out->policies));
    out->rows = calloc(room, sizeof(*out->rows));
    out->texts = malloc(text_bytes(ledger));
    if (!out->policies || !out->rows || !out->texts)
        return false;
    char *at = out->texts;
    out->policy_count = ledger->policy_count;
    for (uint32_t i = 0; i < ledger->policy_count; i++) {
        out->policies[i].owner = copy_text(&at, ledger->policies[i].owner);
        out->policies[i].path = copy_text(&at, ledger->policies[i].path);
        out->rows[i] = ledger->rows[i];
    }
    out->totals = ledger->totals;
    return true;
}

static bool sum(corsac_counters *out, corsac_engine *engine)
{
    cse_snapshot *current = atomic_load_explicit(&engine->current, memory_order_acquire);
    if (!current || !current->ledger)
        return true;
    out->shadow = current->shadow != NULL;
    if (!copy_policies(out, current->ledger))
        return false;
    add_live(engine, current, out->rows, &out->totals);
    for (cse_snapshot *old = engine->retired; old; old = old->next_retired)
        if (old->ledger && !add_retired(out, engine, old, current))
            return false;
    return true;
}

/* ---- API ---------------------------------------------------------------------------------- */

corsac_status corsac_counters_new(corsac_counters **out, corsac_engine *engine)
{
    if (out)
        *out = NULL;
    if (!out || !engine)
        return CORSAC_E_ARGUMENT;
    corsac_counters *counters = calloc(1, sizeof(*counters));
    if (!counters)
        return CORSAC_E_MEMORY;
    pthread_mutex_lock(&engine->lock);
    counters->by_policy = engine->flags & CORSAC_ENGINE_COUNTERS;
    bool enough = sum(counters, engine);
    pthread_mutex_unlock(&engine->lock);
    if (!enough) {
        corsac_counters_free(counters);
        return CORSAC_E_MEMORY;
    }
    *out = counters;
    return CORSAC_OK;
}

void corsac_counters_free(corsac_counters *counters)
{
    if (!counters)
        return;
    free(counters->policies);
    free(counters->rows);
    free(counters->texts);
    free(counters);
}

uint32_t corsac_counters_policy_count(const corsac_counters *counters)
{
    return counters ? counters->policy_count : 0;
}

static uint64_t of_row(const cse_ledger_row *row, corsac_outcome outcome)
{
    return row->count[outcome - CSE_PLAIN_OUTCOMES];
}

corsac_status corsac_counters_policy(const corsac_counters *counters, uint32_t index,
                                     corsac_policy_counts *out)
{
    if (!counters || !out || index >= counters->policy_count)
        return CORSAC_E_ARGUMENT;
    const cse_ledger_row *row = &counters->rows[index];
    uint64_t allowed =
        of_row(row, CORSAC_OUTCOME_PREFLIGHT_ALLOWED) + of_row(row, CORSAC_OUTCOME_ALLOWED);
    uint64_t refused = of_row(row, CORSAC_OUTCOME_PREFLIGHT_FORWARDED) +
                       of_row(row, CORSAC_OUTCOME_PREFLIGHT_DENIED) +
                       of_row(row, CORSAC_OUTCOME_DENIED);
    *out = (corsac_policy_counts){.owner = counters->policies[index].owner,
                                  .path = counters->policies[index].path,
                                  .origin_valid = allowed + row->count[CSE_ROUTE_REFUSED],
                                  /* Readers count on while their lines are read: never below 0. */
                                  .origin_invalid = refused > row->count[CSE_ROUTE_REFUSED]
                                                        ? refused - row->count[CSE_ROUTE_REFUSED]
                                                        : 0,
                                  .preflights = of_row(row, CORSAC_OUTCOME_PREFLIGHT_ALLOWED) +
                                                of_row(row, CORSAC_OUTCOME_PREFLIGHT_FORWARDED) +
                                                of_row(row, CORSAC_OUTCOME_PREFLIGHT_DENIED),
                                  .fallbacks = row->count[CSE_ROUTE_FALLBACKS]};
    for (uint32_t i = CSE_PLAIN_OUTCOMES; i < CORSAC_OUTCOME_COUNT; i++)
        out->outcomes[i] = of_row(row, (corsac_outcome)i);
    return CORSAC_OK;
}

uint64_t corsac_counters_outcome(const corsac_counters *counters, uint32_t outcome)
{
    uint64_t sum_of_rows = 0;
    if (!counters || outcome >= CORSAC_OUTCOME_COUNT)
        return 0;
    if (outcome < CSE_PLAIN_OUTCOMES)
        return counters->totals.plain[outcome];
    for (uint32_t i = 0; i < counters->policy_count; i++)
        sum_of_rows += of_row(&counters->rows[i], (corsac_outcome)outcome);
    return sum_of_rows;
}

uint64_t corsac_counters_shadow(const corsac_counters *counters, uint32_t outcome, uint32_t shadow)
{
    if (!counters || outcome >= CORSAC_OUTCOME_COUNT || shadow >= CORSAC_OUTCOME_COUNT)
        return 0;
    return counters->totals.pair[outcome * CORSAC_OUTCOME_COUNT + shadow];
}

uint64_t corsac_counters_shadow_other_answers(const corsac_counters *counters)
{
    return counters ? counters->totals.other_answer : 0;
}
