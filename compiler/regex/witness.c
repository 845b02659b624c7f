// SPDX-License-Identifier: Apache-2.0
// Strings read off a DFA: shortest members, length bounds, and the cover that takes every
// transition.
#include "compiler/regex/automaton.h"

#include <stdlib.h>
#include <string.h>

void csc_dfa_class_bytes(const csc_dfa *dfa, uint8_t bytes[256])
{
    bool printable[256] = {false}, seen[256] = {false};
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t c = dfa->class_of[byte];
        bool is_printable = byte > 0x20 && byte < 0x7F;
        if (!seen[c] || (is_printable && !printable[c])) {
            bytes[c] = (uint8_t)byte;
            seen[c] = true;
            printable[c] = is_printable;
        }
    }
}

static uint32_t *unknown_distances(const csc_dfa *dfa)
{
    uint32_t *distance = malloc(dfa->state_count * sizeof *distance);
    if (distance)
        memset(distance, -1, dfa->state_count * sizeof *distance);
    return distance;
}

uint32_t *csc_dfa_distance_from_start(const csc_dfa *dfa)
{
    uint32_t *distance = unknown_distances(dfa);
    uint32_t *queue = malloc(dfa->state_count * sizeof *queue);
    uint32_t head = 0, tail = 0;
    if (distance && queue) {
        distance[dfa->start] = 0;
        queue[tail++] = dfa->start;
        while (head < tail) {
            uint32_t s = queue[head++];
            for (uint32_t c = 0; c < dfa->class_count; c++) {
                uint32_t t = dfa->next[(size_t)s * dfa->class_count + c];
                if (distance[t] == UINT32_MAX) {
                    distance[t] = distance[s] + 1;
                    queue[tail++] = t;
                }
            }
        }
    } else {
        free(distance);
        distance = NULL;
    }
    free(queue);
    return distance;
}

/* Predecessors of each state, as lists chained through `link`. */
typedef struct predecessors {
    uint32_t *head; /* per state: 1 + cell, or 0 */
    uint32_t *link; /* per cell (state * classes + class) */
} predecessors;

static bool build_predecessors(predecessors *p, const csc_dfa *dfa)
{
    size_t cells = (size_t)dfa->state_count * dfa->class_count;
    p->head = calloc(dfa->state_count, sizeof *p->head);
    p->link = calloc(cells, sizeof *p->link);
    if (!p->head || !p->link)
        return false;
    for (size_t cell = 0; cell < cells; cell++) {
        uint32_t target = dfa->next[cell];
        p->link[cell] = p->head[target];
        p->head[target] = (uint32_t)cell + 1;
    }
    return true;
}

static void search_backwards(const csc_dfa *dfa, const predecessors *p, uint32_t *distance,
                             uint32_t *queue)
{
    uint32_t head = 0, tail = 0;
    for (uint32_t s = 0; s < dfa->state_count; s++) {
        if (dfa->marks[s]) {
            distance[s] = 0;
            queue[tail++] = s;
        }
    }
    while (head < tail) {
        uint32_t t = queue[head++];
        for (uint32_t cell = p->head[t]; cell; cell = p->link[cell - 1]) {
            uint32_t s = (cell - 1) / dfa->class_count;
            if (distance[s] == UINT32_MAX) {
                distance[s] = distance[t] + 1;
                queue[tail++] = s;
            }
        }
    }
}

uint32_t *csc_dfa_distance_to_accept(const csc_dfa *dfa)
{
    predecessors p = {0};
    uint32_t *distance = unknown_distances(dfa);
    uint32_t *queue = malloc(dfa->state_count * sizeof *queue);
    bool ok = distance && queue && build_predecessors(&p, dfa);
    if (ok)
        search_backwards(dfa, &p, distance, queue);
    free(p.head);
    free(p.link);
    free(queue);
    if (!ok) {
        free(distance);
        return NULL;
    }
    return distance;
}

