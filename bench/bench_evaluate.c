// SPDX-License-Identifier: Apache-2.0
// Whole decisions through the public API: nanoseconds per decision for exact, prefix and regex
// origins at 100, 1,000 and 10,000 tenants, beside a scan over all tenants that compares hosts and
// then asks matcher after matcher (RE2 for regexes). Both must give the same answers before
// anything is measured.
#include "bench_report.h"
#include "shim.h"

#include "corsac/compile.h"
#include "corsac/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 1024, MATCHERS = 3, KINDS = 3 };

typedef struct kind {
    const char *name, *field;
    const char *values[MATCHERS]; /* %u: the tenant */
    const char *hits[MATCHERS];
    const char *miss;
} kind;

static const kind kinds[KINDS] = {
    {"exact",
     "exact",
     {"https://app.tenant%u.com", "https://admin.tenant%u.com", "https://www.tenant%u.com"},
     {"https://app.tenant%u.com", "https://admin.tenant%u.com", "https://www.tenant%u.com"},
     "https://evil.tenant%u.com"},
    {"prefix",
     "prefix",
     {"https://tenant%u-", "http://tenant%u.local:", "https://preview.tenant%u."},
     {"https://tenant%u-abc.vercel.app", "http://tenant%u.local:3000",
      "https://preview.tenant%u.io"},
     "https://evil.tenant%u.com"},
    {"regex",
     "regex",
     {"https://[a-z0-9-]+\\.tenant%u\\.com", "https?://(www\\.)?tenant%u\\.org(:[0-9]+)?",
      "https://pr-[0-9]+--[a-z]*.*-[a-z]+\\.tenant%u\\.(eu|us)"},
     {"https://abc-def.tenant%u.com", "https://www.tenant%u.org:8443",
      "https://pr-17--x-y-z.tenant%u.eu"},
     "https://a.b.tenant%u.com"}};

static const unsigned tenant_counts[] = {100, 1000, 10000};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_evaluate: %s\n", what);
    exit(1);
}

/* ---- the same policies twice ------------------------------------------------------------- */

typedef struct tenant {
    char host[32];
    char values[MATCHERS][96];
    peer_re2 *regexes[MATCHERS];
} tenant;

typedef struct world {
    const kind *kind;
    unsigned count;
    tenant *tenants;
    corsac_engine *engine;
    corsac_reader *reader;
    char hosts[REQUESTS][32];
    char origins[REQUESTS][96];
    corsac_request requests[REQUESTS];
} world;

static uint32_t pick(uint32_t count)
{
    static uint64_t state = 7;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % count;
}

__attribute__((format(printf, 3, 0))) static void fill(char *out, size_t size, const char *form,
                                                       unsigned number)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, size, form, number);
#pragma GCC diagnostic pop
}

static void make_tenants(world *w)
{
    w->tenants = allocate(w->count, sizeof(*w->tenants));
    for (unsigned t = 0; t < w->count; t++) {
        tenant *one = &w->tenants[t];
        snprintf(one->host, sizeof(one->host), "tenant%u.example.com", t);
        for (int m = 0; m < MATCHERS; m++) {
            fill(one->values[m], sizeof(one->values[m]), w->kind->values[m], t);
            if (strcmp(w->kind->field, "regex") == 0)
                require((one->regexes[m] = peer_re2_new(one->values[m], strlen(one->values[m]))),
                        "RE2 refuses a pattern");
        }
    }
}

static size_t write_tenant(char *out, size_t size, const world *w, unsigned t)
{
    const tenant *one = &w->tenants[t];
    int used = snprintf(out, size,
                        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                        "metadata: {name: tenant%u, namespace: default}\n"
                        "spec:\n  hosts: [%s]\n  gateways: [istio-system/gateway]\n  http:\n"
                        "  - route: [{destination: {host: backend}}]\n    corsPolicy:\n"
                        "      allowMethods: [GET, POST]\n      allowOrigins:\n",
                        t, one->host);
    for (int m = 0; m < MATCHERS; m++)
        used += snprintf(out + used, size - (size_t)used, "      - %s: '%s'\n", w->kind->field,
                         one->values[m]);
    return (size_t)used;
}

