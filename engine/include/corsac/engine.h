// SPDX-License-Identifier: Apache-2.0
// The run-time half: open an image, publish it, evaluate requests.
//
// Start here:
//   corsac_image_open_file -> corsac_engine_new -> corsac_engine_publish      (once, and per reload)
//   corsac_reader_new                                                         (once per thread)
//   corsac_evaluate                                                           (per request)
//
// | object          | share between threads? | changed by                     |
// |-----------------|------------------------|--------------------------------|
// | corsac_image    | yes                    | never after open               |
// | corsac_engine   | yes                    | publish (serialised inside)    |
// | corsac_reader   | no, one thread at once | every evaluate                 |
//
// Clause numbers (H-29, C-12, ...) refer to docs/semantics.md.
#ifndef CORSAC_ENGINE_H
#define CORSAC_ENGINE_H

#include "corsac/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- images ---------------------------------------------------------------------------- */

/** An opened, verified, immutable image. */
typedef struct corsac_image corsac_image;

/** Flags of corsac_image_options. */
enum {
    /**
     * The caller vouches for the bytes (its own compile, or a verified signature): serialized
     * Hyperscan databases in the image are loaded. Without it they are ignored and the automata in
     * the image serve, since a database cannot be made safe by checks.
     */
    CORSAC_IMAGE_TRUSTED = 1u << 0
};

/** Options of corsac_image_open. Set struct_size to sizeof(corsac_image_options). */
typedef struct corsac_image_options {
    size_t struct_size;
    uint32_t flags; /**< CORSAC_IMAGE_TRUSTED or 0 */
    uint32_t reserved;
} corsac_image_options;

/**
 * No image is larger: a section has at most 4 GiB, and texts and programs with what goes along are less than that
 * in any gateway. A larger one is refused before memory is asked for.
 */
#define CORSAC_MAX_IMAGE_BYTES (UINT64_C(16) << 30)

/**
 * Opens an image from memory. The bytes are copied; the caller may free them at once.
 *
 * @param out      receives the image; free with corsac_image_free(). NULL on failure.
 * @param bytes    the image; hostile bytes are fine: any request is safe on whatever verifies.
 * @param size     size in bytes.
 * @param options  NULL for defaults (untrusted).
 * @param error    NULL, or receives a sentence saying which check failed.
 * @return CORSAC_OK, CORSAC_E_IMAGE_FOREIGN, _VERSION, _CORRUPT, CORSAC_E_MEMORY, CORSAC_E_ARGUMENT.
 * Threads: any. Allocates; not for the request path.
 */
CORSAC_API corsac_status corsac_image_open(corsac_image **out, const void *bytes, size_t size,
                                           const corsac_image_options *options,
                                           corsac_error *error);

/**
 * As corsac_image_open(), from a file. Also CORSAC_E_IO (errno says why). What happens to the file
 * afterwards does not matter (F-10).
 */
CORSAC_API corsac_status corsac_image_open_file(corsac_image **out, const char *path,
                                                const corsac_image_options *options,
                                                corsac_error *error);

/**
 * As corsac_image_open_file(), from a descriptor, which the caller keeps and may close at once.
 *
 * A memory file (memfd_create) that is sealed against writing, shrinking and growing is mapped
 * instead of copied: processes that open the same one share its memory. Anything else is read from
 * its start and copied, since what can change under a reader cannot be verified (F-10).
 *
 * @return as corsac_image_open_file().
 */
CORSAC_API corsac_status corsac_image_open_fd(corsac_image **out, int32_t descriptor,
                                              const corsac_image_options *options,
                                              corsac_error *error);

/** Frees an image that was not handed to an engine. NULL is fine. */
CORSAC_API void corsac_image_free(corsac_image *image);

