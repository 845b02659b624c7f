// SPDX-License-Identifier: Apache-2.0
// Engines and readers on one thread: who owns what, and when an old image goes. The guarantees
// under threads are letters of docs/threading.md; tests/concurrency runs them.
#include "../world.h"
#include "engine/publish/snapshot.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static corsac_image *image_allowing(const char *origin)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml),
             "%sapiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: v, namespace: default}\n"
             "spec:\n  hosts: [\"*\"]\n  gateways: [g]\n  http:\n"
             "  - route: [{destination: {host: x}}]\n"
             "    corsPolicy: {allowOrigins: [{exact: %s}]}\n",
             world_gateway, origin);
    corsac_blob *blob = world_compile(yaml, 0);
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL), CORSAC_OK);
    corsac_blob_free(blob);
    return image;
}

static bool allows(corsac_reader *reader, const char *origin)
{
    corsac_decision decision;
    corsac_request request = {.struct_size = sizeof(request),
                              .authority = {"a", 1},
                              .path = {"/", 1},
                              .origin = {origin, strlen(origin)}};
    cr_assert_eq(corsac_evaluate(&decision, reader, &request), CORSAC_OK);
    return decision.outcome == CORSAC_OUTCOME_ALLOWED;
}

Test(publish, a_reader_follows_the_current_image) // docs/threading.md A
{
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_decision decision;
    corsac_request request = {.struct_size = sizeof(request)};
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    cr_expect_eq(corsac_evaluate(&decision, reader, &request), CORSAC_E_NO_IMAGE);
    cr_expect_eq(decision.outcome, CORSAC_OUTCOME_NONE);
    cr_expect_null(corsac_reader_image(reader));
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("a")), CORSAC_OK);
    cr_expect(allows(reader, "a"));
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("b")), CORSAC_OK);
    cr_expect(!allows(reader, "a"));
    cr_expect(allows(reader, "b"));
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

Test(publish, an_old_image_stays_while_a_reader_holds_it) // docs/threading.md B
{
    corsac_engine *engine;
    corsac_reader *busy, *idle;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&busy, engine), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("a")), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&idle, engine), CORSAC_OK);
    cr_expect(allows(busy, "a"));
    cr_expect(allows(idle, "a"));
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("b")), CORSAC_OK);
    cr_expect_eq(corsac_engine_retired_count(engine), 1);
    cr_expect(allows(busy, "b"));
    cr_expect_eq(corsac_engine_retired_count(engine), 1, "idle still holds it");
    corsac_reader_release(idle);
    cr_expect_eq(corsac_engine_retired_count(engine), 0);
    cr_expect_null(corsac_reader_image(idle));
    cr_expect(allows(idle, "b"));
    corsac_reader_free(idle);
    corsac_reader_free(busy);
    corsac_engine_free(engine);
}

static corsac_publish_report publish_reported(corsac_engine *engine, const char *origin)
{
    corsac_publish_report report = {.struct_size = sizeof(report), .held_count = 99};
    cr_assert_eq(corsac_engine_publish_reported(engine, image_allowing(origin), &report),
                 CORSAC_OK);
    return report;
}

