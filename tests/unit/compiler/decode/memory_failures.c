// SPDX-License-Identifier: Apache-2.0
// Lets every allocation of the arena fail once, in turn, while cases are read, decoded and dumped:
// each run must report CORSAC_E_MEMORY, and nothing else. The linker routes the arena's functions
// through here (--wrap).
#include "compiler/read/document.h"

#include <stdio.h>
#include <stdlib.h>

static size_t calls, failing; /* 0: none fails */

void *__real_csc_arena_alloc(csc_arena *arena, size_t count, size_t size);
void *__real_csc_arena_take(csc_arena *arena, size_t count, size_t size);
void *__real_csc_arena_grow(csc_arena *arena, void *items, size_t count, size_t *capacity,
                            size_t size);
corsac_str __real_csc_arena_copy(csc_arena *arena, corsac_str text);
void *__wrap_csc_arena_alloc(csc_arena *arena, size_t count, size_t size);
void *__wrap_csc_arena_take(csc_arena *arena, size_t count, size_t size);
void *__wrap_csc_arena_grow(csc_arena *arena, void *items, size_t count, size_t *capacity,
                            size_t size);
corsac_str __wrap_csc_arena_copy(csc_arena *arena, corsac_str text);

/* True if this call must fail; the arena then remembers it, as it would a real failure. */
static bool fails(csc_arena *arena)
{
    if (++calls != failing)
        return false;
    return __real_csc_arena_alloc(arena, SIZE_MAX / 2, 3) == NULL;
}

void *__wrap_csc_arena_alloc(csc_arena *arena, size_t count, size_t size)
{
    return fails(arena) ? NULL : __real_csc_arena_alloc(arena, count, size);
}

void *__wrap_csc_arena_take(csc_arena *arena, size_t count, size_t size)
{
    return fails(arena) ? NULL : __real_csc_arena_take(arena, count, size);
}

void *__wrap_csc_arena_grow(csc_arena *arena, void *items, size_t count, size_t *capacity,
                            size_t size)
{
    if (count >= *capacity && fails(arena))
        return NULL;
    return __real_csc_arena_grow(arena, items, count, capacity, size);
}

corsac_str __wrap_csc_arena_copy(csc_arena *arena, corsac_str text)
{
    return text.data && fails(arena) ? (corsac_str){NULL, 0} : __real_csc_arena_copy(arena, text);
}

static corsac_status run(corsac_str text)
{
    corsac_compile_options options = {
        .struct_size = sizeof options,
        .default_namespace = {"default", 7},
        .max_input_bytes = 1 << 20,
        .max_depth = 64,
        .max_documents = 1000,
        .max_alias_nodes = 10000,
        .max_regex_program = 32768,
    };
    corsac_input input = {{"case", 4}, text};
    corsac_diagnostics *found = NULL;
    csc_documents documents;
    csc_resources resources;
    corsac_str dump;
    corsac_status status = corsac_diagnostics_new(&found);
    csc_context context = {.arena = csc_arena_new(),
                           .inputs = &input,
                           .input_count = 1,
                           .options = &options,
                           .diagnostics = found};
    if (!status)
        status = csc_documents_read(&context, &documents);
    if (!status)
        status = csc_resources_decode(&context, &documents, &resources);
    if (!status)
        status = csc_documents_dump(&context, &documents, &dump);
    if (!status)
        status = csc_resources_dump(&context, &resources, &dump);
    csc_arena_free(context.arena);
    corsac_diagnostics_free(found);
    return status;
}

static int try_file(const char *path)
{
    static char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    size_t wrong = 0, total;
    if (!file)
        return 1;
    corsac_str text = {bytes, fread(bytes, 1, sizeof bytes, file)};
    fclose(file);
    failing = calls = 0;
    wrong += run(text) != CORSAC_OK;
    total = calls;
    for (size_t i = 1; i <= total; i++) {
        failing = i;
        calls = 0;
        wrong += run(text) != CORSAC_E_MEMORY;
    }
    printf("%s: %zu allocations, %zu failures misreported\n", path, total, wrong);
    return wrong != 0 || total < 100;
}

int main(int argc, char **argv)
{
    int status = argc < 2;
    for (int i = 1; i < argc; i++)
        status |= try_file(argv[i]);
    return status;
}
