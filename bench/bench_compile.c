// SPDX-License-Identifier: Apache-2.0
// Compiling 10,000 tenants beside libyaml's bare event scan of the same bytes. "shared" has the
// bytes of "mixed", but one regex for all tenants: it leaves out what each regex costs by itself,
// which is the front end's matter. Also megabytes per second, image bytes per rule, peak memory,
// and one tenant rebuilt by a session: with the cost model's choice of how regexes are served, and with
// Hyperscan for each, so that the whole compile contains Hyperscan's.
#include "bench_report.h"
#include "world.h"

#include "corsac/compile.h"
#include "corsac/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <yaml.h>

enum { RULES_PER_TENANT = 5 }; /* matchers of a tenant of "mixed" */

typedef struct subject {
    const char *name;
    char *text;
    size_t size;
} subject;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_compile: %s\n", what);
    exit(1);
}

static corsac_blob *compile(const subject *s)
{
    corsac_diagnostics *diagnostics;
    corsac_blob *blob;
    const corsac_input input = {{"tenants.yaml", 12}, {s->text, s->size}};
    require(corsac_diagnostics_new(&diagnostics) == CORSAC_OK, "no memory");
    corsac_status status = corsac_compile(&blob, &input, 1, NULL, diagnostics, NULL);
    require(status == CORSAC_OK, corsac_status_name(status));
    corsac_diagnostics_free(diagnostics);
    return blob;
}

static void run_compile(bench_state *state, void *context)
{
    while (bench_next(state))
        corsac_blob_free(compile(context));
    bench_set_items(state, 1);
}

static uint64_t scan(const subject *s)
{
    yaml_parser_t parser;
    yaml_event_t event;
    uint64_t events = 0;
    bool more = true;
    require(yaml_parser_initialize(&parser) == 1, "no parser");
    yaml_parser_set_input_string(&parser, (const unsigned char *)s->text, s->size);
    while (more) {
        require(yaml_parser_parse(&parser, &event) == 1, "libyaml refuses the policies");
        more = event.type != YAML_STREAM_END_EVENT;
        events++;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return events;
}

static void run_scan(bench_state *state, void *context)
{
    uint64_t events = 0;
    while (bench_next(state))
        events += scan(context);
    bench_keep(events);
    bench_set_items(state, 1);
}

/* ---- one tenant rebuilt ------------------------------------------------------------------- */

enum { REBUILDS = 9, WHOLES = 3 }; /* medians are taken */

/* The documents of a text, each an input of its own. Names in the order of the documents. */
static corsac_input *split(const char *text, size_t *count)
{
    static const char mark[] = "\n---\n";
    corsac_input *inputs = NULL;
    size_t used = 0;
    for (const char *next = text; next != NULL; used++) {
        const char *end = strstr(next, mark);
        size_t size = end ? (size_t)(end - next) + 1 : strlen(next);
        char *name = malloc(32), *copy = strndup(next, size);
        inputs = realloc(inputs, (used + 1) * sizeof(*inputs));
        require(inputs != NULL && name != NULL && copy != NULL, "no memory");
        snprintf(name, 32, "%08zu.yaml", used);
        inputs[used] = (corsac_input){{name, strlen(name)}, {copy, size}};
        next = end ? end + sizeof(mark) - 1 : NULL;
    }
    *count = used;
    return inputs;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_seconds);
    return values[count / 2];
}

/* What is rebuilt, and how. */
typedef struct tenant_list {
    const corsac_compile_options *options;
    const char *edited; /* what stands before the origin that changes */
    corsac_session *session;
    corsac_input *inputs;
    size_t count;
} tenant_list;

static corsac_blob *compile_by(corsac_session *session, const tenant_list *t)
{
    corsac_diagnostics *findings;
    corsac_blob *blob;
    require(corsac_diagnostics_new(&findings) == CORSAC_OK, "no memory");
    corsac_status status =
        session ? corsac_session_compile(&blob, session, findings, NULL)
                : corsac_compile(&blob, t->inputs, t->count, t->options, findings, NULL);
    require(status == CORSAC_OK, corsac_status_name(status));
    corsac_diagnostics_free(findings);
    return blob;
}

/* Another origin for a tenant: the digits of the first one behind `mark` turn into others. */
static void edit(corsac_input *input, const char *mark, size_t round)
{
    char *copy = strndup(input->text.data, input->text.size);
    require(copy != NULL, "no memory");
    char *at = strstr(copy, mark);
    for (; *at != '\n' && *at != 0; at++)
        if (*at >= '0' && *at <= '9')
            *at = (char)('0' + (*at - '0' + 1 + (int)round % 8) % 10);
    input->text.data = copy; /* kept until the end */
}

/* A benchmark of Hyperscan measures Hyperscan: each tenant has a database, or none has. */
static void check_databases(const corsac_blob *blob, size_t wanted)
{
    corsac_image *image;
    corsac_image_info info;
    corsac_str bytes = corsac_blob_bytes(blob);
    require(corsac_image_open(&image, bytes.data, bytes.size, NULL, NULL) == CORSAC_OK,
            "the image does not open");
    corsac_image_describe(image, &info);
    require(info.database_count == wanted, "another number of databases than expected");
    corsac_image_free(image);
}

static double rebuild(const tenant_list *t, size_t round)
{
    size_t at = round * 7919 % t->count; /* a prime scatters them */
    while (!strstr(t->inputs[at].text.data, t->edited))
        at = (at + 1) % t->count;
    edit(&t->inputs[at], t->edited, round);
    double start = seconds();
    require(corsac_session_update(t->session, &t->inputs[at]) == CORSAC_OK, "an update fails");
    corsac_blob *blob = compile_by(t->session, t);
    double taken = seconds() - start;
    if (round == REBUILDS - 1) { /* what was measured is what a whole compile gives */
        corsac_blob *wanted = compile_by(NULL, t);
        corsac_str a = corsac_blob_bytes(blob), b = corsac_blob_bytes(wanted);
        require(a.size == b.size && memcmp(a.data, b.data, a.size) == 0,
                "the session gives another image");
        check_databases(blob, t->options ? t->count : 0);
        corsac_blob_free(wanted);
    }
    corsac_blob_free(blob);
    return taken;
}

