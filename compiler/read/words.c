// SPDX-License-Identifier: Apache-2.0
// Plain scalars that repeat, as nearly all keys do. One slot for each hash: what does not fit only has to be typed
// and stored again, so nobody gains from texts that collide.
#include "compiler/read/reader.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LONGEST_WORD = 32 /* bytes; longer texts rarely repeat, and would push keys out */ };

csc_word *csc_word_of(csc_reader *reader, corsac_str text)
{
    if (text.size == 0 || text.size > LONGEST_WORD)
        return NULL;
    return &reader->words[XXH3_64bits(text.data, text.size) % CSC_WORDS];
}
