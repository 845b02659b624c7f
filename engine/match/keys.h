// SPDX-License-Identifier: Apache-2.0
// Exact strings and prefixes of one origin set.
#ifndef CORSAC_ENGINE_MATCH_KEYS_H
#define CORSAC_ENGINE_MATCH_KEYS_H

#include "engine/match/origin.h"

/** Whether the set's exact strings hold the origin. @param index  of the set: part of its hash. */
bool cse_keys_hold(const cse_origin_sections *sections, uint32_t index, corsac_str origin);

/** Asks for the first line of the set's table, which it has, that cse_keys_hold() will read. */
void cse_keys_prefetch(const cse_origin_sections *sections, uint32_t index, corsac_str origin);

/** Whether the origin starts with one of the set's prefixes. */
bool cse_prefixes_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                       corsac_str origin);

#endif