static void make_engine(world *w)
{
    size_t capacity = (size_t)w->count * 1024, size = 0;
    char *text = allocate(capacity, 1);
    for (unsigned t = 0; t < w->count; t++)
        size += write_tenant(text + size, capacity - size, w, t);
    corsac_diagnostics *diagnostics;
    corsac_blob *blob;
    corsac_image *image;
    const corsac_input input = {{"tenants.yaml", 12}, {text, size}};
    const corsac_image_options trusted = {.struct_size = sizeof(trusted),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    require(corsac_diagnostics_new(&diagnostics) == CORSAC_OK, "no memory");
    require(corsac_compile(&blob, &input, 1, NULL, diagnostics, NULL) == CORSAC_OK,
            "the policies do not compile");
    corsac_str bytes = corsac_blob_bytes(blob);
    require(corsac_image_open(&image, bytes.data, bytes.size, &trusted, NULL) == CORSAC_OK,
            "the image does not open");
    printf("  %-7s %6u tenants: image of %zu bytes per tenant\n", w->kind->name, w->count,
           bytes.size / w->count);
    require(corsac_engine_new(&w->engine, NULL) == CORSAC_OK &&
                corsac_engine_publish(w->engine, image) == CORSAC_OK &&
                corsac_reader_new(&w->reader, w->engine) == CORSAC_OK,
            "no engine");
    corsac_blob_free(blob);
    corsac_diagnostics_free(diagnostics);
    free(text);
}

static void make_requests(world *w)
{
    for (int r = 0; r < REQUESTS; r++) {
        unsigned t = pick(w->count);
        const char *form = pick(10) < 7 ? w->kind->hits[pick(MATCHERS)] : w->kind->miss;
        fill(w->origins[r], sizeof(w->origins[r]), form, t);
        strcpy(w->hosts[r], w->tenants[t].host);
        w->requests[r] = (corsac_request){
            .struct_size = sizeof(corsac_request),
            .method = {"GET", 3},
            .path = {"/api", 4},
            .authority = {w->hosts[r], strlen(w->hosts[r])},
            .origin = {w->origins[r], strlen(w->origins[r])},
        };
    }
}

/* ---- both ways --------------------------------------------------------------------------- */

static bool matcher_accepts(const world *w, const tenant *one, int m, const corsac_str origin)
{
    size_t size = strlen(one->values[m]);
    if (one->regexes[m])
        return peer_re2_match(one->regexes[m], origin.data, origin.size);
    bool whole = w->kind->field[0] == 'e';
    return (whole ? size == origin.size : size <= origin.size) &&
           memcmp(one->values[m], origin.data, size) == 0;
}

static bool scan_allows(const world *w, const corsac_request *request)
{
    for (unsigned t = 0; t < w->count; t++) {
        const tenant *one = &w->tenants[t];
        if (strlen(one->host) != request->authority.size ||
            memcmp(one->host, request->authority.data, request->authority.size) != 0)
            continue;
        for (int m = 0; m < MATCHERS; m++)
            if (matcher_accepts(w, one, m, request->origin))
                return true;
        return false;
    }
    return false;
}

static bool engine_allows(const world *w, const corsac_request *request)
{
    corsac_decision decision;
    return corsac_evaluate(&decision, w->reader, request) == CORSAC_OK &&
           decision.outcome == CORSAC_OUTCOME_ALLOWED;
}

static void check(const world *w)
{
    for (int r = 0; r < REQUESTS; r++)
        require(engine_allows(w, &w->requests[r]) == scan_allows(w, &w->requests[r]),
                w->origins[r]);
}

static void run_engine(bench_state *state, void *context)
{
    const world *w = context;
    uint64_t allowed = 0;
    while (bench_next(state))
        for (int r = 0; r < REQUESTS; r++)
            allowed += engine_allows(w, &w->requests[r]);
    bench_keep(allowed);
    bench_set_items(state, REQUESTS);
}

static void run_scan(bench_state *state, void *context)
{
    const world *w = context;
    uint64_t allowed = 0;
    while (bench_next(state))
        for (int r = 0; r < REQUESTS; r++)
            allowed += scan_allows(w, &w->requests[r]);
    bench_keep(allowed);
    bench_set_items(state, REQUESTS);
}

static void name_of(char *out, size_t size, const char *way, const kind *k, unsigned count)
{
    snprintf(out, size, "%s/%s/%u", way, k->name, count);
}

static void add_world(const kind *k, unsigned count)
{
    char name[64];
    world *w = allocate(1, sizeof(*w));
    w->kind = k;
    w->count = count;
    make_tenants(w);
    make_engine(w);
    make_requests(w);
    check(w);
    name_of(name, sizeof(name), "evaluate", k, count);
    bench_add(name, run_engine, w);
    name_of(name, sizeof(name), "scan", k, count);
    bench_add(name, run_scan, w);
}

int main(int argc, char **argv)
{
    const int used = bench_brief(argc, argv) ? 2 : 3;
    for (int k = 0; k < KINDS; k++)
        for (int c = 0; c < used; c++)
            add_world(&kinds[k], tenant_counts[c]);
    int result = bench_run(argc, argv);
    bench_title("Decisions per request: the engine against a scan over all tenants");
    for (int k = 0; k < KINDS; k++)
        for (int c = 0; c < 3; c++) {
            char name[64], base[64];
            name_of(name, sizeof(name), "evaluate", &kinds[k], tenant_counts[c]);
            name_of(base, sizeof(base), "scan", &kinds[k], tenant_counts[c]);
            bench_ratio(name, base, 0);
        }
    return result;
}
