// SPDX-License-Identifier: Apache-2.0
// Opening what is signed: trusted, from one private copy, and nothing else.
#include "signed_image.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs at the moment of the verdict, in this thread: what an attacker with perfect timing could do. */
static void (*meanwhile)(void *context);
static void *meanwhile_context;

int __real_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long size, const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long size, const unsigned char *key);

int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long size, const unsigned char *key)
{
    if (meanwhile)
        meanwhile(meanwhile_context);
    return __real_crypto_sign_verify_detached(signature, message, size, key);
}

static void expect_whole(const signed_image *s, corsac_image *image)
{
    corsac_image_info info;
    corsac_image_describe(image, &info);
    cr_expect_eq(info.revision, s->revision);
    cr_expect_gt(info.database_count, 0);
    cr_expect_eq(info.database_loaded_count, info.database_count, "signed means trusted");
    corsac_image_free(image);
}

static corsac_status open_signed(const signed_image *s, corsac_image **out)
{
    corsac_error error = {{0}};
    corsac_status status = corsac_sign_open(out, s->bytes, s->size, s->signature.bytes,
                                            CORSAC_SIGNATURE_BYTES, &s->trust, &error);
    cr_expect_eq(status == CORSAC_OK, *out != NULL);
    cr_expect_eq(status == CORSAC_OK, error.message[0] == '\0');
    return status;
}

Test(open_signed, a_signed_image_is_trusted) // F-9
{
    signed_image *s = signed_image_new();
    corsac_image *image;
    cr_assert_eq(open_signed(s, &image), CORSAC_OK);
    expect_whole(s, image);
    signed_image_free(s);
}

static void overwrite(void *context)
{
    signed_image *s = context;
    memset(s->bytes, 0, s->size);
}

Test(open_signed, what_is_opened_is_what_was_verified) // F-9: no time between check and use
{
    signed_image *s = signed_image_new();
    corsac_image *image;
    meanwhile = overwrite;
    meanwhile_context = s;
    cr_assert_eq(open_signed(s, &image), CORSAC_OK);
    cr_expect_eq(s->bytes[0], 0, "the caller's bytes were changed during the call");
    expect_whole(s, image);
    signed_image_free(s);
}

Test(open_signed, an_image_that_is_not_signed_is_not_opened) // F-9
{
    signed_image *s = signed_image_new();
    corsac_image *image;
    corsac_error error;
    cr_expect_eq(corsac_sign_open(&image, s->bytes, s->size, NULL, 0, &s->trust, &error),
                 CORSAC_E_SIGNATURE);
    cr_expect_null(image);
    cr_expect_eq(corsac_sign_open(&image, s->bytes, s->size, s->signature.bytes,
                                  CORSAC_SIGNATURE_BYTES, NULL, &error),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_open(NULL, s->bytes, s->size, s->signature.bytes,
                                  CORSAC_SIGNATURE_BYTES, &s->trust, &error),
                 CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_open(&image, s->bytes, 0, s->signature.bytes, CORSAC_SIGNATURE_BYTES,
                                  &s->trust, &error),
                 CORSAC_E_ARGUMENT);
    s->bytes[s->size / 2] ^= 1;
    cr_expect_eq(open_signed(s, &image), CORSAC_E_SIGNATURE);
    signed_image_free(s);
}

Test(open_signed, a_signature_makes_no_image_of_other_bytes) // F-9: both checks, not either
{
    signed_image *s = signed_image_new();
    corsac_image *image;
    s->bytes[s->size - 1] ^= 1;
    cr_assert_eq(corsac_sign_image(&s->signature, s->bytes, s->size, &s->secrets[0], 0), CORSAC_OK);
    cr_expect_eq(open_signed(s, &image), CORSAC_E_IMAGE_CORRUPT);
    signed_image_free(s);
}

/* ---- files -------------------------------------------------------------------------------- */

