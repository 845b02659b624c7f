// SPDX-License-Identifier: Apache-2.0
// Minimisation, then one canonical numbering: equal languages (with equal marks) give equal bytes.
//
// Most automata of regexes are nearly minimal. So a partition is guessed first: states that differ in
// their mark, in their distance to acceptance, or in those of the states they lead to, are not equal. If
// the guess is stable it is the answer; Hopcroft's algorithm serves where it is not.
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

static bool allocate_partition(minimiser *m)
{
    size_t n = m->dfa->state_count;
    partition *p = &m->p;
    p->order = numbers(n);
    p->block_of = numbers(n);
    p->first = numbers(n);
    p->end = numbers(n);
    return p->order && p->block_of && p->first && p->end;
}

static bool allocate_work(minimiser *m)
{
    size_t n = m->dfa->state_count, cells = n * m->dfa->class_count;
    m->p.position = numbers(n);
    m->p.marked = numbers(n);
    m->inv.first = numbers(cells + 1);
    m->inv.sources = numbers(cells);
    m->queue_capacity = cells;
    m->queue = malloc((cells ? cells : 1) * sizeof *m->queue);
    m->queued = calloc(cells ? cells : 1, 1);
    m->touched = numbers(n);
    m->members = numbers(n);
    return m->p.position && m->p.marked && m->inv.first && m->inv.sources && m->queue &&
           m->queued && m->touched && m->members;
}

/* ---- the guess --------------------------------------------------------------------------- */

enum {
    GUESS_PASSES = 4
}; /* states are numbered breadth first: a way back is rarely walked twice */

/* Bytes to the next accepted text. False if more passes would be needed. */
static bool find_distances(const csc_dfa *dfa, uint32_t *distance)
{
    size_t k = dfa->class_count;
    bool changed = true;
    for (uint32_t s = 0; s < dfa->state_count; s++)
        distance[s] = dfa->marks[s] ? 0 : UINT32_MAX;
    for (int pass = 0; changed && pass < GUESS_PASSES; pass++) {
        changed = false;
        for (uint32_t s = dfa->state_count; s-- > 0;) {
            const uint32_t *row = dfa->next + s * k;
            uint32_t least = UINT32_MAX;
            for (size_t c = 0; c < k; c++)
                least = distance[row[c]] < least ? distance[row[c]] : least;
            if (least != UINT32_MAX && least + 1 < distance[s]) {
                distance[s] = least + 1;
                changed = true;
            }
        }
    }
    return !changed;
}

static uint64_t mix(uint64_t value)
{
    value *= UINT64_C(0x9E3779B97F4A7C15); /* 2^64 by the golden ratio */
    return value ^ value >> 29;
}

/* What a state is known by: equal states are known by the same. */
static void find_names(const csc_dfa *dfa, const uint32_t *distance, uint64_t *own, uint64_t *names)
{
    size_t k = dfa->class_count;
    for (uint32_t s = 0; s < dfa->state_count; s++)
        own[s] = mix((uint64_t)dfa->marks[s] << 32 | distance[s]);
    for (uint32_t s = 0; s < dfa->state_count; s++) {
        uint64_t name = own[s];
        for (size_t c = 0; c < k; c++)
            name = mix(name + own[dfa->next[s * k + c]]);
        names[s] = name;
    }
}

/* One block per name. `slots` holds twice as many numbers as states, all 0. */
static void name_blocks(minimiser *m, const uint64_t *names, uint32_t *slots, uint32_t mask)
{
    partition *p = &m->p;
    uint32_t n = p->state_count, *size = p->end, at = 0;
    for (uint32_t s = 0; s < n; s++) {
        uint32_t slot = (uint32_t)names[s] & mask;
        while (slots[slot] && names[slots[slot] - 1] != names[s])
            slot = (slot + 1) & mask;
        if (!slots[slot]) {
            slots[slot] = s + 1;
            p->block_of[s] = p->block_count++;
        }
        p->block_of[s] = p->block_of[slots[slot] - 1];
        size[p->block_of[s]]++;
    }
    for (uint32_t b = 0; b < p->block_count; b++) {
        p->first[b] = at;
        at += size[b];
        p->end[b] = p->first[b];
    }
    for (uint32_t s = 0; s < n; s++)
        p->order[p->end[p->block_of[s]]++] = s;
}

/* Whether members of one block have one mark and lead to the same blocks. */
static bool is_stable(const minimiser *m)
{
    const csc_dfa *dfa = m->dfa;
    const partition *p = &m->p;
    size_t k = dfa->class_count;
    for (uint32_t s = 0; s < p->state_count; s++) {
        uint32_t other = p->order[p->first[p->block_of[s]]];
        if (dfa->marks[s] != dfa->marks[other])
            return false;
        for (size_t c = 0; c < k && s != other; c++)
            if (p->block_of[dfa->next[s * k + c]] != p->block_of[dfa->next[other * k + c]])
                return false;
    }
    return true;
}

