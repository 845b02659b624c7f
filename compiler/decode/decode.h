// SPDX-License-Identifier: Apache-2.0
// Inside the decode room: from one document's nodes to one typed resource.
//
// document.c sorts documents by kind (D-1 to D-6) and runs, for each: check (types), validate
// (chapter V), and, if neither found an error, the extraction below, which may rely on both.
#ifndef CORSAC_COMPILER_DECODE_DECODE_H
#define CORSAC_COMPILER_DECODE_DECODE_H

#include "compiler/decode/finding.h"
#include "compiler/read/document.h"

/* ---- extraction: the nodes are known to be right ----------------------------------------- */

/** name, namespace (D-22), labels, time; metadata may be NULL. */
void csc_take_metadata(const csc_context *context, const csc_node *metadata, csc_metadata *out);
csc_strings csc_take_strings(csc_arena *arena, const csc_node *map, const char *field);
csc_labels csc_take_labels(csc_arena *arena, const csc_node *map, const char *field);
csc_string_match csc_take_match(const csc_node *map, const char *field);
/** All but the index; a value of a wrong type counts as absent. */
void csc_take_block(csc_arena *arena, const csc_node *node, csc_match_block *out);
/** The spec may be NULL. */
void csc_take_virtual_service(const csc_context *context, const csc_node *spec,
                              csc_virtual_service *out);
void csc_take_gateway(const csc_context *context, const csc_node *spec, csc_gateway *out);

/* ---- validation: nodes may be of a wrong type, then they are marked broken ---------------- */

void csc_validate_metadata(csc_finder *finder, const csc_node *metadata, csc_span document);
void csc_validate_virtual_service(csc_finder *finder, const csc_node *metadata,
                                  const csc_node *spec, csc_span document);
void csc_validate_gateway(csc_finder *finder, const csc_node *metadata, const csc_node *spec,
                          csc_span document);

#endif
