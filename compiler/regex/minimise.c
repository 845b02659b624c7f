// SPDX-License-Identifier: Apache-2.0
// Hopcroft's minimisation, then one canonical numbering: equal languages (with equal marks) give
// equal bytes.
#include "compiler/regex/dfa.h"

#include <stdlib.h>
#include <string.h>

/* Blocks of states as stretches of `order`; a block is split by moving marked members to its front.
 */
typedef struct partition {
    uint32_t state_count, block_count;
    uint32_t *order;    /* states, block by block */
    uint32_t *position; /* of each state in order */
    uint32_t *block_of;
    uint32_t *first, *end, *marked; /* per block */
} partition;

/* States that reach a state under a class. */
typedef struct inverse {
    uint32_t *first; /* (class * states + state) -> offset; one more at the end */
    uint32_t *sources;
} inverse;

typedef struct minimiser {
    const csc_dfa *dfa;
    partition p;
    inverse inv;
    uint64_t *queue; /* block << 32 | class */
    size_t queue_count, queue_capacity;
    uint8_t *queued; /* block * classes + class */
    uint32_t *touched;
    uint32_t *members; /* copy of the splitting block */
} minimiser;

static void free_minimiser(minimiser *m)
{
    free(m->p.order);
    free(m->p.position);
    free(m->p.block_of);
    free(m->p.first);
    free(m->p.end);
    free(m->p.marked);
    free(m->inv.first);
    free(m->inv.sources);
    free(m->queue);
    free(m->queued);
    free(m->touched);
    free(m->members);
}

static uint32_t *numbers(size_t count)
{
    return calloc(count ? count : 1, sizeof(uint32_t));
}

static bool allocate(minimiser *m)
{
    size_t n = m->dfa->state_count, cells = n * m->dfa->class_count;
    partition *p = &m->p;
    p->order = numbers(n);
    p->position = numbers(n);
    p->block_of = numbers(n);
    p->first = numbers(n);
    p->end = numbers(n);
    p->marked = numbers(n);
    m->inv.first = numbers(cells + 1);
    m->inv.sources = numbers(cells);
    m->queue_capacity = cells;
    m->queue = malloc((cells ? cells : 1) * sizeof *m->queue);
    m->queued = calloc(cells ? cells : 1, 1);
    m->touched = numbers(n);
    m->members = numbers(n);
    return p->order && p->position && p->block_of && p->first && p->end && p->marked &&
           m->inv.first && m->inv.sources && m->queue && m->queued && m->touched && m->members;
}

static void build_inverse(minimiser *m)
{
    const csc_dfa *dfa = m->dfa;
    size_t n = dfa->state_count, k = dfa->class_count;
    uint32_t *first = m->inv.first;
    for (size_t s = 0; s < n; s++)
        for (size_t c = 0; c < k; c++)
            first[c * n + dfa->next[s * k + c]]++;
    uint32_t total = 0;
    for (size_t i = 0; i <= n * k; i++) {
        uint32_t count = i < n * k ? first[i] : 0;
        first[i] = total;
        total += count;
    }
    for (size_t s = n; s-- > 0;) /* fills each list from its end of the next one's start */
        for (size_t c = 0; c < k; c++)
            m->inv.sources[first[c * n + dfa->next[s * k + c]]++] = (uint32_t)s;
    for (size_t i = n * k; i > 0; i--)
        first[i] = first[i - 1];
    first[0] = 0;
}

static void enqueue(minimiser *m, uint32_t block, uint32_t class_index)
{
    uint8_t *queued = &m->queued[(size_t)block * m->dfa->class_count + class_index];
    if (*queued)
        return;
    *queued = 1;
    m->queue[m->queue_count++] = (uint64_t)block << 32 | class_index;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* One block per mark. */
static bool start_partition(minimiser *m)
{
    partition *p = &m->p;
    uint32_t n = p->state_count = m->dfa->state_count;
    uint64_t *keys = malloc(n * sizeof *keys);
    if (!keys)
        return false;
    for (uint32_t s = 0; s < n; s++)
        keys[s] = (uint64_t)m->dfa->marks[s] << 32 | s;
    qsort(keys, n, sizeof *keys, compare_numbers);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32)
            p->first[p->block_count++] = i;
        uint32_t s = (uint32_t)keys[i];
        p->order[i] = s;
        p->position[s] = i;
        p->block_of[s] = p->block_count - 1;
        p->end[p->block_count - 1] = i + 1;
    }
    free(keys);
    uint32_t largest = 0; /* what all other blocks do not split, it does not either */
    for (uint32_t b = 1; b < p->block_count; b++)
        if (p->end[b] - p->first[b] > p->end[largest] - p->first[largest])
            largest = b;
    for (uint32_t b = 0; b < p->block_count; b++)
        for (uint32_t c = 0; c < m->dfa->class_count && b != largest; c++)
            enqueue(m, b, c);
    return true;
}

static void mark_state(minimiser *m, uint32_t state, uint32_t *touched_count)
{
    partition *p = &m->p;
    uint32_t b = p->block_of[state], target = p->first[b] + p->marked[b];
    if (p->position[state] < target)
        return;
    if (p->marked[b]++ == 0)
        m->touched[(*touched_count)++] = b;
    uint32_t other = p->order[target], from = p->position[state];
    p->order[target] = state;
    p->order[from] = other;
    p->position[state] = target;
    p->position[other] = from;
}

