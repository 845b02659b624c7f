// SPDX-License-Identifier: Apache-2.0
// How long single decisions take, each timed by itself and less the cost of reading the clock:
// latency/KIND/TENANTS/p50, p99, p99.9 and max, in nanoseconds. The highest ones are the machine's:
// interrupts and neighbours, not the engine, which takes no lock and enters no kernel.
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TRACE = 65536, ROUNDS = 16, SAMPLES = TRACE * ROUNDS };

typedef struct case_of {
    world_kind kind;
    uint32_t tenants;
} case_of;

static const case_of cases[] = {
    {WORLD_MIXED, 1000}, {WORLD_MIXED, 10000}, {WORLD_EXACT, 100000}, {WORLD_REGEX, 1000}};

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static uint64_t clock_cost(uint64_t *samples)
{
    for (int i = 0; i < TRACE; i++) {
        uint64_t start = now();
        samples[i] = now() - start;
    }
    qsort(samples, TRACE, sizeof(*samples), ascending);
    return samples[TRACE / 2];
}

static void put(const world *w, const char *what, uint64_t nanoseconds)
{
    char name[96];
    snprintf(name, sizeof(name), "latency/%s/%u/%s", world_kind_name(w->kind), w->tenants, what);
    bench_figure(name, (double)nanoseconds);
}

static void measure(const case_of *c, uint64_t *samples)
{
    world *w = world_new(c->kind, c->tenants);
    serial_trace *trace = world_trace(w, WORLD_TRACE, true, TRACE);
    serial_check("bench_latency", world_ask_outcome, w, trace);
    const uint64_t cost = clock_cost(samples);
    for (int i = 0; i < SAMPLES; i++) {
        const serial_question *question = &trace->questions[i % TRACE];
        uint64_t start = now();
        bench_keep(world_ask_outcome(w, question));
        uint64_t took = now() - start;
        samples[i] = took > cost ? took - cost : 0;
    }
    qsort(samples, SAMPLES, sizeof(*samples), ascending);
    put(w, "p50", samples[SAMPLES / 2]);
    put(w, "p99", samples[SAMPLES / 100 * 99]);
    put(w, "p99.9", samples[SAMPLES / 1000 * 999]);
    put(w, "max", samples[SAMPLES - 1]);
    world_free(w);
}

int main(int argc, char **argv)
{
    const int count = bench_brief(argc, argv) ? 1 : (int)(sizeof(cases) / sizeof(cases[0]));
    uint64_t *samples = malloc(SAMPLES * sizeof(*samples));
    if (!samples)
        abort();
    for (int i = 0; i < count; i++)
        measure(&cases[i], samples);
    free(samples);
    return bench_run(argc, argv);
}
