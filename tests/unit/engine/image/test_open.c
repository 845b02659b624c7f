// SPDX-License-Identifier: Apache-2.0
// Opening: from memory and from files, and what each kind of wrong bytes is called.
#define _GNU_SOURCE // memory files and their seals
#include "../world.h"
#include "engine/image/checksum.h"
#include "engine/image/format.h"
#include "engine/image/image.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static corsac_blob *small(void)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml), "%s", world_gateway);
    return world_compile(yaml, 0);
}

/* A changed copy of a good image; free() it. */
static char *copy_of(corsac_blob *blob, size_t *size)
{
    corsac_str bytes = corsac_blob_bytes(blob);
    char *copy = malloc(bytes.size);
    cr_assert_not_null(copy);
    memcpy(copy, bytes.data, bytes.size);
    *size = bytes.size;
    return copy;
}

static corsac_status open_bytes(const void *bytes, size_t size, corsac_error *error)
{
    corsac_image *image;
    corsac_status status = corsac_image_open(&image, bytes, size, NULL, error);
    cr_expect((status == CORSAC_OK) == (image != NULL));
    if (status != CORSAC_OK && error)
        cr_expect_neq(error->message[0], '\0', "a failure has a sentence");
    corsac_image_free(image);
    return status;
}

Test(open, the_callers_bytes_are_copied) // engine.h
{
    corsac_blob *blob = small();
    size_t size;
    char *bytes = copy_of(blob, &size);
    corsac_image *image;
    corsac_image_info info;
    cr_assert_eq(corsac_image_open(&image, bytes, size, NULL, NULL), CORSAC_OK);
    memset(bytes, 0, size);
    free(bytes);
    corsac_image_describe(image, &info);
    cr_expect_eq(info.size_bytes, size);
    cr_expect_eq(info.endpoint_count, 1);
    corsac_image_free(image);
    corsac_blob_free(blob);
}

Test(open, other_files_are_foreign) // engine.h
{
    corsac_error error;
    cr_expect_eq(open_bytes("", 0, &error), CORSAC_E_IMAGE_FOREIGN);
    cr_expect_eq(open_bytes(NULL, 0, &error), CORSAC_E_IMAGE_FOREIGN);
    cr_expect_eq(open_bytes("CORSACI", 7, &error), CORSAC_E_IMAGE_FOREIGN);
    cr_expect_eq(open_bytes("apiVersion: v1\nkind: List\n", 26, &error), CORSAC_E_IMAGE_FOREIGN);
}

Test(open, another_version_is_told_apart_from_damage) // engine.h
{
    corsac_blob *blob = small();
    corsac_error error;
    size_t size;
    char *bytes = copy_of(blob, &size);
    cse_header *header = (cse_header *)bytes;
    header->format_version = 99;
    cr_expect_eq(open_bytes(bytes, size, &error), CORSAC_E_IMAGE_VERSION);
    cr_expect_not_null(strstr(error.message, "99"));
    header->format_version = CSE_FORMAT_VERSION;
    header->hash_seed ^= 1;
    cr_expect_eq(open_bytes(bytes, size, &error), CORSAC_E_IMAGE_CORRUPT);
    free(bytes);
    corsac_blob_free(blob);
}

Test(open, every_truncation_is_refused) // F-1
{
    corsac_blob *blob = small();
    corsac_str bytes = corsac_blob_bytes(blob);
    for (size_t size = 0; size < bytes.size; size++) {
        char *copy = malloc(size + 1); /* exact size: ASan sees a read beyond it */
        memcpy(copy, bytes.data, size);
        corsac_status status = open_bytes(copy, size, NULL);
        cr_assert_eq(status, size < 8 ? CORSAC_E_IMAGE_FOREIGN : CORSAC_E_IMAGE_CORRUPT);
        free(copy);
    }
    corsac_blob_free(blob);
}

