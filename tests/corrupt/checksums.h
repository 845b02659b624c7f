// SPDX-License-Identifier: Apache-2.0
// Makes the checksums of damaged image bytes right again, so that what stands behind them is tested.
#ifndef CORSAC_TESTS_CORRUPT_CHECKSUMS_H
#define CORSAC_TESTS_CORRUPT_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/** @param bytes  64-byte aligned. Magic, version and sizes of the header are made right as well. */
void corrupt_fix_checksums(uint8_t *bytes, size_t size_bytes);

#endif
