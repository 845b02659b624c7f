// SPDX-License-Identifier: Apache-2.0
// Byte classes: the vector way answers as the portable one, at every length and place.
#include "engine/match/class.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

// control bytes are illegal, TAB is not; 0x80-0xff and blanks are legal but not plain.
Test(match_class, every_byte_is_of_its_kind_in_every_place)
{
    for (size_t size = 1; size <= 90; size++)
        for (size_t at = 0; at < size; at++)
            for (unsigned byte = 0; byte < 256; byte += size < 20 ? 1 : 3) {
                char *text = malloc(size); /* exact size: reading beyond is seen */
                memset(text, 'a', size);
                text[at] = (char)byte;
                bool illegal = (byte < 0x20 && byte != '\t') || byte == 0x7f;
                bool plain = byte >= 0x21 && byte <= 0x7e;
                cse_origin_bytes wanted = illegal ? CSE_BYTES_ILLEGAL
                                          : plain ? CSE_BYTES_PLAIN
                                                  : CSE_BYTES_OTHER;
                cr_assert_eq(cse_origin_classify((corsac_str){text, size}), wanted, "%u at %zu/%zu",
                             byte, at, size);
                free(text);
            }
}

static void add_range(cse_origin_class *class, uint32_t slot, uint8_t first, uint8_t last)
{
    memset(class->first[slot], first, 16);
    memset(class->width[slot], last - first, 16);
    for (unsigned byte = first; byte <= last; byte++)
        class->bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
}

// M-20: a run of [a-z0-9-] is found whole or not at all.
Test(match_class, a_run_is_all_of_its_class_or_not)
{
    cse_origin_class class = {.range_count = 3};
    add_range(&class, 0, 'a', 'z');
    add_range(&class, 1, '0', '9');
    add_range(&class, 2, '-', '-');
    add_range(&class, 3, 'a', 'z');
    for (size_t size = 1; size <= 50; size++) {
        char *text = malloc(size);
        for (size_t from = 0; from < size; from++)
            for (size_t bad = 0; bad <= size; bad++) {
                memset(text, 'q', size);
                if (bad < size)
                    text[bad] = '.';
                const uint8_t *run = (const uint8_t *)text + from;
                bool wanted = bad < from || bad == size;
                cr_assert_eq(cse_class_holds(&class, (corsac_str){text, size}, run, size - from),
                             wanted);
                cr_assert_eq(cse_class_holds_scalar(&class, run, size - from), wanted);
            }
        free(text);
    }
}

// M-20: the run of members from a place on, bounded by what the caller allows.
Test(match_class, a_run_ends_where_its_class_ends)
{
    cse_origin_class class = {.range_count = 2};
    add_range(&class, 0, 'a', 'z');
    add_range(&class, 1, '0', '9');
    add_range(&class, 2, 'a', 'z');
    add_range(&class, 3, 'a', 'z');
    for (size_t size = 1; size <= 50; size++) {
        char *text = malloc(size);
        for (size_t stop = 0; stop <= size; stop++)
            for (size_t from = 0; from < size; from++) {
                memset(text, '7', size);
                if (stop < size)
                    text[stop] = '.';
                size_t most = size - from;
                size_t wanted = stop >= from && stop < size ? stop - from : most;
                const uint8_t *run = (const uint8_t *)text + from;
                corsac_str whole = {text, size};
                cr_assert_eq(cse_class_run(&class, whole, run, most), wanted);
                cr_assert_eq(cse_class_run(&class, whole, run, most / 2),
                             wanted < most / 2 ? wanted : most / 2);
            }
        free(text);
    }
}
