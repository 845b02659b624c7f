// SPDX-License-Identifier: Apache-2.0
// Origin sets as bytes: what compiler/lower/origin.c writes and engine/match/origin.c asks.
//
//   cse_origin_set --keys----> ORIGIN_KEYS      up to 8 exact strings back to back, then up to 5
//   prefixes
//                  --row-----> ORIGIN_ROWS      up to 16 exact strings of common sizes: prints in a line
//                  --buckets-> ORIGIN_BUCKETS   more exact strings: fingerprints in lines of 8
//                  --trie----> PREFIX_TRIES     more prefixes: a radix trie
//                  --spans---> ORIGIN_SPANS     regexes lowered to literals around class runs; one that
//                                               is all there is stands in the set itself
//                  --rest----> PROGRAM_TABLE    regexes that are served by an automaton ...
//                  --database> DATABASE_TABLE   ... or by Hyperscan
//                  --whole---> PROGRAM_TABLE    the same and lowered regexes that accept bytes outside
//                                               0x21-0x7e: origins with such bytes
//                  --matchers> ORIGIN_MATCHERS  the list as written, for "which one matched" (C-9)
//
// Behind the sets of policies come sets that no policy names: of one lowered regex each, whose matcher in
// a longer list asks them by itself.
//
// Little-endian, offsets and indices only. Texts are sizes and bytes, never NUL-terminated.
// Files that must agree: compiler/lower/{origin,exact,trie,span}.c,
// engine/match/{origin,verify}*.c.
#ifndef CORSAC_ENGINE_IMAGE_ORIGIN_FORMAT_H
#define CORSAC_ENGINE_IMAGE_ORIGIN_FORMAT_H

#include "engine/image/format.h"
#include <stdbool.h>
#include <stddef.h>

enum {
    CSE_ORIGIN_LIST_KEYS = 8,     /* measured: up to here comparing beats hashing */
    CSE_ORIGIN_ROW_KEYS = 16,     /* of one block each of prints and sizes */
    CSE_ORIGIN_LIST_PREFIXES = 5, /* measured: up to here a list beats the trie */
    CSE_ORIGIN_LIST_SPANS = 4,    /* also the most that share a print */
    CSE_ORIGIN_PRINT_SPANS = 32,  /* in one record of the index */
    CSE_ORIGIN_LIST_SIZES = CSE_ORIGIN_LIST_KEYS + CSE_ORIGIN_LIST_PREFIXES,
    CSE_ORIGIN_GROUP_SPANS = 8, /* spans behind one key of a trie */
    CSE_ORIGIN_WAY_KEYS = 16,   /* keys on one way through a trie of spans; no more are asked */
    CSE_ORIGIN_MAX_PROBES = 16,
    CSE_ORIGIN_MAX_PIECES = 8,
    CSE_ORIGIN_SCAN_BYTES = 4096,     /* longer origins are not given to a database */
    CSE_ORIGIN_MAX_REGEXES = 65535,   /* of one list: rest_count and whole_count have 16 bits */
    CSE_ORIGIN_MAX_MATCHERS = 1 << 20 /* of one list as written; as YAML this many take 20 MB */
};

enum {
    CSE_ORIGIN_ANY = 1u << 0,      /* P-7: every non-empty origin is allowed */
    CSE_ORIGIN_TABLE = 1u << 1,    /* exact strings are in buckets, not in the list */
    CSE_ORIGIN_TRIE = 1u << 2,     /* prefixes are in a trie, not in the list */
    CSE_ORIGIN_INDEXED = 1u << 3,  /* `spans` is a cse_origin_index, not the first of a list */
    CSE_ORIGIN_KEYS = 1u << 4,     /* there is a list of exact strings */
    CSE_ORIGIN_PREFIXES = 1u << 5, /* there is a list of prefixes */
    CSE_ORIGIN_SPANS = 1u << 6,    /* there is a list of spans */
    CSE_ORIGIN_REGEXES = 1u << 7,  /* `whole` has programs */
    CSE_ORIGIN_ONE_SPAN = 1u << 8, /* alone: the set is `span` */
    CSE_ORIGIN_ROW = 1u << 9,      /* exact strings are in a row, not in the list */
    CSE_ORIGIN_FLAGS = (1u << 10) - 1
};

