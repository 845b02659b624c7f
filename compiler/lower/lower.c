// SPDX-License-Identifier: Apache-2.0
// The order of lowering, and the hash seeds.
#include "compiler/lower/lower.h"
#include "corsac/engine.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t mix(uint64_t hash, corsac_str text)
{
    return XXH3_64bits_withSeed(text.data, text.size, hash + text.size);
}

/* Hashes of the keys, so that tables depend on nothing but the content. */
static uint64_t seed_of_hosts(const csc_ir *ir)
{
    uint64_t hash = 1;
    for (size_t i = 0; i < ir->route_config_count; i++)
        for (size_t j = 0; j < ir->route_configs[i].virtual_host_count; j++)
            hash = mix(hash, ir->route_configs[i].virtual_hosts[j].domain);
    return hash;
}

static uint64_t seed_of_origins(const csc_ir *ir, uint64_t hash)
{
    for (size_t i = 0; i < ir->policy_count; i++)
        hash = mix(hash, (corsac_str){(const char *)&ir->policies[i].digest, sizeof(uint64_t)});
    return hash;
}

/* Where the hosts of an IR lie. */
typedef struct placement {
    csc_host_table hosts, names;
    uint64_t hash_seed;
} placement;

/* Placed once for as long as the IR stays. */
static corsac_status place_hosts(csc_lowering *lowering)
{
    csc_memo *memo = &lowering->ir->placement;
    csc_arena *arena = lowering->kept->arena;
    placement *placed = csc_memo_holds(memo, lowering->kept) ? memo->value : NULL;
    if (!placed) {
        lowering->sections->hash_seed = seed_of_hosts(lowering->ir);
        corsac_status status = csc_lower_place_hosts(lowering, arena);
        placed = csc_arena_alloc(arena, 1, sizeof(*placed));
        if (status != CORSAC_OK || !placed)
            return status == CORSAC_OK ? CORSAC_E_MEMORY : status;
        *placed = (placement){lowering->hosts, lowering->names, lowering->sections->hash_seed};
        placed->hosts.keys = placed->names.keys = NULL; /* those go with this compile */
        memo->value = placed;
    }
    lowering->hosts = placed->hosts;
    lowering->names = placed->names;
    lowering->sections->hash_seed = placed->hash_seed;
    return CORSAC_OK;
}

static corsac_status run(csc_lowering *lowering)
{
    corsac_status status = csc_lower_policies(lowering);
    if (status == CORSAC_OK)
        status = csc_lower_routes(lowering);
    if (status == CORSAC_OK)
        status = csc_lower_hosts(lowering);
    if (status == CORSAC_OK &&
        (csc_arena_failed(lowering->context->arena) || csc_arena_failed(lowering->kept->arena)))
        return CORSAC_E_MEMORY;
    return status == CORSAC_OK ? csc_sections_status(lowering->sections) : status;
}

csc_regex_limits csc_lower_regex_limits(const corsac_compile_options *options)
{
    return (csc_regex_limits){
        .program_size = options->max_regex_program,
        .encoding =
            options->image_options & CORSAC_OPTION_REGEX_UTF8 ? CSC_REGEX_UTF8 : CSC_REGEX_LATIN1,
    };
}

static corsac_status lower_with_seed(csc_lowering *lowering)
{
    const csc_context *context = lowering->context;
    const corsac_compile_options *options = context->options;
    csc_sections *sections = lowering->sections;
    const csc_origin_options origin_options = {
        .engine = (corsac_regex_engine)options->regex_engine,
        .no_lowering = options->flags & CORSAC_COMPILE_NO_LOWERING,
    };
    const csc_regex_limits limits = csc_lower_regex_limits(options);
    corsac_status status =
        csc_programs_new(&lowering->programs, context->arena, sections, context->store, &limits);
    if (status == CORSAC_OK)
        status = csc_origins_new(&lowering->origins, context->arena, sections, lowering->programs,
                                 &origin_options, lowering->kept);
    if (status == CORSAC_OK)
        status = run(lowering);
    csc_origins_free(lowering->origins);
    csc_programs_free(lowering->programs);
    return status == CORSAC_E_SOURCE ? CORSAC_E_INTERNAL : status; /* X-2 is decode's */
}

corsac_status csc_lower(const csc_context *context, csc_ir *ir, csc_sections *sections)
{
    csc_lowering lowering = {.context = context,
                             .ir = ir,
                             .kept = context->kept,
                             .sections = sections,
                             .last_owner = {.number = CSE_NONE},
                             .last_file = {.number = CSE_NONE},
                             .conditions = csc_map_new(context->arena),
                             .lists = csc_map_new(context->arena)};
    if (!lowering.kept)
        lowering.kept = csc_kept_for_one(context->arena);
    if (!lowering.kept || !lowering.conditions || !lowering.lists)
        return CORSAC_E_MEMORY;
    corsac_status status = place_hosts(&lowering);
    sections->origin_seed = seed_of_origins(ir, sections->hash_seed);
    return status == CORSAC_OK ? lower_with_seed(&lowering) : status;
}
