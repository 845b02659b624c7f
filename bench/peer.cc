// SPDX-License-Identifier: Apache-2.0
// The peers, each as its users would write it. None is linked into the product.
#include "peer.h"

#include <hs/hs.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

struct peer {
    virtual ~peer() = default;
    virtual bool allows(std::string_view origin) const = 0;
};

namespace
{

void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "peer: %s\n", what);
    std::exit(1);
}

RE2::Options re2_options()
{
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_max_mem(int64_t{1} << 30); // a set of 1,000 does not fit RE2's default of 8 MiB
    return options;
}

/* One matcher of a list, asked through its table of functions as in Envoy. */
struct matcher {
    virtual ~matcher() = default;
    virtual bool match(std::string_view text) const = 0;
};
using matchers = std::vector<std::unique_ptr<matcher>>;

struct exact : matcher {
    std::string text;
    explicit exact(const char *value) : text(value)
    {
    }
    bool match(std::string_view other) const override
    {
        return other == text;
    }
};

struct prefix : matcher {
    std::string text;
    explicit prefix(const char *value) : text(value)
    {
    }
    bool match(std::string_view other) const override
    {
        return other.substr(0, text.size()) == text;
    }
};

struct re2_regex : matcher {
    RE2 regex;
    explicit re2_regex(const char *value) : regex(value, RE2::Latin1)
    {
        require(regex.ok(), "RE2 refuses a pattern");
    }
    bool match(std::string_view other) const override
    {
        return RE2::FullMatch(re2::StringPiece(other.data(), other.size()), regex);
    }
};

struct pcre2_regex : matcher {
    pcre2_code *code;
    pcre2_match_data *data;
    explicit pcre2_regex(const char *value)
    {
        int error;
        PCRE2_SIZE at;
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(value), PCRE2_ZERO_TERMINATED,
                             PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &at, nullptr);
        require(code && pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0,
                "PCRE2 refuses a pattern");
        data = pcre2_match_data_create(1, nullptr);
    }
    ~pcre2_regex() override
    {
        pcre2_match_data_free(data);
        pcre2_code_free(code);
    }
    bool match(std::string_view other) const override
    {
        // Options in pcre2_compile() only: pcre2_match() takes the JIT then.
        return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(other.data()), other.size(), 0, 0,
                           data, nullptr) >= 0;
    }
};

template <class Regex> std::unique_ptr<matcher> make(const char *text)
{
    switch (*text) {
    case '=':
        return std::make_unique<exact>(text + 1);
    case '^':
        return std::make_unique<prefix>(text + 1);
    default:
        return std::make_unique<Regex>(text + 1);
    }
}

/* Envoy's isOriginAllowed(): an element allows if it accepts "*" or the origin. */
struct envoy : peer {
    matchers list;
    envoy(const char *const *texts, size_t count)
    {
        for (size_t i = 0; i < count; i++)
            list.push_back(make<re2_regex>(texts[i]));
    }
    bool allows(std::string_view origin) const override
    {
        for (const auto &one : list)
            if (one->match("*") || one->match(origin))
                return true;
        return false;
    }
};

struct linear_pcre2 : peer {
    matchers list;
    linear_pcre2(const char *const *texts, size_t count)
    {
        for (size_t i = 0; i < count; i++)
            list.push_back(make<pcre2_regex>(texts[i]));
    }
    bool allows(std::string_view origin) const override
    {
        for (const auto &one : list)
            if (one->match(origin))
                return true;
        return false;
    }
};

/* nginx's map tries its hash of strings first, then regexes in order. */
struct map : peer {
    std::unordered_set<std::string_view> strings;
    matchers rest;
    map(const char *const *texts, size_t count)
    {
        for (size_t i = 0; i < count; i++)
            if (*texts[i] == '=')
                strings.insert(texts[i] + 1);
            else
                rest.push_back(make<pcre2_regex>(texts[i]));
    }
    bool allows(std::string_view origin) const override
    {
        if (strings.count(origin) != 0)
            return true;
        for (const auto &one : rest)
            if (one->match(origin))
                return true;
        return false;
    }
};

/* Any matcher as a regex for a whole text. */
std::string as_regex(const char *text)
{
    if (*text == '~')
        return text + 1;
    return RE2::QuoteMeta(text + 1) + (*text == '^' ? ".*" : "");
}

struct re2_set : peer {
    RE2::Set set;
    re2_set(const char *const *texts, size_t count) : set(re2_options(), RE2::ANCHOR_BOTH)
    {
        for (size_t i = 0; i < count; i++)
            require(set.Add(as_regex(texts[i]), nullptr) >= 0, "RE2::Set refuses a pattern");
        require(set.Compile(), "RE2::Set does not compile");
    }
    bool allows(std::string_view origin) const override
    {
        return set.Match(re2::StringPiece(origin.data(), origin.size()), nullptr);
    }
};

struct one_database : peer {
    hs_database_t *database = nullptr;
    hs_scratch_t *scratch = nullptr;
    one_database(const char *const *texts, size_t count)
    {
        std::vector<std::string> patterns;
        std::vector<const char *> pointers;
        std::vector<unsigned> flags(count, HS_FLAG_SINGLEMATCH), ids;
        hs_compile_error_t *error = nullptr;
        for (size_t i = 0; i < count; i++) {
            patterns.push_back("\\A(?:" + as_regex(texts[i]) + ")\\z");
            ids.push_back(static_cast<unsigned>(i));
        }
        for (const std::string &pattern : patterns)
            pointers.push_back(pattern.c_str());
        require(hs_compile_multi(pointers.data(), flags.data(), ids.data(),
                                 static_cast<unsigned>(count), HS_MODE_BLOCK, nullptr, &database,
                                 &error) == HS_SUCCESS &&
                    hs_alloc_scratch(database, &scratch) == HS_SUCCESS,
                "Hyperscan refuses a pattern");
    }
    ~one_database() override
    {
        hs_free_scratch(scratch);
        hs_free_database(database);
    }
    static int found(unsigned, unsigned long long, unsigned long long, unsigned, void *)
    {
        return 1;
    }
    bool allows(std::string_view origin) const override
    {
        return hs_scan(database, origin.data(), static_cast<unsigned>(origin.size()), 0, scratch,
                       found, nullptr) == HS_SCAN_TERMINATED;
    }
};

} // namespace

peer *peer_new(peer_kind kind, const char *const *texts, size_t count)
{
    switch (kind) {
    case PEER_ENVOY:
        return new envoy(texts, count);
    case PEER_PCRE2:
        return new linear_pcre2(texts, count);
    case PEER_RE2_SET:
        return new re2_set(texts, count);
    case PEER_HYPERSCAN:
        return new one_database(texts, count);
    case PEER_MAP:
        return new map(texts, count);
    }
    require(false, "no such kind");
    return nullptr;
}

bool peer_allows(const peer *p, const char *text, size_t size)
{
    return p->allows(std::string_view(text, size));
}

const char *peer_name(peer_kind kind)
{
    static const char *const names[PEER_KINDS] = {"envoy", "pcre2", "re2-set", "one-database",
                                                  "map"};
    return names[kind];
}
