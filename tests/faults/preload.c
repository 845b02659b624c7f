// SPDX-License-Identifier: Apache-2.0
// The failing heap for a whole command, by LD_PRELOAD: FAULT_ALLOCATION=N lets the N-th allocation fail,
// with FAULT_ONWARD also all after it; FAULT_COUNT=FILE receives how many there were.
#include "heap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void begin(void)
{
    const char *failing = getenv("FAULT_ALLOCATION");
    heap_arm(failing ? strtoul(failing, NULL, 10) : 0, getenv("FAULT_ONWARD") != NULL);
}

__attribute__((destructor)) static void end(void)
{
    const char *name = getenv("FAULT_COUNT");
    char text[32];
    size_t count = heap_disarm();
    int file = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file < 0)
        return;
    snprintf(text, sizeof(text), "%zu\n", count);
    if (write(file, text, strlen(text)) < 0)
        abort();
    close(file);
}
