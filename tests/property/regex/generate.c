// SPDX-License-Identifier: Apache-2.0
// Patterns: a grammar walk over everything RE2 knows, with origins as a favourite subject, and
// mutations. Texts: walks through the automaton that end in acceptance, the same with one edit, and
// noise that holds what distinguishes readings: newlines, word edges, folding partners, well and
// ill formed UTF-8.
#include "generate.h"

#include <stdlib.h>
#include <string.h>

uint32_t random_below(random_source *r, uint32_t limit)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)((r->state >> 32) * limit >> 32);
}

#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

typedef struct text {
    char *bytes;
    size_t size, limit;
} text;

static void add(text *t, const char *part)
{
    size_t size = strlen(part);
    if (t->size + size > t->limit)
        return;
    memcpy(t->bytes + t->size, part, size);
    t->size += size;
}

/* ---- patterns --------------------------------------------------------------------------- */

static const char *const plain_atoms[] = {"a", "b",   "c", "x", "A",   "k",    "s", "1", "-",
                                          "_", "\\.", "/", ":", "com", "http", " ", "%", "~"};
static const char *const wild_atoms[] = {".",         "\\w",     "\\d",     "\\s",      "\\W",
                                         "\\D",       "\\S",     "[ab]",    "[^a]",     "[a-z]",
                                         "[a-z0-9-]", "[^/]",    "[^.]",    "[A-Za-z]", "[]a]",
                                         "[^\\d]",    "[a\\]b]", "[\\w.-]", "[-a]"};
static const char *const odd_atoms[] = {
    "^",         "$",      "\\b",         "\\B",          "\\A",         "\\z",
    "(?m)",      "(?s)",   "(?i)",        "(?-i)",        "(?U)",        "(?m:^a)",
    "(?m:$)",    "(?i:k)", "(?s:.)",      "\\n",          "\\x0a",       "\\x{41}",
    "\\101",     "\\t",    "[[:alpha:]]", "[[:^digit:]]", "[[:word:]-]", "[[:space:]]",
    "\\Qa.b\\E", "\\Q*",   "()",          "(?:)",         "(?P<n>a)",    "(?<m>b)",
    "[[=a=]]",   "\\v",    "\\C",         "{,2}",         "{",           "}",
    "]",         "\\_",    "\\-",         "x{0}",         "(?i:[^k])",   "(?i:s)",
    "\\Z",       "(?=a)",  "\\8",         "[z-a]",        "[[:nope:]]",  "\\07",
    "\\x4",      "**",     "(?P<>a)",     "\\pN{2}"};
static const char *const unicode_atoms[] = {"\xc3\xa9",
                                            "\\x{e9}",
                                            "\\xe9",
                                            "[\xc3\xa0-\xc3\xbf]",
                                            "[^\\x{e9}]",
                                            "\\pL",
                                            "\\p{Greek}",
                                            "\\P{Lu}",
                                            "\\p{^Nd}",
                                            "(?i:\\p{Lu})",
                                            "\\p{Kawi}",
                                            "[\\x{80}-\\x{10FFFF}]",
                                            "[\\x{81}-\\x{10FFFF}]",
                                            "\\x{212a}",
                                            "[\\x{100}-\\x{2ff}]",
                                            "\\x{d800}",
                                            "[\\x{d7ff}-\\x{e000}]",
                                            "\xe2\x82\xac",
                                            "\xf0\x9f\x98\x80",
                                            "\xce\xb1*",
                                            "\\pZ",
                                            "[^\\x00-\\x7f]",
                                            "\\x{10FFFF}",
                                            "\\p{Cherokee}",
                                            "(?i:\xcf\x83)",
                                            "\\377",
                                            "[\\xe0-\\xff]",
                                            "\\xff"};
static const char *const repeats[] = {"*",     "+",     "?",    "*?",  "+?",   "??",     "{2}",
                                      "{0,2}", "{1,3}", "{2,}", "{0}", "{0,}", "{3,5}?", "{1}"};

static void add_atom(random_source *r, text *t)
{
    uint32_t kind = random_below(r, 100);
    if (kind < 55)
        add(t, PICK(r, plain_atoms));
    else if (kind < 80)
        add(t, PICK(r, wild_atoms));
    else if (kind < 92)
        add(t, PICK(r, odd_atoms));
    else
        add(t, PICK(r, unicode_atoms));
}

static void add_pattern(random_source *r, text *t, int depth)
{
    static const char *const openers[] = {"(", "(?:", "(?:", "(?i:", "(?s:", "(?P<g>", "(?m:"};
    uint32_t parts = 1 + random_below(r, 4);
    for (uint32_t i = 0; i < parts; i++) {
        if (depth > 0 && random_below(r, 3) == 0) {
            add(t, PICK(r, openers));
            add_pattern(r, t, depth - 1);
            add(t, ")");
        } else {
            add_atom(r, t);
        }
        if (random_below(r, 4) == 0)
            add(t, PICK(r, repeats));
        if (random_below(r, 7) == 0)
            add(t, "|");
    }
}