/* Fills the partition. *found is whether it is the coarsest stable one; false when memory is short. */
static bool guess(minimiser *m, bool *found)
{
    size_t n = m->dfa->state_count, slots = 4;
    while (slots < 2 * n)
        slots *= 2;
    uint64_t *names = malloc(2 * n * sizeof *names);
    uint32_t *distance = numbers(n), *taken = numbers(slots);
    bool ok = names && distance && taken;
    *found = false;
    if (ok && find_distances(m->dfa, distance)) {
        find_names(m->dfa, distance, names + n, names);
        m->p.state_count = m->dfa->state_count;
        name_blocks(m, names, taken, (uint32_t)slots - 1);
        *found = is_stable(m);
    }
    free(names);
    free(distance);
    free(taken);
    return ok;
}

/* ---- Hopcroft ---------------------------------------------------------------------------- */

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
    p->block_count = 0;
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

/* The state that stands for a block. */
static const uint32_t *row_of(const csc_dfa *dfa, const partition *p, uint32_t block)
{
    return dfa->next + (size_t)p->order[p->first[block]] * dfa->class_count;
}

/* Classes in the order of their least byte. */
static uint32_t order_classes(const csc_dfa *dfa, uint32_t *classes)
{
    bool seen[256] = {false};
    uint32_t count = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint32_t c = dfa->class_of[byte];
        if (!seen[c])
            classes[count++] = c;
        seen[c] = true;
    }
    return count;
}

/* Numbers the blocks in breadth-first order from the start, the dead one first; returns how many there
 * are to be reached. */
static uint32_t number_blocks(const csc_dfa *dfa, const partition *p, const uint32_t *classes,
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
        const uint32_t *row = row_of(dfa, p, order[i]);
        for (uint32_t c = 0; c < class_count; c++) {
            uint32_t block = p->block_of[row[classes[c]]];
            if (number[block] == UINT32_MAX) {
                number[block] = count;
                order[count++] = block;
            }
        }
    }
    return count;
}

static bool same_column(const csc_dfa *dfa, const partition *p, const uint32_t *order,
                        uint32_t count, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *row = row_of(dfa, p, order[i]);
        if (p->block_of[row[a]] != p->block_of[row[b]])
            return false;
    }
    return true;
}

/* Merges classes whose columns are equal in the blocks that are reached, which are `count`. column[c]
 * becomes the old class that the new class c stands for; classes are ordered by least byte. */
static uint32_t merge_classes(const csc_dfa *dfa, const partition *p, const uint32_t *order,
                              uint32_t count, const uint32_t *classes, uint32_t class_count,
                              uint8_t *class_of, uint32_t *column)
{
    uint64_t sums[256] = {0}, kept[256];
    uint8_t merged[256] = {0};
    uint32_t merged_count = 0;
    for (uint32_t i = 0; i < count; i++) { /* different sums: different columns */
        const uint32_t *row = row_of(dfa, p, order[i]);
        for (uint32_t c = 0; c < dfa->class_count; c++)
            sums[c] = mix(sums[c] + p->block_of[row[c]]);
    }
    for (uint32_t i = 0; i < class_count; i++) {
        uint32_t c = classes[i], k = 0;
        while (k < merged_count &&
               (kept[k] != sums[c] || !same_column(dfa, p, order, count, c, column[k])))
            k++;
        if (k == merged_count) {
            kept[k] = sums[c];
            column[merged_count++] = c;
        }
        merged[c] = (uint8_t)k;
    }
    for (unsigned byte = 0; byte < 256; byte++)
        class_of[byte] = merged[dfa->class_of[byte]];
    return merged_count;
}

static corsac_status rebuild(csc_dfa *dfa, const partition *p)
{
    csc_dfa out = {0};
    uint32_t classes[256], column[256], class_count = order_classes(dfa, classes);
    uint32_t *number = numbers(p->block_count), *order = numbers(p->block_count);
    if (number && order) {
        out.state_count = number_blocks(dfa, p, classes, class_count, number, order);
        out.class_count = merge_classes(dfa, p, order, out.state_count, classes, class_count,
                                        out.class_of, column);
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

/* The partition by Hopcroft's algorithm; false when memory is short. */
static bool split_by_hopcroft(minimiser *m)
{
    if (!allocate_work(m))
        return false;
    build_inverse(m);
    if (!start_partition(m))
        return false;
    refine(m);
    return true;
}

corsac_status csc_dfa_minimise(csc_dfa *dfa)
{
    minimiser m = {.dfa = dfa};
    corsac_status status = CORSAC_E_MEMORY;
    bool found;
    if (allocate_partition(&m) && guess(&m, &found) && (found || split_by_hopcroft(&m)))
        status = rebuild(dfa, &m.p);
    free_minimiser(&m);
    return status;
}
