// SPDX-License-Identifier: Apache-2.0
// What a host repeats of its first route and of a policy: written by compiler/lower/hosts.c, held against the
// originals when an image is opened.
#ifndef CORSAC_ENGINE_IMAGE_AHEAD_FORMAT_H
#define CORSAC_ENGINE_IMAGE_AHEAD_FORMAT_H

#include "engine/image/format.h"
#include "engine/image/origin_format.h"

#include <stdbool.h>
#include <string.h>

/* All bytes of its strings, 255 at most; 0 if there are none. */
static inline uint32_t cse_prints_bytes(const cse_prints *list)
{
    uint64_t sizes;
    memcpy(&sizes, list->sizes, sizeof(sizes));
    return (uint32_t)(sizes * UINT64_C(0x0101010101010101) >>
                      56); /* the highest byte of the product is the sum */
}

/* Where to look for what the list does not say. */
static inline uint32_t cse_ahead_place(const cse_origin_set *set)
{
    if (set->flags & (CSE_ORIGIN_KEYS | CSE_ORIGIN_PREFIXES) && set->keys < CSE_AHEAD_SPAN)
        return set->keys;
    return set->flags & CSE_ORIGIN_SPANS ? set->spans | CSE_AHEAD_SPAN : CSE_NONE;
}

/* Of strings that are repeated; each has 16 bytes at least. */
static inline void cse_ahead_copy_keys(uint8_t *to, const uint8_t *keys, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 16) /* the last sixteen overlap */
        memcpy(to + (at + 16 <= bytes ? at : bytes - 16),
               keys + (at + 16 <= bytes ? at : bytes - 16), 16);
}

/**
 * All but the strings, which are `list` of the policy and lie where it says: CSE_HOST_KEYS says whether they follow.
 * @param first   the host's first route, or NULL. Valid, as is the policy.
 * @param policy  index of the policy that a request is likely to need, or CSE_NONE.
 * @return which of CSE_HOST_FIRST_ROUTE and the flags behind it are true.
 */
static inline uint8_t cse_ahead_fill(cse_ahead *out, const cse_route *first, uint32_t policy,
                                     const cse_policy *policies, const cse_origin_set *sets)
{
    memset(out, 0, offsetof(cse_ahead, keys));
    out->policy = policy;
    if (policy == CSE_NONE)
        return 0;
    const cse_policy *of = &policies[policy];
    uint8_t flags = (of->flags & CSE_POLICY_CREDENTIALS ? CSE_HOST_CREDENTIALS : 0) |
                    (of->expose_headers.size > 0 ? CSE_HOST_EXPOSES : 0);
    if (first && first->flags & CSE_ROUTE_PLAIN && first->policy == policy) {
        memcpy(out->path, first->path, sizeof(out->path));
        memcpy(out->mask, first->mask, sizeof(out->mask));
        out->source = first->source;
        flags |= CSE_HOST_FIRST_ROUTE;
    }
    out->list = of->glance.list;
    out->origin_set = of->glance.is_all ? CSE_NONE : of->origin_set;
    const uint32_t bytes = cse_prints_bytes(&out->list);
    if (bytes == 0)
        out->list.keys = cse_ahead_place(&sets[of->origin_set]);
    else if (bytes <= CSE_AHEAD_KEY_BYTES)
        flags |= CSE_HOST_KEYS;
    return flags;
}

#endif
