// SPDX-License-Identifier: Apache-2.0
// What threads do to each other, in interleaved rounds of one process:
//   threads/two-over-one       decisions per second of two threads together against one alone
//   publish/busy-over-quiet    median time of a decision while another thread opens and publishes
//                              an image 10 times a second, against rounds without it
// Rates are per second of each thread's CPU time, so that a neighbour of the machine does not
// pass for a cost of ours; ".../wall" shows the same by the clock on the wall.
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    TRACE = 65536,
    CHUNK = 256,      /* decisions between two looks at the clock */
    CHUNKS = 1 << 16, /* samples kept per round */
    ROUND_MS = 100,   /* of one thread, and of two */
    PUBLISH_ROUND_MS = 500,
    PUBLISH_EVERY_MS = 100,
    ROUNDS = 15,
    BRIEF_ROUNDS = 2
};

typedef struct worker {
    world *world;
    corsac_reader *reader;
    const serial_trace *trace;
    pthread_barrier_t *start;
    double per_cpu_second, per_second;
    uint64_t *chunk_ns; /* NULL: not wanted */
    uint32_t chunk_count;
    int milliseconds;
    uint32_t wrong;
} worker;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_threads: %s\n", what);
    exit(1);
}

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), ascending);
    return values[count / 2];
}

/* ---- one thread -------------------------------------------------------------------------- */

static uint32_t decide_chunk(const worker *w, corsac_request requests[2], uint32_t at)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < CHUNK; i++) {
        const serial_question *question = &w->trace->questions[(at + i) % TRACE];
        corsac_request *request = &requests[question->number];
        corsac_decision decision;
        world_fill_request(request, question);
        (void)corsac_evaluate(&decision, w->reader, request);
        wrong |= decision.outcome ^ (uint32_t)question->wanted;
    }
    return wrong;
}

static void *work(void *argument)
{
    worker *w = argument;
    corsac_request requests[2] = {w->world->requests[0], w->world->requests[1]};
    uint32_t at = 0;
    uint64_t decisions = 0;
    w->chunk_count = 0;
    if (w->start)
        pthread_barrier_wait(w->start);
    uint64_t cpu = now(CLOCK_THREAD_CPUTIME_ID), begin = now(CLOCK_MONOTONIC), last = begin;
    const uint64_t end = begin + (uint64_t)w->milliseconds * 1000000u;
    while (last < end) {
        w->wrong |= decide_chunk(w, requests, at);
        at = (at + CHUNK) % TRACE;
        decisions += CHUNK;
        uint64_t time = now(CLOCK_MONOTONIC);
        if (w->chunk_ns && w->chunk_count < CHUNKS)
            w->chunk_ns[w->chunk_count++] = time - last;
        last = time;
    }
    cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    w->per_cpu_second = (double)decisions / (double)cpu * 1e9;
    w->per_second = (double)decisions / (double)(last - begin) * 1e9;
    require(w->wrong == 0, "a wrong answer");
    return NULL;
}

static worker make_worker(world *w, const serial_trace *trace)
{
    worker one = {.world = w, .trace = trace};
    require(corsac_reader_new(&one.reader, w->engine) == CORSAC_OK, "no reader");
    return one;
}

/* ---- two threads ------------------------------------------------------------------------- */

static void run_together(worker workers[2])
{
    pthread_barrier_t start;
    pthread_t thread;
    require(pthread_barrier_init(&start, NULL, 2) == 0, "no barrier");
    workers[0].start = workers[1].start = &start;
    require(pthread_create(&thread, NULL, work, &workers[1]) == 0, "no thread");
    work(&workers[0]);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&start);
    workers[0].start = workers[1].start = NULL;
}

static void measure_two(world *w, const serial_trace *trace, int rounds)
{
    worker workers[2] = {make_worker(w, trace), make_worker(w, trace)};
    double by_cpu[ROUNDS], by_wall[ROUNDS];
    workers[0].milliseconds = workers[1].milliseconds = ROUND_MS;
    for (int r = 0; r < rounds; r++) {
        worker *alone = &workers[r % 2];
        work(alone);
        double cpu = alone->per_cpu_second, wall = alone->per_second;
        run_together(workers);
        by_cpu[r] = (workers[0].per_cpu_second + workers[1].per_cpu_second) / cpu;
        by_wall[r] = (workers[0].per_second + workers[1].per_second) / wall;
    }
    bench_figure("threads/two-over-one", median(by_cpu, (size_t)rounds));
    bench_figure("threads/two-over-one/wall", median(by_wall, (size_t)rounds));
    corsac_reader_free(workers[0].reader);
    corsac_reader_free(workers[1].reader);
}

/* ---- publishing -------------------------------------------------------------------------- */

typedef struct writer {
    const world *world;
    atomic_bool stop;
    uint32_t published;
} writer;

static void *publish(void *argument)
{
    writer *w = argument;
    const struct timespec pause = {0, PUBLISH_EVERY_MS * 1000000L};
    while (!atomic_load(&w->stop)) {
        require(corsac_engine_publish(w->world->engine, world_open_image(w->world)) == CORSAC_OK,
                "publish fails");
        w->published++;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static double median_chunk(worker *w)
{
    static double values[CHUNKS];
    work(w);
    for (uint32_t i = 0; i < w->chunk_count; i++)
        values[i] = (double)w->chunk_ns[i];
    return median(values, w->chunk_count);
}

static void measure_publishing(world *w, const serial_trace *trace, int rounds)
{
    worker one = make_worker(w, trace);
    double ratios[ROUNDS];
    uint32_t published = 0;
    one.chunk_ns = malloc(CHUNKS * sizeof(*one.chunk_ns));
    require(one.chunk_ns != NULL, "no memory");
    one.milliseconds = PUBLISH_ROUND_MS;
    for (int r = 0; r < rounds; r++) {
        pthread_t thread;
        writer other = {.world = w};
        double quiet = median_chunk(&one);
        require(pthread_create(&thread, NULL, publish, &other) == 0, "no thread");
        ratios[r] = median_chunk(&one) / quiet;
        atomic_store(&other.stop, true);
        pthread_join(thread, NULL);
        published += other.published;
    }
    bench_figure("publish/busy-over-quiet", median(ratios, (size_t)rounds));
    bench_figure("publish/images-published", published);
    free(one.chunk_ns);
    corsac_reader_free(one.reader);
}

int main(int argc, char **argv)
{
    const int rounds = bench_brief(argc, argv) ? BRIEF_ROUNDS : ROUNDS;
    world *w = world_new(WORLD_MIXED, 1000);
    serial_trace *trace = world_trace(w, WORLD_TRACE, true, TRACE);
    serial_check("bench_threads", world_ask_outcome, w, trace);
    measure_two(w, trace, rounds);
    measure_publishing(w, trace, rounds);
    int result = bench_run(argc, argv);
    world_free(w);
    return result;
}
