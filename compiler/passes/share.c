// SPDX-License-Identifier: Apache-2.0
// Policies that decide alike share one record: same matchers in the same order and the same
// headers. The source stays with each route, so that people still see who wrote it.
#include "compiler/passes/passes.h"
#include "compiler/support/map.h"

#include <string.h>

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

corsac_status csc_pass_share(const csc_context *context, csc_ir *ir)
{
    csc_map *seen = csc_map_new_for(context->arena, ir->policy_count);
    if (!seen)
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < ir->policy_count; i++) {
        writer out = {NULL, 0};
        write_policy(&out, &ir->policies[i]);
        out.bytes = csc_arena_alloc(context->arena, out.size, 1);
        if (!out.bytes)
            return CORSAC_E_MEMORY;
        out.size = 0;
        write_policy(&out, &ir->policies[i]);
        bool added = false;
        size_t *first = csc_map_put(seen, (corsac_str){out.bytes, out.size}, &added);
        if (!first)
            return CORSAC_E_MEMORY;
        if (added)
            *first = i;
        ir->policies[i].twin = (uint32_t)*first;
    }
    return CORSAC_OK;
}
