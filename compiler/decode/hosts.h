// SPDX-License-Identifier: Apache-2.0
// Hosts of one VirtualService against one another (V-27).
#ifndef CORSAC_COMPILER_DECODE_HOSTS_H
#define CORSAC_COMPILER_DECODE_HOSTS_H

#include "compiler/decode/finding.h"
#include "compiler/read/document.h"

/** Reports hosts that are equal to an earlier one, or cover it, or are covered by it. */
void csc_validate_overlap(csc_finder *finder, const csc_path *path, const csc_node *hosts);

#endif