/* Order of preference: printable bytes first. */
static unsigned rank_of(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7F ? byte : 256u + byte;
}

/* Writes the least shortest text from `state` to acceptance; its length is known. */
static void write_way_out(const csc_dfa *dfa, const uint32_t *distance, const uint8_t *bytes,
                          uint32_t state, char *out)
{
    while (distance[state] > 0) {
        uint32_t best = UINT32_MAX;
        for (uint32_t c = 0; c < dfa->class_count; c++) {
            uint32_t t = dfa->next[(size_t)state * dfa->class_count + c];
            if (distance[t] != distance[state] - 1)
                continue;
            bool better = best == UINT32_MAX || rank_of(bytes[c]) < rank_of(bytes[best]);
            if (better)
                best = c;
        }
        *out++ = (char)bytes[best];
        state = dfa->next[(size_t)state * dfa->class_count + best];
    }
}

csc_regex_answer csc_regex_automaton_witness(csc_arena *arena, const csc_regex_automaton *a,
                                             corsac_str *out)
{
    *out = (corsac_str){NULL, 0};
    if (!csc_has_dfa(a))
        return CSC_REGEX_UNKNOWN;
    if (a->dfa.start == 0)
        return CSC_REGEX_NO;
    uint8_t bytes[256];
    csc_dfa_class_bytes(&a->dfa, bytes);
    uint32_t *distance = csc_dfa_distance_to_accept(&a->dfa);
    char *text = distance ? csc_arena_alloc(arena, distance[a->dfa.start] + (size_t)1, 1) : NULL;
    if (text) {
        write_way_out(&a->dfa, distance, bytes, a->dfa.start, text);
        *out = (corsac_str){text, distance[a->dfa.start]};
    }
    free(distance);
    return text ? CSC_REGEX_YES : CSC_REGEX_UNKNOWN;
}

/* ---- lengths ---------------------------------------------------------------------------- */

/* Longest way to acceptance by depth-first search without recursion; false: a live cycle. */
static bool longest_way(const csc_dfa *dfa, uint32_t *longest, uint8_t *state_of_visit,
                        uint32_t *stack, uint32_t *next_class)
{
    enum { UNSEEN = 0, OPEN, DONE };
    uint32_t depth = 0;
    stack[depth++] = dfa->start;
    state_of_visit[dfa->start] = OPEN;
    while (depth) {
        uint32_t s = stack[depth - 1];
        if (next_class[s] == dfa->class_count) {
            state_of_visit[s] = DONE;
            depth--;
            continue;
        }
        uint32_t t = dfa->next[(size_t)s * dfa->class_count + next_class[s]];
        if (t == 0) {
            next_class[s]++;
        } else if (state_of_visit[t] == OPEN) {
            return false;
        } else if (state_of_visit[t] == DONE) {
            if (longest[s] < longest[t] + 1)
                longest[s] = longest[t] + 1;
            next_class[s]++;
        } else {
            state_of_visit[t] = OPEN;
            stack[depth++] = t;
        }
    }
    return true;
}

bool csc_regex_automaton_lengths(const csc_regex_automaton *a, uint32_t *shortest,
                                 uint32_t *longest)
{
    const csc_dfa *dfa = &a->dfa;
    if (!csc_has_dfa(a) || dfa->start == 0)
        return false;
    uint32_t *to_accept = csc_dfa_distance_to_accept(dfa);
    uint32_t *ways = calloc((size_t)dfa->state_count * 3, sizeof *ways);
    uint8_t *visits = calloc(dfa->state_count, 1);
    bool ok = to_accept && ways && visits;
    if (ok) {
        uint32_t *stack = ways + dfa->state_count, *classes = stack + dfa->state_count;
        *shortest = to_accept[dfa->start];
        *longest = longest_way(dfa, ways, visits, stack, classes) ? ways[dfa->start] : UINT32_MAX;
    }
    free(to_accept);
    free(ways);
    free(visits);
    return ok;
}

