// SPDX-License-Identifier: Apache-2.0
// The property test of long sessions: tenants that share texts, classes, sets and policies are edited a few thousand
// times, one at a time, each edit of one kind. The session copies what has not changed (compiler/support/kept.h), so
// its images stand beside those of one compile over the same inputs, and its memory has a bound.
//
//   --seed N      first seed (default 1; printed)
//   --edits N     how many edits (default 6000)
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corsac/compile.h"
#include "property/evaluate_random.h"
#include "property/held.h"

enum {
    TENANTS = 24,
    TEXT_BYTES = 8192,
    GROWTH_BYTES =
        4 * 1024 *
        1024 /* 1.5 times what such a session gains at most; without a bound it gains twice
                                      this in the edits of a run */
};

/* What a tenant's document says: numbers choose texts. */
typedef struct tenant {
    bool present;
    unsigned fields[12];
} tenant;

enum { HOST, NAME, ORIGINS, REGEX, METHODS, HEADERS, AGE, PATH, RULES, CONDITION, FLAGS, BROKEN };

typedef struct world {
    evaluate_random random;
    corsac_session *session;
    tenant tenants[TENANTS];
    char names[TENANTS][16], texts[TENANTS][TEXT_BYTES];
    size_t compared;
} world;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    printf("property_session_edits: %s\n", what);
    exit(1);
}

/* ---- documents ---------------------------------------------------------------------------- */

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text + used, TEXT_BYTES - used, format, args);
    va_end(args);
    require(size >= 0 && (size_t)size < TEXT_BYTES - used, "a document is too long");
}

/* Small numbers are likely, so that tenants have much in common. */
static void add_origins(char *text, const unsigned *fields)
{
    static const char *const regexes[] = {"https://[a-z0-9-]+\\.t%u\\.example",
                                          "https://t%u\\.example(:[0-9]+)?",
                                          "https://[a-z]+\\.s%u\\.example",
                                          "https://[a-z]+-u%u\\.example",
                                          "http://[a-z]+\\.(north|south)\\.t%u\\.example",
                                          "http://[0-9]+\\.v%u\\.example",
                                          "https://(a|b)+x?t%u.*"};
    unsigned origins = fields[ORIGINS], regex = fields[REGEX];
    if (origins % 13 == 0)
        add(text, "      - exact: '*'\n");
    for (unsigned i = 0; i < (origins % 7 == 0 ? 12 : origins % 4); i++)
        add(text, "      - exact: https://o%u-%u.example\n", origins / 3, i);
    for (unsigned i = 0; i < (origins % 11 == 0 ? 7 : origins % 2); i++)
        add(text, "      - prefix: http://p%u%u.\n", origins / 2, i);
    const bool many = regex % 8 == 0; /* spans behind an index; the last regex needs a program */
    for (unsigned i = 0; i < (many ? 6 : regex % 3); i++) {
        add(text, "      - regex: '");
        add(text, regexes[many ? i : (regex / 3 + i) % 7], regex / 21); /* one number each */
        add(text, "'\n");
    }
}

static void add_match(char *text, const unsigned *fields, unsigned rule)
{
    unsigned path = fields[PATH] + rule;
    add(text, "  - match:\n    - uri: {");
    if (path % 11 < 2) /* catch-alls */
        add(text, path % 11 == 0 ? "prefix: '/'}\n" : "regex: '.*'}\n");
    else if (path % 7 == 0)
        add(text, "regex: '/p%u/[a-z]+'}\n", path / 3);
    else
        add(text, "%s: '/p%u'}\n", path % 5 == 0 ? "exact" : "prefix", path / 3);
    if (fields[CONDITION] % 4 == 3)
        add(text, "      headers: {x-c: {exact: 'v%u'}}\n", fields[CONDITION] / 4);
}

