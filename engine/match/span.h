// SPDX-License-Identifier: Apache-2.0
// Regexes lowered to literals around class runs: see cse_origin_span.
#ifndef CORSAC_ENGINE_MATCH_SPAN_H
#define CORSAC_ENGINE_MATCH_SPAN_H

#include "engine/match/origin.h"

/** Whether some span of a set that has spans matches an origin, which is not empty. Spans match plain bytes only. */
bool cse_spans_hold(const cse_origin_sections *sections, const cse_origin_set *set,
                    corsac_str origin);

#endif