/** Named options that the image was compiled with (X-11 to X-15, M-7, M-11). */
enum {
    CORSAC_OPTION_VARY_ORIGIN = 1u << 0,         /**< X-11 */
    CORSAC_OPTION_STRIP_DENIED = 1u << 1,        /**< X-12 */
    CORSAC_OPTION_PREFLIGHT_204 = 1u << 2,       /**< X-13 */
    CORSAC_OPTION_ENFORCE_METHODS = 1u << 3,     /**< X-14 */
    CORSAC_OPTION_ENFORCE_HEADERS = 1u << 4,     /**< X-14 */
    CORSAC_OPTION_HEADER_MATCH_JOINED = 1u << 5, /**< X-15, M-11: before Envoy 1.39 */
    CORSAC_OPTION_NO_EXPOSE_PREFLIGHT = 1u << 6, /**< X-15, C-15 */
    CORSAC_OPTION_NORMALIZE_PATH_BASE = 1u << 7, /**< M-7: Corsac normalises the path itself */
    CORSAC_OPTION_REGEX_UTF8 = 1u << 8 /**< X-15, M-20: RE2 in UTF-8 mode, before Envoy 1.39 */
};

/** corsac_image_info.needs: parts of a request that no decision of an image looks at unless its bit is set. */
enum {
    CORSAC_NEEDS_HEADERS = 1u << 0, /**< corsac_request.headers */
    CORSAC_NEEDS_CLAIMS = 1u << 1   /**< corsac_request.claims */
};

/** Counts and identity of an image, for people, metrics and gateways. */
typedef struct corsac_image_info {
    uint32_t format_version;
    uint32_t options; /**< CORSAC_OPTION_ bits */
    uint64_t size_bytes;
    uint64_t revision; /**< XXH3 of the content: equal images have equal revisions */
    uint32_t endpoint_count;
    uint32_t virtual_host_count;
    uint32_t route_count;
    uint32_t policy_count;
    uint32_t origin_set_count;      /**< that policies name */
    uint32_t database_count;        /**< Hyperscan databases carried */
    uint32_t database_loaded_count; /**< of those, in use on this machine */
    uint32_t needs;                 /**< CORSAC_NEEDS_ bits; what is not needed may be left out */
} corsac_image_info;

/** Fills @p out; linear in the number of conditions and policies. Any thread; does not fail for a valid image. */
CORSAC_API void corsac_image_describe(const corsac_image *image, corsac_image_info *out);

/** One gateway and port that requests can name (H-29). */
typedef struct corsac_endpoint {
    corsac_str gateway; /**< "namespace/name"; lives as long as the image */
    uint32_t port;      /**< as written in the Gateway */
    uint32_t has_http;  /**< 1 if a plain HTTP server listens there */
    uint32_t has_tls;   /**< 1 if a TLS server listens there */
} corsac_endpoint;

/** Endpoint by index, 0 <= index < endpoint_count. CORSAC_E_ARGUMENT beyond. */
CORSAC_API corsac_status corsac_image_endpoint(const corsac_image *image, uint32_t index,
                                               corsac_endpoint *out);

/** Where a route and its policy come from. Strings live as long as the image. */
typedef struct corsac_route_info {
    corsac_str route;      /**< "ns/name#http[i].match[j]"; ".match[j]" absent without a match */
    corsac_str route_name; /**< R-7; empty if unnamed */
    corsac_str root;       /**< "ns/name" of the VirtualService with hosts; differs for delegates */
    corsac_str file;       /**< source of the rule */
    uint32_t line, column; /**< 1-based; 0 if unknown */
    corsac_str
        policy_owner; /**< "ns/name" of the document that holds the corsPolicy; absent without one */
    corsac_str policy_path; /**< "spec.http[i].corsPolicy"; absent without one */
    corsac_str policy_file;
    uint32_t policy_line, policy_column;
    uint32_t policy; /**< policy index, or CORSAC_NONE */
    uint32_t reserved;
} corsac_route_info;

/** Source of a route by index (corsac_decision.route). CORSAC_E_ARGUMENT if out of range. */
CORSAC_API corsac_status corsac_image_route(const corsac_image *image, uint32_t route,
                                            corsac_route_info *out);

/** Writes a text description (sections, counts, which engine serves each origin set) with @p write. */
typedef void (*corsac_write_fn)(void *context, const char *text, size_t size_bytes);
CORSAC_API corsac_status corsac_image_dump(const corsac_image *image, corsac_write_fn write,
                                           void *context);

