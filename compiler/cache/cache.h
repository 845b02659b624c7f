// SPDX-License-Identifier: Apache-2.0
// Compiled regexes as bytes, for another process: what a store holds, in one file.
//
//   header             magic, versions, and the options that a regex is compiled under
//   entry, entry, ...  checksum, kind, size; the content of entry.c; zeros up to 8 bytes
//
// Nobody vouches for the bytes: every entry is checked as the same thing in an image would be, and
// left out if it does not pass. That bounds what a wrong entry can do to a wrong answer; whoever can
// write the file is as much the author of the policy as whoever can write its sources. No check can
// make a Hyperscan database safe, so that what needs one is never written, but made anew.
#ifndef CORSAC_COMPILER_CACHE_CACHE_H
#define CORSAC_COMPILER_CACHE_CACHE_H

#include "compiler/lower/regex_parts.h"
#include "compiler/support/buffer.h"

/**
 * Adds to the store the entries of a file.
 * @param limits   under which regexes are compiled; a file made under others is refused whole.
 * @param refused  receives the number of entries left out; 1 for a file refused whole.
 * @return CORSAC_OK or CORSAC_E_MEMORY.
 */
corsac_status csc_cache_read(csc_store *store, const csc_regex_limits *limits, corsac_str bytes,
                             uint32_t *refused);

/** Writes the entries that were used. Check the buffer's arena for failure. */
void csc_cache_write(const csc_store *store, const csc_regex_limits *limits, csc_buffer *out);

/* ---- entry.c ------------------------------------------------------------------------------ */

/** False if the entry cannot be written. */
bool csc_cache_entry_write(const csc_store_item *item, csc_buffer *out);

/**
 * Makes the value of an entry.
 * @param arena  of this entry alone.
 * @return CORSAC_OK; CORSAC_E_SOURCE for content that does not pass; CORSAC_E_MEMORY.
 */
corsac_status csc_cache_entry_read(csc_arena *arena, const csc_regex_limits *limits,
                                   corsac_str content, csc_store_item *item);

#endif
