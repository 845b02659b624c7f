// SPDX-License-Identifier: Apache-2.0
// Every offset, index and kind in the records of this room, checked once in linear time. After this
// a decision indexes freely. Meanings are not checked: an image that lies about its policies is
// only as bad as its author.
#include "engine/image/verify.h"

#include "engine/image/ahead_format.h"
#include "engine/image/host_format.h"
#include "engine/image/origin_glance_format.h"
#include "engine/image/regex_format.h"
#include "engine/image/route_format.h"
#include "engine/match/bytes.h"

#include <string.h>

static bool slice_fits(uint32_t first, uint32_t count, uint32_t limit)
{
    return (uint64_t)first + count <= limit;
}

static bool text_fits(const corsac_image *image, cse_text text)
{
    return slice_fits(text.offset, text.size, image->strings_size);
}

/* CSE_NONE or an index below the limit. */
static bool optional_fits(uint32_t index, uint32_t limit)
{
    return index == CSE_NONE || index < limit;
}

/* Bit i: byte i of a record's field is `byte`; its size is a multiple of 16, and at most 32. Without a branch per
 * byte: most of the bytes of many records are such fields. */
static inline uint32_t bytes_that_are(uint8_t byte, const char *field, size_t size)
{
    uint32_t found = 0;
    for (size_t at = 0; at < size; at += sizeof(cse_bytes16))
        found |= cse_bytes16_mask((cse_bytes16)(cse_bytes16_load(field + at) == byte)) << at;
    return found;
}

static inline uint32_t first_bits(size_t count)
{
    return (uint32_t)((UINT64_C(1) << count) - 1);
}

/* The copy kept inside a record agrees with the text, and is zero behind it. */
static inline bool inline_agrees(const corsac_image *image, const char *copy, size_t copy_bytes,
                                 uint32_t offset, uint32_t size)
{
    const size_t used = size <= copy_bytes ? size : 0;
    const uint32_t behind = first_bits(copy_bytes) & ~first_bits(used);
    return (behind & ~bytes_that_are(0, copy, copy_bytes)) == 0 &&
           cse_bytes_equal(copy, image->strings + offset, used);
}

/* ---- hosts -------------------------------------------------------------------------------- */

static bool is_power_of_two(uint32_t count)
{
    return count > 0 && (count & (count - 1)) == 0;
}

/* Pilots may be any bytes: each names a slot. */
static bool tables_are_there(const corsac_image *image)
{
    return is_power_of_two(image->host_pilot_count) && image->host_slot_count > 0 &&
           is_power_of_two(image->sni_pilot_count) && image->sni_slot_count > 0;
}

static bool suffixes_fit(const corsac_image *image, cse_suffixes suffixes)
{
    if (!slice_fits(suffixes.first, suffixes.count, image->host_suffix_count))
        return false;
    uint32_t above = CSE_MAX_DOMAIN_BYTES + 1;
    for (uint32_t i = 0; i < suffixes.count; i++) {
        uint32_t size = image->host_suffixes[suffixes.first + i];
        if (size == 0 || size >= above) /* longest first, each once: at most 512 look-ups */
            return false;
        above = size;
    }
    return true;
}

static bool route_config_fits(const corsac_image *image, const cse_route_config *config)
{
    return text_fits(image, config->name) && suffixes_fit(image, config->suffixes) &&
           optional_fits(config->star, image->host_slot_count) && config->only_star <= 1 &&
           (!config->only_star || config->star != CSE_NONE);
}

static bool tls_group_fits(const corsac_image *image, const cse_tls_group *group)
{
    return suffixes_fit(image, group->suffixes) &&
           optional_fits(group->star, image->sni_slot_count);
}

