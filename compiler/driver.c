// SPDX-License-Identifier: Apache-2.0
// corsac_compile: the pipeline as a list of calls, nothing else.
#include "corsac/compile.h"
