// SPDX-License-Identifier: Apache-2.0
// Policies that decide alike share one record: same matchers in the same order and the same
// headers. The source stays with each route, so that people still see who wrote it.
#include "compiler/passes/passes.h"
#include "compiler/support/map.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* An unambiguous text of all that decides: sizes before bytes. */
typedef struct writer {
    char *bytes; /* NULL: only measure */
    size_t size;
} writer;

static void write_bytes(writer *out, const void *bytes, size_t size)
{
    if (out->bytes && size > 0)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void write_text(writer *out, corsac_str text)
{
    write_bytes(out, &text.size, sizeof(text.size));
    write_bytes(out, text.data, text.size);
}

static void write_policy(writer *out, const csc_ir_policy *policy)
{
    const char flags[2] = {(char)policy->allow_credentials, (char)policy->forward_unmatched};
    write_bytes(out, flags, sizeof(flags));
    write_text(out, policy->allow_methods);
    write_text(out, policy->allow_headers);
    write_text(out, policy->expose_headers);
    write_text(out, policy->max_age);
    for (size_t i = 0; i < policy->origin_count; i++) {
        char kind = (char)policy->origins[i].kind;
        write_bytes(out, &kind, 1);
        write_text(out, policy->origins[i].value);
    }
}

/* Policies that decide alike, in every compile of the epoch. */
typedef struct alike {
    uint32_t round, first; /* the last compile that has any, and the first of its list */
    uint64_t digest;
} alike;

struct csc_shared {
    csc_map *numbers; /* text of a policy -> index of items */
    alike *items;
    size_t count, capacity;
};

static bool make_room(csc_kept *kept, size_t policy_count)
{
    if (kept->shared)
        return true;
    struct csc_shared *shared = csc_arena_alloc(kept->arena, 1, sizeof(*shared));
    if (!shared)
        return false;
    shared->numbers = csc_map_new_for(kept->arena, policy_count);
    kept->shared = shared;
    return shared->numbers != NULL;
}

/* Not seeded, so that images depend on nothing but the content. */
static uint64_t digest_of(const csc_ir_policy *policy)
{
    uint64_t digest = policy->origin_count;
    for (size_t i = 0; i < policy->origin_count; i++) {
        corsac_str value = policy->origins[i].value;
        digest =
            XXH3_64bits_withSeed(value.size ? value.data : "", value.size, digest + value.size);
    }
    return digest;
}

/* The number of a policy that has none yet. */
static bool number_policy(csc_kept *kept, const csc_ir_policy *policy, uint32_t *number)
{
    struct csc_shared *shared = kept->shared;
    writer out = {NULL, 0};
    write_policy(&out, policy);
    out.bytes = csc_arena_alloc(kept->arena, out.size, 1);
    if (!out.bytes)
        return false;
    out.size = 0;
    write_policy(&out, policy);
    bool added = false;
    alike *items = csc_arena_grow(kept->arena, shared->items, shared->count, &shared->capacity,
                                  sizeof(*items));
    size_t *slot = csc_map_put(shared->numbers, (corsac_str){out.bytes, out.size}, &added);
    if (!items || !slot)
        return false;
    shared->items = items;
    if (added) {
        *slot = shared->count;
        items[shared->count++] = (alike){.digest = digest_of(policy)};
    }
    *number = (uint32_t)*slot;
    return true;
}

static bool share(csc_kept *kept, csc_ir_policy *policies, uint32_t index)
{
    csc_ir_policy *policy = &policies[index];
    if (!csc_memo_holds(&policy->memo, kept)) {
        if (!number_policy(kept, policy, &policy->memo.number))
            return false;
        if (policy->home)
            *policy->home = policy->memo;
    }
    alike *item = &kept->shared->items[policy->memo.number];
    if (item->round != kept->round)
        *item = (alike){kept->round, index, item->digest};
    policy->number = policy->memo.number;
    policy->digest = item->digest;
    policy->twin = item->first;
    return true;
}

corsac_status csc_pass_share(const csc_context *context, csc_ir *ir)
{
    csc_kept *kept = context->kept ? context->kept : csc_kept_for_one(context->arena);
    if (!kept || !make_room(kept, ir->policy_count))
        return CORSAC_E_MEMORY;
    for (uint32_t i = 0; i < ir->policy_count; i++)
        if (!share(kept, ir->policies, i))
            return CORSAC_E_MEMORY;
    return CORSAC_OK;
}
