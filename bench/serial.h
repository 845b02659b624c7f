// SPDX-License-Identifier: Apache-2.0
// Serial measuring: what one request costs in a server, where the next starts when the last has
// been answered. Each question's position depends on the previous answer, and a fence keeps the
// processor from starting it early. The same loop serves floors and subjects, so that its own cost
// is in both.
//
// Floors: F0 hashes the origin (XXH3). F1 then reads one line, chosen by the hash, out of memory as
// large as what the subject is asked about: no table can answer with less.
#ifndef CORSAC_BENCH_SERIAL_H
#define CORSAC_BENCH_SERIAL_H

#include "shim.h"

enum { SERIAL_TEXT_BYTES = 64 };

/* One request: two lines, as a server that has just parsed it would hold it. */
typedef struct serial_question {
    _Alignas(
        128) char origin[SERIAL_TEXT_BYTES]; /* a longer one does not fit: serial_trace_put() */
    char host[40];
    uint32_t number;      /* of the set, or of the kind of request */
    uint16_t origin_size; /* bytes */
    uint16_t host_size;   /* bytes */
    uint64_t wanted;      /* the right answer */
    uint32_t tenant;      /* of worlds */
} serial_question;

/* Questions in the order in which they are asked, over and over. */
typedef struct serial_trace {
    serial_question *questions;
    uint32_t count; /* a power of two */
} serial_trace;

/** @param count  a power of two. */
serial_trace *serial_trace_new(uint32_t count);
/** Sets the question's origin; ends the program if it is too long. */
void serial_set_origin(serial_question *question, const char *origin);
/** As serial_set_origin(), for the host. */
void serial_set_host(serial_question *question, const char *host);

/** Answers one question. */
typedef uint64_t (*serial_fn)(void *subject, const serial_question *question);

/** Asks everything once; ends the program with a message on a wrong answer. */
void serial_check(const char *name, serial_fn ask, void *subject, const serial_trace *trace);
/** Registers a benchmark of serial questions; the time is per question. */
void serial_add(const char *name, serial_fn ask, void *subject, const serial_trace *trace);
/**
 * Registers a benchmark of the same questions back to back: the processor may work on several at
 * once, which flatters whoever is asked, ours and peers alike.
 */
void serial_add_overlapped(const char *name, serial_fn ask, void *subject,
                           const serial_trace *trace);
/** Registers F0 as "NAME/F0" and F1 as "NAME/F1". @param footprint  bytes. */
void serial_add_floors(const char *name, size_t footprint, const serial_trace *trace);

/** A number below `count` from a sequence that is the same in every run. */
uint32_t serial_pick(uint32_t count);

/* Ranks drawn by Zipf's law, weight 1/rank, as in the traces of corsac-datagen. */
typedef struct serial_zipf serial_zipf;
serial_zipf *serial_zipf_new(uint32_t count);
void serial_zipf_free(serial_zipf *zipf);
uint32_t serial_zipf_pick(const serial_zipf *zipf);

#endif
