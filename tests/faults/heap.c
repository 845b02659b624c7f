// SPDX-License-Identifier: Apache-2.0
#include "heap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef HEAP_WRAPPED /* by -Wl,--wrap, beside a sanitizer's heap */
#define OURS(name)   __wrap_##name
#define THEIRS(name) __real_##name
#else /* glibc's own names for its heap */
#define OURS(name)   name
#define THEIRS(name) __libc_##name
#endif

#pragma GCC visibility push(default) /* so that shared libraries find them too */
void *OURS(malloc)(size_t size);
void *OURS(calloc)(size_t count, size_t size);
void *OURS(realloc)(void *block, size_t size);
void *OURS(aligned_alloc)(size_t alignment, size_t size);
void OURS(free)(void *block);
void *THEIRS(malloc)(size_t size);
void *THEIRS(calloc)(size_t count, size_t size);
void *THEIRS(realloc)(void *block, size_t size);
void THEIRS(free)(void *block);
#ifdef HEAP_WRAPPED
void *__real_aligned_alloc(size_t alignment, size_t size);
#define REAL_ALIGNED __real_aligned_alloc
#else
void *__libc_memalign(size_t alignment, size_t size);
#define REAL_ALIGNED __libc_memalign
int posix_memalign(void **out, size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);
#endif
#pragma GCC visibility pop

/* The tests have one thread. */
static size_t calls, failing, live;
static bool onward, armed, failed, marked;
static void (*visitor)(size_t index);

void heap_arm(size_t first_failing, bool and_onward)
{
    failing = first_failing;
    onward = and_onward;
    calls = 0;
    failed = false;
    armed = true;
}

size_t heap_disarm(void)
{
    armed = false;
    return calls;
}

size_t heap_calls(void)
{
    return calls;
}

bool heap_pause(void)
{
    bool was = armed;
    armed = false;
    return was;
}

void heap_resume(bool was)
{
    armed = was;
}

bool heap_failed(void)
{
    return failed;
}

size_t heap_live(void)
{
#ifdef HEAP_WRAPPED
    return 0;
#else
    return live;
#endif
}

bool heap_mark(bool mark)
{
    bool was = marked;
    marked = mark;
    return was;
}

void heap_visit(void (*visit)(size_t index))
{
    visitor = visit;
}

void heap_strike(bool and_onward)
{
    failing = calls;
    onward = and_onward;
}

void heap_hold(ptrdiff_t change)
{
    live += (size_t)change;
}

bool heap_fails(void)
{
    if (!armed)
        return false;
    calls++;
    if (marked && visitor != NULL)
        visitor(calls);
    if (failing == 0 || (onward ? calls < failing : calls != failing))
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

void *OURS(malloc)(size_t size)
{
    return heap_fails() ? NULL : counted(THEIRS(malloc)(size));
}

void *OURS(calloc)(size_t count, size_t size)
{
    return heap_fails() ? NULL : counted(THEIRS(calloc)(count, size));
}

void *OURS(realloc)(void *block, size_t size)
{
    if (heap_fails())
        return NULL;
    void *moved = THEIRS(realloc)(block, size);
    if (block == NULL)
        return counted(moved);
    live -= size == 0 && moved == NULL;
    return moved;
}

void *OURS(aligned_alloc)(size_t alignment, size_t size)
{
    return heap_fails() ? NULL : counted(REAL_ALIGNED(alignment, size));
}

void OURS(free)(void *block)
{
    live -= block != NULL;
    THEIRS(free)(block);
}

#ifndef HEAP_WRAPPED
int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = heap_fails() ? NULL : counted(REAL_ALIGNED(alignment, size));
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}

void *memalign(size_t alignment, size_t size)
{
    return heap_fails() ? NULL : counted(REAL_ALIGNED(alignment, size));
}
#endif
