// SPDX-License-Identifier: Apache-2.0
// Origin matching alone: each form of a regex against an exact lookup and against RE2; sets of 1 to
// 1,000 regexes; patterns compiled per second. Every benchmark first checks its answers against
// RE2.
#include "bench_report.h"
#include "probe.h"
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 256, TEXT_BYTES = 96 };

typedef struct texts {
    char bytes[TEXTS][TEXT_BYTES];
    size_t sizes[TEXTS];
} texts;

/* One thing to measure: a set of ours, or a list of RE2s asked in turn, over some origins. */
typedef struct subject {
    probe *ours;
    peer_re2 **theirs;
    size_t their_count;
    const texts *origins;
} subject;

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

/* ---- asking ------------------------------------------------------------------------------ */

static bool ask_theirs(const subject *s, size_t i)
{
    for (size_t r = 0; r < s->their_count; r++)
        if (peer_re2_match(s->theirs[r], s->origins->bytes[i], s->origins->sizes[i]))
            return true;
    return false;
}

static bool ask_ours(const subject *s, size_t i)
{
    return probe_allows(s->ours, s->origins->bytes[i], s->origins->sizes[i]);
}

static void run_ours(bench_state *state, void *context)
{
    const subject *s = context;
    uint64_t allowed = 0;
    while (bench_next(state))
        for (size_t i = 0; i < TEXTS; i++)
            allowed += ask_ours(s, i);
    bench_keep(allowed);
    bench_set_items(state, TEXTS);
}

static void run_theirs(bench_state *state, void *context)
{
    const subject *s = context;
    uint64_t allowed = 0;
    while (bench_next(state))
        for (size_t i = 0; i < TEXTS; i++)
            allowed += ask_theirs(s, i);
    bench_keep(allowed);
    bench_set_items(state, TEXTS);
}

/* ---- subjects ---------------------------------------------------------------------------- */

static uint32_t pick(uint32_t count)
{
    static uint64_t state = 42;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % count;
}

/* Fills "%w" of a form with 3 to 14 letters, "%n" with a number below `numbers`. */
static void fill(char *out, const char *form, uint32_t numbers)
{
    for (; *form; form++) {
        if (form[0] != '%') {
            *out++ = *form;
        } else if (*++form == 'w') {
            for (uint32_t i = 3 + pick(12); i > 0; i--)
                *out++ = (char)('a' + pick(26));
        } else {
            out += sprintf(out, "%u", pick(numbers));
        }
    }
    *out = 0;
}

static texts *make_texts(const char *form, uint32_t numbers)
{
    texts *t = allocate(1, sizeof(*t));
    for (size_t i = 0; i < TEXTS; i++) {
        fill(t->bytes[i], form, numbers);
        t->sizes[i] = strlen(t->bytes[i]);
    }
    return t;
}

static char **make_patterns(char kind, const char *form, size_t count)
{
    char **patterns = allocate(count, sizeof(*patterns));
    for (size_t i = 0; i < count; i++) {
        patterns[i] = allocate(1, 256);
        patterns[i][0] = kind;
        snprintf(patterns[i] + 1, 255, form, (int)i, (int)i);
    }
    return patterns;
}

static peer_re2 **make_peers(char **patterns, size_t count)
{
    peer_re2 **peers = allocate(count, sizeof(*peers));
    for (size_t i = 0; i < count; i++)
        if (!(peers[i] = peer_re2_new(patterns[i] + 1, strlen(patterns[i] + 1))))
            abort();
    return peers;
}

/* Answers first: ours must equal theirs and what the origins were made for. */
static void check(const subject *s, const char *name, bool wanted)
{
    for (size_t i = 0; i < TEXTS; i++)
        if (ask_ours(s, i) != wanted || (s->theirs && ask_theirs(s, i) != wanted)) {
            fprintf(stderr, "%s: wrong answer for \"%s\"\n", name, s->origins->bytes[i]);
            exit(1);
        }
}

/* "family/engine/hit" and "family/engine/miss"; the peer once as "family/re2/...". */
static void add_pair(const char *family, const char *engine, probe *ours, peer_re2 **theirs,
                     size_t count, const texts *origins[2])
{
    static const char *const kinds[] = {"hit", "miss"};
    for (int k = 0; k < 2; k++) {
        char name[128];
        subject *s = allocate(1, sizeof(*s));
        *s = (subject){ours, theirs, count, origins[k]};
        snprintf(name, sizeof(name), "%s/%s/%s", family, engine, kinds[k]);
        if (ours) {
            check(s, name, k == 0);
            bench_add(name, run_ours, s);
        } else {
            bench_add(name, run_theirs, s);
        }
    }
}

