// SPDX-License-Identifier: Apache-2.0
#include "compiler/decode/duration.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static corsac_str text(const char *literal)
{
    return (corsac_str){literal, strlen(literal)};
}

Test(duration, reads_what_go_reads) // D-20
{
    static const struct {
        const char *text;
        int64_t nanoseconds;
    } rows[] = {
        {"24h", 86400000000000},
        {"3600s", 3600000000000},
        {"1h30m", 5400000000000},
        {"1.5s", 1500000000},
        {".5m", 30000000000},
        {"500ms", 500000000},
        {"1us", 1000},
        {"1\xC2\xB5s", 1000},
        {"1\xCE\xBCs", 1000},
        {"+5s", 5000000000},
        {"-5s", -5000000000},
        {"-1.5s", -1500000000},
        {"0", 0},
        {"+0", 0},
        {"-0", 0},
        {"0s", 0},
        {"5.s", 5000000000},
        {"1h1m1s1ms1us1ns", 3661001001001},
        {"1s1s", 2000000000},
        {"0.1ns", 0},
        {"0.9us", 900},
        {"0.000000001s", 1},
        {"9223372036854775807ns", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"2562047h47m16.854775807s", INT64_MAX},
        {"0.830103483285477580700h", 2988372539827},
        {"0.100000000000000000000h", 360000000000},
        {"0.33333333333333333333h", 1200000000000},
        {"1.00000000000000000000000000001h", 3600000000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = -1;
        cr_assert(csc_duration_parse(text(rows[i].text), &value), "%s", rows[i].text);
        cr_assert_eq(value, rows[i].nanoseconds, "%s: %" PRId64, rows[i].text, value);
    }
}

Test(duration, refuses_what_go_refuses) // D-20
{
    static const char *const rows[] = {"",
                                       "600",
                                       "1d",
                                       " 5s",
                                       "5s ",
                                       "1e3s",
                                       "3",
                                       "-",
                                       "s",
                                       ".",
                                       "-.",
                                       ".s",
                                       "+.s",
                                       "--5s",
                                       "1h 1m",
                                       "1H",
                                       "1.2.3s",
                                       "0x1s",
                                       "1_0s",
                                       "1ss",
                                       "5m5",
                                       "1w",
                                       "\xC2\xB5s",
                                       "1\xC2s",
                                       "2562048h",
                                       "9223372036854775808ns",
                                       "-9223372036854775809ns",
                                       "9223372036854775.808us",
                                       "100000000000000000000s",
                                       "9223372036854ms775us808ns",
                                       "3000000h"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value;
        cr_assert_not(csc_duration_parse(text(rows[i]), &value), "%s", rows[i]);
    }
    int64_t value;
    cr_assert_not(csc_duration_parse((corsac_str){"1s\0", 3}, &value));
}

Test(time, reads_rfc_3339_with_fraction_and_offset) // D-24
{
    static const struct {
        const char *text;
        int64_t seconds;
        uint32_t nanoseconds;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1969-12-31T23:59:59Z", -1, 0},
        {"2026-01-31T12:00:00Z", 1769860800, 0},
        {"2026-01-31T13:30:00+01:30", 1769860800, 0},
        {"2026-01-31T10:30:00-01:30", 1769860800, 0},
        {"2024-02-29T23:59:59.5Z", 1709251199, 500000000},
        {"2000-02-29T00:00:00.000000001Z", 951782400, 1},
        {"2000-01-01T00:00:00.1234567899Z", 946684800, 123456789},
        {"0001-01-01T00:00:00Z", -62135596800, 0},
        {"9999-12-31T23:59:59Z", 253402300799, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds = 0;
        uint32_t nanoseconds = 7;
        cr_assert(csc_time_parse(text(rows[i].text), &seconds, &nanoseconds), "%s", rows[i].text);
        cr_assert_eq(seconds, rows[i].seconds, "%s: %" PRId64, rows[i].text, seconds);
        cr_assert_eq(nanoseconds, rows[i].nanoseconds, "%s", rows[i].text);
    }
}

Test(time, refuses_impossible_days_and_other_forms) // D-24
{
    static const char *const rows[] = {"",
                                       "2026-02-29T00:00:00Z",
                                       "1900-02-29T00:00:00Z",
                                       "2026-04-31T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "2026-01-00T00:00:00Z",
                                       "2026-01-01T24:00:00Z",
                                       "2026-01-01T00:60:00Z",
                                       "2026-01-01T00:00:00",
                                       "2026-01-01T00:00:00z",
                                       "2026-01-01 00:00:00Z",
                                       "2026-01-01T00:00:00.Z",
                                       "2026-01-01T00:00:00Zx",
                                       "2026-01-01T00:00:00+24:00",
                                       "2026-01-01T00:00:00+0100",
                                       "26-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds;
        uint32_t nanoseconds;
        cr_assert_not(csc_time_parse(text(rows[i]), &seconds, &nanoseconds), "%s", rows[i]);
    }
}
