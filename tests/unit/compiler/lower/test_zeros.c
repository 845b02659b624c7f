// SPDX-License-Identifier: Apache-2.0
// Bytes with their zeros counted: what is written is read again, takes the room it should, and is refused when it is cut.
#include "compiler/lower/zeros.h"
#include "engine/image/origin_format.h"
#include "engine/match/zeros.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static size_t store(csc_sections *sections, const uint8_t *bytes, size_t size)
{
    csc_section *section = &sections->slots[CSE_SECTION_DATABASES];
    size_t before = section->size_bytes;
    cr_assert_eq(
        csc_zeros_append(sections, CSE_SECTION_DATABASES, (corsac_str){(const char *)bytes, size}),
        before);
    return section->size_bytes - before;
}

/* Writes, cuts at every place, reads into memory of just the size. Returns how much is stored. */
static size_t check(const uint8_t *bytes, size_t size)
{
    csc_sections sections;
    cr_assert_eq(csc_sections_init(&sections), CORSAC_OK);
    csc_sections_declare(&sections, CSE_SECTION_DATABASES, 1);
    store(&sections, (const uint8_t *)"abc", 3); /* they may begin anywhere */
    size_t stored = store(&sections, bytes, size);
    const csc_section *section = &sections.slots[CSE_SECTION_DATABASES];
    uint8_t *copy = malloc(stored + 1), *out = malloc(size + CSE_ZEROS_SLACK);
    if (stored > 0)
        memcpy(copy, section->bytes + section->size_bytes - stored, stored);
    cr_expect_eq(cse_zeros_size(copy, stored), size);
    for (size_t cut = 0; cut < stored; cut++)
        cr_expect_neq(cse_zeros_size(copy, cut), size, "%zu of %zu", cut, stored);
    memset(out, 0x5a, size + CSE_ZEROS_SLACK);
    cse_zeros_read(copy, stored, out, size);
    cr_expect(size == 0 || memcmp(out, bytes, size) == 0, "%zu bytes", size);
    free(copy);
    free(out);
    csc_sections_free(&sections);
    return stored;
}

Test(zeros, bytes_of_every_kind_come_back)
{
    uint8_t bytes[1100] = {0};
    cr_expect_eq(check(bytes, 0), 0);
    for (size_t size = 1; size < 1030; size += size < 10 || (size > 250 && size < 260) ? 1 : 17) {
        memset(bytes, 0, sizeof(bytes));
        const size_t last = size % 255, full = size / 255 * 2;
        const size_t wanted = full + (last == 0 ? 0 : last < 16 ? 2 + last : 2);
        cr_expect_eq(check(bytes, size), wanted, "%zu zeros", size);
        memset(bytes, 1, sizeof(bytes));
        cr_expect_eq(check(bytes, size), size + (size + 254) / 255 * 2, "%zu others", size);
        for (size_t run = 1; run < 40; run++) {
            for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i / run % 2);
            cr_expect_leq(check(bytes, size), size + (size + 254) / 255 * 2, "runs of %zu", run);
        }
    }
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
    static const uint8_t heads[] = {2, 3, 'a', 'b', 0, 0, 0, 255};
    cr_expect_eq(cse_zeros_size(heads, 0), 0);
    cr_expect_eq(cse_zeros_size(heads, 4), 5);
    cr_expect_eq(cse_zeros_size(heads, 6), 5, "an empty part says nothing");
    cr_expect_eq(cse_zeros_size(heads, sizeof(heads)), 260);
    for (size_t size = 1; size < 4; size++)
        cr_expect_eq(cse_zeros_size(heads, size), SIZE_MAX, "%zu", size);
    cr_expect_eq(cse_zeros_size(heads, 5), SIZE_MAX);
    cr_expect_eq(cse_zeros_size(heads, 7), SIZE_MAX);
}
