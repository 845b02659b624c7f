// SPDX-License-Identifier: Apache-2.0
// XXH3 as a compiler makes it for a machine with AVX2 (CMakeLists.txt), as the engine's checksums are where there is one.
#include "wide_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t wide_hash(const void *bytes, size_t size_bytes)
{
    return XXH3_64bits(bytes, size_bytes);
}
