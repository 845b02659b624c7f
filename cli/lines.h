// SPDX-License-Identifier: Apache-2.0
// Lines of a stream, one at a time, with a bounded length.
#ifndef CORSAC_CLI_LINES_H
#define CORSAC_CLI_LINES_H

#include "cli/support.h"

/** Longest line that is looked at; a longer one is reported and skipped. */
#define CLI_LINE_MAX_BYTES (16u * 1024u * 1024u)

struct cli_lines {
    int descriptor;
    char *data;
    size_t start, size, capacity;
    bool ended;
};

enum cli_line_result { CLI_LINE_FOUND, CLI_LINE_TOO_LONG, CLI_LINE_END, CLI_LINE_FAILED };

/** Opens a file or "-". @return false after a message. */
bool cli_lines_open(struct cli_lines *lines, const char *name);
void cli_lines_close(struct cli_lines *lines);

/**
 * The next line without its end; valid until the next call. Standard output is flushed before the
 * call would wait for input, so that a program may ask and answer in turns.
 */
enum cli_line_result cli_lines_next(struct cli_lines *lines, corsac_str *line);

#endif
