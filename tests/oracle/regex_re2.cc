// SPDX-License-Identifier: Apache-2.0
// RE2 for the oracle: the reference that every regex answer is held against (M-1, M-20, M-22).
// Tests only; the product has no C++ and no RE2.
#include <re2/re2.h>

#include <memory>
#include <string>
#include <unordered_map>

extern "C" {
#include "oracle/oracle.h"
}

namespace
{
constexpr int kMaxProgramSize = 32768;

using cache = std::unordered_map<std::string, std::unique_ptr<re2::RE2>>;

cache &patterns(bool utf8)
{
    static cache caches[2];
    return caches[utf8 ? 1 : 0];
}

re2::RE2 &compiled(corsac_str pattern, bool utf8)
{
    std::string text(pattern.data, pattern.size);
    auto &slot = patterns(utf8)[text];
    if (!slot) {
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_encoding(utf8 ? re2::RE2::Options::EncodingUTF8
                                  : re2::RE2::Options::EncodingLatin1);
        slot = std::make_unique<re2::RE2>(text, options);
    }
    return *slot;
}
} // namespace

extern "C" bool oracle_regex_usable(corsac_str pattern, bool utf8)
{
    re2::RE2 &regex = compiled(pattern, utf8);
    return regex.ok() && regex.ProgramSize() <= kMaxProgramSize;
}

extern "C" bool oracle_regex_full_match(corsac_str pattern, corsac_str text, bool utf8)
{
    return re2::RE2::FullMatch(re2::StringPiece(text.data, text.size), compiled(pattern, utf8));
}

extern "C" void oracle_regex_clear(void)
{
    patterns(false).clear();
    patterns(true).clear();
}
