// SPDX-License-Identifier: Apache-2.0
// Boundary: an embedding gateway calls in any order it likes.
// Property: whatever is published, released, made and freed in between, a reader answers wholly from the image
// that was published last; old images are kept for readers that still hold them and for no one else.
#include "fuzz/fuzz_support.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { READERS = 4, IMAGES = 3 };

/* Three policies that tell themselves apart in every header they set. */
typedef struct world {
    corsac_blob *blobs[IMAGES];
    corsac_engine *engine;
    corsac_reader *readers[READERS];
    bool holds[READERS]; /* the reader has evaluated since it let go */
    uint32_t pinned[READERS];
    uint32_t published, current; /* images in all; which policy is current */
} world;

static corsac_blob *compile(uint32_t number)
{
    char text[800];
    snprintf(text, sizeof text,
             "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: a, namespace: t}\nspec:\n  hosts: ['*']\n  gateways: [g]\n  http:\n"
             "  - route: [{destination: {host: a}}]\n    corsPolicy: {allowOrigins: [{exact: "
             "'https://p%u.test'}, {regex: '.*[a-f]{2}\\.p%u\\..*'}], exposeHeaders: [x-%u]}\n",
             number, number, number);
    corsac_diagnostics *list = NULL;
    corsac_blob *blob = NULL;
    corsac_input input = {{"policy.yaml", 11}, {text, strlen(text)}};
    fuzz_require(corsac_diagnostics_new(&list) == CORSAC_OK, "a list");
    fuzz_require(corsac_compile(&blob, &input, 1, NULL, list, NULL) == CORSAC_OK, "compiles");
    corsac_diagnostics_free(list);
    return blob;
}

static void publish(world *w, uint32_t number)
{
    corsac_image *image = NULL;
    corsac_str bytes = corsac_blob_bytes(w->blobs[number]);
    fuzz_require(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL) == CORSAC_OK,
                 "opens");
    fuzz_require(corsac_engine_publish(w->engine, image) == CORSAC_OK, "publishes");
    w->published++;
    w->current = number;
}

static void evaluate(world *w, uint32_t index)
{
    char origin[32], expected[8];
    corsac_decision decision;
    corsac_request request = {
        .struct_size = sizeof request, .authority = {"h", 1}, .path = {"/", 1}};
    snprintf(origin, sizeof origin, "https://p%u.test", w->current);
    snprintf(expected, sizeof expected, "x-%u", w->current);
    request.origin = (corsac_str){origin, strlen(origin)};
    corsac_status status = corsac_evaluate(&decision, w->readers[index], &request);
    if (w->published == 0) {
        fuzz_require(status == CORSAC_E_NO_IMAGE, "no image, no answer");
        return;
    }
    fuzz_require(status == CORSAC_OK && decision.outcome == CORSAC_OUTCOME_ALLOWED,
                 "the policy published last decides");
    fuzz_require(decision.set_count == 2 && decision.set[1].value.size == strlen(expected) &&
                     memcmp(decision.set[1].value.data, expected, strlen(expected)) == 0,
                 "its headers, and no other's");
    w->holds[index] = true;
    w->pinned[index] = w->published;
}

/* How many images that are no longer current some reader still holds. */
static uint32_t held(const world *w)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < READERS; i++) {
        bool counts = w->readers[i] && w->holds[i] && w->pinned[i] != w->published;
        for (uint32_t j = 0; j < i && counts; j++)
            counts = !(w->readers[j] && w->holds[j] && w->pinned[j] == w->pinned[i]);
        count += counts;
    }
    return count;
}

static void step(world *w, uint8_t byte)
{
    uint32_t index = byte / 8 % READERS;
    switch (byte % 8) {
    case 0:
        publish(w, byte / 8 % IMAGES);
        break;
    case 1:
        if (!w->readers[index])
            fuzz_require(corsac_reader_new(&w->readers[index], w->engine) == CORSAC_OK, "a reader");
        w->holds[index] = w->holds[index] && w->readers[index];
        break;
    case 2:
        corsac_reader_free(w->readers[index]);
        w->readers[index] = NULL;
        w->holds[index] = false;
        break;
    case 3:
        corsac_reader_release(w->readers[index]);
        w->holds[index] = false;
        break;
    case 4:
        fuzz_require(corsac_engine_retired_count(w->engine) == held(w),
                     "old images are kept for their readers alone");
        break;
    default:
        if (w->readers[index])
            evaluate(w, index);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static corsac_blob *blobs[IMAGES];
    world w = {0};
    for (uint32_t i = 0; i < IMAGES; i++)
        w.blobs[i] = blobs[i] = blobs[i] ? blobs[i] : compile(i);
    const corsac_engine_options options = {.struct_size = sizeof options, .max_readers = READERS};
    fuzz_require(corsac_engine_new(&w.engine, &options) == CORSAC_OK, "an engine");
    for (size_t i = 0; i < size && i < 200; i++)
        step(&w, data[i]);
    for (uint32_t i = 0; i < READERS; i++)
        corsac_reader_free(w.readers[i]);
    corsac_engine_free(w.engine);
    return 0;
}