static bool sni_name_fits(const corsac_image *image, const cse_sni_name *name)
{
    static const cse_sni_name free_slot = {.tls_group = CSE_NONE, .route_config = CSE_NONE};
    if (name->tls_group == CSE_NONE)
        return memcmp(name, &free_slot, sizeof(free_slot)) == 0;
    return text_fits(image, name->host) && name->tls_group < image->tls_group_count &&
           name->kind >= CSE_SNI_EXACT && name->kind <= CSE_SNI_STAR &&
           (name->kind == CSE_SNI_EXACT || name->host.size > 0) &&
           optional_fits(name->route_config, image->route_config_count);
}

/* What a host repeats of ORIGIN_KEYS, zeros behind it. */
static bool keys_agree(const corsac_image *image, const cse_ahead *ahead, size_t bytes)
{
    uint32_t others = 0;
    for (size_t at = bytes & ~(size_t)15; at < sizeof(ahead->keys); at += 16) {
        const uint32_t used = at < bytes ? first_bits(bytes - at) : 0;
        others |= ~(used | bytes_that_are(0, (const char *)ahead->keys + at, 16));
    }
    return (others & first_bits(16)) == 0 &&
           cse_bytes_equal(ahead->keys, image->origins.keys + ahead->list.keys, bytes);
}

/* Of the policy that it names, which is the first route's if that says so. */
static bool ahead_agrees(const corsac_image *image, const cse_virtual_host *host)
{
    const cse_route *first = host->route_count > 0 ? &image->routes[host->first_route] : NULL;
    const bool is_first = first && first->policy != CSE_NONE && first->flags & CSE_ROUTE_PLAIN;
    cse_ahead wanted;
    if (!optional_fits(host->ahead.policy, image->policy_count) ||
        (is_first && host->ahead.policy != first->policy))
        return false;
    const uint8_t flags =
        cse_ahead_fill(&wanted, first, host->ahead.policy, image->policies, image->origins.sets);
    return (host->flags & ~(CSE_HOST_TLS_REDIRECT | CSE_HOST_PLAIN)) == flags &&
           memcmp(&host->ahead, &wanted, offsetof(cse_ahead, keys)) == 0 &&
           keys_agree(image, &host->ahead,
                      flags & CSE_HOST_KEYS ? cse_prints_bytes(&wanted.list) : 0);
}

static bool plain_agrees(const cse_virtual_host *host)
{
    const bool plain =
        host->kind == CSE_HOST_EXACT && cse_host_is_plain(host->text, host->domain_size);
    return (host->flags & CSE_HOST_PLAIN) == (plain ? CSE_HOST_PLAIN : 0);
}

static bool virtual_host_fits(const corsac_image *image, const cse_virtual_host *host)
{
    static const cse_virtual_host free_slot = {.route_config = CSE_NONE, .ahead.policy = CSE_NONE};
    if (host->route_config == CSE_NONE)
        return memcmp(host, &free_slot, sizeof(free_slot)) == 0;
    return text_fits(image, (cse_text){host->domain_offset, host->domain_size}) &&
           host->route_config < image->route_config_count &&
           (host->reserved[0] | host->reserved[1] | host->reserved[2]) == 0 &&
           host->kind <= CSE_HOST_STAR && (host->kind == CSE_HOST_EXACT || host->domain_size > 0) &&
           slice_fits(host->first_route, host->route_count, image->route_count) &&
           inline_agrees(image, host->text, sizeof(host->text), host->domain_offset,
                         host->domain_size) &&
           plain_agrees(host) && ahead_agrees(image, host);
}

