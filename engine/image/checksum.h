// SPDX-License-Identifier: Apache-2.0
// XXH3-64 of what is longer than a cache: with the widest vectors that the machine has, since half of the instructions
// of opening an image are its checksums.
#ifndef CORSAC_ENGINE_IMAGE_CHECKSUM_H
#define CORSAC_ENGINE_IMAGE_CHECKSUM_H

#include <stddef.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/** XXH3_64bits_update(), compiled for AVX2 where there is an x86-64: only for machines that have it. The state is the
 * same whoever updates it. */
void cse_checksum_add_avx2(XXH3_state_t *state, const void *bytes, size_t size_bytes);

static inline void cse_checksum_add(XXH3_state_t *state, const void *bytes, size_t size_bytes)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        cse_checksum_add_avx2(state, bytes, size_bytes);
        return;
    }
#endif
    XXH3_64bits_update(state, bytes, size_bytes);
}

#endif
