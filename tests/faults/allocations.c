// SPDX-License-Identifier: Apache-2.0
// Lets every allocation of every call that allocates fail, once and from there on. Each call must then
// say CORSAC_E_MEMORY, or succeed with exactly the result it has otherwise; give back all it took; and
// leave a running engine answering from its old image.
//
// Inside Hyperscan's compiler each allocation fails in a process of its own, forked at that moment: 5.4.0
// does not survive every failure. Only a segmentation fault or an abort there counts as its death.
//
//   fault_allocations [--every N] [--only SCENARIO]    --every: of the allocations inside Hyperscan
#define _GNU_SOURCE // memfd_create, F_ADD_SEALS
#include "heap.h"

#include "corsac/compile.h"
#include "corsac/counters.h"
#ifdef HAVE_SIGN
#include "corsac/sign.h"
#endif

#include <fcntl.h>
#include <hs/hs_compile.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t now_failing; /* for messages */

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fault_allocations: at allocation %zu: %s\n", now_failing, what);
    exit(1);
}

/* ---- what fails beside the heap (the linker brings Corsac's calls here) --------------------- */

/* Shared with the processes that are forked inside Hyperscan. */
typedef struct counts {
    size_t allocations, runs, refused, unharmed, wrong, leaked;
    size_t inside_runs, inside_aborts, inside_faults; /* in Hyperscan's compiler */
} counts;

static struct shared {
    counts counts;
    bool inside; /* hs_compile_multi() has been called and has not returned */
} * shared;

hs_error_t __real_hs_compile_multi(const char *const *, const unsigned *, const unsigned *,
                                   unsigned, unsigned, const hs_platform_info_t *, hs_database_t **,
                                   hs_compile_error_t **);
hs_error_t __wrap_hs_compile_multi(const char *const *texts, const unsigned *flags,
                                   const unsigned *ids, unsigned count, unsigned mode,
                                   const hs_platform_info_t *platform, hs_database_t **database,
                                   hs_compile_error_t **error);

hs_error_t __wrap_hs_compile_multi(const char *const *texts, const unsigned *flags,
                                   const unsigned *ids, unsigned count, unsigned mode,
                                   const hs_platform_info_t *platform, hs_database_t **database,
                                   hs_compile_error_t **error)
{
    heap_mark(true);
    shared->inside = true;
    hs_error_t result =
        __real_hs_compile_multi(texts, flags, ids, count, mode, platform, database, error);
    shared->inside = false;
    heap_mark(false);
    return result;
}

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *at, size_t size, int access, int kind, int file, off_t offset);
int __real_munmap(void *, size_t);
int __wrap_munmap(void *at, size_t size);

void *__wrap_mmap(void *at, size_t size, int access, int kind, int file, off_t offset)
{
    if (heap_fails())
        return MAP_FAILED;
    void *bytes = __real_mmap(at, size, access, kind, file, offset);
    if (bytes != MAP_FAILED && !(kind & MAP_FIXED)) /* a fixed one lies in another */
        heap_hold(1);
    return bytes;
}

int __wrap_munmap(void *at, size_t size)
{
    heap_hold(-1);
    return __real_munmap(at, size);
}

/* ---- what is compiled --------------------------------------------------------------------- */

static const char POLICY[] =
    "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: ns}\n"
    "spec:\n  selector: {istio: ingressgateway}\n  servers:\n"
    "  - port: {number: 80, name: http, protocol: HTTP}\n    hosts: ['*']\n"
    "  - port: {number: 443, name: https, protocol: HTTPS}\n    tls: {mode: SIMPLE, "
    "credentialName: c}\n"
    "    hosts: ['*.a.com']\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: ns}\n"
    "spec:\n  hosts: [a.com, '*.a.com', b.com]\n  gateways: [g]\n  http:\n"
    "  - match: [{uri: {prefix: /}, headers: {cookie: {regex: 'a+b{2,9}'}}, queryParams: {q: "
    "{exact: x}}}]\n"
    "    route: [{destination: {host: x}}]\n"
    "    corsPolicy: &policy\n      allowOrigins:\n      - {exact: 'https://even.com'}\n"
    "      - {prefix: 'https://p'}\n      - {regex: 'https://[0-9]{1,40}(a|bc)+\\.com'}\n"
    "      - {regex: 'https://(a+b|b+a)*c[0-9]+\\.example\\.com'}\n"
    "      - {regex: 'https://(x|y)\\.example\\.com'}\n"
    "      allowMethods: [GET, PUT]\n      maxAge: 2h\n"
    "  - match: [{uri: {prefix: /r/}}]\n    delegate: {name: d}\n"
    "  - route: [{destination: {host: w}}]\n    corsPolicy: *policy\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: d, namespace: ns}\n"
    "spec:\n  http:\n  - match: [{uri: {prefix: /r/a}, headers: {x: {regex: '[a-c]+'}}}]\n    "
    "route: [{destination: {host: z}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: 'https://d.com'}]}\n"
    "---\n"
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: bad, namespace: "
    "ns}\n"
    "spec:\n  hosts: [c.com]\n  http:\n  - corsPolicy: {maxAge: 1d}\n";

