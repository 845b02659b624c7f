// SPDX-License-Identifier: Apache-2.0
// corsac bench: latency per decision and throughput with the user's own policy and requests.
// One pass times every decision by itself, less the cost of reading the clock; a second pass
// without a clock gives the throughput.
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLE_LIMIT = 1 << 20, WARM_UP_ROUNDS = 2 };

struct trace {
    struct cli_request *items;
    size_t count, capacity;
};

struct figures {
    uint64_t p50, p99, p999; /* nanoseconds */
    double per_second;
    uint64_t outcomes[CORSAC_OUTCOME_DENIED + 1];
    size_t samples;
};

static uint64_t now_nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- requests --------------------------------------------------------------------------- */

static struct cli_request *trace_add(struct trace *trace)
{
    trace->items = cli_grow(trace->items, trace->count, &trace->capacity, sizeof(*trace->items));
    trace->items[trace->count] = (struct cli_request){0};
    return &trace->items[trace->count++];
}

static void trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        cli_request_free(&trace->items[i]);
    free(trace->items);
}

static bool trace_read(struct trace *trace, const char *name)
{
    struct cli_lines lines;
    if (!cli_lines_open(&lines, name))
        return false;
    struct cli_buffer error = {0};
    corsac_str line;
    bool fine = true;
    enum cli_line_result result = CLI_LINE_END;
    while (fine && (result = cli_lines_next(&lines, &line)) == CLI_LINE_FOUND) {
        fine = cli_request_read(trace_add(trace), line, &error);
        if (!fine)
            cli_message("%s: line %zu: %s", name, trace->count, error.data);
    }
    if (fine && result != CLI_LINE_END) {
        cli_message("%s: line %zu: %s", name, trace->count + 1,
                    result == CLI_LINE_TOO_LONG ? "longer than 16 MiB" : strerror(errno));
        fine = false;
    }
    if (fine && trace->count == 0)
        cli_message("%s: no requests", name);
    cli_buffer_free(&error);
    cli_lines_close(&lines);
    return fine && trace->count > 0;
}

/* Without requests only the floor can be shown: one request per endpoint to an unknown host. */
static bool trace_invent(struct trace *trace, const struct cli_policy *policy)
{
    corsac_image_info info;
    corsac_image_describe(policy->image, &info);
    for (uint32_t i = 0; i < info.endpoint_count; i++) {
        corsac_endpoint endpoint;
        if (corsac_image_endpoint(policy->image, i, &endpoint) != CORSAC_OK)
            continue;
        trace_add(trace)->request = (corsac_request){.struct_size = sizeof(corsac_request),
                                                     .gateway = endpoint.gateway,
                                                     .port = endpoint.port,
                                                     .authority = cli_str("host.invalid"),
                                                     .path = cli_str("/"),
                                                     .origin = cli_str("https://origin.invalid")};
    }
    cli_message("no --requests: the figures below are for a host the policy does not know");
    return trace->count > 0;
}