/* ---- cover ------------------------------------------------------------------------------ */

typedef struct cover {
    csc_arena *arena;
    const csc_dfa *dfa;
    uint8_t bytes[256];
    uint32_t *from_start, *to_accept;
    uint32_t *parent; /* 1 + cell by which a state was first reached */
    corsac_str *items;
    size_t count, capacity, limit;
    bool complete, failed;
} cover;

static bool find_parents(cover *c)
{
    const csc_dfa *dfa = c->dfa;
    c->parent = calloc(dfa->state_count, sizeof *c->parent);
    if (!c->parent)
        return false;
    for (size_t cell = 0; cell < (size_t)dfa->state_count * dfa->class_count; cell++) {
        uint32_t s = (uint32_t)(cell / dfa->class_count), t = dfa->next[cell];
        if (!c->parent[t] && c->from_start[s] != UINT32_MAX &&
            c->from_start[t] == c->from_start[s] + 1)
            c->parent[t] = (uint32_t)cell + 1;
    }
    return true;
}

/* The way to a state, a byte of the class (if any), the way on to acceptance (if any). */
static void add_string(cover *c, uint32_t state, int class_index)
{
    const csc_dfa *dfa = c->dfa;
    if (c->count == c->limit) {
        c->complete = false;
        return;
    }
    uint32_t end = class_index < 0
                       ? state
                       : dfa->next[(size_t)state * dfa->class_count + (uint32_t)class_index];
    size_t head = c->from_start[state],
           tail = c->to_accept[end] == UINT32_MAX ? 0 : c->to_accept[end];
    if (class_index < 0)
        tail = 0;
    size_t size = head + (class_index >= 0) + tail;
    char *text = csc_arena_alloc(c->arena, size + 1, 1);
    corsac_str *items = csc_arena_grow(c->arena, c->items, c->count, &c->capacity, sizeof *items);
    if (!text || !items) {
        c->failed = true;
        return;
    }
    uint32_t at = state;
    for (size_t i = head; i-- > 0;) {
        uint32_t cell = c->parent[at] - 1;
        text[i] = (char)c->bytes[cell % dfa->class_count];
        at = cell / dfa->class_count;
    }
    if (class_index >= 0)
        text[head] = (char)c->bytes[class_index];
    if (tail)
        write_way_out(dfa, c->to_accept, c->bytes, end, text + head + 1);
    c->items = items;
    items[c->count++] = (corsac_str){text, size};
}

corsac_status csc_regex_automaton_cover(csc_arena *arena, const csc_regex_automaton *a,
                                        size_t max_strings, corsac_str **out, size_t *count,
                                        bool *complete)
{
    *out = NULL;
    *count = 0;
    *complete = false;
    if (!csc_has_dfa(a))
        return CORSAC_E_LIMIT;
    cover c = {.arena = arena, .dfa = &a->dfa, .limit = max_strings, .complete = true};
    csc_dfa_class_bytes(c.dfa, c.bytes);
    c.from_start = csc_dfa_distance_from_start(c.dfa);
    c.to_accept = csc_dfa_distance_to_accept(c.dfa);
    bool ok = c.from_start && c.to_accept && find_parents(&c);
    for (uint32_t s = 0; ok && s < c.dfa->state_count && !c.failed && c.complete; s++) {
        if (c.from_start[s] == UINT32_MAX)
            continue;
        add_string(&c, s, -1);
        for (uint32_t k = 0; s && k < c.dfa->class_count && !c.failed && c.complete; k++)
            add_string(&c, s, (int)k);
    }
    free(c.from_start);
    free(c.to_accept);
    free(c.parent);
    *out = c.items;
    *count = c.count;
    *complete = c.complete;
    return ok && !c.failed ? CORSAC_OK : CORSAC_E_MEMORY;
}