/* ---- engine and readers ---------------------------------------------------------------- */

/** Holds the current image; readers follow it. */
typedef struct corsac_engine corsac_engine;

/** Flags of corsac_engine_new. */
enum {
    /** Readers count what they decide, by policy and outcome (corsac/counters.h): 64 bytes per
     * route and reader, of which only routes that are asked for take memory. */
    CORSAC_ENGINE_COUNTERS = 1u << 0
};

/** Options of corsac_engine_new. Set struct_size. */
typedef struct corsac_engine_options {
    size_t struct_size;
    uint32_t max_readers; /**< 1..65536; 0 = 256. Memory per reader and image: scratch, counters. */
    uint32_t flags;       /**< CORSAC_ENGINE_COUNTERS or 0 */
} corsac_engine_options;

/**
 * Creates an engine without an image. Free with corsac_engine_free() after all its readers.
 * @return CORSAC_OK, CORSAC_E_ARGUMENT, CORSAC_E_MEMORY. Any thread.
 */
CORSAC_API corsac_status corsac_engine_new(corsac_engine **out,
                                           const corsac_engine_options *options);

/** Frees the engine and its images. All readers must have been freed. NULL is fine. */
CORSAC_API void corsac_engine_free(corsac_engine *engine);

/**
 * Makes @p image the current one. Requests already running finish on the old image, which is freed
 * when no reader holds it (docs/threading.md).
 *
 * @param image  on CORSAC_OK the engine owns it; on failure the caller still does.
 * @return CORSAC_OK, CORSAC_E_MEMORY (the old image stays), CORSAC_E_ARGUMENT.
 * Threads: any; calls are serialised; never waits for readers.
 */
CORSAC_API corsac_status corsac_engine_publish(corsac_engine *engine, corsac_image *image);

/** What a publication took and left behind. Set struct_size to sizeof(corsac_publish_report). */
typedef struct corsac_publish_report {
    size_t struct_size;
    uint64_t waited_ns;    /**< for other publishers and for readers that come or go; monotonic */
    uint64_t published_ns; /**< from then until the image was current and old ones looked after */
    uint32_t freed_count;  /**< older publications that this call freed */
    uint32_t held_count;   /**< older ones that a reader may still be using */
} corsac_publish_report;

/**
 * As corsac_engine_publish(), and says what it took. There is no grace period to wait for: what a
 * reader holds stays, and is freed by the first call after the reader has let go
 * (docs/threading.md, E and F).
 * @param report  filled on CORSAC_OK and CORSAC_E_MEMORY.
 * @return as corsac_engine_publish(); CORSAC_E_ARGUMENT also for a report of another size.
 */
CORSAC_API corsac_status corsac_engine_publish_reported(corsac_engine *engine, corsac_image *image,
                                                        corsac_publish_report *report);

/**
 * Evaluates a second image beside the current one from now on, for every request that names a host,
 * and counts where the answers differ (corsac/counters.h). Answers stay those of the current image.
 * Costs readers a second decision. Later publications keep the shadow.
 *
 * @param image  the shadow; on CORSAC_OK the engine owns it. NULL ends the shadow.
 * @return CORSAC_OK, CORSAC_E_NO_IMAGE if nothing has been published, CORSAC_E_MEMORY,
 *         CORSAC_E_ARGUMENT. On failure nothing has changed.
 * Threads: as corsac_engine_publish().
 */
CORSAC_API corsac_status corsac_engine_publish_shadow(corsac_engine *engine, corsac_image *image);

/** Images replaced but still held by a reader. Any thread. */
CORSAC_API uint32_t corsac_engine_retired_count(corsac_engine *engine);

/** Per-thread handle: scratch memory and the pin on the current image. */
typedef struct corsac_reader corsac_reader;

/** @return CORSAC_OK, CORSAC_E_LIMIT (max_readers in use), CORSAC_E_MEMORY. Any thread; may block. */
CORSAC_API corsac_status corsac_reader_new(corsac_reader **out, corsac_engine *engine);

