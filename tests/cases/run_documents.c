// SPDX-License-Identifier: Apache-2.0
// Runs document cases through read and decode.
//
//   run_documents reject DIR     every file holds expected errors, and nothing else is found
//   run_documents accept DIR     no errors, and the resources are those of NAME.golden
//   run_documents verdicts FILE  each document is judged as the comment above it says
#include "compiler/read/document.h"
#include "expectations.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct outcome {
    csc_context context;
    corsac_input input;
    corsac_diagnostics *found;
    csc_resources resources;
} outcome;

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    *size = 0;
    if (!file)
        return NULL;
    for (size_t capacity = 1 << 16, got = 1; got; capacity *= 2) {
        bytes = realloc(bytes, capacity);
        if (!bytes)
            abort();
        got = fread(bytes + *size, 1, capacity - *size, file);
        *size += got;
    }
    fclose(file);
    return bytes;
}

static bool run(outcome *out, const char *name, corsac_str text,
                const corsac_compile_options *options)
{
    csc_documents documents;
    const char *slash = strrchr(name, '/');
    name = slash ? slash + 1 : name; /* golden files must not depend on where the tree stands */
    *out = (outcome){.input = {{name, strlen(name)}, text}};
    if (corsac_diagnostics_new(&out->found) != CORSAC_OK)
        return false;
    out->context = (csc_context){.arena = csc_arena_new(),
                                 .inputs = &out->input,
                                 .input_count = 1,
                                 .options = options,
                                 .diagnostics = out->found};
    return out->context.arena && csc_documents_read(&out->context, &documents) == CORSAC_OK &&
           csc_resources_decode(&out->context, &documents, &out->resources) == CORSAC_OK &&
           csc_diagnostics_sort(out->found, 0) == CORSAC_OK;
}

static void finish(outcome *out)
{
    corsac_diagnostics_free(out->found);
    csc_arena_free(out->context.arena);
}