static void add_rule(char *text, const unsigned *f, unsigned rule)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"};
    add_match(text, f, rule);
    add(text, "    route: [{destination: {host: x}}]\n");
    if (f[FLAGS] / 2 % 5 == rule)
        return;
    add(text, "    corsPolicy:\n      allowCredentials: %s\n",
        (f[FLAGS] + rule) % 2 ? "true" : "false");
    add(text, "      allowMethods: [GET, %s]\n      allowHeaders: [x-h%u]\n      maxAge: %u1s\n",
        methods[f[METHODS] % 6], f[HEADERS] % 6, f[AGE] % 6);
    add(text,
        "      exposeHeaders: [x-e%u]\n      allowOrigins:\n      - exact: "
        "https://always.example\n",
        f[AGE] % 3);
    add_origins(text, f);
}

static void write_text(world *w, size_t at)
{
    const unsigned *f = w->tenants[at].fields;
    char *text = w->texts[at];
    text[0] = 0;
    for (unsigned line = 0; line < f[FLAGS] % 3; line++)
        add(text, "# moves all that follows\n");
    add(text, "apiVersion: networking.istio.io/v1\nkind: VirtualService\n");
    add(text, "metadata: {name: t%u, namespace: team}\n", f[NAME]);
    add(text, "spec:\n  gateways: [gw]\n  hosts: [h%u.example]\n  http:\n", f[HOST]);
    for (unsigned rule = 0; rule < 1 + f[RULES] % 3; rule++)
        add_rule(text, f, rule);
    if (f[FLAGS] % 2)
        add(text, "  - route: [{destination: {host: y}}]\n");
    if (f[BROKEN] % 8 == 7)
        add(text, "  - nonsense\n");
}

/* ---- edits -------------------------------------------------------------------------------- */

static void tell(world *w, size_t at)
{
    corsac_str name = {w->names[at], strlen(w->names[at])};
    if (!w->tenants[at].present) {
        require(corsac_session_remove(w->session, name) == CORSAC_OK, "a removal fails");
        return;
    }
    write_text(w, at);
    const corsac_input input = {name, {w->texts[at], strlen(w->texts[at])}};
    require(corsac_session_update(w->session, &input) == CORSAC_OK, "an update fails");
}

/* Names are the tenants' own, but for one period in four: what is resolved is kept only where no two are equal. */
static void own_names(world *w)
{
    for (size_t i = 0; i < TENANTS; i++) {
        w->tenants[i].fields[NAME] = (unsigned)i;
        if (w->tenants[i].present)
            tell(w, i);
    }
}

static unsigned draw(world *w, size_t field)
{
    if (field == BROKEN || field == HOST) /* the host of another tenant at times */
        return (unsigned)random_below(&w->random, TENANTS + 4);
    if (field == PATH &&
        random_percent(&w->random, 50)) /* catch-alls of both kinds, so that one shadows another */
        return (unsigned)random_below(&w->random, 3);
    /* sizes change with the number of digits */
    return (unsigned)random_below(&w->random, random_percent(&w->random, 30) ? 9 : 30000);
}

static void edit(world *w, uint64_t number)
{
    enum { PERIOD = 50, PERIODS = 4 };
    bool may_share = number / PERIOD % PERIODS == 0;
    size_t at = random_below(&w->random, TENANTS);
    tenant *t = &w->tenants[at];
    size_t field = random_below(&w->random, 13);
    if (number % (PERIOD * PERIODS) == PERIOD)
        own_names(w);
    if (!t->present || field == 12)
        t->present = !t->present;
    else if (field == NAME)
        t->fields[NAME] = may_share ? (unsigned)random_below(&w->random, TENANTS) : (unsigned)at;
    else
        t->fields[field] = draw(w, field);
    tell(w, at);
}

/* ---- comparison --------------------------------------------------------------------------- */

