// SPDX-License-Identifier: Apache-2.0
// Compares corsac/ffi.h with the real headers: every size, offset and enumerator. Prints the
// layout, "struct size" and "struct.member offset size", for bindings in other languages to compare
// with.
#include "layout.h"

#include <stdio.h>
#include <string.h>

static int differs(const struct layout_row *ffi, const struct layout_row *real)
{
    if (ffi->offset == real->offset && ffi->size_bytes == real->size_bytes)
        return 0;
    fprintf(stderr, "%s.%s: ffi.h says offset %zu, size %zu; the header %zu, %zu\n", ffi->name,
            ffi->member ? ffi->member : "", ffi->offset, ffi->size_bytes, real->offset,
            real->size_bytes);
    return 1;
}

int main(void)
{
    int differences = layout_ffi_count != layout_real_count || layout_ffi_count == 0;
    for (size_t i = 0; i < layout_ffi_count && differences == 0; i++) {
        const struct layout_row *row = &layout_real[i];
        differences += differs(&layout_ffi[i], row);
        if (row->member != NULL)
            printf("%s.%s %zu %zu\n", row->name, row->member, row->offset, row->size_bytes);
        else if (row->size_bytes != 0)
            printf("%s %zu\n", row->name, row->size_bytes);
    }
    return differences != 0;
}
