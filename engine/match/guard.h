// SPDX-License-Identifier: Apache-2.0
// What stands between two bytes of a text, as the guards of NFA and SPARSE programs see it.
#ifndef CORSAC_ENGINE_MATCH_GUARD_H
#define CORSAC_ENGINE_MATCH_GUARD_H

#include "engine/image/regex_format.h"

#include <stdbool.h>

typedef enum cse_edge {
    CSE_EDGE_OTHER = 0,
    CSE_EDGE_WORD,    /* [0-9A-Za-z_] */
    CSE_EDGE_NEWLINE, /* \n */
    CSE_EDGE_TEXT     /* begin or end of the text */
} cse_edge;

static inline cse_edge cse_edge_of(uint8_t byte)
{
    bool is_word = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                   (byte >= 'A' && byte <= 'Z') || byte == '_';
    return is_word ? CSE_EDGE_WORD : byte == '\n' ? CSE_EDGE_NEWLINE : CSE_EDGE_OTHER;
}

static inline bool cse_guard_holds(uint32_t guard, cse_edge before, cse_edge behind)
{
    bool boundary = (before == CSE_EDGE_WORD) != (behind == CSE_EDGE_WORD);
    switch (guard) {
    case CSE_GUARD_BEGIN_TEXT:
        return before == CSE_EDGE_TEXT;
    case CSE_GUARD_END_TEXT:
        return behind == CSE_EDGE_TEXT;
    case CSE_GUARD_BEGIN_LINE:
        return before == CSE_EDGE_TEXT || before == CSE_EDGE_NEWLINE;
    case CSE_GUARD_END_LINE:
        return behind == CSE_EDGE_TEXT || behind == CSE_EDGE_NEWLINE;
    case CSE_GUARD_WORD_BOUNDARY:
        return boundary;
    case CSE_GUARD_NO_WORD_BOUNDARY:
        return !boundary;
    default:
        return true;
    }
}

#endif
