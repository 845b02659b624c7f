// SPDX-License-Identifier: Apache-2.0
// Regexes of origin lists, whatever form serves them.
#include "unit/compiler/lower/origin_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct regex_case {
    const char *pattern;
    const char *hits[6];
    const char *misses[8];
} regex_case;

/* Expected by hand from RE2's full match. */
static const regex_case cases[] = {
    {"https://.*\\.example\\.com",
     {"https://a.example.com", "https://.example.com", "https://a.b.example.com"},
     {"https://example.com", "https://a.example.com.evil", "http://a.example.com",
      "https://a.example.com:80"}},
    {"^https?://(localhost|127\\.0\\.0\\.1)(:\\d+)?$",
     {"http://localhost", "https://localhost", "http://127.0.0.1:8080", "https://localhost:1"},
     {"http://localhost:", "http://localhost:80a", "http://localhost8", "https://127.0.0.1:80:81"}},
    {"https?://([a-z0-9-]+\\.)*rezics\\.com(:[0-9]+)?",
     {"https://rezics.com", "http://a.rezics.com:80", "https://a.b-c.rezics.com",
      "https://rezics.com:443"},
     {"https://.rezics.com", "https://a..rezics.com", "https://arezics.com", "https://A.rezics.com",
      "https://a.rezics.com:"}},
    {"https://(.+\\.)?example\\.com",
     {"https://example.com", "https://a.example.com", "https://..example.com"},
     {"https://.example.com", "https://xexample.com"}},
    {"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+$",
     {"https://a.com", "moz-extension://x", "a://b:80"},
     {"1http://a.com", "://a", "https://", "https://a/b", "https:/a"}},
    {"http.*://www.test.cn",
     {"http://www.test.cn", "https://wwwxtest.cn", "httpabc://www.test.cn",
      "http://a://www.test.cn"},
     {"http://www.test.cnx", "ftp://www.test.cn", "http://wwwtest.cn"}},
    {"^http://10\\.\\d+\\.\\d{1,3}\\.\\d+$",
     {"http://10.1.2.3", "http://10.11111.222.3"},
     {"http://10.1.2", "http://10.1.2222.3", "http://10.1.2.3x", "http://10..2.3"}},
    {"https://app[0-9]\\.io|https://[a-z]{2,3}x\\.io",
     {"https://app7.io", "https://abx.io", "https://xxxx.io"},
     {"https://app77.io", "https://ax.io", "https://abcdx.io", "https://app.io"}},
    {"https://[a-z]+\\.io(:[0-9]{2,4})?",
     {"https://a.io", "https://a.io:80", "https://a.io:8080"},
     {"https://a.io:8", "https://a.io:80808", "https://a.io:", "https://a.io:80:80"}},
    {".*\\.forestadmin\\.com.*",
     {"https://a.forestadmin.com", "https://a.forestadmin.com.evil", ".forestadmin.com"},
     {"https://forestadmin.com", "https://a.forestadminxcom"}},
    {"https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.example\\.com",
     {"https://a.example.com", "https://a-b.example.com", "https://ab.example.com"},
     {"https://-a.example.com", "https://a-.example.com", "https://.example.com"}},
    {"\\xff?", {"\xff"}, {"\xfe", "\xff\xff", "f"}}, /* no plain origin matches */
    {"[^\\x21-\\x7e]a",
     {"\xe9"
      "a",
      "\ta"},
     {"aa", "a"}},
};

static void check(const regex_case *c, const csc_origin_options *options)
{
    origin_fixture f;
    char text[256];
    origin_fixture_open(&f, options);
    text[0] = '~';
    strcpy(text + 1, c->pattern);
    uint32_t set = origin_fixture_add(&f, (const char *const[]){text}, 1);
    cr_assert(origin_fixture_seal(&f, true), "%s", c->pattern);
    for (size_t i = 0; i < 6 && c->hits[i]; i++)
        cr_expect(origin_fixture_allows(&f, set, c->hits[i]), "%s on %s", c->pattern, c->hits[i]);
    for (size_t i = 0; i < 8 && c->misses[i]; i++)
        cr_expect_not(origin_fixture_allows(&f, set, c->misses[i]), "%s on %s", c->pattern,
                      c->misses[i]);
    origin_fixture_close(&f);
}

