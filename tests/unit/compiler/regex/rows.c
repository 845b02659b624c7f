// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX in place. */
static size_t decode(char *text)
{
    size_t size = 0;
    for (char *p = text; *p; p++) {
        if (*p == '%' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
            text[size++] = (char)(hex_digit(p[1]) * 16 + hex_digit(p[2]));
            p += 2;
        } else {
            text[size++] = *p;
        }
    }
    return size;
}

static void split(row *r, char *line)
{
    for (char *column = line; column && r->count < MAX_COLUMNS;) {
        char *tab = strchr(column, '\t');
        if (tab)
            *tab = '\0';
        r->columns[r->count].data = column;
        r->columns[r->count++].size = decode(column);
        column = tab ? tab + 1 : NULL;
    }
}

void rows_read(const char *name, void (*each)(const row *r, csc_arena *arena))
{
    char path[512], line[4096];
    snprintf(path, sizeof path, "%s/tests/unit/compiler/regex/%s", CORSAC_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    int number = 0, rows = 0;
    while (fgets(line, sizeof line, file)) {
        row r = {.line = ++number};
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        split(&r, line);
        csc_arena *arena = csc_arena_new();
        each(&r, arena);
        csc_arena_free(arena);
        rows++;
    }
    fclose(file);
    cr_assert_gt(rows, 10);
}
