// SPDX-License-Identifier: Apache-2.0
// Byte arrays that grow, one per section kind, and the string pool that stores equal texts once.
#include "compiler/lower/sections.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Open addressing. */
typedef struct pool_slot {
    uint32_t number; /* of the text, plus one; zero: free */
    uint32_t hash;   /* its low bits choose the slot */
} pool_slot;

struct csc_string_pool {
    size_t count, capacity; /* of sections->texts */
    pool_slot *slots;
    size_t slot_count; /* a power of two, at least twice count */
    uint64_t seed;     /* so that nobody can write texts that all collide */
    csc_arena *arena;  /* of what is kept; NULL: nothing is */
};

corsac_status csc_sections_init(csc_sections *sections)
{
    memset(sections, 0, sizeof(*sections));
    sections->pool = calloc(1, sizeof(*sections->pool));
    if (!sections->pool)
        return CORSAC_E_MEMORY;
    sections->pool->seed = (uint64_t)(uintptr_t)sections->pool;
    csc_sections_declare(sections, CSE_SECTION_STRINGS, 1);
    return CORSAC_OK;
}

/* Unless far more is there than was needed. */
static bool is_worth_keeping(size_t used, size_t capacity)
{
    return used >= capacity / 4;
}

void csc_sections_keep(csc_sections *sections, csc_arena *arena)
{
    sections->pool->arena = arena;
}

void csc_sections_forget(csc_sections *sections)
{
    csc_string_pool *pool = sections->pool;
    if (is_worth_keeping(pool->count * 2, pool->slot_count)) {
        if (pool->slots)
            memset(pool->slots, 0, pool->slot_count * sizeof(*pool->slots));
    } else {
        free(pool->slots);
        free(sections->texts);
        pool->slots = NULL;
        sections->texts = NULL;
        pool->slot_count = pool->capacity = 0;
    }
    pool->count = 0;
}

void csc_sections_reset(csc_sections *sections)
{
    csc_string_pool *pool = sections->pool;
    for (size_t i = 0; i < CSE_SECTION_SLOTS; i++) {
        csc_section *section = &sections->slots[i];
        if (!is_worth_keeping(section->size_bytes, section->capacity_bytes)) {
            free(section->bytes);
            section->bytes = NULL;
            section->capacity_bytes = 0;
        }
        section->size_bytes = 0;
        section->record_bytes = 0;
    }
    if (pool->arena)
        sections->round++;
    else
        csc_sections_forget(sections);
    sections->hash_seed = sections->origin_seed = 0;
    sections->failed = sections->out_of_memory = false;
    csc_sections_declare(sections, CSE_SECTION_STRINGS, 1);
}

void csc_sections_free(csc_sections *sections)
{
    for (size_t i = 0; i < CSE_SECTION_SLOTS; i++)
        free(sections->slots[i].bytes);
    if (sections->pool) {
        free(sections->pool->slots);
        free(sections->texts);
        free(sections->pool);
    }
    memset(sections, 0, sizeof(*sections));
}

void csc_sections_declare(csc_sections *sections, cse_section_kind kind, uint32_t record_bytes)
{
    sections->slots[kind].record_bytes = record_bytes;
}

corsac_status csc_sections_status(const csc_sections *sections)
{
    if (!sections->failed)
        return CORSAC_OK;
    return sections->out_of_memory ? CORSAC_E_MEMORY : CORSAC_E_LIMIT;
}

void csc_sections_starve(csc_sections *sections)
{
    sections->failed = sections->out_of_memory = true;
}

/* False sets why. */
static bool reserve(csc_sections *sections, csc_section *section, size_t size_bytes)
{
    if (sections->failed)
        return false;
    if (size_bytes > UINT32_MAX - section->size_bytes) {
        sections->failed = true; /* offsets in records are 32 bits wide */
        return false;
    }
    size_t needed = section->size_bytes + size_bytes;
    if (needed <= section->capacity_bytes)
        return true;
    size_t capacity = section->capacity_bytes ? section->capacity_bytes : 1024;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > UINT32_MAX) /* what fits is small enough */
        capacity = UINT32_MAX;
    uint8_t *bytes = realloc(section->bytes, capacity);
    if (!bytes) {
        csc_sections_starve(sections);
        return false;
    }
    section->bytes = bytes;
    section->capacity_bytes = capacity;
    return true;
}

uint32_t csc_sections_append_grown(csc_sections *sections, cse_section_kind kind, const void *bytes,
                                   size_t size_bytes)
{
    csc_section *section = &sections->slots[kind];
    if (!reserve(sections, section, size_bytes))
        return CSE_NONE;
    size_t offset = section->size_bytes;
    if (size_bytes > 0)
        memcpy(section->bytes + offset, bytes, size_bytes);
    section->size_bytes += size_bytes;
    return (uint32_t)offset;
}

void csc_sections_align(csc_sections *sections, cse_section_kind kind, size_t alignment)
{
    static const uint8_t zeros[CSE_SECTION_ALIGNMENT];
    size_t excess = sections->slots[kind].size_bytes % alignment;
    for (size_t missing = excess ? alignment - excess : 0; missing > 0;) {
        size_t part = missing < sizeof(zeros) ? missing : sizeof(zeros);
        if (csc_sections_append(sections, kind, zeros, part) == CSE_NONE)
            return;
        missing -= part;
    }
}