/*
 * One line of an exact table. A lane is empty where fingerprint == 0; lanes fill from 0. The hash
 * is XXH3_64 of the text, seeded by the header's origin_seed, the set's index and its salt: low bits
 * choose the bucket, the high half (0 becomes 1) is the fingerprint. A full bucket continues in the
 * next one.
 */
typedef struct cse_origin_bucket {
    uint32_t fingerprints[8];
    uint32_t keys[8]; /* offset in ORIGIN_KEYS of a uint32_t size, 4-byte aligned, and the bytes */
} cse_origin_bucket;
_Static_assert(sizeof(cse_origin_bucket) == 64, "cse_origin_bucket is one cache line");

/* Exact strings, back to back in ORIGIN_KEYS, found by size and print together: one comparison each for all.
 * Zeros behind the last one. */
typedef struct cse_origin_row {
    _Alignas(16) uint8_t prints[CSE_ORIGIN_ROW_KEYS]; /* cse_origin_print() */
    uint8_t sizes[CSE_ORIGIN_ROW_KEYS];               /* 16 to 64 */
    uint16_t places[CSE_ORIGIN_ROW_KEYS];             /* from the set's row_keys on */
} cse_origin_row;
_Static_assert(sizeof(cse_origin_row) == 64, "cse_origin_row is one cache line");

/*
 * A radix trie in PREFIX_TRIES, 4-byte aligned:
 *   cse_trie | nodes, breadth first, each: cse_trie_node | label | first byte of each child,
 * ascending | padding to 4 | uint32_t offset of each child from the start of the trie | 16 zero
 * bytes, so that a whole block can be read from every byte of a node. The edge to a child eats the
 * child's first byte, then the child eats its label. Tries of suffixes are walked from the end of
 * the origin; their labels stand as they do in the origin, not reversed.
 */
typedef struct cse_trie {
    uint32_t size_bytes; /* with this header */
    uint32_t node_count; /* at least 1 */
} cse_trie;

typedef struct cse_trie_node {
    uint32_t value; /* CSE_NONE: no text ends here */
    uint16_t label_bytes;
    uint16_t child_count; /* at most 256 */
} cse_trie_node;

typedef enum cse_span_port {
    CSE_SPAN_NO_PORT = 0,
    CSE_SPAN_PORT = 1,         /* ":" and digits behind the suffix */
    CSE_SPAN_OPTIONAL_PORT = 2 /* the same or nothing */
} cse_span_port;

enum cse_span_order {
    CSE_SPAN_LAST = 1u << 0, /* of its list or group */
    CSE_SPAN_DECIDES =
        1u << 1 /* no origin fits both the ends in its record and those of a later one */
};

/* What is between prefix and suffix. */
typedef enum cse_span_shape {
    CSE_SPAN_PIECES = 0, /* `piece_count` pieces of any kind; none: prefix and suffix meet */
    CSE_SPAN_RUNS =
        1, /* the same, none of labels, with narrow classes and literals within their records */
    CSE_SPAN_FILL = 2,  /* one CSE_PIECE_FILL of a narrow class without an upper bound: no piece */
    CSE_SPAN_LABELS = 3 /* the same for CSE_PIECE_LABELS, from 0 or 1 label on */
} cse_span_shape;

/*
 * prefix (run literal)* suffix [port]: decided from both ends without going back. Accepts only
 * origins of plain bytes (0x21-0x7e). The ends stand in the record, so that each is compared as one block; what is longer than a block continues in ORIGIN_KEYS.
 */
