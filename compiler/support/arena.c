// SPDX-License-Identifier: Apache-2.0
// Chunked bump allocation. Large requests get a chunk of their own, so that nothing is wasted.
#define _GNU_SOURCE // madvise
#include "compiler/support/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ALIGNMENT = 16,
    FIRST_CHUNK_BYTES = 1024, /* small: many an arena holds one document or one regex */
    CHUNK_BYTES =
        64 * 1024, /* measured: below 16 KiB malloc shows up in profiles, above it does not */
    HUGE_PAGE_BYTES = 2 * 1024 * 1024 /* of x86-64; elsewhere only an alignment */
};

typedef struct chunk {
    struct chunk *next;
    size_t used_bytes;
    size_t size_bytes;
    size_t
        is_clear; /* 1: all bytes behind used_bytes are zero. A size_t keeps the payload aligned */
} chunk;

struct csc_arena {
    chunk *head;
    size_t next_bytes; /* of the next small chunk: each is twice as large as the last */
    bool failed;
};

csc_arena *csc_arena_new(void)
{
    csc_arena *arena = calloc(1, sizeof(*arena));
    if (arena)
        arena->next_bytes = FIRST_CHUNK_BYTES;
    return arena;
}

static size_t free_chunks(csc_arena *arena)
{
    size_t used_bytes = 0;
    for (chunk *c = arena->head; c;) {
        chunk *next = c->next;
        used_bytes += c->used_bytes;
        free(c);
        c = next;
    }
    arena->head = NULL;
    return used_bytes;
}

void csc_arena_free(csc_arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena);
    free(arena);
}

void csc_arena_reset(csc_arena *arena)
{
    chunk *c = arena->head;
    arena->failed = false;
    if (c && !c->next && (c->size_bytes <= CHUNK_BYTES || c->used_bytes >= c->size_bytes / 2)) {
        c->used_bytes = 0;
        c->is_clear = 0;
        return;
    }
    size_t used_bytes = free_chunks(arena);
    arena->next_bytes = used_bytes + used_bytes / 8; /* room for some growth */
    if (arena->next_bytes < FIRST_CHUNK_BYTES)
        arena->next_bytes = FIRST_CHUNK_BYTES;
}

size_t csc_arena_used_bytes(const csc_arena *arena)
{
    size_t used_bytes = 0;
    for (const chunk *c = arena->head; c; c = c->next)
        used_bytes += c->used_bytes;
    return used_bytes;
}

static void *fail(csc_arena *arena)
{
    arena->failed = true;
    return NULL;
}

/* Not cleared. A large chunk asks for huge pages: a page fault for each 4 KiB was a fifth of a compile. */
static chunk *new_chunk(size_t payload_bytes)
{
    size_t bytes = sizeof(chunk) + payload_bytes;
    if (bytes < HUGE_PAGE_BYTES)
        return malloc(bytes);
    bytes = (bytes + HUGE_PAGE_BYTES - 1) & ~(size_t)(HUGE_PAGE_BYTES - 1);
    chunk *c = aligned_alloc(HUGE_PAGE_BYTES, bytes);
#ifdef MADV_HUGEPAGE
    if (c)
        (void)madvise(c, bytes, MADV_HUGEPAGE); /* a wish: refused where there are none */
#endif
    return c;
}

static chunk *add_chunk(csc_arena *arena, size_t needed_bytes)
{
    bool large = needed_bytes > arena->next_bytes;
    size_t payload_bytes = large ? needed_bytes : arena->next_bytes;
    /* A list that has grown may never be filled: its pages come when they are used. */
    chunk *c = large ? calloc(1, sizeof(*c) + payload_bytes) : new_chunk(payload_bytes);
    if (!c)
        return fail(arena);
    *c = (chunk){.size_bytes = payload_bytes, .is_clear = large};
    arena->next_bytes =
        arena->next_bytes < CHUNK_BYTES / 2 ? arena->next_bytes * 2 : (size_t)CHUNK_BYTES;
    if (arena->head && large) { /* keep filling the current small chunk */
        c->next = arena->head->next;
        arena->head->next = c;
    } else {
        c->next = arena->head;
        arena->head = c;
    }
    return c;
}

