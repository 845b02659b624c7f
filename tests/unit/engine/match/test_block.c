// SPDX-License-Identifier: Apache-2.0
// Blocks and byte classes: the vector way answers as the portable one, at every length and place.
#include "engine/match/block.h"
#include "engine/match/origin.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

// control bytes are illegal, TAB is not; 0x80-0xff and blanks are legal but not plain.
Test(match_block, every_byte_is_of_its_kind_in_every_place)
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

static void set_range(cse_origin_class *class, uint32_t slot, uint8_t first, uint8_t last)
{
    memset(class->ranges[slot].shift, 127 - last, 16);
    memset(class->ranges[slot].limit, 126 - (last - first), 16);
    for (unsigned byte = first; byte <= last; byte++)
        class->bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
}

/* A class of `count` single bytes and ranges, the last one ending at `last`; others repeat the
 * first. */
static cse_origin_class make_class(uint32_t count, uint8_t last)
{
    cse_origin_class class = {.range_count = count};
    for (uint32_t slot = 0; slot < CSE_CLASS_RANGES; slot++) {
        uint32_t range = slot < count ? slot : 0;
        uint8_t first = (uint8_t)(0x21 + 5 * range);
        set_range(&class, slot, first, range + 1 == count ? last : (uint8_t)(first + range));
    }
    return class;
}

// M-20: which of sixteen bytes are members, for every byte in every place and any number of ranges.
Test(match_block, members_are_those_of_the_bitmap)
{
    uint8_t block[CSE_BLOCK_BYTES];
    for (uint32_t count = 1; count <= CSE_CLASS_BITMAP_ONLY; count++)
        for (unsigned last = 0x21 + 5 * count; last <= 0x7e; last++) {
            cse_origin_class class =
                make_class(count < CSE_CLASS_BITMAP_ONLY ? count : 1, (uint8_t)last);
            class.range_count = count;
            for (unsigned byte = 0; byte < 256; byte++) {
                memset(block, 0x21, sizeof(block));
                block[byte % CSE_BLOCK_BYTES] = (uint8_t)byte;
                cr_assert_eq(cse_block_members(&class, block),
                             cse_block_members_portable(&class, block), "%u ranges, byte %u", count,
                             byte);
            }
        }
}

// The other questions about a block, against the same byte by byte.
Test(match_block, equal_find_and_digits_look_at_every_byte)
{
    _Alignas(16) uint8_t record[CSE_BLOCK_BYTES];
    uint8_t block[CSE_BLOCK_BYTES];
    for (unsigned byte = 0; byte < 256; byte++)
        for (uint32_t at = 0; at < CSE_BLOCK_BYTES; at++) {
            uint32_t only = 1u << at;
            memset(record, 'x', sizeof(record));
            memset(block, 'x', sizeof(block));
            block[at] = (uint8_t)byte;
            cr_assert_eq(cse_block_equal(record, block),
                         byte == 'x' ? CSE_BLOCK_ALL : CSE_BLOCK_ALL & ~only);
            cr_assert_eq(cse_block_is(record, block), cse_block_equal(record, block));
            cr_assert_eq(cse_block_find(block, (uint8_t)byte), byte == 'x' ? CSE_BLOCK_ALL : only);
            cr_assert_eq(cse_block_digits(block), byte >= '0' && byte <= '9' ? only : 0);
        }
}
