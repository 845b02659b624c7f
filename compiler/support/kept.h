// SPDX-License-Identifier: Apache-2.0
// What a session keeps beside compiled regexes, so that a compile copies what has not changed instead of making it
// again: numbers of texts and policies, origin sets as bytes. A compile that is no session's has the same for
// itself alone.
//
// What is kept is never dropped by itself. When most of it may be waste everything goes, and a new epoch begins.
#ifndef CORSAC_COMPILER_SUPPORT_KEPT_H
#define CORSAC_COMPILER_SUPPORT_KEPT_H

#include "compiler/support/arena.h"
#include "compiler/support/map.h"

typedef struct csc_kept {
    csc_arena *arena;
    bool lasts;                     /* beyond this compile */
    uint32_t epoch;                 /* from 1 on */
    uint32_t round;                 /* number of the compile at hand in its epoch, from 1 on */
    size_t first_bytes;             /* what the first round of the epoch took */
    struct csc_shared *shared;      /* passes/share.c: numbers of policies */
    struct csc_kept_sets *sets;     /* lower/origin.c */
    struct csc_kept_list *policies; /* lower/policies.c */
} csc_kept;

/* Beside what a document was decoded to: what lowering has made of it in an epoch. */
typedef struct csc_memo {
    uint32_t epoch;  /* another one than the session's: nothing */
    uint32_t number; /* of a policy; of a host's domain, plus one */
    void *value;
} csc_memo;

/** What one compile has for itself. @param arena  of the compile; as everything is, so are both results. NULL when
 * memory is short. */
csc_kept *csc_kept_for_one(csc_arena *arena);

/** Begins what a session keeps; free it in every case. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status csc_kept_init(csc_kept *kept);
void csc_kept_free(csc_kept *kept);

/** Begins a round. @return whether an epoch begins with it: everything is gone. */
bool csc_kept_turn(csc_kept *kept);

/** Ends the epoch: what a failure may have left half made must not be found again. */
void csc_kept_clear(csc_kept *kept);

/** Whether the memo belongs to this epoch; another becomes an empty one of this epoch. */
static inline bool csc_memo_holds(csc_memo *memo, const csc_kept *kept)
{
    if (memo->epoch == kept->epoch)
        return true;
    *memo = (csc_memo){.epoch = kept->epoch};
    return false;
}

#endif
