// SPDX-License-Identifier: Apache-2.0
// Other tenants while one attacks: a thread serves them without pause, another compiles and publishes the
// attacker's policies and sends his requests. Every answer must stay right. Times are those of the clock on the
// wall, so that waiting for a lock would show.
#include "attack/attack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 200000, ATTACKS = 6 };
#define MOST_WAIT_SECONDS 1.0 /* the scheduler of a busy machine takes its share of this */

typedef struct victim {
    corsac_engine *engine;
    double *samples; /* of all requests since the thread began, the last SAMPLES */
    double slowest;
    size_t count, wrong;
    _Atomic(int) stop;
} victim;

static double now_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *serve(void *context)
{
    victim *v = context;
    corsac_reader *reader = NULL;
    if (corsac_reader_new(&reader, v->engine) != CORSAC_OK)
        abort();
    const corsac_request request = {.struct_size = sizeof request,
                                    .gateway = {"t/g", 3},
                                    .authority = {"victim.test", 11},
                                    .path = {"/", 1},
                                    .origin = {"https://x.a.test", 16}};
    while (!atomic_load(&v->stop) || v->count < SAMPLES) {
        corsac_decision decision;
        double begin = now_seconds();
        corsac_status status = corsac_evaluate(&decision, reader, &request);
        double took = now_seconds() - begin;
        v->slowest = took > v->slowest ? took : v->slowest;
        v->samples[v->count++ % SAMPLES] = took;
        v->wrong += status != CORSAC_OK || decision.outcome != CORSAC_OUTCOME_ALLOWED;
    }
    corsac_reader_free(reader);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void read_times(victim *v, double *median, double *p99)
{
    qsort(v->samples, SAMPLES, sizeof *v->samples, compare);
    *median = v->samples[SAMPLES / 2];
    *p99 = v->samples[SAMPLES / 100 * 99];
}

static corsac_image *compile_attack(int round)
{
    static const char *const patterns[] = {"(a|b)*a(a|b){200}",         "(?:a?){1000}(?:a){1000}",
                                           "([a-z]{1,30}\\.){1,30}com", ".*(a|b).*(c|d).*(e|f).*",
                                           "(?:\\b|a){1000}",           "*.broken.com"};
    attack_text texts[2] = {{0}, {0}};
    attack_service(&texts[0], "victim", "victim.test",
                   "  - route: [{destination: {host: a}}]\n    corsPolicy: {allowOrigins: [{regex: "
                   "'https://[a-z]+\\.a\\.test'}]}\n");
    attack_service(&texts[1], "attacker", "attacker.test", "");
    attack_add(
        &texts[1],
        "  - route: [{destination: {host: a}}]\n    corsPolicy: {allowOrigins: [{regex: '%s'}]}\n",
        patterns[round % ATTACKS]);
    corsac_blob *blob = attack_compile(texts, 2, NULL, NULL);
    corsac_image *image = NULL;
    corsac_str bytes = corsac_blob_bytes(blob);
    if (corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL) != CORSAC_OK)
        abort();
    corsac_blob_free(blob);
    attack_clear(&texts[0]);
    attack_clear(&texts[1]);
    return image;
}

/* Bombs as policies and as origins, until the victim has been watched long enough. */
static void attack(corsac_engine *engine, const victim *v, size_t until)
{
    static char origin[8192];
    corsac_reader *reader = NULL;
    memset(origin, 'a', sizeof origin);
    if (corsac_reader_new(&reader, engine) != CORSAC_OK)
        abort();
    for (int round = 0; round < ATTACKS || *(volatile const size_t *)&v->count < until; round++) {
        corsac_decision decision;
        const corsac_request request = {.struct_size = sizeof request,
                                        .gateway = {"t/g", 3},
                                        .authority = {"attacker.test", 13},
                                        .path = {"/", 1},
                                        .origin = {origin, sizeof origin}};
        if (corsac_engine_publish(engine, compile_attack(round)) != CORSAC_OK)
            abort();
        corsac_evaluate(&decision, reader, &request);
    }
    corsac_reader_free(reader);
}

void attack_neighbours(void)
{
    double quiet_median = 0, quiet_p99 = 0, median = 0, p99 = 0;
    for (int attacked = 0; attacked < 2; attacked++) {
        const char *when = attacked ? "while one attacks" : "in peace";
        pthread_t thread;
        victim v = {.samples = calloc(SAMPLES, sizeof(double))};
        if (!v.samples || corsac_engine_new(&v.engine, NULL) != CORSAC_OK ||
            corsac_engine_publish(v.engine, compile_attack(0)) != CORSAC_OK)
            abort();
        if (pthread_create(&thread, NULL, serve, &v) != 0)
            abort();
        if (attacked)
            attack(v.engine, &v, 2 * SAMPLES);
        atomic_store(&v.stop, 1);
        pthread_join(thread, NULL);
        read_times(&v, attacked ? &median : &quiet_median, attacked ? &p99 : &quiet_p99);
        attack_claim(v.wrong == 0, "requests of another tenant %s: %zu, %zu wrong", when, v.count,
                     v.wrong);
        attack_claim(v.slowest <= MOST_WAIT_SECONDS, "slowest of them %s: %.3f ms (budget %.0f)",
                     when, v.slowest * 1e3, MOST_WAIT_SECONDS * 1e3);
        free(v.samples);
        corsac_engine_free(v.engine);
    }
    attack_claim(median <= 3 * quiet_median,
                 "another tenant's request under attack: median %.0f ns (in peace %.0f), "
                 "p99 %.0f ns (%.0f), the clock's 2 calls included",
                 median * 1e9, quiet_median * 1e9, p99 * 1e9, quiet_p99 * 1e9);
}