/** Ends a reader; its decisions' views end with it. NULL is fine. */
CORSAC_API void corsac_reader_free(corsac_reader *reader);

/**
 * Lets go of the image this reader holds, so that an idle thread keeps no old image in memory.
 * Views of earlier decisions end here. The next corsac_evaluate() pins again by itself. Never
 * waits; may free images that no reader holds any more.
 */
CORSAC_API void corsac_reader_release(corsac_reader *reader);

/** The image the reader's last decision came from; valid as long as that decision's views. */
CORSAC_API const corsac_image *corsac_reader_image(const corsac_reader *reader);

/* ---- requests and decisions ------------------------------------------------------------ */

typedef struct corsac_header {
    corsac_str name;
    corsac_str value;
} corsac_header;

/** One claim of a verified token (M-18). A list-valued claim is one entry per member. */
typedef struct corsac_claim {
    corsac_str path; /**< path segments joined by one zero byte each */
    corsac_str value;
} corsac_claim;

/**
 * One request. All views are borrowed for the call; decision headers may point into them.
 * Repeated Origin, Access-Control-Request-Method and -Headers lines are joined by the caller with
 * "," in arrival order, empty later values adding nothing (C-5). Nothing is trimmed here (C-7).
 */
typedef struct corsac_request {
    size_t struct_size; /**< sizeof(corsac_request) */
    corsac_str gateway; /**< "namespace/name"; absent if the image has exactly one gateway */
    uint32_t port;      /**< as written in the Gateway; 0 if that gateway has exactly one */
    uint32_t header_count;
    uint32_t claim_count;
    uint32_t reserved;
    corsac_str scheme;    /**< absent means "http" */
    corsac_str method;    /**< absent means "GET" */
    corsac_str authority; /**< Host or :authority, port included */
    corsac_str path;      /**< :path with query and fragment */
    corsac_str sni;       /**< absent: the host of H-17 (H-29) */
    corsac_str origin;    /**< joined by C-5; absent and empty differ for header conditions only */
    corsac_str request_method;    /**< Access-Control-Request-Method, joined by C-5 */
    corsac_str request_headers;   /**< Access-Control-Request-Headers, joined by C-5 */
    const corsac_header *headers; /**< every other request header line, in arrival order */
    const corsac_claim *claims;   /**< verified token claims, or NULL */
} corsac_request;

/** The eight outcomes of docs/semantics.md 0.3. 0 is not an outcome: a zeroed decision allows nothing. */
typedef enum corsac_outcome {
    CORSAC_OUTCOME_NONE = 0, /**< evaluation failed; see the status; treat as denied */
    CORSAC_OUTCOME_NO_ROUTE = 1,
    CORSAC_OUTCOME_NO_POLICY = 2,
    CORSAC_OUTCOME_NOT_CORS = 3,
    CORSAC_OUTCOME_PREFLIGHT_ALLOWED = 4,
    CORSAC_OUTCOME_PREFLIGHT_FORWARDED = 5,
    CORSAC_OUTCOME_PREFLIGHT_DENIED = 6,
    CORSAC_OUTCOME_ALLOWED = 7,
    CORSAC_OUTCOME_DENIED = 8
} corsac_outcome;

/** Why (C-24). */
typedef enum corsac_reason {
    CORSAC_REASON_NONE = 0,
    CORSAC_REASON_NO_VIRTUAL_HOST = 1,
    CORSAC_REASON_NO_MATCHING_ROUTE = 2,
    CORSAC_REASON_TLS_REDIRECT = 3,
    CORSAC_REASON_REDIRECT = 4,
    CORSAC_REASON_DIRECT_RESPONSE = 5,
    CORSAC_REASON_NO_CORS_POLICY = 6,
    CORSAC_REASON_NO_ORIGIN = 7,
    CORSAC_REASON_ORIGIN_MATCHED = 8,
    CORSAC_REASON_ORIGIN_ANY = 9,
    CORSAC_REASON_ORIGIN_UNMATCHED = 10,
    CORSAC_REASON_ORIGIN_UNREPRESENTABLE = 11,
    CORSAC_REASON_METHOD_NOT_LISTED = 12,
    CORSAC_REASON_HEADER_NOT_LISTED = 13
} corsac_reason;

