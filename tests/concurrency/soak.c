// SPDX-License-Identifier: Apache-2.0
// Readers decide on all cores while 100 times a second the other of two policies is published. Every
// answer must be the whole answer of one of the two, and memory must stay flat. Guarantees A, B, E and G
// of docs/threading.md, for as long as is asked.
//
//   soak [--decisions N] [--readers N] [--publications-per-second N]
#include "corsac/compile.h"
#include "corsac/engine.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    HOSTS = 40,
    ORIGINS = 5,
    QUESTIONS = HOSTS * ORIGINS,
    POLICIES = 2,
    MAX_READERS = 64,
    BATCH = 4096
};

/* What a decision says, in a form that can be compared; views into images that are gone cannot. */
typedef struct answer {
    uint32_t outcome, route, policy, reply_status, set_count;
    char text[192]; /* virtual host and headers */
    size_t text_size;
} answer;

typedef struct question {
    char host[32], origin[64];
    corsac_request request;
    answer answers[POLICIES];
} question;

static struct soak {
    corsac_engine *engine;
    corsac_blob *blobs[POLICIES];
    question questions[QUESTIONS];
    uint64_t wanted;
    atomic_ullong decisions, wrong, publications;
    atomic_ullong seen[POLICIES];
    atomic_bool stop;
    atomic_bool measured; /* memory has been looked at: a fast machine must not stop before */
} soak;

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "soak: %s\n", what);
    exit(1);
}

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

/* ---- two policies that differ in every answer: a denied preflight still carries max-age (C-16) ---------------------------------- */

static corsac_blob *compile(int policy)
{
    static char yaml[HOSTS * 1024];
    size_t size =
        (size_t)snprintf(yaml, sizeof(yaml),
                         "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, "
                         "namespace: ns}\nspec:\n"
                         "  selector: {istio: ingressgateway}\n  servers:\n"
                         "  - port: {number: 80, name: http, protocol: HTTP}\n    hosts: ['*']\n");
    for (int i = 0; i < HOSTS; i++)
        size += (size_t)snprintf(
            yaml + size, sizeof(yaml) - size,
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
            "metadata: {name: v%d, namespace: ns}\nspec:\n  hosts: [h%d.example.com]\n  gateways: "
            "[g]\n"
            "  http:\n  - route: [{destination: {host: x}}]\n    corsPolicy:\n      allowOrigins:\n"
            "      - {exact: 'https://exact%d.com'}\n      - {prefix: 'https://prefix%d-'}\n"
            "      - {regex: 'https://(a|b)+%d(c|de)*\\.com'}\n      allowMethods: [GET]\n"
            "      maxAge: %ds\n      unmatchedPreflights: IGNORE\n",
            i, i, policy, policy, policy, 100 + policy);
    const corsac_input input = {str("soak.yaml"), {yaml, size}};
    corsac_diagnostics *findings;
    corsac_blob *blob;
    require(corsac_diagnostics_new(&findings) == CORSAC_OK, "out of memory");
    require(corsac_compile(&blob, &input, 1, NULL, findings, NULL) == CORSAC_OK, "no compile");
    corsac_diagnostics_free(findings);
    return blob;
}

static void make_question(question *q, int host, int origin)
{
    static const char *const FORMS[ORIGINS] = {"https://exact0.com", "https://exact1.com",
                                               "https://prefix1-x.com", "https://abba0cdec.com",
                                               "https://nobody.com"};
    snprintf(q->host, sizeof(q->host), "h%d.example.com", host);
    snprintf(q->origin, sizeof(q->origin), "%s", FORMS[origin]);
    q->request = (corsac_request){.struct_size = sizeof(q->request),
                                  .gateway = {"ns/g", 4},
                                  .port = 80,
                                  .method = {"OPTIONS", 7},
                                  .authority = str(q->host),
                                  .path = {"/", 1},
                                  .origin = str(q->origin),
                                  .request_method = {"GET", 3}};
}

/* ---- answers ------------------------------------------------------------------------------ */

static void add(answer *a, corsac_str text)
{
    if (a->text_size + text.size + 1 > sizeof(a->text))
        return;
    memcpy(a->text + a->text_size, text.data, text.size);
    a->text_size += text.size;
    a->text[a->text_size++] = ' ';
}

static answer read_answer(const corsac_decision *d)
{
    answer a = {.outcome = d->outcome,
                .route = d->route,
                .policy = d->policy,
                .reply_status = d->reply_status,
                .set_count = d->set_count};
    add(&a, d->virtual_host);
    for (uint32_t i = 0; i < d->set_count; i++) {
        add(&a, d->set[i].name);
        add(&a, d->set[i].value);
    }
    return a;
}

static bool same(const answer *a, const answer *b)
{
    return a->outcome == b->outcome && a->route == b->route && a->policy == b->policy &&
           a->reply_status == b->reply_status && a->set_count == b->set_count &&
           a->text_size == b->text_size && memcmp(a->text, b->text, a->text_size) == 0;
}

static void publish(int policy)
{
    const corsac_image_options options = {sizeof(options), CORSAC_IMAGE_TRUSTED, 0};
    corsac_str bytes = corsac_blob_bytes(soak.blobs[policy]);
    corsac_image *image;
    require(corsac_image_open(&image, bytes.data, bytes.size, &options, NULL) == CORSAC_OK,
            "no image");
    require(corsac_engine_publish(soak.engine, image) == CORSAC_OK, "no publication");
}

