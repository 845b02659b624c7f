// SPDX-License-Identifier: Apache-2.0
// Code point sets as range lists: appended in any order, then sorted and merged.
#include "compiler/regex/ranges.h"
#include "compiler/regex/unicode.h"

#include <stdlib.h>
#include <string.h>

void csc_ranges_clear(csc_ranges *set)
{
    set->count = 0;
}

void csc_ranges_free(csc_ranges *set)
{
    free(set->items);
    *set = (csc_ranges){0};
}

void csc_ranges_add(csc_ranges *set, uint32_t first, uint32_t last)
{
    if (set->failed || first > last)
        return;
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 64;
        csc_regex_range *items = realloc(set->items, capacity * sizeof *items);
        if (!items) {
            set->failed = true;
            return;
        }
        set->items = items;
        set->capacity = capacity;
    }
    set->items[set->count++] = (csc_regex_range){first, last};
}

void csc_ranges_add_all(csc_ranges *set, const csc_regex_range *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        csc_ranges_add(set, items[i].first, items[i].last);
}

static int compare_ranges(const void *a, const void *b)
{
    const csc_regex_range *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool is_normal(const csc_ranges *set)
{
    for (size_t i = 1; i < set->count; i++)
        if (set->items[i].first <= set->items[i - 1].last + 1)
            return false;
    return true;
}

void csc_ranges_normalise(csc_ranges *set)
{
    if (set->failed || is_normal(set))
        return;
    qsort(set->items, set->count, sizeof *set->items, compare_ranges);
    size_t out = 0;
    for (size_t i = 1; i < set->count; i++) {
        csc_regex_range *last = &set->items[out];
        if (set->items[i].first <= last->last + 1) {
            if (set->items[i].last > last->last)
                last->last = set->items[i].last;
        } else {
            set->items[++out] = set->items[i];
        }
    }
    set->count = out + 1;
}

void csc_ranges_negate(csc_ranges *set)
{
    csc_ranges_normalise(set);
    size_t count = set->count;
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        csc_regex_range r = set->items[i];
        if (r.first > next)
            csc_ranges_add(set, next, r.first - 1);
        next = r.last + 1;
    }
    if (next <= CSC_UNICODE_MAX)
        csc_ranges_add(set, next, CSC_UNICODE_MAX);
    if (set->failed)
        return;
    set->count -= count;
    memmove(set->items, set->items + count, set->count * sizeof *set->items);
}

