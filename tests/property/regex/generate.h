// SPDX-License-Identifier: Apache-2.0
// Random patterns and random texts for them, from a seed.
#ifndef CORSAC_TESTS_PROPERTY_REGEX_GENERATE_H
#define CORSAC_TESTS_PROPERTY_REGEX_GENERATE_H

#include "compiler/regex/regex.h"

typedef struct random_source {
    uint64_t state;
} random_source;

uint32_t random_below(random_source *r, uint32_t limit);

enum { MAX_PATTERN = 400, MAX_TEXT = 300, MAX_SAMPLED_STATES = 160 };

/** A pattern from the grammar, sometimes an origin-like one, sometimes mutated out of shape. */
size_t generate_pattern(random_source *r, char out[MAX_PATTERN]);

/* What text generation knows about one automaton. */
typedef struct sampler {
    const csc_regex_automaton *automaton;
    corsac_str pattern;
    uint32_t class_count;
    uint8_t bytes[256];                    /* grouped by class */
    uint16_t first[257];                   /* of each class in bytes */
    uint16_t distance[MAX_SAMPLED_STATES]; /* to acceptance; only if has_distances */
    bool has_distances;
} sampler;

void sampler_open(sampler *s, const csc_regex_automaton *automaton, corsac_str pattern);
/** A member of the language, a neighbour of one, a text of the complement, or noise. */
size_t generate_text(random_source *r, const sampler *s, char out[MAX_TEXT]);

#endif
