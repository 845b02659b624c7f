// SPDX-License-Identifier: Apache-2.0
// An image of another Hyperscan: served by its automata, and rebuilt for this one.
#include "corrupt/checksums.h"
#include "corsac/compile.h"
#include "corsac/engine.h"
#include "engine/image/format.h"
#include "engine/image/origin_format.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char YAML[] =
    "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
    "metadata: {name: g, namespace: ns}\n"
    "spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}]}\n---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
    "metadata: {name: v, namespace: ns}\n"
    "spec:\n  hosts: [\"*\"]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /one}}]\n    route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{regex: 'https://[a-z]+\\.b\\.com'}]}\n"
    "  - route: [{destination: {host: x}}]\n    corsPolicy: {allowOrigins: [\n"
    "      {regex: 'https://(x|y)*z[0-9]{2,3}'}, {regex: 'http://[^/]+\\.c\\.com(:[0-9]+)?'}]}\n";

static corsac_blob *compiled(void)
{
    corsac_blob *blob;
    corsac_diagnostics *list;
    const corsac_input input = {{"a.yaml", 6}, {YAML, sizeof(YAML) - 1}};
    const corsac_compile_options options = {.struct_size = sizeof(options),
                                            .flags = CORSAC_COMPILE_NO_LOWERING,
                                            .regex_engine = CORSAC_REGEX_HYPERSCAN};
    cr_assert_eq(corsac_diagnostics_new(&list), CORSAC_OK);
    cr_assert_eq(corsac_compile(&blob, &input, 1, &options, list, NULL), CORSAC_OK);
    corsac_diagnostics_free(list);
    return blob;
}

static cse_section *find(char *bytes, uint32_t kind)
{
    cse_header *header = (cse_header *)bytes;
    cse_section *table = (cse_section *)(bytes + sizeof(*header));
    for (uint32_t i = 0; i < header->section_count; i++)
        if (table[i].kind == kind)
            return &table[i];
    cr_assert_fail("no such section");
    return NULL;
}

/* The image as another version of Hyperscan would have left it. free() it. */
static char *foreign(corsac_str image)
{
    char *bytes = aligned_alloc(64, (image.size + 64) & ~(size_t)63);
    cr_assert_not_null(bytes);
    memcpy(bytes, image.data, image.size);
    cse_section *section = find(bytes, CSE_SECTION_DATABASE_TABLE);
    cse_origin_database *records = (cse_origin_database *)(bytes + section->offset);
    for (size_t i = 0; i < section->size_bytes / sizeof(*records); i++)
        memcpy(records[i].version, "1.0.0 another\0\0\0", 16);
    corrupt_fix_checksums((uint8_t *)bytes, image.size);
    return bytes;
}

typedef struct served {
    uint32_t databases, loaded;
    char answers[16]; /* + allowed, - denied */
} served;

