// SPDX-License-Identifier: Apache-2.0
// A growing text in an arena, for dumps and messages. A failed allocation is remembered by the
// arena and makes every later call do nothing.
#ifndef CORSAC_COMPILER_SUPPORT_BUFFER_H
#define CORSAC_COMPILER_SUPPORT_BUFFER_H

#include "compiler/support/arena.h"
#include <stdarg.h>

/** Set the arena, zero the rest. */
typedef struct csc_buffer {
    csc_arena *arena;
    char *data;
    size_t size, capacity;
} csc_buffer;

void csc_buffer_append(csc_buffer *buffer, corsac_str text);
void csc_buffer_printf(csc_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void csc_buffer_vprintf(csc_buffer *buffer, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/** A JSON string; bytes from 0x80 on are copied as they are; absent: null. */
void csc_buffer_quote(csc_buffer *buffer, corsac_str text);
/** The text so far, NUL-terminated; never absent. */
corsac_str csc_buffer_finish(csc_buffer *buffer);

#endif
