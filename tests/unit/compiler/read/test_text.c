// SPDX-License-Identifier: Apache-2.0
#include "compiler/read/reader.h"

#include <criterion/criterion.h>
#include <string.h>

static csc_text_fault check(corsac_str text, uint32_t line, uint32_t column, size_t usable)
{
    csc_place place;
    size_t bytes;
    csc_text_fault fault = csc_text_check(text, &place, &bytes);
    cr_assert_eq(bytes, usable, "usable %zu", bytes);
    if (fault)
        cr_assert(place.line == line && place.column == column, "%u:%u", place.line, place.column);
    return fault;
}

#define TEXT(literal) ((corsac_str){literal, sizeof(literal) - 1})

Test(text, clean_text_is_usable_as_a_whole)
{
    cr_assert_eq(check(TEXT("a: \xC3\xA9 \xF0\x9F\x98\x80\n---\n\tb\r\n"), 0, 0, 19),
                 CSC_TEXT_GOOD);
    cr_assert_eq(check(TEXT(""), 0, 0, 0), CSC_TEXT_GOOD);
}

Test(text, the_first_bad_byte_is_placed_by_code_points) // D-14
{
    cr_assert_eq(check(TEXT("a\n\xC3\xA9\xC3\xA9\xFF"), 1, 2, 0), CSC_TEXT_NOT_UTF8);
    cr_assert_eq(check(TEXT("a\r\nb\r\xC3"), 2, 0, 0), CSC_TEXT_NOT_UTF8);
    cr_assert_eq(check(TEXT("ab\0c"), 0, 2, 0), CSC_TEXT_NUL);
    cr_assert_eq(check(TEXT("a\x7F"), 0, 1, 0), CSC_TEXT_CONTROL);
    cr_assert_eq(check(TEXT("\x1B"), 0, 0, 0), CSC_TEXT_CONTROL);
    cr_assert_eq(check(TEXT("\xFF\xFE"), 0, 0, 0), CSC_TEXT_UTF16);
    cr_assert_eq(check(TEXT("\xFE\xFF"), 0, 0, 0), CSC_TEXT_UTF16);
}

Test(text, a_byte_is_judged_alike_wherever_it_stands) // D-14
{
    for (unsigned byte = 0; byte < 0x80; byte++) {
        bool breaks = byte == '\n' || byte == '\r';
        bool good = breaks || byte == '\t' || (byte >= 0x20 && byte < 0x7F);
        for (size_t size = 1; size <= 20; size++)
            for (size_t at = 0; at < size; at++) {
                char bytes[20];
                memset(bytes, 'a', sizeof bytes);
                bytes[at] = (char)byte;
                csc_text_fault fault =
                    check((corsac_str){bytes, size}, 0, (uint32_t)at, good ? size : 0);
                cr_expect_eq(fault, good        ? CSC_TEXT_GOOD
                                    : byte == 0 ? CSC_TEXT_NUL
                                                : CSC_TEXT_CONTROL);
                /* The next one is counted from the break on, and one behind an odd byte is found. */
                if (at + 1 < size && good) {
                    bytes[size - 1] = '\x01';
                    check((corsac_str){bytes, size}, breaks,
                          (uint32_t)(breaks ? size - 2 - at : size - 1), 0);
                }
            }
    }
}

Test(text, overlong_forms_surrogates_and_cut_sequences_are_not_utf8)
{
    static const char *const bad[] = {
        "\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80",         "\xE2\x82",     "\xC3(",
        "\xF0\x9F\x98"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(check(csc_str_from(bad[i]), 0, 0, 0), CSC_TEXT_NOT_UTF8, "%zu", i);
}

Test(text, documents_before_the_bad_byte_stay_usable) // D-5
{
    cr_assert_eq(check(TEXT("a: 1\n---\nb: 2\n---\nc: \xFF\n---\nd"), 4, 3, 14), CSC_TEXT_NOT_UTF8);
    cr_assert_eq(check(TEXT("a: 1\n---b\n--- \n\xFF"), 3, 0, 10), CSC_TEXT_NOT_UTF8);
}

Test(text, the_next_document_starts_behind_the_given_line)
{
    corsac_str text = TEXT("a\n---\nb\nc\n---\nd\n ---\n----\n--- e\n");
    csc_place place = {0};
    cr_assert(csc_text_next_document(text, &place, 0) && place.offset == 2 && place.line == 1);
    cr_assert(csc_text_next_document(text, &place, 1) && place.offset == 10 && place.line == 4);
    cr_assert(csc_text_next_document(text, &place, 0) && place.line == 8);
    cr_assert_not(csc_text_next_document(text, &place, 0));
}

Test(text, only_a_utf8_mark_is_a_mark)
{
    cr_assert_eq(csc_text_mark_bytes(TEXT("\xEF\xBB\xBF"
                                          "a")),
                 3);
    cr_assert_eq(csc_text_mark_bytes(TEXT("\xEF\xBB")), 0);
    cr_assert_eq(csc_text_mark_bytes(TEXT("abc")), 0);
}
