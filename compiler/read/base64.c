// SPDX-License-Identifier: Apache-2.0
// Standard base64 for the !!binary tag and for fields of type bytes.
#include "compiler/read/base64.h"

#include "compiler/read/reader.h"

static int digit_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Raw bytes; padding is required, line breaks are skipped. */
static bool decode(corsac_str text, unsigned char *out, size_t *size)
{
    uint32_t bits = 0;
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\n' || c == '\r')
            continue;
        int digit = digit_of(c);
        if (c == '=')
            padding++;
        else if (digit < 0 || padding)
            return false;
        bits = bits << 6 | (uint32_t)(digit < 0 ? 0 : digit);
        if (++digits % 4 != 0)
            continue;
        out[(*size)++] = (unsigned char)(bits >> 16);
        out[(*size)++] = (unsigned char)(bits >> 8);
        out[(*size)++] = (unsigned char)bits;
    }
    if (digits % 4 != 0 || padding > 2 || padding > digits)
        return false;
    *size -= padding;
    return true;
}

/* How many bytes of valid UTF-8 start here, 0 if none. */
static size_t sound(const unsigned char *at, size_t left)
{
    csc_place place;
    size_t usable, size = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (size > left)
        return 0;
    csc_text_fault fault = csc_text_check((corsac_str){(const char *)at, size}, &place, &usable);
    return fault == CSC_TEXT_NOT_UTF8 || fault == CSC_TEXT_UTF16 ? 0 : size;
}

bool csc_base64_decode(csc_arena *arena, corsac_str text, corsac_str *out)
{
    size_t size = 0, written = 0;
    unsigned char *raw = csc_arena_alloc(arena, 1, text.size / 4 * 3 + 4);
    char *clean = csc_arena_alloc(arena, 3, text.size / 4 * 3 + 4);
    if (!raw || !clean)
        return true; /* the arena remembers the failure */
    if (!decode(text, raw, &size))
        return false;
    for (size_t i = 0; i < size;) {
        size_t length = sound(raw + i, size - i);
        const char *from = length ? (const char *)raw + i : "\xEF\xBF\xBD";
        for (size_t j = 0; j < (length ? length : 3); j++)
            clean[written++] = from[j];
        i += length ? length : 1;
    }
    *out = (corsac_str){clean, written};
    return true;
}
