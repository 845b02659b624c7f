// SPDX-License-Identifier: Apache-2.0
#include "unit/compiler/regex/show.h"

#include "compiler/regex/ast.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

static char shown[1 << 14];
static size_t shown_bytes;

void show_begin(void)
{
    shown_bytes = 0;
    shown[0] = '\0';
}

void show(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(shown + shown_bytes, sizeof(shown) - shown_bytes, format, args);
    va_end(args);
    shown_bytes += (size_t)size;
    cr_assert_lt(shown_bytes, sizeof(shown));
}

void show_text(corsac_str text)
{
    show("'%.*s'", (int)text.size, text.data);
}

static bool has_bit(const uint64_t bits[2], int byte)
{
    return byte < 128 && bits[byte / 64] >> byte % 64 & 1;
}

void show_class(const uint64_t bits[2])
{
    show("[");
    for (int first = 0, last; first < 128; first = last + 1) {
        last = first;
        if (!has_bit(bits, first))
            continue;
        while (has_bit(bits, last + 1))
            last++;
        show("%c", first);
        if (last > first)
            show("-%c", last);
    }
    show("]");
}

void show_counts(uint32_t min, uint32_t max)
{
    if (min == max)
        show("{%u}", min);
    else if (max == CSC_REGEX_UNBOUNDED)
        show("{%u,}", min);
    else
        show("{%u,%u}", min, max);
}

const char *show_end(void)
{
    return shown;
}
