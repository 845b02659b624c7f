// SPDX-License-Identifier: Apache-2.0
// What the read side of publication costs each decision: pinning the current image beside a plain
// load of the same pointer. Both are one call of a function that is not inlined.
#include "unit/engine/publish/read_side.h"

#include "bench_report.h"
#include "world.h"

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

int main(int argc, char **argv)
{
    world *w = world_new(WORLD_EXACT, 10);
    if (!read_side_pin(w->reader) || read_side_pin(w->reader) != read_side_load(w->engine)) {
        fprintf(stderr, "bench_publish: the pin is not the current image\n");
        return 1;
    }
    bench_add("pin", run_pin, w);
    bench_add("plain-load", run_load, w);
    int result = bench_run(argc, argv);
    bench_title("The read side of publication");
    bench_ratio("pin", "plain-load", 0);
    world_free(w);
    return result;
}
