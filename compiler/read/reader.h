// SPDX-License-Identifier: Apache-2.0
// Inside the read room: what its files share.
//
// read.c walks the sources, text.c looks at raw bytes, build.c turns libyaml events into nodes,
// entries.c closes maps (merge keys, duplicate keys), scalar.c and number.c type scalars (D-14),
// words.c finds those that were typed before.
#ifndef CORSAC_COMPILER_READ_READER_H
#define CORSAC_COMPILER_READ_READER_H

#include "compiler/read/document.h"

/* ---- text ------------------------------------------------------------------------------- */

/* A place in raw text: line and column count from 0, column in code points, as libyaml does. */
typedef struct csc_place {
    size_t offset;
    uint32_t line, column;
} csc_place;

typedef enum csc_text_fault {
    CSC_TEXT_GOOD = 0,
    CSC_TEXT_NOT_UTF8,
    CSC_TEXT_UTF16,
    CSC_TEXT_NUL,
    CSC_TEXT_CONTROL
} csc_text_fault;

/**
 * Looks for the first byte that no YAML text may hold. On a fault, *place tells where and
 * *usable_bytes how much of the text holds whole documents before it (D-5).
 */
csc_text_fault csc_text_check(corsac_str text, csc_place *place, size_t *usable_bytes);
/** Length of a UTF-8 byte order mark at the front: 3 or 0. */
size_t csc_text_mark_bytes(corsac_str text);
/** Moves *place, which stands at a line's start, `lines` lines down. */
void csc_text_skip_lines(corsac_str text, csc_place *place, size_t lines);
/**
 * Moves *place, which stands at a line's start, `lines` lines down and then on to the next line
 * that starts a document (D-3). False if there is none.
 */
bool csc_text_next_document(corsac_str text, csc_place *place, size_t lines);

/* ---- scalars ---------------------------------------------------------------------------- */

/**
 * Types a scalar as go-yaml v2 does (D-14).
 * @param tag    the scalar's tag, or absent.
 * @param plain  whether an untagged scalar is resolved (unquoted).
 * @param node   kind, boolean and text are set; text may borrow from the arguments.
 * @return NULL, or why the scalar has no JSON value.
 */
const char *csc_scalar_type(csc_arena *arena, corsac_str text, corsac_str tag, bool plain,
                            csc_node *node);

typedef enum csc_number_answer {
    CSC_NUMBER_NO = 0, /* a string */
    CSC_NUMBER_INTEGER,
    CSC_NUMBER_FLOAT,
    CSC_NUMBER_NOT_FINITE /* .inf, .nan: a number, but none of JSON */
} csc_number_answer;

/** Whether a plain scalar is a YAML 1.1 number; *json is its JSON form, in the arena. */
csc_number_answer csc_number_parse(csc_arena *arena, corsac_str text, corsac_str *json);

/* ---- nodes ------------------------------------------------------------------------------ */

enum { CSC_WORDS = 256 /* ten times what the policies of one author use; 10 KiB */ };

/* A plain scalar without a tag. */
typedef struct csc_word {
    corsac_str written; /* absent: none yet */
    corsac_str text;    /* as in csc_node */
    csc_node_kind kind;
    bool boolean;
} csc_word;

/* The state of one source while it is read; the words are those of all sources. */
typedef struct csc_reader {
    const csc_context *context;
    csc_arena *arena; /* of the nodes */
    csc_arena *texts; /* of scalars: they outlive the nodes */
    csc_documents *out;
    size_t root_capacity, faulty_capacity, lost_capacity;
    uint32_t source, document; /* document counts from 1 */
    uint32_t base_line;        /* lines before the part of the text that libyaml sees */
    bool faulty;               /* the current document has an error, but can be decoded */
    bool failed;               /* memory is short */
    csc_word words[CSC_WORDS];
} csc_reader;

/** The only place for a plain scalar, which may hold another one; NULL if there is none. */
csc_word *csc_word_of(csc_reader *reader, corsac_str text);

csc_span csc_reader_span(const csc_reader *reader, uint32_t line, uint32_t column);
void csc_reader_report(csc_reader *reader, corsac_severity severity, const char *code,
                       const char *clause, csc_span span, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/** Warning, or error in strict mode, where it also condemns the document. */
void csc_reader_complain(csc_reader *reader, const char *code, const char *clause, csc_span span,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Finishes a map's raw entries: merge keys (key.data == NULL) applied, duplicates resolved. */
void csc_entries_close(csc_reader *reader, csc_node *map);

/* ---- building --------------------------------------------------------------------------- */

typedef struct csc_builder csc_builder;

typedef enum csc_build_step {
    CSC_BUILD_MORE = 0,  /* go on */
    CSC_BUILD_DOCUMENT,  /* a document has ended */
    CSC_BUILD_ABANDONED, /* a limit: the rest of the document must not be read */
    CSC_BUILD_END        /* the stream has ended */
} csc_build_step;

csc_builder *csc_builder_new(csc_reader *reader);
/** Takes one event (a yaml_event_t, which stays the caller's). */
csc_build_step csc_builder_take(csc_builder *builder, const void *event);
/** The document that has just ended; NULL when it is empty or was lost. */
csc_node *csc_builder_root(const csc_builder *builder);
/** Whether the document that has just ended had an error that leaves nothing to decode. */
bool csc_builder_lost(const csc_builder *builder);
/** Where the current document starts. */
csc_span csc_builder_start(const csc_builder *builder);

#endif