typedef struct cse_origin_span {
    _Alignas(16) uint8_t head[16]; /* of the prefix the first bytes, zero padded */
    uint8_t tail[16];              /* of the suffix the last bytes, zeros before them */
    uint32_t edge_mask;            /* bit i: head[i] is of the prefix; bit 16 + i of a span without
                                      port: tail[i] is of the suffix */
    uint16_t tail_mask;            /* bit i: tail[i] is of the suffix */
    uint16_t prefix_bytes;
    uint16_t suffix_bytes;
    uint16_t min_bytes; /* of the shortest origin this can match, or less */
    union {
        uint32_t
            texts; /* offset in ORIGIN_KEYS: of a suffix longer than 16 bytes all but the last 16, or
                           its first 16 if that is more; then of a prefix the same from its end */
        uint8_t four
            [4]; /* cse_span_has_four(): the first bytes of the suffix; nothing in ORIGIN_KEYS */
    };
    union {
        uint32_t pieces;      /* index of the first in ORIGIN_PIECES */
        uint32_t class_index; /* of the one run, in ORIGIN_CLASSES */
    };
    uint8_t shape; /* cse_span_shape */
    union {
        uint8_t piece_count;
        uint8_t least; /* of the one run: bytes of it, or labels */
    };
    uint8_t port;        /* cse_span_port */
    uint8_t port_min;    /* digits */
    uint8_t port_max;    /* 0: no bound */
    uint8_t order;       /* cse_span_order bits */
    uint8_t reserved[6]; /* zeros; of a set that is this span, the set's */
} cse_origin_span;
_Static_assert(sizeof(cse_origin_span) == 64, "cse_origin_span is one cache line");

/* Bytes of a prefix or suffix in ORIGIN_KEYS: what the record has no room for, but at least a block, so that one
 * comparison does. */
static inline uint32_t cse_span_rest(uint16_t size)
{
    enum { ROOM = 16 };
    return size <= ROOM ? 0 : size < 2 * ROOM ? ROOM : (uint32_t)size - ROOM;
}

/* Of a suffix that is a little longer than a block the record has room for all. */
static inline bool cse_span_has_four(const cse_origin_span *span)
{
    return span->suffix_bytes > 16 && span->suffix_bytes <= 16 + sizeof(span->four) &&
           span->prefix_bytes <= 16;
}

/*
 * One set of matchers: a cache line that is read first, so that small sets need one more at most. A set
 * of one regex that is one span needs no more: it is that span, with `flags` and `matchers` in bytes that
 * a span leaves free.
 */
typedef struct cse_origin_set {
    union {
        cse_origin_span
            span; /* CSE_ORIGIN_ONE_SPAN; CSE_SPAN_LAST. No other field but the last two */
        struct {
            uint8_t key_count;    /* of the list; 0 with CSE_ORIGIN_TABLE and CSE_ORIGIN_ROW */
            uint8_t prefix_count; /* of the list; 0 with CSE_ORIGIN_TRIE */
            uint8_t span_count;   /* of the list, for people; CSE_SPAN_LAST ends it */
            uint8_t has_prints;   /* a list: 1 if `prints` find its keys */
            uint8_t sizes[CSE_ORIGIN_LIST_SIZES]; /* of the keys, then of the prefixes; never 0 */
            uint8_t reserved;
            uint16_t rest_count;
            uint32_t keys; /* offset in ORIGIN_KEYS */
            union {
                struct {                  /* CSE_ORIGIN_TABLE */
                    uint32_t buckets;     /* index of the first */
                    uint8_t bucket_shift; /* 1 << bucket_shift buckets */
                    uint8_t probe_limit;  /* buckets to look at, at most CSE_ORIGIN_MAX_PROBES */
                    uint8_t salt;         /* the builder's try number, part of the hash */
                };
                struct {               /* CSE_ORIGIN_ROW */
                    uint32_t row;      /* its index */
                    uint32_t row_keys; /* offset in ORIGIN_KEYS of its first string */
                };
                /* has_prints: cse_origin_print() of each key; there are several, each of 16 to 64
                 * bytes, 255 in all at most; zeros behind them */
                uint8_t prints[CSE_ORIGIN_LIST_KEYS];
            };
            uint32_t trie;  /* offset in PREFIX_TRIES; CSE_NONE without CSE_ORIGIN_TRIE */
            uint32_t spans; /* index in ORIGIN_SPANS or ORIGIN_INDEX; CSE_NONE for none */
            uint32_t matcher_count;
            uint32_t rest;  /* rest_count 1: program index; more: index in ORIGIN_PROGRAMS */
            uint32_t whole; /* the same with whole_count */
            uint32_t
                database; /* index in DATABASE_TABLE that serves in place of `rest`, or CSE_NONE */
            uint16_t whole_count;
            uint16_t flags;    /* which forms there are */
            uint32_t matchers; /* index of the first */
        };
    };
} cse_origin_set;
_Static_assert(sizeof(cse_origin_set) == 64, "cse_origin_set is one cache line");
_Static_assert(offsetof(cse_origin_set, flags) >= offsetof(cse_origin_span, reserved) &&
                   offsetof(cse_origin_set, matchers) > offsetof(cse_origin_set, flags),
               "a span leaves these bytes free");

