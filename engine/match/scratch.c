// SPDX-License-Identifier: Apache-2.0
// Scratch sized once per reader and image, so that a request never allocates.
#include "engine/match/scratch.h"

#include "engine/match/program.h"

#include <stdlib.h>

static size_t program_bytes(const cse_origin_sections *sections)
{
    size_t most = 0;
    for (uint32_t i = 0; i < sections->program_count; i++) {
        size_t size = cse_program_scratch_size(cse_origin_program(sections, i));
        most = size > most ? size : most;
    }
    return most;
}

corsac_status cse_origin_scratch_new(cse_origin_scratch **out, const cse_origin_sections *sections)
{
    *out = NULL;
    cse_origin_scratch *scratch = calloc(1, sizeof(*scratch) + program_bytes(sections));
    if (!scratch)
        return CORSAC_E_MEMORY;
    corsac_status status = cse_databases_scratch(&scratch->scan, sections->live);
    if (status != CORSAC_OK) {
        free(scratch);
        return status;
    }
    *out = scratch;
    return CORSAC_OK;
}

void cse_origin_scratch_free(cse_origin_scratch *scratch)
{
    if (!scratch)
        return;
    cse_databases_scratch_free(scratch->scan);
    free(scratch);
}

uint64_t cse_origin_scratch_fallbacks(const cse_origin_scratch *scratch)
{
    return scratch->fallback_count;
}

void *cse_origin_scratch_program(cse_origin_scratch *scratch)
{
    return scratch->program;
}
