// SPDX-License-Identifier: Apache-2.0
// Makes the checksums of damaged image bytes right again, so that what stands behind them is tested.
#ifndef CORSAC_TESTS_CORRUPT_CHECKSUMS_H
#define CORSAC_TESTS_CORRUPT_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/** Checksums and revision of whatever header and table say. @param bytes  64-byte aligned. */
void corrupt_fix_checksums(uint8_t *bytes, size_t size_bytes);

/** The checksum of header and table alone; the table must fit. */
void corrupt_fix_head_checksum(uint8_t *bytes);

/** The same after magic, version and sizes of the header were made right, for bytes of any origin. */
void corrupt_fix_header(uint8_t *bytes, size_t size_bytes);

#endif
