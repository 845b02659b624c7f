// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include "corsac/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { TENANT_BYTES = 1024, TEXT = 128 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "world: %s\n", what);
    exit(1);
}

const char *world_kind_name(world_kind kind)
{
    static const char *const names[WORLD_KINDS] = {"exact", "lowered", "mixed", "regex"};
    return names[kind];
}

const char *world_ask_name(world_ask ask)
{
    static const char *const names[WORLD_ASKS] = {"allowed", "denied", "preflight", "trace"};
    return names[ask];
}

/* ---- policies ---------------------------------------------------------------------------- */

#define EXACT_LINES(t)                                                                             \
    "      - exact: https://app.tenant" t ".com\n"                                                 \
    "      - exact: https://admin.tenant" t ".com\n"                                               \
    "      - exact: https://www.tenant" t ".com\n"
#define LOWERED_LINE(t) "      - regex: 'https://[a-z0-9-]+\\.tenant" t "\\.com'\n"

static int write_origins(char *out, size_t size, world_kind kind, uint32_t t)
{
    switch (kind) {
    case WORLD_EXACT:
        return snprintf(out, size, EXACT_LINES("%u"), t, t, t);
    case WORLD_LOWERED:
        return snprintf(out, size, LOWERED_LINE("%u"), t);
    case WORLD_MIXED:
        return snprintf(
            out, size,
            EXACT_LINES("%u") "      - prefix: https://preview.tenant%u.\n" LOWERED_LINE("%u"), t,
            t, t, t, t);
    case WORLD_REGEX:
        return snprintf(
            out, size,
            LOWERED_LINE("%u") "      - regex: 'https?://(www\\.)?tenant%u\\.org(:[0-9]+)?'\n"
                               "      - regex: "
                               "'https://pr-[0-9]+--[a-z]*.*-[a-z]+\\.tenant%u\\.(eu|us)'\n",
            t, t, t);
    }
    return 0;
}

static size_t write_tenant(char *out, size_t size, world_kind kind, uint32_t t)
{
    int used =
        snprintf(out, size,
                 "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                 "metadata: {name: tenant%u, namespace: default}\n"
                 "spec:\n  hosts: [tenant%u.example.com]\n  gateways: [istio-system/gateway]\n"
                 "  http:\n  - match: [{uri: {prefix: /api}}]\n"
                 "    route: [{destination: {host: backend}}]\n"
                 "    corsPolicy:\n      allowMethods: [GET, POST]\n      allowCredentials: true\n"
                 "      allowHeaders: [x-request-id]\n      maxAge: 24h\n      allowOrigins:\n",
                 t, t);
    used += write_origins(out + used, size - (size_t)used, kind, t);
    used +=
        snprintf(out + used, size - (size_t)used, "  - route: [{destination: {host: backend}}]\n");
    require((size_t)used < size, "a tenant is too long");
    return (size_t)used;
}

char *world_policies(world_kind kind, uint32_t tenants, size_t *size)
{
    char *text = malloc((size_t)tenants * TENANT_BYTES);
    require(text != NULL, "no memory");
    *size = 0;
    for (uint32_t t = 0; t < tenants; t++)
        *size += write_tenant(text + *size, TENANT_BYTES, kind, t);
    return text;
}

/* ---- images ------------------------------------------------------------------------------ */

