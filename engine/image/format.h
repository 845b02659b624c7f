// SPDX-License-Identifier: Apache-2.0
// The bytes of an image: the one internal header that both halves share (docs/image-format.md).
//
//   cse_header | section table: cse_section x section_count | sections, 64-byte aligned, zero
//   padded
//
// Little-endian, offsets instead of pointers, every section with its own XXH3. Records of origin
// sets are in origin_format.h, regex programs in regex_format.h, everything else here. Whoever
// changes a record bumps CSE_FORMAT_VERSION; the files that must agree are lower/emit in compiler/,
// verify in engine/image.
#ifndef CORSAC_ENGINE_IMAGE_FORMAT_H
#define CORSAC_ENGINE_IMAGE_FORMAT_H

#include "corsac/common.h"

#define CSE_MAGIC          "CORSACIM" /* 8 bytes, no NUL */
#define CSE_FORMAT_VERSION 4u
/* One cache line: a record aligned in its section is aligned in memory. */
#define CSE_SECTION_ALIGNMENT 64u
#define CSE_NONE              UINT32_MAX

/* A byte string in the STRINGS section. offset + size <= section size. */
typedef struct cse_text {
    uint32_t offset;
    uint32_t size;
} cse_text;

/* F-1 header: magic, version, total size, checksum of header and section table. */
typedef struct cse_header {
    char magic[8];
    uint32_t format_version;
    uint32_t header_bytes;  /* sizeof(cse_header) */
    uint64_t total_bytes;   /* size of the whole file */
    uint64_t head_checksum; /* XXH3_64 of header (this field zero) and section table */
    uint64_t revision;      /* XXH3_64 of the sections' checksums, seeded with options: identity */
    uint64_t hash_seed;     /* seed of the tables of hosts and SNI names, derived from these */
    uint32_t section_count;
    uint32_t options;     /* CORSAC_OPTION_ bits */
    uint64_t origin_seed; /* seed of the tables of origins, derived from hosts and origins */
} cse_header;
_Static_assert(sizeof(cse_header) == 64, "cse_header is one cache line");

typedef struct cse_section {
    uint32_t kind;         /* cse_section_kind; each kind at most once, ascending */
    uint32_t record_bytes; /* size of one record; 1 for byte sections */
    uint64_t offset;       /* from the start of the file; CSE_SECTION_ALIGNMENT aligned */
    uint64_t size_bytes;   /* a multiple of record_bytes */
    uint64_t checksum;     /* XXH3_64 of the section's bytes */
} cse_section;
_Static_assert(sizeof(cse_section) == 32, "cse_section");

typedef enum cse_section_kind {
    CSE_SECTION_STRINGS = 1,
    /* routing: engine/evaluate */
    CSE_SECTION_ENDPOINTS = 10,
    CSE_SECTION_ROUTE_CONFIGS = 11,
    CSE_SECTION_TLS_GROUPS = 12,
    CSE_SECTION_SNI_NAMES = 13,
    CSE_SECTION_HOST_PILOTS = 14, /* of VIRTUAL_HOSTS */
    CSE_SECTION_HOST_SUFFIXES = 15,
    CSE_SECTION_VIRTUAL_HOSTS = 16,
    CSE_SECTION_ROUTES = 17,
    CSE_SECTION_CONDITIONS = 18,
    CSE_SECTION_ROUTE_SOURCES = 19,
    CSE_SECTION_POLICIES = 20,
    CSE_SECTION_SNI_PILOTS = 21, /* of SNI_NAMES */
    /* origins: engine/match, records in origin_format.h */
    CSE_SECTION_ORIGIN_SETS = 40,
    CSE_SECTION_ORIGIN_KEYS = 41,
    CSE_SECTION_ORIGIN_BUCKETS = 42,
    CSE_SECTION_PREFIX_TRIES = 43,
    CSE_SECTION_ORIGIN_SPANS = 44,
    CSE_SECTION_ORIGIN_MATCHERS = 45,
    CSE_SECTION_ORIGIN_INDEX = 46,
    CSE_SECTION_ORIGIN_PIECES = 47,
    CSE_SECTION_ORIGIN_CLASSES = 48,
    CSE_SECTION_ORIGIN_PROGRAMS = 49, /* uint32_t lists of program indices */
    CSE_SECTION_ORIGIN_ROWS = 50,
    /* regexes: programs in regex_format.h */
    CSE_SECTION_PROGRAM_TABLE = 60, /* cse_program_ref records */
    CSE_SECTION_PROGRAMS = 61,      /* the programs' bytes */
    CSE_SECTION_PATTERNS = 62,      /* canonical patterns kept beside the databases */
    CSE_SECTION_DATABASE_TABLE = 63,
    CSE_SECTION_DATABASES = 64 /* serialized Hyperscan databases */
} cse_section_kind;

