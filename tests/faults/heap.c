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

enum { MOST_CALLS = 1 << 20 };
/* By the linker; absent in a shared library, where nobody asks. */
extern const char __executable_start __attribute__((weak)), etext __attribute__((weak));

/* The tests have one thread. */
static size_t calls, failing, live;
static bool onward, armed, failed;
static bool foreign[MOST_CALLS];

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

bool heap_is_foreign(size_t index)
{
    return index < MOST_CALLS && foreign[index];
}

/* Corsac is linked into the program itself, everything else is a shared library. */
static bool fails(const void *caller)
{
    if (!armed)
        return false;
    calls++;
    if (calls < MOST_CALLS)
        foreign[calls] =
            (const char *)caller < &__executable_start || (const char *)caller > &etext;
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
    return fails(__builtin_return_address(0)) ? NULL : counted(THEIRS(malloc)(size));
}

void *OURS(calloc)(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : counted(THEIRS(calloc)(count, size));
}

void *OURS(realloc)(void *block, size_t size)
{
    if (fails(__builtin_return_address(0)))
        return NULL;
    void *moved = THEIRS(realloc)(block, size);
    if (block == NULL)
        return counted(moved);
    live -= size == 0 && moved == NULL;
    return moved;
}

void *OURS(aligned_alloc)(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : counted(REAL_ALIGNED(alignment, size));
}

void OURS(free)(void *block)
{
    live -= block != NULL;
    THEIRS(free)(block);
}

#ifndef HEAP_WRAPPED
int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block =
        fails(__builtin_return_address(0)) ? NULL : counted(REAL_ALIGNED(alignment, size));
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}

void *memalign(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : counted(REAL_ALIGNED(alignment, size));
}
#endif
