// SPDX-License-Identifier: Apache-2.0
// Damaged image files (F-7, trust boundary of docs/threat-model.md).
//
//   corrupt_images [--every N] [--edits N] [--seed N] IMAGE...
//
// For each image: every N-th single bit flipped and every N-th truncation must be refused (N is 1 by default:
// all of them); then random edits of one to eight bytes with the checksums made right again must be refused or
// harmless: requests on what opens end with one outcome, within bounded time, and every other thing that can be asked
// of an image (exercise.h) is asked with fields of 8 to 60 KB. Run under AddressSanitizer the
// last part proves that "harmless" means what it says.
#include "corrupt/checksums.h"
#include "corrupt/exercise.h"
#include "corsac/engine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One request took the longest honest image 1 us; a thousand times that, and the sanitizers' share. */
#define MOST_REQUEST_SECONDS 0.05

typedef struct tally {
    size_t flips, truncations, edits, refused, opened, requests, failures;
    double slowest_seconds;
} tally;

static uint64_t state;

static uint64_t draw(uint64_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool opens(const uint8_t *bytes, size_t size, corsac_image **image)
{
    *image = NULL;
    corsac_status status = corsac_image_open(image, bytes, size, NULL, NULL);
    if ((status == CORSAC_OK) != (*image != NULL))
        abort();
    return status == CORSAC_OK;
}

static void fail(tally *t, const char *what, size_t at)
{
    printf("FAILED  %s at %zu\n", what, at);
    t->failures++;
}

/* ---- what checksums must catch ------------------------------------------------------------ */

static void flip_bits(tally *t, uint8_t *bytes, size_t size, size_t every)
{
    corsac_image *image;
    for (size_t bit = 0; bit < size * 8; bit += every) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (opens(bytes, size, &image))
            fail(t, "a flipped bit was accepted", bit);
        corsac_image_free(image);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        t->flips++;
    }
}

static void truncate_all(tally *t, const uint8_t *bytes, size_t size, size_t every)
{
    corsac_image *image;
    for (size_t length = 0; length < size; length += every) {
        uint8_t *exact = malloc(length ? length : 1); /* so that a step behind the end is seen */
        memcpy(exact, bytes, length);
        if (opens(exact, length, &image))
            fail(t, "a truncated image was accepted", length);
        corsac_image_free(image);
        free(exact);
        t->truncations++;
    }
}

/* ---- what only the structure can catch ---------------------------------------------------- */

static corsac_str text(const char *literal)
{
    return (corsac_str){literal, strlen(literal)};
}

static void ask(tally *t, corsac_reader *reader, const corsac_image *image)
{
    static const char *const hosts[] = {"a.example.com", "t1.example.com", "x", "",
                                        "a.b.c.example.org:80"};
    static const char *const paths[] = {"/", "/details/0?x=1&y", "/v1/%2e%2e/a", "*",
                                        "/a/b/c/d/e/f"};
    static const char *const origins[] = {"https://a.example.com", "*", "http://203.0.113.10:80",
                                          "\xff\x80", "null"};
    corsac_image_info info;
    corsac_image_describe(image, &info);
    corsac_endpoint endpoint = {0};
    if (info.endpoint_count)
        corsac_image_endpoint(image, (uint32_t)draw(info.endpoint_count), &endpoint);
    const corsac_header headers[] = {{text("x-a"), text("b")}, {text("cookie"), text("user=1")}};
    corsac_request request = {.struct_size = sizeof request,
                              .gateway = endpoint.gateway,
                              .port = endpoint.port,
                              .method = text(draw(2) ? "OPTIONS" : "GET"),
                              .authority = text(hosts[draw(5)]),
                              .path = text(paths[draw(5)]),
                              .origin = text(origins[draw(5)]),
                              .request_method = text("PUT"),
                              .header_count = 2,
                              .headers = headers};
    corsac_decision decision;
    double begin = now();
    corsac_status status = corsac_evaluate(&decision, reader, &request);
    double took = now() - begin;
    t->slowest_seconds = took > t->slowest_seconds ? took : t->slowest_seconds;
    if ((status == CORSAC_OK) != (decision.outcome != CORSAC_OUTCOME_NONE) ||
        took > MOST_REQUEST_SECONDS)
        fail(t, "a request has no outcome, or took too long", t->edits);
    t->requests++;
}

static void ask_opened(tally *t, corsac_image *image)
{
    corsac_engine *engine = NULL;
    corsac_reader *reader = NULL;
    const corsac_engine_options options = {.struct_size = sizeof options, .max_readers = 1};
    if (corsac_engine_new(&engine, &options) != CORSAC_OK ||
        corsac_engine_publish(engine, image) != CORSAC_OK ||
        corsac_reader_new(&reader, engine) != CORSAC_OK)
        abort();
    for (int i = 0; i < 8; i++)
        ask(t, reader, image);
    corsac_reader_free(reader);
    corsac_engine_free(engine);
}

/* A text of 8 to 60 KB, of a few pieces that matchers look for. */
static corsac_str long_text(char *room, size_t room_bytes)
{
    static const char *const pieces[] = {
        "https://a.example.com", "/a/b%2e%2e/", "?x=1&y=", "\xc3\xa9", "a-b.", ":80"};
    size_t wanted = 8192 + draw(room_bytes - 8192), at = 0;
    const char *first = pieces[draw(6)];
    for (const char *piece = first; at + strlen(piece) <= wanted;
         piece = draw(16) ? first : pieces[draw(6)]) {
        memcpy(room + at, piece, strlen(piece));
        at += strlen(piece);
    }
    return (corsac_str){room, at};
}

