// SPDX-License-Identifier: Apache-2.0
// Allocates what one reader needs for one image.
#include "engine/image/image.h"

#include <stdlib.h>

corsac_status cse_image_scratch_new(cse_scratch **out, const corsac_image *image)
{
    *out = NULL;
    cse_scratch *scratch = calloc(1, sizeof(*scratch));
    if (!scratch)
        return CORSAC_E_MEMORY;
    bool enough = cse_origin_scratch_new(&scratch->origin, &image->origins) == CORSAC_OK;
    if (enough && image->options & CORSAC_OPTION_NORMALIZE_PATH_BASE)
        enough = (scratch->path = malloc(CSE_SCRATCH_TEXT_BYTES)) != NULL;
    if (enough && image->joins_lines)
        enough = (scratch->joined = malloc(CSE_SCRATCH_TEXT_BYTES)) != NULL;
    if (!enough) {
        cse_image_scratch_free(scratch);
        return CORSAC_E_MEMORY;
    }
    *out = scratch;
    return CORSAC_OK;
}

void cse_image_scratch_free(cse_scratch *scratch)
{
    if (!scratch)
        return;
    cse_origin_scratch_free(scratch->origin);
    free(scratch->path);
    free(scratch->joined);
    free(scratch);
}
