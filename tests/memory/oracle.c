// SPDX-License-Identifier: Apache-2.0
// For MemorySanitizer (scripts/msan): RE2 and the C++ library are not built with it, so that what the oracle
// compares inside them is not asked about. What comes back are plain values.
#include "oracle/oracle.h"

#include <sanitizer/msan_interface.h>

#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        __msan_scoped_disable_interceptor_checks();                                                \
        type result = __real_##name arguments;                                                     \
        __msan_scoped_enable_interceptor_checks();                                                 \
        return result;                                                                             \
    }

WRAP(bool, oracle_regex_usable, (corsac_str pattern, bool utf8), (pattern, utf8))
WRAP(bool, oracle_regex_full_match, (corsac_str pattern, corsac_str text, bool utf8),
     (pattern, text, utf8))
