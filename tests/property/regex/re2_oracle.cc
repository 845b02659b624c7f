// SPDX-License-Identifier: Apache-2.0
#include "re2_oracle.h"

#include <re2/re2.h>

struct re2_pattern {
    RE2 regex;
    re2_pattern(const re2::StringPiece &text, const RE2::Options &options) : regex(text, options) {}
};

re2_pattern *re2_pattern_new(const char *text, size_t size, bool utf8)
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(utf8 ? RE2::Options::EncodingUTF8 : RE2::Options::EncodingLatin1);
    options.set_max_mem(256 << 20);
    return new re2_pattern(re2::StringPiece(text, size), options);
}

void re2_pattern_free(re2_pattern *pattern)
{
    delete pattern;
}

bool re2_accepts(const re2_pattern *pattern)
{
    return pattern->regex.ok();
}

const char *re2_error(const re2_pattern *pattern)
{
    return pattern->regex.error().c_str();
}

bool re2_matches(const re2_pattern *pattern, const char *text, size_t size)
{
    return pattern->regex.Match(re2::StringPiece(text, size), 0, size, RE2::ANCHOR_BOTH, nullptr,
                                0);
}

int re2_program_size(const re2_pattern *pattern)
{
    return pattern->regex.ProgramSize();
}
