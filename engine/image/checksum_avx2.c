// SPDX-License-Identifier: Apache-2.0
// The one file that is compiled for AVX2 (CMakeLists.txt); nothing of it runs before the machine was asked.
#include "engine/image/checksum.h"

void cse_checksum_add_avx2(XXH3_state_t *state, const void *bytes, size_t size_bytes)
{
    XXH3_64bits_update(state, bytes, size_bytes);
}
