// SPDX-License-Identifier: Apache-2.0
// Subset construction on the bit-parallel NFA.
//
// A state is a set of points and, where the regex has guards, what stood before it. Without guards
// the set is closed and reduced to its solid points, so that fewer states differ; with guards the
// closing depends on the next byte and is done once per kind of byte that may follow.
#include "compiler/regex/dfa.h"

#include <stdlib.h>
#include <string.h>

typedef struct subset_builder {
    const csc_nfa *nfa;
    csc_dfa *dfa;
    csc_regex_budget budget;
    uint64_t steps;
    size_t key_words; /* words of a key: the set, then the edge before */
    uint64_t *keys;   /* one per state; state 0 has none */
    uint32_t *slots;  /* open addressing: state or 0 */
    uint32_t slot_mask;
    uint32_t capacity; /* states that keys, next and marks have room for */
    uint64_t *closed;  /* scratch: one set per edge kind */
    uint64_t *stepped; /* scratch: a key */
    /* The last set stepped to, before it was closed, and what became of it: most classes of a state
     * that lead on lead to the same. */
    uint64_t *last;
    uint64_t last_steps;
    uint32_t last_target;
    bool has_last;
} subset_builder;

void csc_dfa_free(csc_dfa *dfa)
{
    free(dfa->next);
    free(dfa->marks);
    *dfa = (csc_dfa){0};
}

static uint64_t hash_key(const uint64_t *key, size_t words)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < words; i++) {
        h = (h ^ key[i]) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h;
}

static bool is_empty_set(const uint64_t *set, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (set[i])
            return false;
    return true;
}

static bool resize(void **items, size_t count, size_t size)
{
    void *moved = realloc(*items, count * size);
    if (moved)
        *items = moved;
    return moved != NULL;
}

static bool reserve_state(subset_builder *b)
{
    csc_dfa *dfa = b->dfa;
    if (dfa->state_count < b->capacity)
        return true;
    uint32_t capacity = b->capacity ? b->capacity * 2 : 32;
    if (!resize((void **)&b->keys, (size_t)capacity * b->key_words, sizeof *b->keys) ||
        !resize((void **)&dfa->next, (size_t)capacity * dfa->class_count, sizeof *dfa->next) ||
        !resize((void **)&dfa->marks, capacity, sizeof *dfa->marks))
        return false;
    uint32_t slot_count = capacity * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    free(b->slots);
    b->slots = slots;
    b->slot_mask = slot_count - 1;
    b->capacity = capacity;
    for (uint32_t state = 1; state < dfa->state_count; state++) {
        uint32_t at = (uint32_t)hash_key(b->keys + state * b->key_words, b->key_words);
        while (slots[at & b->slot_mask])
            at++;
        slots[at & b->slot_mask] = state;
    }
    return true;
}

/* The state of a key; a new one if need be. CORSAC_E_LIMIT when that would be one too many. */
static corsac_status intern_state(subset_builder *b, const uint64_t *key, uint32_t *state)
{
    *state = 0;
    if (is_empty_set(key, b->nfa->word_count))
        return CORSAC_OK;
    uint32_t at = (uint32_t)hash_key(key, b->key_words);
    for (; b->slots[at & b->slot_mask]; at++) {
        uint32_t known = b->slots[at & b->slot_mask];
        if (memcmp(b->keys + known * b->key_words, key, b->key_words * sizeof *key) == 0) {
            *state = known;
            return CORSAC_OK;
        }
    }
    if (b->dfa->state_count >= b->budget.states)
        return CORSAC_E_LIMIT;
    if (b->dfa->state_count >= b->capacity) {
        if (!reserve_state(b))
            return CORSAC_E_MEMORY;
        at = (uint32_t)hash_key(key, b->key_words);
        while (b->slots[at & b->slot_mask])
            at++;
    }
    *state = b->dfa->state_count++;
    b->slots[at & b->slot_mask] = *state;
    memcpy(b->keys + *state * b->key_words, key, b->key_words * sizeof *key);
    return CORSAC_OK;
}

/* Turns the stepped set in place into the key of a state. */
static void finish_key(subset_builder *b, uint64_t *key, csc_nfa_edge before)
{
    const csc_nfa *nfa = b->nfa;
    if (nfa->has_guards) {
        key[nfa->word_count] = before;
        return;
    }
    b->steps += csc_nfa_close(nfa, key, CSC_EDGE_OTHER, CSC_EDGE_OTHER);
    for (uint32_t w = 0; w < nfa->word_count; w++)
        key[w] &= nfa->solid[w];
}

