// SPDX-License-Identifier: Apache-2.0
// The property test of sessions: random edits of random inputs, and after each the image, the
// findings and the summary of the session beside those of one compile over the same inputs.
//
//   --seed N      first seed (default 1; printed)
//   --edits N     how many edits in all (default 4000)
//   --world N     only world number N of that seed
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "property/evaluate.h"

enum {
    NAMES = 12,          /* inputs at most */
    TEXTS = 40,          /* to choose from; of as many sets as TEXTS / EVALUATE_FILES */
    EDITS_PER_WORLD = 60 /* then a fresh session */
};

typedef enum edit { EDIT_CHANGE, EDIT_ADD, EDIT_REMOVE, EDIT_RENAME, EDIT_BREAK, EDIT_KINDS } edit;

static const char *const edit_names[EDIT_KINDS] = {"change", "add", "remove", "rename", "break"};

/* The inputs as they should be, beside the session that was told of each edit. */
typedef struct world {
    oracle_pool pool;
    corsac_compile_options options;
    corsac_session *session;
    corsac_str texts[TEXTS];
    corsac_str names[NAMES], inputs[NAMES]; /* an absent text: there is no such input */
} world;

typedef struct run {
    size_t edits, worlds, images, findings;
    size_t by_edit[EDIT_KINDS];
} run;

typedef struct result {
    corsac_status status;
    corsac_blob *blob;
    corsac_diagnostics *findings;
    corsac_compile_summary summary;
} result;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    printf("property_session: %s\n", what);
    exit(1);
}

/* ---- worlds ------------------------------------------------------------------------------- */

static void make_texts(world *w, evaluate_random *random)
{
    for (size_t i = 0; i < TEXTS; i += EVALUATE_FILES) {
        evaluate_set set = {0};
        corsac_str files[EVALUATE_FILES];
        evaluate_generate(&set, random_next(random));
        evaluate_write_yaml(&set, &w->pool, files, EVALUATE_FILES);
        for (size_t j = 0; j < EVALUATE_FILES && i + j < TEXTS; j++)
            w->texts[i + j] = oracle_pool_copy(&w->pool, files[j].data, files[j].size);
        evaluate_set_clear(&set);
    }
}

static void make_world(world *w, evaluate_random *random)
{
    static const uint32_t flags[] = {
        0, 0, 0, CORSAC_COMPILE_NO_LOWERING, CORSAC_COMPILE_STRICT, CORSAC_COMPILE_CHECK_ONLY};
    *w = (world){.options = {.struct_size = sizeof(w->options)}};
    w->options.flags = flags[random_below(random, sizeof(flags) / sizeof(*flags))];
    w->options.regex_engine = (uint32_t)random_below(random, 3);
    make_texts(w, random);
    for (size_t i = 0; i < NAMES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%c%02zu.yaml", (int)('a' + i * 7 % 5), i);
        w->names[i] = oracle_pool_copy(&w->pool, name, strlen(name));
    }
    require(corsac_session_new(&w->session, &w->options) == CORSAC_OK, "no session");
}

static void clear_world(world *w)
{
    corsac_session_free(w->session);
    oracle_pool_clear(&w->pool);
}

/* ---- edits -------------------------------------------------------------------------------- */

static void put(world *w, size_t at, corsac_str text)
{
    const corsac_input input = {w->names[at], text};
    require(corsac_session_update(w->session, &input) == CORSAC_OK, "an update fails");
    w->inputs[at] = text;
}

static void take_away(world *w, size_t at)
{
    corsac_status wanted = w->inputs[at].data ? CORSAC_OK : CORSAC_E_NOT_FOUND;
    require(corsac_session_remove(w->session, w->names[at]) == wanted, "remove says otherwise");
    w->inputs[at] = (corsac_str){NULL, 0};
}

/* A text cut short, or with another byte somewhere. */
static corsac_str broken(world *w, evaluate_random *random, corsac_str text)
{
    if (text.size == 0)
        return text;
    size_t at = random_below(random, text.size);
    if (random_percent(random, 50))
        return (corsac_str){text.data, at};
    char *bytes = oracle_pool_take(&w->pool, text.size);
    memcpy(bytes, text.data, text.size);
    bytes[at] = (char)random_below(random, 256);
    return (corsac_str){bytes, text.size};
}

static edit make_edit(world *w, evaluate_random *random)
{
    edit kind = (edit)random_below(random, EDIT_KINDS);
    size_t at = random_below(random, NAMES), other = random_below(random, NAMES);
    corsac_str text = w->texts[random_below(random, TEXTS)], old = w->inputs[at];
    switch (kind) {
    case EDIT_REMOVE:
        take_away(w, at);
        break;
    case EDIT_RENAME:
        take_away(w, at);
        put(w, other, old.data ? old : text);
        break;
    case EDIT_BREAK:
        put(w, at, broken(w, random, old.data ? old : text));
        break;
    default:
        put(w, at, text);
    }
    return kind;
}

