// SPDX-License-Identifier: Apache-2.0
// Files, directories and standard input, read whole: what the compiler is given.
#ifndef CORSAC_CLI_SOURCES_H
#define CORSAC_CLI_SOURCES_H

#include "cli/support.h"
#include "corsac/compile.h"

/** One text that was read. */
struct cli_source {
    char *name;
    char *text;
    size_t size_bytes;
    uint64_t device, inode; /**< so that one file is not read twice */
};

/** Texts in the order of names given, directories in sorted order. */
struct cli_sources {
    struct cli_source *items;
    size_t count;
    size_t capacity;
    corsac_input *inputs; /**< the same as views for corsac_compile() */
};

/**
 * Reads every name: a file, a directory (recursive, *.yaml *.yml *.json, hidden entries left out),
 * or "-". @return false when one could not be read; each has its message then.
 */
bool cli_sources_read(struct cli_sources *sources, const char *const *names, size_t count);
void cli_sources_free(struct cli_sources *sources);

/** The text of a source by the name in a diagnostic; NULL if there is none. */
const struct cli_source *cli_sources_find(const struct cli_sources *sources, corsac_str name);

/** Reads one file or "-" whole. @return NULL after a message; free() the text. */
char *cli_file_read(const char *name, size_t *size_bytes);

#endif