/* ---- measuring -------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static uint64_t clock_cost(uint64_t *samples)
{
    enum { ROUNDS = 4096 };
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t start = now_nanoseconds();
        samples[i] = now_nanoseconds() - start;
    }
    qsort(samples, ROUNDS, sizeof(*samples), ascending);
    return samples[ROUNDS / 2];
}

static bool warm_up(const struct cli_policy *policy, const struct trace *trace,
                    struct figures *figures)
{
    for (size_t round = 0; round < WARM_UP_ROUNDS; round++) {
        for (size_t i = 0; i < trace->count; i++) {
            corsac_decision decision;
            corsac_status status =
                corsac_evaluate(&decision, policy->reader, &trace->items[i].request);
            if (status != CORSAC_OK) {
                cli_message("request %zu: %s", i + 1, cli_answer_failure(status));
                return false;
            }
            if (round == 0 && decision.outcome <= CORSAC_OUTCOME_DENIED)
                figures->outcomes[decision.outcome]++;
        }
    }
    return true;
}

static void measure_latency(const struct cli_policy *policy, const struct trace *trace,
                            uint64_t budget, struct figures *figures)
{
    uint64_t *samples = cli_allocate(SAMPLE_LIMIT, sizeof(*samples));
    uint64_t cost = clock_cost(samples), began = now_nanoseconds();
    size_t count = 0;
    while (count < SAMPLE_LIMIT && now_nanoseconds() - began < budget) {
        for (size_t i = 0; i < trace->count && count < SAMPLE_LIMIT; i++) {
            corsac_decision decision;
            uint64_t start = now_nanoseconds();
            (void)corsac_evaluate(&decision, policy->reader, &trace->items[i].request);
            uint64_t took = now_nanoseconds() - start;
            samples[count++] = took > cost ? took - cost : 0;
        }
    }
    qsort(samples, count, sizeof(*samples), ascending);
    figures->samples = count;
    figures->p50 = samples[count / 2];
    figures->p99 = samples[count - 1 - count / 100];
    figures->p999 = samples[count - 1 - count / 1000];
    free(samples);
}

static void measure_throughput(const struct cli_policy *policy, const struct trace *trace,
                               uint64_t budget, struct figures *figures)
{
    uint64_t began = now_nanoseconds(), elapsed = 0, decisions = 0;
    while (elapsed < budget) {
        size_t rounds = trace->count < 4096 ? 4096 / trace->count + 1 : 1;
        for (size_t round = 0; round < rounds; round++) {
            for (size_t i = 0; i < trace->count; i++) {
                corsac_decision decision;
                (void)corsac_evaluate(&decision, policy->reader, &trace->items[i].request);
            }
        }
        decisions += rounds * trace->count;
        elapsed = now_nanoseconds() - began;
    }
    figures->per_second = (double)decisions * 1e9 / (double)elapsed;
}

/* ---- output ----------------------------------------------------------------------------- */

static void add_outcomes(struct cli_buffer *out, const struct figures *figures, bool json)
{
    const char *between = "";
    for (uint32_t i = CORSAC_OUTCOME_NO_ROUTE; i <= CORSAC_OUTCOME_DENIED; i++) {
        if (figures->outcomes[i] == 0)
            continue;
        cli_buffer_format(out, json ? "%s\"%s\": %llu" : "%s%s %llu", between,
                          corsac_outcome_name((corsac_outcome)i),
                          (unsigned long long)figures->outcomes[i]);
        between = ", ";
    }
}

static void add_figures(struct cli_buffer *out, const struct figures *figures, size_t requests,
                        bool json)
{
    unsigned long long p50 = figures->p50, p99 = figures->p99, p999 = figures->p999;
    cli_buffer_format(out, json ? "{\"requests\": %zu, \"outcomes\": {" : "requests    %zu (",
                      requests);
    add_outcomes(out, figures, json);
    if (json)
        cli_buffer_format(out,
                          "}, \"samples\": %zu, \"p50_ns\": %llu, \"p99_ns\": %llu, "
                          "\"p99_9_ns\": %llu, \"decisions_per_second\": %.0f}\n",
                          figures->samples, p50, p99, p999, figures->per_second);
    else
        cli_buffer_format(out,
                          ")\nlatency     p50 %llu ns, p99 %llu ns, p99.9 %llu ns "
                          "(%zu samples, one thread)\nthroughput  %.0f decisions per second\n",
                          p50, p99, p999, figures->samples, figures->per_second);
}

static int bench(const struct cli_policy *policy, const struct cli_settings *settings, bool json)
{
    struct trace trace = {0};
    struct figures figures = {0};
    struct cli_buffer out = {0};
    uint64_t budget = (uint64_t)settings->seconds * 500000000u;
    bool fine = settings->requests != NULL ? trace_read(&trace, settings->requests)
                                           : trace_invent(&trace, policy);
    fine = fine && warm_up(policy, &trace, &figures);
    if (fine) {
        measure_latency(policy, &trace, budget, &figures);
        measure_throughput(policy, &trace, budget, &figures);
        add_figures(&out, &figures, trace.count, json);
        fine = cli_print(&out);
    }
    cli_buffer_free(&out);
    trace_free(&trace);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

int cmd_bench(const struct cli_settings *settings)
{
    bool valid = true;
    bool json = cli_settings_json(settings, &valid);
    if (!valid)
        return CLI_EXIT_USAGE;
    struct cli_policy policy;
    int code = cli_policy_open(&policy, settings);
    if (code != CLI_EXIT_FINE)
        return code;
    code = bench(&policy, settings, json);
    cli_policy_close(&policy);
    return code;
}
