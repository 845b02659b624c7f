// SPDX-License-Identifier: Apache-2.0
// The build-time half: YAML or JSON text of VirtualServices and Gateways in, one image out.
// What is wrong in the text is data (diagnostics), never output to a terminal.
#ifndef CORSAC_COMPILE_H
#define CORSAC_COMPILE_H

#include "corsac/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- diagnostics ------------------------------------------------------------------------ */

typedef enum corsac_severity {
    CORSAC_SEVERITY_NOTE = 0,
    CORSAC_SEVERITY_WARNING = 1,
    CORSAC_SEVERITY_ERROR = 2 /**< the named document is quarantined (X-1) or the file unreadable */
} corsac_severity;

/** One finding. Strings live as long as the list. */
typedef struct corsac_diagnostic {
    corsac_severity severity;
    uint32_t line, column; /**< 1-based, column in code points; 0 = unknown */
    uint32_t document;     /**< 1-based index in the file; 0 = unknown */
    uint32_t reserved;
    const char *code;    /**< stable, for example "cors-max-age"; listed in docs/diagnostics.md */
    const char *clause;  /**< clause of docs/semantics.md, for example "V-9"; "" if none */
    corsac_str file;     /**< the name given in corsac_input */
    corsac_str resource; /**< "VirtualService ns/name"; empty if not known */
    corsac_str path;     /**< "spec.http[2].corsPolicy.maxAge"; empty if not known */
    corsac_str message;  /**< one sentence, UTF-8 */
} corsac_diagnostic;

/** A growing list of findings, sorted by file, line, column when the compile ends. */
typedef struct corsac_diagnostics corsac_diagnostics;

CORSAC_API corsac_status corsac_diagnostics_new(corsac_diagnostics **out);
CORSAC_API void corsac_diagnostics_free(corsac_diagnostics *list); /**< NULL is fine */
CORSAC_API size_t corsac_diagnostics_count(const corsac_diagnostics *list);
/** Finding by index, NULL beyond the end. */
CORSAC_API const corsac_diagnostic *corsac_diagnostics_at(const corsac_diagnostics *list,
                                                          size_t index);

/* ---- compiling -------------------------------------------------------------------------- */

/** One source text. Bytes are borrowed for the call. */
typedef struct corsac_input {
    corsac_str name; /**< file name for diagnostics and for the order of X-20 */
    corsac_str text;
} corsac_input;

typedef enum corsac_regex_engine {
    CORSAC_REGEX_AUTO = 0,
    CORSAC_REGEX_HYPERSCAN = 1, /**< Hyperscan wherever it can vouch; automata elsewhere */
    CORSAC_REGEX_AUTOMATON = 2  /**< never Hyperscan */
} corsac_regex_engine;

/** Flags of corsac_compile_options. */
enum {
    CORSAC_COMPILE_STRICT = 1u << 0,      /**< X-5 */
    CORSAC_COMPILE_NO_LOWERING = 1u << 1, /**< keep every regex a regex */
    CORSAC_COMPILE_CHECK_ONLY = 1u << 2   /**< read, decode, validate, resolve; no image */
};

/** A list of strings. */
typedef struct corsac_str_list {
    const corsac_str *items;
    size_t count;
} corsac_str_list;

/** How long the stages of one compile took, in nanoseconds of the wall clock. */
typedef struct corsac_compile_times {
    uint64_t read, decode; /**< 0 in a session, which does both when an input comes */
    uint64_t resolve, passes, lower, emit; /**< 0: not reached */
} corsac_compile_times;

/**
 * Compile parameters (D-25). Zero a struct, set struct_size, then the fields of interest: an absent
 * string or a zero limit means the default in the comment.
 */
