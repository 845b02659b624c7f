// SPDX-License-Identifier: Apache-2.0
// A gateway's idea of a request, as small as docs/embedding.md allows: a queue that is a table, and
// answers written where the test can read them.
#ifndef CORSAC_TESTS_CONSUMER_EXCHANGE_H
#define CORSAC_TESTS_CONSUMER_EXCHANGE_H

#include <corsac/counters.h>

#include <stdio.h>
#include <string.h>

struct exchange {
    const char *method, *path, *origin, *request_method;
    const char *wanted; /* the answer, as exchange_reply() and exchange_forward() write it */
    char got[512];
};

struct exchange_queue {
    struct exchange *items;
    size_t count, next, rounds;
    size_t wrong;
};

static inline corsac_str exchange_text(const char *text)
{
    return (corsac_str){text, text != NULL ? strlen(text) : 0};
}

static inline corsac_str exchange_scheme(const struct exchange *x)
{
    (void)x;
    return exchange_text("http");
}

static inline corsac_str exchange_method(const struct exchange *x)
{
    return exchange_text(x->method);
}

static inline corsac_str exchange_authority(const struct exchange *x)
{
    (void)x;
    return exchange_text("198.51.100.20");
}

static inline corsac_str exchange_path(const struct exchange *x)
{
    return exchange_text(x->path);
}

static inline corsac_str exchange_header(const struct exchange *x, const char *name)
{
    if (strcmp(name, "origin") == 0)
        return exchange_text(x->origin);
    if (strcmp(name, "access-control-request-method") == 0)
        return exchange_text(x->request_method);
    return exchange_text(NULL);
}

static inline const corsac_header *exchange_other_headers(const struct exchange *x)
{
    (void)x;
    return NULL;
}

static inline uint32_t exchange_other_header_count(const struct exchange *x)
{
    (void)x;
    return 0;
}

static inline void exchange_write(struct exchange *x, const char *kind, const corsac_header *set,
                                  uint32_t count)
{
    size_t used = (size_t)snprintf(x->got, sizeof(x->got), "%s", kind);
    for (uint32_t i = 0; i < count && used < sizeof(x->got); i++)
        used += (size_t)snprintf(x->got + used, sizeof(x->got) - used, " %.*s=%.*s",
                                 (int)set[i].name.size, set[i].name.data, (int)set[i].value.size,
                                 set[i].value.data);
}

static inline void exchange_reply(struct exchange *x, uint32_t status, const corsac_header *set,
                                  uint32_t count)
{
    char kind[32];
    snprintf(kind, sizeof(kind), "reply %u", (unsigned)status);
    exchange_write(x, kind, set, count);
}

static inline void exchange_forward(struct exchange *x, const corsac_decision *decision)
{
    if (decision == NULL)
        exchange_write(x, "failed", NULL, 0);
    else
        exchange_write(x, "forward", decision->set, decision->set_count);
}

/* Hands out the table `rounds` times, comparing each answer before it is given out again. */
static inline struct exchange *exchange_next(struct exchange_queue *queue)
{
    if (queue->next != 0) {
        const struct exchange *done = &queue->items[(queue->next - 1) % queue->count];
        if (strcmp(done->got, done->wanted) != 0) {
            fprintf(stderr, "%s %s from %s: wanted \"%s\", got \"%s\"\n", done->method, done->path,
                    done->origin, done->wanted, done->got);
            queue->wrong++;
        }
    }
    if (queue->next == queue->count * queue->rounds)
        return NULL;
    struct exchange *x = &queue->items[queue->next++ % queue->count];
    x->got[0] = '\0';
    return x;
}

static inline int exchange_queue_is_idle(const struct exchange_queue *queue)
{
    return queue->next % 1000 == 0;
}

#endif
