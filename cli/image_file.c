// SPDX-License-Identifier: Apache-2.0
// Temporary file, fsync, rename, fsync of the directory: a crash at any point leaves either the
// old image or the new one under the name that gateways load. A file that must be new is linked instead.
#include "cli/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int descriptor, corsac_str bytes)
{
    size_t done = 0;
    while (done < bytes.size) {
        ssize_t wrote = write(descriptor, bytes.data + done, bytes.size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += (size_t)wrote;
    }
    return true;
}

static bool write_directly(const char *path, corsac_str bytes)
{
    bool standard = strcmp(path, "-") == 0;
    int descriptor = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    bool fine = descriptor >= 0 && write_all(descriptor, bytes);
    if (!fine)
        cli_message("%s: %s", path, strerror(errno));
    if (!standard && descriptor >= 0)
        close(descriptor);
    return fine;
}

/* Keeps the mode of a file that is replaced; a new one gets what the umask leaves of 0666. */
static mode_t mode_for(const struct stat *old)
{
    if (old != NULL)
        return old->st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static void sync_directory(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return;
    int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (descriptor < 0)
        return;
    (void)fsync(descriptor); /* some file systems refuse it; the rename itself is done */
    close(descriptor);
}

/* A template for mkstemp(), or NULL: short memory must not end the command between two files. */
static char *temporary_name(const char *path)
{
    static const char ending[] = ".XXXXXX";
    size_t size = strlen(path);
    char *name = malloc(size + sizeof(ending));
    if (name == NULL)
        return NULL;
    memcpy(name, path, size);
    memcpy(name + size, ending, sizeof(ending));
    return name;
}

/*
 * 0 or the number of the error; a message could end the command while a file lies about.
 * @param fresh  nothing may have the name yet
 */
static int write_whole(const char *path, corsac_str bytes, mode_t mode, bool fresh)
{
    char *temporary = temporary_name(path);
    int descriptor = temporary != NULL ? mkstemp(temporary) : -1;
    bool made = descriptor >= 0;
    bool fine = made && write_all(descriptor, bytes) && fchmod(descriptor, mode) == 0 &&
                fsync(descriptor) == 0;
    if (made && close(descriptor) != 0)
        fine = false;
    fine = fine && (fresh ? link(temporary, path) : rename(temporary, path)) == 0;
    int error = fine ? 0 : errno;
    if (made && (fresh || !fine))
        unlink(temporary);
    if (fine)
        sync_directory(path);
    free(temporary);
    return error;
}

/* What cannot be looked at is not written over: it may be a link, or not a regular file. */
static bool look_at(const char *path, struct stat *status, bool *exists)
{
    *exists = stat(path, status) == 0;
    if (*exists || errno == ENOENT)
        return true;
    cli_message("%s: %s", path, strerror(errno));
    return false;
}

bool cli_image_write(const char *path, corsac_str bytes)
{
    struct stat status;
    bool exists;
    if (strcmp(path, "-") == 0)
        return write_directly(path, bytes);
    if (!look_at(path, &status, &exists))
        return false;
    if (exists && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return write_directly(path, bytes);
    char *target = exists ? realpath(path, NULL) : NULL; /* write through a link, keep the link */
    int error = exists && target == NULL ? errno
                                         : write_whole(target != NULL ? target : path, bytes,
                                                       mode_for(exists ? &status : NULL), false);
    free(target);
    if (error != 0)
        cli_message("%s: %s", path, strerror(error));
    return error == 0;
}

int cli_file_create(const char *path, corsac_str bytes, bool secret)
{
    return write_whole(path, bytes, secret ? S_IRUSR | S_IWUSR : mode_for(NULL), true);
}
