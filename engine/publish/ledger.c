// SPDX-License-Identifier: Apache-2.0
#include "engine/publish/ledger.h"

#include <stdlib.h>
#include <string.h>

/* ---- policies of an image ----------------------------------------------------------------- */

typedef struct carrier {
    cse_ledger_policy policy;
    uint32_t route;
} carrier;

static int compare_text(corsac_str a, corsac_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_policy(const cse_ledger_policy *a, const cse_ledger_policy *b)
{
    int order = compare_text(a->owner, b->owner);
    return order ? order : compare_text(a->path, b->path);
}

static int compare_carrier(const void *a, const void *b)
{
    return compare_policy(&((const carrier *)a)->policy, &((const carrier *)b)->policy);
}

static uint32_t collect(carrier *out, const corsac_image *image)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->route_source_count; i++) {
        const cse_route_source *source = &image->route_sources[i];
        if (source->policy == CSE_NONE)
            continue;
        out[count++] = (carrier){{cse_image_text(image, source->policy_owner),
                                  cse_image_text(image, source->policy_path)},
                                 i};
    }
    return count;
}

static void number(cse_ledger *ledger, const carrier *carriers, uint32_t count)
{
    memset(ledger->policy_of, 0xFF, ledger->route_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || compare_carrier(&carriers[i - 1], &carriers[i]) != 0)
            ledger->policies[ledger->policy_count++] = carriers[i].policy;
        ledger->policy_of[carriers[i].route] = ledger->policy_count - 1;
    }
}

static bool fill(cse_ledger *ledger, const corsac_image *image)
{
    size_t room = (size_t)image->route_source_count + 1;
    carrier *carriers = malloc(room * sizeof(*carriers));
    ledger->route_count = image->route_source_count;
    ledger->policy_of = malloc(room * sizeof(uint32_t));
    ledger->policies = malloc(room * sizeof(*ledger->policies));
    ledger->rows = calloc(room, sizeof(*ledger->rows));
    bool enough = carriers && ledger->policy_of && ledger->policies && ledger->rows;
    if (enough) {
        uint32_t count = collect(carriers, image);
        qsort(carriers, count, sizeof(*carriers), compare_carrier);
        number(ledger, carriers, count);
    }
    free(carriers);
    return enough;
}

corsac_status cse_ledger_new(cse_ledger **out, const corsac_image *image, bool by_policy)
{
    cse_ledger *ledger = calloc(1, sizeof(*ledger));
    *out = NULL;
    if (!ledger)
        return CORSAC_E_MEMORY;
    if (by_policy && !fill(ledger, image)) {
        cse_ledger_free(ledger);
        return CORSAC_E_MEMORY;
    }
    *out = ledger;
    return CORSAC_OK;
}

void cse_ledger_free(cse_ledger *ledger)
{
    if (!ledger)
        return;
    free(ledger->policies);
    free(ledger->policy_of);
    free(ledger->rows);
    free(ledger);
}

/* ---- sums --------------------------------------------------------------------------------- */

static void add_route(cse_ledger_row *row, cse_route_tally *route)
{
    for (int i = 0; i < CSE_ROUTE_COUNTS; i++)
        row->count[i] += cse_count_read(&route->count[i]);
}

void cse_ledger_add_tally(const cse_ledger *ledger, cse_tally *tally, cse_ledger_row *rows,
                          cse_ledger_totals *totals)
{
    for (int i = 0; i < CSE_PLAIN_OUTCOMES; i++)
        totals->plain[i] += cse_count_read(&tally->plain[i]);
    for (int i = 0; i < CSE_PAIRS; i++)
        totals->pair[i] += cse_count_read(&tally->pair[i]);
    totals->other_answer += cse_count_read(&tally->other_answer);
    for (uint32_t i = 0; tally->routes && i < ledger->route_count; i++)
        if (ledger->policy_of[i] != CSE_NONE)
            add_route(&rows[ledger->policy_of[i]], &tally->routes[i]);
}

static void add_totals(const cse_ledger_totals *from, cse_ledger_totals *to, bool same_shadow)
{
    for (int i = 0; i < CSE_PLAIN_OUTCOMES; i++)
        to->plain[i] += from->plain[i];
    if (!same_shadow)
        return;
    for (int i = 0; i < CSE_PAIRS; i++)
        to->pair[i] += from->pair[i];
    to->other_answer += from->other_answer;
}

/* Both lists ascend, so one pass finds what they have in common. */
void cse_ledger_add(const cse_ledger *from, const cse_ledger_row *from_rows,
                    const cse_ledger_totals *from_totals, const cse_ledger *to,
                    cse_ledger_row *to_rows, cse_ledger_totals *to_totals, bool same_shadow)
{
    add_totals(from_totals, to_totals, same_shadow);
    for (uint32_t i = 0, j = 0; i < from->policy_count && j < to->policy_count;) {
        int order = compare_policy(&from->policies[i], &to->policies[j]);
        if (order == 0)
            for (int k = 0; k < CSE_ROUTE_COUNTS; k++)
                to_rows[j].count[k] += from_rows[i].count[k];
        i += order <= 0;
        j += order >= 0;
    }
}

void cse_ledger_move(cse_ledger *from, cse_ledger *to, bool same_shadow)
{
    cse_ledger_add(from, from->rows, &from->totals, to, to->rows, &to->totals, same_shadow);
    if (from->policy_count > 0)
        memset(from->rows, 0, from->policy_count * sizeof(*from->rows));
    from->totals = (cse_ledger_totals){0};
}
