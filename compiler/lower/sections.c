// SPDX-License-Identifier: Apache-2.0
// Byte arrays that grow, one per section kind, and the string pool that stores equal texts once.
#include "compiler/lower/sections.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Open addressing over the texts already in STRINGS; slot = index + 1 of `texts`. */
struct csc_string_pool {
    cse_text *texts;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count; /* a power of two, at least twice count */
};

corsac_status csc_sections_init(csc_sections *sections)
{
    memset(sections, 0, sizeof(*sections));
    sections->pool = calloc(1, sizeof(*sections->pool));
    if (!sections->pool)
        return CORSAC_E_MEMORY;
    csc_sections_declare(sections, CSE_SECTION_STRINGS, 1);
    return CORSAC_OK;
}

void csc_sections_free(csc_sections *sections)
{
    for (size_t i = 0; i < CSC_SECTION_SLOTS; i++)
        free(sections->slots[i].bytes);
    if (sections->pool) {
        free(sections->pool->texts);
        free(sections->pool->slots);
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
    uint8_t *bytes = realloc(section->bytes, capacity);
    if (!bytes) {
        csc_sections_starve(sections);
        return false;
    }
    section->bytes = bytes;
    section->capacity_bytes = capacity;
    return true;
}

uint32_t csc_sections_append(csc_sections *sections, cse_section_kind kind, const void *bytes,
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

static size_t pool_slot(const csc_string_pool *pool, const uint8_t *strings, corsac_str text)
{
    size_t mask = pool->slot_count - 1;
    size_t at = (size_t)XXH3_64bits(text.data, text.size) & mask;
    for (; pool->slots[at] != 0; at = (at + 1) & mask) {
        cse_text seen = pool->texts[pool->slots[at] - 1];
        if (seen.size == text.size && memcmp(strings + seen.offset, text.data, text.size) == 0)
            break;
    }
    return at;
}

static bool pool_grow(csc_string_pool *pool, const uint8_t *strings)
{
    if (pool->count == pool->capacity) {
        size_t capacity = pool->capacity ? pool->capacity * 2 : 256;
        cse_text *texts = realloc(pool->texts, capacity * sizeof(*texts));
        if (!texts)
            return false;
        pool->texts = texts;
        pool->capacity = capacity;
    }
    if ((pool->count + 1) * 2 <= pool->slot_count)
        return true;
    size_t slot_count = pool->slot_count ? pool->slot_count * 2 : 1024;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (!slots)
        return false;
    free(pool->slots);
    pool->slots = slots;
    pool->slot_count = slot_count;
    for (size_t i = 0; i < pool->count; i++) {
        corsac_str text = {(const char *)strings + pool->texts[i].offset, pool->texts[i].size};
        pool->slots[pool_slot(pool, strings, text)] = (uint32_t)i + 1;
    }
    return true;
}

cse_text csc_sections_string(csc_sections *sections, corsac_str text)
{
    const cse_text none = {0, 0};
    csc_string_pool *pool = sections->pool;
    csc_section *strings = &sections->slots[CSE_SECTION_STRINGS];
    if (text.size == 0)
        return none;
    if (sections->failed)
        return none;
    if (!pool_grow(pool, strings->bytes)) {
        csc_sections_starve(sections);
        return none;
    }
    size_t at = pool_slot(pool, strings->bytes, text);
    if (pool->slots[at] != 0)
        return pool->texts[pool->slots[at] - 1];
    uint32_t offset = csc_sections_append(sections, CSE_SECTION_STRINGS, text.data, text.size);
    if (offset == CSE_NONE)
        return none;
    cse_text stored = {offset, (uint32_t)text.size};
    pool->texts[pool->count++] = stored;
    pool->slots[at] = (uint32_t)pool->count;
    return stored;
}
