// SPDX-License-Identifier: Apache-2.0
// Parts of verification: the header alone, and records, once sections and checksums are known to be sound.
#ifndef CORSAC_ENGINE_IMAGE_VERIFY_H
#define CORSAC_ENGINE_IMAGE_VERIFY_H

#include "engine/image/image.h"

/**
 * NULL if every record is sound, else what is wrong. The views of @p image are filled, its programs verified.
 * @param steps  most steps per byte of each program.
 * @param sums   room for one number more than there are conditions.
 */
const char *cse_image_verify_records(const corsac_image *image, const uint32_t *steps,
                                     uint64_t *sums);

/**
 * Whether bytes, the first of total_bytes, can begin an image: before the others are read, and before there is
 * memory for them. @param bytes  aligned for a cse_header, or fewer than one.
 */
corsac_status cse_image_check_head(const void *bytes, size_t size, uint64_t total_bytes,
                                   corsac_error *error);

/** What a kind of section is called; NULL: there is no such kind. */
const char *cse_image_section_name(uint32_t kind);

#endif
