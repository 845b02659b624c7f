// SPDX-License-Identifier: Apache-2.0
// Bytes with their zeros and repetitions counted: what is written is read again, takes the room it should, and is refused when it is cut.
#include "compiler/regex/zeros.h"
#include "engine/image/origin_format.h"
#include "engine/match/zeros.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Writes, cuts at every place, reads into memory of just the size. Returns how much is stored. */
static size_t check(const uint8_t *bytes, size_t size)
{
    csc_arena *arena = csc_arena_new();
    corsac_str packed;
    cr_assert_eq(csc_zeros_pack(arena, (corsac_str){(const char *)bytes, size}, &packed),
                 CORSAC_OK);
    uint8_t *copy = malloc(packed.size + 1), *out = malloc(size + CSE_ZEROS_SLACK);
    memcpy(copy, packed.data, packed.size);
    cr_expect_eq(cse_zeros_size(copy, packed.size), size);
    for (size_t cut = 0; cut < packed.size; cut++)
        cr_expect_neq(cse_zeros_size(copy, cut), size, "%zu of %zu", cut, packed.size);
    memset(out, 0x5a, size + CSE_ZEROS_SLACK);
    cse_zeros_read(copy, packed.size, out, size);
    cr_expect(size == 0 || memcmp(out, bytes, size) == 0, "%zu bytes", size);
    free(copy);
    free(out);
    csc_arena_free(arena);
    return packed.size;
}

/* Heads that so many bytes in a run take. */
static size_t heads(size_t size, size_t per_head)
{
    return (size + per_head - 1) / per_head * 3;
}

Test(zeros, bytes_of_every_kind_come_back)
{
    uint8_t bytes[1100] = {0};
    cr_expect_eq(check(bytes, 0), 0);
    for (size_t size = 1; size < 1030; size += size < 40 || (size > 250 && size < 280) ? 1 : 17) {
        memset(bytes, 0, sizeof(bytes));
        /* zeros, then zeros that repeat zeros; the last few of either stand as they are */
        const size_t last = size % 510 % 255, few = last < 16 ? last : 0;
        cr_expect_leq(check(bytes, size), heads(size, 510) + (few ? 3 + few : 0), "%zu zeros",
                      size);
        memset(bytes, 1, sizeof(bytes));
        const size_t repeated = size > 16 ? size - 16 : 0;
        cr_expect_leq(check(bytes, size), 3 + 16 + heads(repeated, 255) + 18, "%zu others", size);
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(i * 7 + 1) | 1; /* a period of more than sixteen */
        cr_expect_eq(check(bytes, size), size + heads(size, 255), "%zu different ones", size);
        for (size_t run = 1; run < 40; run++) {
            for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i / run % 2);
            cr_expect_leq(check(bytes, size), size + heads(size, 255), "runs of %zu", run);
        }
    }
}

/* As the table of an automaton has it: lines of sixteen bytes, many alike. */
Test(zeros, lines_that_are_alike_are_stored_once)
{
    uint8_t bytes[16 * 100];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i % 16 + 1 + (i / 16 == 50));
    cr_expect_leq(check(bytes, sizeof(bytes)), 3 * 16 + heads(sizeof(bytes), 255) + 3 * 3);
}

Test(zeros, random_bytes_come_back)
{
    uint64_t state = 7;
    for (int round = 0; round < 300; round++) {
        uint8_t bytes[2000];
        size_t size = 0;
        while (size < 1000) {
            state = state * UINT64_C(6364136223846793005) + 1;
            size_t run = (state >> 33) % (round % 2 ? 6 : 600);
            memset(bytes + size, (int)(state >> 61), run);
            size += run;
        }
        check(bytes, size);
    }
}

Test(zeros, malformed_ones_have_no_size)
{
    static const uint8_t stored[] = {2, 3, 0, 'a', 'b', 0, 0, 0, 0, 255, 255};
    cr_expect_eq(cse_zeros_size(stored, 0), 0);
    cr_expect_eq(cse_zeros_size(stored, 5), 5);
    cr_expect_eq(cse_zeros_size(stored, 8), 5, "an empty part says nothing");
    cr_expect_eq(cse_zeros_size(stored, sizeof(stored)), 5 + 510);
    for (size_t size = 1; size < 5; size++)
        cr_expect_eq(cse_zeros_size(stored, size), SIZE_MAX, "%zu", size);
    for (size_t size = 6; size < 8; size++)
        cr_expect_eq(cse_zeros_size(stored, size), SIZE_MAX, "%zu", size);
    cr_expect_eq(cse_zeros_size(stored, 9), SIZE_MAX);
}

Test(zeros, what_is_repeated_is_there)
{
    for (uint8_t before = 0; before < 32; before++) {
        const uint8_t stored[] = {0, before, 1};
        cr_expect_eq(cse_zeros_size(stored, sizeof(stored)), before < 16 ? SIZE_MAX : before + 1u);
    }
}
