// SPDX-License-Identifier: Apache-2.0
// Compiling 10,000 tenants beside libyaml's bare event scan of the same bytes. "shared" has the
// bytes of "mixed", but one regex for all tenants: it leaves out what each regex costs by itself,
// which is the front end's matter. Also megabytes per second, image bytes per rule, peak memory.
#include "bench_report.h"
#include "world.h"

#include "corsac/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
    const uint32_t tenants = bench_brief(argc, argv) ? 200 : 10000;
    size_t size, exact_size;
    char *text = world_policies(WORLD_MIXED, tenants, &size);
    char *exact = world_policies(WORLD_EXACT, tenants, &exact_size);
    add_policies("exact", exact, exact_size, tenants * 3);
    add_policies("shared", share_regexes(text, size), size, tenants * RULES_PER_TENANT);
    add_policies("mixed", text, size, tenants * RULES_PER_TENANT);
    bench_figure("peak-megabytes", peak_megabytes());
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
