// SPDX-License-Identifier: Apache-2.0
// Character classes in the modelled RE2 program: bytes in Latin-1 mode, in UTF-8 mode a trie of
// encodings whose common tails are shared.
#include "compiler/regex/re2_compile.h"
#include "compiler/regex/unicode.h"

#include <string.h>

enum { CACHE_SLOTS = 4096 };

typedef struct range_builder {
    csc_re2_compiler *c;
    uint32_t begin;
    csc_re2_ends ends;
    struct {
        uint64_t key;
        uint32_t id;      /* 0: free */
    } cache[CACHE_SLOTS]; /* tails: what they are, what comes next */
} range_builder;

static uint32_t add_tail(range_builder *b, uint32_t low, uint32_t high, bool fold, uint32_t next)
{
    uint32_t id = csc_re2_add_bytes(b->c, low, high, fold, next);
    if (id && !next)
        b->ends = csc_re2_join_ends(b->c, b->ends, csc_re2_end(id * 2));
    return id;
}

static uint64_t tail_key(uint32_t low, uint32_t high, uint32_t next)
{
    return (uint64_t)next << 17 | (uint64_t)low << 9 | (uint64_t)high << 1;
}

static size_t find_slot(const range_builder *b, uint64_t key)
{
    size_t slot = (size_t)(key * 0x9E3779B97F4A7C15u >> 40) % CACHE_SLOTS;
    while (b->cache[slot].id && b->cache[slot].key != key)
        slot = (slot + 1) % CACHE_SLOTS;
    return slot;
}

static uint32_t add_cached_tail(range_builder *b, uint32_t low, uint32_t high, uint32_t next)
{
    uint64_t key = tail_key(low, high, next);
    size_t slot = find_slot(b, key);
    if (!b->cache[slot].id) {
        b->cache[slot].key = key;
        b->cache[slot].id = add_tail(b, low, high, false, next);
    }
    return b->cache[slot].id;
}

static bool is_cached(const range_builder *b, uint32_t id)
{
    const csc_re2_inst *inst = &b->c->program.insts[id];
    return !inst->fold &&
           b->cache[find_slot(b, tail_key(inst->low, inst->high, inst->out))].id != 0;
}

static bool equal_bytes(const range_builder *b, uint32_t x, uint32_t y)
{
    const csc_re2_inst *p = &b->c->program.insts[x], *q = &b->c->program.insts[y];
    return p->low == q->low && p->high == q->high && p->fold == q->fold;
}

/* Adds the chain at id to the trie at root; returns the new root. */
static uint32_t add_to_trie(range_builder *b, uint32_t root, uint32_t id)
{
    csc_re2_program *p = &b->c->program;
    bool is_alt = p->insts[root].op == CSC_RE2_ALT;
    uint32_t same = is_alt ? p->insts[root].out1 : root;
    if (!equal_bytes(b, same, id))
        return csc_re2_add(b->c, CSC_RE2_ALT, root, id);
    if (is_cached(b, same)) { /* shared with other tails: continue in a copy of its head */
        csc_re2_inst head = p->insts[same];
        uint32_t copy = csc_re2_add_bytes(b->c, head.low, head.high, head.fold, head.out);
        if (!copy)
            return 0;
        if (is_alt)
            p->insts[root].out1 = copy;
        else
            root = copy;
        same = copy;
    }
    uint32_t out = p->insts[id].out;
    if (!is_cached(b, id) && id == p->count - 1) { /* the head was made for nothing */
        p->count--;
        b->c->bytes_count--;
    }
    out = add_to_trie(b, p->insts[same].out, out);
    if (out)
        p->insts[same].out = out;
    return out ? root : 0;
}

static void add_alternative(range_builder *b, uint32_t id)
{
    if (b->c->too_large || b->c->failed)
        return;
    if (!b->begin)
        b->begin = id;
    else if (b->c->latin1)
        b->begin = csc_re2_add(b->c, CSC_RE2_ALT, b->begin, id);
    else
        b->begin = add_to_trie(b, b->begin, id);
}