/** Text of an outcome, for example "preflight-allowed". Static storage; never NULL. */
CORSAC_API const char *corsac_outcome_name(corsac_outcome outcome);
/** Text of a reason, for example "origin-matched". Static storage; never NULL. */
CORSAC_API const char *corsac_reason_name(corsac_reason reason);

/** Flags of corsac_decision. */
enum {
    CORSAC_DECISION_EXTENDED = 1u << 0,   /**< an extra of X-11 to X-14 is on */
    CORSAC_DECISION_CONDITIONAL = 1u << 1 /**< a route with claim conditions was tried (M-18) */
};

/** At most this many headers are set by one decision: C-12 has seven, X-11 adds one. */
#define CORSAC_MAX_SET_HEADERS 8

/**
 * The answer. Views point into the image or into the request and stay valid until the next
 * corsac_evaluate() or corsac_reader_release() on the reader (image) and as long as the request.
 */
typedef struct corsac_decision {
    uint32_t outcome; /**< corsac_outcome */
    uint32_t reason;  /**< corsac_reason */
    uint32_t flags;   /**< CORSAC_DECISION_ bits */
    uint32_t
        reply_status; /**< 200 (204 with X-13) if the gateway must answer itself; 0 otherwise */
    uint32_t route;   /**< index for corsac_image_route(), or CORSAC_NONE */
    uint32_t policy;  /**< policy index, or CORSAC_NONE */
    uint32_t set_count;
    uint32_t append_vary; /**< 1: append "Vary: Origin" to the response by the rule of X-11 */
    uint32_t strip_count; /**< X-12: this many of corsac_stripped_headers to remove; 0 normally */
    uint32_t reserved;
    corsac_str virtual_host; /**< chosen virtual host's domain, or absent */
    /** reply_status != 0: the reply's headers (C-12). Otherwise headers to set on the response (C-17). */
    corsac_header set[CORSAC_MAX_SET_HEADERS];
} corsac_decision;

/** Names that X-12 removes, in order. */
#define CORSAC_STRIPPED_HEADER_COUNT 7
CORSAC_API const char *corsac_stripped_header_name(uint32_t index);

/**
 * Decides one request on the current image. Total: for any bytes there is exactly one outcome.
 *
 * @param out  filled in every case; on failure its outcome is CORSAC_OUTCOME_NONE and it sets nothing.
 * @return CORSAC_OK; CORSAC_E_NO_IMAGE; CORSAC_E_NOT_FOUND (unknown gateway or port, H-29, or an
 *         ambiguous one left out); CORSAC_E_LIMIT (a path too long to normalise, M-7, or
 *         repeated lines of one header too long to join, M-12); CORSAC_E_ARGUMENT.
 * Threads: the reader's. Wait-free while the image is unchanged; never allocates, locks or enters the
 * kernel. Source: docs/semantics.md, all of H, R, M, C.
 */
CORSAC_API corsac_status corsac_evaluate(corsac_decision *out, corsac_reader *reader,
                                         const corsac_request *request);

/**
 * Decides several requests on one image: the same answers as @p count calls of corsac_evaluate(),
 * with the memory of many requests fetched at once. Pays where the image is larger than the caches.
 *
 * @param out       one decision per request, filled in every case as by corsac_evaluate().
 * @param statuses  NULL, or receives what corsac_evaluate() would return for each request.
 * @param requests  one after the other; each with its own struct_size.
 * @param count     any number, 0 included; 8 to 16 are enough to hide the memory.
 * @return CORSAC_OK if every request was decided, else the status of the first that was not.
 * Threads and promises: as corsac_evaluate(). Decisions live until the reader's next call.
 */
CORSAC_API corsac_status corsac_evaluate_batch(corsac_decision *out, corsac_status *statuses,
                                               corsac_reader *reader,
                                               const corsac_request *requests, size_t count);

