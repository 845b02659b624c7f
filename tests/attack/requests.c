// SPDX-License-Identifier: Apache-2.0
// Requests that are meant to be expensive: time per request beside a budget, and linear in the size.
#include "attack/attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 * 1024, MOST_HEADERS = 10000, ROUNDS = 15 };

static const char rules[] =
    "  - match: [{uri: {regex: '/(a|b)*a(a|b){20}'}, headers: {x-last: {regex: '.*z'}}}]\n"
    "    route: [{destination: {host: a}}]\n"
    "  - route: [{destination: {host: a}}]\n"
    "    corsPolicy:\n      allowHeaders: [x-a, x-b]\n      allowMethods: ['*']\n"
    "      allowOrigins:\n      - {exact: 'https://a.test'}\n      - {prefix: 'https://p.'}\n"
    "      - {regex: 'https://([a-z0-9-]+\\.)*a\\.test(:[0-9]+)?'}\n"
    "      - {regex: '.*\\.one\\.[a-z]+-[0-9]+.*'}\n      - {regex: '(a|b)*a(a|b){20}'}\n";

typedef struct attacker {
    corsac_reader *reader;
    corsac_request request;
} attacker;

/* The fastest of some rounds: what the machine's neighbours do is not the attack's. */
static double ask(const attacker *a)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        corsac_decision decision;
        double begin = attack_seconds();
        corsac_status status = corsac_evaluate(&decision, a->reader, &a->request);
        double took = attack_seconds() - begin;
        best = took < best ? took : best;
        if (status != CORSAC_OK && status != CORSAC_E_LIMIT)
            attack_claim(false, "a request was answered with %s", corsac_status_name(status));
    }
    return best;
}

/* Twice the bytes may take three times as long at most, timer and caches allowed for. */
static void field(const char *name, attacker *a, corsac_str *place, const char *piece,
                  double most_seconds)
{
    attack_text text = {0};
    attack_repeat(&text, piece, MOST_BYTES / strlen(piece));
    if (place == &a->request.path)
        text.data[0] = '/';
    corsac_str saved = *place;
    double half, whole;
    int tries = 0;
    do { /* again: a neighbour of the machine may slow one of the two, what is not linear stays so */
        *place = (corsac_str){text.data, text.size / 2};
        half = ask(a);
        *place = (corsac_str){text.data, text.size};
        whole = ask(a);
    } while (whole > 3 * half + 2e-5 && ++tries < 3);
    *place = saved;
    attack_row(name, whole, most_seconds, 0, 0, "");
    attack_claim(whole <= 3 * half + 2e-5, "%s: twice the bytes take %.2f times as long", name,
                 whole / half);
    attack_clear(&text);
}

static void many_headers(attacker *a)
{
    corsac_header *headers = calloc(MOST_HEADERS, sizeof *headers);
    if (!headers)
        abort();
    for (int i = 0; i < MOST_HEADERS; i++)
        headers[i] = (corsac_header){{"x-last", 6}, {"a long enough value", 19}};
    a->request.headers = headers;
    a->request.header_count = MOST_HEADERS / 2;
    a->request.path = (corsac_str){"/aaaaaaaaaaaaaaaaaaaaaaa", 24};
    double half = ask(a);
    a->request.header_count = MOST_HEADERS;
    double whole = ask(a);
    attack_row("10,000 lines of one header", whole, 0.005, 0, 0, "");
    attack_claim(whole <= 3 * half + 2e-5,
                 "10,000 lines of one header: twice the lines take %.2f times as long",
                 whole / half);
    a->request.headers = NULL;
    a->request.header_count = 0;
    a->request.path = (corsac_str){"/", 1};
    free(headers);
}

void attack_requests(void)
{
    attack_text text = {0};
    attack_service(&text, "victim", "a.test", rules);
    corsac_blob *blob = attack_compile(&text, 1, NULL, NULL);
    attacker a = {.request = {.struct_size = sizeof a.request,
                              .method = {"OPTIONS", 7},
                              .authority = {"a.test", 6},
                              .path = {"/", 1},
                              .origin = {"https://a.test", 14},
                              .request_method = {"PUT", 3}}};
    corsac_engine *engine = attack_engine(blob, &a.reader);
    field("64 KB origin, plain", &a, &a.request.origin, "https://a-b.c", 0.005);
    field("64 KB origin for the NFA", &a, &a.request.origin, "ab", 0.05);
    field("64 KB origin, not ASCII", &a, &a.request.origin, "\xc3\xa9", 0.05);
    field("64 KB origin of dots", &a, &a.request.origin, ".", 0.05);
    const corsac_header last = {{"x-last", 6}, {"z", 1}}; /* else the path is not looked at */
    a.request.headers = &last;
    a.request.header_count = 1;
    field("64 KB path for the NFA", &a, &a.request.path, "ab", 0.05);
    a.request.header_count = 0;
    field("64 KB path of escapes", &a, &a.request.path, "/%2e%2e%2F", 0.005);
    field("64 KB of request headers", &a, &a.request.request_headers, "x-a,", 0.005);
    field("64 KB host", &a, &a.request.authority, "a.", 0.005);
    many_headers(&a);
    corsac_reader_free(a.reader);
    corsac_engine_free(engine);
    corsac_blob_free(blob);
    attack_clear(&text);
}
