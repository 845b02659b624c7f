// SPDX-License-Identifier: Apache-2.0
// YAML 1.1 numbers as go-yaml v2 reads them, and their JSON text (D-14).
//
// Integers are exact up to 64 bits. Floats stay decimal text: nothing here depends on the locale or
// on rounding, and no field that decides anything is a float.
#include "compiler/read/reader.h"

#include <string.h>

enum { MAX_POINT = 309, PLAIN_DIGITS = 21 /* Go's JSON writes longer ones with an exponent */ };

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static unsigned base_of(corsac_str *digits)
{
    if (digits->size < 2 || digits->data[0] != '0')
        return 10;
    char mark = digits->data[1];
    unsigned base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    size_t skip = base != 8 || mark == 'o' || mark == 'O' ? 2 : 1;
    *digits = csc_str_slice(*digits, skip, digits->size - skip);
    return base;
}

/* strconv.ParseInt and ParseUint with base 0; *overflow: the digits are fine, the value is not. */
static bool parse_integer(corsac_str text, bool *negative, uint64_t *value, bool *overflow)
{
    *negative = text.size && text.data[0] == '-';
    if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
        text = csc_str_slice(text, 1, text.size - 1);
    unsigned base = base_of(&text);
    *value = 0;
    *overflow = false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)digit_value(text.data[i]);
        if (digit >= base)
            return false;
        *overflow |= *value > (UINT64_MAX - digit) / base;
        *value = *value * base + digit;
    }
    *overflow |= *negative && *value > (uint64_t)INT64_MAX + 1;
    return text.size > 0;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? taken apart. */
typedef struct decimal {
    bool negative;
    corsac_str whole, fraction;
    long exponent;
} decimal;

static corsac_str take_digits(corsac_str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9')
        (*at)++;
    return csc_str_slice(text, from, *at - from);
}

static bool take_exponent(corsac_str text, size_t *at, long *exponent)
{
    bool negative = false;
    if (*at == text.size)
        return true;
    if (text.data[*at] != 'e' && text.data[*at] != 'E')
        return false;
    (*at)++;
    if (*at < text.size && (text.data[*at] == '-' || text.data[*at] == '+'))
        negative = text.data[(*at)++] == '-';
    corsac_str digits = take_digits(text, at);
    for (size_t i = 0; i < digits.size && *exponent < 100000; i++)
        *exponent = *exponent * 10 + (digits.data[i] - '0');
    if (negative)
        *exponent = -*exponent;
    return digits.size > 0 && *at == text.size;
}

static bool parse_decimal(corsac_str text, decimal *out)
{
    size_t at = 0;
    *out = (decimal){0};
    if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
        out->negative = text.data[at++] == '-';
    out->whole = take_digits(text, &at);
    if (at < text.size && text.data[at] == '.') {
        at++;
        out->fraction = take_digits(text, &at);
    }
    if (out->whole.size == 0 && out->fraction.size == 0)
        return false;
    return take_exponent(text, &at, &out->exponent);
}

/* Significant digits without zeros at either end; *point: value is 0.digits times 10^point. */
static size_t significant(const decimal *number, char *digits, long *point)
{
    size_t count = 0, leading = 0;
    for (size_t i = 0; i < number->whole.size + number->fraction.size; i++) {
        char c = i < number->whole.size ? number->whole.data[i]
                                        : number->fraction.data[i - number->whole.size];
        if (count == 0 && c == '0')
            leading++;
        else
            digits[count++] = c;
    }
    *point = (long)number->whole.size - (long)leading + number->exponent;
    while (count > 0 && digits[count - 1] == '0')
        count--;
    return count;
}

static corsac_str write_decimal(csc_arena *arena, const decimal *number, const char *digits,
                                size_t count, long point)
{
    const char *sign = number->negative ? "-" : "";
    int shown = (int)count;
    if (count == 0)
        return csc_arena_printf(arena, "%s0", sign);
    if (point > PLAIN_DIGITS || point < -5)
        return csc_arena_printf(arena, "%s%c%s%.*se%+ld", sign, digits[0], count > 1 ? "." : "",
                                shown - 1, digits + 1, point - 1);
    if (point <= 0)
        return csc_arena_printf(arena, "%s0.%.*s%.*s", sign, (int)-point, "00000", shown, digits);
    if ((size_t)point >= count)
        return csc_arena_printf(arena, "%s%.*s%.*s", sign, shown, digits, (int)(point - shown),
                                "000000000000000000000");
    return csc_arena_printf(arena, "%s%.*s.%.*s", sign, (int)point, digits, shown - (int)point,
                            digits + point);
}

/* Whether the value rounds to infinity; exact to 17 digits, which is more than a float keeps. */
static bool is_too_large(const char *digits, size_t count, long point)
{
    static const char largest[] = "17976931348623158";
    size_t size = sizeof largest - 1;
    int order = memcmp(digits, largest, count < size ? count : size);
    return point > MAX_POINT ||
           (point == MAX_POINT && (order > 0 || (order == 0 && count >= size)));
}

static csc_number_answer parse_float(csc_arena *arena, corsac_str text, corsac_str *json)
{
    decimal number;
    if (!parse_decimal(text, &number))
        return CSC_NUMBER_NO;
    long point = 0;
    char *digits = csc_arena_alloc(arena, 1, text.size + 1);
    if (!digits)
        return CSC_NUMBER_NO;
    size_t count = significant(&number, digits, &point);
    if (count && is_too_large(digits, count, point))
        return CSC_NUMBER_NO; /* out of range: go-yaml keeps the string */
    *json = write_decimal(arena, &number, digits, count, point);
    return CSC_NUMBER_FLOAT;
}

static bool is_special(corsac_str text)
{
    static const char *const words[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                        "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (csc_str_is(text, words[i]))
            return true;
    return false;
}

static corsac_str without_underscores(csc_arena *arena, corsac_str text)
{
    if (!memchr(text.data, '_', text.size))
        return text;
    char *copy = csc_arena_alloc(arena, 1, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; copy && i < text.size; i++)
        if (text.data[i] != '_')
            copy[size++] = text.data[i];
    return (corsac_str){copy, size};
}

/* A float that starts with its point may have underscores only between digits. */
static bool underscores_separate(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '_' &&
            (i == 0 || i + 1 == text.size || digit_value(text.data[i - 1]) > 9 ||
             digit_value(text.data[i + 1]) > 9))
            return false;
    return true;
}

csc_number_answer csc_number_parse(csc_arena *arena, corsac_str text, corsac_str *json)
{
    if (text.size == 0 || !strchr("+-.0123456789", text.data[0]) || text.data[0] == '\0')
        return CSC_NUMBER_NO;
    if (is_special(text))
        return CSC_NUMBER_NOT_FINITE;
    corsac_str plain = without_underscores(arena, text);
    if (text.data[0] == '.')
        return underscores_separate(text) ? parse_float(arena, plain, json) : CSC_NUMBER_NO;
    uint64_t value;
    bool negative, overflow;
    bool is_integer = parse_integer(plain, &negative, &value, &overflow);
    if (!is_integer || overflow)
        return parse_float(arena, plain, json);
    *json =
        csc_arena_printf(arena, "%s%llu", negative && value ? "-" : "", (unsigned long long)value);
    return CSC_NUMBER_INTEGER;
}
