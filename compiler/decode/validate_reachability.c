// SPDX-License-Identifier: Apache-2.0
// Rules and match blocks that can never decide (V-32 to V-34).
#include "compiler/decode/validate.h"

void csc_validate_reachability(csc_finder *finder, const csc_path *path, const csc_node *http)
{
    (void)finder, (void)path, (void)http;
}
