// SPDX-License-Identifier: Apache-2.0
// Origin checks one after another, beside the floors of the machine: each form in which a set is
// served, sets of 1 to 1,000 matchers, hits and misses; hot (about 1,000 matchers in all, which
// stay in the cache) and cold (so many sets that each is out of it when it is asked again). Names:
// FORM/SIZE/hot|cold/hit|miss|F0|F1. Also the bytes that sets take in an image.
#include "bench_report.h"
#include "probe.h"
#include "serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRACE = 16384, TEXT = 128, HOT_MATCHERS = 1000 };

typedef struct form {
    const char *name;
    probe_engine engine;
    char mark;              /* kind of matcher as probe_new() wants it */
    uint32_t cold_matchers; /* in all: bounded by what compiling them takes at the start */
    uint32_t cold_limit;    /* matchers per set up to which there are sets enough to be cold */
} form;

static const form forms[] = {{"exact", PROBE_AUTO, '=', 300000, 1000},
                             {"prefix", PROBE_AUTO, '^', 300000, 1000},
                             {"lowered", PROBE_AUTO, '~', 20000, 10},
                             {"automaton", PROBE_AUTOMATON, '~', 4000, 1},
                             {"hyperscan", PROBE_HYPERSCAN, '~', 1000, 1}};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static const uint32_t sizes[] = {1, 3, 10, 100, 1000};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

typedef struct subject {
    const form *form;
    uint32_t size, set_count;
    probe *probe;
    uint32_t *sets; /* the number of each set in the probe */
} subject;

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

/* ---- sets -------------------------------------------------------------------------------- */

static void write_matcher(char *out, const form *f, uint32_t set, uint32_t i)
{
    if (f->mark == '=')
        snprintf(out, TEXT, "=https://app-%u.tenant%u.com", i, set);
    else if (f->mark == '^')
        snprintf(out, TEXT, "^https://p%u.tenant%u.", i, set);
    else if (f->engine == PROBE_AUTO)
        snprintf(out, TEXT, "~https://[a-z0-9-]+\\.t%u\\.tenant%u\\.com", i, set);
    else
        snprintf(out, TEXT, "~https://pr-[0-9]+--[a-z]+\\.(eu|us)\\.t%u\\.tenant%u\\.net", i, set);
}

static void write_origin(char *out, const form *f, bool hit, uint32_t set, uint32_t i)
{
    const char *end = hit ? "" : "x";
    if (f->mark == '=')
        snprintf(out, TEXT, "https://app-%u.tenant%u.com%s", i, set, end);
    else if (f->mark == '^')
        snprintf(out, TEXT, "https://p%u.tenant%u%s.io:8443", i, set, end);
    else if (f->engine == PROBE_AUTO)
        snprintf(out, TEXT, "https://shop-%u.t%u.tenant%u.com%s", serial_pick(1000), i, set, end);
    else
        snprintf(out, TEXT, "https://pr-%u--web.eu.t%u.tenant%u.net%s", serial_pick(1000), i, set,
                 end);
}

static uint32_t add_set(const subject *s, uint32_t set)
{
    char(*texts)[TEXT] = allocate(s->size, sizeof(*texts));
    const char **list = allocate(s->size, sizeof(*list));
    for (uint32_t i = 0; i < s->size; i++) {
        write_matcher(texts[i], s->form, set, i);
        list[i] = texts[i];
    }
    uint32_t number = probe_add(s->probe, list, s->size);
    free(list);
    free(texts);
    return number;
}

static subject *make_subject(const form *f, uint32_t size, uint32_t matchers)
{
    subject *s = allocate(1, sizeof(*s));
    *s = (subject){f, size, matchers > size ? matchers / size : 1, probe_open(f->engine), NULL};
    s->sets = allocate(s->set_count, sizeof(*s->sets));
    for (uint32_t i = 0; i < s->set_count; i++)
        s->sets[i] = add_set(s, i);
    probe_seal(s->probe);
    return s;
}

