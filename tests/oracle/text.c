// SPDX-License-Identifier: Apache-2.0
// The pool behind text.h: a list of chunks, each as large as one request or a little more.
#include "oracle/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES 16384

struct oracle_chunk {
    struct oracle_chunk *next;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

static struct oracle_chunk *chunk_new(size_t size)
{
    struct oracle_chunk *chunk = calloc(1, sizeof *chunk + size);
    if (chunk == NULL) {
        fputs("oracle: out of memory\n", stderr);
        abort();
    }
    chunk->size = size;
    return chunk;
}

void *oracle_pool_take(oracle_pool *pool, size_t size_bytes)
{
    size_t need =
        (size_bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct oracle_chunk *chunk = pool->chunks;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        chunk = chunk_new(need > CHUNK_BYTES ? need : CHUNK_BYTES);
        chunk->next = pool->chunks;
        pool->chunks = chunk;
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += need;
    return taken;
}

void oracle_pool_clear(oracle_pool *pool)
{
    while (pool->chunks != NULL) {
        struct oracle_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
}

corsac_str oracle_pool_copy(oracle_pool *pool, const char *data, size_t size_bytes)
{
    char *copy = oracle_pool_take(pool, size_bytes + 1);
    if (size_bytes > 0)
        memcpy(copy, data, size_bytes);
    return (corsac_str){copy, size_bytes};
}

corsac_str oracle_pool_format(oracle_pool *pool, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = oracle_pool_take(pool, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return (corsac_str){text, (size_t)size};
}

void *oracle_pool_append(oracle_pool *pool, void *items_pointer, size_t *count,
                         size_t element_bytes)
{
    void *items;
    memcpy(&items, items_pointer, sizeof items);
    bool full = *count == 0 || (*count & (*count - 1)) == 0; /* at each power of two, double */
    if (full) {
        void *larger = oracle_pool_take(pool, (*count == 0 ? 1 : *count * 2) * element_bytes);
        if (*count > 0)
            memcpy(larger, items, *count * element_bytes);
        memcpy(items_pointer, &larger, sizeof larger);
        items = larger;
    }
    void *added = (char *)items + (*count)++ * element_bytes;
    memset(added, 0, element_bytes);
    return added;
}

corsac_str text_lower(oracle_pool *pool, corsac_str text)
{
    char *copy = oracle_pool_take(pool, text.size + 1);
    for (size_t i = 0; i < text.size; i++)
        copy[i] = byte_lower(text.data[i]);
    return (corsac_str){copy, text.size};
}

corsac_str text_comma_joined(oracle_pool *pool, corsac_str a, corsac_str b)
{
    char *joined = oracle_pool_take(pool, a.size + 1 + b.size);
    if (a.size > 0)
        memcpy(joined, a.data, a.size);
    joined[a.size] = ',';
    if (b.size > 0)
        memcpy(joined + a.size + 1, b.data, b.size);
    return (corsac_str){joined, a.size + 1 + b.size};
}
