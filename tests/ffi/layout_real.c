// SPDX-License-Identifier: Apache-2.0
// The layout as the real headers declare it.
#include "corsac/counters.h"
#include "layout.h"

const struct layout_row layout_real[] = {
#include "layout_table.inc"
};
const size_t layout_real_count = sizeof(layout_real) / sizeof(layout_real[0]);