/* The chunk that has room for count objects of size bytes; *bytes is their sum, rounded up. */
static chunk *chunk_for(csc_arena *arena, size_t count, size_t size, size_t *bytes)
{
    if (size != 0 && count > (SIZE_MAX / 2) / size)
        return fail(arena);
    *bytes = (count * size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    chunk *c = arena->head;
    return c && c->size_bytes - c->used_bytes >= *bytes ? c : add_chunk(arena, *bytes);
}

static void *take_from(chunk *c, size_t bytes)
{
    char *memory = (char *)(c + 1) + c->used_bytes;
    c->used_bytes += bytes;
    return memory;
}

void *csc_arena_alloc(csc_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    chunk *c = chunk_for(arena, count, size, &bytes);
    if (!c)
        return NULL;
    void *memory = take_from(c, bytes);
    return c->is_clear ? memory : memset(memory, 0, bytes);
}

void *csc_arena_take(csc_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    chunk *c = chunk_for(arena, count, size, &bytes);
    return c ? take_from(c, bytes) : NULL;
}

corsac_str csc_arena_copy(csc_arena *arena, corsac_str text)
{
    if (!text.data)
        return text;
    char *copy = csc_arena_take(arena, 1, text.size + 1);
    if (!copy)
        return (corsac_str){NULL, 0};
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (corsac_str){copy, text.size};
}

corsac_str csc_arena_join(csc_arena *arena, const corsac_str *texts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += texts[i].size;
    char *text = csc_arena_alloc(arena, 1, size + 1);
    if (!text)
        return (corsac_str){"", 0};
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].size)
            memcpy(end, texts[i].data, texts[i].size);
        end += texts[i].size;
    }
    return (corsac_str){text, size};
}

corsac_str csc_arena_printf(csc_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : csc_arena_alloc(arena, 1, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text ? (corsac_str){text, (size_t)length} : (corsac_str){"", 0};
}

void csc_arena_fail(csc_arena *arena)
{
    arena->failed = true;
}

bool csc_arena_failed(const csc_arena *arena)
{
    return arena->failed;
}

void *csc_arena_grow(csc_arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t larger = *capacity ? *capacity * 2 : 8;
    void *moved = csc_arena_alloc(arena, larger, size);
    if (!moved)
        return NULL;
    if (count)
        memcpy(moved, items, count * size);
    *capacity = larger;
    return moved;
}

int csc_str_compare(corsac_str a, corsac_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool csc_str_starts(corsac_str text, corsac_str prefix)
{
    return prefix.size <= text.size &&
           (prefix.size == 0 || memcmp(text.data, prefix.data, prefix.size) == 0);
}

bool csc_str_ends(corsac_str text, corsac_str suffix)
{
    return suffix.size <= text.size &&
           (suffix.size == 0 ||
            memcmp(text.data + text.size - suffix.size, suffix.data, suffix.size) == 0);
}

corsac_str csc_str_slice(corsac_str text, size_t from, size_t size)
{
    return (corsac_str){text.data ? text.data + from : NULL, size};
}

corsac_str csc_str_decimal(char digits[CSC_DECIMAL_BYTES], uint64_t number)
{
    size_t from = CSC_DECIMAL_BYTES;
    do {
        digits[--from] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return (corsac_str){digits + from, CSC_DECIMAL_BYTES - from};
}

void csc_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *left, const void *right))
{
    for (size_t i = 1; i < count; i++) {
        const char *item = (const char *)items + i * size;
        if (compare(item - size, item) > 0) {
            qsort(items, count, size, compare);
            return;
        }
    }
}
