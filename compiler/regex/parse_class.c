// SPDX-License-Identifier: Apache-2.0
// Escapes and bracket classes of RE2's grammar, resolved to sets of code points.
#include "compiler/regex/parse.h"
#include "compiler/regex/unicode.h"

#include <string.h>

/* Length of the sequence that a lead byte announces; 0: not a lead byte. */
static unsigned sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if ((lead & 0xF0) == 0xE0)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

bool csc_parse_code_point(csc_scanner *s, uint32_t *code_point)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s->text.data + s->at;
    size_t left = s->text.size - s->at;
    if (s->encoding == CSC_REGEX_LATIN1 && left) {
        *code_point = *p;
        s->at++;
        return true;
    }
    unsigned length = left ? sequence_length(*p) : 0;
    if (length == 0 || length > left)
        return csc_parse_fail(s, CSC_REGEX_E_UTF8, s->at, left ? 1 : 0, "invalid UTF-8");
    uint32_t value = length == 1 ? p[0] : p[0] & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return csc_parse_fail(s, CSC_REGEX_E_UTF8, s->at, i, "invalid UTF-8");
        value = value << 6 | (p[i] & 0x3F);
    }
    bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least[length] || value > CSC_UNICODE_MAX || is_surrogate)
        return csc_parse_fail_by(s, CSC_REGEX_E_UTF8,
                                 is_surrogate ? CSC_REGEX_BY_ISTIO
                                              : CSC_REGEX_BY_ISTIO | CSC_REGEX_BY_ENVOY,
                                 s->at, length, "invalid UTF-8");
    s->at += length;
    *code_point = value;
    return true;
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_octal(int c)
{
    return c >= '0' && c <= '7';
}

static bool fail_escape(csc_scanner *s, size_t start)
{
    size_t end = s->at < s->text.size ? s->at + 1 : s->at;
    return csc_parse_fail(s, CSC_REGEX_E_ESCAPE, start, end - start, "invalid escape sequence");
}

/* In Latin-1 mode no character is above ff. */
static bool check_byte(csc_scanner *s, size_t start, uint32_t value)
{
    if (s->encoding == CSC_REGEX_UTF8 || value <= 0xFF)
        return true;
    return csc_parse_fail_by(s, CSC_REGEX_E_ESCAPE, CSC_REGEX_BY_ENVOY, start, s->at - start,
                             "Envoy matches bytes: no character above \\xff exists");
}

/* Behind "\x": two digits, or any number of them in braces. */
static bool parse_hex(csc_scanner *s, size_t start, uint32_t *code_point)
{
    uint32_t value = 0;
    if (csc_peek(s, 0) != '{') {
        int high = hex_value(csc_peek(s, 0));
        int low = high < 0 ? -1 : hex_value(csc_peek(s, 1));
        if (low < 0)
            return fail_escape(s, start);
        s->at += 2;
        *code_point = (uint32_t)(high * 16 + low);
        return true;
    }
    s->at++;
    size_t first = s->at;
    for (int digit; (digit = hex_value(csc_peek(s, 0))) >= 0; s->at++) {
        value = value * 16 + (uint32_t)digit;
        if (value > CSC_UNICODE_MAX)
            return fail_escape(s, start);
    }
    if (csc_peek(s, 0) != '}' || s->at == first)
        return fail_escape(s, start);
    s->at++;
    *code_point = value;
    return check_byte(s, start, value);
}

/* Behind the backslash, at a digit. \1 to \9 alone would be backreferences. */
static bool parse_octal(csc_scanner *s, size_t start, uint32_t *code_point)
{
    if (!is_octal(csc_peek(s, 0)) || (csc_peek(s, 0) != '0' && !is_octal(csc_peek(s, 1))))
        return fail_escape(s, start);
    uint32_t value = 0;
    for (int i = 0; i < 3 && is_octal(csc_peek(s, 0)); i++)
        value = value * 8 + (uint32_t)(s->text.data[s->at++] - '0');
    *code_point = value;
    return check_byte(s, start, value);
}

bool csc_parse_escape(csc_scanner *s, uint32_t *code_point)
{
    static const char letters[] = "nrtafv", values[] = "\n\r\t\a\f\v";
    size_t start = s->at++;
    int c = csc_peek(s, 0);
    if (c < 0)
        return csc_parse_fail(s, CSC_REGEX_E_TRAILING_BACKSLASH, start, 1,
                              "backslash at the end of the pattern");
    if (c >= '0' && c <= '9')
        return parse_octal(s, start, code_point);
    if (c == 'x') {
        s->at++;
        return parse_hex(s, start, code_point);
    }
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        *code_point = (unsigned char)values[letter - letters];
    } else if (c < 0x80 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
        *code_point = (uint32_t)c;
    } else {
        return fail_escape(s, start);
    }
    s->at++;
    return true;
}

/* Adds what `add` adds to an empty set: folded under (?i), then complemented. */
static void merge_named(csc_scanner *s, csc_ranges *named, bool negated)
{
    csc_ranges_normalise(named);
    if (s->flags & CSC_FLAG_FOLD)
        csc_parse_fold(s, named);
    if (negated)
        csc_ranges_negate(named);
    csc_ranges_add_all(&s->set, named->items, named->count);
    s->set.failed |= named->failed;
    csc_ranges_free(named);
}

