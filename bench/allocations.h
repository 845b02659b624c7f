// SPDX-License-Identifier: Apache-2.0
// Counts the heap calls of this program, by standing in for the C library's functions.
#ifndef CORSAC_BENCH_ALLOCATIONS_H
#define CORSAC_BENCH_ALLOCATIONS_H

#include <stdint.h>

/** Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and free by this thread. */
uint64_t allocations_so_far(void);

#endif
