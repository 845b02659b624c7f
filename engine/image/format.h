// SPDX-License-Identifier: Apache-2.0
// The bytes of an image: the one internal header that both halves share (docs/image-format.md).
//
//   cse_header | section table (cse_section x section_count) | sections, each 64-byte aligned, zero padded
//
// Little-endian, offsets instead of pointers, every section with its own XXH3. Records of origin sets are
// in origin_format.h, regex programs in regex_format.h, everything else here. Whoever changes a record
// bumps CSE_FORMAT_VERSION; the files that must agree are lower/emit in compiler/, verify in engine/image.
#ifndef CORSAC_ENGINE_IMAGE_FORMAT_H
#define CORSAC_ENGINE_IMAGE_FORMAT_H

#include "corsac/common.h"

#define CSE_MAGIC "CORSACIM" /* 8 bytes, no NUL */
#define CSE_FORMAT_VERSION 1u
#define CSE_SECTION_ALIGNMENT 64u /* one cache line: a record aligned in its section is aligned in memory */
#define CSE_NONE UINT32_MAX

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
    uint64_t revision;      /* XXH3_64 of the section checksums in table order: identity of the content */
    uint64_t hash_seed;     /* seed of every hash table in the image, derived from the content */
    uint32_t section_count;
    uint32_t options;       /* CORSAC_OPTION_ bits */
    uint32_t reserved[2];
} cse_header;
_Static_assert(sizeof(cse_header) == 64, "cse_header is one cache line");

typedef struct cse_section {
    uint32_t kind; /* cse_section_kind; each kind at most once, ascending */
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
    CSE_SECTION_HOST_BUCKETS = 14,
    CSE_SECTION_HOST_SUFFIXES = 15,
    CSE_SECTION_VIRTUAL_HOSTS = 16,
    CSE_SECTION_ROUTES = 17,
    CSE_SECTION_CONDITIONS = 18,
    CSE_SECTION_ROUTE_SOURCES = 19,
    CSE_SECTION_POLICIES = 20,
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
    /* regexes: programs in regex_format.h */
    CSE_SECTION_PROGRAM_TABLE = 60, /* cse_program_ref records */
    CSE_SECTION_PROGRAMS = 61,      /* the programs' bytes */
    CSE_SECTION_PATTERNS = 62,      /* canonical patterns kept beside the databases */
    CSE_SECTION_DATABASE_TABLE = 63,
    CSE_SECTION_DATABASES = 64      /* serialized Hyperscan databases */
} cse_section_kind;

/* One regex program: a slice of PROGRAMS, 8-byte aligned. Conditions and paths refer to programs by index. */
typedef struct cse_program_ref {
    uint32_t offset;
    uint32_t size_bytes;
    cse_text pattern; /* the tenant's text, for people */
} cse_program_ref;
_Static_assert(sizeof(cse_program_ref) == 16, "cse_program_ref");

#endif
