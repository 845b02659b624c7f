// SPDX-License-Identifier: Apache-2.0
// D-9: likely intent behind an unknown field.
#include "compiler/decode/suggest.h"
#include "compiler/support/arena.h"

#include <criterion/criterion.h>

static const csc_message *message(const char *field)
{
    const csc_message *owner = csc_schema_owner(field, csc_str_from(field).size);
    cr_assert_not_null(owner);
    return owner;
}

Test(suggest, finds_the_field_behind_a_typo) // D-9
{
    static const char *const rows[][3] = {
        {"allowedOrigins", "allowOrigins", "allowOrigins"},
        {"allowOrgins", "allowOrigins", "allowOrigins"},
        {"allow_Origins", "allowOrigins", "allowOrigins"},
        {"ALLOWHEADERS", "allowHeaders", "allowHeaders"},
        {"maxage", "maxAge", "maxAge"},
        {"max-age", "maxAge", "maxAge"},
        {"exposedHeaders", "exposeHeaders", "exposeHeaders"},
        {"crosPolicy", "corsPolicy", "corsPolicy"},
        {"cors", "corsPolicy", NULL},
        {"zzz", "corsPolicy", NULL},
        {"gateway", "exportTo", "gateways"},
        {"host", "exportTo", "hosts"},
        {"matches", "corsPolicy", "match"},
        {"routes", "corsPolicy", "route"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = csc_suggest_field(csc_str_from(rows[i][0]), message(rows[i][1]));
        cr_assert(rows[i][2] ? found && csc_str_is(csc_str_from(found), rows[i][2]) : !found,
                  "%s: %s", rows[i][0], found ? found : "none");
    }
}

Test(suggest, distance_counts_swaps_once_and_stops_at_its_limit)
{
    cr_assert_eq(csc_edit_distance(csc_str_from("abcd"), csc_str_from("abdc"), 9), 1);
    cr_assert_eq(csc_edit_distance(csc_str_from("abc"), csc_str_from("axxc"), 9), 2);
    cr_assert_eq(csc_edit_distance(csc_str_from(""), csc_str_from("abc"), 9), 3);
    cr_assert_eq(csc_edit_distance(csc_str_from("kitten"), csc_str_from("sitting"), 9), 3);
    cr_assert_eq(csc_edit_distance(csc_str_from("kitten"), csc_str_from("sitting"), 2), 3);
    char longest[200] = {0};
    cr_assert_eq(csc_edit_distance((corsac_str){longest, 199}, csc_str_from("a"), 2), 3);
}