static const char OTHER[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: o, namespace: ns}\n"
    "spec:\n  hosts: [a.com]\n  gateways: [ns/g]\n  http:\n  - route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{exact: 'https://odd.com'}]}\n";

/* One regex of POLICY and no other, so that a session lets go of the rest. */
static const char FEW[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: o, namespace: ns}\n"
    "spec:\n  hosts: [a.com]\n  gateways: [ns/g]\n  http:\n  - route: [{destination: {host: x}}]\n"
    "    corsPolicy: {allowOrigins: [{regex: 'https://[0-9]{1,40}(a|bc)+\\.com'}]}\n";

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

/* Everything the scenarios work on, made before anything fails. */
static struct world {
    corsac_blob *even, *odd; /* images */
    corsac_engine *engine;   /* odd is published */
    corsac_reader *reader;
    corsac_compile_options options;
    corsac_stage stage;
    uint32_t image_flags;
    const char *file; /* even, on disk */
    int sealed;       /* even, in a memory file that nobody can change */
    uint32_t database_count;
#ifdef HAVE_SIGN
    corsac_sign_secret_key secret;
    corsac_sign_public_key key;
    corsac_signature signature;
#endif
} world;

static corsac_status compile(corsac_blob **out, const char *yaml)
{
    const corsac_input inputs[2] = {{str("a.yaml"), str(yaml)},
                                    {str("b.yaml"), str("# nothing\n")}};
    corsac_diagnostics *findings = NULL;
    corsac_compile_summary summary;
    *out = NULL;
    corsac_status status = corsac_diagnostics_new(&findings);
    if (status == CORSAC_OK)
        status = corsac_compile(out, inputs, 2, &world.options, findings, &summary);
    corsac_diagnostics_free(findings);
    return status;
}

/* ---- scenarios: CORSAC_OK only with the right result --------------------------------------- */

