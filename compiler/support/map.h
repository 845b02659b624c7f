// SPDX-License-Identifier: Apache-2.0
// A growing hash map from byte strings to numbers, for the stages that meet tens of thousands of
// names. Keys are borrowed and must outlive the map; an absent key equals the empty one. Memory
// comes from the arena. The seed depends on the map's address, so that nobody can write documents
// whose names all collide; nothing may depend on the order of the table, which is not iterable.
#ifndef CORSAC_COMPILER_SUPPORT_MAP_H
#define CORSAC_COMPILER_SUPPORT_MAP_H

#include "compiler/support/arena.h"

typedef struct csc_map csc_map;

/** An empty map; NULL when memory is short. */
csc_map *csc_map_new(csc_arena *arena);
/** One with room for so many keys, which it need not move while it grows. */
csc_map *csc_map_new_for(csc_arena *arena, size_t count);
/** Number of keys. */
size_t csc_map_count(const csc_map *map);
/** The value of a key, or NULL. The pointer is valid until the next csc_map_put(). */
const size_t *csc_map_find(const csc_map *map, corsac_str key);
/**
 * The value slot of a key, made with value 0 if it is new; *added (may be NULL) says which.
 * NULL when memory is short. The pointer is valid until the next csc_map_put().
 */
size_t *csc_map_put(csc_map *map, corsac_str key, bool *added);

#endif
