// SPDX-License-Identifier: Apache-2.0
// Reads what the command line names. Directories are walked in sorted order, so that the same tree
// gives the same input on every machine; links to directories below a named one are not
// followed, and hidden entries are left out: a mounted ConfigMap would appear twice otherwise.
#include "cli/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_CHUNK_BYTES = 1 << 16, MAX_DIRECTORY_DEPTH = 64 };

static char *read_descriptor(int descriptor, const char *name, size_t *size_bytes)
{
    char *text = NULL;
    size_t size = 0, capacity = 0;
    for (;;) {
        if (capacity - size < READ_CHUNK_BYTES) {
            capacity = capacity > 0 ? capacity * 2 : READ_CHUNK_BYTES * 2;
            char *moved = realloc(text, capacity);
            if (moved == NULL) {
                cli_message("%s: too large for memory", name);
                free(text);
                return NULL;
            }
            text = moved;
        }
        ssize_t got = read(descriptor, text + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            cli_message("%s: %s", name, strerror(errno));
            free(text);
            return NULL;
        }
        if (got == 0)
            break;
        size += (size_t)got;
    }
    *size_bytes = size;
    return text;
}

char *cli_file_read(const char *name, size_t *size_bytes)
{
    if (strcmp(name, "-") == 0)
        return read_descriptor(STDIN_FILENO, "standard input", size_bytes);
    int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        cli_message("%s: %s", name, strerror(errno));
        return NULL;
    }
    char *text = read_descriptor(descriptor, name, size_bytes);
    close(descriptor);
    return text;
}

/* ---- collecting ------------------------------------------------------------------------- */

static bool already_read(const struct cli_sources *sources, const struct stat *status)
{
    for (size_t i = 0; i < sources->count; i++)
        if (sources->items[i].inode == (uint64_t)status->st_ino &&
            sources->items[i].device == (uint64_t)status->st_dev)
            return true;
    return false;
}

static bool read_file(struct cli_sources *sources, const char *name, const struct stat *status)
{
    if (status != NULL && already_read(sources, status))
        return true;
    struct cli_source source = {0};
    source.text = cli_file_read(name, &source.size_bytes);
    if (source.text == NULL)
        return false;
    const char *shown = strcmp(name, "-") == 0 ? "<stdin>" : name;
    source.name = cli_allocate(strlen(shown) + 1, 1);
    memcpy(source.name, shown, strlen(shown));
    if (status != NULL) {
        source.device = (uint64_t)status->st_dev;
        source.inode = (uint64_t)status->st_ino;
    }
    sources->items =
        cli_grow(sources->items, sources->count, &sources->capacity, sizeof(*sources->items));
    sources->items[sources->count++] = source;
    return true;
}

static bool is_policy_file(const char *name)
{
    static const char *const ENDINGS[] = {".yaml", ".yml", ".json"};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        size_t ending = strlen(ENDINGS[i]);
        if (size > ending && strcmp(name + size - ending, ENDINGS[i]) == 0)
            return true;
    }
    return false;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_directory(struct cli_sources *sources, const char *name, int depth);

static bool read_entry(struct cli_sources *sources, const char *path, int depth)
{
    struct stat link, status;
    if (lstat(path, &link) != 0) {
        cli_message("%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(link.st_mode))
        return read_directory(sources, path, depth + 1);
    if (!is_policy_file(path))
        return true;
    if (stat(path, &status) != 0) {
        cli_message("%s: %s", path, strerror(errno));
        return false;
    }
    return S_ISREG(status.st_mode) ? read_file(sources, path, &status) : true;
}

static bool read_directory(struct cli_sources *sources, const char *name, int depth)
{
    if (depth > MAX_DIRECTORY_DEPTH) {
        cli_message("%s: directories are nested deeper than %d", name, MAX_DIRECTORY_DEPTH);
        return false;
    }
    struct dirent **entries = NULL;
    int count = scandir(name, &entries, visible, by_bytes);
    if (count < 0) {
        cli_message("%s: %s", name, strerror(errno));
        return false;
    }
    bool fine = true;
    for (int i = 0; i < count; i++) {
        struct cli_buffer path = {0};
        cli_buffer_format(&path, "%s%s%s", name, name[strlen(name) - 1] == '/' ? "" : "/",
                          entries[i]->d_name);
        fine = read_entry(sources, path.data, depth) && fine;
        cli_buffer_free(&path);
        free(entries[i]);
    }
    free(entries);
    return fine;
}

static bool read_named(struct cli_sources *sources, const char *name)
{
    if (strcmp(name, "-") == 0)
        return cli_sources_find(sources, cli_str("<stdin>")) != NULL ||
               read_file(sources, name, NULL);
    struct stat status;
    if (name[0] == '\0' || stat(name, &status) != 0) {
        cli_message("%s: %s", name, name[0] == '\0' ? "an empty name" : strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode))
        return read_file(sources, name, S_ISREG(status.st_mode) ? &status : NULL);
    size_t before = sources->count;
    if (!read_directory(sources, name, 0))
        return false;
    if (sources->count == before)
        cli_message("%s: no *.yaml, *.yml or *.json in this directory", name);
    return true;
}

bool cli_sources_read(struct cli_sources *sources, const char *const *names, size_t count)
{
    bool fine = true;
    for (size_t i = 0; i < count; i++)
        fine = read_named(sources, names[i]) && fine;
    sources->inputs = cli_allocate(sources->count, sizeof(*sources->inputs));
    for (size_t i = 0; i < sources->count; i++)
        sources->inputs[i] =
            (corsac_input){.name = cli_str(sources->items[i].name),
                           .text = {sources->items[i].text, sources->items[i].size_bytes}};
    return fine;
}

void cli_sources_free(struct cli_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->items[i].name);
        free(sources->items[i].text);
    }
    free(sources->items);
    free(sources->inputs);
    *sources = (struct cli_sources){0};
}

const struct cli_source *cli_sources_find(const struct cli_sources *sources, corsac_str name)
{
    for (size_t i = 0; i < sources->count; i++)
        if (cli_str_equal(cli_str(sources->items[i].name), name))
            return &sources->items[i];
    return NULL;
}
