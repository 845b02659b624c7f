// SPDX-License-Identifier: Apache-2.0
// The parts of the evaluation property test: random documents, their YAML, random requests, and the
// comparison of the engine's answer with the oracle's.
//
//   model --> YAML --> corsac_compile --> engine --> compare, shrink, print
//   model -----------> oracle ----------------------> compare
#ifndef CORSAC_TESTS_PROPERTY_EVALUATE_H
#define CORSAC_TESTS_PROPERTY_EVALUATE_H

#include "corsac/compile.h"
#include "corsac/counters.h"
#include "oracle/oracle.h"
#include "property/evaluate_random.h"

/* A regex that the generator wrote, with texts that it made to match. */
typedef struct evaluate_regex {
    corsac_str pattern;
    oracle_texts samples;
} evaluate_regex;

typedef struct evaluate_regexes {
    evaluate_regex *items;
    size_t count;
} evaluate_regexes;

/* One policy set. Everything in it lives in its pool. */
typedef struct evaluate_set {
    oracle_pool pool;
    oracle_documents documents;
    oracle_parameters parameters;
    evaluate_regexes regexes;
    uint32_t compile_flags; /* CORSAC_COMPILE_ bits */
    uint32_t regex_engine;  /* corsac_regex_engine */
    bool trusted;           /* open the image with its Hyperscan databases */
    uint64_t style_seed;    /* of the YAML spelling */
} evaluate_set;

/** Fills a zeroed set. */
void evaluate_generate(evaluate_set *set, uint64_t seed);
/** The same from any source of chance. */
void evaluate_generate_from(evaluate_set *set, evaluate_random *random);
void evaluate_set_clear(evaluate_set *set);
/** False: all documents are quarantined, so that nothing is left to compile. */
bool evaluate_has_documents(const evaluate_set *set);
/** A service that no request of the generator can reach (for the independence property). */
void evaluate_add_stranger(evaluate_set *set);

/** A random pattern; its samples are kept in the set. */
corsac_str evaluate_random_regex(evaluate_set *set, evaluate_random *random);
/** A text that @p pattern is meant to match; the pattern itself if it is not one of ours. */
corsac_str evaluate_regex_sample(const evaluate_set *set, evaluate_random *random,
                                 corsac_str pattern);
/** True if some regex of the service is refused. */
bool evaluate_has_unusable_regex(const oracle_service *service, bool utf8);

/** A random request, kept in @p pool. */
oracle_request evaluate_random_request(const evaluate_set *set, oracle_pool *pool,
                                       evaluate_random *random);

/** The documents as @p file_count YAML texts, in @p pool. The set's style seed picks the spelling.
 */
void evaluate_write_yaml(const evaluate_set *set, oracle_pool *pool, corsac_str *files,
                         size_t file_count);

/* What is under test, with the oracle beside it. */
typedef struct evaluate_subject {
    corsac_blob *blob;
    corsac_engine *engine;
    corsac_reader *reader;
    oracle *oracle;
} evaluate_subject;

#define EVALUATE_FILES 3

/** Compiles and opens. On failure prints why and returns false. */
bool evaluate_open(evaluate_subject *subject, const evaluate_set *set, bool quiet);
void evaluate_close(evaluate_subject *subject);
/** The image's bytes, with inputs handed over in reverse order if asked; NULL on failure. */
corsac_blob *evaluate_compile(const evaluate_set *set, bool reverse_inputs, bool quiet);

/** Asks both. NULL: they agree. Else what differs; @p decision is the oracle's answer. */
const char *evaluate_compare(evaluate_subject *subject, const oracle_request *request,
                             oracle_decision *decision);

/** The request as a gateway's adapter hands it over, in @p pool: C-5's joins are the caller's. */
corsac_request evaluate_engine_request(const oracle_request *request, oracle_pool *pool);

/** How many answers evaluate_compare_entries() has compared, by entry point. */
typedef struct evaluate_entries {
    size_t batch, outcome, policy, route;
} evaluate_entries;

/**
 * Puts all requests to the engine's other entry points: one batch, the outcome alone, the policy by
 * its handle. NULL: they say what corsac_evaluate() says. Else what differs, and in *at where.
 */
const char *evaluate_compare_entries(evaluate_subject *subject, const oracle_request *requests,
                                     size_t count, evaluate_entries *counts, size_t *at);

/**
 * The image is its own shadow: no pair of different outcomes may have been counted, and every
 * decision by host and route must be among the pairs. NULL, or what is wrong.
 * @param by_policy  decisions by a policy's handle, which have no shadow.
 */
const char *evaluate_check_counters(evaluate_subject *subject, size_t by_policy);

/** Makes the set and the request smaller while they still disagree. */
void evaluate_shrink(evaluate_set *set, oracle_request *request);
/** Prints YAML, parameters, request and both answers. */
void evaluate_print(const evaluate_set *set, const oracle_request *request);

#endif