/* ---- questions --------------------------------------------------------------------------- */

static uint64_t ask(void *context, const serial_question *question)
{
    const subject *s = context;
    return probe_allows_in(s->probe, question->number, question->origin, question->origin_size);
}

static serial_trace *make_trace(const subject *s, bool hit)
{
    serial_trace *trace = serial_trace_new(TRACE);
    for (uint32_t i = 0; i < TRACE; i++) {
        char origin[TEXT];
        serial_question *question = &trace->questions[i];
        uint32_t set = serial_pick(s->set_count);
        write_origin(origin, s->form, hit, set, serial_pick(s->size));
        serial_set_origin(question, origin);
        question->number = s->sets[set];
        question->wanted = hit;
    }
    return trace;
}

static void add_subject(const form *f, uint32_t size, const char *heat, uint32_t matchers)
{
    char family[64];
    subject *s = make_subject(f, size, matchers);
    snprintf(family, sizeof(family), "%s/%u/%s", f->name, size, heat);
    for (int hit = 1; hit >= 0; hit--) {
        char name[96];
        serial_trace *trace = make_trace(s, hit);
        snprintf(name, sizeof(name), "%s/%s", family, hit ? "hit" : "miss");
        serial_check(name, ask, s, trace);
        serial_add(name, ask, s, trace);
        if (hit)
            serial_add_floors(family, probe_read_bytes(s->probe), trace);
    }
}

/* ---- bytes ------------------------------------------------------------------------------- */

/* Bytes per matcher of what is in an image only for it: many sets less one; ".../read" without what
 * only explain reads. */
static void add_bytes(const char *name, const form *f, uint32_t size, uint32_t matchers)
{
    char full[64];
    subject *many = make_subject(f, size, matchers), *one = make_subject(f, size, size);
    double bytes = (double)(probe_bytes(many->probe) - probe_bytes(one->probe));
    bench_figure(name, bytes / ((many->set_count - 1.0) * size));
    bytes = (double)(probe_read_bytes(many->probe) - probe_read_bytes(one->probe));
    snprintf(full, sizeof(full), "%s/read", name);
    bench_figure(full, bytes / ((many->set_count - 1.0) * size));
}

static void report_form(const form *f, const char *heat)
{
    for (int i = 0; i < SIZES; i++)
        for (int hit = 1; hit >= 0; hit--) {
            char name[64], base[96];
            snprintf(name, sizeof(name), "%s/%u/%s/%s", f->name, sizes[i], heat,
                     hit ? "hit" : "miss");
            snprintf(base, sizeof(base), "%s/%u/%s/F1", f->name, sizes[i], heat);
            bool goal = f == &forms[0] && sizes[i] == 3 && hit && heat[0] == 'h';
            bench_ratio(name, base, goal ? 1.6 : 0);
        }
}

int main(int argc, char **argv)
{
    const bool brief = bench_brief(argc, argv);
    for (int i = 0; i < FORMS; i++)
        for (int k = 0; k < (brief ? 2 : SIZES); k++) {
            add_subject(&forms[i], sizes[k], "hot", brief ? 30 : HOT_MATCHERS);
            if (!brief && sizes[k] <= forms[i].cold_limit)
                add_subject(&forms[i], sizes[k], "cold", forms[i].cold_matchers);
        }
    add_bytes("bytes/exact-entry/sets-of-3", &forms[0], 3, 3000);
    add_bytes("bytes/exact-entry/sets-of-100", &forms[0], 100, 10000);
    add_bytes("bytes/lowered-set", &forms[2], 1, 1000);
    add_bytes("bytes/hyperscan-set", &forms[4], 1, 100);
    int result = bench_run(argc, argv);
    bench_title("Origin checks, one after another, against hash and one line (F1)");
    for (int i = 0; i < FORMS; i++) {
        report_form(&forms[i], "hot");
        report_form(&forms[i], "cold");
    }
    return result;
}
