// SPDX-License-Identifier: Apache-2.0
// Findings of one document: severity by mode, the resource's name, the field path.
#ifndef CORSAC_COMPILER_DECODE_FINDING_H
#define CORSAC_COMPILER_DECODE_FINDING_H

#include "compiler/decode/resource.h"
#include "compiler/support/map.h"

/* A place in the field tree, linked to its parent; NULL is the document itself. */
typedef struct csc_path {
    const struct csc_path *parent;
    const char *field; /* a named field; or NULL */
    corsac_str key;    /* a map's key, if field is NULL and the key is present */
    size_t index;      /* else a list's index */
    bool is_name;      /* the key stands where a field's name is expected (D-9) */
} csc_path;

static inline csc_path csc_path_field(const csc_path *parent, const char *field)
{
    return (csc_path){.parent = parent, .field = field};
}

static inline csc_path csc_path_item(const csc_path *parent, size_t index)
{
    return (csc_path){.parent = parent, .index = index};
}

static inline csc_path csc_path_key(const csc_path *parent, corsac_str key)
{
    return (csc_path){.parent = parent, .key = key};
}

static inline csc_path csc_path_name(const csc_path *parent, corsac_str key)
{
    return (csc_path){.parent = parent, .key = key, .is_name = true};
}

/** "spec.http[2].match[0].headers["x-a"].exact", in the arena. */
corsac_str csc_path_render(csc_arena *arena, const csc_path *path);

/* Collects the findings of one document. */
typedef struct csc_finder {
    const csc_context *context;
    corsac_str resource;  /* "VirtualService ns/name"; may be empty */
    bool has_error;       /* the document must be quarantined */
    bool failed;          /* memory is short */
    uint32_t suggestions; /* spent so far: looking for likely names is not free */
    uint64_t regex_steps; /* of all regexes so far */
    csc_map
        *accepted; /* text of a regex -> its steps, of all documents of a compile; NULL: not kept */
} csc_finder;

void csc_find_error(csc_finder *finder, const char *code, const char *clause, csc_span span,
                    const csc_path *path, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void csc_find_warning(csc_finder *finder, const char *code, const char *clause, csc_span span,
                      const csc_path *path, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/** A warning that strict mode makes an error. */
void csc_find_lax(csc_finder *finder, const char *code, const char *clause, csc_span span,
                  const csc_path *path, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void csc_find_note(csc_finder *finder, const char *code, const char *clause, csc_span span,
                   const csc_path *path, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/** Text from a document made fit for a message: quoted, one line, at most about 80 bytes. */
const char *csc_show(csc_finder *finder, corsac_str text);

#endif
