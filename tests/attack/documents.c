// SPDX-License-Identifier: Apache-2.0
// YAML that is meant to be expensive: each in a process of its own, whose time and peak memory are read.
#include "attack/attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char good[] = "  - route: [{destination: {host: a}}]\n"
                           "    corsPolicy: {allowOrigins: [{exact: 'https://a.test'}]}\n";

static void head(attack_text *t)
{
    attack_add(t, "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                  "metadata: {name: bomb, namespace: t}\nspec:\n");
}

static void billion_laughs(attack_text *t)
{
    head(t);
    attack_add(t, "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        attack_add(t, "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
}

static void quadratic_aliases(attack_text *t)
{
    head(t);
    attack_add(t, "  a: &a [");
    attack_repeat(t, "x, ", 20000);
    attack_add(t, "x]\n  b: [");
    attack_repeat(t, "*a, ", 20000);
    attack_add(t, "x]\n");
}

static void many_anchors(attack_text *t)
{
    head(t);
    for (int i = 0; i < 100000; i++)
        attack_add(t, "  k%d: &n%d x\n", i, i);
}

static void deep_flow(attack_text *t)
{
    attack_repeat(t, "[", 1000000);
}

static void deep_block(attack_text *t)
{
    for (int i = 0; i < 3000; i++)
        attack_add(t, "%*sa:\n", i, "");
}

static void many_keys(attack_text *t)
{
    head(t);
    for (int i = 0; i < 200000; i++)
        attack_add(t, "  key-%d: x\n", i);
}

static void same_key(attack_text *t)
{
    head(t);
    attack_repeat(t, "  hosts: [a]\n", 100000);
}

static void long_scalar(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [\"");
    attack_repeat(t, "\\x61\\u00e9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 200000);
    attack_add(t, "\"]\n");
}

static void many_documents(attack_text *t)
{
    attack_repeat(t, "---\na: 1\n", 200000);
}

static void many_errors(attack_text *t)
{
    for (int i = 0; i < 20000; i++)
        attack_add(
            t,
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
            "metadata: {name: v%d}\nspec: {hosts: [], http: [{corsPolicy: {maxAge: soon}}]}\n",
            i);
}

static void too_large(attack_text *t)
{
    attack_repeat(
        t, "# sixty-four MiB are the most that is read of one text; this is a little more....\n",
        65 * 1024 * 1024 / 81);
}

static void many_conditions(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - match: [{headers: {");
    for (int i = 0; i < 20000; i++)
        attack_add(t, "x-%d: {exact: a}, ", i);
    attack_add(t, "}}]\n    route: [{destination: {host: a}}]\n");
}

static void many_hosts(attack_text *t)
{
    head(t);
    attack_add(t, "  gateways: [g]\n  hosts:\n");
    for (int i = 0; i < 100000; i++)
        attack_add(t, "  - h%d.example.com\n", i);
    attack_add(t, "  http:\n%s", good);
}

static void many_regexes(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - route: [{destination: {host: a}}]\n"
                  "    corsPolicy:\n      allowOrigins:\n");
    for (int i = 0; i < 200; i++)
        attack_add(t, "      - regex: '(a|b)*a(a|b){20}%d(x|y){0,%d}.*'\n", i, i + 1);
}

static void multiplying_regexes(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - route: [{destination: {host: a}}]\n"
                  "    corsPolicy:\n      allowOrigins:\n");
    for (int i = 0; i < 1000; i++)
        attack_add(t, "      - regex: '.*\\.svc%d\\.corp.*'\n", i);
}

static void costly_regexes(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - route: [{destination: {host: a}}]\n"
                  "    corsPolicy:\n      allowOrigins:\n");
    for (int i = 0; i < 1000; i++)
        attack_add(t, "      - regex: '(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,1000}c)*(?:a|b)*a%d'\n",
                   i);
}

static void many_small_regexes(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - route: [{destination: {host: a}}]\n"
                  "    corsPolicy:\n      allowOrigins:\n");
    for (int i = 0; i < 70000; i++)
        attack_add(t, "      - regex: 'https://[a-z]+\\.t%d\\.test'\n", i);
}

static void long_name(attack_text *t)
{
    attack_add(t, "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: ");
    attack_repeat(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 << 15);
    attack_add(t, "}\nspec:\n  hosts: [a]\n  gateways: [g]\n  http:\n");
    for (int i = 0; i < 20000; i++)
        attack_add(t, "  - {match: [{uri: {prefix: /%d}}], route: [{destination: {host: a}}]}\n",
                   i);
}

static void long_rule_name(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - name: ");
    attack_repeat(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 << 15);
    attack_add(t, "\n    route: [{destination: {host: a}}]\n    match:\n");
    for (int i = 0; i < 20000; i++)
        attack_add(t, "    - {name: a, uri: {prefix: /%d}}\n", i);
}

static void long_key(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - match:\n    - headers:\n        ? ");
    attack_repeat(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 << 15);
    attack_add(t, "\n        : {");
    for (int i = 0; i < 20000; i++)
        attack_add(t, "k%d: 1, ", i);
    attack_add(t, "}\n");
}

static void long_aliases(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - name: &a ");
    attack_repeat(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 << 15);
    attack_add(t, "\n    route: [{destination: {host: a}}]\n    corsPolicy: {allowOrigins: [");
    attack_repeat(t, "{exact: *a}, ", 50000);
    attack_add(t, "]}\n");
}

static void delegate_conditions(attack_text *t)
{
    head(t);
    attack_add(t, "  hosts: [a]\n  gateways: [g]\n  http:\n  - delegate: {name: d}\n"
                  "    match: [{headers: {");
    for (int i = 0; i < 1000; i++)
        attack_add(t, "x-%d: {exact: a}, ", i);
    attack_add(t, "}}]\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                  "metadata: {name: d, namespace: t}\nspec:\n  http:\n"
                  "  - route: [{destination: {host: a}}]\n    match:\n");
    for (int i = 0; i < 32768; i++)
        attack_add(t, "    - uri: {prefix: /%d}\n", i);
}

static void delegate_ring(attack_text *t)
{
    for (int i = 0; i < 5000; i++)
        attack_add(t,
                   "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                   "metadata: {name: v%d, namespace: t}\nspec: {%s http: [{delegate: {name: v%d, "
                   "namespace: t}}]}\n",
                   i, i == 0 ? "hosts: [a], gateways: [g]," : "", (i + 1) % 5000);
}

typedef struct bomb {
    const char *name;
    void (*write)(attack_text *text);
    double most_seconds;
    long most_kib;
} bomb;

/* Budgets: a multiple of what a harmless text of the same size takes (about 30 MB/s and 20 bytes a byte). */
static const bomb bombs[] = {
    {"aliases, 10^12 nodes", billion_laughs, 0.1, 65536},
    {"aliases, 4 * 10^8 nodes", quadratic_aliases, 0.2, 65536},
    {"100,000 anchors", many_anchors, 1.0, 262144},
    {"10^6 open brackets", deep_flow, 0.1, 65536},
    {"3,000 levels of blocks", deep_block, 0.3, 65536},
    {"200,000 unknown keys", many_keys, 1.0, 262144},
    {"one key 100,000 times", same_key, 0.5, 262144},
    {"a scalar of 10 MB, escaped", long_scalar, 1.0, 262144},
    {"200,000 documents", many_documents, 1.5, 524288},
    {"20,000 documents with errors", many_errors, 2.0, 524288},
    {"a text beyond 64 MiB", too_large, 0.5, 262144},
    {"20,000 conditions in one block", many_conditions, 0.5, 262144},
    {"100,000 hosts", many_hosts, 2.0, 524288},
    {"200 regexes without a DFA", many_regexes, 200 * 0.05 * 2, 524288},
    {"1,000 regexes whose states multiply", multiplying_regexes, 10.0, 524288},
    {"1,000 regexes of 37,000 steps a byte", costly_regexes, 60.0, 262144},
    {"70,000 regexes in one list", many_small_regexes, 2.0, 262144},
    {"a name of 1 MB, 20,000 rules", long_name, 2.0, 262144},
    {"a rule's name of 1 MB, 20,000 blocks", long_rule_name, 2.0, 262144},
    {"a key of 1 MB, 20,000 errors below it", long_key, 2.0, 262144},
    {"50,000 aliases of 1 MB", long_aliases, 1.0, 262144},
    {"32,768 blocks under 1,000 conditions", delegate_conditions, 2.0, 262144},
    {"5,000 delegates in a ring", delegate_ring, 1.0, 262144}};

/* The bomb and a good neighbour; the neighbour must come through. Exit code 0: it did. */
static int explode(const bomb *b)
{
    attack_text texts[2] = {{0}, {0}};
    uint32_t quarantined = 0;
    attack_service(&texts[0], "good", "neighbour.test", good);
    b->write(&texts[1]);
    corsac_blob *blob = attack_compile(texts, 2, &quarantined, NULL);
    if (!blob)
        return 1;
    corsac_reader *reader = NULL;
    attack_engine(blob, &reader);
    corsac_decision decision;
    const corsac_request request = {.struct_size = sizeof request,
                                    .gateway = {"t/g", 3},
                                    .authority = {"neighbour.test", 14},
                                    .path = {"/", 1},
                                    .origin = {"https://a.test", 14}};
    corsac_status status = corsac_evaluate(&decision, reader, &request);
    return status == CORSAC_OK && decision.outcome == CORSAC_OUTCOME_ALLOWED ? 0 : 2;
}

void attack_documents(void)
{
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        int code;
        struct rusage usage;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(explode(&bombs[i]));
        if (child < 0 || wait4(child, &code, 0, &usage) != child)
            abort();
        double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        bool fine = WIFEXITED(code) && WEXITSTATUS(code) == 0;
#if defined(__SANITIZE_ADDRESS__)
        usage.ru_maxrss = 0; /* shadow and quarantine of the sanitizer are not ours */
#endif
        attack_row(bombs[i].name, seconds, bombs[i].most_seconds, usage.ru_maxrss,
                   bombs[i].most_kib,
                   fine ? "the neighbour is served" : "THE NEIGHBOUR IS NOT SERVED");
        if (!fine)
            attack_claim(false, "%s: child ended with %d", bombs[i].name, code);
    }
}
