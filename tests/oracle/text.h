// SPDX-License-Identifier: Apache-2.0
// Byte strings of the oracle and a pool to keep them in: the few helpers its chapters share.
// A pool only grows and is dropped as a whole; running out of memory ends the program, as a test
// may.
#ifndef CORSAC_TESTS_ORACLE_TEXT_H
#define CORSAC_TESTS_ORACLE_TEXT_H

#include <stdbool.h>
#include <string.h>

#include "corsac/common.h"

typedef struct oracle_pool {
    struct oracle_chunk *chunks;
} oracle_pool;

/** Zeroed memory that lives as long as the pool. */
void *oracle_pool_take(oracle_pool *pool, size_t size_bytes);
void oracle_pool_clear(oracle_pool *pool);
corsac_str oracle_pool_copy(oracle_pool *pool, const char *data, size_t size_bytes);
corsac_str oracle_pool_format(oracle_pool *pool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Grows @p items by one zeroed element of @p element_bytes and returns its address. */
void *oracle_pool_append(oracle_pool *pool, void *items_pointer, size_t *count,
                         size_t element_bytes);
#define ORACLE_APPEND(pool, list)                                                                  \
    oracle_pool_append((pool), &(list)->items, &(list)->count, sizeof *(list)->items)

static inline corsac_str text_of(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static inline bool text_equal(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool text_is(corsac_str a, const char *b)
{
    return text_equal(a, text_of(b));
}

static inline bool text_starts_with(corsac_str text, corsac_str prefix)
{
    return text.size >= prefix.size &&
           (prefix.size == 0 || memcmp(text.data, prefix.data, prefix.size) == 0);
}

static inline bool text_ends_with(corsac_str text, corsac_str suffix)
{
    return text.size >= suffix.size &&
           (suffix.size == 0 ||
            memcmp(text.data + text.size - suffix.size, suffix.data, suffix.size) == 0);
}

static inline corsac_str text_from(corsac_str text, size_t start)
{
    return (corsac_str){text.data + start, text.size - start};
}

static inline corsac_str text_head(corsac_str text, size_t size)
{
    return (corsac_str){text.data, size};
}

static inline bool text_contains(corsac_str text, char byte)
{
    return text.size > 0 && memchr(text.data, byte, text.size) != NULL;
}

static inline char byte_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static inline bool text_equal_ignoring_case(corsac_str a, corsac_str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (byte_lower(a.data[i]) != byte_lower(b.data[i]))
            return false;
    return true;
}

/** ASCII only (H-5, M-5). */
corsac_str text_lower(oracle_pool *pool, corsac_str text);

/** @p a, a comma, @p b. */
corsac_str text_comma_joined(oracle_pool *pool, corsac_str a, corsac_str b);

/** Byte order, a shorter text before its extension. */
static inline int text_compare(corsac_str a, corsac_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

#endif
