// SPDX-License-Identifier: Apache-2.0
// Google Benchmark for C: benchmarks are functions with a context; figures can be asked for
// afterwards, so that a program can print ratios of one run, and are written for scripts/bench.
#ifndef CORSAC_BENCH_SHIM_H
#define CORSAC_BENCH_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_state bench_state;
typedef void (*bench_fn)(bench_state *state, void *context);

/** Registers a benchmark. @param name  copied. */
void bench_add(const char *name, bench_fn fn, void *context);
/** As bench_add(), for something so long that it is done once per repetition. */
void bench_add_once(const char *name, bench_fn fn, void *context);

/** True as long as there is another iteration to run. */
bool bench_next(bench_state *state);
/** How many things one iteration does: figures are per thing. Call once, at the end. */
void bench_set_items(bench_state *state, uint64_t items_per_iteration);
/** Keeps the compiler from dropping a result. */
void bench_keep(uint64_t value);

/** Adds a figure that is not a time of a benchmark: bytes, a count, a ratio. @param name  copied. */
void bench_figure(const char *name, double value);

/** Whether "--brief" is asked for: small sizes only, to see that all works. */
bool bench_brief(int argc, char **argv);

/**
 * Runs what the command line asks for. Takes every flag of Google Benchmark, --brief, and
 * --figures=FILE: writes each figure there as "name<TAB>value".
 * @return exit code.
 */
int bench_run(int argc, char **argv);

/** Nanoseconds of CPU time per thing, median of the repetitions; negative if it did not run. */
double bench_ns(const char *name);

/* RE2, full match, with the options of Envoy: Latin-1, no logging. */
typedef struct peer_re2 peer_re2;
peer_re2 *peer_re2_new(const char *pattern, size_t size); /* NULL: refused */
void peer_re2_free(peer_re2 *regex);
bool peer_re2_match(const peer_re2 *regex, const char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
