// SPDX-License-Identifier: Apache-2.0
// Sums that were taken at one moment.
#ifndef CORSAC_ENGINE_PUBLISH_SUMS_H
#define CORSAC_ENGINE_PUBLISH_SUMS_H

#include "engine/publish/ledger.h"

struct corsac_counters {
    bool by_policy; /* the engine counts policies and outcomes */
    bool shadow;    /* a shadow is published */
    uint32_t policy_count;
    cse_ledger_policy *policies; /* texts in `texts` */
    cse_ledger_row *rows;
    cse_ledger_totals totals;
    char *texts;
};

#endif
