// SPDX-License-Identifier: Apache-2.0
// Opens images that are signed. Verified and opened is one private copy, so that nobody can change
// the bytes between the two.
#include "sign/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes that nobody else can reach. */
typedef struct copy {
    uint8_t *bytes;
    size_t size;
} copy;

static corsac_status open_copy(corsac_image **out, const copy *image, const copy *signature,
                               const corsac_sign_trust *trust, corsac_error *error)
{
    const corsac_image_options options = {.struct_size = sizeof(options),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    corsac_status status = corsac_sign_verify(image->bytes, image->size, signature->bytes,
                                              signature->size, trust, NULL, error);
    return status == CORSAC_OK ? corsac_image_open(out, image->bytes, image->size, &options, error)
                               : status;
}

corsac_status corsac_sign_open(corsac_image **out, const void *bytes, size_t size,
                               const void *signature, size_t signature_size,
                               const corsac_sign_trust *trust, corsac_error *error)
{
    uint8_t file[CORSAC_SIGNATURE_BYTES] = {0};
    if (out)
        *out = NULL;
    if (!out || !bytes || size == 0 || (!signature && signature_size > 0))
        return css_fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    if (signature_size > 0 && signature_size <= sizeof(file)) /* another size is refused unread */
        memcpy(file, signature, signature_size);
    uint64_t image_bytes;
    corsac_status status = css_signature_check(file, signature_size, trust, &image_bytes, error);
    if (status == CORSAC_OK && image_bytes != size)
        status = css_fail(error, CORSAC_E_SIGNATURE, CSS_OTHER_SIZE);
    if (status != CORSAC_OK)
        return status;
    const copy image = {malloc(size), size}, signed_by = {file, signature_size};
    if (!image.bytes)
        return css_fail(error, CORSAC_E_MEMORY, "out of memory");
    memcpy(image.bytes, bytes, size);
    status = open_copy(out, &image, &signed_by, trust, error);
    free(image.bytes);
    return status;
}

/* ---- files -------------------------------------------------------------------------------- */

static corsac_status fail_errno(corsac_error *error, corsac_status status, const char *what)
{
    int code = errno;
    if (error)
        snprintf(error->message, sizeof(error->message), "cannot read the %s: %s", what,
                 strerror(code));
    errno = code;
    return status;
}

/* Up to @p size bytes, fewer if the file is shorter; -1 on failure. */
static ssize_t read_all(int file, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t part = read(file, bytes + done, size - done);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return -1;
        if (part == 0)
            break;
        done += (size_t)part;
    }
    return (ssize_t)done;
}

/* How much of a file to read, and what it is called. */
typedef struct wish {
    const char *what;
    size_t bytes;
    bool exactly; /* another size is refused unread; otherwise at most so many bytes are read */
} wish;

static corsac_status read_open(copy *out, int file, const wish *wanted, corsac_error *error)
{
    const char *what = wanted->what;
    struct stat info;
    if (fstat(file, &info) != 0)
        return fail_errno(error, CORSAC_E_IO, what);
    if (!S_ISREG(info.st_mode)) {
        errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
        return fail_errno(error, CORSAC_E_IO, what);
    }
    if (wanted->exactly && (uint64_t)info.st_size != wanted->bytes)
        return css_fail(error, CORSAC_E_SIGNATURE, CSS_OTHER_SIZE);
    out->size = (uint64_t)info.st_size < wanted->bytes ? (size_t)info.st_size : wanted->bytes;
    out->bytes = malloc(out->size + 1); /* a file may be empty */
    if (!out->bytes)
        return css_fail(error, CORSAC_E_MEMORY, "out of memory");
    ssize_t got = read_all(file, out->bytes, out->size);
    if (got < 0)
        return fail_errno(error, CORSAC_E_IO, what);
    out->size = (size_t)got;
    return CORSAC_OK;
}

/* Reads a regular file; the caller frees what came, even on failure. */
static corsac_status read_file(copy *out, const char *path, const wish *wanted, corsac_error *error)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not block */
    if (file < 0)
        return fail_errno(error, CORSAC_E_IO, wanted->what);
    corsac_status status = read_open(out, file, wanted, error);
    int code = errno;
    close(file);
    errno = code;
    return status;
}

static corsac_status read_signature(copy *out, const char *path, const char *image_path,
                                    corsac_error *error)
{
    char *beside = NULL;
    if (!path) {
        size_t size = strlen(image_path) + sizeof(".sig");
        beside = malloc(size);
        if (!beside)
            return css_fail(error, CORSAC_E_MEMORY, "out of memory");
        snprintf(beside, size, "%s.sig", image_path);
    }
    /* one byte more than there may be, so that a longer file is not taken for a signature */
    const wish wanted = {"signature", CORSAC_SIGNATURE_BYTES + 1, false};
    corsac_status status = read_file(out, path ? path : beside, &wanted, error);
    if (status == CORSAC_E_IO && errno == ENOENT)
        status = css_fail(error, CORSAC_E_SIGNATURE, "the image is not signed: no signature file");
    free(beside);
    return status;
}

/* The image is read only if it has the size that the signature is of. */
static corsac_status read_image(copy *out, const char *path, const copy *signature,
                                const corsac_sign_trust *trust, corsac_error *error)
{
    uint64_t image_bytes = 0;
    corsac_status status =
        css_signature_check(signature->bytes, signature->size, trust, &image_bytes, error);
    if (status == CORSAC_OK && image_bytes > CORSAC_MAX_IMAGE_BYTES)
        status =
            css_fail(error, CORSAC_E_SIGNATURE, "the signature is of no image: it is too large");
    const wish wanted = {"image file", (size_t)image_bytes, true};
    return status == CORSAC_OK ? read_file(out, path, &wanted, error) : status;
}

corsac_status corsac_sign_open_file(corsac_image **out, const char *image_path,
                                    const char *signature_path, const corsac_sign_trust *trust,
                                    corsac_error *error)
{
    copy image = {0}, signature = {0};
    if (out)
        *out = NULL;
    if (!out || !image_path || !trust)
        return css_fail(error, CORSAC_E_ARGUMENT, "wrong argument");
    corsac_status status = read_signature(&signature, signature_path, image_path, error);
    if (status == CORSAC_OK)
        status = read_image(&image, image_path, &signature, trust, error);
    if (status == CORSAC_OK)
        status = open_copy(out, &image, &signature, trust, error);
    int code = errno;
    free(signature.bytes);
    free(image.bytes);
    errno = code;
    return status;
}
