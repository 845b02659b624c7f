// SPDX-License-Identifier: Apache-2.0
// Edit distance without regard to case and underscores, over the fields of one message.
#include "compiler/decode/suggest.h"

#include <string.h>

enum { LONGEST = 48 /* the longest field name has 27 bytes; anything much longer is no typo */ };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Lower case, without underscores and dashes. */
static size_t fold(corsac_str text, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c != '_' && c != '-')
            out[size++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return size;
}

size_t csc_edit_distance(corsac_str a, corsac_str b, size_t limit)
{
    size_t rows[3][LONGEST + 1] = {{0}}; /* two rows back, one row back, this row */
    char left[LONGEST], right[LONGEST];
    if (a.size > LONGEST || b.size > LONGEST)
        return limit + 1;
    size_t m = fold(a, left), n = fold(b, right);
    for (size_t j = 0; j <= n; j++)
        rows[1][j] = j;
    for (size_t i = 1; i <= m; i++) {
        rows[2][0] = i;
        for (size_t j = 1; j <= n; j++) {
            bool same = left[i - 1] == right[j - 1];
            size_t best = least(rows[1][j - 1] + !same, least(rows[1][j], rows[2][j - 1]) + 1);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                best = least(best, rows[0][j - 2] + 1);
            rows[2][j] = best;
        }
        memmove(rows[0], rows[1], 2 * sizeof rows[0]);
    }
    return rows[1][n] > limit ? limit + 1 : rows[1][n];
}

const char *csc_suggest_field(corsac_str key, const csc_message *message)
{
    size_t limit = key.size < 4 ? 1 : key.size < 9 ? 2 : 3;
    const char *found = NULL;
    for (size_t i = 0; i < message->field_count; i++) {
        const char *name = message->fields[i].name;
        size_t distance = csc_edit_distance(key, (corsac_str){name, strlen(name)}, limit);
        if (distance > limit || distance >= strlen(name))
            continue;
        limit = distance ? distance - 1 : 0;
        found = name;
        if (distance == 0)
            break;
    }
    return found;
}
