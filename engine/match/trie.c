// SPDX-License-Identifier: Apache-2.0
// Walking and checking radix tries. Every edge eats one byte of the text, so a walk ends with the
// text whatever the offsets say; that nodes lie breadth first and are entered from one place only
// lets the check run with two cursors and no memory.
#include "engine/match/trie.h"

#include "engine/match/bytes.h"

/* A node taken apart. */
typedef struct node {
    cse_trie_node head;
    const uint8_t *label;
    const uint8_t *firsts;
    const uint8_t *children; /* uint32_t offsets */
} node;

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static node node_at(const uint8_t *trie, uint32_t offset)
{
    node n;
    memcpy(&n.head, trie + offset, sizeof(n.head));
    n.label = trie + offset + sizeof(n.head);
    n.firsts = n.label + n.head.label_bytes;
    n.children = trie + offset + padded(sizeof(n.head) + n.head.label_bytes + n.head.child_count);
    return n;
}

/* ---- checking ---------------------------------------------------------------------------- */

/* Size of the node at an offset, or 0 if it does not lie inside the trie. */
static size_t node_size(const uint8_t *trie, size_t trie_bytes, size_t offset)
{
    if (offset + sizeof(cse_trie_node) > trie_bytes)
        return 0;
    cse_trie_node head;
    memcpy(&head, trie + offset, sizeof(head));
    size_t size = padded(sizeof(head) + head.label_bytes + head.child_count) +
                  (size_t)head.child_count * sizeof(uint32_t);
    return size <= trie_bytes - offset ? size : 0;
}

/* Every child must be the node under the second cursor, which then moves on by one node. */
static bool children_follow(const uint8_t *trie, size_t trie_bytes, const node *n, size_t *next,
                            uint32_t *entered)
{
    for (uint32_t i = 0; i < n->head.child_count; i++) {
        if (cse_load32(n->children + (size_t)i * 4) != *next ||
            (i > 0 && n->firsts[i] <= n->firsts[i - 1]))
            return false;
        size_t size = node_size(trie, trie_bytes, *next);
        if (size == 0)
            return false;
        *next += size;
        (*entered)++;
    }
    return true;
}

bool cse_trie_verify(const uint8_t *bytes, size_t size_bytes, uint32_t value_count)
{
    cse_trie head;
    if (size_bytes < sizeof(head))
        return false;
    memcpy(&head, bytes, sizeof(head));
    if (head.size_bytes > size_bytes || head.size_bytes < sizeof(head))
        return false;
    size_t at = sizeof(head);
    size_t next = at + node_size(bytes, head.size_bytes, at);
    uint32_t entered = next > at ? 1 : 0;
    for (uint32_t seen = 0; seen < entered; seen++) {
        size_t size = node_size(bytes, head.size_bytes, at);
        node n = node_at(bytes, (uint32_t)at);
        if ((n.head.value != CSE_NONE && n.head.value >= value_count) ||
            !children_follow(bytes, head.size_bytes, &n, &next, &entered))
            return false;
        at += size;
    }
    return entered > 0 && entered == head.node_count && next == head.size_bytes;
}

/* ---- walking ----------------------------------------------------------------------------- */

/* Offset of the child behind a byte, or 0. */
static uint32_t child_behind(const node *n, uint8_t byte)
{
    for (uint32_t i = 0; i < n->head.child_count; i++)
        if (n->firsts[i] == byte)
            return cse_load32(n->children + (size_t)i * 4);
    return 0;
}

void cse_trie_forward(cse_trie_walk *walk, const uint8_t *trie, corsac_str text)
{
    *walk = (cse_trie_walk){trie, (const uint8_t *)text.data, text.size, sizeof(cse_trie)};
}

uint32_t cse_trie_next(cse_trie_walk *walk)
{
    while (walk->node) {
        node n = node_at(walk->trie, walk->node);
        walk->node = 0;
        if (n.head.label_bytes > walk->left ||
            !cse_bytes_equal(n.label, walk->text, n.head.label_bytes))
            return CSE_NONE;
        walk->text += n.head.label_bytes;
        walk->left -= n.head.label_bytes;
        if (walk->left > 0) {
            walk->node = child_behind(&n, *walk->text++);
            walk->left--;
        }
        if (n.head.value != CSE_NONE)
            return n.head.value;
    }
    return CSE_NONE;
}

void cse_trie_backward(cse_trie_walk *walk, const uint8_t *trie, corsac_str text)
{
    *walk =
        (cse_trie_walk){trie, (const uint8_t *)text.data + text.size, text.size, sizeof(cse_trie)};
}

/* Labels hold reversed text. */
static bool ends_with(const cse_trie_walk *walk, const node *n)
{
    if (n->head.label_bytes > walk->left)
        return false;
    for (uint32_t i = 0; i < n->head.label_bytes; i++)
        if (n->label[i] != walk->text[-(ptrdiff_t)i - 1])
            return false;
    return true;
}

uint32_t cse_trie_next_backward(cse_trie_walk *walk)
{
    while (walk->node) {
        node n = node_at(walk->trie, walk->node);
        walk->node = 0;
        if (!ends_with(walk, &n))
            return CSE_NONE;
        walk->text -= n.head.label_bytes;
        walk->left -= n.head.label_bytes;
        if (walk->left > 0) {
            walk->node = child_behind(&n, *--walk->text);
            walk->left--;
        }
        if (n.head.value != CSE_NONE)
            return n.head.value;
    }
    return CSE_NONE;
}
