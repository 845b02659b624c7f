// SPDX-License-Identifier: Apache-2.0
// Tenants behind one gateway, compiled and published: the subject of benchmarks of whole decisions.
// Each tenant has one exact host and two routes: "/api" with a corsPolicy, the rest without.
#ifndef CORSAC_BENCH_WORLD_H
#define CORSAC_BENCH_WORLD_H

#include "serial.h"

#include "corsac/engine.h"

/** What origins a tenant allows. */
typedef enum world_kind {
    WORLD_EXACT = 0,   /* three exact origins */
    WORLD_LOWERED = 1, /* one regex that is served without an automaton */
    WORLD_MIXED = 2,   /* three exact, a prefix, a regex that is lowered */
    WORLD_REGEX = 3    /* three regexes; one of them is lowered */
} world_kind;
enum { WORLD_KINDS = 4 };

/** What requests ask for. */
typedef enum world_ask {
    WORLD_ALLOWED = 0,   /* an origin that is allowed */
    WORLD_DENIED = 1,    /* one that is not */
    WORLD_PREFLIGHT = 2, /* a preflight that is allowed */
    WORLD_TRACE = 3      /* 70 % allowed, 20 % denied, 10 % preflights */
} world_ask;
enum { WORLD_ASKS = 4 };

typedef struct world {
    world_kind kind;
    uint32_t tenants;
    uint8_t *image; /* the bytes of the image */
    size_t image_bytes;
    size_t read_bytes; /* of those, what decisions may read: the footprint of F1 */
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_request requests[2]; /* a simple one, a preflight: what all requests share */
} world;

/**
 * Compiles the tenants' YAML, or takes the image that an earlier run of the same program made from
 * the same YAML, and publishes it. Ends the program on failure.
 */
world *world_new(world_kind kind, uint32_t tenants);
void world_free(world *w);
/** The tenants' YAML; free() it. */
char *world_policies(world_kind kind, uint32_t tenants, size_t *size_bytes);
/** Opens the image once more, for a writer that publishes. */
corsac_image *world_open_image(const world *w);

/** Requests for tenants by Zipf's law, or each as likely. @param count  a power of two. */
serial_trace *world_trace(const world *w, world_ask ask, bool zipf, uint32_t count);
/** A serial_fn: the outcome of one question. */
uint64_t world_ask_outcome(void *world_pointer, const serial_question *question);
/**
 * Turns a question into a request: what differs between requests. @param out  a copy of
 * w->requests[question->number], or of another question's request of the same kind.
 */
static inline void world_fill_request(corsac_request *out, const serial_question *question)
{
    out->authority = (corsac_str){question->host, question->host_size};
    out->origin = (corsac_str){question->origin, question->origin_size};
}

const char *world_kind_name(world_kind kind);
const char *world_ask_name(world_ask ask);

#endif
