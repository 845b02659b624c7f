// SPDX-License-Identifier: Apache-2.0
// Origin sets below the public API, for benchmarks of matching and of compiling patterns alone.
#ifndef CORSAC_BENCH_PROBE_H
#define CORSAC_BENCH_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum probe_engine {
    PROBE_AUTO = 0,      /* lowered, then what the cost model says */
    PROBE_HYPERSCAN = 1, /* no lowering */
    PROBE_AUTOMATON = 2  /* no lowering */
} probe_engine;

typedef struct probe probe;

/** Lowers one list of matchers: "=text" exact, "^text" prefix, "~text" regex. Aborts on failure. */
probe *probe_new(const char *const *matchers, size_t count, probe_engine engine);
void probe_free(probe *p);
bool probe_allows(probe *p, const char *text, size_t size);

/** Many sets in one image: open, add each (returns its number), seal, ask. */
probe *probe_open(probe_engine engine);
uint32_t probe_add(probe *p, const char *const *matchers, size_t count);
void probe_seal(probe *p);
bool probe_allows_in(probe *p, uint32_t set, const char *text, size_t size);
/** Bytes of all sections of a sealed probe, Hyperscan databases included. */
size_t probe_bytes(const probe *p);
/** Of those, the ones that a decision may read: the footprint of F1. The sets must be alike. */
size_t probe_read_bytes(const probe *p);

/** What serves the set: "list", "table", "spans", "automaton", "automata", "hyperscan". */
const char *probe_form(const probe *p);

/** Parses, compiles, lowers and proves patterns; returns how many became keys or spans. */
size_t probe_compile(const char *const *patterns, size_t count);

#endif