static void add_origin(random_source *r, text *t)
{
    static const char *const schemes[] = {
        "https://",       "https?://", "http(s)?://", "(http|https)://", "^https://",
        "^https?:\\/\\/", "",          ".*://",       "[a-z]+://"};
    static const char *const hosts[] = {".*",
                                        ".+",
                                        "[a-z0-9-]+",
                                        "[^.]+",
                                        "(www|api|cdn)",
                                        "(.*\\.)?",
                                        "(?:[a-z]+\\.)*",
                                        "\\w+",
                                        "preview-\\d+",
                                        "[a-zA-Z0-9.-]*",
                                        "app"};
    static const char *const domains[] = {"\\.example\\.com", ".example.com",
                                          "\\.a\\.b",         "localhost",
                                          "\\.(com|org|net)", "example\\.(co\\.)?uk"};
    static const char *const ports[] = {"",  "",   "(:\\d+)?", ":[0-9]{1,5}", "(:8080|:3000)?",
                                        "$", "/?", ":\\d*"};
    add(t, PICK(r, schemes));
    add(t, PICK(r, hosts));
    add(t, PICK(r, domains));
    add(t, PICK(r, ports));
    if (random_below(r, 5) == 0) {
        add(t, "|");
        add_origin(r, t);
    }
}

static void mutate(random_source *r, text *t)
{
    static const char specials[] = "()[]{}*+?|\\^$.-:,<>=!PiQEzbpAB019azk \n";
    uint32_t edits = 1 + random_below(r, 3);
    for (uint32_t i = 0; i < edits && t->size > 0; i++) {
        size_t at = random_below(r, (uint32_t)t->size);
        char c = specials[random_below(r, sizeof specials - 1)];
        switch (random_below(r, 4)) {
        case 0:
            t->bytes[at] = c;
            break;
        case 1:
            memmove(t->bytes + at, t->bytes + at + 1, t->size - at - 1);
            t->size--;
            break;
        case 2:
            t->bytes[at] = (char)(random_below(r, 12) ? c : (char)random_below(r, 256));
            break;
        default:
            if (t->size < t->limit) {
                memmove(t->bytes + at + 1, t->bytes + at, t->size - at);
                t->bytes[at] = c;
                t->size++;
            }
        }
    }
}

size_t generate_pattern(random_source *r, char out[MAX_PATTERN])
{
    text t = {out, 0, MAX_PATTERN};
    if (random_below(r, 3) == 0)
        add_origin(r, &t);
    else
        add_pattern(r, &t, 3);
    if (random_below(r, 5) == 0)
        mutate(r, &t);
    return t.size;
}

/* ---- texts ------------------------------------------------------------------------------ */

static void add_noise(random_source *r, text *t, corsac_str pattern)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "k",
                                         "K",
                                         "\xe2\x84\xaa",
                                         "s",
                                         "\xc5\xbf",
                                         "\n",
                                         "\r",
                                         "\x0b",
                                         " ",
                                         "_",
                                         "-",
                                         ".",
                                         "*",
                                         "1",
                                         "\xc3\xa9",
                                         "\xc3\x89",
                                         "\xe9",
                                         "\xc9",
                                         "\xff",
                                         "\x80",
                                         "\xce\xb1",
                                         "\xcf\x82",
                                         "\xed\xa0\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xe0\x80\x80",
                                         "\xf0\x80\x80\x80",
                                         "\xc0\x80",
                                         "\xf0\x9f\x98\x80",
                                         "\xe1\x8e\xa0",
                                         "\xea\xad\xb0",
                                         "\xf0\x91\xbc\x84",
                                         "\xc2\x85",
                                         "http://",
                                         ".com",
                                         "\xe2\x82",
                                         "ab",
                                         "A"};
    uint32_t count = random_below(r, 6);
    for (uint32_t i = 0; i < count; i++) {
        if (pattern.size && random_below(r, 4) == 0) {
            char c[2] = {pattern.data[random_below(r, (uint32_t)pattern.size)], 0};
            add(t, c);
        } else {
            add(t, PICK(r, pieces));
        }
    }
}

