// SPDX-License-Identifier: Apache-2.0
// Compile parameters (D-25): are they sound, and what stands for an absent one.
#include "compiler/driver.h"
#include "corsac/engine.h"

static corsac_str text_or(corsac_str text, const char *fallback)
{
    return text.data ? text : csc_str_from(fallback);
}

static void complete(corsac_compile_options *options)
{
    static const corsac_str everyone = {"*", 1};
    options->gateway_namespace = text_or(options->gateway_namespace, "istio-system");
    options->default_namespace = text_or(options->default_namespace, "default");
    options->cluster_domain = text_or(options->cluster_domain, "cluster.local");
    if (options->default_export_to.count == 0)
        options->default_export_to = (corsac_str_list){&everyone, 1};
    if (options->max_input_bytes == 0)
        options->max_input_bytes = (uint64_t)64 * 1024 * 1024;
    if (options->max_depth == 0)
        options->max_depth = 64;
    if (options->max_documents == 0)
        options->max_documents = 1000000;
    if (options->max_alias_nodes == 0)
        options->max_alias_nodes = 100000;
    if (options->max_regex_program == 0)
        options->max_regex_program = 32768; /* M-22 */
    if (options->max_image_bytes == 0)
        options->max_image_bytes = (uint64_t)2 * 1024 * 1024 * 1024;
}

static bool is_sound(corsac_str text)
{
    return text.data != NULL || text.size == 0;
}

static bool list_is_sound(corsac_str_list list)
{
    if (!list.items && list.count > 0)
        return false;
    for (size_t i = 0; i < list.count; i++)
        if (!is_sound(list.items[i]))
            return false;
    return true;
}

static bool are_sound(const corsac_compile_options *options)
{
    const uint32_t flags =
        CORSAC_COMPILE_STRICT | CORSAC_COMPILE_NO_LOWERING | CORSAC_COMPILE_CHECK_ONLY;
    const uint32_t known =
        (uint32_t)CORSAC_OPTION_REGEX_UTF8 * 2 - 1; /* the last bit of engine.h */
    return options->struct_size >= sizeof(*options) && (options->flags & ~flags) == 0 &&
           (options->image_options & ~known) == 0 &&
           options->regex_engine <= CORSAC_REGEX_AUTOMATON &&
           is_sound(options->gateway_namespace) && is_sound(options->default_namespace) &&
           is_sound(options->cluster_domain) && list_is_sound(options->gateway_labels) &&
           list_is_sound(options->gateways) && list_is_sound(options->default_export_to);
}

bool csc_options_take(corsac_compile_options *out, const corsac_compile_options *given)
{
    *out = (corsac_compile_options){0};
    if (given && !are_sound(given))
        return false;
    if (given)
        *out = *given;
    complete(out);
    return true;
}

static corsac_str_list copy_list(csc_arena *arena, corsac_str_list list)
{
    corsac_str *items = csc_arena_alloc(arena, list.count + 1, sizeof(*items));
    for (size_t i = 0; items && i < list.count; i++)
        items[i] = csc_arena_copy(arena, list.items[i]);
    return (corsac_str_list){items, items ? list.count : 0};
}

corsac_status csc_options_copy(corsac_compile_options *options, csc_arena *arena)
{
    options->gateway_namespace = csc_arena_copy(arena, options->gateway_namespace);
    options->default_namespace = csc_arena_copy(arena, options->default_namespace);
    options->cluster_domain = csc_arena_copy(arena, options->cluster_domain);
    options->gateway_labels = copy_list(arena, options->gateway_labels);
    options->gateways = copy_list(arena, options->gateways);
    options->default_export_to = copy_list(arena, options->default_export_to);
    return csc_arena_failed(arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
