// SPDX-License-Identifier: Apache-2.0
// Radix tries of an image (engine/image/origin_format.h): which of many texts does an origin start
// with, or, walked from its end, end with. Nothing outside the text is read, and nothing outside a
// verified trie. Every edge eats one byte of the text, so a walk ends with the text.
#ifndef CORSAC_ENGINE_MATCH_TRIE_H
#define CORSAC_ENGINE_MATCH_TRIE_H

#include "corsac/common.h"
#include "engine/match/block.h"
#include "engine/match/bytes.h"

/**
 * Checks a trie in time linear in its size: afterwards walks are memory safe and end with the text.
 * @param size_bytes   what is left of the section from here on.
 * @param value_count  values must be below, or CSE_NONE.
 */
bool cse_trie_verify(const uint8_t *bytes, size_t size_bytes, uint32_t value_count);

/* A node taken apart. */
typedef struct cse_trie_view {
    cse_trie_node head;
    const uint8_t *label;
    const uint8_t *firsts; /* behind the label; the offsets of the children follow, aligned */
} cse_trie_view;

static inline size_t cse_trie_pad(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static inline cse_trie_view cse_trie_at(const uint8_t *trie, uint32_t offset)
{
    cse_trie_view node = {.label = trie + offset + sizeof(cse_trie_node)};
    memcpy(&node.head, trie + offset, sizeof(node.head));
    node.firsts = node.label + node.head.label_bytes;
    return node;
}

/* Offset of child number `i`. The node lies on a multiple of four in the trie. */
static inline uint32_t cse_trie_child(const uint8_t *trie, const cse_trie_view *node, size_t i)
{
    size_t firsts = (size_t)(node->firsts - trie);
    return cse_load32(trie + cse_trie_pad(firsts + node->head.child_count) + 4 * i);
}

/* Offset of the child behind a byte, or 0. */
static inline uint32_t cse_trie_child_behind(const uint8_t *trie, const cse_trie_view *node,
                                             uint8_t byte)
{
    for (uint32_t at = 0; at < node->head.child_count; at += CSE_BLOCK_BYTES) {
        uint32_t found = cse_block_find(node->firsts + at, byte);
        uint32_t place = at + (uint32_t)__builtin_ctz(found | 1u << CSE_BLOCK_BYTES);
        if (found && place < node->head.child_count)
            return cse_trie_child(trie, node, place);
    }
    return 0;
}

/* A walk along one text. */
typedef struct cse_trie_walk {
    const uint8_t *trie;
    const uint8_t
        *text;     /* forward: the first byte not yet eaten; backward: the text's first byte */
    size_t left;   /* bytes not yet eaten */
    uint32_t node; /* offset of the next node to enter; 0: the walk has ended */
} cse_trie_walk;

/** Starts a walk: cse_trie_next() from the first byte, or cse_trie_next_backward() from the last. */
static inline void cse_trie_start(cse_trie_walk *walk, const uint8_t *trie, corsac_str text)
{
    *walk = (cse_trie_walk){trie, (const uint8_t *)text.data, text.size, sizeof(cse_trie)};
}

/* Whether the `left` bytes at `text` start with the label. */
static inline bool cse_trie_starts(const cse_trie_view *node, const uint8_t *text, size_t left)
{
    size_t size = node->head.label_bytes;
    if (size > left)
        return false;
    if (size > CSE_BLOCK_BYTES || left < CSE_BLOCK_BYTES)
        return cse_bytes_equal(node->label, text, size);
    return (~cse_block_equal(node->label, text) & ((1u << size) - 1)) == 0;
}

/* Whether the `left` bytes at `text` end with the label. A block that ends with a label lies in the
 * trie, for two heads lie before the first one. */
static inline bool cse_trie_ends(const cse_trie_view *node, const uint8_t *text, size_t left)
{
    _Static_assert(sizeof(cse_trie) + sizeof(cse_trie_node) >= CSE_BLOCK_BYTES, "room for a block");
    size_t size = node->head.label_bytes;
    if (size > left)
        return false;
    if (size > CSE_BLOCK_BYTES || left < CSE_BLOCK_BYTES)
        return cse_bytes_equal(node->label, text + left - size, size);
    uint32_t equal = cse_block_equal(node->firsts - CSE_BLOCK_BYTES, text + left - CSE_BLOCK_BYTES);
    return (~equal & CSE_BLOCK_ALL) >> (CSE_BLOCK_BYTES - size) == 0;
}

/** The next value on the way, shorter texts first; CSE_NONE at the end. */
static inline uint32_t cse_trie_next(cse_trie_walk *walk)
{
    while (walk->node) {
        cse_trie_view node = cse_trie_at(walk->trie, walk->node);
        walk->node = 0;
        if (!cse_trie_starts(&node, walk->text, walk->left))
            break;
        walk->text += node.head.label_bytes;
        walk->left -= node.head.label_bytes;
        if (walk->left > 0) {
            walk->node = cse_trie_child_behind(walk->trie, &node, *walk->text++);
            walk->left--;
        }
        if (node.head.value != CSE_NONE)
            return node.head.value;
    }
    return CSE_NONE;
}

static inline uint32_t cse_trie_next_backward(cse_trie_walk *walk)
{
    while (walk->node) {
        cse_trie_view node = cse_trie_at(walk->trie, walk->node);
        walk->node = 0;
        if (!cse_trie_ends(&node, walk->text, walk->left))
            break;
        walk->left -= node.head.label_bytes;
        if (walk->left > 0)
            walk->node = cse_trie_child_behind(walk->trie, &node, walk->text[--walk->left]);
        if (node.head.value != CSE_NONE)
            return node.head.value;
    }
    return CSE_NONE;
}

#endif
