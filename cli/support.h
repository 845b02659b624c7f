// SPDX-License-Identifier: Apache-2.0
// What every verb of the command needs: exit codes, checked memory, a growing buffer, messages.
// Running out of memory ends the command with CLI_EXIT_INTERNAL; nothing here returns NULL for it.
#ifndef CORSAC_CLI_SUPPORT_H
#define CORSAC_CLI_SUPPORT_H

#include "corsac/common.h"

#include <stdbool.h>
#include <stdio.h>

/** Exit codes; docs/cli.md lists them. */
enum cli_exit {
    CLI_EXIT_FINE = 0,
    CLI_EXIT_FINDINGS = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_INPUT = 3,
    CLI_EXIT_INTERNAL = 4
};

/** Memory for @p count items of @p size_bytes, zeroed. Free with free(). */
void *cli_allocate(size_t count, size_t size_bytes);

/** Makes room for one more item in a growing array; returns the array, moved or not. */
void *cli_grow(void *items, size_t count, size_t *capacity, size_t item_size_bytes);

/** Bytes under construction; `data` always ends in NUL once something was added. */
struct cli_buffer {
    char *data;
    size_t size;
    size_t capacity;
};

void cli_buffer_add(struct cli_buffer *buffer, const char *data, size_t size_bytes);
void cli_buffer_text(struct cli_buffer *buffer, const char *text);
void cli_buffer_str(struct cli_buffer *buffer, corsac_str text);
void cli_buffer_format(struct cli_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cli_buffer_free(struct cli_buffer *buffer);

/** Adds text with control bytes written \xNN, so that no input can steer a terminal. */
void cli_buffer_safe(struct cli_buffer *buffer, corsac_str text);

/** View of a C string; absent for NULL. */
corsac_str cli_str(const char *text);

/** Whether two byte strings are equal; absent equals empty. */
bool cli_str_equal(corsac_str a, corsac_str b);

/** Prints "corsac: ..." and a newline to standard error; control bytes are made safe. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Writes everything to standard output, or reports why not: false then. */
bool cli_print(const struct cli_buffer *buffer);

#endif
