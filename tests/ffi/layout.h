// SPDX-License-Identifier: Apache-2.0
// One row per struct, member and enumerator of corsac/ffi.h.
#ifndef CORSAC_TESTS_FFI_LAYOUT_H
#define CORSAC_TESTS_FFI_LAYOUT_H

#include <stddef.h>

struct layout_row {
    const char *name;
    const char *member; /* NULL: the struct itself or an enumerator */
    size_t offset;      /* of the member; an enumerator's value */
    size_t size_bytes;  /* 0: an enumerator */
};

extern const struct layout_row layout_ffi[], layout_real[];
extern const size_t layout_ffi_count, layout_real_count;

#endif
