// SPDX-License-Identifier: Apache-2.0
// Product of two DFAs over their joint byte classes: union, intersection, difference.
#include "compiler/regex/dfa.h"

#include <stdlib.h>
#include <string.h>

typedef struct product {
    const csc_dfa *a, *b;
    csc_dfa *out;
    csc_dfa_combination combination;
    csc_regex_budget budget;
    uint8_t class_a[256], class_b[256]; /* per joint class */
    uint64_t *pairs;                    /* per state: state of a << 32 | state of b */
    uint32_t *slots;                    /* open addressing: state + 1 or 0 */
    uint32_t slot_mask, capacity;
} product;

static void join_classes(product *p)
{
    csc_dfa *out = p->out;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t ca = p->a->class_of[byte], cb = p->b->class_of[byte];
        uint32_t c = 0;
        while (c < out->class_count && (p->class_a[c] != ca || p->class_b[c] != cb))
            c++;
        if (c == out->class_count) {
            p->class_a[c] = ca;
            p->class_b[c] = cb;
            out->class_count++;
        }
        out->class_of[byte] = (uint8_t)c;
    }
}

static uint32_t mark_of(const product *p, uint64_t pair)
{
    bool in_a = p->a->marks[pair >> 32] != 0, in_b = p->b->marks[(uint32_t)pair] != 0;
    switch (p->combination) {
    case CSC_DFA_UNION:
        return in_a || in_b;
    case CSC_DFA_INTERSECTION:
        return in_a && in_b;
    default:
        return in_a && !in_b;
    }
}

/* Whether no text makes the pair accept: both may be dead, or one where that decides. */
static bool is_dead(const product *p, uint64_t pair)
{
    bool dead_a = pair >> 32 == 0, dead_b = (uint32_t)pair == 0;
    switch (p->combination) {
    case CSC_DFA_UNION:
        return dead_a && dead_b;
    case CSC_DFA_INTERSECTION:
        return dead_a || dead_b;
    default:
        return dead_a;
    }
}

static uint32_t slot_of(const product *p, uint64_t pair)
{
    uint64_t h = pair * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(h >> 32);
    while (p->slots[at & p->slot_mask] && p->pairs[p->slots[at & p->slot_mask] - 1] != pair)
        at++;
    return at & p->slot_mask;
}

static bool resize(void **items, size_t count, size_t size)
{
    void *moved = realloc(*items, count * size);
    if (moved)
        *items = moved;
    return moved != NULL;
}

static bool reserve(product *p)
{
    csc_dfa *out = p->out;
    if (out->state_count < p->capacity)
        return true;
    uint32_t capacity = p->capacity ? p->capacity * 2 : 64;
    uint32_t *slots = calloc((size_t)capacity * 2, sizeof *slots);
    if (!slots)
        return false;
    free(p->slots);
    p->slots = slots;
    p->slot_mask = capacity * 2 - 1;
    p->capacity = capacity;
    if (!resize((void **)&p->pairs, capacity, sizeof *p->pairs) ||
        !resize((void **)&out->next, (size_t)capacity * out->class_count, sizeof *out->next) ||
        !resize((void **)&out->marks, capacity, sizeof *out->marks))
        return false;
    for (uint32_t s = 1; s < out->state_count; s++)
        p->slots[slot_of(p, p->pairs[s])] = s + 1;
    return true;
}

static corsac_status intern_pair(product *p, uint64_t pair, uint32_t *state)
{
    *state = 0;
    if (is_dead(p, pair))
        return CORSAC_OK;
    uint32_t slot = slot_of(p, pair);
    if (!p->slots[slot]) {
        if (p->out->state_count >= p->budget.states)
            return CORSAC_E_LIMIT;
        if (!reserve(p))
            return CORSAC_E_MEMORY;
        slot = slot_of(p, pair);
        uint32_t fresh = p->out->state_count++;
        p->pairs[fresh] = pair;
        p->out->marks[fresh] = mark_of(p, pair);
        p->slots[slot] = fresh + 1;
    }
    *state = p->slots[slot] - 1;
    return CORSAC_OK;
}

static corsac_status build(product *p)
{
    csc_dfa *out = p->out;
    uint64_t steps = 0;
    join_classes(p);
    if (!reserve(p))
        return CORSAC_E_MEMORY;
    out->state_count = 1;
    out->marks[0] = 0;
    memset(out->next, 0, out->class_count * sizeof *out->next);
    corsac_status status = intern_pair(p, (uint64_t)p->a->start << 32 | p->b->start, &out->start);
    for (uint32_t s = 1; status == CORSAC_OK && s < out->state_count; s++) {
        for (uint32_t c = 0; status == CORSAC_OK && c < out->class_count; c++) {
            size_t sa = (size_t)(p->pairs[s] >> 32), sb = (size_t)(uint32_t)p->pairs[s];
            uint64_t na = p->a->next[sa * p->a->class_count + p->class_a[c]];
            uint64_t nb = p->b->next[sb * p->b->class_count + p->class_b[c]];
            uint32_t target = 0;
            status =
                ++steps > p->budget.steps ? CORSAC_E_LIMIT : intern_pair(p, na << 32 | nb, &target);
            out->next[(size_t)s * out->class_count + c] = target;
        }
    }
    return status;
}

corsac_status csc_dfa_combine(csc_dfa *out, const csc_dfa *a, const csc_dfa *b,
                              csc_dfa_combination combination, const csc_regex_budget *budget)
{
    *out = (csc_dfa){0};
    product p = {.a = a,
                 .b = b,
                 .out = out,
                 .combination = combination,
                 .budget = csc_budget_or_default(budget)};
    corsac_status status = build(&p);
    free(p.pairs);
    free(p.slots);
    if (status != CORSAC_OK)
        csc_dfa_free(out);
    return status;
}