static served serve(corsac_str bytes)
{
    static const char *const paths[] = {"/one", "/two"};
    static const char *const origins[] = {"https://abc.b.com", "https://abc.b.comx",
                                          "https://xyxz12",    "https://xyxz1",
                                          "http://q.c.com:80", "http://q.c.com:"};
    const corsac_image_options trusted = {.struct_size = sizeof(trusted),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    served s = {0};
    corsac_image *image;
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_image_info info;
    cr_assert_eq(corsac_image_open(&image, bytes.data, bytes.size, &trusted, NULL), CORSAC_OK);
    corsac_image_describe(image, &info);
    s.databases = info.database_count;
    s.loaded = info.database_loaded_count;
    cr_assert_eq(corsac_engine_new(&engine, NULL), CORSAC_OK);
    cr_assert_eq(corsac_engine_publish(engine, image), CORSAC_OK);
    cr_assert_eq(corsac_reader_new(&reader, engine), CORSAC_OK);
    for (size_t i = 0; i < 12; i++) {
        corsac_decision decision;
        const char *path = paths[i / 6], *origin = origins[i % 6];
        corsac_request request = {.struct_size = sizeof(request),
                                  .authority = {"a", 1},
                                  .path = {path, strlen(path)},
                                  .origin = {origin, strlen(origin)}};
        cr_assert_eq(corsac_evaluate(&decision, reader, &request), CORSAC_OK);
        s.answers[i] = decision.outcome == CORSAC_OUTCOME_ALLOWED ? '+' : '-';
    }
    corsac_reader_free(reader);
    corsac_engine_free(engine);
    return s;
}

Test(rebuild, an_image_of_another_version_is_served_and_rebuilt)
{
    corsac_blob *blob = compiled(), *again;
    corsac_str image = corsac_blob_bytes(blob);
    char *other = foreign(image);
    uint32_t rebuilt = 0;
    served here = serve(image), there = serve((corsac_str){other, image.size});
    cr_expect_str_eq(here.answers, "+-------+-+-");
    cr_expect_eq(here.databases, 2);
    cr_expect_eq(here.loaded, 2);
    cr_expect_eq(there.databases, 2);
    cr_expect_eq(there.loaded, 0);
    cr_expect_str_eq(there.answers, here.answers);
    cr_assert_eq(corsac_rebuild_databases(&again, (corsac_str){other, image.size}, &rebuilt),
                 CORSAC_OK);
    cr_expect_eq(rebuilt, 2);
    served after = serve(corsac_blob_bytes(again));
    cr_expect_eq(after.databases, 2);
    cr_expect_eq(after.loaded, 2);
    cr_expect_str_eq(after.answers, here.answers);
    corsac_blob_free(again);
    free(other);
    corsac_blob_free(blob);
}

/* Records of the table that have bytes or a version of theirs. */
static size_t filled_records(corsac_str image)
{
    char *bytes = aligned_alloc(64, (image.size + 64) & ~(size_t)63);
    size_t filled = 0;
    cr_assert_not_null(bytes);
    memcpy(bytes, image.data, image.size);
    const cse_section *section = find(bytes, CSE_SECTION_DATABASE_TABLE);
    const cse_origin_database *records = (const void *)(bytes + section->offset);
    for (size_t i = 0; i < section->size_bytes / sizeof(*records); i++)
        filled += records[i].size_bytes > 0 || records[i].version[0] != 0;
    free(bytes);
    return filled;
}

/* A pattern that contradicts the answers beside it makes no database, and the bytes that stood there are not
 * handed on to whoever vouches for the new image. */
Test(rebuild, patterns_that_do_not_give_the_known_answers_leave_no_bytes)
{
    corsac_blob *blob = compiled(), *again;
    corsac_str image = corsac_blob_bytes(blob);
    char *other = foreign(image);
    uint32_t rebuilt = 0;
    cse_origin_database *record =
        (cse_origin_database *)(other + find(other, CSE_SECTION_DATABASE_TABLE)->offset);
    char *pattern = other + find(other, CSE_SECTION_PATTERNS)->offset + record->patterns + 4;
    char *letter = strstr(pattern, "\\x68"); /* the h of https */
    cr_assert_not_null(letter);
    letter[3] = '9';
    corrupt_fix_checksums((uint8_t *)other, image.size);
    cr_assert_eq(corsac_rebuild_databases(&again, (corsac_str){other, image.size}, &rebuilt),
                 CORSAC_OK);
    cr_expect_eq(rebuilt, 1);
    cr_expect_eq(filled_records(corsac_blob_bytes(again)), 1);
    served after = serve(corsac_blob_bytes(again));
    cr_expect_eq(after.loaded, 1);
    cr_expect_str_eq(after.answers, "+-------+-+-");
    corsac_blob_free(again);
    free(other);
    corsac_blob_free(blob);
}

/* What is not scanned must be compared: with another gate than its patterns have there is no database. */
Test(rebuild, a_gate_that_does_not_compare_what_is_not_scanned_leaves_no_database)
{
    for (int at_end = 0; at_end < 2; at_end++) {
        corsac_blob *blob = compiled(), *again;
        corsac_str image = corsac_blob_bytes(blob);
        char *other = foreign(image);
        uint32_t rebuilt = 0;
        cse_origin_database *record =
            (cse_origin_database *)(other + find(other, CSE_SECTION_DATABASE_TABLE)->offset);
        cr_assert(record->head_bytes > 0 && record->tail_bytes > 0);
        char *gate = other + find(other, CSE_SECTION_ORIGIN_KEYS)->offset + record->texts;
        gate[at_end ? record->prefix_bytes + record->suffix_bytes - 1 : 0] = '!';
        corrupt_fix_checksums((uint8_t *)other, image.size);
        cr_assert_eq(corsac_rebuild_databases(&again, (corsac_str){other, image.size}, &rebuilt),
                     CORSAC_OK);
        cr_expect_eq(rebuilt, 1, "at the %s", at_end ? "end" : "beginning");
        cr_expect_eq(filled_records(corsac_blob_bytes(again)), 1);
        corsac_blob_free(again);
        free(other);
        corsac_blob_free(blob);
    }
}

Test(rebuild, what_is_no_image_is_refused) // compile.h
{
    corsac_blob *out;
    cr_expect_eq(corsac_rebuild_databases(&out, (corsac_str){"kind", 4}, NULL),
                 CORSAC_E_IMAGE_FOREIGN);
    cr_expect_null(out);
    cr_expect_eq(corsac_rebuild_databases(NULL, (corsac_str){"kind", 4}, NULL), CORSAC_E_ARGUMENT);
}
