// SPDX-License-Identifier: Apache-2.0
// Readers decide without pause while writers publish two alternating policies, readers come and go,
// and some let go of their image. Every answer must belong wholly to one revision, none may be
// lost, and at the end no image may be left over. Meanwhile somebody reads the counters, which may
// only grow and must at the end be exactly the decisions made, and a shadow comes and goes.
// Guarantees A to I of docs/threading.md.
//
//   torture_publish [--seconds N] [--readers N] [--writers N]
#include "corsac/compile.h"
#include "corsac/counters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_THREADS = 64 };

typedef struct torture {
    corsac_engine *engine;
    corsac_str images[2]; /* even: allows "even" with max-age 2; odd: allows "odd" with max-age 3 */
    atomic_bool stop;
    atomic_ullong decisions, publications, wrong, readers_made, scrapes, shadowed;
} torture;

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "torture_publish: %s\n", what);
    exit(1);
}

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static corsac_blob *compile(const char *origin, int max_age_seconds)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml),
             "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: v, namespace: ns}\n"
             "spec:\n  hosts: [a.com]\n  gateways: [g]\n  http:\n"
             "  - match: [{uri: {prefix: /}, headers: {user-agent: {prefix: m}}}]\n"
             "    route: [{destination: {host: x}}]\n"
             "    corsPolicy: {allowOrigins: [{exact: %s}, {regex: \"%s[0-9]{1,40}(a|bc)+\"}],\n"
             "      maxAge: %ds, unmatchedPreflights: IGNORE}\n",
             origin, origin, max_age_seconds);
    corsac_input input = {str("torture.yaml"), str(yaml)};
    corsac_diagnostics *diagnostics;
    corsac_blob *blob;
    require(corsac_diagnostics_new(&diagnostics) == CORSAC_OK, "out of memory");
    require(corsac_compile(&blob, &input, 1, NULL, diagnostics, NULL) == CORSAC_OK, "no compile");
    corsac_diagnostics_free(diagnostics);
    return blob;
}

/* ---- readers ------------------------------------------------------------------------------ */

static bool is(corsac_str text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

/* The origin's verdict tells the revision, max-age must agree with it. */
static bool is_whole(const corsac_decision *d)
{
    if (d->outcome == CORSAC_OUTCOME_PREFLIGHT_ALLOWED)
        return d->set_count == 2 && is(d->set[1].value, "2");
    return d->outcome == CORSAC_OUTCOME_PREFLIGHT_DENIED && d->set_count == 1 &&
           is(d->set[0].value, "3");
}

static void ask(torture *t, corsac_reader *reader, uint64_t count)
{
    const corsac_header line = {{"user-agent", 10}, {"moz", 3}};
    corsac_request request = {.struct_size = sizeof(request),
                              .header_count = 1,
                              .method = {"OPTIONS", 7},
                              .authority = {"a.com", 5},
                              .path = {"/", 1},
                              .request_method = {"GET", 3},
                              .headers = &line};
    for (uint64_t i = 0; i < count; i++) {
        corsac_decision decision;
        request.origin = str(i & 1 ? "even" : "even12345abcbca");
        if (corsac_evaluate(&decision, reader, &request) != CORSAC_OK || !is_whole(&decision))
            atomic_fetch_add(&t->wrong, 1);
    }
    atomic_fetch_add(&t->decisions, count);
}

static void *read_until_stopped(void *argument)
{
    torture *t = argument;
    unsigned rounds = 0;
    while (!atomic_load(&t->stop)) {
        corsac_reader *reader;
        require(corsac_reader_new(&reader, t->engine) == CORSAC_OK, "no reader");
        atomic_fetch_add(&t->readers_made, 1);
        for (int i = 0; i < 64 && !atomic_load(&t->stop); i++) {
            ask(t, reader, 1 + rounds % 257);
            if (++rounds % 5 == 0)
                corsac_reader_release(reader);
        }
        corsac_reader_free(reader);
    }
    return NULL;
}

/* ---- writers ------------------------------------------------------------------------------ */

static void publish(torture *t, unsigned revision)
{
    corsac_image *image;
    corsac_str bytes = t->images[revision & 1];
    require(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL) == CORSAC_OK, "no image");
    require(corsac_engine_publish(t->engine, image) == CORSAC_OK, "no publish");
    atomic_fetch_add(&t->publications, 1);
}

/* The other policy beside the current one, or none; now and then. */
static void publish_shadow(torture *t, unsigned revision)
{
    corsac_image *image = NULL;
    corsac_str bytes = t->images[revision & 1];
    if (revision % 2 == 0)
        require(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL) == CORSAC_OK,
                "no shadow image");
    require(corsac_engine_publish_shadow(t->engine, image) == CORSAC_OK, "no shadow");
}

