// SPDX-License-Identifier: Apache-2.0
// Stage passes: makes the IR smaller without changing an answer.
//
//   reach.c   drops routes that no request can reach in a virtual host's list (H-16, R-9)
//   share.c   finds policies that decide alike, so that lower stores them once
#ifndef CORSAC_COMPILER_PASSES_PASSES_H
#define CORSAC_COMPILER_PASSES_PASSES_H

#include "compiler/ir/ir.h"

/** Runs all passes in order, in place. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_passes_run(const csc_context *context, csc_ir *ir);

corsac_status csc_pass_reach(const csc_context *context, csc_ir *ir);
corsac_status csc_pass_share(const csc_context *context, csc_ir *ir);

#endif
