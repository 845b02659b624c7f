// SPDX-License-Identifier: Apache-2.0
// Exact strings and prefixes of a set: a few short ones in the record's list, more in a table or a
// trie.
#include "compiler/lower/origin_plan.h"
#include "compiler/lower/trie.h"
#include "engine/image/origin_hash_format.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_TEXT_BYTES = 255 }; /* sizes in the list are single bytes */

/* ---- lists of texts ---------------------------------------------------------------------- */

static int compare_texts(const void *left, const void *right)
{
    return csc_str_compare(*(const corsac_str *)left, *(const corsac_str *)right);
}

size_t csc_texts_unique(corsac_str *texts, size_t count)
{
    size_t kept = 0;
    if (count > 1)
        qsort(texts, count, sizeof(*texts), compare_texts);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !csc_str_equal(texts[i], texts[kept - 1]))
            texts[kept++] = texts[i];
    return kept;
}

size_t csc_texts_shortest(corsac_str *texts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !csc_str_starts(texts[i], texts[kept - 1]))
            texts[kept++] = texts[i];
    return kept;
}

uint32_t csc_texts_find(const corsac_str *texts, const uint32_t *at, size_t count, corsac_str text)
{
    const corsac_str *found = NULL;
    if (at && count > 0)
        found = bsearch(&text, texts, count, sizeof(*texts), compare_texts);
    return found ? at[found - texts] : CSE_NONE;
}

static bool fits_list(const corsac_str *texts, size_t count, size_t most)
{
    bool fits = count <= most;
    for (size_t i = 0; fits && i < count; i++)
        fits = texts[i].size <= LIST_TEXT_BYTES;
    return fits;
}

/* ---- tables ------------------------------------------------------------------------------ */

typedef struct table {
    cse_origin_bucket *buckets;
    uint32_t shift, probes;
    uint8_t salt;
} table;

static bool place(table *t, uint64_t hash, uint32_t key)
{
    uint32_t mask = (1u << t->shift) - 1;
    for (uint32_t probe = 0; probe < CSE_ORIGIN_MAX_PROBES && probe <= mask; probe++) {
        cse_origin_bucket *bucket = &t->buckets[((uint32_t)hash + probe) & mask];
        for (uint32_t lane = 0; lane < 8; lane++) {
            if (bucket->fingerprints[lane] != 0)
                continue;
            bucket->fingerprints[lane] = cse_origin_fingerprint(hash);
            bucket->keys[lane] = key;
            t->probes = probe + 1 > t->probes ? probe + 1 : t->probes;
            return true;
        }
    }
    return false;
}

static bool fill(const csc_origins *origins, const csc_origin_plan *plan, uint32_t set,
                 const uint32_t *offsets, table *t)
{
    memset(t->buckets, 0, sizeof(*t->buckets) << t->shift);
    t->probes = 0;
    for (size_t i = 0; i < plan->key_count; i++) {
        corsac_str key = plan->keys[i];
        uint64_t hash =
            cse_origin_hash(key.data, key.size, origins->sections->origin_seed, set, t->salt);
        if (!place(t, hash, offsets[i]))
            return false;
    }
    return true;
}

/* Tries salts; a table that stays too crowded for all of them is a matter of 2^-50 or of an attack.
 */
static bool build(const csc_origins *origins, const csc_origin_plan *plan, uint32_t set,
                  const uint32_t *offsets, table *t)
{
    for (t->salt = 0; t->salt < UINT8_MAX; t->salt++)
        if (fill(origins, plan, set, offsets, t))
            return true;
    return false;
}

static bool append_keys(csc_origins *origins, csc_origin_plan *plan, uint32_t *offsets)
{
    csc_sections *sections = origins->sections;
    for (size_t i = 0; i < plan->key_count; i++) {
        uint32_t size = (uint32_t)plan->keys[i].size;
        csc_sections_align(sections, CSE_SECTION_ORIGIN_KEYS, 4);
        offsets[i] = csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, &size, sizeof(size));
        plan->keys_at[i] =
            csc_sections_append(sections, CSE_SECTION_ORIGIN_KEYS, plan->keys[i].data, size);
    }
    return !sections->failed;
}

/* Two thirds full at most: a bucket rarely overflows, and a miss stops in its first line. */
static uint32_t shift_for(size_t count)
{
    uint32_t shift = 0;
    while (shift < 28 && count * 3 > ((size_t)8 << shift) * 2)
        shift++;
    return shift;
}

static corsac_status write_table(csc_origins *origins, csc_origin_plan *plan, uint32_t set,
                                 cse_origin_set *record)
{
    table t = {.shift = shift_for(plan->key_count)};
    uint32_t *offsets = malloc(plan->key_count * sizeof(*offsets));
    t.buckets = malloc(sizeof(*t.buckets) << t.shift);
    corsac_status status = CORSAC_E_MEMORY;
    if (offsets && t.buckets && append_keys(origins, plan, offsets))
        status = build(origins, plan, set, offsets, &t) ? CORSAC_OK : CORSAC_E_LIMIT;
    if (status == CORSAC_OK) {
        uint32_t at = csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_BUCKETS, t.buckets,
                                          sizeof(*t.buckets) << t.shift);
        record->flags |= CSE_ORIGIN_TABLE;
        record->buckets = at / (uint32_t)sizeof(*t.buckets);
        record->bucket_shift = (uint8_t)t.shift;
        record->probe_limit = (uint8_t)t.probes;
        record->salt = t.salt;
    }
    free(offsets);
    free(t.buckets);
    return status;
}

