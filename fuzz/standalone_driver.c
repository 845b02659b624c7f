// SPDX-License-Identifier: Apache-2.0
// Replays files through a fuzz target, for compilers without libFuzzer. Fails when given nothing to run.
#include "fuzz/fuzz_support.h"

#include <stdio.h>
#include <stdlib.h>

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = 0, capacity = 1 << 16;
    uint8_t *bytes = malloc(capacity);
    while (bytes && !feof(file)) {
        if (size == capacity) {
            capacity *= 2;
            uint8_t *larger = realloc(bytes, capacity);
            if (!larger)
                free(bytes);
            bytes = larger;
            continue;
        }
        size += fread(bytes + size, 1, capacity - size, file);
    }
    fclose(file);
    if (!bytes)
        return 1;
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++)
        failed |= run_file(argv[i]);
    printf("replayed %d inputs\n", argc - 1);
    return failed;
}