static uint64_t *closed_set(subset_builder *b, csc_nfa_edge behind)
{
    return b->closed + (size_t)behind * b->nfa->word_count;
}

/* Closes the state's set once for every kind of byte that may follow, and for the end of the text.
 */
static void close_state(subset_builder *b, uint32_t state)
{
    const csc_nfa *nfa = b->nfa;
    const uint64_t *key = b->keys + state * b->key_words;
    for (int behind = 0; behind < CSC_EDGE_COUNT; behind++) {
        uint64_t *set = closed_set(b, (csc_nfa_edge)behind);
        memcpy(set, key, nfa->word_count * sizeof *set);
        if (!nfa->has_guards && behind != CSC_EDGE_OTHER)
            continue;
        if (nfa->has_guards)
            b->steps +=
                csc_nfa_close(nfa, set, (csc_nfa_edge)key[nfa->word_count], (csc_nfa_edge)behind);
    }
}

/* The state of the stepped set. */
static corsac_status target_of(subset_builder *b, csc_nfa_edge edge, uint32_t *target)
{
    size_t bytes = b->nfa->word_count * sizeof *b->stepped;
    if (b->has_last && memcmp(b->last, b->stepped, bytes) == 0) {
        b->steps += b->last_steps;
        *target = b->last_target;
        return CORSAC_OK;
    }
    uint64_t before = b->steps;
    memcpy(b->last, b->stepped, bytes);
    finish_key(b, b->stepped, edge);
    corsac_status status = intern_state(b, b->stepped, target);
    b->last_steps = b->steps - before;
    b->last_target = *target;
    b->has_last = status == CORSAC_OK && !b->nfa->has_guards; /* whose keys depend on the byte */
    return status;
}

static corsac_status expand_state(subset_builder *b, uint32_t state)
{
    const csc_nfa *nfa = b->nfa;
    close_state(b, state);
    b->dfa->marks[state] = csc_nfa_mark(nfa, closed_set(b, CSC_EDGE_TEXT));
    for (uint32_t c = 0; c < nfa->class_count; c++) {
        csc_nfa_edge edge = (csc_nfa_edge)nfa->edge_of_class[c];
        uint32_t target = 0;
        b->steps += nfa->word_count;
        if (csc_nfa_step(nfa, closed_set(b, edge), c, b->stepped)) {
            corsac_status status = target_of(b, edge, &target);
            if (status != CORSAC_OK)
                return status;
        }
        b->dfa->next[(size_t)state * nfa->class_count + c] = target;
        if (b->steps > b->budget.steps)
            return CORSAC_E_LIMIT;
    }
    return CORSAC_OK;
}

static corsac_status build(subset_builder *b)
{
    csc_dfa *dfa = b->dfa;
    if (!reserve_state(b))
        return CORSAC_E_MEMORY;
    dfa->state_count = 1;
    dfa->marks[0] = 0;
    memset(dfa->next, 0, dfa->class_count * sizeof *dfa->next);
    memset(b->stepped, 0, b->key_words * sizeof *b->stepped);
    b->stepped[0] = 1;
    finish_key(b, b->stepped, CSC_EDGE_TEXT);
    corsac_status status = intern_state(b, b->stepped, &dfa->start);
    for (uint32_t state = 1; status == CORSAC_OK && state < dfa->state_count; state++)
        status = expand_state(b, state);
    return status;
}

corsac_status csc_dfa_determinise(csc_dfa *dfa, const csc_nfa *nfa, const csc_regex_budget *budget)
{
    *dfa = (csc_dfa){.class_count = nfa->class_count};
    memcpy(dfa->class_of, nfa->class_of, sizeof dfa->class_of);
    subset_builder b = {.nfa = nfa, .dfa = dfa, .budget = csc_budget_or_default(budget)};
    b.key_words = (size_t)nfa->word_count + nfa->has_guards;
    b.closed = malloc((size_t)CSC_EDGE_COUNT * nfa->word_count * sizeof *b.closed);
    b.stepped = malloc(b.key_words * sizeof *b.stepped);
    b.last = malloc(nfa->word_count * sizeof *b.last);
    corsac_status status = b.closed && b.stepped && b.last ? build(&b) : CORSAC_E_MEMORY;
    free(b.closed);
    free(b.last);
    free(b.stepped);
    free(b.keys);
    free(b.slots);
    if (status != CORSAC_OK)
        csc_dfa_free(dfa);
    return status;
}
