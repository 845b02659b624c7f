// SPDX-License-Identifier: Apache-2.0
// A regex as a union of a few sequences of literals and class runs, the raw material of lowering.
#ifndef CORSAC_COMPILER_REGEX_EXPANSION_H
#define CORSAC_COMPILER_REGEX_EXPANSION_H

#include "compiler/regex/regex.h"

enum { CSC_EXPANSION_SEQUENCES = 64, CSC_EXPANSION_ITEMS = 24 };

typedef enum csc_item_kind {
    CSC_ITEM_TEXT = 0, /* .text */
    CSC_ITEM_RUN,      /* min to max bytes of .bits */
    CSC_ITEM_LABELS    /* min to max times: bytes of .bits, then "." */
} csc_item_kind;

typedef struct csc_item {
    csc_item_kind kind;
    corsac_str text;   /* of the tree or the arena */
    uint64_t bits[2];  /* plain bytes 0x21-0x7e only */
    uint32_t min, max; /* max may be CSC_REGEX_UNBOUNDED */
} csc_item;

/* Neighbouring texts are one item, so are neighbouring runs of one class. */
typedef struct csc_sequence {
    csc_item items[CSC_EXPANSION_ITEMS];
    uint32_t count;
} csc_sequence;

typedef struct csc_expansion {
    csc_arena *arena;
    csc_sequence *sequences; /* heap memory: free() it in every case */
    size_t count, capacity;
} csc_expansion;

/**
 * Expands a tree into a zeroed expansion that has its arena set. Only plain bytes (0x21-0x7e) are
 * looked at: sequences that need others are left out.
 * @return false when the tree holds something else, or more than the limits above.
 */
bool csc_regex_expand(csc_expansion *expansion, const csc_regex_node *root);

bool csc_item_same_class(const csc_item *a, const csc_item *b);

#endif
