// SPDX-License-Identifier: Apache-2.0
// Sorted texts become a trie breadth first: each task of the queue is a range of texts that share
// their first `depth` bytes, becomes one node, and queues one task for each byte that follows the
// node's label.
#include "compiler/lower/trie.h"

#include <stdlib.h>
#include <string.h>

typedef struct task {
    size_t first, last; /* items first .. last - 1 */
    size_t depth;       /* bytes eaten on the way here */
    size_t parent_link; /* where in the trie's bytes the parent holds this node's offset */
} task;

typedef struct builder {
    csc_arena *arena;
    csc_sections *sections;
    const csc_trie_item *items;
    task *tasks;
    size_t task_count, task_capacity;
    size_t start; /* of the trie in its section */
    bool backward;
} builder;

static int compare_items(const void *left, const void *right)
{
    const csc_trie_item *a = left, *b = right;
    return csc_str_compare(a->text, b->text);
}

void csc_trie_sort(csc_trie_item *items, size_t count)
{
    if (count > 1)
        qsort(items, count, sizeof(*items), compare_items);
}

static uint8_t byte_at(const builder *b, size_t item, size_t at)
{
    return (uint8_t)b->items[item].text.data[at];
}

/* Bytes that all texts of the task share behind its depth. The first and the last one decide. */
static size_t label_size(const builder *b, const task *t)
{
    corsac_str first = b->items[t->first].text, last = b->items[t->last - 1].text;
    size_t size = 0;
    while (size < UINT16_MAX && t->depth + size < first.size && t->depth + size < last.size &&
           first.data[t->depth + size] == last.data[t->depth + size])
        size++;
    return size;
}

static bool push(builder *b, task t)
{
    task *tasks =
        csc_arena_grow(b->arena, b->tasks, b->task_count, &b->task_capacity, sizeof(*tasks));
    if (!tasks)
        return false;
    b->tasks = tasks;
    tasks[b->task_count++] = t;
    return true;
}

static void append(builder *b, const void *bytes, size_t size)
{
    csc_sections_append(b->sections, CSE_SECTION_PREFIX_TRIES, bytes, size);
}

static size_t used(const builder *b)
{
    return b->sections->slots[CSE_SECTION_PREFIX_TRIES].size_bytes;
}

/* One child task for each distinct byte at `depth` of the items from..last. */
static size_t split(builder *b, size_t from, size_t last, size_t depth, task *children)
{
    size_t count = 0;
    while (from < last) {
        size_t end = from + 1;
        while (end < last && byte_at(b, end, depth) == byte_at(b, from, depth))
            end++;
        children[count++] = (task){from, end, depth + 1, 0};
        from = end;
    }
    return count;
}

static void append_children(builder *b, const task *children, size_t count, size_t depth)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t first = byte_at(b, children[i].first, depth);
        append(b, &first, 1);
    }
    csc_sections_align(b->sections, CSE_SECTION_PREFIX_TRIES, 4);
    for (size_t i = 0; i < count; i++) {
        task child = children[i];
        const uint32_t unknown = 0;
        child.parent_link = used(b);
        append(b, &unknown, sizeof(unknown));
        if (!push(b, child))
            csc_sections_starve(b->sections);
    }
}

static void append_label(builder *b, corsac_str label)
{
    if (!b->backward)
        append(b, label.data, label.size);
    for (size_t i = label.size; b->backward && i > 0; i--)
        append(b, label.data + i - 1, 1);
}

static void append_node(builder *b, task t)
{
    task children[256];
    uint8_t *bytes = b->sections->slots[CSE_SECTION_PREFIX_TRIES].bytes;
    uint32_t offset = (uint32_t)(used(b) - b->start);
    if (t.parent_link)
        memcpy(bytes + t.parent_link, &offset, sizeof(offset));
    size_t label = label_size(b, &t), depth = t.depth + label;
    bool ends = b->items[t.first].text.size == depth;
    size_t count = split(b, t.first + ends, t.last, depth, children);
    cse_trie_node node = {.value = ends ? b->items[t.first].value : CSE_NONE,
                          .label_bytes = (uint16_t)label,
                          .child_count = (uint16_t)count};
    append(b, &node, sizeof(node));
    append_label(b, (corsac_str){b->items[t.first].text.data + t.depth, label});
    append_children(b, children, count, depth);
}

uint32_t csc_trie_append(csc_arena *arena, csc_sections *sections, const csc_trie_item *items,
                         size_t count, bool backward)
{
    static const uint8_t room[16] = {0}; /* for the last block that is read */
    builder b = {.arena = arena, .sections = sections, .items = items, .backward = backward};
    cse_trie head = {0, 0};
    csc_sections_align(sections, CSE_SECTION_PREFIX_TRIES, 4);
    b.start = used(&b);
    append(&b, &head, sizeof(head));
    if (!push(&b, (task){0, count, 0, 0}))
        csc_sections_starve(sections);
    for (size_t i = 0; i < b.task_count && !sections->failed; i++)
        append_node(&b, b.tasks[i]);
    append(&b, room, sizeof(room));
    if (sections->failed)
        return CSE_NONE;
    head = (cse_trie){(uint32_t)(used(&b) - b.start), (uint32_t)b.task_count};
    memcpy(sections->slots[CSE_SECTION_PREFIX_TRIES].bytes + b.start, &head, sizeof(head));
    return (uint32_t)b.start;
}
