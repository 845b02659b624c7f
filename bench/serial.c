// SPDX-License-Identifier: Apache-2.0
#define _DEFAULT_SOURCE // madvise
#include "serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    BATCH = 256, /* questions per iteration of Google Benchmark: its own cost vanishes */
    AHEAD = 4,   /* questions fetched ahead: a request that has just arrived is in the cache */
    HUGE_PAGE = 2 * 1024 * 1024 /* bytes; as in engine/image/open.c */
};

typedef struct subject {
    serial_fn ask;
    void *what;
    const serial_trace *trace;
} subject;

typedef struct floor_subject {
    const uint8_t *memory;
    uint64_t lines;
} floor_subject;

/* In huge pages where an image would be: the floor must not pay for what the engine avoids. */
static void *allocate_lines(size_t bytes)
{
    size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : 128;
    size_t whole = (bytes + alignment - 1) / alignment * alignment;
    void *memory = aligned_alloc(alignment, whole);
    if (!memory)
        abort();
    if (alignment == HUGE_PAGE)
        (void)madvise(memory, whole, MADV_HUGEPAGE);
    memset(memory, 0, whole);
    return memory;
}

static inline void fence(void)
{
#if defined(__x86_64__)
    _mm_lfence();
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/* ---- traces ------------------------------------------------------------------------------ */

serial_trace *serial_trace_new(uint32_t count)
{
    serial_trace *trace = malloc(sizeof(*trace));
    if (!trace || count == 0 || (count & (count - 1)) != 0)
        abort();
    trace->questions = allocate_lines(count * sizeof(*trace->questions));
    trace->count = count;
    return trace;
}

static uint16_t put(char *out, size_t capacity, const char *text)
{
    size_t size = strlen(text);
    if (size > capacity) {
        fprintf(stderr, "bench: \"%s\" is too long\n", text);
        exit(1);
    }
    memcpy(out, text, size);
    return (uint16_t)size;
}

void serial_set_origin(serial_question *question, const char *origin)
{
    question->origin_size = put(question->origin, sizeof(question->origin), origin);
}

void serial_set_host(serial_question *question, const char *host)
{
    question->host_size = put(question->host, sizeof(question->host), host);
}

/* ---- asking ------------------------------------------------------------------------------ */

void serial_check(const char *name, serial_fn ask, void *what, const serial_trace *trace)
{
    for (uint32_t i = 0; i < trace->count; i++) {
        const serial_question *question = &trace->questions[i];
        if (ask(what, question) == question->wanted)
            continue;
        fprintf(stderr, "%s: wrong answer for \"%.*s\"\n", name, (int)question->origin_size,
                question->origin);
        exit(1);
    }
}

static void run(bench_state *state, void *context)
{
    const subject *s = context;
    const uint32_t mask = s->trace->count - 1;
    uint32_t at = 0;
    while (bench_next(state))
        for (int i = 0; i < BATCH; i++) {
            const serial_question *question = &s->trace->questions[at];
            const char *ahead = (const char *)&s->trace->questions[(at + AHEAD) & mask];
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + 64);
            uint64_t answer = s->ask(s->what, question);
            /* zero more than one, but only the answer tells */
            at = (at + 1 + (uint32_t)(answer ^ question->wanted)) & mask;
            fence();
        }
    bench_keep(at);
    bench_set_items(state, BATCH);
}

static void run_overlapped(bench_state *state, void *context)
{
    const subject *s = context;
    const uint32_t mask = s->trace->count - 1;
    uint32_t at = 0;
    uint64_t sum = 0;
    while (bench_next(state))
        for (int i = 0; i < BATCH; i++) {
            sum += s->ask(s->what, &s->trace->questions[at]);
            at = (at + 1) & mask;
        }
    bench_keep(sum);
    bench_set_items(state, BATCH);
}

static void add(const char *name, bench_fn fn, subject values)
{
    subject *s = malloc(sizeof(*s));
    if (!s)
        abort();
    *s = values;
    bench_add(name, fn, s);
}

void serial_add(const char *name, serial_fn ask, void *what, const serial_trace *trace)
{
    add(name, run, (subject){ask, what, trace});
}

void serial_add_overlapped(const char *name, serial_fn ask, void *what, const serial_trace *trace)
{
    add(name, run_overlapped, (subject){ask, what, trace});
}

/* ---- floors ------------------------------------------------------------------------------ */

/* The answer that is wanted, made to depend on the hash in a way that the compiler cannot see. */
static inline uint64_t after(const serial_question *question, uint64_t value)
{
    uint64_t none = 0;
    __asm__("" : "+r"(none));
    return question->wanted + (value & none);
}

static uint64_t ask_hash(void *context, const serial_question *question)
{
    (void)context;
    return after(question, XXH3_64bits(question->origin, question->origin_size));
}

static uint64_t ask_line(void *context, const serial_question *question)
{
    const floor_subject *f = context;
    uint64_t hash = XXH3_64bits(question->origin, question->origin_size);
    uint64_t line = ((hash >> 32) * f->lines) >> 32;
    uint64_t value;
    memcpy(&value, f->memory + line * 64, sizeof(value));
    return question->wanted + value; /* the memory is zero */
}

void serial_add_floors(const char *name, size_t footprint, const serial_trace *trace)
{
    char full[128];
    floor_subject *f = malloc(sizeof(*f));
    if (!f)
        abort();
    *f = (floor_subject){allocate_lines(footprint + 64), (footprint + 63) / 64};
    snprintf(full, sizeof(full), "%s/F0", name);
    serial_add(full, ask_hash, NULL, trace);
    snprintf(full, sizeof(full), "%s/F1", name);
    serial_add(full, ask_line, f, trace);
}

/* ---- drawing ----------------------------------------------------------------------------- */

static uint64_t draw(void)
{
    static uint64_t state = 7; /* Knuth's MMIX constants; the upper half is used */
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state >> 32;
}

uint32_t serial_pick(uint32_t count)
{
    return (uint32_t)((draw() * count) >> 32);
}

struct serial_zipf {
    uint32_t count;
    double upto[]; /* sum of the weights of ranks 0..i */
};

serial_zipf *serial_zipf_new(uint32_t count)
{
    serial_zipf *zipf = malloc(sizeof(*zipf) + count * sizeof(zipf->upto[0]));
    double sum = 0;
    if (!zipf)
        abort();
    zipf->count = count;
    for (uint32_t i = 0; i < count; i++)
        zipf->upto[i] = sum += 1.0 / (i + 1);
    return zipf;
}

void serial_zipf_free(serial_zipf *zipf)
{
    free(zipf);
}

uint32_t serial_zipf_pick(const serial_zipf *zipf)
{
    double wanted = (double)draw() / 4294967296.0 * zipf->upto[zipf->count - 1];
    uint32_t low = 0, high = zipf->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zipf->upto[middle] > wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
