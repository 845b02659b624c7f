// SPDX-License-Identifier: Apache-2.0
// Rounds and epochs of what is kept.
#include "compiler/support/kept.h"

/* What edits may add before everything is made again: as much as the first compile of the epoch took, so that memory
 * stays within about twice that, and a little, so that few documents may change often. */
enum { SPARE_BYTES = 256 * 1024 };

csc_kept *csc_kept_for_one(csc_arena *arena)
{
    csc_kept *kept = csc_arena_alloc(arena, 1, sizeof(*kept));
    if (kept)
        *kept = (csc_kept){.arena = arena, .epoch = 1, .round = 1};
    return kept;
}

corsac_status csc_kept_init(csc_kept *kept)
{
    *kept = (csc_kept){.arena = csc_arena_new(), .lasts = true, .epoch = 1};
    return kept->arena ? CORSAC_OK : CORSAC_E_MEMORY;
}

void csc_kept_free(csc_kept *kept)
{
    csc_arena_free(kept->arena);
}

void csc_kept_clear(csc_kept *kept)
{
    csc_arena_reset(kept->arena);
    *kept = (csc_kept){.arena = kept->arena, .lasts = true, .epoch = kept->epoch + 1};
}

bool csc_kept_turn(csc_kept *kept)
{
    const size_t used_bytes = csc_arena_used_bytes(kept->arena);
    if (kept->round == 1)
        kept->first_bytes = used_bytes;
    if (used_bytes > 2 * kept->first_bytes + SPARE_BYTES)
        csc_kept_clear(kept);
    return ++kept->round == 1;
}
