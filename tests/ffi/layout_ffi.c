// SPDX-License-Identifier: Apache-2.0
// The layout as corsac/ffi.h declares it.
#include <stddef.h>
#include <stdint.h>

#include "corsac/ffi.h"
#include "layout.h"

const struct layout_row layout_ffi[] = {
#include "layout_table.inc"
};
const size_t layout_ffi_count = sizeof(layout_ffi) / sizeof(layout_ffi[0]);
