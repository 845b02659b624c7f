// SPDX-License-Identifier: Apache-2.0
// For MemorySanitizer (scripts/msan): the same as oracle.c for the programs that compare regexes with RE2.
#include "property/regex/re2_oracle.h"

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

WRAP(re2_pattern *, re2_pattern_new, (const char *text, size_t size, bool utf8), (text, size, utf8))
WRAP(bool, re2_matches, (const re2_pattern *pattern, const char *text, size_t size),
     (pattern, text, size))

const char *__real_re2_error(const re2_pattern *pattern);
const char *__wrap_re2_error(const re2_pattern *pattern);

const char *__wrap_re2_error(const re2_pattern *pattern)
{
    const char *text = __real_re2_error(pattern);
    __msan_unpoison_string(text);
    return text;
}
