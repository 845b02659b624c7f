// SPDX-License-Identifier: Apache-2.0
// One match block: string matches, header keys, port, source (V-12 to V-17, M-18).
#include "compiler/decode/fields.h"
#include "compiler/decode/syntax.h"
#include "compiler/decode/validate.h"
#include "engine/image/format.h"

#include <string.h>

/* What differs between the places where a StringMatch stands. */
typedef struct match_rules {
    bool empty_prefix; /* V-12: uri */
    bool star_regex;   /* V-14: withoutHeaders */
    bool claim;        /* M-18: needs a pattern */
    const char *clause;
} match_rules;

static const char *winner(const csc_node *match) /* D-13 */
{
    static const char *const members[] = {"regex", "prefix", "exact"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (csc_field(match, members[i]))
            return members[i];
    return NULL;
}

static void validate_match(csc_finder *finder, const csc_path *path, const csc_node *match,
                           const match_rules *rules)
{
    const char *kind = winner(match);
    csc_node *value = kind ? csc_field(match, kind) : NULL;
    csc_path here = csc_path_field(path, kind ? kind : "");
    if (match->broken || (value && (value->broken || value->kind != CSC_NODE_STRING)))
        return;
    bool regex = kind && strcmp(kind, "regex") == 0;
    bool star = regex && csc_str_is(value->text, "*") && rules->star_regex;
    if (rules->claim && (!kind || star))
        csc_find_error(
            finder, "claim-presence", "M-18", match->span, path,
            "A JWT claim has no presence form: Envoy refuses a claim condition without a "
            "pattern.");
    else if (!kind || star)
        return;
    else if (regex && value->text.size == 0)
        csc_find_error(finder, "match-empty", rules->clause, value->span, &here,
                       "A regex must not be empty.");
    else if (regex)
        csc_validate_regex(finder, &here, value, rules->clause);
    else if (strcmp(kind, "prefix") == 0 && value->text.size == 0 && !rules->empty_prefix)
        csc_find_error(finder, "match-empty", rules->clause, value->span, &here,
                       "A prefix must not be empty here.");
}

static void validate_fields(csc_finder *finder, const csc_path *path, const csc_node *block)
{
    static const char *const names[] = {"uri", "scheme", "method", "authority"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const csc_node *match = csc_field(block, names[i]);
        match_rules rules = {.empty_prefix = i == 0, .clause = i == 0 ? "V-12" : "V-13"};
        csc_path here = csc_path_field(path, names[i]);
        if (match)
            validate_match(finder, &here, match, &rules);
    }
}

/* ---- keyed matches ---------------------------------------------------------------------- */

static void validate_header_key(csc_finder *finder, const csc_path *path, const csc_entry *entry,
                                bool claim, const csc_rule_setting *setting)
{
    if (claim && !setting->gateway_only)
        csc_find_error(
            finder, "claim-outside-gateway", "V-15", entry->key_span, path,
            "A JWT claim can be matched only in a VirtualService that names gateways other "
            "than mesh.");
    else if (!claim && entry->key.size == 0)
        csc_find_error(finder, "header-key", "V-15", entry->key_span, path,
                       "A header name must not be empty.");
    else if (!claim && !csc_is_pseudo_header(entry->key) && !csc_is_header_token(entry->key))
        csc_find_error(finder, "header-key", "V-15", entry->key_span, path,
                       "%s is not a header name.", csc_show(finder, entry->key));
}

static void validate_keyed(csc_finder *finder, const csc_path *path, const csc_node *block,
                           const char *field, const csc_rule_setting *setting)
{
    const csc_node *map = csc_field(block, field);
    bool without = strcmp(field, "withoutHeaders") == 0,
         headers = strcmp(field, "queryParams") != 0;
    csc_path list = csc_path_field(path, field);
    if (!map || map->broken)
        return;
    for (size_t i = 0; i < map->count && !finder->failed; i++) {
        const csc_entry *entry = &map->entries[i];
        bool claim = headers && csc_is_claim_key(entry->key);
        match_rules rules = {
            .star_regex = without, .claim = claim, .clause = without ? "V-14" : "V-13"};
        csc_path here = csc_path_key(&list, entry->key);
        if (headers)
            validate_header_key(finder, &here, entry, claim, setting);
        validate_match(finder, &here, entry->value, &rules);
    }
}

/* ---- the rest (V-16) -------------------------------------------------------------------- */

static void validate_source(csc_finder *finder, const csc_path *path, const csc_node *block)
{
    const csc_node *labels = csc_field(block, "sourceLabels");
    corsac_str ns = csc_field_text(block, "sourceNamespace"), value;
    csc_path at_labels = csc_path_field(path, "sourceLabels");
    csc_path at_namespace = csc_path_field(path, "sourceNamespace");
    for (size_t i = 0; labels && !labels->broken && i < labels->count; i++) {
        const csc_entry *entry = &labels->entries[i];
        csc_path here = csc_path_key(&at_labels, entry->key);
        if (!csc_is_label_key(entry->key))
            csc_find_error(finder, "label-key", "V-16", entry->key_span, &here,
                           "%s is not a label key.", csc_show(finder, entry->key));
        if (!entry->value->broken && csc_node_text(entry->value, &value) &&
            !csc_is_label_value(value))
            csc_find_error(finder, "label-value", "V-16", entry->value->span, &here,
                           "%s is not a label value.", csc_show(finder, value));
    }
    if (ns.size && !csc_is_dns_label(ns))
        csc_find_error(finder, "source-namespace", "V-16", csc_field_span(block, "sourceNamespace"),
                       &at_namespace, "%s is not a namespace.", csc_show(finder, ns));
}

static size_t keyed_count(const csc_node *block, const char *field)
{
    const csc_node *map = csc_field(block, field);
    return map && !map->broken ? map->count : 0;
}

/* Every request pays for every condition it reaches, whoever wrote them. */
static void validate_size(csc_finder *finder, const csc_path *path, const csc_node *block)
{
    static const char *const single[] = {"method", "authority", "scheme"};
    size_t count = keyed_count(block, "headers") + keyed_count(block, "withoutHeaders") +
                   keyed_count(block, "queryParams");
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
        count += csc_field(block, single[i]) != NULL;
    if (count > CSE_MAX_BLOCK_CONDITIONS)
        csc_find_error(finder, "limit-conditions", "X-9", block->span, path,
                       "A match block may have at most %d conditions, not %zu.",
                       CSE_MAX_BLOCK_CONDITIONS, count);
}

void csc_validate_block(csc_finder *finder, const csc_path *path, const csc_node *block,
                        const csc_rule_setting *setting)
{
    const csc_node *gateways = csc_field(block, "gateways");
    csc_path at_port = csc_path_field(path, "port"), at_gateways = csc_path_field(path, "gateways");
    csc_path at_name = csc_path_field(path, "name");
    uint32_t port = csc_field_uint32(block, "port");
    csc_validate_name_size(finder, &at_name, csc_field(block, "name"), CSC_MAX_RULE_NAME_BYTES);
    validate_size(finder, path, block);
    validate_fields(finder, path, block);
    validate_keyed(finder, path, block, "headers", setting);
    validate_keyed(finder, path, block, "withoutHeaders", setting);
    validate_keyed(finder, path, block, "queryParams", setting);
    if (port > 65535)
        csc_find_error(finder, "match-port", "V-16", csc_field_span(block, "port"), &at_port,
                       "A port must be at most 65535, not %u.", port);
    validate_source(finder, path, block);
    if (gateways && !gateways->broken)
        csc_validate_gateway_names(finder, &at_gateways, gateways, false);
}