/* ---- one pattern ------------------------------------------------------------------------- */

typedef struct family {
    const char *name, *pattern, *hit, *miss;
    bool trims; /* literals at its ends leave less for the automaton to walk */
} family;

static const family families[] = {
    {"exact", "https://app\\.example\\.com", "https://app.example.com", "https://apq.example.com",
     true},
    {"any-subdomain", "https://.*\\.example\\.com", "https://%w.example.com",
     "https://%w.example.org", true},
    {"subdomain", "https://[a-z0-9-]+\\.example\\.com", "https://%w.example.com",
     "https://%w.%w.example.com", true},
    {"subdomains-port", "https?://([a-z0-9-]+\\.)*example\\.com(:[0-9]+)?",
     "https://%w.%w.example.com:%n", "https://%w.%w.example.com:%nx", false},
    {"preview", "https://pr-[0-9]+--[a-z]+\\.preview\\.(eu|us)\\.example\\.com",
     "https://pr-%n--%w.preview.eu.example.com", "https://pr-%n--%w.preview.cn.example.com", true},
    {"dns-label", "https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.example\\.com",
     "https://%w-%w.example.com", "https://%w-.example.com", true}};
enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

static probe *one(char kind, const char *pattern, probe_engine engine)
{
    char text[300];
    const char *list = text;
    snprintf(text, sizeof(text), "%c%s", kind, pattern);
    return probe_new(&list, 1, engine);
}

static void add_family(const family *f)
{
    char untrimmed[280];
    char **patterns = make_patterns('~', "%%", 1);
    const texts *origins[2] = {make_texts(f->hit, 60000), make_texts(f->miss, 60000)};
    snprintf(patterns[0], 256, "~%s", f->pattern);
    /* a branch that no origin takes leaves nothing to trim */
    snprintf(untrimmed, sizeof(untrimmed), "(?:%s)|\\x01", f->pattern);
    peer_re2 **peers = make_peers(patterns, 1);
    add_pair(f->name, "lowered", one('~', f->pattern, PROBE_AUTO), peers, 1, origins);
    add_pair(f->name, "automaton-trimmed", one('~', f->pattern, PROBE_AUTOMATON), peers, 1,
             origins);
    add_pair(f->name, "automaton-plain", one('~', untrimmed, PROBE_AUTOMATON), peers, 1, origins);
    add_pair(f->name, "hyperscan", one('~', f->pattern, PROBE_HYPERSCAN), peers, 1, origins);
    add_pair(f->name, "re2", NULL, peers, 1, origins);
}

/* What an exact lookup costs: one string, and one of a hundred. */
static void add_exact(void)
{
    const texts *one_text[2] = {make_texts("https://app.example.com", 1),
                                make_texts("https://%w.example.com", 1)};
    const texts *many[2] = {make_texts("https://app-%n.example.com", 100),
                            make_texts("https://%w.example.com", 1)};
    char **hundred = make_patterns('=', "https://app-%d.example.com", 100);
    add_pair("floor", "list-of-1", one('=', "https://app.example.com", PROBE_AUTO), NULL, 0,
             one_text);
    add_pair("floor", "table-of-100", probe_new((const char *const *)hundred, 100, PROBE_AUTO),
             NULL, 0, many);
}

/* ---- sets -------------------------------------------------------------------------------- */

typedef struct set_family {
    const char *name, *pattern, *hit, *miss;
    size_t sizes[5];
    bool forced; /* measure forced engines, not only the cost model's choice */
} set_family;

