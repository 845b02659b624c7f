// SPDX-License-Identifier: Apache-2.0
// What a refused pattern is told: stable names, likely intent, and the pattern with a caret.
#include "compiler/regex/parse.h"

#include <string.h>

enum { BOTH_ENGINES = CSC_REGEX_BY_ISTIO | CSC_REGEX_BY_ENVOY, SHOWN_BYTES = 72 };

static const char *const names[] = {
    [CSC_REGEX_E_NONE] = "regex-ok",
    [CSC_REGEX_E_TOO_LONG] = "regex-too-long",
    [CSC_REGEX_E_UTF8] = "regex-utf8",
    [CSC_REGEX_E_ESCAPE] = "regex-escape",
    [CSC_REGEX_E_TRAILING_BACKSLASH] = "regex-trailing-backslash",
    [CSC_REGEX_E_CLASS] = "regex-class",
    [CSC_REGEX_E_CLASS_RANGE] = "regex-class-range",
    [CSC_REGEX_E_MISSING_BRACKET] = "regex-missing-bracket",
    [CSC_REGEX_E_MISSING_PAREN] = "regex-missing-paren",
    [CSC_REGEX_E_UNEXPECTED_PAREN] = "regex-unexpected-paren",
    [CSC_REGEX_E_REPEAT_ARGUMENT] = "regex-repeat-argument",
    [CSC_REGEX_E_REPEAT_OP] = "regex-repeat-op",
    [CSC_REGEX_E_REPEAT_SIZE] = "regex-repeat-size",
    [CSC_REGEX_E_GROUP] = "regex-group",
    [CSC_REGEX_E_GROUP_NAME] = "regex-group-name",
    [CSC_REGEX_E_ANY_BYTE] = "regex-any-byte",
    [CSC_REGEX_E_DEPTH] = "regex-depth",
    [CSC_REGEX_E_PROGRAM_SIZE] = "regex-program-size",
    [CSC_REGEX_E_COST] = "regex-cost",
};

const char *csc_regex_error_name(csc_regex_error_code code)
{
    return (size_t)code < sizeof names / sizeof *names ? names[code] : "regex-unknown";
}

static bool has_at(corsac_str text, size_t offset, const char *part)
{
    size_t size = strlen(part);
    return offset <= text.size && size <= text.size - offset &&
           memcmp(text.data + offset, part, size) == 0;
}

/* Whether some backslash pair stands before one of these characters: "\\." written for "\.". */
static bool has_doubled_backslash(corsac_str text)
{
    for (size_t i = 0; i + 2 < text.size; i++)
        if (has_at(text, i, "\\\\") && text.data[i + 2] != '\0' &&
            strchr(".dwsDWSb()[]{}+*?^$|/-", text.data[i + 2]))
            return true;
    return false;
}

static const char *hint_for_group(corsac_str text, size_t offset)
{
    if (has_at(text, offset, "(?=") || has_at(text, offset, "(?!") ||
        has_at(text, offset, "(?<=") || has_at(text, offset, "(?<!"))
        return "RE2 has no look-ahead or look-behind; list the allowed origins or write them "
               "positively";
    if (has_at(text, offset, "(?>"))
        return "RE2 has no atomic groups; a plain group (?:...) matches the same texts here";
    if (has_at(text, offset, "(?P=") || has_at(text, offset, "(?P>") || has_at(text, offset, "(?R"))
        return "RE2 has neither backreferences nor recursion";
    return has_at(text, offset, "(?#") ? "RE2 has no comments in patterns" : NULL;
}

static const char *hint_for_escape(corsac_str text, size_t offset)
{
    if (has_at(text, offset, "\\Z"))
        return "write \\z for the end of the text, or leave it out: the whole origin must match "
               "anyway";
    if (offset + 1 < text.size && text.data[offset + 1] >= '1' && text.data[offset + 1] <= '9')
        return "RE2 has no backreferences";
    return has_at(text, offset, "\\-") ? NULL
                                       : "only letters and digits with a meaning may be escaped";
}

static const char *find_hint(corsac_str text, csc_regex_error_code code, size_t offset)
{
    switch (code) {
    case CSC_REGEX_E_REPEAT_ARGUMENT:
        if (has_at(text, offset, "*"))
            return "this looks like a shell wildcard; as a regex \"any subdomain of a.com\" is "
                   "https://.*\\.a\\.com";
        return NULL;
    case CSC_REGEX_E_REPEAT_OP:
        return "possessive and stacked repetitions are not RE2; group first, as in (?:a*)+";
    case CSC_REGEX_E_GROUP:
        return hint_for_group(text, offset);
    case CSC_REGEX_E_ESCAPE:
        return hint_for_escape(text, offset);
    case CSC_REGEX_E_MISSING_PAREN:
    case CSC_REGEX_E_MISSING_BRACKET:
    case CSC_REGEX_E_UNEXPECTED_PAREN:
        if (has_doubled_backslash(text))
            return "two backslashes mean one literal backslash; in plain or single-quoted YAML "
                   "write one";
        return NULL;
    case CSC_REGEX_E_COST:
        return "repeat fewer alternatives that may be empty";
    case CSC_REGEX_E_PROGRAM_SIZE:
        return "shorten counted repetitions, above all of Unicode classes";
    default:
        return NULL;
    }
}

bool csc_parse_fail_by(csc_scanner *s, csc_regex_error_code code, unsigned refused_by,
                       size_t offset, size_t size, const char *message)
{
    if (s->error->code != CSC_REGEX_E_NONE)
        return false;
    const char *hint = find_hint(s->text, code, offset);
    *s->error = (csc_regex_error){
        .code = code,
        .offset = (uint32_t)offset,
        .size = (uint32_t)size,
        .refused_by = refused_by,
        .message = csc_str_from(message),
        .hint = hint ? csc_str_from(hint) : (corsac_str){NULL, 0},
    };
    return false;
}

bool csc_parse_fail(csc_scanner *s, csc_regex_error_code code, size_t offset, size_t size,
                    const char *message)
{
    return csc_parse_fail_by(s, code, BOTH_ENGINES, offset, size, message);
}

/* A window of the pattern around the error, one character per column. */
corsac_str csc_regex_error_show(csc_arena *arena, corsac_str pattern, const csc_regex_error *error)
{
    size_t at = error->offset < pattern.size ? error->offset : pattern.size;
    size_t from = at > SHOWN_BYTES / 2 ? at - SHOWN_BYTES / 2 : 0;
    size_t to = pattern.size - from > SHOWN_BYTES ? from + SHOWN_BYTES : pattern.size;
    char line[SHOWN_BYTES + 1], marks[SHOWN_BYTES + 2];
    size_t columns = 0, caret = 0;
    for (size_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)pattern.data[i];
        if (i == at)
            caret = columns;
        if ((c & 0xC0) == 0x80)
            continue; /* one mark per code point, so that the caret stays under its byte */
        line[columns++] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    if (at == to)
        caret = columns;
    line[columns] = '\0';
    memset(marks, ' ', caret);
    marks[caret] = '^';
    marks[caret + 1] = '\0';
    const char *before = from ? "..." : "", *gap = from ? "   " : "";
    return csc_arena_printf(arena, "%s%s%s\n%s%s", before, line, to < pattern.size ? "..." : "",
                            gap, marks);
}