static bool same(const corsac_blob *blob, const corsac_blob *wanted)
{
    corsac_str a = corsac_blob_bytes(blob), b = corsac_blob_bytes(wanted);
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static corsac_status run_compile(void)
{
    static corsac_blob *first[3]; /* per regex engine */
    corsac_blob *blob;
    corsac_status status = compile(&blob, POLICY);
    corsac_blob **wanted = &first[world.options.regex_engine];
    require((status == CORSAC_OK) == (blob != NULL), "an image without success, or none with it");
    if (status == CORSAC_OK && *wanted == NULL) {
        *wanted = blob;
        return status;
    }
    require(status != CORSAC_OK || same(blob, *wanted), "short memory gave another image");
    corsac_blob_free(blob);
    return status;
}

/* The image was compiled by this Hyperscan: made anew, its databases are what they were. */
static corsac_status run_rebuild(void)
{
    corsac_blob *blob;
    uint32_t count;
    corsac_status status = corsac_rebuild_databases(&blob, corsac_blob_bytes(world.even), &count);
    require((status == CORSAC_OK) == (blob != NULL), "an image without success, or none with it");
    require(status != CORSAC_OK || (count == world.database_count && same(blob, world.even)),
            "short memory gave another image");
    corsac_blob_free(blob);
    return status;
}

/* Makes `yaml` the only input but for a comment, and compiles. */
static corsac_status compile_session(corsac_session *session, corsac_blob **out, const char *yaml)
{
    const corsac_input inputs[2] = {{str("a.yaml"), str(yaml)},
                                    {str("b.yaml"), str("# nothing\n")}};
    corsac_diagnostics *findings = NULL;
    *out = NULL;
    corsac_status status = corsac_diagnostics_new(&findings);
    for (size_t i = 0; i < 2 && status == CORSAC_OK; i++)
        status = corsac_session_update(session, &inputs[i]);
    if (status == CORSAC_OK)
        status = corsac_session_compile(out, session, findings, NULL);
    corsac_diagnostics_free(findings);
    return status;
}

/* With memory again, a session that ran short of it gives the image that a fresh compile gives. */
static void expect_usable(corsac_session *session, const char *yaml)
{
    bool armed = heap_pause();
    corsac_blob *wanted, *blob;
    require(compile(&wanted, yaml) == CORSAC_OK, "no compile");
    require(compile_session(session, &blob, yaml) == CORSAC_OK, "the session is of no use");
    require(same(blob, wanted), "the session gives another image");
    corsac_blob_free(wanted);
    corsac_blob_free(blob);
    heap_resume(armed);
}

/* One session through @p steps, then back to the first of them. */
static corsac_status run_steps(const char *const *steps, size_t count)
{
    corsac_session *session;
    corsac_blob *blob;
    corsac_status status = corsac_session_new(&session, &world.options);
    require((status == CORSAC_OK) == (session != NULL), "a session without success");
    if (status != CORSAC_OK)
        return status;
    for (size_t i = 0; i < count && status == CORSAC_OK; i++) {
        status = compile_session(session, &blob, steps[i]);
        require((status == CORSAC_OK) == (blob != NULL), "an image without success");
        corsac_blob_free(blob);
    }
    expect_usable(session, steps[0]);
    corsac_session_free(session);
    return status;
}

static corsac_status run_session(void)
{
    static const char *const steps[] = {POLICY, FEW};
    return run_steps(steps, sizeof(steps) / sizeof(*steps));
}

/* From an empty cache or from one that holds all but the databases: the image is the same. */
static corsac_status compile_with_cache(corsac_str bytes, corsac_blob **out, corsac_blob **saved)
{
    const corsac_input input = {str("a.yaml"), str(POLICY)};
    corsac_diagnostics *findings = NULL;
    corsac_cache *cache = NULL;
    *out = *saved = NULL;
    corsac_status status = corsac_diagnostics_new(&findings);
    if (status == CORSAC_OK)
        status = corsac_cache_new(&cache, &world.options, bytes);
    if (status == CORSAC_OK)
        status = corsac_compile_cached(out, cache, &input, 1, findings, NULL);
    if (status == CORSAC_OK)
        status = corsac_cache_save(saved, cache);
    corsac_cache_free(cache);
    corsac_diagnostics_free(findings);
    return status;
}

static corsac_status run_cached(void)
{
    corsac_blob *first, *second = NULL, *bytes, *again = NULL;
    corsac_status status = compile_with_cache((corsac_str){NULL, 0}, &first, &bytes);
    if (status == CORSAC_OK)
        status = compile_with_cache(corsac_blob_bytes(bytes), &second, &again);
    require(status != CORSAC_OK || (same(first, second) && same(bytes, again)),
            "the cache gives another image, or another cache");
    corsac_blob_free(first);
    corsac_blob_free(second);
    corsac_blob_free(bytes);
    corsac_blob_free(again);
    return status;
}

static corsac_status run_check(void)
{
    corsac_blob *blob;
    world.options.flags = CORSAC_COMPILE_CHECK_ONLY;
    corsac_status status = compile(&blob, POLICY);
    world.options.flags = 0;
    require(blob == NULL, "a check gave an image");
    return status;
}

static corsac_status run_dump(void)
{
    static corsac_blob *first[CORSAC_STAGE_LOWER + 1];
    const corsac_input input = {str("a.yaml"), str(POLICY)};
    corsac_diagnostics *findings = NULL;
    corsac_blob *text = NULL;
    corsac_status status = corsac_diagnostics_new(&findings);
    if (status == CORSAC_OK)
        status = corsac_compile_dump(&text, world.stage, &input, 1, &world.options, findings);
    corsac_diagnostics_free(findings);
    if (status == CORSAC_OK && first[world.stage] == NULL) {
        first[world.stage] = text;
        return status;
    }
    require(status != CORSAC_OK || same(text, first[world.stage]),
            "short memory gave another text");
    corsac_blob_free(text);
    return status;
}

static corsac_status finish_open(corsac_status status, corsac_image *image, bool trusted)
{
    corsac_image_info info;
    require((status == CORSAC_OK) == (image != NULL), "an image without success, or none with it");
    if (status == CORSAC_OK) {
        corsac_image_describe(image, &info);
        require(!trusted || info.database_loaded_count == info.database_count,
                "success, but a database was left out");
    }
    corsac_image_free(image);
    return status;
}

static corsac_status run_open(void)
{
    const corsac_image_options options = {sizeof(options), world.image_flags, 0};
    corsac_str bytes = corsac_blob_bytes(world.even);
    corsac_image *image;
    corsac_error error;
    corsac_status status = corsac_image_open(&image, bytes.data, bytes.size, &options, &error);
    return finish_open(status, image, world.image_flags & CORSAC_IMAGE_TRUSTED);
}

static corsac_status run_open_file(void)
{
    const corsac_image_options options = {sizeof(options), world.image_flags, 0};
    corsac_image *image;
    corsac_error error;
    corsac_status status = corsac_image_open_file(&image, world.file, &options, &error);
    return finish_open(status, image, world.image_flags & CORSAC_IMAGE_TRUSTED);
}

/* Mapped, not copied: the mappings are among what fails. */
static corsac_status run_open_sealed(void)
{
    const corsac_image_options options = {sizeof(options), world.image_flags, 0};
    corsac_image *image;
    corsac_error error;
    corsac_status status = corsac_image_open_fd(&image, world.sealed, &options, &error);
    return finish_open(status, image, world.image_flags & CORSAC_IMAGE_TRUSTED);
}

/* The engine answers by the odd image, whatever just failed. */
static void expect_old_answer(void)
{
    const corsac_request request = {.struct_size = sizeof(request),
                                    .gateway = str("ns/g"),
                                    .port = 80,
                                    .authority = str("a.com"),
                                    .path = str("/"),
                                    .origin = str("https://odd.com")};
    corsac_decision decision;
    require(corsac_evaluate(&decision, world.reader, &request) == CORSAC_OK &&
                decision.outcome == CORSAC_OUTCOME_ALLOWED,
            "the old image does not answer");
}

static corsac_status run_engine(void)
{
    corsac_engine *engine;
    corsac_status status = corsac_engine_new(&engine, NULL);
    require((status == CORSAC_OK) == (engine != NULL), "an engine without success");
    corsac_engine_free(engine);
    return status;
}

static corsac_status run_reader(void)
{
    corsac_reader *reader;
    corsac_status status = corsac_reader_new(&reader, world.engine);
    require((status == CORSAC_OK) == (reader != NULL), "a reader without success");
    corsac_reader_free(reader);
    return status;
}

static corsac_image *open_image(const corsac_blob *blob)
{
    const corsac_image_options options = {sizeof(options), CORSAC_IMAGE_TRUSTED, 0};
    corsac_str bytes = corsac_blob_bytes(blob);
    corsac_image *image;
    require(corsac_image_open(&image, bytes.data, bytes.size, &options, NULL) == CORSAC_OK,
            "no image");
    return image;
}

static void publish(const corsac_blob *blob)
{
    require(corsac_engine_publish(world.engine, open_image(blob)) == CORSAC_OK, "no publish");
    corsac_reader_release(world.reader);
}

/* Only the publication fails; afterwards the old image is put back. */
static corsac_status finish_publish(corsac_status status, corsac_image *image)
{
    heap_pause();
    if (status == CORSAC_OK)
        publish(world.odd);
    else
        corsac_image_free(image);
    return status;
}

static corsac_status run_publish(void)
{
    bool armed = heap_pause();
    corsac_image *image = open_image(world.even);
    heap_resume(armed);
    return finish_publish(corsac_engine_publish(world.engine, image), image);
}

static corsac_status run_publish_reported(void)
{
    bool armed = heap_pause();
    corsac_publish_report report = {.struct_size = sizeof(report)};
    corsac_image *image = open_image(world.even);
    heap_resume(armed);
    corsac_status status = corsac_engine_publish_reported(world.engine, image, &report);
    return finish_publish(status, image);
}

/* The same of a reader, for an image with databases. */
static corsac_status run_reader_of_even(void)
{
    bool armed = heap_pause();
    publish(world.even);
    heap_resume(armed);
    corsac_status status = run_reader();
    heap_pause();
    publish(world.odd);
    return status;
}

/* Beside the old image; afterwards there is no shadow again. */
static corsac_status run_shadow(void)
{
    bool armed = heap_pause();
    corsac_image *image = open_image(world.even);
    heap_resume(armed);
    corsac_status status = corsac_engine_publish_shadow(world.engine, image);
    heap_pause();
    if (status == CORSAC_OK)
        require(corsac_engine_publish_shadow(world.engine, NULL) == CORSAC_OK, "no shadow's end");
    else
        corsac_image_free(image);
    corsac_reader_release(world.reader);
    return status;
}

typedef struct scrape {
    char bytes[1 << 16];
    size_t size;
} scrape;

static void write_text(void *context, const char *piece, size_t size)
{
    scrape *t = context;
    require(size < sizeof(t->bytes) - t->size, "too long a text");
    memcpy(t->bytes + t->size, piece, size);
    t->size += size;
    t->bytes[t->size] = '\0';
}

/* What a scrape gets: sums, and their text, which takes no memory. */
static corsac_status run_counters(void)
{
    static scrape written;
    char line[64];
    corsac_counters *counters;
    corsac_status status = corsac_counters_new(&counters, world.engine);
    require((status == CORSAC_OK) == (counters != NULL), "counters without success");
    if (status != CORSAC_OK)
        return status;
    uint64_t allowed = corsac_counters_outcome(counters, CORSAC_OUTCOME_ALLOWED);
    require(allowed > 0, "nothing was counted");
    written.size = 0;
    size_t before = heap_calls();
    require(corsac_counters_write(counters, write_text, &written) == CORSAC_OK, "no text");
    require(heap_calls() == before, "writing took memory");
    snprintf(line, sizeof(line), "{outcome=\"allowed\"} %llu\n", (unsigned long long)allowed);
    require(strstr(written.bytes, line) != NULL, "the text does not say what was counted");
    corsac_counters_free(counters);
    return status;
}

/* Hits and misses by every way of asking. */
static void ask_everything(void)
{
    static const char *const origins[] = {
        "https://odd.com", "https://even.com",          "https://px",
        "https://12a.com", "https://aaac1.example.com", "https://\xc3\xa9"};
    enum { COUNT = sizeof(origins) / sizeof(*origins) };
    const corsac_header line = {{"cookie", 6}, {"aabbb", 5}};
    corsac_request requests[COUNT];
    corsac_decision decisions[COUNT];
    corsac_policy policy;
    uint32_t outcome;
    for (size_t i = 0; i < COUNT; i++)
        requests[i] = (corsac_request){.struct_size = sizeof(corsac_request),
                                       .gateway = str("ns/g"),
                                       .port = 80,
                                       .header_count = 1,
                                       .authority = str("a.com"),
                                       .path = str("/r/a?q=x"),
                                       .origin = str(origins[i]),
                                       .headers = &line};
    require(corsac_evaluate_batch(decisions, NULL, world.reader, requests, COUNT) == CORSAC_OK,
            "no batch");
    for (size_t i = 0; i < COUNT; i++)
        require(corsac_evaluate_outcome(&outcome, world.reader, &requests[i]) == CORSAC_OK &&
                    outcome == decisions[i].outcome,
                "no outcome");
    require(corsac_policy_find(&policy, world.reader, str("ns/o"),
                               str("spec.http[0].corsPolicy")) != CORSAC_OK ||
                corsac_evaluate_policy(decisions, world.reader, &policy, requests) == CORSAC_OK,
            "no decision by policy");
}

/* A reader as a worker sets it up: made, pinned by its first batch, released. */
static corsac_status run_batch_reader(void)
{
    const corsac_request request = {.struct_size = sizeof(request),
                                    .gateway = str("ns/g"),
                                    .port = 80,
                                    .authority = str("a.com"),
                                    .path = str("/"),
                                    .origin = str("https://odd.com")};
    const corsac_request requests[2] = {request, request};
    corsac_decision decisions[2];
    corsac_status statuses[2];
    corsac_reader *reader;
    corsac_status status = corsac_reader_new(&reader, world.engine);
    require((status == CORSAC_OK) == (reader != NULL), "a reader without success");
    if (status != CORSAC_OK)
        return status;
    size_t before = heap_calls();
    require(corsac_evaluate_batch(decisions, statuses, reader, requests, 2) == CORSAC_OK &&
                decisions[1].outcome == CORSAC_OUTCOME_ALLOWED,
            "the first batch failed");
    corsac_reader_release(reader);
    require(heap_calls() == before, "a batch took memory");
    corsac_reader_free(reader);
    return status;
}

static corsac_status run_evaluate(void)
{
    expect_old_answer();
    ask_everything();
    return CORSAC_OK;
}

/* On an image with Hyperscan databases and with a shadow, which must not allocate either. */
static corsac_status run_evaluate_all(void)
{
    bool armed = heap_pause();
    publish(world.even);
    require(corsac_engine_publish_shadow(world.engine, open_image(world.odd)) == CORSAC_OK,
            "no shadow");
    heap_resume(armed);
    ask_everything();
    heap_pause();
    require(corsac_engine_publish_shadow(world.engine, NULL) == CORSAC_OK, "no shadow's end");
    publish(world.odd);
    return CORSAC_OK;
}

static void write_nothing(void *context, const char *text, size_t size)
{
    (void)context, (void)text, (void)size;
}

static corsac_status run_describe(void)
{
    expect_old_answer(); /* a reader that was released holds no image */
    return corsac_image_dump(corsac_reader_image(world.reader), write_nothing, NULL);
}

#ifdef HAVE_SIGN
static corsac_status run_sign(void)
{
    corsac_str bytes = corsac_blob_bytes(world.even);
    corsac_signature again;
    corsac_status status = corsac_sign_image(&again, bytes.data, bytes.size, &world.secret, 1);
    require(status != CORSAC_OK || memcmp(&again, &world.signature, sizeof(again)) == 0,
            "another signature");
    return status;
}

static corsac_status run_open_signed(void)
{
    const corsac_sign_trust trust = {sizeof(trust), &world.key, 1, 0};
    corsac_str bytes = corsac_blob_bytes(world.even);
    corsac_image *image;
    corsac_status status = corsac_sign_open(&image, bytes.data, bytes.size, world.signature.bytes,
                                            CORSAC_SIGNATURE_BYTES, &trust, NULL);
    return finish_open(status, image, true);
}

static corsac_status run_open_signed_file(void)
{
    const corsac_sign_trust trust = {sizeof(trust), &world.key, 1, 0};
    corsac_image *image;
    corsac_status status = corsac_sign_open_file(&image, world.file, NULL, &trust, NULL);
    return finish_open(status, image, true);
}
#endif

/* ---- the runs ----------------------------------------------------------------------------- */

typedef struct scenario {
    const char *name;
    corsac_status (*run)(void);
    uint32_t regex_engine, image_flags;
    corsac_stage stage;
} scenario;

static const scenario SCENARIOS[] = {
    {"compile", run_compile, CORSAC_REGEX_AUTO, 0, 0},
    {"compile-hyperscan", run_compile, CORSAC_REGEX_HYPERSCAN, 0, 0},
    {"compile-automaton", run_compile, CORSAC_REGEX_AUTOMATON, 0, 0},
    {"rebuild", run_rebuild, CORSAC_REGEX_HYPERSCAN, 0, 0},
    {"session", run_session, CORSAC_REGEX_AUTO, 0, 0},
    {"cached", run_cached, CORSAC_REGEX_AUTO, 0, 0},
    {"check", run_check, 0, 0, 0},
    {"dump-read", run_dump, 0, 0, CORSAC_STAGE_READ},
    {"dump-decode", run_dump, 0, 0, CORSAC_STAGE_DECODE},
    {"dump-resolve", run_dump, 0, 0, CORSAC_STAGE_RESOLVE},
    {"dump-ir", run_dump, 0, 0, CORSAC_STAGE_IR},
    {"dump-passes", run_dump, 0, 0, CORSAC_STAGE_PASSES},
    {"dump-lower", run_dump, 0, 0, CORSAC_STAGE_LOWER},
    {"open", run_open, 0, 0, 0},
    {"open-trusted", run_open, 0, CORSAC_IMAGE_TRUSTED, 0},
    {"open-file", run_open_file, 0, 0, 0},
    {"open-file-trusted", run_open_file, 0, CORSAC_IMAGE_TRUSTED, 0},
    {"open-sealed", run_open_sealed, 0, 0, 0},
    {"open-sealed-trusted", run_open_sealed, 0, CORSAC_IMAGE_TRUSTED, 0},
    {"engine", run_engine, 0, 0, 0},
    {"publish", run_publish, 0, 0, 0},
    {"publish-reported", run_publish_reported, 0, 0, 0},
    {"reader", run_reader, 0, 0, 0},
    {"reader-databases", run_reader_of_even, 0, 0, 0},
    {"reader-batch", run_batch_reader, 0, 0, 0},
    {"shadow", run_shadow, 0, 0, 0},
    {"counters", run_counters, 0, 0, 0},
    {"evaluate", run_evaluate, 0, 0, 0},
    {"evaluate-all", run_evaluate_all, 0, 0, 0},
    {"describe", run_describe, 0, 0, 0},
#ifdef HAVE_SIGN
    {"sign", run_sign, 0, 0, 0},
    {"open-signed", run_open_signed, 0, CORSAC_IMAGE_TRUSTED, 0},
    {"open-signed-file", run_open_signed_file, 0, CORSAC_IMAGE_TRUSTED, 0},
#endif
};

static void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, name);
}