Test(open, every_flipped_bit_is_refused) // F-1
{
    corsac_blob *blob = world_compile(world_gateway, 0);
    size_t size;
    char *bytes = copy_of(blob, &size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        cr_assert_neq(open_bytes(bytes, size, NULL), CORSAC_OK, "bit %zu", bit);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    cr_expect_eq(open_bytes(bytes, size, NULL), CORSAC_OK);
    free(bytes);
    corsac_blob_free(blob);
}

Test(open, wrong_arguments_are_refused) // engine.h
{
    corsac_image *image;
    corsac_error error;
    corsac_image_options options = {.struct_size = 4};
    cr_expect_eq(corsac_image_open(NULL, "x", 1, NULL, &error), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_open(&image, NULL, 1, NULL, &error), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_open(&image, "x", 1, &options, &error), CORSAC_E_ARGUMENT);
    options = (corsac_image_options){.struct_size = sizeof(options), .flags = 8};
    cr_expect_eq(corsac_image_open(&image, "x", 1, &options, &error), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_open_file(&image, NULL, NULL, &error), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_open_file(NULL, "x", NULL, &error), CORSAC_E_ARGUMENT);
    corsac_image_free(NULL);
}

/* Room for joined lines is made only where some condition joins them (M-11, M-12). */
Test(open, an_image_knows_whether_it_joins_lines) // engine/image/image.h
{
    static const struct {
        const char *match;
        uint32_t options;
        bool joins;
    } rows[] = {{"x-a: {exact: a}", 0, false},
                {"x-a: {exact: a}", CORSAC_OPTION_HEADER_MATCH_JOINED, true},
                {"user-agent: {exact: a}", 0, true},
                {"x-a: {exact: a}, user-agent: {exact: a}, x-b: {}", 0, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char rule[512];
        snprintf(rule, sizeof(rule),
                 "  - match: [{headers: {%s}}]\n    route: [{destination: {host: x}}]\n",
                 rows[i].match);
        world *w = world_with_rule(rule, rows[i].options);
        world_ask(w, "GET a /", NULL); /* from then on the reader has an image */
        cr_expect_eq(corsac_reader_image(w->reader)->joins_lines, rows[i].joins, "%s", rule);
        world_free(w);
    }
}

/* ---- files -------------------------------------------------------------------------------- */

Test(open, a_file_is_read_whole) // engine.h
{
    char path[] = "/tmp/corsac-test-open-XXXXXX";
    corsac_blob *blob = small();
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image;
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_OK);
    corsac_image_free(image);
    cr_assert_eq(ftruncate(file, 100), 0);
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_E_IMAGE_CORRUPT);
    close(file);
    unlink(path);
    corsac_blob_free(blob);
}

/* A terabyte of zeros behind a few bytes takes no room on the disk; nobody may ask for as much memory. */
Test(open, the_header_is_judged_before_there_is_memory_for_the_file) // F-1
{
    const off_t terabyte = (off_t)1 << 40;
    cse_header header = {.format_version = CSE_FORMAT_VERSION, .header_bytes = sizeof(header)};
    char path[] = "/tmp/corsac-test-open-XXXXXX";
    corsac_image *image;
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(ftruncate(file, terabyte), 0);
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_E_IMAGE_FOREIGN);
    memcpy(header.magic, CSE_MAGIC, sizeof(header.magic));
    cr_assert_eq(pwrite(file, &header, sizeof(header), 0), sizeof(header));
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_E_IMAGE_CORRUPT);
    header.total_bytes = (uint64_t)terabyte;
    cr_assert_eq(pwrite(file, &header, sizeof(header), 0), sizeof(header));
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_E_IMAGE_CORRUPT);
    cr_expect_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_E_IMAGE_CORRUPT);
    close(file);
    unlink(path);
}

