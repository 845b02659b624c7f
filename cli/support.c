// SPDX-License-Identifier: Apache-2.0
// Checked memory, the growing buffer and messages of the command.
#include "cli/support.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fputs("corsac: out of memory\n", stderr);
    exit(CLI_EXIT_INTERNAL);
}

void *cli_allocate(size_t count, size_t size_bytes)
{
    void *memory = calloc(count > 0 ? count : 1, size_bytes > 0 ? size_bytes : 1);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *cli_grow(void *items, size_t count, size_t *capacity, size_t item_size_bytes)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity > 0 ? *capacity * 2 : 8;
    void *moved = NULL;
    if (wanted > *capacity && wanted <= SIZE_MAX / item_size_bytes)
        moved = realloc(items, wanted * item_size_bytes);
    if (moved == NULL)
        out_of_memory();
    *capacity = wanted;
    return moved;
}

void cli_buffer_add(struct cli_buffer *buffer, const char *data, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4)
        out_of_memory();
    size_t needed = buffer->size + size_bytes + 1;
    if (needed > buffer->capacity) {
        size_t wanted = needed * 2;
        char *moved = realloc(buffer->data, wanted);
        if (moved == NULL)
            out_of_memory();
        buffer->data = moved;
        buffer->capacity = wanted;
    }
    if (size_bytes > 0)
        memcpy(buffer->data + buffer->size, data, size_bytes);
    buffer->size += size_bytes;
    buffer->data[buffer->size] = '\0';
}

void cli_buffer_text(struct cli_buffer *buffer, const char *text)
{
    cli_buffer_add(buffer, text, strlen(text));
}

void cli_buffer_str(struct cli_buffer *buffer, corsac_str text)
{
    cli_buffer_add(buffer, text.data, text.data != NULL ? text.size : 0);
}

static void buffer_format(struct cli_buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0)
        return;
    char *text = cli_allocate((size_t)size + 1, 1);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    cli_buffer_add(buffer, text, (size_t)size);
    free(text);
}

void cli_buffer_format(struct cli_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buffer_format(buffer, format, arguments);
    va_end(arguments);
}

void cli_buffer_free(struct cli_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct cli_buffer){0};
}

void cli_buffer_safe(struct cli_buffer *buffer, corsac_str text)
{
    for (size_t i = 0; text.data != NULL && i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte == 0x7F)
            cli_buffer_format(buffer, "\\x%02X", byte);
        else
            cli_buffer_add(buffer, text.data + i, 1);
    }
}

corsac_str cli_str(const char *text)
{
    return (corsac_str){.data = text, .size = text != NULL ? strlen(text) : 0};
}

bool cli_str_equal(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void cli_message(const char *format, ...)
{
    struct cli_buffer raw = {0}, safe = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_format(&raw, format, arguments);
    va_end(arguments);
    cli_buffer_safe(&safe, (corsac_str){raw.data, raw.size});
    fprintf(stderr, "corsac: %s\n", safe.data != NULL ? safe.data : "");
    cli_buffer_free(&raw);
    cli_buffer_free(&safe);
}

bool cli_print(const struct cli_buffer *buffer)
{
    size_t written = buffer->size > 0 ? fwrite(buffer->data, 1, buffer->size, stdout) : 0;
    if (written == buffer->size && fflush(stdout) == 0)
        return true;
    cli_message("cannot write to standard output: %s", strerror(errno));
    return false;
}
