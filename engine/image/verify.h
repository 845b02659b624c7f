// SPDX-License-Identifier: Apache-2.0
// The second half of verification: records, once sections and checksums are known to be sound.
#ifndef CORSAC_ENGINE_IMAGE_VERIFY_H
#define CORSAC_ENGINE_IMAGE_VERIFY_H

#include "engine/image/image.h"

/** NULL if every record is sound, else what is wrong. The views of @p image are filled. */
const char *cse_image_verify_records(const corsac_image *image);

#endif