static void *read_file(const char *path, size_t *size)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    void *bytes = NULL;
    if (fstat(fileno(file), &status) == 0 && (bytes = malloc((size_t)status.st_size + 1)) != NULL) {
        *size = (size_t)status.st_size;
        if (fread(bytes, 1, *size, file) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

/* A whole file or none: the next run reads what it finds. */
static void write_file(const char *path, const void *bytes, size_t size)
{
    char part[256];
    snprintf(part, sizeof(part), "%s.part", path);
    FILE *file = fopen(part, "wb");
    require(file != NULL, part);
    bool written = fwrite(bytes, 1, size, file) == size;
    require(fclose(file) == 0 && written && rename(part, path) == 0, path);
}

/* Of this very program, and so of the compiler that is linked into it. */
static uint64_t program_hash(void)
{
    static uint64_t hash;
    size_t size = 0;
    if (hash)
        return hash;
    void *bytes = read_file("/proc/self/exe", &size);
    require(bytes != NULL, "/proc/self/exe cannot be read");
    hash = XXH3_64bits(bytes, size);
    free(bytes);
    return hash;
}

static void compile_image(world *w, const char *text, size_t size)
{
    corsac_diagnostics *diagnostics;
    corsac_blob *blob;
    const corsac_input input = {{"tenants.yaml", 12}, {text, size}};
    require(corsac_diagnostics_new(&diagnostics) == CORSAC_OK, "no memory");
    corsac_status status = corsac_compile(&blob, &input, 1, NULL, diagnostics, NULL);
    require(status == CORSAC_OK, corsac_status_name(status));
    corsac_str bytes = corsac_blob_bytes(blob);
    w->image = malloc(bytes.size);
    require(w->image != NULL, "no memory");
    memcpy(w->image, bytes.data, bytes.size);
    w->image_bytes = bytes.size;
    corsac_blob_free(blob);
    corsac_diagnostics_free(diagnostics);
}

static void make_image(world *w)
{
    size_t size;
    char path[200];
    char *text = world_policies(w->kind, w->tenants, &size);
    uint64_t key = XXH3_64bits_withSeed(text, size, program_hash());
    require(mkdir(CORSAC_BENCH_CACHE, 0777) == 0 || errno == EEXIST, CORSAC_BENCH_CACHE);
    snprintf(path, sizeof(path), "%s/%016llx.corsac", CORSAC_BENCH_CACHE, (unsigned long long)key);
    w->image = read_file(path, &w->image_bytes);
    if (!w->image) {
        fprintf(stderr, "compiling %u tenants, %s\n", w->tenants, world_kind_name(w->kind));
        compile_image(w, text, size);
        write_file(path, w->image, w->image_bytes);
    }
    free(text);
}

/* What only eval, explain and rebuilding read; "prog..." too, where no set is served by one. */
static bool decides(const world *w, const char *section)
{
    static const char *const unread[] = {"route-sources", "origin-matchers", "patterns"};
    for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++)
        if (strcmp(section, unread[i]) == 0)
            return false;
    return w->kind == WORLD_REGEX || strncmp(section, "program", 7) != 0;
}

typedef struct dump {
    char text[8192]; /* the beginning: the table of sections is there */
    size_t size;
} dump;

static void keep_beginning(void *context, const char *text, size_t size)
{
    dump *d = context;
    size_t room = sizeof(d->text) - 1 - d->size;
    memcpy(d->text + d->size, text, size < room ? size : room);
    d->size += size < room ? size : room;
}

/* Sums lines "  SECTION  SIZE bytes  ...". */
static void count_read_bytes(world *w, const corsac_image *image)
{
    static dump d;
    d = (dump){.size = 0};
    require(corsac_image_dump(image, keep_beginning, &d) == CORSAC_OK, "no dump");
    char *line = strstr(d.text, "sections:\n");
    require(line != NULL, "the dump shows no sections");
    for (line = strchr(line, '\n') + 1; line[0] == ' '; line = strchr(line, '\n') + 1) {
        char name[32];
        unsigned long long size;
        require(sscanf(line, " %31s %llu bytes", name, &size) == 2, "a section without size");
        w->read_bytes += decides(w, name) ? size : 0;
    }
}

corsac_image *world_open_image(const world *w)
{
    corsac_image *image;
    const corsac_image_options trusted = {.struct_size = sizeof(trusted),
                                          .flags = CORSAC_IMAGE_TRUSTED};
    require(corsac_image_open(&image, w->image, w->image_bytes, &trusted, NULL) == CORSAC_OK,
            "the image does not open");
    return image;
}

world *world_new(world_kind kind, uint32_t tenants)
{
    world *w = calloc(1, sizeof(*w));
    require(w != NULL, "no memory");
    w->kind = kind;
    w->tenants = tenants;
    make_image(w);
    corsac_image *image = world_open_image(w);
    count_read_bytes(w, image);
    require(corsac_engine_new(&w->engine, NULL) == CORSAC_OK &&
                corsac_engine_publish(w->engine, image) == CORSAC_OK &&
                corsac_reader_new(&w->reader, w->engine) == CORSAC_OK,
            "no engine");
    w->requests[0] = (corsac_request){
        .struct_size = sizeof(w->requests[0]), .method = {"GET", 3}, .path = {"/api/v1/items", 13}};
    w->requests[1] = w->requests[0];
    w->requests[1].method = (corsac_str){"OPTIONS", 7};
    w->requests[1].request_method = (corsac_str){"POST", 4};
    return w;
}

void world_free(world *w)
{
    corsac_reader_free(w->reader);
    corsac_engine_free(w->engine);
    free(w->image);
    free(w);
}

/* ---- requests ---------------------------------------------------------------------------- */

static void write_allowed(char *out, world_kind kind, uint32_t t)
{
    static const char *const names[] = {"app", "admin", "www"};
    uint32_t way = serial_pick(kind == WORLD_EXACT ? 3 : kind == WORLD_LOWERED ? 1 : 5);
    if (kind == WORLD_LOWERED || (kind == WORLD_MIXED && way == 4) ||
        (kind == WORLD_REGEX && way < 2))
        snprintf(out, TEXT, "https://shop-%u.tenant%u.com", serial_pick(1000), t);
    else if (kind == WORLD_MIXED && way == 3)
        snprintf(out, TEXT, "https://preview.tenant%u.io", t);
    else if (kind != WORLD_REGEX)
        snprintf(out, TEXT, "https://%s.tenant%u.com", names[way], t);
    else if (way < 4)
        snprintf(out, TEXT, "https://www.tenant%u.org:8443", t);
    else
        snprintf(out, TEXT, "https://pr-17--x-y-z.tenant%u.eu", t);
}

static void fill(serial_question *question, world_kind kind, world_ask ask, uint32_t t)
{
    char text[TEXT];
    uint32_t draw = serial_pick(10);
    if (ask == WORLD_TRACE)
        ask = draw < 7 ? WORLD_ALLOWED : draw < 9 ? WORLD_DENIED : WORLD_PREFLIGHT;
    snprintf(text, sizeof(text), "tenant%u.example.com", t);
    serial_set_host(question, text);
    if (ask == WORLD_DENIED)
        snprintf(text, sizeof(text), "https://evil.tenant%u.net", t);
    else
        write_allowed(text, kind, t);
    serial_set_origin(question, text);
    question->number = ask == WORLD_PREFLIGHT;
    question->tenant = t;
    question->wanted = ask == WORLD_ALLOWED  ? CORSAC_OUTCOME_ALLOWED
                       : ask == WORLD_DENIED ? CORSAC_OUTCOME_DENIED
                                             : CORSAC_OUTCOME_PREFLIGHT_ALLOWED;
}

serial_trace *world_trace(const world *w, world_ask ask, bool zipf, uint32_t count)
{
    serial_trace *trace = serial_trace_new(count);
    serial_zipf *ranks = serial_zipf_new(w->tenants);
    for (uint32_t i = 0; i < count; i++)
        fill(&trace->questions[i], w->kind, ask,
             zipf ? serial_zipf_pick(ranks) : serial_pick(w->tenants));
    serial_zipf_free(ranks);
    return trace;
}

uint64_t world_ask_outcome(void *world_pointer, const serial_question *question)
{
    world *w = world_pointer;
    corsac_decision decision;
    corsac_request *request = &w->requests[question->number];
    world_fill_request(request, question);
    (void)corsac_evaluate(&decision, w->reader, request); /* on failure the outcome says so */
    return decision.outcome;
}
