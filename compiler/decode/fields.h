// SPDX-License-Identifier: Apache-2.0
// Looking fields up in a node tree by the rules of D-10 and D-11, without knowing the schema.
#ifndef CORSAC_COMPILER_DECODE_FIELDS_H
#define CORSAC_COMPILER_DECODE_FIELDS_H

#include "compiler/read/document.h"

/** Whether a key spells the lowerCamel name `name` (camel) or its snake_case form (snake). */
bool csc_key_is_camel(corsac_str key, const char *name);
bool csc_key_is_snake(corsac_str key, const char *name);
/** False for most keys that do neither: both spellings begin alike. */
static inline bool csc_key_may_spell(corsac_str key, const char *name)
{
    return key.size > 0 && key.data[0] == *name;
}

/**
 * The entry of a field: the camel spelling if it is there, else the snake one; NULL if the field is
 * absent or null, or if the node is no map.
 */
const csc_entry *csc_field_entry(const csc_node *map, const char *name);
/** Its value, or NULL. */
csc_node *csc_field(const csc_node *map, const char *name);
/** Where a field stands: its value's place, else the map's own. */
csc_span csc_field_span(const csc_node *map, const char *name);

/** The text of a string node; a null item of a list of strings is "" (D-11). False otherwise. */
bool csc_node_text(const csc_node *node, corsac_str *text);
/** The text of a string field; absent if it is absent or no string. */
corsac_str csc_field_text(const csc_node *map, const char *name);
/** True if the field is present and not the empty string (a wrong type counts as present). */
bool csc_field_filled(const csc_node *map, const char *name);
/** Number of items of a list field; 0 if absent or no list. */
size_t csc_field_count(const csc_node *map, const char *name);
/** The value of a boolean field; false if absent. */
bool csc_field_true(const csc_node *map, const char *name);
/** The value of a uint32 field, number or quoted (D-17); 0 if absent or wrong. */
uint32_t csc_field_uint32(const csc_node *map, const char *name);
/** Reads a uint32 node (D-17). */
bool csc_node_uint32(const csc_node *node, uint32_t *value);

#endif