/* ---- lists and rows ----------------------------------------------------------------------- */

static void write_list(csc_origins *origins, const corsac_str *texts, size_t count, uint8_t *sizes,
                       uint32_t *at)
{
    for (size_t i = 0; i < count; i++) {
        sizes[i] = (uint8_t)texts[i].size;
        at[i] = csc_sections_append(origins->sections, CSE_SECTION_ORIGIN_KEYS, texts[i].data,
                                    texts[i].size);
    }
}

/* Bytes of all keys if the engine can find each by its print, else 0. */
static size_t printed_bytes(const csc_origin_plan *plan)
{
    size_t total = 0;
    for (size_t i = 0; i < plan->key_count; i++) {
        if (plan->keys[i].size < 16 || plan->keys[i].size > 64)
            return 0;
        total += plan->keys[i].size;
    }
    return total;
}

/* Prints for a list whose keys the engine can read by them. */
static void write_prints(const csc_origin_plan *plan, cse_origin_set *record)
{
    const size_t total = printed_bytes(plan);
    if (record->key_count < 2 || total == 0 ||
        total > UINT8_MAX) /* sums are single bytes as well */
        return;
    record->has_prints = 1;
    memset(record->prints, 0, sizeof(record->prints));
    for (size_t i = 0; i < record->key_count; i++)
        record->prints[i] = cse_origin_print(plan->keys[i].data, plan->keys[i].size);
}

/* Too many keys for the list or for its prints, and not too many for a row. */
static bool fits_row(const csc_origin_plan *plan)
{
    const size_t total = printed_bytes(plan);
    return total > 0 && plan->key_count <= CSE_ORIGIN_ROW_KEYS &&
           (plan->key_count > CSE_ORIGIN_LIST_KEYS || total > UINT8_MAX);
}

static void write_row(csc_origins *origins, csc_origin_plan *plan, cse_origin_set *record)
{
    csc_sections *sections = origins->sections;
    cse_origin_row row = {.prints = {0}};
    record->flags |= CSE_ORIGIN_ROW;
    record->row_keys = (uint32_t)sections->slots[CSE_SECTION_ORIGIN_KEYS].size_bytes;
    write_list(origins, plan->keys, plan->key_count, row.sizes, plan->keys_at);
    for (size_t i = 0; i < plan->key_count; i++) {
        row.places[i] = (uint16_t)(plan->keys_at[i] - record->row_keys);
        row.prints[i] = cse_origin_print(plan->keys[i].data, plan->keys[i].size);
    }
    const uint32_t at = csc_sections_append(sections, CSE_SECTION_ORIGIN_ROWS, &row, sizeof(row));
    record->row = at / (uint32_t)sizeof(row);
}

static corsac_status write_prefix_trie(csc_origins *origins, const csc_origin_plan *plan,
                                       cse_origin_set *record)
{
    csc_trie_item *items = malloc(plan->prefix_count * sizeof(*items));
    if (!items)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < plan->prefix_count; i++)
        items[i] = (csc_trie_item){plan->prefixes[i], 0};
    record->flags |= CSE_ORIGIN_TRIE;
    record->trie =
        csc_trie_append(origins->arena, origins->sections, items, plan->prefix_count, false);
    free(items);
    return CORSAC_OK;
}

corsac_status csc_keys_write(csc_origins *origins, csc_origin_plan *plan, uint32_t set,
                             cse_origin_set *record)
{
    corsac_status status = CORSAC_OK;
    plan->keys_at = csc_arena_alloc(origins->scratch, plan->key_count + 1, sizeof(*plan->keys_at));
    plan->prefixes_at =
        csc_arena_alloc(origins->scratch, plan->prefix_count + 1, sizeof(*plan->prefixes_at));
    if (!plan->keys_at || !plan->prefixes_at)
        return CORSAC_E_MEMORY;
    const bool row_keys = fits_row(plan);
    bool list_keys = !row_keys && fits_list(plan->keys, plan->key_count, CSE_ORIGIN_LIST_KEYS);
    bool list_prefixes = fits_list(plan->prefixes, plan->prefix_count, CSE_ORIGIN_LIST_PREFIXES);
    if (row_keys)
        write_row(origins, plan, record);
    else if (!list_keys)
        status = write_table(origins, plan, set, record);
    if (status == CORSAC_OK && !list_prefixes)
        status = write_prefix_trie(origins, plan, record);
    record->keys = (uint32_t)origins->sections->slots[CSE_SECTION_ORIGIN_KEYS].size_bytes;
    record->key_count = list_keys ? (uint8_t)plan->key_count : 0;
    record->prefix_count = list_prefixes ? (uint8_t)plan->prefix_count : 0;
    record->flags |= (record->key_count ? CSE_ORIGIN_KEYS : 0) |
                     (record->prefix_count ? CSE_ORIGIN_PREFIXES : 0);
    write_prints(plan, record);
    write_list(origins, plan->keys, record->key_count, record->sizes, plan->keys_at);
    write_list(origins, plan->prefixes, record->prefix_count, record->sizes + record->key_count,
               plan->prefixes_at);
    if (!list_prefixes)
        plan->prefixes_at = NULL;
    return status;
}