Test(open, an_unreadable_file_says_why) // engine.h
{
    corsac_image *image;
    corsac_error error;
    cr_expect_eq(corsac_image_open_file(&image, "/nonexistent/image", NULL, &error), CORSAC_E_IO);
    cr_expect_eq(errno, ENOENT);
    cr_expect_not_null(strstr(error.message, "No such file"));
    cr_expect_eq(corsac_image_open_file(&image, "/tmp", NULL, &error), CORSAC_E_IO);
    cr_expect_eq(errno, EISDIR);
    cr_expect_eq(corsac_image_open_file(&image, "/dev/null", NULL, &error), CORSAC_E_IO);
    cr_expect_null(image);
}

Test(open, a_fifo_is_refused_without_waiting_for_a_writer, .timeout = 10) // engine.h
{
    char folder[] = "/tmp/corsac-test-fifo-XXXXXX", path[64];
    corsac_image *image;
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/image", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_E_IO);
    cr_expect_eq(errno, EINVAL);
    unlink(path);
    rmdir(folder);
}

/* ---- descriptors -------------------------------------------------------------------------- */

/* A memory file with the bytes and these seals; its offset stands at the end. */
static int memory_file(corsac_str bytes, int seals)
{
    int file = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
    cr_assert_eq(fcntl(file, F_ADD_SEALS, seals), 0);
    return file;
}

enum { SEALED = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW };

Test(open, a_sealed_memory_file_is_mapped) // engine.h
{
    corsac_blob *blob = small();
    int file = memory_file(corsac_blob_bytes(blob), SEALED);
    corsac_image *image;
    cr_assert_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_OK);
    cr_expect_gt(image->mapped_bytes, image->size_bytes, "room behind the bytes");
    close(file);
    corsac_image_info info;
    corsac_image_describe(image, &info);
    cr_expect_eq(info.size_bytes, corsac_blob_bytes(blob).size);
    corsac_image_free(image);
    corsac_blob_free(blob);
}

Test(open, a_file_that_can_change_is_copied) // engine.h
{
    static const int seals[] = {0, F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_SHRINK,
                                F_SEAL_SHRINK | F_SEAL_GROW};
    corsac_blob *blob = small();
    for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
        int file = memory_file(corsac_blob_bytes(blob), seals[i]);
        corsac_image *image;
        cr_assert_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_OK);
        cr_expect_eq(image->mapped_bytes, 0, "seals %x", (unsigned)seals[i]);
        corsac_image_free(image);
        close(file);
    }
    corsac_blob_free(blob);
}

/* Each byte is verified as in a copy, and the sentence is the same. */
Test(open, a_sealed_memory_file_is_verified) // engine.h
{
    corsac_blob *blob = small();
    size_t size;
    char *bytes = copy_of(blob, &size);
    for (size_t at = 0; at < size; at += 7) {
        bytes[at] = (char)(bytes[at] ^ 0x20);
        corsac_error copied = {{0}}, mapped = {{0}};
        corsac_image *image;
        corsac_status expected = open_bytes(bytes, size, &copied);
        int file = memory_file((corsac_str){bytes, size}, SEALED);
        cr_expect_eq(corsac_image_open_fd(&image, file, NULL, &mapped), expected, "byte %zu", at);
        cr_expect_str_eq(mapped.message, copied.message);
        corsac_image_free(image);
        close(file);
        bytes[at] = (char)(bytes[at] ^ 0x20);
    }
    free(bytes);
    corsac_blob_free(blob);
}

static uint64_t checksum_in_parts(const uint8_t *bytes, size_t size, size_t part, bool avx2)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (size_t at = 0; at < size; at += part) {
        const size_t some = size - at < part ? size - at : part;
        if (avx2)
            cse_checksum_add_avx2(&state, bytes + at, some);
        else
            cse_checksum_add(&state, bytes + at, some);
    }
    return XXH3_64bits_digest(&state);
}