Test(publish, a_report_counts_what_is_freed_and_what_is_held) // docs/threading.md E
{
    corsac_engine *engine;
    corsac_reader *reader;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    corsac_publish_report report = publish_reported(engine, "a");
    cr_expect_eq(report.held_count, 0);
    cr_expect_eq(report.freed_count, 0);
    cr_expect_gt(report.published_ns, 0);
    cr_expect(allows(reader, "a"));
    report = publish_reported(engine, "b");
    cr_expect_eq(report.held_count, 1, "the reader has not looked since");
    cr_expect_eq(report.freed_count, 0);
    report = publish_reported(engine, "c");
    cr_expect_eq(report.held_count, 1);
    cr_expect_eq(report.freed_count, 1, "nobody used b");
    cr_expect(allows(reader, "c"));
    report = publish_reported(engine, "d");
    cr_expect_eq(report.freed_count, 1, "a");
    cr_expect_eq(report.held_count, 1, "c");
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

typedef struct publisher {
    corsac_engine *engine;
    corsac_image *image;
    corsac_publish_report report;
    corsac_status status;
} publisher;

static void *run_publisher(void *context)
{
    publisher *p = context;
    p->status = corsac_engine_publish_reported(p->engine, p->image, &p->report);
    return NULL;
}

/* How long a publisher says that it waited while the lock was held for milliseconds. */
static uint64_t waited_beside_lock(corsac_engine *engine, long milliseconds)
{
    publisher p = {.engine = engine,
                   .image = image_allowing("a"),
                   .report = {.struct_size = sizeof(p.report)}};
    struct timespec held = {.tv_nsec = milliseconds * 1000000};
    pthread_t thread;
    pthread_mutex_lock(&engine->lock);
    cr_assert_eq(pthread_create(&thread, NULL, run_publisher, &p), 0);
    nanosleep(&held, NULL);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(thread, NULL);
    cr_assert_eq(p.status, CORSAC_OK);
    return p.report.waited_ns;
}

/* The thread may start late on a busy machine: then it is asked again. */
Test(publish, a_report_says_how_long_the_lock_was_waited_for, .timeout = 60) // docs/threading.md E
{
    corsac_engine *engine;
    uint64_t waited = 0;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    for (int i = 0; i < 100 && waited < 5000000; i++)
        waited = waited_beside_lock(engine, 20);
    cr_expect_geq(waited, 5000000);
    corsac_engine_free(engine);
}

Test(publish, wrong_reports_are_refused) // engine.h
{
    corsac_engine *engine;
    corsac_image *image = image_allowing("a");
    corsac_publish_report report = {.struct_size = 4};
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_expect_eq(corsac_engine_publish_reported(engine, image, &report), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_publish_reported(engine, image, NULL), CORSAC_E_ARGUMENT);
    report.struct_size = sizeof(report);
    cr_expect_eq(corsac_engine_publish_reported(NULL, image, &report), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_publish_reported(engine, NULL, &report), CORSAC_E_ARGUMENT);
    corsac_image_free(image);
    corsac_engine_free(engine);
}

Test(publish, a_freed_reader_holds_nothing) // docs/threading.md B
{
    corsac_engine *engine;
    corsac_reader *reader;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("a")), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    cr_expect(allows(reader, "a"));
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("b")), CORSAC_OK);
    corsac_reader_free(reader);
    cr_expect_eq(corsac_engine_retired_count(engine), 0);
    corsac_engine_free(engine);
}

Test(publish, readers_are_limited_and_their_slots_reused) // engine.h
{
    corsac_engine_options options = {.struct_size = sizeof(options), .max_readers = 2};
    corsac_engine *engine;
    corsac_reader *first, *second, *third;
    cr_assert_eq(corsac_engine_new(&engine, &options), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image_allowing("a")), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&first, engine), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&second, engine), CORSAC_OK);
    cr_expect_eq(corsac_reader_new(&third, engine), CORSAC_E_LIMIT);
    cr_expect_null(third);
    corsac_reader_free(first);
    cr_assert_eq(corsac_reader_new(&third, engine), CORSAC_OK);
    cr_expect(allows(third, "a"));
    corsac_reader_free(second);
    corsac_reader_free(third);
    corsac_engine_free(engine);
}

Test(publish, an_image_is_published_once) // engine.h
{
    corsac_engine *engine, *other;
    corsac_image *image = image_allowing("a");
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_new(&other, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image), CORSAC_OK);
    cr_expect_eq(corsac_engine_publish(engine, image), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_publish(other, image), CORSAC_E_ARGUMENT);
    corsac_engine_free(engine);
    corsac_engine_free(other);
}

Test(publish, wrong_arguments_are_refused) // engine.h
{
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_engine_options options = {.struct_size = sizeof(options), .max_readers = 65537};
    cr_expect_eq(corsac_engine_new(NULL, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_new(&engine, &options), CORSAC_E_ARGUMENT);
    cr_expect_null(engine);
    options = (corsac_engine_options){.struct_size = 4, .max_readers = 1};
    cr_expect_eq(corsac_engine_new(&engine, &options), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_publish(NULL, NULL), CORSAC_E_ARGUMENT);
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_expect_eq(corsac_engine_publish(engine, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_reader_new(NULL, engine), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_reader_new(&reader, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_engine_retired_count(NULL), 0);
    cr_expect_eq(corsac_reader_fallback_count(NULL), 0);
    cr_expect_null(corsac_reader_image(NULL));
    corsac_reader_release(NULL);
    corsac_reader_free(NULL);
    corsac_engine_free(NULL);
    corsac_engine_free(engine);
}