enum { CSE_SECTION_SLOTS = CSE_SECTION_DATABASES + 1 }; /* a place for each kind */

/* One regex program: a slice of PROGRAMS, 8-byte aligned. Conditions and paths refer to programs by
 * index. */
typedef struct cse_program_ref {
    uint32_t offset;
    uint32_t size_bytes;
    cse_text pattern; /* the tenant's text, for people */
} cse_program_ref;
_Static_assert(sizeof(cse_program_ref) == 16, "cse_program_ref");

/* ---- endpoints: (gateway, port) -> route configuration or TLS group (H-29) ---------------- */

/* Longer than any "ns/name"; many endpoints may share one text, and each compares it once. */
enum { CSE_MAX_GATEWAY_BYTES = 1024 };

typedef struct cse_endpoint {
    cse_text gateway;      /* "ns/name" */
    uint32_t port;         /* as written in the Gateway; unique per gateway, ascending */
    uint32_t route_config; /* plain HTTP, or CSE_NONE */
    uint32_t tls_group;    /* TLS, or CSE_NONE; at least one of the two is there */
    uint32_t implied;      /* 1: stands in for a Gateway that no document defines */
} cse_endpoint;
_Static_assert(sizeof(cse_endpoint) == 24, "cse_endpoint");

/* Wildcard lengths of one table, distinct, longest first: a slice of HOST_SUFFIXES (H-17). */
typedef struct cse_suffixes {
    uint32_t first;
    uint32_t count;
} cse_suffixes;

/* A set of virtual hosts that share one listener. */
typedef struct cse_route_config {
    cse_text name;
    cse_suffixes suffixes;
    uint32_t star;      /* virtual host of the domain "*", or CSE_NONE */
    uint32_t only_star; /* 1: "*" is the only domain, so the host is not looked at (H-17) */
} cse_route_config;
_Static_assert(sizeof(cse_route_config) == 24, "cse_route_config");

/* The TLS servers of one listener: which SNI leads to which route configuration. */
typedef struct cse_tls_group {
    cse_suffixes suffixes;
    uint32_t star; /* SNI name "*", or CSE_NONE */
    uint32_t reserved;
} cse_tls_group;
_Static_assert(sizeof(cse_tls_group) == 16, "cse_tls_group");

/*
 * VIRTUAL_HOSTS and SNI_NAMES are hash tables: a record lies where its key says, by host_format.h. A key is
 * (owner, kind, text); each record has one, and no two records share one. A free slot is of the owner
 * CSE_NONE and leads nowhere.
 */
typedef enum cse_host_kind {
    CSE_HOST_EXACT = 0,  /* the whole host */
    CSE_HOST_SUFFIX = 1, /* the text behind the star */
    CSE_HOST_STAR = 2,   /* "*": no text; its owner names it, so nobody searches for it */
    CSE_SNI_EXACT = 4,
    CSE_SNI_SUFFIX = 5,
    CSE_SNI_STAR = 6
} cse_host_kind;

typedef struct cse_sni_name {
    cse_text host;         /* lower-cased, star included */
    uint32_t tls_group;    /* its owner */
    uint32_t kind;         /* CSE_SNI_ */
    uint32_t route_config; /* or CSE_NONE: that server does not terminate HTTP */
    uint32_t reserved;
} cse_sni_name;
_Static_assert(sizeof(cse_sni_name) == 24, "cse_sni_name");

enum {
    CSE_MAX_DOMAIN_BYTES = 512, /* no key is longer */
    CSE_HOST_INLINE_BYTES = 32
};

/* Exact strings by which most origins are known, back to back in ORIGIN_KEYS. */
typedef struct cse_prints {
    uint32_t keys;     /* offset of the first */
    uint8_t sizes[8];  /* 16 to 64, 255 in all at most; zeros behind */
    uint8_t prints[8]; /* cse_origin_print() of each; zeros behind */
} cse_prints;
_Static_assert(sizeof(cse_prints) == 20, "cse_prints");

/*
 * What a host repeats of its first route and of a policy, so that most requests are decided by what lies where the hash
 * leads: nothing waits for a place that is read elsewhere first. All zero but for `policy` without one. Written and held against
 * the originals by ahead_format.h.
 */