static inline uint32_t cse_origin_matcher_count(const cse_origin_set *set)
{
    return set->flags & CSE_ORIGIN_ONE_SPAN ? 1 : set->matcher_count;
}

typedef enum cse_piece_kind {
    CSE_PIECE_RUN = 0,   /* min to max bytes of the class, as many as there are */
    CSE_PIECE_FILL = 1,  /* the same, but all bytes up to tail_bytes before the suffix */
    CSE_PIECE_LABELS = 2 /* as FILL, min to max times: bytes of the class, then "." */
} cse_piece_kind;

/* After the last piece nothing may be left before the suffix. */
typedef struct cse_origin_piece {
    uint32_t min, max;    /* max UINT32_MAX: no bound */
    uint32_t class_index; /* in ORIGIN_CLASSES */
    uint32_t tail_bytes;  /* FILL, LABELS: the literal and the pieces behind, all of fixed length */
    uint16_t
        literal_bytes; /* text behind the run; for one RUN of variable length not in its class */
    uint8_t kind;      /* cse_piece_kind */
    uint8_t literal_shift; /* 64 - 8 * literal_bytes of one of 1 to 8 bytes; else 0 */
    uint32_t literal;      /* offset in ORIGIN_KEYS of a literal longer than `text` */
    uint8_t text[8];       /* a literal that fits, zero padded */
} cse_origin_piece;
_Static_assert(sizeof(cse_origin_piece) == 32, "cse_origin_piece");

enum { CSE_CLASS_RANGES = 6, CSE_CLASS_NARROW = 3, CSE_CLASS_BITMAP_ONLY = 7 };

/* A byte b of 0x21-0x7e is in the range if b + shift > limit, both 8-bit and signed: shift is
 * 127 - last, limit 126 - (last - first). Each byte repeated 16 times. */
typedef struct cse_class_range {
    _Alignas(16) uint8_t shift[16];
    uint8_t limit[16];
} cse_class_range;

/* A set of plain bytes. */
typedef struct cse_origin_class {
    uint64_t bits[4]; /* bit b % 64 of word b / 64 */
    uint32_t
        range_count; /* up to 3: a narrow class; up to 6: the ranges below; 7: only the bitmap */
    uint32_t reserved[7];
    cse_class_range ranges[CSE_CLASS_RANGES]; /* unused ones repeat the first */
} cse_origin_class;
_Static_assert(sizeof(cse_origin_class) == 256, "cse_origin_class is four cache lines");

/*
 * Finds the spans of a large set, by hash: of up to 8 bytes that end the shortest prefix, and up to 16 that end
 * every suffix, taken at the end of the origin and before ":digits" at its end (cse_span_hash()). A power of two of
 * these records lie one behind the other. The hash chooses one, whose spans lie one behind the other as well, and
 * is compared with a byte of the hash of each. The first record says what is hashed. Of spans that are too much
 * alike, tries know the groups: offsets in PREFIX_TRIES or CSE_NONE; values are the first span of a group.
 */
typedef struct cse_origin_index {
    _Alignas(16) uint8_t prints[CSE_ORIGIN_PRINT_SPANS]; /* cse_span_print(); zeros behind them */
    uint64_t head_mask; /* which of the 8 bytes at head_at are of every prefix */
    uint64_t
        tail_mask; /* which of the 8 bytes before the end are of every suffix; the same for those that
                           begin tail_back before it */
    uint32_t spans; /* the first; CSE_NONE: tries find them, and all before this is zero */
    union {
        struct {
            uint32_t plain;    /* bit i: span i may match an origin without port ... */
            uint32_t ported;   /* ... with one */
            uint8_t head_at;   /* at most 8 */
            uint8_t tail_back; /* 8 to 16 */
            uint8_t salt;      /* the builder's try number */
            uint8_t lines;     /* log2 of the number of records, and CSE_LINES_PORTED */
        };
        struct {
            uint32_t head;      /* by prefix */
            uint32_t tail;      /* by reversed suffix at the end of the origin */
            uint32_t port_tail; /* by reversed suffix before ":digits" at the end */
        };
    };
} cse_origin_index;
_Static_assert(sizeof(cse_origin_index) == 64, "cse_origin_index is one cache line");

