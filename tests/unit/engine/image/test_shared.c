// SPDX-License-Identifier: Apache-2.0
// Images that are files: nothing that happens to the file reaches what was verified, and a sealed
// memory file is one copy for several processes.
#define _GNU_SOURCE // memfd_create, F_ADD_SEALS
#include "../world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEALED = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW };

static corsac_blob *allowing_a(void)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml),
             "%sapiVersion: networking.istio.io/v1\nkind: VirtualService\n"
             "metadata: {name: v, namespace: default}\n"
             "spec:\n  hosts: [\"*\"]\n  gateways: [g]\n  http:\n"
             "  - route: [{destination: {host: x}}]\n"
             "    corsPolicy: {allowOrigins: [{exact: a}]}\n",
             world_gateway);
    return world_compile(yaml, 0);
}

static void fill(int file, corsac_blob *blob)
{
    corsac_str bytes = corsac_blob_bytes(blob);
    cr_assert_geq(file, 0);
    cr_assert_eq(pwrite(file, bytes.data, bytes.size, 0), (ssize_t)bytes.size);
}

/* A memory file with the image in it. */
static int memory_file(corsac_blob *blob, int seals)
{
    int file = memfd_create("corsac-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fill(file, blob);
    if (seals)
        cr_assert_eq(fcntl(file, F_ADD_SEALS, seals), 0);
    return file;
}

typedef struct stage {
    corsac_engine *engine;
    corsac_reader *reader;
} stage;

static stage stage_of(corsac_image *image)
{
    stage s;
    cr_assert_eq(corsac_engine_new(&s.engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(s.engine, image), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&s.reader, s.engine), CORSAC_OK);
    return s;
}

static void stage_end(stage *s)
{
    corsac_reader_free(s->reader);
    corsac_engine_free(s->engine);
}

static int outcome(const stage *s, const char *origin)
{
    corsac_decision decision;
    corsac_request request = {.struct_size = sizeof(request),
                              .authority = {"a", 1},
                              .path = {"/", 1},
                              .origin = {origin, strlen(origin)}};
    if (corsac_evaluate(&decision, s->reader, &request) != CORSAC_OK)
        return -1;
    return (int)decision.outcome;
}

static bool decides(const stage *s)
{
    return outcome(s, "a") == CORSAC_OUTCOME_ALLOWED && outcome(s, "b") == CORSAC_OUTCOME_DENIED;
}

/* ---- files that others can change --------------------------------------------------------- */

static void expect_copied(int file, corsac_image *image)
{
    stage s = stage_of(image);
    cr_expect(decides(&s));
    for (int i = 0; i < 512; i++)
        cr_assert_eq(pwrite(file, "\377", 1, i), 1);
    cr_expect(decides(&s), "rewritten");
    if (ftruncate(file, 0) == 0) /* a seal against shrinking alone forbids it */
        cr_expect(decides(&s), "truncated");
    stage_end(&s);
}

Test(shared, a_file_may_be_rewritten_and_truncated_under_a_reader) // F-10
{
    char path[] = "/tmp/corsac-test-shared-XXXXXX";
    corsac_blob *blob = allowing_a();
    corsac_image *image;
    int file = mkstemp(path);
    fill(file, blob);
    cr_assert_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_OK);
    expect_copied(file, image);
    close(file);
    unlink(path);
    corsac_blob_free(blob);
}

Test(shared, a_memory_file_that_can_still_be_written_is_copied) // F-10
{
    static const int seals[] = {0, F_SEAL_SHRINK, F_SEAL_SHRINK | F_SEAL_GROW};
    corsac_blob *blob = allowing_a();
    corsac_image *image;
    for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
        int file = memory_file(blob, seals[i]);
        cr_assert_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_OK);
        expect_copied(file, image);
        close(file);
    }
    corsac_blob_free(blob);
}

Test(shared, a_memory_file_that_can_still_shrink_is_copied) // F-10
{
    corsac_blob *blob = allowing_a();
    corsac_image *image;
    int file = memory_file(blob, F_SEAL_WRITE);
    cr_assert_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_OK);
    stage s = stage_of(image);
    cr_assert_eq(ftruncate(file, 0), 0);
    cr_expect(decides(&s));
    stage_end(&s);
    close(file);
    corsac_blob_free(blob);
}

/* ---- sealed files ------------------------------------------------------------------------- */

/* Kilobytes of a field over all mappings of shared images. */
static long mapped_kib(const char *field)
{
    char line[512];
    long sum = 0, value;
    bool inside = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    while (maps && fgets(line, sizeof(line), maps)) {
        if (strchr(line, '-') && strstr(line, " r--s ") != NULL)
            inside = strstr(line, "memfd:corsac-test") != NULL;
        else if (strchr(line, '-') && strstr(line, ":") > strchr(line, '-'))
            inside = false;
        else if (inside && strncmp(line, field, strlen(field)) == 0 &&
                 sscanf(line + strlen(field), ": %ld", &value) == 1)
            sum += value;
    }
    if (maps)
        fclose(maps);
    return sum;
}

static int child(int file)
{
    corsac_image *image;
    if (corsac_image_open_fd(&image, file, NULL, NULL) != CORSAC_OK)
        return 2;
    stage s = stage_of(image);
    if (!decides(&s))
        return 3;
    if (mapped_kib("Rss") <= 0)
        return 4;
    return mapped_kib("Private_Clean") + mapped_kib("Private_Dirty") == 0 ? 0 : 5;
}

Test(shared, processes_share_the_pages_of_a_sealed_memory_file) // F-10
{
    corsac_blob *blob = allowing_a();
    corsac_image *image;
    int status = 0, file = memory_file(blob, SEALED);
    cr_assert_eq(corsac_image_open_fd(&image, file, NULL, NULL), CORSAC_OK);
    cr_expect_eq(ftruncate(file, 0), -1);
    cr_expect_eq(errno, EPERM);
    pid_t other = fork();
    cr_assert_geq(other, 0);
    if (other == 0)
        _exit(child(file));
    cr_assert_eq(waitpid(other, &status, 0), other);
    cr_expect_eq(status, 0, "exit status %d", WEXITSTATUS(status));
    corsac_image_free(image);
    close(file);
    corsac_blob_free(blob);
}

Test(shared, a_path_to_a_sealed_memory_file_is_mapped_too) // F-10
{
    char path[64];
    corsac_blob *blob = allowing_a();
    corsac_image *image;
    int file = memory_file(blob, SEALED);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    cr_assert_eq(corsac_image_open_file(&image, path, NULL, NULL), CORSAC_OK);
    cr_expect_gt(mapped_kib("Rss"), 0);
    corsac_image_free(image);
    cr_expect_eq(mapped_kib("Rss"), 0, "unmapped with the image");
    close(file);
    corsac_blob_free(blob);
}
