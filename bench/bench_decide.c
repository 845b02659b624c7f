// SPDX-License-Identifier: Apache-2.0
// Whole decisions through the public API, one after another, beside the floors of the machine, at
// 10 to 100,000 tenants: KIND/TENANTS/zipf|even/WHAT. "zipf" asks for tenants by weight 1/rank;
// "even" for each as likely, which is cold where the image is larger than the caches. WHAT is
// allowed, denied, preflight or trace of world.h, batch-16,
// outcome (the outcome alone) or policy (the route is known). Asserts that no decision allocates.
#include "allocations.h"
#include "bench_report.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

/* A longer trace where it takes more requests to come by every tenant before one is asked again. */
enum {
    TRACE = 65536,
    LONG_TRACE = 262144,
    LONG_FROM = 100000,
    POLICIES_UP_TO = 1000,
    BATCH = 16,
    BATCHES = 16
};

static const uint32_t tenant_counts[] = {10, 100, 1000, 10000, 100000};
/* More tenants of the last two kinds would take minutes to compile at the first run. */
static const uint32_t limits[WORLD_KINDS] = {100000, 100000, 10000, 10000};

/* ---- other entry points ------------------------------------------------------------------ */

typedef struct batch_subject {
    world *world;
    const serial_trace *trace;
} batch_subject;

/* Decides 16 questions from `at` on; nonzero if an answer is wrong. All are of one kind. */
static uint32_t ask_batch(const batch_subject *s, corsac_request *requests, uint32_t at)
{
    const serial_question *questions = &s->trace->questions[at];
    corsac_decision decisions[BATCH];
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < BATCH; i++)
        world_fill_request(&requests[i], &questions[i]);
    (void)corsac_evaluate_batch(decisions, NULL, s->world->reader, requests, BATCH);
    for (uint32_t i = 0; i < BATCH; i++)
        wrong |= decisions[i].outcome ^ (uint32_t)questions[i].wanted;
    return wrong;
}

static void make_requests(const batch_subject *s, corsac_request *requests)
{
    for (uint32_t i = 0; i < BATCH; i++)
        requests[i] = s->world->requests[0];
}

/* The next batch starts where the answers to this one say. */
static void run_batch(bench_state *state, void *context)
{
    const batch_subject *s = context;
    corsac_request requests[BATCH];
    const uint32_t count = s->trace->count;
    uint32_t at = 0;
    make_requests(s, requests);
    while (bench_next(state))
        for (int b = 0; b < BATCHES; b++) {
            for (uint32_t i = 0; i < BATCH; i++) {
                const char *ahead = (const char *)&s->trace->questions[(at + BATCH + i) % count];
                __builtin_prefetch(ahead);
                __builtin_prefetch(ahead + 64);
            }
            at = (at + BATCH + ask_batch(s, requests, at)) % count / BATCH * BATCH;
        }
    bench_keep(at);
    bench_set_items(state, BATCH * BATCHES);
}

static uint64_t ask_outcome_alone(void *context, const serial_question *question)
{
    world *w = context;
    uint32_t outcome;
    corsac_request *request = &w->requests[question->number];
    world_fill_request(request, question);
    (void)corsac_evaluate_outcome(&outcome, w->reader, request);
    return outcome;
}

typedef struct handles {
    world *world;
    corsac_policy *policies; /* by tenant */
} handles;

/* Finding one is linear in the routes: only for worlds of few tenants. */
static handles *find_policies(world *w)
{
    handles *h = malloc(sizeof(*h));
    if (!h || !(h->policies = calloc(w->tenants, sizeof(*h->policies))))
        abort();
    h->world = w;
    for (uint32_t t = 0; t < w->tenants; t++) {
        char name[64];
        int size = snprintf(name, sizeof(name), "default/tenant%u#http[0].match[0]", t);
        const corsac_str route = {name, (size_t)size}, any = {NULL, 0};
        if (corsac_policy_find_route(&h->policies[t], w->reader, any, route) != CORSAC_OK) {
            fprintf(stderr, "bench_decide: no policy at %s\n", name);
            exit(1);
        }
    }
    return h;
}

static uint64_t ask_policy(void *context, const serial_question *question)
{
    const handles *h = context;
    corsac_decision decision;
    corsac_request *request = &h->world->requests[question->number];
    world_fill_request(request, question);
    (void)corsac_evaluate_policy(&decision, h->world->reader, &h->policies[question->tenant],
                                 request);
    return decision.outcome;
}