enum {
    CSE_LINES_LOG2 = 0x0f,  /* the bits of `lines` for the number */
    CSE_LINES_PORTED = 0x80 /* some span of the set may match with a port */
};

typedef enum cse_matcher_kind {
    CSE_MATCHER_EXACT = 1,
    CSE_MATCHER_PREFIX = 2,
    CSE_MATCHER_REGEX = 3
} cse_matcher_kind;

/* How a matcher that is a regex is asked by itself. */
typedef enum cse_matcher_way {
    CSE_WAY_PROGRAM = 0, /* `value`: index in PROGRAM_TABLE, which names the pattern */
    CSE_WAY_SET = 1,     /* `value`: index of a set that has this regex alone, CSE_WAY_OWN */
    CSE_WAY_OWN =
        2 /* the only matcher of its set, which is asked; `value`, `size_bytes`: the pattern
                            in STRINGS */
} cse_matcher_way;

/* How a regex is served, for people. */
enum {
    CSE_SERVED_KEYS = 1u << 0,
    CSE_SERVED_SPANS = 1u << 1,
    CSE_SERVED_REST = 1u << 2,  /* automaton or database of the set */
    CSE_SERVED_NEVER = 1u << 3, /* matches nothing */
    CSE_SERVED_ANY = 1u << 4    /* accepts "*" (P-7) */
};

/* One matcher of the list as written; dropped ones (P-3) are absent but count in `index`. */
typedef struct cse_origin_matcher {
    uint32_t index; /* position in allowOrigins or allowOrigin */
    uint8_t kind;   /* cse_matcher_kind */
    uint8_t served; /* CSE_SERVED_ bits; 0 unless a regex */
    uint8_t way;    /* cse_matcher_way; 0 unless a regex */
    uint8_t reserved;
    uint32_t value; /* exact, prefix: offset of the text in ORIGIN_KEYS, where the list or the table
                            has it as well; regex: see `way` */
    uint32_t size_bytes; /* exact, prefix: of the text; regex: see `way`, or 0 */
} cse_origin_matcher;
_Static_assert(sizeof(cse_origin_matcher) == 16, "cse_origin_matcher");

/*
 * Bytes with their zeros and repetitions counted, for what is mostly these: any number of heads of three bytes, each with
 * what follows it. p, z, r: the next p bytes as they stand here, then z zeros, then r bytes, each as the one sixteen
 * before it, which there is.
 */
enum { CSE_ZEROS_HEAD_BYTES = 3, CSE_ZEROS_PERIOD = 16 };

enum { CSE_DATABASE_MAX_BYTES = 1 << 26 }; /* bounds what reading one allocates */

/* A serialized Hyperscan database; one per origin set, all patterns with one report id. */
typedef struct cse_origin_database {
    uint32_t offset; /* in DATABASES; one behind the other */
    uint32_t stored_bytes;
    uint32_t
        size_bytes; /* of the database, stored with its zeros and repetitions counted; at most CSE_DATABASE_MAX_BYTES */
    uint32_t
        patterns; /* offset in PATTERNS: per text a uint32_t size and the bytes, back to back: */
    uint32_t pattern_count; /* first the canonical patterns ... */
    uint8_t hit_count;      /* ... then origins that match ... */
    uint8_t miss_count; /* ... and origins that do not: asked once when the database is loaded */
    uint8_t head_bytes; /* of the prefix, not scanned; head and tail are no longer than any match */
    uint8_t tail_bytes; /* of the suffix */
    uint32_t pattern_bytes; /* of all these texts */
    uint32_t min_bytes;     /* the gate: no shorter origin matches */
    uint32_t max_bytes;     /* no longer one */
    uint16_t prefix_bytes;  /* all matches start and end with these texts */
    uint16_t suffix_bytes;
    uint32_t texts;      /* offset in ORIGIN_KEYS: prefix, then suffix */
    uint8_t version[20]; /* hs_version() of the compiling library, zero padded */
} cse_origin_database;
_Static_assert(sizeof(cse_origin_database) == 64, "cse_origin_database");

#endif
