// SPDX-License-Identifier: Apache-2.0
// Declares each function again as corsac/ffi.h does: C accepts that only if both declarations
// agree.
#include "corsac/counters.h"

#include "prototypes.inc"

extern const int layout_prototypes_agree;
const int layout_prototypes_agree = 1;
