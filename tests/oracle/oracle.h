// SPDX-License-Identifier: Apache-2.0
// The slow, obvious evaluator: docs/semantics.md as a program, one function per rule, plain loops.
//
// It shares no code with the compiler or the engine, so that a property test can hold one against
// the other. Read it beside the text: resolve.c is chapters H and L, routes.c is R, match.c is M,
// decide.c is P, C and X. It decodes nothing (documents.h) and trusts its documents to be valid
// (V).
#ifndef CORSAC_TESTS_ORACLE_ORACLE_H
#define CORSAC_TESTS_ORACLE_ORACLE_H

#include "oracle/documents.h"

typedef struct oracle_line {
    corsac_str name, value;
} oracle_line;

typedef struct oracle_lines {
    oracle_line *items;
    size_t count;
} oracle_lines;

/* One request as it arrives: Origin and the two preflight headers are among the header lines. */
typedef struct oracle_request {
    corsac_str gateway; /* "ns/name" */
    uint32_t port;
    corsac_str scheme; /* absent: http */
    corsac_str method; /* absent: GET */
    corsac_str authority, path, sni;
    oracle_lines headers;
    oracle_lines claims; /* name: path segments joined by one zero byte (M-18) */
} oracle_request;

#define ORACLE_MAX_SET_HEADERS 8

typedef struct oracle_decision {
    bool known;          /* false: the gateway or port is unknown (H-29), nothing else is filled */
    const char *outcome; /* names of 0.3 */
    const char *reason;  /* names of C-24 */
    unsigned reply_status;
    oracle_line
        set[ORACLE_MAX_SET_HEADERS]; /* of the reply if there is one, else of the response */
    size_t set_count;
    bool append_vary; /* X-11 on a response that is not Corsac's own */
    bool strip;       /* */
    bool extended;    /* 10.4 */
    bool conditional; /* M-18 */
    corsac_str virtual_host;
    corsac_str route;        /* ns/name#http[i].match[j] */
    corsac_str route_name;   /* R-7; empty if unnamed */
    corsac_str root;         /* the VirtualService with hosts */
    corsac_str policy_owner; /* L-12: the document with the corsPolicy; absent without one */
    corsac_str policy_path;
    corsac_str matched;               /* spec.http[i].corsPolicy.allowOrigins[k] */
    int origin_valid, origin_invalid; /* C-23 */
} oracle_decision;

typedef struct oracle oracle;

/** Resolves lazily: @p documents and @p parameters must outlive the oracle and stay unchanged. */
oracle *oracle_new(const oracle_documents *documents, const oracle_parameters *parameters);
void oracle_free(oracle *instance);

/** Views of the decision live until the next call on this oracle, and as long as the request. */
oracle_decision oracle_decide(oracle *instance, const oracle_request *request);

/** Value of a header that is stored once (C-5): the lines joined. Absent if there is no line. */
corsac_str oracle_joined_header(oracle_pool *pool, const oracle_lines *lines, const char *name);

/**
 * A pattern that Envoy takes: RE2 compiles it and its program is within M-22. Envoy 1.39 reads
 * patterns and texts as Latin-1, one byte one character; older ones as UTF-8 (M-20, X-15).
 */
bool oracle_regex_usable(corsac_str pattern, bool utf8);
/** RE2::FullMatch (M-1). */
bool oracle_regex_full_match(corsac_str pattern, corsac_str text, bool utf8);
/** Forgets compiled patterns. */
void oracle_regex_clear(void);

#endif
