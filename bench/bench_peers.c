// SPDX-License-Identifier: Apache-2.0
// One list of origin matchers, asked by Corsac and by what a user could pick instead, in one run:
// RULES/COUNT/WHO/hit|miss. RULES is exact, mixed (60 % exact, 20 % prefix, 20 % regex) or regex.
// WHO is corsac, corsac-hyperscan (nothing lowered) or a peer of peer.h. All must give the same
// answers before anything is measured. Hot, since peers do not get better in the cold, and back to
// back; Corsac and Envoy also one after another (".../serial").
#include "bench_report.h"
#include "peer.h"
#include "probe.h"
#include "serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRACE = 1024, TEXT = 128 };

typedef enum rules { EXACT, MIXED, REGEX } rules;
enum { RULES = 3 };
static const char *const rule_names[RULES] = {"exact", "mixed", "regex"};
static const uint32_t counts[] = {1, 10, 100, 1000};
enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

/* ---- lists ------------------------------------------------------------------------------- */

static char mark_of(rules r, uint32_t i)
{
    static const char mixed[] = "===^~=~^==";
    return r == EXACT ? '=' : r == REGEX ? '~' : mixed[i % 10];
}

static void write_matcher(char *out, rules r, uint32_t i)
{
    char mark = mark_of(r, i);
    if (mark == '=')
        snprintf(out, TEXT, "=https://app-%u.tenant%u.com", i, i);
    else if (mark == '^')
        snprintf(out, TEXT, "^https://p%u.tenant%u.", i, i);
    else
        snprintf(out, TEXT, "~https://[a-z0-9-]+\\.tenant%u\\.example\\.com", i);
}

static void write_origin(char *out, rules r, bool hit, uint32_t i)
{
    char mark = mark_of(r, i);
    const char *end = hit ? "" : "x";
    if (mark == '=')
        snprintf(out, TEXT, "https://app-%u.tenant%u.com%s", i, i, end);
    else if (mark == '^')
        snprintf(out, TEXT, "https://p%u.tenant%u%s.io:8443", i, i, end);
    else
        snprintf(out, TEXT, "https://shop-%u.tenant%u.example.com%s", serial_pick(1000), i, end);
}

static const char **make_list(rules r, uint32_t count)
{
    char(*texts)[TEXT] = allocate(count, sizeof(*texts));
    const char **list = allocate(count, sizeof(*list));
    for (uint32_t i = 0; i < count; i++) {
        write_matcher(texts[i], r, i);
        list[i] = texts[i];
    }
    return list;
}

static serial_trace *make_trace(rules r, uint32_t count, bool hit)
{
    serial_trace *trace = serial_trace_new(TRACE);
    for (uint32_t i = 0; i < TRACE; i++) {
        char origin[TEXT];
        write_origin(origin, r, hit, serial_pick(count));
        serial_set_origin(&trace->questions[i], origin);
        trace->questions[i].wanted = hit;
    }
    return trace;
}

/* ---- asking ------------------------------------------------------------------------------ */

static uint64_t ask_corsac(void *subject, const serial_question *question)
{
    return probe_allows(subject, question->origin, question->origin_size);
}

static uint64_t ask_peer(void *subject, const serial_question *question)
{
    return peer_allows(subject, question->origin, question->origin_size);
}

static void add(const char *family, const char *who, serial_fn ask, void *subject,
                serial_trace *const traces[2], bool serially)
{
    for (int hit = 1; hit >= 0; hit--) {
        char name[96];
        snprintf(name, sizeof(name), "%s/%s/%s", family, who, hit ? "hit" : "miss");
        serial_check(name, ask, subject, traces[hit]);
        serial_add_overlapped(name, ask, subject, traces[hit]);
        if (serially) {
            strcat(name, "/serial");
            serial_add(name, ask, subject, traces[hit]);
        }
    }
}

static void add_family(rules r, uint32_t count)
{
    char family[64];
    const char **list = make_list(r, count);
    serial_trace *const traces[2] = {make_trace(r, count, false), make_trace(r, count, true)};
    snprintf(family, sizeof(family), "%s/%u", rule_names[r], count);
    add(family, "corsac", ask_corsac, probe_new(list, count, PROBE_AUTO), traces, true);
    if (r != EXACT)
        add(family, "corsac-hyperscan", ask_corsac, probe_new(list, count, PROBE_HYPERSCAN), traces,
            false);
    for (int kind = 0; kind < PEER_KINDS; kind++)
        add(family, peer_name((peer_kind)kind), ask_peer, peer_new((peer_kind)kind, list, count),
            traces, kind == PEER_ENVOY);
}

/* ---- report ------------------------------------------------------------------------------ */

static void report(rules r, uint32_t count)
{
    for (int hit = 1; hit >= 0; hit--)
        for (int kind = 0; kind < PEER_KINDS; kind++) {
            char name[64], base[64];
            const char *end = hit ? "hit" : "miss";
            snprintf(name, sizeof(name), "%s/%u/%s/%s", rule_names[r], count,
                     peer_name((peer_kind)kind), end);
            snprintf(base, sizeof(base), "%s/%u/corsac/%s", rule_names[r], count, end);
            bench_ratio(name, base, 0);
        }
}

int main(int argc, char **argv)
{
    const int used = bench_brief(argc, argv) ? COUNTS - 1 : COUNTS;
    for (int r = 0; r < RULES; r++)
        for (int k = 0; k < used; k++)
            add_family((rules)r, counts[k]);
    int result = bench_run(argc, argv);
    bench_title("Peers against Corsac, the same list: how many times as long");
    for (int r = 0; r < RULES; r++)
        for (int k = 0; k < COUNTS; k++)
            report((rules)r, counts[k]);
    return result;
}
