// SPDX-License-Identifier: Apache-2.0
// The frame of a cache file: its header, and where entries begin and end.
#include "compiler/cache/cache.h"
#include "engine/image/format.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CACHE_VERSION = 2 }; /* of the content of entries; a file of another one is refused */

typedef struct cache_header {
    char magic[8];
    uint32_t version, format_version; /* of the cache, of images */
    uint32_t library[3];              /* version: how regexes are compiled may change with it */
    uint32_t pattern_bytes, program_size, encoding;
} cache_header;

typedef struct cache_entry {
    uint64_t checksum; /* of the rest of this record and of the content */
    uint32_t kind;     /* csc_store_kind */
    uint32_t size;     /* of the content */
} cache_entry;

static cache_header header_of(const csc_regex_limits *limits)
{
    return (cache_header){
        .magic = {'C', 'O', 'R', 'S', 'A', 'C', 'R', 'C'},
        .version = CACHE_VERSION,
        .format_version = CSE_FORMAT_VERSION,
        .library = {CORSAC_VERSION_MAJOR, CORSAC_VERSION_MINOR, CORSAC_VERSION_PATCH},
        .pattern_bytes = limits->pattern_bytes,
        .program_size = limits->program_size,
        .encoding = limits->encoding};
}

static uint64_t checksum_of(const cache_entry *entry, const char *content)
{
    uint64_t seed = (uint64_t)entry->kind << 32 | entry->size;
    return XXH3_64bits_withSeed(content, entry->size, seed);
}

static size_t padded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* ---- reading ------------------------------------------------------------------------------ */

static corsac_status add_entry(csc_store *store, const csc_regex_limits *limits, corsac_str content,
                               csc_store_kind kind)
{
    csc_store_item item = {.kind = kind};
    csc_arena *arena = csc_arena_new();
    if (!arena)
        return CORSAC_E_MEMORY;
    corsac_status status = csc_cache_entry_read(arena, limits, content, &item);
    if (csc_arena_failed(arena))
        status = CORSAC_E_MEMORY;
    if (status == CORSAC_OK && csc_store_find(store, kind, item.key))
        status = CORSAC_E_SOURCE;
    if (status != CORSAC_OK) {
        csc_arena_free(arena);
        return status;
    }
    return csc_store_add(store, kind, arena, item.key, item.value);
}

/* Takes the next entry, or says that none can begin here. */
static bool take_entry(corsac_str *rest, cache_entry *entry, corsac_str *content)
{
    if (rest->size < sizeof(*entry))
        return false;
    memcpy(entry, rest->data, sizeof(*entry));
    *rest = csc_str_slice(*rest, sizeof(*entry), rest->size - sizeof(*entry));
    if (padded(entry->size) > rest->size)
        return false;
    *content = csc_str_slice(*rest, 0, entry->size);
    *rest = csc_str_slice(*rest, padded(entry->size), rest->size - padded(entry->size));
    return true;
}

corsac_status csc_cache_read(csc_store *store, const csc_regex_limits *limits, corsac_str bytes,
                             uint32_t *refused)
{
    const cache_header wanted = header_of(limits);
    *refused = 0;
    if (bytes.size == 0)
        return CORSAC_OK;
    if (bytes.size < sizeof(wanted) || memcmp(bytes.data, &wanted, sizeof(wanted)) != 0) {
        *refused = 1;
        return CORSAC_OK;
    }
    corsac_str rest = csc_str_slice(bytes, sizeof(wanted), bytes.size - sizeof(wanted)), content;
    while (rest.size > 0) {
        cache_entry entry;
        corsac_status status = CORSAC_E_SOURCE;
        if (!take_entry(&rest, &entry, &content))
            rest.size = 0; /* cut off: the last one */
        else if (entry.kind < CSC_STORE_KINDS &&
                 entry.checksum == checksum_of(&entry, content.data))
            status = add_entry(store, limits, content, (csc_store_kind)entry.kind);
        if (status == CORSAC_E_MEMORY)
            return status;
        *refused += status != CORSAC_OK;
    }
    return CORSAC_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void write_entry(const csc_store_item *item, csc_buffer *out)
{
    static const char zeros[8];
    csc_buffer content = {.arena = out->arena};
    if (!csc_cache_entry_write(item, &content) || content.size > UINT32_MAX)
        return;
    corsac_str bytes = csc_buffer_finish(&content);
    cache_entry entry = {.kind = item->kind, .size = (uint32_t)bytes.size};
    entry.checksum = checksum_of(&entry, bytes.data);
    csc_buffer_append(out, (corsac_str){(const char *)&entry, sizeof(entry)});
    csc_buffer_append(out, bytes);
    csc_buffer_append(out, (corsac_str){zeros, padded(bytes.size) - bytes.size});
}

void csc_cache_write(const csc_store *store, const csc_regex_limits *limits, csc_buffer *out)
{
    const cache_header header = header_of(limits);
    csc_store_item item;
    csc_buffer_append(out, (corsac_str){(const char *)&header, sizeof(header)});
    for (size_t i = 0; csc_store_at(store, i, &item); i++)
        if (item.used)
            write_entry(&item, out);
}