static void make_world(void)
{
    corsac_image *image;
    world.options = (corsac_compile_options){.struct_size = sizeof(world.options),
                                             .regex_engine = CORSAC_REGEX_HYPERSCAN};
    require(compile(&world.even, POLICY) == CORSAC_OK, "no compile");
    char both[sizeof(POLICY) + sizeof(OTHER)];
    snprintf(both, sizeof(both), "%.*s---\n%s", (int)(strstr(POLICY, "---") - POLICY), POLICY,
             OTHER);
    require(compile(&world.odd, both) == CORSAC_OK, "no compile");
    corsac_str odd = corsac_blob_bytes(world.odd), even = corsac_blob_bytes(world.even);
    require(corsac_image_open(&image, odd.data, odd.size, NULL, NULL) == CORSAC_OK, "no image");
    const corsac_engine_options counting = {.struct_size = sizeof(counting),
                                            .flags = CORSAC_ENGINE_COUNTERS};
    require(corsac_engine_new(&world.engine, &counting) == CORSAC_OK &&
                corsac_engine_publish(world.engine, image) == CORSAC_OK &&
                corsac_reader_new(&world.reader, world.engine) == CORSAC_OK,
            "no engine");
    expect_old_answer();
    corsac_image_info info;
    require(corsac_image_open(&image, even.data, even.size, NULL, NULL) == CORSAC_OK, "no image");
    corsac_image_describe(image, &info);
    corsac_image_free(image);
    require(info.database_count > 0 && info.route_count >= 3, "the even image is too simple");
    world.database_count = info.database_count;
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    world.sealed = memfd_create("fault_allocations", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    require(write(world.sealed, even.data, even.size) == (ssize_t)even.size &&
                fcntl(world.sealed, F_ADD_SEALS, seals) == 0,
            "no memory file");
    world.file = "fault_allocations.image";
    write_file(world.file, even.data, even.size);
#ifdef HAVE_SIGN
    require(corsac_sign_key_generate(&world.secret) == CORSAC_OK &&
                corsac_sign_key_public(&world.key, &world.secret) == CORSAC_OK &&
                corsac_sign_image(&world.signature, even.data, even.size, &world.secret, 1) ==
                    CORSAC_OK,
            "no signature");
    write_file("fault_allocations.image.sig", world.signature.bytes, CORSAC_SIGNATURE_BYTES);
#endif
}

static void free_world(void)
{
    corsac_reader_free(world.reader);
    corsac_engine_free(world.engine);
    corsac_blob_free(world.even);
    corsac_blob_free(world.odd);
    close(world.sealed);
    remove(world.file);
    remove("fault_allocations.image.sig");
}

/* The run at hand, for the processes that are forked inside Hyperscan. */
static struct inside {
    const scenario *scenario;
    size_t every, before;
    bool struck; /* in such a process: its allocation has been chosen */
    bool *known; /* by number: inside */
} inside;

static const size_t MOST_ALLOCATIONS = 1 << 20;

static void judge(const scenario *s, corsac_status status, size_t failing, bool onward,
                  size_t before, counts *c)
{
    const char *further = onward ? " and all after it" : "";
    bool right = status == CORSAC_OK || (heap_failed() && status == CORSAC_E_MEMORY);
    if (!right)
        printf("%s: allocation %zu%s: %s\n", s->name, failing, further, corsac_status_name(status));
    c->wrong += !right;
    c->refused += status == CORSAC_E_MEMORY;
    c->unharmed += status == CORSAC_OK;
    if (heap_live() != before) {
        printf("%s: allocation %zu%s: %zd blocks leaked\n", s->name, failing, further,
               (ssize_t)(heap_live() - before));
        c->leaked++;
    }
    expect_old_answer();
}

/* One run; what is wrong is printed and counted. */
static void run_here(const scenario *s, size_t failing, bool onward, counts *c)
{
    size_t before = heap_live();
    now_failing = failing;
    heap_arm(failing, onward);
    corsac_status status = s->run();
    heap_disarm();
    judge(s, status, failing, onward, before, c);
}

static void note_inside(size_t index)
{
    require(index < MOST_ALLOCATIONS, "more allocations than expected");
    inside.known[index] = true;
}

/* How a process ended whose allocation failed inside Hyperscan. */
static void count_end(int status, bool there, size_t index)
{
    counts *c = &shared->counts;
    int killer = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    bool its_own = there && (killer == SIGABRT || killer == SIGSEGV);
    c->runs++;
    c->inside_runs++;
    c->inside_aborts += its_own && killer == SIGABRT;
    c->inside_faults += its_own && killer == SIGSEGV;
    if (its_own || status == 0)
        return;
    printf("%s: allocation %zu: the process ended by %s %d %s hs_compile_multi()\n",
           inside.scenario->name, index, killer ? "signal" : "exit code",
           killer ? killer : WEXITSTATUS(status), there ? "inside" : "outside");
    c->wrong++;
}

/* In the child: true, and the allocation fails. In the parent: false, when the child has ended. */
static bool fork_here(size_t index, bool onward)
{
    enum { SECONDS_TO_END = 60 };
    fflush(stdout);
    pid_t child = fork();
    require(child >= 0, "no process");
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        alarm(SECONDS_TO_END);
        fclose(stderr); /* what the C++ library says before it ends the process */
        now_failing = index;
        inside.struck = true;
        heap_visit(NULL);
        heap_strike(onward);
        return true;
    }
    int status;
    require(waitpid(child, &status, 0) == child, "no child");
    bool there = shared->inside;
    shared->inside = true; /* as it is in this process */
    count_end(status, there, index);
    return false;
}

