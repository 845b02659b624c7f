// SPDX-License-Identifier: Apache-2.0
// The list of passes.
#include "compiler/passes/passes.h"

corsac_status csc_passes_run(const csc_context *context, csc_ir *ir)
{
    corsac_status status = ir->reached ? CORSAC_OK : csc_pass_reach(context, ir);
    return status == CORSAC_OK ? csc_pass_share(context, ir) : status;
}
