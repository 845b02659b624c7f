// SPDX-License-Identifier: Apache-2.0
// What a user could pick instead, for one list of origin matchers: built once, asked per origin.
#ifndef CORSAC_BENCH_PEER_H
#define CORSAC_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The ways to answer. */
typedef enum peer_kind {
    PEER_ENVOY = 0,     /* a list of virtual matchers, each asked about "*" and the origin; RE2 */
    PEER_PCRE2 = 1,     /* a list; PCRE2's JIT for regexes */
    PEER_RE2_SET = 2,   /* exact and prefix as regexes too: one RE2::Set */
    PEER_HYPERSCAN = 3, /* one Hyperscan database for all, an id for each matcher */
    PEER_MAP = 4        /* as nginx's map: a hash of exact strings, then PCRE2 in turn */
} peer_kind;
enum { PEER_KINDS = 5 };

typedef struct peer peer;

/** Builds a list: "=text" exact, "^text" prefix, "~text" regex. Ends the program on failure. */
peer *peer_new(peer_kind kind, const char *const *matchers, size_t count);
bool peer_allows(const peer *p, const char *text, size_t size);
/** For names of benchmarks: "envoy", "pcre2", "re2-set", "one-database", "map". */
const char *peer_name(peer_kind kind);

#ifdef __cplusplus
}
#endif

#endif
