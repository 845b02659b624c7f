// SPDX-License-Identifier: Apache-2.0
// Temporary file, fsync, rename, fsync of the directory: a crash at any point leaves either the
// old image or the new one under the name that gateways load.
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

static bool write_renamed(const char *path, corsac_str bytes, const struct stat *old)
{
    struct cli_buffer temporary = {0};
    cli_buffer_format(&temporary, "%s.XXXXXX", path);
    int descriptor = mkstemp(temporary.data);
    bool made = descriptor >= 0;
    bool fine = made && write_all(descriptor, bytes) && fchmod(descriptor, mode_for(old)) == 0 &&
                fsync(descriptor) == 0;
    if (made && close(descriptor) != 0)
        fine = false;
    fine = fine && rename(temporary.data, path) == 0;
    if (!fine)
        cli_message("%s: %s", path, strerror(errno));
    if (!fine && made)
        unlink(temporary.data);
    if (fine)
        sync_directory(path);
    cli_buffer_free(&temporary);
    return fine;
}

bool cli_image_write(const char *path, corsac_str bytes)
{
    struct stat status;
    bool exists = strcmp(path, "-") != 0 && stat(path, &status) == 0;
    if (strcmp(path, "-") == 0 || (exists && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return write_directly(path, bytes);
    char *target = exists ? realpath(path, NULL) : NULL; /* write through a link, keep the link */
    bool fine = write_renamed(target != NULL ? target : path, bytes, exists ? &status : NULL);
    free(target);
    return fine;
}
