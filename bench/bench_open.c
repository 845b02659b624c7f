// SPDX-License-Identifier: Apache-2.0
// Opening an image of 10,000 tenants beside XXH3 over the same bytes: a copy verified without Hyperscan's
// databases ("open", what a process does that does not trust the file), with them ("open-trusted"), a
// sealed memory file mapped and verified ("open-mapped"), and all up to the first answer of a new engine
// ("open-first-answer"). "first-answer" is what remains of that once the image is open, by the clock on
// the wall.
#define _GNU_SOURCE // memory files
#include "bench_report.h"
#include "wide_hash.h"
#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct subject {
    world *world;
    const serial_trace *trace;
    uint32_t flags;
    int file; /* sealed; -1: none */
} subject;

enum { FIRST_ANSWERS = 31 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_open: %s\n", what);
    exit(1);
}

static corsac_image *open_image(const subject *s)
{
    corsac_image *image;
    const corsac_image_options options = {.struct_size = sizeof(options), .flags = s->flags};
    require(corsac_image_open(&image, s->world->image, s->world->image_bytes, &options, NULL) ==
                CORSAC_OK,
            "the image does not open");
    return image;
}

/* The bytes in a file that nobody can change any more. */
static int seal(const world *w)
{
    int file = memfd_create("bench", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    require(file >= 0 && write(file, w->image, w->image_bytes) == (ssize_t)w->image_bytes &&
                fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0,
            "no sealed memory file");
    return file;
}

static corsac_image *map_image(const subject *s)
{
    corsac_image *image;
    require(corsac_image_open_fd(&image, s->file, NULL, NULL) == CORSAC_OK,
            "the memory file does not open");
    return image;
}

static void run_hash(bench_state *state, void *context)
{
    const subject *s = context;
    uint64_t sum = 0;
    while (bench_next(state))
        sum += XXH3_64bits(s->world->image, s->world->image_bytes);
    bench_keep(sum);
    bench_set_items(state, 1);
}

/* As the engine takes its checksums. */
static void run_wide_hash(bench_state *state, void *context)
{
    const subject *s = context;
    uint64_t sum = 0;
    while (bench_next(state))
        sum += wide_hash(s->world->image, s->world->image_bytes);
    bench_keep(sum);
    bench_set_items(state, 1);
}

static bool has_wide_hash(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

static void run_open(bench_state *state, void *context)
{
    while (bench_next(state))
        corsac_image_free(open_image(context));
    bench_set_items(state, 1);
}

static void run_open_mapped(bench_state *state, void *context)
{
    while (bench_next(state))
        corsac_image_free(map_image(context));
    bench_set_items(state, 1);
}

/* Publishes the image, which it takes over, and asks one question; nanoseconds until the answer. */
static double answer_first(const subject *s, corsac_image *image)
{
    world fresh = *s->world;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    require(corsac_engine_new(&fresh.engine, NULL) == CORSAC_OK &&
                corsac_engine_publish(fresh.engine, image) == CORSAC_OK &&
                corsac_reader_new(&fresh.reader, fresh.engine) == CORSAC_OK,
            "no engine");
    uint64_t outcome = world_ask_outcome(&fresh, s->trace->questions);
    clock_gettime(CLOCK_MONOTONIC, &end);
    require(outcome == s->trace->questions->wanted, "a wrong answer");
    corsac_reader_free(fresh.reader);
    corsac_engine_free(fresh.engine);
    return (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
}

static void run_first_answer(bench_state *state, void *context)
{
    while (bench_next(state))
        (void)answer_first(context, open_image(context));
    bench_set_items(state, 1);
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Of a trusted image, so that databases are there to be used. */
static void measure_first_answer(const char *kind, const subject *trusted)
{
    double nanoseconds[FIRST_ANSWERS];
    char name[64];
    for (int i = 0; i < FIRST_ANSWERS; i++)
        nanoseconds[i] = answer_first(trusted, open_image(trusted));
    qsort(nanoseconds, FIRST_ANSWERS, sizeof(*nanoseconds), ascending);
    snprintf(name, sizeof(name), "%s/first-answer", kind);
    bench_figure(name, nanoseconds[FIRST_ANSWERS / 2]);
    snprintf(name, sizeof(name), "%s/first-answer-slowest", kind);
    bench_figure(name, nanoseconds[FIRST_ANSWERS - 1]);
}

static void add(const char *kind, const char *what, bench_fn fn, const subject *s)
{
    char name[64];
    snprintf(name, sizeof(name), "%s/%s", kind, what);
    bench_add(name, fn, (void *)s);
}

static void add_world(world_kind kind, uint32_t tenants)
{
    const char *name = world_kind_name(kind);
    world *w = world_new(kind, tenants);
    const serial_trace *trace = world_trace(w, WORLD_ALLOWED, true, 1);
    subject *plain = malloc(sizeof(*plain)), *trusted = malloc(sizeof(*trusted));
    if (!plain || !trusted)
        abort();
    *plain = (subject){w, trace, 0, seal(w)};
    *trusted = (subject){w, trace, CORSAC_IMAGE_TRUSTED, -1};
    add(name, "hash", run_hash, plain);
    if (has_wide_hash())
        add(name, "hash-avx2", run_wide_hash, plain);
    add(name, "open", run_open, plain);
    add(name, "open-trusted", run_open, trusted);
    add(name, "open-mapped", run_open_mapped, plain);
    add(name, "open-first-answer", run_first_answer, plain);
    measure_first_answer(name, trusted);
}

int main(int argc, char **argv)
{
    static const world_kind kinds[] = {WORLD_EXACT, WORLD_MIXED, WORLD_REGEX};
    const uint32_t tenants = bench_brief(argc, argv) ? 100 : 10000;
    for (int i = 0; i < 3; i++)
        add_world(kinds[i], tenants);
    int result = bench_run(argc, argv);
    bench_title("Opening an image, against XXH3 over its bytes");
    for (int i = 0; i < 3; i++) {
        static const char *const whats[] = {"open", "open-trusted", "open-mapped",
                                            "open-first-answer"};
        for (int k = 0; k < 4; k++) {
            char name[64], base[64];
            snprintf(name, sizeof(name), "%s/%s", world_kind_name(kinds[i]), whats[k]);
            snprintf(base, sizeof(base), "%s/hash", world_kind_name(kinds[i]));
            bench_ratio(name, base, k == 0 ? 5 : 0);
            snprintf(base, sizeof(base), "%s/hash-avx2", world_kind_name(kinds[i]));
            bench_ratio(name, base, 0);
        }
    }
    return result;
}