static int compare_endpoints(const corsac_image *image, const cse_endpoint *a,
                             const cse_endpoint *b)
{
    corsac_str left = cse_image_text(image, a->gateway), right = cse_image_text(image, b->gateway);
    size_t common = left.size < right.size ? left.size : right.size;
    int order = memcmp(left.data, right.data, common);
    if (order == 0)
        order = (left.size > right.size) - (left.size < right.size);
    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static bool endpoint_fits(const corsac_image *image, uint32_t index)
{
    const cse_endpoint *endpoint = &image->endpoints[index];
    if (!text_fits(image, endpoint->gateway) || endpoint->gateway.size > CSE_MAX_GATEWAY_BYTES ||
        endpoint->implied > 1 ||
        !optional_fits(endpoint->route_config, image->route_config_count) ||
        !optional_fits(endpoint->tls_group, image->tls_group_count))
        return false;
    return index == 0 || compare_endpoints(image, endpoint - 1, endpoint) < 0;
}

/* ---- routes and policies ------------------------------------------------------------------ */

static bool mask_agrees(const cse_route *route)
{
    const size_t used = cse_route_masked_bytes(route);
    const uint32_t ones = bytes_that_are(0xFF, route->mask, sizeof(route->mask));
    const uint32_t zeros = bytes_that_are(0, route->mask, sizeof(route->mask));
    return ones == first_bits(used) && (ones ^ zeros) == first_bits(sizeof(route->mask));
}

static bool route_flags_agree(const cse_route *route)
{
    const uint8_t plain = cse_route_is_plain(route) ? CSE_ROUTE_PLAIN : 0;
    return (route->flags & ~CSE_ROUTE_CLAIMS) == plain &&
           (!(route->flags & CSE_ROUTE_CLAIMS) || route->condition_count > 0);
}

static bool path_fits(const corsac_image *image, const cse_route *route)
{
    if (route->path_kind == CSE_PATH_REGEX)
        return route->path_offset < image->origins.program_count;
    return route->path_kind <= CSE_PATH_REGEX && route->ignore_case <= 1 &&
           slice_fits(route->path_offset, route->path_size, image->strings_size) &&
           inline_agrees(image, route->path, sizeof(route->path), route->path_offset,
                         route->path_size);
}

static bool route_fits(const corsac_image *image, const cse_route *route)
{
    if (!path_fits(image, route) || !mask_agrees(route) || !route_flags_agree(route) ||
        route->action > CSE_ACTION_DIRECT_RESPONSE || route->source >= image->route_source_count ||
        route->condition_count > CSE_MAX_ROUTE_CONDITIONS ||
        !slice_fits(route->first_condition, route->condition_count, image->condition_count))
        return false;
    if (route->policy == CSE_NONE)
        return route->origin_set == CSE_NONE;
    return route->action == CSE_ACTION_FORWARD && route->policy < image->policy_count &&
           route->origin_set == image->policies[route->policy].origin_set;
}

static bool condition_fits(const corsac_image *image, const cse_condition *condition)
{
    return condition->subject < CSE_SUBJECT_COUNT && condition->test < CSE_TEST_COUNT &&
           text_fits(image, condition->name) && text_fits(image, condition->value) &&
           (condition->test != CSE_TEST_REGEX || condition->program < image->origins.program_count);
}

/* The origin sets have been checked. */
static bool glance_agrees(const corsac_image *image, const cse_policy *policy)
{
    const cse_glance glance =
        cse_origin_glance(&image->origins.sets[policy->origin_set], image->origins.keys);
    return memcmp(&policy->glance, &glance, sizeof(glance)) == 0;
}

static bool policy_fits(const corsac_image *image, const cse_policy *policy)
{
    return policy->origin_set < image->origins.set_count && glance_agrees(image, policy) &&
           text_fits(image, policy->allow_methods) && text_fits(image, policy->allow_headers) &&
           text_fits(image, policy->max_age) && text_fits(image, policy->expose_headers);
}

static bool route_source_fits(const corsac_image *image, const cse_route_source *source)
{
    return text_fits(image, source->route) && text_fits(image, source->route_name) &&
           text_fits(image, source->root) && text_fits(image, source->file) &&
           text_fits(image, source->policy_owner) && text_fits(image, source->policy_path) &&
           source->policy_owner.size <= CSE_MAX_OWNER_BYTES &&
           source->policy_path.size <= CSE_MAX_POLICY_PATH_BYTES &&
           text_fits(image, source->policy_file) &&
           optional_fits(source->policy, image->policy_count);
}

/* ---- all of them -------------------------------------------------------------------------- */

/* Hosts lie by their hash, what they repeat elsewhere: asked for so many records before it is compared, so that a
 * processor has as many lines under way as it can (engine/evaluate/batch.c). To ask for an address that is not there does nothing. */
enum { AHEAD = 4 };

CSE_ASKS_FOR_MEMORY void ask_for_originals(const corsac_image *image, const cse_virtual_host *host)
{
    __builtin_prefetch(image->strings + host->domain_offset);
    __builtin_prefetch(&image->routes[host->first_route]);
    __builtin_prefetch(&image->policies[host->ahead.policy]);
    __builtin_prefetch(image->origins.keys + host->ahead.list.keys);
    __builtin_prefetch(image->origins.keys + host->ahead.list.keys + 64);
}

static const char *verify_hosts(const corsac_image *image)
{
    for (uint32_t i = 0; i < image->route_config_count; i++)
        if (!route_config_fits(image, &image->route_configs[i]))
            return "a route configuration is malformed";
    for (uint32_t i = 0; i < image->tls_group_count; i++)
        if (!tls_group_fits(image, &image->tls_groups[i]))
            return "a TLS group is malformed";
    for (uint32_t i = 0; i < image->sni_slot_count; i++)
        if (!sni_name_fits(image, &image->sni_names[i]))
            return "an SNI name is malformed";
    for (uint32_t i = 0; i < image->host_slot_count; i++) {
        if (i + AHEAD < image->host_slot_count)
            ask_for_originals(image, &image->virtual_hosts[i + AHEAD]);
        if (!virtual_host_fits(image, &image->virtual_hosts[i]))
            return "a virtual host is malformed";
    }
    for (uint32_t i = 0; i < image->endpoint_count; i++)
        if (!endpoint_fits(image, i))
            return "an endpoint is malformed or out of order";
    return NULL;
}

/* Steps of all conditions before each one: lists are shared, so adding each up would not be linear. */
static void add_up(const corsac_image *image, const uint32_t *steps, uint64_t *sums)
{
    sums[0] = 0;
    for (uint32_t i = 0; i < image->condition_count; i++) {
        const cse_condition *condition = &image->conditions[i];
        sums[i + 1] = sums[i] + (condition->test == CSE_TEST_REGEX ? steps[condition->program] : 0);
    }
}

/* The path and the conditions of one route take no more steps than the compiler admits. */
static bool route_is_cheap(const cse_route *route, const uint32_t *steps, const uint64_t *sums)
{
    uint64_t path = route->path_kind == CSE_PATH_REGEX ? steps[route->path_offset] : 0;
    uint64_t conditions =
        sums[route->first_condition + route->condition_count] - sums[route->first_condition];
    return path + conditions <= CSE_MAX_LIST_STEPS;
}

static const char *verify_routes(const corsac_image *image, const uint32_t *steps, uint64_t *sums)
{
    for (uint32_t i = 0; i < image->policy_count; i++)
        if (!policy_fits(image, &image->policies[i]))
            return "a policy is malformed";
    for (uint32_t i = 0; i < image->condition_count; i++)
        if (!condition_fits(image, &image->conditions[i]))
            return "a condition is malformed";
    for (uint32_t i = 0; i < image->route_source_count; i++)
        if (!route_source_fits(image, &image->route_sources[i]))
            return "the source of a route is malformed";
    add_up(image, steps, sums);
    for (uint32_t i = 0; i < image->route_count; i++) {
        if (!route_fits(image, &image->routes[i]))
            return "a route is malformed";
        if (!route_is_cheap(&image->routes[i], steps, sums))
            return "the regexes of a route take more steps than a route's may";
    }
    return NULL;
}

const char *cse_image_verify_records(const corsac_image *image, const uint32_t *steps,
                                     uint64_t *sums)
{
    if (!tables_are_there(image))
        return "a table of hosts is missing";
    const char *reason = verify_routes(image, steps, sums); /* which hosts repeat */
    return reason ? reason : verify_hosts(image);
}
