// SPDX-License-Identifier: Apache-2.0
#ifndef CORSAC_BENCH_WIDE_HASH_H
#define CORSAC_BENCH_WIDE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** XXH3 with AVX2; only for machines that have it, where there are others. */
uint64_t wide_hash(const void *bytes, size_t size_bytes);

#endif