enum { CSE_PATH_INLINE_BYTES = 16, CSE_AHEAD_KEY_BYTES = 128 };
#define CSE_AHEAD_SPAN UINT32_C(0x80000000) /* in `list.keys`: index of the first in ORIGIN_SPANS */
typedef struct cse_ahead {
    char path[CSE_PATH_INLINE_BYTES]; /* CSE_HOST_FIRST_ROUTE: the route's, else zero; so are */
    char mask[CSE_PATH_INLINE_BYTES]; /* these */
    uint32_t source;                  /* two */
    uint32_t policy; /* likely to be needed, or CSE_NONE; with CSE_HOST_FIRST_ROUTE that route's */
    uint32_t origin_set; /* the policy's, or CSE_NONE: the list is all there is */
    cse_prints
        list; /* the policy's; if it has none, `keys` is of the set's first text or span, or CSE_NONE */
    uint8_t keys[CSE_AHEAD_KEY_BYTES]; /* CSE_HOST_KEYS: the strings of the list, zeros behind */
} cse_ahead;
_Static_assert(sizeof(cse_ahead) == 192, "cse_ahead is three cache lines");

enum {
    CSE_HOST_TLS_REDIRECT = 1u << 0, /* H-24 */
    /* An exact name of 1 to 32 bytes in 0x21-0x7E, lower-cased, without ":": an authority of the same bytes is that
     * host, and needs no other look (H-17, X-8). Each such name says so. */
    CSE_HOST_PLAIN = 1u << 1,
    /* What `ahead` repeats; each host of which it is true says so. */
    CSE_HOST_FIRST_ROUTE =
        1u << 2,             /* the first route: it is CSE_ROUTE_PLAIN and carries `policy` */
    CSE_HOST_KEYS = 1u << 3, /* the strings of the list */
    CSE_HOST_CREDENTIALS = 1u << 4, /* the policy has CSE_POLICY_CREDENTIALS */
    CSE_HOST_EXPOSES = 1u << 5      /* the policy has a text of exposed headers */
};

/* A virtual host: its key, its flags, its routes, and what most requests for it need, on four cache lines. */
typedef struct cse_virtual_host {
    uint32_t domain_offset; /* in STRINGS; lower-cased, star included: "a.com", "*.a.com", "*" */
    uint16_t domain_size;
    uint8_t kind;          /* CSE_HOST_ */
    uint8_t flags;         /* CSE_HOST_TLS_REDIRECT and those behind it */
    uint32_t route_config; /* its owner */
    uint32_t first_route;  /* its slice of ROUTES; equal lists share one slice */
    uint32_t route_count;
    uint32_t reserved[3];
    char text[CSE_HOST_INLINE_BYTES]; /* the domain again if it fits, zero padded: saves a line */
    cse_ahead ahead;
} cse_virtual_host;
_Static_assert(sizeof(cse_virtual_host) == 256, "cse_virtual_host is four cache lines");

typedef enum cse_path_kind {
    CSE_PATH_ANY = 0, /* prefix "": every path that is there */
    CSE_PATH_PREFIX,
    CSE_PATH_EXACT,
    CSE_PATH_REGEX
} cse_path_kind;

typedef enum cse_action {
    CSE_ACTION_FORWARD = 0,
    CSE_ACTION_REDIRECT,
    CSE_ACTION_DIRECT_RESPONSE
} cse_action;

enum {
    CSE_ROUTE_CLAIMS = 1u << 0, /* some condition asks for a token's claim (M-18) */
    /* `path` and `mask` decide: no regex, no ignored case, no condition, and a path without zero bytes of at most
     * 16 bytes, at most 15 if it is exact. Each such route says so. */
    CSE_ROUTE_PLAIN = 1u << 1
};

/* One route of a virtual host's list. */
typedef struct cse_route {
    uint8_t path_kind;
    uint8_t ignore_case; /* 1: path and `path` are compared in lower case; prefix and exact (M-5) */
    uint8_t action;
    uint8_t flags; /* CSE_ROUTE_ */
    uint32_t path_size;
    uint32_t path_offset; /* into STRINGS; REGEX: program */
    uint32_t first_condition;
    uint32_t condition_count;
    uint32_t policy;     /* or CSE_NONE, as of all that do not forward (C-2, C-3) */
    uint32_t origin_set; /* of the policy, so that both lines can be fetched at once; or CSE_NONE */
    uint32_t source;     /* ROUTE_SOURCES: the route's public index */
    char path[CSE_PATH_INLINE_BYTES]; /* the path again if it fits, zero padded */
    char mask[CSE_PATH_INLINE_BYTES]; /* 0xFF where a request's path must be as `path`, else 0 */
} cse_route;
_Static_assert(sizeof(cse_route) == 64, "cse_route is one cache line");

