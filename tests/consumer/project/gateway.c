// SPDX-License-Identifier: Apache-2.0
// A gateway that loads images: the functions printed in docs/embedding.md, two workers, reloads
// meanwhile. Expectations are datasets/bookinfo's, which are what Istio's documentation says.
//
//   gateway IMAGE
#include "exchange.h"

#include <pthread.h>

#include "embedding.inc"

#define ALLOW_ORIGIN "access-control-allow-origin=http://203.0.113.10"

static const struct exchange bookinfo[] = {
    {"GET", "/details/0", "http://203.0.113.10", NULL, "forward " ALLOW_ORIGIN, ""},
    {"GET", "/details/0", "http://198.51.100.7", NULL, "forward", ""},
    {"GET", "/details/0", NULL, NULL, "forward", ""},
    {"OPTIONS", "/details/0", "http://203.0.113.10", "POST",
     "reply 200 " ALLOW_ORIGIN
     " access-control-allow-methods=POST,GET access-control-max-age=86400",
     ""},
};

enum { WORKERS = 2, ROUNDS = 20000, RELOADS = 50 };

struct worker {
    pthread_t thread;
    corsac_engine *engine;
    struct exchange items[sizeof(bookinfo) / sizeof(bookinfo[0])];
    struct exchange_queue queue;
    int result;
};

static void *run(void *context)
{
    struct worker *worker = context;
    worker->result = gateway_work(worker->engine, &worker->queue);
    return NULL;
}

static int start(struct worker *worker, corsac_engine *engine)
{
    worker->engine = engine;
    memcpy(worker->items, bookinfo, sizeof(bookinfo));
    worker->queue = (struct exchange_queue){worker->items, sizeof(bookinfo) / sizeof(bookinfo[0]),
                                            0, ROUNDS, 0};
    return pthread_create(&worker->thread, NULL, run, worker);
}

struct response {
    char text[4096];
    size_t size;
};

static void write_response(void *context, const char *text, size_t size_bytes)
{
    struct response *response = context;
    if (size_bytes >= sizeof(response->text) - response->size)
        return;
    memcpy(response->text + response->size, text, size_bytes);
    response->size += size_bytes;
}

/* Of each round two requests have a valid origin and one an invalid one. */
static int counts_are_right(corsac_engine *engine)
{
    struct response response = {{0}, 0};
    char wanted[256];
    snprintf(
        wanted, sizeof(wanted),
        "corsac_origin_valid_total{owner=\"default/details\",path=\"spec.http[0].corsPolicy\"} "
        "%d\n",
        2 * WORKERS * ROUNDS);
    return gateway_metrics(engine, write_response, &response) == 0 &&
           strstr(response.text, wanted) != NULL;
}

int main(int argc, char **argv)
{
    corsac_engine *engine;
    const corsac_engine_options options = {.struct_size = sizeof(options),
                                           .flags = CORSAC_ENGINE_COUNTERS};
    if (argc != 2 || corsac_engine_new(&engine, &options) != CORSAC_OK ||
        gateway_reload(engine, argv[1]) != 0)
        return 2;
    struct worker workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        if (start(&workers[i], engine) != 0)
            return 2;
    int failures = gateway_reload(engine, "/nonexistent") == 0;
    for (int i = 0; i < RELOADS; i++)
        failures += gateway_reload(engine, argv[1]) != 0;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        failures += workers[i].result != 0 || workers[i].queue.wrong != 0 ||
                    workers[i].queue.next != (size_t)ROUNDS * workers[i].queue.count;
    }
    failures += corsac_engine_retired_count(engine) != 0;
    failures += !counts_are_right(engine);
    corsac_engine_free(engine);
    printf("gateway: %d workers, %d reloads, %d failures\n", WORKERS, RELOADS, failures);
    return failures != 0;
}