typedef struct corsac_compile_options {
    size_t struct_size;
    uint32_t flags;               /**< CORSAC_COMPILE_ bits */
    uint32_t image_options;       /**< CORSAC_OPTION_ bits of corsac/engine.h (X-11 to X-15, M-7) */
    corsac_str gateway_namespace; /**< pod namespace; "istio-system" */
    corsac_str_list
        gateway_labels;       /**< pod labels "key=value"; none: assumed from selectors (H-28) */
    corsac_str_list gateways; /**< "ns/name" of the GWs the pod serves; none: all (H-28) */
    corsac_str default_namespace;        /**< for documents without one; "default" (D-22) */
    corsac_str cluster_domain;           /**< "cluster.local" (D-23) */
    corsac_str_list default_export_to;   /**< {"*"} (H-22) */
    uint32_t regex_engine;               /**< corsac_regex_engine */
    uint32_t scope_gateway_to_namespace; /**< 1: only GWs of gateway_namespace (H-27) */
    /* limits, 0 = default */
    uint64_t max_input_bytes;   /**< one source text; 64 MiB */
    uint32_t max_depth;         /**< nesting of one document; 64 */
    uint32_t max_documents;     /**< documents of one source; 1,000,000 */
    uint32_t max_alias_nodes;   /**< nodes reached through aliases in one document, a text
                                     of n bytes counting as 1 + n / 64; 100,000 */
    uint32_t max_regex_program; /**< RE2 program size; 32768 (M-22) */
    uint64_t max_image_bytes;   /**< 2 GiB */
    corsac_compile_times
        *times; /**< NULL, or filled by every compile; kept by the caller as long */
} corsac_compile_options;

/** What happened, for a summary line. */
typedef struct corsac_compile_summary {
    uint32_t documents;        /**< read in all */
    uint32_t skipped;          /**< of foreign kinds (D-4) */
    uint32_t virtual_services; /**< compiled */
    uint32_t gateways;         /**< compiled */
    uint32_t quarantined;      /**< documents left out (X-1, X-2) */
    uint32_t errors, warnings, notes;
    uint32_t implied_gateways; /**< stand-ins for Gateways that no document defines */
    uint32_t reserved;
} corsac_compile_summary;

/** Compiled bytes. */
typedef struct corsac_blob corsac_blob;
CORSAC_API corsac_str
corsac_blob_bytes(const corsac_blob *blob);          /**< valid until corsac_blob_free */
CORSAC_API void corsac_blob_free(corsac_blob *blob); /**< NULL is fine */

/**
 * Compiles texts into one image. A pure function of texts and options. One bad document loses
 * only itself; with CORSAC_COMPILE_STRICT it loses the compile.
 *
 * @param out          receives the image; free with corsac_blob_free(). NULL on failure, and with
 *                     CORSAC_COMPILE_CHECK_ONLY.
 * @param inputs       texts; their order does not matter, their names do.
 * @param options      NULL for defaults.
 * @param diagnostics  required; findings are appended.
 * @param summary      NULL, or filled in every case.
 * @return CORSAC_OK; CORSAC_E_SOURCE (strict, and something was quarantined); CORSAC_E_EMPTY;
 *         CORSAC_E_LIMIT; CORSAC_E_MEMORY; CORSAC_E_ARGUMENT.
 * Threads: any; calls with different lists are independent. Allocates.
 */
CORSAC_API corsac_status corsac_compile(corsac_blob **out, const corsac_input *inputs,
                                        size_t input_count, const corsac_compile_options *options,
                                        corsac_diagnostics *diagnostics,
                                        corsac_compile_summary *summary);

/* ---- sessions --------------------------------------------------------------------------- */

/**
 * Compiling the same inputs again and again while a few of them change: for a controller. A session
 * keeps every input decoded and every regex compiled, so that a compile costs what has changed and,
 * for the rest, a walk over memory. It also keeps the memory that its last compile worked in, which
 * grows with the inputs as the image does. Its image and findings are those of corsac_compile() over the
 * same inputs, to the byte.
 *
 * Threads: one at a time may use a session; sessions are independent of one another.
 * docs/embedding.md shows the loop of a controller.
 */
typedef struct corsac_session corsac_session;

/**
 * @param out      receives the session; free with corsac_session_free().
 * @param options  NULL for defaults; copied. They hold for the life of the session.
 * @return CORSAC_OK, CORSAC_E_MEMORY, CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_session_new(corsac_session **out,
                                            const corsac_compile_options *options);
CORSAC_API void corsac_session_free(corsac_session *session); /**< NULL is fine */

/**
 * Adds an input, or replaces the one of the same name; reads and decodes it. What is wrong in it is
 * reported by every compile until it changes.
 *
 * @param input  copied. One resource an input serves best: it is the unit of what is done again.
 * @return CORSAC_OK, whatever the text holds; CORSAC_E_MEMORY, and nothing has changed;
 *         CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_session_update(corsac_session *session, const corsac_input *input);

/** Removes an input. CORSAC_OK, CORSAC_E_NOT_FOUND if there is none of that name, CORSAC_E_ARGUMENT. */
CORSAC_API corsac_status corsac_session_remove(corsac_session *session, corsac_str name);

