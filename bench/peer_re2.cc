// SPDX-License-Identifier: Apache-2.0
// RE2 as Envoy uses it, for comparison only.
#include "shim.h"

#include <re2/re2.h>

struct peer_re2 {
    RE2 regex;
    peer_re2(const re2::StringPiece &pattern, const RE2::Options &options) : regex(pattern, options)
    {
    }
};

peer_re2 *peer_re2_new(const char *pattern, size_t size)
{
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    auto *peer = new peer_re2(re2::StringPiece(pattern, size), options);
    if (peer->regex.ok())
        return peer;
    delete peer;
    return nullptr;
}

void peer_re2_free(peer_re2 *regex)
{
    delete regex;
}

bool peer_re2_match(const peer_re2 *regex, const char *text, size_t size)
{
    return RE2::FullMatch(re2::StringPiece(text, size), regex->regex);
}