enum {
    CSE_MAX_BLOCK_CONDITIONS = 1024, /* of one match block; more and its document is left out */
    CSE_MAX_ROUTE_CONDITIONS = 2 * CSE_MAX_BLOCK_CONDITIONS /* a root's block and its delegate's */
};

/* Where a condition finds its value. */
typedef enum cse_subject {
    CSE_SUBJECT_HEADER = 0, /* by name among the request's header lines */
    CSE_SUBJECT_METHOD,
    CSE_SUBJECT_AUTHORITY,
    CSE_SUBJECT_SCHEME,
    CSE_SUBJECT_PATH, /* query included (M-10) */
    CSE_SUBJECT_ORIGIN,
    CSE_SUBJECT_REQUEST_METHOD,  /* access-control-request-method (M-12) */
    CSE_SUBJECT_REQUEST_HEADERS, /* access-control-request-headers (M-12) */
    CSE_SUBJECT_QUERY,
    CSE_SUBJECT_CLAIM,
    CSE_SUBJECT_COUNT
} cse_subject;

typedef enum cse_test {
    CSE_TEST_PRESENT = 0,
    CSE_TEST_EXACT,
    CSE_TEST_PREFIX,
    CSE_TEST_REGEX,
    CSE_TEST_COUNT
} cse_test;

enum {
    CSE_CONDITION_INVERT = 1u << 0,
    CSE_CONDITION_MISSING_AS_EMPTY = 1u << 1, /* M-13 */
    CSE_CONDITION_STORED_ONCE = 1u << 2, /* lines are one value, joined by the rule of C-5 (M-12) */
    CSE_CONDITION_JOINED = 1u << 3       /* lines are one value, all joined with "," (X-15, M-11) */
};

typedef struct cse_condition {
    uint8_t subject;
    uint8_t test;
    uint8_t flags;
    uint8_t reserved;
    cse_text name; /* header, query parameter, or claim path with zero bytes between segments */
    cse_text value;
    uint32_t program; /* REGEX; otherwise CSE_NONE */
} cse_condition;
_Static_assert(sizeof(cse_condition) == 24, "cse_condition");

/* Counters sort and compare them, and many routes may share one text. An owner is "ns/name", each of at most
 * 253 bytes; a path is "spec.http[i].corsPolicy". */
enum { CSE_MAX_OWNER_BYTES = 1024, CSE_MAX_POLICY_PATH_BYTES = 64 };

/* Who wrote a route and its policy: for people, never read while deciding. */
typedef struct cse_route_source {
    cse_text route; /* "ns/name#http[i].match[j]" */
    cse_text route_name;
    cse_text root;
    cse_text file;
    cse_text policy_owner, policy_path, policy_file;
    uint32_t line, column;
    uint32_t policy_line, policy_column;
    uint32_t policy;          /* or CSE_NONE */
    uint32_t deprecated_list; /* 1: matchers are allowOrigin[i], not allowOrigins[i] */
} cse_route_source;
_Static_assert(sizeof(cse_route_source) == 80, "cse_route_source");

enum {
    CSE_POLICY_CREDENTIALS = 1u << 0,
    CSE_POLICY_FORWARD_UNMATCHED = 1u << 1, /* P-11 */
    CSE_POLICY_REFLECT_METHODS = 1u << 2,   /* the methods text is exactly "*" (C-13) */
    CSE_POLICY_REFLECT_HEADERS = 1u << 3    /* C-14 */
};

/* The exact strings of a policy's origin set, so that most origins need no look at the set: by
 * cse_origin_glance() (origin_glance_format.h). */
typedef struct cse_glance {
    uint8_t key_count; /* 0: the set has to be asked */
    uint8_t is_all;    /* 1: the set has nothing else */
    uint16_t reserved;
    cse_prints list;
} cse_glance;
_Static_assert(sizeof(cse_glance) == 24, "cse_glance");

/* A translated corsPolicy: header values ready to be set (P-5, P-6), on one cache line. */
typedef struct cse_policy {
    uint32_t origin_set;
    uint32_t flags;
    cse_text allow_methods, allow_headers, max_age, expose_headers; /* empty: no header */
    cse_glance glance;
} cse_policy;
_Static_assert(sizeof(cse_policy) == 64, "cse_policy is one cache line");

#endif
