// SPDX-License-Identifier: Apache-2.0
// What conditions see of :path: most paths need nothing but a look at their bytes, inlined. path.c
// does the rest: query and fragment (M-3, M-8), normalisation (M-7), bytes outside 0x21-0x7E.
#ifndef CORSAC_ENGINE_EVALUATE_PATH_H
#define CORSAC_ENGINE_EVALUATE_PATH_H

#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"
#include "engine/image/host_format.h"

/** Cuts the request's path; normalises it if the image says so. CORSAC_OK, or CORSAC_E_LIMIT if it is too long to
 * normalise. */
corsac_status cse_path_read(cse_call *call);
/** Base normalisation of a path without query (M-7). Writes up to 3 * size + 1 bytes. */
size_t cse_path_normalize(char *out, corsac_str path);

/* Its first 16 bytes, zeros behind a shorter path: what most routes look at. */
static inline cse_bytes16 cse_path_head(corsac_str path)
{
    if (path.size >= CSE_PATH_INLINE_BYTES)
        return cse_bytes16_load(path.data);
    const cse_host_words words = cse_host_words_of(path.data, path.size);
    return cse_bytes16_of(words.word[0], words.word[1]);
}

/* Bytes that neither end a path nor need a closer look. */
static inline cse_bytes16 cse_path_simple_bytes(cse_bytes16 bytes)
{
    return cse_bytes16_plain(bytes) & ~((cse_bytes16)(bytes == '?') | (cse_bytes16)(bytes == '#'));
}

/* Whether all of its bytes, of which there is one, are such. */
static inline bool cse_path_is_simple(corsac_str path, cse_bytes16 head)
{
    cse_bytes16 simple = cse_path_simple_bytes(head);
    if (path.size < 16)
        return (~cse_bytes16_mask(simple) << (32 - path.size)) == 0;
    const size_t last = path.size - 16;
    simple &= cse_path_simple_bytes(cse_bytes16_load(path.data + last));
    for (size_t at = 16; at < last; at += 16)
        simple &= cse_path_simple_bytes(cse_bytes16_load(path.data + at));
    return cse_bytes16_mask(simple) == 0xFFFF;
}

/** Whether the path is all there is to know: nothing to cut, to normalise or to refuse. @param head  receives its
 * first bytes. */
static inline bool cse_path_glance(const corsac_image *image, corsac_str path, cse_bytes16 *head)
{
    if (path.size == 0 || image->options & CORSAC_OPTION_NORMALIZE_PATH_BASE)
        return false;
    *head = cse_path_head(path);
    return cse_path_is_simple(path, *head);
}

#endif
