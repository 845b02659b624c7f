// SPDX-License-Identifier: Apache-2.0
// Inside validation (chapter V): what its files share. Nodes marked broken are passed over: their
// type was reported already.
#ifndef CORSAC_COMPILER_DECODE_VALIDATE_H
#define CORSAC_COMPILER_DECODE_VALIDATE_H

#include "compiler/decode/finding.h"
#include "compiler/read/document.h"

/* What a rule's checks need to know about its VirtualService. */
typedef struct csc_rule_setting {
    bool is_delegate;  /* no hosts (V-19) */
    bool gateway_only; /* V-26 */
} csc_rule_setting;

/* Each route and each message repeats names, so that a long one costs much more than its bytes. */
enum {
    CSC_MAX_METADATA_NAME_BYTES = 253, /* Kubernetes' own bound, for names and namespaces */
    CSC_MAX_RULE_NAME_BYTES = 1024     /* of a rule or a match block */
};

/** `limit-name`; name may be NULL. */
void csc_validate_name_size(csc_finder *finder, const csc_path *path, const csc_node *name,
                            size_t most_bytes);
void csc_validate_rule(csc_finder *finder, const csc_path *path, const csc_node *rule,
                       const csc_rule_setting *setting);
/** One item of rule.match (V-12 to V-17). */
void csc_validate_block(csc_finder *finder, const csc_path *path, const csc_node *block,
                        const csc_rule_setting *setting);
void csc_validate_policy(csc_finder *finder, const csc_path *path, const csc_node *policy);
/** gateways of a VirtualService, or of a match block, where warnings are lost (V-16, V-24). */
void csc_validate_gateway_names(csc_finder *finder, const csc_path *path, const csc_node *list,
                                bool with_warnings);
/** V-32 to V-34. */
void csc_validate_reachability(csc_finder *finder, const csc_path *path, const csc_node *http);

/** The regex of a matcher: length, grammar, program size, cost (V-4, V-12, V-13, M-22, X-2, X-9). */
void csc_validate_regex(csc_finder *finder, const csc_path *path, csc_node *node,
                        const char *clause);

#endif