static const char *severity_name(corsac_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

/* ---- expectations ----------------------------------------------------------------------- */

/* Both directions; returns the number of differences. */
static size_t compare(const char *path, expectations *expected, const corsac_diagnostics *found)
{
    size_t wrong = 0;
    for (size_t i = 0; i < corsac_diagnostics_count(found); i++) {
        const corsac_diagnostic *item = corsac_diagnostics_at(found, i);
        if (expectations_meet(expected, item))
            continue;
        wrong++;
        printf("%s:%u:%u: not expected: %s: %s %s: %.*s\n", path, item->line, item->column,
               severity_name(item->severity), item->code, item->clause, (int)item->message.size,
               item->message.data);
    }
    for (size_t i = 0; i < expected->count; i++) {
        const expectation *item = &expected->items[i];
        if (item->met)
            continue;
        wrong++;
        printf("%s:%u:%u: not found: %s: %s %s\n", path, item->line, item->column,
               severity_name(item->severity), item->code, item->clause);
    }
    return wrong;
}

static size_t count_errors(const expectations *expected)
{
    size_t count = 0;
    for (size_t i = 0; i < expected->count; i++)
        count += expected->items[i].severity == CORSAC_SEVERITY_ERROR;
    return count;
}

static size_t compare_golden(const char *path, const outcome *out)
{
    char golden[4096];
    size_t size = 0;
    corsac_str dump;
    snprintf(golden, sizeof golden, "%.*s.golden", (int)(strlen(path) - strlen(".yaml")), path);
    if (csc_resources_dump(&out->context, &out->resources, &dump) != CORSAC_OK)
        return 1;
    if (getenv("CORSAC_UPDATE_GOLDEN")) {
        FILE *file = fopen(golden, "wb");
        if (file && fwrite(dump.data, 1, dump.size, file) == dump.size && fclose(file) == 0)
            return 0;
        return 1;
    }
    char *bytes = read_file(golden, &size);
    bool same = bytes && size == dump.size && memcmp(bytes, dump.data, size) == 0;
    if (!same)
        printf("%s: differs; the resources are now:\n%.*s", golden, (int)dump.size, dump.data);
    free(bytes);
    return !same;
}

static size_t run_file(const char *path, bool accept, size_t *rows)
{
    size_t size = 0, wrong = 0;
    char *bytes = read_file(path, &size);
    corsac_str text = {bytes, size};
    expectations expected;
    outcome out = {0};
    if (!bytes)
        return 1;
    expectations_read(text, &expected);
    *rows += expected.count;
    if (expected.problem[0]) {
        printf("%s: %s\n", path, expected.problem);
        wrong++;
    }
    if ((count_errors(&expected) == 0) != accept) {
        printf("%s: %s\n", path,
               accept ? "an accepted file expects errors" : "no error is expected");
        wrong++;
    }
    if (run(&out, path, text, &expected.options)) {
        wrong += compare(path, &expected, out.found);
        if (accept)
            wrong += compare_golden(path, &out);
    } else {
        printf("%s: the run failed\n", path);
        wrong++;
    }
    finish(&out);
    expectations_free(&expected);
    free(bytes);
    return wrong;
}

static int only_yaml(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && strcmp(entry->d_name + size - 5, ".yaml") == 0;
}

static int run_folder(const char *folder, bool accept)
{
    struct dirent **entries = NULL;
    size_t wrong = 0, rows = 0;
    int count = scandir(folder, &entries, only_yaml, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        wrong += run_file(path, accept, &rows);
        free(entries[i]);
    }
    free(entries);
    printf("%d files, %zu expected findings, %zu differences\n", count > 0 ? count : 0, rows,
           wrong);
    return count > 0 && wrong == 0 ? 0 : 1;
}

/* ---- verdicts --------------------------------------------------------------------------- */

/* Codes of the decoder; every other error comes from validation. */
static const char *verdict_of(const corsac_diagnostics *found)
{
    static const char *const decoder[] = {"wrong-type", "number-range", "enum-value", "duration"};
    const char *verdict = "OK";
    for (size_t i = 0; i < corsac_diagnostics_count(found); i++) {
        const corsac_diagnostic *item = corsac_diagnostics_at(found, i);
        if (item->severity != CORSAC_SEVERITY_ERROR)
            continue;
        verdict = "INVALID";
        for (size_t k = 0; k < sizeof decoder / sizeof *decoder; k++)
            if (strcmp(item->code, decoder[k]) == 0)
                return "DECODE";
    }
    return verdict;
}

static size_t run_verdict(const char *path, size_t line, corsac_str text, const char *expected)
{
    expectations none;
    outcome out = {0};
    size_t wrong = 1;
    expectations_read((corsac_str){"", 0}, &none);
    if (run(&out, path, text, &none.options)) {
        const char *verdict = verdict_of(out.found);
        wrong = strcmp(verdict, expected) != 0;
        if (wrong)
            printf("%s:%zu: Istio says %s, Corsac %s: %.*s\n", path, line, expected, verdict,
                   (int)text.size, text.data);
    }
    finish(&out);
    return wrong;
}

/* Lines in pairs: "# VERDICT", then one document in flow style. */
static int run_verdicts(const char *path)
{
    size_t size = 0, wrong = 0, rows = 0, line = 0;
    char *bytes = read_file(path, &size), verdict[16] = "";
    for (size_t at = 0; bytes && at < size; line++) {
        const char *end = memchr(bytes + at, '\n', size - at);
        corsac_str text = {bytes + at, end ? (size_t)(end - bytes) - at : size - at};
        at += text.size + 1;
        if (text.size && text.data[0] == '{') {
            rows++;
            wrong += run_verdict(path, line + 1, text, verdict);
        } else if (text.size > 2) {
            snprintf(verdict, sizeof verdict, "%.*s", (int)text.size - 2, text.data + 2);
        }
    }
    free(bytes);
    printf("%zu documents, %zu judged otherwise\n", rows, wrong);
    return rows > 0 && wrong == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "reject") == 0)
        return run_folder(argv[2], false);
    if (argc == 3 && strcmp(argv[1], "accept") == 0)
        return run_folder(argv[2], true);
    if (argc == 3 && strcmp(argv[1], "verdicts") == 0)
        return run_verdicts(argv[2]);
    fprintf(stderr, "usage: run_documents reject|accept DIR | verdicts FILE\n");
    return 2;
}
