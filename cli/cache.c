// SPDX-License-Identifier: Apache-2.0
// Nothing here can fail a compile but a directory that cannot be: without its cache it only takes longer.
#include "cli/cache.h"
#include "cli/image_file.h"
#include "cli/report.h"
#include "cli/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void add_path(struct cli_buffer *path, const char *directory)
{
    cli_buffer_format(path, "%s/regexes", directory);
}

/* Whether there is such a file, or may be one. */
static bool is_usable(const char *path, bool *exists)
{
    struct stat status;
    *exists = stat(path, &status) == 0;
    return *exists ? S_ISREG(status.st_mode) : errno == ENOENT;
}

/* An empty text where there is nothing to read. */
static char *read_file(const char *path, size_t *size_bytes)
{
    bool exists;
    *size_bytes = 0;
    if (!is_usable(path, &exists))
        cli_message("%s: not a regular file; the cache is not kept", path);
    else if (exists)
        return cli_file_read(path, size_bytes);
    return NULL;
}

static bool make_directory(const char *path)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return true;
    int reason = errno;
    if (reason == EEXIST && stat(path, &status) == 0)
        reason = S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    if (reason != 0)
        cli_message("%s: %s", path, strerror(reason));
    return reason == 0;
}

corsac_cache *cli_cache_open(const char *directory, const corsac_compile_options *options)
{
    corsac_cache *cache = NULL;
    struct cli_buffer path = {0};
    size_t size = 0;
    if (!make_directory(directory))
        return NULL;
    add_path(&path, directory);
    char *bytes = read_file(path.data, &size);
    corsac_status status = corsac_cache_new(&cache, options, (corsac_str){bytes, size});
    free(bytes);
    cli_buffer_free(&path);
    if (status != CORSAC_OK)
        cli_report_failure(status);
    return cache;
}

static void save(const corsac_cache *cache, const char *directory)
{
    corsac_blob *bytes = NULL;
    struct cli_buffer path = {0};
    bool exists;
    add_path(&path, directory);
    if (is_usable(path.data, &exists) && corsac_cache_save(&bytes, cache) == CORSAC_OK)
        (void)cli_image_write(path.data, corsac_blob_bytes(bytes)); /* it says why not */
    corsac_blob_free(bytes);
    cli_buffer_free(&path);
}

void cli_cache_close(corsac_cache *cache, const char *directory)
{
    corsac_cache_counts counts;
    corsac_cache_describe(cache, &counts);
    if (counts.made + counts.refused > 0 || counts.reused < counts.loaded)
        save(cache, directory);
    corsac_cache_free(cache);
}