/* all of U+0080 to U+10FFFF, loosely. */
static void add_all_multibyte(range_builder *b)
{
    uint32_t next = add_tail(b, 0x80, 0xBF, false, 0);
    add_alternative(b, add_tail(b, 0xC2, 0xDF, false, next));
    next = add_tail(b, 0x80, 0xBF, false, next);
    add_alternative(b, add_tail(b, 0xE0, 0xEF, false, next));
    next = add_tail(b, 0x80, 0xBF, false, next);
    add_alternative(b, add_tail(b, 0xF0, 0xF4, false, next));
}

static size_t encode(uint32_t c, uint8_t out[4])
{
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t leads[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(leads[size] | c);
    return size;
}

/* A range whose ends differ only in trailing full spans: one chain of byte ranges. */
static void add_chain(range_builder *b, uint32_t first, uint32_t last)
{
    uint8_t low[4], high[4];
    size_t size = encode(first, low);
    encode(last, high);
    uint32_t id = 0;
    for (size_t i = size; i-- > 0;) {
        if (i == size - 1 || (low[i] < high[i] && i != 0))
            id = add_cached_tail(b, low[i], high[i], id);
        else
            id = add_tail(b, low[i], high[i], false, id);
    }
    add_alternative(b, id);
}

static void add_utf8_range(range_builder *b, uint32_t first, uint32_t last, bool fold)
{
    static const uint32_t greatest[3] = {0x7F, 0x7FF, 0xFFFF};
    if (first > last || b->c->too_large)
        return;
    if (first == 0x80 && last == CSC_UNICODE_MAX) {
        add_all_multibyte(b);
        return;
    }
    for (int i = 0; i < 3; i++) {
        if (first <= greatest[i] && greatest[i] < last) {
            add_utf8_range(b, first, greatest[i], fold);
            add_utf8_range(b, greatest[i] + 1, last, fold);
            return;
        }
    }
    if (last < 0x80) {
        add_alternative(b, add_tail(b, first, last, fold, 0));
        return;
    }
    for (int i = 1; i < 4; i++) {
        uint32_t mask = ((uint32_t)1 << 6 * i) - 1;
        if ((first & ~mask) == (last & ~mask))
            continue;
        if (first & mask) {
            add_utf8_range(b, first, first | mask, fold);
            add_utf8_range(b, (first | mask) + 1, last, fold);
            return;
        }
        if ((last & mask) != mask) {
            add_utf8_range(b, first, (last & ~mask) - 1, fold);
            add_utf8_range(b, last & ~mask, last, fold);
            return;
        }
    }
    add_chain(b, first, last);
}

/* Whether A-Z and a-z have the same members: then one folding range stands for both. */
static bool folds_ascii(const csc_regex_range *ranges, size_t count)
{
    for (uint32_t c = 'A'; c <= 'Z'; c++)
        if (csc_ranges_contains(ranges, count, c) != csc_ranges_contains(ranges, count, c + 0x20))
            return false;
    return true;
}

csc_re2_fragment csc_re2_class(csc_re2_compiler *c, const csc_regex_range *ranges, size_t count)
{
    range_builder b;
    b.c = c;
    b.begin = 0;
    b.ends = (csc_re2_ends){0, 0};
    if (!c->latin1)
        memset(b.cache, 0, sizeof b.cache);
    bool fold_all = folds_ascii(ranges, count);
    for (size_t i = 0; i < count; i++) {
        uint32_t first = ranges[i].first, last = ranges[i].last;
        if (fold_all && 'A' <= first && last <= 'Z')
            continue;
        bool fold = fold_all && !((first <= 'A' && 'z' <= last) || last < 'A' || 'z' < first ||
                                  ('Z' < first && last < 'a'));
        if (!c->latin1)
            add_utf8_range(&b, first, last, fold);
        else if (first <= 0xFF)
            add_alternative(&b, add_tail(&b, first, last < 0xFF ? last : 0xFF, fold, 0));
    }
    return (csc_re2_fragment){b.begin, b.ends, false};
}