static corsac_blob *compile(world *w, bool by_session, corsac_diagnostics **findings)
{
    corsac_input inputs[TENANTS];
    corsac_blob *blob;
    size_t count = 0;
    for (size_t i = 0; i < TENANTS; i++)
        if (w->tenants[i].present)
            inputs[count++] = (corsac_input){{w->names[i], strlen(w->names[i])},
                                             {w->texts[i], strlen(w->texts[i])}};
    require(corsac_diagnostics_new(findings) == CORSAC_OK, "no memory");
    corsac_status status = by_session ? corsac_session_compile(&blob, w->session, *findings, NULL)
                                      : corsac_compile(&blob, inputs, count, NULL, *findings, NULL);
    require(status == CORSAC_OK || status == CORSAC_E_EMPTY, corsac_status_name(status));
    return blob;
}

static bool same_text(corsac_str a, corsac_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void compare_findings(const corsac_diagnostics *a, const corsac_diagnostics *b)
{
    require(corsac_diagnostics_count(a) == corsac_diagnostics_count(b),
            "the number of findings differs");
    for (size_t i = 0; i < corsac_diagnostics_count(a); i++) {
        const corsac_diagnostic *x = corsac_diagnostics_at(a, i), *y = corsac_diagnostics_at(b, i);
        require(strcmp(x->code, y->code) == 0 && x->line == y->line && x->column == y->column &&
                    same_text(x->file, y->file) && same_text(x->resource, y->resource) &&
                    same_text(x->path, y->path) && same_text(x->message, y->message),
                "a finding differs");
    }
}

static void compare(world *w)
{
    corsac_diagnostics *mine, *wanted;
    corsac_blob *session = compile(w, true, &mine), *once = compile(w, false, &wanted);
    require(same_text(corsac_blob_bytes(session), corsac_blob_bytes(once)), "the image differs");
    compare_findings(mine, wanted);
    w->compared += session != NULL;
    corsac_blob_free(session);
    corsac_blob_free(once);
    corsac_diagnostics_free(mine);
    corsac_diagnostics_free(wanted);
}

static void compile_only(world *w)
{
    corsac_diagnostics *findings;
    corsac_blob_free(compile(w, true, &findings));
    corsac_diagnostics_free(findings);
}

/* A catch-all becomes one of the kind that another document of the host has, and is shadowed; and back. */
static void shadow(world *w)
{
    for (size_t i = 0; i < 2; i++)
        w->tenants[i].fields[HOST] = TENANTS;
    tell(w, 0);
    for (unsigned path = 0; path < 4; path++) {
        w->tenants[1].fields[PATH] = path % 2;
        tell(w, 1);
        compare(w);
    }
}

static uint64_t number_after(int argc, char **argv, const char *flag, uint64_t fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], flag) == 0)
            return strtoull(argv[i + 1], NULL, 10);
    return fallback;
}

int main(int argc, char **argv)
{
    static world w;
    uint64_t seed = number_after(argc, argv, "--seed", 1),
             edits = number_after(argc, argv, "--edits", 6000);
    w.random.state = seed * 0x2545F4914F6CDD1Du;
    require(corsac_session_new(&w.session, NULL) == CORSAC_OK, "no session");
    for (size_t i = 0; i < TENANTS; i++) {
        snprintf(w.names[i], sizeof(w.names[i]), "%02zu.yaml", i);
        w.tenants[i] =
            (tenant){.present = true, .fields = {[HOST] = (unsigned)i, [NAME] = (unsigned)i}};
        tell(&w, i);
    }
    compare(&w);
    shadow(&w);
    const size_t first = held();
    size_t most = first;
    for (uint64_t i = 0; i < edits; i++) {
        edit(&w, i);
        size_t chance = random_below(&w.random, 100);
        if (chance < 40)
            compare(&w);
        else if (chance < 90)
            compile_only(&w);
        most = held() > most ? held() : most;
    }
    printf("seed %llu: %llu edits, %zu images; %.1f MB held, %.1f MB at most\n",
           (unsigned long long)seed, (unsigned long long)edits, w.compared, (double)first * 1e-6,
           (double)most * 1e-6);
    require(w.compared > edits / 3, "too few images to compare");
    require(most <= first + GROWTH_BYTES, "the session grows");
    corsac_session_free(w.session);
    return 0;
}