static const set_family sets[] = {{"tenants",
                                   "https://[a-z0-9-]+\\.t%d\\.example\\.com",
                                   "https://%w.t%n.example.com",
                                   "https://%w.t%n.example.org",
                                   {1, 3, 10, 100, 1000},
                                   true},
                                  {"previews",
                                   "https://pr-[0-9]+--[a-z]+\\.preview\\.(eu|us)\\.t%d\\.net",
                                   "https://pr-12--%w.preview.eu.t%n.net",
                                   "https://pr-12--%w.preview.cn.t%n.net",
                                   {1, 3, 10, 100, 1000},
                                   true},
                                  {"contains",
                                   ".*\\.svc%d\\.[a-z]+-[0-9]+\\.corp\\.net.*",
                                   "https://%w.svc%n.abc-12.corp.net:80",
                                   "https://%w.svc%n.abc-x.corp.net:80",
                                   {10, 100, 1000},
                                   false}};
enum { SETS = sizeof(sets) / sizeof(sets[0]) };

static void add_set(const set_family *f, size_t count)
{
    char name[64];
    char **patterns = make_patterns('~', f->pattern, count);
    const char *const *list = (const char *const *)patterns;
    const texts *origins[2] = {make_texts(f->hit, (uint32_t)count),
                               make_texts(f->miss, (uint32_t)count)};
    peer_re2 **peers = make_peers(patterns, count);
    snprintf(name, sizeof(name), "%s-%zu", f->name, count);
    probe *chosen = probe_new(list, count, PROBE_AUTO);
    printf("  %-20s served by %s\n", name, probe_form(chosen));
    add_pair(name, "auto", chosen, peers, count, origins);
    if (f->forced) {
        add_pair(name, "automaton", probe_new(list, count, PROBE_AUTOMATON), peers, count, origins);
        add_pair(name, "hyperscan", probe_new(list, count, PROBE_HYPERSCAN), peers, count, origins);
    }
    if (count <= 100)
        add_pair(name, "re2", NULL, peers, count, origins);
}

/* ---- compiling --------------------------------------------------------------------------- */

/* The shapes that people write most, each with a name of its own so that nothing is shared. */
static const char *const typical[] = {"https://.*\\.tenant%d\\.com",
                                      "https?://app%d\\.example\\.com",
                                      "^https://[a-z0-9-]+\\.tenant%d\\.example\\.com$",
                                      "http://localhost%d:[0-9]+",
                                      "https://(app|admin|api)\\.tenant%d\\.com",
                                      "^https?://(www\\.)?tenant%d\\.com(:\\d+)?$",
                                      "https://tenant%d-.*\\.vercel\\.app",
                                      "https://(.+\\.)?tenant%d\\.com",
                                      ".*\\.tenant%d\\.com",
                                      "^https?://([a-z0-9-]+\\.)*tenant%d\\.com(:[0-9]+)?$"};
static size_t compiled = 10000; /* fewer with --brief */
enum { COMPILED_HYPERSCAN = 300, TYPICAL = sizeof(typical) / sizeof(typical[0]) };

static char **typical_patterns(size_t count)
{
    char **patterns = allocate(count, sizeof(*patterns));
    for (size_t i = 0; i < count; i++) {
        patterns[i] = allocate(1, 128);
        snprintf(patterns[i], 128, typical[i % TYPICAL], (int)i);
    }
    return patterns;
}

static void run_compile(bench_state *state, void *context)
{
    char **patterns = context;
    size_t lowered = 0;
    while (bench_next(state))
        lowered = probe_compile((const char *const *)patterns, compiled);
    bench_keep(lowered);
    bench_set_items(state, compiled);
}

static void run_compile_re2(bench_state *state, void *context)
{
    char **patterns = context;
    while (bench_next(state))
        for (size_t i = 0; i < compiled; i++)
            peer_re2_free(peer_re2_new(patterns[i], strlen(patterns[i])));
    bench_set_items(state, compiled);
}

static void run_compile_hyperscan(bench_state *state, void *context)
{
    char **patterns = context;
    while (bench_next(state))
        for (size_t i = 0; i < COMPILED_HYPERSCAN && i < compiled; i++)
            probe_free(one('~', patterns[i], PROBE_HYPERSCAN));
    bench_set_items(state, compiled < COMPILED_HYPERSCAN ? compiled : COMPILED_HYPERSCAN);
}

static void add_compiles(void)
{
    char **patterns = typical_patterns(compiled);
    printf("  %zu of %zu typical patterns lowered and proved\n",
           probe_compile((const char *const *)patterns, compiled), compiled);
    bench_add_once("compile/corsac", run_compile, patterns);
    bench_add_once("compile/re2", run_compile_re2, patterns);
    bench_add_once("compile/hyperscan", run_compile_hyperscan, patterns);
}

