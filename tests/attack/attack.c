// SPDX-License-Identifier: Apache-2.0
// Attack tables (X-9, X-10, docs/threat-model.md): each row is an attack, its CPU time and peak memory beside a
// budget. Ends with "N passed, N failed, N skipped".
#include "attack/attack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t passed, failed;

void attack_add(attack_text *text, const char *format, ...)
{
    va_list list;
    for (;;) {
        va_start(list, format);
        size_t room = text->capacity - text->size;
        int size = vsnprintf(text->data ? text->data + text->size : NULL, room, format, list);
        va_end(list);
        if (size >= 0 && (size_t)size < room) {
            text->size += (size_t)size;
            return;
        }
        text->capacity = text->capacity * 2 + (size_t)size + 4096;
        text->data = realloc(text->data, text->capacity);
        if (!text->data)
            abort();
    }
}

void attack_repeat(attack_text *text, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        attack_add(text, "%s", piece);
}

void attack_clear(attack_text *text)
{
    free(text->data);
    *text = (attack_text){0};
}

double attack_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* XXH-like mixing, timed once: 0.10 s on the machine that the budgets were measured on, in a release build.
 * A slower machine, a sanitizer and a debug build all show here. */
double attack_slowdown(void)
{
    static double slowdown;
    if (slowdown > 0)
        return slowdown;
    volatile unsigned char bytes[4096] = {1};
    uint64_t sum = 0;
    double begin = attack_seconds();
    for (int round = 0; round < 20000; round++)
        for (size_t i = 0; i < sizeof bytes; i++)
            sum = (sum ^ bytes[i]) * UINT64_C(0x9E3779B97F4A7C15);
    bytes[0] = (unsigned char)sum;
    slowdown = (attack_seconds() - begin) / 0.10;
    slowdown = slowdown < 1 ? 1 : slowdown;
#if defined(__SANITIZE_ADDRESS__)
    slowdown *= 8; /* the loop above hardly notices the checks of small allocations */
#endif
    printf("budgets are taken times %.1f on this machine and build\n", slowdown);
    return slowdown;
}

void attack_service(attack_text *text, const char *name, const char *hosts, const char *rules)
{
    attack_add(
        text,
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
        "metadata: {name: %s, namespace: t}\nspec:\n  hosts: [%s]\n  gateways: [g]\n  http:\n%s",
        name, hosts, rules);
}

void attack_row(const char *name, double seconds, double most_seconds, long kib, long most_kib,
                const char *outcome)
{
    bool fine = seconds <= most_seconds * attack_slowdown() && kib <= most_kib;
    printf("%-7s %-48s %9.3f ms (budget %6.0f)  %7ld KiB (budget %7ld)  %s\n",
           fine ? "ok" : "FAILED", name, seconds * 1e3, most_seconds * 1e3, kib, most_kib, outcome);
    *(fine ? &passed : &failed) += 1;
}

void attack_claim(bool holds, const char *format, ...)
{
    va_list list;
    printf("%-7s ", holds ? "ok" : "FAILED");
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    *(holds ? &passed : &failed) += 1;
}

int attack_end(void)
{
    printf("%zu passed, %zu failed, 0 skipped\n", passed, failed);
    return failed ? 1 : 0;
}

corsac_blob *attack_compile(const attack_text *texts, size_t count, uint32_t *quarantined,
                            double *seconds)
{
    corsac_diagnostics *list = NULL;
    corsac_blob *blob = NULL;
    corsac_compile_summary summary = {0};
    corsac_input *inputs = calloc(count, sizeof *inputs);
    if (!inputs || corsac_diagnostics_new(&list) != CORSAC_OK)
        abort();
    for (size_t i = 0; i < count; i++)
        inputs[i] = (corsac_input){{"tenant.yaml", 11}, {texts[i].data, texts[i].size}};
    double begin = attack_seconds();
    corsac_status status = corsac_compile(&blob, inputs, count, NULL, list, &summary);
    if (seconds)
        *seconds = attack_seconds() - begin;
    if (status != CORSAC_OK && status != CORSAC_E_EMPTY)
        attack_claim(false, "compile returned %s", corsac_status_name(status));
    if (quarantined)
        *quarantined = summary.quarantined;
    corsac_diagnostics_free(list);
    free(inputs);
    return blob;
}

corsac_engine *attack_engine(corsac_blob *blob, corsac_reader **reader)
{
    corsac_image *image = NULL;
    corsac_engine *engine = NULL;
    corsac_str bytes = corsac_blob_bytes(blob);
    const corsac_image_options options = {.struct_size = sizeof options,
                                          .flags = CORSAC_IMAGE_TRUSTED};
    if (corsac_image_open(&image, bytes.data, bytes.size, &options, NULL) != CORSAC_OK ||
        corsac_engine_new(&engine, NULL) != CORSAC_OK ||
        corsac_engine_publish(engine, image) != CORSAC_OK ||
        corsac_reader_new(reader, engine) != CORSAC_OK)
        abort();
    return engine;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    attack_slowdown();
    attack_documents();
    attack_requests();
    attack_hashes();
    attack_neighbours();
    return attack_end();
}
