// SPDX-License-Identifier: Apache-2.0
// Runs the bit-parallel NFA in the compiler: the reference that engine/match/program.c must equal,
// and the transition function of the determinisation.
#include "compiler/regex/nfa.h"

#include <string.h>

static bool guard_holds(uint8_t guard, csc_nfa_edge before, csc_nfa_edge behind)
{
    bool boundary = (before == CSC_EDGE_WORD) != (behind == CSC_EDGE_WORD);
    switch (guard) {
    case CSE_GUARD_BEGIN_TEXT:
        return before == CSC_EDGE_TEXT;
    case CSE_GUARD_END_TEXT:
        return behind == CSC_EDGE_TEXT;
    case CSE_GUARD_BEGIN_LINE:
        return before == CSC_EDGE_TEXT || before == CSC_EDGE_NEWLINE;
    case CSE_GUARD_END_LINE:
        return behind == CSC_EDGE_TEXT || behind == CSC_EDGE_NEWLINE;
    case CSE_GUARD_WORD_BOUNDARY:
        return boundary;
    case CSE_GUARD_NO_WORD_BOUNDARY:
        return !boundary;
    default:
        return true;
    }
}

/* Extends a word's set along its skips; a chain that leaves the word at the top carries on. */
static uint64_t fill_skips(uint64_t set, uint64_t skip, uint64_t carry_in, uint64_t *carry_out)
{
    uint64_t sum;
    set |= carry_in;
    *carry_out = __builtin_add_overflow(set & skip, skip, &sum);
    return set | (sum ^ skip);
}

/* Adds a loop's targets; returns the first word where a rescan must start, or UINT32_MAX. */
static uint32_t apply_loop(const csc_nfa *nfa, const cse_nfa_op *op, uint64_t *set)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < op->target_count; i++) {
        const cse_nfa_bits *t = &nfa->targets[op->first_target + i];
        if (t->bits & ~set[t->word] && first == UINT32_MAX)
            first = t->word;
        set[t->word] |= t->bits;
    }
    return op->rescan ? first : UINT32_MAX;
}

/* Ops of one word. Returns where to go on: word + 1, or an earlier word after a guarded loop. */
static uint32_t close_word(const csc_nfa *nfa, uint64_t *set, uint32_t word, uint64_t *carry,
                           csc_nfa_edge before, csc_nfa_edge behind)
{
    uint64_t carry_in = *carry, skip = nfa->skip[word];
    uint64_t bits = fill_skips(set[word], skip, carry_in, carry);
    for (uint32_t i = nfa->word_ops[word]; i < nfa->word_ops[word + 1]; i++) {
        const cse_nfa_op *op = &nfa->ops[i];
        uint64_t added = 0;
        if (!(bits & op->sources) || (op->guard && !guard_holds(op->guard, before, behind)))
            continue;
        if (op->is_loop) {
            set[word] = bits;
            uint32_t rescan = apply_loop(nfa, op, set);
            if (rescan != UINT32_MAX) {
                *carry = 0; /* what the words below carried is in the set already */
                return rescan;
            }
            added = set[word];
        } else if (op->target / 64 == word) {
            added = (uint64_t)1 << op->target % 64;
        } else {
            set[op->target / 64] |= (uint64_t)1 << op->target % 64;
        }
        if (added & ~bits)
            bits = fill_skips(bits | added, skip, carry_in, carry);
    }
    set[word] = bits;
    return word + 1;
}

uint64_t csc_nfa_close(const csc_nfa *nfa, uint64_t *set, csc_nfa_edge before, csc_nfa_edge behind)
{
    uint64_t steps = 0, carry = 0;
    for (uint32_t word = 0; word < nfa->word_count; steps++) {
        if (!(set[word] | carry)) {
            word++;
            continue;
        }
        steps += nfa->word_ops[word + 1] - nfa->word_ops[word];
        word = close_word(nfa, set, word, &carry, before, behind);
    }
    return steps;
}

bool csc_nfa_step(const csc_nfa *nfa, const uint64_t *from, uint32_t class_index, uint64_t *to)
{
    const uint64_t *row = nfa->table + (size_t)class_index * nfa->word_count;
    uint64_t carry = 0, any = 0;
    for (uint32_t w = 0; w < nfa->word_count; w++) {
        uint64_t kept = from[w] & row[w];
        to[w] = kept << 1 | carry;
        carry = kept >> 63;
        any |= kept;
    }
    return any != 0;
}

uint32_t csc_nfa_mark(const csc_nfa *nfa, const uint64_t *set)
{
    for (uint32_t i = 0; i < nfa->accept_count; i++) {
        uint32_t point = nfa->accepts[i].point;
        if (set[point / 64] >> point % 64 & 1)
            return nfa->accepts[i].mark;
    }
    return 0;
}

uint32_t csc_nfa_find(const csc_nfa *nfa, corsac_str text, uint64_t *scratch)
{
    uint64_t *set = scratch, *next = scratch + nfa->word_count;
    memset(set, 0, nfa->word_count * sizeof *set);
    set[0] = 1;
    csc_nfa_edge before = CSC_EDGE_TEXT;
    for (size_t i = 0; i < text.size; i++) {
        uint32_t class_index = nfa->class_of[(unsigned char)text.data[i]];
        csc_nfa_edge behind = (csc_nfa_edge)nfa->edge_of_class[class_index];
        csc_nfa_close(nfa, set, before, behind);
        if (!csc_nfa_step(nfa, set, class_index, next))
            return 0;
        uint64_t *swap = set;
        set = next;
        next = swap;
        before = behind;
    }
    csc_nfa_close(nfa, set, before, CSC_EDGE_TEXT);
    return csc_nfa_mark(nfa, set);
}