/* The right answers, while nothing else happens. */
static void learn(void)
{
    corsac_reader *reader;
    corsac_decision decision;
    require(corsac_reader_new(&reader, soak.engine) == CORSAC_OK, "no reader");
    for (int policy = 0; policy < POLICIES; policy++) {
        publish(policy);
        for (int i = 0; i < QUESTIONS; i++) {
            question *q = &soak.questions[i];
            require(corsac_evaluate(&decision, reader, &q->request) == CORSAC_OK, "no decision");
            q->answers[policy] = read_answer(&decision);
        }
    }
    corsac_reader_free(reader);
    for (int i = 0; i < QUESTIONS; i++)
        require(!same(&soak.questions[i].answers[0], &soak.questions[i].answers[1]),
                "the policies are not told apart");
}

/* ---- threads ------------------------------------------------------------------------------ */

static void *read_until_stopped(void *argument)
{
    corsac_reader *reader;
    size_t at = (size_t)(uintptr_t)argument * 7;
    (void)argument;
    require(corsac_reader_new(&reader, soak.engine) == CORSAC_OK, "no reader");
    while (!atomic_load_explicit(&soak.stop, memory_order_relaxed)) {
        uint64_t wrong = 0, seen[POLICIES] = {0};
        for (int i = 0; i < BATCH; i++) {
            const question *q = &soak.questions[at++ % QUESTIONS];
            corsac_decision decision;
            corsac_status status = corsac_evaluate(&decision, reader, &q->request);
            answer got = read_answer(&decision);
            bool is[POLICIES] = {same(&got, &q->answers[0]), same(&got, &q->answers[1])};
            wrong += status != CORSAC_OK || !(is[0] || is[1]);
            seen[0] += is[0];
            seen[1] += is[1];
        }
        atomic_fetch_add(&soak.wrong, wrong);
        for (int policy = 0; policy < POLICIES; policy++)
            atomic_fetch_add(&soak.seen[policy], seen[policy]);
        if (atomic_fetch_add(&soak.decisions, BATCH) + BATCH >= soak.wanted &&
            atomic_load(&soak.measured))
            atomic_store(&soak.stop, true);
    }
    corsac_reader_free(reader);
    return NULL;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static long resident_kib(void)
{
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    require(file != NULL && fscanf(file, "%ld %ld", &ignored, &pages) == 2, "no /proc");
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int open_files(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    require(folder != NULL, "no /proc");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* Publishes at a steady pace; memory counts from the moment when everything has happened once. */
static void publish_until_stopped(unsigned per_second, long *first_kib, long *most_kib)
{
    double start = now_seconds();
    *first_kib = *most_kib = 0;
    for (uint64_t i = 0; !atomic_load(&soak.stop); i++) {
        publish((int)(i % POLICIES));
        atomic_fetch_add(&soak.publications, 1);
        double wait = start + (double)(i + 1) / per_second - now_seconds();
        if (wait > 0)
            nanosleep(&(struct timespec){(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)},
                      NULL);
        if (i % per_second != per_second / 2)
            continue;
        long kib = resident_kib();
        if (*first_kib == 0)
            *first_kib = kib;
        *most_kib = kib > *most_kib ? kib : *most_kib;
        atomic_store(&soak.measured, true);
    }
}

static uint64_t option(int argc, char **argv, const char *name, uint64_t fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 10);
    return fallback;
}

int main(int argc, char **argv)
{
    pthread_t threads[MAX_READERS];
    soak.wanted = option(argc, argv, "--decisions", 2000000);
    unsigned readers =
        (unsigned)option(argc, argv, "--readers", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    unsigned per_second = (unsigned)option(argc, argv, "--publications-per-second", 100);
    require(readers > 0 && readers <= MAX_READERS && per_second > 0, "wrong option");
    for (int i = 0; i < QUESTIONS; i++)
        make_question(&soak.questions[i], i / ORIGINS, i % ORIGINS);
    for (int policy = 0; policy < POLICIES; policy++)
        soak.blobs[policy] = compile(policy);
    require(corsac_engine_new(&soak.engine, NULL) == CORSAC_OK, "no engine");
    learn();
    int first_files = open_files();
    double start = now_seconds();
    for (unsigned i = 0; i < readers; i++)
        require(pthread_create(&threads[i], NULL, read_until_stopped, (void *)(uintptr_t)i) == 0,
                "no thread");
    long first_kib, most_kib;
    publish_until_stopped(per_second, &first_kib, &most_kib);
    for (unsigned i = 0; i < readers; i++)
        pthread_join(threads[i], NULL);
    double seconds = now_seconds() - start;
    long last_kib = resident_kib();
    uint32_t left = corsac_engine_retired_count(soak.engine);
    bool flat =
        last_kib <= first_kib + first_kib / 20 + 1024; /* a sanitizer's own memory moves a little */
    uint64_t wrong = atomic_load(&soak.wrong);
    printf("%llu decisions by %u readers in %.0f s, %llu of the one policy and %llu of the other, "
           "%llu publications, %llu wrong, %u images left over\n",
           atomic_load(&soak.decisions), readers, seconds, atomic_load(&soak.seen[0]),
           atomic_load(&soak.seen[1]), atomic_load(&soak.publications), (unsigned long long)wrong,
           left);
    printf("resident memory %ld KiB at first, %ld KiB at most, %ld KiB at last; %d files at first, "
           "%d at last\n",
           first_kib, most_kib, last_kib, first_files, open_files());
    bool both = atomic_load(&soak.seen[0]) > 0 && atomic_load(&soak.seen[1]) > 0;
    require(both, "only one policy was ever seen");
    corsac_engine_free(soak.engine);
    for (int policy = 0; policy < POLICIES; policy++)
        corsac_blob_free(soak.blobs[policy]);
    return wrong == 0 && left == 0 && flat && first_files == open_files() ? 0 : 1;
}
