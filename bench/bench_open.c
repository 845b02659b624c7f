// SPDX-License-Identifier: Apache-2.0
// Opening an image of 10,000 tenants beside XXH3 over the same bytes: verified without Hyperscan's
// databases ("open", what a process does that does not trust the file), with them ("open-trusted"),
// and up to the first answer of a new engine ("open-first-answer").
#include "bench_report.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct subject {
    world *world;
    const serial_trace *trace;
    uint32_t flags;
} subject;

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

static void run_hash(bench_state *state, void *context)
{
    const subject *s = context;
    uint64_t sum = 0;
    while (bench_next(state))
        sum += XXH3_64bits(s->world->image, s->world->image_bytes);
    bench_keep(sum);
    bench_set_items(state, 1);
}

static void run_open(bench_state *state, void *context)
{
    while (bench_next(state))
        corsac_image_free(open_image(context));
    bench_set_items(state, 1);
}

static void run_first_answer(bench_state *state, void *context)
{
    const subject *s = context;
    uint32_t wrong = 0;
    while (bench_next(state)) {
        world fresh = *s->world;
        require(corsac_engine_new(&fresh.engine, NULL) == CORSAC_OK &&
                    corsac_engine_publish(fresh.engine, open_image(s)) == CORSAC_OK &&
                    corsac_reader_new(&fresh.reader, fresh.engine) == CORSAC_OK,
                "no engine");
        wrong |= world_ask_outcome(&fresh, s->trace->questions) != s->trace->questions->wanted;
        corsac_reader_free(fresh.reader);
        corsac_engine_free(fresh.engine);
    }
    require(!wrong, "a wrong answer");
    bench_set_items(state, 1);
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
    *plain = (subject){w, trace, 0};
    *trusted = (subject){w, trace, CORSAC_IMAGE_TRUSTED};
    add(name, "hash", run_hash, plain);
    add(name, "open", run_open, plain);
    add(name, "open-trusted", run_open, trusted);
    add(name, "open-first-answer", run_first_answer, plain);
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
        static const char *const whats[] = {"open", "open-trusted", "open-first-answer"};
        for (int k = 0; k < 3; k++) {
            char name[64], base[64];
            snprintf(name, sizeof(name), "%s/%s", world_kind_name(kinds[i]), whats[k]);
            snprintf(base, sizeof(base), "%s/hash", world_kind_name(kinds[i]));
            bench_ratio(name, base, k == 0 ? 5 : 0);
        }
    }
    return result;
}