/* The first fold entry that ends at or behind the code point. */
static size_t find_fold(uint32_t code_point)
{
    size_t low = 0, high = csc_unicode_fold_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (csc_unicode_folds[middle].last < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the orbit successors of first to last. */
static void add_successors(csc_ranges *set, uint32_t first, uint32_t last)
{
    for (size_t f = find_fold(first); f < csc_unicode_fold_count; f++) {
        const csc_unicode_fold *fold = &csc_unicode_folds[f];
        if (fold->first > last)
            return;
        uint32_t from = first > fold->first ? first : fold->first;
        uint32_t to = last < fold->last ? last : fold->last;
        if (fold->delta) {
            csc_ranges_add(set, (uint32_t)((int32_t)from + fold->delta),
                           (uint32_t)((int32_t)to + fold->delta));
        } else { /* whole pairs: the members themselves are in already */
            csc_ranges_add(set, fold->first + ((from - fold->first) & ~1u),
                           fold->first + ((to - fold->first) | 1u));
        }
    }
}

void csc_ranges_fold(csc_ranges *set)
{
    csc_ranges_normalise(set);
    for (int round = 0; round < 3 && !set->failed; round++) { /* orbits have at most 4 members */
        size_t count = set->count;
        for (size_t i = 0; i < count && !set->failed; i++)
            add_successors(set, set->items[i].first, set->items[i].last);
        csc_ranges_normalise(set);
    }
}

void csc_ranges_fold_ascii(csc_ranges *set)
{
    csc_ranges_normalise(set);
    size_t count = set->count;
    for (size_t i = 0; i < count && !set->failed; i++) {
        csc_regex_range r = set->items[i];
        for (uint32_t c = r.first < 'A' ? 'A' : r.first; c <= r.last && c <= 'z'; c++)
            if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
                csc_ranges_add(set, c ^ 0x20, c ^ 0x20);
    }
    csc_ranges_normalise(set);
}

void csc_ranges_cut(csc_ranges *set, uint32_t last)
{
    csc_ranges_normalise(set);
    while (set->count && set->items[set->count - 1].first > last)
        set->count--;
    if (set->count && set->items[set->count - 1].last > last)
        set->items[set->count - 1].last = last;
}

bool csc_ranges_contains(const csc_regex_range *items, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count && items[i].first <= code_point; i++)
        if (code_point <= items[i].last)
            return true;
    return false;
}

uint64_t csc_ranges_size(const csc_regex_range *items, size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += items[i].last - items[i].first + 1;
    return size;
}

/* ---- named classes ---------------------------------------------------------------------- */

/* Pairs of bytes, first and last of each range. \s has no vertical tab, [:space:] does. */
static const struct {
    const char *name;
    const char *pairs;
} posix_classes[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"blank", "\t\t  "},  {"digit", "09"},
    {"graph", "!~"},     {"lower", "az"},   {"print", " ~"},      {"punct", "!/:@[`{~"},
    {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

static void add_pairs(csc_ranges *set, const char *pairs)
{
    for (; *pairs; pairs += 2)
        csc_ranges_add(set, (unsigned char)pairs[0], (unsigned char)pairs[1]);
}

bool csc_ranges_add_perl(csc_ranges *set, char letter)
{
    switch (letter) {
    case 'd':
        add_pairs(set, "09");
        return true;
    case 's':
        add_pairs(set, "\t\n\f\r  ");
        return true;
    case 'w':
        add_pairs(set, "09AZ__az");
        return true;
    default:
        return false;
    }
}

static bool equals(corsac_str text, const char *name)
{
    return strlen(name) == text.size && memcmp(name, text.data, text.size) == 0;
}

bool csc_ranges_add_posix(csc_ranges *set, corsac_str name)
{
    if (equals(name, "ascii")) {
        csc_ranges_add(set, 0, 0x7F);
        return true;
    }
    if (equals(name, "cntrl")) {
        csc_ranges_add(set, 0, 0x1F);
        csc_ranges_add(set, 0x7F, 0x7F);
        return true;
    }
    for (size_t i = 0; i < sizeof posix_classes / sizeof *posix_classes; i++) {
        if (equals(name, posix_classes[i].name)) {
            add_pairs(set, posix_classes[i].pairs);
            return true;
        }
    }
    return false;
}

static uint32_t read_number(const uint8_t **at)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
}

static void add_group(csc_ranges *set, const csc_unicode_group *group)
{
    const uint8_t *at = csc_unicode_bytes + group->offset;
    const uint8_t *end = at + group->size;
    uint32_t next = 0;
    while (at < end) {
        uint32_t first = next + read_number(&at);
        uint32_t last = first + read_number(&at);
        csc_ranges_add(set, first, last);
        next = last + 1;
    }
}

bool csc_ranges_add_unicode(csc_ranges *set, corsac_str name)
{
    if (equals(name, "Any")) {
        csc_ranges_add(set, 0, CSC_UNICODE_MAX);
        return true;
    }
    bool found = false;
    for (size_t i = 0; i < csc_unicode_group_count; i++) {
        const csc_unicode_group *group = &csc_unicode_groups[i];
        bool is_part = name.size == 1 && group->name[0] == name.data[0] &&
                       strlen(group->name) == 2 && group->name[0] != '\0' &&
                       strchr("CLMNPSZ", name.data[0]);
        if (is_part || equals(name, group->name)) {
            add_group(set, group);
            found = true;
        }
    }
    return found;
}
