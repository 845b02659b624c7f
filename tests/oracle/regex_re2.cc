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

std::unordered_map<std::string, std::unique_ptr<re2::RE2>> &patterns()
{
    static std::unordered_map<std::string, std::unique_ptr<re2::RE2>> cache;
    return cache;
}

re2::RE2 &compiled(corsac_str pattern)
{
    std::string text(pattern.data, pattern.size);
    auto &slot = patterns()[text];
    if (!slot)
        slot = std::make_unique<re2::RE2>(text, re2::RE2::Quiet);
    return *slot;
}
} // namespace

extern "C" bool oracle_regex_usable(corsac_str pattern)
{
    re2::RE2 &regex = compiled(pattern);
    return regex.ok() && regex.ProgramSize() <= kMaxProgramSize;
}

extern "C" bool oracle_regex_full_match(corsac_str pattern, corsac_str text)
{
    return re2::RE2::FullMatch(re2::StringPiece(text.data, text.size), compiled(pattern));
}

extern "C" void oracle_regex_clear(void)
{
    patterns().clear();
}