/* \pN, \p{Greek}, \P{^Greek} */
static bool parse_unicode_group(csc_scanner *s)
{
    size_t start = s->at;
    bool negated = s->text.data[s->at + 1] == 'P';
    s->at += 2;
    corsac_str name = {s->text.data + s->at, 0};
    if (csc_peek(s, 0) == '{') {
        const char *end = memchr(name.data, '}', s->text.size - s->at);
        if (!end)
            return csc_parse_fail(s, CSC_REGEX_E_CLASS, start, s->text.size - start,
                                  "missing } behind the name of a Unicode class");
        name.data++;
        name.size = (size_t)(end - name.data);
        s->at = (size_t)(end - s->text.data) + 1;
    } else {
        uint32_t ignored;
        if (!csc_parse_code_point(s, &ignored))
            return false;
        name.size = (size_t)(s->text.data + s->at - name.data);
    }
    if (name.size && *name.data == '^') {
        negated = !negated;
        name.data++;
        name.size--;
    }
    csc_ranges named = {0};
    if (!csc_ranges_add_unicode(&named, name)) {
        csc_ranges_free(&named);
        return csc_parse_fail(s, CSC_REGEX_E_CLASS, start, s->at - start,
                              "unknown Unicode class (general categories and scripts only)");
    }
    if (s->regex->unicode_offset == CORSAC_NONE && !csc_str_is(name, "Any"))
        s->regex->unicode_offset = (uint32_t)start;
    merge_named(s, &named, negated);
    return true;
}

bool csc_parse_named_escape(csc_scanner *s, bool *found)
{
    *found = false;
    if (csc_peek(s, 0) != '\\' || csc_peek(s, 1) < 0)
        return true;
    char letter = s->text.data[s->at + 1];
    if (letter == 'p' || letter == 'P') {
        *found = true;
        return parse_unicode_group(s);
    }
    csc_ranges named = {0};
    if (csc_ranges_add_perl(&named, (char)(letter | 0x20))) {
        *found = true;
        merge_named(s, &named, !(letter & 0x20));
        s->at += 2;
    }
    return true;
}

/* [:alpha:] inside brackets. Without a closing ":]" the bracket is an ordinary character. */
static bool parse_posix_class(csc_scanner *s, bool *found)
{
    *found = false;
    if (csc_peek(s, 0) != '[' || csc_peek(s, 1) != ':')
        return true;
    size_t end = s->at + 2;
    while (end + 1 < s->text.size && memcmp(s->text.data + end, ":]", 2) != 0)
        end++;
    if (end + 1 >= s->text.size)
        return true;
    bool negated = end > s->at + 2 && s->text.data[s->at + 2] == '^';
    size_t first = s->at + 2 + negated;
    csc_ranges named = {0};
    if (!csc_ranges_add_posix(&named, csc_str_slice(s->text, first, end - first))) {
        csc_ranges_free(&named);
        return csc_parse_fail(s, CSC_REGEX_E_CLASS, s->at, end + 2 - s->at, "unknown POSIX class");
    }
    *found = true;
    merge_named(s, &named, negated);
    s->at = end + 2;
    return true;
}

static bool parse_class_character(csc_scanner *s, size_t start, uint32_t *code_point)
{
    if (s->at >= s->text.size)
        return csc_parse_fail(s, CSC_REGEX_E_MISSING_BRACKET, start, s->text.size - start,
                              "missing ] to close the class");
    return csc_peek(s, 0) == '\\' ? csc_parse_escape(s, code_point)
                                  : csc_parse_code_point(s, code_point);
}

/* a, or a-z; a hyphen before the closing bracket stands for itself. */
static bool parse_class_range(csc_scanner *s, size_t start)
{
    size_t range_start = s->at;
    uint32_t first, last;
    if (!parse_class_character(s, start, &first))
        return false;
    last = first;
    if (csc_peek(s, 0) == '-' && csc_peek(s, 1) >= 0 && csc_peek(s, 1) != ']') {
        s->at++;
        if (!parse_class_character(s, start, &last))
            return false;
        if (last < first)
            return csc_parse_fail(s, CSC_REGEX_E_CLASS_RANGE, range_start, s->at - range_start,
                                  "the range ends before it starts");
    }
    if (s->flags & CSC_FLAG_FOLD) {
        csc_ranges folded = {0};
        csc_ranges_add(&folded, first, last);
        merge_named(s, &folded, false);
    } else {
        csc_ranges_add(&s->set, first, last);
    }
    return true;
}

static bool parse_class_item(csc_scanner *s, size_t start)
{
    bool found = false;
    if (!parse_posix_class(s, &found))
        return false;
    if (!found && !csc_parse_named_escape(s, &found))
        return false;
    return found || parse_class_range(s, start);
}

bool csc_parse_class(csc_scanner *s, csc_parse_node **out)
{
    size_t start = s->at++;
    bool negated = csc_peek(s, 0) == '^';
    s->at += negated;
    csc_ranges_clear(&s->set);
    for (bool first = true; first || csc_peek(s, 0) != ']'; first = false) {
        if (s->at >= s->text.size)
            return csc_parse_fail(s, CSC_REGEX_E_MISSING_BRACKET, start, 1,
                                  "missing ] to close the class");
        if (!parse_class_item(s, start))
            return false;
    }
    s->at++;
    csc_ranges_normalise(&s->set);
    if (negated)
        csc_ranges_negate(&s->set);
    *out = csc_parse_set_node(s, start);
    return *out != NULL;
}