static void *publish_until_stopped(void *argument)
{
    torture *t = argument;
    const struct timespec pause = {0, 100000};
    for (unsigned revision = 1; !atomic_load(&t->stop); revision++) {
        publish(t, revision);
        (void)corsac_engine_retired_count(t->engine);
        if (revision % 7 == 0)
            publish_shadow(t, revision / 7);
        if (revision % 3 == 0)
            nanosleep(&pause, NULL);
    }
    return NULL;
}

/* ---- counters ----------------------------------------------------------------------------- */

static void drop(void *context, const char *text, size_t size_bytes)
{
    (void)text;
    *(size_t *)context += size_bytes;
}

/* Every request is a preflight of the one policy. */
static uint64_t counted(torture *t)
{
    corsac_counters *counters;
    corsac_policy_counts counts = {.preflights = 0};
    size_t written = 0;
    require(corsac_counters_new(&counters, t->engine) == CORSAC_OK, "no counters");
    require(corsac_counters_policy_count(counters) == 1, "not one policy");
    (void)corsac_counters_policy(counters, 0, &counts);
    require(counts.preflights == counts.outcomes[CORSAC_OUTCOME_PREFLIGHT_ALLOWED] +
                                     counts.outcomes[CORSAC_OUTCOME_PREFLIGHT_DENIED],
            "another outcome was counted");
    for (uint32_t i = 0; i < CORSAC_OUTCOME_COUNT; i++)
        for (uint32_t j = 0; j < CORSAC_OUTCOME_COUNT; j++)
            atomic_fetch_add(&t->shadowed, corsac_counters_shadow(counters, i, j) > 0);
    require(corsac_counters_write(counters, drop, &written) == CORSAC_OK && written > 0, "no text");
    corsac_counters_free(counters);
    return counts.preflights;
}

static void *scrape_until_stopped(void *argument)
{
    torture *t = argument;
    const struct timespec pause = {0, 300000};
    for (uint64_t before = 0, now; !atomic_load(&t->stop); before = now) {
        now = counted(t);
        if (now < before)
            atomic_fetch_add(&t->wrong, 1);
        atomic_fetch_add(&t->scrapes, 1);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static unsigned option(int argc, char **argv, const char *name, unsigned fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return (unsigned)strtoul(argv[i + 1], NULL, 10);
    return fallback;
}

int main(int argc, char **argv)
{
    static torture t;
    unsigned seconds = option(argc, argv, "--seconds", 2);
    unsigned readers = option(argc, argv, "--readers", 3);
    unsigned writers = option(argc, argv, "--writers", 2);
    pthread_t threads[MAX_THREADS];
    corsac_blob *blobs[2] = {compile("even", 2), compile("odd", 3)};
    const corsac_engine_options options = {.struct_size = sizeof(options),
                                           .flags = CORSAC_ENGINE_COUNTERS};
    require(readers + writers < MAX_THREADS, "too many threads");
    t.images[0] = corsac_blob_bytes(blobs[0]);
    t.images[1] = corsac_blob_bytes(blobs[1]);
    require(corsac_engine_new(&t.engine, &options) == CORSAC_OK, "no engine");
    publish(&t, 0);
    for (unsigned i = 0; i < readers + writers; i++)
        require(pthread_create(&threads[i], NULL,
                               i < readers ? read_until_stopped : publish_until_stopped, &t) == 0,
                "no thread");
    require(pthread_create(&threads[readers + writers], NULL, scrape_until_stopped, &t) == 0,
            "no thread");
    nanosleep(&(struct timespec){seconds, 0}, NULL);
    atomic_store(&t.stop, true);
    for (unsigned i = 0; i <= readers + writers; i++)
        pthread_join(threads[i], NULL);
    uint32_t left = corsac_engine_retired_count(t.engine);
    uint64_t sum = counted(&t);
    corsac_engine_free(t.engine);
    corsac_blob_free(blobs[0]);
    corsac_blob_free(blobs[1]);
    printf("%llu decisions, %llu publications, %llu readers, %llu wrong, %u images left over\n",
           atomic_load(&t.decisions), atomic_load(&t.publications), atomic_load(&t.readers_made),
           atomic_load(&t.wrong), left);
    printf("%llu counted, %llu scrapes, %s\n", (unsigned long long)sum, atomic_load(&t.scrapes),
           atomic_load(&t.shadowed) ? "a shadow was compared" : "no shadow was compared");
    return atomic_load(&t.wrong) == 0 && left == 0 && sum == atomic_load(&t.decisions) &&
                   atomic_load(&t.shadowed) > 0
               ? 0
               : 1;
}
