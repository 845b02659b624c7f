// SPDX-License-Identifier: Apache-2.0
// Checking radix tries: that nodes lie breadth first and are entered from one place only lets the
// check run with two cursors and no memory.
#include "engine/match/trie.h"

/* Size of the node at an offset, or 0 if it does not lie inside the trie. */
static size_t node_size(const uint8_t *trie, size_t trie_bytes, size_t offset)
{
    if (offset + sizeof(cse_trie_node) > trie_bytes)
        return 0;
    cse_trie_node head;
    memcpy(&head, trie + offset, sizeof(head));
    size_t size = cse_trie_pad(sizeof(head) + head.label_bytes + head.child_count) +
                  (size_t)head.child_count * sizeof(uint32_t);
    return size <= trie_bytes - offset ? size : 0;
}

/* Every child must be the node under the second cursor, which then moves on by one node. */
static bool children_follow(const uint8_t *trie, size_t trie_bytes, const cse_trie_view *n,
                            size_t *next, uint32_t *entered)
{
    for (uint32_t i = 0; i < n->head.child_count; i++) {
        if (cse_trie_child(trie, n, i) != *next || (i > 0 && n->firsts[i] <= n->firsts[i - 1]))
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
        cse_trie_view n = cse_trie_at(bytes, (uint32_t)at);
        if ((n.head.value != CSE_NONE && n.head.value >= value_count) ||
            !children_follow(bytes, head.size_bytes, &n, &next, &entered))
            return false;
        at += size;
    }
    return entered > 0 && entered == head.node_count && next + CSE_BLOCK_BYTES == head.size_bytes;
}
