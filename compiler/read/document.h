// SPDX-License-Identifier: Apache-2.0
// Stage read: text -> node trees, one per document (D-3, D-14, D-15, X-9).
//
// YAML 1.1 scalars are typed here as Istio's YAML-to-JSON step sees them (D-14), so that decode
// works on JSON-like values. Duplicate keys: the last wins, with a warning (an error in strict
// mode). Aliases are honoured and bounded; depth, size and document count are limited. Text that is
// not YAML loses the rest of its file: the documents before the error stay. Only this room knows
// libyaml.
#ifndef CORSAC_COMPILER_READ_DOCUMENT_H
#define CORSAC_COMPILER_READ_DOCUMENT_H

#include "compiler/decode/resource.h"

typedef enum csc_node_kind {
    CSC_NODE_NULL = 0,
    CSC_NODE_BOOL,
    CSC_NODE_NUMBER, /* text holds a JSON number */
    CSC_NODE_STRING,
    CSC_NODE_LIST,
    CSC_NODE_MAP
} csc_node_kind;

typedef struct csc_node csc_node;

typedef struct csc_entry {
    corsac_str key;
    csc_span key_span;
    csc_node *value;
} csc_entry;

/* 64 bytes: there are more of them than of anything else. */
struct csc_node {
    csc_span span;
    csc_node_kind kind : 8;
    bool boolean;         /* BOOL */
    bool broken;          /* set by decode: the value has a wrong type and was reported */
    uint32_t regex_steps; /* set by decode: what a regex costs per byte of text; otherwise 0 */
    corsac_str text;      /* NUMBER, STRING; BOOL: as written */
    csc_node **items;     /* LIST */
    csc_entry *entries;   /* MAP: file order, unique keys (the last of duplicates) */
    size_t count;
};

typedef struct csc_documents {
    csc_node **roots; /* never NULL; empty and null documents are left out */
    bool *faulty; /* per root: reading it found an error (strict mode), so decode quarantines it */
    size_t count;
    csc_span *lost; /* documents that could not be read at all: syntax, limits */
    size_t lost_count;
} csc_documents;

/** Reads every input of the context. Syntax errors become diagnostics; only CORSAC_E_MEMORY fails.
 */
corsac_status csc_documents_read(const csc_context *context, csc_documents *out);
/** The same for one input, an index of the context's. */
corsac_status csc_documents_read_one(const csc_context *context, size_t source, csc_documents *out);
/** Stable text form (JSON with positions). */
corsac_status csc_documents_dump(const csc_context *context, const csc_documents *documents,
                                 corsac_str *out);

/** Stage decode: node trees -> typed resources (chapters D and V). */
corsac_status csc_resources_decode(const csc_context *context, const csc_documents *documents,
                                   csc_resources *out);
/** The two halves of it: each document by itself; then what documents may not have in common, for
 * which services and gateways must be in the order of their inputs' names. */
corsac_status csc_resources_collect(const csc_context *context, const csc_documents *documents,
                                    csc_resources *out);
corsac_status csc_resources_settle(const csc_context *context, csc_resources *resources);
corsac_status csc_resources_dump(const csc_context *context, const csc_resources *resources,
                                 corsac_str *out);

#endif
