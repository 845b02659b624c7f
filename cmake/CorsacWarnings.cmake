# SPDX-License-Identifier: Apache-2.0
# One interface target carries the warning flags, so that every room is held to the same line.
add_library(corsac_warnings INTERFACE)
target_compile_options(corsac_warnings INTERFACE
    -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
    $<$<BOOL:${CORSAC_WERROR}>:-Werror>)