typedef struct folder {
    char path[64], image[96], beside[96];
} folder;

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static folder folder_new(const signed_image *s)
{
    folder f = {.path = "/tmp/corsac-signed-XXXXXX"};
    cr_assert_not_null(mkdtemp(f.path));
    snprintf(f.image, sizeof(f.image), "%s/image", f.path);
    snprintf(f.beside, sizeof(f.beside), "%s/image.sig", f.path);
    write_file(f.image, s->bytes, s->size);
    write_file(f.beside, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    return f;
}

static void folder_free(const folder *f)
{
    unlink(f->image);
    unlink(f->beside);
    rmdir(f->path);
}

static corsac_status open_file(const signed_image *s, const folder *f, const char *signature,
                               corsac_image **out)
{
    corsac_error error = {{0}};
    corsac_status status = corsac_sign_open_file(out, f->image, signature, &s->trust, &error);
    cr_expect_eq(status == CORSAC_OK, *out != NULL);
    cr_expect_eq(status == CORSAC_OK, error.message[0] == '\0');
    return status;
}

Test(open_signed, the_signature_lies_beside_or_elsewhere) // sign.h
{
    signed_image *s = signed_image_new();
    folder f = folder_new(s);
    corsac_image *image;
    cr_assert_eq(open_file(s, &f, NULL, &image), CORSAC_OK);
    expect_whole(s, image);
    char elsewhere[96];
    snprintf(elsewhere, sizeof(elsewhere), "%s/other", f.path);
    cr_assert_eq(rename(f.beside, elsewhere), 0);
    cr_assert_eq(open_file(s, &f, elsewhere, &image), CORSAC_OK);
    expect_whole(s, image);
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_SIGNATURE, "none is there");
    unlink(elsewhere);
    folder_free(&f);
    signed_image_free(s);
}

static void truncate_image(void *context)
{
    const folder *f = context;
    cr_assert_eq(truncate(f->image, 0), 0);
    cr_assert_eq(truncate(f->beside, 0), 0);
}

Test(open_signed, files_that_change_meanwhile_do_not_matter) // F-9
{
    signed_image *s = signed_image_new();
    folder f = folder_new(s);
    corsac_image *image;
    meanwhile = truncate_image;
    meanwhile_context = &f;
    cr_assert_eq(open_file(s, &f, NULL, &image), CORSAC_OK);
    expect_whole(s, image);
    meanwhile = NULL;
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_SIGNATURE, "an empty signature");
    folder_free(&f);
    signed_image_free(s);
}

Test(open_signed, files_that_cannot_be_read_are_told_apart) // sign.h
{
    signed_image *s = signed_image_new();
    folder f = folder_new(s);
    corsac_image *image;
    errno = 0;
    cr_expect_eq(open_file(s, &f, f.path, &image), CORSAC_E_IO);
    cr_expect_eq(errno, EISDIR);
    uint8_t longer[CORSAC_SIGNATURE_BYTES + 1] = {0};
    memcpy(longer, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    write_file(f.beside, longer, sizeof(longer));
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_SIGNATURE, "a byte too many");
    write_file(f.beside, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    unlink(f.image);
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_IO);
    cr_expect_eq(errno, ENOENT);
    cr_assert_eq(mkfifo(f.image, 0600), 0);
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_IO, "and does not wait");
    cr_expect_eq(corsac_sign_open_file(&image, NULL, NULL, &s->trust, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_open_file(&image, f.image, NULL, NULL, NULL), CORSAC_E_ARGUMENT);
    folder_free(&f);
    signed_image_free(s);
}

/* A terabyte of zeros takes no room on the disk; nobody may ask for as much memory, nor read as long. */
Test(open_signed, an_image_of_another_size_is_not_read, .timeout = 10) // F-9
{
    signed_image *s = signed_image_new();
    folder f = folder_new(s);
    corsac_image *image;
    cr_assert_eq(truncate(f.image, (off_t)1 << 40), 0);
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_SIGNATURE);
    s->signature.bytes[24 + 5] = 1; /* the size, little-endian: a terabyte and a few bytes */
    write_file(f.beside, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    cr_assert_eq(truncate(f.image, ((off_t)1 << 40) + (off_t)s->size), 0);
    cr_expect_eq(open_file(s, &f, NULL, &image), CORSAC_E_SIGNATURE);
    folder_free(&f);
    signed_image_free(s);
}