Test(open, a_checksum_is_the_same_on_every_machine) // F-1
{
    enum { MOST = 5000 };
    static uint8_t bytes[MOST];
    bool avx2 = false;
#if defined(__x86_64__)
    avx2 = __builtin_cpu_supports("avx2");
#endif
    for (size_t i = 0; i < MOST; i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    for (size_t size = 0; size <= MOST; size += size < 600 ? 1 : 401)
        for (size_t part = 1; part <= MOST; part = part * 3 + 1) {
            const uint64_t wanted = XXH3_64bits(bytes, size);
            cr_assert_eq(checksum_in_parts(bytes, size, part, false), wanted, "%zu", size);
            if (avx2)
                cr_assert_eq(checksum_in_parts(bytes, size, part, true), wanted, "%zu", size);
        }
    if (!avx2)
        cr_skip_test("this machine has no AVX2: only the common way was checked");
}

/* A source that anybody can write to: it gives each byte once, and then another. */
typedef struct fickle_source {
    char *bytes;
    size_t given, size, fails_from;
} fickle_source;

static bool read_fickle(void *context, uint8_t *to, uint64_t offset, size_t size_bytes)
{
    fickle_source *source = context;
    cr_assert_eq(offset, source->given, "in order, each byte once");
    cr_assert_leq(size_bytes, source->size - offset);
    source->given += size_bytes;
    if (source->given > source->fails_from)
        return false;
    memcpy(to, source->bytes + offset, size_bytes);
    memset(source->bytes, 0xA5, source->given);
    return true;
}

static corsac_status verify_fickle(corsac_blob *blob, size_t fails_from, corsac_image *image)
{
    fickle_source fickle = {.fails_from = fails_from};
    fickle.bytes = copy_of(blob, &fickle.size);
    *image = (corsac_image){.bytes = malloc(fickle.size), .size_bytes = fickle.size};
    const cse_image_source source = {read_fickle, &fickle};
    corsac_status status = cse_image_verify(image, &source, NULL);
    cr_expect(status != CORSAC_OK || fickle.given == fickle.size, "all is copied");
    free(fickle.bytes);
    return status;
}

Test(open, only_the_copy_of_a_byte_is_checked) // F-10
{
    corsac_blob *blob = small();
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image image;
    cr_expect_eq(verify_fickle(blob, SIZE_MAX, &image), CORSAC_OK);
    cr_expect_eq(memcmp(image.bytes, bytes.data, bytes.size), 0);
    free(image.bytes);
    corsac_blob_free(blob);
}

Test(open, a_source_that_fails_anywhere_is_no_image) // engine/image/image.h
{
    corsac_blob *blob = small();
    const size_t size = corsac_blob_bytes(blob).size;
    corsac_image image;
    for (size_t at = 0; at <= size; at++) {
        cr_expect_eq(verify_fickle(blob, at, &image), at < size ? CORSAC_E_IO : CORSAC_OK,
                     "from byte %zu on", at);
        free(image.bytes);
    }
    corsac_blob_free(blob);
}

Test(open, descriptors_that_are_no_image) // engine.h
{
    corsac_image *image;
    corsac_error error = {{0}};
    int ends[2];
    cr_expect_eq(corsac_image_open_fd(&image, -1, NULL, &error), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_image_open_fd(NULL, 0, NULL, &error), CORSAC_E_ARGUMENT);
    cr_assert_eq(pipe(ends), 0);
    cr_expect_eq(corsac_image_open_fd(&image, ends[0], NULL, &error), CORSAC_E_IO, "a pipe");
    cr_expect_null(image);
    close(ends[0]);
    cr_expect_eq(corsac_image_open_fd(&image, ends[0], NULL, &error), CORSAC_E_IO, "closed");
    close(ends[1]);
    int file = memory_file((corsac_str){"", 0}, SEALED);
    cr_expect_eq(corsac_image_open_fd(&image, file, NULL, &error), CORSAC_E_IMAGE_FOREIGN, "empty");
    close(file);
}
