// SPDX-License-Identifier: Apache-2.0
// Hyperscan databases of an image: every call into libhs that the engine makes.
#ifndef CORSAC_ENGINE_MATCH_DATABASE_H
#define CORSAC_ENGINE_MATCH_DATABASE_H

#include "engine/match/origin.h"

typedef enum cse_scan {
    CSE_SCAN_MISS = 0,
    CSE_SCAN_HIT = 1,
    CSE_SCAN_FAILED = 2 /* not loaded, or any result but success and terminated */
} cse_scan;

/** Whether a database matches an origin of plain bytes. */
cse_scan cse_database_scan(const cse_origin_sections *sections, uint32_t database,
                           corsac_str origin, cse_origin_scratch *scratch);

/** Whether a database is in use on this machine. */
bool cse_database_is_live(const cse_origin_sections *sections, uint32_t database);

#endif
