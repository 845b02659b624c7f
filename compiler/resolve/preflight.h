// SPDX-License-Identifier: Apache-2.0
// Warnings about policies that cannot act where they stand (C-2, R-13).
#ifndef CORSAC_COMPILER_RESOLVE_PREFLIGHT_H
#define CORSAC_COMPILER_RESOLVE_PREFLIGHT_H

#include "compiler/resolve/resolution.h"

/** Of so many roots. */
bool csc_resolve_check_policies(csc_resolution *r, const csc_root *roots, size_t count);

#endif
