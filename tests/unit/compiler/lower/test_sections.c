// SPDX-License-Identifier: Apache-2.0
// Growing sections and the string pool.
#include "compiler/lower/sections.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

Test(sections, equal_strings_are_stored_once) // one pool per image
{
    csc_sections sections;
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    cse_text first = csc_sections_string(&sections, csc_str_from("abc"));
    cse_text second = csc_sections_string(&sections, csc_str_from("abd"));
    cse_text again = csc_sections_string(&sections, csc_str_from("abc"));
    cr_expect_eq(first.offset, again.offset);
    cr_expect_neq(first.offset, second.offset);
    cr_expect_eq(csc_sections_string(&sections, (corsac_str){NULL, 0}).size, 0);
    cr_expect_eq(csc_sections_string(&sections, csc_str_from("")).offset, 0);
    cr_expect_eq(sections.slots[CSE_SECTION_STRINGS].size_bytes, 6);
    csc_sections_free(&sections);
}

Test(sections, the_pool_survives_growth) // offsets never change
{
    enum { TEXTS = 5000 };
    static cse_text texts[TEXTS];
    csc_sections sections;
    char text[32];
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < TEXTS; i++) {
            snprintf(text, sizeof(text), "text number %d", i);
            cse_text stored = csc_sections_string(&sections, csc_str_from(text));
            cr_assert(round == 0 || stored.offset == texts[i].offset);
            texts[i] = stored;
            cr_assert_eq(memcmp(sections.slots[CSE_SECTION_STRINGS].bytes + stored.offset, text,
                                stored.size),
                         0);
        }
    cr_expect_not(sections.failed);
    csc_sections_free(&sections);
}

Test(sections, a_reset_leaves_nothing_behind) // as freshly initialised
{
    csc_sections sections;
    char text[32];
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    for (int texts = 3000; texts > 0; texts /= 10) {
        csc_sections_declare(&sections, CSE_SECTION_PROGRAMS, 1);
        csc_sections_append(&sections, CSE_SECTION_PROGRAMS, "xyz", 3);
        for (int i = 0; i < texts; i++) {
            snprintf(text, sizeof(text), "%04d", i);
            cr_assert_eq(csc_sections_string(&sections, csc_str_from(text)).offset,
                         (uint32_t)(4 * i));
        }
        csc_sections_starve(&sections);
        csc_sections_reset(&sections);
        cr_expect_eq(csc_sections_status(&sections), CORSAC_OK);
        for (size_t i = 0; i < CSE_SECTION_SLOTS; i++)
            cr_expect_eq(sections.slots[i].size_bytes, 0);
        cr_expect_eq(sections.slots[CSE_SECTION_PROGRAMS].record_bytes, 0);
    }
    csc_sections_free(&sections);
}

Test(sections, texts_one_behind_the_other_are_one_string)
{
    csc_sections sections;
    const corsac_str parts[] = {{"ab", 2}, {"", 0}, {"c", 1}};
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    cse_text whole = csc_sections_string(&sections, csc_str_from("abc"));
    cse_text joined = csc_sections_joined(&sections, parts, 3);
    cr_expect_eq(joined.offset, whole.offset);
    cr_expect_eq(joined.size, 3);
    cr_expect_eq(csc_sections_joined(&sections, parts, 0).size, 0);
    cr_expect_eq(sections.slots[CSE_SECTION_STRINGS].size_bytes, 3);
    csc_sections_free(&sections);
}

Test(sections, alignment_pads_with_zeros)
{
    csc_sections sections;
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    csc_sections_declare(&sections, CSE_SECTION_PROGRAMS, 1);
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_PROGRAMS, "xyz", 3), 0);
    csc_sections_align(&sections, CSE_SECTION_PROGRAMS, 64);
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_PROGRAMS, "q", 1), 64);
    for (size_t i = 3; i < 64; i++)
        cr_expect_eq(sections.slots[CSE_SECTION_PROGRAMS].bytes[i], 0);
    csc_sections_align(&sections, CSE_SECTION_PROGRAMS, 1);
    cr_expect_eq(sections.slots[CSE_SECTION_PROGRAMS].size_bytes, 65);
    csc_sections_free(&sections);
}

Test(sections, a_section_beyond_four_gib_fails_for_good) // offsets are 32 bits
{
    csc_sections sections;
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    csc_sections_declare(&sections, CSE_SECTION_PROGRAMS, 1);
    sections.slots[CSE_SECTION_PROGRAMS].size_bytes = UINT32_MAX;
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_PROGRAMS, "x", 1), CSE_NONE);
    cr_expect_eq(csc_sections_status(&sections), CORSAC_E_LIMIT);
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_STRINGS, "x", 1), CSE_NONE);
    cr_expect_eq(csc_sections_string(&sections, csc_str_from("x")).size, 0);
    sections.slots[CSE_SECTION_PROGRAMS].size_bytes = 0;
    csc_sections_free(&sections);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
Test(sections, memory_that_runs_short_is_told_apart_from_a_limit) // lower.h
{
    const struct rlimit little = {1u << 30, 1u << 30};
    csc_sections sections;
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    csc_sections_declare(&sections, CSE_SECTION_PROGRAMS, 1);
    sections.slots[CSE_SECTION_PROGRAMS].size_bytes = (size_t)1 << 31;
    cr_assert_eq(setrlimit(RLIMIT_AS, &little), 0);
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_PROGRAMS, "x", 1), CSE_NONE);
    cr_expect_eq(csc_sections_status(&sections), CORSAC_E_MEMORY);
    cr_expect_eq(csc_sections_append(&sections, CSE_SECTION_STRINGS, "x", 1), CSE_NONE);
    cr_expect_eq(csc_sections_status(&sections), CORSAC_E_MEMORY);
    sections.slots[CSE_SECTION_PROGRAMS].size_bytes = 0;
    csc_sections_free(&sections);
}
#endif