/* Every entry with requests of long fields, on an engine that counts and has the same image as its shadow. */
static void ask_long(tally *t, corsac_image *image, const uint8_t *bytes, size_t size)
{
    enum { REQUESTS = 3 };
    static char rooms[4][60 * 1024];
    corsac_image_info info;
    corsac_request requests[REQUESTS];
    corsac_header headers[2];
    corsac_image *shadow = NULL;
    corsac_image_describe(image, &info);
    for (int i = 0; i < 2; i++)
        headers[i] =
            (corsac_header){text(i ? "cookie" : "x-a"), long_text(rooms[i], sizeof rooms[i])};
    const corsac_str origin = long_text(rooms[2], sizeof rooms[2]),
                     path = long_text(rooms[3], sizeof rooms[3]);
    for (int i = 0; i < REQUESTS; i++) {
        corsac_endpoint endpoint = {0};
        if (info.endpoint_count)
            corsac_image_endpoint(image, (uint32_t)draw(info.endpoint_count), &endpoint);
        requests[i] = (corsac_request){.struct_size = sizeof requests[i],
                                       .gateway = endpoint.gateway,
                                       .port = endpoint.port,
                                       .method = text(i ? "OPTIONS" : "GET"),
                                       .authority = i == 1 ? path : text("a.example.com"),
                                       .path = i == 2 ? path : text("/"),
                                       .origin = i < 2 ? origin : text("https://a.example.com"),
                                       .request_method = text("PUT"),
                                       .request_headers = headers[0].value,
                                       .header_count = 2,
                                       .headers = headers};
    }
    opens(bytes, size, &shadow);
    corrupt_exercise(image, shadow, requests, REQUESTS);
    t->requests += REQUESTS;
}

/* Overwrites a place with what is likely to hurt: small numbers, large ones, a neighbour's value. */
static void edit(uint8_t *bytes, size_t size)
{
    size_t at = draw(size), room = size - at;
    uint32_t value = draw(3) ? (uint32_t)draw(64) : (uint32_t)state;
    switch (draw(4)) {
    case 0:
        bytes[at] = (uint8_t)value;
        break;
    case 1:
        at &= ~(size_t)3;
        memcpy(bytes + at, &value, size - at < 4 ? size - at : 4);
        break;
    case 2:
        memmove(bytes + at, bytes + draw(size - (room < 8 ? room : 8) + 1), room < 8 ? room : 8);
        break;
    default:
        bytes[at] ^= (uint8_t)(1u << draw(8));
    }
}

static void edit_at_random(tally *t, const uint8_t *original, size_t size, size_t edits)
{
    uint8_t *bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    for (size_t i = 0; i < edits; i++, t->edits++) {
        corsac_image *image;
        memcpy(bytes, original, size);
        for (uint64_t count = 1 + draw(8); count > 0; count--)
            edit(bytes, size);
        corrupt_fix_header(bytes, size);
        if (opens(bytes, size, &image)) {
            ask_long(t, image, bytes, size);
            opens(bytes, size, &image);
            ask_opened(t, image);
            t->opened++;
        } else {
            t->refused++;
        }
    }
    free(bytes);
}

/* ---- files -------------------------------------------------------------------------------- */

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = aligned_alloc(64, (*size + 63) / 64 * 64);
    if (bytes && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static bool run_file(const char *path, size_t every, size_t edits, tally *sum)
{
    tally t = {0};
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    corsac_image *image = NULL;
    if (!bytes || !opens(bytes, size, &image)) {
        printf("FAILED  %s cannot be read as an image\n", path);
        return false;
    }
    corsac_image_free(image);
    flip_bits(&t, bytes, size, every);
    truncate_all(&t, bytes, size, every);
    edit_at_random(&t, bytes, size, edits);
    free(bytes);
    printf("%s: %zu bytes, %zu flips and %zu truncations refused, %zu edits: %zu refused, %zu "
           "opened, %zu requests, "
           "slowest %.0f us\n",
           strrchr(path, '/') ? strrchr(path, '/') + 1 : path, size, t.flips, t.truncations,
           t.edits, t.refused, t.opened, t.requests, t.slowest_seconds * 1e6);
    sum->flips += t.flips;
    sum->truncations += t.truncations;
    sum->edits += t.edits;
    sum->refused += t.refused;
    sum->opened += t.opened;
    sum->requests += t.requests;
    sum->slowest_seconds =
        t.slowest_seconds > sum->slowest_seconds ? t.slowest_seconds : sum->slowest_seconds;
    return t.failures == 0;
}

int main(int argc, char **argv)
{
    size_t every = 1, edits = 100000, files = 0;
    uint64_t seed = 1;
    bool fine = true;
    tally sum = {0};
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (has_value && strcmp(argv[i], "--every") == 0) {
            every = strtoull(argv[++i], NULL, 10);
        } else if (has_value && strcmp(argv[i], "--edits") == 0) {
            edits = strtoull(argv[++i], NULL, 10);
        } else if (has_value && strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[++i], NULL, 10);
        } else {
            state = seed * UINT64_C(0x9E3779B97F4A7C15) + ++files;
            fine = run_file(argv[i], every, edits, &sum) && fine;
        }
    }
    printf("total: %zu flips, %zu truncations, %zu edits (%zu refused, %zu opened), %zu requests, "
           "slowest %.0f us\n",
           sum.flips, sum.truncations, sum.edits, sum.refused, sum.opened, sum.requests,
           sum.slowest_seconds * 1e6);
    return fine && files > 0 ? 0 : 1;
}
