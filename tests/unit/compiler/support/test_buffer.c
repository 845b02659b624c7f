// SPDX-License-Identifier: Apache-2.0
#include "compiler/support/buffer.h"

#include <criterion/criterion.h>

Test(buffer, grows_across_appends_and_prints)
{
    csc_buffer buffer = {.arena = csc_arena_new()};
    for (int i = 0; i < 5000; i++) {
        csc_buffer_printf(&buffer, "%d", i % 10);
        csc_buffer_append(&buffer, csc_str_from("-"));
    }
    corsac_str text = csc_buffer_finish(&buffer);
    cr_assert_eq(text.size, 10000);
    for (int i = 0; i < 5000; i++)
        cr_assert(text.data[2 * i] == '0' + i % 10 && text.data[2 * i + 1] == '-');
    cr_assert_eq(text.data[text.size], '\0');
    csc_arena_free(buffer.arena);
}

Test(buffer, quotes_what_json_cannot_hold_and_leaves_utf8_alone)
{
    csc_buffer buffer = {.arena = csc_arena_new()};
    csc_buffer_quote(&buffer, (corsac_str){"a\"\\\n\0\x7F\xC3\xA9", 8});
    csc_buffer_quote(&buffer, (corsac_str){"", 0});
    csc_buffer_quote(&buffer, (corsac_str){NULL, 0});
    cr_assert_str_eq(csc_buffer_finish(&buffer).data,
                     "\"a\\\"\\\\\\u000a\\u0000\\u007f\xC3\xA9\"\"\"null");
    csc_arena_free(buffer.arena);
}

Test(buffer, an_empty_buffer_is_present_and_empty)
{
    csc_buffer buffer = {.arena = csc_arena_new()};
    corsac_str text = csc_buffer_finish(&buffer);
    cr_assert_not_null(text.data);
    cr_assert_eq(text.size, 0);
    csc_arena_free(buffer.arena);
}
