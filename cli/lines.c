// SPDX-License-Identifier: Apache-2.0
// A reader over read(2): stdio would not tell when the next line has to be waited for.
#include "cli/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 16 };

bool cli_lines_open(struct cli_lines *lines, const char *name)
{
    *lines = (struct cli_lines){.descriptor = STDIN_FILENO};
    if (strcmp(name, "-") != 0)
        lines->descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (lines->descriptor < 0)
        cli_message("%s: %s", name, strerror(errno));
    return lines->descriptor >= 0;
}

void cli_lines_close(struct cli_lines *lines)
{
    if (lines->descriptor > STDIN_FILENO)
        close(lines->descriptor);
    free(lines->data);
    *lines = (struct cli_lines){.descriptor = -1};
}

/* Moves what is left to the front and reads once more. False at an error. */
static bool fill(struct cli_lines *lines)
{
    fflush(stdout);
    if (lines->start > 0)
        memmove(lines->data, lines->data + lines->start, lines->size);
    lines->start = 0;
    if (lines->capacity - lines->size < CHUNK_BYTES) {
        size_t capacity = lines->capacity * 2 + CHUNK_BYTES;
        char *moved = realloc(lines->data, capacity);
        if (moved == NULL)
            return false;
        lines->data = moved;
        lines->capacity = capacity;
    }
    ssize_t got;
    do {
        got = read(lines->descriptor, lines->data + lines->size, lines->capacity - lines->size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return false;
    lines->ended = got == 0;
    lines->size += (size_t)got;
    return true;
}

static void take(struct cli_lines *lines, size_t size, bool with_end, corsac_str *line)
{
    *line = (corsac_str){lines->data + lines->start, size};
    if (size > 0 && line->data[size - 1] == '\r')
        line->size--;
    lines->start += size + with_end;
    lines->size -= size + with_end;
}

enum cli_line_result cli_lines_next(struct cli_lines *lines, corsac_str *line)
{
    size_t looked = 0;
    bool too_long = false;
    for (;;) {
        const char *newline = NULL;
        if (lines->size > looked)
            newline = memchr(lines->data + lines->start + looked, '\n', lines->size - looked);
        if (newline != NULL || (lines->ended && lines->size > 0)) {
            size_t size =
                newline != NULL ? (size_t)(newline - (lines->data + lines->start)) : lines->size;
            take(lines, size, newline != NULL, line);
            return too_long || size > CLI_LINE_MAX_BYTES ? CLI_LINE_TOO_LONG : CLI_LINE_FOUND;
        }
        if (lines->ended)
            return too_long ? CLI_LINE_TOO_LONG : CLI_LINE_END;
        looked = lines->size;
        if (looked > CLI_LINE_MAX_BYTES) { /* drop what is there, keep looking for the end */
            too_long = true;
            lines->start += lines->size;
            lines->size = looked = 0;
        }
        if (!fill(lines))
            return CLI_LINE_FAILED;
    }
}
