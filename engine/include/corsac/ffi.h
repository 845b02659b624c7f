// SPDX-License-Identifier: Apache-2.0
// The declarations of common.h, engine.h and counters.h for foreign function interfaces: no
// preprocessor lines, integer types of <stdint.h> and size_t, nothing else. Made by
// scripts/make_ffi.py; what everything means is written in those headers. Not for C or C++ programs. CORSAC_NONE, which no
// enumerator can hold, is 4294967295.
// clang-format off
enum {
    CORSAC_VERSION_MAJOR = 0,
    CORSAC_VERSION_MINOR = 1,
    CORSAC_VERSION_PATCH = 0,
    CORSAC_MAX_SET_HEADERS = 8,
    CORSAC_STRIPPED_HEADER_COUNT = 7,
    CORSAC_OUTCOME_COUNT = 9,
};
typedef struct corsac_str {
    const char *data;
    size_t size;
} corsac_str;
typedef enum corsac_status {
    CORSAC_OK = 0,
    CORSAC_E_ARGUMENT = -1,
    CORSAC_E_MEMORY = -2,
    CORSAC_E_IO = -3,
    CORSAC_E_LIMIT = -4,
    CORSAC_E_SOURCE = -10,
    CORSAC_E_EMPTY = -11,
    CORSAC_E_IMAGE_FOREIGN = -20,
    CORSAC_E_IMAGE_VERSION = -21,
    CORSAC_E_IMAGE_CORRUPT = -22,
    CORSAC_E_SIGNATURE = -23,
    CORSAC_E_NOT_FOUND = -30,
    CORSAC_E_NO_IMAGE = -31,
    CORSAC_E_STALE = -32,
    CORSAC_E_INTERNAL = -99
} corsac_status;
typedef struct corsac_error {
    char message[256];
} corsac_error;
const char *corsac_status_name(corsac_status status);
uint32_t corsac_version_number(void);
const char *corsac_version_string(void);
typedef struct corsac_image corsac_image;
enum {
    CORSAC_IMAGE_TRUSTED = 1
};
typedef struct corsac_image_options {
    size_t struct_size;
    uint32_t flags;
    uint32_t reserved;
} corsac_image_options;
corsac_status corsac_image_open(corsac_image **out, const void *bytes, size_t size, const corsac_image_options *options, corsac_error *error);
corsac_status corsac_image_open_file(corsac_image **out, const char *path, const corsac_image_options *options, corsac_error *error);
corsac_status corsac_image_open_fd(corsac_image **out, int32_t descriptor, const corsac_image_options *options, corsac_error *error);
void corsac_image_free(corsac_image *image);
enum {
    CORSAC_OPTION_VARY_ORIGIN = 1,
    CORSAC_OPTION_STRIP_DENIED = 2,
    CORSAC_OPTION_PREFLIGHT_204 = 4,
    CORSAC_OPTION_ENFORCE_METHODS = 8,
    CORSAC_OPTION_ENFORCE_HEADERS = 16,
    CORSAC_OPTION_HEADER_MATCH_JOINED = 32,
    CORSAC_OPTION_NO_EXPOSE_PREFLIGHT = 64,
    CORSAC_OPTION_NORMALIZE_PATH_BASE = 128,
    CORSAC_OPTION_REGEX_UTF8 = 256
};
enum {
    CORSAC_NEEDS_HEADERS = 1,
    CORSAC_NEEDS_CLAIMS = 2
};
typedef struct corsac_image_info {
    uint32_t format_version;
    uint32_t options;
    uint64_t size_bytes;
    uint64_t revision;
    uint32_t endpoint_count;
    uint32_t virtual_host_count;
    uint32_t route_count;
    uint32_t policy_count;
    uint32_t origin_set_count;
    uint32_t database_count;
    uint32_t database_loaded_count;
    uint32_t needs;
} corsac_image_info;
void corsac_image_describe(const corsac_image *image, corsac_image_info *out);
typedef struct corsac_endpoint {
    corsac_str gateway;
    uint32_t port;
    uint32_t has_http;
    uint32_t has_tls;
} corsac_endpoint;
corsac_status corsac_image_endpoint(const corsac_image *image, uint32_t index, corsac_endpoint *out);
typedef struct corsac_route_info {
    corsac_str route;
    corsac_str route_name;
    corsac_str root;
    corsac_str file;
    uint32_t line, column;
    corsac_str policy_owner;
    corsac_str policy_path;
    corsac_str policy_file;
    uint32_t policy_line, policy_column;
    uint32_t policy;
    uint32_t reserved;
} corsac_route_info;
corsac_status corsac_image_route(const corsac_image *image, uint32_t route, corsac_route_info *out);
typedef void (*corsac_write_fn)(void *context, const char *text, size_t size_bytes);
corsac_status corsac_image_dump(const corsac_image *image, corsac_write_fn write, void *context);
typedef struct corsac_engine corsac_engine;
enum {
    CORSAC_ENGINE_COUNTERS = 1
};
typedef struct corsac_engine_options {
    size_t struct_size;
    uint32_t max_readers;
    uint32_t flags;
} corsac_engine_options;
corsac_status corsac_engine_new(corsac_engine **out, const corsac_engine_options *options);
void corsac_engine_free(corsac_engine *engine);
corsac_status corsac_engine_publish(corsac_engine *engine, corsac_image *image);
typedef struct corsac_publish_report {
    size_t struct_size;
    uint64_t waited_ns;
    uint64_t published_ns;
    uint32_t freed_count;
    uint32_t held_count;
} corsac_publish_report;
corsac_status corsac_engine_publish_reported(corsac_engine *engine, corsac_image *image, corsac_publish_report *report);
corsac_status corsac_engine_publish_shadow(corsac_engine *engine, corsac_image *image);
uint32_t corsac_engine_retired_count(corsac_engine *engine);
typedef struct corsac_reader corsac_reader;
corsac_status corsac_reader_new(corsac_reader **out, corsac_engine *engine);
void corsac_reader_free(corsac_reader *reader);
void corsac_reader_release(corsac_reader *reader);
const corsac_image *corsac_reader_image(const corsac_reader *reader);
typedef struct corsac_header {
    corsac_str name;
    corsac_str value;
} corsac_header;
typedef struct corsac_claim {
    corsac_str path;
    corsac_str value;
} corsac_claim;
typedef struct corsac_request {
    size_t struct_size;
    corsac_str gateway;
    uint32_t port;
    uint32_t header_count;
    uint32_t claim_count;
    uint32_t reserved;
    corsac_str scheme;
    corsac_str method;
    corsac_str authority;
    corsac_str path;
    corsac_str sni;
    corsac_str origin;
    corsac_str request_method;
    corsac_str request_headers;
    const corsac_header *headers;
    const corsac_claim *claims;
} corsac_request;
typedef enum corsac_outcome {
    CORSAC_OUTCOME_NONE = 0,
    CORSAC_OUTCOME_NO_ROUTE = 1,
    CORSAC_OUTCOME_NO_POLICY = 2,
    CORSAC_OUTCOME_NOT_CORS = 3,
    CORSAC_OUTCOME_PREFLIGHT_ALLOWED = 4,
    CORSAC_OUTCOME_PREFLIGHT_FORWARDED = 5,
    CORSAC_OUTCOME_PREFLIGHT_DENIED = 6,
    CORSAC_OUTCOME_ALLOWED = 7,
    CORSAC_OUTCOME_DENIED = 8
} corsac_outcome;
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
const char *corsac_outcome_name(corsac_outcome outcome);
const char *corsac_reason_name(corsac_reason reason);
enum {
    CORSAC_DECISION_EXTENDED = 1,
    CORSAC_DECISION_CONDITIONAL = 2
};
typedef struct corsac_decision {
    uint32_t outcome;
    uint32_t reason;
    uint32_t flags;
    uint32_t reply_status;
    uint32_t route;
    uint32_t policy;
    uint32_t set_count;
    uint32_t append_vary;
    uint32_t strip_count;
    uint32_t reserved;
    corsac_str virtual_host;
    corsac_header set[8];
} corsac_decision;
const char *corsac_stripped_header_name(uint32_t index);
corsac_status corsac_evaluate(corsac_decision *out, corsac_reader *reader, const corsac_request *request);
corsac_status corsac_evaluate_batch(corsac_decision *out, corsac_status *statuses, corsac_reader *reader, const corsac_request *requests, size_t count);
corsac_status corsac_evaluate_outcome(uint32_t *out, corsac_reader *reader, const corsac_request *request);
uint32_t corsac_outcome_allows(uint32_t outcome);
typedef struct corsac_policy {
    uint64_t publication;
    uint64_t revision;
    uint32_t route;
    uint32_t reserved;
} corsac_policy;
corsac_status corsac_policy_find(corsac_policy *out, corsac_reader *reader, corsac_str owner, corsac_str path);
corsac_status corsac_policy_find_route(corsac_policy *out, corsac_reader *reader, corsac_str root, corsac_str route);
corsac_status corsac_evaluate_policy(corsac_decision *out, corsac_reader *reader, const corsac_policy *policy, const corsac_request *request);
corsac_status corsac_decision_matched(corsac_reader *reader, const corsac_decision *decision, corsac_str origin, char *buffer, size_t buffer_size, corsac_str *out);
uint64_t corsac_reader_fallback_count(const corsac_reader *reader);
typedef struct corsac_counters corsac_counters;
corsac_status corsac_counters_new(corsac_counters **out, corsac_engine *engine);
void corsac_counters_free(corsac_counters *counters);
typedef struct corsac_policy_counts {
    corsac_str owner;
    corsac_str path;
    uint64_t origin_valid;
    uint64_t origin_invalid;
    uint64_t preflights;
    uint64_t fallbacks;
    uint64_t outcomes[9];
} corsac_policy_counts;
uint32_t corsac_counters_policy_count(const corsac_counters *counters);
corsac_status corsac_counters_policy(const corsac_counters *counters, uint32_t index, corsac_policy_counts *out);
uint64_t corsac_counters_outcome(const corsac_counters *counters, uint32_t outcome);
uint64_t corsac_counters_shadow(const corsac_counters *counters, uint32_t outcome, uint32_t shadow);
uint64_t corsac_counters_shadow_other_answers(const corsac_counters *counters);
corsac_status corsac_counters_write(const corsac_counters *counters, corsac_write_fn write, void *context);
