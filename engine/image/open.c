// SPDX-License-Identifier: Apache-2.0
// Makes an image from memory or from a file: one aligned copy, verified as it is made, or a mapping of what nobody
// can change; databases loaded if trusted.
#define _GNU_SOURCE // memory files and their seals
#include "engine/image/image.h"

#include "engine/image/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static corsac_status fail(corsac_error *error, corsac_status status, const char *reason)
{
    if (error)
        snprintf(error->message, sizeof(error->message), "%s", reason);
    return status;
}

/* By malloc(), aligned here, and its address before the bytes: the C library gives aligned memory of that size back to the
 * kernel each time and takes new pages, which cost as much to clear as an image to copy. Of malloc() it keeps what one
 * image has left for the next one. */
uint8_t *cse_image_bytes_new(size_t size_bytes)
{
    const size_t huge =
        2 * 1024 * 1024; /* bytes of a huge page of x86-64; elsewhere only an alignment */
    const size_t alignment = size_bytes >= huge ? huge : CSE_SECTION_ALIGNMENT;
    if (size_bytes > SIZE_MAX - 2 * alignment - sizeof(void *))
        return NULL;
    const size_t rounded = (size_bytes + alignment) & ~(alignment - 1);
    void *start = malloc(rounded + alignment + sizeof(void *));
    if (!start)
        return NULL;
    uint8_t *bytes = (uint8_t *)(((uintptr_t)start + sizeof(void *) + alignment - 1) &
                                 ~(uintptr_t)(alignment - 1));
    memcpy(bytes - sizeof(start), &start, sizeof(start));
#ifdef MADV_HUGEPAGE
    if (alignment == huge)
        (void)madvise(bytes, rounded, MADV_HUGEPAGE); /* a wish: refused where there are none */
#endif
    return bytes;
}

void cse_image_bytes_free(uint8_t *bytes)
{
    void *start = NULL;
    if (bytes)
        memcpy(&start, bytes - sizeof(start), sizeof(start));
    free(start);
}

/* An image without views, with room for size_bytes. NULL when memory is short. */
static corsac_image *new_image(size_t size_bytes)
{
    corsac_image *image = calloc(1, sizeof(*image));
    if (!image)
        return NULL;
    image->bytes = cse_image_bytes_new(size_bytes);
    image->size_bytes = size_bytes;
    if (image->bytes)
        return image;
    free(image);
    return NULL;
}

void corsac_image_free(corsac_image *image)
{
    if (!image)
        return;
    cse_origin_databases_free(image->databases);
    if (image->mapped_bytes > 0)
        munmap(image->bytes, image->mapped_bytes);
    else
        cse_image_bytes_free(image->bytes);
    free(image);
}

/* Takes the image over: it comes out in *out or is freed. @param source  NULL: its bytes are there. */
static corsac_status finish(corsac_image **out, corsac_image *image, const cse_image_source *source,
                            uint32_t flags, corsac_error *error)
{
    corsac_status status = cse_image_verify(image, source, error);
    if (status == CORSAC_OK && flags & CORSAC_IMAGE_TRUSTED) {
        status = cse_origin_databases_load(&image->databases, &image->origins,
                                           &image->database_loaded_count);
        if (status != CORSAC_OK)
            fail(error, status, "out of memory");
        image->origins.live = image->databases;
    }
    if (status != CORSAC_OK) {
        corsac_image_free(image);
        return status;
    }
    *out = image;
    return CORSAC_OK;
}

/* Flags of the caller's options; false if the struct is not one this library knows. */
static bool read_options(const corsac_image_options *options, uint32_t *flags)
{
    *flags = 0;
    if (!options)
        return true;
    if (options->struct_size < sizeof(*options))
        return false;
    *flags = options->flags;
    return (options->flags & ~(uint32_t)CORSAC_IMAGE_TRUSTED) == 0;
}

static bool read_memory(void *context, uint8_t *to, uint64_t offset, size_t size_bytes)
{
    const void *const *bytes = context;
    if (size_bytes > 0)
        memcpy(to, (const uint8_t *)*bytes + offset, size_bytes);
    return true;
}

corsac_status corsac_image_open(corsac_image **out, const void *bytes, size_t size,
                                const corsac_image_options *options, corsac_error *error)
{
    uint32_t flags;
    if (error)
        error->message[0] = '\0';
    if (out)
        *out = NULL;
    if (!out || (!bytes && size > 0) || !read_options(options, &flags))
        return fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    corsac_image *image = new_image(size);
    if (!image)
        return fail(error, CORSAC_E_MEMORY, "out of memory");
    const cse_image_source source = {read_memory, &bytes};
    return finish(out, image, &source, flags, error);
}

/* ---- files -------------------------------------------------------------------------------- */

