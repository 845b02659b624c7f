// SPDX-License-Identifier: Apache-2.0
// What the read side of publication costs each decision: pinning the current image beside a plain
// load of the same pointer, and beside other schemes, alone and while a second thread does the same. Each
// is one call of a function that is not inlined.
#include "unit/engine/publish/read_side.h"

#include "bench_report.h"
#include "scheme.h"
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 1024 };

static void run_pin(bench_state *state, void *context)
{
    const world *w = context;
    uint64_t sum = 0;
    while (bench_next(state))
        for (int i = 0; i < BATCH; i++)
            sum += (uintptr_t)read_side_pin(w->reader);
    bench_keep(sum);
    bench_set_items(state, BATCH);
}

static void run_load(bench_state *state, void *context)
{
    const world *w = context;
    uint64_t sum = 0;
    while (bench_next(state))
        for (int i = 0; i < BATCH; i++)
            sum += (uintptr_t)read_side_load(w->engine);
    bench_keep(sum);
    bench_set_items(state, BATCH);
}

typedef struct rivals {
    const scheme *scheme;
    bool together;
} rivals;

static atomic_bool second_stops;

static uint64_t request_many(const scheme *s)
{
    uint64_t sum = 0;
    for (int i = 0; i < BATCH; i++)
        sum += (uintptr_t)s->request();
    return sum;
}

static void enter(const scheme *s)
{
    if (s->enter_thread)
        s->enter_thread();
}

static void leave(const scheme *s)
{
    if (s->leave_thread)
        s->leave_thread();
}

static void *run_second(void *context)
{
    enter(context);
    while (!atomic_load_explicit(&second_stops, memory_order_relaxed))
        bench_keep(request_many(context));
    leave(context);
    return NULL;
}

static void run_scheme(bench_state *state, void *context)
{
    const rivals *r = context;
    pthread_t second;
    enter(r->scheme);
    atomic_store(&second_stops, false);
    if (r->together && pthread_create(&second, NULL, run_second, (void *)r->scheme) != 0)
        abort();
    while (bench_next(state))
        bench_keep(request_many(r->scheme));
    atomic_store(&second_stops, true);
    if (r->together)
        pthread_join(second, NULL);
    leave(r->scheme);
    bench_set_items(state, BATCH);
}

static void scheme_name(char name[64], const rivals *r)
{
    snprintf(name, 64, "%s%s", r->scheme->name, r->together ? "/two-threads" : "");
}

static void add_schemes(rivals *all)
{
    for (size_t i = 0; i < 2 * scheme_count; i++) {
        char name[64];
        all[i] = (rivals){&schemes[i / 2], i % 2 == 1};
        scheme_name(name, &all[i]);
        bench_add(name, run_scheme, &all[i]);
    }
}

static void compare_schemes(const rivals *all)
{
    bench_title("Other schemes against the pin");
    for (size_t i = 0; i < 2 * scheme_count; i++) {
        char name[64];
        scheme_name(name, &all[i]);
        bench_ratio(name, "pin", 0);
    }
}

int main(int argc, char **argv)
{
    world *w = world_new(WORLD_EXACT, 10);
    if (!read_side_pin(w->reader) || read_side_pin(w->reader) != read_side_load(w->engine)) {
        fprintf(stderr, "bench_publish: the pin is not the current image\n");
        return 1;
    }
    bench_add("pin", run_pin, w);
    bench_add("plain-load", run_load, w);
    rivals *all = calloc(2 * scheme_count, sizeof(*all));
    if (!all)
        abort();
    schemes_publish(w);
    add_schemes(all);
    int result = bench_run(argc, argv);
    bench_title("The read side of publication");
    bench_ratio("pin", "plain-load", 0);
    compare_schemes(all);
    free(all);
    world_free(w);
    return result;
}