static void fail_inside(size_t index)
{
    if (index % inside.every != 0)
        return;
    bool armed = heap_pause();
    if (fork_here(index, false) || fork_here(index, true)) {
        heap_resume(armed);
        return;
    }
    heap_resume(armed);
}

/* One run from which a process branches off at each allocation inside Hyperscan. */
static void run_inside(const scenario *s)
{
    inside.before = heap_live();
    heap_visit(fail_inside);
    heap_arm(0, false);
    corsac_status status = s->run();
    heap_disarm();
    heap_visit(NULL);
    if (inside.struck) {
        judge(s, status, now_failing, false, inside.before, &shared->counts);
        fflush(stdout);
        _exit(0);
    }
    require(status == CORSAC_OK, s->name);
}

/* Counts the allocations of a run, and which of them are inside Hyperscan. */
static size_t explore(const scenario *s)
{
    memset(inside.known, 0, MOST_ALLOCATIONS);
    heap_visit(note_inside);
    heap_arm(0, false);
    require(s->run() == CORSAC_OK, s->name);
    size_t allocations = heap_disarm();
    heap_visit(NULL);
    require(allocations < MOST_ALLOCATIONS, "more allocations than expected");
    require(allocations == 0 || strncmp(s->name, "evaluate", 8) != 0, "a decision allocated");
    return allocations;
}

