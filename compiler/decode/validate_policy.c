// SPDX-License-Identifier: Apache-2.0
// corsPolicy (V-3 to V-9).
#include "compiler/decode/duration.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/syntax.h"
#include "compiler/decode/validate.h"
#include "engine/image/origin_format.h"

#include <string.h>

enum { MILLISECOND = 1000000, SECOND = 1000000000 };

static void validate_origin(csc_finder *finder, const csc_path *path, const csc_node *node)
{
    const char *kind = csc_field(node, "regex")    ? "regex"
                       : csc_field(node, "prefix") ? "prefix"
                                                   : "exact";
    csc_node *value = csc_field(node, kind);
    corsac_str text;
    csc_path here = csc_path_field(path, kind);
    if (node->broken || (value && value->broken))
        return;
    if (!value)
        csc_find_error(finder, "cors-origin-empty", "V-3", node->span, path,
                       "This origin has none of exact, prefix and regex.");
    else if (csc_node_text(value, &text) && text.size == 0)
        csc_find_error(finder, "cors-origin-empty", "V-3", value->span, &here,
                       "The %s of an origin must not be empty.", kind);
    else if (strcmp(kind, "regex") == 0)
        csc_validate_regex(finder, &here, value, "V-4");
}

/* More would not fit an image's counts; quarantined here, it costs no other tenant anything. */
static bool validate_count(csc_finder *finder, const csc_path *path, const csc_node *list)
{
    size_t regexes = 0;
    for (size_t i = 0; i < list->count; i++) {
        csc_path item = csc_path_item(path, i);
        regexes += csc_field(list->items[i], "regex") != NULL;
        if (i < CSE_ORIGIN_MAX_MATCHERS && regexes <= CSE_ORIGIN_MAX_REGEXES)
            continue;
        csc_find_error(finder, "limit-origins", "X-9", list->items[i]->span, &item,
                       "A list of origins may have at most %d entries, %d of them regexes.",
                       CSE_ORIGIN_MAX_MATCHERS, CSE_ORIGIN_MAX_REGEXES);
        return false;
    }
    return true;
}

static void validate_methods(csc_finder *finder, const csc_path *path, const csc_node *list)
{
    for (size_t i = 0; i < list->count; i++) {
        csc_path item = csc_path_item(path, i);
        corsac_str text;
        if (list->items[i]->broken || !csc_node_text(list->items[i], &text) ||
            csc_is_cors_method(text))
            continue;
        csc_find_error(
            finder, "cors-method", "V-6", list->items[i]->span, &item,
            "%s is not a method Istio accepts: GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, "
            "OPTIONS, TRACE (in upper case) or \"*\".",
            csc_show(finder, text));
    }
}

static void validate_header_names(csc_finder *finder, const csc_path *path, const csc_node *list)
{
    for (size_t i = 0; i < list->count; i++) {
        csc_path item = csc_path_item(path, i);
        corsac_str text;
        if (list->items[i]->broken || !csc_node_text(list->items[i], &text))
            continue;
        if (!csc_is_header_token(text))
            csc_find_error(finder, "cors-header", "V-7", list->items[i]->span, &item,
                           "%s is not a header name: only letters, digits and !#$%%&'*+-.^_`|~ are "
                           "allowed, and at least one.",
                           csc_show(finder, text));
        else if (memchr(text.data, ',', text.size))
            csc_find_warning(
                finder, "cors-header-comma", "V-8", list->items[i]->span, &item,
                "%s becomes several names on the wire, because the list is joined with "
                "commas.",
                csc_show(finder, text));
    }
}

static void validate_max_age(csc_finder *finder, const csc_path *path, const csc_node *node)
{
    int64_t nanoseconds;
    if (node->broken || !csc_duration_parse(node->text, &nanoseconds))
        return;
    const char *problem = nanoseconds < MILLISECOND        ? "must be at least 1 ms"
                          : nanoseconds % MILLISECOND != 0 ? "must be a multiple of 1 ms"
                          : nanoseconds % SECOND != 0      ? "must be whole seconds"
                                                           : NULL;
    if (problem)
        csc_find_error(finder, "cors-max-age", "V-9", node->span, path, "maxAge %s %s.",
                       csc_show(finder, node->text), problem);
}

void csc_validate_policy(csc_finder *finder, const csc_path *path, const csc_node *policy)
{
    static const struct {
        const char *field;
        void (*validate)(csc_finder *, const csc_path *, const csc_node *);
    } lists[] = {{"allowMethods", validate_methods},
                 {"allowHeaders", validate_header_names},
                 {"exposeHeaders", validate_header_names}};
    const csc_node *origins = csc_field(policy, "allowOrigins");
    const csc_node *exact = csc_field(policy, "allowOrigin");
    const csc_node *age = csc_field(policy, "maxAge");
    csc_path here = csc_path_field(path, "allowOrigin");
    if (exact && !exact->broken)
        (void)validate_count(finder, &here, exact);
    here = csc_path_field(path, "allowOrigins");
    bool looks = origins && !origins->broken && validate_count(finder, &here, origins);
    for (size_t i = 0; looks && i < origins->count; i++) {
        csc_path item = csc_path_item(&here, i);
        validate_origin(finder, &item, origins->items[i]);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const csc_node *list = csc_field(policy, lists[i].field);
        here = csc_path_field(path, lists[i].field);
        if (list && !list->broken)
            lists[i].validate(finder, &here, list);
    }
    here = csc_path_field(path, "maxAge");
    if (age)
        validate_max_age(finder, &here, age);
}
