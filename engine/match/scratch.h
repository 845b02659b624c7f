// SPDX-License-Identifier: Apache-2.0
// What one reader owns for one image.
#ifndef CORSAC_ENGINE_MATCH_SCRATCH_H
#define CORSAC_ENGINE_MATCH_SCRATCH_H

#include "engine/match/origin.h"

struct hs_scratch;

struct cse_origin_scratch {
    struct hs_scratch *scan; /* NULL: no database is live */
    uint64_t fallback_count;
    uint64_t program[]; /* for the most demanding program of the image */
};

/** Scratch for all live databases; *out stays NULL without any. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status cse_databases_scratch(struct hs_scratch **out, const cse_origin_databases *databases);
void cse_databases_scratch_free(struct hs_scratch *scratch);

#endif