static counts run_scenario(const scenario *s, size_t every)
{
    counts c = {0};
    size_t inside_count = 0;
    world.options.regex_engine = s->regex_engine;
    world.image_flags = s->image_flags;
    world.stage = s->stage;
    inside.scenario = s;
    inside.every = every;
    require(s->run() == CORSAC_OK && s->run() == CORSAC_OK, s->name); /* first calls fill caches */
    c.allocations = explore(s);
    for (size_t failing = 1; failing <= c.allocations; failing++) {
        inside_count += inside.known[failing];
        if (inside.known[failing])
            continue;
        run_here(s, failing, false, &c);
        run_here(s, failing, true, &c);
        c.runs += 2;
    }
    shared->counts = c;
    if (inside_count > 0)
        run_inside(s);
    c = shared->counts;
    printf("%-18s %6zu allocations, %6zu runs: %6zu refused, %zu unharmed, %zu wrong, %zu leaked\n",
           s->name, c.allocations, c.runs, c.refused, c.unharmed, c.wrong, c.leaked);
    if (inside_count > 0)
        printf("%-18s %6zu allocations inside Hyperscan's compiler, %zu runs: %zu aborts and %zu "
               "segmentation faults there\n",
               "", inside_count, c.inside_runs, c.inside_aborts, c.inside_faults);
    require(c.inside_runs == 2 * inside_count || every > 1, "an allocation was left out");
    return c;
}