static void report_rebuild(const char *name, const char *what, double value)
{
    char full[64];
    snprintf(full, sizeof(full), "%s/%s", name, what);
    bench_figure(full, value);
}

/* The change of one tenant, from its text to the image, and the whole compile beside it. */
static void measure_rebuild(const char *name, const char *text, const char *edited,
                            const corsac_compile_options *options)
{
    double wholes[WHOLES], parts[REBUILDS];
    tenant_list t = {.options = options, .edited = edited};
    t.inputs = split(text, &t.count);
    require(corsac_session_new(&t.session, options) == CORSAC_OK, "no session");
    for (size_t i = 0; i < t.count; i++)
        require(corsac_session_update(t.session, &t.inputs[i]) == CORSAC_OK, "an update fails");
    corsac_blob *first = compile_by(t.session, &t);
    check_databases(first, options ? t.count : 0);
    corsac_blob_free(first);
    for (size_t i = 0; i < WHOLES; i++) {
        double start = seconds();
        corsac_blob_free(compile_by(NULL, &t));
        wholes[i] = seconds() - start;
    }
    for (size_t i = 0; i < REBUILDS; i++)
        parts[i] = rebuild(&t, i);
    double part = median(parts, REBUILDS), whole = median(wholes, WHOLES);
    report_rebuild(name, "tenants", (double)t.count);
    report_rebuild(name, "milliseconds", part * 1e3);
    report_rebuild(name, "whole-milliseconds", whole * 1e3);
    report_rebuild(name, "one-over-whole", part / whole);
    corsac_session_free(t.session);
}

/* Every regex of every tenant by Hyperscan; what changes is a regex, so that it is compiled. */
static void measure_rebuild_hyperscan(uint32_t count)
{
    const corsac_compile_options options = {.struct_size = sizeof(options),
                                            .regex_engine = CORSAC_REGEX_HYPERSCAN,
                                            .flags = CORSAC_COMPILE_NO_LOWERING};
    size_t size;
    char *text = world_policies(WORLD_MIXED, count, &size);
    measure_rebuild("rebuild-hyperscan", text, "+\\.tenant", &options);
    free(text);
}

/* ---- the rest ----------------------------------------------------------------------------- */

static void add(const char *name, const char *what, bench_fn fn, subject *s)
{
    char full[64];
    snprintf(full, sizeof(full), "%s/%s", name, what);
    bench_add_once(full, fn, s);
}

static void add_policies(const char *name, char *text, size_t size, uint32_t rules)
{
    char full[64];
    subject *s = malloc(sizeof(*s));
    if (!s)
        abort();
    *s = (subject){name, text, size};
    corsac_blob *blob = compile(s);
    snprintf(full, sizeof(full), "%s/image-bytes-per-rule", name);
    bench_figure(full, (double)corsac_blob_bytes(blob).size / rules);
    corsac_blob_free(blob);
    snprintf(full, sizeof(full), "%s/yaml-bytes", name);
    bench_figure(full, (double)size);
    add(name, "compile", run_compile, s);
    add(name, "scan", run_scan, s);
}

/* The same bytes, but for the regexes: in place, so that the sizes stay the same. */
static char *share_regexes(const char *text, size_t size)
{
    static const char mark[] = "regex: 'https://[a-z0-9-]+\\.tenant";
    char *copy = malloc(size + 1);
    require(copy != NULL, "no memory");
    memcpy(copy, text, size);
    copy[size] = 0;
    for (char *at = strstr(copy, mark); at; at = strstr(at, mark)) {
        at += sizeof(mark) - 1;
        for (; *at >= '0' && *at <= '9'; at++)
            *at = '0';
    }
    return copy;
}

static double peak_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024; /* kilobytes on Linux */
}

static void report(const char *name)
{
    char this[64], base[64];
    snprintf(this, sizeof(this), "%s/compile", name);
    snprintf(base, sizeof(base), "%s/scan", name);
    bench_ratio(this, base, 0);
}

int main(int argc, char **argv)
{
    const bool brief = bench_brief(argc, argv);
    const uint32_t tenants = brief ? 200 : 10000;
    const uint32_t hyperscan_tenants = brief ? 20 : 1000; /* 10,000 would take minutes */
    size_t size, exact_size;
    char *text = world_policies(WORLD_MIXED, tenants, &size);
    char *exact = world_policies(WORLD_EXACT, tenants, &exact_size);
    add_policies("exact", exact, exact_size, tenants * 3);
    add_policies("shared", share_regexes(text, size), size, tenants * RULES_PER_TENANT);
    add_policies("mixed", text, size, tenants * RULES_PER_TENANT);
    bench_figure("peak-megabytes", peak_megabytes());
    measure_rebuild("rebuild", text, "https://", NULL);
    measure_rebuild_hyperscan(hyperscan_tenants);
    int result = bench_run(argc, argv);
    bench_title("Compiling, against libyaml's bare scan of the same bytes");
    report("exact");
    report("shared");
    report("mixed");
    if (bench_ns("mixed/compile") > 0)
        printf("  %.1f MB of YAML per second (mixed), %.1f scanned\n",
               (double)size / bench_ns("mixed/compile") * 1e3,
               (double)size / bench_ns("mixed/scan") * 1e3);
    return result;
}
