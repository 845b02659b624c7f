// SPDX-License-Identifier: Apache-2.0
// Raw text before YAML: encoding, forbidden characters, lines that start documents.
//
// libyaml reads ahead in blocks and reports bad bytes without line and column, so they are looked
// for here first, and libyaml is only given text that is clean.
#include "compiler/read/reader.h"

#include <string.h>

/* Decodes one code point; returns its length in bytes, 0 if it is not UTF-8. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *point)
{
    if (at[0] < 0x80) {
        *point = at[0];
        return 1;
    }
    size_t size = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || left < size)
        return 0;
    uint32_t value = at[0] & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3F);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *point = value;
    return size;
}

static bool is_break(uint32_t point)
{
    return point == '\n' || point == '\r' || point == 0x85 || point == 0x2028 || point == 0x2029;
}

static bool is_printable(uint32_t point) /* YAML 1.1, 5.1 */
{
    return point == '\t' || is_break(point) || (point >= 0x20 && point <= 0x7E) ||
           (point >= 0xA0 && point <= 0xD7FF) || (point >= 0xE000 && point <= 0xFFFD) ||
           point >= 0x10000;
}

static bool starts_document(corsac_str text, size_t at)
{
    if (text.size - at < 3 || memcmp(text.data + at, "---", 3) != 0)
        return false;
    return text.size - at == 3 || memchr(" \t\r\n", text.data[at + 3], 4) != NULL;
}

static void advance(csc_place *place, corsac_str text, uint32_t point, size_t size)
{
    bool half =
        point == '\r' && place->offset + 1 < text.size && text.data[place->offset + 1] == '\n';
    place->offset += size;
    if (is_break(point) && !half) {
        place->line++;
        place->column = 0;
    } else {
        place->column++;
    }
}

static csc_text_fault fault_of(corsac_str text, size_t at, uint32_t point, size_t size)
{
    if (at == 0 && text.size >= 2 &&
        (memcmp(text.data, "\xFF\xFE", 2) == 0 || memcmp(text.data, "\xFE\xFF", 2) == 0))
        return CSC_TEXT_UTF16;
    if (size == 0)
        return CSC_TEXT_NOT_UTF8;
    return point == 0 ? CSC_TEXT_NUL : is_printable(point) ? CSC_TEXT_GOOD : CSC_TEXT_CONTROL;
}

/* Length of the printable ASCII at the front, but for the last few bytes of a text: nearly all of most texts. */
static size_t plain_bytes(const char *at, size_t left)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
    size_t size = 0;
    for (; left - size >= sizeof(uint64_t); size += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at + size, sizeof word);
        /* The top bit of each byte from 0x80 on, below 0x20, or 0x7F; and of some behind one of those. */
        uint64_t odd = (word | (word - 0x20 * ones) | (word + ones)) & tops;
        if (odd)
            return size + (size_t)__builtin_ctzll(odd) / 8;
    }
    return size;
}

csc_text_fault csc_text_check(corsac_str text, csc_place *place, size_t *usable_bytes)
{
    *place = (csc_place){0};
    *usable_bytes = 0;
    while (place->offset < text.size) {
        uint32_t point = 0;
        if (place->column == 0 && starts_document(text, place->offset))
            *usable_bytes = place->offset;
        size_t plain = plain_bytes(text.data + place->offset, text.size - place->offset);
        place->offset += plain;
        place->column += (uint32_t)plain;
        if (place->offset == text.size)
            break;
        size_t size = decode((const unsigned char *)text.data + place->offset,
                             text.size - place->offset, &point);
        csc_text_fault fault = fault_of(text, place->offset, point, size);
        if (fault)
            return fault;
        advance(place, text, point, size);
    }
    *usable_bytes = text.size;
    return CSC_TEXT_GOOD;
}

size_t csc_text_mark_bytes(corsac_str text)
{
    return text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static void skip_line(corsac_str text, csc_place *place)
{
    uint32_t line = place->line;
    while (place->offset < text.size && place->line == line) {
        uint32_t point = 0;
        size_t size = decode((const unsigned char *)text.data + place->offset,
                             text.size - place->offset, &point);
        advance(place, text, point, size ? size : 1);
    }
}

void csc_text_skip_lines(corsac_str text, csc_place *place, size_t lines)
{
    for (; lines > 0 && place->offset < text.size; lines--)
        skip_line(text, place);
}

bool csc_text_next_document(corsac_str text, csc_place *place, size_t lines)
{
    csc_text_skip_lines(text, place, lines);
    do
        skip_line(text, place);
    while (place->offset < text.size &&
           !(place->column == 0 && starts_document(text, place->offset)));
    return place->offset < text.size;
}
