// SPDX-License-Identifier: Apache-2.0
#include "corrupt/exercise.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_REQUESTS = 8,
    MOST_ROUTES = 8 /* that are looked for by name: each search is linear */
};

static void require(bool holds, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "property broken: %s\n", property);
    abort();
}

static void touch(corsac_str text)
{
    volatile unsigned char sum = 0; /* every byte is read */
    for (size_t i = 0; i < text.size; i++)
        sum = (unsigned char)(sum + (unsigned char)text.data[i]);
}

static void sink(void *context, const char *text, size_t size)
{
    *(size_t *)context += size;
    touch((corsac_str){text, size});
}

static void touch_decision(const corsac_decision *decision)
{
    require(decision->outcome < CORSAC_OUTCOME_COUNT &&
                decision->set_count <= CORSAC_MAX_SET_HEADERS,
            "a decision is well formed");
    for (uint32_t i = 0; i < decision->set_count; i++) {
        touch(decision->set[i].name);
        touch(decision->set[i].value);
    }
}

static void ask_matched(corsac_reader *reader, const corsac_decision *decision, corsac_str origin)
{
    char buffer[256];
    corsac_str matched;
    corsac_status status =
        corsac_decision_matched(reader, decision, origin, buffer, sizeof buffer, &matched);
    require(status == CORSAC_OK || status == CORSAC_E_LIMIT, "the matcher can be asked for");
    touch(matched);
}

/* One by one, then all at once, then the outcome alone: the same answers. */
static void ask_entries(corsac_reader *reader, const corsac_request *requests, size_t count)
{
    corsac_decision many[MOST_REQUESTS], one;
    corsac_status statuses[MOST_REQUESTS];
    (void)corsac_evaluate_batch(many, statuses, reader, requests, count);
    for (size_t i = 0; i < count; i++)
        touch_decision(&many[i]);
    for (size_t i = 0; i < count; i++) {
        uint32_t outcome;
        corsac_status status = corsac_evaluate(&one, reader, &requests[i]);
        require(status == statuses[i] && one.outcome == many[i].outcome &&
                    one.set_count == many[i].set_count,
                "a batch decides as single calls do");
        require((status == CORSAC_OK) == (one.outcome != CORSAC_OUTCOME_NONE),
                "an outcome exactly when the status is OK");
        touch_decision(&one);
        if (status == CORSAC_OK)
            ask_matched(reader, &one, requests[i].origin);
        status = corsac_evaluate_outcome(&outcome, reader, &requests[i]);
        require(status == statuses[i] && outcome == many[i].outcome,
                "the outcome alone is that of the decision");
    }
}

/* Policies by where they are written and by their route. */
static void ask_policies(corsac_reader *reader, const corsac_request *requests, size_t count)
{
    const corsac_image *image = corsac_reader_image(reader);
    corsac_route_info route;
    for (uint32_t i = 0; i < MOST_ROUTES && corsac_image_route(image, i, &route) == CORSAC_OK;
         i++) {
        corsac_policy policy;
        corsac_decision decision;
        touch(route.file);
        touch(route.policy_file);
        (void)corsac_policy_find_route(&policy, reader, route.root, route.route);
        if (corsac_policy_find(&policy, reader, route.policy_owner, route.policy_path) != CORSAC_OK)
            continue;
        for (size_t j = 0; j < count; j++) {
            require(corsac_evaluate_policy(&decision, reader, &policy, &requests[j]) == CORSAC_OK,
                    "a policy that was found decides");
            touch_decision(&decision);
            ask_matched(reader, &decision, requests[j].origin);
        }
    }
}

static void write_counters(corsac_engine *engine)
{
    corsac_counters *counters = NULL;
    size_t size = 0;
    require(corsac_counters_new(&counters, engine) == CORSAC_OK, "counters");
    for (uint32_t i = 0; i < corsac_counters_policy_count(counters); i++) {
        corsac_policy_counts counts;
        require(corsac_counters_policy(counters, i, &counts) == CORSAC_OK, "a policy's counters");
        touch(counts.owner);
        touch(counts.path);
    }
    require(corsac_counters_write(counters, sink, &size) == CORSAC_OK && size > 0,
            "counters are written");
    corsac_counters_free(counters);
}

void corrupt_exercise(corsac_image *image, corsac_image *shadow, const corsac_request *requests,
                      size_t count)
{
    const corsac_engine_options options = {
        .struct_size = sizeof options, .max_readers = 1, .flags = CORSAC_ENGINE_COUNTERS};
    corsac_engine *engine = NULL;
    corsac_reader *reader = NULL;
    size_t size = 0;
    count = count < MOST_REQUESTS ? count : MOST_REQUESTS;
    require(corsac_engine_new(&engine, &options) == CORSAC_OK, "an engine");
    require(corsac_image_dump(image, sink, &size) == CORSAC_OK && size > 0, "a dump");
    require(corsac_engine_publish(engine, image) == CORSAC_OK, "publish");
    require(!shadow || corsac_engine_publish_shadow(engine, shadow) == CORSAC_OK, "a shadow");
    require(corsac_reader_new(&reader, engine) == CORSAC_OK, "a reader");
    ask_entries(reader, requests, count);
    ask_policies(reader, requests, count);
    write_counters(engine);
    corsac_reader_free(reader);
    write_counters(engine);
    corsac_engine_free(engine);
}
