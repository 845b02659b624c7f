// SPDX-License-Identifier: Apache-2.0
// Origin sets of an earlier image, copied into this one: bytes as they were, offsets and indices moved. Sets with
// tables, tries, programs or databases are made anew: what those consist of depends on the whole image.
#ifndef CORSAC_COMPILER_LOWER_SET_COPY_H
#define CORSAC_COMPILER_LOWER_SET_COPY_H

#include "compiler/lower/origin_plan.h"

/* How far sections and lists had been filled when a set was begun. */
typedef struct csc_set_start {
    uint32_t keys, spans, indexes, rows, matchers; /* all but keys as records */
    size_t lone_count;
} csc_set_start;

csc_set_start csc_set_begin(const csc_origins *origins);

/** Copies the last set of the image to list->copy, if sets like it can be. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_set_copy(csc_origins *origins, csc_kept_set *list, csc_set_start start);

/** Appends the copy to the image. Errors are the sections'. */
void csc_set_paste(csc_origins *origins, const struct csc_set_copy *copy);

/* ---- what sets share (set_parts.c) -------------------------------------------------------- */

/** The number of a class, and where the image has it. CSE_NONE when memory is short. */
uint32_t csc_class_keep(csc_origins *origins, const uint64_t bits[2]);
uint32_t csc_class_place(csc_origins *origins, uint32_t number);
/** Appends a class. */
uint32_t csc_class_append(csc_origins *origins, const uint64_t bits[2]);
/** The same as of a class for pieces without long literals. @param records  classes by number. */
uint32_t csc_pieces_keep(csc_origins *origins, const cse_origin_piece *records, size_t count);
uint32_t csc_pieces_place(csc_origins *origins, uint32_t number);

/** Puts numbers in the place of the indices of a span, which is of this image. */
void csc_span_unplace(const csc_origins *origins, cse_origin_span *span);
/** And back. */
void csc_span_place(csc_origins *origins, cse_origin_span *span);

#endif
