// SPDX-License-Identifier: Apache-2.0
// Spans of a set as records, and what finds them where there are many.
#ifndef CORSAC_COMPILER_LOWER_SPAN_H
#define CORSAC_COMPILER_LOWER_SPAN_H

#include "compiler/lower/origin_plan.h"

/* How much of a prefix or suffix stands in the record. */
enum { CSC_SPAN_END_BYTES = 16 };

/** What of both ends stands in the record. @param head, tail  zeros. */
void csc_span_ends(const csc_span_form *form, uint8_t head[CSC_SPAN_END_BYTES],
                   uint8_t tail[CSC_SPAN_END_BYTES]);
/** Appends a span. @param order  cse_span_order bits. @return its index in ORIGIN_SPANS. */
uint32_t csc_span_append(csc_origins *origins, const csc_span_form *form, uint8_t order);

/** Whether a regex is served by spans. */
static inline bool csc_is_span(const csc_planned_regex *regex)
{
    return regex->served & CSE_SERVED_SPANS;
}

/** Spans of all regexes that are served by spans. */
size_t csc_spans_count(const csc_origin_plan *plan);

/**
 * Writes spans so that a hash finds them. Writes nothing, and leaves the record without CSE_ORIGIN_INDEXED, where too
 * many would be alike.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_spans_by_hash(csc_origins *origins, const csc_span_form *const *forms,
                                size_t count, cse_origin_set *record);
/** Writes the spans of a plan so that tries find them. Regexes that would make a walk too dear are left to the automaton.
 * @param count  csc_spans_count(). @return CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_spans_by_tries(csc_origins *origins, csc_origin_plan *plan, size_t count,
                                 cse_origin_set *record);

#endif
