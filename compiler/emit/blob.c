// SPDX-License-Identifier: Apache-2.0
// Bytes that a compile returns.
#include "compiler/emit/emit.h"
#include "engine/image/image.h"

#include <stdlib.h>
#include <string.h>

corsac_str corsac_blob_bytes(const corsac_blob *blob)
{
    return blob ? (corsac_str){(const char *)blob->bytes, blob->size_bytes} : (corsac_str){NULL, 0};
}

void corsac_blob_free(corsac_blob *blob)
{
    if (!blob)
        return;
    cse_image_bytes_free(blob->bytes);
    free(blob);
}

corsac_status csc_blob_copy(corsac_str text, corsac_blob **out)
{
    corsac_blob *blob = calloc(1, sizeof(*blob));
    *out = NULL;
    if (!blob)
        return CORSAC_E_MEMORY;
    blob->bytes = cse_image_bytes_new(text.size);
    if (!blob->bytes) {
        free(blob);
        return CORSAC_E_MEMORY;
    }
    if (text.size > 0)
        memcpy(blob->bytes, text.data, text.size);
    blob->bytes[text.size] = 0;
    blob->size_bytes = text.size;
    *out = blob;
    return CORSAC_OK;
}
