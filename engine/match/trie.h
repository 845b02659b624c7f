// SPDX-License-Identifier: Apache-2.0
// Radix tries of an image (engine/image/origin_format.h): which of many texts does an origin start
// with, or, walked from its end, end with.
#ifndef CORSAC_ENGINE_MATCH_TRIE_H
#define CORSAC_ENGINE_MATCH_TRIE_H

#include "corsac/common.h"
#include "engine/image/origin_format.h"
#include <stdbool.h>

/**
 * Checks a trie in time linear in its size: afterwards walks are memory safe and end with the text.
 * @param size_bytes   what is left of the section from here on.
 * @param value_count  values must be below, or CSE_NONE.
 */
bool cse_trie_verify(const uint8_t *bytes, size_t size_bytes, uint32_t value_count);

/* A walk along one text. */
typedef struct cse_trie_walk {
    const uint8_t *trie;
    const uint8_t *text; /* forward: the first byte; backward: one behind the last byte */
    size_t left;         /* bytes not yet eaten */
    uint32_t node;       /* offset of the next node to enter; 0: the walk has ended */
} cse_trie_walk;

void cse_trie_forward(cse_trie_walk *walk, const uint8_t *trie, corsac_str text);
/** Returns the next value on the way, shorter texts first; CSE_NONE at the end. */
uint32_t cse_trie_next(cse_trie_walk *walk);

void cse_trie_backward(cse_trie_walk *walk, const uint8_t *trie, corsac_str text);
uint32_t cse_trie_next_backward(cse_trie_walk *walk);

#endif