static void find_distances(sampler *s)
{
    const csc_regex_automaton *a = s->automaton;
    uint32_t n = csc_regex_automaton_state_count(a);
    s->has_distances = n > 0 && n <= MAX_SAMPLED_STATES;
    if (!s->has_distances)
        return;
    for (uint32_t state = 0; state < n; state++)
        s->distance[state] = csc_regex_automaton_mark(a, state) ? 0 : 1000;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t state = n; state-- > 1;) {
            for (uint32_t c = 0; c < s->class_count; c++) {
                uint32_t next = csc_regex_automaton_next(a, state, s->bytes[s->first[c]]);
                if (s->distance[next] + 1 < s->distance[state]) {
                    s->distance[state] = (uint16_t)(s->distance[next] + 1);
                    changed = true;
                }
            }
        }
    }
}

void sampler_open(sampler *s, const csc_regex_automaton *automaton, corsac_str pattern)
{
    *s = (sampler){.automaton = automaton, .pattern = pattern};
    if (!csc_regex_automaton_is_dfa(automaton))
        return;
    s->class_count = csc_regex_automaton_class_count(automaton);
    uint16_t count = 0;
    for (uint32_t c = 0; c < s->class_count; c++) {
        s->first[c] = count;
        for (unsigned byte = 0; byte < 256; byte++)
            if (csc_regex_automaton_class_of(automaton, (uint8_t)byte) == c)
                s->bytes[count++] = (uint8_t)byte;
    }
    s->first[s->class_count] = count;
    find_distances(s);
}

/* A byte of the class, mostly a printable one. */
static uint8_t byte_of_class(random_source *r, const sampler *s, uint32_t c)
{
    uint32_t count = (uint32_t)(s->first[c + 1] - s->first[c]);
    uint8_t byte = 0;
    for (int i = 0; i < 3; i++) {
        byte = s->bytes[s->first[c] + random_below(r, count)];
        if (byte >= 0x20 && byte < 0x7F)
            break;
    }
    return byte;
}

/* A walk that avoids the dead state and likes to stop where it may. */
static void walk(random_source *r, const sampler *s, text *t)
{
    const csc_regex_automaton *a = s->automaton;
    uint32_t state = csc_regex_automaton_start(a);
    uint32_t patience = random_below(r, 4) ? 40 : 200;
    for (uint32_t i = 0; i < patience && state && t->size < t->limit; i++) {
        if (csc_regex_automaton_mark(a, state) && random_below(r, 5) == 0)
            return;
        uint32_t next = 0, from = random_below(r, s->class_count);
        uint8_t byte = 0;
        for (uint32_t k = 0; k < s->class_count && !next; k++) {
            byte = byte_of_class(r, s, (from + k) % s->class_count);
            next = csc_regex_automaton_next(a, state, byte);
        }
        if (!next)
            return;
        t->bytes[t->size++] = (char)byte;
        state = next;
    }
}

/* Appends the shortest way from where the text leads to acceptance. */
static void finish(const sampler *s, text *t)
{
    const csc_regex_automaton *a = s->automaton;
    uint32_t state = csc_regex_automaton_start(a);
    for (size_t i = 0; i < t->size; i++)
        state = csc_regex_automaton_next(a, state, (uint8_t)t->bytes[i]);
    while (state && s->distance[state] && t->size < t->limit) {
        uint32_t c = 0;
        while (s->distance[csc_regex_automaton_next(a, state, s->bytes[s->first[c]])] !=
               s->distance[state] - 1)
            c++;
        t->bytes[t->size++] = (char)s->bytes[s->first[c]];
        state = csc_regex_automaton_next(a, state, s->bytes[s->first[c]]);
    }
}

static void edit(random_source *r, text *t)
{
    if (t->size == 0)
        return;
    size_t at = random_below(r, (uint32_t)t->size);
    switch (random_below(r, 5)) {
    case 0:
        memmove(t->bytes + at, t->bytes + at + 1, t->size - at - 1);
        t->size--;
        break;
    case 1:
        t->bytes[at] = (char)random_below(r, 256);
        break;
    case 2:
        t->bytes[at] ^= 0x20;
        break;
    case 3:
        add(t, random_below(r, 2) ? "\n" : "x");
        break;
    default:
        if (t->size < t->limit) {
            memmove(t->bytes + at + 1, t->bytes + at, t->size - at);
            t->bytes[at] =
                (char)(random_below(r, 3) ? 0x21 + random_below(r, 0x5E) : random_below(r, 256));
            t->size++;
        }
    }
}

size_t generate_text(random_source *r, const sampler *s, char out[MAX_TEXT])
{
    text t = {out, 0, MAX_TEXT};
    uint32_t kind = random_below(r, 10);
    if (kind < 2 || s->class_count == 0) {
        add_noise(r, &t, s->pattern);
        return t.size;
    }
    walk(r, s, &t);
    if (s->has_distances && random_below(r, 3))
        finish(s, &t);
    if (kind >= 6)
        edit(r, &t);
    return t.size;
}