/* ---- report ------------------------------------------------------------------------------ */

/* "family/engine/kind"; a base that names its family itself starts with "=". */
static void bench_name(char *out, size_t size, const char *family_name, const char *engine,
                       const char *kind)
{
    int used = *engine == '=' ? snprintf(out, size, "%s/%s", engine + 1, kind)
                              : snprintf(out, size, "%s/%s/%s", family_name, engine, kind);
    if (used < 0 || (size_t)used >= size)
        abort();
}

static void ratio(const char *family_name, const char *engine, const char *base, double goal)
{
    static const char *const kinds[] = {"hit", "miss"};
    for (int k = 0; k < 2; k++) {
        char name[128], other[128];
        bench_name(name, sizeof(name), family_name, engine, kinds[k]);
        bench_name(other, sizeof(other), family_name, base, kinds[k]);
        bench_ratio(name, other, goal);
    }
}

static void report_families(void)
{
    bench_title("Lowered forms against an exact lookup (a table of 100 strings)");
    for (int i = 0; i < FAMILIES - 1; i++)
        ratio(families[i].name, "lowered", "=floor/table-of-100", 1.5);
    bench_title("Automata and Hyperscan against RE2::FullMatch, same pattern");
    for (int i = 1; i < FAMILIES; i++) {
        ratio(families[i].name, "automaton-trimmed", "re2", families[i].trims ? 0.5 : 0.8);
        ratio(families[i].name, "automaton-plain", "re2", 0.8);
        ratio(families[i].name, "hyperscan", "re2", 0);
        ratio(families[i].name, "lowered", "re2", 0);
    }
}

static void set_ratio(const set_family *f, const char *engine, size_t count, size_t base,
                      double goal)
{
    char name[64], other[128];
    snprintf(name, sizeof(name), "%s-%zu", f->name, count);
    snprintf(other, sizeof(other), "=%s-%zu/%s", f->name, base, engine);
    ratio(name, engine, other, goal);
}

static void report_sets(void)
{
    for (int i = 0; i < SETS; i++) {
        const set_family *f = &sets[i];
        char title[64];
        snprintf(title, sizeof(title), "Sets of \"%s\"", f->name);
        bench_title(title);
        for (int k = 1; k < 5 && f->forced; k++)
            set_ratio(f, "automaton", f->sizes[k], 1, f->sizes[k] <= 100 ? 2 : 0);
        for (int k = 1; k < 5 && f->forced; k++)
            set_ratio(f, "re2", f->sizes[k], 1, 0);
        for (int k = 0; k < 5 && f->sizes[k]; k++)
            if (f->sizes[k] > 10) {
                set_ratio(f, "hyperscan", f->sizes[k], 10, 3);
                set_ratio(f, "auto", f->sizes[k], 10, 3);
            }
        for (int k = 0; k < 5 && f->sizes[k] && f->sizes[k] <= 100; k++) {
            char name[64];
            snprintf(name, sizeof(name), "%s-%zu", f->name, f->sizes[k]);
            ratio(name, "auto", "re2", 0);
        }
    }
}

static void report_compiles(void)
{
    static const char *const names[] = {"compile/corsac", "compile/re2", "compile/hyperscan"};
    bench_title("Compiling typical patterns, each alone, proofs included");
    bench_ratio(names[0], names[1], 10);
    bench_ratio(names[2], names[1], 0);
    for (int i = 0; i < 3; i++)
        if (bench_ns(names[i]) > 0)
            printf("  %-20s %10.0f regexes per second\n", names[i], 1e9 / bench_ns(names[i]));
}

int main(int argc, char **argv)
{
    const bool brief = bench_brief(argc, argv);
    compiled = brief ? 200 : compiled;
    add_exact();
    for (int i = 0; i < FAMILIES; i++)
        add_family(&families[i]);
    printf("Sets as the cost model serves them:\n");
    for (int i = 0; i < SETS; i++)
        for (int k = 0; k < 5 && sets[i].sizes[k] && (!brief || sets[i].sizes[k] <= 10); k++)
            add_set(&sets[i], sets[i].sizes[k]);
    add_compiles();
    int result = bench_run(argc, argv);
    report_families();
    report_sets();
    report_compiles();
    printf("\n%d goals missed\n", bench_missed());
    return result;
}
