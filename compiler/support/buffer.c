// SPDX-License-Identifier: Apache-2.0
// The growing text: doubling storage inside the arena.
#include "compiler/support/buffer.h"

#include <stdio.h>
#include <string.h>

/* Room for `more` bytes and a NUL. */
static bool reserve(csc_buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 4 - buffer->size)
        return false;
    if (buffer->capacity - buffer->size > more)
        return true;
    size_t capacity = (buffer->size + more + 64) * 2;
    char *data = csc_arena_alloc(buffer->arena, 1, capacity);
    if (!data)
        return false;
    if (buffer->size)
        memcpy(data, buffer->data, buffer->size);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void csc_buffer_append(csc_buffer *buffer, corsac_str text)
{
    if (!text.size || !reserve(buffer, text.size))
        return;
    memcpy(buffer->data + buffer->size, text.data, text.size);
    buffer->size += text.size;
}

void csc_buffer_vprintf(csc_buffer *buffer, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length > 0 && reserve(buffer, (size_t)length)) {
        vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}

void csc_buffer_printf(csc_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    csc_buffer_vprintf(buffer, format, args);
    va_end(args);
}

void csc_buffer_quote(csc_buffer *buffer, corsac_str text)
{
    if (!text.data) {
        csc_buffer_printf(buffer, "null");
        return;
    }
    csc_buffer_printf(buffer, "\"");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            csc_buffer_printf(buffer, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            csc_buffer_printf(buffer, "\\u%04x", c);
        else
            csc_buffer_append(buffer, csc_str_slice(text, i, 1));
    }
    csc_buffer_printf(buffer, "\"");
}

corsac_str csc_buffer_finish(csc_buffer *buffer)
{
    if (!reserve(buffer, 0))
        return (corsac_str){"", 0};
    buffer->data[buffer->size] = '\0';
    return (corsac_str){buffer->data, buffer->size};
}
