// SPDX-License-Identifier: Apache-2.0
// A cache: a store of compiled regexes that comes from bytes and becomes bytes again.
#include "compiler/cache/cache.h"
#include "compiler/driver.h"
#include "compiler/emit/emit.h"
#include "compiler/lower/lower.h"

#include <stdlib.h>

struct corsac_cache {
    csc_arena *arena; /* of the options */
    corsac_compile_options options;
    csc_regex_limits limits;
    csc_store *store;
    uint32_t refused;
};

corsac_status corsac_cache_new(corsac_cache **out, const corsac_compile_options *options,
                               corsac_str bytes)
{
    corsac_compile_options completed;
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (!csc_options_take(&completed, options) || (!bytes.data && bytes.size > 0))
        return CORSAC_E_ARGUMENT;
    corsac_cache *cache = calloc(1, sizeof(*cache));
    if (!cache)
        return CORSAC_E_MEMORY;
    corsac_status status = CORSAC_E_MEMORY;
    cache->options = completed;
    cache->limits = csc_lower_regex_limits(&completed);
    cache->arena = csc_arena_new();
    cache->store = csc_store_new();
    if (cache->arena && cache->store)
        status = csc_options_copy(&cache->options, cache->arena);
    if (status == CORSAC_OK)
        status = csc_cache_read(cache->store, &cache->limits, bytes, &cache->refused);
    if (status != CORSAC_OK) {
        corsac_cache_free(cache);
        return status;
    }
    csc_store_mark_loaded(cache->store);
    *out = cache;
    return CORSAC_OK;
}

void corsac_cache_free(corsac_cache *cache)
{
    if (!cache)
        return;
    csc_store_free(cache->store);
    csc_arena_free(cache->arena);
    free(cache);
}

/* Everything goes. Returns how many entries had been loaded. */
static uint32_t refuse_all(corsac_cache *cache)
{
    corsac_cache_counts counts;
    corsac_cache_describe(cache, &counts);
    csc_store_clear(cache->store);
    cache->refused += counts.loaded;
    return counts.loaded;
}

corsac_status corsac_compile_cached(corsac_blob **out, corsac_cache *cache,
                                    const corsac_input *inputs, size_t input_count,
                                    corsac_diagnostics *diagnostics,
                                    corsac_compile_summary *summary)
{
    if (summary)
        *summary = (corsac_compile_summary){0};
    if (out)
        *out = NULL;
    if (!out || !cache || !diagnostics)
        return CORSAC_E_ARGUMENT;
    size_t first = corsac_diagnostics_count(diagnostics);
    corsac_status status =
        csc_compile(out, inputs, input_count, &cache->options, cache->store, diagnostics, summary);
    /* The image does not verify: an entry passed by itself, but not in its place. */
    if (status == CORSAC_E_INTERNAL && refuse_all(cache) > 0) {
        csc_diagnostics_cut(diagnostics, first);
        status = csc_compile(out, inputs, input_count, &cache->options, cache->store, diagnostics,
                             summary);
    }
    if (status == CORSAC_E_MEMORY)
        csc_store_clear(cache->store); /* something may be half made */
    return status;
}

void corsac_cache_describe(const corsac_cache *cache, corsac_cache_counts *out)
{
    csc_store_item item;
    *out = (corsac_cache_counts){.refused = cache->refused};
    for (size_t i = 0; csc_store_at(cache->store, i, &item); i++) {
        out->loaded += item.loaded;
        out->reused += item.loaded && item.used;
        out->made += !item.loaded;
    }
}

corsac_status corsac_cache_save(corsac_blob **out, const corsac_cache *cache)
{
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (!cache)
        return CORSAC_E_ARGUMENT;
    csc_buffer bytes = {.arena = csc_arena_new()};
    if (!bytes.arena)
        return CORSAC_E_MEMORY;
    csc_cache_write(cache->store, &cache->limits, &bytes);
    corsac_str text = csc_buffer_finish(&bytes);
    corsac_status status =
        csc_arena_failed(bytes.arena) ? CORSAC_E_MEMORY : csc_blob_copy(text, out);
    csc_arena_free(bytes.arena);
    return status;
}