static corsac_status fail_errno(corsac_error *error, const char *what)
{
    int code = errno;
    if (error)
        snprintf(error->message, sizeof(error->message), "cannot %s: %s", what, strerror(code));
    errno = code;
    return CORSAC_E_IO;
}

/* A file, and why it could not be read. */
typedef struct file_source {
    int file;
    int code;
} file_source;

/* A file that shrinks while it is read is an I/O error. */
static bool read_file(void *context, uint8_t *to, uint64_t offset, size_t size_bytes)
{
    file_source *source = context;
    for (size_t done = 0; done < size_bytes;) {
        ssize_t part = pread(source->file, to + done, size_bytes - done, (off_t)(offset + done));
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0) {
            source->code = part == 0 ? EIO : errno;
            return false;
        }
        done += (size_t)part;
    }
    return true;
}

static corsac_status fail_reading(corsac_error *error, const file_source *source)
{
    errno = source->code;
    return fail_errno(error, "read the image file");
}

/* Looks at the header of a file before asking for memory of its size. */
static corsac_status check_head(int file, uint64_t size, corsac_error *error)
{
    cse_header head = {.magic = {0}};
    size_t head_bytes = size < sizeof(head) ? (size_t)size : sizeof(head);
    file_source from = {file, 0};
    if (!read_file(&from, (uint8_t *)&head, 0, head_bytes))
        return fail_reading(error, &from);
    return cse_image_check_head(&head, head_bytes, size, error);
}

static corsac_status copy_image(corsac_image **out, int file, size_t size, uint32_t flags,
                                corsac_error *error)
{
    corsac_image *image = new_image(size);
    if (!image)
        return fail(error, CORSAC_E_MEMORY, "out of memory");
    file_source from = {file, 0};
    const cse_image_source source = {read_file, &from};
    corsac_status status = finish(out, image, &source, flags, error);
    return status == CORSAC_E_IO ? fail_reading(error, &from) : status;
}

/* Nobody can change these bytes any more, whoever holds them. */
static bool is_sealed(int file)
{
#ifdef F_GET_SEALS
    const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    int seals = fcntl(file, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
#else
    (void)file;
    return false;
#endif
}

/* A page of zeros follows the bytes, as room follows a copy: no read past the end can fault. */
static uint8_t *map_bytes(int file, size_t size, size_t *mapped_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - 2 * page)
        return NULL;
    size_t wanted = (size + page - 1) / page * page + page;
    uint8_t *bytes = mmap(NULL, wanted, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    if (mmap(bytes, size, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) {
        munmap(bytes, wanted);
        return NULL;
    }
    *mapped_bytes = wanted;
    return bytes;
}

static corsac_status map_image(corsac_image **out, int file, size_t size, uint32_t flags,
                               corsac_error *error)
{
    corsac_image *image = calloc(1, sizeof(*image));
    if (!image)
        return fail(error, CORSAC_E_MEMORY, "out of memory");
    image->size_bytes = size;
    image->bytes = map_bytes(file, size, &image->mapped_bytes);
    if (!image->bytes) {
        free(image);
        return fail(error, CORSAC_E_MEMORY, "out of memory");
    }
    return finish(out, image, NULL, flags, error);
}

static corsac_status read_image(corsac_image **out, int file, uint32_t flags, corsac_error *error)
{
    struct stat info;
    bool sealed = is_sealed(file); /* asked first: only then is the size below the last one */
    if (fstat(file, &info) != 0)
        return fail_errno(error, "read the image file");
    if (!S_ISREG(info.st_mode)) {
        errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
        return fail_errno(error, "read the image file");
    }
    corsac_status status = check_head(file, (uint64_t)info.st_size, error);
    if (status != CORSAC_OK)
        return status;
    size_t size = (size_t)info.st_size;
    return size > 0 && sealed ? map_image(out, file, size, flags, error)
                              : copy_image(out, file, size, flags, error);
}

corsac_status corsac_image_open_fd(corsac_image **out, int32_t descriptor,
                                   const corsac_image_options *options, corsac_error *error)
{
    uint32_t flags;
    if (error)
        error->message[0] = '\0';
    if (out)
        *out = NULL;
    if (!out || descriptor < 0 || !read_options(options, &flags))
        return fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    return read_image(out, descriptor, flags, error);
}

corsac_status corsac_image_open_file(corsac_image **out, const char *path,
                                     const corsac_image_options *options, corsac_error *error)
{
    uint32_t flags;
    if (error)
        error->message[0] = '\0';
    if (out)
        *out = NULL;
    if (!out || !path || !read_options(options, &flags))
        return fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not block */
    if (file < 0)
        return fail_errno(error, "open the image file");
    corsac_status status = read_image(out, file, flags, error);
    int code = errno;
    close(file);
    errno = code;
    return status;
}
