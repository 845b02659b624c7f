// SPDX-License-Identifier: Apache-2.0
// Builds the radix tries of engine/image/origin_format.h.
#ifndef CORSAC_COMPILER_LOWER_TRIE_H
#define CORSAC_COMPILER_LOWER_TRIE_H

#include "compiler/lower/sections.h"
#include "engine/image/origin_format.h"

#include <stdbool.h>

typedef struct csc_trie_item {
    corsac_str text;
    uint32_t value;
} csc_trie_item;

/** Sorts items by text: byte order, shorter first. */
void csc_trie_sort(csc_trie_item *items, size_t count);

/**
 * Appends a trie of at least one item, sorted and with distinct texts. Returns its offset.
 * @param backward  the texts are reversed, and will be looked for from the end of another.
 */
uint32_t csc_trie_append(csc_arena *arena, csc_sections *sections, const csc_trie_item *items,
                         size_t count, bool backward);

#endif