static void check_all(const csc_origin_options *options)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(&cases[i], options);
}

// M-20: full match, whatever serves.
Test(origin_regex, lowered_regexes_match_in_full)
{
    check_all(NULL);
}

Test(origin_regex, automata_match_in_full)
{
    check_all(&(csc_origin_options){CORSAC_REGEX_AUTOMATON, true});
}

Test(origin_regex, hyperscan_matches_in_full)
{
    check_all(&(csc_origin_options){CORSAC_REGEX_HYPERSCAN, true});
}

// C-9: the regexes of one list are asked, and not those of the next.
Test(origin_regex, a_list_of_automata_ends_where_it_ends)
{
    static const char *const first[] = {"~h(ab|c)*d{2,5}e?", "~.*x.*y.*z"};
    static const char *const second[] = {"~(k|l)*m{2,3}k?", "~.*p.*q.*r"};
    const csc_origin_options options = {CORSAC_REGEX_AUTOMATON, true};
    origin_fixture f;
    origin_fixture_open(&f, &options);
    uint32_t one = origin_fixture_add(&f, first, 2), two = origin_fixture_add(&f, second, 2);
    cr_assert(origin_fixture_seal(&f, false));
    cr_assert_eq(f.view.sets[one].whole_count, 2);
    cr_assert_eq(f.view.sets[two].whole_count, 2);
    for (int other = 0; other < 2; other++) {
        cr_expect_eq(origin_fixture_allows(&f, other ? two : one, "habdd"), !other);
        cr_expect_eq(origin_fixture_allows(&f, other ? two : one, "-x-y-z"), !other);
        cr_expect_eq(origin_fixture_allows(&f, other ? two : one, "klmm"), other);
        cr_expect_eq(origin_fixture_allows(&f, other ? two : one, "-p-q-r"), other);
    }
    origin_fixture_close(&f);
}

// P-7: the star rule holds for regexes.
Test(origin_regex, a_regex_that_accepts_star_allows_any_origin)
{
    static const char *const any[] = {"~.*",
                                      "~.+",
                                      "~.",
                                      "~[^.]+",
                                      "~\\W",
                                      "~\\*",
                                      "~.{1,64}",
                                      "~(https://.*)?.?",
                                      "~(\\*|https://a)"};
    origin_fixture f;
    uint32_t sets[9];
    origin_fixture_open(&f, NULL);
    for (size_t i = 0; i < 9; i++)
        sets[i] = origin_fixture_add(&f, &any[i], 1);
    uint32_t none = origin_fixture_add(&f, (const char *const[]){"~https?://.*"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    for (size_t i = 0; i < 9; i++)
        cr_expect(origin_fixture_allows(&f, sets[i], "https://evil.example"), "%s", any[i]);
    cr_expect_not(origin_fixture_allows(&f, none, "*"));
    origin_fixture_close(&f);
}

// C-9: the only program of an image has scratch too, as much as it needs and where it stands.
Test(origin_regex, scratch_is_enough_for_the_only_program)
{
    origin_fixture f;
    origin_fixture_open(&f, NULL);
    uint32_t set = origin_fixture_add(&f, (const char *const[]){"~(a|b)*a(a|b){200}"}, 1);
    cr_assert(origin_fixture_seal(&f, false));
    char text[402] = "";
    memset(text, 'b', 400);
    cr_expect_not(origin_fixture_allows(&f, set, text));
    text[400 - 201] = 'a';
    cr_expect(origin_fixture_allows(&f, set, text));
    text[400 - 201] = 'b';
    text[400 - 202] = 'a';
    cr_expect_not(origin_fixture_allows(&f, set, text));
    origin_fixture_close(&f);
}