/**
 * The outcome alone, for callers that set no headers: what corsac_evaluate() would put into
 * corsac_decision.outcome.
 *
 * @param out  a corsac_outcome; CORSAC_OUTCOME_NONE on failure.
 * @return as corsac_evaluate(). Threads and promises: as corsac_evaluate().
 */
CORSAC_API corsac_status corsac_evaluate_outcome(uint32_t *out, corsac_reader *reader,
                                                 const corsac_request *request);

/**
 * 1 if the origin may read the answer: allowed and preflight-allowed; 0 for everything else,
 * CORSAC_OUTCOME_NONE and unknown numbers included. Any thread.
 */
CORSAC_API uint32_t corsac_outcome_allows(uint32_t outcome);

/* ---- known policies --------------------------------------------------------------------- */

/**
 * A route's policy in one published image, for gateways that choose the route themselves: found
 * once, used for many requests, copied freely, nothing to free. It stands for that publication
 * only: after the next corsac_engine_publish() it is stale and decides nothing, whatever the new
 * image holds at the same place.
 */
typedef struct corsac_policy {
    uint64_t publication; /**< of the engine; 0 never matches */
    uint64_t revision;    /**< of the image */
    uint32_t route;       /**< index for corsac_image_route() */
    uint32_t reserved;
} corsac_policy;

/**
 * Finds a policy by where it is written.
 *
 * @param out    receives the handle; on failure one that is stale.
 * @param owner  "namespace/name" of the VirtualService that holds it (corsac_route_info).
 * @param path   "spec.http[i].corsPolicy".
 * @return CORSAC_OK; CORSAC_E_NOT_FOUND if no route of the current image carries that policy;
 *         CORSAC_E_NO_IMAGE; CORSAC_E_ARGUMENT.
 * Threads: the reader's. Linear in the number of routes: not for every request.
 */
CORSAC_API corsac_status corsac_policy_find(corsac_policy *out, corsac_reader *reader,
                                            corsac_str owner, corsac_str path);

/**
 * Finds the policy of a route by the route's name.
 *
 * @param root   "namespace/name" of the VirtualService with hosts (corsac_route_info.root), or
 *               absent: any.
 * @param route  "ns/name#http[i].match[j]" as in corsac_route_info.route.
 * @return as corsac_policy_find(); CORSAC_E_NOT_FOUND also for a route without a policy, and for one
 *         with several: a delegate's route takes its policy from the rule that leads to it.
 */
CORSAC_API corsac_status corsac_policy_find_route(corsac_policy *out, corsac_reader *reader,
                                                  corsac_str root, corsac_str route);

/**
 * Decides a request whose route is known: chapter C alone. Of the request only method, origin,
 * request_method and request_headers are looked at. That the route forwards (C-2) is the caller's
 * word.
 *
 * @param out  as for corsac_evaluate(); `route` and `policy` are the handle's, `virtual_host` is
 *             absent.
 * @return CORSAC_OK; CORSAC_E_STALE if another image has been published since the handle was found:
 *         find it again; CORSAC_E_NO_IMAGE; CORSAC_E_ARGUMENT.
 * Threads and promises: as corsac_evaluate().
 */
CORSAC_API corsac_status corsac_evaluate_policy(corsac_decision *out, corsac_reader *reader,
                                                const corsac_policy *policy,
                                                const corsac_request *request);

/**
 * Finds the first matcher in list order that accepts "*" or the origin (C-9): not needed to decide,
 * asked by eval, explain and log variables.
 *
 * @param out  receives for example "spec.http[0].corsPolicy.allowOrigins[1]"; absent when none did.
 * @param buffer, buffer_size  memory for the text, at least 128 bytes.
 * @return CORSAC_OK, CORSAC_E_LIMIT if the buffer is too small, CORSAC_E_ARGUMENT.
 */
CORSAC_API corsac_status corsac_decision_matched(corsac_reader *reader,
                                                 const corsac_decision *decision, corsac_str origin,
                                                 char *buffer, size_t buffer_size, corsac_str *out);

/** Scans that failed and were answered by the automaton instead, since the reader was made. */
CORSAC_API uint64_t corsac_reader_fallback_count(const corsac_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
