// SPDX-License-Identifier: Apache-2.0
// The steps of a decision, in the order in which steps.h and evaluate.c call them:
//
//   endpoint.c   gateway, port, SNI          -> route configuration (H-29)
//   host.c       authority                   -> virtual host (H-17)
//   path.c       :path                       -> what conditions see of it (M-3, M-7, M-8)
//   route.c      virtual host, conditions    -> route; condition.c is chapter M
//   decide.c     policy, origin              -> outcome, reason, headers (C); enforce.c is X-14
//
// batch.c takes the same steps for many requests side by side, policy.c only the last one,
// shadow.c all of them on a second image.
//
// Nothing here allocates, locks, or enters the kernel.
#ifndef CORSAC_ENGINE_EVALUATE_EVALUATE_H
#define CORSAC_ENGINE_EVALUATE_EVALUATE_H

#include "engine/image/host_format.h"
#include "engine/image/image.h"

#include <stdalign.h>

/* The last endpoint that a reader was asked for: almost always the next one as well. */
typedef struct cse_endpoint_cache {
    uint32_t endpoint; /* CSE_NONE: nothing cached */
    uint32_t port;     /* as in the request, 0 included */
    bool gateway_absent;
} cse_endpoint_cache;

/* One request on one image, and what the steps have found out about it. */
typedef struct cse_call {
    const corsac_image *image;
    cse_scratch *scratch;
    const corsac_request *request;
    corsac_str method, scheme; /* with their defaults */
    uint64_t path_head[2];     /* its first 16 bytes, zero padded */
    corsac_str path;           /* without query and fragment; absent without a path */
    corsac_str full_path;      /* with the query (M-10) */
    corsac_str query;          /* behind the first "?"; absent without one */
    bool path_legal;           /* the path is there and every byte of it can occur */
    bool failed;               /* a step ran out of scratch */
    bool outcome_only;         /* nobody will look at the headers */
    const char *tally;         /* a cache line for each route source, to be written; or NULL */
} cse_call;

/** Asks for the line in which the decision on a route will be counted. */
static inline void cse_prefetch_tally(const cse_call *call, uint32_t source)
{
    if (call->tally)
        __builtin_prefetch(call->tally + (size_t)source * 64, 1);
}

/**
 * The endpoint of a request. CORSAC_OK or CORSAC_E_NOT_FOUND (unknown, or left out and ambiguous).
 * @param cache  of the reader, for this image.
 */
corsac_status cse_endpoint_find(const corsac_image *image, const corsac_request *request,
                                cse_endpoint_cache *cache, const cse_endpoint **out);

/* A host lower-cased and without port. */
typedef struct cse_host {
    bool present, legal;  /* legal: X-8 */
    size_t size;          /* of the host; more than `tail_size` if it was too long to keep */
    size_t tail_size;     /* bytes kept: the end of the host */
    cse_host_words words; /* the host if it fits, else undefined */
    uint64_t hash;        /* of the host's text, if `hashed` */
    bool hashed;
    /* the end of the host, zeros behind it up to the next full word */
    alignas(8) char tail[CSE_MAX_DOMAIN_BYTES];
} cse_host;

/** From :authority: without its port (H-17). */
void cse_host_read(cse_host *host, corsac_str authority);
/** From an SNI: taken whole. */
void cse_host_read_name(cse_host *host, corsac_str name);
/** The virtual host of a route configuration (H-17), or NULL. */
const cse_virtual_host *cse_host_choose(const corsac_image *image, uint32_t route_config,
                                        const cse_host *host);
/** Hashes the host and asks for the first line of the host table that it may lie in. */
void cse_host_prefetch_bucket(const corsac_image *image, uint32_t route_config, cse_host *host);
/** Then asks for the virtual host that this line points to, if any. */
void cse_host_prefetch_host(const corsac_image *image, uint32_t route_config, const cse_host *host);
/** The route configuration that an SNI leads to (H-29), or CSE_NONE. */
uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *name);

/** Cuts the request's path; normalises it if the image says so. CORSAC_OK or CORSAC_E_LIMIT. */
corsac_status cse_path_read(cse_call *call);
/** Base normalisation of a path without query (M-7). Writes up to 3 * size + 1 bytes. */
size_t cse_path_normalize(char *out, corsac_str path);

/**
 * The first route that matches, or NULL.
 * @param conditional  set if a route with claims did not match before it (M-18).
 */
const cse_route *cse_route_choose(cse_call *call, const cse_virtual_host *host, bool *conditional);
/** Whether one condition holds (chapter M). */
bool cse_condition_holds(cse_call *call, const cse_condition *condition);

/** Applies the route's action and policy: the rows of 0.3 from no-policy down. */
void cse_decide(corsac_decision *out, cse_call *call, const cse_route *route);
/** The same from the policy down, for a route that forwards (C-3). @param source  of the route. */
void cse_decide_policy(corsac_decision *out, cse_call *call, uint32_t source, uint32_t policy,
                       uint32_t origin_set);

/** CORSAC_REASON_NONE, or why a request whose origin is allowed fails. */
corsac_reason cse_enforce(const cse_call *call, const cse_policy *policy, bool preflight);

#endif
