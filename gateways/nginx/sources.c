// SPDX-License-Identifier: Apache-2.0
// Files of a policy: which there are, what they contain, and whether they changed. Links are
// followed, so that the swap of a mounted ConfigMap's ..data is seen; hidden entries are left out,
// since such a ConfigMap would appear twice otherwise.
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { READ_CHUNK_BYTES = 1 << 16 };

static bool complain(char *message, const char *path, const char *what)
{
    snprintf(message, CSN_MESSAGE_BYTES, "%s: %s", path, what);
    return false;
}

/* ---- walking ---------------------------------------------------------------------------- */

/** Called for each policy file, in the order of names. False ends the walk. */
typedef bool (*visit_fn)(void *context, const char *path, const struct stat *status, char *message);

static bool is_policy_file(const char *name)
{
    const char *ending = strrchr(name, '.');
    return ending != NULL && ending != name &&
           (strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0 ||
            strcmp(ending, ".json") == 0);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool visit_entry(FTS *tree, FTSENT *entry, visit_fn visit, void *context, char *message)
{
    struct stat status;
    switch (entry->fts_info) {
    case FTS_D:
        if (entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.')
            fts_set(tree, entry, FTS_SKIP);
        return true;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return complain(message, entry->fts_path, strerror(entry->fts_errno));
    case FTS_F:
    case FTS_SL:
    case FTS_SLNONE:
        if (entry->fts_name[0] == '.' || !is_policy_file(entry->fts_name))
            return true;
        if (stat(entry->fts_accpath, &status) != 0)
            return complain(message, entry->fts_path, strerror(errno));
        return !S_ISREG(status.st_mode) || visit(context, entry->fts_path, &status, message);
    default:
        return true;
    }
}

static bool walk_directory(const char *path, visit_fn visit, void *context, char *message)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL}; /* fts_open() does not write to it */
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (tree == NULL)
        return complain(message, path, strerror(errno));
    bool fine = true;
    FTSENT *entry;
    while (fine && (errno = 0, entry = fts_read(tree)) != NULL)
        fine = visit_entry(tree, entry, visit, context, message);
    if (fine && errno != 0)
        fine = complain(message, path, strerror(errno));
    fts_close(tree);
    return fine;
}

static bool walk(const char *path, visit_fn visit, void *context, char *message)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return complain(message, path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return walk_directory(path, visit, context, message);
    if (!S_ISREG(status.st_mode))
        return complain(message, path, "neither a file nor a directory");
    return visit(context, path, &status, message);
}

/* ---- fingerprint ------------------------------------------------------------------------ */

static bool add_to_fingerprint(void *context, const char *path, const struct stat *status,
                               char *message)
{
    uint64_t *fingerprint = context;
    const uint64_t facts[] = {(uint64_t)status->st_dev,          (uint64_t)status->st_ino,
                              (uint64_t)status->st_size,         (uint64_t)status->st_mtim.tv_sec,
                              (uint64_t)status->st_mtim.tv_nsec, (uint64_t)status->st_ctim.tv_sec,
                              (uint64_t)status->st_ctim.tv_nsec};
    (void)message;
    *fingerprint = XXH3_64bits_withSeed(path, strlen(path), *fingerprint);
    *fingerprint = XXH3_64bits_withSeed(facts, sizeof(facts), *fingerprint);
    return true;
}

uint64_t csn_sources_fingerprint(const char *path, uint64_t seed, char *message)
{
    uint64_t fingerprint = seed;
    if (!walk(path, add_to_fingerprint, &fingerprint, message))
        return 0;
    return fingerprint != 0 ? fingerprint : 1;
}

/* ---- texts ------------------------------------------------------------------------------ */

static bool grow(char **text, size_t *capacity)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : READ_CHUNK_BYTES;
    char *moved = realloc(*text, wanted);
    if (moved == NULL)
        return false;
    *text = moved;
    *capacity = wanted;
    return true;
}

static char *read_descriptor(int descriptor, size_t *size_bytes)
{
    char *text = NULL;
    size_t size = 0, capacity = 0;
    for (;;) {
        if (size == capacity && !grow(&text, &capacity)) {
            free(text);
            errno = ENOMEM;
            return NULL;
        }
        ssize_t got = read(descriptor, text + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
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

static bool add_text(void *context, const char *path, const struct stat *status, char *message)
{
    csn_texts *texts = context;
    (void)status;
    if (texts->count == texts->capacity) {
        size_t wanted = texts->capacity > 0 ? texts->capacity * 2 : 8;
        corsac_input *moved = realloc(texts->items, wanted * sizeof(*moved));
        if (moved == NULL)
            return complain(message, path, strerror(ENOMEM));
        texts->items = moved;
        texts->capacity = wanted;
    }
    /* Non-blocking, since a FIFO may have taken the file's place meanwhile. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return complain(message, path, strerror(errno));
    size_t size = 0;
    char *text = read_descriptor(descriptor, &size);
    int error = errno;
    close(descriptor);
    char *name = text != NULL ? strdup(path) : NULL;
    if (name == NULL) {
        free(text);
        return complain(message, path, strerror(text != NULL ? ENOMEM : error));
    }
    texts->items[texts->count++] = (corsac_input){{name, strlen(name)}, {text, size}};
    return true;
}

bool csn_sources_read(csn_texts *out, const char *path, char *message)
{
    *out = (csn_texts){0};
    if (!walk(path, add_text, out, message))
        return false;
    return out->count > 0 || complain(message, path, "no *.yaml, *.yml or *.json in it");
}

void csn_texts_free(csn_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free((void *)(uintptr_t)texts->items[i].name.data);
        free((void *)(uintptr_t)texts->items[i].text.data);
    }
    free(texts->items);
    *texts = (csn_texts){0};
}
