// SPDX-License-Identifier: Apache-2.0
// Short byte strings, eight at a time: compare, fold case, find bytes that no header can hold
//
#ifndef CORSAC_ENGINE_EVALUATE_TEXT_H
#define CORSAC_ENGINE_EVALUATE_TEXT_H

#include "corsac/common.h"
#include "engine/match/bytes.h"
#include <stdbool.h>
#include <string.h>

#define CSE_STR(literal) ((corsac_str){literal, sizeof(literal) - 1})

static inline uint64_t cse_text_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Non-zero iff some byte of the word is zero. */
static inline uint64_t cse_word_zero(uint64_t word)
{
    return (word - CSE_BYTES(1)) & ~word & CSE_BYTES(0x80);
}

/* Non-zero iff some byte is a control byte: TAB too, which the caller must look at again. */
static inline uint64_t cse_word_control(uint64_t word)
{
    return ((word - CSE_BYTES(0x20)) & ~word & CSE_BYTES(0x80)) |
           cse_word_zero(word ^ CSE_BYTES(0x7F));
}

/* ASCII upper case to lower case; bytes above 0x7F stay. */
static inline uint64_t cse_word_lower(uint64_t word)
{
    uint64_t low = word & CSE_BYTES(0x7F);
    uint64_t upper = ((low + CSE_BYTES(0x80 - 'A')) ^ (low + CSE_BYTES(0x80 - 'Z' - 1))) & ~word &
                     CSE_BYTES(0x80);
    return word | upper >> 2;
}

static inline char cse_byte_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

/* bytes that cannot occur in a header value. */
static inline bool cse_byte_illegal(char byte)
{
    unsigned char b = (unsigned char)byte;
    return (b < 0x20 && b != '\t') || b == 0x7F;
}

static inline bool cse_text_equal(corsac_str a, corsac_str b)
{
    return a.size == b.size && cse_bytes_equal(a.data, b.data, a.size);
}

/* no byte that a header value cannot hold. */
static inline bool cse_text_legal(corsac_str text)
{
    size_t i = 0;
    for (; i + 8 <= text.size; i += 8)
        if (cse_word_control(cse_text_word(text.data + i)))
            break;
    for (; i < text.size; i++)
        if (cse_byte_illegal(text.data[i]))
            return false;
    return true;
}

/* Equal without ASCII case; `lower` is in lower case already. */
static inline bool cse_text_equal_folded(const char *text, const char *lower, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8)
        if (cse_word_lower(cse_text_word(text + i)) != cse_text_word(lower + i))
            return false;
    for (; i < size; i++)
        if (cse_byte_lower(text[i]) != lower[i])
            return false;
    return true;
}

#endif