/* ---- comparison --------------------------------------------------------------------------- */

static size_t list_inputs(const world *w, corsac_input *inputs)
{
    size_t count = 0;
    for (size_t i = 0; i < NAMES; i++)
        if (w->inputs[i].data)
            inputs[count++] = (corsac_input){w->names[i], w->inputs[i]};
    return count;
}

static result compile(world *w, bool by_session)
{
    result r = {0};
    corsac_input inputs[NAMES];
    size_t count = list_inputs(w, inputs);
    require(corsac_diagnostics_new(&r.findings) == CORSAC_OK, "no memory");
    r.status = by_session
                   ? corsac_session_compile(&r.blob, w->session, r.findings, &r.summary)
                   : corsac_compile(&r.blob, inputs, count, &w->options, r.findings, &r.summary);
    return r;
}

static void clear_result(result *r)
{
    corsac_blob_free(r->blob);
    corsac_diagnostics_free(r->findings);
}

static bool same_finding(const corsac_diagnostic *a, const corsac_diagnostic *b)
{
    return a->severity == b->severity && a->line == b->line && a->column == b->column &&
           a->document == b->document && strcmp(a->code, b->code) == 0 &&
           strcmp(a->clause, b->clause) == 0 && text_equal(a->file, b->file) &&
           text_equal(a->resource, b->resource) && text_equal(a->path, b->path) &&
           text_equal(a->message, b->message);
}

static const char *difference(const result *a, const result *b)
{
    size_t count = corsac_diagnostics_count(a->findings);
    if (a->status != b->status)
        return "the status";
    if (!text_equal(corsac_blob_bytes(a->blob), corsac_blob_bytes(b->blob)))
        return "the image";
    if (count != corsac_diagnostics_count(b->findings))
        return "the number of findings";
    for (size_t i = 0; i < count; i++)
        if (!same_finding(corsac_diagnostics_at(a->findings, i),
                          corsac_diagnostics_at(b->findings, i)))
            return "a finding";
    return memcmp(&a->summary, &b->summary, sizeof(a->summary)) == 0 ? NULL : "the summary";
}

static void print_world(const world *w)
{
    for (size_t i = 0; i < NAMES; i++)
        if (w->inputs[i].data)
            printf("==== %.*s\n%.*s\n", (int)w->names[i].size, w->names[i].data,
                   (int)w->inputs[i].size, w->inputs[i].data);
}

/* Returns false and prints when the two differ. */
static bool check(run *r, world *w)
{
    result once = compile(w, false), again = compile(w, true);
    const char *what = difference(&once, &again);
    r->images += once.blob != NULL;
    r->findings += corsac_diagnostics_count(once.findings);
    clear_result(&once);
    clear_result(&again);
    if (!what)
        return true;
    printf("%s differs after an edit of world %zu\n", what, r->worlds);
    print_world(w);
    return false;
}

static bool run_world(run *r, uint64_t seed)
{
    evaluate_random random = {.state = seed * 0x2545F4914F6CDD1Du + r->worlds};
    world w;
    bool fine = true;
    make_world(&w, &random);
    for (size_t i = 0; i < EDITS_PER_WORLD && fine; i++) {
        r->by_edit[make_edit(&w, &random)]++;
        r->edits++;
        if (random_percent(&random, 80)) /* sometimes several edits between two compiles */
            fine = check(r, &w);
    }
    clear_world(&w);
    r->worlds++;
    return fine;
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
    uint64_t seed = number_after(argc, argv, "--seed", 1);
    uint64_t edits = number_after(argc, argv, "--edits", 4000);
    uint64_t only = number_after(argc, argv, "--world", UINT64_MAX);
    run r = {.worlds = only == UINT64_MAX ? 0 : (size_t)only};
    bool fine = true;
    while (fine && r.edits < edits && (only == UINT64_MAX || r.worlds == only))
        fine = run_world(&r, seed);
    printf("seed %llu: %zu edits, %zu worlds, %zu images, %zu findings;", (unsigned long long)seed,
           r.edits, r.worlds, r.images, r.findings);
    for (size_t i = 0; i < EDIT_KINDS; i++)
        printf(" %zu %s", r.by_edit[i], edit_names[i]);
    printf("\n");
    /* Two results without image and findings would be equal whatever happened. */
    require(!fine || only != UINT64_MAX || (r.images > edits / 4 && r.findings > edits),
            "too few images or findings to compare");
    return fine ? 0 : 1;
}
