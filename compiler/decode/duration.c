// SPDX-License-Identifier: Apache-2.0
// Durations exactly as Go parses them: each unit's fraction is computed in floating point and cut,
// and sums beyond int64 nanoseconds are refused.
#include "compiler/decode/duration.h"

#include <string.h>

#define LIMIT ((uint64_t)1 << 63)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits before the point; false on overflow. */
static bool take_whole(corsac_str text, size_t *at, uint64_t *value)
{
    for (*value = 0; *at < text.size && is_digit(text.data[*at]); (*at)++) {
        if (*value > LIMIT / 10)
            return false;
        *value = *value * 10 + (uint64_t)(text.data[*at] - '0');
        if (*value > LIMIT)
            return false;
    }
    return true;
}

/* Digits behind the point; those beyond the precision of int64 are skipped. */
static void take_fraction(corsac_str text, size_t *at, uint64_t *value, double *scale)
{
    bool overflow = false;
    *value = 0;
    *scale = 1;
    for (; *at < text.size && is_digit(text.data[*at]); (*at)++) {
        uint64_t digit = (uint64_t)(text.data[*at] - '0');
        overflow = overflow || *value > (LIMIT - 1) / 10 || *value * 10 + digit > LIMIT;
        if (overflow)
            continue;
        *value = *value * 10 + digit;
        *scale *= 10;
    }
}

static uint64_t take_unit(corsac_str text, size_t *at)
{
    static const struct {
        const char *name;
        uint64_t nanoseconds;
    } units[] = {{"ns", 1},       {"us", 1000},      {"\xC2\xB5s", 1000}, {"\xCE\xBCs", 1000},
                 {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000}};
    size_t end = *at;
    while (end < text.size && text.data[end] != '.' && !is_digit(text.data[end]))
        end++;
    size_t size = end - *at;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == size && memcmp(text.data + *at, units[i].name, size) == 0) {
            *at = end;
            return units[i].nanoseconds;
        }
    }
    return 0;
}

/* One "1.5h". */
static bool take_part(corsac_str text, size_t *at, uint64_t *nanoseconds)
{
    uint64_t whole, fraction = 0;
    double scale = 1;
    size_t from = *at;
    if (!take_whole(text, at, &whole))
        return false;
    bool digits = *at > from;
    if (*at < text.size && text.data[*at] == '.') {
        from = ++*at;
        take_fraction(text, at, &fraction, &scale);
        digits = digits || *at > from;
    }
    uint64_t unit = digits ? take_unit(text, at) : 0;
    if (unit == 0 || whole > LIMIT / unit)
        return false;
    whole *= unit;
    if (fraction > 0)
        whole += (uint64_t)((double)fraction * ((double)unit / scale));
    *nanoseconds = whole;
    return whole <= LIMIT;
}

bool csc_duration_parse(corsac_str text, int64_t *nanoseconds)
{
    size_t at = 0;
    uint64_t sum = 0;
    bool negative = text.size && text.data[0] == '-';
    if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
        at++;
    *nanoseconds = 0;
    if (text.size - at == 1 && text.data[at] == '0')
        return true;
    if (at == text.size)
        return false;
    while (at < text.size) {
        uint64_t part = 0;
        if (!take_part(text, &at, &part))
            return false;
        sum += part;
        if (sum > LIMIT)
            return false;
    }
    if (!negative && sum == LIMIT)
        return false;
    *nanoseconds = negative ? (int64_t)(~sum + 1) : (int64_t)sum;
    return true;
}

/* ---- RFC 3339 --------------------------------------------------------------------------- */

static bool take_number(corsac_str text, size_t at, size_t digits, unsigned *value)
{
    *value = 0;
    if (at + digits > text.size)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(text.data[at + i]))
            return false;
        *value = *value * 10 + (unsigned)(text.data[at + i] - '0');
    }
    return true;
}

static bool has(corsac_str text, size_t at, char c)
{
    return at < text.size && text.data[at] == c;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_since_epoch(unsigned year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, in_era = y - era * 400;
    int64_t in_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static bool take_date(corsac_str text, int64_t *days)
{
    unsigned year, month, day;
    if (!take_number(text, 0, 4, &year) || !has(text, 4, '-') || !take_number(text, 5, 2, &month) ||
        !has(text, 7, '-') || !take_number(text, 8, 2, &day) || !has(text, 10, 'T'))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    *days = days_since_epoch(year, month, day);
    return true;
}

static bool take_clock(corsac_str text, int64_t *seconds)
{
    unsigned hour, minute, second;
    if (!take_number(text, 11, 2, &hour) || !has(text, 13, ':') ||
        !take_number(text, 14, 2, &minute) || !has(text, 16, ':') ||
        !take_number(text, 17, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    *seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second;
    return true;
}

static bool take_nanoseconds(corsac_str text, size_t *at, uint32_t *nanoseconds)
{
    uint32_t unit = 100000000;
    size_t from = ++*at;
    for (; *at < text.size && is_digit(text.data[*at]); (*at)++) {
        *nanoseconds += unit * (uint32_t)(text.data[*at] - '0');
        unit /= 10;
    }
    return *at > from;
}

static bool take_offset(corsac_str text, size_t at, int64_t *offset)
{
    unsigned hours, minutes;
    *offset = 0;
    if (has(text, at, 'Z'))
        return at + 1 == text.size;
    if (!has(text, at, '+') && !has(text, at, '-'))
        return false;
    if (!take_number(text, at + 1, 2, &hours) || !has(text, at + 3, ':') ||
        !take_number(text, at + 4, 2, &minutes) || at + 6 != text.size || hours > 23 ||
        minutes > 59)
        return false;
    *offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (text.data[at] == '-')
        *offset = -*offset;
    return true;
}

bool csc_time_parse(corsac_str text, int64_t *seconds, uint32_t *nanoseconds)
{
    int64_t days, clock, offset;
    size_t at = 19;
    *nanoseconds = 0;
    if (!take_date(text, &days) || !take_clock(text, &clock))
        return false;
    if (has(text, at, '.') && !take_nanoseconds(text, &at, nanoseconds))
        return false;
    if (!take_offset(text, at, &offset))
        return false;
    *seconds = days * 86400 + clock - offset;
    return true;
}