/**
 * Compiles the inputs of the session. Parameters and return values are those of corsac_compile();
 * `diagnostics` receives the findings of all inputs, not only of those that changed. The session
 * stays usable after every failure.
 */
CORSAC_API corsac_status corsac_session_compile(corsac_blob **out, corsac_session *session,
                                                corsac_diagnostics *diagnostics,
                                                corsac_compile_summary *summary);

/* ---- caches ----------------------------------------------------------------------------- */

/**
 * Compiled regexes that outlive the process: bytes that a compile saves and a later one starts from.
 * The image is that of corsac_compile() over the same inputs. What stands in the bytes is checked as an
 * image is, which makes it safe to use but not right: whoever can write them decides on the policy, as
 * with the inputs. Hyperscan databases are never among them, since no check could make them safe.
 */
typedef struct corsac_cache corsac_cache;

/** What became of the entries of a cache. */
typedef struct corsac_cache_counts {
    uint32_t loaded; /**< taken from the bytes */
    uint32_t
        refused; /**< not taken: damaged, or all (counted as one) of another version or options */
    uint32_t reused; /**< loaded, and used since */
    uint32_t made;   /**< not there, and made since */
} corsac_cache_counts;

/**
 * @param out      receives the cache; free with corsac_cache_free().
 * @param options  NULL for defaults; copied. Compiles with this cache use them.
 * @param bytes    what corsac_cache_save() gave; borrowed for the call. Empty: an empty cache.
 * @return CORSAC_OK, whatever the bytes hold; CORSAC_E_MEMORY, CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_cache_new(corsac_cache **out, const corsac_compile_options *options,
                                          corsac_str bytes);
CORSAC_API void corsac_cache_free(corsac_cache *cache); /**< NULL is fine */

/**
 * corsac_compile() with the options and the regexes of a cache, which keeps those that it makes. The other
 * parameters and the return values are the same.
 * Threads: one at a time may use a cache.
 */
CORSAC_API corsac_status corsac_compile_cached(corsac_blob **out, corsac_cache *cache,
                                               const corsac_input *inputs, size_t input_count,
                                               corsac_diagnostics *diagnostics,
                                               corsac_compile_summary *summary);

CORSAC_API void corsac_cache_describe(const corsac_cache *cache, corsac_cache_counts *out);

/** The entries that were used, as bytes for corsac_cache_new(); free with corsac_blob_free().
 * CORSAC_OK, CORSAC_E_MEMORY, CORSAC_E_ARGUMENT. */
CORSAC_API corsac_status corsac_cache_save(corsac_blob **out, const corsac_cache *cache);

/* ---- databases -------------------------------------------------------------------------- */

/**
 * Makes the Hyperscan databases of an image anew for the library of this process, for an image that
 * another version of it compiled: such an image is served by its automata until then. All else in
 * the image stays as it is. A database is made from the patterns that the image carries beside it,
 * and only if they give the known answers that it carries too and the new database passes the replay
 * otherwise, and where the automaton of all patterns of a set together is too large to
 * replay, its automata serve: bytes that this process did not make are not taken over.
 *
 * @param out            receives the new image; free with corsac_blob_free(). NULL on failure.
 * @param image          one that the caller vouches for, as with CORSAC_IMAGE_TRUSTED: the patterns
 *                       are checked against the known answers, not against the automata.
 * @param rebuilt_count  NULL, or receives the number of databases made.
 * @return CORSAC_OK, also if none could be made; as corsac_image_open(); CORSAC_E_LIMIT,
 *         CORSAC_E_MEMORY, CORSAC_E_ARGUMENT.
 * Threads: any. Takes as long as compiling the regexes: off the request path.
 */
CORSAC_API corsac_status corsac_rebuild_databases(corsac_blob **out, corsac_str image,
                                                  uint32_t *rebuilt_count);

/** Stages whose output can be printed. */
typedef enum corsac_stage {
    CORSAC_STAGE_READ = 0,
    CORSAC_STAGE_DECODE = 1,
    CORSAC_STAGE_RESOLVE = 2,
    CORSAC_STAGE_IR = 3,
    CORSAC_STAGE_PASSES = 4,
    CORSAC_STAGE_LOWER = 5
} corsac_stage;

/** Runs the pipeline up to @p stage and returns its output as text in a blob. Arguments as above. */
CORSAC_API corsac_status corsac_compile_dump(corsac_blob **out, corsac_stage stage,
                                             const corsac_input *inputs, size_t input_count,
                                             const corsac_compile_options *options,
                                             corsac_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif

#endif
