// SPDX-License-Identifier: Apache-2.0
// Metadata: the name, the time, and annotations with a meaning (D-22, D-24, V-1, V-2).
#include "compiler/decode/decode.h"
#include "compiler/decode/duration.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/validate.h"

static void validate_annotation(csc_finder *finder, const csc_path *path, const csc_entry *entry)
{
    static const char *const banned[] = {
        "istio.io/dry-run", "internal.istio.io/webhook-always-reject", "internal.istio.io/parents",
        "internal.istio.io/parent-namespace"};
    csc_path here = csc_path_key(path, entry->key);
    for (size_t i = 0; i < sizeof banned / sizeof *banned; i++)
        if (csc_str_is(entry->key, banned[i]))
            csc_find_error(finder, "annotation", "V-1", entry->key_span, &here,
                           "Istio refuses a resource with the annotation %s.", banned[i]);
    if (csc_str_is(entry->key, "internal.istio.io/route-semantics"))
        csc_find_warning(finder, "annotation-ignored", "V-2", entry->key_span, &here,
                         "This annotation changes how Istio matches prefixes; it is ignored here.");
}

void csc_validate_name_size(csc_finder *finder, const csc_path *path, const csc_node *name,
                            size_t most_bytes)
{
    if (name && name->kind == CSC_NODE_STRING && name->text.size > most_bytes)
        csc_find_error(finder, "limit-name", "X-9", name->span, path,
                       "A name may have at most %zu bytes here, not %zu.", most_bytes,
                       name->text.size);
}

void csc_validate_metadata(csc_finder *finder, const csc_node *metadata, csc_span document)
{
    csc_path at = csc_path_field(NULL, "metadata"), name_at = csc_path_field(&at, "name");
    csc_path namespace_at = csc_path_field(&at, "namespace");
    csc_path time_at = csc_path_field(&at, "creationTimestamp");
    csc_path annotations_at = csc_path_field(&at, "annotations");
    const csc_node *name = csc_field(metadata, "name"),
                   *time = csc_field(metadata, "creationTimestamp");
    const csc_node *annotations = csc_field(metadata, "annotations");
    int64_t seconds;
    uint32_t nanoseconds;
    if (metadata && metadata->broken)
        return;
    if (!name || (name->kind == CSC_NODE_STRING && name->text.size == 0))
        csc_find_error(finder, "metadata-name", "D-8", metadata ? metadata->span : document,
                       &name_at, "A resource needs metadata.name.");
    csc_validate_name_size(finder, &name_at, name, CSC_MAX_METADATA_NAME_BYTES);
    csc_validate_name_size(finder, &namespace_at, csc_field(metadata, "namespace"),
                           CSC_MAX_METADATA_NAME_BYTES);
    if (time && !time->broken && !csc_time_parse(time->text, &seconds, &nanoseconds))
        csc_find_error(finder, "metadata-time", "D-24", time->span, &time_at,
                       "%s is not a time of RFC 3339, such as \"2026-01-31T12:00:00Z\".",
                       csc_show(finder, time->text));
    for (size_t i = 0; annotations && !annotations->broken && i < annotations->count; i++)
        validate_annotation(finder, &annotations_at, &annotations->entries[i]);
}
