// SPDX-License-Identifier: Apache-2.0
// The property test's only source of chance: splitmix64, so that a seed printed once can be run
// again. A fuzzer gives bytes instead, which are drawn first.
#ifndef CORSAC_TESTS_PROPERTY_EVALUATE_RANDOM_H
#define CORSAC_TESTS_PROPERTY_EVALUATE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct evaluate_random {
    uint64_t state;
    const uint8_t *bytes;
    size_t byte_count; /* left of `bytes` */
} evaluate_random;

static inline uint64_t random_next(evaluate_random *random)
{
    if (random->byte_count > 0) {
        random->byte_count--;
        return *random->bytes++;
    }
    uint64_t z = (random->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/** 0 <= result < bound; bound > 0. */
static inline size_t random_below(evaluate_random *random, size_t bound)
{
    return (size_t)(random_next(random) % bound);
}

static inline bool random_percent(evaluate_random *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

/** An element of a static array. */
#define RANDOM_PICK(random, array)                                                                 \
    ((array)[random_below((random), sizeof(array) / sizeof *(array))])

#endif