/* Makes the marked part of a block a block of its own and queues what Hopcroft needs. */
static void split_block(minimiser *m, uint32_t b)
{
    partition *p = &m->p;
    uint32_t marked = p->marked[b], size = p->end[b] - p->first[b];
    p->marked[b] = 0;
    if (marked == size)
        return;
    uint32_t fresh = p->block_count++;
    p->first[fresh] = p->first[b];
    p->end[fresh] = p->first[b] + marked;
    p->first[b] = p->end[fresh];
    for (uint32_t i = p->first[fresh]; i < p->end[fresh]; i++)
        p->block_of[p->order[i]] = fresh;
    for (uint32_t c = 0; c < m->dfa->class_count; c++) {
        bool queued = m->queued[(size_t)b * m->dfa->class_count + c];
        enqueue(m, queued || marked <= size - marked ? fresh : b, c);
    }
}

static void refine(minimiser *m)
{
    partition *p = &m->p;
    size_t n = p->state_count;
    while (m->queue_count) {
        uint64_t item = m->queue[--m->queue_count];
        uint32_t b = (uint32_t)(item >> 32), c = (uint32_t)item;
        m->queued[(size_t)b * m->dfa->class_count + c] = 0;
        uint32_t count = p->end[b] - p->first[b], touched_count = 0;
        memcpy(m->members, p->order + p->first[b], count * sizeof *m->members);
        for (uint32_t i = 0; i < count; i++) {
            size_t cell = c * n + m->members[i];
            for (uint32_t k = m->inv.first[cell]; k < m->inv.first[cell + 1]; k++)
                mark_state(m, m->inv.sources[k], &touched_count);
        }
        for (uint32_t i = 0; i < touched_count; i++)
            split_block(m, m->touched[i]);
    }
}

/* ---- canonical form --------------------------------------------------------------------- */

/* Merges classes whose columns are equal, numbered by least byte; column[c] is a class of the old
 * form. */
static uint32_t merge_classes(const csc_dfa *dfa, const partition *p, uint8_t *class_of,
                              uint32_t *column)
{
    int merged[256];
    uint32_t count = 0;
    memset(merged, -1, sizeof merged);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint32_t c = dfa->class_of[byte];
        for (uint32_t k = 0; merged[c] < 0 && k < count; k++) {
            bool equal = true;
            for (uint32_t b = 0; equal && b < p->block_count; b++) {
                const uint32_t *row = dfa->next + (size_t)p->order[p->first[b]] * dfa->class_count;
                equal = p->block_of[row[c]] == p->block_of[row[column[k]]];
            }
            if (equal)
                merged[c] = (int)k;
        }
        if (merged[c] < 0) {
            column[count] = c;
            merged[c] = (int)count++;
        }
        class_of[byte] = (uint8_t)merged[c];
    }
    return count;
}

/* Numbers the blocks in breadth-first order from the start, the dead one first. */
static uint32_t number_blocks(const csc_dfa *dfa, const partition *p, const uint32_t *column,
                              uint32_t class_count, uint32_t *number, uint32_t *order)
{
    uint32_t dead = p->block_of[0], count = 0;
    memset(number, -1, p->block_count * sizeof *number);
    number[dead] = count;
    order[count++] = dead;
    uint32_t start = p->block_of[dfa->start];
    if (number[start] == UINT32_MAX) {
        number[start] = count;
        order[count++] = start;
    }
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t *row = dfa->next + (size_t)p->order[p->first[order[i]]] * dfa->class_count;
        for (uint32_t c = 0; c < class_count; c++) {
            uint32_t block = p->block_of[row[column[c]]];
            if (number[block] == UINT32_MAX) {
                number[block] = count;
                order[count++] = block;
            }
        }
    }
    return count;
}

static corsac_status rebuild(csc_dfa *dfa, const partition *p)
{
    csc_dfa out = {0};
    uint32_t column[256];
    uint32_t *number = numbers(p->block_count), *order = numbers(p->block_count);
    out.class_count = merge_classes(dfa, p, out.class_of, column);
    if (number && order) {
        out.state_count = number_blocks(dfa, p, column, out.class_count, number, order);
        out.start = number[p->block_of[dfa->start]];
        out.next = numbers((size_t)out.state_count * out.class_count);
        out.marks = numbers(out.state_count);
    }
    bool ok = number && order && out.next && out.marks;
    for (uint32_t s = 0; ok && s < out.state_count; s++) {
        uint32_t old = p->order[p->first[order[s]]];
        out.marks[s] = dfa->marks[old];
        for (uint32_t c = 0; c < out.class_count; c++)
            out.next[(size_t)s * out.class_count + c] =
                number[p->block_of[dfa->next[(size_t)old * dfa->class_count + column[c]]]];
    }
    free(number);
    free(order);
    if (!ok) {
        csc_dfa_free(&out);
        return CORSAC_E_MEMORY;
    }
    csc_dfa_free(dfa);
    *dfa = out;
    return CORSAC_OK;
}

corsac_status csc_dfa_minimise(csc_dfa *dfa)
{
    minimiser m = {.dfa = dfa};
    corsac_status status = CORSAC_E_MEMORY;
    if (allocate(&m)) {
        build_inverse(&m);
        if (start_partition(&m)) {
            refine(&m);
            status = rebuild(dfa, &m.p);
        }
    }
    free_minimiser(&m);
    return status;
}