/* ---- worlds ------------------------------------------------------------------------------ */

static void check_batch(const batch_subject *s, const char *name)
{
    corsac_request requests[BATCH];
    make_requests(s, requests);
    for (uint32_t at = 0; at < s->trace->count; at += BATCH)
        if (ask_batch(s, requests, at) != 0) {
            fprintf(stderr, "%s: wrong answer\n", name);
            exit(1);
        }
}

/* Heap calls of all that serial_check() asks: none are allowed. */
static uint64_t check_counted(const char *name, serial_fn ask, void *subject,
                              const serial_trace *trace)
{
    uint64_t before = allocations_so_far();
    serial_check(name, ask, subject, trace);
    return allocations_so_far() - before;
}

/* The other ways to ask the same; returns heap calls. */
static uint64_t add_entries(world *w, const char *family, const serial_trace *trace)
{
    char name[96];
    snprintf(name, sizeof(name), "%s/outcome", family);
    uint64_t heap_calls = check_counted(name, ask_outcome_alone, w, trace);
    serial_add(name, ask_outcome_alone, w, trace);
    if (w->tenants <= POLICIES_UP_TO) {
        handles *known = find_policies(w);
        snprintf(name, sizeof(name), "%s/policy", family);
        heap_calls += check_counted(name, ask_policy, known, trace);
        serial_add(name, ask_policy, known, trace);
    }
    batch_subject *batch = malloc(sizeof(*batch));
    if (!batch)
        abort();
    *batch = (batch_subject){w, trace};
    snprintf(name, sizeof(name), "%s/batch-16", family);
    uint64_t before = allocations_so_far();
    check_batch(batch, name);
    heap_calls += allocations_so_far() - before;
    bench_add(name, run_batch, batch);
    return heap_calls;
}

static uint64_t add_draw(world *w, bool zipf)
{
    char family[64], name[96];
    const uint32_t count = w->tenants < LONG_FROM ? TRACE : LONG_TRACE;
    uint64_t heap_calls = 0;
    snprintf(family, sizeof(family), "%s/%u/%s", world_kind_name(w->kind), w->tenants,
             zipf ? "zipf" : "even");
    for (int ask = 0; ask < WORLD_ASKS; ask++) {
        serial_trace *trace = world_trace(w, (world_ask)ask, zipf, count);
        snprintf(name, sizeof(name), "%s/%s", family, world_ask_name((world_ask)ask));
        heap_calls += check_counted(name, world_ask_outcome, w, trace);
        serial_add(name, world_ask_outcome, w, trace);
        if (ask != WORLD_ALLOWED)
            continue;
        serial_add_floors(family, w->read_bytes, trace);
        heap_calls += add_entries(w, family, trace);
    }
    return heap_calls;
}

static void report(world_kind kind, uint32_t tenants, bool zipf)
{
    static const char *const whats[] = {"allowed", "denied",  "preflight",
                                        "trace",   "outcome", "batch-16"};
    for (int i = 0; i < 6; i++) {
        char name[64], base[64];
        const char *draw = zipf ? "zipf" : "even", *kind_name = world_kind_name(kind);
        snprintf(name, sizeof(name), "%s/%u/%s/%s", kind_name, tenants, draw, whats[i]);
        snprintf(base, sizeof(base), "%s/%u/%s/F1", kind_name, tenants, draw);
        bench_ratio(name, base, 0);
    }
}

int main(int argc, char **argv)
{
    const int used = bench_brief(argc, argv) ? 3 : 5;
    uint64_t heap_calls = 0;
    for (int kind = 0; kind < WORLD_KINDS; kind++)
        for (int c = 0; c < used && tenant_counts[c] <= limits[kind]; c++) {
            world *w = world_new((world_kind)kind, tenant_counts[c]);
            heap_calls += add_draw(w, true);
            if (tenant_counts[c] >= 10000)
                heap_calls += add_draw(w, false);
        }
    bench_figure("allocations-per-decision", (double)heap_calls);
    if (heap_calls != 0) {
        fprintf(stderr, "%llu heap calls while deciding\n", (unsigned long long)heap_calls);
        return 1;
    }
    int result = bench_run(argc, argv);
    bench_title("Whole decisions, one after another, against hash and one line (F1)");
    for (int kind = 0; kind < WORLD_KINDS; kind++)
        for (int c = 0; c < used; c++) {
            report((world_kind)kind, tenant_counts[c], true);
            report((world_kind)kind, tenant_counts[c], false);
        }
    return result;
}
