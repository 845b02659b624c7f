// SPDX-License-Identifier: Apache-2.0
// The second half of verification: records, once sections and checksums are known to be sound.
#ifndef CORSAC_ENGINE_IMAGE_VERIFY_H
#define CORSAC_ENGINE_IMAGE_VERIFY_H

#include "engine/image/image.h"

/** NULL if every record is sound, else what is wrong. The views of @p image are filled. */
const char *cse_image_verify_records(const corsac_image *image);

/**
 * Whether a request on an image whose records fit looks at no more than CSE_MAX_HOST_STEPS routes and
 * conditions. CORSAC_OK; CORSAC_E_IMAGE_CORRUPT with a reason; CORSAC_E_MEMORY.
 */
corsac_status cse_image_verify_work(const corsac_image *image, const char **reason);

#endif