static void add(counts *total, const counts *c)
{
    total->allocations += c->allocations;
    total->runs += c->runs;
    total->refused += c->refused;
    total->unharmed += c->unharmed;
    total->wrong += c->wrong;
    total->leaked += c->leaked;
    total->inside_runs += c->inside_runs;
    total->inside_aborts += c->inside_aborts;
    total->inside_faults += c->inside_faults;
}

static const char *option(int argc, char **argv, const char *name, const char *fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return fallback;
}

int main(int argc, char **argv)
{
    size_t every = strtoul(option(argc, argv, "--every", "1"), NULL, 10);
    const char *only = option(argc, argv, "--only", NULL);
    counts total = {0};
    size_t scenarios = 0;
    time_t began = time(NULL);
    static char printed[BUFSIZ]; /* not from the heap that is watched */
    require(every > 0, "--every takes a number");
    setvbuf(stdout, printed, _IOFBF, sizeof(printed));
    shared = __real_mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0);
    require(shared != MAP_FAILED, "no shared memory");
    inside.known = calloc(MOST_ALLOCATIONS, sizeof(bool));
    require(inside.known != NULL, "no memory");
    make_world();
    for (size_t i = 0; i < sizeof(SCENARIOS) / sizeof(SCENARIOS[0]); i++) {
        if (only != NULL && strcmp(only, SCENARIOS[i].name) != 0)
            continue;
        counts c = run_scenario(&SCENARIOS[i], every);
        fflush(stdout);
        scenarios++;
        add(&total, &c);
    }
    free_world();
    free(inside.known);
    printf("%zu scenarios, %zu allocations, %zu runs: %zu refused, %zu unharmed, %zu wrong, %zu "
           "leaked; %zu inside Hyperscan's compiler, every %zu. of its allocations, where it died "
           "of %zu aborts and %zu faults; %ld seconds\n",
           scenarios, total.allocations, total.runs, total.refused, total.unharmed, total.wrong,
           total.leaked, total.inside_runs, every, total.inside_aborts, total.inside_faults,
           (long)(time(NULL) - began));
    return total.wrong == 0 && total.leaked == 0 && scenarios > 0 ? 0 : 1;
}