static const char *bytes_of(const csc_sections *sections, const csc_pool_text *text)
{
    return sections->pool->arena
               ? text->kept
               : (const char *)sections->slots[CSE_SECTION_STRINGS].bytes + text->offset;
}

/* The slot of the text, or the free one where it belongs. */
static pool_slot *find_slot(const csc_sections *sections, corsac_str text, uint32_t hash)
{
    const csc_string_pool *pool = sections->pool;
    size_t mask = pool->slot_count - 1, at = hash & mask;
    for (; pool->slots[at].number != 0; at = (at + 1) & mask) {
        const csc_pool_text *seen = &sections->texts[pool->slots[at].number - 1];
        if (pool->slots[at].hash == hash && seen->size == text.size &&
            memcmp(bytes_of(sections, seen), text.data, text.size) == 0)
            break;
    }
    return &pool->slots[at];
}

/* Slots move without a look at the texts: all are distinct. */
static bool grow_slots(csc_string_pool *pool)
{
    size_t slot_count = pool->slot_count ? pool->slot_count * 2 : 1024, mask = slot_count - 1;
    pool_slot *slots = calloc(slot_count, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < pool->slot_count; i++) {
        if (pool->slots[i].number == 0)
            continue;
        size_t at = pool->slots[i].hash & mask;
        while (slots[at].number != 0)
            at = (at + 1) & mask;
        slots[at] = pool->slots[i];
    }
    free(pool->slots);
    pool->slots = slots;
    pool->slot_count = slot_count;
    return true;
}

/* Makes room for one more text. */
static bool grow_pool(csc_sections *sections)
{
    csc_string_pool *pool = sections->pool;
    if ((pool->count + 1) * 2 > pool->slot_count && !grow_slots(pool))
        return false;
    if (pool->count < pool->capacity)
        return true;
    size_t capacity = pool->slot_count / 2;
    csc_pool_text *texts = realloc(sections->texts, capacity * sizeof(*texts));
    if (!texts)
        return false;
    sections->texts = texts;
    pool->capacity = capacity;
    return true;
}

/* A text that the pool has not, which lies at the end of STRINGS. */
static bool add_text(csc_sections *sections, pool_slot *slot, corsac_str text, uint32_t offset,
                     uint32_t hash)
{
    csc_string_pool *pool = sections->pool;
    const char *kept = pool->arena ? csc_arena_copy(pool->arena, text).data : NULL;
    if (pool->arena && !kept)
        return false;
    sections->texts[pool->count++] = (csc_pool_text){
        .kept = kept, .offset = offset, .size = (uint32_t)text.size, .round = sections->round};
    *slot = (pool_slot){(uint32_t)pool->count, hash};
    return true;
}

/* The text, which lies where a new one belongs, stays there or is found elsewhere. */
static uint32_t settle(csc_sections *sections, uint32_t offset)
{
    csc_string_pool *pool = sections->pool;
    csc_section *strings = &sections->slots[CSE_SECTION_STRINGS];
    if (strings->size_bytes == offset) /* of no strings at all `bytes` may be NULL */
        return CSE_NONE;
    corsac_str text = {(const char *)strings->bytes + offset, strings->size_bytes - offset};
    uint32_t hash = (uint32_t)XXH3_64bits_withSeed(text.data, text.size, pool->seed);
    pool_slot *slot = find_slot(sections, text, hash);
    if (slot->number == 0) {
        if (add_text(sections, slot, text, offset, hash))
            return slot->number - 1;
        csc_sections_starve(sections);
        return CSE_NONE;
    }
    csc_pool_text *known = &sections->texts[slot->number - 1];
    if (known->round == sections->round) {
        strings->size_bytes = offset;
    } else {
        known->round = sections->round;
        known->offset = offset;
    }
    return slot->number - 1;
}

uint32_t csc_sections_intern(csc_sections *sections, const corsac_str *texts, size_t count)
{
    uint32_t offset = (uint32_t)sections->slots[CSE_SECTION_STRINGS].size_bytes;
    for (size_t i = 0; i < count; i++)
        csc_sections_append(sections, CSE_SECTION_STRINGS, texts[i].data, texts[i].size);
    if (sections->failed)
        return CSE_NONE;
    if (!grow_pool(sections)) {
        csc_sections_starve(sections);
        return CSE_NONE;
    }
    return settle(sections, offset);
}

uint32_t csc_sections_number(const csc_sections *sections, corsac_str text)
{
    const csc_string_pool *pool = sections->pool;
    uint32_t hash = (uint32_t)XXH3_64bits_withSeed(text.data, text.size, pool->seed);
    return text.size == 0 ? CSE_NONE : find_slot(sections, text, hash)->number - 1;
}

cse_text csc_sections_place_now(csc_sections *sections, uint32_t number)
{
    csc_pool_text *text = &sections->texts[number];
    text->round = sections->round;
    text->offset = csc_sections_append(sections, CSE_SECTION_STRINGS, text->kept, text->size);
    return (cse_text){text->offset, text->size};
}

cse_text csc_sections_joined(csc_sections *sections, const corsac_str *texts, size_t count)
{
    return csc_sections_place(sections, csc_sections_intern(sections, texts, count));
}

cse_text csc_sections_string(csc_sections *sections, corsac_str text)
{
    return csc_sections_joined(sections, &text, 1);
}
